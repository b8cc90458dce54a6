// Wake-ups in the order of their instants: the timers of a driver, without a clock of its own.
import type { Timer, Timers } from '../ports/timers.ts';

/** Cancelled deadlines that may stay in the queue beyond as many as are live. */
const TOLERATED_CANCELLED = 64;

class Deadline implements Timer {
  readonly atMs: number;
  /** Order of asking; decides between equal instants. */
  readonly order: number;
  /** Undefined once it has been called or cancelled. */
  wake: (() => void) | undefined;
  private readonly queue: DeadlineQueue;

  constructor(atMs: number, order: number, wake: () => void, queue: DeadlineQueue) {
    this.atMs = atMs;
    this.order = order;
    this.wake = wake;
    this.queue = queue;
  }

  cancel(): void {
    if (this.wake === undefined) return;
    this.wake = undefined;
    this.queue.forget();
  }
}

/**
 * A binary heap of deadlines. Asking costs O(log n); cancelling costs nothing at once, because most deadlines are
 * cancelled: those leave when they come up, or when they outnumber the live ones.
 */
export class DeadlineQueue implements Timers {
  private heap: Deadline[] = [];
  private live = 0;
  private asked = 0;

  /** Wake-ups that are still to come. */
  get size(): number {
    return this.live;
  }

  /** Deadlines held in memory, cancelled ones included: at most twice `size` and a constant. */
  get held(): number {
    return this.heap.length;
  }

  at(atMs: number, wake: () => void): Timer {
    const deadline = new Deadline(atMs, this.asked++, wake, this);
    this.live++;
    this.insert(deadline);
    return deadline;
  }

  /** The instant of the earliest wake-up; undefined when there is none. */
  nextAtMs(): number | undefined {
    this.dropCancelledTop();
    return this.heap[0]?.atMs;
  }

  /**
   * Calls what is due at `nowMs`, the earliest first. What the calls ask for anew is left for the next time even when it
   * is due already, so that a turn always ends.
   */
  runDue(nowMs: number): void {
    const due: Deadline[] = [];
    for (let top = this.heap[0]; top !== undefined && top.atMs <= nowMs; top = this.heap[0]) {
      this.removeTop();
      if (top.wake !== undefined) due.push(top);
    }
    let index = 0;
    try {
      while (index < due.length) {
        const deadline = due[index++];
        const wake = deadline?.wake;
        if (deadline === undefined || wake === undefined) continue;
        deadline.wake = undefined;
        this.live--;
        wake();
      }
    } finally {
      // A wake-up that throws takes none of the others with it.
      for (; index < due.length; index++) {
        const left = due[index];
        if (left?.wake !== undefined) this.insert(left);
      }
    }
  }

  /** Called by a deadline that has been cancelled. */
  forget(): void {
    this.live--;
    if (this.heap.length <= 2 * this.live + TOLERATED_CANCELLED) return;
    const kept = this.heap.filter((deadline) => deadline.wake !== undefined);
    this.heap = kept;
    for (let index = (kept.length >> 1) - 1; index >= 0; index--) this.sink(index);
  }

  private dropCancelledTop(): void {
    for (let top = this.heap[0]; top !== undefined && top.wake === undefined; top = this.heap[0]) this.removeTop();
  }

  private insert(deadline: Deadline): void {
    const heap = this.heap;
    let index = heap.length;
    heap.push(deadline);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !comesBefore(deadline, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = deadline;
  }

  private removeTop(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.sink(0);
  }

  private sink(start: number): void {
    const heap = this.heap;
    const sinking = heap[start];
    if (sinking === undefined) return;
    let index = start;
    for (;;) {
      let below = 2 * index + 1;
      let child = heap[below];
      if (child === undefined) break;
      const right = heap[below + 1];
      if (right !== undefined && comesBefore(right, child)) {
        below++;
        child = right;
      }
      if (!comesBefore(child, sinking)) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = sinking;
  }
}

function comesBefore(left: Deadline, right: Deadline): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}
