// DNSKEYs that can verify signatures: shape checked first, imported on first use, then kept.
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type DNSKEYData, DnskeyFlag, parseDNSKEY } from '../wire/rdata-dnssec.ts';
import { backendOf, opensslKey, verifyNatively } from './backend.ts';
import { keyTag } from './key-tag.ts';
import { DEFAULT_RSA_LIMITS, type RsaLimits } from './rsa.ts';
import { type ShapedKey, type SignatureScheme, signatureSchemes } from './signature-scheme.ts';

type GoodShape = Extract<ShapedKey, { ok: true }>;

/**
 * A DNSKEY of a supported algorithm and good shape. Importing costs as much as a verification, so keep the instance.
 */
export class VerificationKey {
  readonly dnskey: DNSKEYData;
  readonly keyTag: number;
  readonly #scheme: SignatureScheme;
  readonly #shape: GoodShape;
  /** Null when the import failed: the octets are no point of the curve, or the like. */
  #imported: KeyObject | null | undefined;

  private constructor(dnskey: DNSKEYData, scheme: SignatureScheme, shape: GoodShape) {
    this.dnskey = dnskey;
    this.keyTag = keyTag(dnskey.rdata);
    this.#scheme = scheme;
    this.#shape = shape;
  }

  /** Called by `prepareKey`, which checks the shape. */
  static ofShape(dnskey: DNSKEYData, scheme: SignatureScheme, shape: GoodShape): VerificationKey {
    return new VerificationKey(dnskey, scheme, shape);
  }

  /**
   * What keeps this key from signing zone data: undefined for a zone key that is in force (RFC 4034 2.1, RFC 5011 2.1).
   */
  get unfitReason(): 'dnskey-no-zone-bit' | 'dnskey-bad-protocol' | 'dnskey-revoked' | undefined {
    return unfitReason(this.dnskey);
  }

  get isDear(): boolean {
    if (this.#shape.dear) return true;
    const backend = backendOf(this.dnskey.algorithm);
    // The implementation in TypeScript takes milliseconds.
    return backend !== 'native' && backend !== 'openssl';
  }

  /** Whether a signature may be by this key, from its length. */
  fits(signature: Uint8Array): boolean {
    return signature.length === this.#shape.signatureOctets;
  }

  verify(signature: Uint8Array, signed: Uint8Array): boolean {
    if (!this.fits(signature)) return false;
    try {
      switch (backendOf(this.dnskey.algorithm)) {
        case 'native':
          return verifyNatively(this.dnskey.publicKey, signature, signed);
        case 'openssl': {
          const key = this.#import();
          if (key === null) return false;
          return verify(this.#scheme.hash, signed, opensslKey(this.#scheme, key), signature);
        }
        case 'typescript':
          return this.#scheme.secondary?.(this.dnskey.publicKey, signature, signed) ?? false;
        case 'none':
          return false;
      }
    } catch {
      return false;
    }
  }

  verifyInPool(signature: Uint8Array, signed: Uint8Array, done: (valid: boolean) => void): void {
    if (this.fits(signature) && backendOf(this.dnskey.algorithm) === 'openssl') {
      const key = this.#import();
      if (key !== null) {
        try {
          verify(this.#scheme.hash, signed, opensslKey(this.#scheme, key), signature, (error, valid) => {
            done(error === null && valid);
          });
          return;
        } catch {
          // Falls through to the answer below.
        }
      }
    }
    setImmediate(() => done(this.verify(signature, signed)));
  }

  #import(): KeyObject | null {
    if (this.#imported === undefined) {
      try {
        this.#imported = createPublicKey({ key: this.#shape.jwk(), format: 'jwk' });
      } catch {
        this.#imported = null;
      }
    }
    return this.#imported;
  }
}

/** Why a DNSKEY cannot verify. */
export interface UnusableKey {
  readonly error: string;
  /** An RSA key below the least size: to be treated as an unsupported algorithm. */
  readonly tooSmall?: true;
  /** An algorithm that the code does not know. */
  readonly unsupported?: true;
}

/** A key from a DNSKEY, after a check of its shape that costs no arithmetic. Flags and protocol are not looked at. */
export function prepareKey(
  dnskey: DNSKEYData,
  rsaLimits: RsaLimits = DEFAULT_RSA_LIMITS,
): VerificationKey | UnusableKey {
  const scheme = signatureSchemes.get(dnskey.algorithm);
  if (scheme === undefined) return { error: `algorithm ${dnskey.algorithm} is not supported`, unsupported: true };
  const shape = scheme.shape(dnskey.publicKey, rsaLimits);
  if (shape.ok) return VerificationKey.ofShape(dnskey, scheme, shape);
  return shape.tooSmall ? { error: shape.error, tooSmall: true } : { error: shape.error };
}

/** What keeps a DNSKEY from signing zone data, whatever its algorithm. */
export function unfitReason(
  dnskey: DNSKEYData,
): 'dnskey-no-zone-bit' | 'dnskey-bad-protocol' | 'dnskey-revoked' | undefined {
  if ((dnskey.flags & DnskeyFlag.ZONE) === 0) return 'dnskey-no-zone-bit';
  if (dnskey.protocol !== 3) return 'dnskey-bad-protocol';
  if ((dnskey.flags & DnskeyFlag.REVOKE) !== 0) return 'dnskey-revoked';
  return undefined;
}

/** A DNSKEY of a set that is no usable key, and why. */
export interface UnusableDNSKEY extends UnusableKey {
  readonly keyTag: number;
  readonly algorithm: number;
}

/** Keys of a DNSKEY set that are looked at; a larger set is cut. */
export const MAX_DNSKEYS = 32;

/** The keys of a DNSKEY set: the usable ones, and the others with the tag by which signatures name them. */
export function prepareKeys(
  rdatas: readonly Uint8Array[],
  rsaLimits: RsaLimits = DEFAULT_RSA_LIMITS,
): { readonly keys: VerificationKey[]; readonly unusable: UnusableDNSKEY[] } {
  const keys: VerificationKey[] = [];
  const unusable: UnusableDNSKEY[] = [];
  const count = Math.min(rdatas.length, MAX_DNSKEYS);
  for (let index = 0; index < count; index++) {
    const rdata = rdatas[index];
    const dnskey = rdata === undefined ? undefined : parseDNSKEY(rdata);
    if (dnskey === undefined) continue;
    const key = prepareKey(dnskey, rsaLimits);
    if (key instanceof VerificationKey) keys.push(key);
    else unusable.push({ ...key, keyTag: keyTag(dnskey.rdata), algorithm: dnskey.algorithm });
  }
  return { keys, unusable };
}

/** Whether a signature is by a key over the given octets. Never throws. */
export function verifySignature(key: VerificationKey, signature: Uint8Array, signed: Uint8Array): boolean {
  return key.verify(signature, signed);
}

/** Whether a verification by this key takes too long for the event loop: P-384, Ed448, RSA above 2048 bits. */
export function isDear(key: VerificationKey): boolean {
  return key.isDear;
}

/** As `verifySignature`, in the thread pool where OpenSSL serves the algorithm; `done` is always called later, once. */
export function verifyInPool(
  key: VerificationKey,
  signature: Uint8Array,
  signed: Uint8Array,
  done: (valid: boolean) => void,
): void {
  key.verifyInPool(signature, signed, done);
}
