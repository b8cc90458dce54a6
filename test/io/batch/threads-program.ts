// A program with a batch driver of two threads, asked by many clients: prints what came of it.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { BatchDriver } from '../../../src/io/batch/batch-driver.ts';
import { Hit } from '../../../src/io/batch/hit-counters.ts';
import { newClientCounters } from '../../../src/io/client.ts';
import { CryptoRandom } from '../../../src/io/crypto-random.ts';
import { DgramSockets } from '../../../src/io/dgram/dgram-sockets.ts';
import { defaultSourcePorts } from '../../../src/io/dgram/source-ports.ts';
import { SystemClock } from '../../../src/io/system-clock.ts';

export interface ThreadsReport {
  readonly answered: number;
  readonly kept: number;
  readonly hits: readonly number[];
  readonly misses: readonly number[];
  readonly wipedHits: number;
  readonly lateMs: number;
  readonly stopMs: number;
  readonly faults: readonly string[];
}

const CLIENTS = 40;
const QUERIES = 10;

/** `argv`: the kept reply and its query, in hexadecimal. */
async function main(reply: Uint8Array, query: Uint8Array): Promise<ThreadsReport> {
  const random = new CryptoRandom();
  const faults: string[] = [];
  const driver = BatchDriver.create({
    clock: new SystemClock(),
    random,
    sourceAddresses: ['0.0.0.0'],
    sourcePorts: defaultSourcePorts,
    listeners: 1,
    threads: 2,
    beginThreadsAtHits: 0,
    cacheOctets: 1024 * 1024,
    maxReplyOctets: 4096,
    udpOctets: 1232,
    maxTtl: 300,
    maxNegativeTtl: 300,
    streams: new DgramSockets({ random }),
    onFault: (error) => faults.push(String(error)),
  });
  if (!(driver instanceof BatchDriver)) throw new Error(driver.missing);
  driver.start();
  const { local } = driver.listen('0.0.0.0', 0, (octets, _client, send) => send(octets), newClientCounters());
  driver.startThreads();
  driver.clients.add(Uint8Array.of(127, 0, 0, 1));
  driver.replies.store(reply, 0, 0);

  let answered = 0;
  let kept = 0;
  const sockets = await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const socket = createSocket('udp4');
      socket.on('message', (octets, { address }) => {
        if (address !== '127.0.0.9') faults.push(`a reply from ${address}`);
        answered++;
        if (octets.length === reply.length) kept++;
      });
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      return socket;
    }),
  );
  const other = query.slice();
  other[13] = 0x78;
  const ask = async (octets: Uint8Array): Promise<void> => {
    const before = answered;
    for (const socket of sockets) socket.send(octets, local.port, '127.0.0.9');
    while (answered < before + CLIENTS) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  // Until the second thread is ready, the main one reads its socket.
  await ask(query);
  while (driver.countByThread(Hit.HITS)[1] === 0) await ask(query);
  const hitsBefore = driver.countByThread(Hit.HITS);
  answered = 0;
  kept = 0;
  for (let count = 0; count < QUERIES; count++) await ask(count % 2 === 0 ? query : other);
  const hits = driver.countByThread(Hit.HITS).map((count, thread) => count - (hitsBefore[thread] ?? 0));
  const misses = driver.countByThread(Hit.MISSES);

  // What the main thread forgets or replaces, the other one no longer says.
  const before = driver.count(Hit.HITS);
  driver.replies.clear();
  await ask(query);
  const wipedHits = driver.count(Hit.HITS) - before;

  // And what it learns anew, the other one says.
  driver.replies.store(reply, 0, 0);
  const startedMs = performance.now();
  await ask(query);
  const lateMs = performance.now() - startedMs;

  for (const socket of sockets) socket.close();
  const stoppingMs = performance.now();
  driver.close();
  return { answered, kept, hits, misses, wipedHits, lateMs, stopMs: performance.now() - stoppingMs, faults };
}

const [reply = '', query = ''] = process.argv.slice(2).map((text) => Uint8Array.from(Buffer.from(text, 'hex')));
if (reply === '' || query === '') {
  // Makes the compiler take the file along that threads begin with.
  await import('../../../src/io/batch/client-thread-entry.ts');
} else {
  process.stdout.write(JSON.stringify(await main(reply, query)));
}
