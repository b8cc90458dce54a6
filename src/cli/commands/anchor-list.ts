// `kedge anchor list` and `kedge anchor show`: every anchor with where it comes from, and how it stands towards the keys
// that the zone has now. Reads and asks; changes nothing.
import { dsText } from '../../config/ds-text.ts';
import { expiryText } from '../../config/duration.ts';
import { dsRecordLine, luaCall, yamlAnchorLine } from '../../config/edit/anchor-lines.ts';
import type { Config } from '../../config/schema.ts';
import type { NegativeTrustAnchor } from '../../config/structured-types.ts';
import { dsOfKey, entryPointKeys } from '../../dnssec/key-set.ts';
import type { DomainName } from '../../wire/name.ts';
import { nameTextWithoutDot, parseName } from '../../wire/name-text.ts';
import {
  type AnchorEntry,
  anchorEntries,
  forwardZoneOf,
  negativeAnchorOf,
  placeText,
  readAnchorConfig,
  resolverAddress,
} from '../anchor/anchor-config.ts';
import { type Fetch, fetchKeys } from '../anchor/key-fetch.ts';
import { anchorState, anchorStateText, daysUntil, endText, isoText, keyJson, keyLines } from '../anchor/key-text.ts';
import { Output } from '../anchor/output.ts';
import type { Server } from '../dns-client.ts';
import { ExitCode, type Terminal } from '../terminal.ts';

export interface ListOptions {
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
}

/** One name that has an anchor of either kind. */
interface ZoneReport {
  readonly zone: DomainName;
  readonly anchors: readonly AnchorEntry[];
  readonly negative: NegativeTrustAnchor | undefined;
  readonly live: Live;
}

/** The zone's keys now, and whom they were asked of. */
interface Live {
  readonly fetch: Fetch;
  readonly from: 'forwarder' | 'resolver';
}

/** Lists all anchors; the exit code is 1 when one of them names no key that signs its zone. */
export async function anchorList(
  options: ListOptions,
  terminal: Terminal,
  nowSeconds: number = Date.now() / 1000,
): Promise<number> {
  const read = readAnchorConfig(options.config);
  if (typeof read === 'string') {
    terminal.error(`kedge: the configuration is not right:\n${read}\n`);
    return ExitCode.BAD;
  }
  const { config } = read;
  const anchors = anchorEntries(config);
  const zones = new Map<string, DomainName>();
  for (const { zone } of anchors) zones.set(zone.key, zone);
  for (const { name } of config.dnssec.negative_trustanchors) zones.set(name.key, name);
  const reports: ZoneReport[] = [];
  for (const zone of zones.values()) reports.push(await reportOf(zone, anchors, config, nowSeconds));

  const output = new Output(terminal, options.json === true);
  output.line(`configuration: ${read.mainFile ?? 'built-in defaults'}`);
  for (const report of reports) {
    output.line();
    for (const line of reportLines(report, nowSeconds)) output.line(line);
  }
  output.document({
    configuration: read.mainFile ?? null,
    zones: reports.map((report) => reportJson(report, nowSeconds)),
  });
  return reports.every(isSound) ? ExitCode.SUCCESS : ExitCode.BAD;
}

/** One zone, whether or not it has an anchor, with the lines that would trust its present keys. */
export async function anchorShow(
  zoneText: string,
  options: ListOptions,
  terminal: Terminal,
  nowSeconds: number = Date.now() / 1000,
): Promise<number> {
  const zone = parseName(zoneText);
  if (!zone.ok) {
    terminal.error(`kedge: '${zoneText}': ${zone.error}\n`);
    return ExitCode.USAGE;
  }
  const read = readAnchorConfig(options.config);
  if (typeof read === 'string') {
    terminal.error(`kedge: the configuration is not right:\n${read}\n`);
    return ExitCode.BAD;
  }
  const report = await reportOf(zone.name, anchorEntries(read.config), read.config, nowSeconds);
  const output = new Output(terminal, options.json === true);
  for (const line of reportLines(report, nowSeconds)) output.line(line);
  const lines = linesToPaste(report);
  if (lines !== undefined) {
    output.line();
    output.line("for its keys of now; compare them with what the zone's own server shows before you use them:");
    for (const line of [...lines.dsRecords, ...lines.lua, lines.yaml]) output.line(`  ${line}`);
  }
  output.document({ ...reportJson(report, nowSeconds), ...lines });
  return report.live.fetch.ok && isSound(report) ? ExitCode.SUCCESS : ExitCode.BAD;
}

async function reportOf(
  zone: DomainName,
  anchors: readonly AnchorEntry[],
  config: Config,
  nowSeconds: number,
): Promise<ZoneReport> {
  return {
    zone,
    anchors: anchors.filter((anchor) => anchor.zone.equals(zone)),
    negative: negativeAnchorOf(config, zone),
    live: await liveKeys(zone, config, nowSeconds),
  };
}

