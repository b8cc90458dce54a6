// Option values that are mappings: forward zones, trust anchors, negative trust anchors, local zones.
import { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { type AnchorRecords, readAnchorText } from './anchor-text.ts';
import { type DSAnchor, dsText } from './ds-text.ts';
import { expiryText, parseExpiry } from './duration.ts';
import { describeInput, type InputNode, type MapEntry, type MapInput, type Place, shortened } from './input.ts';
import type { ValueReader, ValueType } from './option.ts';
import { type Parsed, parsed, refused } from './parsed.ts';
import { parseSocketAddress, type SocketAddress, socketAddressText } from './socket-address.ts';
import { closestWord } from './suggestion.ts';
import { bool, domainName, listOf, parseDomainName, parsedText, partReader, text } from './value-types.ts';

/** A zone whose questions go to listed servers. */
export interface ForwardZone {
  readonly zone: DomainName;
  /** In the order of the file; each has a port. */
  readonly forwarders: readonly Forwarder[];
  /** Ask with RD=1: the forwarder is itself a recursive server. */
  readonly recurse: boolean;
  /** A NOTIFY for the zone may wipe the cache below it. */
  readonly notifyAllowed: boolean;
  /** Where it was configured. */
  readonly place?: Place;
}

/** A server to forward to. */
export interface Forwarder extends SocketAddress {
  readonly port: number;
}

/** A zone served from a file. */
export interface AuthZone {
  readonly zone: DomainName;
  readonly file: string;
}

/** The DS records from which validation of a zone starts. */
export interface TrustAnchor {
  readonly name: DomainName;
  readonly dsRecords: readonly DSAnchor[];
  /** Where its entry begins; absent for one that single statements made up. */
  readonly place?: Place;
}

/** A name below which nothing is validated (RFC 7646). */
export interface NegativeTrustAnchor {
  readonly name: DomainName;
  /** Empty when none was given. */
  readonly reason: string;
  /** Wall-clock seconds since 1970 at which it ends by itself; absent when it stays. */
  readonly expiresAt?: number;
  /** Where it was configured. */
  readonly place?: Place;
}

/** How questions for a zone are answered locally; the words are those of Unbound's `local-zone`. */
export interface LocalZone {
  readonly zone: DomainName;
  readonly zoneType: LocalZoneType;
}

export const localZoneTypes = [
  'deny',
  'refuse',
  'static',
  'transparent',
  'typetransparent',
  'redirect',
  'inform',
  'inform_deny',
  'inform_redirect',
  'always_transparent',
  'block_a',
  'block_aaaa',
  'block_a_wdata',
  'block_aaaa_wdata',
  'always_refuse',
  'always_nxdomain',
  'always_nodata',
  'always_deny',
  'always_null',
  'noview',
  'nodefault',
] as const;
export type LocalZoneType = (typeof localZoneTypes)[number];

/** Most NSEC3 iterations for keys up to a size (RFC 5155 10.3). */
export interface KeysizeIterations {
  readonly keyBits: number;
  readonly iterations: number;
}

/** A mapping whose content is not looked at, because the option has no effect. */
export type UncheckedMap = ReadonlyMap<string, unknown>;

const forwarder: ValueType<Forwarder> = parsedText(
  'address with optional port',
  "'192.0.2.1:5300'",
  parseForwarder,
  (value) => socketAddressText(value),
);

/** A forwarder; the port is 53 where none is given. */
export function parseForwarder(words: string): Parsed<Forwarder> {
  const result = parseSocketAddress(words);
  return result.ok ? parsed({ address: result.value.address, port: result.value.port ?? 53 }) : result;
}

const forwardZoneName = parsedText(
  'domain name',
  'home.arpa',
  (words) =>
    /^[+^]/.test(words)
      ? refused(
          `'${shortened(words)}': a leading + or ^ is only known in the forward-zones file; use forward_zones_recurse (forward-zones-recurse in old-style files)`,
        )
      : parseDomainName(words),
  nameText,
);

/** Forward zones; `recurse` is fixed by the option in which they stand. */
export function forwardZones(recurse: boolean): ValueType<readonly ForwardZone[]> {
  const entry: ValueType<ForwardZone> = {
    text: 'forward zone',
    example: "{zone: home.arpa, forwarders: ['192.0.2.1:5300']}",
    isList: false,
    textForm: 'none',
    read(node, reader) {
      const fields = readFields(node, reader, ['zone', 'forwarders', 'recurse', 'notify_allowed'], this.example);
      if (fields === undefined) return undefined;
      const zone = fields.required('zone', forwardZoneName);
      const forwarders = fields.required('forwarders', forwarderList);
      const written = fields.optional('recurse', bool, recurse);
      const notifyAllowed = fields.optional('notify_allowed', bool, false);
      if (written !== undefined && written !== recurse) {
        const other = recurse ? 'forward_zones' : 'forward_zones_recurse';
        reader.warn(node.place, `recurse is ${recurse} for every zone here; move the entry to ${other} to change that`);
      }
      if (zone === undefined || forwarders === undefined || written === undefined || notifyAllowed === undefined) {
        return undefined;
      }
      return { zone, forwarders, recurse, notifyAllowed, place: node.place };
    },
    toYaml: (value) => ({
      zone: nameText(value.zone),
      forwarders: value.forwarders.map(socketAddressText),
      recurse: value.recurse,
      notify_allowed: value.notifyAllowed,
    }),
  };
  return listOf(entry, 'forward zones', 'forward-zones');
}

const forwarderList: ValueType<readonly Forwarder[]> = notEmpty(listOf(forwarder, 'addresses with optional port'));

export const authZones: ValueType<readonly AuthZone[]> = listOf(
  {
    text: 'zone',
    example: '{zone: example.net, file: zones/example.net}',
    isList: false,
    textForm: 'none',
    read(node: InputNode, reader: ValueReader): AuthZone | undefined {
      const fields = readFields(node, reader, ['zone', 'file'], this.example);
      const zone = fields?.required('zone', domainName);
      const file = fields?.required('file', text('zones/example.net'));
      return zone === undefined || file === undefined ? undefined : { zone, file: reader.absolutePath(file) };
    },
    toYaml: (value: AuthZone) => ({ zone: nameText(value.zone), file: value.file }),
  },
  'zones with their files',
  'auth-zones',
);

/** The DS of an anchor in all forms in which people paste them; what is odd about one is a warning, as in PowerDNS. */
function dsRecordsOf(zone: DomainName): ValueType<readonly DSAnchor[]> {
  const element = parsedText<AnchorRecords>(
    'DS record content',
    "'20326 8 2 e06d44b8...'",
    (words) => readAnchorText(zone, words),
    ({ ds }) => ds.map(dsText).join('\n'),
  );
  const records = notEmpty(
    listOf<AnchorRecords>(
      {
        ...element,
        read(node, reader) {
          const read = element.read(node, reader);
          for (const note of read?.notes ?? []) reader.warn(node.place, note);
          return read && { ...read, ds: read.ds.map((ds) => ({ ...ds, place: node.place })) };
        },
      },
      'DS records',
    ),
  );
  return {
    ...records,
    read: (node, reader) => records.read(node, reader)?.flatMap(({ ds }) => ds),
    toYaml: (values) => values.map(dsText),
  };
}

const trustAnchorList: ValueType<readonly TrustAnchor[]> = listOf(
  {
    text: 'trust anchor',
    example: "{name: home.arpa, dsrecords: ['12345 13 2 HEX']}",
    isList: false,
    textForm: 'none',
    read(node: InputNode, reader: ValueReader): TrustAnchor | undefined {
      const fields = readFields(node, reader, ['name', 'dsrecords'], this.example);
      const name = fields?.required('name', domainName);
      const dsRecords = fields?.required('dsrecords', dsRecordsOf(name ?? DomainName.root));
      return name === undefined || dsRecords === undefined ? undefined : { name, dsRecords, place: node.place };
    },
    toYaml: (value: TrustAnchor) => ({ name: nameText(value.name), dsrecords: value.dsRecords.map(dsText) }),
  },
  'trust anchors',
  'none',
);

/** Built-in and written anchors of the root are two entries here, and one in a file. */
export const trustAnchors: ValueType<readonly TrustAnchor[]> = {
  ...trustAnchorList,
  toYaml(anchors) {
    const byName = new Map<string, TrustAnchor>();
    for (const { name, dsRecords } of anchors) {
      const earlier = byName.get(name.key);
      byName.set(name.key, { name, dsRecords: [...(earlier?.dsRecords ?? []), ...dsRecords] });
    }
    return trustAnchorList.toYaml([...byName.values()]);
  },
};

export const negativeTrustAnchors: ValueType<readonly NegativeTrustAnchor[]> = listOf(
  {
    text: 'negative trust anchor',
    example: '{name: broken.example, reason: expired signatures, expires: 7d}',
    isList: false,
    textForm: 'none',
    read(node: InputNode, reader: ValueReader): NegativeTrustAnchor | undefined {
      const fields = readFields(node, reader, ['name', 'reason', 'expires'], this.example);
      const name = fields?.required('name', domainName);
      const reason = fields?.optional('reason', text('expired signatures'), '');
      const expiresAt = fields?.optional('expires', expiry(reader), 0);
      if (name === undefined || reason === undefined || expiresAt === undefined) return undefined;
      return { name, reason, ...(expiresAt === 0 ? {} : { expiresAt }), place: node.place };
    },
    toYaml: ({ name, reason, expiresAt }: NegativeTrustAnchor) => ({
      name: nameText(name),
      reason,
      ...(expiresAt === undefined ? {} : { expires: expiryText(expiresAt) }),
    }),
  },
  'negative trust anchors',
  'none',
);

/** The end of something, in seconds since 1970; durations count from the time of reading. */
function expiry(reader: ValueReader): ValueType<number> {
  const now = reader.nowSeconds();
  return parsedText('duration or date', '7d', (words) => parseExpiry(words, now), expiryText);
}

export const localZones: ValueType<readonly LocalZone[]> = listOf(
  parsedText<LocalZone>('zone and type', "'home.arpa nodefault'", parseLocalZone, (value) => {
    return `${nameText(value.zone)} ${value.zoneType}`;
  }),
  'zones with their types',
  'none',
);

function parseLocalZone(words: string): Parsed<LocalZone> {
  const [zoneText = '', typeWord = '', ...rest] = words.trim().split(/\s+/);
  const zone = parseDomainName(zoneText.replace(/^"(.*)"$/, '$1'));
  if (!zone.ok) return zone;
  const zoneType = localZoneTypes.find((word) => word === typeWord);
  if (zoneType === undefined || rest.length > 0) {
    return refused(`'${shortened(typeWord)}' is no type of local zone; known: ${localZoneTypes.join(', ')}`);
  }
  return parsed({ zone: zone.value, zoneType });
}

export const keysizeIterations: ValueType<readonly KeysizeIterations[]> = {
  ...parsedText('pairs of key size and iterations', "'1024 150 2048 500 4096 2500'", parseKeysizeIterations, (pairs) =>
    pairs.map(({ keyBits, iterations }) => `${keyBits} ${iterations}`).join(' '),
  ),
};

/** RFC 5155 10.3: what it allows for the largest keys; each hash costs as much, for any question a stranger may ask. */
const MAX_NSEC3_ITERATIONS = 2500;

function parseKeysizeIterations(words: string): Parsed<readonly KeysizeIterations[]> {
  const numbers = words.trim() === '' ? [] : words.trim().split(/\s+/);
  if (numbers.some((number) => !/^[0-9]{1,5}$/.test(number))) return refused('only numbers up to 99999 are allowed');
  if (numbers.length % 2 !== 0) return refused('the numbers do not come in pairs');
  const pairs: KeysizeIterations[] = [];
  for (let index = 0; index < numbers.length; index += 2) {
    const pair = { keyBits: Number(numbers[index]), iterations: Number(numbers[index + 1]) };
    if (pair.keyBits <= (pairs.at(-1)?.keyBits ?? 0)) return refused('the key sizes must ascend');
    if (pair.iterations > MAX_NSEC3_ITERATIONS) {
      return refused(`more than ${MAX_NSEC3_ITERATIONS} iterations are never allowed (RFC 5155 10.3)`);
    }
    pairs.push(pair);
  }
  return parsed(pairs);
}

/** A list of mappings that belongs to a feature kedge does not have. */
export const uncheckedMaps: ValueType<readonly UncheckedMap[]> = listOf(
  {
    text: 'mapping',
    example: '{}',
    isList: false,
    textForm: 'none',
    read(node: InputNode, reader: ValueReader): UncheckedMap | undefined {
      if (node.kind !== 'map') return reader.error(node.place, `found ${describeInput(node)}`, 'a mapping');
      return new Map(node.entries.map((entry) => [entry.key, plainValue(entry.value)]));
    },
    toYaml: (value: UncheckedMap) => Object.fromEntries(value),
  },
  'mappings',
  'none',
);

function plainValue(node: InputNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plainValue);
  return Object.fromEntries(node.entries.map((entry) => [entry.key, plainValue(entry.value)]));
}

