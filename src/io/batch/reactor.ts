// Waits for everything at once: our own sockets, our own deadlines, and libuv, whose descriptor stands in the same epoll
// set. libuv turns only when it has something to do; as long as it has not, queries come and go within one call.
//
// Sockets of clients come first: while there is slow work, they are looked at each millisecond, and what can be answered at
// once is. So a burst of look-ups, or of replies from servers, keeps nobody waiting whose answer is known.
//
// What runs in here must not leave work to the end of a turn (`process.nextTick`, promises) or hand sockets to libuv
// without `wantTurn`: neither is looked at before the next turn. `setImmediate` is seen.
import type { Clock } from '../../ports/clock.ts';
import type { Timer, Timers } from '../../ports/timers.ts';
import { DeadlineQueue } from '../deadline-queue.ts';
import { Backlog } from './backlog.ts';
import {
  CLOCK_MONOTONIC,
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_EVENT_DATA,
  EPOLL_EVENT_OCTETS,
  EPOLLIN,
  ITIMERSPEC_OCTETS,
  type NativeMemory,
  TFD_CLOEXEC,
  TFD_NONBLOCK,
} from './layout.ts';
import type { Libc } from './libc.ts';

/** Slow work is put aside after so long, to look at the sockets of clients. */
const SLICE_MS = 1;
/** After so long, other events and libuv get their turn. */
const LONGEST_ROUND_MS = 10;
/** Events taken from the kernel at once. */
const MAX_EVENTS = 256;
/** Timers of libraries are known to libuv alone: none is ever later than this, whatever the load. */
const LONGEST_WAIT_MS = 250;
const WITHOUT_END = -1;
/**
 * Turns that libuv gets each time: the first carries out what is ready; the second makes known to the kernel what its
 * callbacks began, as reading from a connection that they accepted. Before that, nothing of it could wake us.
 */
const TURNS = 2;

export class Reactor implements Timers {
  private readonly libc: Libc;
  private readonly memory: NativeMemory;
  private readonly clock: Pick<Clock, 'monotonicMs'>;
  private readonly deadlines = new DeadlineQueue();
  private readonly epoll: number;
  private readonly event: number;
  private readonly events: number;
  /**
   * Ticks each `LONGEST_WAIT_MS`, so that most waits need no end of their own: setting one costs as much as some of the
   * work of a query. Negative where there is none.
   */
  private readonly ticker: number;
  /** By descriptor. */
  private readonly readers: (Reader | undefined)[] = [];
  private readonly urgent: Reader[] = [];
  private readonly backlog = new Backlog();
  private readonly afterRound: (() => void)[] = [];
  private readonly onFault: (error: unknown) => void;
  /** Turns of libuv that are due before we may wait. */
  private turnsDue = TURNS;
  private nextTurn: NodeJS.Immediate | undefined;
  /** The clock when the last wait ended, and when the sockets of clients were looked at last. */
  private wokenMs: number;
  private servedMs: number;
  private closed = false;

  /** `onFault` hears what a reader or deadline throws; the loop goes on. */
  constructor(libc: Libc, memory: NativeMemory, clock: Pick<Clock, 'monotonicMs'>, onFault: (error: unknown) => void) {
    this.libc = libc;
    this.memory = memory;
    this.clock = clock;
    this.onFault = onFault;
    this.wokenMs = clock.monotonicMs();
    this.servedMs = this.wokenMs;
    this.event = memory.take(EPOLL_EVENT_OCTETS);
    this.events = memory.take(MAX_EVENTS * EPOLL_EVENT_OCTETS);
    this.epoll = libc.epollCreate(EPOLL_CLOEXEC);
    const loop = libc.mainLoopFd();
    if (this.epoll < 0 || loop < 0) throw new Error(`epoll: error ${libc.errno()}`);
    if (!this.add(loop, { onReadable: () => this.wantTurn() })) throw new Error(`epoll_ctl: error ${libc.errno()}`);
    this.ticker = this.startTicker();
  }

  private startTicker(): number {
    const { libc, memory } = this;
    const interval = memory.take(ITIMERSPEC_OCTETS);
    const fd = libc.timerfdCreate(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) return -1;
    for (const part of [interval, interval + ITIMERSPEC_OCTETS / 2]) {
      memory.setLength(part, 0);
      memory.setLength(part + 8, LONGEST_WAIT_MS * 1_000_000);
    }
    const tick = (): void => {
      // It ticks again once it has been read.
      libc.read(fd, memory.base + interval, 8);
      this.wantTurn();
    };
    if (libc.timerfdSettime(fd, 0, memory.base + interval, 0) === 0 && this.add(fd, { onReadable: tick })) return fd;
    libc.close(fd);
    return -1;
  }

  /** Calls the reader whenever the descriptor has something to read. Urgent ones must be quick. */
  add(fd: number, reader: Reader, isUrgent = false): boolean {
    const { memory, event } = this;
    memory.setWord(event, EPOLLIN);
    memory.setWord(event + EPOLL_EVENT_DATA, fd);
    memory.setWord(event + EPOLL_EVENT_DATA + 4, 0);
    if (this.libc.epollCtl(this.epoll, EPOLL_CTL_ADD, fd, memory.base + event) !== 0) return false;
    this.readers[fd] = reader;
    if (isUrgent) this.urgent.push(reader);
    return true;
  }

