// One zone in memory: its nodes, cuts, glue and denial chains. Immutable once built; how names are looked up in it is in
// zone-lookup.ts.
import { parseBase32hex } from '../wire/base32hex.ts';
import { RRType } from '../wire/constants.ts';
import { compareNames, DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { parseSOA, type SOAData } from '../wire/rdata.ts';
import { parseNSEC3 } from '../wire/rdata-dnssec.ts';
import { readU16 } from '../wire/reader.ts';
import { compareOctets, groupIntoRRsets, type ResourceRecord, type RRset, sameOctets } from '../wire/record.ts';
import { parseZoneText } from '../wire/zone-text.ts';
import type { Nsec3Parameters } from './nsec3-owner.ts';

/** A name that exists, with its RRsets by type. One without any is an empty non-terminal (RFC 4592 2.2.2). */
export interface ZoneNode {
  readonly name: DomainName;
  readonly rrsets: ReadonlyMap<number, RRset>;
}

/** One NSEC3 record, with its owner's hash as octets. */
export interface Nsec3Link {
  readonly hash: Uint8Array;
  readonly rrset: RRset;
}

/** How a zone denies: by a chain among its records (RFC 4034 4, RFC 5155), or by records made for each reply. */
export type DenialChain =
  | { readonly kind: 'none' }
  /** NSEC sets in canonical order of their owners. */
  | { readonly kind: 'nsec'; readonly links: readonly RRset[] }
  /** NSEC3 sets in the order of their hashes. */
  | { readonly kind: 'nsec3'; readonly parameters: Nsec3Parameters; readonly links: readonly Nsec3Link[] }
  | NarrowDenial
  | CompactDenial;

/** NSEC3 records that match or cover one name and nothing beside it (RFC 7129 appendix B). */
export interface NarrowDenial {
  readonly kind: 'nsec3-narrow';
  /** The record of a name; undefined when the name has none. */
  match(name: DomainName): RRset | undefined;
  cover(name: DomainName): RRset;
}

/** One NSEC record at the name asked for, whether the name exists or not (RFC 9824). */
export interface CompactDenial {
  readonly kind: 'compact';
  /** The record that says which types a name has; `node` undefined when there is neither the name nor a wildcard. */
  nsec(name: DomainName, node: ZoneNode | undefined): RRset;
  /** A set expanded from a wildcard, signed as if it stood in the zone. */
  sign(rrset: RRset): RRset;
}

export class Zone {
  readonly apex: DomainName;
  readonly soa: RRset;
  readonly soaFields: SOAData;
  readonly denial: DenialChain;
  /** All records, in the order given. */
  readonly records: readonly ResourceRecord[];
  private readonly nodes: ReadonlyMap<string, ZoneNode>;

  private constructor(records: readonly ResourceRecord[], denial?: DenialChain) {
    const sets = groupIntoRRsets(records).filter(({ rdatas }) => rdatas.length > 0);
    const soa = sets.find(({ type }) => type === RRType.SOA);
    const soaFields = soa?.rdatas[0] === undefined ? undefined : parseSOA(soa.rdatas[0]);
    if (soa === undefined || soaFields === undefined) throw new Error('a zone needs an SOA record');
    this.apex = soa.name;
    this.soa = soa;
    this.soaFields = soaFields;
    this.records = records;
    this.nodes = buildNodes(this.apex, sets);
    this.denial = denial ?? findDenialChain(this.apex, sets);
  }

  /** A zone from its records, signed or not; the SOA record names the apex. Throws when there is none. */
  static fromRecords(records: readonly ResourceRecord[]): Zone {
    return new Zone(records);
  }

  /** A zone from master-file text (RFC 1035 5). Throws with line numbers on text that cannot be read. */
  static fromText(text: string, origin?: DomainName): Zone {
    return new Zone(zoneRecords(text, origin));
  }

  /** The same zone with another way to deny. */
  withDenial(denial: DenialChain): Zone {
    return new Zone(this.records, denial);
  }

  node(name: DomainName): ZoneNode | undefined {
    return this.nodes.get(name.key);
  }

  rrset(name: DomainName, type: number): RRset | undefined {
    return this.nodes.get(name.key)?.rrsets.get(type);
  }

  /** All names that exist, in canonical order (RFC 4034 6.1). NSEC3 owners are not among them (RFC 5155 7.2.8). */
  sortedNodes(): ZoneNode[] {
    return [...this.nodes.values()].sort((left, right) => compareNames(left.name, right.name));
  }

  /** Whether a node is a delegation point: it has NS records and is not the apex. */
  isCut(node: ZoneNode): boolean {
    return node.rrsets.has(RRType.NS) && node.name.key !== this.apex.key;
  }

  /** Whether a name lies below a zone cut or a DNAME: glue and what is hidden, none of it authoritative. */
  isOccluded(name: DomainName): boolean {
    for (let ancestor = name; ancestor.isBelow(this.apex); ) {
      ancestor = ancestor.parent();
      const node = this.node(ancestor);
      if (node === undefined) continue;
      if (this.isCut(node) || node.rrsets.has(RRType.DNAME)) return true;
    }
    return false;
  }
}

/** TTL of records that give none. */
const DEFAULT_TTL = 3600;

/** Records of master-file text. Throws with line numbers on text that cannot be read. */
export function zoneRecords(text: string, origin?: DomainName): ResourceRecord[] {
  const { records, errors } = parseZoneText(text, { origin: origin ?? DomainName.root, defaultTtl: DEFAULT_TTL });
  if (errors.length > 0) throw new Error(errors.map(({ line, message }) => `line ${line}: ${message}`).join('\n'));
  return records;
}

function buildNodes(apex: DomainName, sets: readonly RRset[]): Map<string, ZoneNode> {
  const nodes = new Map<string, { name: DomainName; rrsets: Map<number, RRset> }>();
  const add = (name: DomainName) => {
    let node = nodes.get(name.key);
    if (node === undefined) {
      node = { name, rrsets: new Map() };
      nodes.set(name.key, node);
    }
    return node;
  };
  add(apex);
  for (const set of sets) {
    if (!set.name.isSubdomainOf(apex)) throw new Error(`${nameText(set.name)} is outside ${nameText(apex)}`);
    if (set.type === RRType.NSEC3) continue;
    add(set.name).rrsets.set(set.type, set);
    // RFC 4592 2.2.2: every name between an owner and the apex exists.
    for (let parent = set.name; parent.isBelow(apex); ) {
      parent = parent.parent();
      add(parent);
    }
  }
  return nodes;
}

function findDenialChain(apex: DomainName, sets: readonly RRset[]): DenialChain {
  const nsec3s = sets.filter(({ type }) => type === RRType.NSEC3);
  const first = nsec3s[0]?.rdatas[0];
  const published = sets.find(({ name, type }) => type === RRType.NSEC3PARAM && name.key === apex.key)?.rdatas[0];
  const parameters = parseParameters(published ?? first);
  if (parameters !== undefined && nsec3s.length > 0) {
    return { kind: 'nsec3', parameters, links: nsec3Links(nsec3s, parameters) };
  }
  const links = sets.filter(({ type }) => type === RRType.NSEC);
  if (links.length === 0) return { kind: 'none' };
  return { kind: 'nsec', links: links.sort((left, right) => compareNames(left.name, right.name)) };
}

/** Salt and iterations, which stand at the same place in NSEC3PARAM and in NSEC3 (RFC 5155 3.2 and 4.2). */
function parseParameters(rdata: Uint8Array | undefined): Nsec3Parameters | undefined {
  if (rdata === undefined || rdata.length < 5) return undefined;
  return { iterations: readU16(rdata, 2), salt: rdata.slice(5, 5 + (rdata[4] ?? 0)) };
}

function nsec3Links(sets: readonly RRset[], parameters: Nsec3Parameters): Nsec3Link[] {
  const links: Nsec3Link[] = [];
  for (const rrset of sets) {
    const hash = parseBase32hex(rrset.name.firstLabel());
    const fields = rrset.rdatas[0] === undefined ? undefined : parseNSEC3(rrset.rdatas[0]);
    if (hash === undefined || fields?.iterations !== parameters.iterations) continue;
    if (sameOctets(fields.salt, parameters.salt)) links.push({ hash, rrset });
  }
  return links.sort((left, right) => compareOctets(left.hash, right.hash));
}
