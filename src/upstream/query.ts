// The octets of a query towards a server (RFC 1035 4.1, RFC 6891 6.1), with the question's letter case randomised where
// that is asked for (draft-vixie-dnsext-dns0x20, "0x20").
import type { Ask } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import { RRType } from '../wire/constants.ts';
import { HEADER_OCTETS, HeaderFlag } from '../wire/header.ts';

/** The UDP payload size offered, and the longest datagram accepted: fits every path unfragmented (DNS Flag Day 2020). */
export const OFFERED_UDP_OCTETS = 1232;

/** Owner (root), type, class, TTL and RDLENGTH of an OPT record without options. */
const OPT_OCTETS = 11;
/** Random bits drawn at a time. */
const DRAWN_BITS = 32;

/** A query as it stands on the wire. */
export interface SentQuery {
  readonly octets: Uint8Array;
  /** Offset just behind the question. */
  readonly questionEnd: number;
}

export type QueryFields = Pick<
  Ask,
  'question' | 'recursionDesired' | 'checkingDisabled' | 'edns' | 'dnssecOk' | 'randomiseCase'
>;

/** Builds a query in one array of exactly its length. */
export function buildQuery(fields: QueryFields, id: number, random: Random): SentQuery {
  const name = fields.question.name.octets;
  const questionEnd = HEADER_OCTETS + name.length + 4;
  const octets = new Uint8Array(questionEnd + (fields.edns ? OPT_OCTETS : 0));
  writeU16(octets, 0, id);
  writeU16(octets, 2, flagsOf(fields));
  octets[5] = 1;
  octets.set(name, HEADER_OCTETS);
  writeU16(octets, questionEnd - 4, fields.question.type);
  writeU16(octets, questionEnd - 2, fields.question.class);
  if (fields.randomiseCase) randomiseCase(octets, HEADER_OCTETS, HEADER_OCTETS + name.length, random);
  if (fields.edns) {
    octets[11] = 1;
    writeU16(octets, questionEnd + 1, RRType.OPT);
    writeU16(octets, questionEnd + 3, OFFERED_UDP_OCTETS);
    // RFC 3225 3: DO is the top bit of the flags in the TTL's lower half.
    if (fields.dnssecOk) octets[questionEnd + 7] = 0x80;
  }
  return { octets, questionEnd };
}

/** The same query under another ID. */
export function withId(query: SentQuery, id: number): SentQuery {
  const octets = query.octets.slice();
  writeU16(octets, 0, id);
  return { octets, questionEnd: query.questionEnd };
}

function flagsOf(fields: QueryFields): number {
  return (fields.recursionDesired ? HeaderFlag.RD : 0) | (fields.checkingDisabled ? HeaderFlag.CD : 0);
}

/** Flips the case of each letter by one random bit. Length octets are below 64, so they are never taken for letters. */
function randomiseCase(octets: Uint8Array, start: number, end: number, random: Random): void {
  let bits = 0;
  let left = 0;
  for (let index = start; index < end; index++) {
    const octet = octets[index] ?? 0;
    const upper = octet & 0xdf;
    if (upper < 0x41 || upper > 0x5a) continue;
    if (left === 0) {
      bits = random.below(2 ** DRAWN_BITS);
      left = DRAWN_BITS;
    }
    octets[index] = octet ^ ((bits & 1) << 5);
    bits >>>= 1;
    left--;
  }
}

function writeU16(octets: Uint8Array, offset: number, value: number): void {
  octets[offset] = value >> 8;
  octets[offset + 1] = value;
}
