// What the resolver reports, turned into counters and log lines.
import { ClockWatch } from '../explain/clock-watch.ts';
import type { ResolverEvents } from '../ports/events.ts';
import type { Ask, Outcome, ServerAddress } from '../ports/exchange.ts';
import type { Log } from '../telemetry/log.ts';
import { rcodeMetrics } from '../telemetry/metric-table.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Rankings } from '../telemetry/rankings.ts';
import { typeText } from '../wire/constants.ts';
import type { Question } from '../wire/message.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import type { Journals } from './journals.ts';
import type { LogSwitches } from './log-switches.ts';
import { stackOf } from './server-events.ts';
import type { Tracing } from './tracing.ts';

export interface ResolverEventsParts {
  readonly metrics: Metrics;
  readonly rankings: Rankings;
  readonly log: Log;
  readonly switches: Pick<LogSwitches, 'logBogus'>;
  readonly tracing: Pick<Tracing, 'traceOf'>;
  readonly onForgot: () => void;
  readonly journals?: Pick<Journals, 'onUpstream'> | undefined;
}

/** Counts and logs. */
export class CountingResolverEvents implements ResolverEvents {
  private readonly metrics: Metrics;
  private readonly rankings: Rankings;
  private readonly log: Log;
  private readonly switches: Pick<LogSwitches, 'logBogus'>;
  private readonly clockWatch = new ClockWatch();
  private readonly journals: ResolverEventsParts['journals'];
  readonly traceOf: Tracing['traceOf'];
  readonly forgot: () => void;

  constructor({ metrics, rankings, log, switches, tracing, onForgot, journals }: ResolverEventsParts) {
    this.metrics = metrics;
    this.rankings = rankings;
    this.log = log;
    this.switches = switches;
    this.traceOf = tracing.traceOf;
    this.forgot = onForgot;
    this.journals = journals;
  }

  upstream(ask: Ask, outcome: Outcome): void {
    const { server, edns } = ask;
    this.journals?.onUpstream(ask, outcome);
    if (outcome.kind === 'tls-failed') {
      this.log.limited('warn', `tls ${server.key}`, 'no TLS with a forwarder', {
        server: server.key,
        why: outcome.reason,
      });
    }
    if (outcome.kind !== 'no-socket') this.count(server, edns, outcome);
  }

  private count({ family, address }: ServerAddress, edns: boolean, outcome: Outcome): void {
    const { metrics } = this;
    const isIPv6 = family === 6;
    if (isIPv6) metrics.increment('ipv6_outqueries');
    if (!edns) metrics.increment('noedns_outqueries');
    if (outcome.kind === 'timeout') {
      metrics.increment(isIPv6 ? 'outgoing6_timeouts' : 'outgoing4_timeouts');
      this.rankings.timedOut(address);
    }
    if (outcome.kind === 'reply') {
      const metric = rcodeMetrics[outcome.message.rcode];
      if (metric !== undefined) metrics.increment(metric);
    }
    if ('rttMs' in outcome) metrics.histograms[isIPv6 ? 'serverAnswers6' : 'serverAnswers4'].add(outcome.rttMs);
  }

  bogus({ name, type }: Question, cause: string, summary: string, remedy: string): void {
    this.watchClock(name, cause);
    if (!this.switches.logBogus) return;
    const fields = { name: nameText(name), type: typeText(type), cause, why: summary, remedy: remedy || undefined };
    // One name that is asked for again and again does not drown the others.
    this.log.limited('warn', `bogus ${name.key}`, 'bogus data', fields);
  }

  private watchClock(name: DomainName, cause: string): void {
    const suspicion = this.clockWatch.note(name, cause, performance.now());
    if (suspicion === undefined) return;
    this.log.limited(
      'warn',
      'clock',
      `signatures of many zones fail by date: the clock of this machine seems ${suspicion}`,
      {
        clock: new Date().toISOString(),
        remedy: 'set the clock, and keep it right by NTP',
      },
    );
  }

  crashed({ name, type }: Question, error: unknown): void {
    this.metrics.increment('bugs');
    const fields = { name: nameText(name), type: typeText(type), stack: stackOf(error) };
    this.log.error('fault of the program; the work for one question was given up', fields);
  }
}
