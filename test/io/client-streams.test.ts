import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newClientCounters, type OnQuery, type Reply } from '../../src/io/client.ts';
import { ClientStreams } from '../../src/io/client-streams.ts';
import { framed } from '../../src/io/stream-framing.ts';
import { idleLimitMs, type TcpLimits } from '../../src/io/tcp-limits.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { Closing, numbered, numberOf, TcpClient, turns, until } from './loopback.ts';

let closing: Closing;
/** Deadlines come when the test says so; the sockets are real. */
let time: VirtualClock;

beforeEach(() => {
  closing = new Closing();
  time = new VirtualClock();
});

afterEach(() => closing.all());

async function listen(onQuery: OnQuery, limits: Partial<TcpLimits> = {}) {
  const streams = closing.add(
    new ClientStreams({ onQuery, timers: time, clock: time, counters: newClientCounters(), limits }),
  );
  const { port } = await streams.listen('127.0.0.1', 0);
  return { streams, port };
}

const echo: OnQuery = (octets, _client, reply) => reply(octets);

/** Keeps queries until the test answers them. */
class Desk {
  readonly queries: { octets: Uint8Array; reply: Reply }[] = [];
  readonly onQuery: OnQuery = (octets, _client, reply) => {
    this.queries.push({ octets, reply });
  };

  answer(index: number): void {
    const query = this.queries[index];
    query?.reply(query.octets);
  }
}

describe('queries over TCP (RFC 7766)', () => {
  it('may be pipelined, and are answered in any order', async () => {
    const desk = new Desk();
    const { port } = await listen(desk.onQuery);
    const client = new TcpClient(closing, port);
    client.send(numbered(1), numbered(2), numbered(3));
    await until(() => desk.queries.length === 3);
    for (const index of [2, 0, 1]) desk.answer(index);
    await until(() => client.messages.length === 3);
    expect(client.messages.map(numberOf)).toEqual([3, 1, 2]);
  });

  it('may come octet by octet and be as long as 65535 octets, as may replies', async () => {
    const { port } = await listen(echo);
    const client = new TcpClient(closing, port);
    for (const octet of framed(numbered(5, 20))) {
      client.write(Uint8Array.of(octet));
      await turns(1);
    }
    client.send(numbered(6, 65_535));
    await until(() => client.messages.length === 2);
    expect(client.messages.map(({ length }) => length)).toEqual([20, 65_535]);
  });

  it('hundreds in one write are all answered although only 32 are in work at a time', async () => {
    const { port, streams } = await listen(echo);
    const client = new TcpClient(closing, port);
    client.send(...Array.from({ length: 500 }, (_, number) => numbered(number)));
    await until(() => client.messages.length === 500);
    expect(client.messages.map(numberOf)).toEqual(Array.from({ length: 500 }, (_, number) => number));
    expect(streams.counters.tcpQueries).toBe(500);
  });

  it('are gone with a message shorter than a header', async () => {
    const { port, streams } = await listen(echo);
    const client = new TcpClient(closing, port);
    client.send(new Uint8Array(11));
    await until(() => client.isGone);
    expect(streams.counters.tcpProtocolErrors).toBe(1);
    expect(streams.openConnections).toBe(0);
  });

  it('survive a client that resets the connection', async () => {
    const desk = new Desk();
    const { port, streams } = await listen(desk.onQuery);
    const client = new TcpClient(closing, port);
    client.send(numbered(1));
    await until(() => desk.queries.length === 1);
    client.socket.resetAndDestroy();
    await until(() => streams.openConnections === 0);
    desk.answer(0);
    expect(time.pending).toBe(0);
  });
});