/** From the forwarders of the zone, the first that answers; else through the running resolver. */
async function liveKeys(zone: DomainName, config: Config, nowSeconds: number): Promise<Live> {
  const forwarders = forwardZoneOf(config, zone)?.forwarders;
  const resolver = resolverAddress(config);
  const from = forwarders === undefined ? 'resolver' : 'forwarder';
  const servers: readonly Server[] = forwarders ?? (resolver === undefined ? [] : [resolver]);
  let trouble: Fetch = { ok: false, kind: 'unreachable', error: 'there is no server to ask', remedy: '' };
  for (const server of servers) {
    const fetch = await fetchKeys(zone, server, nowSeconds);
    if (fetch.ok || fetch.kind !== 'unreachable') return { fetch, from };
    trouble = fetch;
  }
  return { fetch: trouble, from };
}

/** Nothing is known to be wrong: every zone that could be asked has at least one anchor whose key signs it. */
function isSound({ anchors, negative, live: { fetch } }: ZoneReport): boolean {
  if (anchors.length === 0 || negative !== undefined) return true;
  if (!fetch.ok) return fetch.kind === 'unreachable';
  return anchors.some((anchor) => anchorState(anchor, fetch.keys.set) === 'matches');
}

function reportLines({ zone, anchors, negative, live }: ZoneReport, nowSeconds: number): string[] {
  const lines = [nameTextWithoutDot(zone)];
  const { fetch, from } = live;
  for (const anchor of anchors) {
    lines.push(`  anchor ${anchor.text}`, `    from ${anchor.source}`);
    if (fetch.ok) lines.push(`    ${anchorStateText(anchor, fetch.keys.set)}`);
  }
  if (negative !== undefined) {
    const reason = negative.reason === '' ? 'no reason given' : negative.reason;
    const end = negative.expiresAt === undefined ? 'without end' : `until ${expiryText(negative.expiresAt)}`;
    lines.push(`  negative anchor (${reason}), ${end}`, `    from ${placeText(negative.place, 'the configuration')}`);
    if (anchors.length > 0) lines.push('    it wins over the anchors above: nothing is validated here');
  }
  if (!fetch.ok) {
    const who = from === 'resolver' ? 'the resolver' : 'the forwarder';
    lines.push(
      fetch.kind === 'unreachable'
        ? `  offline, keys not compared: ${who} ${fetch.error}`
        : // An unsigned zone under a negative anchor is just what that is for.
          fetch.kind === 'unsigned' && negative !== undefined
          ? `  ${fetch.error}`
          : `  ${fetch.error}. ${fetch.remedy}`,
    );
    return lines;
  }
  const { set, server } = fetch.keys;
  lines.push(
    set.expiresAt === undefined
      ? `  keys at ${server}: nothing signs them now`
      : `  keys at ${server}: signatures end ${endText(set.expiresAt, nowSeconds)}`,
    ...keyLines(set, nowSeconds).map((line) => `    ${line.trimEnd()}`),
  );
  return lines;
}

function reportJson({ zone, anchors, negative, live: { fetch, from } }: ZoneReport, nowSeconds: number): object {
  const set = fetch.ok ? fetch.keys.set : undefined;
  return {
    zone: nameTextWithoutDot(zone),
    anchors: anchors.map((anchor) => ({
      anchor: anchor.text,
      source: anchor.source,
      state: set === undefined ? 'unknown' : anchorState(anchor, set),
    })),
    negativeAnchor: negative && {
      reason: negative.reason,
      source: placeText(negative.place, 'the configuration'),
      ends: negative.expiresAt === undefined ? undefined : isoText(negative.expiresAt),
    },
    asked: from,
    server: fetch.ok ? fetch.keys.server : undefined,
    problem: fetch.ok ? undefined : { kind: fetch.kind, error: fetch.error, remedy: fetch.remedy },
    keys: set?.keys.map(keyJson),
    signaturesEnd: set?.expiresAt === undefined ? undefined : isoText(set.expiresAt),
    signaturesEndInDays: set?.expiresAt === undefined ? undefined : daysUntil(set.expiresAt, nowSeconds),
  };
}

/** SHA-256 for every key that could be an anchor; undefined when there is none. */
function linesToPaste({ zone, live: { fetch } }: ZoneReport) {
  if (!fetch.ok) return undefined;
  const ds = entryPointKeys(fetch.keys.set).flatMap((key) => dsOfKey(zone, key, 2) ?? []);
  const texts = ds.map(dsText);
  if (texts.length === 0) return undefined;
  return {
    dsRecords: texts.map((text) => dsRecordLine(zone, text)),
    lua: texts.map((text) => luaCall('addTA', zone, text)),
    yaml: yamlAnchorLine(zone, texts),
  };
}
