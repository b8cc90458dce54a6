// The denial chains that a signer adds to a zone: NSEC (RFC 4034 4, RFC 4035 2.3) and NSEC3 with and without Opt-Out
// (RFC 5155 7.1).
import { RRClass, RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { buildTypeBitmap, NSEC3_OPT_OUT } from '../wire/rdata-dnssec.ts';
import { compareOctets, type ResourceRecord } from '../wire/record.ts';
import { hashOf, type Nsec3Parameters, nsec3Owner } from './nsec3-owner.ts';
import type { Zone, ZoneNode } from './zone.ts';

export type DenialOptions =
  | { readonly kind: 'nsec' }
  | {
      readonly kind: 'nsec3';
      /** Additional iterations; default 0 (RFC 9276 3.1). */
      readonly iterations?: number;
      /** Default: none (RFC 9276 3.1). */
      readonly salt?: Uint8Array;
      /** Leave out delegations without DS, and say so in every record. */
      readonly optOut?: boolean;
      /** No chain: records are made for each reply (RFC 7129 appendix B). Opt-Out does not apply. */
      readonly isNarrow?: boolean;
    }
  /** No chain: one NSEC for each reply, at the name asked for (RFC 9824). */
  | { readonly kind: 'compact' }
  /** No chain at all: a zone that cannot deny anything. */
  | { readonly kind: 'none' };

export type Nsec3Options = Extract<DenialOptions, { kind: 'nsec3' }>;

/** The only NSEC3 hash algorithm: SHA-1 (RFC 5155 11). */
const HASH_SHA1 = 1;

/** The NSEC or NSEC3 records of a zone. */
export function denialRecords(zone: Zone, options: DenialOptions): ResourceRecord[] {
  switch (options.kind) {
    case 'nsec':
      return nsecRecords(zone);
    case 'nsec3':
      return options.isNarrow ? [] : nsec3Records(zone, options);
    case 'compact':
    case 'none':
      return [];
  }
}

/** The record that tells servers the parameters of the chain (RFC 5155 4): its flags are always zero. */
export function nsec3ParamRecord(zone: Zone, options: Nsec3Options): ResourceRecord {
  const rdata = parameterOctets(options, 0);
  return { name: zone.apex, type: RRType.NSEC3PARAM, class: RRClass.IN, ttl: denialTtl(zone), rdata };
}

/** RFC 9077: the lesser of the SOA record's TTL and its MINIMUM field. */
export function denialTtl(zone: Zone): number {
  return Math.min(zone.soa.ttl, zone.soaFields.minimum);
}

/** Types that a denial record at a node may show: at a cut only those the parent answers for (RFC 4035 2.3). */
export function authoritativeTypes(zone: Zone, node: ZoneNode): number[] {
  const types = [...node.rrsets.keys()];
  return zone.isCut(node) ? types.filter((type) => type === RRType.NS || type === RRType.DS) : types;
}

function nsecRecords(zone: Zone): ResourceRecord[] {
  const owners = zone.sortedNodes().filter((node) => node.rrsets.size > 0 && !zone.isOccluded(node.name));
  return owners.map((node, index) => {
    const next = (owners[index + 1] ?? owners[0] ?? node).name;
    const bitmap = buildTypeBitmap([...authoritativeTypes(zone, node), RRType.NSEC, RRType.RRSIG]);
    const rdata = Uint8Array.from([...next.octets, ...bitmap]);
    return { name: node.name, type: RRType.NSEC, class: RRClass.IN, ttl: denialTtl(zone), rdata };
  });
}

function nsec3Records(zone: Zone, options: Nsec3Options): ResourceRecord[] {
  const parameters: Nsec3Parameters = { iterations: options.iterations ?? 0, salt: options.salt ?? new Uint8Array() };
  const links = nsec3Names(zone, options.optOut ?? false)
    .map((name) => ({ name, hash: hashOf(name, parameters) }))
    .sort((left, right) => compareOctets(left.hash, right.hash));
  return links.map(({ name, hash }, index) => {
    const next = (links[index + 1] ?? links[0])?.hash ?? hash;
    const rdata = nsec3Rdata(options, next, nsec3Types(zone, name));
    const owner = nsec3Owner(hash, zone.apex);
    return { name: owner, type: RRType.NSEC3, class: RRClass.IN, ttl: denialTtl(zone), rdata };
  });
}

/** RDATA of an NSEC3 record (RFC 5155 3.2). */
export function nsec3Rdata(options: Nsec3Options, nextHash: Uint8Array, types: readonly number[]): Uint8Array {
  return Uint8Array.from([
    ...parameterOctets(options, options.optOut ? NSEC3_OPT_OUT : 0),
    nextHash.length,
    ...nextHash,
    ...buildTypeBitmap(types),
  ]);
}

/**
 * The names that get an NSEC3 record: all authoritative ones and cuts, with Opt-Out only cuts that have a DS, and the
 * empty non-terminals above any of these (RFC 5155 7.1).
 */
export function nsec3Names(zone: Zone, optOut: boolean): DomainName[] {
  const names = new Map<string, DomainName>();
  for (const node of zone.sortedNodes()) {
    if (node.rrsets.size === 0 || zone.isOccluded(node.name)) continue;
    if (optOut && zone.isCut(node) && !node.rrsets.has(RRType.DS)) continue;
    for (let name = node.name; !names.has(name.key); name = name.parent()) {
      names.set(name.key, name);
      if (name.key === zone.apex.key) break;
    }
  }
  return [...names.values()];
}

/** The bitmap of the NSEC3 record of a name; empty for an empty non-terminal. */
export function nsec3Types(zone: Zone, name: DomainName): number[] {
  const node = zone.node(name);
  if (node === undefined || node.rrsets.size === 0) return [];
  const types = authoritativeTypes(zone, node);
  // An insecure delegation has nothing that is signed (RFC 5155 7.1).
  if (zone.isCut(node) && !types.includes(RRType.DS)) return types;
  return [...types, RRType.RRSIG];
}

function parameterOctets(options: Nsec3Options, flags: number): Uint8Array {
  const iterations = options.iterations ?? 0;
  const salt = options.salt ?? new Uint8Array();
  return Uint8Array.from([HASH_SHA1, flags, iterations >> 8, iterations & 0xff, salt.length, ...salt]);
}
