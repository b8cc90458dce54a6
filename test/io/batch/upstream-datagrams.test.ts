import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BatchDriver } from '../../../src/io/batch/batch-driver.ts';
import { NativeMemory } from '../../../src/io/batch/layout.ts';
import { type Libc, loadLibc } from '../../../src/io/batch/libc.ts';
import { Reactor } from '../../../src/io/batch/reactor.ts';
import { UdpSockets } from '../../../src/io/batch/udp-socket.ts';
import { UpstreamDatagrams } from '../../../src/io/batch/upstream-datagrams.ts';
import { CryptoRandom } from '../../../src/io/crypto-random.ts';
import { defaultSourcePorts, SourcePorts } from '../../../src/io/dgram/source-ports.ts';
import { ANY_SOURCE_ADDRESS, SourceAddresses } from '../../../src/io/source-addresses.ts';
import { SystemClock } from '../../../src/io/system-clock.ts';
import type { ServerAddress } from '../../../src/ports/exchange.ts';
import type { DatagramEvents, SocketFailure } from '../../../src/ports/sockets.ts';
import { chiSquareScore } from '../chi-square.ts';
import { batchDriver, hasBatchDriver } from '../drivers.ts';
import { Closing, loopbackServer, turns, until } from '../loopback.ts';

let closing: Closing;
let driver: BatchDriver;
/** Added to the monotonic clock. */
let laterMs = 0;
const system = new SystemClock();
const clock = {
  wallSeconds: () => system.wallSeconds(),
  monotonicMs: () => system.monotonicMs() + laterMs,
  cacheSeconds: () => system.cacheSeconds(),
};

class Echo {
  readonly socket: Socket;
  readonly ports: number[] = [];
  copies = 1;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('message', (octets, from) => {
      this.ports.push(from.port);
      for (let copy = 0; copy < this.copies; copy++) socket.send(octets, from.port, from.address);
    });
  }

  get port(): number {
    return this.socket.address().port;
  }
}

async function echo(): Promise<Echo> {
  const socket = closing.add(createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 }));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return new Echo(socket);
}

class Heard implements DatagramEvents {
  readonly datagrams: Uint8Array[] = [];
  readonly failures: SocketFailure[] = [];

  onDatagram(octets: Uint8Array): void {
    this.datagrams.push(octets);
  }

  onFailure(failure: SocketFailure): void {
    this.failures.push(failure);
  }
}

/** One of several servers, told apart by their keys alone: all of them are the same program. */
function serverOf(port: number, key = ''): ServerAddress {
  return { ...loopbackServer(port), key };
}

/** One query that gets its reply, as a resolver would ask it. */
async function exchange(port: number, octet: number, key?: string): Promise<Heard> {
  const heard = new Heard();
  const flow = driver.openDatagram(serverOf(port, key), heard);
  flow.send(Uint8Array.of(octet));
  await until(() => heard.datagrams.length > 0);
  flow.close(true);
  return heard;
}

