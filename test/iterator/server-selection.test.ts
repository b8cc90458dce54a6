// Which server is asked next, and how: statistics with a fixed seed (SECURITY 5.1).
import { describe, expect, test } from 'vitest';
import { InfraCache } from '../../src/cache/infra-cache.ts';
import { attemptPlan, type Candidate, chooseServer, newCandidate } from '../../src/iterator/server-selection.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { serverAddress } from '../support/simulated-network.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const zone = nameOf('a.test.');
const DRAWS = 4000;

function setUp(rtts: readonly (number | undefined)[]) {
  const clock = new VirtualClock();
  const servers = new InfraCache(100, 900, () => clock.cacheSeconds());
  const candidates = rtts.map((rtt, index) => {
    const server = serverAddress(`192.0.2.${index + 1}`);
    for (let times = 0; rtt !== undefined && times < 20; times++) servers.recordReply(server, rtt);
    return newCandidate(server);
  });
  const random = new SeededRandom(11);
  const choose = (among: readonly Candidate[] = candidates) => chooseServer(among, zone, servers, clock, random);
  /** Part of the draws that each server gets. */
  const shares = () => {
    const counts = candidates.map(() => 0);
    for (let draw = 0; draw < DRAWS; draw++) {
      const chosen = choose();
      const index = chosen === undefined ? -1 : candidates.indexOf(chosen);
      if (index >= 0) counts[index] = (counts[index] ?? 0) + 1;
    }
    return counts.map((count) => count / DRAWS);
  };
  return { clock, servers, candidates, choose, shares };
}

describe('chooseServer', () => {
  test('equal servers share the questions', () => {
    for (const share of setUp([30, 30, 30, 30]).shares()) expect(share).toBeCloseTo(0.25, 1);
  });

  test('the nearer gets more, by 1/(RTT + 20 ms)', () => {
    const [near = 0, far = 0] = setUp([10, 100]).shares();
    expect(near).toBeGreaterThan(0.72);
    expect(far).toBeGreaterThan(0.12);
  });

  test('beyond the band of 400 ms only exploration is left', () => {
    const [, far = 0] = setUp([10, 600]).shares();
    expect(far).toBeGreaterThan(0.005);
    expect(far).toBeLessThan(0.05);
  });

  test('a server nobody has asked yet is tried', () => {
    const [, unknown = 0] = setUp([10, undefined]).shares();
    expect(unknown).toBeGreaterThan(0.04);
  });

  test('those asked least for this question come first', () => {
    const { candidates, choose } = setUp([10, 300]);
    const [near, far] = candidates;
    if (near === undefined || far === undefined) throw new Error('two candidates');
    near.attempts = 1;
    expect(choose()).toBe(far);
  });

  test('one that owes a TCP attempt comes before all', () => {
    const { candidates, choose } = setUp([10, 10, 10]);
    const third = candidates[2];
    if (third === undefined) throw new Error('three candidates');
    third.needsTcp = true;
    third.attempts = 2;
    expect(choose()).toBe(third);
  });

  test('finished ones are not asked; without any there is none', () => {
    const { candidates, choose } = setUp([10, 10]);
    for (const candidate of candidates) candidate.finished = true;
    expect(choose()).toBeUndefined();
    expect(choose([])).toBeUndefined();
  });

  test('lame ones come last, for this zone and for 60 s', () => {
    const { clock, servers, candidates, choose } = setUp([10, 300]);
    const [near, far] = candidates;
    if (near === undefined || far === undefined) throw new Error('two candidates');
    servers.recordLame(near.server, zone, clock.cacheSeconds());
    for (let draw = 0; draw < 50; draw++) expect(choose()).toBe(far);
    far.finished = true;
    expect(choose()).toBe(near);
    expect(servers.isLame(near.server, nameOf('other.test.'), clock.cacheSeconds())).toBe(false);
    clock.advance(61_000);
    expect(servers.isLame(near.server, zone, clock.cacheSeconds())).toBe(false);
  });

  test('dead ones are left out while others live, and probed once a second', () => {
    const { clock, servers, candidates, choose } = setUp([10, 10]);
    const [first, second] = candidates;
    if (first === undefined || second === undefined) throw new Error('two candidates');
    for (let times = 0; times < 4; times++) servers.recordTimeout(first.server, clock.monotonicMs());
    for (let draw = 0; draw < 50; draw++) expect(choose()).toBe(second);
    second.finished = true;
    expect(choose()).toBeUndefined();
    clock.advance(1_001);
    expect(choose()).toBe(first);
  });
});

describe('attemptPlan', () => {
  const rows: readonly { name: string; change: Partial<Candidate>; want: string }[] = [
    { name: 'first', change: {}, want: 'udp' },
    { name: 'after one time-out', change: { udpTimeouts: 1 }, want: 'udp' },
    { name: 'after two', change: { udpTimeouts: 2 }, want: 'tcp' },
    { name: 'after two, with TCP tried', change: { udpTimeouts: 2, tcpTried: true }, want: 'udp' },
    { name: 'after truncation or a suspected forgery', change: { needsTcp: true }, want: 'tcp' },
  ];
  for (const { name, change, want } of rows) {
    test(`${name}: ${want}`, () => {
      const { servers } = setUp([]);
      const candidate = { ...newCandidate(serverAddress('192.0.2.1')), ...change };
      expect(attemptPlan(candidate, servers, 3000).transport).toBe(want);
    });
  }
});
