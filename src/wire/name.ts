// Domain names as octets (RFC 1035 3.1, RFC 4343): never split at dots, never decoded to text here.

/** Longest name in wire form, root octet included (RFC 1035 2.3.4). */
export const MAX_NAME_OCTETS = 255;
/** Longest label (RFC 1035 2.3.4). */
export const MAX_LABEL_OCTETS = 63;
/** Most labels a name can have, the root not counted. */
export const MAX_LABELS = 127;

const scratch = Buffer.allocUnsafeSlow(MAX_NAME_OCTETS);

/** The ASCII-lower-cased latin1 string of octets `start` to `end`: exact, one character an octet. */
function lowerCasedLatin1(octets: Uint8Array, start: number, end: number): string {
  let length = 0;
  for (let index = start; index < end; index++) {
    const octet = octets[index] ?? 0;
    scratch[length++] = octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
  }
  return scratch.toString('latin1', 0, length);
}

/**
 * A domain name: uncompressed wire octets, and the key under which it is looked up.
 * Immutable; the letter case of `octets` is kept for replies, `key` is lower case.
 */
export class DomainName {
  /** Uncompressed wire form, root octet included, at most 255 octets, original letter case. */
  readonly octets: Uint8Array;
  /** The same octets with A-Z lower-cased, as a latin1 string: equal keys, equal names (RFC 4343). */
  readonly key: string;

  private constructor(octets: Uint8Array, key: string) {
    this.octets = octets;
    this.key = key;
  }

  static readonly root = new DomainName(new Uint8Array(1), '\0');

  /** A name over octets known to be well formed, which it keeps: callers hand over a copy of their own. */
  static fromOctets(octets: Uint8Array): DomainName {
    return octets.length === 1 ? DomainName.root : new DomainName(octets, lowerCasedLatin1(octets, 0, octets.length));
  }

  /** The lower-case name of a key. */
  static fromKey(key: string): DomainName {
    if (key.length <= 1) return DomainName.root;
    const octets = new Uint8Array(key.length);
    for (let index = 0; index < key.length; index++) octets[index] = key.charCodeAt(index);
    return new DomainName(octets, key);
  }

  /** The name of labels given left to right (octets, without the root); undefined when a limit is exceeded. */
  static fromLabels(labels: readonly Uint8Array[]): DomainName | undefined {
    let length = 1;
    for (const label of labels) {
      if (label.length === 0 || label.length > MAX_LABEL_OCTETS) return undefined;
      length += label.length + 1;
    }
    if (length > MAX_NAME_OCTETS) return undefined;
    const octets = new Uint8Array(length);
    let offset = 0;
    for (const label of labels) {
      octets[offset] = label.length;
      octets.set(label, offset + 1);
      offset += label.length + 1;
    }
    return DomainName.fromOctets(octets);
  }

  get isRoot(): boolean {
    return this.key.length === 1;
  }

  /** Number of labels, the root not counted. */
  get labelCount(): number {
    const key = this.key;
    let count = 0;
    for (let offset = 0; offset < key.length - 1; offset += key.charCodeAt(offset) + 1) count++;
    return count;
  }

  /** Number of labels as RRSIG counts them: a leading asterisk label is not counted (RFC 4034 3.1.3). */
  get rrsigLabelCount(): number {
    return this.isWildcard ? this.labelCount - 1 : this.labelCount;
  }

  /** Whether the leftmost label is a single asterisk (RFC 4592 2.1.1). */
  get isWildcard(): boolean {
    return this.key.charCodeAt(0) === 1 && this.key.charCodeAt(1) === 0x2a;
  }

  equals(other: DomainName): boolean {
    return this.key === other.key;
  }

  /** The name without its leftmost label; the root's parent is the root. */
  parent(): DomainName {
    return this.withoutLabels(1);
  }

  /** The name without its `count` leftmost labels. */
  withoutLabels(count: number): DomainName {
    const key = this.key;
    let offset = 0;
    for (let left = count; left > 0 && offset < key.length - 1; left--) offset += key.charCodeAt(offset) + 1;
    return this.suffixAt(offset);
  }

  /** The ancestor-or-self that has `count` labels; this name when it has no more. */
  ancestorWithLabels(count: number): DomainName {
    return this.withoutLabels(Math.max(0, this.labelCount - count));
  }

