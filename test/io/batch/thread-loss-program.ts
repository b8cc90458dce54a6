// A program with a batch driver of two threads, of which the second one does not come or does not stay: prints who was
// answered. `argv`: what happens to it.
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import type * as Threads from 'node:worker_threads';
import { Hit } from '../../../src/io/batch/hit-counters.ts';
import { newClientCounters } from '../../../src/io/client.ts';
import { clientSockets, threadedDriver } from './threaded-driver.ts';

export interface LossReport {
  /** Clients answered before and after what happens, of `CLIENTS`. */
  readonly before: number;
  readonly after: number;
  /** The second thread has answered some of them. */
  readonly began: boolean;
  readonly stopMs: number;
  readonly faults: readonly string[];
}

const CLIENTS = 32;
const TRIES = 50;
const SETTLE_MS = 300;
/** a. TXT, and a reply to it. */
const QUERY = Uint8Array.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x61, 0, 0, 16, 0, 1]);
const REPLY = Uint8Array.from([...QUERY, 0xc0, 12, 0, 16, 0, 1, 0, 0, 1, 44, 0, 2, 1, 65]);
REPLY.set([0x81, 0x80], 2);
REPLY[7] = 1;

async function main(what: string): Promise<LossReport> {
  const threads: typeof Threads = createRequire(import.meta.url)('node:worker_threads');
  const { Worker } = threads;
  const workers: Threads.Worker[] = [];
  threads.Worker = class extends Worker {
    constructor(...options: ConstructorParameters<typeof Worker>) {
      if (what === 'is refused') throw new Error('no more threads');
      super(...options);
      workers.push(this);
    }
  };
  syncBuiltinESMExports();

  const faults: string[] = [];
  const driver = threadedDriver({
    listeners: 2,
    beginThreadsAtHits: 1,
    onFault: (error) => faults.push(String(error)),
  });
  const { local } = driver.listen('127.0.0.1', 0, (octets, _client, send) => send(octets), newClientCounters());
  const other = driver.listen('127.0.0.1', 0, () => {}, newClientCounters());
  driver.startThreads();
  driver.clients.add(Uint8Array.of(127, 0, 0, 1));
  driver.replies.store(REPLY, 0, 0);

  let answered = new Set<number>();
  const sockets = await clientSockets(CLIENTS, (_octets, _address, client) => answered.add(client));
  const ask = async (): Promise<number> => {
    answered = new Set();
    for (const socket of sockets) socket.send(QUERY, local.port, '127.0.0.1');
    const endMs = performance.now() + 5_000;
    while (answered.size < CLIENTS && performance.now() < endMs) await setTimeout(1);
    return answered.size;
  };
  const hasBegun = (): boolean => (driver.countByThread(Hit.HITS)[1] ?? 0) > 0;
  // It begins a second after the first of these.
  for (let time = 0; time < TRIES && !hasBegun() && faults.length === 0; time++) {
    await ask();
    await setTimeout(SETTLE_MS);
  }
  const began = hasBegun();
  const before = await ask();
  if (what === 'dies') for (const worker of workers) await worker.terminate();
  if (what === 'ends with another listener') other.close();
  await setTimeout(SETTLE_MS);
  const after = await ask();
  for (const socket of sockets) socket.close();
  const startedMs = performance.now();
  driver.close();
  return { before, after, began, stopMs: performance.now() - startedMs, faults };
}

const [what = ''] = process.argv.slice(2);
if (what === '') {
  // Makes the compiler take the file along that threads begin with.
  await import('../../../src/io/batch/client-thread-entry.ts');
} else {
  process.stdout.write(JSON.stringify(await main(what)));
}
