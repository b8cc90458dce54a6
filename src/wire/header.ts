// The twelve octets in front of every message (RFC 1035 4.1.1, RFC 4035 3.1.6 and 3.2 for AD and CD).
import { readU16 } from './reader.ts';

export const HEADER_OCTETS = 12;

export const HeaderFlag = {
  /** Response. */
  QR: 0x8000,
  /** Authoritative answer. */
  AA: 0x0400,
  /** Truncated. */
  TC: 0x0200,
  /** Recursion desired. */
  RD: 0x0100,
  /** Recursion available. */
  RA: 0x0080,
  /** Authentic data. */
  AD: 0x0020,
  /** Checking disabled. */
  CD: 0x0010,
} as const;

export interface Header {
  readonly id: number;
  /** All sixteen flag, opcode and rcode bits. */
  readonly flags: number;
  readonly questionCount: number;
  readonly answerCount: number;
  readonly authorityCount: number;
  readonly additionalCount: number;
}

/** Reads a header; undefined when there are fewer than twelve octets. */
export function parseHeader(octets: Uint8Array): Header | undefined {
  if (octets.length < HEADER_OCTETS) return undefined;
  return {
    id: readU16(octets, 0),
    flags: readU16(octets, 2),
    questionCount: readU16(octets, 4),
    answerCount: readU16(octets, 6),
    authorityCount: readU16(octets, 8),
    additionalCount: readU16(octets, 10),
  };
}

export function opcodeOf(flags: number): number {
  return (flags >> 11) & 0xf;
}

/** The low four bits of the RCODE; EDNS holds the rest. */
export function rcodeOf(flags: number): number {
  return flags & 0xf;
}
