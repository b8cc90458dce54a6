// One query from its octets to its reply: access control, limits, request, local data, resolver, reply. The same for every
// transport and driver.

import type { DenialReplies } from '../fast-path/denial-replies.ts';
import { QueryBit } from '../fast-path/query-scan.ts';
import type { ReplyCache } from '../fast-path/reply-cache.ts';
import type { LocalAnswer } from '../policy/local-answer.ts';
import type { LocalData } from '../policy/local-data.ts';
import type { Clock } from '../ports/clock.ts';
import type { Resolution, ResolvedRRset, Resolver } from '../resolver/resolution.ts';
import { EdeCode, EdnsOptionCode, Rcode, RRClass, RRType } from '../wire/constants.ts';
import { type ExtendedError, ednsOption } from '../wire/edns.ts';
import { HeaderFlag } from '../wire/header.ts';
import type { Question } from '../wire/message.ts';
import type { DomainName } from '../wire/name.ts';
import { readU16 } from '../wire/reader.ts';
import type { AccessControl } from './access-control.ts';
import { chaosAnswer, type ServerIdentity } from './chaos.ts';
import type { Client } from './client.ts';
import { ClientQuery, type SendReply } from './client-query.ts';
import type { Drop, ServerEvents } from './events.ts';
import { type CacheHit, keptReplyEvent, noteOf } from './kept-reply.ts';
import type { NotifyAccess } from './notify-access.ts';
import { EventLimit, WaitingLimit, type WaitingLimits } from './rate-limit.ts';
import { MIN_UDP_OCTETS, ReplyBuilder, type ReplyContent, type ReplyOptions } from './reply.ts';
import { type ParsedRequest, parseRequest, type QueryFrame, type Request } from './request.ts';
import { resolutionRequest, type ValidationOptions } from './validation-mode.ts';

/** Refusals sent in one second to clients that may not ask (SECURITY 1.7, A-30). */
const MAX_REFUSALS_PER_SECOND = 100;
/** Aliases of local data followed for one query; the same bound as for aliases of the public DNS (SECURITY 1.2). */
const MAX_LOCAL_ALIASES = 11;
/**
 * After this the resolver has forgotten a query: its own deadline is 4.5 s, at most 10 s. Only a fault of the program gets
 * here; the client is told, and its place is freed.
 */
const LOST_AFTER_MS = 15_000;
/** UDP clients ask from ports above these; below, only another resolver's port 53 is believable (SECURITY A-30). */
const FIRST_CLIENT_PORT = 1024;
const DNS_PORT = 53;

export interface PipelineOptions {
  readonly validation: ValidationOptions;
  readonly reply: ReplyOptions;
  readonly waiting: WaitingLimits;
  /** UDP questions for ANY are answered with TC (SECURITY 1.3). */
  readonly anyToTcp: boolean;
  /** Queries without RD are answered from the cache; otherwise they are refused. */
  readonly allowNoRecursionDesired: boolean;
  /** Clients that may not ask are told so; otherwise they hear nothing, as from PowerDNS. */
  readonly refusesUnauthorised: boolean;
  readonly identity: ServerIdentity;
}

/** What the pipeline works with. */
export interface PipelineParts {
  readonly access: Pick<AccessControl, 'allows'>;
  readonly notify: Pick<NotifyAccess, 'allowsSource' | 'allowsZone'>;
  readonly localData: Pick<LocalData, 'answer'>;
  readonly resolver: Resolver;
  readonly clock: Pick<Clock, 'monotonicMs' | 'cacheSeconds'>;
  readonly events: ServerEvents;
  /** Keeps replies for those who ask the same; undefined when every query is to come here. */
  readonly replyCache?: Pick<ReplyCache, 'store' | 'generation'> | undefined;
  /** Answers with replies that were kept. */
  readonly finished?: FinishedReplySource | undefined;
  /** Denies names out of proofs that others were denied with. */
  readonly denials?: Pick<DenialReplies, 'reply' | 'keep' | 'isOff'> | undefined;
}

