import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NodeTimers } from '../../src/io/node-timers.ts';

let nowMs = 0;
let timers: NodeTimers;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  nowMs = 0;
  timers = new NodeTimers({ monotonicMs: () => nowMs });
});

afterEach(() => {
  timers.close();
  vi.useRealTimers();
});

function pass(ms: number): void {
  for (let left = ms; left > 0; left--) {
    nowMs++;
    vi.advanceTimersByTime(1);
  }
}

describe('NodeTimers', () => {
  it('arms one timeout for all deadlines', () => {
    for (const atMs of [50, 10, 30]) timers.at(atMs, () => {});
    expect(vi.getTimerCount()).toBe(1);
  });

  it('calls each at its instant, whatever the order of asking', () => {
    const called: number[] = [];
    for (const atMs of [50, 10, 30]) timers.at(atMs, () => called.push(nowMs));
    pass(60);
    expect(called).toEqual([10, 30, 50]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('never calls within the asking, not even for an instant that has passed', () => {
    pass(100);
    let calls = 0;
    timers.at(5, () => calls++);
    expect(calls).toBe(0);
    pass(1);
    expect(calls).toBe(1);
  });

  it('goes back to sleep when the event loop wakes it too early', () => {
    let calls = 0;
    timers.at(10, () => calls++);
    vi.advanceTimersByTime(10);
    expect(calls).toBe(0);
    nowMs = 10;
    vi.advanceTimersByTime(10);
    expect(calls).toBe(1);
  });

  it('sleeps in hours towards a deadline in 30 days, which as one delay would overflow', () => {
    const thirtyDaysMs = 30 * 24 * 3_600_000;
    let calls = 0;
    timers.at(thirtyDaysMs, () => calls++);
    for (let hour = 1; hour < 30 * 24; hour++) {
      nowMs += 3_600_000;
      vi.advanceTimersByTime(3_600_000);
    }
    expect(calls).toBe(0);
    nowMs += 3_600_000;
    vi.advanceTimersByTime(3_600_000);
    expect(calls).toBe(1);
  });

  it('goes on after a wake-up that throws', () => {
    let calls = 0;
    timers.at(5, () => {
      throw new Error('mistake');
    });
    timers.at(6, () => calls++);
    nowMs = 5;
    expect(() => vi.advanceTimersByTime(5)).toThrow('mistake');
    pass(2);
    expect(calls).toBe(1);
  });

  it('calls nothing once closed', () => {
    let calls = 0;
    timers.at(5, () => calls++);
    timers.close();
    timers.at(6, () => calls++);
    pass(20);
    expect(calls).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
