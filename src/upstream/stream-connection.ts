// One TCP or TLS connection to a server and the queries that wait on it (RFC 7766 6.2, 7).
import type { Outcome, ServerAddress } from '../ports/exchange.ts';
import type { SocketFailure, StreamEvents, StreamFlow } from '../ports/sockets.ts';
import type { Timer } from '../ports/timers.ts';
import { readU16 } from '../wire/reader.ts';
import type { UpstreamCounters } from './counters.ts';
import type { UpstreamLimits } from './limits.ts';
import { failureOutcome, matchedOutcome } from './outcome.ts';
import { withId } from './query.ts';
import { matchReply } from './reply-match.ts';
import type { StreamAttempt } from './stream-attempt.ts';
import type { StreamPool } from './stream-pool.ts';
import type { UpstreamPorts } from './upstream-ports.ts';

export class StreamConnection implements StreamEvents {
  readonly server: ServerAddress;
  private readonly ports: UpstreamPorts;
  private readonly limits: UpstreamLimits;
  private readonly counters: UpstreamCounters;
  private readonly pool: StreamPool;
  private readonly waiting = new Map<number, StreamAttempt>();
  private flow: StreamFlow | undefined;
  /** Ends the connecting, and later the idling. */
  private timer: Timer | undefined;
  private connected = false;
  private ended = false;
  /** No more queries are sent on it; it closes with its last one. */
  private retired = false;
  private queriesSent = 0;
  private ignored = 0;
  private receivedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    ports: UpstreamPorts,
    limits: UpstreamLimits,
    counters: UpstreamCounters,
    pool: StreamPool,
    server: ServerAddress,
  ) {
    this.ports = ports;
    this.limits = limits;
    this.counters = counters;
    this.pool = pool;
    this.server = server;
  }

  open(): void {
    this.flow = this.ports.sockets.openStream(this.server, this);
    this.wakeIn(this.limits.connectMs, () => this.fail({ kind: 'timeout' }, false));
  }

  get isTls(): boolean {
    return this.server.tls !== undefined;
  }

  get unanswered(): number {
    return this.waiting.size;
  }

  get hasRoom(): boolean {
    return (
      !this.retired &&
      this.queriesSent < this.limits.maxQueriesPerConnection &&
      this.waiting.size < (this.isTls ? this.limits.maxTlsPipelined : this.limits.maxPipelined)
    );
  }

  send(attempt: StreamAttempt): void {
    // RFC 7766 6.2.1: IDs of unanswered queries differ on one connection. Few wait, so a free one is near.
    const drawn = readU16(attempt.query.octets, 0);
    let id = drawn;
    while (this.waiting.has(id)) id = (id + 1) & 0xffff;
    if (id !== drawn) attempt.query = withId(attempt.query, id);
    attempt.connection = this;
    attempt.sentAtMs = this.ports.clock.monotonicMs();
    attempt.reused = this.connected && this.queriesSent > 0;
    this.waiting.set(id, attempt);
    if (this.connected) this.timer?.cancel();
    this.queriesSent++;
    if (this.isTls) this.counters.tlsQueries++;
    else this.counters.tcpQueries++;
    if (attempt.reused) this.counters.tcpReuses++;
    this.flow?.send(attempt.query.octets);
  }

  /** Forgets a query that was cancelled or has expired. */
  forget(attempt: StreamAttempt, expired: boolean): void {
    this.waiting.delete(readU16(attempt.query.octets, 0));
    // A connection that has been silent since is taken for dead: the path may have dropped it without a word.
    if (expired && this.receivedAtMs < attempt.sentAtMs) this.retired = true;
    this.settle();
  }

  /** Closes at once and reports nothing. */
  abandon(): void {
    const left = this.finish();
    for (const attempt of left) attempt.cancel();
  }

  onConnect(): void {
    if (this.ended) return;
    this.connected = true;
    this.timer?.cancel();
    const nowMs = this.ports.clock.monotonicMs();
    for (const attempt of this.waiting.values()) attempt.sentAtMs = nowMs;
  }

  onMessage(octets: Uint8Array): void {
    if (this.ended) return;
    const nowMs = this.ports.clock.monotonicMs();
    const id = octets.length < 2 ? -1 : readU16(octets, 0);
    const attempt = this.waiting.get(id);
    this.receivedAtMs = nowMs;
    if (attempt === undefined) {
      // Late replies are ignored; more of them than there were queries come from a peer gone astray.
      this.counters.ignored++;
      if (++this.ignored > this.queriesSent) this.fail({ kind: 'malformed', rttMs: 0, octets: octets.length }, false);
      return;
    }
    this.waiting.delete(id);
    const rttMs = nowMs - attempt.sentAtMs;
    const match = matchReply(octets, attempt.query);
    // Nobody but the peer can put octets into the stream: letter case proves nothing here, and a message with the right
    // ID that is no reply to the question will not be followed by a better one.
    const accepted = match === 'match' || match === 'case-mismatch';
    const outcome: Outcome = accepted
      ? matchedOutcome(octets, attempt.asked, rttMs)
      : { kind: 'malformed', rttMs, octets: octets.length };
    this.settle();
    attempt.end(outcome);
  }

  onFailure(failure: SocketFailure, detail?: string): void {
    this.fail(failureOutcome(failure, detail), this.connected);
  }

  private fail(outcome: Outcome, retry: boolean): void {
    for (const attempt of this.finish()) {
      if (retry && attempt.reused && !attempt.retried) this.pool.retry(attempt, outcome);
      else attempt.end(outcome);
    }
  }

  /** Frees everything and hands over what was unanswered. */
  private finish(): StreamAttempt[] {
    if (this.ended) return [];
    this.ended = true;
    this.retired = true;
    const left = [...this.waiting.values()];
    this.waiting.clear();
    for (const attempt of left) attempt.connection = undefined;
    this.timer?.cancel();
    this.flow?.close();
    this.pool.remove(this);
    return left;
  }

  /** Closes, or begins to idle, when nothing waits. */
  private settle(): void {
    if (this.ended || this.waiting.size > 0) return;
    const spent = this.queriesSent >= this.limits.maxQueriesPerConnection;
    if (!this.connected || this.retired || spent) {
      this.finish();
      return;
    }
    if (!this.pool.mayIdle(this)) {
      this.finish();
      return;
    }
    this.timer?.cancel();
    if (this.limits.idleMs !== Number.POSITIVE_INFINITY) this.wakeIn(this.limits.idleMs, () => this.finish());
  }

  private wakeIn(delayMs: number, wake: () => void): void {
    this.timer?.cancel();
    this.timer = this.ports.timers.at(this.ports.clock.monotonicMs() + delayMs, wake);
  }
}
