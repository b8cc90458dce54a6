// What servers have said about names: RRsets, NODATA and NXDOMAIN, with rank, verdict and absolute expiry.
// One entry a (name, type), so that a positive RRset and a denial exclude each other. Only the resolver's task runner
// writes here; delegations and glue live in the delegation store and never come here (SECURITY I-2).
import { LRUCache } from 'lru-cache';
import type { Verdict } from '../dnssec/verdict.ts';
import type { DomainName } from '../wire/name.ts';
import { type RRset, rrsetKey } from '../wire/record.ts';
import {
  isPackedSecure,
  PACKED_OVERHEAD_OCTETS,
  type PackedEntry,
  packEntry,
  packedOwner,
  unpackEntry,
} from './packed-entry.ts';

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

export interface AnswerCacheOptions {
  readonly maxOctets: number;
  readonly maxEntryOctets: number;
}

export class AnswerCache {
  private readonly entries: LRUCache<string, PackedEntry>;
  private readonly maxEntryOctets: number;

  constructor(options: AnswerCacheOptions) {
    this.maxEntryOctets = options.maxEntryOctets;
    this.entries = new LRUCache<string, PackedEntry>({ maxSize: Math.max(1, options.maxOctets) });
  }

  get size(): number {
    return this.entries.size;
  }

  /** Accounted octets. */
  get octets(): number {
    return this.entries.calculatedSize;
  }

  /** The live entry for exactly this name and type (RRset or NODATA). */
  get(name: DomainName, type: number, now: number): AnswerEntry | undefined {
    return this.live(rrsetKey(name, type), now);
  }

  /** The live NXDOMAIN entry for exactly this name. */
  getNxdomain(name: DomainName, now: number): NegativeEntry | undefined {
    const entry = this.live(rrsetKey(name, NXDOMAIN_KEY_TYPE), now);
    return entry?.kind === 'nxdomain' ? entry : undefined;
  }

  private live(key: string, now: number): AnswerEntry | undefined {
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
    const size = PACKED_OVERHEAD_OCTETS + packed.octets.length + key.length;
    if (size > this.maxEntryOctets) return false;
    if (deniesAll) {
      // What was known of the type asked for would be found first.
      const ofType = rrsetKey(name, type);
      const older = this.entries.peek(ofType);
      if (older !== undefined && mayReplace(older, entry)) this.entries.delete(ofType);
    }
    this.entries.set(key, packed, { size });
    return true;
  }

  /** Removes one type of a name, or everything at it (NXDOMAIN included). Returns how many entries went. */
  delete(name: DomainName, type: number): boolean {
    return this.entries.delete(rrsetKey(name, type));
  }

  /** Removes every entry at or below `name`. */
  deleteSubtree(name: DomainName): number {
    const suffix = name.key;
    let count = 0;
    for (const key of [...this.entries.keys()]) {
      if (!key.startsWith(suffix, key.length - 2 - suffix.length)) continue;
      const entry = this.entries.peek(key);
      if (entry !== undefined && packedOwner(entry).isSubdomainOf(name) && this.entries.delete(key)) count++;
    }
    return count;
  }

  clear(): void {
    this.entries.clear();
  }
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
