// What servers have said about names: RRsets, NODATA and NXDOMAIN, with rank, verdict and absolute expiry.
// One entry a (name, type), so that a positive RRset and a denial exclude each other. Only the resolver's task runner
// writes here; delegations and glue live in the delegation store and never come here (SECURITY I-2).
import type { SignatureSummary, Verdict } from '../dnssec/verdict.ts';
import { RRType } from '../wire/constants.ts';
import { DomainName } from '../wire/name.ts';
import { type RRset, rrsetKey } from '../wire/record.ts';
import { NameFilter } from './name-filter.ts';
import { nameHash } from './name-hash.ts';
import { isPackedSecure, PACKED_OVERHEAD_OCTETS, type PackedEntry, packEntry, unpackEntry } from './packed-entry.ts';
import { RecentMap } from './recent-map.ts';
import type { Region } from './region.ts';
import { walk } from './walk.ts';

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

/** Behind the name in a key. */
const TYPE_OCTETS = NXDOMAIN_KEY_SUFFIX.length - DomainName.root.key.length;

/** How many entries a wipe removed. */
export interface Forgotten {
  readonly positive: number;
  readonly negative: number;
}

export interface AnswerCacheOptions {
  readonly maxOctets: number;
  readonly maxEntryOctets: number;
  /** What is no better does not take an entry's place before this percentage of its life has passed; default 0. */
  readonly lockedTtlPercent?: number;
  /** An entry that has ended is kept beside what takes its place and is trusted less (RFC 8767); default false. */
  readonly keepsExpired?: boolean;
  /** Of the hashes in the filters; nobody outside knows it. Default 0. */
  readonly hashSeed?: number;
}

/** The part of the memory that entries have which were replaced by less trusted ones. */
const SHELF_SHARE = 16;

/** Which entries that have ended may be served once more. */
export interface StaleQuery {
  /** The entry may be of one of these types; NXDOMAIN may be the answer for any. */
  readonly types: readonly number[];
  /** Data that nobody has validated are good enough. */
  readonly unchecked: boolean;
  /** Cache-clock seconds: those whose time for being served has begun before have had it. */
  readonly since: number;
  /** When given, that time begins anew then. */
  readonly restartAt?: number | undefined;
}

export class AnswerCache {
  private entries: RecentMap<PackedEntry>;
  /** Entries that have ended, at the keys of others that took their place and are trusted less. */
  private shelf: RecentMap<PackedEntry> | undefined;
  private readonly options: AnswerCacheOptions;
  /** Accounted octets for all of it. */
  maxOctets: number;
  private negatives = 0;
  /**
   * The hashes (`nameHash`) of all names that have an entry; in `above`, of those that may decide about names below them:
   * by an NXDOMAIN or a DNAME.
   */
  readonly names: NameFilter;
  readonly above: NameFilter;
  readonly hashSeed: number;
  /** Whether any DNAME has ever been stored: most resolvers never need to look for one above each name. */
  hasHeldDname = false;

  constructor(options: AnswerCacheOptions) {
    this.options = options;
    this.maxOctets = Math.max(1, options.maxOctets);
    this.hashSeed = options.hashSeed ?? 0;
    this.names = new NameFilter(this.maxOctets);
    this.above = new NameFilter(this.maxOctets);
    this.entries = this.newEntries();
    this.shelf = this.newShelf();
  }

  private get shelfOctets(): number {
    return this.options.keepsExpired === true ? Math.ceil(this.maxOctets / SHELF_SHARE) : 0;
  }

  private newShelf(): RecentMap<PackedEntry> | undefined {
    if (this.shelfOctets === 0) return undefined;
    return new RecentMap<PackedEntry>({ maxSize: this.shelfOctets });
  }

