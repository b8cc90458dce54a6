// Bounds for each source of requests: how many in a second, and how many wrong keys in a minute.
import { MAX_REQUESTS_PER_SECOND, MAX_SOURCES, MAX_WRONG_KEYS, WRONG_KEY_WINDOW_MS } from './limits.ts';

/** An IPv4 address, or the /64 of an IPv6 address, whose owner has all of it. */
export function sourceOf(address: string): string {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const ending = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - ending.length);
  const all = [...groups, ...new Array<string>(zeros).fill('0'), ...ending];
  return all.slice(0, 4).join(':');
}

/** Sets room aside in a table that may not grow: those that were seen longest ago go first. */
function makeRoom<Value>(table: Map<string, Value>): void {
  for (const key of table.keys()) {
    if (table.size < MAX_SOURCES) return;
    table.delete(key);
  }
}

/** Requests that a source can owe: some seconds, whatever it has asked for. */
const MAX_DEBT = 5 * MAX_REQUESTS_PER_SECOND;

interface Bucket {
  tokens: number;
  atMs: number;
}

/** A bucket of as many requests as a second allows, which fills up again within a second. */
export class RequestRate {
  private readonly buckets = new Map<string, Bucket>();

  /** Sources that are remembered. */
  get size(): number {
    return this.buckets.size;
  }

  /** False when the source has asked too often. */
  admits(source: string, nowMs: number): boolean {
    const bucket = this.buckets.get(source) ?? this.newBucket(source, nowMs);
    const filled = ((nowMs - bucket.atMs) * MAX_REQUESTS_PER_SECOND) / 1000;
    bucket.tokens = Math.min(MAX_REQUESTS_PER_SECOND, bucket.tokens + filled);
    bucket.atMs = nowMs;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Counts what an answer has cost beyond the request, in requests. The source pays it before it is admitted again. */
  charge(source: string, requests: number): void {
    const bucket = this.buckets.get(source);
    if (bucket !== undefined) bucket.tokens = Math.max(-MAX_DEBT, bucket.tokens - requests);
  }

  private newBucket(source: string, nowMs: number): Bucket {
    makeRoom(this.buckets);
    const bucket = { tokens: MAX_REQUESTS_PER_SECOND, atMs: nowMs };
    this.buckets.set(source, bucket);
    return bucket;
  }
}

/** Wrong keys and passwords. */
export class WrongKeys {
  private readonly attempts = new Map<string, number[]>();

  /** Seconds until the source may show a key again; 0 when it may now. */
  waitSeconds(source: string, nowMs: number): number {
    const attempts = this.recent(source, nowMs);
    const [oldest = nowMs] = attempts;
    return attempts.length < MAX_WRONG_KEYS ? 0 : Math.max(1, Math.ceil((oldest + WRONG_KEY_WINDOW_MS - nowMs) / 1000));
  }

  failed(source: string, nowMs: number): void {
    const attempts = [...this.recent(source, nowMs), nowMs].slice(-MAX_WRONG_KEYS);
    this.attempts.delete(source);
    makeRoom(this.attempts);
    this.attempts.set(source, attempts);
  }

  private recent(source: string, nowMs: number): number[] {
    return (this.attempts.get(source) ?? []).filter((atMs) => nowMs - atMs < WRONG_KEY_WINDOW_MS);
  }
}
