import { beforeEach, describe, expect, it } from 'vitest';
import type { Ask } from '../../src/ports/exchange.ts';
import { UpstreamExchange } from '../../src/upstream/exchange.ts';
import type { UpstreamLimits } from '../../src/upstream/limits.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import {
  askFor,
  elementAt,
  Outcomes,
  patched,
  replyTo,
  ScriptedSockets,
  type ScriptedStream,
  serverAddress,
} from './scripted-sockets.ts';

let time: VirtualClock;
let sockets: ScriptedSockets;
let exchange: UpstreamExchange;
let outcomes: Outcomes;

beforeEach(() => restart());

function restart(limits: Partial<UpstreamLimits> = {}): void {
  time = new VirtualClock();
  sockets = new ScriptedSockets();
  exchange = new UpstreamExchange({ sockets, timers: time, clock: time, random: new SeededRandom(5) }, limits);
  outcomes = new Outcomes();
}

function begin(changes: Partial<Ask> = {}, done = outcomes.done) {
  return exchange.ask(
    askFor('www.example', { transport: 'tcp', timeoutMs: 3000, randomiseCase: false, ...changes }),
    done,
  );
}

function beginMany(count: number, changes: Partial<Ask> = {}) {
  return Array.from({ length: count }, () => begin(changes));
}

function stream(index = -1): ScriptedStream {
  return elementAt(sockets.streams, index);
}

/** Answers the query at this place among those sent on a stream. */
function answer(flow: ScriptedStream, index = -1): void {
  flow.events.onMessage(replyTo(elementAt(flow.sent, index)));
}

/** One question asked and answered: its connection stands and idles. */
function warmUp(changes: Partial<Ask> = {}): ScriptedStream {
  begin(changes);
  const flow = stream();
  flow.events.onConnect();
  answer(flow);
  return flow;
}

function fail(flow: ScriptedStream): void {
  flow.events.onFailure('closed');
}

describe('one attempt over TCP', () => {
  it('reports a reply; the round-trip time begins when the connection stands', () => {
    begin();
    time.advance(30);
    stream().events.onConnect();
    time.advance(20);
    answer(stream());
    expect(outcomes.all).toMatchObject([{ kind: 'reply', rttMs: 20 }]);
  });

  it('takes a reply in another letter case: nobody else can write into the stream', () => {
    begin();
    stream().events.onConnect();
    const query = elementAt(stream().sent, 0);
    stream().events.onMessage(patched(replyTo(query), { 13: (query[13] ?? 0) ^ 0x20 }));
    const [outcome] = outcomes.all;
    expect(outcome?.kind === 'reply' && outcome.message.question.name.octets).toEqual(nameOf('www.example').octets);
  });

  it('reports TC over TCP as truncated', () => {
    begin();
    stream().events.onConnect();
    stream().events.onMessage(patched(replyTo(elementAt(stream().sent, 0)), { 2: 0x86 }));
    expect(outcomes.kinds).toEqual(['truncated']);
  });

  const malformed = [
    { name: 'records that are not there', changes: { 7: 9 } },
    { name: 'another question', changes: { 13: 0x78 } },
    { name: 'no question', changes: { 5: 0 } },
    { name: 'QR=0', changes: { 2: 0 } },
  ];
  for (const { name, changes } of malformed) {
    it(`reports the right ID with ${name} as malformed`, () => {
      begin();
      stream().events.onConnect();
      stream().events.onMessage(patched(replyTo(elementAt(stream().sent, 0)), changes));
      expect(outcomes.kinds).toEqual(['malformed']);
    });
  }

  it('times out at its own deadline, and its connection takes no more queries', () => {
    begin({ timeoutMs: 1000 });
    stream().events.onConnect();
    time.advance(999);
    expect(outcomes.kinds).toEqual([]);
    time.advance(1);
    expect(outcomes.kinds).toEqual(['timeout']);
    expect(stream().closed).toBe(true);
    begin();
    expect(sockets.streams.length).toBe(2);
  });

  it('times out after 1.5 s without a connection', () => {
    begin({ timeoutMs: 3000 });
    time.advance(1499);
    expect(outcomes.kinds).toEqual([]);
    time.advance(1);
    expect(outcomes.kinds).toEqual(['timeout']);
    expect(stream().closed).toBe(true);
    expect(time.pending).toBe(0);
  });

  const failures = ['connection-refused', 'unreachable', 'no-socket'] as const;
  for (const failure of failures) {
    it(`reports ${failure} of a connection that never stood, for each question on it, and does not repeat them`, () => {
      beginMany(2);
      stream().events.onFailure(failure);
      expect(outcomes.kinds).toEqual([failure, failure]);
      expect(sockets.streams.length).toBe(1);
      expect(exchange.openConnections).toBe(0);
      expect(time.pending).toBe(0);
    });
  }

  it('is over with the first close when it was the first on its connection', () => {
    begin();
    stream().events.onConnect();
    fail(stream());
    expect(outcomes.kinds).toEqual(['connection-refused']);
    expect(sockets.streams.length).toBe(1);
  });

  it('frees everything when cancelled', () => {
    begin().cancel();
    expect(stream().closed).toBe(true);
    time.advance(5000);
    expect(outcomes.kinds).toEqual([]);
    expect(time.pending).toBe(0);
    expect(exchange.openConnections).toBe(0);
  });
});

