// Metrics that are kept elsewhere and read when somebody asks.
import type { ClientSockets } from '../io/client-sockets.ts';
import type { Clock } from '../ports/clock.ts';
import type { Pipeline } from '../server/pipeline.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { UpstreamCounters } from '../upstream/counters.ts';

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
  metrics.observe('all_outqueries', () => upstream.udpQueries + upstream.tcpQueries);
  metrics.observe('tcp_outqueries', () => upstream.tcpQueries);
  metrics.observe('outgoing_timeouts', () => upstream.timeouts);
  metrics.observe('unreachables', () => upstream.unreachable + upstream.connectionsRefused);
  metrics.observe('resource_limits', () => upstream.noSocket);
  metrics.observe('spoof_prevents', () => upstream.spoofSuspected);
  metrics.observe('unexpected_packets', () => upstream.nearMisses + upstream.ignored);
  metrics.observe('case_mismatches', () => upstream.caseMismatches);
  metrics.observe('server_parse_errors', () => upstream.malformed);
}
