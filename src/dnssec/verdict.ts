// Verdicts as values (RFC 4033 5, RFC 4035 4.3), their reasons as closed unions, and the chain of trust as data.
import { EdeCode, typeText } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';

interface ReasonRow {
  readonly ede: number;
  /** A short sentence part, ASCII. */
  readonly text: string;
}

/** Why data are bogus: one row a cause, with its extended error. Everything that tells people reads this table. */
export const bogusReasons = {
  'rrsig-missing': { ede: EdeCode.RRSIGS_MISSING, text: 'RRSIG missing in a signed zone' },
  'rrsig-malformed': { ede: EdeCode.DNSSEC_BOGUS, text: 'RRSIG cannot be read' },
  'rrsig-wrong-signer': { ede: EdeCode.DNSSEC_BOGUS, text: 'RRSIG names another zone as its signer' },
  'rrsig-wrong-labels': { ede: EdeCode.DNSSEC_BOGUS, text: 'RRSIG label count does not fit the owner' },
  'rrsig-expired': { ede: EdeCode.SIGNATURE_EXPIRED, text: 'signature expired' },
  'rrsig-not-yet-valid': { ede: EdeCode.SIGNATURE_NOT_YET_VALID, text: 'signature not yet valid' },
  'rrsig-expired-before-valid': {
    ede: EdeCode.SIGNATURE_EXPIRED_BEFORE_VALID,
    text: 'signature expires before its inception',
  },
  'rrsig-no-such-key': { ede: EdeCode.DNSSEC_BOGUS, text: 'no DNSKEY of the zone has the key tag of the RRSIG' },
  'rrsig-invalid': { ede: EdeCode.DNSSEC_BOGUS, text: 'signature does not verify' },
  'rrsig-unsupported-algorithm': {
    ede: EdeCode.UNSUPPORTED_DNSKEY_ALGORITHM,
    text: 'only RRSIGs of unsupported algorithms in a zone with a supported one',
  },
  'dnskey-missing': { ede: EdeCode.DNSKEY_MISSING, text: 'the zone has a DS but no DNSKEY' },
  'dnskey-unreachable': { ede: EdeCode.DNSKEY_MISSING, text: 'the DNSKEY set could not be fetched' },
  'dnskey-no-match': { ede: EdeCode.DNSKEY_MISSING, text: 'no DNSKEY matches a DS' },
  'dnskey-digest-mismatch': { ede: EdeCode.DNSKEY_MISSING, text: 'the DS digest does not match the DNSKEY' },
  'dnskey-no-zone-bit': { ede: EdeCode.NO_ZONE_KEY_BIT_SET, text: 'the DNSKEY lacks the Zone Key flag' },
  'dnskey-bad-protocol': { ede: EdeCode.DNSSEC_BOGUS, text: 'the DNSKEY protocol field is not 3' },
  'dnskey-revoked': { ede: EdeCode.DNSSEC_BOGUS, text: 'the DNSKEY that the DS names is revoked' },
  'dnskey-invalid': { ede: EdeCode.DNSSEC_BOGUS, text: 'the DNSKEY is not a usable key' },
  'dnskey-not-signed-by-anchor': {
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'the DNSKEY set is not signed by a key that a DS or anchor names',
  },
  'ds-unreachable': { ede: EdeCode.DNSSEC_BOGUS, text: 'the DS set could not be fetched' },
  'ds-unexpected': { ede: EdeCode.DNSSEC_BOGUS, text: 'the answer to the DS question proves nothing' },
  'denial-missing': { ede: EdeCode.NSEC_MISSING, text: 'no NSEC or NSEC3 proves the negative answer' },
  'denial-incomplete': {
    ede: EdeCode.NSEC_MISSING,
    text: 'the NSEC or NSEC3 records do not prove the negative answer',
  },
  'denial-wildcard-missing': {
    ede: EdeCode.NSEC_MISSING,
    text: 'no NSEC or NSEC3 proves that the name itself does not exist (wildcard answer)',
  },
  'dname-invalid': { ede: EdeCode.DNSSEC_BOGUS, text: 'the DNAME may not be used here' },
  'response-empty': { ede: EdeCode.DNSSEC_BOGUS, text: 'an empty answer from a signed zone' },
  'no-data-obtained': { ede: EdeCode.DNSSEC_BOGUS, text: 'the zone is signed but its servers gave no usable answer' },
  'chain-too-long': { ede: EdeCode.DNSSEC_BOGUS, text: 'the chain of trust is longer than allowed' },
  'work-limit': { ede: EdeCode.DNSSEC_BOGUS, text: 'validation needs more work than allowed' },
} as const satisfies Record<string, ReasonRow>;

