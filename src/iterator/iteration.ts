// The walk from the closest known zone cut to a server that answers (RFC 1034 5.3.3), as a machine without I/O: it
// yields what it needs and is resumed with the result.
//
// States, in the order in which a walk passes through them:
//   start       find the deepest delegation above the name; prime the root when it is not known
//   ask zone    choose the next question (minimised or full) for the servers of the delegation
//   ask server  choose a server and transport, judge the reply; repeat with others until one is of use
//   addresses   no usable address left: look up one more NS name
//   finished    a response, or a failure that says what was tried
import type { Delegation, NameServer } from '../cache/delegation-store.ts';
import type { ThrottleExemptions } from '../cache/throttle-exemptions.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ask, Outcome, ServerAddress } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import { EdeCode, Rcode, RRClass, RRType, typeText } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { classify } from './classify.ts';
import type { IterationLimits } from './limits.ts';
import { type MinimisationState, nextMinimisedName } from './qname-minimisation.ts';
import type { Referral, Response } from './response.ts';
import type { Asked } from './scrub.ts';
import {
  type AttemptOptions,
  attemptPlan,
  type Candidate,
  chooseServer,
  hasOtherToAsk,
  newCandidate,
  type ServerKnowledge,
} from './server-selection.ts';
import {
  MAX_REPORTED_TROUBLES,
  noteTransportTrouble,
  report,
  serverText,
  type Troubles,
  troubleText,
} from './troubles.ts';

/** By which way a name is resolved: from the root, or through configured servers. */
export type Route =
  | { readonly kind: 'iterative' }
  | {
      readonly kind: 'forward';
      readonly zone: DomainName;
      readonly servers: readonly ServerAddress[];
      /** RD=1: the servers resolve; else they are authoritative and their delegations are followed. */
      readonly recurse: boolean;
      /** Servers by name instead of by address: those of a delegation within a local zone. */
      readonly delegatedTo?: readonly NameServer[] | undefined;
    };

/** What the walk may spend; shared with everything else that the same client query causes (SECURITY I-1). */
export interface IterationBudget {
  /** Counts one packet; false when the query has spent its packets, octets or time. */
  chargeUpstream(): boolean;
  /** Counts one NS address look-up; false when no more may be made. */
  chargeAddressLookup(): boolean;
  /** Counts one failed NS address look-up; false when there were too many. */
  chargeFailedAddressLookup(): boolean;
  /** What went wrong with a server, for the client. */
  noteTrouble(error: ExtendedError): void;
}

/** What the walk reads of the caches. */
export interface IterationKnowledge {
  readonly servers: ServerKnowledge;
  closestDelegation(name: DomainName, top: DomainName): Delegation | undefined;
  /** Glue that a parent gave for an NS name, wherever it was delegated. */
  glueOf(name: DomainName): readonly ServerAddress[];
  /** Cached addresses of an NS name; undefined when they would have to be looked up. */
  addressesOf(name: DomainName): readonly ServerAddress[] | undefined;
  /** An NS name whose address was looked for in vain of late. */
  isNonResolving(name: DomainName): boolean;
}

export interface IterationOptions extends AttemptOptions {
  readonly limits: IterationLimits;
  readonly minimise: boolean;
  /** NXDOMAIN for a minimised name ends the walk. */
  readonly minimiseStrictly: boolean;
  readonly useIPv4: boolean;
  readonly useIPv6: boolean;
  /** Ask for signatures (DO). */
  readonly dnssecOk: boolean;
  readonly randomiseCase: boolean;
  /** Send names in lower case, and so without random case (`outgoing.lowercase`). */
  readonly lowerCase: boolean;
  /** One question in so many treats a dead server as any other; 0: none. */
  readonly bypassThrottlingOneIn: number;
  /** Servers that never count as dead. */
  readonly exemptions: ThrottleExemptions;
  /** Whether an address that a server named may be asked. */
  readonly mayAsk: (octets: Uint8Array) => boolean;
}

export interface IterationContext {
  readonly name: DomainName;
  readonly type: number;
  readonly route: Route;
  readonly onRoute: (name: DomainName) => boolean;
  readonly knowledge: IterationKnowledge;
  readonly budget: IterationBudget;
  readonly options: IterationOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly rootHints: Delegation;
  /** Servers not to ask, `address#port`: their data did not validate (SECURITY 4.3). */
  readonly excluded: ReadonlySet<string>;
  /** Set for the priming question itself. */
  readonly priming: boolean;
}

/** What a server was seen to do, for the server cache. */
export type ServerObservation = 'lame' | 'failing' | 'no-edns' | 'changes-case';

