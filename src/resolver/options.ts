// What the resolver needs to know, as plain data. The daemon fills it from the configuration.
import type { NameServer } from '../cache/delegation-store.ts';
import { DEFAULT_THROTTLING, type ThrottlingOptions } from '../cache/infra-cache.ts';
import { DEFAULT_NON_RESOLVING, type NonResolvingOptions } from '../cache/non-resolving-names.ts';
import type { AlgorithmPolicy } from '../dnssec/algorithms.ts';
import type { DnssecLimits } from '../dnssec/budget.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { IterationOptions } from '../iterator/iteration.ts';
import type { ServerAddress } from '../ports/exchange.ts';
import type { ChainLimits, ValidationVariants } from '../validator/needs.ts';
import type { DomainName } from '../wire/name.ts';
import type { RequestLimits } from './request-budget.ts';

export interface ForwardZone {
  readonly zone: DomainName;
  readonly servers: readonly ServerAddress[];
  /** The servers resolve for us (RD=1); else they are authoritative. */
  readonly recurse: boolean;
  /** When the servers fail, resolve from the root. */
  readonly first: boolean;
  /**
   * Takes the place of `servers` for a delegation within a local zone. Such a zone is insecure, as the one that delegates
   * to it is, unless a trust anchor at or below its name says otherwise.
   */
  readonly delegatedTo?: readonly NameServer[];
}

export interface CacheOptions {
  /** Accounted octets of the answer cache (cache.max-bytes). */
  readonly maxOctets: number;
  readonly maxEntryOctets: number;
  /** Of the hashes that names are found by; nobody outside knows it. Default 0, for tests. */
  readonly hashSeed?: number;
  readonly maxDelegations: number;
  readonly maxZones: number;
  readonly maxFailures: number;
  readonly maxServers: number;
  readonly serverTtl: number;
  readonly throttling: ThrottlingOptions;
  readonly nonResolving: NonResolvingOptions;
  /** Seconds. */
  readonly maxTtl: number;
  readonly minTtl: number;
  readonly maxNegativeTtl: number;
  readonly minNegativeTtl: number;
  readonly bogusTtl: number;
  /** NSEC and NSEC3 records kept for synthesis (RFC 8198); 0 switches it off. */
  readonly maxAggressiveRecords: number;
  /** Which denials of a name deny the names below it (RFC 8020): none, the secure ones, or all. */
  readonly nothingBelowNxdomain: 'no' | 'dnssec' | 'yes';
  /** A top-level name that the root denies has nothing below it, whether or not that was validated. */
  readonly rootNxTrust: boolean;
  /** What is no better does not replace a live record before this percentage of its life has passed. */
  readonly lockedTtlPercent: number;
  /** Keeps what has ended beside less trusted data about the same, for serving it once more (RFC 8767). */
  readonly keepsExpired: boolean;
}

/** Limits that may change while the resolver runs. */
export type ResizableCache = Partial<Pick<CacheOptions, 'maxOctets' | 'maxAggressiveRecords' | 'minTtl'>>;

/** What may change while the resolver runs, beside what is forgotten for it. */
export interface ResolverChange {
  /** Take the place of the present ones. */
  readonly anchors?: TrustAnchors;
  readonly forwardZones?: readonly ForwardZone[];
  readonly cache?: ResizableCache;
}

export interface ValidationOptions {
  readonly policy: AlgorithmPolicy;
  readonly limits: DnssecLimits;
  readonly chainLimits: ChainLimits;
  /** Without it, a trust anchor whose zone shows no signatures is given up. */
  readonly hardenStripped: boolean;
  readonly inceptionSkew: number;
  readonly expirationSkew: number;
  readonly variants?: ValidationVariants;
}

/** When data that have ended are served (RFC 8767). */
export interface StaleOptions {
  /** For so long after their end; infinity is for ever. */
  readonly windowSeconds: number;
  /** That time begins anew when fresh data could not be had. */
  readonly restartsOnFailure: boolean;
  /** So long a client waits for fresh data, if it does not hear before that there are none; 0 serves stale data at once. */
  readonly clientTimeoutMs: number;
  /** TTL of stale data, seconds. */
  readonly replyTtl: number;
  /** Extended errors 3 and 19 say that the data are stale. */
  readonly tellsClient: boolean;
}

/** How what is known is handed out, and kept fresh. */
export interface ServingOptions {
  /** Undefined when data that have ended are never served. */
  readonly stale: StaleOptions | undefined;
  /** A question in the last part of an answer's life, of so many percent, renews it; 0 is never. */
  readonly refreshPercent: number;
  /** Answers that are being renewed at any time. */
  readonly maxRefreshes: number;
  /** The TTLs that servers gave go out, not what is left of them. */
  readonly originalTtl: boolean;
}

export const DEFAULT_SERVING_OPTIONS: ServingOptions = {
  stale: undefined,
  refreshPercent: 0,
  maxRefreshes: 200,
  originalTtl: false,
};

export interface ResolverOptions {
  readonly rootServers: readonly NameServer[];
  readonly anchors: TrustAnchors;
  readonly forwardZones: readonly ForwardZone[];
  readonly iteration: IterationOptions;
  readonly request: RequestLimits;
  readonly cache: CacheOptions;
  readonly validation: ValidationOptions;
  /** Default `DEFAULT_SERVING_OPTIONS`. */
  readonly serving?: ServingOptions;
}

export const DEFAULT_CACHE_OPTIONS: CacheOptions = {
  maxOctets: 256 * 1024 * 1024,
  maxEntryOctets: 64 * 1024,
  maxDelegations: 50_000,
  maxZones: 50_000,
  maxFailures: 20_000,
  maxServers: 20_000,
  serverTtl: 900,
  throttling: DEFAULT_THROTTLING,
  nonResolving: DEFAULT_NON_RESOLVING,
  maxTtl: 86_400,
  minTtl: 0,
  maxNegativeTtl: 3_600,
  minNegativeTtl: 0,
  bogusTtl: 60,
  maxAggressiveRecords: 100_000,
  nothingBelowNxdomain: 'dnssec',
  rootNxTrust: true,
  lockedTtlPercent: 0,
  keepsExpired: false,
};
