// What a thread answers from the reply cache, in numbers that lie in shared memory: it counts, and telemetry reads.
import type { NativeMemory } from './layout.ts';

/** Places of the counters. */
export const Hit = {
  HITS: 0,
  /** Queries that had to be looked at more closely. */
  MISSES: 1,
  IPV6: 2,
  DNSSEC_OK: 3,
  AUTHENTIC_DATA: 4,
  CHECKING_DISABLED: 5,
  NXDOMAIN: 6,
  /** Replies that the system did not take. */
  SEND_ERRORS: 7,
  /** Misses that found no room on their way to the thread that resolves, or before its door. */
  OVERFLOWS: 8,
} as const;
export type Hit = (typeof Hit)[keyof typeof Hit];

const COUNTERS = 16;

/** Octets that one thread's counters take. */
export const COUNTER_OCTETS = COUNTERS * 8;

/** One thread's counters; only that thread writes. */
export function hitCounters(memory: NativeMemory, offset: number): Float64Array {
  return new Float64Array(memory.octets.buffer, memory.octets.byteOffset + offset, COUNTERS);
}
