// Clients of the batch driver: what is answered from the reply cache, what is handed on, and the way back.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BatchDriver, BatchDriverOptions } from '../../../src/io/batch/batch-driver.ts';
import { Hit } from '../../../src/io/batch/hit-counters.ts';
import { type Client, newClientCounters, type OnQuery } from '../../../src/io/client.ts';
import { FakeServer } from '../../server/support/fake-server.ts';
import { queryOctets, resolutionOf } from '../../server/support/queries.ts';
import { batchDriver, hasBatchDriver } from '../drivers.ts';
import { Closing, turns, until } from '../loopback.ts';

let closing: Closing;
const query = queryOctets();
/** What a resolver would have sent. */
const answer =
  new FakeServer({ resolve: (_request, done) => done(resolutionOf()) }).send(query)[0] ?? new Uint8Array(0);
const loopback = Uint8Array.of(127, 0, 0, 1);

beforeEach(() => {
  closing = new Closing();
});
afterEach(() => closing.all());

interface Listening {
  readonly driver: BatchDriver;
  readonly port: number;
  readonly seen: { octets: Uint8Array; client: Client }[];
  readonly faults: unknown[];
  readonly counters: ReturnType<typeof newClientCounters>;
}

/** Misses get their query back as a reply, unless told otherwise. */
function listen(
  address = '127.0.0.1',
  onQuery: OnQuery = (octets, _client, reply) => reply(octets),
  changes: Partial<BatchDriverOptions> = {},
): Listening {
  const faults: unknown[] = [];
  const driver = batchDriver(closing, { onFault: (fault) => faults.push(fault), ...changes });
  const seen: Listening['seen'] = [];
  const counters = newClientCounters();
  const { local } = closing.add(
    driver.listen(
      address,
      0,
      (octets, client, reply) => {
        seen.push({ octets, client });
        onQuery(octets, client, reply);
      },
      counters,
    ),
  );
  return { driver, port: local.port, seen, faults, counters };
}

async function clientAt(address = '127.0.0.1'): Promise<{ socket: Socket; replies: Uint8Array[]; from: string[] }> {
  const socket = closing.add(createSocket(address.includes(':') ? 'udp6' : 'udp4'));
  const replies: Uint8Array[] = [];
  const from: string[] = [];
  socket.on('message', (octets, sender) => {
    replies.push(Uint8Array.from(octets));
    from.push(sender.address);
  });
  socket.bind(0, address);
  await once(socket, 'listening');
  return { socket, replies, from };
}

