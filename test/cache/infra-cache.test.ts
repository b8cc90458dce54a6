// Round-trip times, time-outs and what else is known of servers (RFC 6298, SECURITY 1.6 and 5.1).
import { describe, expect, test } from 'vitest';
import { InfraCache } from '../../src/cache/infra-cache.ts';
import { serverAddress } from '../support/simulated-network.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const server = serverAddress('192.0.2.1');

function newCache(maxHosts = 100) {
  const clock = new VirtualClock();
  return { clock, cache: new InfraCache(maxHosts, 900, () => clock.cacheSeconds()) };
}

describe('time to wait', () => {
  test('400 ms for a server nobody knows', () => {
    expect(newCache().cache.timeoutMs(server)).toBe(400);
  });

  test('SRTT + 4 VAR, at least 50 ms and at most 3 s', () => {
    const { cache } = newCache();
    cache.recordReply(server, 100);
    expect(cache.timeoutMs(server)).toBe(300);
    for (let times = 0; times < 100; times++) cache.recordReply(server, 1);
    expect(cache.timeoutMs(server)).toBe(50);
    for (let times = 0; times < 100; times++) cache.recordReply(server, 10_000);
    expect(cache.timeoutMs(server)).toBe(3000);
  });

  test('doubles from the original value, three times at most, and a reply ends it', () => {
    const { cache } = newCache();
    const waits = Array.from({ length: 6 }, () => {
      cache.recordTimeout(server, 0);
      return cache.timeoutMs(server);
    });
    expect(waits).toEqual([800, 1600, 3000, 3000, 3000, 3000]);
    cache.recordReply(server, 100);
    expect(cache.timeoutMs(server)).toBe(300);
  });
});

test('many questions that wait at once double the wait once, and do not kill the server', () => {
  const { cache } = newCache();
  for (let question = 0; question < 50; question++) cache.recordTimeout(server, 400 + question, question);
  expect([cache.timeoutMs(server), cache.timeoutsInRow(server), cache.isDead(server, 450)]).toEqual([800, 1, false]);
  // Sent after the first of them was given up: another loss.
  cache.recordTimeout(server, 1250, 450);
  expect(cache.timeoutMs(server)).toBe(1600);
});

describe('dead servers', () => {
  test('after four time-outs in a row; probed each second at first, each minute later', () => {
    const { cache } = newCache();
    let nowMs = 0;
    for (let times = 0; times < 3; times++) cache.recordTimeout(server, nowMs);
    expect(cache.isDead(server, nowMs)).toBe(false);
    cache.recordTimeout(server, nowMs);
    expect(cache.isDead(server, nowMs + 999)).toBe(true);
    expect(cache.isDead(server, nowMs + 1000)).toBe(false);
    for (nowMs = 1000; nowMs < 12_000; nowMs += 1000) cache.recordTimeout(server, nowMs);
    expect(cache.isDead(server, nowMs + 50_000)).toBe(true);
    expect(cache.isDead(server, nowMs + 60_000)).toBe(false);
  });

  test('one probe a second: whoever sends it, the others wait for what it tells', () => {
    const { cache } = newCache();
    for (let times = 0; times < 4; times++) cache.recordTimeout(server, 0);
    expect([cache.mayProbe(server, 999), cache.mayProbe(server, 1000)]).toEqual([false, true]);
    cache.recordSent(server, 1000);
    expect([cache.mayProbe(server, 1001), cache.isDead(server, 1001)]).toEqual([false, true]);
    expect(cache.mayProbe(server, 2000)).toBe(true);
  });

  test('what is sent to a living one changes nothing', () => {
    const { cache } = newCache();
    cache.recordSent(server, 0);
    expect(cache.size).toBe(0);
    cache.recordReply(server, 10);
    cache.recordSent(server, 0);
    expect([cache.mayProbe(server, 0), cache.isDead(server, 0)]).toEqual([true, false]);
  });

  test('one reply, or an answer over TCP, and it lives', () => {
    for (const live of ['recordReply', 'recordAlive'] as const) {
      const { cache } = newCache();
      for (let times = 0; times < 9; times++) cache.recordTimeout(server, 0);
      cache[live](server, 10);
      expect(cache.isDead(server, 1)).toBe(false);
    }
  });
});

describe('what is forgotten', () => {
  test('missing EDNS and changed case after 900 s', () => {
    const { clock, cache } = newCache();
    cache.recordNoEdns(server, clock.cacheSeconds());
    cache.recordCaseChanged(server, clock.cacheSeconds());
    expect([cache.lacksEdns(server, clock.cacheSeconds()), cache.changesCase(server, clock.cacheSeconds())]).toEqual([
      true,
      true,
    ]);
    clock.advance(901_000);
    expect([cache.lacksEdns(server, clock.cacheSeconds()), cache.changesCase(server, clock.cacheSeconds())]).toEqual([
      false,
      false,
    ]);
  });

  test('the whole server after its time', () => {
    const { clock, cache } = newCache();
    cache.recordReply(server, 10);
    clock.advance(901_000);
    expect(cache.timeoutMs(server)).toBe(400);
  });

  test('the oldest when there are too many', () => {
    const { cache } = newCache(10);
    for (let index = 0; index < 100; index++) cache.recordReply(serverAddress(`192.0.2.${index}`), 10);
    expect(cache.size).toBe(10);
  });
});

describe('servers that were looked at last', () => {
  const others = [serverAddress('192.0.2.2'), serverAddress('192.0.2.3')];

  test('are told apart', () => {
    const { cache } = newCache();
    const all = [server, ...others];
    for (const [index, known] of all.entries()) cache.recordReply(known, 100 * (index + 1));
    for (const order of [all, [...all].reverse(), all]) {
      expect(order.map((known) => cache.rttMs(known)).sort((a, b) => a - b)).toEqual([100, 200, 300]);
    }
    expect(all.map((known) => cache.rttMs(known))).toEqual([100, 200, 300]);
  });

  test.each<{ how: string; go: (made: ReturnType<typeof newCache>) => void }>([
    { how: 'forgotten', go: ({ cache }) => cache.forget(server) },
    { how: 'forgotten with all others', go: ({ cache }) => cache.clear() },
    { how: 'too old', go: ({ clock }) => clock.advance(901_000) },
    {
      how: 'pushed out by others',
      go: ({ cache }) => {
        for (let host = 10; host < 20; host++) cache.recordReply(serverAddress(`192.0.2.${host}`), 200);
      },
    },
  ])('are not known when $how', ({ go }) => {
    const made = newCache(2);
    made.cache.recordReply(others[0] ?? server, 50);
    made.cache.recordReply(server, 100);
    expect(made.cache.rttMs(server)).toBe(100);
    go(made);
    expect(made.cache.timeoutMs(server)).toBe(400);
  });
});
