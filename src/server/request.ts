// Client octets to a request, or to the error reply that they deserve (RFC 1035 4.1, 6891, 8906, 9619; SECURITY 4.10,
// Nothing here touches any state.
import { EdeCode, Opcode, Rcode, RRClass, RRType, typeText } from '../wire/constants.ts';
import type { Edns, ExtendedError } from '../wire/edns.ts';
import { HeaderFlag, opcodeOf, parseHeader } from '../wire/header.ts';
import { type ParsedMessage, parseMessage, parseQuestion, type Question } from '../wire/message.ts';
import type { DomainName } from '../wire/name.ts';

/** What of a query shapes its reply, whether or not it can be answered. */
export interface QueryFrame {
  readonly id: number;
  /** The sixteen flag bits as they came. */
  readonly flags: number;
  /** In the client's letter case; undefined when there is not exactly one well-formed question. */
  readonly question: Question | undefined;
  /** Undefined when there is no well-formed OPT record. */
  readonly edns: Edns | undefined;
}

/** A query that can be answered. Its class is IN or CH, or ANY, which is looked up in class IN. */
export interface Request extends QueryFrame {
  readonly question: Question;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  /** AD: the client understands AD in the reply (RFC 6840 5.7). */
  readonly authenticData: boolean;
  readonly dnssecOk: boolean;
}

/** Why a datagram gets no reply at all. */
export type RequestDrop = 'too-short' | 'not-a-query' | 'truncated-query';

/**
 * What the octets of a client are.
 * - `drop`: a reply to it would help only those who reflect.
 * - `error`: one reply without data, whatever the server knows.
 * - `notify`: a zone has changed, says somebody (RFC 1996).
 * - `chaos`: a question of class CH, about the server itself.
 * - `request`: a question of class IN, or ANY, that may be looked up.
 */
export type ParsedRequest =
  | { readonly kind: 'drop'; readonly reason: RequestDrop }
  | {
      readonly kind: 'error';
      readonly frame: QueryFrame;
      readonly rcode: number;
      readonly errors: readonly ExtendedError[];
      /** The octets could not be read, as opposed to asking for something that is not served. */
      readonly malformed: boolean;
    }
  | { readonly kind: 'notify'; readonly frame: QueryFrame; readonly zone: DomainName }
  | { readonly kind: 'chaos' | 'request'; readonly request: Request };

/** Reads what a client sent. */
export function parseRequest(octets: Uint8Array): ParsedRequest {
  const header = parseHeader(octets);
  if (header === undefined) return { kind: 'drop', reason: 'too-short' };
  // A reply to a reply could go on for ever between two servers.
  if ((header.flags & HeaderFlag.QR) !== 0) return { kind: 'drop', reason: 'not-a-query' };
  if ((header.flags & HeaderFlag.TC) !== 0) return { kind: 'drop', reason: 'truncated-query' };

  const parsed = parseMessage(octets);
  const frame = frameOf(octets, header.id, header.flags, parsed);
  const opcode = opcodeOf(header.flags);
  if (opcode === Opcode.NOTIFY && parsed.ok && parsed.message.question.class === RRClass.IN) {
    return { kind: 'notify', frame, zone: parsed.message.question.name };
  }
  if (opcode !== Opcode.QUERY) {
    return refusal(frame, Rcode.NOTIMP, EdeCode.NOT_SUPPORTED, 'only opcode QUERY is served');
  }
  if (!parsed.ok) return { kind: 'error', frame, rcode: Rcode.FORMERR, errors: [], malformed: true };

  const { question, edns } = parsed.message;
  if (edns?.optionsExceeded === true) {
    return { kind: 'error', frame, rcode: Rcode.FORMERR, errors: [], malformed: true };
  }
  // RFC 6891 6.1.3: a version that is not known is told so, before any work.
  if (edns !== undefined && edns.version > 0) return refusal(frame, Rcode.BADVERS, undefined, '');

  const request: Request = {
    id: header.id,
    flags: header.flags,
    question,
    edns,
    recursionDesired: (header.flags & HeaderFlag.RD) !== 0,
    checkingDisabled: (header.flags & HeaderFlag.CD) !== 0,
    authenticData: (header.flags & HeaderFlag.AD) !== 0,
    dnssecOk: edns?.dnssecOk ?? false,
  };
  if (question.class === RRClass.CH) return { kind: 'chaos', request };
  // RFC 1035 3.2.5: ANY asks for any class, and IN is the only one that there is data of.
  if (question.class !== RRClass.IN && question.class !== RRClass.ANY) {
    return refusal(frame, Rcode.NOTIMP, EdeCode.NOT_SUPPORTED, 'only class IN is served');
  }
  const refused = refusedTypes.get(question.type);
  if (refused !== undefined) {
    return refusal(frame, refused.rcode, refused.ede, `type ${typeText(question.type)} cannot be asked for`);
  }
  return { kind: 'request', request };
}

function frameOf(octets: Uint8Array, id: number, flags: number, parsed: ParsedMessage): QueryFrame {
  if (parsed.ok) return { id, flags, question: parsed.message.question, edns: parsed.message.edns };
  return { id, flags, question: parseQuestion(octets)?.question, edns: undefined };
}

function refusal(frame: QueryFrame, rcode: number, ede: number | undefined, text: string): ParsedRequest {
  return { kind: 'error', frame, rcode, errors: ede === undefined ? [] : [{ code: ede, text }], malformed: false };
}

interface RefusedType {
  readonly rcode: number;
  readonly ede: number;
}

const invalidType: RefusedType = { rcode: Rcode.FORMERR, ede: EdeCode.INVALID_QUERY_TYPE };
const unsupportedType: RefusedType = { rcode: Rcode.NOTIMP, ede: EdeCode.NOT_SUPPORTED };

/** Types that are no question a resolver can answer (SECURITY 4.10; RFC 9824 3.5 for NXNAME). */
const refusedTypes = new Map<number, RefusedType>([
  [0, invalidType],
  [RRType.OPT, invalidType],
  [RRType.NXNAME, invalidType],
  [RRType.TSIG, invalidType],
  [RRType.TKEY, unsupportedType],
  [RRType.IXFR, unsupportedType],
  [RRType.AXFR, unsupportedType],
  [RRType.MAILB, unsupportedType],
  [RRType.MAILA, unsupportedType],
]);