  private newEntries(): RecentMap<PackedEntry> {
    return new RecentMap<PackedEntry>({
      maxSize: Math.max(1, this.maxOctets - this.shelfOctets),
      onGone: ({ kind }, key) => {
        if (kind !== 'rrset') this.negatives--;
        const hash = nameHash(this.hashSeed, key, key.length - TYPE_OCTETS);
        this.names.remove(hash);
        if (decidesBelow(kind, key)) this.above.remove(hash);
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
    return this.entries.calculatedSize + (this.shelf?.calculatedSize ?? 0);
  }

  /** False when there is no entry of the name, of whatever type; cheaper than to look for several types. */
  mayKnow({ key }: DomainName): boolean {
    return this.names.mayHave(nameHash(this.hashSeed, key, key.length));
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

  /**
   * What was known last of a name and has ended (RFC 8767): the newest entry that the query allows, never bogus data.
   * Live entries count as well when they are there; who asks has not found any that it could use.
   */
  getStale(name: DomainName, query: StaleQuery): AnswerEntry | undefined {
    let newest: PackedEntry | undefined;
    for (const type of [...query.types, NXDOMAIN_KEY_TYPE]) {
      const key = rrsetKey(name, type);
      for (const packed of [this.entries.get(key), this.shelf?.get(key)]) {
        if (packed === undefined || packed.staleFrom <= query.since || !isServable(packed, query.unchecked)) continue;
        if (newest === undefined || packed.storedAt > newest.storedAt) newest = packed;
      }
    }
    if (newest === undefined) return undefined;
    const { restartAt } = query;
    if (restartAt !== undefined && restartAt > newest.staleFrom) newest.staleFrom = restartAt;
    return unpackEntry(newest);
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
    if (present !== undefined && present.expiresAt > now && !this.makesWay(present, entry, now)) return false;
    const packed = packEntry(entry);
    if (packed === undefined) return false;
    const size = sizeOf(key, packed);
    if (size > this.options.maxEntryOctets || size > this.entries.maxSize) return false;
    if (this.shelf !== undefined) this.shelve(this.shelf, key, present, packed);
    if (deniesAll) {
      // What was known of the type asked for would be found first.
      const ofType = rrsetKey(name, type);
      const older = this.entries.peek(ofType);
      if (older !== undefined && mayReplace(older, entry)) this.entries.delete(ofType);
    }
    // Before, so that nothing is taken away that has not been added: what comes may drop itself.
    this.note(key, packed.kind);
    this.entries.set(key, packed, size);
    if (type === RRType.DNAME) this.hasHeldDname = true;
    if (packed.kind !== 'rrset') this.negatives++;
    return true;
  }

  /** Puts a name into the filters; taken out when the entry goes. */
  private note(key: string, kind: AnswerEntry['kind']): void {
    const hash = nameHash(this.hashSeed, key, key.length - TYPE_OCTETS);
    this.names.add(hash);
    if (decidesBelow(kind, key)) this.above.add(hash);
  }

  /** Whether a live entry yields to another one. */
  private makesWay(present: PackedEntry, entry: AnswerEntry, now: number): boolean {
    if (!mayReplace(present, entry)) return false;
    const { lockedTtlPercent = 0 } = this.options;
    if (lockedTtlPercent === 0 || trustLevel(entry.verdict) > levelOf(present)) return true;
    const { storedAt, expiresAt } = present;
    return (now - storedAt) * 100 >= (expiresAt - storedAt) * lockedTtlPercent;
  }

  /** Puts aside what is better than its successor. What is as good leaves nothing to go back to. */
  private shelve(
    shelf: RecentMap<PackedEntry>,
    key: string,
    present: PackedEntry | undefined,
    next: PackedEntry,
  ): void {
    const shelved = shelf.peek(key);
    if (shelved !== undefined && levelOf(next) >= levelOf(shelved)) shelf.delete(key);
    if (present !== undefined && isServable(present, true) && levelOf(present) > levelOf(next)) {
      shelf.set(key, present, sizeOf(key, present));
    }
  }

  /** Removes one type of a name. */
  delete(name: DomainName, type: number): boolean {
    this.shelf?.delete(rrsetKey(name, type));
    return this.entries.delete(rrsetKey(name, type));
  }

  /** Removes the entries of a region; with a type, only those about it, NXDOMAIN included since it denies all types. */
  forget(region: Region, type?: number, breathe: () => void = () => {}): Forgotten {
    const ofType = type === undefined ? undefined : [rrsetKey(DomainName.root, type), NXDOMAIN_KEY_SUFFIX];
    const forgotten = { positive: 0, negative: 0 };
    const goes = (key: string): boolean =>
      ofType?.every((end) => !key.endsWith(end)) !== true && region.coversRRsetKey(key);
    for (const key of this.shelf?.keys() ?? []) if (goes(key)) this.shelf?.delete(key);
    // Collected first: a cache of a million keys is walked once, and not copied for the few that go.
    const gone: string[] = [];
    walk(this.entries.keys(), breathe, (key) => {
      if (goes(key)) gone.push(key);
    });
    walk(gone, breathe, (key) => {
      if (this.entries.peek(key)?.kind === 'rrset') forgotten.positive++;
      else forgotten.negative++;
      this.entries.delete(key);
    });
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

  /**
   * Signatures that carry cached data, and those by which bogus data failed, of at most so many entries. The cache must
   * not be written meanwhile.
   */
  *signatures(now: number, maxEntries: number): Generator<SignatureSummary> {
    let left = maxEntries;
    for (const packed of this.entries.values()) {
      if (left-- === 0) return;
      if (packed.kind !== 'rrset' || packed.expiresAt <= now) continue;
      const { verdict } = packed.chain === undefined ? packed : unpackEntry(packed);
      const link = verdict?.status === 'secure' || verdict?.status === 'bogus' ? verdict.chain.link : undefined;
      const signature = link?.kind === 'failure' ? link.judged : link?.kind === 'rrset' ? link.signature : undefined;
      if (signature !== undefined) yield signature;
    }
  }

  /** Most octets from now on; what is too much goes, the oldest first. */
  resize(maxOctets: number): void {
    const before = this.entries;
    this.maxOctets = Math.max(1, maxOctets);
    const after = this.newEntries();
    this.shelf = this.newShelf();
    for (const key of before.keys()) {
      const packed = before.peek(key);
      if (packed === undefined) continue;
      const size = sizeOf(key, packed);
      if (size > after.maxSize) continue;
      this.note(key, packed.kind);
      after.set(key, packed, size);
      if (packed.kind !== 'rrset') this.negatives++;
    }
    // Which takes each of them off the count that it was on before.
    before.clear();
    this.entries = after;
  }

  clear(): void {
    this.shelf?.clear();
    this.entries.clear();
  }
}

/** Whether an entry may decide about the names below its own. */
function decidesBelow(kind: AnswerEntry['kind'], key: string): boolean {
  return kind === 'nxdomain' || (kind === 'rrset' && key.endsWith(DNAME_KEY_SUFFIX));
}

/** The end of every name's key with that type. */
const DNAME_KEY_SUFFIX = rrsetKey(DomainName.root, RRType.DNAME);

function sizeOf(key: string, { octets }: PackedEntry): number {
  return PACKED_OVERHEAD_OCTETS + octets.length + key.length;
}

function mayReplace(present: PackedEntry, entry: AnswerEntry): boolean {
  const before = levelOf(present);
  const after = trustLevel(entry.verdict);
  if (before !== after) return after > before;
  return entry.rank >= present.rank;
}

/** Whether an entry may be served when it has ended: bogus data never are. */
function isServable(packed: PackedEntry, unchecked: boolean): boolean {
  const level = levelOf(packed);
  return level >= INSECURE_LEVEL || (unchecked && level === UNCHECKED_LEVEL);
}

function levelOf(packed: PackedEntry): number {
  return isPackedSecure(packed) ? SECURE_LEVEL : trustLevel(packed.verdict);
}

const SECURE_LEVEL = 3;
const INSECURE_LEVEL = 2;
const UNCHECKED_LEVEL = 0;

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
      return INSECURE_LEVEL;
    case 'bogus':
      return 1;
    default:
      return UNCHECKED_LEVEL;
  }
}
