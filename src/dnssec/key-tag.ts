// Key tag of a DNSKEY (RFC 4034 appendix B): a hint to find a key, never a proof of which key it is (RFC 6840 5.5).

/** Octets of RDATA before the public key. */
const PUBLIC_KEY_OFFSET = 4;
/** RSA/MD5, whose tag is computed otherwise (RFC 4034 B.1). */
const RSAMD5 = 1;

/** The tag of a DNSKEY given as RDATA. */
export function keyTag(dnskeyRdata: Uint8Array): number {
  // RFC 4034 B.1: for algorithm 1 the tag is the upper 16 of the least significant 24 bits of the modulus.
  if (dnskeyRdata[3] === RSAMD5) {
    const length = dnskeyRdata.length;
    if (length < PUBLIC_KEY_OFFSET + 3) return 0;
    return ((dnskeyRdata[length - 3] ?? 0) << 8) | (dnskeyRdata[length - 2] ?? 0);
  }
  let sum = 0;
  const { length } = dnskeyRdata;
  for (let index = 0; index < length; index += 2) {
    sum += ((dnskeyRdata[index] ?? 0) << 8) + (index + 1 < length ? (dnskeyRdata[index + 1] ?? 0) : 0);
  }
  sum += (sum >>> 16) & 0xffff;
  return sum & 0xffff;
}
