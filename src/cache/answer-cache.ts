// What servers have said about names: RRsets, NODATA and NXDOMAIN, with rank, verdict and absolute expiry.
// One entry a (name, type), so that a positive RRset and a denial exclude each other. Only the resolver's task runner
// writes here; delegations and glue live in the delegation store and never come here (SECURITY I-2).
import { LRUCache } from 'lru-cache';
import type { Verdict } from '../dnssec/verdict.ts';
import { DomainName } from '../wire/name.ts';
import { type RRset, rrsetKey } from '../wire/record.ts';
import { isPackedSecure, PACKED_OVERHEAD_OCTETS, type PackedEntry, packEntry, unpackEntry } from './packed-entry.ts';
import type { Region } from './region.ts';

/** Credibility (RFC 2181 5.4.1), as far as it can occur here. */
export const Rank = { NON_AUTHORITATIVE: 1, AUTHORITATIVE: 2 } as const;
export type Rank = (typeof Rank)[keyof typeof Rank];

interface EntryBase {
  readonly rank: Rank;
  /** Undefined while nobody has validated it. */
  readonly verdict: Verdict | undefined;
  /** Cache-clock seconds. */
  readonly storedAt: number;
  /** Cache-clock seconds; never moved once stored (SECURITY I-6). */
  readonly expiresAt: number;
  /** `address#port` of the server that said so. */
  readonly server: string;
}

export interface PositiveEntry extends EntryBase {
  readonly kind: 'rrset';
  readonly rrset: RRset;
  /** NSEC or NSEC3 sets which prove that a wildcard could be used. */
  readonly proof: readonly RRset[];
}

export interface NegativeEntry extends EntryBase {
  readonly kind: 'nodata' | 'nxdomain';
  readonly name: DomainName;
  readonly type: number;
  readonly soa: RRset | undefined;
  readonly proof: readonly RRset[];
  /** The proof relies on an opt-out span, or the name exists only as a compact denial: no NXDOMAIN cut. */
  readonly cutBelow: boolean;
  /** A compact denial of existence: the name does not exist, whatever the RCODE says (RFC 9824). */
  readonly compact: boolean;
}

export type AnswerEntry = PositiveEntry | NegativeEntry;

/** NXDOMAIN is kept under this type: it denies every type. */
const NXDOMAIN_KEY_TYPE = 0;
/** The end of the root's key, and of every name's, with that type. */
const NXDOMAIN_KEY_SUFFIX = rrsetKey(DomainName.root, NXDOMAIN_KEY_TYPE);

/** How many entries a wipe removed. */
export interface Forgotten {
  readonly positive: number;
  readonly negative: number;
}

export interface AnswerCacheOptions {
  readonly maxOctets: number;
  readonly maxEntryOctets: number;
}

export class AnswerCache {
  private entries: LRUCache<string, PackedEntry>;
  private readonly maxEntryOctets: number;
  private negatives = 0;

  constructor(options: AnswerCacheOptions) {
    this.maxEntryOctets = options.maxEntryOctets;
    this.entries = this.newEntries(options.maxOctets);
  }

  private newEntries(maxOctets: number): LRUCache<string, PackedEntry> {
    return new LRUCache<string, PackedEntry>({
      maxSize: Math.max(1, maxOctets),
      dispose: ({ kind }) => {
        if (kind !== 'rrset') this.negatives--;
      },
    });
  }

  get size(): number {
    return this.entries.size;
  }

  /** Those of `size` that deny something. */
  get negativeSize(): number {
    return this.negatives;
  }

  /** Accounted octets. */
  get octets(): number {
    return this.entries.calculatedSize;
  }

  /** The live entry for exactly this name and type (RRset or NODATA). */
  get(name: DomainName, type: number, now: number): AnswerEntry | undefined {
    return this.liveAt(rrsetKey(name, type), now);
  }

  /** The live NXDOMAIN entry for exactly this name. */
  getNxdomain(name: DomainName, now: number): NegativeEntry | undefined {
    const entry = this.liveAt(rrsetKey(name, NXDOMAIN_KEY_TYPE), now);
    return entry?.kind === 'nxdomain' ? entry : undefined;
  }

  private liveAt(key: string, now: number): AnswerEntry | undefined {
    const entry = this.entries.get(key);
    return entry !== undefined && entry.expiresAt > now ? unpackEntry(entry) : undefined;
  }

  /** As `get` or, for NXDOMAIN, `getNxdomain`, but an expired entry too (RFC 8767). */
  getExpired(name: DomainName, type: number): AnswerEntry | undefined {
    const entry = this.entries.get(rrsetKey(name, type)) ?? this.entries.get(rrsetKey(name, NXDOMAIN_KEY_TYPE));
    return entry === undefined ? undefined : unpackEntry(entry);
  }

