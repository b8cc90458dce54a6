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
import type { CauseCode } from '../explain/causes.ts';
import type { Outcome, ServerAddress } from '../ports/exchange.ts';
import { EdeCode, Rcode, RRClass, RRType, typeText } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { classify } from './classify.ts';
import { type MinimisationState, nextMinimisedName } from './qname-minimisation.ts';
import type { Referral, Response } from './response.ts';
import type { Asked } from './scrub.ts';
import { serverAddress } from './server-address.ts';
import { attemptPlan, type Candidate, chooseServer, hasOtherToAsk } from './server-selection.ts';
import {
  causeOfRcode,
  causeOfTroubles,
  MAX_REPORTED_TROUBLES,
  noteTransportTrouble,
  report,
  serverText,
  type Troubles,
  troubleText,
} from './troubles.ts';
import type { IterationContext, IterationFailure, IterationResult, Walk } from './walk.ts';
import { ZoneServers } from './zone-servers.ts';

export type {
  IterationBudget,
  IterationContext,
  IterationEvent,
  IterationFailure,
  IterationKnowledge,
  IterationNeed,
  IterationOptions,
  IterationResult,
  Route,
  ServerObservation,
} from './walk.ts';

/** How asking one zone ended. */
type ZoneResult =
  | { readonly kind: 'response'; readonly response: Response }
  | { readonly kind: 'referral'; readonly referral: Referral; readonly server: string; readonly rttMs: number }
  | {
      readonly kind: 'failed';
      readonly failure: IterationFailure;
      readonly errors: readonly ExtendedError[];
      /** Some server did answer, with an error code. */
      readonly refused?: boolean;
      readonly denied?: Response;
    };

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
    minimisation: {
      steps: 0,
      failures: 0,
      abandoned: !mayMinimise(context),
      failedName: undefined,
      type: RRType.A,
    },
  };
  let delegation = yield* startingPoint(context);
  for (let referrals = 0; referrals <= limits.maxReferrals; referrals++) {
    let result: ZoneResult = yield* askZone(context, delegation, state);
    if (result.kind === 'failed' && result.failure === 'no-servers') {
      const withGlue: Delegation | undefined = yield* fetchGlue(context, delegation, state);
      if (withGlue !== undefined) {
        delegation = withGlue;
        result = yield* askZone(context, delegation, state);
      }
    }
    if (result.kind === 'response') {
      yield* learnNames(context, delegation, result.response);
      return { ok: true, response: result.response };
    }
    if (result.kind === 'failed') {
      const { failure, errors, denied } = result;
      return { ok: false, failure, errors, ...(denied === undefined ? {} : { denied }) };
    }
    delegation = yield* descend(context, delegation, result);
  }
  return failure('too-many-referrals', EdeCode.NO_REACHABLE_AUTHORITY, 'too many referrals', 'too-many-referrals');
}

function failure(kind: IterationFailure, code: number, text: string, cause: CauseCode): IterationResult {
  return { ok: false, failure: kind, errors: [{ code, text, cause }] };
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
function* descend(
  context: IterationContext,
  from: Delegation,
  { referral, server, rttMs }: Extract<ZoneResult, { kind: 'referral' }>,
): Walk<Delegation> {
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
    rttMs,
    expiresAt: from.parent === undefined ? ownExpiry : Math.min(ownExpiry, Math.max(from.expiresAt, now + 1)),
  };
  // A walk that stands in for a zone's own servers leaves no trace: they are asked again next time.
  if (context.onRoute(delegation.zone)) yield { kind: 'learn', delegation };
  return delegation;
}

/** NS names looked up at the parent for want of glue. */
const MAX_GLUE_FETCHES = 2;

/**
 * Name servers within their own zone for which the parent gave no glue: its servers are asked for the addresses, which
 * they must have (RFC 9471). Undefined when that leads to nothing.
 */
