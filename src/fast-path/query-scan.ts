// Reads a plain query where it lies in memory, without making anything: what the reply cache needs to know of it.
// Whatever is unusual about a query is left to `server/request.ts`, which knows every case.
import { lowerCase } from '../wire/lower-case.ts';

/** What of a query, besides its question, shapes the reply. */
export const QueryBit = { AD: 1, CD: 2, DO: 4, EDNS: 8 } as const;

const HEADER_OCTETS = 12;
const MAX_NAME_OCTETS = 255;
const MAX_LABEL_OCTETS = 63;
/** Root name, type, class, TTL and length of an OPT record (RFC 6891 6.1.2). */
const OPT_OCTETS = 11;
const OPT_TYPE = 41;
const CLASS_IN = 1;
const COOKIE_OPTION = 10;
const PADDING_OPTION = 12;
/** The least that every UDP client takes (RFC 1035 2.3.4, RFC 6891 6.2.3). */
const MIN_UDP_OCTETS = 512;

/** Mixes type and query bits into the hash of a name, and spreads the bits. */
export function finishHash(nameHash: number, type: number, bits: number): number {
  let hash = Math.imul(nameHash ^ (type << 4) ^ bits, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Start and step of the hash over the octets of a name, in lower case; keyed, so that nobody outside can collide. */
export function hashStep(hash: number, octet: number): number {
  return Math.imul(hash ^ octet, 0x01000193);
}

/** One query; the fields hold until the next `scan`. */
export class QueryScan {
  hash = 0;
  type = 0;
  /** Of `QueryBit`. */
  bits = 0;
  /** Octets of the name, root included. */
  nameOctets = 0;
  /** Where the question ends, from the start of the memory. */
  questionEnd = 0;
  /** Largest UDP reply that the client takes; our own bound comes on top. */
  udpOctets = 0;
  /** Where the query ends, from the start of the memory. */
  private end = 0;
  private readonly hashSeed: number;

  constructor(hashSeed: number) {
    this.hashSeed = hashSeed | 0;
  }

  /**
   * Whether the octets are a query of the plainest kind: opcode QUERY, RD set, one question of class IN, and at most an
   * OPT record of version 0 without options that change the reply.
   */
  scan(memory: Uint8Array, offset: number, length: number): boolean {
    const end = offset + length;
    if (length < HEADER_OCTETS + 5 || end > memory.length) return false;
    // QR, opcode, AA and TC clear, RD set; RA, Z and RCODE clear; one question, no other record but OPT.
    const low = memory[offset + 3] ?? 0xff;
    if (memory[offset + 2] !== 0x01 || (low & ~0x30) !== 0) return false;
    if (memory[offset + 4] !== 0 || memory[offset + 5] !== 1) return false;
    if (memory[offset + 6] !== 0 || memory[offset + 7] !== 0) return false;
    if (memory[offset + 8] !== 0 || memory[offset + 9] !== 0) return false;
    const additional = memory[offset + 11] ?? 2;
    if (memory[offset + 10] !== 0 || additional > 1) return false;

    let at = offset + HEADER_OCTETS;
    let hash = this.hashSeed;
    for (;;) {
      const label = memory[at] ?? 0xff;
      hash = hashStep(hash, label);
      at++;
      if (label === 0) break;
      if (label > MAX_LABEL_OCTETS || at + label >= end) return false;
      for (const labelEnd = at + label; at < labelEnd; at++) hash = hashStep(hash, lowerCase[memory[at] ?? 0] ?? 0);
    }
    this.nameOctets = at - offset - HEADER_OCTETS;
    if (this.nameOctets > MAX_NAME_OCTETS || at + 4 > end) return false;
    this.type = ((memory[at] ?? 0) << 8) | (memory[at + 1] ?? 0);
    if (memory[at + 2] !== 0 || memory[at + 3] !== CLASS_IN) return false;
    this.questionEnd = at + 4;

    this.bits = (low & 0x20 ? QueryBit.AD : 0) | (low & 0x10 ? QueryBit.CD : 0);
    this.udpOctets = MIN_UDP_OCTETS;
    this.end = end;
    if (additional === 1) {
      if (!this.scanOpt(memory, this.questionEnd, end)) return false;
    } else if (this.questionEnd !== end) {
      return false;
    }
    this.hash = finishHash(hash, this.type, this.bits);
    return true;
  }

  /**
   * Puts back what a reply has overwritten, where `scan` read it. An OPT record comes back without its option, a cookie,
   * which changes nothing; the option's place is filled with one of padding, so that the length stays.
   */
  restore(memory: Uint8Array, offset: number): void {
    const { bits } = this;
    const hasEdns = (bits & QueryBit.EDNS) !== 0;
    memory.fill(0, offset + 2, offset + HEADER_OCTETS);
    memory[offset + 2] = 0x01;
    memory[offset + 3] = ((bits & QueryBit.AD) !== 0 ? 0x20 : 0) | ((bits & QueryBit.CD) !== 0 ? 0x10 : 0);
    memory[offset + 5] = 1;
    memory[offset + 11] = hasEdns ? 1 : 0;
    if (!hasEdns) return;
    const at = this.questionEnd;
    memory.fill(0, at, this.end);
    memory[at + 2] = OPT_TYPE;
    memory[at + 3] = this.udpOctets >> 8;
    memory[at + 4] = this.udpOctets;
    memory[at + 7] = (bits & QueryBit.DO) !== 0 ? 0x80 : 0;
    const optionOctets = this.end - at - OPT_OCTETS;
    if (optionOctets === 0) return;
    memory[at + 10] = optionOctets;
    memory[at + OPT_OCTETS + 1] = PADDING_OPTION;
    memory[at + OPT_OCTETS + 3] = optionOctets - 4;
  }

  private scanOpt(memory: Uint8Array, at: number, end: number): boolean {
    if (at + OPT_OCTETS > end || memory[at] !== 0 || memory[at + 1] !== 0 || memory[at + 2] !== OPT_TYPE) return false;
    // Extended RCODE, version, and every flag but DO are zero.
    if (memory[at + 5] !== 0 || memory[at + 6] !== 0 || memory[at + 8] !== 0) return false;
    const flags = memory[at + 7] ?? 0xff;
    if ((flags & 0x7f) !== 0) return false;
    const octets = ((memory[at + 3] ?? 0) << 8) | (memory[at + 4] ?? 0);
    this.udpOctets = octets < MIN_UDP_OCTETS ? MIN_UDP_OCTETS : octets;
    this.bits |= QueryBit.EDNS | (flags & 0x80 ? QueryBit.DO : 0);
    const dataEnd = at + OPT_OCTETS + (((memory[at + 9] ?? 0) << 8) | (memory[at + 10] ?? 0));
    if (dataEnd !== end) return false;
    // A cookie is the one option that changes nothing here (RFC 7873 5.2.1), and dig sends it with every query.
    let option = at + OPT_OCTETS;
    if (option === dataEnd) return true;
    if (option + 4 > dataEnd || memory[option] !== 0 || memory[option + 1] !== COOKIE_OPTION) return false;
    const cookie = ((memory[option + 2] ?? 0) << 8) | (memory[option + 3] ?? 0);
    option += 4 + cookie;
    return option === dataEnd && (cookie === 8 || (cookie >= 16 && cookie <= 40));
  }
}
