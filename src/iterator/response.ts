// What a server's reply says once it has been scrubbed and classified: the only form in which the rest sees it.
import type { NameServer } from '../cache/delegation-store.ts';
import type { DomainName } from '../wire/name.ts';
import type { RRset } from '../wire/record.ts';

/** One step of an answer: an alias, or the RRsets that were asked for (several only for ANY). */
export type AnswerStep =
  | { readonly kind: 'cname'; readonly name: DomainName; readonly rrset: RRset; readonly target: DomainName }
  /** `target` is undefined when the substituted name is too long (RFC 6672 2.2: YXDOMAIN). */
  | {
      readonly kind: 'dname';
      readonly name: DomainName;
      readonly rrset: RRset;
      readonly target: DomainName | undefined;
    }
  | { readonly kind: 'rrsets'; readonly name: DomainName; readonly rrsets: readonly RRset[] };

/** How the chain of steps ends; `unfinished` when the last alias leads out of what this server may speak for. */
export type Conclusion = 'answer' | 'nodata' | 'nxdomain' | 'yxdomain' | 'unfinished';

export interface Response {
  readonly name: DomainName;
  readonly type: number;
  /** Apex of the zone whose server was asked; everything in here lies at or below it. */
  readonly zone: DomainName;
  /** `address#port`. */
  readonly server: string;
  /** Milliseconds that the server took. */
  readonly rttMs?: number | undefined;
  readonly authoritative: boolean;
  readonly steps: readonly AnswerStep[];
  readonly conclusion: Conclusion;
  /**
   * The server says NXDOMAIN beside the alias that was asked for: it has followed the alias, and means the target (RFC 2308
   * 2.1, RFC 6604 3). No more than a word: nothing in `denial` has to be about the target.
   */
  readonly deniesTarget: boolean;
  /** The name that the conclusion is about. */
  readonly lastName: DomainName;
  readonly soa: RRset | undefined;
  /** NSEC and NSEC3 sets with their signatures. */
  readonly denial: readonly RRset[];
  /** Name servers of the answer to a priming question (RFC 9609), with their addresses. */
  readonly rootServers: readonly NameServer[] | undefined;
  /** NS names of `zone` as its own server gives them, if it does; nothing but a last resort for routing. */
  readonly ownNameServers: readonly DomainName[];
}

/** A referral to a zone below the one asked. */
export interface Referral {
  readonly zone: DomainName;
  readonly nameServers: readonly NameServer[];
  /** DS, NSEC and NSEC3 sets of the authority section. */
  readonly securityMaterial: readonly RRset[];
  /** Seconds: the least of NS, used glue and DS TTLs. */
  readonly ttl: number;
}
