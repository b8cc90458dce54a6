// `kedge anchor import`: from the keys that a zone's servers publish to an anchor in the configuration. A person decides:
// nothing is written that has not been shown first.
import { dsText } from '../../config/ds-text.ts';
import { luaCall } from '../../config/edit/anchor-lines.ts';
import type { NegativeTrustAnchor } from '../../config/structured-types.ts';
import { dsOfKey, entryPointKeys, type InspectedKey } from '../../dnssec/key-set.ts';
import type { DomainName } from '../../wire/name.ts';
import { nameTextWithoutDot, parseName } from '../../wire/name-text.ts';
import {
  type AnchorConfig,
  type AnchorEntry,
  anchorEntries,
  forwardZoneOf,
  negativeAnchorOf,
  placeText,
  readAnchorConfig,
} from '../anchor/anchor-config.ts';
import { type AnchorFile, anchorFile, linesFor, writeAnchors } from '../anchor/anchor-file.ts';
import { type FetchedKeys, fetchFromAll } from '../anchor/key-fetch.ts';
import {
  anchorState,
  anchorStateText,
  commonEntryPoints,
  keyJson,
  keyLines,
  noEntryPointReason,
} from '../anchor/key-text.ts';
import { type Confirm, confirmAtTerminal, Output } from '../anchor/output.ts';
import { checkTrust, type Reload, reloadResolver, type TrustCheck } from '../anchor/running-resolver.ts';
import type { Server } from '../dns-client.ts';
import { ExitCode, type Terminal } from '../terminal.ts';
import { parseServer } from './query.ts';

export interface ImportOptions {
  readonly config?: string | undefined;
  readonly file?: string | undefined;
  readonly digest?: string | undefined;
  readonly yes?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export interface ImportSurroundings {
  readonly confirm: Confirm;
  readonly nowSeconds: () => number;
}

const DNS_PORT = 53;
const SHA256 = 2;
const SHA384 = 4;
const MAX_SERVERS = 16;

export const realSurroundings: ImportSurroundings = {
  confirm: confirmAtTerminal,
  nowSeconds: () => Date.now() / 1000,
};

/** Fetches, shows, asks, writes, reloads, checks. The exit code is 0 when the zone's anchors are as they should be. */
export async function anchorImport(
  words: readonly string[],
  options: ImportOptions,
  terminal: Terminal,
  surroundings: ImportSurroundings = realSurroundings,
): Promise<number> {
  const output = new Output(terminal, options.json === true);
  const parsed = parseWords(words, options);
  if (typeof parsed === 'string') {
    terminal.error(`kedge: ${parsed}\n`);
    return ExitCode.USAGE;
  }
  const config = readAnchorConfig(options.config);
  if (typeof config === 'string') {
    terminal.error(`kedge: the configuration is not right, so nothing is added to it:\n${config}\n`);
    return ExitCode.BAD;
  }
  const { zone } = parsed;
  const servers = parsed.servers.length > 0 ? parsed.servers : (forwardZoneOf(config.config, zone)?.forwarders ?? []);
  if (servers.length === 0) {
    const name = nameTextWithoutDot(zone);
    terminal.error(
      `kedge: ${name} is not forwarded: name a server that has it, as in kedge anchor import ${name} @192.0.2.1\n`,
    );
    return ExitCode.USAGE;
  }
  return await new AnchorImport(zone, config, parsed.digestType, options, output, surroundings).run(servers);
}

interface ImportWords {
  readonly zone: DomainName;
  readonly servers: readonly Server[];
  /** Undefined without `--digest`: SHA-256, and whatever digest an anchor has is enough. */
  readonly digestType: number | undefined;
}

function parseWords(words: readonly string[], { digest }: ImportOptions): ImportWords | string {
  const [zoneWord, ...others] = words.filter((word) => !word.startsWith('@'));
  if (zoneWord === undefined) return 'which zone? kedge anchor import ZONE @SERVER[:PORT]';
  if (others[0] !== undefined) return `'${others[0]}': one zone at a time; a server begins with @`;
  const zone = parseName(zoneWord);
  if (!zone.ok) return `'${zoneWord}': ${zone.error}`;
  const servers: Server[] = [];
  for (const word of words.filter((candidate) => candidate.startsWith('@'))) {
    const server = parseServer(word.slice(1), DNS_PORT);
    if (server === undefined) return `'${word}' is no server; write @192.0.2.1, @192.0.2.1:5300 or @[2001:db8::1]:5300`;
    servers.push(server);
  }
  if (servers.length > MAX_SERVERS) return `more than ${MAX_SERVERS} servers`;
  if (digest !== undefined && !['2', '4'].includes(digest))
    return `--digest is 2 (SHA-256) or 4 (SHA-384), not '${digest}'`;
  return { zone: zone.name, servers, digestType: digest === undefined ? undefined : Number(digest) };
}

/** The result so far, as JSON gives it. */
type Facts = Record<string, unknown>;

class AnchorImport {
  private readonly zone: DomainName;
  private readonly name: string;
  private readonly config: AnchorConfig;
  private readonly digestType: number | undefined;
  private readonly options: ImportOptions;
  private readonly output: Output;
  private readonly surroundings: ImportSurroundings;
  private readonly nowSeconds: number;
  private readonly facts: Facts;

