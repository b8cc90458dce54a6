// What the machines of the resolver are given to read, and the two walks that need more than one of them.
import type { Delegation } from '../cache/delegation-store.ts';
import type { ClosestAnchor } from '../dnssec/trust-anchor.ts';
import {
  type IterationContext,
  type IterationEvent,
  type IterationKnowledge,
  type IterationNeed,
  type IterationResult,
  iterate,
  type Route,
} from '../iterator/iteration.ts';
import { serverAddress } from '../iterator/server-address.ts';
import type { Clock } from '../ports/clock.ts';
import type { ServerAddress } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import type { Evidence, ValidationContext } from '../validator/needs.ts';
import { RRType } from '../wire/constants.ts';
import { DomainName } from '../wire/name.ts';
import { type RRset, withTtl } from '../wire/record.ts';
import type { LookupResult } from './finding.ts';
import type { Knowledge } from './knowledge.ts';
import type { ResolverOptions } from './options.ts';
import type { RequestBudget } from './request-budget.ts';
import type { Resolution } from './resolution.ts';
import { Routes } from './routes.ts';

/** The root's delegation, when priming failed, is taken from the hints for so long. */
const HINTS_LIFE_SECONDS = 60;
/** Named as the server of evidence that comes from the cache: excluding it leads to the servers themselves. */
export const CACHE = 'cache';
const NO_EXCLUSIONS: ReadonlySet<string> = new Set();
const ADDRESS_TYPES: readonly number[] = [RRType.A, RRType.AAAA];

export class MachineContexts {
  private readonly options: ResolverOptions;
  private readonly knowledge: Knowledge;
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly iterationKnowledge: IterationKnowledge;
  private hints: Delegation | undefined;
  private readonly verifyAtOnce: NonNullable<ValidationContext['verifyAtOnce']>;

  constructor(
    options: ResolverOptions,
    knowledge: Knowledge,
    clock: Clock,
    random: Random,
    verifyAtOnce: NonNullable<ValidationContext['verifyAtOnce']>,
  ) {
    this.options = options;
    this.knowledge = knowledge;
    this.clock = clock;
    this.random = random;
    this.verifyAtOnce = verifyAtOnce;
    this.iterationKnowledge = {
      servers: knowledge.servers,
      closestDelegation: (from, top) => knowledge.closestDelegation(from, top),
      glueOf: (server) => knowledge.glueOf(server),
      addressesOf: (server) => this.cachedAddresses(server),
      isNonResolving: (server) => knowledge.nonResolving.isThrottled(server, knowledge.now),
    };
  }

  /** Iteration by the route of the name; where configured, from the root when the route's servers fail. */
  *fetching(
    name: DomainName,
    type: number,
    route: Route,
    excluded: ReadonlySet<string>,
    budget: RequestBudget,
  ): Generator<IterationNeed, IterationResult, IterationEvent> {
    const result = yield* iterate(this.iterationContext(name, type, route, excluded, budget, false));
    if (result.ok || !this.knowledge.routes.mayFallBack(route)) return result;
    return yield* iterate(this.iterationContext(name, type, Routes.iterative, excluded, budget, false));
  }

  /** A DS or DNSKEY set, or its denial, that the cache holds secure, as the validator wants it. */
  cachedEvidence(name: DomainName, type: number): Evidence | undefined {
    const entry = this.knowledge.answers.get(name, type, this.knowledge.now);
    if (entry === undefined || entry.verdict?.status !== 'secure') return undefined;
    // Aged, so that a chain of trust built of it ends when the cached set does (SECURITY I-6).
    const ttl = Math.floor(entry.expiresAt - this.knowledge.now);
    const aged = (rrset: RRset): RRset => withTtlUpTo(rrset, ttl);
    if (entry.kind === 'rrset') {
      const steps = [{ kind: 'rrsets', name, rrsets: [aged(entry.rrset)] } as const];
      return {
        conclusion: 'answer',
        steps,
        zone: name,
        lastName: name,
        soa: undefined,
        denial: [],
        server: CACHE,
      };
    }
    return {
      conclusion: entry.kind,
      steps: [],
      zone: name,
      lastName: name,
      soa: entry.soa,
      denial: entry.proof.map(aged),
      server: CACHE,
    };
  }

  /** Addresses that a look-up found and that may be asked. */
  addressesIn(result: LookupResult): ServerAddress[] {
    if (!result.ok || result.finding.kind !== 'rrsets') return [];
    const addresses: ServerAddress[] = [];
    for (const { rrset, verdict } of result.finding.entries) {
      if (verdict?.status === 'bogus') continue;
      for (const rdata of rrset.rdatas) {
        if (this.options.iteration.mayAsk(rdata)) addresses.push(serverAddress(rdata));
      }
    }
    return addresses;
  }

  /** The target where a look-up for addresses found that the name is an alias. */
  aliasIn(result: LookupResult): DomainName | undefined {
    if (!result.ok || result.finding.kind !== 'alias') return undefined;
    const { entry, target } = result.finding;
    return entry.verdict?.status === 'bogus' ? undefined : target;
  }

  /** Addresses in an answer that a local zone gives. */
  addressesOf({ answer }: Resolution): ServerAddress[] {
    const rdatas = answer.flatMap(({ rrset }) => rrset.rdatas);
    return rdatas.filter((rdata) => this.options.iteration.mayAsk(rdata)).map((rdata) => serverAddress(rdata));
  }

