// Registry of DNSKEY algorithms and DS digest types (IANA "DNS Security Algorithm Numbers" and "Digest Algorithms"),
// and which of them count as supported (RFC 9904, RFC 9905 for SHA-1, RFC 9906 for GOST).
import { backendOf } from './backend.ts';

export interface AlgorithmRow {
  readonly number: number;
  readonly mnemonic: string;
  /** Whether the code can verify it; policy may still say no. */
  readonly supported: boolean;
  readonly usesSha1: boolean;
}

function row(number: number, mnemonic: string, supported: boolean, usesSha1 = false): AlgorithmRow {
  return { number, mnemonic, supported, usesSha1 };
}

/** DNSKEY algorithms. */
export const algorithms: readonly AlgorithmRow[] = [
  row(0, 'DELETE', false),
  row(1, 'RSAMD5', false),
  row(2, 'DH', false),
  row(3, 'DSA', false, true),
  row(5, 'RSASHA1', true, true),
  row(6, 'DSA-NSEC3-SHA1', false, true),
  row(7, 'RSASHA1-NSEC3-SHA1', true, true),
  row(8, 'RSASHA256', true),
  row(10, 'RSASHA512', true),
  row(12, 'ECC-GOST', false),
  row(13, 'ECDSAP256SHA256', true),
  row(14, 'ECDSAP384SHA384', true),
  row(15, 'ED25519', true),
  row(16, 'ED448', true),
  row(17, 'SM2SM3', false),
  row(23, 'ECC-GOST12', false),
  row(252, 'INDIRECT', false),
  row(253, 'PRIVATEDNS', false),
  row(254, 'PRIVATEOID', false),
];

/** DS digest types. */
export const digestTypes: readonly AlgorithmRow[] = [
  row(1, 'SHA-1', true, true),
  row(2, 'SHA-256', true),
  row(3, 'GOST R 34.11-94', false),
  row(4, 'SHA-384', true),
  row(5, 'GOST R 34.11-2012', false),
  row(6, 'SM3', false),
];

const algorithmRows = new Map<number, AlgorithmRow>(algorithms.map((entry) => [entry.number, entry]));
const digestRows = new Map<number, AlgorithmRow>(digestTypes.map((entry) => [entry.number, entry]));

/** The mnemonic of a DNSKEY algorithm, or its number. */
export function algorithmText(algorithm: number): string {
  return algorithmRows.get(algorithm)?.mnemonic ?? String(algorithm);
}

/** The name of a DS digest type, or its number. */
export function digestTypeText(digestType: number): string {
  return digestRows.get(digestType)?.mnemonic ?? String(digestType);
}

/** What an operator decides about algorithms. Algorithm and digest numbers are unrelated, hence two sets. */
export interface AlgorithmPolicy {
  /** `insecure`: algorithms and digests on SHA-1 count as unsupported (RFC 9905 2). */
  readonly sha1: 'insecure' | 'validate';
  readonly disabledAlgorithms: ReadonlySet<number>;
  readonly disabledDigests: ReadonlySet<number>;
}

export const DEFAULT_ALGORITHM_POLICY: AlgorithmPolicy = {
  sha1: 'insecure',
  disabledAlgorithms: new Set(),
  disabledDigests: new Set(),
};

function isAllowed(entry: AlgorithmRow | undefined, policy: AlgorithmPolicy, disabled: ReadonlySet<number>): boolean {
  if (entry === undefined || !entry.supported || disabled.has(entry.number)) return false;
  return !entry.usesSha1 || policy.sha1 === 'validate';
}

/**
 * Whether signatures of an algorithm count. When a zone has none that do, it is insecure (RFC 4035 5.2). Also false
 * when this host cannot verify the algorithm at all.
 */
export function isSupportedAlgorithm(algorithm: number, policy: AlgorithmPolicy): boolean {
  const entry = algorithmRows.get(algorithm);
  return isAllowed(entry, policy, policy.disabledAlgorithms) && backendOf(algorithm) !== 'none';
}

/** Whether DS records of a digest type count (RFC 4509 3 on mixed sets is for the caller, who sees the whole set). */
export function isSupportedDigest(digestType: number, policy: AlgorithmPolicy): boolean {
  return isAllowed(digestRows.get(digestType), policy, policy.disabledDigests);
}
