// What the resolver reports, turned into counters and log lines.
import type { ResolverEvents } from '../ports/events.ts';
import type { Ask, Outcome } from '../ports/exchange.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { typeText } from '../wire/constants.ts';
import type { Question } from '../wire/message.ts';
import { nameText } from '../wire/name-text.ts';
import { stackOf } from './server-events.ts';

/** Counts and logs. */
export class CountingResolverEvents implements ResolverEvents {
  private readonly metrics: Metrics;
  private readonly log: Log;
  private readonly logBogus: boolean;

  /** `logBogus`: a line each time data are found bogus (`dnssec.log_bogus`, mode `log-fail`). */
  constructor(metrics: Metrics, log: Log, logBogus: boolean) {
    this.metrics = metrics;
    this.log = log;
    this.logBogus = logBogus;
  }

  upstream({ server }: Ask, outcome: Outcome): void {
    if (server.family === 6 && outcome.kind !== 'no-socket') this.metrics.increment('ipv6_outqueries');
    if (outcome.kind === 'timeout') {
      this.metrics.increment(server.family === 6 ? 'outgoing6_timeouts' : 'outgoing4_timeouts');
    }
  }

  bogus({ name, type }: Question, reason: string, summary: string): void {
    if (!this.logBogus) return;
    const fields = { name: nameText(name), type: typeText(type), reason, why: summary };
    // One name that is asked for again and again does not drown the others.
    this.log.limited('warn', `bogus ${name.key}`, 'bogus data', fields);
  }

  crashed({ name, type }: Question, error: unknown): void {
    this.metrics.increment('bugs');
    const fields = { name: nameText(name), type: typeText(type), stack: stackOf(error) };
    this.log.error('fault of the program; the work for one question was given up', fields);
  }
}
