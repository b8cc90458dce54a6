import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CryptoRandom } from '../../src/io/crypto-random.ts';
import { DgramSockets } from '../../src/io/dgram/dgram-sockets.ts';
import { framed } from '../../src/io/stream-framing.ts';
import type { SocketFailure, StreamEvents } from '../../src/ports/sockets.ts';
import { Closing, loopbackServer, tcpServer, turns, until } from './loopback.ts';

const random = new CryptoRandom();
let closing: Closing;

beforeEach(() => {
  closing = new Closing();
});

afterEach(() => closing.all());

class Heard implements StreamEvents {
  readonly events: string[] = [];
  readonly messages: Uint8Array[] = [];
  onEachMessage: () => void = () => {};

  onConnect(): void {
    this.events.push('connect');
  }

  onMessage(octets: Uint8Array): void {
    this.messages.push(octets);
    this.onEachMessage();
  }

  onFailure(failure: SocketFailure): void {
    this.events.push(failure);
  }
}

function open(port: number, heard: Heard, address = '127.0.0.1', sourceAddresses?: string[]) {
  const sockets = new DgramSockets({ random, ...(sourceAddresses === undefined ? {} : { sourceAddresses }) });
  return closing.add(sockets.openStream(loopbackServer(port, address), heard));
}

describe('a stream to a server', () => {
  it('carries messages both ways, sent before it stands', async () => {
    const { port } = await tcpServer(closing, (socket) => socket.pipe(socket));
    const heard = new Heard();
    const flow = open(port, heard);
    flow.send(Uint8Array.of(1, 2, 3));
    flow.send(new Uint8Array(65_535).fill(7));
    expect(heard.events).toEqual([]);
    await until(() => heard.messages.length === 2);
    expect(heard.events).toEqual(['connect']);
    expect(heard.messages[0]).toEqual(Uint8Array.of(1, 2, 3));
    expect(heard.messages[0]).not.toBeInstanceOf(Buffer);
    expect(heard.messages[1]?.length).toBe(65_535);
  });

  it('puts messages together that come in pieces', async () => {
    const peers: Socket[] = [];
    const { port } = await tcpServer(closing, (socket) => peers.push(socket.setNoDelay(true)));
    const heard = new Heard();
    open(port, heard);
    await until(() => peers.length === 1);
    for (const octet of framed(Uint8Array.of(9, 8, 7))) {
      peers[0]?.write(Uint8Array.of(octet));
      await turns(2);
    }
    await until(() => heard.messages.length === 1);
    expect(heard.messages).toEqual([Uint8Array.of(9, 8, 7)]);
  });

  it('reports the end of the connection as closed, once', async () => {
    const { port } = await tcpServer(closing, (socket) => socket.end());
    const heard = new Heard();
    open(port, heard);
    await until(() => heard.events.length === 2);
    await turns();
    expect(heard.events).toEqual(['connect', 'closed']);
  });

  it('reports a reset as closed', async () => {
    const { port } = await tcpServer(closing, (socket) => socket.resetAndDestroy());
    const heard = new Heard();
    open(port, heard);
    await until(() => heard.events.at(-1) === 'closed');
  });

  it('reports a closed port as connection-refused', async () => {
    const { server, port } = await tcpServer(closing, () => {});
    const closed = once(server, 'close');
    server.close();
    await closed;
    closing = new Closing();
    const heard = new Heard();
    open(port, heard);
    await until(() => heard.events.length === 1);
    expect(heard.events).toEqual(['connection-refused']);
  });

  const failures: { name: string; address: string; port: number; sources: string[]; want: SocketFailure }[] = [
    { name: 'a family without a source address', address: '::1', port: 53, sources: ['0.0.0.0'], want: 'unreachable' },
    {
      name: 'a source address that is not ours',
      address: '127.0.0.1',
      port: 9,
      sources: ['192.0.2.77'],
      want: 'no-socket',
    },
    { name: 'a port that is none', address: '127.0.0.1', port: 70_000, sources: ['0.0.0.0'], want: 'unreachable' },
  ];
  for (const { name, address, port, sources, want } of failures) {
    it(`reports ${name} as ${want}, later`, async () => {
      const heard = new Heard();
      open(port, heard, address, sources).send(Uint8Array.of(1));
      expect(heard.events).toEqual([]);
      await until(() => heard.events.length === 1);
      expect(heard.events).toEqual([want]);
    });
  }

  it('says nothing once closed, not even the rest of a chunk', async () => {
    const both = Buffer.concat([framed(Uint8Array.of(1)), framed(Uint8Array.of(2))]);
    const { port } = await tcpServer(closing, (socket) => socket.end(both));
    const heard = new Heard();
    const flow = open(port, heard);
    heard.onEachMessage = () => flow.close();
    await until(() => heard.messages.length > 0);
    await turns();
    expect(heard.messages.length).toBe(1);
    expect(heard.events).toEqual(['connect']);
    flow.send(Uint8Array.of(1));
  });
});
