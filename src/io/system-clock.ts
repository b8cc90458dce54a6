// The operating system's two clocks, and the clock of the caches made from both (decision D10).
import type { Clock } from '../ports/clock.ts';

/** The two readings, milliseconds. */
export interface TimeSource {
  /** Since 1970; may be set in either direction. */
  wallMs(): number;
  /** Never goes back; may stand still while the machine is suspended. */
  monotonicMs(): number;
}

/** As a global it is a getter that looks for itself each time. */
const { performance } = globalThis;

const systemTime: TimeSource = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };

/** A difference between the two clocks' progress that is a set clock or a suspended machine, not drift or rounding. */
const JUMP_MS = 100;
/** The longest stretch measured in one piece; see `cacheSeconds`. */
const STRETCH_MS = 60_000;
/** A question asks for the cache's seconds dozens of times: a reading of both clocks serves for so long. */
const READING_LIFE_MS = 10;

export class SystemClock implements Clock {
  private readonly source: TimeSource;
  /** Where the present stretch began on each of the three clocks. */
  private wallStartMs: number;
  private monotonicStartMs: number;
  private cacheStartMs = 0;
  private lastCacheMs = 0;
  private lastReadingMs: number;

  constructor(source: TimeSource = systemTime) {
    this.source = source;
    this.wallStartMs = source.wallMs();
    this.monotonicStartMs = source.monotonicMs();
    this.lastReadingMs = this.monotonicStartMs;
  }

  wallSeconds(): number {
    return Math.floor(this.source.wallMs() / 1000);
  }

  monotonicMs(): number {
    return this.source.monotonicMs();
  }

  /**
   * Whole seconds. Measured in stretches: taking the larger progress between any two readings would add up the rounding
   * of the wall clock, which at thousands of readings a second doubles the speed. A stretch ends when the clocks part,
   * so that a step of either counts once.
   */
  cacheSeconds(): number {
    const monotonicMs = this.source.monotonicMs();
    const sinceReadingMs = monotonicMs - this.lastReadingMs;
    // After no time at all the machine may have been suspended, if its clock stands still meanwhile.
    if (sinceReadingMs > 0 && sinceReadingMs < READING_LIFE_MS) return Math.floor(this.lastCacheMs / 1000);
    this.lastReadingMs = monotonicMs;
    const wallMs = this.source.wallMs();
    const wallProgressMs = wallMs - this.wallStartMs;
    const monotonicProgressMs = monotonicMs - this.monotonicStartMs;
    const cacheMs = Math.max(this.lastCacheMs, this.cacheStartMs + Math.max(wallProgressMs, monotonicProgressMs));
    const jumped = Math.abs(wallProgressMs - monotonicProgressMs) > JUMP_MS;
    if (jumped || monotonicProgressMs > STRETCH_MS) {
      this.wallStartMs = wallMs;
      this.monotonicStartMs = monotonicMs;
      this.cacheStartMs = cacheMs;
    }
    this.lastCacheMs = cacheMs;
    return Math.floor(cacheMs / 1000);
  }
}
