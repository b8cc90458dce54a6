// One question over TCP or TLS. It has one deadline, whichever connections it is sent on.
import type { Ask, Outcome, PendingAsk } from '../ports/exchange.ts';
import type { Timer } from '../ports/timers.ts';
import type { UpstreamCounters } from './counters.ts';
import type { UpstreamLimits } from './limits.ts';
import { countOutcome } from './outcome.ts';
import { buildQuery, type SentQuery } from './query.ts';
import type { StreamConnection } from './stream-connection.ts';
import type { UpstreamPorts } from './upstream-ports.ts';

export class StreamAttempt implements PendingAsk {
  readonly asked: Ask;
  query: SentQuery;
  /** The connection it waits on. */
  connection: StreamConnection | undefined;
  /** When it was sent, or when its connection stood if that was later. */
  sentAtMs = 0;
  /** The connection stood and had been used when this query was sent on it. */
  reused = false;
  /** It has been repeated on a fresh connection; that happens once. */
  retried = false;
  private readonly counters: UpstreamCounters;
  private readonly done: (outcome: Outcome) => void;
  private readonly deadline: Timer;
  private ended = false;

  constructor(
    ports: UpstreamPorts,
    limits: UpstreamLimits,
    counters: UpstreamCounters,
    asked: Ask,
    done: (outcome: Outcome) => void,
  ) {
    this.counters = counters;
    this.asked = asked;
    this.done = done;
    const pad = asked.server.tls !== undefined && limits.padTlsQueries;
    const opt = { udpPayloadOctets: limits.udpPayloadOctets, pad };
    this.query = buildQuery(asked, opt, ports.random.below(0x10000), ports.random);
    this.deadline = ports.timers.at(ports.clock.monotonicMs() + asked.timeoutMs, () => this.expire());
  }

  /** It was cancelled or has an outcome. */
  get isOver(): boolean {
    return this.ended;
  }

  cancel(): void {
    if (this.ended) return;
    this.ended = true;
    this.deadline.cancel();
    const connection = this.connection;
    this.connection = undefined;
    connection?.forget(this, false);
  }

  /** Reports the outcome; the connection has forgotten the attempt already. */
  end(outcome: Outcome): void {
    if (this.ended) return;
    this.ended = true;
    this.connection = undefined;
    this.deadline.cancel();
    countOutcome(this.counters, outcome);
    this.done(outcome);
  }

  private expire(): void {
    const connection = this.connection;
    this.connection = undefined;
    connection?.forget(this, true);
    this.end({ kind: 'timeout' });
  }
}
