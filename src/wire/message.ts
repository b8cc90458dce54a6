// Whole messages: octets to values. A result union, never a throw.
import { RRType } from './constants.ts';
import { type Edns, parseEdns } from './edns.ts';
import { HEADER_OCTETS, type Header, HeaderFlag, parseHeader, rcodeOf } from './header.ts';
import type { DomainName } from './name.ts';
import { readU16, readU32, WireError, type WireErrorCode, WireReader } from './reader.ts';
import type { ResourceRecord } from './record.ts';

/** Most records a message may hold. */
export const MAX_RECORDS = 4096;
/** Owner (one octet at least), type, class, TTL and RDLENGTH: the least a record occupies. */
const MIN_RECORD_OCTETS = 11;
/** Type, class, TTL and RDLENGTH of a record. */
const RECORD_FIELDS_OCTETS = 10;
/** RFC 2181 8: the largest TTL. */
const MAX_TTL = 0x7fffffff;

export interface Question {
  readonly name: DomainName;
  readonly type: number;
  readonly class: number;
}

export interface Message {
  readonly header: Header;
  readonly question: Question;
  /** Offset just behind the question. */
  readonly questionEnd: number;
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  /** Without the OPT record. */
  readonly additional: readonly ResourceRecord[];
  readonly edns: Edns | undefined;
  /** RCODE with the extended bits of EDNS. */
  readonly rcode: number;
}

export type ParsedMessage =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly code: WireErrorCode; readonly offset: number };

/**
 * Reads a whole message. Exactly one question is demanded in both directions (RFC 9619), at most one OPT record with
 * the root as owner and in the additional section (RFC 6891 6.1.1). With `givesViews`, RDATA are views of the octets, which
 * must not change afterwards and stay in memory as long as one of them; otherwise they are copies.
 */
export function parseMessage(octets: Uint8Array, givesViews = false): ParsedMessage {
  try {
    return { ok: true, message: readMessage(octets, givesViews) };
  } catch (error) {
    if (error instanceof WireError) return { ok: false, code: error.code, offset: error.offset };
    throw error;
  }
}

/** Reads only the question; undefined when there is not exactly one well-formed question. */
export function parseQuestion(octets: Uint8Array): { question: Question; end: number } | undefined {
  const header = parseHeader(octets);
  if (header === undefined || header.questionCount !== 1) return undefined;
  try {
    const reader = new WireReader(octets, HEADER_OCTETS);
    const question = readQuestion(reader);
    return { question, end: reader.offset };
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/**
 * The message with header and question only, whatever follows them: all that may be read of a truncated reply, whose
 * body is not to be trusted.
 */
export function parseTruncated(octets: Uint8Array): Message | undefined {
  const header = parseHeader(octets);
  const parsed = parseQuestion(octets);
  if (header === undefined || parsed === undefined) return undefined;
  return {
    header,
    question: parsed.question,
    questionEnd: parsed.end,
    answer: [],
    authority: [],
    additional: [],
    edns: undefined,
    rcode: rcodeOf(header.flags),
  };
}

function readQuestion(reader: WireReader): Question {
  const name = reader.name();
  const type = reader.u16();
  return { name, type, class: reader.u16() };
}

function readMessage(octets: Uint8Array, givesViews: boolean): Message {
  const header = parseHeader(octets);
  if (header === undefined) throw new WireError('truncated', octets.length);
  if (header.questionCount !== 1) throw new WireError('bad-question-count', 4);
  const reader = new WireReader(octets, HEADER_OCTETS, givesViews);
  const question = readQuestion(reader);
  const questionEnd = reader.offset;
  const count = header.answerCount + header.authorityCount + header.additionalCount;
  if (count > MAX_RECORDS) throw new WireError('too-many-records', 6);
  if (count * MIN_RECORD_OCTETS > reader.remaining) throw new WireError('truncated', 6);

  const answer = readSection(reader, header.answerCount);
  const authority = readSection(reader, header.authorityCount);
  const additional = readSection(reader, header.additionalCount);
  for (const record of answer) if (record.type === RRType.OPT) throw new WireError('bad-opt', questionEnd);
  for (const record of authority) if (record.type === RRType.OPT) throw new WireError('bad-opt', questionEnd);

  let edns: Edns | undefined;
  for (let index = additional.length - 1; index >= 0; index--) {
    const record = additional[index];
    if (record === undefined || record.type !== RRType.OPT) continue;
    if (edns !== undefined || !record.name.isRoot) throw new WireError('bad-opt', questionEnd);
    edns = parseEdns(record);
    // Nearly always the last one.
    additional.splice(index, 1);
  }
  if (reader.remaining !== 0 && (header.flags & HeaderFlag.QR) === 0) {
    throw new WireError('trailing-octets', reader.offset);
  }
  const rcode = rcodeOf(header.flags) | ((edns?.extendedRcode ?? 0) << 4);
  return { header, question, questionEnd, answer, authority, additional, edns, rcode };
}

function readSection(reader: WireReader, count: number): ResourceRecord[] {
  const records: ResourceRecord[] = [];
  for (let index = 0; index < count; index++) {
    const name = reader.name();
    const fields = reader.offset;
    reader.skip(RECORD_FIELDS_OCTETS);
    const type = readU16(reader.octets, fields);
    const rrclass = readU16(reader.octets, fields + 2);
    const ttl = readU32(reader.octets, fields + 4);
    const length = readU16(reader.octets, fields + 8);
    if (type === RRType.OPT) {
      records.push({ name, type, class: rrclass, ttl, rdata: reader.take(length) });
    } else {
      const rdata = reader.rdata(type, length);
      if (rdata !== undefined) records.push({ name, type, class: rrclass, ttl: Math.min(ttl, MAX_TTL), rdata });
    }
  }
  return records;
}
