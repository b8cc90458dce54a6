// One question for the servers of one zone: which is asked next and how, what its reply is worth, and when there is nobody
// left to ask. Part of the walk in `iteration.ts`.
import type { Outcome } from '../ports/exchange.ts';
import { EdeCode, Rcode, RRClass, RRType, typeText } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { Message } from '../wire/message.ts';
import type { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { classify } from './classify.ts';
import type { MinimisationState } from './qname-minimisation.ts';
import type { Referral, Response } from './response.ts';
import type { Asked } from './scrub.ts';
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
import type { IterationContext, IterationFailure, Walk } from './walk.ts';
import type { ZoneServers } from './zone-servers.ts';

/** How asking one zone ended. */
export type ZoneResult =
  | {
      readonly kind: 'response';
      readonly response: Response;
      /** What the last reply was to what, for `addressesBeside`; not of a second choice. */
      readonly message?: Message;
      readonly asked?: Asked;
    }
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
export interface WalkState {
  sent: number;
  readonly minimisation: MinimisationState;
}

/** Empty answers after which one is believed (SECURITY 4.5). */
const MAX_EMPTY_REPLIES = 2;

/** Asks one question until a server gives a usable reply. */
export function* askServers(
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
    const asked = askedOf(context, servers.zone, name, type);
    const classified = classify(message, asked, candidate.server.key, rttMs);
    switch (classified.kind) {
      case 'response':
        return { kind: 'response', response: classified.response, message, asked };
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
  for (;;) {
    const nameServer = servers.nextUnresolved();
    if (nameServer === undefined || !context.budget.chargeAddressLookup()) return false;
    const { name } = nameServer;
    const before = servers.candidates.length;
    const verdict: NameVerdict = yield* lookUpServer(context, servers, name);
    if (verdict === 'resolved' || verdict === 'unresolved') {
      yield { kind: 'observe-name', name, resolved: verdict === 'resolved' };
    }
    // Parent and child may disagree about a server's address: the parent's is tried as well.
    servers.add(name, context.knowledge.glueOf(name));
    if (servers.candidates.length === before) servers.add(name, nameServer.glue);
    if (servers.candidates.length > before) return true;
    // A circle says nothing about the name: from elsewhere there may be a way to it. What bounds
    // circles is the number of look-ups.
    if (verdict !== 'looped' && !context.budget.chargeFailedAddressLookup()) return false;
  }
}

/** Aliases followed from one NS name; each costs a look-up of its own. */
const MAX_SERVER_ALIASES = 3;

/** What a look-up has told about an NS name. */
type NameVerdict = 'resolved' | 'unresolved' | 'unknown' | 'looped';

/** Looks up an NS name. It must not be an alias (RFC 2181 10.3); where it is one nevertheless, its target serves. */
function* lookUpServer(context: IterationContext, servers: ZoneServers, nameServer: DomainName): Walk<NameVerdict> {
  const { useIPv4, useIPv6 } = context.options;
  const before = servers.candidates.length;
  let name = nameServer;
  for (let aliases = 0; aliases <= MAX_SERVER_ALIASES; aliases++) {
    let found: FoundAddresses = NOTHING_FOUND;
    if (useIPv4) found = yield* addAddresses(servers, nameServer, name, RRType.A);
    if (useIPv6 && servers.candidates.length === before && found.alias === undefined) {
      found = yield* addAddresses(servers, nameServer, name, RRType.AAAA);
    }
    if (found.alias === undefined) return found.verdict;
    name = found.alias;
    if (!context.budget.chargeAddressLookup()) return 'unknown';
  }
  return 'unresolved';
}

interface FoundAddresses {
  readonly verdict: NameVerdict;
  readonly alias: DomainName | undefined;
}

const NOTHING_FOUND: FoundAddresses = { verdict: 'unresolved', alias: undefined };

/** Adds the addresses of `name` to those of `nameServer`, whose alias it may be. */
function* addAddresses(
  servers: ZoneServers,
  nameServer: DomainName,
  name: DomainName,
  type: number,
): Walk<FoundAddresses> {
  const event = yield { kind: 'addresses', name, type };
  if (event.kind !== 'addresses') return { verdict: 'unknown', alias: undefined };
  servers.add(nameServer, event.addresses);
  if (event.addresses.length > 0) return { verdict: 'resolved', alias: undefined };
  if (event.looped === true) {
    servers.looped = true;
    return { verdict: 'looped', alias: undefined };
  }
  return { verdict: event.limited === true ? 'unknown' : 'unresolved', alias: event.alias };
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