describe('32 queries in work', () => {
  it('are taken, the 33rd waits until one is answered', async () => {
    const desk = new Desk();
    const { port } = await listen(desk.onQuery);
    const client = new TcpClient(closing, port);
    client.send(...Array.from({ length: 40 }, (_, number) => numbered(number)));
    await until(() => desk.queries.length === 32);
    await turns();
    expect(desk.queries.length).toBe(32);

    desk.answer(10);
    await until(() => desk.queries.length === 33);
    // One that will have no answer makes room as well.
    desk.queries[11]?.reply(undefined);
    desk.queries[11]?.reply(undefined);
    await until(() => desk.queries.length === 34);
    await turns();
    expect(desk.queries.length).toBe(34);
    for (let index = 0; index < 40; index++) {
      await until(() => desk.queries.length > index);
      desk.answer(index);
    }
    await until(() => client.messages.length === 39);
  });

  it('of one connection do not keep another one waiting', async () => {
    const desk = new Desk();
    const { port } = await listen(desk.onQuery);
    new TcpClient(closing, port).send(...Array.from({ length: 40 }, (_, number) => numbered(number)));
    await until(() => desk.queries.length === 32);
    new TcpClient(closing, port).send(numbered(100));
    await until(() => desk.queries.length === 33);
  });

  it('that are never answered end the connection after 30 s', async () => {
    const desk = new Desk();
    const { port, streams } = await listen(desk.onQuery);
    const client = new TcpClient(closing, port);
    client.send(numbered(1));
    await until(() => desk.queries.length === 1);
    time.advance(29_999);
    expect(streams.openConnections).toBe(1);
    time.advance(1);
    expect(streams.openConnections).toBe(0);
    expect(streams.counters.tcpOverdue).toBe(1);
    await until(() => client.isGone);
  });
});

describe('a slow client (SECURITY A-44)', () => {
  it('has 3 s for a whole message from its first octet on, however often it sends', async () => {
    const { port, streams } = await listen(echo);
    const client = new TcpClient(closing, port);
    const frame = framed(numbered(1));
    await until(() => streams.openConnections === 1);
    for (let index = 0; index < 6; index++) {
      client.write(frame.subarray(index, index + 1));
      await turns();
      time.advance(index < 5 ? 500 : 499);
    }
    expect(streams.openConnections).toBe(1);
    time.advance(1);
    expect(streams.openConnections).toBe(0);
    expect(streams.counters.tcpSlowMessages).toBe(1);
    await until(() => client.isGone);
  });

  it('has 3 s anew for the next message', async () => {
    const { port, streams } = await listen(echo);
    const client = new TcpClient(closing, port);
    const frame = framed(numbered(1));
    client.write(frame.subarray(0, 5));
    await until(() => streams.openConnections === 1);
    await turns();
    time.advance(2900);
    client.write(Buffer.concat([frame.subarray(5), frame.subarray(0, 5)]));
    await until(() => client.messages.length === 1);
    time.advance(2900);
    client.write(frame.subarray(5));
    await until(() => client.messages.length === 2);
    expect(streams.counters.tcpSlowMessages).toBe(0);
  });

  it('is not to blame while its message waits for our work', async () => {
    const desk = new Desk();
    const { port, streams } = await listen(desk.onQuery, { maxPipelined: 1 });
    const client = new TcpClient(closing, port);
    client.write(Buffer.concat([framed(numbered(1)), framed(numbered(2)).subarray(0, 4)]));
    await until(() => desk.queries.length === 1);
    time.advance(10_000);
    expect(streams.openConnections).toBe(1);
    desk.answer(0);
    await until(() => client.messages.length === 1);
    time.advance(2999);
    expect(streams.openConnections).toBe(1);
    time.advance(1);
    expect(streams.openConnections).toBe(0);
  });
});

describe('as many queries as one connection may bring', () => {
  it('are answered, the rest is not read, and our side is closed', async () => {
    const desk = new Desk();
    const { port, streams } = await listen(desk.onQuery, { maxQueries: 2 });
    const client = new TcpClient(closing, port);
    client.send(numbered(1), numbered(2), numbered(3));
    await until(() => desk.queries.length === 2);
    desk.answer(1);
    await until(() => client.messages.length === 1);
    expect(client.isGone).toBe(false);
    desk.answer(0);
    await until(() => client.ended);
    expect(client.messages.map(numberOf)).toEqual([2, 1]);
    expect(desk.queries).toHaveLength(2);
    expect(streams.openConnections).toBe(1);
    time.advance(2000);
    expect(streams.openConnections).toBe(0);
  });

  it('count over the whole life of the connection', async () => {
    const { port } = await listen(echo, { maxQueries: 2 });
    const client = new TcpClient(closing, port);
    client.send(numbered(1));
    await until(() => client.messages.length === 1);
    expect(client.isGone).toBe(false);
    client.send(numbered(2));
    await until(() => client.ended);
    expect(client.messages).toHaveLength(2);
  });
});

