// How much one client network may have in work, and how many refusals a second leave (SECURITY 1.7, A-30, A-31).
import { latin1 } from '../wire/record.ts';
import { AccessControl } from './access-control.ts';
import { unmapped } from './client.ts';

export interface WaitingLimits {
  /** Unanswered UDP queries of one source: an IPv4 address or an IPv6 /64. */
  readonly perSource: number;
  /** The same for loopback and private sources, which cannot be spoofed from outside. */
  readonly perPrivateSource: number;
  /** Unanswered UDP queries of all sources together. */
  readonly total: number;
}

/** SECURITY 1.7 `client.max-waiting`: one source gathers at most 100 answers of 1,232 octets (DNSBomb). */
export const DEFAULT_WAITING_LIMITS: WaitingLimits = { perSource: 100, perPrivateSource: 1000, total: 16_384 };

/** Loopback, private, shared and link-local addresses: sources that a stranger cannot pretend to have. */
const privateSources = new AccessControl([
  { octets: Uint8Array.of(127, 0, 0, 0), prefixLength: 8, negated: false },
  { octets: Uint8Array.of(10, 0, 0, 0), prefixLength: 8, negated: false },
  { octets: Uint8Array.of(100, 64, 0, 0), prefixLength: 10, negated: false },
  { octets: Uint8Array.of(169, 254, 0, 0), prefixLength: 16, negated: false },
  { octets: Uint8Array.of(172, 16, 0, 0), prefixLength: 12, negated: false },
  { octets: Uint8Array.of(192, 168, 0, 0), prefixLength: 16, negated: false },
  { octets: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), prefixLength: 128, negated: false },
  { octets: Uint8Array.of(0xfc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), prefixLength: 7, negated: false },
  { octets: Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), prefixLength: 10, negated: false },
]);

export function isPrivateSource(address: Uint8Array): boolean {
  return privateSources.allows(address);
}

/** Counts the unanswered queries of each source. */
export class WaitingLimit {
  private readonly waiting = new Map<string, number>();
  private readonly limits: WaitingLimits;
  private total = 0;

  constructor(limits: WaitingLimits = DEFAULT_WAITING_LIMITS) {
    this.limits = limits;
  }

  /** Queries waiting now. */
  get size(): number {
    return this.total;
  }

  /** Counts one more query; undefined when the source, or all together, have too many. */
  admit(address: Uint8Array): WaitingSlot | undefined {
    if (this.total >= this.limits.total) return undefined;
    const key = sourceKey(address);
    const count = this.waiting.get(key) ?? 0;
    if (count >= this.limits.perSource) {
      const limit = isPrivateSource(address) ? this.limits.perPrivateSource : this.limits.perSource;
      if (count >= limit) return undefined;
    }
    this.waiting.set(key, count + 1);
    this.total++;
    return key;
  }

  /** The query that got this slot has been answered or given up. */
  release(slot: WaitingSlot): void {
    const count = this.waiting.get(slot);
    if (count === undefined) return;
    this.total--;
    if (count === 1) this.waiting.delete(slot);
    else this.waiting.set(slot, count - 1);
  }
}

/** Identifies the source that a waiting query counts for. */
export type WaitingSlot = string;

function sourceKey(address: Uint8Array): string {
  const plain = unmapped(address);
  return latin1(plain.length === 4 ? plain : plain.subarray(0, 8));
}

/** Lets `perSecond` events pass in each second of the monotonic clock, and no more. */
export class EventLimit {
  private readonly perSecond: number;
  private secondStart = Number.NEGATIVE_INFINITY;
  private passed = 0;

  constructor(perSecond: number) {
    this.perSecond = perSecond;
  }

  passes(nowMs: number): boolean {
    if (nowMs - this.secondStart >= 1000) {
      this.secondStart = nowMs;
      this.passed = 0;
    }
    if (this.passed >= this.perSecond) return false;
    this.passed++;
    return true;
  }
}
