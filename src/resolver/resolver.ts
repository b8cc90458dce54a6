// The resolver as others see it: questions in, resolutions out, and what may change while it runs. The clocks of a client's
// question (its own deadline, that of the work, stale and unchecked answers) are kept here.
import type { Forgotten } from '../cache/answer-cache.ts';
import type { Region } from '../cache/region.ts';
import type { ThrottleExemptions } from '../cache/throttle-exemptions.ts';
import type { Timer } from '../ports/timers.ts';
import { Rcode } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { answerQuestion } from './answering.ts';
import { InFlight } from './in-flight.ts';
import { Knowledge } from './knowledge.ts';
import { DONE } from './needs.ts';
import { DEFAULT_SERVING_OPTIONS, type ResolverChange, type ResolverOptions, type ServingOptions } from './options.ts';
import { lateResolution } from './own-failures.ts';
import type { Refreshes } from './refreshes.ts';
import { RequestBudget } from './request-budget.ts';
import type { Resolution, ResolutionRequest, Resolver } from './resolution.ts';
import type { ResolverPorts } from './resolver-ports.ts';
import { ServeStale, type StaleAwareRequest, type StaleLook } from './serve-stale.ts';
import { type AnyTask, newTask, type Task } from './task.ts';
import { lookupKey, TaskNeeds } from './task-needs.ts';
import { resolutionLine } from './trace-lines.ts';
import { Wipes } from './wipes.ts';

/** A client that set CD waits so long for a verdict; then it gets the data as they came, if they have come. */
const UNCHECKED_AFTER_MS = 1_000;
/** So long a client waits for what may be added to the answer to its question. */
const SETTLED_AFTER_MS = 400;

export class RecursiveResolver implements Resolver {
  readonly knowledge: Knowledge;
  private options: ResolverOptions;
  private readonly ports: ResolverPorts;
  private readonly inFlight = new InFlight();
  private readonly wipes = new Wipes();
  private readonly serving: ServingOptions;
  private readonly stale: ServeStale | undefined;
  private readonly needs: TaskNeeds;

  constructor(options: ResolverOptions, ports: ResolverPorts) {
    this.options = options;
    this.ports = ports;
    this.knowledge = new Knowledge(options, ports.clock);
    const { serving = DEFAULT_SERVING_OPTIONS } = options;
    this.serving = serving;
    this.stale = serving.stale && new ServeStale(serving.stale, this.knowledge);
    this.needs = new TaskNeeds(options, ports, this.knowledge, this.stale, this.inFlight, this.wipes);
  }

  /** Servers that never count as dead; changed in place while the resolver runs. */
  get exemptions(): ThrottleExemptions {
    return this.options.iteration.exemptions;
  }

  /** How often a question joined one that was under way. */
  get chained(): number {
    return this.needs.runner.chained;
  }

  get refreshes(): Refreshes {
    return this.needs.refreshes;
  }

  /** Questions of clients and sub-questions under way. */
  get pending(): number {
    return this.inFlight.size;
  }

  /**
   * Forgets what is known of a region; with a type, of that type only. Look-ups under way about its names end for those
   * who wait for them and are shared with nobody else; what they find is not kept.
   */
  wipe(region: Region, type?: number): Forgotten {
    this.wipes.add(region);
    this.inFlight.detach(region);
    this.ports.events.forgot?.();
    return this.knowledge.forget(region, type, () => this.ports.timers.breathe?.());
  }

  /**
   * Changes what was configured, at once and as a whole. `region` is all that was resolved or judged by what is changed:
   * it is wiped, with the servers of its forward zones, which may have been replaced because they were dead.
   */
  reconfigure({ anchors, forwardZones, cache }: ResolverChange, region: Region): Forgotten {
    const zonesBefore = this.options.forwardZones;
    if (anchors !== undefined) this.options.anchors.replaceWith(anchors);
    if (cache !== undefined) this.knowledge.resize(cache);
    if (forwardZones !== undefined) {
      this.options = { ...this.options, forwardZones };
      this.knowledge.routes.replace(forwardZones);
      for (const { zone, servers } of [...zonesBefore, ...forwardZones]) {
        if (region.covers(zone)) for (const server of servers) this.knowledge.servers.forget(server);
      }
    }
    this.ports.events.forgot?.();
    return region.isEmpty ? { positive: 0, negative: 0 } : this.wipe(region);
  }

