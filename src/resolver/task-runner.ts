// Runs machines: resumes a task until it waits for something or ends, lets tasks share and wait for others, and ends
// those that nobody waits for any more. What a need means is somebody else's business (`NeedServer`).
import type { Clock } from '../ports/clock.ts';
import type { ResolverEvents } from '../ports/events.ts';
import type { Timers } from '../ports/timers.ts';
import type { Question } from '../wire/message.ts';
import { DomainName } from '../wire/name.ts';
import type { InFlight } from './in-flight.ts';
import { DONE, type Event, type Need } from './needs.ts';
import { CRASHED, crashedResolution, type Refusal, ranOutOfBudget } from './own-failures.ts';
import type { RequestBudget } from './request-budget.ts';
import { type AnyTask, newTask, type Task, wouldDeadlock } from './task.ts';
import { type Verifications, verify } from './verifications.ts';
import type { Wipes } from './wipes.ts';

/**
 * Most that one turn is charged with. Its work is bounded far below that; what the clock shows beyond is the machine
 * doing something else, which must not make a question fail.
 */
const MAX_SLICE_MS = 5;

const UNKNOWN_QUESTION: Question = { name: DomainName.root, type: 0, class: 0 };

/** Makes the machine of a task, which pays with the budget given. */
export type Machine<R> = (budget: RequestBudget) => Generator<unknown, R, never>;

export interface NeedServer {
  /** Serves a need: the event when it is there at once, undefined when the task will be resumed. */
  serve(task: AnyTask, need: Need): Event | undefined;
}

export interface TaskRunnerPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly events: ResolverEvents;
}

export class TaskRunner {
  /** How often a question joined one that was under way. */
  chained = 0;
  private readonly ports: TaskRunnerPorts;
  private readonly needs: NeedServer;
  private readonly verifications: Verifications;
  private readonly inFlight: InFlight;
  private readonly wipes: Wipes;
  /** Clients' questions that may wait for one and the same task. */
  private readonly maxWaiters: number;
  private nesting = 0;

  constructor(
    ports: TaskRunnerPorts,
    needs: NeedServer,
    verifications: Verifications,
    inFlight: InFlight,
    wipes: Wipes,
    maxWaiters: number,
  ) {
    this.ports = ports;
    this.needs = needs;
    this.verifications = verifications;
    this.inFlight = inFlight;
    this.wipes = wipes;
    this.maxWaiters = maxWaiters;
  }

  /** Resumes a machine until it waits for something or ends. */
  run(task: AnyTask, first: unknown): void {
    const { clock } = this.ports;
    // Tasks run others from within: the outermost pays for the time of all.
    const outermost = this.nesting++ === 0;
    const startedMs = outermost ? clock.monotonicMs() : 0;
    let event = first;
    if (outermost) this.verifications.beginTurn();
    try {
      while (task.state === 'running') {
        const step = task.machine.next(event);
        if (step.done === true) {
          this.finish(task, step.value);
          return;
        }
        const need = step.value as Need;
        if (need.kind === 'verify' && this.verifications.mustWait(need)) {
          this.ports.timers.at(clock.monotonicMs(), () => this.run(task, verify(need)));
          break;
        }
        const answer = this.needs.serve(task, need);
        if (answer === undefined) break;
        event = answer;
      }
    } catch (error) {
      this.crash(task, error);
    } finally {
      this.nesting--;
      if (outermost) task.budget.chargeCpu(Math.min(clock.monotonicMs() - startedMs, MAX_SLICE_MS));
    }
  }

  /**
   * Joins the task under way for `key`, or starts one. Its result becomes the event, at once when it is there; a circle
   * of tasks that wait for each other is refused with `refuse`.
   */
  join<R>(
    task: AnyTask,
    key: string,
    subject: DomainName,
    machine: Machine<R>,
    toEvent: (result: R) => Event,
    refuse: (why: Refusal) => R,
  ): Event | undefined {
    const present = this.inFlight.get(key) as Task<R> | undefined;
    if (present !== undefined) {
      if (wouldDeadlock(present as AnyTask, task)) return toEvent(refuse('loop'));
      // SECURITY A-31: what waits for one answer is bounded, so that its release is.
      const isClient = task.key === '';
      if (isClient && present.waiters.length >= this.maxWaiters) return toEvent(refuse('overload'));
      this.chained++;
      if (present.budget !== task.budget) task.budget.trace?.line('waits for work that another query began');
      return this.wait(task, present, key, subject, machine, toEvent, refuse);
    }
    const { budget } = task;
    const child = newTask<R>(key, machine(budget), budget, task.depth + 1, subject, this.wipes.keepsFromNow());
    this.inFlight.add(child as AnyTask);
    // Known before the child runs, so that a circle through it is seen where it closes.
    task.waitingFor = child as AnyTask;
    this.run(child as AnyTask, DONE);
    if (child.state !== 'finished') return this.wait(task, child, key, subject, machine, toEvent, refuse);
    task.waitingFor = undefined;
    return toEvent(child.result as R);
  }

  private wait<R>(
    task: AnyTask,
    child: Task<R>,
    key: string,
    subject: DomainName,
    machine: Machine<R>,
    toEvent: (result: R) => Event,
    refuse: (why: Refusal) => R,
  ): undefined {
    task.waitingFor = child as AnyTask;
    child.waiters.push({
      task,
      resume: (result) => {
        task.waitingFor = undefined;
        // Somebody else's budget ran out: ours may do.
        const again =
          child.budget !== task.budget && ranOutOfBudget(result)
            ? this.join(task, key, subject, machine, toEvent, refuse)
            : toEvent(result);
        if (again !== undefined) this.run(task, again);
      },
    });
    return undefined;
  }

  private finish(task: AnyTask, result: unknown): void {
    task.state = 'finished';
    task.result = result;
    if (task.key !== '') this.inFlight.remove(task);
    for (const waiter of task.waiters.splice(0)) {
      try {
        waiter.resume(result);
      } catch (error) {
        // One client's trouble is not the others'.
        this.ports.events.crashed(UNKNOWN_QUESTION, error);
      }
    }
  }

  /** A programming mistake: this question fails, the process lives (SECURITY I-12). */
  private crash(task: AnyTask, error: unknown): void {
    this.ports.events.crashed(task.request?.question ?? UNKNOWN_QUESTION, error);
    if (task.state === 'running') this.finish(task, task.request === undefined ? CRASHED : crashedResolution());
  }

  /** Ends a task and everything that only it waits for. */
  cancel(task: AnyTask): void {
    if (task.state !== 'running') return;
    task.state = 'cancelled';
    if (task.key !== '') this.inFlight.remove(task);
    task.pendingAsk?.cancel();
    task.pendingAsk = undefined;
    const child = task.waitingFor;
    task.waitingFor = undefined;
    if (child === undefined) return;
    const index = child.waiters.findIndex((waiter) => waiter.task === task);
    if (index >= 0) child.waiters.splice(index, 1);
    if (child.waiters.length === 0) this.cancel(child);
  }
}
