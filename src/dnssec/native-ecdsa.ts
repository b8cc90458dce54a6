// ECDSA P-256 by calling the OpenSSL inside the running program directly. `node:crypto` wants a key object first, and to
// make one costs as much as the verification for which it is made: most keys of a resolver verify one or two signatures.
// Here the one key of the library is given the next point instead (1 µs), and there is nothing to keep or to free.
import { hash } from 'node:crypto';
import { loadKoffi } from '../native/koffi.ts';

/** X9.62 prime256v1, as OpenSSL numbers it. */
const NID_P256 = 415;
const FIELD_OCTETS = 32;
export const P256_KEY_OCTETS = 2 * FIELD_OCTETS;
export const P256_SIGNATURE_OCTETS = 2 * FIELD_OCTETS;
const HASH_OCTETS = 32;

const UNCOMPRESSED = 0x04;
const DER_INTEGER = 0x02;
const DER_SEQUENCE = 0x30;

/** Places in the memory that the library reads: the point with its prefix, the hash, and the signature in DER. */
const POINT_AT = 0;
const HASH_AT = 128;
const DER_AT = 192;
/** Tag and length of the sequence, then two integers of tag, length, a zero for the sign, and 32 octets. */
const DER_OCTETS = 2 + 2 * (3 + FIELD_OCTETS);
const SIGNED_AT = DER_AT + DER_OCTETS;
/** What is signed is hashed in place when it is no longer; a set of some dozen records is. */
const MAX_SIGNED_OCTETS = 4096;
const MEMORY_OCTETS = SIGNED_AT + MAX_SIGNED_OCTETS;

export class NativeP256 {
  private readonly memory: Uint8Array;
  private readonly base: number;
  private readonly key: number;
  private readonly setPoint: (...args: number[]) => number;
  private readonly check: (...args: number[]) => number;
  private readonly clearErrors: (...args: number[]) => number;
  private readonly sha256: (...args: number[]) => number;

  private constructor(
    base: number,
    memory: Uint8Array,
    key: number,
    functions: readonly ((...args: number[]) => number)[],
  ) {
    const [setPoint, check, clearErrors, sha256] = functions;
    if (setPoint === undefined || check === undefined || clearErrors === undefined || sha256 === undefined) {
      throw new TypeError('functions');
    }
    this.base = base;
    this.memory = memory;
    this.key = key;
    this.setPoint = setPoint;
    this.check = check;
    this.clearErrors = clearErrors;
    this.sha256 = sha256;
  }

  /** Undefined where there is no koffi, or the program does not show these functions of its OpenSSL. */
  static load(): NativeP256 | undefined {
    const koffi = loadKoffi();
    if (koffi === undefined) return undefined;
    try {
      const all = koffi.load(null);
      const memory = new Uint8Array(new ArrayBuffer(MEMORY_OCTETS));
      const key = all.func('uintptr_t EC_KEY_new_by_curve_name(int nid)')(NID_P256);
      if (key === 0) return undefined;
      return new NativeP256(Number(koffi.address(memory)), memory, key, [
        all.func('int EC_KEY_oct2key(uintptr_t key, uintptr_t octets, size_t length, uintptr_t context)'),
        all.func(
          'int ECDSA_verify(int type, uintptr_t hash, int hashLength, uintptr_t der, int derLength, uintptr_t key)',
        ),
        all.func('void ERR_clear_error()'),
        all.func('uintptr_t SHA256(uintptr_t octets, size_t length, uintptr_t hash)'),
      ]);
    } catch {
      return undefined;
    }
  }

  /** Whether `signature` (r and s, 64 octets) is by the key (x and y, 64 octets; RFC 6605 4) over the octets. */
  verify(publicKey: Uint8Array, signature: Uint8Array, signed: Uint8Array): boolean {
    if (publicKey.length !== P256_KEY_OCTETS || signature.length !== P256_SIGNATURE_OCTETS) return false;
    const { memory, base, key } = this;
    memory[POINT_AT] = UNCOMPRESSED;
    memory.set(publicKey, POINT_AT + 1);
    // Refuses what is no point of the curve; the curve's cofactor is 1, so that every point is of its group.
    if (this.setPoint(key, base + POINT_AT, 1 + P256_KEY_OCTETS, 0) !== 1) return this.refuse();
    this.hashSigned(signed);
    const derOctets = this.writeSignature(signature);
    if (this.check(0, base + HASH_AT, HASH_OCTETS, base + DER_AT, derOctets, key) !== 1) return this.refuse();
    return true;
  }

  /** SHA-256 over two strings of octets, one behind the other; undefined when they are too long for it. */
  hash(first: Uint8Array, second: Uint8Array): Uint8Array | undefined {
    const { memory, base } = this;
    const length = first.length + second.length;
    if (length > MAX_SIGNED_OCTETS) return undefined;
    memory.set(first, SIGNED_AT);
    memory.set(second, SIGNED_AT + first.length);
    this.sha256(base + SIGNED_AT, length, base + HASH_AT);
    return memory.slice(HASH_AT, HASH_AT + HASH_OCTETS);
  }

  private hashSigned(signed: Uint8Array): void {
    const { memory, base } = this;
    if (signed.length <= MAX_SIGNED_OCTETS) {
      memory.set(signed, SIGNED_AT);
      this.sha256(base + SIGNED_AT, signed.length, base + HASH_AT);
    } else {
      memory.set(hash('sha256', signed, 'buffer'), HASH_AT);
    }
  }

  /** What OpenSSL noted about a failure would be found by the next one who looks, whose failure it is not. */
  private refuse(): false {
    this.clearErrors();
    return false;
  }

  /** The signature as a DER sequence of two integers; returns its octets, 72 at most. */
  private writeSignature(signature: Uint8Array): number {
    const { memory } = this;
    let at = DER_AT + 2;
    for (let start = 0; start < P256_SIGNATURE_OCTETS; start += FIELD_OCTETS) {
      const end = start + FIELD_OCTETS;
      let first = start;
      while (first < end - 1 && signature[first] === 0) first++;
      const isHigh = (signature[first] ?? 0) >= 0x80;
      memory[at++] = DER_INTEGER;
      memory[at++] = end - first + (isHigh ? 1 : 0);
      if (isHigh) memory[at++] = 0;
      while (first < end) memory[at++] = signature[first++] ?? 0;
    }
    memory[DER_AT] = DER_SEQUENCE;
    memory[DER_AT + 1] = at - DER_AT - 2;
    return at - DER_AT;
  }
}