  private suffixAt(offset: number): DomainName {
    if (offset === 0) return this;
    if (offset >= this.key.length - 1) return DomainName.root;
    return new DomainName(this.octets.subarray(offset), this.key.slice(offset));
  }

  /** Whether this name is `ancestor` or lies below it. */
  isSubdomainOf(ancestor: DomainName): boolean {
    const key = this.key;
    const start = key.length - ancestor.key.length;
    if (start < 0 || !key.endsWith(ancestor.key)) return false;
    let offset = 0;
    while (offset < start) offset += key.charCodeAt(offset) + 1;
    return offset === start;
  }

  /** Whether this name lies below `ancestor` and is not it. */
  isBelow(ancestor: DomainName): boolean {
    return this.key.length > ancestor.key.length && this.isSubdomainOf(ancestor);
  }

  /** The longest name that is an ancestor-or-self of both. */
  commonAncestor(other: DomainName): DomainName {
    let candidate: DomainName = this;
    while (!other.isSubdomainOf(candidate)) candidate = candidate.parent();
    return candidate;
  }

  /** `label` in front of this name; undefined when that is too long. */
  prepend(label: Uint8Array): DomainName | undefined {
    if (label.length === 0 || label.length > MAX_LABEL_OCTETS) return undefined;
    const length = this.octets.length + label.length + 1;
    if (length > MAX_NAME_OCTETS) return undefined;
    const octets = new Uint8Array(length);
    octets[0] = label.length;
    octets.set(label, 1);
    octets.set(this.octets, label.length + 1);
    return DomainName.fromOctets(octets);
  }

  /** The wildcard `*.name`; undefined when that is too long. */
  wildcardChild(): DomainName | undefined {
    return this.prepend(asteriskLabel);
  }

  /** The leftmost label's octets; empty for the root. A view. */
  firstLabel(): Uint8Array {
    return this.octets.subarray(1, 1 + (this.octets[0] ?? 0));
  }

  /** This name with its suffix `from` replaced by `to` (DNAME, RFC 6672 2.2); undefined when it gets too long. */
  replaceSuffix(from: DomainName, to: DomainName): DomainName | undefined {
    const prefixLength = this.octets.length - from.octets.length;
    if (prefixLength + to.octets.length > MAX_NAME_OCTETS) return undefined;
    const octets = new Uint8Array(prefixLength + to.octets.length);
    octets.set(this.octets.subarray(0, prefixLength), 0);
    octets.set(to.octets, prefixLength);
    return DomainName.fromOctets(octets);
  }

  /** The name with A-Z lower-cased. */
  toLowerCase(): DomainName {
    return DomainName.fromKey(this.key);
  }
}

/** The key of the name without its leftmost label; the root's parent is the root. For walks that need no names. */
export function parentKey(key: string): string {
  return key.length <= 1 ? key : key.slice(key.charCodeAt(0) + 1);
}

const asteriskLabel = new Uint8Array([0x2a]);
const leftOffsets = new Uint8Array(MAX_LABELS + 1);
const rightOffsets = new Uint8Array(MAX_LABELS + 1);

function labelOffsets(key: string, into: Uint8Array): number {
  let count = 0;
  for (let offset = 0; offset < key.length - 1; offset += key.charCodeAt(offset) + 1) into[count++] = offset;
  return count;
}

/**
 * Canonical order of names (RFC 4034 6.1): labels compared from the right, as lower-cased octets, a missing label first.
 * Negative, zero or positive.
 */
export function compareNames(left: DomainName, right: DomainName): number {
  const a = left.key;
  const b = right.key;
  if (a === b) return 0;
  let leftCount = labelOffsets(a, leftOffsets);
  let rightCount = labelOffsets(b, rightOffsets);
  while (leftCount > 0 && rightCount > 0) {
    const leftStart = leftOffsets[--leftCount] ?? 0;
    const rightStart = rightOffsets[--rightCount] ?? 0;
    const leftLength = a.charCodeAt(leftStart);
    const rightLength = b.charCodeAt(rightStart);
    const shared = Math.min(leftLength, rightLength);
    for (let index = 1; index <= shared; index++) {
      const difference = a.charCodeAt(leftStart + index) - b.charCodeAt(rightStart + index);
      if (difference !== 0) return difference;
    }
    if (leftLength !== rightLength) return leftLength - rightLength;
  }
  return leftCount - rightCount;
}
