// Resource records, and the RRsets they form (RFC 2181 5).
import { RRType } from './constants.ts';
import type { DomainName } from './name.ts';
import { readU16 } from './reader.ts';

/** One record as it stood in a message; `rdata` is a copy with its names decompressed. */
export interface ResourceRecord {
  readonly name: DomainName;
  readonly type: number;
  readonly class: number;
  /** Seconds. A TTL with the top bit set has been read as the protocol's largest (RFC 2181 8, RFC 8767 4). */
  readonly ttl: number;
  readonly rdata: Uint8Array;
}

/** All records of one owner, class and type, with the signatures over them. */
export interface RRset {
  readonly name: DomainName;
  readonly type: number;
  readonly class: number;
  /** Seconds; the least of the records' TTLs (RFC 2181 5.2). */
  readonly ttl: number;
  /** RDATA of each record, duplicates removed, in the order received. Never empty, except for lone signatures. */
  readonly rdatas: readonly Uint8Array[];
  /** RDATA of the RRSIGs that cover this type. */
  readonly signatures: readonly Uint8Array[];
}

/**
 * The same RRset with another TTL. Written out, here as below: copies made by spreading are objects of another kind to the
 * engine, and code that was compiled for one kind is thrown away when the other comes.
 */
export function withTtl({ name, type, class: rrclass, rdatas, signatures }: RRset, ttl: number): RRset {
  return { name, type, class: rrclass, ttl, rdatas, signatures };
}

/** The same RRset with other signatures. */
export function withSignatures(
  { name, type, class: rrclass, ttl, rdatas }: RRset,
  signatures: readonly Uint8Array[],
): RRset {
  return { name, type, class: rrclass, ttl, rdatas, signatures };
}

/** What the canonical form of an RRset needs. */
export type RRsetKeyed = Pick<RRset, 'name' | 'type' | 'class' | 'rdatas'>;

/** The map key of an RRset within one class. */
export function rrsetKey(name: DomainName, type: number): string {
  return name.key + String.fromCharCode(type >> 8, type & 0xff);
}

/** Octets of RDATA and signatures: what an RRset weighs where memory is counted. */
export function rdataOctets({ rdatas, signatures }: RRset): number {
  let octets = 0;
  for (const rdata of rdatas) octets += rdata.length;
  for (const rdata of signatures) octets += rdata.length;
  return octets;
}

/** Type covered by an RRSIG's RDATA (RFC 4034 3.1.1). */
export function typeCovered(rrsigRdata: Uint8Array): number {
  return readU16(rrsigRdata, 0);
}

interface RRsetUnderConstruction {
  name: DomainName;
  type: number;
  class: number;
  ttl: number;
  rdatas: Uint8Array[];
  signatures: Uint8Array[];
}

/**
 * Groups a section's records into RRsets in order of first appearance. An RRSIG joins the set that it covers; one
 * that covers nothing present makes a set without records.
 */
export function groupIntoRRsets(records: readonly ResourceRecord[]): RRset[] {
  const sets: RRsetUnderConstruction[] = [];
  let index: Map<string, RRsetUnderConstruction> | undefined;
  for (const record of records) {
    const isSignature = record.type === RRType.RRSIG && record.rdata.length >= 18;
    const type = isSignature ? typeCovered(record.rdata) : record.type;
    let set = index === undefined ? findSet(sets, record, type) : index.get(keyInSection(record, type));
    if (set === undefined) {
      set = { name: record.name, type, class: record.class, ttl: record.ttl, rdatas: [], signatures: [] };
      sets.push(set);
      if (index !== undefined) index.set(keyInSection(set, type), set);
      else if (sets.length > LINEAR_SEARCH_SETS)
        index = new Map(sets.map((known) => [keyInSection(known, known.type), known]));
    }
    if (record.ttl < set.ttl) set.ttl = record.ttl;
    const into = isSignature ? set.signatures : set.rdatas;
    if (!isDuplicate(into, record.rdata)) into.push(record.rdata);
  }
  return sets;
}

/** Sections with more sets than this are searched through an index, so that a hostile one costs linear time. */
const LINEAR_SEARCH_SETS = 8;

function findSet(
  sets: readonly RRsetUnderConstruction[],
  { name, class: rrclass }: ResourceRecord,
  type: number,
): RRsetUnderConstruction | undefined {
  // Records of a set mostly follow each other.
  for (let index = sets.length - 1; index >= 0; index--) {
    const set = sets[index];
    if (set !== undefined && set.type === type && set.class === rrclass && set.name.key === name.key) return set;
  }
  return undefined;
}

function keyInSection({ name, class: rrclass }: Pick<ResourceRecord, 'name' | 'class'>, type: number): string {
  return rrclass === 1 ? rrsetKey(name, type) : `${rrsetKey(name, type)}/${rrclass}`;
}

/** Sets larger than this are searched through an index, so that a hostile set costs linear time. */
const LINEAR_SEARCH_RECORDS = 16;
const indexes = new WeakMap<Uint8Array[], Set<string>>();

function isDuplicate(rdatas: Uint8Array[], rdata: Uint8Array): boolean {
  if (rdatas.length < LINEAR_SEARCH_RECORDS) {
    for (const known of rdatas) if (sameOctets(known, rdata)) return true;
    return false;
  }
  let index = indexes.get(rdatas);
  if (index === undefined) {
    index = new Set(rdatas.map(latin1));
    indexes.set(rdatas, index);
  }
  const key = latin1(rdata);
  if (index.has(key)) return true;
  index.add(key);
  return false;
}

/** Octets as a string of one character an octet: an exact map key. */
export function latin1(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
}

export function sameOctets(left: Uint8Array, right: Uint8Array): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}

/** Unsigned octet order, a shorter string first when it is a prefix (RFC 4034 6.3). */
export function compareOctets(left: Uint8Array, right: Uint8Array): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