  constructor(
    zone: DomainName,
    config: AnchorConfig,
    digestType: number | undefined,
    options: ImportOptions,
    output: Output,
    surroundings: ImportSurroundings,
  ) {
    this.zone = zone;
    this.name = nameTextWithoutDot(zone);
    this.config = config;
    this.digestType = digestType;
    this.options = options;
    this.output = output;
    this.surroundings = surroundings;
    this.nowSeconds = surroundings.nowSeconds();
    this.facts = { zone: this.name };
  }

  async run(servers: readonly Server[]): Promise<number> {
    const fetched = await fetchFromAll(this.zone, servers, this.nowSeconds);
    if (!fetched.ok) return this.refuse(fetched.error, fetched.remedy);
    const [first] = fetched.keys;
    if (first === undefined) return this.refuse('no server was asked', '');
    this.showKeys(fetched.keys, first);

    const entryPoints = commonEntryPoints(fetched.keys);
    if (entryPoints.length === 0) {
      const odd = fetched.keys.find(({ set }) => entryPointKeys(set).length === 0);
      if (odd === undefined) {
        return this.refuse(
          'no key signs the key set at all servers',
          'Wait until all servers have the same signatures.',
        );
      }
      const { error, remedy } = noEntryPointReason(odd.set);
      return this.refuse(`${odd.server}: ${error}`, remedy);
    }
    const anchors = anchorEntries(this.config.config).filter(({ zone }) => zone.equals(this.zone));
    this.showAnchors(anchors, first);
    const missing = entryPoints.filter((key) => !this.isAnchored(key, anchors));
    const negative = negativeAnchorOf(this.config.config, this.zone);
    if (missing.length === 0) {
      this.output.line('nothing to do: every key that signs the zone is an anchor already');
      this.showNegative(negative);
      return this.end('nothing to do', ExitCode.SUCCESS);
    }
    return await this.add(missing, first, negative);
  }

  private async add(
    missing: readonly InspectedKey[],
    first: FetchedKeys,
    negative: NegativeTrustAnchor | undefined,
  ): Promise<number> {
    const ds = missing.flatMap((key) => dsOfKey(this.zone, key, this.digestType ?? SHA256) ?? []).map(dsText);
    const target = anchorFile(this.config, this.options.file);
    this.showPlan(ds, target);
    if (target.kind === 'none') {
      return this.end('not written', ExitCode.BAD, {
        error: 'there is no configuration to write to',
        remedy: 'Name it with --config, or paste one of the lines.',
      });
    }
    const isConfirmed =
      this.options.yes === true || (this.output.json ? undefined : await this.surroundings.confirm('Write this?'));
    if (isConfirmed === undefined) {
      return this.end('not written', ExitCode.BAD, {
        error: 'nobody is there to confirm, so nothing was written',
        remedy: 'Compare the digest, then run this again with --yes.',
      });
    }
    if (!isConfirmed) {
      this.output.line('nothing was written');
      return this.end('declined', ExitCode.BAD);
    }
    const day = new Date(this.nowSeconds * 1000).toISOString().slice(0, 10);
    const written = writeAnchors(target, this.zone, ds, `imported from ${first.server} on ${day}`);
    if (!written.ok) {
      const lines = linesFor({ kind: 'none' }, this.zone, ds).join('\n  ');
      return this.refuse(written.error, `Nothing was changed. Paste one of these yourself:\n  ${lines}`);
    }
    this.facts['written'] = true;
    this.output.line(`written: ${target.file}`);
    return await this.activate(target, negative);
  }

  /** Tells the running resolver, and asks it. */
  private async activate(target: AnchorFile, negative: NegativeTrustAnchor | undefined): Promise<number> {
    if (target.kind !== 'none' && target.lineToAdd !== undefined) {
      this.output.line(`The configuration does not read that file yet. Add this line to it, then restart kedge:`);
      this.output.line(`  ${target.lineToAdd}`);
      return this.end('written', ExitCode.SUCCESS);
    }
    const reload: Reload = await reloadResolver(this.config.config);
    this.facts['reload'] = reload;
    if (reload.kind === 'not-running') {
      this.output.line(
        'kedge is not running (or its control socket is elsewhere): it will read the file when it starts',
      );
      this.showNegative(negative);
      return this.end('written', ExitCode.SUCCESS);
    }
    if (reload.kind === 'failed') {
      return this.refuse(`written, but the running kedge did not take it: ${reload.text}`, 'Correct that and reload.');
    }
    for (const line of reload.text.split('\n')) this.output.line(`reload: ${line}`);
    const check = await checkTrust(this.config.config, this.zone);
    this.facts['check'] = check;
    this.showNegative(negative);
    return this.showCheck(check, negative !== undefined);
  }