  /** Addresses of an NS name that the answer cache holds; undefined when neither family has been looked up. */
  private cachedAddresses(name: DomainName): ServerAddress[] | undefined {
    const { answers, now } = this.knowledge;
    if (!answers.mayKnow(name)) return undefined;
    let addresses: ServerAddress[] | undefined;
    for (const type of ADDRESS_TYPES) {
      const entry = answers.get(name, type, now);
      if (entry?.kind !== 'rrset' || entry.verdict?.status === 'bogus') continue;
      addresses ??= [];
      for (const rdata of entry.rrset.rdatas) {
        if (this.options.iteration.mayAsk(rdata)) addresses.push(serverAddress(rdata));
      }
    }
    return addresses;
  }

  /** The priming question, and the root's delegation made of its answer or of the hints (RFC 9609). */
  *priming(budget: RequestBudget): Generator<IterationNeed, undefined, IterationEvent> {
    const { root } = DomainName;
    const context = this.iterationContext(root, RRType.NS, Routes.iterative, NO_EXCLUSIONS, budget, true);
    const result = yield* iterate(context);
    const now = this.knowledge.now;
    const response = result.ok ? result.response : undefined;
    const step = response?.steps[0];
    const nameServers = response?.rootServers;
    const usable = nameServers?.some(({ glue }) => glue.length > 0) === true;
    const ttl = step?.kind === 'rrsets' ? (step.rrsets[0]?.ttl ?? 0) : 0;
    const { minDelegationTtl, maxDelegationTtl } = this.options.iteration.limits;
    const life = Math.min(Math.max(ttl, minDelegationTtl), maxDelegationTtl);
    const delegation: Delegation =
      usable && nameServers !== undefined
        ? { ...this.rootHints(), nameServers, server: response?.server ?? '', expiresAt: now + life }
        : { ...this.rootHints(), expiresAt: now + HINTS_LIFE_SECONDS };
    yield { kind: 'learn', delegation };
    return undefined;
  }

  /** Made once a second: every walk has them at hand, and hardly any looks. */
  private rootHints(): Delegation {
    const expiresAt = this.knowledge.now + HINTS_LIFE_SECONDS;
    if (this.hints?.expiresAt !== expiresAt) {
      const nameServers = this.options.rootServers;
      const { root } = DomainName;
      this.hints = { zone: root, parent: undefined, nameServers, securityMaterial: [], server: '', expiresAt };
    }
    return this.hints;
  }

  private iterationContext(
    name: DomainName,
    type: number,
    route: Route,
    excluded: ReadonlySet<string>,
    budget: RequestBudget,
    priming: boolean,
  ): IterationContext {
    const { routes } = this.knowledge;
    const routeKey = route.kind === 'forward' ? route.zone.key : '';
    return {
      name,
      type,
      route,
      onRoute: (other) => routes.routeKey(other) === routeKey,
      knowledge: this.iterationKnowledge,
      budget,
      options: this.options.iteration,
      clock: this.clock,
      random: this.random,
      rootHints: this.rootHints(),
      excluded,
      priming,
    };
  }

  /** The closest anchor, or the delegation of a local zone that lies below it. */
  private closestAnchor(name: DomainName): ClosestAnchor | undefined {
    const anchor = this.options.anchors.closest(name);
    const zone = this.knowledge.routes.localDelegationOf(name);
    if (zone === undefined || (anchor !== undefined && !zone.isBelow(anchor.zone))) return anchor;
    return { kind: 'unsigned', zone };
  }

  /** What validation reads; `thorough` as there. */
  validation(budget: RequestBudget, thorough: boolean): ValidationContext {
    const { knowledge } = this;
    const { policy, limits, chainLimits, inceptionSkew, expirationSkew } = this.options.validation;
    return {
      anchors: { closest: (name) => this.closestAnchor(name) },
      trustOf: (zone) => knowledge.trust.get(zone, knowledge.now),
      trustTtl: (zone) => knowledge.trust.remaining(zone, knowledge.now),
      cutsBetween: (above, name) => knowledge.delegations.cutsBetween(above, name, knowledge.now),
      referralMaterial: (zone) => {
        const delegation = knowledge.delegations.get(zone, knowledge.now);
        if (delegation === undefined) return undefined;
        const left = Math.floor(delegation.expiresAt - knowledge.now);
        const rrsets: RRset[] = [];
        for (const rrset of delegation.securityMaterial) rrsets.push(withTtlUpTo(rrset, left));
        return { rrsets, server: delegation.server, rttMs: delegation.rttMs };
      },
      thorough,
      forwardZoneOf: (name, type) => {
        const route = knowledge.routes.routeOf(name, type);
        return route.kind === 'forward' ? route.zone : undefined;
      },
      hardenStripped: this.options.validation.hardenStripped,
      policy,
      variants: this.options.validation.variants,
      chainLimits,
      nowSeconds: this.clock.wallSeconds(),
      inceptionSkew,
      expirationSkew,
      nsec3MaxIterations: limits.maxNsec3Iterations,
      nsec3MaxSalt: limits.maxNsec3Salt,
      work: budget.work,
      verifyAtOnce: this.verifyAtOnce,
      bogusTtl: this.options.cache.bogusTtl,
    };
  }
}

function withTtlUpTo(rrset: RRset, ttl: number): RRset {
  return rrset.ttl <= ttl ? rrset : withTtl(rrset, ttl);
}