/** Where there are replies that were kept. */
export interface FinishedReplySource {
  reply(octets: Uint8Array, client: Client, now: number): Uint8Array | undefined;
  /** About the reply given last; undefined when nobody looks at queries one by one. */
  seen(): CacheHit | undefined;
}

/** A query that waits, as others may see it. */
export interface WaitingQuery {
  readonly client: Client;
  readonly question: Question;
  readonly spentMs: number;
}

/** A query that gets no reply; `request` is there when it has been read. */
interface Dropped {
  readonly client: Client;
  send(octets: undefined): void;
  readonly request?: Request;
}

/** Answers clients' queries. */
export class Pipeline {
  private readonly options: PipelineOptions;
  private readonly parts: PipelineParts;
  private readonly replies: ReplyBuilder;
  private readonly limit: WaitingLimit;
  private readonly refusals = new EventLimit(MAX_REFUSALS_PER_SECOND);
  /** In order of arrival, so that the first is the oldest. */
  private readonly waiting = new Set<ClientQuery>();

  constructor(options: PipelineOptions, parts: PipelineParts) {
    this.options = options;
    this.parts = parts;
    this.replies = new ReplyBuilder(options.reply);
    this.limit = new WaitingLimit(options.waiting);
  }

  /** Queries that wait for the resolver now. */
  get waitingCount(): number {
    return this.waiting.size;
  }

  /** Queries that wait for the resolver, the oldest first. */
  *waitingQueries(): Generator<WaitingQuery> {
    const nowMs = this.parts.clock.monotonicMs();
    for (const { client, request, startedAtMs } of this.waiting) {
      yield { client, question: request.question, spentMs: nowMs - startedAtMs };
    }
  }

  /** Takes a query. `send` is called once, perhaps from within this call. */
  accept(octets: Uint8Array, client: Client, send: SendReply): void {
    const nowMs = this.parts.clock.monotonicMs();
    this.giveUpLost(nowMs);
    if (client.transport === 'udp' && client.port < FIRST_CLIENT_PORT && client.port !== DNS_PORT) {
      this.drop({ client, send }, 'bad-port');
      return;
    }
    if (!this.parts.access.allows(client.address)) {
      this.refuseClient(octets, client, send, nowMs);
      return;
    }
    if (this.answerQuickly(octets, client, send, nowMs)) return;
    const parsed = parseRequest(octets);
    if (parsed.kind === 'drop') this.drop({ client, send }, parsed.reason);
    else if (parsed.kind === 'error') this.sendError(parsed, client, send, nowMs);
    else if (parsed.kind === 'notify') this.acceptNotify(parsed, client, send, nowMs);
    else this.acceptGuarded(parsed.kind === 'chaos', new ClientQuery(client, parsed.request, nowMs, send));
  }

  /** What can be said without reading the query closely: a reply that was kept, or a denial of the same proof. */
  private answerQuickly(octets: Uint8Array, client: Client, send: SendReply, nowMs: number): boolean {
    const { clock, denials, finished } = this.parts;
    const now = clock.cacheSeconds();
    const kept = finished?.reply(octets, client, now);
    if (kept === undefined) {
      const denial = client.transport === 'udp' ? denials?.reply(octets, client.address, now) : undefined;
      if (denial !== undefined) send(denial);
      return denial !== undefined;
    }
    send(kept);
    this.tell(kept, client, nowMs);
    return true;
  }

  /** Tells those who look of a kept reply that has been sent. */
  private tell(kept: Uint8Array, client: Client, startedAtMs: number): void {
    const { finished, clock, events } = this.parts;
    const hit = finished?.seen();
    if (hit === undefined) return;
    try {
      const event = keptReplyEvent(kept, hit, clock.monotonicMs() - startedAtMs);
      if (event !== undefined) events.onKeptReply(client, event);
    } catch (error) {
      events.onBug(error, undefined);
    }
  }