function* fetchGlue(context: IterationContext, delegation: Delegation, state: WalkState): Walk<Delegation | undefined> {
  const { route, options, knowledge } = context;
  const { zone, parent } = delegation;
  const without = delegation.nameServers.filter(({ name, glue }) => glue.length === 0 && name.isSubdomainOf(zone));
  if (parent === undefined || without.length === 0) return undefined;
  const top = route.kind === 'forward' ? route.zone : DomainName.root;
  const above = zone.isBelow(top) ? knowledge.closestDelegation(zone.parent(), top) : undefined;
  if (above === undefined) return undefined;
  const servers = new ZoneServers(context, above);
  for (const { name } of without.slice(0, MAX_GLUE_FETCHES)) {
    const glue: ServerAddress[] = [];
    if (options.useIPv4) glue.push(...(yield* askForGlue(context, servers, state, name, RRType.A)));
    if (options.useIPv6) glue.push(...(yield* askForGlue(context, servers, state, name, RRType.AAAA)));
    if (glue.length === 0) continue;
    const nameServers = delegation.nameServers.map((server) =>
      server.name.equals(name) ? { name, glue: glue.slice(0, 2 * options.limits.maxGluePerFamily) } : server,
    );
    const found: Delegation = { ...delegation, nameServers };
    if (context.onRoute(zone)) yield { kind: 'learn', delegation: found };
    return found;
  }
  return undefined;
}

function* askForGlue(
  context: IterationContext,
  servers: ZoneServers,
  state: WalkState,
  name: DomainName,
  type: number,
): Walk<ServerAddress[]> {
  const result: ZoneResult = yield* askServers(context, servers, state, name, type);
  if (result.kind === 'referral') {
    const found = result.referral.nameServers.find((server) => server.name.equals(name));
    const family = type === RRType.A ? 4 : 6;
    return (found?.glue ?? []).filter((address) => address.family === family);
  }
  const step = result.kind === 'response' ? result.response.steps[0] : undefined;
  const rdatas = step?.kind === 'rrsets' ? step.rrsets.flatMap((rrset) => rrset.rdatas) : [];
  return rdatas.filter((rdata) => context.options.mayAsk(rdata)).map((rdata) => serverAddress(rdata));
}

/** Keeps NS names that only the zone itself gives: parent and child may disagree, and the child be right. */
function* learnNames(context: IterationContext, delegation: Delegation, { ownNameServers }: Response): Walk<void> {
  if (ownNameServers.length === 0 || delegation.parent === undefined || !context.onRoute(delegation.zone)) return;
  const isNew = (name: DomainName): boolean =>
    !delegation.nameServers.some((server) => server.name.equals(name)) &&
    delegation.furtherNames?.some((known) => known.equals(name)) !== true;
  const found = ownNameServers.filter(isNew);
  if (found.length === 0) return;
  const kept = delegation.furtherNames?.filter((known) => ownNameServers.some((name) => name.equals(known))) ?? [];
  yield { kind: 'learn', delegation: { ...delegation, furtherNames: [...found, ...kept] } };
}

/** Asks the servers of one zone, minimised name by minimised name, until they answer the full question or refer on. */
function* askZone(context: IterationContext, delegation: Delegation, state: WalkState): Walk<ZoneResult> {
  const { limits, minimiseStrictly } = context.options;
  const { minimisation } = state;
  const servers = new ZoneServers(context, delegation);
  let known = delegation.zone;
  let denied: Response | undefined;
  minimisation.failedName = undefined;
  for (;;) {
    const name = nextMinimisedName(context.name, known, minimisation, limits);
    const full = name.equals(context.name);
    if (!full) minimisation.steps++;
    const type = full ? context.type : minimisation.type;
    const result: ZoneResult = yield* askServers(context, servers, state, name, type);
    if (result.kind === 'referral') return result;
    if (full) {
      const last: ZoneResult = yield* askForCut(context, servers, state, result);
      return last.kind === 'failed' && denied !== undefined ? { ...last, denied } : last;
    }
    if (result.kind === 'failed') {
      if (result.failure === 'budget' || result.failure === 'overload') return result;
      // RFC 9156 2.3: servers that fail for minimised names get the full one.
      minimisation.failures++;
      minimisation.abandoned = true;
      minimisation.failedName = name;
      servers.restart();
      continue;
    }
    if (result.response.conclusion === 'nxdomain' && result.response.steps.length === 0) {
      denied = { ...result.response, lastName: name };
      if (minimiseStrictly) return { kind: 'response', response: denied };
      minimisation.abandoned = true; // Some servers deny empty non-terminals: the full name decides.
    }
    known = name;
  }
}

