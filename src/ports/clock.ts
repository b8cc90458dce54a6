// The three readings of time (decision D10). Nothing in the core asks the operating system.

export interface Clock {
  /** Unix seconds, for RRSIG validity and nothing else. */
  wallSeconds(): number;
  /** Milliseconds that never go back: timeouts, deadlines, round-trip times. */
  monotonicMs(): number;
  /** Seconds by which caches age: advances by whichever of the other two moved more. Never goes back. */
  cacheSeconds(): number;
}
