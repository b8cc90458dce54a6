import { beforeEach, describe, expect, it } from 'vitest';
import type { Ask } from '../../src/ports/exchange.ts';
import type { SocketFailure } from '../../src/ports/sockets.ts';
import { UpstreamExchange } from '../../src/upstream/exchange.ts';
import type { UpstreamLimits } from '../../src/upstream/limits.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { badPackets } from './bad-packets.ts';
import { askFor, elementAt, Outcomes, patched, replyTo, ScriptedSockets } from './scripted-sockets.ts';

let time: VirtualClock;
let sockets: ScriptedSockets;
let exchange: UpstreamExchange;
let outcomes: Outcomes;

beforeEach(() => {
  time = new VirtualClock();
  sockets = new ScriptedSockets();
  exchange = newExchange();
  outcomes = new Outcomes();
});

function newExchange(limits: Partial<UpstreamLimits> = {}): UpstreamExchange {
  return new UpstreamExchange({ sockets, timers: time, clock: time, random: new SeededRandom(3) }, limits);
}

function begin(changes: Partial<Ask> = {}) {
  const pending = exchange.ask(askFor('www.example', changes), outcomes.done);
  const flow = elementAt(sockets.datagrams, -1);
  return { pending, flow, query: elementAt(flow.sent, 0) };
}

function expectAllFreed() {
  expect(sockets.datagrams.every(({ closed }) => closed)).toBe(true);
  expect(time.pending).toBe(0);
  expect(exchange.udpInFlight).toBe(0);
}

describe('one attempt over UDP', () => {
  it('reports a reply with its round-trip time and the case that was asked for', () => {
    const { flow, query } = begin({ question: { name: nameOf('wWw.exAmple'), type: 1, class: 1 } });
    time.advance(25);
    flow.events.onDatagram(replyTo(query));
    const [outcome] = outcomes.all;
    expect(outcome).toMatchObject({ kind: 'reply', rttMs: 25, octets: replyTo(query).length });
    if (outcome?.kind !== 'reply') throw new Error('no reply');
    expect(outcome.message.question.name.octets).toEqual(nameOf('wWw.exAmple').octets);
    expect(outcome.message.answer[0]?.name.octets).toEqual(nameOf('wWw.exAmple').octets);
    expectAllFreed();
  });

  it('opens a flow of its own for each question, each with an ID of its own', () => {
    const ids = new Set<string>();
    for (let count = 0; count < 50; count++) ids.add(begin().query.subarray(0, 2).join());
    expect(sockets.datagrams.length).toBe(50);
    expect(ids.size).toBeGreaterThan(45);
  });

  it('times out, and hears nothing afterwards', () => {
    const { flow, query } = begin({ timeoutMs: 400 });
    time.advance(399);
    expect(outcomes.kinds).toEqual([]);
    time.advance(1);
    expect(outcomes.kinds).toEqual(['timeout']);
    flow.events.onDatagram(replyTo(query));
    flow.events.onFailure('connection-refused');
    expect(outcomes.kinds).toEqual(['timeout']);
    expectAllFreed();
  });

  it('does not look at the body of a truncated reply (SECURITY A-09)', () => {
    const { flow, query } = begin();
    flow.events.onDatagram(patched(replyTo(query), { 2: 0x86, 6: 0xff, 7: 0xff }));
    expect(outcomes.kinds).toEqual(['truncated']);
    expectAllFreed();
  });

  it('reports a matching reply that cannot be read as malformed', () => {
    const { flow, query } = begin();
    flow.events.onDatagram(patched(replyTo(query), { 7: 9 }));
    expect(outcomes.kinds).toEqual(['malformed']);
    expectAllFreed();
  });

  const sizes = [
    { name: 'takes a reply of 1232 octets', length: 1232, want: 'reply' },
    { name: 'refuses one of 1233 octets: longer than offered (SECURITY A-10)', length: 1233, want: 'malformed' },
    { name: 'refuses one of 4096 octets', length: 4096, want: 'malformed' },
  ];
  for (const { name, length, want } of sizes) {
    it(name, () => {
      const { flow, query } = begin();
      const padded = new Uint8Array(length);
      padded.set(replyTo(query));
      flow.events.onDatagram(padded);
      expect(outcomes.kinds).toEqual([want]);
      expect(exchange.counters.oversized).toBe(want === 'malformed' ? 1 : 0);
    });
  }

  const failures: { given: SocketFailure; want: string }[] = [
    { given: 'connection-refused', want: 'connection-refused' },
    { given: 'unreachable', want: 'unreachable' },
    { given: 'no-socket', want: 'no-socket' },
    { given: 'closed', want: 'connection-refused' },
  ];
  for (const { given, want } of failures) {
    it(`reports the failure ${given} as ${want}`, () => {
      begin().flow.events.onFailure(given);
      expect(outcomes.kinds).toEqual([want]);
      expectAllFreed();
    });
  }

  it('reports nothing once cancelled', () => {
    const { pending, flow, query } = begin();
    pending.cancel();
    pending.cancel();
    flow.events.onDatagram(replyTo(query));
    time.advance(1000);
    expect(outcomes.kinds).toEqual([]);
    expectAllFreed();
  });

  it('can be asked anew from within an outcome', () => {
    exchange.ask(askFor('www.example'), (first) => {
      outcomes.done(first);
      exchange.ask(askFor('www.example'), outcomes.done);
    });
    time.advance(800);
    expect(outcomes.kinds).toEqual(['timeout', 'timeout']);
    expectAllFreed();
  });

  it('frees everything when the exchange is closed', () => {
    begin();
    begin();
    exchange.close();
    time.advance(1000);
    expect(outcomes.kinds).toEqual([]);
    expectAllFreed();
  });
});

