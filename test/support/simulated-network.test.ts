import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import type { Outcome, Transport } from '../../src/ports/exchange.ts';
import type { SocketFailure } from '../../src/ports/sockets.ts';
import { UpstreamExchange } from '../../src/upstream/exchange.ts';
import { Rcode, RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { messageOf, queryOctets, sectionText } from './message-text.ts';
import { SeededRandom } from './seeded-random.ts';
import {
  addHierarchy,
  always,
  authority,
  changing,
  forging,
  lying,
  repeating,
  silent,
  slow,
  truncating,
} from './server-behaviours.ts';
import { type Responder, type ServerPath, SimulatedNetwork, serverAddress } from './simulated-network.ts';
import { DEFAULT_WALL_SECONDS, DeadlockError, VirtualClock } from './virtual-clock.ts';

const ADDRESS = '198.18.0.1';
const hierarchy = buildHierarchy({
  zones: [{ name: '.', records: `big TXT ${'"0123456789012345678901234567890123456789" '.repeat(40)}` }],
  nowSeconds: DEFAULT_WALL_SECONDS,
});
const zones = hierarchy.servers.get(ADDRESS);
if (zones === undefined) throw new Error('no root server');
const honest = authority(zones);

function setUp(responder: Responder = honest, path: ServerPath = {}, seed = 1) {
  const clock = new VirtualClock();
  const random = new SeededRandom(seed);
  const network = new SimulatedNetwork({ clock, random });
  network.addServer(ADDRESS, responder, path);
  return { clock, random, network };
}

/** Runs one question over the real transport code. */
function askOnce(
  responder: Responder,
  options: { path?: ServerPath; transport?: Transport; question?: string; seed?: number; times?: number } = {},
) {
  const { clock, random, network } = setUp(responder, options.path, options.seed);
  const exchange = new UpstreamExchange({ sockets: network, clock, timers: clock, random });
  const outcomes: Outcome[] = [];
  for (let index = 0; index < (options.times ?? 1); index++) {
    const ask = {
      server: serverAddress(ADDRESS),
      question: {
        name: nameOf(options.question ?? '.'),
        type: options.question ? RRType.TXT : RRType.NS,
        class: RRClass.IN,
      },
      transport: options.transport ?? 'udp',
      timeoutMs: 1000,
      recursionDesired: false,
      checkingDisabled: false,
      edns: true,
      dnssecOk: true,
      randomiseCase: true,
    };
    outcomes.push(clock.complete<Outcome>((done) => exchange.ask(ask, done), 'the question'));
  }
  return { clock, network, exchange, outcome: outcomes.at(-1), outcomes };
}

describe('VirtualClock', () => {
  test('equal instants fire in the order they were asked for, and time moves to each', () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.after(20, () => seen.push(`c ${clock.monotonicMs()}`));
    clock.after(10, () => seen.push(`a ${clock.monotonicMs()}`));
    clock.after(10, () => seen.push(`b ${clock.monotonicMs()}`));
    clock.after(15, () => seen.push('never')).cancel();
    clock.advance(100);
    expect(seen).toEqual(['a 10', 'b 10', 'c 20']);
    expect(clock.monotonicMs()).toBe(100);
  });

  test('many wake-ups come in order', () => {
    const clock = new VirtualClock();
    const random = new SeededRandom(5);
    const seen: number[] = [];
    for (let index = 0; index < 500; index++) {
      const atMs = random.below(100);
      clock.at(atMs, () => seen.push(atMs));
    }
    clock.advance(100);
    expect(seen).toEqual([...seen].sort((left, right) => left - right));
    expect(seen.length).toBe(500);
  });

  test('waiting on nothing is a deadlock with a report', () => {
    const { clock, network } = setUp();
    network.openDatagram(serverAddress(ADDRESS), { onDatagram: () => {}, onFailure: () => {} });
    expect(() => clock.runUntil(() => false, 'the answer')).toThrow(DeadlockError);
    expect(() => clock.runUntil(() => false, 'the answer')).toThrow(/udp flow to 198\.18\.0\.1#53/);
  });

  test('caches age by a jump forward of the wall clock and not by one back (D10)', () => {
    const clock = new VirtualClock();
    clock.advance(5000);
    expect([clock.wallSeconds() - DEFAULT_WALL_SECONDS, clock.cacheSeconds()]).toEqual([5, 5]);
    clock.setWallSeconds(DEFAULT_WALL_SECONDS + 100);
    expect(clock.cacheSeconds()).toBe(100);
    clock.setWallSeconds(DEFAULT_WALL_SECONDS);
    expect(clock.cacheSeconds()).toBe(100);
  });

  test('work outside holds time', async () => {
    const clock = new VirtualClock();
    let isDone = false;
    let atMs = -1;
    const release = clock.hold();
    clock.after(10, () => {
      isDone = true;
    });
    setTimeout(() => {
      atMs = clock.monotonicMs();
      release();
    }, 5);
    await clock.settleUntil(() => isDone);
    expect(atMs).toBe(0);
  });
});

describe('SeededRandom', () => {
  test('equal seeds give equal numbers within the limit', () => {
    const draw = (seed: number) => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 100 }, () => random.below(1000));
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(Math.max(...draw(7))).toBeLessThan(1000);
    expect(new SeededRandom(1).below(0x1_0000_0000)).toBeGreaterThanOrEqual(0);
  });
});

