// Does this message answer that query (RFC 5452 9.1)? Pure, and done on octets before anything is parsed.
import { HEADER_OCTETS, HeaderFlag, opcodeOf } from '../wire/header.ts';
import type { DomainName } from '../wire/name.ts';
import { readU16 } from '../wire/reader.ts';
import type { SentQuery } from './query.ts';

/**
 * - `match`: a reply to this query; ID, question and letter case are those sent.
 * - `case-mismatch`: ID and question are those sent, but the name's letter case is not.
 * - `near-miss`: a reply with one question, but with another ID or to another question. From the right peer this is what
 *   a forger's guess looks like.
 * - `not-a-reply`: too short, a query, another opcode, or not exactly one question (RFC 9619).
 */
export type ReplyMatch = 'match' | 'case-mismatch' | 'near-miss' | 'not-a-reply';

/** Compares a message from the right peer with the query. Whatever follows the question is not looked at. */
export function matchReply(octets: Uint8Array, query: SentQuery): ReplyMatch {
  if (octets.length < HEADER_OCTETS) return 'not-a-reply';
  const flags = readU16(octets, 2);
  if ((flags & HeaderFlag.QR) === 0 || opcodeOf(flags) !== 0 || readU16(octets, 4) !== 1) return 'not-a-reply';
  if (readU16(octets, 0) !== readU16(query.octets, 0)) return 'near-miss';
  const end = query.questionEnd;
  if (octets.length < end) return 'near-miss';
  let sameCase = true;
  for (let index = HEADER_OCTETS; index < end; index++) {
    const got = octets[index] ?? 0;
    const sent = query.octets[index] ?? 0;
    if (got === sent) continue;
    // The last four octets are type and class, which have no letter case.
    if (index >= end - 4 || (got ^ sent) !== 0x20 || !isLetter(got)) return 'near-miss';
    sameCase = false;
  }
  return sameCase ? 'match' : 'case-mismatch';
}

/**
 * Puts the name as it was asked for in the place of the question's name, whose length a matching reply shares. Names
 * that are compressed against the question then carry the original letter case, not the random one.
 */
export function restoreQuestionName(octets: Uint8Array, name: DomainName): void {
  octets.set(name.octets, HEADER_OCTETS);
}

function isLetter(octet: number): boolean {
  const upper = octet & 0xdf;
  return upper >= 0x41 && upper <= 0x5a;
}
