// Hashes of names as numbers, for look-ups that make no string. Calculated from the right, so that one pass over a name
// gives those of all its ancestors.

/** The hash of no octets at all: of every name behind its root label. */
export const NAME_HASH_START = 0x5bd1e995;

/** Takes one more octet, in lower case, in front of what has been hashed. */
export function nameHashStep(hash: number, octet: number): number {
  return Math.imul(hash ^ octet, 0x01000193) ^ (hash >>> 15);
}

/** The hash of the first `length` characters of a key, one an octet: those of `DomainName.key`. */
export function nameHash(key: string, length: number = key.length): number {
  let hash = NAME_HASH_START;
  for (let index = length; index-- > 0; ) hash = nameHashStep(hash, key.charCodeAt(index));
  return hash;
}
