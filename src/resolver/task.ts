// Pending work: machines that wait for one thing each, who waits for whom, and cycles among them.
import type { PendingAsk } from '../ports/exchange.ts';
import type { DomainName } from '../wire/name.ts';
import type { RequestBudget } from './request-budget.ts';
import type { StaleAwareRequest } from './serve-stale.ts';
import type { Keeps } from './wipes.ts';

/** A machine under way. `Result` is what it ends with; needs and events are the runner's business. */
export interface Task<Result> {
  /** In the in-flight table; equal keys share one task. */
  readonly key: string;
  readonly machine: Generator<unknown, Result, unknown>;
  /** Whose counters pay for it: the first who asked. */
  readonly budget: RequestBudget;
  /** The name that it is about; undefined for a client's question, which may come to be about several. */
  readonly subject: DomainName | undefined;
  /** What a client's question asked; undefined for the work behind it. */
  readonly request: StaleAwareRequest | undefined;
  /** What it may keep of what it finds out: all but what was forgotten since it began. */
  readonly keeps: Keeps;
  /** Tasks between the client's question and this one. */
  readonly depth: number;
  /** Who is resumed when it ends. */
  readonly waiters: Waiter<Result>[];
  /** The task that it waits for. */
  waitingFor: Task<unknown> | undefined;
  /** The attempt at a server that it waits for. */
  pendingAsk: PendingAsk | undefined;
  state: 'running' | 'finished' | 'cancelled';
  result: Result | undefined;
}

export interface Waiter<Result> {
  /** The waiting task; undefined for a client. */
  readonly task: Task<unknown> | undefined;
  readonly resume: (result: Result) => void;
}

export type AnyTask = Task<unknown>;

/** A task that has not begun, with key '' for one that nobody shares. */
export function newTask<R>(
  key: string,
  machine: Generator<unknown, R, never> | Generator<unknown, R, unknown>,
  budget: RequestBudget,
  depth: number,
  subject: DomainName | undefined,
  keeps: Keeps,
  request?: StaleAwareRequest,
): Task<R> {
  return {
    key,
    machine: machine as Generator<unknown, R, unknown>,
    budget,
    depth,
    subject,
    keeps,
    request,
    waiters: [],
    waitingFor: undefined,
    pendingAsk: undefined,
    state: 'running',
    result: undefined,
  };
}

/** Whether waiting for `task` would close a circle: it waits, directly or through others, for `asker`. */
export function wouldDeadlock(task: Task<unknown>, asker: Task<unknown>): boolean {
  // Each task waits for one other at most, so that this is a list, not a graph.
  for (let next: Task<unknown> | undefined = task; next !== undefined; next = next.waitingFor) {
    if (next === asker) return true;
  }
  return false;
}