export type IterationNeed =
  | { readonly kind: 'ask'; readonly ask: Ask }
  | { readonly kind: 'prime' }
  | { readonly kind: 'addresses'; readonly name: DomainName; readonly type: number }
  | { readonly kind: 'learn'; readonly delegation: Delegation }
  | { readonly kind: 'observe-name'; readonly name: DomainName; readonly resolved: boolean }
  | {
      readonly kind: 'observe';
      readonly server: ServerAddress;
      readonly zone: DomainName;
      readonly observation: ServerObservation;
    };

export type IterationEvent =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  /** `limited`: a limit of ours ended the look-up, which says nothing about the name. */
  | { readonly kind: 'addresses'; readonly addresses: readonly ServerAddress[]; readonly limited?: boolean }
  | { readonly kind: 'done' };

export type IterationFailure = 'no-servers' | 'servers-failed' | 'budget' | 'too-many-referrals' | 'loop' | 'overload';

export type IterationResult =
  | { readonly ok: true; readonly response: Response }
  | { readonly ok: false; readonly failure: IterationFailure; readonly errors: readonly ExtendedError[] };

type Walk<T> = Generator<IterationNeed, T, IterationEvent>;

/** How asking one zone ended. */
type ZoneResult =
  | { readonly kind: 'response'; readonly response: Response }
  | { readonly kind: 'referral'; readonly referral: Referral; readonly server: string }
  | { readonly kind: 'failed'; readonly failure: IterationFailure; readonly errors: readonly ExtendedError[] };

/** Counters of one walk. */
interface WalkState {
  sent: number;
  readonly minimisation: MinimisationState;
}

/** Resolves one (name, type) without following aliases out of the answering zone. */
export function* iterate(context: IterationContext): Walk<IterationResult> {
  const { limits } = context.options;
  const state: WalkState = {
    sent: 0,
    minimisation: { steps: 0, failures: 0, abandoned: !mayMinimise(context) },
  };
  let delegation = yield* startingPoint(context);
  for (let referrals = 0; referrals <= limits.maxReferrals; referrals++) {
    const result: ZoneResult = yield* askZone(context, delegation, state);
    if (result.kind === 'response') return { ok: true, response: result.response };
    if (result.kind === 'failed') return { ok: false, failure: result.failure, errors: result.errors };
    delegation = yield* descend(context, delegation, result.referral, result.server);
  }
  return failure('too-many-referrals', EdeCode.NO_REACHABLE_AUTHORITY, 'too many referrals');
}

function failure(kind: IterationFailure, code: number, text: string): IterationResult {
  return { ok: false, failure: kind, errors: [{ code, text }] };
}

function mayMinimise(context: IterationContext): boolean {
  const forwarded = context.route.kind === 'forward' && context.route.recurse;
  return context.options.minimise && !forwarded && !context.priming;
}

/** The name from which upwards zone cuts are searched: a DS record belongs to the parent (RFC 4035 3.1.4.1). */
function cutSearchName(context: IterationContext): DomainName {
  return context.type === RRType.DS ? context.name.parent() : context.name;
}

function* startingPoint(context: IterationContext): Walk<Delegation> {
  const { route, knowledge } = context;
  if (context.priming) return context.rootHints;
  if (route.kind === 'forward') {
    const known = route.recurse ? undefined : knowledge.closestDelegation(cutSearchName(context), route.zone);
    if (known !== undefined) return known;
    const now = context.clock.cacheSeconds();
    const { zone, servers, delegatedTo } = route;
    if (delegatedTo === undefined) return forwardDelegation(zone, [{ name: zone, glue: servers }], undefined, now + 1);
    // As the referral of the zone above would have it: names without glue are looked up, cuts below last as usual.
    return forwardDelegation(zone, delegatedTo, zone.parent(), now + context.options.limits.maxDelegationTtl);
  }
  let known = knowledge.closestDelegation(cutSearchName(context), DomainName.root);
  if (known === undefined) {
    yield { kind: 'prime' };
    known = knowledge.closestDelegation(cutSearchName(context), DomainName.root);
  }
  return known ?? context.rootHints;
}

function forwardDelegation(
  zone: DomainName,
  nameServers: readonly NameServer[],
  parent: DomainName | undefined,
  expiresAt: number,
): Delegation {
  return { zone, parent, nameServers, securityMaterial: [], server: '', expiresAt };
}