describe('connections are kept and shared (RFC 7766 6.2)', () => {
  it('a second question goes over the idle connection', () => {
    const flow = warmUp();
    begin();
    answer(flow);
    expect(outcomes.kinds).toEqual(['reply', 'reply']);
    expect(sockets.streams.length).toBe(1);
    expect(exchange.counters).toMatchObject({ tcpConnections: 1, tcpQueries: 2, tcpReuses: 1 });
  });

  it('another server has connections of its own', () => {
    warmUp();
    begin({ server: serverAddress(5300) });
    expect(sockets.streams.length).toBe(2);
  });

  it('replies are told apart by ID, in any order (RFC 7766 7)', () => {
    warmUp();
    const seen: string[] = [];
    for (const label of ['one', 'two', 'three']) {
      begin({ question: { name: nameOf(label), type: 1, class: 1 } }, (outcome) => {
        if (outcome.kind === 'reply') seen.push(outcome.message.question.name.key);
      });
    }
    for (const index of [3, 1, 2]) answer(stream(0), index);
    expect(seen).toEqual([nameOf('three').key, nameOf('one').key, nameOf('two').key]);
  });

  it('unanswered queries have different IDs even when chance says otherwise', () => {
    const always = { below: () => 7 };
    const same = new UpstreamExchange({ sockets, timers: time, clock: time, random: always });
    for (let count = 0; count < 3; count++) {
      same.ask(askFor('www.example', { transport: 'tcp', randomiseCase: false }), outcomes.done);
    }
    expect(stream().sent.map((query) => query[1])).toEqual([7, 8, 9]);
  });

  it('an idle connection is closed after ten seconds', () => {
    const flow = warmUp();
    time.advance(9999);
    expect(flow.closed).toBe(false);
    time.advance(1);
    expect(flow.closed).toBe(true);
    expect(exchange.openConnections).toBe(0);
    expect(time.pending).toBe(0);
  });

  it('a question in between starts the ten seconds anew', () => {
    const flow = warmUp();
    time.advance(9000);
    begin();
    answer(flow);
    time.advance(9000);
    expect(flow.closed).toBe(false);
    time.advance(1000);
    expect(flow.closed).toBe(true);
  });

  it('the server may close an idle connection; nobody notices', () => {
    fail(warmUp());
    expect(outcomes.kinds).toEqual(['reply']);
    expect(exchange.openConnections).toBe(0);
    begin();
    expect(sockets.streams.length).toBe(2);
  });

  it('late replies are ignored', () => {
    warmUp();
    const pending = begin();
    begin();
    pending.cancel();
    answer(stream(), 1);
    expect(outcomes.kinds).toEqual(['reply']);
    expect(exchange.counters.ignored).toBe(1);
    answer(stream(), 2);
    expect(outcomes.kinds).toEqual(['reply', 'reply']);
  });

  it('more unasked messages than there were queries end the connection', () => {
    warmUp();
    begin();
    const stray = patched(replyTo(elementAt(stream().sent, 1)), { 0: (elementAt(stream().sent, 1)[0] ?? 0) ^ 0xff });
    stream().events.onMessage(stray);
    stream().events.onMessage(new Uint8Array(0));
    expect(outcomes.kinds).toEqual(['reply']);
    stream().events.onMessage(stray);
    expect(outcomes.kinds).toEqual(['reply', 'malformed']);
    expect(stream().closed).toBe(true);
  });

  it('a connection on which others were answered in the meantime outlives a timeout', () => {
    const flow = warmUp();
    begin({ timeoutMs: 500 });
    begin({ timeoutMs: 3000 });
    time.advance(100);
    answer(flow, 2);
    time.advance(400);
    expect(outcomes.kinds).toEqual(['reply', 'reply', 'timeout']);
    expect(flow.closed).toBe(false);
  });
});

