// A program with a batch driver of two threads, asked by many clients: prints what came of it.
import { Hit } from '../../../src/io/batch/hit-counters.ts';
import { newClientCounters } from '../../../src/io/client.ts';
import { clientSockets, threadedDriver } from './threaded-driver.ts';

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
  const faults: string[] = [];
  const driver = threadedDriver({
    listeners: 1,
    beginThreadsAtHits: 0,
    onFault: (error) => faults.push(String(error)),
  });
  const { local } = driver.listen('0.0.0.0', 0, (octets, _client, send) => send(octets), newClientCounters());
  driver.startThreads();
  driver.clients.add(Uint8Array.of(127, 0, 0, 1));
  driver.replies.store(reply, 0, 0);

  let answered = 0;
  let kept = 0;
  const sockets = await clientSockets(CLIENTS, (octets, address) => {
    if (address !== '127.0.0.9') faults.push(`a reply from ${address}`);
    answered++;
    if (octets.length === reply.length) kept++;
  });
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
