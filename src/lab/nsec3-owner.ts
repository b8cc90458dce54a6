// Hashed owner names as a signer and a server need them (RFC 5155 5): with iterations of our own choice, so no budget.
import { nsec3Hash } from '../dnssec/nsec3-hash.ts';
import { base32hexText } from '../wire/base32hex.ts';
import type { DomainName } from '../wire/name.ts';

/** What the hash of a name depends on besides the name (RFC 5155 3.1). */
export interface Nsec3Parameters {
  /** Additional iterations. */
  readonly iterations: number;
  readonly salt: Uint8Array;
}

/** The 20 octets of the hash of a name. */
export function hashOf(name: DomainName, { salt, iterations }: Nsec3Parameters): Uint8Array {
  return nsec3Hash(name, salt, iterations);
}

/** The owner name of an NSEC3 record: the hash in base32hex as one label below the zone's apex (RFC 5155 3). */
export function nsec3Owner(hash: Uint8Array, apex: DomainName): DomainName {
  const owner = apex.prepend(Uint8Array.from(base32hexText(hash), (character) => character.charCodeAt(0)));
  if (owner === undefined) throw new Error('the apex is too long for hashed owner names (RFC 5155 8.1)');
  return owner;
}