describe.skipIf(!hasBatchDriver)('clients in batches', () => {
  test('a kept reply goes to whoever was let through, and to nobody else', async () => {
    const { driver, port, seen } = listen();
    driver.replies.store(answer, 0, 0);
    const { socket, replies } = await clientAt();
    socket.send(query, port, '127.0.0.1');
    await until(() => replies.length === 1);
    expect(replies).toEqual([query]);
    driver.clients.add(loopback);
    socket.send(query, port, '127.0.0.1');
    await until(() => replies.length === 2);
    expect(replies[1]).toEqual(answer);
    expect(seen).toHaveLength(1);
    driver.clients.clear();
    socket.send(query, port, '127.0.0.1');
    await until(() => replies.length === 3);
    expect(seen).toHaveLength(2);
    expect(driver.count(Hit.HITS)).toBe(1);
    expect(driver.count(Hit.MISSES)).toBe(2);
  });

  test('what is known goes before work, and long work lets it go first', async () => {
    const spin = (ms: number): void => {
      for (const startMs = performance.now(); performance.now() - startMs < ms; );
    };
    const order: string[] = [];
    const { socket, replies } = await clientAt();
    const connected = closing.add(createSocket('udp4'));
    const { driver, port } = listen('127.0.0.1', (octets, _client, reply) => {
      order.push('work');
      spin(3);
      reply(octets);
      if (order.length !== 10) return;
      // In the middle of one piece of work a known name is asked for.
      const hits = driver.count(Hit.HITS);
      connected.send(query);
      for (let wait = 0; wait < 500 && driver.count(Hit.HITS) === hits; wait++) {
        spin(2);
        driver.timers.breathe?.();
      }
      order.push(`known, ${driver.count(Hit.HITS) - hits}`);
    });
    driver.replies.store(answer, 0, 0);
    driver.clients.add(loopback);
    const other = query.slice();
    other[13] = 0x78;
    // Connected, it sends at once and not when libuv turns.
    await new Promise<void>((resolve) => connected.connect(port, '127.0.0.1', resolve));
    for (let count = 0; count < 20; count++) socket.send(other, port, '127.0.0.1');
    socket.send(query, port, '127.0.0.1');
    await until(() => replies.length === 21);
    // The last one that was sent comes back first.
    expect(replies[0]).toEqual(answer);
    expect(order.filter((entry) => entry !== 'work')).toEqual(['known, 1']);
    expect(order).toHaveLength(21);
  });

  test('what the cache does not know may be denied where it lies', async () => {
    const clients: string[] = [];
    const denied = new Set([1, 2]);
    const faults: unknown[] = [];
    const driver = batchDriver(closing, { onFault: (fault) => faults.push(fault) });
    driver.useDenials({
      answer: (memory, offset) => {
        if (memory[offset + 1] === 3) throw new Error('a fault');
        if (!denied.has(memory[offset + 1] ?? 0)) return 0;
        memory.fill(0x77, offset + 2, offset + 700);
        return 700;
      },
      countClient: (_memory, _offset, client, start, octets) =>
        void clients.push(client.slice(start, start + octets).join('.')),
    });
    const seen: Uint8Array[] = [];
    const onQuery: OnQuery = (octets, _client, reply) => {
      seen.push(octets);
      reply(octets);
    };
    const { local } = closing.add(driver.listen('127.0.0.1', 0, onQuery, newClientCounters()));
    driver.clients.add(loopback);
    const { socket, replies } = await clientAt();
    for (const id of [1, 2, 3, 4]) socket.send(queryOctets({ id }), local.port, '127.0.0.1');
    await until(() => replies.length === 4);
    const octetsById = Object.fromEntries(replies.map((reply) => [reply[1], reply.length]));
    expect(octetsById).toEqual({ 1: 700, 2: 700, 3: query.length, 4: query.length });
    expect(seen).toHaveLength(2);
    expect(clients).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(faults).toEqual([new Error('a fault')]);
    expect(driver.count(Hit.MISSES)).toBe(4);
    expect(driver.count(Hit.HITS)).toBe(0);
    driver.clients.clear();
    socket.send(queryOctets({ id: 1 }), local.port, '127.0.0.1');
    await until(() => replies.length === 5);
    expect(seen).toHaveLength(3);
  });

  test('hits and misses in one batch each get their own reply', async () => {
    const { driver, port } = listen();
    driver.replies.store(answer, 0, 0);
    driver.clients.add(loopback);
    const { socket, replies } = await clientAt();
    for (let id = 0; id < 150; id++) {
      socket.send(queryOctets({ id, name: id % 3 === 0 ? 'other.example.' : 'WWW.example.' }), port, '127.0.0.1');
    }
    await until(() => replies.length === 150);
    const byId = new Map(replies.map((reply) => [((reply[0] ?? 0) << 8) | (reply[1] ?? 0), reply]));
    expect(byId.size).toBe(150);
    for (const [id, reply] of byId) expect(reply.length).toBe(id % 3 === 0 ? query.length + 2 : answer.length);
  });

  for (const address of ['127.0.0.5', '127.0.0.77']) {
    test(`a wildcard socket replies from the address that was asked, ${address}`, async () => {
      const { driver, port } = listen('0.0.0.0');
      const { socket, replies, from } = await clientAt();
      socket.send(query, port, address);
      await until(() => replies.length === 1);
      driver.clients.add(loopback);
      driver.replies.store(answer, 0, 0);
      socket.send(query, port, address);
      await until(() => replies.length === 2);
      expect(from).toEqual([address, address]);
      expect(replies[1]).toEqual(answer);
    });
  }

  test('over IPv6, on all addresses', async () => {
    const { driver, port } = listen('::');
    const { socket, replies, from } = await clientAt('::1');
    socket.send(query, port, '::1');
    await until(() => replies.length === 1);
    driver.clients.add(Uint8Array.from([...new Array<number>(15).fill(0), 1]));
    driver.replies.store(answer, 0, 0);
    socket.send(query, port, '::1');
    await until(() => replies.length === 2);
    expect(from).toEqual(['::1', '::1']);
    expect(driver.count(Hit.IPV6)).toBe(1);
  });

  test('whatever comes, the next query is answered', async () => {
    const { driver, port, seen } = listen();
    driver.replies.store(answer, 0, 0);
    driver.clients.add(loopback);
    const { socket, replies } = await clientAt();
    const junk = [0, 1, 11, 12, 17, 512, 4095, 4096, 4097, 9000, 65_507].map((length) =>
      new Uint8Array(length).fill(0xff),
    );
    for (const octets of junk) socket.send(octets, port, '127.0.0.1');
    socket.send(query, port, '127.0.0.1');
    await until(() => replies.some((reply) => reply.length === answer.length));
    // Longer than any query: dropped without a look.
    expect(seen.every(({ octets }) => octets.length <= 4096)).toBe(true);
    expect(seen.map(({ octets }) => octets.length)).toContain(4096);
  });

  test('a fault in the resolver costs its own query', async () => {
    const { port, faults } = listen('127.0.0.1', (octets, _client, reply) => {
      if (octets[1] === 3) throw new Error('a bug');
      reply(octets);
    });
    const { socket, replies } = await clientAt();
    for (let id = 0; id < 10; id++) socket.send(queryOctets({ id }), port, '127.0.0.1');
    await until(() => replies.length === 9);
    await turns(5);
    expect(replies).toHaveLength(9);
    expect(faults).toEqual([new Error('a bug')]);
  });

  test('a thread that cannot start leaves its sockets to the main one', async () => {
    // The sources are no JavaScript that a thread could run.
    const { driver, port, faults } = listen('127.0.0.1', undefined, { threads: 3, beginThreadsAtHits: 0 });
    driver.startThreads();
    await until(() => faults.length === 2);
    await turns(20);
    const clients = await Promise.all(Array.from({ length: 20 }, () => clientAt()));
    for (const { socket } of clients) socket.send(query, port, '127.0.0.1');
    await until(() => clients.every(({ replies }) => replies.length === 1));
    expect(driver.threadCount).toBe(3);
  });

  test('closed and opened again, as often as one likes: the memory is used again', () => {
    const driver = batchDriver(closing, { threads: 2 });
    for (let count = 0; count < 50; count++) {
      const listening = driver.listen('127.0.0.1', 0, () => {}, newClientCounters());
      listening.close();
      listening.close();
    }
  });
});

