// Questions that could not be resolved lately (RFC 9520): for a while they cost no packet.
import { LRUCache } from 'lru-cache';
import type { Verdict } from '../dnssec/verdict.ts';
import type { ExtendedError } from '../wire/edns.ts';
import { DomainName } from '../wire/name.ts';
import { rrsetKey } from '../wire/record.ts';
import { type Region, RRSET_KEY_SUFFIX } from './region.ts';

/** First life of an entry, and the longest, seconds (RFC 9520 3.2). */
const FIRST_TTL = 5;
const LONGEST_TTL = 300;
/** After its end an entry still says how long the next one lasts. */
const MEMORY_FACTOR = 2;

export interface Failure {
  readonly errors: readonly ExtendedError[];
  /** Where validation was what failed. */
  readonly verdict?: Verdict | undefined;
}

interface Entry {
  readonly failure: Failure;
  readonly expiresAt: number;
  readonly ttl: number;
}

export class FailureCache {
  /** Questions that were not asked again. */
  hits = 0;
  private readonly entries: LRUCache<string, Entry>;

  constructor(maxEntries: number) {
    // Bounded by the sum of sizes: for `max` it takes all of its room at once, some milliseconds of each start.
    this.entries = new LRUCache<string, Entry>({ maxSize: Math.max(1, maxEntries), sizeCalculation: () => 1 });
  }

  get(name: DomainName, type: number, now: number): Failure | undefined {
    const entry = this.entries.get(rrsetKey(name, type));
    if (entry === undefined || entry.expiresAt <= now) return undefined;
    this.hits++;
    return entry.failure;
  }

  /** Remembers a failure; repeated ones last twice as long each time, up to five minutes. */
  set(name: DomainName, type: number, failure: Failure, now: number): void {
    const key = rrsetKey(name, type);
    const before = this.entries.get(key);
    const recent = before !== undefined && before.expiresAt + before.ttl * MEMORY_FACTOR > now;
    const ttl = recent ? Math.min(before.ttl * 2, LONGEST_TTL) : FIRST_TTL;
    this.entries.set(key, { failure, expiresAt: now + ttl, ttl });
  }

  delete(name: DomainName, type: number): void {
    this.entries.delete(rrsetKey(name, type));
  }

  /** Forgets the failures of a region; with a type, only those of that type. */
  forget(region: Region, type?: number): void {
    for (const key of [...this.entries.keys()]) {
      if (type !== undefined && typeOfKey(key) !== type) continue;
      if (region.coversRRsetKey(key)) this.entries.delete(key);
    }
  }

  /** Questions that are not asked now, with the seconds for which that holds. */
  *live(now: number): Generator<{ readonly name: DomainName; readonly type: number; readonly seconds: number }> {
    for (const [key, { expiresAt }] of [...this.entries.entries()]) {
      if (expiresAt <= now) continue;
      const name = DomainName.fromKey(key.slice(0, -RRSET_KEY_SUFFIX));
      yield { name, type: typeOfKey(key), seconds: Math.ceil(expiresAt - now) };
    }
  }

  clear(): void {
    this.entries.clear();
  }

  get size(): number {
    return this.entries.size;
  }
}

function typeOfKey(key: string): number {
  return (key.charCodeAt(key.length - 2) << 8) | key.charCodeAt(key.length - 1);
}
