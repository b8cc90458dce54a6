// Serves what the machines need: from the stores, from servers, or through other tasks. Writes the stores.
import type { VerifyJob } from '../dnssec/rrsig.ts';
import { failureOf, failureText } from '../dnssec/verdict.ts';
import { verifyInPool } from '../dnssec/verification-key.ts';
import { causeOfErrors, causeOfVerdict, hintOf } from '../explain/cause.ts';
import type { IterationEvent, IterationNeed, IterationResult } from '../iterator/iteration.ts';
import type { Ask } from '../ports/exchange.ts';
import { RRClass } from '../wire/constants.ts';
import type { Question } from '../wire/message.ts';
import { DomainName } from '../wire/name.ts';
import type { LookupStep } from './answering.ts';
import { type LookupResult, verdictOfFinding } from './finding.ts';
import type { InFlight } from './in-flight.ts';
import type { Knowledge } from './knowledge.ts';
import { isOurOwnFailure, type LookupContext, type LookupEvent, type LookupNeed, lookUp } from './lookup.ts';
import { CACHE, MachineContexts } from './machine-contexts.ts';
import { DONE, type Event, type Need, refreshing } from './needs.ts';
import { DEFAULT_SERVING_OPTIONS, type ResolverOptions } from './options.ts';
import {
  failuresOfOurs,
  NOT_CACHED,
  type Refusal,
  ranOutOfBudget,
  refusals,
  rememberedFailure,
} from './own-failures.ts';
import { Refreshes, refreshLimits } from './refreshes.ts';
import { RequestBudget } from './request-budget.ts';
import type { ResolverPorts } from './resolver-ports.ts';
import type { ServeStale } from './serve-stale.ts';
import { noteObservation, noteOutcome } from './server-experience.ts';
import { storeVerified } from './storing.ts';
import { type AnyTask, newTask } from './task.ts';
import { type Machine, type NeedServer, TaskRunner } from './task-runner.ts';
import { askLine, delegationLine, lookupLine, trustLine } from './trace-lines.ts';
import { Verifications, verify } from './verifications.ts';
import type { Wipes } from './wipes.ts';

/** Tasks between a question and the address of an NS name that it needs: the look-up and its fetch. */
const TASKS_PER_LEVEL = 2;

export class TaskNeeds implements NeedServer {
  readonly runner: TaskRunner;
  readonly refreshes: Refreshes;
  private readonly options: ResolverOptions;
  private readonly ports: ResolverPorts;
  private readonly knowledge: Knowledge;
  private readonly stale: ServeStale | undefined;
  private readonly wipes: Wipes;
  private readonly verifications: Verifications;
  private readonly contexts: MachineContexts;

  /** `options` as at the start: of those that change, the stores know. */
  constructor(
    options: ResolverOptions,
    ports: ResolverPorts,
    knowledge: Knowledge,
    stale: ServeStale | undefined,
    inFlight: InFlight,
    wipes: Wipes,
  ) {
    const { refreshPercent, maxRefreshes } = options.serving ?? DEFAULT_SERVING_OPTIONS;
    this.options = options;
    this.ports = ports;
    this.knowledge = knowledge;
    this.stale = stale;
    this.wipes = wipes;
    this.refreshes = new Refreshes(refreshPercent, maxRefreshes);
    this.verifications = new Verifications(ports.useThreadPool);
    this.contexts = new MachineContexts(options, knowledge, ports.clock, ports.random, (job) =>
      this.verifications.atOnce(job),
    );
    this.runner = new TaskRunner(ports, this, this.verifications, inFlight, wipes, options.request.maxWaiters);
  }

  serve(task: AnyTask, need: Need): Event | undefined {
    switch (need.kind) {
      case 'ask':
        this.ask(task, need.ask);
        return undefined;
      case 'verify':
        return this.verify(task, need);
      case 'lookup':
        return this.serveLookup(task, need);
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
        if (task.keeps(need.zone)) {
          noteObservation(this.knowledge.servers, this.knowledge.now, need.server, need.zone, need.observation);
        }
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
        storeVerified(this.knowledge, { rrset: need.rrset, verdict: need.verdict, server: need.server }, need.ttl);
        return DONE;
      default:
        return need satisfies never;
    }
  }

  private isKnownSecure(zone: DomainName): boolean {
    return this.knowledge.trust.get(zone, this.knowledge.now)?.status === 'secure';
  }

