// The rules about zones: forwards, anchors and negative anchors that do not fit together (POWERDNS 4.3).
import type { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { isBuiltInTrustAnchor } from './built-in-anchors.ts';
import type { Linting } from './lint.ts';
import { publicStanding } from './public-names.ts';
import type { ForwardZone } from './structured-types.ts';
import { closestWord } from './suggestion.ts';
import { yamlLine } from './yaml-output.ts';

/** Most zones reported by one rule: more is one mistake many times. */
const MAX_REPORTED = 20;
/** Most pairs of an anchor and a zone whose names are compared for a slip of the pen. */
const MAX_COMPARISONS = 20_000;
/** RFC 7646 2: a negative trust anchor is for days, not for ever. */
const MAX_NEGATIVE_DAYS = 7;

export function lintZones(linting: Linting): void {
  privateZonesWithoutAnchor(linting);
  anchorsWithoutZone(linting);
  negativeAnchors(linting);
  authZones(linting);
}

/** Forwarded private zones that the signed public tree denies: bogus, unless an anchor of either kind says otherwise. */
function privateZonesWithoutAnchor(linting: Linting): void {
  const { config, placeOf, warn } = linting;
  if (config.dnssec.validation === 'off' || config.dnssec.validation === 'process-no-validate') return;
  const anchored = anchoredNames(linting);
  const zones = [...config.recursor.forward_zones, ...config.recursor.forward_zones_recurse].filter(
    ({ zone }) => !zone.isRoot && !isAtOrBelow(zone, anchored),
  );
  let reported = 0;
  for (const zone of zones) {
    const standing = publicStanding(zone.zone);
    if (standing !== 'denied' && standing !== 'unknown') continue;
    reported++;
    if (reported > MAX_REPORTED) return;
    const path = zone.recurse ? 'recursor.forward_zones_recurse' : 'recursor.forward_zones';
    const name = nameTextWithoutDot(zone.zone);
    const fact =
      standing === 'denied'
        ? `${name} will be bogus (SERVFAIL): the signed public DNS proves that it does not exist`
        : `${name} will be bogus (SERVFAIL) if the public DNS has no such top-level domain`;
    warn(
      zone.place ?? placeOf(path),
      path,
      `${fact}; it needs a trust anchor or a negative one`,
      remedies(zone, linting),
    );
  }
}

/** The lines to paste, in the language of the files in use. */
function remedies({ zone }: ForwardZone, { loaded }: Linting): string[] {
  const name = nameTextWithoutDot(zone);
  const ds = 'KEYTAG ALGORITHM 2 DIGEST';
  if (loaded.lua === undefined && loaded.format === 'yaml') {
    const anchor = yamlLine({ name, dsrecords: [ds] });
    const negative = yamlLine({ name, reason: 'internal unsigned zone' });
    return [
      `if it is signed, under dnssec.trustanchors: - ${anchor}`,
      `if it is not, under dnssec.negative_trustanchors: - ${negative}`,
    ];
  }
  const file = loaded.draft.recursor.lua_config_file;
  const where = file === '' ? ' in the file that lua-config-file names' : ` in ${file}`;
  return [
    `if it is signed,${where}: addTA(${luaText(name)}, ${luaText(ds)})`,
    `if it is not,${where}: addNTA(${luaText(name)}, "internal unsigned zone")`,
  ];
}

/** A string of Lua. */
function luaText(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/** Keys of all names below the root at which an anchor of either kind stands. */
function anchoredNames({ config }: Linting): ReadonlySet<string> {
  const { dnssec, kedge } = config;
  const names = [...dnssec.trustanchors, ...dnssec.negative_trustanchors, ...kedge.dnskey_trustanchors];
  return new Set(names.filter(({ name }) => !name.isRoot || isNegative(name, dnssec)).map(({ name }) => name.key));
}

function isNegative(name: DomainName, { negative_trustanchors }: Linting['config']['dnssec']): boolean {
  return negative_trustanchors.some((anchor) => anchor.name.equals(name));
}

/** Whether a name is one of these or lies below one. */
function isAtOrBelow(name: DomainName, keys: ReadonlySet<string>): boolean {
  for (let labels = name; ; labels = labels.parent()) {
    if (keys.has(labels.key)) return true;
    if (labels.isRoot) return false;
  }
}

/** An anchor of a private name that no forwarder or local zone answers for, or that is a slip of the pen. */
function anchorsWithoutZone({ config, placeOf, warn }: Linting): void {
  const { recursor, dnssec } = config;
  const zones = [...recursor.forward_zones, ...recursor.forward_zones_recurse, ...recursor.auth_zones]
    .map(({ zone }) => zone)
    .filter((zone) => !zone.isRoot);
  const served = new Set(zones.map((zone) => zone.key));
  const above = new Set(zones.flatMap((zone) => ancestorKeys(zone)));
  const path = 'dnssec.trustanchors';
  const comparesNames = zones.length * dnssec.trustanchors.length <= MAX_COMPARISONS;
  let reported = 0;
  for (const anchor of dnssec.trustanchors) {
    const { name } = anchor;
    if (name.isRoot || isBuiltInTrustAnchor(anchor) || isAtOrBelow(name, served) || above.has(name.key)) continue;
    const text = nameTextWithoutDot(name);
    const near = comparesNames ? closestWord(text, zones.map(nameTextWithoutDot)) : undefined;
    if (publicStanding(name) === 'public' && near === undefined) continue;
    reported++;
    if (reported > MAX_REPORTED) return;
    const hint = near === undefined ? 'add it to forward-zones' : `did you mean ${near}?`;
    const message = `the anchor of ${text} has no effect here: the zone is neither forwarded nor served; ${hint}`;
    warn(anchor.dsRecords[0]?.place ?? placeOf(path), path, message);
  }
}

function ancestorKeys(name: DomainName): string[] {
  const keys: string[] = [];
  for (let labels = name.parent(); !labels.isRoot; labels = labels.parent()) keys.push(labels.key);
  return keys;
}

function negativeAnchors({ config, placeOf, warn }: Linting): void {
  const path = 'dnssec.negative_trustanchors';
  const nowSeconds = Date.now() / 1000;
  for (const { name, expiresAt, place } of config.dnssec.negative_trustanchors) {
    const at = place ?? placeOf(path);
    const text = nameTextWithoutDot(name);
    if (name.isRoot) warn(at, path, 'a negative anchor of the root switches validation off for everything');
    else if (name.labelCount === 1 && publicStanding(name) === 'public') {
      warn(at, path, `a negative anchor of ${text} switches validation off for a whole top-level domain`);
    }
    if (expiresAt === undefined) continue;
    if (expiresAt <= nowSeconds) warn(at, path, `the negative anchor of ${text} has ended; remove it`);
    else if (expiresAt > nowSeconds + MAX_NEGATIVE_DAYS * 86_400) {
      warn(at, path, `the negative anchor of ${text} lasts longer than a week (RFC 7646 2 advises against it)`);
    }
  }
}

function authZones({ config, placeOf, warn }: Linting): void {
  const path = 'recursor.auth_zones';
  const seen = new Set<string>();
  const forwarded = new Set(
    [...config.recursor.forward_zones, ...config.recursor.forward_zones_recurse].map(({ zone }) => zone.key),
  );
  for (const { zone } of config.recursor.auth_zones) {
    const text = nameTextWithoutDot(zone);
    if (seen.has(zone.key)) warn(placeOf(path), path, `${text} is given twice`);
    if (forwarded.has(zone.key)) warn(placeOf(path), path, `${text} is served here and forwarded too; it is forwarded`);
    seen.add(zone.key);
  }
}
