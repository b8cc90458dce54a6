// All anchors of a configuration in their final form: built-in ones, those of the Lua file and those of the options.
import { type AlgorithmPolicy, isSupportedAlgorithm, isSupportedDigest } from '../dnssec/algorithms.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { builtInTrustAnchors, isBuiltInTrustAnchor } from './built-in-anchors.ts';
import { type DSAnchor, dsText } from './ds-text.ts';
import type { Findings } from './findings.ts';
import type { Place } from './input.ts';
import type { LuaSettings } from './lua/lua-settings.ts';
import type { Config } from './schema.ts';
import type { NegativeTrustAnchor, TrustAnchor } from './structured-types.ts';

/** Where an option was given; the start of the file for one that was not. */
export type PlaceOf = (path: string) => Place;

/** Whether an option was given a value other than its default. */
export type IsGiven = (path: string) => boolean;

/** What PowerDNS takes from the Lua file or from YAML, but not from both (POWERDNS 1.3). */
const luaOrYaml = [
  'dnssec.trustanchors',
  'dnssec.negative_trustanchors',
  'dnssec.trustanchorfile',
  'dnssec.trustanchorfile_interval',
  'logging.protobuf_servers',
  'logging.outgoing_protobuf_servers',
  'logging.dnstap_framestream_servers',
  'logging.dnstap_nod_framestream_servers',
  'recursor.sortlists',
  'recursor.rpzs',
  'recursor.forwarding_catalog_zones',
  'recordcache.zonetocaches',
  'recursor.allowed_additional_qtypes',
  'incoming.proxymappings',
];

/** Warns of options that PowerDNS would refuse beside a Lua file. */
export function warnOfMixture(isGiven: IsGiven, placeOf: PlaceOf, findings: Findings): void {
  for (const path of luaOrYaml) {
    if (!isGiven(path)) continue;
    findings.warn(placeOf(path), path, 'joined with the Lua file; PowerDNS would refuse to start with both');
  }
}

/** The section `dnssec` with what the Lua file says, and with at most two entries for a name: built-in and written. */
export function settledAnchors(
  { dnssec, kedge }: Config,
  lua: LuaSettings | undefined,
  placeOf: PlaceOf,
  findings: Findings,
): Config['dnssec'] {
  const written = dnssec.trustanchors.filter((anchor) => !isBuiltInTrustAnchor(anchor));
  const fromLua = lua?.trustAnchors ?? builtInTrustAnchors;
  const rootIsWritten = written.some((anchor) => anchor.name.isRoot);
  const keepsBuiltIn = kedge.default_trustanchor && !rootIsWritten && fromLua.some(holdsBuiltIn);
  return {
    ...dnssec,
    trustanchors: [
      ...(keepsBuiltIn ? builtInTrustAnchors : []),
      ...joinedByName([...fromLua.map(withoutBuiltIn), ...written]),
    ],
    negative_trustanchors: lastOfEachName([...dnssec.negative_trustanchors, ...(lua?.negativeTrustAnchors ?? [])]),
    ...settledAnchorFile(dnssec, lua, placeOf, findings),
  };
}

/** False when a Lua file dropped them with `clearTA` and put no other anchor of the root in their place. */
export function keepsBuiltInAnchors(lua: LuaSettings | undefined): boolean {
  return lua === undefined || lua.trustAnchors.some(({ name, dsRecords }) => name.isRoot && dsRecords.length > 0);
}

const builtInRecords: ReadonlySet<DSAnchor> = new Set(builtInTrustAnchors.flatMap((anchor) => anchor.dsRecords));
const builtInTexts: ReadonlySet<string> = new Set(Array.from(builtInRecords, dsText));

function holdsBuiltIn({ name, dsRecords }: TrustAnchor): boolean {
  return name.isRoot && dsRecords.some(isBuiltInRecord);
}

