// Names below a zone as octets whose plain order is the canonical order of names (RFC 4034 6.1): the labels from the right,
// in lower case, each with a zero behind it. Octets 0 and 1 within a label take two, so that none is taken for an end.
import { lowerCase } from '../wire/lower-case.ts';
import { type DomainName, MAX_LABELS, MAX_NAME_OCTETS } from '../wire/name.ts';

/** Enough for the key of any name, and for a wildcard in front of it. */
export const MAX_SORT_KEY_OCTETS = 2 * MAX_NAME_OCTETS + 2;

const END = 0;
const ESCAPE = 1;
const scratch = new Uint8Array(MAX_SORT_KEY_OCTETS);
const starts = new Uint8Array(MAX_LABELS + 1);

/**
 * Writes the key of a name's first `count` labels, which begin at `labelStarts` within the name at `offset` in `octets`.
 * Returns its length.
 */
export function writeSortKey(
  octets: Uint8Array,
  offset: number,
  labelStarts: Uint8Array,
  count: number,
  into: Uint8Array,
): number {
  let length = 0;
  for (let label = count; label-- > 0; ) {
    const start = offset + (labelStarts[label] ?? 0) + 1;
    const end = start + (octets[start - 1] ?? 0);
    for (let at = start; at < end; at++) {
      const octet = lowerCase[octets[at] ?? 0] ?? 0;
      if (octet <= ESCAPE) into[length++] = ESCAPE;
      into[length++] = octet <= ESCAPE ? octet + 1 : octet;
    }
    into[length++] = END;
  }
  return length;
}

/** The key of a name at or below a zone, without the zone's labels: empty for the zone itself. */
export function sortKeyBelow(name: DomainName, zone: DomainName): Uint8Array {
  const { octets } = name;
  const below = octets.length - zone.octets.length;
  let count = 0;
  for (let at = 0; at < below; at += (octets[at] ?? 0) + 1) starts[count++] = at;
  return scratch.slice(0, writeSortKey(octets, 0, starts, count, scratch));
}

/** Negative, zero or positive, as a key stands before, at or behind the one in the first `length` octets of `other`. */
export function compareSortKeys(key: Uint8Array, other: Uint8Array, length: number): number {
  const shared = key.length < length ? key.length : length;
  for (let index = 0; index < shared; index++) {
    const difference = (key[index] ?? 0) - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return key.length - length;
}

/** Labels that a key and the one in the first `length` octets of `other` have in common, counted from the zone. */
export function sharedLabels(key: Uint8Array, other: Uint8Array, length: number): number {
  const shared = key.length < length ? key.length : length;
  let labels = 0;
  for (let index = 0; index < shared; index++) {
    const octet = key[index];
    if (octet !== other[index]) return labels;
    if (octet === END) labels++;
  }
  return labels;
}

/** Octets of the first `labels` labels of a key. */
export function prefixOctets(key: Uint8Array, labels: number): number {
  let at = 0;
  for (let left = labels; left > 0 && at < key.length; at++) if (key[at] === END) left--;
  return at;
}
