// Hashes of names as numbers, for look-ups that make no string. Calculated from the right, so that one pass over a name
// gives those of all its ancestors. Seeded, so that nobody outside can choose names that share the hash of another one.

const START = 0x5bd1e995;

/** The hash of no octets at all: of every name behind its root label. */
export function nameHashStart(seed: number): number {
  return START ^ seed;
}

/** Takes one more octet, in lower case, in front of what has been hashed. */
export function nameHashStep(hash: number, octet: number): number {
  return Math.imul(hash ^ octet, 0x01000193) ^ (hash >>> 15);
}

/** The hash of the first `length` characters of a key, one an octet: those of `DomainName.key`. */
export function nameHash(seed: number, key: string, length: number = key.length): number {
  let hash = nameHashStart(seed);
  for (let index = length; index-- > 0; ) hash = nameHashStep(hash, key.charCodeAt(index));
  return hash;
}
