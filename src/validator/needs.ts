// What validation asks of the one who runs it, and what it hands back to be stored. Validation itself does no I/O.
import type { NoCut, ZoneTrust } from '../cache/zone-trust-cache.ts';
import type { AlgorithmPolicy } from '../dnssec/algorithms.ts';
import type { MessageWork, QueryWork } from '../dnssec/budget.ts';
import type { KeysizeIterations } from '../dnssec/key-bits.ts';
import {
  type RRsetVerification,
  type SkewBounds,
  type VerifyJob,
  verifyRRset,
  type ZoneKeys,
} from '../dnssec/rrsig.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { Chain, Verdict } from '../dnssec/verdict.ts';
import type { DomainName } from '../wire/name.ts';
import type { RRset } from '../wire/record.ts';

/** A reply as validation sees it: RRsets of an answer, or the records of a denial. The iterator's responses fit. */
export interface Evidence {
  readonly conclusion: 'answer' | 'nodata' | 'nxdomain' | 'yxdomain' | 'unfinished';
  readonly steps: readonly EvidenceStep[];
  /** Apex of the zone whose server was asked. */
  readonly zone: DomainName;
  readonly lastName: DomainName;
  readonly soa: RRset | undefined;
  readonly denial: readonly RRset[];
  readonly server: string;
  /** Milliseconds that the server took; only told, nothing is decided by it. */
  readonly rttMs?: number | undefined;
}

export type EvidenceStep =
  | { readonly kind: 'cname' | 'dname'; readonly name: DomainName; readonly rrset: RRset }
  | { readonly kind: 'rrsets'; readonly name: DomainName; readonly rrsets: readonly RRset[] };

export type ValidationNeed =
  | VerifyJob
  /** The reply to (name, type) from any server but the excluded; not validated. */
  | {
      readonly kind: 'fetch';
      readonly name: DomainName;
      readonly type: number;
      readonly excluded: ReadonlySet<string>;
    }
  /** How far a zone can be trusted, for `ttl` seconds. */
  | { readonly kind: 'learn-trust'; readonly trust: ZoneTrust | NoCut; readonly ttl: number }
  /** A DS or DNSKEY set found secure on the way. */
  | {
      readonly kind: 'learn-rrset';
      readonly rrset: RRset;
      readonly verdict: Verdict;
      readonly ttl: number;
      readonly server: string;
    };

export type ValidationEvent =
  | { readonly kind: 'verified'; readonly valid: boolean }
  | { readonly kind: 'fetched'; readonly evidence: Evidence }
  /** No evidence, and why; `limited` when a limit of ours was the cause, which says nothing about the zone. */
  | { readonly kind: 'not-fetched'; readonly text: string; readonly limited: boolean }
  | { readonly kind: 'done' };

export type Validation<T> = Generator<ValidationNeed, T, ValidationEvent>;

/** Bounds of the walk down a chain of trust (SECURITY 1.4). */
export interface ChainLimits {
  /** DS records considered (dnssec.max-ds). */
  readonly maxDS: number;
  /** Digests that do not match, for one DS. */
  readonly maxDigestMismatches: number;
  /** Keys in a DNSKEY set (dnssec.max-dnskeys). */
  readonly maxDnskeys: number;
  /** Further servers asked when data do not validate (dnssec.revalidate). */
  readonly revalidations: number;
}

export const DEFAULT_CHAIN_LIMITS: ChainLimits = {
  maxDS: 8,
  maxDigestMismatches: 4,
  maxDnskeys: 32,
  revalidations: 2,
};

/** Ways to be stricter or more lenient than the RFCs ask for; Unbound has options for them. */
export interface ValidationVariants {
  /** Tolerance for signature times by their validity (`val-sig-skew-min`, `-max`). */
  readonly skewBounds: SkewBounds | undefined;
  /** A signature of every algorithm that the DS set names (`harden-algo-downgrade`). */
  readonly demandsAllAlgorithms: boolean;
  /** NSEC3 iterations by key size (`val-nsec3-keysize-iterations`); empty: `nsec3MaxIterations` for all. */
  readonly keysizeIterations: readonly KeysizeIterations[];
  /** Data without signatures are not asked for at other servers of the zone (`disable-dnssec-lame-check`). */
  readonly takesUnsignedAsIs: boolean;
}

/** What validation reads. */
export interface ValidationContext {
  readonly anchors: Pick<TrustAnchors, 'closest'>;
  readonly trustOf: (zone: DomainName) => ZoneTrust | NoCut | undefined;
  /** Seconds that a cached trust has left. */
  readonly trustTtl: (zone: DomainName) => number;
  /** Zone cuts that iteration knows strictly below `above`, at or above `name`; the highest first. */
  readonly cutsBetween: (above: DomainName, name: DomainName) => readonly DomainName[];
  /** DS, NSEC and NSEC3 sets that came with the referral to a zone. */
  readonly referralMaterial: (
    zone: DomainName,
  ) => { rrsets: readonly RRset[]; server: string; rttMs?: number | undefined } | undefined;
  /**
   * Look for unsigned zones hidden between a secure zone and its unsigned data. Costly, so that other servers of the
   * zone are asked first: the one that answered may merely leave out signatures.
   */
  readonly thorough: boolean;
  /** The forward zone that a question goes to; only told, nothing is decided by it. */
  readonly forwardZoneOf?: ((name: DomainName, type: number) => DomainName | undefined) | undefined;
  /** Without it, a trust anchor whose zone shows no signatures is given up (harden-dnssec-stripped). */
  readonly hardenStripped: boolean;
  readonly policy: AlgorithmPolicy;
  readonly variants?: ValidationVariants | undefined;
  readonly chainLimits: ChainLimits;
  /** Unix seconds. */
  readonly nowSeconds: number;
  readonly inceptionSkew: number;
  readonly expirationSkew: number;
  /** NSEC3 with more additional iterations, or a longer salt, makes a zone insecure (RFC 9276 3.2). */
  readonly nsec3MaxIterations: number;
  readonly nsec3MaxSalt: number;
  readonly work: QueryWork;
  /** Whether a signature is valid; undefined for a check that has to wait for its turn, or takes too long here. */
  readonly verifyAtOnce?: ((job: VerifyJob) => boolean | undefined) | undefined;
  /** Seconds for which a bogus verdict is remembered. */
  readonly bogusTtl: number;
}

/** Verifies one RRset; each signature that cannot be checked at once is a need of its own. */
export function* verifySet(
  rrset: RRset,
  zoneKeys: ZoneKeys,
  work: MessageWork,
  context: ValidationContext,
): Validation<RRsetVerification> {
  const { nowSeconds, inceptionSkew, expirationSkew, policy, variants } = context;
  const { skewBounds } = variants ?? NO_VARIANTS;
  const checks = verifyRRset(rrset, { zoneKeys, nowSeconds, inceptionSkew, expirationSkew, skewBounds, policy, work });
  let step = checks.next();
  while (step.done !== true) {
    const isValid = context.verifyAtOnce?.(step.value);
    if (isValid !== undefined) {
      step = checks.next(isValid);
      continue;
    }
    const event = yield step.value;
    step = checks.next(event.kind === 'verified' && event.valid);
  }
  return step.value;
}

const NO_VARIANTS: Pick<ValidationVariants, 'skewBounds'> = { skewBounds: undefined };

export function extendChain(previous: Chain | undefined, link: Chain['link']): Chain {
  return { link, previous };
}
