// Typed views of DNSSEC RDATA (RFC 4034, RFC 5155). Octet fields are views of the given RDATA. Each parser returns
// undefined for RDATA that is not well formed.
import { DomainName } from './name.ts';
import { readU16, readU32 } from './reader.ts';
import { nameLength } from './writer.ts';

/** DNSKEY flag bits (RFC 4034 2.1.1, RFC 5011 7). */
export const DnskeyFlag = { ZONE: 0x0100, REVOKE: 0x0080, SEP: 0x0001 } as const;

/** DNSKEY (RFC 4034 2.1). */
export interface DNSKEYData {
  readonly flags: number;
  readonly protocol: number;
  readonly algorithm: number;
  readonly publicKey: Uint8Array;
  /** The whole RDATA. */
  readonly rdata: Uint8Array;
}

export function parseDNSKEY(rdata: Uint8Array): DNSKEYData | undefined {
  if (rdata.length < 4) return undefined;
  return {
    flags: readU16(rdata, 0),
    protocol: rdata[2] ?? 0,
    algorithm: rdata[3] ?? 0,
    publicKey: rdata.subarray(4),
    rdata,
  };
}

/** DS (RFC 4034 5.1). */
export interface DSData {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly digestType: number;
  readonly digest: Uint8Array;
}

export function parseDS(rdata: Uint8Array): DSData | undefined {
  if (rdata.length < 4) return undefined;
  return {
    keyTag: readU16(rdata, 0),
    algorithm: rdata[2] ?? 0,
    digestType: rdata[3] ?? 0,
    digest: rdata.subarray(4),
  };
}

/** RRSIG (RFC 4034 3.1). Times are 32-bit seconds, to be compared in serial-number arithmetic (3.1.5). */
export interface RRSIGData {
  readonly typeCovered: number;
  readonly algorithm: number;
  readonly labels: number;
  readonly originalTtl: number;
  readonly expiration: number;
  readonly inception: number;
  readonly keyTag: number;
  readonly signer: DomainName;
  readonly signature: Uint8Array;
  /** The whole RDATA. */
  readonly rdata: Uint8Array;
}

/** Signatures parsed last: each is looked at by several readers in a row, from scrubbing to verification. */
const RECENT_SIGNATURES = 8;
const recentSignatures: (RRSIGData | undefined)[] = new Array(RECENT_SIGNATURES).fill(undefined);
let nextRecent = 0;

/** The RDATA must not change afterwards. */
export function parseRRSIG(rdata: Uint8Array): RRSIGData | undefined {
  for (const known of recentSignatures) if (known !== undefined && known.rdata === rdata) return known;
  const parsed = parseFreshRRSIG(rdata);
  if (parsed !== undefined) {
    recentSignatures[nextRecent] = parsed;
    nextRecent = (nextRecent + 1) % RECENT_SIGNATURES;
  }
  return parsed;
}

function parseFreshRRSIG(rdata: Uint8Array): RRSIGData | undefined {
  const signerLength = nameLength(rdata, 18);
  if (rdata.length < 19 || signerLength < 0) return undefined;
  return {
    typeCovered: readU16(rdata, 0),
    algorithm: rdata[2] ?? 0,
    labels: rdata[3] ?? 0,
    originalTtl: readU32(rdata, 4),
    expiration: readU32(rdata, 8),
    inception: readU32(rdata, 12),
    keyTag: readU16(rdata, 16),
    signer: DomainName.fromOctets(rdata.subarray(18, 18 + signerLength)),
    signature: rdata.subarray(18 + signerLength),
    rdata,
  };
}

/** NSEC (RFC 4034 4.1). */
export interface NSECData {
  readonly next: DomainName;
  readonly types: Uint8Array;
}

