// Wake-ups from the event loop: one `setTimeout` for the earliest of all deadlines.
//
// The event loop runs timers before it reads sockets. After a long turn, replies that have arrived in time would thus be
// declared lost, all at once; so what is due when the timer fires is called after the sockets have been read.
import type { Clock } from '../ports/clock.ts';
import type { Timer, Timers } from '../ports/timers.ts';
import { DeadlineQueue } from './deadline-queue.ts';

/** Node turns delays above 2^31 - 1 ms into 1 ms; an hour stays well away from that. */
const LONGEST_DELAY_MS = 3_600_000;

export class NodeTimers implements Timers {
  private readonly clock: Pick<Clock, 'monotonicMs'>;
  private readonly queue = new DeadlineQueue();
  private timeout: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private armedForMs = Number.POSITIVE_INFINITY;
  private closed = false;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.clock = clock;
  }

  /** Wake-ups that are still to come. */
  get size(): number {
    return this.queue.size;
  }

  at(atMs: number, wake: () => void): Timer {
    const timer = this.queue.at(atMs, wake);
    if (atMs < this.armedForMs) this.arm(atMs);
    return timer;
  }

  /** Calls nothing any more, and lets the process end. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timeout);
    clearImmediate(this.immediate);
  }

  private arm(atMs: number): void {
    if (this.closed) return;
    clearTimeout(this.timeout);
    const delayMs = Math.ceil(atMs - this.clock.monotonicMs());
    this.armedForMs = atMs;
    this.timeout = setTimeout(this.wakeUp, Math.min(Math.max(delayMs, 1), LONGEST_DELAY_MS));
  }

  private readonly wakeUp = (): void => {
    // Until the wake-ups have run, earlier deadlines need no timer of their own.
    this.armedForMs = Number.NEGATIVE_INFINITY;
    const dueMs = this.clock.monotonicMs();
    this.immediate = setImmediate(() => this.runDue(dueMs));
  };

  /** `dueMs` is from before the sockets were read: what falls due meanwhile gets a reading of its own first. */
  private runDue(dueMs: number): void {
    // While wake-ups run, new deadlines must not arm anything: the earliest of all is armed for once, afterwards.
    try {
      this.queue.runDue(dueMs);
    } finally {
      this.armedForMs = Number.POSITIVE_INFINITY;
      const nextAtMs = this.queue.nextAtMs();
      if (nextAtMs !== undefined) this.arm(nextAtMs);
    }
  }
}
