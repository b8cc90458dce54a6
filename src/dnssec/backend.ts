// Which implementation verifies an algorithm on this host: OpenSSL called directly, OpenSSL through `node:crypto`, the one
// in TypeScript, or none. Some systems' policies make OpenSSL refuse an algorithm (SHA-1, for one); such a refusal must
// never look like a bad signature.
import { createPublicKey, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto';
import { type KnownAnswer, knownAnswers } from './known-answers.ts';
import { NativeP256 } from './native-ecdsa.ts';
import { DEFAULT_RSA_LIMITS } from './rsa.ts';
import { type SignatureScheme, signatureSchemes } from './signature-scheme.ts';

export type Backend = 'native' | 'openssl' | 'typescript' | 'none';

/** DNSKEY algorithm number of ECDSA P-256 with SHA-256 (RFC 6605). */
const ECDSA_P256_SHA256 = 13;

const found = new Map<number, Backend>();
let nativeP256: NativeP256 | undefined;

/** The implementation for a DNSKEY algorithm, found on first use by verifying a known signature. */
export function backendOf(algorithm: number): Backend {
  let backend = found.get(algorithm);
  if (backend === undefined) {
    backend = probe(signatureSchemes.get(algorithm), knownAnswers.get(algorithm));
    // Numbers that are no algorithm of ours are not remembered: there could be 256 of them, all the same.
    if (signatureSchemes.has(algorithm)) found.set(algorithm, backend);
  }
  return backend;
}

function probe(scheme: SignatureScheme | undefined, answer: KnownAnswer | undefined): Backend {
  if (scheme === undefined || answer === undefined) return 'none';
  const shaped = scheme.shape(answer.publicKey, DEFAULT_RSA_LIMITS);
  if (!shaped.ok) return 'none';
  const works = (check: () => boolean): boolean => {
    try {
      return check();
    } catch {
      return false;
    }
  };
  const viaOpenssl = () => {
    const key = createPublicKey({ key: shaped.jwk(), format: 'jwk' });
    return verify(scheme.hash, answer.signed, opensslKey(scheme, key), answer.signature);
  };
  if (scheme === signatureSchemes.get(ECDSA_P256_SHA256) && works(() => isNativeRight(answer))) return 'native';
  if (works(viaOpenssl)) return 'openssl';
  const secondary = scheme.secondary;
  if (secondary !== undefined && works(() => secondary(answer.publicKey, answer.signature, answer.signed))) {
    return 'typescript';
  }
  return 'none';
}

/** Loads the direct calls, and tries them with what they must accept and with what they must refuse. */
function isNativeRight({ publicKey, signed, signature }: KnownAnswer): boolean {
  const native = NativeP256.load();
  if (native === undefined) return false;
  const changed = (octets: Uint8Array): Uint8Array => octets.map((octet, index) => (index === 40 ? octet ^ 1 : octet));
  const refuses =
    !native.verify(publicKey, changed(signature), signed) &&
    !native.verify(publicKey, signature, signed.subarray(1)) &&
    // No point of the curve.
    !native.verify(changed(publicKey), signature, signed) &&
    !native.verify(publicKey, new Uint8Array(signature.length), signed);
  if (!refuses || !native.verify(publicKey, signature, signed)) return false;
  nativeP256 = native;
  return true;
}

/** Verifies where `backendOf` is `native`. */
export function verifyNatively(publicKey: Uint8Array, signature: Uint8Array, signed: Uint8Array): boolean {
  return nativeP256?.verify(publicKey, signature, signed) ?? false;
}

/** SHA-256 over two strings of octets, where OpenSSL is called directly; undefined elsewhere. */
export function hashNatively(first: Uint8Array, second: Uint8Array): Uint8Array | undefined {
  return nativeP256?.hash(first, second);
}

/** A key as `crypto.verify` takes it: ECDSA signatures of RRSIGs are r and s, not DER. */
export function opensslKey(scheme: SignatureScheme, key: KeyObject): KeyObject | VerifyKeyObjectInput {
  return scheme.isEcdsa ? { key, dsaEncoding: 'ieee-p1363' } : key;
}
