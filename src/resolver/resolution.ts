// What the resolver is asked and what it answers: data, without regard to how a client wants it on the wire.
import type { Verdict } from '../dnssec/verdict.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { Question } from '../wire/message.ts';
import type { DomainName } from '../wire/name.ts';
import type { RRset } from '../wire/record.ts';

export interface ResolutionRequest {
  readonly question: Question;
  /** CD: hand over data that are bogus or not validated. */
  readonly checkingDisabled: boolean;
  /** False (a query without RD) answers from the cache only. */
  readonly recursionDesired: boolean;
  /**
   * False skips validation altogether (modes `off` and `process-no-validate`, and `process` for a client that set
   * neither AD nor DO).
   */
  readonly validate: boolean;
  /** The client set CD and validates by itself: nothing that nobody has signed is made up for it (RFC 6147 5.5). */
  readonly clientValidates?: boolean;
}

/** An RRset as it leaves the resolver: its TTL has been aged and capped. */
export interface ResolvedRRset {
  readonly rrset: RRset;
  /** Seconds. */
  readonly ttl: number;
}

export interface Resolution {
  readonly rcode: number;
  /** In order: each alias, then the final RRset. */
  readonly answer: readonly ResolvedRRset[];
  /** SOA and denial records of a negative answer, the proofs of a wildcard answer. NSEC and NSEC3 included. */
  readonly authority: readonly ResolvedRRset[];
  /** The worst verdict of all parts; undefined when nothing was validated. */
  readonly verdict: Verdict | undefined;
  /** Everything in answer and authority is secure, and no opt-out span was relied on: AD may be set. */
  readonly authentic: boolean;
  /** Most specific first. */
  readonly errors: readonly ExtendedError[];
  /**
   * A compact denial shows that the name does not exist although the RCODE is NOERROR: clients without DO are told
   * NXDOMAIN (RFC 9824 5.1).
   */
  readonly deniedCompactly?: boolean;
  /** Nothing in it depends on the client, so that others may be given the same. */
  readonly shareable: boolean;
  /** Seconds for which others may be given the same without asking here; undefined for as long as its TTLs last. */
  readonly keepSeconds?: number;
}

/** What a configured zone says to a question that an alias has led to. */
export type LocalTarget =
  | { readonly kind: 'answer'; readonly resolution: Resolution }
  | { readonly kind: 'alias'; readonly aliases: readonly ResolvedRRset[]; readonly target: DomainName };

/** Zones that are configured here and have no servers; undefined where a look-up decides. */
export type LocalTargets = (question: Question) => LocalTarget | undefined;

/** Answers questions; `done` is called exactly once, perhaps from within the call when the cache knows. */
export interface Resolver {
  resolve(request: ResolutionRequest, done: (resolution: Resolution) => void): void;
}
