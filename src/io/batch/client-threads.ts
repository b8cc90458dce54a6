// The threads beside the main one. Their sockets are there from the beginning, and the main thread reads them until there
// is enough to do for more than one: a thread costs some ten megabytes. They end before the first socket is closed.
import { Worker } from 'node:worker_threads';
import type { ReplyCacheOptions } from '../../fast-path/reply-cache.ts';
import {
  type ClientThreadStart,
  signal,
  stateWord,
  THREAD_OCTETS,
  type ThreadSocket,
  ThreadState,
  threadCounters,
} from './client-thread.ts';
import {
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_EVENT_DATA,
  EPOLLIN,
  type NativeMemory,
} from './layout.ts';
import type { Libc } from './libc.ts';
import { MissRing, type TakeMiss } from './miss-ring.ts';
import type { Reactor, Reader } from './reactor.ts';

/** Queries of one thread taken before others get their turn. */
const MAX_MISSES = 64;
/** A thread ends within one batch; longer than this nobody waits for it. */
const END_MS = 500;
/** Small: a thread makes next to no objects. */
const HEAP = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 16 };

export interface ClientThreadsOptions {
  readonly libc: Libc;
  readonly memory: NativeMemory;
  readonly reactor: Reactor;
  /** Threads beside the main one. */
  readonly count: number;
  readonly clients: number;
  readonly hashSeed: number;
  readonly cache: Omit<ReplyCacheOptions, 'memory'>;
  readonly cacheSeconds: () => number;
  /** Queries that the main thread has answered from the cache. */
  readonly hits: () => number;
  /** Threads begin when there were so many of them in a second; 0: at once. */
  readonly beginAtHits: number;
  /** Takes a query that a thread could not answer. */
  readonly onMiss: TakeMiss;
  /** A thread has loaded all that it needs: the main one reads its sockets no longer. */
  readonly onReady: (sockets: readonly ThreadSocket[]) => void;
  /** A thread is gone before its time: the main one has to read its sockets again. */
  readonly onLost: (sockets: readonly ThreadSocket[]) => void;
  readonly onFault: (error: unknown) => void;
}

interface ClientThread {
  readonly epoll: number;
  readonly wakeFd: number;
  readonly missesFd: number;
  readonly area: number;
  readonly ring: number;
  readonly sockets: ThreadSocket[];
  /** It reads its sockets. */
  isServing: boolean;
}

export class ClientThreads {
  /** What one thread takes of the memory, sockets not included. */
  static readonly octets = THREAD_OCTETS + MissRing.octets + 3 * 64;
  private readonly options: ClientThreadsOptions;
  private readonly threads: ClientThread[] = [];
  private readonly now: number;
  private readonly scratch: number;
  private state: 'new' | 'waiting' | 'running' | 'ended' = 'new';
  private second = 0;
  private hitsBefore = 0;

  constructor(options: ClientThreadsOptions) {
    const { memory, reactor } = options;
    this.options = options;
    this.now = memory.take(4) >> 2;
    this.scratch = memory.take(16);
    for (let index = 0; index < options.count; index++) this.threads.push(this.prepare());
    if (options.count > 0) reactor.everyRound(() => this.everyRound());
  }

  /** Numbers of each thread, by `Hit`. */
  get counters(): Float64Array[] {
    return this.threads.map(({ area }) => threadCounters(this.options.memory, area));
  }

  get count(): number {
    return this.threads.length;
  }

  /** Gives the socket to a thread, which reads it once it is ready. */
  addSocket(thread: number, socket: ThreadSocket): boolean {
    const owner = this.threads[thread];
    if (owner === undefined || this.state !== 'new' || !this.watch(owner.epoll, socket.fd)) return false;
    owner.sockets.push(socket);
    return true;
  }

  /** Takes back the sockets of a listener before they are closed; ends the threads for good when they may have begun. */
  removeListener(listener: number): void {
    this.stop();
    for (const thread of this.threads) {
      const { sockets } = thread;
      const index = sockets.findIndex((socket) => socket.listener === listener);
      if (index >= 0) sockets.splice(index, 1);
      this.takeBack(thread);
    }
  }

  /** All sockets are there: threads may begin. Once ended, they do not begin again. */
  start(): void {
    if (this.state !== 'new' || this.threads.length === 0) return;
    this.state = 'waiting';
    if (this.options.beginAtHits === 0) this.run();
  }

  /** Ends all threads, and waits until none of them touches anything any more. */
  readonly stop = (): void => {
    if (this.state === 'new') return;
    const wasRunning = this.state === 'running';
    this.state = 'ended';
    if (!wasRunning) return;
    process.off('exit', this.stop);
    const { libc, memory } = this.options;
    const { words } = memory;
    for (const { area, wakeFd } of this.threads) {
      const word = stateWord(area);
      Atomics.compareExchange(words, word, ThreadState.STARTING, ThreadState.ENDED);
      // Ready, it may be about to say so.
      for (const state of [ThreadState.READY, ThreadState.RUNNING]) {
        Atomics.compareExchange(words, word, state, ThreadState.TO_END);
      }
      Atomics.notify(words, word);
      signal(libc, memory, wakeFd, this.scratch);
    }
    for (const { area } of this.threads) Atomics.wait(words, stateWord(area), ThreadState.TO_END, END_MS);
  };

