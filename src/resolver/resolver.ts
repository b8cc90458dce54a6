import type { Forgotten } from '../cache/answer-cache.ts';
import type { Region } from '../cache/region.ts';
import type { ThrottleExemptions } from '../cache/throttle-exemptions.ts';
import type { ZoneTrust } from '../cache/zone-trust-cache.ts';
import type { VerifyJob } from '../dnssec/rrsig.ts';
import { failureOf, failureText } from '../dnssec/verdict.ts';
import { isDear, verifyInPool, verifySignature } from '../dnssec/verification-key.ts';
import { causeOfErrors, causeOfVerdict, hintOf } from '../explain/cause.ts';
import type { CauseCode } from '../explain/causes.ts';
import type { IterationEvent, IterationNeed, IterationResult, ServerObservation } from '../iterator/iteration.ts';
import type { Clock } from '../ports/clock.ts';
import type { ResolverEvents } from '../ports/events.ts';
import type { Ask, Exchange, Outcome, ServerAddress } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import type { Timer, Timers } from '../ports/timers.ts';
import { EdeCode, Rcode, RRClass } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { Question } from '../wire/message.ts';
import { DomainName } from '../wire/name.ts';
import { answerQuestion, type LookupDone, type LookupStep } from './answering.ts';
import { type LookupResult, verdictOfFinding } from './finding.ts';
import { InFlight } from './in-flight.ts';
import { Knowledge } from './knowledge.ts';
import { isOurOwnFailure, type LookupContext, type LookupEvent, type LookupNeed, lookUp } from './lookup.ts';
import { CACHE, MachineContexts } from './machine-contexts.ts';
import { DEFAULT_SERVING_OPTIONS, type ResolverChange, type ResolverOptions, type ServingOptions } from './options.ts';
import { Refreshes, refreshLimits } from './refreshes.ts';
import { RequestBudget } from './request-budget.ts';
import type { LocalTargets, Resolution, ResolutionRequest, Resolver } from './resolution.ts';
import { ServeStale, type StaleAwareRequest, type StaleLook } from './serve-stale.ts';
import { type Task, wouldDeadlock } from './task.ts';
import { askLine, delegationLine, lookupLine, resolutionLine, trustLine } from './trace-lines.ts';
import { type Keeps, Wipes } from './wipes.ts';

export interface ResolverPorts {
  readonly exchange: Exchange;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: ResolverEvents;
  readonly localTargets?: LocalTargets;
  /** Hears how far a zone is trusted each time that has been found out, and for how many seconds. As cheap as `events`. */
  readonly onTrust?: ((trust: ZoneTrust, ttl: number) => void) | undefined;
  /** Dear verifications may leave the thread; in simulations they do not. */
  readonly useThreadPool: boolean;
}

/** What a renewal needs: a look-up that does not see what the caches hold. */
interface RefreshStep {
  readonly kind: 'refresh';
  readonly name: DomainName;
  readonly type: number;
  readonly validate: boolean;
}

type Need = IterationNeed | LookupNeed | LookupStep | RefreshStep;
type Event = IterationEvent | LookupEvent | LookupDone;

/**
 * Most that one turn is charged with. Its work is bounded far below that; what the clock shows beyond is the machine
 * doing something else, which must not make a question fail.
 */
const MAX_SLICE_MS = 5;
/** A client that set CD waits so long for a verdict; then it gets the data as they came, if they have come. */
const UNCHECKED_AFTER_MS = 1_000;
/** Verifications done at once before others get their turn (dnssec.yield-every). */
const VERIFICATIONS_BEFORE_YIELD = 4;
/** Tasks between a question and the address of an NS name that it needs: the look-up and its fetch. */
const TASKS_PER_LEVEL = 2;

/** Failures of an address look-up that are not another one of the name's own. */
const FAILURES_OF_OURS: ReadonlySet<string> = new Set(['budget', 'cached', 'loop', 'overload']);

