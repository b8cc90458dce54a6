// Answer entries as they rest in the cache: one string of octets and a few numbers instead of some dozen objects, so that
// a hundred thousand of them fit into little memory. Unpacked anew for each use.
import type { Chain, ChainLink, Verdict } from '../dnssec/verdict.ts';
import { DomainName } from '../wire/name.ts';
import { readU16, readU32 } from '../wire/reader.ts';
import type { RRset } from '../wire/record.ts';
import type { AnswerEntry, Rank } from './answer-cache.ts';

type RRsetLink = Extract<ChainLink, { kind: 'rrset' }>;

/** A resting entry. `octets` is a latin1 string, one character an octet. */
export interface PackedEntry {
  readonly kind: AnswerEntry['kind'];
  readonly octets: string;
  readonly rank: Rank;
  /** Undefined while unchecked, and where `chain` stands for a secure verdict whose last link is in `octets`. */
  readonly verdict: Verdict | undefined;
  /** The chain above the RRset's own link. */
  readonly chain: Chain | undefined;
  readonly storedAt: number;
  readonly expiresAt: number;
  /** From when on the time runs for which it may be served although it has ended: `expiresAt`, or later (RFC 8767). */
  staleFrom: number;
  readonly server: string;
}

/** Written after each other into one scratch area; entries of more octets than this are not cached. */
const SCRATCH_OCTETS = 256 * 1024;
const scratch = Buffer.allocUnsafeSlow(SCRATCH_OCTETS);
let length = 0;

/** A latin1 string, its object, its key and its places in the index: what an entry costs besides its octets. */
export const PACKED_OVERHEAD_OCTETS = 320;

/** Undefined for an entry too large for any cache. */
export function packEntry(entry: AnswerEntry): PackedEntry | undefined {
  length = 0;
  if (entryLength(entry) > SCRATCH_OCTETS) return undefined;
  const link = entry.kind === 'rrset' ? rrsetLink(entry.verdict, entry.rrset) : undefined;
  if (entry.kind === 'rrset') {
    writeRRset(entry.rrset);
    if (link !== undefined) writeLink(link, entry.rrset);
  } else {
    writeName(entry.name);
    u16(entry.type);
    u8((entry.cutBelow ? 1 : 0) | (entry.compact ? 2 : 0) | (entry.soa === undefined ? 0 : 4));
    if (entry.soa !== undefined) writeRRset(entry.soa);
  }
  u16(entry.proof.length);
  for (const rrset of entry.proof) writeRRset(rrset);
  const { kind, rank, storedAt, expiresAt, server, verdict } = entry;
  return {
    kind,
    octets: scratch.toString('latin1', 0, length),
    rank,
    verdict: link === undefined ? verdict : undefined,
    chain: link === undefined || verdict?.status !== 'secure' ? undefined : verdict.chain.previous,
    storedAt,
    expiresAt,
    staleFrom: expiresAt,
    server,
  };
}

/** Whether the entry's verdict is secure, without unpacking it. */
export function isPackedSecure({ verdict, chain }: PackedEntry): boolean {
  return chain !== undefined || verdict?.status === 'secure';
}

export function unpackEntry(packed: PackedEntry): AnswerEntry {
  const reader = new PackedReader(packed.octets);
  const { rank, storedAt, expiresAt, server } = packed;
  if (packed.kind === 'rrset') {
    const rrset = reader.rrset();
    const verdict: Verdict | undefined =
      packed.chain === undefined
        ? packed.verdict
        : { status: 'secure', chain: { link: reader.link(rrset), previous: packed.chain } };
    return { kind: 'rrset', rrset, proof: reader.rrsets(), rank, verdict, storedAt, expiresAt, server };
  }
  const name = reader.name();
  const type = reader.u16();
  const flags = reader.u8();
  const soa = (flags & 4) === 0 ? undefined : reader.rrset();
  return {
    kind: packed.kind,
    name,
    type,
    soa,
    proof: reader.rrsets(),
    cutBelow: (flags & 1) !== 0,
    compact: (flags & 2) !== 0,
    rank,
    verdict: packed.verdict,
    storedAt,
    expiresAt,
    server,
  };
}