describe('a client that never reads (SECURITY A-44)', () => {
  it('has its queries left unread at a backlog of 256 KiB, and is gone after 2 s without progress', async () => {
    let taken = 0;
    const reply = numbered(1, 60_000);
    const { port, streams } = await listen((_octets, _client, send) => {
      taken++;
      send(reply);
    });
    const client = new TcpClient(closing, port, { reading: false });
    const wanted = 2000;
    client.send(...Array.from({ length: wanted }, (_, number) => numbered(number)));
    let before = -1;
    while (taken !== before) {
      before = taken;
      await turns(200);
    }
    expect(taken).toBeGreaterThan(4);
    expect(taken).toBeLessThan(wanted);
    time.advance(1999);
    expect(streams.openConnections).toBe(1);
    time.advance(1);
    expect(streams.openConnections).toBe(0);
    expect(streams.counters.tcpStalledWrites).toBe(1);
    await turns();
    expect(time.pending).toBe(0);
  });

  it('keeps its place when it reads again in time, and gets everything', async () => {
    const reply = numbered(1, 60_000);
    const { port, streams } = await listen((_octets, _client, send) => send(reply));
    const client = new TcpClient(closing, port, { reading: false });
    const wanted = 500;
    client.send(...Array.from({ length: wanted }, (_, number) => numbered(number)));
    await until(() => streams.counters.tcpQueries > 0);
    await turns(500);
    time.advance(1900);
    let octets = 0;
    client.socket.on('data', (chunk) => {
      octets += chunk.length;
    });
    await until(() => octets === wanted * 60_002);
    expect(streams.counters.tcpStalledWrites).toBe(0);
    await until(() => streams.counters.tcpReplies === wanted);
    time.advance(5000);
    expect(streams.openConnections).toBe(1);
  });
});

describe('a half-closed connection', () => {
  it('closes at once when nothing is to be answered', async () => {
    const { port, streams } = await listen(echo);
    const client = new TcpClient(closing, port);
    client.send(numbered(1));
    client.socket.end();
    await until(() => client.isGone);
    expect(client.messages.length).toBe(1);
    await until(() => streams.openConnections === 0);
    expect(time.pending).toBe(0);
  });

  it('still brings the answer within 2 s', async () => {
    const desk = new Desk();
    const { port } = await listen(desk.onQuery);
    const client = new TcpClient(closing, port);
    client.send(numbered(1));
    client.socket.end();
    await until(() => desk.queries.length === 1);
    await turns();
    time.advance(1999);
    desk.answer(0);
    await until(() => client.isGone);
    expect(client.messages.length).toBe(1);
  });

  it('is gone after 2 s', async () => {
    const desk = new Desk();
    const { port, streams } = await listen(desk.onQuery);
    const client = new TcpClient(closing, port);
    client.send(numbered(1));
    client.socket.end();
    await until(() => desk.queries.length === 1);
    await turns();
    time.advance(2000);
    expect(streams.openConnections).toBe(0);
    await until(() => client.isGone);
  });

  it('with half a message closes at once', async () => {
    const { port, streams } = await listen(echo);
    const client = new TcpClient(closing, port);
    client.write(Uint8Array.of(0, 12, 1));
    client.socket.end();
    await until(() => client.isGone);
    await until(() => streams.openConnections === 0);
  });
});