  private ask(task: AnyTask, ask: Ask): void {
    this.knowledge.servers.recordSent(ask.server, this.ports.clock.monotonicMs());
    task.pendingAsk = this.ports.exchange.ask(ask, (outcome) => {
      task.pendingAsk = undefined;
      this.ports.events.upstream(ask, outcome);
      task.budget.trace?.line(askLine(ask, outcome));
      noteOutcome(this.knowledge.servers, this.ports.clock, task.budget, ask, outcome);
      this.runner.run(task, { kind: 'outcome', outcome });
    });
  }

  private verify(task: AnyTask, job: VerifyJob): Event | undefined {
    if (!this.verifications.isForPool(job)) return verify(job);
    verifyInPool(job.key, job.signature, job.signed, (valid) => this.runner.run(task, { kind: 'verified', valid }));
    return undefined;
  }

  private serveLookup(task: AnyTask, { name, type, isExtra }: LookupStep): Event | undefined {
    const { request } = task;
    let validate = request?.validate ?? true;
    let found = this.knowledge.find(name, type, validate ? 'validated' : 'any');
    if (found?.ok === false && found.verdict !== undefined && request?.checkingDisabled === true) {
      // Data that there is no budget to validate are the client's to judge: it set CD.
      validate = false;
      found = this.knowledge.find(name, type, 'any');
    }
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
      return { kind: 'looked-up', result: { ok: false, failure: 'not-cached', errors: [NOT_CACHED], cached: true } };
    }
    return this.joinLookup(task, name, type, validate, (result) => {
      if (request !== undefined && !isExtra && ranOutOfBudget(result) && task.keeps(request.question.name)) {
        const { question } = request;
        this.knowledge.failures.set(question.name, question.type, rememberedFailure(result), this.knowledge.now);
      }
      if (request === undefined || this.stale === undefined) return { kind: 'looked-up', result };
      return { kind: 'looked-up', result: this.stale.insteadOf(result, request, name, type) };
    });
  }

  /**
   * Looks a question up anew, though the caches have something, with nobody waiting. Taken on by `refreshes` before; begins
   * when whoever asked has been answered.
   */
  refresh(name: DomainName, type: number, validate: boolean): void {
    const { clock, timers } = this.ports;
    const limits = refreshLimits(this.options.request);
    const budget = new RequestBudget(limits, this.options.validation.limits);
    const key = lookupKey(name, type, validate);
    const machine = refreshing({ kind: 'refresh', name, type, validate });
    const task = newTask<LookupResult>('', machine, budget, 0, undefined, this.wipes.keepsFromNow());
    const nowMs = clock.monotonicMs();
    const timer = timers.at(nowMs + limits.totalDeadlineMs, () => {
      this.refreshes.end(key);
      this.runner.cancel(task as AnyTask);
    });
    task.waiters.push({
      task: undefined,
      resume: (result) => {
        timer.cancel();
        this.refreshes.end(key);
        this.stale?.noteRefresh(result, name, type, validate);
      },
    });
    timers.at(nowMs, () => this.runner.run(task as AnyTask, DONE));
  }

  private joinLookup(
    task: AnyTask,
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
    return this.runner.join(
      task,
      lookupKey(name, type, validate),
      name,
      machine as Machine<LookupResult>,
      toEvent,
      refuse,
    );
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
    task: AnyTask,
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
    return this.runner.join(task, key, name, machine as Machine<IterationResult>, toEvent, refuse);
  }

  /** Evidence for the validator: a DS or DNSKEY set that the cache holds secure serves as well as a fetched one. */
  private serveEvidence(
    task: AnyTask,
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

  private serveAddresses(task: AnyTask, name: DomainName, type: number): Event | undefined {
    const local = this.ports.localTargets?.({ name, type, class: RRClass.IN });
    if (local?.kind === 'answer') return { kind: 'addresses', addresses: this.contexts.addressesOf(local.resolution) };
    if (local?.kind === 'alias') return { kind: 'addresses', addresses: [], alias: local.target };
    const toEvent = (result: LookupResult): Event => ({
      kind: 'addresses',
      addresses: this.contexts.addressesIn(result),
      alias: this.contexts.aliasIn(result),
      limited: !result.ok && failuresOfOurs.has(result.failure),
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
  private servePriming(task: AnyTask): Event | undefined {
    const machine = (budget: RequestBudget): Generator<IterationNeed, undefined, IterationEvent> =>
      this.contexts.priming(budget);
    return this.runner.join(
      task,
      'P',
      DomainName.root,
      machine as Machine<undefined>,
      () => DONE,
      () => undefined,
    );
  }
}

/** The in-flight table's key of a look-up. */
export function lookupKey(name: DomainName, type: number, validate: boolean): string {
  return `${validate ? 'L' : 'U'}${type}/${name.key}`;
}
