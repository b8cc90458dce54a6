// The tasks under way by what they are about, so that equal questions share one.
import type { Region } from '../cache/region.ts';
import type { Task } from './task.ts';

export class InFlight {
  private readonly byKey = new Map<string, Task<unknown>>();
  /** Work on for those who wait already; nobody joins them any more. */
  private readonly detached = new Set<Task<unknown>>();

  get size(): number {
    return this.byKey.size + this.detached.size;
  }

  get(key: string): Task<unknown> | undefined {
    return this.byKey.get(key);
  }

  add(task: Task<unknown>): void {
    this.byKey.set(task.key, task);
  }

  /** A task has ended. Its key may belong to a later one by now. */
  remove(task: Task<unknown>): void {
    if (!this.detached.delete(task) && this.byKey.get(task.key) === task) this.byKey.delete(task.key);
  }

  /** Keeps newcomers away from the tasks about a region: what these began to find out holds no longer. */
  detach(region: Region): void {
    for (const [key, task] of this.byKey) {
      if (task.subject === undefined || !region.covers(task.subject)) continue;
      this.byKey.delete(key);
      this.detached.add(task);
    }
  }
}