/** Turns a referral into the next delegation and has it stored (its life never exceeds its parent's, A-21). */
function* descend(context: IterationContext, from: Delegation, referral: Referral, server: string): Walk<Delegation> {
  const { limits } = context.options;
  const now = context.clock.cacheSeconds();
  const ttl = Math.min(Math.max(referral.ttl, limits.minDelegationTtl), limits.maxDelegationTtl);
  const ownExpiry = now + ttl;
  const delegation: Delegation = {
    zone: referral.zone,
    parent: from.zone,
    nameServers: referral.nameServers,
    securityMaterial: referral.securityMaterial,
    server,
    expiresAt: from.parent === undefined ? ownExpiry : Math.min(ownExpiry, Math.max(from.expiresAt, now + 1)),
  };
  // A walk that stands in for a zone's own servers leaves no trace: they are asked again next time.
  if (context.onRoute(delegation.zone)) yield { kind: 'learn', delegation };
  return delegation;
}

/** Asks the servers of one zone, minimised name by minimised name, until they answer the full question or refer on. */
function* askZone(context: IterationContext, delegation: Delegation, state: WalkState): Walk<ZoneResult> {
  const { limits, minimiseStrictly } = context.options;
  const { minimisation } = state;
  const servers = new ZoneServers(context, delegation);
  let known = delegation.zone;
  for (;;) {
    const name = nextMinimisedName(context.name, known, minimisation, limits);
    const full = name.equals(context.name);
    if (!full) minimisation.steps++;
    const type = full ? context.type : RRType.A;
    const result: ZoneResult = yield* askServers(context, servers, state, name, type);
    if (full || result.kind === 'referral') return result;
    if (result.kind === 'failed') {
      if (result.failure === 'budget' || result.failure === 'overload') return result;
      // RFC 9156 2.3: servers that fail for minimised names get the full one.
      minimisation.failures++;
      minimisation.abandoned = true;
      servers.restart();
      continue;
    }
    if (result.response.conclusion === 'nxdomain' && result.response.steps.length === 0) {
      if (minimiseStrictly) return { kind: 'response', response: { ...result.response, lastName: name } };
      minimisation.abandoned = true; // Some servers deny empty non-terminals: the full name decides.
    }
    known = name;
  }
}

/** The addresses of one delegation while it is being asked. */
class ZoneServers {
  readonly zone: DomainName;
  readonly delegation: Delegation;
  readonly candidates: Candidate[] = [];
  /** NS names whose addresses are not known yet, in random order. */
  private readonly unresolved: NameServer[] = [];
  private lookups = 0;
  private readonly known = new Set<string>();
  private readonly context: IterationContext;

  constructor(context: IterationContext, delegation: Delegation) {
    this.context = context;
    this.zone = delegation.zone;
    this.delegation = delegation;
    const pending: NameServer[] = [];
    for (const nameServer of delegation.nameServers) {
      this.add(nameServer.name, nameServer.glue);
      if (delegation.parent === undefined) continue;
      const cached = context.knowledge.addressesOf(nameServer.name);
      if (cached !== undefined) this.add(nameServer.name, cached);
      else if (nameServer.glue.length === 0 || !nameServer.name.isSubdomainOf(delegation.zone))
        pending.push(nameServer);
    }
    pending.sort((left, right) => left.glue.length - right.glue.length);
    const withoutGlue = pending.filter(({ glue }) => glue.length === 0);
    while (withoutGlue.length > 0) {
      const picked = withoutGlue.splice(context.random.below(withoutGlue.length), 1)[0];
      if (picked !== undefined) this.unresolved.push(picked);
    }
    this.unresolved.push(...pending.filter(({ glue }) => glue.length > 0));
  }

  /** Adds addresses of the name server `name`. */
  add(name: DomainName, addresses: readonly ServerAddress[]): void {
    const { options, excluded } = this.context;
    for (const server of addresses) {
      if (server.family === 4 ? !options.useIPv4 : !options.useIPv6) continue;
      if (this.known.has(server.key) || excluded.has(server.key)) continue;
      if (this.known.size >= options.limits.maxAddresses) return;
      this.known.add(server.key);
      this.candidates.push(newCandidate(server, options.exemptions.covers(name, server.address)));
    }
  }

  /** The next NS name to look up; undefined when there is none or the limit is reached. */
  nextUnresolved(): NameServer | undefined {
    const { options, knowledge } = this.context;
    for (;;) {
      if (this.lookups >= options.limits.maxGluelessPerDelegation) return undefined;
      const next = this.unresolved.shift();
      if (next !== undefined && (knowledge.isNonResolving(next.name) || this.isBehindSilence(next.name))) continue;
      this.lookups++;
      return next;
    }
  }