/** A Lua file may give them back as copies; what it adds itself has a place. */
function isBuiltInRecord(ds: DSAnchor): boolean {
  return builtInRecords.has(ds) || (ds.place === undefined && builtInTexts.has(dsText(ds)));
}

function withoutBuiltIn(anchor: TrustAnchor): TrustAnchor {
  if (!anchor.name.isRoot) return anchor;
  return { ...anchor, dsRecords: anchor.dsRecords.filter((ds) => !isBuiltInRecord(ds)) };
}

function joinedByName(anchors: readonly TrustAnchor[]): TrustAnchor[] {
  const byName = new Map<string, { readonly first: TrustAnchor; readonly records: Map<string, DSAnchor> }>();
  for (const anchor of anchors) {
    const { name, dsRecords } = anchor;
    if (dsRecords.length === 0) continue;
    const joined = byName.get(name.key) ?? { first: anchor, records: new Map() };
    byName.set(name.key, joined);
    for (const ds of dsRecords) {
      const text = dsText(ds);
      if (!joined.records.has(text)) joined.records.set(text, ds);
    }
  }
  return Array.from(byName.values(), ({ first, records }) => ({ ...first, dsRecords: [...records.values()] }));
}

/** A later entry replaces the reason of an earlier one, as a second `addNTA` does. */
function lastOfEachName(anchors: readonly NegativeTrustAnchor[]): NegativeTrustAnchor[] {
  return [...new Map(anchors.map((anchor) => [anchor.name.key, anchor])).values()];
}

function settledAnchorFile(
  dnssec: Config['dnssec'],
  lua: LuaSettings | undefined,
  placeOf: PlaceOf,
  findings: Findings,
): Pick<Config['dnssec'], 'trustanchorfile' | 'trustanchorfile_interval'> {
  const { trustanchorfile, trustanchorfile_interval } = dnssec;
  const fromLua = lua?.trustAnchorFile;
  if (fromLua === undefined) return { trustanchorfile, trustanchorfile_interval };
  if (trustanchorfile !== '' && trustanchorfile !== fromLua.file) {
    const path = 'dnssec.trustanchorfile';
    findings.warn(placeOf(path), path, `not used: the Lua file reads its anchors from ${fromLua.file}`);
  }
  return { trustanchorfile: fromLua.file, trustanchorfile_interval: fromLua.hours };
}

/** Warns of anchors that do nothing, or not what was meant. */
export function checkAnchors(config: Config, placeOf: PlaceOf, findings: Findings): void {
  const path = 'dnssec.trustanchors';
  const policy: AlgorithmPolicy = {
    sha1: config.kedge.sha1,
    disabledAlgorithms: new Set(config.dnssec.disabled_algorithms),
    disabledDigests: new Set(),
  };
  const written = config.dnssec.trustanchors.filter((anchor) => !isBuiltInTrustAnchor(anchor));
  const firstPlace = written[0]?.dsRecords[0]?.place ?? placeOf(path);
  if (config.dnssec.validation === 'off' && written.length > 0) {
    findings.warn(firstPlace, path, 'validation is off: the anchors are not used');
  }
  const nowSeconds = Date.now() / 1000;
  const lasting = config.dnssec.negative_trustanchors.filter(({ expiresAt = Infinity }) => expiresAt > nowSeconds);
  const negative = new Set(lasting.map((anchor) => anchor.name.key));
  for (const { name, dsRecords } of written) {
    const place = dsRecords[0]?.place ?? placeOf(path);
    const zone = nameTextWithoutDot(name);
    if (negative.has(name.key)) findings.warn(place, path, `${zone} has a negative trust anchor too, and that wins`);
    if (dsRecords.some((ds) => isSupportedAlgorithm(ds.algorithm, policy) && isSupportedDigest(ds.digestType, policy)))
      continue;
    // RFC 4035 5.2: no supported algorithm, no validation.
    const message = `no anchor of ${zone} has a supported algorithm and digest: the zone will be insecure`;
    findings.warn(place, path, `${message} (see also kedge.sha1)`);
  }
}
