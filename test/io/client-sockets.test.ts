import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Client, OnQuery } from '../../src/io/client.ts';
import { ClientSockets, type ClientSocketsOptions } from '../../src/io/client-sockets.ts';
import { ListenError } from '../../src/io/listen-error.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { type Driver, drivers } from './drivers.ts';
import { Closing, numbered, numberOf, TcpClient, tcpServer, turns, udpServer, until } from './loopback.ts';

let closing: Closing;
let time: VirtualClock;

beforeEach(() => {
  closing = new Closing();
  time = new VirtualClock();
});

afterEach(() => closing.all());

async function listenWith(
  driver: Driver,
  onQuery: OnQuery,
  changes: Partial<ClientSocketsOptions>,
): Promise<ClientSockets> {
  const endpoints = [{ address: '127.0.0.1', port: 0 }];
  const openDatagrams = driver.listening(closing);
  const how = openDatagrams === undefined ? {} : { openDatagrams };
  return closing.add(await ClientSockets.open({ endpoints, onQuery, timers: time, clock: time, ...how, ...changes }));
}

function portOf(sockets: ClientSockets, index = 0): number {
  return sockets.endpoints[index]?.port ?? 0;
}

async function udpClient(address = '127.0.0.1') {
  const socket = closing.add(createSocket(address.includes(':') ? 'udp6' : 'udp4'));
  const replies: Uint8Array[] = [];
  socket.on('message', (octets) => replies.push(Uint8Array.from(octets)));
  socket.bind(0, address);
  await once(socket, 'listening');
  return { socket, replies };
}

describe.each(drivers)('listening for clients with $name', (driver) => {
  const listen = (onQuery: OnQuery, changes: Partial<ClientSocketsOptions> = {}) =>
    listenWith(driver, onQuery, changes);

  it('serves UDP and TCP on each address, on one port for both', async () => {
    const clients: Client[] = [];
    const sockets = await listen(
      (octets, client, reply) => {
        clients.push(client);
        reply(octets);
      },
      {
        endpoints: [
          { address: '127.0.0.1', port: 0 },
          { address: '::1', port: 0 },
        ],
      },
    );
    expect(sockets.endpoints.map(({ address }) => address)).toEqual(['127.0.0.1', '::1']);

    for (const [index, address] of ['127.0.0.1', '::1'].entries()) {
      const { socket, replies } = await udpClient(address);
      socket.send(numbered(7), portOf(sockets, index), address);
      await until(() => replies.length === 1);
      expect(replies).toEqual([numbered(7)]);
      expect(clients.at(-1)).toMatchObject({
        address,
        port: socket.address().port,
        family: address === '::1' ? 6 : 4,
        transport: 'udp',
        local: { address, port: portOf(sockets, index) },
      });
    }

    const client = new TcpClient(closing, portOf(sockets));
    client.send(numbered(9));
    await until(() => client.messages.length === 1);
    expect(client.messages).toEqual([numbered(9)]);
    expect(clients.at(-1)).toEqual({
      address: '127.0.0.1',
      port: client.socket.localPort,
      family: 4,
      transport: 'tcp',
      local: { address: '127.0.0.1', port: portOf(sockets) },
    });
    expect(sockets.counters).toMatchObject({ udpQueries: 2, udpReplies: 2, tcpQueries: 1, tcpReplies: 1 });
  });

  it("hands over octets of the receiver's own, no Buffer", async () => {
    const seen: Uint8Array[] = [];
    const sockets = await listen((octets) => seen.push(octets));
    const { socket } = await udpClient();
    socket.send(numbered(1, 40), portOf(sockets), '127.0.0.1');
    new TcpClient(closing, portOf(sockets)).send(numbered(2, 40));
    await until(() => seen.length === 2);
    for (const octets of seen) {
      expect(octets).not.toBeInstanceOf(Buffer);
      expect(octets.buffer.byteLength).toBe(40);
    }
  });

  it('takes a reply that comes later, and only the first', async () => {
    const replies: ((octets: Uint8Array | undefined) => void)[] = [];
    const sockets = await listen((_octets, _client, reply) => replies.push(reply));
    const client = await udpClient();
    client.socket.send(numbered(1), portOf(sockets), '127.0.0.1');
    await until(() => replies.length === 1);
    replies[0]?.(numbered(2));
    replies[0]?.(numbered(3));
    await until(() => client.replies.length === 1);
    await turns();
    expect(client.replies).toEqual([numbered(2)]);
  });

  it('sends nothing when told that no answer will come', async () => {
    let queries = 0;
    const sockets = await listen((_octets, _client, reply) => {
      queries++;
      reply(undefined);
    });
    const { socket } = await udpClient();
    socket.send(numbered(1), portOf(sockets), '127.0.0.1');
    await until(() => queries === 1);
    expect(sockets.counters.udpReplies).toBe(0);
  });

  it('survives a client that is gone when the replies come', async () => {
    const replies: (() => void)[] = [];
    const sockets = await listen((octets, _client, reply) => replies.push(() => reply(octets)));
    const { socket } = await udpClient();
    for (let count = 0; count < 3; count++) socket.send(numbered(count), portOf(sockets), '127.0.0.1');
    await until(() => replies.length === 3);
    const gone = once(socket, 'close');
    socket.close();
    await gone;
    closing = new Closing();
    closing.add(sockets);
    for (const reply of replies) {
      reply();
      await turns(5);
    }
    const other = await udpClient();
    other.socket.send(numbered(9), portOf(sockets), '127.0.0.1');
    await until(() => replies.length === 4);
    replies[3]?.();
    await until(() => other.replies.length === 1);
  });

  it('survives a reply that is too long for a datagram', async () => {
    const sockets = await listen((octets, _client, reply) =>
      reply(numberOf(octets) === 1 ? new Uint8Array(70_000) : octets),
    );
    const { socket, replies } = await udpClient();
    socket.send(numbered(1), portOf(sockets), '127.0.0.1');
    await until(() => sockets.counters.udpErrors === 1);
    socket.send(numbered(2), portOf(sockets), '127.0.0.1');
    await until(() => replies.length === 1);
  });

  it('replies after closing go nowhere', async () => {
    const replies: (() => void)[] = [];
    const sockets = await listen((octets, _client, reply) => replies.push(() => reply(octets)));
    const { socket } = await udpClient();
    socket.send(numbered(1), portOf(sockets), '127.0.0.1');
    const client = new TcpClient(closing, portOf(sockets));
    client.send(numbered(2));
    await until(() => replies.length === 2);
    sockets.close();
    sockets.close();
    for (const reply of replies) reply();
    await until(() => client.isGone);
    expect(time.pending).toBe(0);
  });
});

