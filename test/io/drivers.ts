// Both ways in which packets come and go, for tests that hold for either.
import { BatchDriver, type BatchDriverOptions } from '../../src/io/batch/batch-driver.ts';
import { loadLibc } from '../../src/io/batch/libc.ts';
import type { OpenDatagrams } from '../../src/io/client.ts';
import { CryptoRandom } from '../../src/io/crypto-random.ts';
import { DgramSockets, type DgramSocketsOptions } from '../../src/io/dgram/dgram-sockets.ts';
import { defaultSourcePorts } from '../../src/io/dgram/source-ports.ts';
import { ANY_SOURCE_ADDRESS } from '../../src/io/source-addresses.ts';
import { SystemClock } from '../../src/io/system-clock.ts';
import type { UpstreamSockets } from '../../src/ports/sockets.ts';
import type { Closing } from './loopback.ts';

const random = new CryptoRandom();

export interface Driver {
  readonly name: string;
  /** Sockets towards servers. */
  sockets(closing: Closing, options?: Partial<DgramSocketsOptions>): UpstreamSockets;
  /** How it listens for clients; undefined: as `ClientSockets` does by itself. */
  listening(closing: Closing): OpenDatagrams | undefined;
}

const dgram: Driver = {
  name: 'node:dgram',
  sockets: (_closing, options) => new DgramSockets({ random, ...options }),
  listening: () => undefined,
};

/** A batch driver that runs in this thread, beside the test. */
export function batchDriver(closing: Closing, changes: Partial<BatchDriverOptions> = {}): BatchDriver {
  const driver = BatchDriver.create({
    clock: new SystemClock(),
    random,
    sourceAddresses: ANY_SOURCE_ADDRESS,
    sourcePorts: defaultSourcePorts,
    listeners: 2,
    threads: 1,
    cacheOctets: 1024 * 1024,
    maxReplyOctets: 4096,
    udpOctets: 1232,
    maxTtl: 86_400,
    maxNegativeTtl: 3600,
    streams: new DgramSockets({ random }),
    onFault: (error) => {
      throw error;
    },
    ...changes,
  });
  if (!(driver instanceof BatchDriver)) throw new Error(driver.missing);
  closing.add(driver);
  driver.start();
  return driver;
}

const batch: Driver = {
  name: 'batches of system calls',
  sockets: (closing, { sourceAddresses, sourcePorts } = {}) =>
    batchDriver(closing, {
      ...(sourceAddresses !== undefined && { sourceAddresses }),
      ...(sourcePorts !== undefined && { sourcePorts }),
    }),
  listening: (closing) => {
    const driver = batchDriver(closing);
    return (address, port, onQuery, counters) => driver.listen(address, port, onQuery, counters);
  },
};

/** Whether the batch driver can be had here. */
export const hasBatchDriver = !('missing' in loadLibc());

export const drivers: readonly Driver[] = hasBatchDriver ? [dgram, batch] : [dgram];
