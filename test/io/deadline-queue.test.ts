import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineQueue } from '../../src/io/deadline-queue.ts';

describe('DeadlineQueue', () => {
  it('calls what is due, the earliest first and equals in the order of asking', () => {
    const queue = new DeadlineQueue();
    const called: string[] = [];
    for (const [atMs, label] of [
      [30, 'c'],
      [10, 'a'],
      [20, 'b1'],
      [20, 'b2'],
      [40, 'd'],
    ] as const) {
      queue.at(atMs, () => called.push(label));
    }
    expect(queue.nextAtMs()).toBe(10);
    queue.runDue(30);
    expect(called).toEqual(['a', 'b1', 'b2', 'c']);
    expect(queue.nextAtMs()).toBe(40);
    expect(queue.size).toBe(1);
  });

  it('calls nothing before its instant', () => {
    const queue = new DeadlineQueue();
    let calls = 0;
    queue.at(10, () => calls++);
    queue.runDue(9.999);
    expect(calls).toBe(0);
    queue.runDue(10);
    queue.runDue(10);
    expect(calls).toBe(1);
  });

  it('does not call what was cancelled, also within the same turn', () => {
    const queue = new DeadlineQueue();
    const called: string[] = [];
    const late = queue.at(20, () => called.push('late'));
    queue.at(10, () => {
      called.push('early');
      late.cancel();
    });
    queue.runDue(100);
    expect(called).toEqual(['early']);
    expect(queue.size).toBe(0);
    expect(queue.nextAtMs()).toBeUndefined();
  });

  it('cancelling twice, or after the call, changes nothing', () => {
    const queue = new DeadlineQueue();
    const first = queue.at(10, () => {});
    queue.at(20, () => {});
    queue.runDue(10);
    first.cancel();
    first.cancel();
    expect(queue.size).toBe(1);
  });

  it('leaves to the next turn what is asked for within a turn, so that a turn ends', () => {
    const queue = new DeadlineQueue();
    let calls = 0;
    const again = () => {
      calls++;
      queue.at(0, again);
    };
    queue.at(0, again);
    queue.runDue(100);
    expect(calls).toBe(1);
    queue.runDue(100);
    expect(calls).toBe(2);
  });

  it('loses no wake-up when one of them throws', () => {
    const queue = new DeadlineQueue();
    const called: string[] = [];
    queue.at(10, () => {
      throw new Error('mistake');
    });
    queue.at(20, () => called.push('other'));
    expect(() => queue.runDue(100)).toThrow('mistake');
    queue.runDue(100);
    expect(called).toEqual(['other']);
  });

  it('keeps no more cancelled deadlines than live ones and a constant', () => {
    const queue = new DeadlineQueue();
    for (let count = 0; count < 10; count++) queue.at(1e9 + count, () => {});
    for (let count = 0; count < 100_000; count++) {
      queue.at(1000 + count, () => {}).cancel();
      expect(queue.held).toBeLessThanOrEqual(2 * 10 + 64);
    }
    expect(queue.size).toBe(10);
  });

  it('behaves as a sorted list does', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('at' as const), value: fc.integer({ min: 0, max: 300 }) }),
      fc.record({ kind: fc.constant('cancel' as const), value: fc.nat(500) }),
      fc.record({ kind: fc.constant('run' as const), value: fc.integer({ min: 0, max: 20 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const queue = new DeadlineQueue();
        const timers: { cancel(): void }[] = [];
        const model = new Map<number, number>();
        const called: number[] = [];
        const expected: number[] = [];
        let nowMs = 0;
        for (const { kind, value } of steps) {
          if (kind === 'at') {
            const id = timers.length;
            timers.push(queue.at(value, () => called.push(id)));
            model.set(id, value);
          } else if (kind === 'cancel') {
            timers[value]?.cancel();
            model.delete(value);
          } else {
            nowMs += value;
            queue.runDue(nowMs);
            const due = [...model].filter(([, atMs]) => atMs <= nowMs).sort((a, b) => a[1] - b[1] || a[0] - b[0]);
            for (const [id] of due) {
              expected.push(id);
              model.delete(id);
            }
          }
          expect(queue.size).toBe(model.size);
          expect(queue.nextAtMs()).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
        }
        expect(called).toEqual(expected);
      }),
    );
  });
});
