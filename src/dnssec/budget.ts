// How much work validation may do: one count for a client's query, one for each message. Counters only go up, and a
// budget that is used up stays so: more signatures, keys or records never buy more work (CVE-2023-50387,
// CVE-2023-50868).
import type { VerificationKey } from './verification-key.ts';

export interface DnssecLimits {
  /** RRSIGs looked at for one RRset; more than a double rollover of two algorithms needs. */
  readonly maxSignaturesPerRRset: number;
  /** Public-key operations for one RRset. Signatures dropped before them (expired, unknown key) do not count. */
  readonly maxVerificationsPerRRset: number;
  /** DNSKEYs of equal tag and algorithm tried for one signature: tags collide by chance, but hardly three at once. */
  readonly maxSameTagKeys: number;
  /**
   * Public-key operations for one message. Eleven aliases in one zone that end in an NSEC3 name error take fifteen.
   */
  readonly maxVerificationsPerMessage: number;
  /** Public-key operations for one client query, with all its aliases, DS and DNSKEY sets. */
  readonly maxVerificationsPerQuery: number;
  /**
   * Signatures that no key verifies, for one message; one more ends its validation. A signature is counted once, not
   * for each key of its tag, and keys that failed are tried last for the message's other RRsets: so a zone in which one
   * algorithm's signatures are broken, or two keys share a tag, still passes.
   */
  readonly maxFailuresPerMessage: number;
  readonly maxFailuresPerQuery: number;
  /** NSEC3 hashes of one message: as many as a name has labels (CVE-2023-50868). */
  readonly maxHashesPerMessage: number;
  /**
   * SHA-1 blocks in NSEC3 hashes of one message: iterations plus one, twice that for a salt above 35 octets. Without
   * additional iterations (RFC 9276 3.1) the number of hashes is the limit; with 50 of them this allows 29 hashes.
   */
  readonly maxHashBlocksPerMessage: number;
  readonly maxHashBlocksPerQuery: number;
  /** NSEC3 with more additional iterations makes a zone insecure (RFC 9276 3.2). */
  readonly maxNsec3Iterations: number;
  /** NSEC3 with a longer salt, in octets, makes a zone insecure. */
  readonly maxNsec3Salt: number;
  /** NSEC3 records looked at for one message. A proof needs three; an answer through aliases brings those of each link. */
  readonly maxNsec3sPerDenial: number;
}

export const DEFAULT_DNSSEC_LIMITS: DnssecLimits = {
  maxSignaturesPerRRset: 8,
  maxVerificationsPerRRset: 4,
  maxSameTagKeys: 2,
  maxVerificationsPerMessage: 16,
  maxVerificationsPerQuery: 64,
  maxFailuresPerMessage: 2,
  maxFailuresPerQuery: 8,
  maxHashesPerMessage: 128,
  maxHashBlocksPerMessage: 1500,
  maxHashBlocksPerQuery: 4500,
  maxNsec3Iterations: 50,
  maxNsec3Salt: 64,
  maxNsec3sPerDenial: 10,
};

/** SHA-1 input before a salt, and what padding adds: one 64-octet block holds a salt of up to 35 octets. */
const HASH_AND_PADDING_OCTETS = 29;
const BLOCK_OCTETS = 64;

/**
 * The price of one NSEC3 hash in SHA-1 blocks (RFC 5155 5). The name's own length is left out: it adds four blocks at
 * most.
 */
export function hashBlocks(iterations: number, saltLength: number): number {
  return (iterations + 1) * Math.ceil((saltLength + HASH_AND_PADDING_OCTETS) / BLOCK_OCTETS);
}

/** What one client query has spent, with all its sub-queries. */
export class QueryWork {
  readonly limits: DnssecLimits;
  #verifications = 0;
  #failures = 0;
  #hashBlocks = 0;

  constructor(limits: DnssecLimits = DEFAULT_DNSSEC_LIMITS) {
    this.limits = limits;
  }

  get verifications(): number {
    return this.#verifications;
  }

  get failures(): number {
    return this.#failures;
  }

  get hashBlocks(): number {
    return this.#hashBlocks;
  }

  chargeVerification(): boolean {
    this.#verifications++;
    return this.#verifications <= this.limits.maxVerificationsPerQuery;
  }

  chargeFailure(): boolean {
    this.#failures++;
    return this.#failures <= this.limits.maxFailuresPerQuery;
  }

  chargeHashBlocks(blocks: number): boolean {
    this.#hashBlocks += blocks;
    return this.#hashBlocks <= this.limits.maxHashBlocksPerQuery;
  }
}

/**
 * What the validation of one message has spent. Each method charges before the work is done and is false when the work
 * may not be done: for good, the validation of the message ends there.
 */
export class MessageWork {
  readonly limits: DnssecLimits;
  readonly #query: QueryWork;
  #verifications = 0;
  #failures = 0;
  #hashes = 0;
  #hashBlocks = 0;
  #exhausted = false;
  /** Made when there is one: most messages have none. */
  #failedKeys: Set<VerificationKey> | undefined;

  constructor(query: QueryWork, limits: DnssecLimits = query.limits) {
    this.#query = query;
    this.limits = limits;
  }

  /** Whether some charge has been refused. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  get verifications(): number {
    return this.#verifications;
  }

  get hashes(): number {
    return this.#hashes;
  }

  /** One public-key operation, or a key that is none and would have cost one. */
  chargeVerification(): boolean {
    this.#verifications++;
    const allowed = this.#query.chargeVerification();
    return this.#settle(allowed && this.#verifications <= this.limits.maxVerificationsPerMessage);
  }

  /** A signature that no key of its tag verifies. */
  chargeFailure(): boolean {
    this.#failures++;
    const allowed = this.#query.chargeFailure();
    return this.#settle(allowed && this.#failures <= this.limits.maxFailuresPerMessage);
  }

  /** One NSEC3 hash. */
  chargeHash(iterations: number, saltLength: number): boolean {
    const blocks = hashBlocks(iterations, saltLength);
    this.#hashes++;
    this.#hashBlocks += blocks;
    const allowed = this.#query.chargeHashBlocks(blocks);
    return this.#settle(
      allowed &&
        this.#hashes <= this.limits.maxHashesPerMessage &&
        this.#hashBlocks <= this.limits.maxHashBlocksPerMessage,
    );
  }

  /** Remembers that a key did not verify a signature that names its tag, so that others are tried before it. */
  noteFailedKey(key: VerificationKey): void {
    this.#failedKeys ??= new Set();
    this.#failedKeys.add(key);
  }

  hasFailed(key: VerificationKey): boolean {
    return this.#failedKeys?.has(key) === true;
  }

  #settle(allowed: boolean): boolean {
    if (!allowed) this.#exhausted = true;
    return !this.#exhausted;
  }
}
