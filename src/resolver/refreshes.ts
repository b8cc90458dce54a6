// Answers that are renewed while nobody waits: popular ones shortly before their end, and those that were served stale.
// Bounded in number, each with a budget of its own (SECURITY A-53).
import type { AnswerEntry } from '../cache/answer-cache.ts';
import type { Finding, LookupResult } from './finding.ts';
import type { RequestLimits } from './request-budget.ts';

/** A renewal's part of what a client's question may cost. */
const BUDGET_SHARE = 2;
/** Shorter lives are over before a renewal would be of use, seconds. */
const LEAST_LIFE_SECONDS = 10;
/** An answer that is being renewed is given without asking for so long, so that its successor is soon seen. */
const AGING_KEPT_SECONDS = 2;
/** Entries remembered that have been renewed once: what did not take their place then is not fetched again and again. */
const MAX_REMEMBERED = 10_000;

export class Refreshes {
  /** Renewals taken on, and those that are over. */
  begun = 0;
  ended = 0;
  private readonly percent: number;
  private readonly maxUnderWay: number;
  private readonly underWay = new Set<string>();
  /** When the entry was stored that was to be renewed last, by question. */
  private readonly tried = new Map<string, number>();

  constructor(percent: number, maxUnderWay: number) {
    this.percent = percent;
    this.maxUnderWay = maxUnderWay;
  }

  /** Whether something found in the caches is to be renewed, as far as its age goes. */
  isAging({ finding, stale }: LookupResult & { ok: true }, now: number): boolean {
    if (this.percent === 0 || stale !== undefined) return false;
    const entry = renewable(finding);
    return entry !== undefined && now >= agingAt(entry, this.percent);
  }

  /** Takes a renewal on; false when it is under way, or there are enough. `end` is due when it is over. */
  begin(key: string): boolean {
    if (this.underWay.size >= this.maxUnderWay || this.underWay.has(key)) return false;
    this.underWay.add(key);
    this.begun++;
    return true;
  }

  /** As `begin`, once for an entry stored at a certain time. */
  beginOnce(key: string, { finding }: LookupResult & { ok: true }): boolean {
    const entry = renewable(finding);
    if (entry === undefined || this.tried.get(key) === entry.storedAt || !this.begin(key)) return false;
    if (this.tried.size >= MAX_REMEMBERED) this.tried.clear();
    this.tried.set(key, entry.storedAt);
    return true;
  }

  end(key: string): void {
    if (this.underWay.delete(key)) this.ended++;
  }
}

/**
 * Seconds until a question about it would renew an answer, as long as it may be given without asking: whoever keeps it
 * longer would keep popular names from being renewed. Infinity when nothing is renewed.
 */
export function secondsToRefresh(finding: Finding, percent: number, now: number): number {
  if (percent === 0) return Number.POSITIVE_INFINITY;
  const entry = renewable(finding);
  if (entry === undefined) return Number.POSITIVE_INFINITY;
  const seconds = Math.ceil(agingAt(entry, percent) - now);
  return seconds > 0 ? seconds : AGING_KEPT_SECONDS;
}

/** Undefined for what was made up from other answers, or lives too short. */
function renewable(finding: Finding): AnswerEntry | undefined {
  if (finding.kind === 'negative' && finding.synthesised) return undefined;
  const entry = finding.kind === 'rrsets' ? finding.entries[0] : finding.entry;
  if (entry === undefined || entry.verdict?.status === 'bogus') return undefined;
  return entry.expiresAt - entry.storedAt >= LEAST_LIFE_SECONDS ? entry : undefined;
}

/** Cache-clock seconds: from then on, a question renews the entry. */
function agingAt({ storedAt, expiresAt }: AnswerEntry, percent: number): number {
  return expiresAt - ((expiresAt - storedAt) * percent) / 100;
}

/** What one renewal may cost. */
export function refreshLimits(limits: RequestLimits): RequestLimits {
  const share = (limit: number): number => Math.ceil(limit / BUDGET_SHARE);
  return {
    ...limits,
    maxUpstream: share(limits.maxUpstream),
    maxOctets: share(limits.maxOctets),
    maxAddressLookups: share(limits.maxAddressLookups),
    maxFailedAddressLookups: share(limits.maxFailedAddressLookups),
    maxCpuMs: share(limits.maxCpuMs),
  };
}
