// Timers of libraries, which only libuv knows, while nothing else wakes the loop.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { NativeMemory } from '../../../src/io/batch/layout.ts';
import { type Libc, loadLibc } from '../../../src/io/batch/libc.ts';
import { Reactor } from '../../../src/io/batch/reactor.ts';
import { SystemClock } from '../../../src/io/system-clock.ts';
import { hasBatchDriver } from '../drivers.ts';

describe.skipIf(!hasBatchDriver)('a loop in which nothing happens', () => {
  const real = loadLibc();
  const rows: readonly { name: string; broken: Partial<Libc>; endless: boolean }[] = [
    { name: 'with a ticker', broken: {}, endless: true },
    { name: 'without timerfd', broken: { timerfdCreate: () => -1 }, endless: false },
    { name: 'with a timerfd that cannot be set', broken: { timerfdSettime: () => -1 }, endless: false },
  ];
  test.each(rows)('$name still lets libuv turn several times a second', async ({ broken, endless }) => {
    if ('missing' in real) throw new Error(real.missing);
    const waits: number[] = [];
    const epollWait: Libc['epollWait'] = (epoll, events, count, timeoutMs) => {
      waits.push(timeoutMs);
      return real.epollWait(epoll, events, count, timeoutMs);
    };
    const libc: Libc = { ...real, ...broken, epollWait };
    const buffer = new SharedArrayBuffer(64 * 1024);
    const memory = new NativeMemory(buffer, libc.addressOf(new Uint8Array(buffer)));
    const faults: unknown[] = [];
    const reactor = new Reactor(libc, memory, new SystemClock(), (fault) => faults.push(fault));
    reactor.start();
    const started = performance.now();
    // A sleep may end before the loop has waited at all.
    const hasWaited = (): boolean => waits.some((wait) => wait !== 0);
    let ticks = 0;
    for (; ticks < 5 || (ticks < 100 && !hasWaited()); ticks++) await sleep(1);
    const spent = performance.now() - started;
    reactor.close();
    // At most a quarter of a second late each time; the rest is for a busy machine.
    expect(spent / ticks).toBeLessThan(1_000);
    expect(faults).toEqual([]);
    expect(waits.includes(-1)).toBe(endless);
    expect(waits.some((wait) => wait === 250)).toBe(!endless);
  });
});