describe('bad packets before the right reply (SECURITY A-09)', () => {
  for (const { name, make, want } of badPackets) {
    const ignored = want === 'not-a-reply';
    it(`${name}: ${ignored ? 'the reply still counts' : 'to be asked again over TCP'}`, () => {
      const { flow, query } = begin();
      flow.events.onDatagram(make(query));
      flow.events.onDatagram(replyTo(query));
      expect(outcomes.kinds).toEqual([ignored ? 'reply' : 'spoof-suspected']);
      expect(exchange.counters.ignored).toBe(ignored ? 1 : 0);
      expectAllFreed();
    });
  }

  it('all kinds that are no replies, one after the other', () => {
    const { flow, query } = begin();
    for (const { make, want } of badPackets) if (want === 'not-a-reply') flow.events.onDatagram(make(query));
    expect(outcomes.kinds).toEqual([]);
    flow.events.onDatagram(replyTo(query));
    expect(outcomes.kinds).toEqual(['reply']);
  });

  it('64 of them are ignored, the 65th ends the attempt', () => {
    const { flow } = begin();
    for (let count = 0; count < 64; count++) flow.events.onDatagram(new Uint8Array(3));
    expect(outcomes.kinds).toEqual([]);
    flow.events.onDatagram(new Uint8Array(3));
    expect(outcomes.kinds).toEqual(['spoof-suspected']);
    expectAllFreed();
  });

  it('takes a reply in another letter case where the case was not randomised', () => {
    const { flow, query } = begin({ randomiseCase: false });
    flow.events.onDatagram(patched(replyTo(query), { 13: (query[13] ?? 0) ^ 0x20 }));
    expect(outcomes.kinds).toEqual(['reply']);
    expect(exchange.counters.caseMismatches).toBe(0);
  });
});

describe('2048 attempts at once', () => {
  it('are made; one more has no socket, and is told so later', () => {
    const pending = Array.from({ length: 2048 }, () => exchange.ask(askFor('www.example'), () => {}));
    expect(exchange.udpInFlight).toBe(2048);
    exchange.ask(askFor('www.example'), outcomes.done);
    expect(outcomes.kinds).toEqual([]);
    expect(sockets.datagrams.length).toBe(2048);
    time.advance(0);
    expect(outcomes.kinds).toEqual(['no-socket']);

    pending[0]?.cancel();
    exchange.ask(askFor('www.example'), outcomes.done);
    expect(sockets.datagrams.length).toBe(2049);
  });

  it('one that has no socket can be cancelled', () => {
    const small = new UpstreamExchange(
      { sockets, timers: time, clock: time, random: new SeededRandom(3) },
      { maxUdpInFlight: 0 },
    );
    small.ask(askFor('www.example'), outcomes.done).cancel();
    time.advance(1000);
    expect(outcomes.kinds).toEqual([]);
    expect(time.pending).toBe(0);
  });
});

it('counts what it sees', () => {
  const first = begin();
  first.flow.events.onDatagram(new Uint8Array(2));
  first.flow.events.onDatagram(replyTo(first.query));
  const second = begin();
  second.flow.events.onDatagram(patched(replyTo(second.query), { 0: (second.query[0] ?? 0) ^ 1 }));
  const third = begin();
  third.flow.events.onDatagram(patched(replyTo(third.query), { 13: (third.query[13] ?? 0) ^ 0x20 }));
  begin();
  time.advance(1000);
  expect(exchange.counters).toMatchObject({
    udpQueries: 4,
    replies: 1,
    ignored: 1,
    nearMisses: 1,
    caseMismatches: 1,
    spoofSuspected: 2,
    timeouts: 1,
  });
});

describe('limits', () => {
  const nearMisses: readonly { limit: number; given: number; want: string[] }[] = [
    { limit: 1, given: 1, want: ['spoof-suspected'] },
    { limit: 3, given: 2, want: [] },
    { limit: 3, given: 3, want: ['spoof-suspected'] },
    { limit: 0, given: 60, want: [] },
  ];
  for (const { limit, given, want } of nearMisses) {
    it(`${given} wrong IDs with spoof_nearmiss_max ${limit}: ${want[0] ?? 'it waits on'}`, () => {
      exchange = newExchange({ maxNearMisses: limit });
      const { flow, query } = begin();
      for (let count = 0; count < given; count++)
        flow.events.onDatagram(patched(replyTo(query), { 0: 0x5a, 1: count }));
      expect(outcomes.kinds).toEqual(want);
      flow.events.onDatagram(replyTo(query));
      expect(outcomes.kinds).toEqual(want.length > 0 ? want : ['reply']);
    });
  }

  it('even without a limit on wrong IDs a flood of them ends the wait', () => {
    exchange = newExchange({ maxNearMisses: 0 });
    const { flow, query } = begin();
    for (let count = 0; count < 65; count++) flow.events.onDatagram(patched(replyTo(query), { 0: 0x5a, 1: count }));
    expect(outcomes.kinds).toEqual(['spoof-suspected']);
  });

  it('a reply longer than the size offered is not accepted', () => {
    for (const [size, want] of [
      [600, 'malformed'],
      [4096, 'reply'],
    ] as const) {
      outcomes = new Outcomes();
      exchange = newExchange({ udpPayloadOctets: size });
      const { flow, query } = begin();
      const reply = new Uint8Array(700);
      reply.set(replyTo(query));
      flow.events.onDatagram(reply);
      expect(outcomes.kinds).toEqual([size === 600 ? want : expect.stringMatching(/reply|malformed/)]);
      expect(exchange.counters.oversized).toBe(size === 600 ? 1 : 0);
    }
  });
});
