import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatagramEvents, SocketFailure } from '../../src/ports/sockets.ts';
import { drivers } from './drivers.ts';
import { Closing, loopbackServer, turns, udpServer, until } from './loopback.ts';

let closing: Closing;

beforeEach(() => {
  closing = new Closing();
});

afterEach(() => closing.all());

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

const echo = (
  socket: { send: (...args: [Buffer, number, string]) => void },
  octets: Buffer,
  from: { port: number; address: string },
) => socket.send(octets, from.port, from.address);

describe.each(drivers)('a connected datagram socket of $name', (driver) => {
  for (const address of ['127.0.0.1', '::1']) {
    it(`brings a datagram to ${address} and back, as octets of the receiver's own`, async () => {
      const { port } = await udpServer(closing, echo, address);
      const heard = new Heard();
      const flow = closing.add(driver.sockets(closing).openDatagram(loopbackServer(port, address), heard));
      flow.send(Uint8Array.of(1, 2, 3));
      await until(() => heard.datagrams.length > 0);
      const [octets] = heard.datagrams;
      expect(octets).toEqual(Uint8Array.of(1, 2, 3));
      // A Buffer would make views where copies are expected.
      expect(octets).not.toBeInstanceOf(Buffer);
      expect(octets?.buffer.byteLength).toBe(3);
    });
  }

  it('hears nobody but its peer (SECURITY A-04)', async () => {
    const heard = new Heard();
    const forger = createSocket('udp4');
    forger.bind(0, '127.0.0.1');
    await once(forger, 'listening');
    closing.add(forger);
    const { port } = await udpServer(closing, (socket, octets, from) => {
      forger.send(Uint8Array.of(66), from.port, from.address, () => echo(socket, octets, from));
    });
    closing.add(driver.sockets(closing).openDatagram(loopbackServer(port), heard)).send(Uint8Array.of(1));
    await until(() => heard.datagrams.length > 0);
    await turns();
    expect(heard.datagrams).toEqual([Uint8Array.of(1)]);
  });

  it('leaves from a port of its own each time, over the whole range', async () => {
    const ports: number[] = [];
    const { port } = await udpServer(closing, (_socket, _octets, from) => ports.push(from.port));
    const sockets = driver.sockets(closing);
    for (let count = 0; count < 200; count++) {
      closing.add(sockets.openDatagram(loopbackServer(port), new Heard())).send(Uint8Array.of(count));
    }
    await until(() => ports.length === 200);
    expect(new Set(ports).size).toBe(200);
    // The kernel's own choice would stay within 32768 to 60999.
    expect(ports.some((source) => source < 32_768)).toBe(true);
    expect(ports.some((source) => source > 60_999)).toBe(true);
    expect(ports.every((source) => source >= 1024)).toBe(true);
  });

  it('takes another port when the first is taken, and in the end any', async () => {
    const taken = await udpServer(closing, () => {}, '0.0.0.0');
    const ports: number[] = [];
    const { port } = await udpServer(closing, (_socket, _octets, from) => ports.push(from.port));
    const sockets = driver.sockets(closing, { sourcePorts: { min: taken.port, max: taken.port, avoid: [] } });
    closing.add(sockets.openDatagram(loopbackServer(port), new Heard())).send(Uint8Array.of(1));
    await until(() => ports.length === 1);
    expect(ports[0]).not.toBe(taken.port);
  });

  it('reports a closed port as connection-refused, once, and not within a call', async () => {
    const { socket, port } = await udpServer(closing, () => {});
    const closed = once(socket, 'close');
    socket.close();
    await closed;
    closing = new Closing();
    const heard = new Heard();
    const flow = closing.add(driver.sockets(closing).openDatagram(loopbackServer(port), heard));
    flow.send(Uint8Array.of(1));
    flow.send(Uint8Array.of(1));
    expect(heard.failures).toEqual([]);
    await until(() => heard.failures.length > 0);
    await turns();
    expect(heard.failures).toEqual(['connection-refused']);
    flow.send(Uint8Array.of(1));
  });

  const failures: { name: string; given: string[]; address: string; port: number; want: SocketFailure }[] = [
    { name: 'a family without a source address', given: ['127.0.0.1'], address: '::1', port: 53, want: 'unreachable' },
    { name: 'the other family without one', given: ['::'], address: '127.0.0.1', port: 53, want: 'unreachable' },
    {
      name: 'a source address that is not ours',
      given: ['192.0.2.77'],
      address: '127.0.0.1',
      port: 53,
      want: 'no-socket',
    },
    { name: 'port 0', given: ['0.0.0.0'], address: '127.0.0.1', port: 0, want: 'unreachable' },
    { name: 'text that is no address', given: ['0.0.0.0'], address: 'ns.example', port: 53, want: 'unreachable' },
    { name: 'the broadcast address', given: ['0.0.0.0'], address: '255.255.255.255', port: 53, want: 'unreachable' },
  ];
  for (const { name, given, address, port, want } of failures) {
    it(`reports ${name} as ${want}, later`, async () => {
      const heard = new Heard();
      const flow = driver
        .sockets(closing, { sourceAddresses: given })
        .openDatagram(loopbackServer(port, address), heard);
      flow.send(Uint8Array.of(1));
      expect(heard.failures).toEqual([]);
      await until(() => heard.failures.length > 0);
      await turns();
      expect(heard.failures).toEqual([want]);
      flow.close();
    });
  }

  it('says nothing once closed', async () => {
    const { port } = await udpServer(closing, echo);
    const heard = new Heard();
    const flow = driver.sockets(closing).openDatagram(loopbackServer(port), heard);
    flow.send(Uint8Array.of(1));
    flow.close();
    flow.close();
    flow.send(Uint8Array.of(1));
    await turns();
    expect(heard).toEqual(new Heard());
  });

  it('leaves from one of the source addresses', async () => {
    const sources: string[] = [];
    const { port } = await udpServer(closing, (_socket, _octets, from) => sources.push(from.address));
    const sockets = driver.sockets(closing, { sourceAddresses: ['127.0.0.1', '127.0.0.1', '::'] });
    closing.add(sockets.openDatagram(loopbackServer(port), new Heard())).send(Uint8Array.of(1));
    await until(() => sources.length === 1);
    expect(sources).toEqual(['127.0.0.1']);
  });
});
