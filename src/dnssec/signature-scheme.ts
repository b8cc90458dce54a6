// How each DNSKEY algorithm verifies: key and signature lengths, the key's import form, the hash, and a second
// implementation (RFC 3110, RFC 5702, RFC 6605, RFC 8080).

import type { JsonWebKey } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as ed448Module from '@noble/curves/ed448.js';
import type * as ed25519Module from '@noble/curves/ed25519.js';
import type * as nistModule from '@noble/curves/nist.js';
import { parseRsaKey, type RsaLimits } from './rsa.ts';

/** A public key of good shape, ready to be imported. */
export type ShapedKey =
  | {
      readonly ok: true;
      /** The form in which `node:crypto` imports it. */
      readonly jwk: () => JsonWebKey;
      /** The only length that a signature by this key may have. */
      readonly signatureOctets: number;
      /** Whether a verification takes long enough (more than 0.1 ms) to be kept off the event loop. */
      readonly dear: boolean;
    }
  | { readonly ok: false; readonly error: string; readonly tooSmall: boolean };

export interface SignatureScheme {
  /** Name of the hash for `node:crypto`; null where the algorithm hashes by itself. */
  readonly hash: string | null;
  readonly isEcdsa: boolean;
  shape(publicKey: Uint8Array, rsaLimits: RsaLimits): ShapedKey;
  /** The second implementation; may throw. Undefined where there is none (RSA). */
  readonly secondary: ((publicKey: Uint8Array, signature: Uint8Array, signed: Uint8Array) => boolean) | undefined;
}

/** The second implementations are loaded when they are needed: nearly nowhere, and they take 40 ms. */
const load = createRequire(import.meta.url);
const nist = (): typeof nistModule => load('@noble/curves/nist.js');
const ed25519 = (): typeof ed25519Module.ed25519 => load('@noble/curves/ed25519.js').ed25519;
const ed448 = (): typeof ed448Module.ed448 => load('@noble/curves/ed448.js').ed448;

function base64url(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64url');
}

/** RSA above this size is dear: 4096 bits take 72 µs, but their import and their rarity speak for the pool. */
const CHEAP_RSA_BITS = 2048;

function rsa(hash: string): SignatureScheme {
  return {
    hash,
    isEcdsa: false,
    shape(publicKey, rsaLimits) {
      const key = parseRsaKey(publicKey, rsaLimits);
      if (!key.ok) return key;
      return {
        ok: true,
        jwk: () => ({ kty: 'RSA', e: base64url(key.exponent), n: base64url(key.modulus) }),
        signatureOctets: key.modulus.length,
        dear: key.modulusBits > CHEAP_RSA_BITS,
      };
    },
    secondary: undefined,
  };
}

function wrongLength(mnemonic: string, octets: number): ShapedKey {
  return { ok: false, error: `the ${mnemonic} key has ${octets} octets`, tooSmall: false };
}

const uncompressedPoint = Uint8Array.of(0x04);

/** ECDSA: the key is x and y without a prefix, the signature r and s (RFC 6605 4). */
function ecdsa(
  crv: 'P-256' | 'P-384',
  hash: string,
  fieldOctets: number,
  curve: () => typeof nistModule.p256 | typeof nistModule.p384,
  dear: boolean,
): SignatureScheme {
  return {
    hash,
    isEcdsa: true,
    shape(publicKey) {
      if (publicKey.length !== 2 * fieldOctets) return wrongLength(crv, publicKey.length);
      const jwk = (): JsonWebKey => ({
        kty: 'EC',
        crv,
        x: base64url(publicKey.subarray(0, fieldOctets)),
        y: base64url(publicKey.subarray(fieldOctets)),
      });
      return { ok: true, jwk, signatureOctets: 2 * fieldOctets, dear };
    },
    // DNSSEC signatures are not normalised to a low s.
    secondary: (publicKey, signature, signed) =>
      curve().verify(signature, signed, Buffer.concat([uncompressedPoint, publicKey]), { lowS: false }),
  };
}

function eddsa(
  crv: 'Ed25519' | 'Ed448',
  keyOctets: number,
  dear: boolean,
  secondary: NonNullable<SignatureScheme['secondary']>,
): SignatureScheme {
  return {
    hash: null,
    isEcdsa: false,
    shape(publicKey) {
      if (publicKey.length !== keyOctets) return wrongLength(crv, publicKey.length);
      const jwk = (): JsonWebKey => ({ kty: 'OKP', crv, x: base64url(publicKey) });
      return { ok: true, jwk, signatureOctets: 2 * keyOctets, dear };
    },
    secondary,
  };
}

/** By DNSKEY algorithm number: every algorithm that the code can verify. */
export const signatureSchemes: ReadonlyMap<number, SignatureScheme> = new Map<number, SignatureScheme>([
  [5, rsa('sha1')],
  [7, rsa('sha1')],
  [8, rsa('sha256')],
  [10, rsa('sha512')],
  [13, ecdsa('P-256', 'sha256', 32, () => nist().p256, false)],
  [14, ecdsa('P-384', 'sha384', 48, () => nist().p384, true)],
  // ZIP-215 accepts signatures that RFC 8032 refuses.
  [
    15,
    eddsa('Ed25519', 32, false, (key, signature, signed) =>
      ed25519().verify(signature, signed, key, { zip215: false }),
    ),
  ],
  [16, eddsa('Ed448', 57, true, (key, signature, signed) => ed448().verify(signature, signed, key, { zip215: false }))],
]);