type AnyTask = Task<unknown>;
type Machine<R> = (budget: RequestBudget) => Generator<unknown, R, never>;

const DONE: Event = { kind: 'done' };
const WORK_LIMIT = { code: EdeCode.DNSSEC_BOGUS, text: 'work limit: validation', cause: 'work-limit' };
const UNKNOWN_QUESTION: Question = { name: DomainName.root, type: 0, class: 0 };

export class RecursiveResolver implements Resolver {
  readonly knowledge: Knowledge;
  private options: ResolverOptions;
  private readonly ports: ResolverPorts;
  private readonly contexts: MachineContexts;
  /** How often a question joined one that was under way. */
  chained = 0;
  private nesting = 0;
  private verifiedInTurn = 0;
  private readonly inFlight = new InFlight();
  private readonly wipes = new Wipes();
  private readonly serving: ServingOptions;
  private readonly stale: ServeStale | undefined;
  readonly refreshes: Refreshes;

  constructor(options: ResolverOptions, ports: ResolverPorts) {
    this.options = options;
    this.ports = ports;
    this.knowledge = new Knowledge(options, ports.clock);
    const { serving = DEFAULT_SERVING_OPTIONS } = options;
    this.serving = serving;
    this.stale = serving.stale && new ServeStale(serving.stale, this.knowledge);
    this.refreshes = new Refreshes(serving.refreshPercent, serving.maxRefreshes);
    this.contexts = new MachineContexts(options, this.knowledge, ports.clock, ports.random, (job) =>
      this.verifyAtOnce(job),
    );
  }

