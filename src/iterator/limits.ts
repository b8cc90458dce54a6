// Bounds of iteration (SECURITY 1.2, 1.3): value and reason of each. The daemon overrides them from its configuration.

export interface IterationLimits {
  /** Packets for one (name, type) walk (query.max-upstream-per-fetch). */
  readonly maxUpstreamPerFetch: number;
  /** Referrals followed in one walk (query.max-referrals; A-25). */
  readonly maxReferrals: number;
  /** Packets to one address for one question: the fixed list of variations. */
  readonly maxAttemptsPerServer: number;
  /** NS names kept of a referral, a random subset of more (deleg.max-ns; ). */
  readonly maxNameServers: number;
  /** Addresses of each family kept for one NS name (deleg.max-glue-per-ns). */
  readonly maxGluePerFamily: number;
  /** Distinct addresses of one delegation. */
  readonly maxAddresses: number;
  /** NS names without address looked up for one delegation (deleg.max-glueless). */
  readonly maxGluelessPerDelegation: number;
  /** The same for one client query. */
  readonly maxGluelessPerQuery: number;
  /** Failed NS address look-ups for one client query (query.max-ns-nxdomain). */
  readonly maxFailedAddressLookups: number;
  /** CNAME and DNAME steps read from one reply, and followed for one client query (query.max-aliases). */
  readonly maxAliases: number;
  /** Minimised questions in one walk, and how many of them add a single label (RFC 9156 2.3). */
  readonly maxMinimisedSteps: number;
  readonly maxOneLabelSteps: number;
  /** Failures of minimised questions after which the full name is asked. */
  readonly maxMinimisedFailures: number;
  /** Records of one RRset (rrset.max-records). */
  readonly maxRecordsPerRRset: number;
  /** Signatures kept for one RRset (scrub.max-rrsig). */
  readonly maxSignaturesPerRRset: number;
  /** RRsets of an answer to ANY (any.max-rrsets). */
  readonly maxAnyRRsets: number;
  /** Records of these RRsets together; those that do not fit are left out (RFC 8482 4.1). */
  readonly maxAnyRecords: number;
  /** Seconds: least and greatest life of a delegation (deleg.min-ttl, deleg.max-ttl). */
  readonly minDelegationTtl: number;
  readonly maxDelegationTtl: number;
}

export const DEFAULT_ITERATION_LIMITS: IterationLimits = {
  maxUpstreamPerFetch: 50,
  maxReferrals: 32,
  maxAttemptsPerServer: 4,
  maxNameServers: 13,
  maxGluePerFamily: 4,
  maxAddresses: 26,
  maxGluelessPerDelegation: 6,
  maxGluelessPerQuery: 16,
  maxFailedAddressLookups: 5,
  maxAliases: 11,
  maxMinimisedSteps: 10,
  maxOneLabelSteps: 4,
  maxMinimisedFailures: 3,
  maxRecordsPerRRset: 256,
  maxSignaturesPerRRset: 8,
  maxAnyRRsets: 24,
  maxAnyRecords: 256,
  minDelegationTtl: 60,
  maxDelegationTtl: 86_400,
};
