// Waits for everything at once: our own sockets, our own deadlines, and libuv, whose descriptor stands in the same epoll
// set. libuv turns only when it has something to do; as long as it has not, queries come and go within one call.
//
// What runs in here must not leave work to the end of a turn (`process.nextTick`, promises) or hand sockets to libuv
// without `wantTurn`: neither is looked at before the next turn.
import type { Clock } from '../../ports/clock.ts';
import type { Timer, Timers } from '../../ports/timers.ts';
import { DeadlineQueue } from '../deadline-queue.ts';
import {
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_EVENT_DATA,
  EPOLL_EVENT_OCTETS,
  EPOLLIN,
  type NativeMemory,
} from './layout.ts';
import type { Libc } from './libc.ts';

/** Events taken from the kernel at once. */
const MAX_EVENTS = 256;
/** Timers of libraries are known to libuv alone: none is ever later than this. */
const LONGEST_WAIT_MS = 100;
/** Rounds without libuv, so that it cannot starve whatever the load. */
const MAX_ROUNDS = 64;

export class Reactor implements Timers {
  private readonly libc: Libc;
  private readonly memory: NativeMemory;
  private readonly clock: Pick<Clock, 'monotonicMs'>;
  private readonly deadlines = new DeadlineQueue();
  private readonly epoll: number;
  private readonly event: number;
  private readonly events: number;
  /** By descriptor. */
  private readonly readers: (Reader | undefined)[] = [];
  private readonly afterRound: (() => void)[] = [];
  private readonly onFault: (error: unknown) => void;
  private turnWanted = false;
  private closed = false;

  /** `onFault` hears what a reader or deadline throws; the loop goes on. */
  constructor(libc: Libc, memory: NativeMemory, clock: Pick<Clock, 'monotonicMs'>, onFault: (error: unknown) => void) {
    this.libc = libc;
    this.memory = memory;
    this.clock = clock;
    this.onFault = onFault;
    this.event = memory.take(EPOLL_EVENT_OCTETS);
    this.events = memory.take(MAX_EVENTS * EPOLL_EVENT_OCTETS);
    this.epoll = libc.epollCreate(EPOLL_CLOEXEC);
    const loop = libc.mainLoopFd();
    if (this.epoll < 0 || loop < 0) throw new Error(`epoll: error ${libc.errno()}`);
    this.add(loop, { onReadable: () => this.wantTurn() });
  }

  /** Calls the reader whenever the descriptor has something to read. */
  add(fd: number, reader: Reader): boolean {
    const { memory, event } = this;
    memory.setWord(event, EPOLLIN);
    memory.setWord(event + EPOLL_EVENT_DATA, fd);
    memory.setWord(event + EPOLL_EVENT_DATA + 4, 0);
    if (this.libc.epollCtl(this.epoll, EPOLL_CTL_ADD, fd, memory.base + event) !== 0) return false;
    this.readers[fd] = reader;
    return true;
  }

  /** Before the descriptor is closed. */
  remove(fd: number): void {
    if (this.readers[fd] === undefined) return;
    this.readers[fd] = undefined;
    this.libc.epollCtl(this.epoll, EPOLL_CTL_DEL, fd, this.memory.base + this.event);
  }

  /** Calls `flush` at the end of every round: replies leave together. */
  everyRound(flush: () => void): void {
    this.afterRound.push(flush);
  }

  at(atMs: number, wake: () => void): Timer {
    return this.deadlines.at(atMs, wake);
  }

  /** libuv has to turn soon: it was given something that it does not know yet. */
  wantTurn(): void {
    this.turnWanted = true;
  }

  start(): void {
    setImmediate(this.turn);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.libc.close(this.epoll);
  }

  private readonly turn = (): void => {
    if (this.closed) return;
    this.turnWanted = false;
    // What the turn of libuv has left behind goes first.
    this.flush();
    for (let round = 0; round < MAX_ROUNDS && !this.turnWanted && !this.closed; round++) this.round();
    if (!this.closed) setImmediate(this.turn);
  };

  private round(): void {
    const { libc, memory, events } = this;
    const count = libc.epollWait(this.epoll, memory.base + events, MAX_EVENTS, this.waitMs());
    // Deadlines are measured before the sockets are read, so that what has arrived in time is not declared lost.
    const dueMs = this.clock.monotonicMs();
    if (count <= 0) this.turnWanted = true;
    for (let index = 0; index < count; index++) {
      const fd = memory.word(events + index * EPOLL_EVENT_OCTETS + EPOLL_EVENT_DATA);
      const reader = this.readers[fd];
      if (reader === undefined) continue;
      try {
        reader.onReadable();
      } catch (error) {
        this.onFault(error);
      }
    }
    try {
      this.deadlines.runDue(dueMs);
    } catch (error) {
      this.onFault(error);
    }
    this.flush();
  }

  private flush(): void {
    for (const flush of this.afterRound) flush();
  }

  private waitMs(): number {
    const next = this.deadlines.nextAtMs();
    if (next === undefined) return LONGEST_WAIT_MS;
    return Math.max(0, Math.min(LONGEST_WAIT_MS, Math.ceil(next - this.clock.monotonicMs())));
  }
}

export interface Reader {
  onReadable(): void;
}