  /** A name within the zone, whose address only servers could tell that do not answer. */
  private isBehindSilence(name: DomainName): boolean {
    const { candidates } = this;
    return (
      name.isSubdomainOf(this.zone) && candidates.length > 0 && candidates.every(({ udpTimeouts }) => udpTimeouts > 0)
    );
  }

  /** Makes all addresses usable for another question. */
  restart(): void {
    for (const candidate of this.candidates) {
      Object.assign(candidate, newCandidate(candidate.server, candidate.exempt));
    }
  }
}

/** Empty answers after which one is believed (SECURITY 4.5). */
const MAX_EMPTY_REPLIES = 2;

/** Asks one question until a server gives a usable reply. */
function* askServers(
  context: IterationContext,
  servers: ZoneServers,
  state: WalkState,
  name: DomainName,
  type: number,
): Walk<ZoneResult> {
  const { limits } = context.options;
  const troubles: Troubles = { errors: [], note: (error) => context.budget.noteTrouble(error) };
  let secondChoice: Response | undefined;
  let emptyReplies = 0;
  servers.restart();
  for (;;) {
    const candidate = chooseServer(
      servers.candidates,
      servers.zone,
      context.knowledge.servers,
      context.clock,
      context.random,
      context.options.bypassThrottlingOneIn,
    );
    if (candidate === undefined) {
      const more = emptyReplies <= MAX_EMPTY_REPLIES && (yield* moreAddresses(context, servers));
      if (more) continue;
      if (secondChoice !== undefined) return { kind: 'response', response: secondChoice };
      return noServerLeft(context, servers, troubles, name, type);
    }
    if (state.sent >= limits.maxUpstreamPerFetch || !context.budget.chargeUpstream()) {
      return {
        kind: 'failed',
        failure: 'budget',
        errors: [{ code: EdeCode.OTHER, text: 'work limit: too many packets' }],
      };
    }
    state.sent++;
    const outcome: Outcome = yield* attempt(context, servers, candidate, name, type);
    if (outcome.kind !== 'reply') {
      if (outcome.kind === 'no-socket') {
        return { kind: 'failed', failure: 'overload', errors: [{ code: EdeCode.OTHER, text: 'no socket to be had' }] };
      }
      noteTransportTrouble(candidate, outcome, troubles, name, type);
      continue;
    }
    const classified = classify(outcome.message, askedOf(context, servers.zone, name, type), candidate.server.key);
    switch (classified.kind) {
      case 'response':
        return { kind: 'response', response: classified.response };
      case 'referral':
        return { kind: 'referral', referral: classified.referral, server: candidate.server.key };
      case 'empty':
        candidate.finished = true;
        secondChoice ??= classified.response;
        if (++emptyReplies > MAX_EMPTY_REPLIES) return { kind: 'response', response: secondChoice };
        break;
      case 'recursion-lame':
        candidate.finished = true;
        secondChoice = classified.response;
        break;
      case 'lame':
        candidate.finished = true;
        yield { kind: 'observe', server: candidate.server, zone: servers.zone, observation: 'lame' };
        report(troubles, EdeCode.NO_REACHABLE_AUTHORITY, troubleText(candidate, classified.why, name, type));
        break;
      case 'error':
        yield* noteErrorRcode(context, servers, candidate, classified.rcode, outcome.message.edns !== undefined);
        report(troubles, EdeCode.NETWORK_ERROR, troubleText(candidate, classified.why, name, type));
        break;
      default:
        classified satisfies never;
    }
  }
}

function askedOf(context: IterationContext, zone: DomainName, name: DomainName, type: number): Asked {
  return {
    name,
    type,
    zone,
    recursive: context.route.kind === 'forward' && context.route.recurse,
    onRoute: context.onRoute,
    mayAsk: context.options.mayAsk,
    limits: context.options.limits,
    random: context.random,
  };
}