  /**
   * Stores an entry unless what is there is better: secure data yield only to secure data until they expire, a lower
   * rank never replaces a higher one of equal validation state (SECURITY I-5). True when stored. With `onlyType`, an
   * NXDOMAIN denies the type that was asked for and no other.
   */
  set(name: DomainName, type: number, entry: AnswerEntry, now: number, onlyType = false): boolean {
    // A bogus NXDOMAIN denies nothing but the type that was asked for.
    const deniesAll = entry.kind === 'nxdomain' && entry.verdict?.status !== 'bogus' && !onlyType;
    const key = rrsetKey(name, deniesAll ? NXDOMAIN_KEY_TYPE : type);
    const present = this.entries.peek(key);
    if (present !== undefined && present.expiresAt > now && !mayReplace(present, entry)) return false;
    const packed = packEntry(entry);
    if (packed === undefined) return false;
    const size = sizeOf(key, packed);
    if (size > this.maxEntryOctets || size > this.entries.maxSize) return false;
    if (deniesAll) {
      // What was known of the type asked for would be found first.
      const ofType = rrsetKey(name, type);
      const older = this.entries.peek(ofType);
      if (older !== undefined && mayReplace(older, entry)) this.entries.delete(ofType);
    }
    this.entries.set(key, packed, { size });
    if (packed.kind !== 'rrset') this.negatives++;
    return true;
  }

  /** Removes one type of a name. */
  delete(name: DomainName, type: number): boolean {
    return this.entries.delete(rrsetKey(name, type));
  }

  /** Removes the entries of a region; with a type, only those about it, NXDOMAIN included since it denies all types. */
  forget(region: Region, type?: number): Forgotten {
    const ofType = type === undefined ? undefined : [rrsetKey(DomainName.root, type), NXDOMAIN_KEY_SUFFIX];
    const forgotten = { positive: 0, negative: 0 };
    // Collected first: a cache of a million keys is walked once, and not copied for the few that go.
    const gone: string[] = [];
    for (const key of this.entries.keys()) {
      if (ofType?.every((end) => !key.endsWith(end)) === true) continue;
      if (region.coversRRsetKey(key)) gone.push(key);
    }
    for (const key of gone) {
      if (this.entries.peek(key)?.kind === 'rrset') forgotten.positive++;
      else forgotten.negative++;
      this.entries.delete(key);
    }
    return forgotten;
  }

  /**
   * Live entries, made one by one while the cache goes on changing: those that were there at the start and still are.
   * Keys are copied, because an entry that is used meanwhile moves, and a walk along the list would start again there.
   */
  *live(now: () => number): Generator<AnswerEntry> {
    for (const key of [...this.entries.keys()]) {
      const packed = this.entries.peek(key);
      if (packed !== undefined && packed.expiresAt > now()) yield unpackEntry(packed);
    }
  }

  /** Most octets from now on; what is too much goes, the least recently used first. */
  resize(maxOctets: number): void {
    const before = this.entries;
    const after = this.newEntries(maxOctets);
    for (const key of before.rkeys()) {
      const packed = before.peek(key);
      if (packed === undefined) continue;
      const size = sizeOf(key, packed);
      if (size > after.maxSize) continue;
      after.set(key, packed, { size });
      if (packed.kind !== 'rrset') this.negatives++;
    }
    // Which takes each of them off the count that it was on before.
    before.clear();
    this.entries = after;
  }

  get maxOctets(): number {
    return this.entries.maxSize;
  }

  clear(): void {
    this.entries.clear();
  }
}

function sizeOf(key: string, { octets }: PackedEntry): number {
  return PACKED_OVERHEAD_OCTETS + octets.length + key.length;
}

function mayReplace(present: PackedEntry, entry: AnswerEntry): boolean {
  const before = isPackedSecure(present) ? SECURE_LEVEL : trustLevel(present.verdict);
  const after = trustLevel(entry.verdict);
  if (before !== after) return after > before;
  return entry.rank >= present.rank;
}

const SECURE_LEVEL = 3;

/**
 * Secure above insecure above bogus above unchecked: a verdict is worth more than none, or the work behind it would be
 * done again for every client (RFC 4035 4.7).
 */
function trustLevel(verdict: Verdict | undefined): number {
  switch (verdict?.status) {
    case 'secure':
      return SECURE_LEVEL;
    case 'insecure':
    case 'indeterminate':
      return 2;
    case 'bogus':
      return 1;
    default:
      return 0;
  }
}
