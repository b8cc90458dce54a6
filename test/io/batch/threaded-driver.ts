// A batch driver of two threads, and clients of it: what programs that test threads have in common.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { BatchDriver } from '../../../src/io/batch/batch-driver.ts';
import { CryptoRandom } from '../../../src/io/crypto-random.ts';
import { DgramSockets } from '../../../src/io/dgram/dgram-sockets.ts';
import { defaultSourcePorts } from '../../../src/io/dgram/source-ports.ts';
import { SystemClock } from '../../../src/io/system-clock.ts';

export interface ThreadedDriverOptions {
  readonly listeners: number;
  readonly beginThreadsAtHits: number;
  readonly onFault: (error: unknown) => void;
}

/** A driver that has begun to wait. */
export function threadedDriver(options: ThreadedDriverOptions): BatchDriver {
  const random = new CryptoRandom();
  const driver = BatchDriver.create({
    ...options,
    clock: new SystemClock(),
    random,
    sourceAddresses: ['0.0.0.0'],
    sourcePorts: defaultSourcePorts,
    threads: 2,
    cacheOctets: 1024 * 1024,
    maxReplyOctets: 4096,
    udpOctets: 1232,
    maxTtl: 300,
    maxNegativeTtl: 300,
    streams: new DgramSockets({ random }),
  });
  if (!(driver instanceof BatchDriver)) throw new Error(driver.missing);
  driver.start();
  return driver;
}

/** Sockets on ports of their own. */
export async function clientSockets(
  count: number,
  onReply: (octets: Buffer, address: string, client: number) => void,
): Promise<Socket[]> {
  return await Promise.all(
    Array.from({ length: count }, async (_, client) => {
      const socket = createSocket('udp4');
      socket.on('message', (octets, { address }) => onReply(octets, address, client));
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      return socket;
    }),
  );
}
