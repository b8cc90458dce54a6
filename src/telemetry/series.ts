// How the numbers of the last minutes have grown: one point for each span of a few seconds, made from counters that are
// kept anyway. Queries pay nothing for it.
import type { Metrics } from './metrics.ts';
import { Ring } from './ring.ts';

/** Length of a span, and the points kept: ten minutes. */
export const SERIES_SPAN_SECONDS = 5;
const MAX_POINTS = 120;

/** What was added within a span. */
export interface SeriesSpan {
  /** Its end, Unix seconds. */
  readonly atSeconds: number;
  readonly seconds: number;
  readonly queries: number;
  /** Answered from the cache, ready replies included. */
  readonly hits: number;
  readonly bogus: number;
  readonly servfail: number;
  /** Mean time to answer what was not answered with a ready reply; undefined when there was nothing. */
  readonly latencyMs: number | undefined;
}

interface Totals {
  readonly atSeconds: number;
  readonly queries: number;
  readonly hits: number;
  readonly bogus: number;
  readonly servfail: number;
  readonly answered: number;
  readonly latencySeconds: number;
}

export class Series {
  private readonly metrics: Metrics;
  private readonly spans = new Ring<SeriesSpan>(MAX_POINTS);
  private before: Totals;

  constructor(metrics: Metrics, nowSeconds: number) {
    this.metrics = metrics;
    this.before = this.totals(nowSeconds);
  }

  /** Ends a span. */
  tick(nowSeconds: number): void {
    const { before } = this;
    const after = this.totals(nowSeconds);
    this.before = after;
    const grown = (of: (totals: Totals) => number): number => Math.max(0, of(after) - of(before));
    const answered = grown((totals) => totals.answered);
    this.spans.add({
      atSeconds: nowSeconds,
      // The wall clock may be set.
      seconds: Math.max(1, after.atSeconds - before.atSeconds),
      queries: grown((totals) => totals.queries),
      hits: grown((totals) => totals.hits),
      bogus: grown((totals) => totals.bogus),
      servfail: grown((totals) => totals.servfail),
      latencyMs: answered === 0 ? undefined : (grown((totals) => totals.latencySeconds) * 1000) / answered,
    });
  }

  /** The oldest first. */
  points(): SeriesSpan[] {
    return [...this.spans.newestFirst()].reverse();
  }

  private totals(atSeconds: number): Totals {
    const { metrics } = this;
    const { clientAnswers } = metrics.histograms;
    return {
      atSeconds,
      queries: metrics.value('questions'),
      hits: metrics.value('cache_hits') + metrics.value('packetcache_hits'),
      bogus: metrics.value('dnssec_result_bogus'),
      servfail: metrics.value('servfail_answers'),
      answered: clientAnswers.count,
      latencySeconds: clientAnswers.sumSeconds,
    };
  }
}
