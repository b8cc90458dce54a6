// A thread with client sockets of its own: it answers from the reply cache, which it shares with the main thread, and
// passes on what it cannot answer. It resolves nothing, and loads nothing that it does not need for that.
import { AllowedClients } from '../../fast-path/allowed-clients.ts';
import { ReplyCache, type ReplyCacheOptions } from '../../fast-path/reply-cache.ts';
import { ClientBatch, type MissHandler } from './client-batch.ts';
import { Hit, hitCounters } from './hit-counters.ts';
import { EPOLL_EVENT_DATA, EPOLL_EVENT_OCTETS, NativeMemory } from './layout.ts';
import { type Libc, loadLibc } from './libc.ts';
import { MissRing } from './miss-ring.ts';

const MAX_EVENTS = 64;
/** So often it looks whether it is to end, should nobody have told it. */
const LONGEST_WAIT_MS = 1_000;

/** Where things lie in the shared memory, and the descriptors. All of it can be sent to a thread. */
export interface ClientThreadStart {
  readonly buffer: SharedArrayBuffer;
  readonly base: number;
  /** Its epoll set, with its sockets and `wakeFd` in it. */
  readonly epoll: number;
  readonly wakeFd: number;
  /** Wakes the main thread. */
  readonly missesFd: number;
  /** An area of `THREAD_OCTETS`. */
  readonly area: number;
  readonly ring: number;
  /** Word that holds the cache-clock seconds; the main thread writes it. */
  readonly now: number;
  readonly clients: number;
  readonly hashSeed: number;
  readonly cache: Omit<ReplyCacheOptions, 'memory'>;
  readonly sockets: readonly ThreadSocket[];
}

export interface ThreadSocket {
  readonly fd: number;
  /** Of `ClientBatch`. */
  readonly area: number;
  /** Number of the listener that it belongs to. */
  readonly listener: number;
}

const LINE_OCTETS = 64;
/** Parts of a thread's area. */
const COUNTERS_AT = 0;
const STATE_AT = 128;
const EIGHT_OCTETS_AT = STATE_AT + LINE_OCTETS;
const EVENTS_AT = EIGHT_OCTETS_AT + LINE_OCTETS;

/** What a thread takes of the memory, beside its ring and its sockets' areas. */
export const THREAD_OCTETS = EVENTS_AT + MAX_EVENTS * EPOLL_EVENT_OCTETS;

/**
 * How far a thread has come; the word at `stateWord`. Ready, it waits until the main thread leaves the sockets to it.
 */
export const ThreadState = { STARTING: 0, READY: 1, RUNNING: 2, TO_END: 3, ENDED: 4 } as const;

/** Index of the word that holds a thread's state. */
export function stateWord(area: number): number {
  return (area + STATE_AT) >> 2;
}

/** The numbers that a thread counts. */
export function threadCounters(memory: NativeMemory, area: number): Float64Array {
  return hitCounters(memory, area + COUNTERS_AT);
}

/** Adds one to an eventfd; `scratch` has room for eight octets. */
export function signal(libc: Libc, memory: NativeMemory, fd: number, scratch: number): void {
  memory.setLength(scratch, 1);
  libc.write(fd, memory.base + scratch, 8);
}

/** Serves until it is told to end. */
export function runClientThread(start: ClientThreadStart): void {
  const libc = loadLibc();
  if ('missing' in libc) throw new Error(libc.missing);
  const memory = new NativeMemory(start.buffer, start.base);
  const { words } = memory;
  const state = stateWord(start.area);
  // Told to end before it began, it touches nothing: the memory may be somebody else's by now.
  if (Atomics.compareExchange(words, state, ThreadState.STARTING, ThreadState.READY) !== ThreadState.STARTING) return;
  signal(libc, memory, start.missesFd, start.area + EIGHT_OCTETS_AT);
  Atomics.wait(words, state, ThreadState.READY);
  if (Atomics.load(words, state) === ThreadState.RUNNING) serve(start, libc, memory);
  // From here on it touches nothing.
  Atomics.store(words, state, ThreadState.ENDED);
  Atomics.notify(words, state);
}

function serve(start: ClientThreadStart, libc: Libc, memory: NativeMemory): void {
  const batches = makeBatches(start, libc, memory);
  const state = stateWord(start.area);
  const events = start.area + EVENTS_AT;
  while (Atomics.load(memory.words, state) === ThreadState.RUNNING) {
    const count = libc.epollWait(start.epoll, memory.base + events, MAX_EVENTS, LONGEST_WAIT_MS);
    for (let index = 0; index < count; index++) {
      batches[memory.word(events + index * EPOLL_EVENT_OCTETS + EPOLL_EVENT_DATA)]?.onReadable();
    }
  }
}

/** As a global it is a getter that looks for itself each time. */
const { performance } = globalThis;

/**
 * Seconds that another thread writes into a word, counted on while it is too busy to do so: what ends meanwhile must not
 * be given out. `monotonicMs` is this thread's own clock.
 */
export function followedSeconds(
  words: Int32Array,
  word: number,
  monotonicMs: () => number = () => performance.now(),
): () => number {
  let written = Atomics.load(words, word);
  let sinceMs = monotonicMs();
  return () => {
    const seconds = Atomics.load(words, word);
    const nowMs = monotonicMs();
    if (seconds !== written) {
      written = seconds;
      sinceMs = nowMs;
    }
    return seconds + Math.floor((nowMs - sinceMs) / 1000);
  };
}

/** One for each socket, by descriptor. */
function makeBatches(start: ClientThreadStart, libc: Libc, memory: NativeMemory): (ClientBatch | undefined)[] {
  const { hashSeed, sockets } = start;
  const cache = new ReplyCache({ ...start.cache, memory: memory.octets });
  const clients = new AllowedClients(memory.octets, start.clients, hashSeed);
  const counters = threadCounters(memory, start.area);
  const ring = new MissRing(memory, start.ring);
  const now = followedSeconds(memory.words, start.now);
  const batches: (ClientBatch | undefined)[] = [];
  for (const { fd, area, listener } of sockets) {
    const misses: MissHandler = {
      onMiss: (query, length, address, control, controlOctets) => {
        if (ring.push(listener, query, length, address, control, controlOctets)) return;
        counters[Hit.OVERFLOWS] = (counters[Hit.OVERFLOWS] ?? 0) + 1;
      },
      onBatchEnd: () => signal(libc, memory, start.missesFd, start.area + EIGHT_OCTETS_AT),
    };
    const onFault = (error: unknown): never => {
      throw error;
    };
    batches[fd] = new ClientBatch({ libc, memory, area, fd, cache, clients, hashSeed, now, counters, misses, onFault });
  }
  return batches;
}