describe('the network under the real transports', () => {
  const rows: {
    name: string;
    responder: Responder;
    path?: ServerPath;
    transport?: Transport;
    question?: string;
    want: Outcome['kind'];
  }[] = [
    { name: 'an honest server', responder: honest, want: 'reply' },
    { name: 'over TCP', responder: honest, transport: 'tcp', want: 'reply' },
    { name: 'too big for UDP', responder: honest, question: 'big.', want: 'truncated' },
    { name: 'big over TCP', responder: honest, question: 'big.', transport: 'tcp', want: 'reply' },
    { name: 'always truncated', responder: truncating(honest), want: 'truncated' },
    { name: 'silence', responder: silent, want: 'timeout' },
    { name: 'silence over TCP', responder: silent, transport: 'tcp', want: 'timeout' },
    { name: 'too late', responder: slow(honest, 2000), want: 'timeout' },
    { name: 'repeated replies', responder: repeating(honest, 3), want: 'reply' },
    { name: 'another rcode', responder: always(Rcode.SERVFAIL), want: 'reply' },
    { name: 'all datagrams lost', responder: honest, path: { loss: 1 }, want: 'timeout' },
    { name: 'port closed', responder: honest, path: { refuses: 'udp' }, want: 'connection-refused' },
    {
      name: 'TCP port closed',
      responder: honest,
      path: { refuses: 'tcp' },
      transport: 'tcp',
      want: 'connection-refused',
    },
    { name: 'no route', responder: honest, path: { unreachable: true }, want: 'unreachable' },
    {
      name: 'a firewall in front of TCP',
      responder: honest,
      path: { drops: 'tcp' },
      transport: 'tcp',
      want: 'timeout',
    },
    {
      name: 'a forged ID before the reply',
      responder: forging(honest, (query) => [wrongId(query)]),
      want: 'spoof-suspected',
    },
    { name: 'octets that are no message', responder: lying(honest, (reply) => reply.slice(0, -5)), want: 'malformed' },
  ];
  for (const row of rows) {
    test(`${row.name}: ${row.want}`, () => {
      const { outcome, network, exchange } = askOnce(row.responder, row);
      expect(outcome?.kind).toBe(row.want);
      exchange.close();
      expect(network.openSockets).toBe(0);
    });
  }

  test('the round trip takes twice the latency', () => {
    expect(askOnce(honest, { path: { latencyMs: 25 } }).outcome).toMatchObject({ kind: 'reply', rttMs: 50 });
  });

  test('a behaviour that changes', () => {
    const { outcomes, network } = askOnce(changing(1, silent, honest), { times: 2 });
    expect(outcomes.map(({ kind }) => kind)).toEqual(['timeout', 'reply']);
    expect(network.queriesTo(ADDRESS)).toBe(2);
  });

  test('a server that closes after each message is asked again on a new connection', () => {
    const { outcomes, network } = askOnce(honest, { transport: 'tcp', path: { messagesPerStream: 1 }, times: 3 });
    expect(outcomes.map(({ kind }) => kind)).toEqual(['reply', 'reply', 'reply']);
    expect(network.trace.filter(({ what }) => what === 'connect').length).toBe(3);
  });

  test('equal seeds give equal traces', () => {
    const path = { loss: 0.3, jitterMs: 40 };
    const trace = (seed: number) => askOnce(honest, { path, seed, times: 20 }).network.traceText();
    expect(trace(3)).toBe(trace(3));
    expect(trace(3)).not.toBe(trace(4));
    expect(trace(3)).toMatch(/^seed 3\n/);
  });

  test('unknown addresses are silent, or say so', () => {
    const wants = { silent: [], unreachable: ['unreachable'], 'connection-refused': ['connection-refused'] } as const;
    for (const [unknownServers, want] of Object.entries(wants)) {
      const clock = new VirtualClock();
      const network = new SimulatedNetwork({ clock, unknownServers: unknownServers as keyof typeof wants });
      const failures: SocketFailure[] = [];
      const flow = network.openDatagram(serverAddress('198.18.9.9'), {
        onDatagram: () => {},
        onFailure: (failure) => failures.push(failure),
      });
      flow.send(queryOctets('. NS'));
      clock.advance(1000);
      expect(failures).toEqual(want);
    }
  });

  test('a whole hierarchy', () => {
    const clock = new VirtualClock();
    const network = new SimulatedNetwork({ clock });
    addHierarchy(network, hierarchy);
    const reply = clock.complete<Uint8Array>((done) => {
      const flow = network.openDatagram(serverAddress(ADDRESS), { onDatagram: done, onFailure: () => {} });
      flow.send(queryOctets('. NS'));
    });
    expect(sectionText(messageOf(reply).answer)).toEqual(['. NS signed']);
  });
});

function wrongId(query: Uint8Array): Uint8Array {
  const forged = query.slice();
  forged[0] = (forged[0] ?? 0) ^ 0xff;
  forged[2] = (forged[2] ?? 0) | 0x80;
  return forged;
}
