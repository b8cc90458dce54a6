// An authoritative server as a function from octets to octets: no socket, no time, no state. EDNS (RFC 6891), sizes and
// truncation (RFC 2181 9, RFC 9471) are decided here; what the zones say is decided in reply-content.ts.
import { isMetaType, Rcode, RRClass, RRType } from '../wire/constants.ts';
import type { Edns } from '../wire/edns.ts';
import { type Header, HeaderFlag, opcodeOf, parseHeader } from '../wire/header.ts';
import { type Message, parseMessage, parseQuestion, type Question } from '../wire/message.ts';
import type { RRset } from '../wire/record.ts';
import { MAX_MESSAGE_OCTETS, MessageWriter, type Section } from '../wire/writer.ts';
import { composeReply, emptyContent, type ReplyContent } from './reply-content.ts';
import type { ZoneSet } from './zone-set.ts';

/** UDP payload without EDNS (RFC 1035 4.2.1). */
const PLAIN_UDP_OCTETS = 512;
/** Payload that is announced and not exceeded, unless an option says otherwise: it avoids fragments. */
const DEFAULT_UDP_OCTETS = 1232;
/** An OPT record without options. */
const OPT_OCTETS = 11;
/** What is missing of a reply that is cut off. */
const CUT_OCTETS = 3;
const OPCODE_BITS = 0x7800;
const DNSSEC_OK = 0x8000;

export interface AnswerOptions {
  readonly transport: 'udp' | 'tcp';
  /** UDP replies stay within this many octets, whatever the client announced; default 1232. */
  readonly maxUdpOctets?: number;
  /**
   * How the server takes EDNS; default `supported`. `ignored`: it does not see OPT records; `formerr`: it refuses
   * queries that have one, as servers older than RFC 6891 do.
   */
  readonly edns?: 'supported' | 'ignored' | 'formerr';
  /** Changes what is about to be written: strips proofs, swaps addresses, lies. */
  rewrite?(content: ReplyContent, question: Question): ReplyContent;
}

const writer = new MessageWriter();

/** The reply to a query, or undefined when it gets none: no header, itself a reply, or servers that keep silent. */
export function answer(zones: ZoneSet, query: Uint8Array, options: AnswerOptions): Uint8Array | undefined {
  const header = parseHeader(query);
  if (header === undefined || (header.flags & HeaderFlag.QR) !== 0) return undefined;
  if (opcodeOf(header.flags) !== 0) return errorReply(header, query, Rcode.NOTIMP);
  const parsed = parseMessage(query);
  if (!parsed.ok) return errorReply(header, query, Rcode.FORMERR);
  const { message } = parsed;
  if (options.edns === 'formerr' && message.edns !== undefined) return errorReply(header, query, Rcode.FORMERR);
  const { question } = message;
  const behaviour = zones.behaviour(question.name, question.type);
  if (behaviour?.drops?.(question)) return undefined;
  const ignoresEdns = options.edns === 'ignored' || behaviour?.ignoresEdns === true;
  const edns = ignoresEdns ? undefined : message.edns;
  const honest = contentFor(zones, message, edns);
  const content = behaviour?.rewrite?.(honest, question) ?? honest;
  const reply = writeReply(message, edns, options.rewrite?.(content, question) ?? content, options);
  return behaviour?.cutsOff === true ? reply.slice(0, reply.length - CUT_OCTETS) : reply;
}

function contentFor(zones: ZoneSet, message: Message, edns: Edns | undefined): ReplyContent {
  const { question } = message;
  if (edns !== undefined && edns.version > 0) return emptyContent(Rcode.BADVERS);
  if (question.class !== RRClass.IN) return emptyContent(Rcode.REFUSED);
  // Zone transfers are not for everyone, and the other meta-types name no data of a zone (RFC 6895 3.1).
  if (question.type === RRType.AXFR || question.type === RRType.IXFR) return emptyContent(Rcode.REFUSED);
  if (isMetaType(question.type) && question.type !== RRType.ANY) return emptyContent(Rcode.FORMERR);
  return composeReply(zones, question, edns?.dnssecOk ?? false);
}

/** A header with an error code, and the question when it could be read. */
function errorReply(header: Header, query: Uint8Array, rcode: number): Uint8Array {
  writer.reset(header.id, replyFlags(header) | rcode, PLAIN_UDP_OCTETS);
  const parsed = parseQuestion(query);
  if (parsed !== undefined) writer.question(parsed.question);
  return writer.finish();
}

/** RFC 1035 4.1.1, RFC 4035 3.1.6: opcode, RD and CD come back, AD does not. */
function replyFlags(header: Header): number {
  return HeaderFlag.QR | (header.flags & (OPCODE_BITS | HeaderFlag.RD | HeaderFlag.CD));
}

function writeReply(
  message: Message,
  edns: Edns | undefined,
  content: ReplyContent,
  options: AnswerOptions,
): Uint8Array {
  const limit = sizeLimit(edns, options);
  const dnssecOk = edns?.dnssecOk ?? false;
  const authoritative = content.isAuthoritative ? HeaderFlag.AA : 0;
  const flags = replyFlags(message.header) | authoritative | (content.rcode & 0xf);
  const start = () => {
    writer.reset(message.header.id, flags, limit);
    writer.reserve(edns === undefined ? 0 : OPT_OCTETS);
    writer.question(message.question);
  };
  start();
  const isWhole =
    writeSets('answer', content.answer, dnssecOk) &&
    writeSets('authority', content.authority, dnssecOk) &&
    writeSets('additional', content.glue, dnssecOk);
  if (isWhole) {
    writeSets('additional', content.additional, dnssecOk);
  } else {
    // The client must not use what a truncated reply holds, so nothing is sent.
    start();
    writer.setTruncated();
  }
  if (edns !== undefined) {
    const size = options.maxUdpOctets ?? DEFAULT_UDP_OCTETS;
    writer.edns(size, content.rcode >> 4, 0, dnssecOk ? DNSSEC_OK : 0, []);
  }
  return writer.finish();
}

/** Writes sets until one does not fit; whether all did. */
function writeSets(section: Section, sets: readonly RRset[], dnssecOk: boolean): boolean {
  return sets.every((set) => writer.rrset(section, set, set.ttl, dnssecOk));
}

function sizeLimit(edns: Edns | undefined, options: AnswerOptions): number {
  if (options.transport === 'tcp') return MAX_MESSAGE_OCTETS;
  if (edns === undefined) return PLAIN_UDP_OCTETS;
  return Math.min(Math.max(edns.udpSize, PLAIN_UDP_OCTETS), options.maxUdpOctets ?? DEFAULT_UDP_OCTETS);
}
