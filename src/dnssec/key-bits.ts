// Sizes of keys, and what depends on them.
import type { DNSKEYData } from '../wire/rdata-dnssec.ts';
import type { ZoneKeys } from './rrsig.ts';
import { DEFAULT_RSA_LIMITS, parseRsaKey } from './rsa.ts';

/** RFC 6605 4, RFC 8080 3. */
const bitsOfCurve = new Map<number, number>([
  [13, 256],
  [14, 384],
  [15, 256],
  [16, 456],
]);
const rsaAlgorithms: ReadonlySet<number> = new Set([5, 7, 8, 10]);

/** Size in bits; undefined for an algorithm that is not known here, or a key without its shape. */
export function keyBits({ algorithm, publicKey }: DNSKEYData): number | undefined {
  if (!rsaAlgorithms.has(algorithm)) return bitsOfCurve.get(algorithm);
  const key = parseRsaKey(publicKey, { ...DEFAULT_RSA_LIMITS, minModulusBits: 1 });
  return key.ok ? key.modulusBits : undefined;
}

/** Most NSEC3 iterations for keys of so many bits or fewer (RFC 5155 10.3). */
export interface KeysizeIterations {
  readonly keyBits: number;
  readonly iterations: number;
}

/**
 * NSEC3 iterations that a zone may have, by the smallest of its keys: what the first size that is not below it allows,
 * for larger keys what the last does. Undefined without sizes or keys. `sizes` ascend.
 */
export function allowedIterations(sizes: readonly KeysizeIterations[], { keys }: ZoneKeys): number | undefined {
  const bits = keys.map(({ dnskey }) => keyBits(dnskey)).filter((size) => size !== undefined);
  if (sizes.length === 0 || bits.length === 0) return undefined;
  const least = Math.min(...bits);
  return (sizes.find((size) => least <= size.keyBits) ?? sizes.at(-1))?.iterations;
}
