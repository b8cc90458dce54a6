// RSA public keys of DNSKEYs (RFC 3110 2, RFC 5702 2): shape rules, and the form that the verifier imports.

/**
 * Bounds on RSA keys. A modulus of more bits, an even or huge exponent or leading zeros cost the verifier far more than
 * a usual key (a 16-kbit modulus 30 times as much), so they are refused before any arithmetic.
 */
export interface RsaLimits {
  /** Smaller keys are treated as an unsupported algorithm. */
  readonly minModulusBits: number;
  /** Larger keys are invalid. */
  readonly maxModulusBits: number;
}

/** RFC 8624 3.1 asks for 2048 bits in new keys; below 1024 a forged signature is within anybody's reach. */
export const DEFAULT_RSA_LIMITS: RsaLimits = { minModulusBits: 1024, maxModulusBits: 4096 };

/** RFC 3110 and RFC 5702 2 allow from 512 bits on: the policy that validates SHA-1 means zones of that time. */
const OLD_RSA_LIMITS: RsaLimits = { minModulusBits: 512, maxModulusBits: 4096 };

/** The bounds that go with a policy on algorithms. */
export function rsaLimits(policy: { readonly sha1: 'insecure' | 'validate' }): RsaLimits {
  return policy.sha1 === 'validate' ? OLD_RSA_LIMITS : DEFAULT_RSA_LIMITS;
}

/** 2^32 + 1: the largest exponent in use. */
const MAX_EXPONENT = 0x1_0000_0001;
const MAX_EXPONENT_OCTETS = 5;

export type RsaKey =
  | { readonly ok: true; readonly exponent: Uint8Array; readonly modulus: Uint8Array; readonly modulusBits: number }
  | { readonly ok: false; readonly error: string; readonly tooSmall: boolean };

/** The parts of an RSA key as views of `publicKey`, when its shape is one that may be used. */
export function parseRsaKey(publicKey: Uint8Array, limits: RsaLimits): RsaKey {
  // RFC 3110 2: one length octet, or zero and two of them.
  const isLong = publicKey[0] === 0;
  const exponentOffset = isLong ? 3 : 1;
  if (publicKey.length < exponentOffset) return invalid('the RSA key is cut short');
  const exponentOctets = isLong ? ((publicKey[1] ?? 0) << 8) | (publicKey[2] ?? 0) : (publicKey[0] ?? 0);
  const modulusOffset = exponentOffset + exponentOctets;
  if (modulusOffset >= publicKey.length) return invalid('the RSA key is cut short');
  const exponent = publicKey.subarray(exponentOffset, modulusOffset);
  const modulus = publicKey.subarray(modulusOffset);
  if (exponent.length === 0 || exponent.length > MAX_EXPONENT_OCTETS)
    return invalid('the RSA exponent is out of range');
  if (exponent[0] === 0 || modulus[0] === 0) return invalid('the RSA key has leading zeros');
  const exponentValue = exponent.reduce((value, octet) => value * 256 + octet, 0);
  if (exponentValue < 3 || exponentValue > MAX_EXPONENT) return invalid('the RSA exponent is out of range');
  if (exponentValue % 2 === 0) return invalid('the RSA exponent is even');
  const modulusBits = modulus.length * 8 - (Math.clz32(modulus[0] ?? 0) - 24);
  if (modulusBits > limits.maxModulusBits) return invalid(`the RSA modulus has ${modulusBits} bits`);
  if (((modulus[modulus.length - 1] ?? 0) & 1) === 0) return invalid('the RSA modulus is even');
  if (modulusBits < limits.minModulusBits) {
    return { ok: false, error: `the RSA modulus has only ${modulusBits} bits`, tooSmall: true };
  }
  return { ok: true, exponent, modulus, modulusBits };
}

function invalid(error: string): RsaKey {
  return { ok: false, error, tooSmall: false };
}