  resolve(request: StaleAwareRequest, done: (resolution: Resolution) => void): void {
    const { clock, timers, events } = this.ports;
    const trace = events.traceOf?.(request.question);
    const startedMs = trace === undefined ? 0 : clock.monotonicMs();
    const budget = new RequestBudget(this.options.request, this.options.validation.limits, trace);
    let settledTimer: Timer | undefined;
    const machine = answerQuestion({
      request,
      onSettled: (resolution) => {
        settledTimer = timers.at(clock.monotonicMs() + SETTLED_AFTER_MS, () => answer(resolution));
      },
      maxAliases: this.options.request.maxAliases,
      localTargets: this.ports.localTargets,
      now: () => clock.cacheSeconds(),
      wallSeconds: () => clock.wallSeconds(),
      serving: this.serving,
    });
    const keeps = this.wipes.keepsFromNow();
    const task: Task<Resolution> = newTask<Resolution>('', machine, budget, 0, undefined, keeps, request);
    let answered = false;
    let deadline: Timer | undefined;
    let uncheckedTimer: Timer | undefined;
    let staleTimer: Timer | undefined;
    const answer = (resolution: Resolution): void => {
      uncheckedTimer?.cancel();
      staleTimer?.cancel();
      settledTimer?.cancel();
      if (answered) return;
      answered = true;
      trace?.line(resolutionLine(resolution, clock.monotonicMs() - startedMs));
      trace?.end(resolution.rcode === Rcode.SERVFAIL || resolution.verdict?.status === 'bogus');
      done(resolution);
    };
    task.waiters.push({
      task: undefined,
      resume: (resolution) => {
        deadline?.cancel();
        answer(resolution);
      },
    });
    this.needs.runner.run(task as AnyTask, DONE);
    if (task.state !== 'running') return;
    const now = clock.monotonicMs();
    if (request.checkingDisabled && request.validate) {
      uncheckedTimer = timers.at(now + UNCHECKED_AFTER_MS, () => this.answerUnchecked(request, answer));
    }
    const staleAfterMs = this.stale?.clientTimeoutMs ?? 0;
    if (staleAfterMs > 0) staleTimer = timers.at(now + staleAfterMs, () => this.answerStale(request, 'early', answer));
    const { clientDeadlineMs, totalDeadlineMs } = this.options.request;
    const giveUp = (): void => {
      answer(lateResolution(budget));
      this.needs.runner.cancel(task as AnyTask);
    };
    const loseClient = (): void => {
      if (!answered && request.checkingDisabled) this.answerUnchecked(request, answer);
      if (!answered && this.stale !== undefined) this.answerStale(request, 'late', answer);
      answer(lateResolution(budget));
      deadline = timers.at(now + totalDeadlineMs, giveUp);
    };
    // Nearly every question is done with before the first deadline: the second is asked for when that has passed.
    deadline =
      clientDeadlineMs < totalDeadlineMs
        ? timers.at(now + clientDeadlineMs, loseClient)
        : timers.at(now + totalDeadlineMs, giveUp);
  }

  /**
   * Asks a question that tells the servers something, whatever the caches know, and waits for nothing; what comes back is
   * not validated (RFC 8145 5).
   */
  signal(name: DomainName, type: number): void {
    if (this.needs.refreshes.begin(lookupKey(name, type, false))) this.needs.refresh(name, type, false);
  }

  /** Answers a client that set CD from what has come so far, validated or not; says nothing when that is no answer. */
  private answerUnchecked(request: ResolutionRequest, answer: (resolution: Resolution) => void): void {
    const fromCache: ResolutionRequest = { ...request, validate: false, recursionDesired: false };
    this.resolve(fromCache, (resolution) => {
      if (isUsable(resolution)) answer(resolution);
    });
  }

  /** Answers a client from what is known, though it has ended; says nothing when that is no answer (RFC 8767 5). */
  private answerStale(
    request: ResolutionRequest,
    staleLook: StaleLook,
    answer: (resolution: Resolution) => void,
  ): void {
    this.resolve({ ...request, recursionDesired: false, staleLook }, (resolution) => {
      if (isUsable(resolution)) answer(resolution);
    });
  }
}

function isUsable({ rcode }: Resolution): boolean {
  return rcode === Rcode.NOERROR || rcode === Rcode.NXDOMAIN;
}