function* attempt(
  context: IterationContext,
  servers: ZoneServers,
  candidate: Candidate,
  name: DomainName,
  type: number,
): Walk<Outcome> {
  const { knowledge, options, clock, route } = context;
  const othersAnswer = hasOtherToAsk(candidate, servers.candidates, knowledge.servers);
  const plan = attemptPlan(candidate, type, othersAnswer, knowledge.servers, options);
  const recursive = route.kind === 'forward' && route.recurse;
  const now = clock.cacheSeconds();
  const plain = candidate.withoutEdns || knowledge.servers.lacksEdns(candidate.server, now);
  candidate.attempts++;
  candidate.withoutEdns = false;
  candidate.needsTcp = false;
  if (plan.transport === 'tcp') candidate.tcpTried = true;
  const mayRandomise = options.randomiseCase && !options.lowerCase && plan.transport === 'udp';
  const event = yield {
    kind: 'ask',
    ask: {
      server: candidate.server,
      question: { name, type, class: RRClass.IN },
      transport: plan.transport,
      timeoutMs: plan.timeoutMs,
      recursionDesired: recursive,
      checkingDisabled: recursive && options.dnssecOk,
      edns: !plain,
      dnssecOk: options.dnssecOk,
      randomiseCase: mayRandomise && !knowledge.servers.changesCase(candidate.server, now),
      lowerCase: options.lowerCase,
    },
  };
  const outcome: Outcome = event.kind === 'outcome' ? event.outcome : { kind: 'timeout' };
  if (candidate.attempts >= options.limits.maxAttemptsPerServer) candidate.finished = true;
  return outcome;
}

function* noteErrorRcode(
  context: IterationContext,
  servers: ZoneServers,
  candidate: Candidate,
  rcode: number,
  hadEdns: boolean,
): Walk<void> {
  const { server } = candidate;
  const alreadyPlain = context.knowledge.servers.lacksEdns(server, context.clock.cacheSeconds());
  if ((rcode === Rcode.FORMERR || rcode === Rcode.NOTIMP) && !hadEdns && !alreadyPlain && !candidate.finished) {
    candidate.withoutEdns = true;
    yield { kind: 'observe', server, zone: servers.zone, observation: 'no-edns' };
    return;
  }
  candidate.finished = true;
  if (rcode === Rcode.REFUSED || rcode === Rcode.NOTAUTH) {
    yield { kind: 'observe', server, zone: servers.zone, observation: 'lame' };
  } else if (rcode === Rcode.SERVFAIL) {
    yield { kind: 'observe', server, zone: servers.zone, observation: 'failing' };
  }
}

/** Looks up NS names until one yields an address that was not known; false when there is nothing left to look up. */
function* moreAddresses(context: IterationContext, servers: ZoneServers): Walk<boolean> {
  const { useIPv4, useIPv6 } = context.options;
  for (;;) {
    const nameServer = servers.nextUnresolved();
    if (nameServer === undefined || !context.budget.chargeAddressLookup()) return false;
    const { name } = nameServer;
    const before = servers.candidates.length;
    let verdict: NameVerdict = 'unresolved';
    if (useIPv4) verdict = yield* addAddresses(servers, name, RRType.A);
    if (useIPv6 && servers.candidates.length === before) verdict = yield* addAddresses(servers, name, RRType.AAAA);
    if (verdict !== 'unknown') yield { kind: 'observe-name', name, resolved: verdict === 'resolved' };
    // Parent and child may disagree about a server's address: the parent's is tried as well.
    servers.add(name, context.knowledge.glueOf(name));
    if (servers.candidates.length > before) return true;
    if (!context.budget.chargeFailedAddressLookup()) return false;
  }
}

/** What a look-up has told about an NS name. */
type NameVerdict = 'resolved' | 'unresolved' | 'unknown';

function* addAddresses(servers: ZoneServers, name: DomainName, type: number): Walk<NameVerdict> {
  const event = yield { kind: 'addresses', name, type };
  if (event.kind !== 'addresses') return 'unknown';
  servers.add(name, event.addresses);
  if (event.addresses.length > 0) return 'resolved';
  return event.limited === true ? 'unknown' : 'unresolved';
}

function noServerLeft(
  context: IterationContext,
  servers: ZoneServers,
  troubles: Troubles,
  name: DomainName,
  type: number,
): ZoneResult {
  const zone = nameTextWithoutDot(servers.zone);
  const asked = servers.candidates.length > 0 || context.excluded.size > 0;
  const errors: ExtendedError[] = [
    {
      code: EdeCode.NO_REACHABLE_AUTHORITY,
      text: asked
        ? `no server of ${zone} answered ${nameTextWithoutDot(name)} ${typeText(type)}`
        : `no address for the servers of ${zone}`,
    },
    ...troubles.errors,
  ];
  if (troubles.errors.length === 0) {
    for (const { server } of servers.candidates.slice(0, MAX_REPORTED_TROUBLES)) {
      // None was asked: they were silent before, and it is not time for a probe.
      errors.push({ code: EdeCode.NETWORK_ERROR, text: `${serverText(server)} has not answered lately` });
    }
  }
  return { kind: 'failed', failure: asked ? 'servers-failed' : 'no-servers', errors };
}
