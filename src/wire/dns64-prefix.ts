// IPv4 addresses inside IPv6 addresses, as a DNS64 and its NAT64 agree on them (RFC 6052 2.2).
import type { DomainName } from './name.ts';
import { nameOf } from './name-text.ts';

/** Lengths that a prefix may have (RFC 6052 2.2). */
export const DNS64_PREFIX_LENGTHS: readonly number[] = [32, 40, 48, 56, 64, 96];

/** An IPv6 prefix of one of these lengths. */
export interface Dns64Prefix {
  /** 16 octets; those beyond the prefix are zero. */
  readonly octets: Uint8Array;
  readonly prefixLength: number;
}

/** RFC 6052 2.2: bits 64 to 71 stay zero; an IPv4 address that reaches them goes on behind. */
const RESERVED_OCTET = 8;
const IPV4_OCTETS = 4;
/** A nibble a label, each with its length in front, and then `ip6.arpa`. */
const NIBBLES_END = '\x03ip6\x04arpa\0';
const NIBBLES = 32;

/** The address that stands for an IPv4 address; undefined when that is none. */
export function embedIPv4(prefix: Dns64Prefix, ipv4: Uint8Array): Uint8Array | undefined {
  if (ipv4.length !== IPV4_OCTETS) return undefined;
  const address = prefix.octets.slice();
  for (const [index, at] of places(prefix).entries()) address[at] = ipv4[index] ?? 0;
  return address;
}

/** The IPv4 address that an address stands for; undefined when it is not of the prefix, or stands for none. */
export function extractIPv4(prefix: Dns64Prefix, address: Uint8Array): Uint8Array | undefined {
  const ipv4 = Uint8Array.from(places(prefix), (at) => address[at] ?? 0);
  const same = embedIPv4(prefix, ipv4);
  return same?.every((octet, index) => octet === address[index]) ? ipv4 : undefined;
}

function places({ prefixLength }: Dns64Prefix): number[] {
  const first = prefixLength / 8;
  const skipped = (at: number): number => (first <= RESERVED_OCTET && at >= RESERVED_OCTET ? at + 1 : at);
  return [0, 1, 2, 3].map((index) => skipped(first + index));
}

/** The address of a name below `ip6.arpa` that has all its nibbles (RFC 3596 2.5). */
export function addressOfReverseName({ key }: DomainName): Uint8Array | undefined {
  if (key.length !== NIBBLES * 2 + NIBBLES_END.length || !key.endsWith(NIBBLES_END)) return undefined;
  const address = new Uint8Array(NIBBLES / 2);
  for (let index = 0; index < NIBBLES; index++) {
    const nibble = key[index * 2] === '\x01' ? '0123456789abcdef'.indexOf(key[index * 2 + 1] ?? 'x') : -1;
    if (nibble === -1) return undefined;
    // The last nibble comes first.
    const at = 15 - (index >> 1);
    address[at] = (address[at] ?? 0) | (nibble << ((index & 1) * 4));
  }
  return address;
}

/** `4.3.2.1.in-addr.arpa` for 1.2.3.4. */
export function reverseNameOf(ipv4: Uint8Array): DomainName {
  return nameOf(`${[...ipv4].reverse().join('.')}.in-addr.arpa.`);
}
