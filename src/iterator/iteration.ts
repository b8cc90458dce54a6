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
import type { ServerAddress } from '../ports/exchange.ts';
import { EdeCode, RRType } from '../wire/constants.ts';
import { DomainName } from '../wire/name.ts';
import { askServers, type WalkState, type ZoneResult } from './asking.ts';
import { nextMinimisedName } from './qname-minimisation.ts';
import type { Response } from './response.ts';
import { addressesBeside } from './scrub.ts';
import { serverAddress } from './server-address.ts';
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
  const first = delegation;
  /** How the first delegation failed, once its parent is asked for another. */
  let failed: Failed | undefined;
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
      yield* learnServers(context, delegation, result);
      return { ok: true, response: result.response };
    }
    if (result.kind === 'failed') {
      // Of a parent that fails as well there is nothing new to tell.
      if (failed !== undefined) return endOf(first.zone.isBelow(delegation.zone) ? failed : result);
      const above =
        delegation === first ? yield* parentToAskAnew(context, delegation, state, result.failure) : undefined;
      if (above === undefined) return endOf(result);
      failed = result;
      delegation = above;
      continue;
    }
    const isRenewed = failed !== undefined && result.referral.zone.equals(first.zone);
    delegation = yield* descend(context, delegation, result, isRenewed);
    if (failed !== undefined && isRenewed && !namesNewServer(delegation, first)) {
      const { furtherServers } = first;
      if (furtherServers !== undefined) yield { kind: 'learn', delegation: { ...delegation, furtherServers } };
      return endOf(failed);
    }
  }
  return failure('too-many-referrals', EdeCode.NO_REACHABLE_AUTHORITY, 'too many referrals', 'too-many-referrals');
}

type Failed = Extract<ZoneResult, { kind: 'failed' }>;

function endOf({ failure, errors, denied }: Failed): IterationResult {
  return { ok: false, failure, errors, ...(denied === undefined ? {} : { denied }) };
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
  isRenewed: boolean,
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
    renewedAt: isRenewed ? now : undefined,
    server,
    rttMs,
    expiresAt: from.parent === undefined ? ownExpiry : Math.min(ownExpiry, Math.max(from.expiresAt, now + 1)),
  };
  // A walk that stands in for a zone's own servers leaves no trace: they are asked again next time.
  if (context.onRoute(delegation.zone)) yield { kind: 'learn', delegation };
  return delegation;
}

/** Seconds for which a delegation is not asked for anew once more. */
const RENEWAL_SECONDS = 60;

/**
 * RFC 8767 5: when all of its servers were asked in vain, a delegation out of the cache may have been changed since: the
 * servers of the zone above are asked once more. What they answer counts as always. What they have told another walk
 * meanwhile counts at once, and is not overwritten by what this one has begun with.
 */
function* parentToAskAnew(
  context: IterationContext,
  delegation: Delegation,
  { minimisation }: WalkState,
  failure: IterationFailure,
): Walk<Delegation | undefined> {
  const { route, knowledge, excluded } = context;
  const { zone, parent, renewedAt } = delegation;
  if (failure !== 'servers-failed' || parent === undefined) return undefined;
  if (excluded.size > 0 || !context.onRoute(zone)) return undefined;
  const now = context.clock.cacheSeconds();
  if (renewedAt !== undefined && now - renewedAt < RENEWAL_SECONDS) return undefined;
  const top = route.kind === 'forward' ? route.zone : DomainName.root;
  if (!zone.isBelow(top)) return undefined;
  const present = knowledge.closestDelegation(zone, zone) ?? delegation;
  const isReplaced = present.nameServers !== delegation.nameServers;
  if (isReplaced && !namesNewServer(present, delegation)) return undefined;
  const next = isReplaced ? present : knowledge.closestDelegation(zone.parent(), top);
  if (next === undefined) return undefined;
  if (!isReplaced) yield { kind: 'learn', delegation: { ...present, renewedAt: now } };
  minimisation.abandoned = !mayMinimise(context);
  return next;
}

/** Whether a delegation gives a name or an address that the other did not have. */
function namesNewServer({ nameServers }: Delegation, old: Delegation): boolean {
  return nameServers.some(({ name, glue }) => {
    const known = old.nameServers.find((server) => server.name.equals(name));
    return known === undefined || glue.some(({ key }) => !known.glue.some((address) => address.key === key));
  });
}

/** NS names looked up at the parent for want of glue. */
const MAX_GLUE_FETCHES = 2;

/**
 * Name servers within their own zone for which the parent gave no glue of a family that is used: its servers are asked for
 * the addresses, which they must have (RFC 9471). Undefined when that leads to nothing.
 */
function* fetchGlue(context: IterationContext, delegation: Delegation, state: WalkState): Walk<Delegation | undefined> {
  const { route, options, knowledge } = context;
  const { zone, parent } = delegation;
  const isUsable = ({ family }: ServerAddress): boolean => (family === 4 ? options.useIPv4 : options.useIPv6);
  const without = delegation.nameServers.filter(({ name, glue }) => name.isSubdomainOf(zone) && !glue.some(isUsable));
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
      server.name.equals(name)
        ? { name, glue: [...server.glue, ...glue.slice(0, 2 * options.limits.maxGluePerFamily)] }
        : server,
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

/** Keeps name servers that only the zone itself gives: parent and child may disagree, and the child be right. */
function* learnServers(
  context: IterationContext,
  delegation: Delegation,
  { response, message, asked }: Extract<ZoneResult, { kind: 'response' }>,
): Walk<void> {
  const { ownNameServers } = response;
  if (ownNameServers.length === 0 || delegation.parent === undefined || !context.onRoute(delegation.zone)) return;
  const { zone, nameServers, furtherServers = [] } = delegation;
  // Another walk may have got a new delegation meanwhile.
  if ((context.knowledge.closestDelegation(zone, zone) ?? delegation).nameServers !== nameServers) return;
  const isNew = (own: DomainName): boolean =>
    !nameServers.some(({ name }) => name.equals(own)) && !furtherServers.some(({ name }) => name.equals(own));
  const found = ownNameServers.filter(isNew).map((name) => ({
    name,
    glue: message === undefined || asked === undefined ? [] : addressesBeside(name, message, asked),
  }));
  if (found.length === 0) return;
  const kept = furtherServers.filter(({ name }) => ownNameServers.some((own) => own.equals(name)));
  yield { kind: 'learn', delegation: { ...delegation, furtherServers: [...found, ...kept] } };
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
