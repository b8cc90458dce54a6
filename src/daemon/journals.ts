// What the pages show of the past: filled while the program works, bounded, in memory only.
import type { ZoneTrust } from '../cache/zone-trust-cache.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ask, Outcome } from '../ports/exchange.ts';
import type { ForwardZone } from '../resolver/options.ts';
import type { Client } from '../server/client.ts';
import type { ReplyEvent } from '../server/events.ts';
import type { KeptReplyEvent } from '../server/kept-reply.ts';
import { AuditTrail } from '../telemetry/audit-trail.ts';
import { FailureJournal, isFailure } from '../telemetry/failure-journal.ts';
import { ForwarderHealth } from '../telemetry/forwarder-health.ts';
import { KeyWatch } from '../telemetry/key-watch.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { QueryRing } from '../telemetry/query-ring.ts';
import { Series } from '../telemetry/series.ts';
import { VerdictHistory } from '../telemetry/verdict-history.ts';
import { ForwarderBook } from './forwarder-book.ts';

export interface JournalsParts {
  readonly clock: Pick<Clock, 'wallSeconds'>;
  readonly log: Pick<Log, 'always'>;
  readonly metrics: Metrics;
  /** Those in force. */
  readonly anchors: Pick<TrustAnchors, 'anchors' | 'anchorAt'>;
  /** The query log is on from the start. */
  readonly logsQueries: boolean;
}

export class Journals {
  readonly startedAtSeconds: number;
  readonly series: Series;
  readonly failures = new FailureJournal();
  readonly history = new VerdictHistory();
  readonly queries: QueryRing;
  readonly keys: KeyWatch;
  readonly forwarders = new ForwarderHealth();
  readonly forwarderBook: ForwarderBook;
  readonly audit: AuditTrail;
  private readonly clock: Pick<Clock, 'wallSeconds'>;

  constructor({ clock, log, metrics, anchors, logsQueries }: JournalsParts) {
    this.clock = clock;
    this.startedAtSeconds = clock.wallSeconds();
    this.series = new Series(metrics, this.startedAtSeconds);
    this.queries = new QueryRing(logsQueries);
    this.keys = new KeyWatch(anchors);
    this.forwarderBook = new ForwarderBook(clock);
    this.audit = new AuditTrail(log);
  }

  /** A zone was judged by its chain of trust. */
  readonly onTrust = (trust: ZoneTrust, ttl: number): void => {
    const nowSeconds = this.clock.wallSeconds();
    this.history.note(trust, nowSeconds);
    this.keys.note(trust, ttl, nowSeconds);
  };

  onUpstream(ask: Ask, outcome: Outcome): void {
    this.forwarders.note(ask, outcome, this.wallSeconds);
  }

  onReply(client: Client, reply: ReplyEvent): void {
    const { frame, resolution, rcode, request } = reply;
    const { question } = frame;
    if (question === undefined) return;
    if (resolution !== undefined && isFailure(resolution)) {
      this.failures.note(question, resolution, this.clock.wallSeconds());
    }
    if (!this.queries.isOn) return;
    this.queries.add({
      atMs: Date.now(),
      client: client.address,
      transport: client.transport,
      question,
      rcode,
      verdict: resolution?.verdict?.status,
      origin: reply.origin,
      latencyMs: reply.latencyMs,
      octets: reply.octets,
      dnssecOk: request?.dnssecOk ?? false,
      checkingDisabled: request?.checkingDisabled ?? false,
    });
  }

  onKeptReply(client: Client, reply: KeptReplyEvent): void {
    if (!this.queries.isOn) return;
    const { address, transport } = client;
    this.queries.add({ atMs: Date.now(), client: address, transport, origin: 'cache', ...reply });
  }

  /** The forward zones in force. */
  watchForwarders(zones: readonly ForwardZone[]): void {
    this.forwarders.watch(zones.flatMap(({ servers }) => servers.map(({ key }) => key)));
    this.forwarderBook.keep(zones.map(({ zone }) => zone));
  }

  private readonly wallSeconds = (): number => this.clock.wallSeconds();
}
