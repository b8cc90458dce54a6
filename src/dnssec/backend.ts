// Which implementation verifies an algorithm on this host: OpenSSL, the one in TypeScript, or none. Some systems'
// policies make OpenSSL refuse an algorithm (SHA-1, for one); such a refusal must never look like a bad signature.
import { createPublicKey, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto';
import { type KnownAnswer, knownAnswers } from './known-answers.ts';
import { DEFAULT_RSA_LIMITS } from './rsa.ts';
import { type SignatureScheme, signatureSchemes } from './signature-scheme.ts';

export type Backend = 'openssl' | 'typescript' | 'none';

const found = new Map<number, Backend>();

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
    const key = createPublicKey({ key: shaped.jwk, format: 'jwk' });
    return verify(scheme.hash, answer.signed, opensslKey(scheme, key), answer.signature);
  };
  if (works(viaOpenssl)) return 'openssl';
  const secondary = scheme.secondary;
  if (secondary !== undefined && works(() => secondary(answer.publicKey, answer.signature, answer.signed))) {
    return 'typescript';
  }
  return 'none';
}

/** A key as `crypto.verify` takes it: ECDSA signatures of RRSIGs are r and s, not DER. */
export function opensslKey(scheme: SignatureScheme, key: KeyObject): KeyObject | VerifyKeyObjectInput {
  return scheme.isEcdsa ? { key, dsaEncoding: 'ieee-p1363' } : key;
}
