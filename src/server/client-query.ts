// A client's query from when it has been read until it is answered: one object of one shape, whatever becomes of it.
import type { ResolvedRRset } from '../resolver/resolution.ts';
import type { Client } from './client.ts';
import type { ReplyOrigin } from './events.ts';
import type { WaitingSlot } from './rate-limit.ts';
import type { Request } from './request.ts';

/** Takes one reply's octets to its client, or hears that there will be none. Called once for each query. */
export type SendReply = (octets: Uint8Array | undefined) => void;

const NO_ALIASES: readonly ResolvedRRset[] = [];

export class ClientQuery {
  readonly client: Client;
  readonly request: Request;
  readonly startedAtMs: number;
  /** Its place among those that wait for the resolver. */
  slot: WaitingSlot | undefined = undefined;
  /** CNAMEs of local data in front of what the resolver finds. */
  aliases: readonly ResolvedRRset[] = NO_ALIASES;
  /** Where the answer is from, as far as that is known yet. */
  origin: ReplyOrigin = 'server';
  /** Of the reply cache, when the query began to wait. */
  generation = 0;
  isAnswered = false;
  /** A local zone wants to hear of each query for its names: the reply is not for those who come after. */
  isReported = false;
  private readonly sender: SendReply;

  constructor(client: Client, request: Request, startedAtMs: number, sender: SendReply) {
    this.client = client;
    this.request = request;
    this.startedAtMs = startedAtMs;
    this.sender = sender;
  }

  /** Answers the query, or drops it; only the first time. */
  send(octets: Uint8Array | undefined): void {
    if (this.isAnswered) return;
    this.isAnswered = true;
    this.sender(octets);
  }
}
