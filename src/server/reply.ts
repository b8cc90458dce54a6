// A resolution, or an error, as the octets for one client: sections by DO, flags, sizes, EDNS (RFC 1035 4.1, 2181 9,
// 3225, 4035 3.2, 6840 5.6 to 5.9, 6891, 8482, 8914; SECURITY 1.3, 1.7, 4.2, A-30, A-45).
import { MAX_UDP_OCTETS } from '../fast-path/reply-cache.ts';
import type { Resolution, ResolvedRRset } from '../resolver/resolution.ts';
import { EdeCode, EdnsOptionCode, Rcode, RRType } from '../wire/constants.ts';
import { type Edns, type EdnsOption, type ExtendedError, ednsOption, extendedErrorOption } from '../wire/edns.ts';
import { HeaderFlag } from '../wire/header.ts';
import { MAX_MESSAGE_OCTETS, MessageWriter } from '../wire/writer.ts';
import { type Client, isLoopback } from './client.ts';
import type { QueryFrame, Request } from './request.ts';

/** The least that every UDP client takes (RFC 1035 2.3.4), whatever size it names (RFC 6891 6.2.3). */
export const MIN_UDP_OCTETS = 512;
/** Most extended errors of one reply, and most octets of text of each (SECURITY 1.3). */
const MAX_EXTENDED_ERRORS = 3;
const MAX_EXTENDED_ERROR_TEXT_OCTETS = 64;
/** An OPT record without options. */
const OPT_OCTETS = 11;
const OPTION_HEADER_OCTETS = 4;
/** Opcode, RD and CD come back as they came; all else is ours (SECURITY 4.2: unknown bits are cleared). */
const OPCODE_BITS = 0x7800;

export interface ReplyOptions {
  /** Largest UDP reply, and the UDP size we announce. */
  readonly udpOctets: number;
  /** Largest UDP reply to a client on this machine, on whose way nothing can be cut in pieces. */
  readonly loopbackUdpOctets: number;
  /** Extended errors are sent to clients that use EDNS. */
  readonly extendedErrors: boolean;
  /** Among them the one that says that a negative trust anchor covers the name. */
  readonly negativeAnchorErrors: boolean;
  /** Answer of the NSID option (RFC 5001); undefined when there is none. */
  readonly serverId: Uint8Array | undefined;
  /** False in validation mode `off`: no AD, CD cleared, no signatures. */
  readonly dnssec: boolean;
}

export const DEFAULT_REPLY_OPTIONS: ReplyOptions = {
  udpOctets: 1232,
  loopbackUdpOctets: MAX_UDP_OCTETS,
  extendedErrors: true,
  negativeAnchorErrors: true,
  serverId: undefined,
  dnssec: true,
};

/** What shapes a reply of who asked. */
export type ReplyClient = Pick<Client, 'transport' | 'address'>;

/** What a reply says, before it is shaped for the client. */
export type ReplyContent = Pick<
  Resolution,
  'rcode' | 'answer' | 'authority' | 'authentic' | 'errors' | 'deniedCompactly'
>;

/** Builds replies; one builder serves any number of clients, one after the other. */
export class ReplyBuilder {
  private readonly writer = new MessageWriter();
  private readonly options: ReplyOptions;

  constructor(options: ReplyOptions = DEFAULT_REPLY_OPTIONS) {
    this.options = options;
  }

  /** A reply without data: header, the question if it parsed, and OPT if the query had one. Never echoes other octets. */
  error(frame: QueryFrame, rcode: number, errors: readonly ExtendedError[]): Uint8Array {
    this.begin(frame, rcode, 0, MIN_UDP_OCTETS);
    this.finishEdns(frame.edns, rcode, errors, MIN_UDP_OCTETS);
    return this.writer.finish();
  }

  /** An empty reply with TC: ask again over TCP. */
  truncated(request: Request): Uint8Array {
    this.begin(request, Rcode.NOERROR, HeaderFlag.TC, MIN_UDP_OCTETS);
    this.finishEdns(request.edns, Rcode.NOERROR, [], MIN_UDP_OCTETS);
    return this.writer.finish();
  }

  /** The reply with data. `authoritative` sets AA, for data that are local. */
  answer(request: Request, content: ReplyContent, client: ReplyClient, authoritative: boolean): Uint8Array {
    const { transport } = client;
    const limit = transport === 'udp' ? this.udpLimit(request.edns, client.address) : MAX_MESSAGE_OCTETS;
    const answer = this.shaped(content.answer, request, true);
    const authority = this.shaped(content.authority, request, false);
    let flags = authoritative ? HeaderFlag.AA : 0;
    if (this.isAuthentic(request, content, answer.length + authority.length)) flags |= HeaderFlag.AD;

    // The OPT record alone always has its place; extended errors only get what is left.
    const rcode = rcodeFor(request, content);
    this.begin(request, rcode, flags, limit);
    if (request.edns !== undefined) this.writer.reserve(OPT_OCTETS + this.serverIdOctets(request.edns));
    if (!this.writeSections(request, content, answer, authority)) {
      if (transport === 'tcp') return this.error(request, Rcode.SERVFAIL, [tooLarge]);
      this.writer.setTruncated();
    }
    this.finishEdns(request.edns, rcode, content.errors, limit);
    return this.writer.finish();
  }

  /** Largest UDP reply this client may get: what it offers, within our own bounds (RFC 6891 6.2.3 to 6.2.5). */
  private udpLimit(edns: Edns | undefined, address: Uint8Array): number {
    if (edns === undefined) return MIN_UDP_OCTETS;
    const { udpOctets, loopbackUdpOctets } = this.options;
    const ours = edns.udpSize > udpOctets && isLoopback(address) ? loopbackUdpOctets : udpOctets;
    return Math.max(MIN_UDP_OCTETS, Math.min(edns.udpSize, ours));
  }

