// Virtual time: a clock that moves only when nothing can run, and the wake-ups that move it. Equal instants fire in the
// order in which they were asked for, so that a run depends on its seed and on nothing else.
import type { Clock } from '../../src/ports/clock.ts';
import type { Timer, Timers } from '../../src/ports/timers.ts';

/** 2026-01-01T00:00:00Z: a date at which nothing in the tests is special. */
export const DEFAULT_WALL_SECONDS = 1_767_225_600;
/** Wake-ups in one run; more are taken for a loop that makes no progress. */
const MAX_WAKE_UPS = 5_000_000;

/** Nothing is left that could happen, and what was waited for has not happened. */
export class DeadlockError extends Error {
  override readonly name = 'DeadlockError';
}

interface WakeUp extends Timer {
  readonly atMs: number;
  readonly sequence: number;
  readonly wake: () => void;
  cancelled: boolean;
}

export interface VirtualClockOptions {
  readonly wallSeconds?: number;
  readonly monotonicMs?: number;
}

export class VirtualClock implements Clock, Timers {
  private nowMs: number;
  /** Wall time less monotonic time, milliseconds. */
  private wallOffsetMs: number;
  /** What forward jumps of the wall clock added to the age of caches (decision D10), milliseconds. */
  private cacheOffsetMs = 0;
  private readonly heap: WakeUp[] = [];
  private sequence = 0;
  private holds = 0;
  /** Adds lines to a deadlock report: who still waits for what. */
  private readonly witnesses: (() => string[])[] = [];

  constructor(options: VirtualClockOptions = {}) {
    this.nowMs = options.monotonicMs ?? 0;
    this.wallOffsetMs = (options.wallSeconds ?? DEFAULT_WALL_SECONDS) * 1000 - this.nowMs;
  }

  wallSeconds(): number {
    return Math.floor((this.nowMs + this.wallOffsetMs) / 1000);
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  cacheSeconds(): number {
    return Math.floor((this.nowMs + this.cacheOffsetMs) / 1000);
  }

  /** Sets the wall clock, as an administrator or NTP would; caches age by a jump forward and ignore one back. */
  setWallSeconds(seconds: number): void {
    const jumpMs = seconds * 1000 - (this.nowMs + this.wallOffsetMs);
    this.wallOffsetMs += jumpMs;
    if (jumpMs > 0) this.cacheOffsetMs += jumpMs;
  }

  at(atMs: number, wake: () => void): Timer {
    const wakeUp: WakeUp = {
      atMs,
      sequence: this.sequence++,
      wake,
      cancelled: false,
      cancel() {
        this.cancelled = true;
      },
    };
    this.push(wakeUp);
    return wakeUp;
  }

  /** `at`, counted from now. */
  after(delayMs: number, wake: () => void): Timer {
    return this.at(this.nowMs + Math.max(0, delayMs), wake);
  }

  /** Stops time until the returned function is called: for work outside, such as the thread pool. */
  hold(): () => void {
    this.holds++;
    let released = false;
    return () => {
      if (!released) this.holds--;
      released = true;
    };
  }

  /** Names what is pending, for the report of a deadlock. */
  addWitness(witness: () => string[]): void {
    this.witnesses.push(witness);
  }

  /** Wake-ups that have neither happened nor been cancelled. */
  get pending(): number {
    return this.heap.reduce((count, { cancelled }) => (cancelled ? count : count + 1), 0);
  }

  /** Instant of the next wake-up; undefined when there is none. */
  nextAtMs(): number | undefined {
    return this.peek()?.atMs;
  }

  /** Moves to the next wake-up and runs it; false when there is none. */
  step(): boolean {
    const next = this.peek();
    if (next === undefined) return false;
    this.pop();
    this.nowMs = Math.max(this.nowMs, next.atMs);
    next.cancelled = true;
    next.wake();
    return true;
  }

  /** Runs wake-ups until `isDone`. Throws `DeadlockError` when none is left before that. */
  runUntil(isDone: () => boolean, what = 'what was asked for'): void {
    for (let count = 0; !isDone(); count++) {
      if (count > MAX_WAKE_UPS) throw new Error(`${what}: no end after ${MAX_WAKE_UPS} wake-ups`);
      if (!this.step()) throw this.deadlock(what);
    }
  }

  /** As `runUntil`, letting promises and work outside finish between wake-ups. */
  async settleUntil(isDone: () => boolean, what = 'what was asked for'): Promise<void> {
    for (let count = 0; ; count++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isDone()) return;
      if (this.holds > 0) continue;
      if (count > MAX_WAKE_UPS) throw new Error(`${what}: no end after ${MAX_WAKE_UPS} wake-ups`);
      if (!this.step()) throw this.deadlock(what);
    }
  }

  /** Runs everything that is due up to `durationMs` from now, and stops there. */
  advance(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (let next = this.peek(); next !== undefined && next.atMs <= endMs; next = this.peek()) this.step();
    this.nowMs = Math.max(this.nowMs, endMs);
  }

  /** Starts something that calls back once, runs until it has, and returns what it gave. */
  complete<T>(start: (done: (value: T) => void) => void, what?: string): T {
    let result: { readonly value: T } | undefined;
    start((value) => {
      if (result !== undefined) throw new Error(`${what ?? 'the call'} was finished twice`);
      result = { value };
    });
    this.runUntil(() => result !== undefined, what);
    if (result === undefined) throw new Error('unreachable');
    return (result as { readonly value: T }).value;
  }

  private deadlock(what: string): DeadlockError {
    const lines = this.witnesses.flatMap((witness) => witness());
    return new DeadlockError(
      [`${what} waits at ${this.nowMs} ms, and nothing is left that could wake it`, ...lines].join('\n  '),
    );
  }

  private peek(): WakeUp | undefined {
    while (this.heap[0]?.cancelled) this.pop();
    return this.heap[0];
  }

  private push(wakeUp: WakeUp): void {
    const heap = this.heap;
    heap.push(wakeUp);
    let index = heap.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.swapIfLater(parent, index)) break;
      index = parent;
    }
  }

  private pop(): void {
    const heap = this.heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      if (left >= heap.length) return;
      const child = left + 1 < heap.length && this.isLater(left, left + 1) ? left + 1 : left;
      if (!this.swapIfLater(index, child)) return;
      index = child;
    }
  }

  private isLater(left: number, right: number): boolean {
    const a = this.heap[left];
    const b = this.heap[right];
    if (a === undefined || b === undefined) return false;
    return a.atMs > b.atMs || (a.atMs === b.atMs && a.sequence > b.sequence);
  }

  private swapIfLater(upper: number, lower: number): boolean {
    const a = this.heap[upper];
    const b = this.heap[lower];
    if (a === undefined || b === undefined || !this.isLater(upper, lower)) return false;
    this.heap[upper] = b;
    this.heap[lower] = a;
    return true;
  }
}
