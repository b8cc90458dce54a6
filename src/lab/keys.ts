// Key pairs for signing zones, and the DNSKEY and DS records that publish them (RFC 4034 2 and 5; RFC 3110, 5702, 6605,
// 8080 for the forms of keys and signatures).
import { type KeyObject, sign } from 'node:crypto';
import { digestOf } from '../dnssec/ds-digest.ts';
import { keyTag } from '../dnssec/key-tag.ts';
import type { DomainName } from '../wire/name.ts';
import { DnskeyFlag } from '../wire/rdata-dnssec.ts';
import { newKeyPair } from './key-pair.ts';

/** DNSKEY flags of a zone-signing key: Zone Key alone. */
export const ZSK_FLAGS = DnskeyFlag.ZONE;
/** DNSKEY flags of a key-signing key: Zone Key and Secure Entry Point. */
export const KSK_FLAGS = DnskeyFlag.ZONE | DnskeyFlag.SEP;

/** Algorithm numbers that `makeKey` can sign with. */
export const signingAlgorithms = [5, 7, 8, 10, 13, 14, 15, 16] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** A key pair as a zone publishes it. */
export interface SigningKey {
  /** As published; another than the one that signs when `publishAs` changed it. */
  readonly algorithm: number;
  readonly flags: number;
  readonly keyTag: number;
  /** RDATA of the DNSKEY record. */
  readonly dnskey: Uint8Array;
  /** A signature over `octets`, in the form of the RRSIG's signature field. */
  sign(octets: Uint8Array): Uint8Array;
}

export interface KeyOptions {
  readonly algorithm: SigningAlgorithm;
  /** Default: a key-signing key. */
  readonly flags?: number;
  /** RSA modulus; default 2048. */
  readonly rsaBits?: number;
}

interface KeyPair {
  readonly publicKey: Uint8Array;
  sign(octets: Uint8Array): Uint8Array;
}

/** Makes a fresh key pair. RSA takes tens of milliseconds; `sharedKey` saves them where keys may be reused. */
export function makeKey(options: KeyOptions): SigningKey {
  const pair = makeKeyPair(options);
  return published(pair, options.flags ?? KSK_FLAGS, 3, options.algorithm);
}

const sharedKeys = new Map<string, SigningKey>();

/** A key of this process with the given properties: made at the first call. `serial` tells several alike apart. */
export function sharedKey(options: KeyOptions, serial = 0): SigningKey {
  const index = [options.algorithm, options.flags ?? KSK_FLAGS, options.rsaBits ?? 0, serial].join('/');
  let key = sharedKeys.get(index);
  if (key === undefined) {
    key = makeKey(options);
    sharedKeys.set(index, key);
  }
  return key;
}

export interface PublishedForm {
  readonly flags?: number;
  readonly protocol?: number;
  /** An algorithm number that is not the key's own, to look unsupported. */
  readonly algorithm?: number;
}

/** The same key pair under other flags, protocol or algorithm number: revoked, without the Zone Key flag, unknown. */
export function publishAs(key: SigningKey, form: PublishedForm): SigningKey {
  return published(
    { publicKey: key.dnskey.subarray(4), sign: (octets) => key.sign(octets) },
    form.flags ?? key.flags,
    form.protocol ?? key.dnskey[2] ?? 3,
    form.algorithm ?? key.algorithm,
  );
}

/** The same record with other octets in the place of the public key; it signs as before, to no avail. */
export function withPublicKey(key: SigningKey, publicKey: Uint8Array): SigningKey {
  return published({ publicKey, sign: (octets) => key.sign(octets) }, key.flags, key.dnskey[2] ?? 3, key.algorithm);
}

function published(pair: KeyPair, flags: number, protocol: number, algorithm: number): SigningKey {
  const dnskey = Uint8Array.from([flags >> 8, flags & 0xff, protocol, algorithm, ...pair.publicKey]);
  return { algorithm, flags, keyTag: keyTag(dnskey), dnskey, sign: (octets) => pair.sign(octets) };
}

function makeKeyPair(options: KeyOptions): KeyPair {
  switch (options.algorithm) {
    case 5:
    case 7:
      return rsaPair('sha1', options.rsaBits);
    case 8:
      return rsaPair('sha256', options.rsaBits);
    case 10:
      return rsaPair('sha512', options.rsaBits);
    case 13:
      return ecdsaPair('P-256', 'sha256');
    case 14:
      return ecdsaPair('P-384', 'sha384');
    case 15:
      return edwardsPair(newKeyPair({ type: 'ed25519' }));
    case 16:
      return edwardsPair(newKeyPair({ type: 'ed448' }));
    default:
      return options.algorithm satisfies never;
  }
}

/** RFC 3110 2: exponent length, exponent, modulus. */
function rsaPair(digest: string, bits = 2048): KeyPair {
  const { publicKey, privateKey } = newKeyPair({ type: 'rsa', bits });
  const { e, n } = publicKey.export({ format: 'jwk' });
  const exponent = octetsOf(e);
  return {
    publicKey: Uint8Array.from([exponent.length, ...exponent, ...octetsOf(n)]),
    sign: (octets) => sign(digest, octets, privateKey),
  };
}

/** RFC 6605 4: x and y, bare; signatures are r and s, bare. */
function ecdsaPair(curve: 'P-256' | 'P-384', digest: string): KeyPair {
  const { publicKey, privateKey } = newKeyPair({ type: 'ec', curve });
  const { x, y } = publicKey.export({ format: 'jwk' });
  return {
    publicKey: Uint8Array.from([...octetsOf(x), ...octetsOf(y)]),
    sign: (octets) => sign(digest, octets, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

/** RFC 8080 3 and 4: key and signature as RFC 8032 has them. */
function edwardsPair({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }): KeyPair {
  const { x } = publicKey.export({ format: 'jwk' });
  return { publicKey: octetsOf(x), sign: (octets) => sign(null, octets, privateKey) };
}

function octetsOf(base64url: string | undefined): Uint8Array {
  return Uint8Array.from(Buffer.from(base64url ?? '', 'base64url'));
}

/**
 * RDATA of the DS record that names a key (RFC 4034 5.1, RFC 4509, RFC 6605 2). A digest type that is not known gets
 * 32 octets that digest nothing.
 */
export function dsRdata(zone: DomainName, key: SigningKey, digestType = 2): Uint8Array {
  const digest = digestOf(digestType, zone, key.dnskey) ?? new Uint8Array(32).fill(0xa5);
  return Uint8Array.from([key.keyTag >> 8, key.keyTag & 0xff, key.algorithm, digestType, ...digest]);
}