  /** A fault of the program costs one query, never the process (SECURITY I-12). */
  private acceptGuarded(isChaos: boolean, query: ClientQuery): void {
    try {
      this.acceptRequest(isChaos, query);
    } catch (error) {
      this.parts.events.onBug(error, query.request);
      if (query.isAnswered) return;
      const reply = this.replies.error(query.request, Rcode.SERVFAIL, [internalError]);
      query.origin = 'server';
      this.sendOctets(query, reply, Rcode.SERVFAIL, undefined);
    }
  }

  /** A client that may not ask hears nothing, or is told so, but never often enough to be of use as a reflector. */
  private refuseClient(octets: Uint8Array, client: Client, send: SendReply, nowMs: number): void {
    const parsed = parseRequest(octets);
    const answered = this.options.refusesUnauthorised && parsed.kind !== 'drop' && this.refusals.passes(nowMs);
    this.parts.events.onUnauthorised(client, answered);
    if (!answered) {
      this.drop({ client, send }, parsed.kind === 'drop' ? parsed.reason : 'refused-silently');
      return;
    }
    const frame = 'frame' in parsed ? parsed.frame : parsed.request;
    this.sendError(
      { kind: 'error', frame, rcode: Rcode.REFUSED, errors: [notAllowed], malformed: false },
      client,
      send,
      nowMs,
    );
  }

  /** A NOTIFY is acknowledged, or dropped without a word as PowerDNS does. */
  private acceptNotify(
    { frame, zone }: { readonly frame: QueryFrame; readonly zone: DomainName },
    client: Client,
    send: SendReply,
    nowMs: number,
  ): void {
    const { notify, events } = this.parts;
    if (!notify.allowsSource(client.address)) {
      this.drop({ client, send }, 'notify-source');
      return;
    }
    if (!notify.allowsZone(zone)) {
      this.drop({ client, send }, 'notify-zone');
      return;
    }
    events.onNotify(client, zone);
    this.sendError({ kind: 'error', frame, rcode: Rcode.NOERROR, errors: [], malformed: false }, client, send, nowMs);
  }

  private drop(query: Dropped, reason: Drop): void {
    query.send(undefined);
    this.parts.events.onDrop(query.client, reason, query.request);
  }

  private sendError(
    { frame, rcode, errors, malformed }: Extract<ParsedRequest, { kind: 'error' }>,
    client: Client,
    send: SendReply,
    startedAtMs: number,
  ): void {
    const reply = this.replies.error(frame, rcode, errors);
    send(reply);
    this.parts.events.onReply(client, {
      frame,
      request: undefined,
      rcode,
      malformed,
      resolution: undefined,
      origin: 'server',
      latencyMs: this.parts.clock.monotonicMs() - startedAtMs,
      octets: reply.length,
    });
  }

  private acceptRequest(isChaos: boolean, query: ClientQuery): void {
    const { client, request } = query;
    this.parts.events.onRequest(client, request);
    if (isChaos) this.sendContent(query, chaosAnswer(request, this.options.identity), false, undefined);
    else if (this.options.anyToTcp && client.transport === 'udp' && request.question.type === RRType.ANY) {
      this.sendOctets(query, this.replies.truncated(request), Rcode.NOERROR, undefined);
    } else this.answerLocally(query);
  }

  /** Local data first; what they leave open goes to the resolver. */
  private answerLocally(query: ClientQuery): void {
    const { client, request } = query;
    const { type } = request.question;
    let { question } = request;
    // A question for class ANY is answered in class IN.
    if (question.class !== RRClass.IN) question = { type, class: RRClass.IN, name: question.name };
    for (;;) {
      const found = this.parts.localData.answer(question);
      if (found?.informs === true) {
        query.isReported = true;
        this.parts.events.onInform(client, request, found.zone);
      }
      if (found?.kind === 'alias' && query.aliases.length < MAX_LOCAL_ALIASES) {
        query.aliases = [...query.aliases, ...found.aliases];
        question = { type, class: RRClass.IN, name: found.target };
        continue;
      }
      if (found === undefined || found.kind === 'look-up') this.resolve(query, question);
      else this.answerFromLocalData(query, found);
      return;
    }
  }

