// Keys and signatures made on the spot, so that tests can sign what no RFC prints.
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { keyTag } from '../../src/dnssec/key-tag.ts';
import { newKeyPair } from '../../src/lab/key-pair.ts';
import { signedOctets } from '../../src/wire/canonical.ts';
import type { DomainName } from '../../src/wire/name.ts';
import type { RRset } from '../../src/wire/record.ts';

export interface TestKey {
  readonly algorithm: number;
  readonly privateKey: KeyObject;
  readonly publicKey: Uint8Array;
  /** DNSKEY RDATA. */
  readonly rdata: Uint8Array;
  readonly tag: number;
}

export interface KeyOptions {
  readonly algorithm?: number;
  readonly flags?: number;
  readonly protocol?: number;
  readonly modulusBits?: number;
}

function octetsOf(base64url: string | undefined): Uint8Array {
  return new Uint8Array(Buffer.from(base64url ?? '', 'base64url'));
}

function generate(algorithm: number, modulusBits: number): { privateKey: KeyObject; publicKey: Uint8Array } {
  if (algorithm === 13 || algorithm === 14) {
    const pair = newKeyPair({ type: 'ec', curve: algorithm === 13 ? 'P-256' : 'P-384' });
    const { x, y } = pair.publicKey.export({ format: 'jwk' });
    return { privateKey: pair.privateKey, publicKey: Buffer.concat([octetsOf(x), octetsOf(y)]) };
  }
  if (algorithm === 15 || algorithm === 16) {
    const pair = newKeyPair({ type: algorithm === 15 ? 'ed25519' : 'ed448' });
    return { privateKey: pair.privateKey, publicKey: octetsOf(pair.publicKey.export({ format: 'jwk' }).x) };
  }
  const pair = newKeyPair({ type: 'rsa', bits: modulusBits });
  const { e, n } = pair.publicKey.export({ format: 'jwk' });
  const exponent = octetsOf(e);
  const publicKey = Buffer.concat([Uint8Array.of(exponent.length), exponent, octetsOf(n)]);
  return { privateKey: pair.privateKey, publicKey };
}

export function dnskeyRdata(publicKey: Uint8Array, algorithm: number, flags = 0x0100, protocol = 3): Uint8Array {
  return new Uint8Array(Buffer.concat([Uint8Array.of(flags >> 8, flags & 0xff, protocol, algorithm), publicKey]));
}

export function makeKey(options: KeyOptions = {}): TestKey {
  const algorithm = options.algorithm ?? 15;
  const { privateKey, publicKey } = generate(algorithm, options.modulusBits ?? 1024);
  const rdata = dnskeyRdata(publicKey, algorithm, options.flags, options.protocol);
  return {
    algorithm,
    privateKey: createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })),
    publicKey,
    rdata,
    tag: keyTag(rdata),
  };
}

/** The same key pair under another DNSKEY: other flags or protocol. */
export function withRdata(key: TestKey, flags: number, protocol = 3): TestKey {
  const rdata = dnskeyRdata(key.publicKey, key.algorithm, flags, protocol);
  return { ...key, rdata, tag: keyTag(rdata) };
}

export interface SignOptions {
  readonly inception?: number;
  readonly expiration?: number;
  readonly originalTtl?: number;
  readonly labels?: number;
  readonly tag?: number;
  readonly algorithm?: number;
  readonly typeCovered?: number;
}

/** RRSIG RDATA over an RRset; by default valid from 1,000,000 to 2,000,000. */
export function signRRset(
  rrset: Pick<RRset, 'name' | 'type' | 'class' | 'rdatas'>,
  key: TestKey,
  signer: DomainName,
  options: SignOptions = {},
): Uint8Array {
  const labels = options.labels ?? rrset.name.rrsigLabelCount;
  const head = Buffer.alloc(18);
  head.writeUInt16BE(options.typeCovered ?? rrset.type, 0);
  head[2] = options.algorithm ?? key.algorithm;
  head[3] = labels;
  head.writeUInt32BE(options.originalTtl ?? 3600, 4);
  head.writeUInt32BE((options.expiration ?? 2_000_000) >>> 0, 8);
  head.writeUInt32BE((options.inception ?? 1_000_000) >>> 0, 12);
  head.writeUInt16BE(options.tag ?? key.tag, 16);
  const unsigned = new Uint8Array(Buffer.concat([head, signer.octets]));
  const signed = signedOctets(rrset, unsigned, unsigned.length, labels);
  const hashes: Record<number, string> = {
    5: 'sha1',
    7: 'sha1',
    8: 'sha256',
    10: 'sha512',
    13: 'sha256',
    14: 'sha384',
  };
  const signature = sign(hashes[key.algorithm] ?? null, signed, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return new Uint8Array(Buffer.concat([unsigned, signature]));
}