function notEmpty<T>(type: ValueType<readonly T[]>): ValueType<readonly T[]> {
  return {
    ...type,
    read(node, reader) {
      const values = type.read(node, reader);
      return values?.length === 0
        ? reader.error(node.place, 'the list is empty', `${type.text}, at least one`)
        : values;
    },
  };
}

/** The fields of one mapping, read by name. */
export interface Fields {
  required<T>(key: string, type: ValueType<T>): T | undefined;
  optional<T>(key: string, type: ValueType<T>, missing: T): T | undefined;
}

/**
 * Checks the keys of a mapping (snake case, or the spelling with capitals that Lua files use); undefined after reporting
 * that the node is no mapping.
 */
export function readFields(
  node: InputNode,
  reader: ValueReader,
  known: readonly string[],
  example: string,
): Fields | undefined {
  if (node.kind !== 'map') return reader.error(node.place, `found ${describeInput(node)}`, `a mapping, as ${example}`);
  const entries = new Map<string, MapEntry>();
  let unknown = false;
  for (const entry of node.entries) {
    const key = snakeCase(entry.key);
    if (known.includes(key)) {
      entries.set(key, entry);
      continue;
    }
    unknown = true;
    const near = closestWord(key, known);
    const hint = near === undefined ? `known here: ${known.join(', ')}` : `did you mean ${near}?`;
    reader.error(entry.place, `unknown key '${shortened(entry.key)}'; ${hint}`);
  }
  return fieldsOf(node, entries, reader, unknown);
}

function fieldsOf(
  node: MapInput,
  entries: ReadonlyMap<string, MapEntry>,
  reader: ValueReader,
  unknown: boolean,
): Fields {
  const read = <T>(key: string, type: ValueType<T>, entry: MapEntry) => {
    const value = type.read(entry.value, partReader(reader, `.${key}`));
    return unknown ? undefined : value;
  };
  return {
    required(key, type) {
      const entry = entries.get(key);
      if (entry !== undefined) return read(key, type, entry);
      return unknown ? undefined : missingKey(node.place, key, type.example, reader);
    },
    optional(key, type, missing) {
      const entry = entries.get(key);
      if (entry !== undefined) return read(key, type, entry);
      return unknown ? undefined : missing;
    },
  };
}

function missingKey(place: Place, key: string, example: string, reader: ValueReader): undefined {
  return reader.error(place, `the key '${key}' is missing`, `${key}: ${example}`);
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
