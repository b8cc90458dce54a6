// Metrics that are kept elsewhere and read when somebody asks.
import { readdirSync } from 'node:fs';
import type { ClientSockets } from '../io/client-sockets.ts';
import type { Clock } from '../ports/clock.ts';
import type { RecursiveResolver } from '../resolver/resolver.ts';
import type { Pipeline } from '../server/pipeline.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { UpstreamCounters } from '../upstream/counters.ts';
import { TYPICAL_ENTRY_OCTETS } from './resolver-options.ts';

export interface MetricSources {
  readonly log: Pick<Log, 'suppressedLines'>;
  readonly pipeline: Pick<Pipeline, 'waitingCount'>;
  readonly sockets: Pick<ClientSockets, 'openConnections'>;
  readonly upstream: UpstreamCounters;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** Connects metrics with where they are counted. */
export function observeSources(metrics: Metrics, { log, pipeline, sockets, upstream, clock }: MetricSources): void {
  const startedAtMs = clock.monotonicMs();
  metrics.observe('uptime', () => Math.floor((clock.monotonicMs() - startedAtMs) / 1000));
  metrics.observe('concurrent_queries', () => pipeline.waitingCount);
  metrics.observe('tcp_clients', () => sockets.openConnections);
  metrics.observe('log_lines_suppressed', () => log.suppressedLines);
  metrics.observe('all_outqueries', () => upstream.udpQueries + upstream.tcpQueries + upstream.tlsQueries);
  metrics.observe('tcp_outqueries', () => upstream.tcpQueries);
  metrics.observe('dot_outqueries', () => upstream.tlsQueries);
  metrics.observe('outgoing_timeouts', () => upstream.timeouts);
  metrics.observe('unreachables', () => upstream.unreachable + upstream.connectionsRefused + upstream.tlsFailures);
  metrics.observe('resource_limits', () => upstream.noSocket);
  metrics.observe('spoof_prevents', () => upstream.spoofSuspected);
  metrics.observe('unexpected_packets', () => upstream.nearMisses + upstream.ignored);
  metrics.observe('case_mismatches', () => upstream.caseMismatches);
  metrics.observe('server_parse_errors', () => upstream.malformed);
  observeProcess(metrics);
}

/** Connects the metrics of the caches and of the work under way. */
export function observeResolver(
  metrics: Metrics,
  resolver: RecursiveResolver,
  clock: Pick<Clock, 'monotonicMs'>,
): void {
  const { answers, denials, failures, servers } = resolver.knowledge;
  metrics.observe('cache_entries', () => answers.size - answers.negativeSize);
  metrics.observe('max_cache_entries', () => Math.floor(answers.maxOctets / TYPICAL_ENTRY_OCTETS));
  metrics.observe('negcache_entries', () => answers.negativeSize);
  metrics.observe('aggressive_nsec_cache_entries', () => denials.size);
  metrics.observe('aggressive_nsec_cache_nsec_hits', () => denials.hits.nsec);
  metrics.observe('aggressive_nsec_cache_nsec3_hits', () => denials.hits.nsec3);
  metrics.observe('aggressive_nsec_cache_nsec_wc_hits', () => denials.hits.nsecWildcard);
  metrics.observe('aggressive_nsec_cache_nsec3_wc_hits', () => denials.hits.nsec3Wildcard);
  metrics.observe('nsspeeds_entries', () => servers.size);
  metrics.observe('failed_host_entries', () => {
    let count = 0;
    for (const { timeoutsInRow } of servers.known(clock.monotonicMs(), resolver.knowledge.now)) {
      if (timeoutsInRow > 0) count++;
    }
    return count;
  });
  metrics.observe('throttle_entries', () => failures.size);
  metrics.observe('throttled_out', () => failures.hits);
  metrics.observe('throttled_outqueries', () => failures.hits);
  metrics.observe('chain_resends', () => resolver.chained);
  metrics.observe('almost_expired_pushed', () => resolver.refreshes.begun);
  metrics.observe('almost_expired_run', () => resolver.refreshes.ended);
}

function observeProcess(metrics: Metrics): void {
  const milliseconds = (microseconds: number): number => Math.floor(microseconds / 1000);
  metrics.observe('real_memory_usage', () => process.memoryUsage.rss());
  metrics.observe('fd_usage', openDescriptors);
  metrics.observe('user_msec', () => milliseconds(process.cpuUsage().user));
  metrics.observe('sys_msec', () => milliseconds(process.cpuUsage().system));
  metrics.observe('cpu_msec_thread_0', () => {
    const { user, system } = process.cpuUsage();
    return milliseconds(user + system);
  });
}

/** Linux lists them; elsewhere the number is not known. */
function openDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}