/**
 * Servers that answer with errors whatever is asked of names below theirs may yet know their delegations: the minimised
 * name is asked for with type NS, once in a walk, before it fails. If that helps, minimisation goes on with that type.
 */
function* askForCut(
  context: IterationContext,
  servers: ZoneServers,
  state: WalkState,
  result: ZoneResult,
): Walk<ZoneResult> {
  const { minimisation } = state;
  const { failedName } = minimisation;
  if (result.kind !== 'failed' || result.refused !== true) return result;
  if (failedName === undefined || minimisation.type === RRType.NS) return result;
  minimisation.type = RRType.NS;
  const asked: ZoneResult = yield* askServers(context, servers, state, failedName, RRType.NS);
  if (asked.kind !== 'referral') return result;
  minimisation.abandoned = false;
  return asked;
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
  let refused = false;
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
      if (more || servers.addUnverified()) continue;
      if (secondChoice !== undefined) return { kind: 'response', response: secondChoice };
      return { ...noServerLeft(context, servers, troubles, name, type), refused };
    }
    if (state.sent >= limits.maxUpstreamPerFetch || !context.budget.chargeUpstream()) {
      return {
        kind: 'failed',
        failure: 'budget',
        errors: [{ code: EdeCode.OTHER, text: 'work limit: too many packets', cause: 'packet-limit' }],
      };
    }
    state.sent++;
    const outcome: Outcome = yield* attempt(context, servers, candidate, name, type);
    if (outcome.kind !== 'reply') {
      if (outcome.kind === 'no-socket') {
        return {
          kind: 'failed',
          failure: 'overload',
          errors: [{ code: EdeCode.OTHER, text: 'no socket to be had', cause: 'overload' }],
        };
      }
      noteTransportTrouble(candidate, outcome, troubles, name, type);
      continue;
    }
    const { message, rttMs } = outcome;
    const classified = classify(message, askedOf(context, servers.zone, name, type), candidate.server.key, rttMs);
    switch (classified.kind) {
      case 'response':
        return { kind: 'response', response: classified.response };
      case 'referral':
        return { kind: 'referral', referral: classified.referral, server: candidate.server.key, rttMs };
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
        report(
          troubles,
          EdeCode.NO_REACHABLE_AUTHORITY,
          troubleText(candidate, classified.why, name, type),
          'servers-lame',
        );
        break;
      case 'error':
        refused = true;
        yield* noteErrorRcode(context, servers, candidate, classified.rcode, message.edns !== undefined);
        report(
          troubles,
          EdeCode.NETWORK_ERROR,
          troubleText(candidate, classified.why, name, type),
          causeOfRcode(classified.rcode),
        );
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
    mayAnswer: context.options.mayAnswer,
    trustsForeignGlue: context.options.trustsForeignGlue,
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
    if (servers.candidates.length === before) servers.add(name, nameServer.glue);
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
  if (event.looped === true) servers.looped = true;
  if (event.addresses.length > 0) return 'resolved';
  return event.limited === true ? 'unknown' : 'unresolved';
}

function noServerLeft(
  context: IterationContext,
  servers: ZoneServers,
  troubles: Troubles,
  name: DomainName,
  type: number,
): Extract<ZoneResult, { kind: 'failed' }> {
  const zone = nameTextWithoutDot(servers.zone);
  const asked = servers.candidates.length > 0 || context.excluded.size > 0;
  const { route } = context;
  const areForwarders = route.kind === 'forward' && route.zone.equals(servers.zone);
  const errors: ExtendedError[] = [
    {
      code: EdeCode.NO_REACHABLE_AUTHORITY,
      text: asked
        ? `no server of ${zone} answered ${nameTextWithoutDot(name)} ${typeText(type)}`
        : `no address for the servers of ${zone}`,
      cause: asked ? causeOfTroubles(troubles, areForwarders) : servers.looped ? 'servers-loop' : 'no-server-address',
      zone: servers.zone,
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