  /** Servers that never count as dead; changed in place while the resolver runs. */
  get exemptions(): ThrottleExemptions {
    return this.options.iteration.exemptions;
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
    const machine = answerQuestion({
      request,
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
    this.run(task as AnyTask, DONE);
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
      this.cancel(task as AnyTask);
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
    if (this.refreshes.begin(lookupKey(name, type, false))) this.refresh(name, type, false);
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

  /** Resumes a machine until it waits for something or ends. */
  private run(task: Task<unknown>, first: unknown): void {
    const { clock } = this.ports;
    // Tasks run others from within: the outermost pays for the time of all.
    const outermost = this.nesting++ === 0;
    const startedMs = outermost ? clock.monotonicMs() : 0;
    let event = first;
    if (outermost) this.verifiedInTurn = 0;
    try {
      while (task.state === 'running') {
        const step = task.machine.next(event);
        if (step.done === true) {
          this.finish(task, step.value);
          return;
        }
        const need = step.value as Need;
        if (need.kind === 'verify' && !this.isForPool(need) && this.verifiedInTurn >= VERIFICATIONS_BEFORE_YIELD) {
          this.ports.timers.at(clock.monotonicMs(), () => this.run(task, verify(need)));
          break;
        }
        const answer = this.serve(task, need);
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

  /** Serves a need: the event when it is there at once, undefined when the task will be resumed. */
  private serve(task: Task<unknown>, need: Need): Event | undefined {
    switch (need.kind) {
      case 'ask':
        this.ask(task, need.ask);
        return undefined;
      case 'verify':
        return this.verify(task, need);
      case 'lookup':
        return this.serveLookup(task, need.name, need.type);
      case 'refresh':
        return this.joinLookup(task, need.name, need.type, need.validate, (result) => ({ kind: 'looked-up', result }));
      case 'response':
        return this.serveFetch(task, need.name, need.type, need.excluded, (result) => ({ kind: 'responded', result }));
      case 'fetch':
        return this.serveEvidence(task, need.name, need.type, need.excluded);
      case 'addresses':
        return this.serveAddresses(task, need.name, need.type);
      case 'prime':
        return this.servePriming(task);
      case 'learn':
        task.budget.trace?.line(delegationLine(need.delegation));
        if (task.keeps(need.delegation.zone)) this.knowledge.delegations.set(need.delegation, this.knowledge.now);
        return DONE;
      case 'observe':
        if (task.keeps(need.zone)) this.observe(need.server, need.zone, need.observation);
        return DONE;
      case 'observe-name':
        if (task.keeps(need.name)) this.knowledge.nonResolving.record(need.name, need.resolved, this.knowledge.now);
        return DONE;
      case 'learn-trust':
        task.budget.trace?.line(trustLine(need.trust));
        if (!task.keeps(need.trust.zone)) return DONE;
        // What one task found broken does not undo what another has verified (SECURITY I-5).
        if (need.trust.status === 'bogus' && this.isKnownSecure(need.trust.zone)) return DONE;
        this.knowledge.trust.set(need.trust, this.knowledge.now + Math.min(need.ttl, this.options.cache.maxTtl));
        if (need.trust.status !== 'no-cut') this.ports.onTrust?.(need.trust, need.ttl);
        return DONE;
      case 'learn-rrset':
        if (need.server === CACHE || !task.keeps(need.rrset.name)) return DONE;
        this.knowledge.storeVerified({ rrset: need.rrset, verdict: need.verdict, server: need.server }, need.ttl);
        return DONE;
      default:
        return need satisfies never;
    }
  }

  private isKnownSecure(zone: DomainName): boolean {
    return this.knowledge.trust.get(zone, this.knowledge.now)?.status === 'secure';
  }

  private ask(task: Task<unknown>, ask: Ask): void {
    this.knowledge.servers.recordSent(ask.server, this.ports.clock.monotonicMs());
    task.pendingAsk = this.ports.exchange.ask(ask, (outcome) => {
      task.pendingAsk = undefined;
      this.ports.events.upstream(ask, outcome);
      task.budget.trace?.line(askLine(ask, outcome));
      this.noteOutcome(task, ask, outcome);
      this.run(task, { kind: 'outcome', outcome });
    });
  }

  /** Server behaviour is learned here and only here; what could be forged changes nothing (SECURITY I-10). */
  private noteOutcome(task: Task<unknown>, ask: Ask, outcome: Outcome): void {
    const { servers } = this.knowledge;
    switch (outcome.kind) {
      case 'reply':
      case 'truncated':
      case 'malformed':
        task.budget.chargeOctets(outcome.octets);
        // Over TCP the time says nothing about UDP; a TLS server has no other.
        if (ask.transport === 'tcp') servers.recordAlive(ask.server);
        else servers.recordReply(ask.server, outcome.rttMs);
        return;
      case 'timeout': {
        const nowMs = this.ports.clock.monotonicMs();
        servers.recordTimeout(ask.server, nowMs, nowMs - ask.timeoutMs);
        return;
      }
      case 'connection-refused':
      case 'unreachable':
      case 'tls-failed':
        // SECURITY A-04: over UDP it may be forged. A TLS server that cannot be reached is as good as silent.
        if (ask.transport === 'tls') servers.recordTimeout(ask.server, this.ports.clock.monotonicMs());
        return;
      case 'spoof-suspected':
      case 'no-socket':
        return;
      default:
        outcome satisfies never;
    }
  }

  private observe(server: ServerAddress, zone: DomainName, observation: ServerObservation): void {
    const { servers, now } = this.knowledge;
    if (observation === 'lame') servers.recordLame(server, zone, now);
    else if (observation === 'failing') servers.recordFailing(server, zone, now);
    else if (observation === 'no-edns') servers.recordNoEdns(server, now);
    else servers.recordCaseChanged(server, now);
  }

  private isForPool({ key }: VerifyJob): boolean {
    return this.ports.useThreadPool && isDear(key);
  }

  /** Verifies without a need, which would pass through a dozen machines there and back. */
  private verifyAtOnce(job: VerifyJob): boolean | undefined {
    if (this.verifiedInTurn >= VERIFICATIONS_BEFORE_YIELD || this.isForPool(job)) return undefined;
    this.verifiedInTurn++;
    return verifySignature(job.key, job.signature, job.signed);
  }

  private verify(task: Task<unknown>, job: VerifyJob): Event | undefined {
    if (!this.isForPool(job)) return verify(job);
    verifyInPool(job.key, job.signature, job.signed, (valid) => this.run(task, { kind: 'verified', valid }));
    return undefined;
  }

  private serveLookup(task: Task<unknown>, name: DomainName, type: number): Event | undefined {
    const { request } = task;
    const validate = request?.validate ?? true;
    const found = this.knowledge.find(name, type, validate ? 'validated' : 'any');
    if (found !== undefined) {
      const result = request === undefined ? found : (this.stale?.insteadOf(found, request, name, type) ?? found);
      if (request?.recursionDesired === true && result.ok && this.refreshes.isAging(result, this.knowledge.now)) {
        if (this.refreshes.beginOnce(lookupKey(name, type, validate), result)) this.refresh(name, type, validate);
      }
      task.budget.trace?.line(lookupLine(name, type, result));
      return { kind: 'looked-up', result };
    }
    const stale = request && this.stale?.insteadOfAsking(request, name, type);
    if (stale !== undefined) {
      task.budget.trace?.line(lookupLine(name, type, stale));
      const isFirst = request?.staleLook === undefined;
      if (isFirst && this.refreshes.begin(lookupKey(name, type, validate))) this.refresh(name, type, validate);
      return { kind: 'looked-up', result: stale };
    }
    if (request?.recursionDesired === false) {
      const errors = [
        {
          code: EdeCode.NOT_AUTHORITATIVE,
          text: 'not in the cache, and recursion was not asked for',
          cause: 'not-cached',
        },
      ];
      return { kind: 'looked-up', result: { ok: false, failure: 'not-cached', errors, cached: true } };
    }
    return this.joinLookup(task, name, type, validate, (result) => {
      if (request !== undefined && ranOutOfBudget(result) && task.keeps(request.question.name)) {
        const { question } = request;
        const errors = result.ok ? [WORK_LIMIT] : result.errors;
        this.knowledge.failures.set(question.name, question.type, { errors }, this.knowledge.now);
      }
      if (request === undefined || this.stale === undefined) return { kind: 'looked-up', result };
      return { kind: 'looked-up', result: this.stale.insteadOf(result, request, name, type) };
    });
  }

  /**
   * Looks a question up anew, though the caches have something, with nobody waiting. Taken on by `refreshes` before; begins
   * when whoever asked has been answered.
   */
  private refresh(name: DomainName, type: number, validate: boolean): void {
    const { clock, timers } = this.ports;
    const limits = refreshLimits(this.options.request);
    const budget = new RequestBudget(limits, this.options.validation.limits);
    const key = lookupKey(name, type, validate);
    const machine = refreshing({ kind: 'refresh', name, type, validate });
    const task = newTask<LookupResult>('', machine, budget, 0, undefined, this.wipes.keepsFromNow());
    const nowMs = clock.monotonicMs();
    const timer = timers.at(nowMs + limits.totalDeadlineMs, () => {
      this.refreshes.end(key);
      this.cancel(task as AnyTask);
    });
    task.waiters.push({
      task: undefined,
      resume: (result) => {
        timer.cancel();
        this.refreshes.end(key);
        this.stale?.noteRefresh(result, name, type, validate);
      },
    });
    timers.at(nowMs, () => this.run(task as AnyTask, DONE));
  }

  private joinLookup(
    task: Task<unknown>,
    name: DomainName,
    type: number,
    validate: boolean,
    toEvent: (result: LookupResult) => Event,
  ): Event | undefined {
    const question = { name, type, class: RRClass.IN };
    const machine = (budget: RequestBudget): Generator<LookupNeed, LookupResult, LookupEvent> => {
      const keeps = this.wipes.keepsFromNow();
      const context: LookupContext = {
        name,
        type,
        validate,
        knowledge: this.knowledge,
        keeps,
        validation: (thorough) => this.contexts.validation(budget, thorough),
        revalidations: this.options.validation.chainLimits.revalidations,
      };
      return this.reported(question, context, budget);
    };
    const refuse = (why: Refusal): LookupResult => ({ ...refusals[why], cached: false });
    return this.join(task, lookupKey(name, type, validate), name, machine as Machine<LookupResult>, toEvent, refuse);
  }

  /** Looks up and reports a bogus result once, where it was found. */
  private *reported(
    question: Question,
    context: LookupContext,
    budget: RequestBudget,
  ): Generator<LookupNeed, LookupResult, LookupEvent> {
    const result = yield* lookUp(context);
    budget.trace?.line(lookupLine(question.name, question.type, result));
    // What was judged by anchors that are no longer there is nothing to complain of.
    if (!result.ok || !context.keeps(question.name)) return result;
    const verdict = verdictOfFinding(result.finding);
    const failure = verdict === undefined ? undefined : failureOf(verdict);
    if (failure !== undefined) {
      const detail = [failureText(failure)];
      if (failure.expected !== '') detail.push(`expected ${failure.expected}`);
      if (failure.found !== '') detail.push(`found ${failure.found}`);
      if (failure.server !== '') detail.push(`from ${failure.server}`);
      const cause = verdict === undefined ? undefined : causeOfVerdict(verdict);
      const remedy = verdict === undefined ? '' : hintOf(verdict, question.name, question.type);
      this.ports.events.bogus(question, cause ?? failure.reason, detail.join('; '), remedy);
    }
    return result;
  }

  private serveFetch(
    task: Task<unknown>,
    name: DomainName,
    type: number,
    excluded: ReadonlySet<string>,
    toEvent: (result: IterationResult) => Event,
  ): Event | undefined {
    const key = `F${type}/${[...excluded].join(',')}/${name.key}`;
    // The way is chosen when the task begins, which is perhaps a second time after the zones have changed.
    const machine = (budget: RequestBudget): Generator<IterationNeed, IterationResult, IterationEvent> =>
      this.contexts.fetching(name, type, this.knowledge.routes.routeOf(name, type), excluded, budget);
    const refuse = (why: Refusal): IterationResult => refusals[why];
    return this.join(task, key, name, machine as Machine<IterationResult>, toEvent, refuse);
  }

  /** Evidence for the validator: a DS or DNSKEY set that the cache holds secure serves as well as a fetched one. */
  private serveEvidence(
    task: Task<unknown>,
    name: DomainName,
    type: number,
    excluded: ReadonlySet<string>,
  ): Event | undefined {
    if (excluded.size === 0) {
      const cached = this.contexts.cachedEvidence(name, type);
      if (cached !== undefined) return { kind: 'fetched', evidence: cached };
    }
    return this.serveFetch(task, name, type, excluded, (result) =>
      result.ok
        ? { kind: 'fetched', evidence: result.response }
        : {
            kind: 'not-fetched',
            text: result.errors[0]?.text ?? result.failure,
            limited: isOurOwnFailure(result.failure),
          },
    );
  }

  private serveAddresses(task: Task<unknown>, name: DomainName, type: number): Event | undefined {
    const local = this.ports.localTargets?.({ name, type, class: RRClass.IN });
    if (local?.kind === 'answer') return { kind: 'addresses', addresses: this.contexts.addressesOf(local.resolution) };
    const toEvent = (result: LookupResult): Event => ({
      kind: 'addresses',
      addresses: this.contexts.addressesIn(result),
      limited: !result.ok && FAILURES_OF_OURS.has(result.failure),
      looped: !result.ok && causeOfErrors(result.errors) === 'servers-loop',
    });
    const found = this.knowledge.find(name, type, 'any');
    if (found !== undefined) return toEvent(found);
    // Each level of NS addresses is a look-up and a fetch.
    if (task.depth >= this.options.request.maxDepth * TASKS_PER_LEVEL)
      return { kind: 'addresses', addresses: [], limited: true };
    return this.joinLookup(task, name, type, false, toEvent);
  }

  /** Root priming (RFC 9609): one question at a time, whoever needs it. */
  private servePriming(task: Task<unknown>): Event | undefined {
    const machine = (budget: RequestBudget): Generator<IterationNeed, undefined, IterationEvent> =>
      this.contexts.priming(budget);
    return this.join(
      task,
      'P',
      DomainName.root,
      machine as Machine<undefined>,
      () => DONE,
      () => undefined,
    );
  }

  /**
   * Joins the task under way for `key`, or starts one. Its result becomes the event, at once when it is there; a circle
   * of tasks that wait for each other is refused with `refuse`.
   */
  private join<R>(
    task: Task<unknown>,
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
      if (isClient && present.waiters.length >= this.options.request.maxWaiters) return toEvent(refuse('overload'));
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
    task: Task<unknown>,
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

  private finish(task: Task<unknown>, result: unknown): void {
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
  private crash(task: Task<unknown>, error: unknown): void {
    const question = task.request?.question ?? UNKNOWN_QUESTION;
    this.ports.events.crashed(question, error);
    if (task.state !== 'running') return;
    const errors = [{ code: EdeCode.OTHER, text: 'internal error', cause: 'internal-error' }];
    if (task.request !== undefined)
      this.finish(task, failed(Rcode.SERVFAIL, EdeCode.OTHER, 'internal error', 'internal-error'));
    else this.finish(task, { ok: false, failure: 'servers-failed', errors, cached: false });
  }

  /** Ends a task and everything that only it waits for. */
  private cancel(task: Task<unknown>): void {
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

function* refreshing(step: RefreshStep): Generator<RefreshStep, LookupResult, LookupDone> {
  return (yield step).result;
}

/** The in-flight table's key of a look-up. */
function lookupKey(name: DomainName, type: number, validate: boolean): string {
  return `${validate ? 'L' : 'U'}${type}/${name.key}`;
}

function isUsable({ rcode }: Resolution): boolean {
  return rcode === Rcode.NOERROR || rcode === Rcode.NXDOMAIN;
}

function newTask<R>(
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

function verify(job: VerifyJob): Event {
  return { kind: 'verified', valid: verifySignature(job.key, job.signature, job.signed) };
}

/** Why a task may not wait for another. */
type Refusal = 'loop' | 'overload';

const refusals: Record<Refusal, Extract<IterationResult, { ok: false }>> = {
  loop: { ok: false, failure: 'loop', errors: [loopError()] },
  overload: {
    ok: false,
    failure: 'overload',
    errors: [{ code: EdeCode.OTHER, text: 'too many clients wait for this question', cause: 'overload' }],
  },
};

/** A result of any task that would have been another with more to spend. */
function ranOutOfBudget(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false;
  if ('failure' in result) return result.failure === 'budget';
  if (!('finding' in result)) return false;
  const verdict = verdictOfFinding((result as Extract<LookupResult, { ok: true }>).finding);
  return verdict?.status === 'bogus' && verdict.reason === 'work-limit';
}

function loopError(): ExtendedError {
  const text = 'servers can only be found through each other (loop)';
  return { code: EdeCode.NO_REACHABLE_AUTHORITY, text, cause: 'servers-loop' };
}

/** The client's patience has ended: it is told which servers kept it waiting. */
function lateResolution({ troubles }: RequestBudget): Resolution {
  const late = failed(Rcode.SERVFAIL, EdeCode.NO_REACHABLE_AUTHORITY, 'no answer in time', 'deadline');
  return { ...late, errors: [...late.errors, ...troubles] };
}

function failed(rcode: number, code: number, text: string, cause: CauseCode): Resolution {
  return {
    rcode,
    answer: [],
    authority: [],
    verdict: undefined,
    authentic: false,
    errors: [{ code, text, cause }],
    shareable: false,
  };
}
