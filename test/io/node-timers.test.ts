import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NodeTimers } from '../../src/io/node-timers.ts';

/** What the event loop does once it has read the sockets. */
const afterSockets: (() => void)[] = [];
let nowMs = 0;
let timers: NodeTimers;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.stubGlobal('setImmediate', (work: () => void) => void afterSockets.push(work));
  vi.stubGlobal('clearImmediate', () => afterSockets.splice(0));
  nowMs = 0;
  timers = new NodeTimers({ monotonicMs: () => nowMs });
});

afterEach(() => {
  timers.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  afterSockets.splice(0);
});

/** Fires timers, and then what they left to be done after the reading of sockets. */
function turn(ms: number): void {
  vi.advanceTimersByTime(ms);
  for (const work of afterSockets.splice(0)) work();
}

function pass(ms: number): void {
  for (let left = ms; left > 0; left--) {
    nowMs++;
    turn(1);
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
    turn(10);
    expect(calls).toBe(0);
    nowMs = 10;
    turn(10);
    expect(calls).toBe(1);
  });

  it('sleeps in hours towards a deadline in 30 days, which as one delay would overflow', () => {
    const thirtyDaysMs = 30 * 24 * 3_600_000;
    let calls = 0;
    timers.at(thirtyDaysMs, () => calls++);
    for (let hour = 1; hour < 30 * 24; hour++) {
      nowMs += 3_600_000;
      turn(3_600_000);
    }
    expect(calls).toBe(0);
    nowMs += 3_600_000;
    turn(3_600_000);
    expect(calls).toBe(1);
  });

  it('goes on after a wake-up that throws', () => {
    let calls = 0;
    timers.at(5, () => {
      throw new Error('mistake');
    });
    timers.at(6, () => calls++);
    nowMs = 5;
    expect(() => turn(5)).toThrow('mistake');
    pass(2);
    expect(calls).toBe(1);
  });

  it('lets sockets be read first, and leaves what falls due meanwhile for the next turn', () => {
    const called: string[] = [];
    const timer = timers.at(5, () => called.push('answered in time after all'));
    timers.at(5, () => called.push('first'));
    timers.at(8, () => called.push('second'));
    nowMs = 5;
    vi.advanceTimersByTime(5);
    expect(called).toEqual([]);
    timer.cancel();
    nowMs = 10;
    turn(0);
    expect(called).toEqual(['first']);
    turn(1);
    expect(called).toEqual(['first', 'second']);
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
