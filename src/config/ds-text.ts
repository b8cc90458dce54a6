// Trust anchors as DS presentation content: `keytag algorithm digesttype digest` (RFC 4034 5.3).
import { digestTypeText } from '../dnssec/algorithms.ts';
import { parseAlgorithm } from './algorithm-text.ts';
import { type Place, shortened } from './input.ts';
import { type Parsed, parsed, refused } from './parsed.ts';

/** The fields of a DS record. */
export interface DSAnchor {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly digestType: number;
  readonly digest: Uint8Array;
  /** Where it was configured; absent for built-in ones. */
  readonly place?: Place;
}

/** Octets of a digest by DS digest type (IANA registry); types that are missing may have any length. */
const digestOctets = new Map<number, number>([
  [1, 20],
  [2, 32],
  [3, 32],
  [4, 48],
  [5, 32],
  [6, 32],
]);

/**
 * Reads the content of one DS record; white space inside the digest is allowed, letters in either case.
 * A whole line (`home.arpa. 3600 IN DS 12345 13 2 4a3b...`) is taken too: everything up to `DS` is skipped.
 */
export function parseDSText(text: string): Parsed<DSAnchor> {
  const words = withoutOwner(text.replace(/;.*$/s, '').trim().split(/\s+/));
  const [tag = '', algorithmText = '', typeText = '', ...digestWords] = words;
  if (looksLikeDnskey(words)) {
    return refused('this is a DNSKEY; a DS is wanted here (give keys under kedge.dnskey_trustanchors)');
  }
  if (words.length < 4) return refused('a DS has four fields: key tag, algorithm, digest type and digest');
  if (!/^[0-9]{1,5}$/.test(tag) || Number(tag) > 65535) {
    return refused(`the key tag '${shortened(tag)}' is not a number from 0 to 65535`);
  }
  const algorithm = parseAlgorithm(algorithmText);
  if (!algorithm.ok) return algorithm;
  if (!/^[0-9]{1,3}$/.test(typeText) || Number(typeText) > 255) {
    return refused(`the digest type '${shortened(typeText)}' is not a number from 0 to 255`);
  }
  const digest = parseDigest(digestWords.join(''));
  if (!digest.ok) return digest;
  return parsed({
    keyTag: Number(tag),
    algorithm: algorithm.value,
    digestType: Number(typeText),
    digest: digest.value,
  });
}

function withoutOwner(words: readonly string[]): readonly string[] {
  const type = words.findIndex((word) => word.toUpperCase() === 'DS');
  return type === -1 || type > 3 ? words : words.slice(type + 1);
}

/** Flags 256 or 257, protocol 3: `257 3 13 base64`, or the word DNSKEY in front of it. */
function looksLikeDnskey(words: readonly string[]): boolean {
  if (words.slice(0, 4).some((word) => word.toUpperCase() === 'DNSKEY')) return true;
  const [flags, protocol, , key = ''] = words;
  return (flags === '256' || flags === '257') && protocol === '3' && /[g-z+/=]/i.test(key);
}

function parseDigest(hex: string): Parsed<Uint8Array> {
  if (hex.includes('...') || hex.includes('…')) {
    return refused("the digest contains '...': an example was copied; put the whole digest of your zone's key here");
  }
  const bad = /[^0-9a-fA-F]/.exec(hex);
  if (bad !== null) return refused(`the digest contains '${bad[0]}', which is no hexadecimal digit`);
  if (hex.length % 2 !== 0) return refused(`the digest has ${hex.length} hexadecimal digits, an odd number`);
  return parsed(Uint8Array.from(hex.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16)));
}

/** Why a DS can match no key whatever the zone has: the digest is not as long as its type says. */
export function dsLengthProblem({ digestType, digest }: DSAnchor): string | undefined {
  const known = digestOctets.get(digestType);
  if (known === undefined || digest.length === known) return undefined;
  const type = `digest type ${digestType} (${digestTypeText(digestType)})`;
  return `the digest has ${digest.length * 2} hexadecimal digits, ${type} has ${known * 2}: it matches no key`;
}

/** The presentation content, digest in lower case. */
export function dsText({ keyTag, algorithm, digestType, digest }: DSAnchor): string {
  const hex = Array.from(digest, (octet) => octet.toString(16).padStart(2, '0')).join('');
  return `${keyTag} ${algorithm} ${digestType} ${hex}`;
}
