// A pipeline around a scripted resolver, with everything it reports.

import type { Resolution, ResolutionRequest, Resolver } from '../../../src/resolver/resolution.ts';
import { AccessControl, type ClientNetwork } from '../../../src/server/access-control.ts';
import type { Client } from '../../../src/server/client.ts';
import type { ReplyEvent, ServerEvents } from '../../../src/server/events.ts';
import type { KeptReplyEvent } from '../../../src/server/kept-reply.ts';
import { NotifyAccess, type NotifyRules } from '../../../src/server/notify-access.ts';
import { Pipeline, type PipelineOptions, type PipelineParts } from '../../../src/server/pipeline.ts';
import { DEFAULT_WAITING_LIMITS } from '../../../src/server/rate-limit.ts';
import { DEFAULT_REPLY_OPTIONS } from '../../../src/server/reply.ts';
import type { Message } from '../../../src/wire/message.ts';
import { nameText } from '../../../src/wire/name-text.ts';
import { localDataWith } from '../../support/local-data.ts';
import { type QueryShape, queryOctets, replyOf } from './queries.ts';

export const pipelineDefaults: PipelineOptions = {
  validation: { mode: 'validate', permissive: false, ignoreCheckingDisabled: false },
  reply: DEFAULT_REPLY_OPTIONS,
  waiting: DEFAULT_WAITING_LIMITS,
  anyToTcp: true,
  allowNoRecursionDesired: false,
  refusesUnauthorised: true,
  identity: { version: 'kedge test', id: 'ns1', trustAnchors: undefined, negativeTrustAnchors: undefined },
};

export const client: Client = { address: Uint8Array.of(127, 0, 0, 1), port: 50_000, transport: 'udp' };

export interface FakeServerOptions {
  readonly resolve?: (request: ResolutionRequest, done: (resolution: Resolution) => void) => void;
  readonly options?: Partial<PipelineOptions>;
  readonly parts?: Partial<PipelineParts>;
  readonly networks?: readonly ClientNetwork[];
  readonly notify?: NotifyRules;
}

const noLocalData = localDataWith();

export class FakeServer {
  /** Names of events in order: `request`, `reply RCODE`, `drop REASON`, `unauthorised`, `inform`, `bug MESSAGE`. */
  readonly events: string[] = [];
  readonly replies: ReplyEvent[] = [];
  readonly keptReplies: KeptReplyEvent[] = [];
  /** What the resolver was asked. */
  readonly asked: ResolutionRequest[] = [];
  readonly pipeline: Pipeline;
  nowMs = 1000;

  constructor({ resolve, options, parts, networks = [], notify = { from: [], zones: [] } }: FakeServerOptions = {}) {
    const resolver: Resolver = {
      resolve: (request, done) => {
        this.asked.push(request);
        resolve?.(request, done);
      },
    };
    this.pipeline = new Pipeline(
      { ...pipelineDefaults, ...options },
      {
        access: new AccessControl(networks),
        notify: new NotifyAccess(notify),
        localData: noLocalData,
        resolver,
        clock: { monotonicMs: () => this.nowMs, cacheSeconds: () => 0 },
        events: this.serverEvents(),
        ...parts,
      },
    );
  }

  /** Everything that was sent for one query, at once or later. */
  send(octets: Uint8Array, from: Client = client): (Uint8Array | undefined)[] {
    const sent: (Uint8Array | undefined)[] = [];
    this.pipeline.accept(octets, from, (reply) => void sent.push(reply));
    return sent;
  }

  /** The reply to one query, which must come at once. */
  ask(query: QueryShape = {}, from: Client = client): Message {
    const [octets, ...more] = this.send(queryOctets(query), from);
    if (octets === undefined || more.length > 0) throw new Error('not exactly one reply');
    return replyOf(octets);
  }

  private serverEvents(): ServerEvents {
    const { events } = this;
    return {
      onRequest: () => void events.push('request'),
      onReply: (_client, reply) => {
        events.push(`reply ${reply.rcode}`);
        this.replies.push(reply);
      },
      onKeptReply: (_client, reply) => {
        events.push(`kept reply ${reply.rcode}`);
        this.keptReplies.push(reply);
      },
      onDrop: (_client, reason) => void events.push(`drop ${reason}`),
      onUnauthorised: (_client, answered) => void events.push(`unauthorised ${answered}`),
      onInform: () => void events.push('inform'),
      onNotify: (_client, zone) => void events.push(`notify ${nameText(zone)}`),
      onBug: (error) => void events.push(`bug ${error instanceof Error ? error.message : error}`),
    };
  }
}
