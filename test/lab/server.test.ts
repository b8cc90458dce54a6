import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type LabServer, type LabServerOptions, startLabServer } from '../../src/lab/server.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { readU16 } from '../../src/wire/reader.ts';
import { messageOf, queryOctets, sectionText, statusText } from '../support/message-text.ts';
import { sampleZone } from '../support/sample-zone.ts';

const zones = new ZoneSet([sampleZone()]);
const running: LabServer[] = [];

async function start(options: Partial<LabServerOptions> = {}): Promise<LabServer> {
  const server = await startLabServer({ address: '127.0.0.1', port: 0, zones, ...options });
  running.push(server);
  return server;
}

afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

function askUdp(server: LabServer, query: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4').unref();
    socket.once('error', reject);
    socket.once('message', (reply) => {
      socket.close();
      resolve(reply);
    });
    socket.send(query, server.port, server.address);
  });
}

/** Sends raw octets over one connection and waits for `count` messages. */
function askTcp(server: LabServer, chunks: readonly Uint8Array[], count: number): Promise<Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const replies: Uint8Array[] = [];
    let received = Buffer.alloc(0);
    const connection = connect(server.port, server.address, () => {
      for (const chunk of chunks) connection.write(chunk);
    });
    connection.once('error', reject);
    connection.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + readU16(received, 0)) {
        const end = 2 + readU16(received, 0);
        replies.push(Uint8Array.from(received.subarray(2, end)));
        received = received.subarray(end);
      }
      if (replies.length < count) return;
      connection.destroy();
      resolve(replies);
    });
  });
}

function framed(query: Uint8Array): Uint8Array {
  return Uint8Array.from([query.length >> 8, query.length & 0xff, ...query]);
}

describe('startLabServer', () => {
  test('answers over UDP', async () => {
    const server = await start();
    const message = messageOf(await askUdp(server, queryOctets('www.example.test. A')));
    expect(sectionText(message.answer)).toEqual(['www.example.test. A']);
    expect(server.queries).toBe(1);
  });

  test('answers several messages over one connection, however they are cut', async () => {
    const server = await start();
    const octets = [
      framed(queryOctets('big.example.test. TXT', { id: 1 })),
      framed(queryOctets('www.example.test. A', { id: 2 })),
    ];
    const all = Buffer.concat(octets);
    const replies = await askTcp(server, [all.subarray(0, 1), all.subarray(1, 40), all.subarray(40)], 2);
    expect(replies.map((reply) => messageOf(reply).header.id)).toEqual([1, 2]);
    expect(statusText(messageOf(replies[0]))).toBe('NOERROR qr aa');
  });

  test('replies can be delayed, dropped and changed', async () => {
    const server = await start({
      delayMs: 20,
      shouldDrop: (_, transport) => transport === 'udp',
      mutate: (reply) => {
        const changed = reply.slice();
        changed[3] = 2;
        return changed;
      },
    });
    const before = performance.now();
    await expect(Promise.race([askUdp(server, queryOctets('. A')), afterMs(60)])).resolves.toBe('nothing');
    expect(performance.now() - before).toBeGreaterThanOrEqual(50);
    const [reply] = await askTcp(server, [framed(queryOctets('www.example.test. A'))], 1);
    expect(statusText(messageOf(reply))).toContain('SERVFAIL');
  });

  test('an address in use is told', async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('octets that are no query do no harm', async () => {
    const server = await start();
    const socket = createSocket('udp4');
    socket.send(new Uint8Array(3), server.port, server.address, () => socket.close());
    const [reply] = await askTcp(server, [framed(new Uint8Array(12)), framed(queryOctets('www.example.test. A'))], 2);
    expect(statusText(messageOf(await askUdp(server, queryOctets('www.example.test. A'))))).toBe('NOERROR qr aa');
    expect((reply?.[3] ?? 0) & 0xf).toBe(1);
  });

  test('close can be called twice, and frees the port', async () => {
    const server = await start();
    await server.close();
    await server.close();
    const again = await start({ port: server.port });
    expect(again.port).toBe(server.port);
  });
});

function afterMs(delayMs: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('nothing'), delayMs));
}