  private begin(frame: QueryFrame, rcode: number, flags: number, limit: number): void {
    // Without an OPT record only four bits of the RCODE can be said (RFC 6891 6.1.3).
    const sayable = rcode > 0xf && frame.edns === undefined ? Rcode.SERVFAIL : rcode;
    const copied = OPCODE_BITS | HeaderFlag.RD | (this.options.dnssec ? HeaderFlag.CD : 0);
    const all = HeaderFlag.QR | HeaderFlag.RA | (frame.flags & copied) | flags | (sayable & 0xf);
    this.writer.reset(frame.id, all, limit);
    if (frame.question !== undefined) this.writer.question(frame.question);
  }

  /** Whether AD may be set (RFC 6840 5.7, 5.8): all is secure, there is something, and the client wants to know. */
  private isAuthentic(request: Request, content: ReplyContent, rrsets: number): boolean {
    if (!this.options.dnssec || !content.authentic || rrsets === 0) return false;
    // Signatures are not signed themselves, so an answer that consists of them proves nothing.
    if (request.question.type === RRType.RRSIG) return false;
    return request.dnssecOk || request.authenticData;
  }

  /** The RRsets that this client gets, each with or without its signatures. */
  private shaped(rrsets: readonly ResolvedRRset[], request: Request, inAnswer: boolean): ShapedRRset[] {
    const qtype = request.question.type;
    const signed = request.dnssecOk && this.options.dnssec;
    const shaped: ShapedRRset[] = [];
    for (const { rrset, ttl } of rrsets) {
      const asked = inAnswer && (qtype === rrset.type || qtype === RRType.ANY);
      // RFC 4035 3.2.1: without DO, no DNSSEC records but those asked for by type.
      if (!signed && !asked && isProofType(rrset.type)) continue;
      const signatures = signed || (inAnswer && (qtype === RRType.RRSIG || qtype === RRType.ANY));
      if (rrset.rdatas.length === 0 && !(signatures && rrset.signatures.length > 0)) continue;
      shaped.push({ rrset, ttl, signatures });
    }
    return shaped;
  }

  /**
   * Writes answer, then authority, whole RRsets only; false when something is missing without which the client would
   * be misled, so that TC is due (RFC 2181 9).
   */
  private writeSections(
    request: Request,
    content: ReplyContent,
    answer: readonly ShapedRRset[],
    authority: readonly ShapedRRset[],
  ): boolean {
    for (const { rrset, ttl, signatures } of answer) {
      if (!this.writer.rrset('answer', rrset, ttl, signatures)) return false;
    }
    // A validating client cannot do without the proofs, and a negative answer is its authority section.
    const needed = request.dnssecOk || answer.length === 0 || content.rcode !== Rcode.NOERROR;
    for (const { rrset, ttl, signatures } of authority) {
      if (!this.writer.rrset('authority', rrset, ttl, signatures)) return !needed;
    }
    return true;
  }

  private serverIdOctets(edns: Edns): number {
    return this.serverIdOption(edns) === undefined ? 0 : OPTION_HEADER_OCTETS + (this.options.serverId?.length ?? 0);
  }

  private serverIdOption(edns: Edns): EdnsOption | undefined {
    const data = this.options.serverId;
    if (data === undefined || ednsOption(edns, EdnsOptionCode.NSID) === undefined) return undefined;
    return { code: EdnsOptionCode.NSID, data };
  }

  /**
   * The OPT record of the reply. Its options are made afresh, each at most once whatever the query repeated, and in one
   * pass: an extended error that does not fit loses its text, and if that is not enough it is left out.
   */
  private finishEdns(edns: Edns | undefined, rcode: number, errors: readonly ExtendedError[], limit: number): void {
    if (edns === undefined) return;
    const options: EdnsOption[] = [];
    let room = limit - this.writer.size - OPT_OCTETS;
    const serverId = this.serverIdOption(edns);
    if (serverId !== undefined && OPTION_HEADER_OCTETS + serverId.data.length <= room) {
      options.push(serverId);
      room -= OPTION_HEADER_OCTETS + serverId.data.length;
    }
    for (const error of this.options.extendedErrors ? errors.slice(0, MAX_EXTENDED_ERRORS) : []) {
      if (error.code === EdeCode.NEGATIVE_TRUST_ANCHOR && !this.options.negativeAnchorErrors) continue;
      let option = extendedErrorOption(error, MAX_EXTENDED_ERROR_TEXT_OCTETS);
      if (OPTION_HEADER_OCTETS + option.data.length > room) option = extendedErrorOption(error, 0);
      if (OPTION_HEADER_OCTETS + option.data.length > room) continue;
      options.push(option);
      room -= OPTION_HEADER_OCTETS + option.data.length;
    }
    // RFC 6840 5.6: DO comes back as it came.
    this.writer.edns(this.options.udpOctets, rcode >> 4, 0, edns.dnssecOk ? 0x8000 : 0, options);
  }
}

interface ShapedRRset extends ResolvedRRset {
  readonly signatures: boolean;
}

const tooLarge: ExtendedError = { code: 0, text: 'the answer is larger than a DNS message can be' };

/** Types that only exist to prove something (RFC 4035 3.2.1). */
function isProofType(type: number): boolean {
  return type === RRType.RRSIG || type === RRType.NSEC || type === RRType.NSEC3;
}

/** RFC 9824 5.1: without DO a client cannot see the NSEC that says that the name does not exist. */
function rcodeFor({ dnssecOk }: Request, { rcode, deniedCompactly }: ReplyContent): number {
  return deniedCompactly === true && !dnssecOk && rcode === Rcode.NOERROR ? Rcode.NXDOMAIN : rcode;
}