export type BogusReason = keyof typeof bogusReasons;

/** Why data are insecure: what was proved, or configured, instead of a signature. */
export const insecureReasons = {
  'no-ds': { ede: undefined, text: 'the parent proves that there is no DS' },
  'opt-out': { ede: undefined, text: 'an NSEC3 opt-out span covers the name' },
  'unsupported-algorithm': {
    ede: EdeCode.UNSUPPORTED_DNSKEY_ALGORITHM,
    text: 'no supported DNSKEY algorithm',
  },
  'unsupported-digest': { ede: EdeCode.UNSUPPORTED_DS_DIGEST_TYPE, text: 'no supported DS digest type' },
  'nsec3-iterations': {
    ede: EdeCode.UNSUPPORTED_NSEC3_ITERATIONS,
    text: 'too many NSEC3 iterations or too long a salt',
  },
  'negative-trust-anchor': { ede: EdeCode.NEGATIVE_TRUST_ANCHOR, text: 'a negative trust anchor is configured' },
  'anchor-stripped': { ede: undefined, text: 'the zone of a trust anchor shows no signatures (hardening is off)' },
  'unsigned-type': { ede: undefined, text: 'records of this type are never signed' },
  local: { ede: undefined, text: 'answered from local data' },
  'validation-off': { ede: undefined, text: 'validation is switched off' },
} as const satisfies Record<string, { ede: number | undefined; text: string }>;

export type InsecureReason = keyof typeof insecureReasons;

/**
 * What a failed check has seen beyond its reason. Whoever tells people reads it; no decision rests on it.
 * - `tag-of-other-algorithm`: a DNSKEY has the key tag of an entry point, but another algorithm.
 * - `no-signature-of-zone`: denial records are there, and none is signed by the zone.
 * - `not-fetched`: servers gave no usable reply.
 * - others: what a denial lacks, see `DenialGap`.
 */
export type FailureDetail = 'tag-of-other-algorithm' | 'no-signature-of-zone' | 'not-fetched' | DenialGap;

/**
 * What NSEC or NSEC3 records lack to prove a denial.
 * - `name-exists`: a record matches the name that is said not to exist.
 * - `type-exists`: the type bitmap at the name has the type, or CNAME.
 * - `ds-exists`: the type bitmap at the name has DS.
 * - `wrong-side`: a record of the other side of a zone cut.
 * - `not-covered`: no record matches or covers the name.
 * - `wildcard-not-denied`: nothing shows that no wildcard would have answered.
 * - `no-closest-encloser`: no NSEC3 matches any ancestor of the name.
 * - `no-next-closer`: an ancestor is matched; the name below it is not covered.
 * - `unsigned`: there are records, and none has a signature.
 * - `unusable`: there are records, none of which may take part.
 */
export type DenialGap =
  | 'name-exists'
  | 'type-exists'
  | 'ds-exists'
  | 'wrong-side'
  | 'not-covered'
  | 'wildcard-not-denied'
  | 'no-closest-encloser'
  | 'no-next-closer'
  | 'unsigned'
  | 'unusable';

/** An entry of a DS set. */
export interface DSSummary {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly digestType: number;
}

/** A member of a DNSKEY set. */
export interface KeySummary {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly flags: number;
  /** A signature over the set names it; whether that one verifies was not looked at. */
  readonly signs?: boolean;
}

/**
 * One step of a chain of trust, or the step that failed. `server` is `address#port`, or `cache`; `ms` is what it took,
 * where that is known.
 */