export function parseNSEC(rdata: Uint8Array): NSECData | undefined {
  const length = nameLength(rdata, 0);
  if (length < 0) return undefined;
  const types = rdata.subarray(length);
  if (!isTypeBitmap(types)) return undefined;
  return { next: DomainName.fromOctets(rdata.subarray(0, length)), types };
}

/** NSEC3 (RFC 5155 3). */
export interface NSEC3Data {
  readonly hashAlgorithm: number;
  readonly flags: number;
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly nextHash: Uint8Array;
  readonly types: Uint8Array;
}

/** The Opt-Out flag (RFC 5155 3.1.2.1). */
export const NSEC3_OPT_OUT = 0x01;

export function parseNSEC3(rdata: Uint8Array): NSEC3Data | undefined {
  if (rdata.length < 6) return undefined;
  const saltEnd = 5 + (rdata[4] ?? 0);
  const hashLength = rdata[saltEnd];
  if (hashLength === undefined || hashLength === 0) return undefined;
  const hashEnd = saltEnd + 1 + hashLength;
  if (hashEnd > rdata.length) return undefined;
  const types = rdata.subarray(hashEnd);
  if (!isTypeBitmap(types)) return undefined;
  return {
    hashAlgorithm: rdata[0] ?? 0,
    flags: rdata[1] ?? 0,
    iterations: readU16(rdata, 2),
    salt: rdata.subarray(5, saltEnd),
    nextHash: rdata.subarray(saltEnd + 1, hashEnd),
    types,
  };
}

/** Whether octets are a type bitmap: windows in rising order, lengths 1 to 32 (RFC 4034 4.1.2). Empty is allowed. */
export function isTypeBitmap(bitmap: Uint8Array): boolean {
  let offset = 0;
  let lastWindow = -1;
  while (offset < bitmap.length) {
    const window = bitmap[offset] ?? 0;
    const length = bitmap[offset + 1];
    if (length === undefined || length === 0 || length > 32 || window <= lastWindow) return false;
    lastWindow = window;
    offset += 2 + length;
  }
  return offset === bitmap.length;
}

/** Whether a type's bit is set. */
export function hasType(bitmap: Uint8Array, type: number): boolean {
  const wanted = type >> 8;
  for (let offset = 0; offset + 1 < bitmap.length; offset += 2 + (bitmap[offset + 1] ?? 0)) {
    if (bitmap[offset] !== wanted) continue;
    const octet = (type & 0xff) >> 3;
    if (octet >= (bitmap[offset + 1] ?? 0)) return false;
    return ((bitmap[offset + 2 + octet] ?? 0) & (0x80 >> (type & 7))) !== 0;
  }
  return false;
}

/** The types of a bitmap in rising order. */
export function bitmapTypes(bitmap: Uint8Array): number[] {
  const types: number[] = [];
  for (let offset = 0; offset + 1 < bitmap.length; offset += 2 + (bitmap[offset + 1] ?? 0)) {
    const base = (bitmap[offset] ?? 0) << 8;
    const length = bitmap[offset + 1] ?? 0;
    for (let bit = 0; bit < length * 8; bit++) {
      if (((bitmap[offset + 2 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0) types.push(base + bit);
    }
  }
  return types;
}

/** The bitmap of a list of types (RFC 4034 4.1.2). */
export function buildTypeBitmap(types: readonly number[]): Uint8Array {
  const windows = new Map<number, Uint8Array>();
  for (const type of [...types].sort((left, right) => left - right)) {
    let bits = windows.get(type >> 8);
    if (bits === undefined) {
      bits = new Uint8Array(32);
      windows.set(type >> 8, bits);
    }
    const octet = (type & 0xff) >> 3;
    bits[octet] = (bits[octet] ?? 0) | (0x80 >> (type & 7));
  }
  const octets: number[] = [];
  for (const [window, bits] of windows) {
    let length = 32;
    while (length > 0 && bits[length - 1] === 0) length--;
    octets.push(window, length, ...bits.subarray(0, length));
  }
  return Uint8Array.from(octets);
}