  close(): void {
    this.stop();
    const { libc, reactor } = this.options;
    for (const { epoll, wakeFd, missesFd } of this.threads) {
      reactor.remove(missesFd);
      for (const fd of [epoll, wakeFd, missesFd]) libc.close(fd);
    }
    this.threads.length = 0;
  }

  private prepare(): ClientThread {
    const { libc, memory, reactor } = this.options;
    const epoll = libc.epollCreate(EPOLL_CLOEXEC);
    const wakeFd = libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    const missesFd = libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    const area = memory.take(THREAD_OCTETS);
    const ring = memory.take(MissRing.octets);
    const thread: ClientThread = { epoll, wakeFd, missesFd, area, ring, sockets: [], isServing: false };
    const misses = new MissReader(this.options, missesFd, new MissRing(memory, ring), this.scratch);
    const reader: Reader = {
      onReadable: () => {
        this.handOver(thread);
        misses.onReadable();
      },
    };
    if (epoll < 0 || wakeFd < 0 || !this.watch(epoll, wakeFd) || !reactor.add(missesFd, reader)) {
      throw new Error(`a thread's descriptors: error ${libc.errno()}`);
    }
    return thread;
  }

  private watch(epoll: number, fd: number): boolean {
    const { libc, memory } = this.options;
    memory.setWord(this.scratch, EPOLLIN);
    memory.setWord(this.scratch + EPOLL_EVENT_DATA, fd);
    memory.setWord(this.scratch + EPOLL_EVENT_DATA + 4, 0);
    return libc.epollCtl(epoll, EPOLL_CTL_ADD, fd, memory.base + this.scratch) === 0;
  }

  private startThread(thread: ClientThread): void {
    const { libc, memory, clients, hashSeed, cache, onFault } = this.options;
    const { epoll, wakeFd, missesFd, area, ring, sockets } = thread;
    const workerData: ClientThreadStart = {
      buffer: memory.buffer,
      base: memory.base,
      epoll,
      wakeFd,
      missesFd,
      area,
      ring,
      now: this.now,
      clients,
      hashSeed,
      cache,
      sockets,
    };
    const worker = makeWorker(workerData, onFault);
    worker?.on('error', onFault);
    worker?.on('exit', () => {
      if (this.state === 'ended') return;
      Atomics.store(memory.words, stateWord(area), ThreadState.ENDED);
      // What it has left in its ring.
      signal(libc, memory, missesFd, this.scratch);
      this.takeBack(thread);
    });
    this.options.reactor.wantTurn();
  }

  /** The main thread reads the sockets of a thread that has ended; of one that hangs it must not. */
  private takeBack(thread: ClientThread): void {
    const hasEnded = Atomics.load(this.options.memory.words, stateWord(thread.area)) === ThreadState.ENDED;
    if (!thread.isServing || !hasEnded) return;
    thread.isServing = false;
    this.options.onLost(thread.sockets);
  }

  /** Leaves its sockets to a thread that says that it is ready; until then the main one has read them. */
  private handOver(thread: ClientThread): void {
    const { words } = this.options.memory;
    const word = stateWord(thread.area);
    if (thread.isServing || this.state !== 'running' || Atomics.load(words, word) !== ThreadState.READY) return;
    thread.isServing = true;
    this.options.onReady(thread.sockets);
    Atomics.store(words, word, ThreadState.RUNNING);
    Atomics.notify(words, word);
  }

  private run(): void {
    this.state = 'running';
    process.on('exit', this.stop);
    for (const thread of this.threads) this.startThread(thread);
  }

  private everyRound(): void {
    const second = this.options.cacheSeconds();
    Atomics.store(this.options.memory.words, this.now, second);
    if (this.state !== 'waiting' || second === this.second) return;
    const hits = this.options.hits();
    // After a second without a round the number says nothing about one.
    if (second === this.second + 1 && hits - this.hitsBefore >= this.options.beginAtHits) this.run();
    this.second = second;
    this.hitsBefore = hits;
  }
}

/** Undefined where the system gives no more threads: the main one goes on reading the sockets. */
function makeWorker(workerData: ClientThreadStart, onFault: (error: unknown) => void): Worker | undefined {
  try {
    return new Worker(new URL('./client-thread-entry.js', import.meta.url), {
      workerData,
      execArgv: [],
      resourceLimits: HEAP,
    });
  } catch (error) {
    onFault(error);
    return undefined;
  }
}

/** Hands over what stands in a thread's ring. */
class MissReader implements Reader {
  private readonly options: ClientThreadsOptions;
  private readonly fd: number;
  private readonly ring: MissRing;
  private readonly scratch: number;

  constructor(options: ClientThreadsOptions, fd: number, ring: MissRing, scratch: number) {
    this.options = options;
    this.fd = fd;
    this.ring = ring;
    this.scratch = scratch;
  }

  onReadable(): void {
    const { libc, memory, onMiss, onFault } = this.options;
    libc.read(this.fd, memory.base + this.scratch, 8);
    let isMore = true;
    try {
      isMore = this.ring.drain(MAX_MISSES, onMiss);
    } catch (error) {
      onFault(error);
    }
    if (isMore) signal(libc, memory, this.fd, this.scratch);
  }
}