describe.each(drivers)('an address that cannot be had with $name', (driver) => {
  const listenOn = (address: string, port: number) => listenWith(driver, () => {}, { endpoints: [{ address, port }] });

  async function refusalOf(opening: Promise<unknown>): Promise<ListenError> {
    const error = await opening.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof ListenError)) throw new Error(`no ListenError: ${String(error)}`);
    return error;
  }

  // A port is drawn for one transport; a test beside this one may have it for the other.
  const otherPort = { retry: 3 };

  it('because another program has the UDP port', otherPort, async () => {
    const { port } = await udpServer(closing, () => {});
    const error = await refusalOf(listenOn('127.0.0.1', port));
    expect(error).toMatchObject({ transport: 'udp', address: '127.0.0.1', port, code: 'EADDRINUSE' });
    expect(error.message).toBe(`cannot listen on 127.0.0.1:${port} (UDP): the port is taken by another program`);
    expect(error.remedy).toContain(`ss -lpnu 'sport = :${port}'`);
  });

  it('because another program has the TCP port; the UDP port is given back', otherPort, async () => {
    const { port } = await tcpServer(closing, () => {});
    const error = await refusalOf(listenOn('127.0.0.1', port));
    expect(error).toMatchObject({ transport: 'tcp', address: '127.0.0.1', port, code: 'EADDRINUSE' });
    const again = closing.add(createSocket('udp4'));
    again.bind(port, '127.0.0.1');
    await once(again, 'listening');
  });

  it('because it is not an address of this machine', async () => {
    const error = await refusalOf(listenOn('192.0.2.53', 5300));
    expect(error).toMatchObject({ transport: 'tcp', address: '192.0.2.53', port: 5300, code: 'EADDRNOTAVAIL' });
    expect(error.remedy).toContain('incoming.listen');
  });

  const remedies = [
    { name: 'a port below 1024 without the capability', code: 'EACCES', port: 53, want: 'CAP_NET_BIND_SERVICE' },
    { name: 'a port that a policy forbids', code: 'EACCES', port: 5300, want: 'security policy' },
    { name: 'a kind of address that is switched off', code: 'EAFNOSUPPORT', port: 53, want: 'enable IPv6' },
    { name: 'whatever else', code: 'EFAULT', port: 53, want: 'incoming.listen' },
  ];
  for (const { name, code, port, want } of remedies) {
    it(`has a remedy for ${name}`, () => {
      const error = new ListenError('udp', '::1', port, Object.assign(new Error('bind'), { code }));
      expect(error.message).toContain(`[::1]:${port}`);
      expect(error.remedy).toContain(want);
    });
  }
});