export type ChainLink =
  | { readonly kind: 'anchor'; readonly zone: DomainName; readonly keyTags: readonly number[] }
  | { readonly kind: 'negative-anchor'; readonly zone: DomainName; readonly reason: string }
  /** The parent's signed DS set for `zone`. */
  | {
      readonly kind: 'ds';
      readonly zone: DomainName;
      readonly keyTags: readonly number[];
      readonly signature: SignatureSummary;
      readonly records?: readonly DSSummary[];
      readonly server?: string;
      readonly ms?: number | undefined;
    }
  /** The DNSKEY set of `zone`, signed by a key that a DS or anchor names. */
  | {
      readonly kind: 'dnskey';
      readonly zone: DomainName;
      readonly keyTags: readonly number[];
      readonly matched: { readonly keyTag: number; readonly algorithm: number; readonly digestType: number };
      readonly signature: SignatureSummary;
      readonly keys?: readonly KeySummary[];
      readonly server?: string;
      readonly ms?: number | undefined;
    }
  /** A signed denial shows that `zone` has no DS, or only unusable ones: what lies below is insecure. */
  | { readonly kind: 'insecure-delegation'; readonly zone: DomainName; readonly reason: InsecureReason }
  | {
      readonly kind: 'rrset';
      readonly name: DomainName;
      readonly type: number;
      readonly signature: SignatureSummary;
      /** The `*.ce` that the answer was expanded from. */
      readonly wildcard: DomainName | undefined;
      readonly server?: string;
      readonly ms?: number | undefined;
    }
  | {
      readonly kind: 'denial';
      readonly name: DomainName;
      readonly type: number;
      readonly proof: string;
      readonly optOut: boolean;
      readonly server?: string;
      readonly ms?: number | undefined;
    }
  | {
      readonly kind: 'failure';
      readonly reason: BogusReason;
      /** The zone whose link broke. */
      readonly zone: DomainName;
      readonly name: DomainName;
      readonly type: number;
      readonly expected: string;
      readonly found: string;
      /** `address#port` of the server that gave the data; empty when unknown. */
      readonly server: string;
      readonly ms?: number | undefined;
      readonly detail?: FailureDetail | undefined;
      /** The signature that was judged last. */
      readonly judged?: SignatureSummary | undefined;
      /** The forward zone through which the name is resolved. */
      readonly forward?: DomainName | undefined;
      /** DNSKEY RDATA, not verified, that a DS or anchor could name instead of what it does name; the best first. */
      readonly offered?: readonly Uint8Array[] | undefined;
      /** When it was found, Unix seconds. */
      readonly atSeconds?: number;
      /** The DNSKEY set that was judged, where it was one. */
      readonly served?: readonly KeySummary[] | undefined;
    };

export type FailureLink = Extract<ChainLink, { kind: 'failure' }>;

/** The signature that carried a link; times in Unix seconds as the RRSIG has them. */
export interface SignatureSummary {
  readonly signer: DomainName;
  readonly keyTag: number;
  readonly algorithm: number;
  readonly inception: number;
  readonly expiration: number;
}

/** A chain of trust: its last link, and the shared chain that leads there. */
export interface Chain {
  readonly link: ChainLink;
  readonly previous: Chain | undefined;
}

/** The links of a chain from the anchor down. */
export function chainLinks(chain: Chain | undefined): ChainLink[] {
  const links: ChainLink[] = [];
  for (let node = chain; node !== undefined; node = node.previous) links.push(node.link);
  return links.reverse();
}

/**
 * What validation found (RFC 4035 4.3). Indeterminate has the meaning of RFC 4033 5: no trust anchor covers the name.
 * Data that nobody has validated yet have no verdict.
 */
export type Verdict =
  | { readonly status: 'secure'; readonly chain: Chain }
  | { readonly status: 'insecure'; readonly reason: InsecureReason; readonly chain: Chain | undefined }
  | { readonly status: 'bogus'; readonly reason: BogusReason; readonly chain: Chain }
  | { readonly status: 'indeterminate' };

/** The failed link of a bogus verdict. */
export function failureOf(verdict: Verdict): Extract<ChainLink, { kind: 'failure' }> | undefined {
  if (verdict.status !== 'bogus') return undefined;
  return verdict.chain.link.kind === 'failure' ? verdict.chain.link : undefined;
}

/** One line that names the broken link: `sig.example. A: signature expired (expected ..., found ...)`. */
export function failureText(link: Extract<ChainLink, { kind: 'failure' }>): string {
  return `${nameText(link.name)} ${typeText(link.type)}: ${bogusReasons[link.reason].text}`;
}
