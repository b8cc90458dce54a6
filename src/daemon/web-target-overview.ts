// The numbers of the overview, from counters that are kept anyway.
import { failureOf } from '../dnssec/verdict.ts';
import type { Knowledge } from '../resolver/knowledge.ts';
import type { ForwardZone } from '../resolver/options.ts';
import type { FailureJournal } from '../telemetry/failure-journal.ts';
import type { Bucket } from '../telemetry/histogram.ts';
import type { MetricName, Metrics } from '../telemetry/metrics.ts';
import type { Series, SeriesSpan } from '../telemetry/series.ts';
import type { FailingZone, LatencyBucket, Overview, SeriesPoint, SlowServer } from '../web/target.ts';
import { typeText } from '../wire/constants.ts';
import type { Question } from '../wire/message.ts';
import { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import type { QueryCounters } from './query-counters.ts';
import { isoTime, roundedTo } from './web-target-times.ts';

const MAX_TYPES = 12;
const MAX_SLOW_SERVERS = 10;
const MAX_FAILING_ZONES = 10;

export interface OverviewParts {
  readonly version: string;
  readonly threads: number;
  readonly startedAtSeconds: number;
  readonly metrics: Metrics;
  readonly counters: Pick<QueryCounters, 'queryTypes'>;
  readonly series: Pick<Series, 'points'>;
}

export type Numbers = Omit<Overview, 'slowServers' | 'failingZones'>;

export function numbersOf(parts: OverviewParts, nowSeconds: number): Numbers {
  const { metrics } = parts;
  const value = (name: MetricName): number => metrics.value(name);
  const spans = parts.series.points();
  const last = spans.at(-1);
  const replyHits = value('packetcache_hits');
  const hits = value('cache_hits') + replyHits;
  const misses = value('cache_misses');
  return {
    version: parts.version,
    now: isoTime(nowSeconds),
    startedAt: isoTime(parts.startedAtSeconds),
    uptimeSeconds: value('uptime'),
    threads: parts.threads,
    queries: {
      total: value('questions'),
      perSecond: last === undefined ? 0 : roundedTo(last.queries / last.seconds, 1),
      tcp: value('tcp_questions'),
      ipv6: value('ipv6_questions'),
      byType: parts.counters
        .queryTypes()
        .slice(0, MAX_TYPES)
        .map(({ type, count }) => ({ type: typeText(type), count })),
      rcodes: {
        noerror: value('noerror_answers'),
        nxdomain: value('nxdomain_answers'),
        servfail: value('servfail_answers'),
      },
    },
    cache: {
      hits,
      misses,
      replyHits,
      hitShare: hits + misses === 0 ? 0 : roundedTo(hits / (hits + misses), 4),
      entries: value('cache_entries'),
      maxEntries: value('max_cache_entries'),
      replyEntries: value('packetcache_entries'),
      negativeEntries: value('negcache_entries'),
      denialEntries: value('aggressive_nsec_cache_entries'),
    },
    verdicts: {
      secure: value('dnssec_result_secure'),
      insecure: value('dnssec_result_insecure'),
      bogus: value('dnssec_result_bogus'),
      indeterminate: value('dnssec_result_indeterminate'),
      nta: value('dnssec_result_nta'),
    },
    latency: latencyOf(metrics),
    upstream: {
      queries: value('all_outqueries'),
      timeouts: value('outgoing_timeouts'),
      tcp: value('tcp_outqueries'),
    },
    process: {
      rssBytes: value('real_memory_usage'),
      cpuSeconds: roundedTo((value('user_msec') + value('sys_msec')) / 1000, 2),
    },
    series: spans.map(pointOf),
  };
}

function pointOf({ atSeconds, queries, hits, bogus, servfail, latencyMs }: SeriesSpan): SeriesPoint {
  return {
    at: isoTime(atSeconds),
    queries,
    hits,
    bogus,
    servfail,
    latencyMs: latencyMs === undefined ? null : roundedTo(latencyMs, 3),
  };
}

function latencyOf(metrics: Metrics): Overview['latency'] {
  const { clientAnswers } = metrics.histograms;
  const buckets = clientAnswers.buckets();
  let before = 0;
  const own = buckets.map(({ boundMicroseconds, count }): LatencyBucket => {
    const difference = count - before;
    before = count;
    return { leMs: Number.isFinite(boundMicroseconds) ? boundMicroseconds / 1000 : null, count: difference };
  });
  return {
    // `qa_latency` moves so slowly, as PowerDNS's does, that it says nothing in the first hours of a small network.
    averageMs: before === 0 ? 0 : roundedTo((clientAnswers.sumSeconds * 1000) / before, 3),
    p50Ms: quantile(buckets, 0.5),
    p99Ms: quantile(buckets, 0.99),
    buckets: own,
  };
}

/** The bound of the first bucket up to which so large a share lies. */
function quantile(buckets: readonly Bucket[], share: number): number | null {
  const all = buckets.at(-1)?.count ?? 0;
  if (all === 0) return null;
  const bound = buckets.find(({ count }) => count >= all * share)?.boundMicroseconds ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(bound) ? bound / 1000 : null;
}

/** The servers that take longest, with the forward zones that they serve. */
export function slowServersOf(
  knowledge: Pick<Knowledge, 'servers' | 'now'> | undefined,
  forwardZones: readonly ForwardZone[],
  nowMs: number,
): SlowServer[] {
  if (knowledge === undefined) return [];
  const slowest: { readonly server: string; readonly rttMs: number }[] = [];
  for (const { key, rttMs } of knowledge.servers.known(nowMs, knowledge.now)) {
    if (rttMs === undefined) continue;
    const least = slowest.at(-1);
    if (slowest.length >= MAX_SLOW_SERVERS && least !== undefined && rttMs <= least.rttMs) continue;
    slowest.push({ server: key, rttMs });
    slowest.sort((a, b) => b.rttMs - a.rttMs);
    slowest.length = Math.min(slowest.length, MAX_SLOW_SERVERS);
  }
  return slowest.map(({ server, rttMs }) => ({
    server,
    rttMs: roundedTo(rttMs, 1),
    zones: forwardZones
      .filter(({ servers }) => servers.some(({ key }) => key === server))
      .map(({ zone }) => nameText(zone)),
  }));
}

/** Zones by how often answers from them have failed lately. */
export function failingZonesOf(
  failures: Pick<FailureJournal, 'newestFirst'>,
  knowledge: Pick<Knowledge, 'closestDelegation' | 'routes'> | undefined,
): FailingZone[] {
  const zones = new Map<string, { -readonly [K in keyof FailingZone]: FailingZone[K] }>();
  for (const entry of failures.newestFirst()) {
    const { verdict } = entry.resolution;
    const link = verdict === undefined ? undefined : failureOf(verdict);
    const zone = link?.zone ?? zoneAsked(entry.question, knowledge);
    const known = zones.get(zone.key);
    if (known === undefined) {
      const { cause, count, lastSeconds } = entry;
      zones.set(zone.key, { zone: nameText(zone), count, cause, last: isoTime(lastSeconds) });
    } else {
      known.count += entry.count;
    }
  }
  return [...zones.values()].sort((a, b) => b.count - a.count).slice(0, MAX_FAILING_ZONES);
}

/** The zone whose servers a question goes to, as far as that is known. */
function zoneAsked(
  { name, type }: Question,
  knowledge: Pick<Knowledge, 'closestDelegation' | 'routes'> | undefined,
): DomainName {
  const route = knowledge?.routes.routeOf(name, type);
  if (route?.kind === 'forward') return route.zone;
  return knowledge?.closestDelegation(name, DomainName.root)?.zone ?? name;
}
