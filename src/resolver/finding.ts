// What is known of one (name, type): from the cache, from a response, or synthesised. The unit that answers are made of.
import type { NegativeEntry, PositiveEntry } from '../cache/answer-cache.ts';
import type { Verdict } from '../dnssec/verdict.ts';
import { RRClass, RRType } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { DomainName } from '../wire/name.ts';
import type { RRset } from '../wire/record.ts';

export type Finding =
  /** The data asked for; several entries only for ANY. */
  | { readonly kind: 'rrsets'; readonly entries: readonly PositiveEntry[] }
  /** A CNAME at the name, or a DNAME above it; `target` is undefined when substitution makes the name too long. */
  | {
      readonly kind: 'alias';
      readonly entry: PositiveEntry;
      readonly type: 'cname' | 'dname';
      readonly target: DomainName | undefined;
    }
  | { readonly kind: 'negative'; readonly entry: NegativeEntry; readonly synthesised: boolean };

/** Why data that have ended are served. */
export interface StaleReason {
  /** What kept fresh data away; empty while they are being fetched. */
  readonly errors: readonly ExtendedError[];
}

export type LookupResult =
  | {
      readonly ok: true;
      readonly finding: Finding;
      /** Findings about the alias targets that the same response spoke of, by `rrsetKey(name, type)`. */
      readonly further: ReadonlyMap<string, Finding> | undefined;
      /** It came from the cache, without any packet. */
      readonly cached: boolean;
      /** A server says that the target of the alias that was asked for does not exist; true only of a fresh response. */
      readonly deniesTarget?: boolean;
      /** It has ended, and fresh data could not be had, or not yet (RFC 8767): why, as far as that is known. */
      readonly stale?: StaleReason;
    }
  | {
      readonly ok: false;
      readonly failure: string;
      readonly errors: readonly ExtendedError[];
      readonly cached: boolean;
      /** Of a failure that is a verdict: how far the chain of trust was followed, and what stopped it. */
      readonly verdict?: Verdict | undefined;
    };

/** The verdict of a finding; of several RRsets, that of the worst: an answer to ANY is no better than that. */
export function verdictOfFinding(finding: Finding): Verdict | undefined {
  if (finding.kind !== 'rrsets') return finding.entry.verdict;
  const { entries } = finding;
  const worst =
    entries.find(({ verdict }) => verdict?.status === 'bogus') ??
    entries.find(({ verdict }) => verdict?.status !== 'secure') ??
    entries[0];
  return worst?.verdict;
}

/** RFC 6672 3.1: the CNAME that stands for the substitution, with the DNAME's TTL; it is not signed. */
export function synthesisedCname(name: DomainName, dname: RRset, target: DomainName): RRset {
  return { name, type: RRType.CNAME, class: RRClass.IN, ttl: dname.ttl, rdatas: [target.octets], signatures: [] };
}