  private answerFromLocalData(query: ClientQuery, found: Exclude<LocalAnswer, { kind: 'look-up' }>): void {
    switch (found.kind) {
      case 'answer':
        query.origin = 'local';
        this.sendContent(query, withAliases(query.aliases, found.resolution), found.authoritative, found.resolution);
        return;
      case 'alias':
        this.sendContent(query, failure(Rcode.SERVFAIL, aliasLoop), false, undefined);
        return;
      case 'refuse':
        this.sendContent(query, { ...failure(Rcode.REFUSED), errors: found.errors }, false, undefined);
        return;
      case 'drop':
        this.drop(query, 'policy');
        return;
      default:
        found satisfies never;
    }
  }

  private resolve(query: ClientQuery, question: Question): void {
    const { client, request } = query;
    if (!request.recursionDesired && !this.options.allowNoRecursionDesired) {
      this.sendContent(query, failure(Rcode.REFUSED, noRecursion), false, undefined);
      return;
    }
    query.slot = client.transport === 'udp' ? this.limit.admit(client.address) : undefined;
    if (client.transport === 'udp' && query.slot === undefined) {
      this.drop(query, 'over-capacity');
      return;
    }
    query.generation = this.parts.replyCache?.generation ?? 0;
    query.origin = 'cache';
    this.waiting.add(query);
    try {
      const asked = resolutionRequest(request, question, this.options.validation);
      this.parts.resolver.resolve(asked, (resolution) => this.finish(query, resolution));
      query.origin = 'network';
    } catch (error) {
      this.failAsBug(query, error);
    }
  }

  private finish(waiting: ClientQuery, resolution: Resolution): void {
    if (!this.stopWaiting(waiting)) return;
    try {
      const octets = this.sendContent(waiting, withAliases(waiting.aliases, resolution), false, resolution);
      const mayBeKept = resolution.shareable && waiting.aliases.length === 0 && !waiting.isReported;
      if (mayBeKept) this.keep(waiting, octets, resolution);
    } catch (error) {
      this.parts.events.onBug(error, waiting.request);
      this.sendContent(waiting, failure(Rcode.SERVFAIL, internalError), false, undefined);
    }
  }

  private failAsBug(waiting: ClientQuery, error: unknown): void {
    this.parts.events.onBug(error, waiting.request);
    if (this.stopWaiting(waiting)) this.sendContent(waiting, failure(Rcode.SERVFAIL, internalError), false, undefined);
  }

  /** False when the query has been answered already. */
  private stopWaiting(waiting: ClientQuery): boolean {
    if (!this.waiting.delete(waiting)) return false;
    if (waiting.slot !== undefined) this.limit.release(waiting.slot);
    return true;
  }

  private giveUpLost(nowMs: number): void {
    for (const waiting of this.waiting) {
      if (nowMs - waiting.startedAtMs < LOST_AFTER_MS) return;
      this.failAsBug(waiting, new Error('the resolver has never answered'));
    }
  }

  private sendContent(
    query: ClientQuery,
    content: ReplyContent,
    authoritative: boolean,
    resolution: Resolution | undefined,
  ): Uint8Array {
    const octets = this.replies.answer(query.request, content, query.client, authoritative);
    this.sendOctets(query, octets, content.rcode, resolution);
    return octets;
  }

