/** DS records from DNSKEY records in presentation form (RFC 4034 section 5 and appendix B). */
import { createHash } from 'node:crypto';

export interface DnskeyText {
  flags: number;
  protocol: number;
  algorithm: number;
  /** Base64. */
  publicKey: string;
}

export type DigestType = 1 | 2 | 4;

const DIGEST_NAMES = { 1: 'sha1', 2: 'sha256', 4: 'sha384' } as const;

/** Reads 'flags protocol algorithm key', where the key may be split by blanks. */
export function parseDnskey(rdata: string): DnskeyText {
  const [flags, protocol, algorithm, ...key] = rdata.trim().split(/\s+/);
  return { flags: Number(flags), protocol: Number(protocol), algorithm: Number(algorithm), publicKey: key.join('') };
}

/** RFC 4034 appendix B. */
export function computeKeyTag(dnskey: DnskeyText): number {
  let sum = 0;
  dnskeyRdata(dnskey).forEach((octet, index) => {
    sum += index % 2 === 0 ? octet << 8 : octet;
  });
  return (sum + (sum >> 16)) & 0xffff;
}

/** 'tag algorithm digesttype hex' for the key of `zone`. */
export function buildDs(zone: string, dnskey: DnskeyText, digestType: DigestType = 2): string {
  const digest = createHash(DIGEST_NAMES[digestType])
    .update(nameOctets(zone))
    .update(dnskeyRdata(dnskey))
    .digest('hex');
  return `${computeKeyTag(dnskey)} ${dnskey.algorithm} ${digestType} ${digest}`;
}

function dnskeyRdata({ flags, protocol, algorithm, publicKey }: DnskeyText): Uint8Array {
  return Uint8Array.from([flags >> 8, flags & 0xff, protocol, algorithm, ...Buffer.from(publicKey, 'base64')]);
}

function nameOctets(name: string): Uint8Array {
  const labels = name
    .toLowerCase()
    .split('.')
    .filter((label) => label !== '');
  return Uint8Array.from([...labels.flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]), 0]);
}
