// Base 32 with the extended hex alphabet, without padding (RFC 4648 7), as NSEC3 writes hashes (RFC 5155 3.3).

const alphabet = '0123456789abcdefghijklmnopqrstuv';

/** Lower-case text of octets, without padding. */
export function base32hexText(octets: Uint8Array): string {
  let text = '';
  let bits = 0;
  let bitCount = 0;
  for (const octet of octets) {
    bits = ((bits << 8) | octet) & 0xfff;
    bitCount += 8;
    while (bitCount >= 5) {
      bitCount -= 5;
      text += alphabet[(bits >> bitCount) & 31];
    }
  }
  return bitCount > 0 ? text + alphabet[(bits << (5 - bitCount)) & 31] : text;
}

/**
 * Octets of a text, or of a label that holds one, in either letter case; undefined when it is none. Unused bits at
 * the end must be zero, so that each value has one text (RFC 4648 3.5).
 */
export function parseBase32hex(text: string | Uint8Array): Uint8Array | undefined {
  const octets = new Uint8Array((text.length * 5) >> 3);
  let length = 0;
  let bits = 0;
  let bitCount = 0;
  for (let index = 0; index < text.length; index++) {
    const code = typeof text === 'string' ? text.charCodeAt(index) : (text[index] ?? 0);
    const value = digitValue(code);
    if (value === undefined) return undefined;
    bits = ((bits << 5) | value) & 0xfff;
    bitCount += 5;
    if (bitCount >= 8) {
      bitCount -= 8;
      octets[length++] = bits >> bitCount;
    }
  }
  // Five bits or more left over means a character that adds nothing.
  if (bitCount >= 5 || (bits & ((1 << bitCount) - 1)) !== 0) return undefined;
  return octets;
}

function digitValue(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return code > 0x40 && lower >= 0x61 && lower <= 0x76 ? lower - 0x57 : undefined;
}
