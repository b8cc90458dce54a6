// The octets of a query towards a server (RFC 1035 4.1, RFC 6891 6.1), with the question's letter case randomised where
// that is asked for (draft-vixie-dnsext-dns0x20, "0x20"), and with padding over TLS (RFC 7830, RFC 8467)
// or a cookie (RFC 7873).
import type { Ask } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import { EdnsOptionCode, RRType } from '../wire/constants.ts';
import { HEADER_OCTETS, HeaderFlag } from '../wire/header.ts';

/** Owner (root), type, class, TTL and RDLENGTH of an OPT record without options. */
const OPT_OCTETS = 11;
/** Code and length of an EDNS option. */
const OPTION_HEADER_OCTETS = 4;
/** RFC 8467 4.1: queries are padded to a multiple of this. */
const PADDING_BLOCK_OCTETS = 128;
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
  'question' | 'recursionDesired' | 'checkingDisabled' | 'edns' | 'dnssecOk' | 'randomiseCase' | 'lowerCase'
>;

/** What goes into the OPT record besides DO. */
export interface OptFields {
  /** The UDP payload size offered. */
  readonly udpPayloadOctets: number;
  /** Pad to a multiple of 128 octets. */
  readonly pad: boolean;
  /** Data of a COOKIE option (RFC 7873 4). */
  readonly cookie?: Uint8Array | undefined;
}

/** Builds a query in one array of exactly its length. */
export function buildQuery(fields: QueryFields, opt: OptFields, id: number, random: Random): SentQuery {
  const name = (fields.lowerCase === true ? fields.question.name.toLowerCase() : fields.question.name).octets;
  const questionEnd = HEADER_OCTETS + name.length + 4;
  const optEnd = questionEnd + (fields.edns ? OPT_OCTETS : 0);
  const cookieOctets = opt.cookie === undefined ? 0 : OPTION_HEADER_OCTETS + opt.cookie.length;
  const plainOctets = optEnd + (fields.edns ? cookieOctets : 0);
  const octets = new Uint8Array(fields.edns && opt.pad ? paddedLength(plainOctets) : plainOctets);
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
    writeU16(octets, questionEnd + 3, opt.udpPayloadOctets);
    // RFC 3225 3: DO is the top bit of the flags in the TTL's lower half.
    if (fields.dnssecOk) octets[questionEnd + 7] = 0x80;
    writeU16(octets, optEnd - 2, octets.length - optEnd);
    if (opt.cookie !== undefined) writeOption(octets, optEnd, EdnsOptionCode.COOKIE, opt.cookie);
    // RFC 7830 3: zeros, as the array holds already.
    const padding = octets.subarray(Math.min(octets.length, plainOctets + OPTION_HEADER_OCTETS));
    if (octets.length > plainOctets) writeOption(octets, plainOctets, EdnsOptionCode.PADDING, padding);
  }
  return { octets, questionEnd };
}

function paddedLength(plainOctets: number): number {
  const least = plainOctets + OPTION_HEADER_OCTETS;
  return Math.ceil(least / PADDING_BLOCK_OCTETS) * PADDING_BLOCK_OCTETS;
}

/** Writes an EDNS option (RFC 6891 6.1.2) at `offset`. */
function writeOption(octets: Uint8Array, offset: number, code: number, content: Uint8Array): void {
  writeU16(octets, offset, code);
  writeU16(octets, offset + 2, content.length);
  octets.set(content, offset + OPTION_HEADER_OCTETS);
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