describe.skipIf(!hasBatchDriver)('libuv beside the batch driver', () => {
  test('a connection that libuv accepts is read from at once', async () => {
    batchDriver(closing);
    const server = createServer((socket) => closing.addSocket(socket).on('data', (octets) => socket.write(octets)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.add(server);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const startedMs = performance.now();
    for (let count = 0; count < 10; count++) {
      const socket = closing.addSocket(createConnection(address.port, '127.0.0.1'));
      socket.write('x');
      await once(socket, 'data');
    }
    // Each would take the longest wait of the loop, 250 ms.
    expect(performance.now() - startedMs).toBeLessThan(500);
  });

  test('work that waits for the next turn, step by step, is not held up', async () => {
    batchDriver(closing);
    const startedMs = performance.now();
    for (let count = 0; count < 100; count++) await new Promise((resolve) => setImmediate(resolve));
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  test('deadlines come when they are due, in order', async () => {
    const driver = batchDriver(closing);
    const fired: number[] = [];
    const startedMs = performance.now();
    for (const delay of [30, 10, 20]) driver.timers.at(startedMs + delay, () => fired.push(delay));
    await new Promise<void>((resolve) => driver.timers.at(startedMs + 40, resolve));
    expect(fired).toEqual([10, 20, 30]);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(40);
    expect(performance.now() - startedMs).toBeLessThan(140);
  });
});
