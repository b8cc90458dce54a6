// What the client side reports: counted, and some of it logged, by whoever listens.
import type { Resolution } from '../resolver/resolution.ts';
import type { DomainName } from '../wire/name.ts';
import type { Client } from './client.ts';
import type { KeptReplyEvent } from './kept-reply.ts';
import type { QueryFrame, Request, RequestDrop } from './request.ts';

/**
 * Why a query got no reply.
 * - The reasons of `RequestDrop`: the octets are no query.
 * - `bad-port`: from a UDP port that no client uses (SECURITY A-30).
 * - `refused-silently`: not allowed to ask; told nothing, or enough refusals have been sent this second.
 * - `over-capacity`: its source, or all sources, have too many unanswered queries.
 * - `policy`: a local zone says so.
 * - `notify-source`, `notify-zone`: a NOTIFY from a client, or for a zone, that the configuration does not list.
 */
export type Drop =
  | RequestDrop
  | 'bad-port'
  | 'refused-silently'
  | 'over-capacity'
  | 'policy'
  | 'notify-source'
  | 'notify-zone';

/**
 * Receives what happens at the client side. Every query ends in `onReply`, `onKeptReply` or `onDrop`, once; but for those
 * that kept replies answer without anybody's looking.
 */
export interface ServerEvents {
  /** A well-formed query of an allowed client that is going to be answered. */
  onRequest(client: Client, request: Request): void;
  onReply(client: Client, reply: ReplyEvent): void;
  /** A query that was answered with a reply that was kept, while somebody looks; without an `onRequest` before. */
  onKeptReply(client: Client, event: KeptReplyEvent): void;
  /** `request` is what was dropped, where it has been read. */
  onDrop(client: Client, reason: Drop, request: Request | undefined): void;
  /** A client that may not ask; `answered` tells whether it was told so. */
  onUnauthorised(client: Client, answered: boolean): void;
  /** A local zone of a type that asks for a log line. */
  onInform(client: Client, request: Request, zone: DomainName): void;
  /** A NOTIFY that is allowed: what is cached at and below the zone is out of date. */
  onNotify(client: Client, zone: DomainName): void;
  /** A fault of the program. The client got SERVFAIL, or with no `request` its reply before that. */
  onBug(error: unknown, request: Request | undefined): void;
}

/**
 * Where an answer is from.
 * - `server`: the program itself: refusals, errors, questions about the server.
 * - `local`: local zones and records.
 * - `cache`: the resolver, at once.
 * - `network`: the resolver, after it had asked others.
 */
export type ReplyOrigin = 'server' | 'local' | 'cache' | 'network';

export interface ReplyEvent {
  readonly frame: QueryFrame;
  /** Undefined for errors about queries that never became requests. */
  readonly request: Request | undefined;
  readonly rcode: number;
  /** The octets could not be read. */
  readonly malformed: boolean;
  /** Where the answer is from; undefined for errors found before any look-up. */
  readonly resolution: Resolution | undefined;
  readonly origin: ReplyOrigin;
  readonly latencyMs: number;
  readonly octets: number;
}