describe('a reused connection that dies', () => {
  it('has each of its unanswered questions asked once more, each on a fresh connection', () => {
    warmUp();
    beginMany(3);
    fail(stream(0));
    expect(sockets.streams.length).toBe(4);
    expect(outcomes.kinds).toEqual(['reply']);
    for (const flow of sockets.streams.slice(1)) {
      flow.events.onConnect();
      answer(flow);
    }
    expect(outcomes.kinds).toEqual(['reply', 'reply', 'reply', 'reply']);
    expect(exchange.counters.tcpRetries).toBe(3);
  });

  it('once and not twice', () => {
    warmUp();
    begin();
    fail(stream(0));
    stream(1).events.onConnect();
    fail(stream(1));
    expect(outcomes.kinds).toEqual(['reply', 'connection-refused']);
    expect(sockets.streams.length).toBe(2);
  });

  it('does not prolong the deadline', () => {
    warmUp();
    begin({ timeoutMs: 1000 });
    time.advance(900);
    fail(stream(0));
    time.advance(100);
    expect(outcomes.kinds).toEqual(['reply', 'timeout']);
    expect(time.pending).toBe(0);
  });

  it('does not repeat what an outcome has cancelled meanwhile', () => {
    warmUp();
    const siblings: { cancel(): void }[] = [];
    begin({}, (outcome) => {
      outcomes.done(outcome);
      for (const sibling of siblings) sibling.cancel();
    });
    fail(stream(0));
    stream(1).events.onConnect();
    siblings.push(begin());
    expect(sockets.streams.map(({ sent }) => sent.length)).toEqual([2, 2]);
    // The first has been repeated already: it ends, and takes the other with it.
    fail(stream(1));
    expect(outcomes.kinds).toEqual(['reply', 'connection-refused']);
    expect(sockets.streams.length).toBe(2);
    expect(time.pending).toBe(0);
  });
});

describe('limits over TCP', () => {
  it('a connection carries 200 queries, and then another is opened', () => {
    warmUp();
    for (let count = 1; count < 200; count++) {
      begin();
      answer(stream(0));
    }
    expect(stream(0).sent.length).toBe(200);
    expect(stream(0).closed).toBe(true);
    begin();
    expect(sockets.streams.length).toBe(2);
  });

  it('a connection with four unanswered queries is busy: another is opened', () => {
    beginMany(4);
    expect(sockets.streams.length).toBe(1);
    begin();
    expect(sockets.streams.length).toBe(2);
  });

  it('one server gets ten connections of 32 queries; one query more has no socket', () => {
    beginMany(320);
    expect(sockets.streams.length).toBe(10);
    expect(sockets.streams.map(({ sent }) => sent.length)).toEqual(Array(10).fill(32));
    begin();
    expect(outcomes.kinds).toEqual([]);
    time.advance(0);
    expect(outcomes.kinds).toEqual(['no-socket']);
  });

  it('all servers together get 256 connections: one more takes the place of the longest idle', () => {
    const flows: ScriptedStream[] = [];
    for (let port = 1; port <= 256; port++) flows.push(warmUp({ server: serverAddress(port) }));
    expect(exchange.openConnections).toBe(256);
    begin({ server: serverAddress(1) });
    begin({ server: serverAddress(300) });
    expect(exchange.openConnections).toBe(256);
    expect(flows.filter(({ closed }) => closed).map(({ server }) => server.port)).toEqual([2]);
  });

  it('and where none is idle there is no socket', () => {
    restart({ maxConnections: 2 });
    begin({ server: serverAddress(1) });
    begin({ server: serverAddress(2) });
    const pending = begin({ server: serverAddress(3) });
    begin({ server: serverAddress(3) });
    pending.cancel();
    time.advance(0);
    expect(outcomes.kinds).toEqual(['no-socket']);
    expect(sockets.streams.length).toBe(2);
  });
});

it('closing the exchange closes all connections and reports nothing', () => {
  warmUp();
  beginMany(5);
  begin({ server: serverAddress(5300) });
  exchange.close();
  expect(sockets.streams.every(({ closed }) => closed)).toBe(true);
  expect(exchange.openConnections).toBe(0);
  expect(time.pending).toBe(0);
  expect(outcomes.kinds).toEqual(['reply']);
});

describe('what is kept of connections', () => {
  /** So many connections to one server, each with one unanswered question. */
  function severalConnections(count: number): ScriptedStream[] {
    beginMany(count);
    for (const flow of sockets.streams) flow.events.onConnect();
    return [...sockets.streams];
  }

  it('no more idle ones for one server than tcp_max_idle_per_auth', () => {
    restart({ maxIdlePerServer: 2, openAnotherAt: 1 });
    for (const flow of severalConnections(5)) answer(flow);
    expect(outcomes.kinds.length).toBe(5);
    expect(exchange.openConnections).toBe(2);
  });

  it('none at all with 0', () => {
    restart({ maxIdlePerServer: 0 });
    warmUp();
    expect(exchange.openConnections).toBe(0);
  });

  it('for ever, and for any number of questions, without limits', () => {
    restart({ idleMs: Number.POSITIVE_INFINITY, maxQueriesPerConnection: Number.POSITIVE_INFINITY });
    const flow = warmUp();
    for (let count = 0; count < 300; count++) {
      begin();
      answer(flow);
    }
    time.advance(3_600_000);
    expect(sockets.streams.length).toBe(1);
    expect(exchange.openConnections).toBe(1);
    expect(time.pending).toBe(0);
  });
});
