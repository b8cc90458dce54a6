// Networks in CIDR form, with `!` for an exception (PowerDNS netmasks).
import { addressText, parseAddress } from '../wire/address-text.ts';
import { type Parsed, parsed, refused } from './parsed.ts';

/** A network. The most specific match in a list decides, whatever its order; a negated one is an exception. */
export interface Network {
  /** 4 or 16 octets; those beyond the prefix are zero. */
  readonly octets: Uint8Array;
  readonly prefixLength: number;
  /** Written with a leading `!`. */
  readonly negated: boolean;
}

/** Reads `192.0.2.0/24`, `2001:db8::/32`, `!192.0.2.7`; a bare address is /32 or /128. Host bits are cleared. */
export function parseNetwork(text: string): Parsed<Network> {
  const negated = text.startsWith('!');
  const plain = negated ? text.slice(1).trim() : text;
  const slash = plain.indexOf('/');
  const addressPart = slash === -1 ? plain : plain.slice(0, slash);
  const address = parseAddress(addressPart);
  if (address === undefined) return refused(`'${addressPart}' is no IP address`);
  const longest = address.length * 8;
  const prefix = slash === -1 ? String(longest) : plain.slice(slash + 1);
  if (!/^[0-9]{1,3}$/.test(prefix) || Number(prefix) > longest) {
    return refused(`the prefix length '${prefix}' is not a number from 0 to ${longest}`);
  }
  const prefixLength = Number(prefix);
  return parsed({ octets: maskedOctets(address, prefixLength), prefixLength, negated });
}

function maskedOctets(octets: Uint8Array, prefixLength: number): Uint8Array {
  return octets.map((octet, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
    return octet & (0xff << (8 - bits));
  });
}

export function networkText({ octets, prefixLength, negated }: Network): string {
  return `${negated ? '!' : ''}${addressText(octets)}/${prefixLength}`;
}
