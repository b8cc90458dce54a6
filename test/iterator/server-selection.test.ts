// Which server is asked next, and how: statistics with a fixed seed (SECURITY 5.1).
import { describe, expect, test } from 'vitest';
import { InfraCache } from '../../src/cache/infra-cache.ts';
import { attemptPlan, type Candidate, chooseServer, newCandidate } from '../../src/iterator/server-selection.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { serverAddress, tlsServerAddress } from '../support/simulated-network.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const zone = nameOf('a.test.');
const DRAWS = 4000;
const patience = { networkTimeoutMs: 1500, tcpTimeoutMs: 3000, anyToTcp: true };

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

describe('a server that does not answer', () => {
  function silent(timeouts: number, throttling = { maxFails: 4, throttleSeconds: 60 }) {
    const setting = setUp([10, 10]);
    const servers = new InfraCache(100, 900, () => setting.clock.cacheSeconds(), throttling);
    const [first, second] = setting.candidates;
    if (first === undefined || second === undefined) throw new Error('two candidates');
    for (const { server } of setting.candidates)
      for (let times = 0; times < 20; times++) servers.recordReply(server, 10);
    for (let times = 0; times < timeouts; times++) servers.recordTimeout(first.server, setting.clock.monotonicMs());
    const random = new SeededRandom(7);
    const share = (candidate: Candidate, candidates: readonly Candidate[] = [first, second], bypassOneIn = 0) => {
      let count = 0;
      for (let draw = 0; draw < DRAWS; draw++) {
        if (chooseServer(candidates, zone, servers, setting.clock, random, bypassOneIn) === candidate) count++;
      }
      return count / DRAWS;
    };
    return { ...setting, servers, first, second, share };
  }

  test('loses its questions after the second time-out in a row', () => {
    const once = silent(1);
    expect(once.share(once.first)).toBeGreaterThan(0.2);
    const twice = silent(2);
    expect(twice.share(twice.first)).toBe(0);
  });

  test('is explored again when a second has passed', () => {
    const { clock, first, share } = silent(2);
    clock.advance(1_001);
    expect(share(first)).toBeGreaterThan(0.01);
  });

  test('is asked all the same by one question in n that would have chosen it (bypass)', () => {
    const { clock, first, second, servers, share } = silent(4);
    clock.advance(990);
    expect(share(first)).toBe(0);
    // It wins a selection by being the only one that is left for the question.
    second.attempts = 1;
    servers.recordSent(first.server, clock.monotonicMs());
    expect(share(first)).toBe(0);
    expect(share(first, undefined, 25)).toBeCloseTo(1 / 25, 1);
    expect(share(first, undefined, 25)).toBeGreaterThan(0);
  });

  test('never counts as dead with server_down_max_fails 0', () => {
    const { servers, first, clock } = silent(50, { maxFails: 0, throttleSeconds: 60 });
    expect(servers.isDead(first.server, clock.monotonicMs())).toBe(false);
  });

  test('never is left out when it is exempt', () => {
    const { first, share } = silent(10);
    expect(share(first, [first])).toBe(0);
    const exempt = newCandidate(first.server, true);
    expect(share(exempt, [exempt])).toBe(1);
  });

  test('is left alone for the throttling time once it has been dead for ten seconds', () => {
    const { servers, first, clock } = silent(4, { maxFails: 4, throttleSeconds: 30 });
    clock.advance(11_000);
    servers.recordTimeout(first.server, clock.monotonicMs());
    clock.advance(29_000);
    expect(servers.isDead(first.server, clock.monotonicMs())).toBe(true);
    clock.advance(1_001);
    expect(servers.isDead(first.server, clock.monotonicMs())).toBe(false);
  });

  test('SERVFAIL sets it aside for five seconds, and no longer than REFUSED does', () => {
    const { servers, first, clock } = silent(0);
    const isLame = () => servers.isLame(first.server, zone, clock.cacheSeconds());
    servers.recordFailing(first.server, zone, clock.cacheSeconds());
    expect(isLame()).toBe(true);
    clock.advance(6_000);
    expect(isLame()).toBe(false);
    servers.recordLame(first.server, zone, clock.cacheSeconds());
    servers.recordFailing(first.server, zone, clock.cacheSeconds());
    clock.advance(30_000);
    expect(isLame()).toBe(true);
  });
});

describe('attemptPlan', () => {
  const rows: readonly { name: string; change: Partial<Candidate>; type?: number; want: string }[] = [
    { name: 'first', change: {}, want: 'udp' },
    { name: 'after one time-out', change: { udpTimeouts: 1 }, want: 'udp' },
    { name: 'after two', change: { udpTimeouts: 2 }, want: 'tcp' },
    { name: 'after two, with TCP tried', change: { udpTimeouts: 2, tcpTried: true }, want: 'udp' },
    { name: 'after truncation or a suspected forgery', change: { needsTcp: true }, want: 'tcp' },
    { name: 'ANY', change: {}, type: RRType.ANY, want: 'tcp' },
    { name: 'a TLS server', change: { server: tlsServerAddress('192.0.2.1') }, want: 'tls' },
    {
      name: 'a TLS server after everything',
      change: { server: tlsServerAddress('192.0.2.1'), needsTcp: true, udpTimeouts: 2 },
      want: 'tls',
    },
  ];
  for (const { name, change, type = RRType.A, want } of rows) {
    test(`${name}: ${want}`, () => {
      const { servers } = setUp([]);
      const candidate = { ...newCandidate(serverAddress('192.0.2.1')), ...change };
      expect(attemptPlan(candidate, type, false, servers, patience).transport).toBe(want);
    });
  }

  test('ANY goes over UDP where any_to_tcp is off', () => {
    const candidate = newCandidate(serverAddress('192.0.2.1'));
    const plan = attemptPlan(candidate, RRType.ANY, false, setUp([]).servers, { ...patience, anyToTcp: false });
    expect(plan.transport).toBe('udp');
  });

  const waits: readonly { name: string; timeouts: number; others: boolean; networkMs?: number; want: number }[] = [
    { name: 'an unknown server', timeouts: 0, others: false, want: 400 },
    { name: 'after a time-out twice as long', timeouts: 1, others: false, want: 800 },
    { name: 'but not while another one answers', timeouts: 1, others: true, want: 400 },
    { name: 'at most network_timeout', timeouts: 5, others: false, want: 1500 },
    { name: 'which may be short', timeouts: 0, others: false, networkMs: 100, want: 100 },
  ];
  for (const { name, timeouts, others, networkMs = 1500, want } of waits) {
    test(`${name}: ${want} ms`, () => {
      const { servers, clock } = setUp([]);
      const candidate = newCandidate(serverAddress('192.0.2.1'));
      for (let count = 0; count < timeouts; count++) servers.recordTimeout(candidate.server, clock.monotonicMs());
      const options = { ...patience, networkTimeoutMs: networkMs };
      expect(attemptPlan(candidate, RRType.A, others, servers, options).timeoutMs).toBe(want);
    });
  }
});