  /** Before the descriptor is closed. */
  remove(fd: number): void {
    const reader = this.readers[fd];
    if (reader === undefined) return;
    this.readers[fd] = undefined;
    const place = this.urgent.indexOf(reader);
    if (place >= 0) this.urgent.splice(place, 1);
    this.libc.epollCtl(this.epoll, EPOLL_CTL_DEL, fd, this.memory.base + this.event);
  }

  /** Calls `flush` at the end of every round: replies leave together. */
  everyRound(flush: () => void): void {
    this.afterRound.push(flush);
  }

  /** Does the work in this round or one of the next; false when there is too much of it already. */
  later(work: () => void): boolean {
    return this.backlog.add(work);
  }

  at(atMs: number, wake: () => void): Timer {
    return this.deadlines.at(atMs, wake);
  }

  /** libuv has to turn soon: it was given something that it does not know yet. */
  wantTurn(): void {
    this.turnsDue = TURNS;
  }

  start(): void {
    this.nextTurn = setImmediate(this.turn);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearImmediate(this.nextTurn);
    if (this.ticker >= 0) this.libc.close(this.ticker);
    this.libc.close(this.epoll);
  }

  private readonly turn = (): void => {
    if (this.closed) return;
    // Other immediates of this turn are still to run.
    const othersWait = hasNeighbour(this.nextTurn);
    this.nextTurn = setImmediate(this.turn);
    if (this.turnsDue > 0) this.turnsDue--;
    // What the turn of libuv has left behind goes first.
    this.flush();
    const turnedMs = this.wokenMs;
    const mayWait = !othersWait && !this.isTurnDue;
    do {
      this.round(mayWait && this.backlog.size === 0 ? this.waitMs() : 0);
    } while (mayWait && !this.isTurnDue && !this.closed && this.wokenMs - turnedMs < LONGEST_WAIT_MS);
  };

  private get isTurnDue(): boolean {
    return this.turnsDue > 0 || hasNeighbour(this.nextTurn);
  }

  private round(waitMs: number): void {
    const { libc, memory, events } = this;
    const count = libc.epollWait(this.epoll, memory.base + events, MAX_EVENTS, waitMs);
    // Deadlines are measured before the sockets are read, so that what has arrived in time is not declared lost.
    const dueMs = this.clock.monotonicMs();
    this.wokenMs = dueMs;
    this.servedMs = dueMs;
    // After a wait in vain the timers of libraries may be due; after a signal, its handler.
    if (count < 0 || (count === 0 && waitMs !== 0)) this.wantTurn();
    for (let index = 0; index < count; index++) {
      const fd = memory.word(events + index * EPOLL_EVENT_OCTETS + EPOLL_EVENT_DATA);
      // Closed by one of the readers before it. When its number has been given out again, the new one reads in vain.
      const reader = this.readers[fd];
      if (reader === undefined) continue;
      this.read(reader);
      if (count > 1) this.breathe();
    }
    const next = this.deadlines.nextAtMs();
    if (next !== undefined && next <= dueMs) this.runDue(dueMs);
    if (this.backlog.size > 0) this.workOff(dueMs);
    this.flush();
  }

  /** Does what may wait, up to a bound. */
  private workOff(startMs: number): void {
    for (let work = this.backlog.take(); work !== undefined; work = this.backlog.take()) {
      try {
        work();
      } catch (error) {
        this.onFault(error);
      }
      if (this.backlog.size === 0) return;
      this.breathe();
      if (this.servedMs - startMs >= LONGEST_ROUND_MS) return;
    }
  }

  /** After a slice of slow work, looks at the sockets of clients. */
  breathe(): void {
    if (this.clock.monotonicMs() - this.servedMs < SLICE_MS) return;
    this.flush();
    for (const reader of this.urgent) this.read(reader);
    this.servedMs = this.clock.monotonicMs();
  }

  private read(reader: Reader): void {
    try {
      reader.onReadable();
    } catch (error) {
      this.onFault(error);
    }
  }

  private runDue(dueMs: number): void {
    try {
      this.deadlines.runDue(dueMs);
    } catch (error) {
      this.onFault(error);
    }
  }

  private flush(): void {
    for (const flush of this.afterRound) flush();
  }

  private waitMs(): number {
    const next = this.deadlines.nextAtMs();
    // While nothing is near, the clock need not be read a second time in each round.
    if (next === undefined || next - this.wokenMs > 2 * LONGEST_WAIT_MS) {
      return this.ticker < 0 ? LONGEST_WAIT_MS : WITHOUT_END;
    }
    return Math.max(0, Math.min(LONGEST_WAIT_MS, Math.ceil(next - this.clock.monotonicMs())));
  }
}

export interface Reader {
  /** Readiness is a hint: there may be nothing to read. */
  onReadable(): void;
}

/**
 * Whether other immediates stand in the queue beside this one. Node links them by fields that it does not document;
 * without those, others would have to wait until our waiting ends.
 */
function hasNeighbour(immediate: NodeJS.Immediate | undefined): boolean {
  if (immediate === undefined || !('_idleNext' in immediate) || !('_idlePrev' in immediate)) return false;
  return immediate._idleNext !== null || immediate._idlePrev !== null;
}