  /** Lets the reply cache answer the next one who asks the same in the same way. */
  private keep({ client, request, generation }: ClientQuery, reply: Uint8Array, resolution: Resolution): void {
    const { replyCache, denials } = this.parts;
    if (!request.recursionDesired || !this.fitsDatagram(client, request, reply)) return;
    // The reply echoes its question, and only those of class IN are looked for.
    if (request.question.class !== RRClass.IN) return;
    const { edns } = request;
    // Only what any client with these flags would get: no option answered, nothing left out for want of room.
    if (edns !== undefined && edns.udpSize < this.options.reply.udpOctets) return;
    if (edns !== undefined && ednsOption(edns, EdnsOptionCode.NSID) !== undefined) return;
    const flags = readU16(reply, 2);
    const rcode = flags & 0xf;
    if ((flags & HeaderFlag.TC) !== 0 || (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN)) return;
    const bits =
      (request.authenticData ? QueryBit.AD : 0) |
      (request.checkingDisabled ? QueryBit.CD : 0) |
      (request.dnssecOk ? QueryBit.DO : 0) |
      (edns === undefined ? 0 : QueryBit.EDNS);
    const now = this.parts.clock.cacheSeconds();
    // Who is flooded with names that do not exist is not to lose what others ask for.
    if (denials !== undefined && isSynthesisedDenial(resolution)) {
      const authority = resolution.authority.map(({ rrset }) => rrset);
      if (denials.isOff || denials.keep({ reply, bits, authority }, now)) return;
    }
    if (replyCache?.generation !== generation) return;
    replyCache.store(reply, bits, now, resolution.keepSeconds, noteOf(resolution.verdict?.status));
  }

  /** Whether any client would get the very same over UDP. */
  private fitsDatagram({ transport }: Client, { edns, question }: Request, reply: Uint8Array): boolean {
    if (reply.length > (edns === undefined ? MIN_UDP_OCTETS : this.options.reply.udpOctets)) return false;
    return transport === 'udp' || question.type !== RRType.ANY || !this.options.anyToTcp;
  }

  private sendOctets(query: ClientQuery, octets: Uint8Array, rcode: number, resolution: Resolution | undefined): void {
    query.send(octets);
    this.parts.events.onReply(query.client, {
      frame: query.request,
      request: query.request,
      rcode,
      malformed: false,
      resolution,
      origin: query.origin,
      latencyMs: this.parts.clock.monotonicMs() - query.startedAtMs,
      octets: octets.length,
    });
  }
}

/**
 * A resolution behind CNAMEs of local data, which nobody has signed: AD is out of the question. They go along with a
 * failure that has aliases of its own, which would begin in the middle without them; else a failure has no data.
 */
function withAliases(aliases: readonly ResolvedRRset[], resolution: Resolution): ReplyContent {
  if (aliases.length === 0) return resolution;
  if (resolution.rcode === Rcode.SERVFAIL && resolution.answer.length === 0) return resolution;
  return { ...resolution, answer: [...aliases, ...resolution.answer], authentic: false };
}

/** Whether it says that a name does not exist, by cached proofs alone, for everybody (RFC 8198). */
function isSynthesisedDenial({ rcode, answer, errors, keepSeconds }: Resolution): boolean {
  if (rcode !== Rcode.NXDOMAIN || answer.length > 0 || keepSeconds !== undefined) return false;
  return errors.length === 1 && errors[0]?.code === EdeCode.SYNTHESIZED;
}

function failure(rcode: number, error?: ExtendedError): ReplyContent {
  return { rcode, answer: [], authority: [], authentic: false, errors: error === undefined ? [] : [error] };
}

const notAllowed: ExtendedError = {
  code: EdeCode.PROHIBITED,
  text: 'this client may not ask here (incoming.allow_from)',
};
const noRecursion: ExtendedError = {
  code: EdeCode.NOT_AUTHORITATIVE,
  text: 'RD is clear, and this is no authoritative server',
};
const aliasLoop: ExtendedError = { code: EdeCode.OTHER, text: 'local data: too long a chain of aliases' };
const internalError: ExtendedError = { code: EdeCode.OTHER, text: 'internal error, see the log of the server' };
