// The numbers that matter, as a few lines of the log: on SIGUSR1, and every `logging.statistics_interval` seconds.
import type { Clock } from '../ports/clock.ts';
import type { Timer, Timers } from '../ports/timers.ts';
import type { Log } from '../telemetry/log.ts';
import type { MetricName, Metrics } from '../telemetry/metrics.ts';

export function logStatistics(metrics: Metrics, log: Log): void {
  const value = (name: MetricName): number => metrics.value(name);
  const [questions, hits, misses] = [value('questions'), value('cache_hits'), value('cache_misses')];
  const [sent, timeouts] = [value('all_outqueries'), value('outgoing_timeouts')];
  log.always('info', 'statistics of questions', {
    questions,
    noerror: value('noerror_answers'),
    nxdomain: value('nxdomain_answers'),
    servfail: value('servfail_answers'),
    underWay: value('concurrent_queries'),
    latencyUs: value('qa_latency'),
    uptime: value('uptime'),
  });
  log.always('info', 'statistics of caches', {
    records: value('cache_entries'),
    negative: value('negcache_entries'),
    hits,
    misses,
    hitPercent: percent(hits, hits + misses),
  });
  log.always('info', 'statistics of servers', {
    queries: sent,
    tcp: value('tcp_outqueries'),
    queriesPerQuestion: questions === 0 ? 0 : Math.round((100 * sent) / questions) / 100,
    timeouts,
    timeoutPercent: percent(timeouts, sent),
    throttled: value('throttled_out'),
  });
  log.always('info', 'statistics of validation', {
    validations: value('dnssec_validations'),
    secure: value('dnssec_result_secure'),
    insecure: value('dnssec_result_insecure'),
    bogus: value('dnssec_result_bogus'),
    underNegativeAnchor: value('dnssec_result_nta'),
  });
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((100 * part) / whole);
}

/** Calls `tell` again and again. */
export class StatisticsTimer {
  private readonly timers: Timers;
  private readonly clock: Pick<Clock, 'monotonicMs'>;
  private readonly tell: () => void;
  private timer: Timer | undefined;
  private intervalSeconds = 0;

  constructor(timers: Timers, clock: Pick<Clock, 'monotonicMs'>, tell: () => void) {
    this.timers = timers;
    this.clock = clock;
    this.tell = tell;
  }

  /** Another interval from now on; 0 ends it. */
  every(seconds: number): void {
    if (seconds === this.intervalSeconds) return;
    this.intervalSeconds = seconds;
    this.timer?.cancel();
    if (seconds > 0) this.schedule();
  }

  private schedule(): void {
    this.timer = this.timers.at(this.clock.monotonicMs() + this.intervalSeconds * 1000, () => {
      this.tell();
      this.schedule();
    });
  }
}