  private showCheck(check: TrustCheck | undefined, isNegative: boolean): number {
    if (check === undefined) return this.end('written', ExitCode.SUCCESS);
    const { server, rcode, authentic, errors } = check;
    const why = errors.length === 0 ? '' : ` (${errors.join('; ')})`;
    this.output.line(
      `check: ${this.name} SOA at ${server}: ${rcode ?? 'no reply'}, ${authentic ? 'AD is set' : 'AD is not set'}${why}`,
    );
    if (authentic || isNegative) return this.end('written', ExitCode.SUCCESS);
    const forward = forwardZoneOf(this.config.config, this.zone);
    return this.refuse(
      `kedge does not find ${this.name} secure${why}`,
      forward === undefined
        ? `${this.name} is not forwarded: add it to recursor.forward_zones with the server that you asked here.`
        : 'Check that the forwarder of the zone gives the same keys, with signatures (kedge anchor list).',
    );
  }

  private showKeys(fetched: readonly FetchedKeys[], { set }: FetchedKeys): void {
    const { output } = this;
    this.facts['servers'] = fetched.map(({ server, serial, authoritative }) => ({ server, serial, authoritative }));
    this.facts['keys'] = set.keys.map(keyJson);
    for (const { server, serial, authoritative } of fetched) {
      const version = serial === undefined ? 'gives no SOA' : `serial ${serial}`;
      const origin = authoritative ? '' : ', from a cache and not from the zone itself';
      output.line(`${server} has ${this.name}: ${version}${origin}`);
    }
    for (const line of keyLines(set, this.nowSeconds)) output.line(`  ${line}`);
  }

  private showAnchors(anchors: readonly AnchorEntry[], { set }: FetchedKeys): void {
    this.facts['anchors'] = anchors.map((anchor) => ({
      anchor: anchor.text,
      source: anchor.source,
      state: anchorState(anchor, set),
    }));
    if (anchors.length === 0) return;
    this.output.line('anchors that are there already:');
    for (const anchor of anchors)
      this.output.line(`  ${anchor.source}: ${anchor.text}: ${anchorStateText(anchor, set)}`);
    if (anchors.some((anchor) => anchorState(anchor, set) === 'matches')) return;
    this.output.line('None of them signs these keys: either all keys were replaced, or this is not the real zone.');
  }

  private isAnchored(key: InspectedKey, anchors: readonly AnchorEntry[]): boolean {
    return anchors.some((anchor) => {
      if (!anchor.names(key)) return false;
      const type = anchor.ds?.digestType;
      return this.digestType === undefined
        ? type === undefined || type === SHA256 || type === SHA384
        : type === this.digestType;
    });
  }

  private showPlan(ds: readonly string[], target: AnchorFile): void {
    const { output } = this;
    this.facts['added'] = ds;
    this.facts['file'] = target.kind === 'none' ? undefined : target.file;
    output.line('DS to trust (tag, algorithm, digest type, digest):');
    for (const text of ds) output.line(`  ${text}`);
    output.line(
      `Anybody on the way could have sent these keys: compare with the server itself (pdnsutil show-zone ${this.name}).`,
    );
    if (target.kind === 'none') output.line('No configuration was found; paste one of these lines yourself:');
    else output.line(`${target.file} ${target.exists ? 'gets' : 'is made, with'}:`);
    for (const line of linesFor(target, this.zone, ds)) output.line(`  ${line}`);
  }

  private showNegative(negative: NegativeTrustAnchor | undefined): void {
    if (negative === undefined) return;
    const where = placeText(negative.place, 'the configuration');
    this.facts['negativeAnchor'] = { source: where, reason: negative.reason };
    this.output.line(
      `${where} has a negative trust anchor for ${this.name}, and that wins: nothing is validated there until the line is ` +
        `removed (${luaCall('addNTA', this.zone, negative.reason)}) or kedge ctl clear-nta ${this.name} is run.`,
    );
  }

  private refuse(error: string, remedy: string): number {
    return this.end(this.facts['written'] === true ? 'written' : 'refused', ExitCode.BAD, { error, remedy });
  }

  private end(
    outcome: string,
    exitCode: number,
    problem?: { readonly error: string; readonly remedy: string },
  ): number {
    if (problem !== undefined) this.output.problem(problem.error, problem.remedy);
    this.output.document({ outcome, ...problem, ...this.facts });
    return exitCode;
  }
}
