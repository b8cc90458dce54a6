// A reply that was kept and given again: what those who look at queries one by one learn of it.
import { QueryBit } from '../fast-path/query-scan.ts';
import type { Resolution } from '../resolver/resolution.ts';
import { parseQuestion, type Question } from '../wire/message.ts';
import { readU16 } from '../wire/reader.ts';

type Status = NonNullable<Resolution['verdict']>['status'];

/** By note; 0 for a reply that nothing is known of. */
const statuses: readonly (Status | undefined)[] = [undefined, 'secure', 'insecure', 'indeterminate', 'bogus'];

/** What is noted beside a reply that is kept. */
export function noteOf(status: Status | undefined): number {
  return status === undefined ? 0 : statuses.indexOf(status);
}

/** What the cache tells of the reply it gave last. */
export interface CacheHit {
  /** Of the query: `QueryBit`. */
  readonly bits: number;
  readonly note: number;
}

/** A query that was answered with a reply that was kept. */
export interface KeptReplyEvent {
  /** In the client's letter case. */
  readonly question: Question;
  readonly rcode: number;
  /** Of the data, when the reply was made. */
  readonly verdict: Status | undefined;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
  readonly latencyMs: number;
  readonly octets: number;
}

/** Undefined for octets that are no reply to one question. */
export function keptReplyEvent(reply: Uint8Array, hit: CacheHit, latencyMs: number): KeptReplyEvent | undefined {
  const question = parseQuestion(reply)?.question;
  if (question === undefined) return undefined;
  return {
    question,
    rcode: readU16(reply, 2) & 0xf,
    verdict: statuses[hit.note],
    dnssecOk: (hit.bits & QueryBit.DO) !== 0,
    checkingDisabled: (hit.bits & QueryBit.CD) !== 0,
    latencyMs,
    octets: reply.length,
  };
}