describe('places', () => {
  async function connect(port: number, count: number): Promise<TcpClient[]> {
    const clients = Array.from({ length: count }, () => new TcpClient(closing, port));
    await until(() => clients.every(({ socket, isGone }) => !socket.connecting || isGone));
    return clients;
  }

  it('32 for one client; the 33rd connection is turned away', async () => {
    const { port, streams } = await listen(echo);
    const clients = await connect(port, 32);
    await until(() => streams.openConnections === 32);
    const [surplus] = await connect(port, 1);
    await until(() => surplus?.isGone === true);
    expect(streams.counters).toMatchObject({ tcpConnections: 32, tcpTurnedAway: 0, tcpTurnedAwayPerClient: 1 });

    clients[0]?.socket.destroy();
    await until(() => streams.openConnections === 31);
    const [next] = await connect(port, 1);
    next?.send(numbered(1));
    await until(() => next?.messages.length === 1);
  });

  it('other clients have places of their own', async () => {
    const { port, streams } = await listen(echo);
    await connect(port, 32);
    await until(() => streams.openConnections === 32);
    const other = new TcpClient(closing, port, { localAddress: '127.0.0.2' });
    other.send(numbered(1));
    await until(() => other.messages.length === 1);
  });

  it('512 for all; the 513th connection is turned away', async () => {
    const { port, streams } = await listen(echo, { maxPerClient: 1000 });
    await connect(port, 512);
    await until(() => streams.openConnections === 512);
    const [surplus] = await connect(port, 1);
    await until(() => surplus?.isGone === true);
    expect(streams.counters).toMatchObject({ tcpConnections: 512, tcpTurnedAway: 1, tcpTurnedAwayPerClient: 0 });
    expect(streams.openConnections).toBe(512);
  });

  it('are freed by closing', async () => {
    const { port, streams } = await listen(echo);
    const clients = await connect(port, 5);
    await until(() => streams.openConnections === 5);
    streams.close();
    expect(streams.openConnections).toBe(0);
    await until(() => clients.every(({ isGone }) => isGone));
    expect(time.pending).toBe(0);
  });

  const idleLimits = [
    { name: 'half of the places', taken: 256, want: 10_000 },
    { name: 'more than half', taken: 257, want: 1000 },
    { name: 'four fifths', taken: 409, want: 1000 },
    { name: 'more than four fifths', taken: 410, want: 200 },
  ];
  for (const { name, taken, want } of idleLimits) {
    it(`with ${name} taken a connection may idle for ${want} ms`, () => {
      const limits = { maxConnections: 512, idleMs: 10_000, idleAboveHalfMs: 1000, idleAboveFourFifthsMs: 200 };
      expect(idleLimitMs(limits as TcpLimits, taken)).toBe(want);
    });
  }

  it('are given back after idling for 10 s', async () => {
    const { port, streams } = await listen(echo);
    const [client] = await connect(port, 1);
    client?.send(numbered(1));
    await until(() => client?.messages.length === 1);
    time.advance(9999);
    expect(streams.openConnections).toBe(1);
    time.advance(1);
    expect(streams.openConnections).toBe(0);
    expect(streams.counters.tcpIdleClosed).toBe(1);
    expect(time.pending).toBe(0);
  });

  it('a query in between starts the 10 s anew, one in work does not idle', async () => {
    const desk = new Desk();
    const { port, streams } = await listen(desk.onQuery);
    const [client] = await connect(port, 1);
    await until(() => streams.openConnections === 1);
    time.advance(9000);
    client?.send(numbered(1));
    await until(() => desk.queries.length === 1);
    time.advance(12_000);
    expect(streams.openConnections).toBe(1);
    desk.answer(0);
    time.advance(9999);
    expect(streams.openConnections).toBe(1);
    time.advance(1);
    expect(streams.openConnections).toBe(0);
  });

  it('get scarce: those who have idled longest go first, and only as many as it takes', async () => {
    const { port, streams } = await listen(echo, { maxConnections: 10 });
    for (let taken = 1; taken <= 5; taken++) {
      await connect(port, 1);
      await until(() => streams.openConnections === taken);
      time.advance(500);
    }
    expect(streams.counters.tcpIdleClosed).toBe(0);
    // The sixth takes more than half of the places: only one second of idling is left to all.
    await connect(port, 1);
    await until(() => streams.counters.tcpConnections === 6);
    expect(streams.counters.tcpIdleClosed).toBe(1);
    expect(streams.openConnections).toBe(5);
    time.advance(5000);
    expect(streams.openConnections).toBe(5);
  });

  it('get very scarce: 200 ms are left', async () => {
    const { port, streams } = await listen(echo, { maxConnections: 10 });
    await connect(port, 9);
    await until(() => streams.openConnections === 9);
    time.advance(199);
    expect(streams.openConnections).toBe(9);
    time.advance(1);
    expect(streams.openConnections).toBe(8);
    time.advance(799);
    expect(streams.openConnections).toBe(8);
    time.advance(1);
    expect(streams.openConnections).toBe(5);
  });
});