/** The last link of a secure verdict, where it can be rebuilt from the RRset that it speaks of. */
function rrsetLink(verdict: Verdict | undefined, rrset: RRset): RRsetLink | undefined {
  if (verdict?.status !== 'secure' || verdict.chain.previous === undefined) return undefined;
  const { link } = verdict.chain;
  if (link.kind !== 'rrset' || !link.name.equals(rrset.name) || link.type !== rrset.type) return undefined;
  return rrset.name.isSubdomainOf(link.signature.signer) ? link : undefined;
}

const NO_WILDCARD = 0xff;

function writeLink({ signature, wildcard }: RRsetLink, rrset: RRset): void {
  u16(signature.keyTag);
  u8(signature.algorithm);
  u32(signature.inception);
  u32(signature.expiration);
  u8(signature.signer.labelCount);
  u8(wildcard === undefined || !rrset.name.isSubdomainOf(wildcard.parent()) ? NO_WILDCARD : wildcard.labelCount - 1);
}

function writeRRset(rrset: RRset): void {
  writeName(rrset.name);
  u16(rrset.type);
  u16(rrset.class);
  u32(rrset.ttl);
  writeAll(rrset.rdatas);
  writeAll(rrset.signatures);
}

function writeAll(rdatas: readonly Uint8Array[]): void {
  u16(rdatas.length);
  for (const rdata of rdatas) {
    u16(rdata.length);
    raw(rdata);
  }
}

function writeName(name: DomainName): void {
  u8(name.octets.length);
  raw(name.octets);
}

function u8(value: number): void {
  scratch[length++] = value;
}

function u16(value: number): void {
  scratch[length++] = value >> 8;
  scratch[length++] = value;
}

function u32(value: number): void {
  u16(value >>> 16);
  u16(value & 0xffff);
}

function raw(octets: Uint8Array): void {
  scratch.set(octets, length);
  length += octets.length;
}

/** At least as many octets as `packEntry` writes. */
function entryLength(entry: AnswerEntry): number {
  let octets = 300;
  if (entry.kind === 'rrset') octets += rrsetLength(entry.rrset);
  else if (entry.soa !== undefined) octets += rrsetLength(entry.soa);
  for (const rrset of entry.proof) octets += rrsetLength(rrset);
  return octets;
}

function rrsetLength(rrset: RRset): number {
  let octets = 280;
  for (const rdata of rrset.rdatas) octets += 2 + rdata.length;
  for (const rdata of rrset.signatures) octets += 2 + rdata.length;
  return octets;
}

/** Reads what `packEntry` wrote: trusted octets of our own, so that lengths are not checked again. */
class PackedReader {
  private readonly octets: Uint8Array;
  private offset = 0;

  constructor(packed: string) {
    const buffer = Buffer.from(packed, 'latin1');
    // A plain array: a Buffer's `slice` would be a view where the codec relies on a copy.
    this.octets = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
  }

  u8(): number {
    return this.octets[this.offset++] ?? 0;
  }

  u16(): number {
    this.offset += 2;
    return readU16(this.octets, this.offset - 2);
  }

  u32(): number {
    this.offset += 4;
    return readU32(this.octets, this.offset - 4);
  }

  name(): DomainName {
    return DomainName.fromOctets(this.take(this.u8()));
  }

  rrset(): RRset {
    const name = this.name();
    const type = this.u16();
    const rrclass = this.u16();
    const ttl = this.u32();
    return { name, type, class: rrclass, ttl, rdatas: this.all(), signatures: this.all() };
  }

  rrsets(): RRset[] {
    const rrsets: RRset[] = [];
    for (let left = this.u16(); left > 0; left--) rrsets.push(this.rrset());
    return rrsets;
  }

  link(rrset: RRset): RRsetLink {
    const keyTag = this.u16();
    const algorithm = this.u8();
    const inception = this.u32();
    const expiration = this.u32();
    const signer = rrset.name.ancestorWithLabels(this.u8());
    const encloserLabels = this.u8();
    return {
      kind: 'rrset',
      name: rrset.name,
      type: rrset.type,
      signature: { signer, keyTag, algorithm, inception, expiration },
      wildcard:
        encloserLabels === NO_WILDCARD ? undefined : rrset.name.ancestorWithLabels(encloserLabels).wildcardChild(),
    };
  }

  private all(): Uint8Array[] {
    const rdatas: Uint8Array[] = [];
    for (let left = this.u16(); left > 0; left--) rdatas.push(this.take(this.u16()));
    return rdatas;
  }

  private take(count: number): Uint8Array {
    this.offset += count;
    return this.octets.subarray(this.offset - count, this.offset);
  }
}