describe.skipIf(!hasBatchDriver)('sockets towards servers in batches', () => {
  beforeEach(() => {
    closing = new Closing();
    laterMs = 0;
    driver = batchDriver(closing, { clock });
  });
  afterEach(() => closing.all());

  test('a socket serves its server again, sixteen times and no more', async () => {
    const { port, ports } = await echo();
    for (let count = 0; count < 40; count++) {
      expect((await exchange(port, count)).datagrams).toEqual([Uint8Array.of(count)]);
    }
    const uses = [...new Set(ports)].map((source) => ports.filter((other) => other === source).length);
    expect(uses).toEqual([16, 16, 8]);
  });

  test('never another server, be it at the same port', async () => {
    const { port, ports } = await echo();
    for (let count = 0; count < 20; count++) await exchange(port, count, `${count}`);
    expect(new Set(ports).size).toBe(20);
  });

  test('never two queries at a time', async () => {
    const { port, ports } = await echo();
    await exchange(port, 1);
    await Promise.all([exchange(port, 2), exchange(port, 3), exchange(port, 4)]);
    expect(new Set(ports).size).toBe(3);
  });

  test('a socket is too old after five seconds', async () => {
    const { port, ports } = await echo();
    await exchange(port, 1);
    laterMs = 5_001;
    await exchange(port, 2);
    expect(new Set(ports).size).toBe(2);
  });

  test('an old socket that nobody needs is closed', async () => {
    const server = await echo();
    await exchange(server.port, 1);
    expect(driver.upstreamSockets).toBe(1);
    laterMs = 10_000;
    await until(() => driver.upstreamSockets === 0);
  });

  const unclean: { name: string; run: (server: Echo) => Promise<void> }[] = [
    {
      name: 'whose query got no reply',
      run: async (server) => {
        const flow = driver.openDatagram(serverOf(server.port), new Heard());
        server.copies = 0;
        flow.send(Uint8Array.of(1));
        await until(() => server.ports.length === 1);
        flow.close();
        server.copies = 1;
      },
    },
    {
      name: 'whose query got two replies',
      run: async (server) => {
        const heard = new Heard();
        const flow = driver.openDatagram(serverOf(server.port), heard);
        server.copies = 2;
        flow.send(Uint8Array.of(1));
        await until(() => heard.datagrams.length === 2);
        flow.close(true);
        server.copies = 1;
      },
    },
    {
      name: 'at which something came when nobody waited',
      run: async (server) => {
        await exchange(server.port, 1);
        server.socket.send(Uint8Array.of(66), server.ports[0] ?? 0, '127.0.0.1');
        await turns(20);
        expect(driver.upstreamSockets).toBe(0);
      },
    },
  ];
  for (const { name, run } of unclean) {
    test(`a socket ${name} is not used again`, async () => {
      const server = await echo();
      await run(server);
      await exchange(server.port, 2);
      expect(new Set(server.ports).size).toBe(2);
    });
  }

  test('what has come between two queries is never taken for the reply to the second', async () => {
    const server = await echo();
    await exchange(server.port, 1);
    const heard = new Heard();
    await new Promise<void>((resolve) =>
      server.socket.send(Uint8Array.of(66), server.ports[0] ?? 0, '127.0.0.1', () => resolve()),
    );
    const flow = driver.openDatagram(serverOf(server.port), heard);
    flow.send(Uint8Array.of(2));
    await until(() => heard.datagrams.length > 0);
    expect(heard.datagrams).toEqual([Uint8Array.of(2)]);
    flow.close(true);
  });

  test('thousands of queries at once to as many servers: each reply reaches its query', async () => {
    const { port } = await echo();
    const count = 3000;
    const heard = Array.from({ length: count }, () => new Heard());
    const flows = heard.map((events, index) => driver.openDatagram(serverOf(port, `${index}`), events));
    // All sockets are open at once; the server's buffer holds only some hundred datagrams.
    for (let sent = 0; sent < count; sent += 100) {
      for (const [index, flow] of flows.slice(sent, sent + 100).entries()) {
        flow.send(Uint8Array.of((sent + index) >> 8, sent + index));
      }
      await until(() => heard.slice(sent, sent + 100).every(({ datagrams }) => datagrams.length === 1));
    }
    for (const [index, { datagrams }] of heard.entries()) expect(datagrams).toEqual([Uint8Array.of(index >> 8, index)]);
    for (const flow of flows) flow.close(true);
    // No more than so many are kept for another query.
    expect(driver.upstreamSockets).toBeLessThanOrEqual(256);
  });

  test('ports are spread evenly over all that are permitted (SECURITY A-01)', async () => {
    const { port, ports } = await echo();
    const count = 4000;
    for (let done = 0; done < count; done += 250) {
      const flows = Array.from({ length: 250 }, () => {
        const flow = driver.openDatagram(serverOf(port), new Heard());
        flow.send(Uint8Array.of(1));
        return flow;
      });
      await until(() => ports.length === done + 250);
      for (const flow of flows) flow.close();
    }
    const bins = new Array<number>(64).fill(0);
    for (const source of ports) {
      const bin = Math.floor(((source - 1024) * 64) / (65_536 - 1024));
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    expect(chiSquareScore(bins, count)).toBeLessThan(4);
  });
});

describe.skipIf(!hasBatchDriver)('when descriptors run out', () => {
  function upstream(libc: Libc): { sockets: UpstreamDatagrams; close: () => void } {
    const buffer = new SharedArrayBuffer(512 * 1024);
    const memory = new NativeMemory(buffer, libc.addressOf(new Uint8Array(buffer)));
    const reactor = new Reactor(libc, memory, clock, () => {});
    const sockets = new UpstreamDatagrams({
      libc,
      memory,
      sockets: new UdpSockets(libc, memory),
      reactor,
      timers: reactor,
      clock,
      random: new CryptoRandom(),
      sourceAddresses: new SourceAddresses(ANY_SOURCE_ADDRESS),
      sourcePorts: new SourcePorts(defaultSourcePorts),
    });
    return {
      sockets,
      close: () => {
        sockets.close();
        reactor.close();
      },
    };
  }

  test('an idle socket makes room; with none, the query fails and says so', () => {
    const libc = loadLibc();
    if ('missing' in libc) throw new Error(libc.missing);
    let free = 2;
    let errno = 0;
    const scarce: Libc = {
      ...libc,
      socket: (family, type, protocol) => {
        if (free === 0) {
          errno = 24;
          return -1;
        }
        free--;
        return libc.socket(family, type, protocol);
      },
      close: (fd) => {
        free++;
        return libc.close(fd);
      },
      errno: () => (errno === 0 ? libc.errno() : errno),
    };
    const { sockets, close } = upstream(scarce);
    const open = (address: string) => sockets.openDatagram(loopbackServer(53, address), new Heard());
    open('127.0.0.1');
    const second = open('127.0.0.2');
    expect(sockets.size).toBe(2);
    open('127.0.0.3');
    expect(sockets.size).toBe(2);
    second.close();
    open('127.0.0.4');
    expect(sockets.size).toBe(2);
    close();
    // Two sockets, and what the reactor waits with: its epoll set and its ticker.
    expect(free).toBe(4);
  });
});
