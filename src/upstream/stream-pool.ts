// Questions over TCP and TLS: connections are kept and shared, and replies come in any order (RFC 7766 6.2).
import type { Ask, Outcome, PendingAsk, ServerAddress } from '../ports/exchange.ts';
import type { UpstreamCounters } from './counters.ts';
import type { UpstreamLimits } from './limits.ts';
import { StreamAttempt } from './stream-attempt.ts';
import { StreamConnection } from './stream-connection.ts';
import type { UpstreamPorts } from './upstream-ports.ts';

/**
 * The connections to all servers.
 *
 * A question goes to the least busy connection of its server, or to a new one when all are busy and there may be more.
 * When a connection dies that others had used before (servers close idle ones at any time, RFC 7766 6.2.3), the
 * questions still unanswered on it are asked once more, each on a fresh connection while the limits allow.
 *
 * A connection serves one way of speaking to a server: after a change of its TLS profile new ones are made.
 */
export class StreamPool {
  private readonly ports: UpstreamPorts;
  private readonly limits: UpstreamLimits;
  private readonly counters: UpstreamCounters;
  private readonly byServer = new Map<string, StreamConnection[]>();
  /** Connections without queries, the longest idle first. */
  private readonly idle = new Set<StreamConnection>();
  private total = 0;

  constructor(ports: UpstreamPorts, limits: UpstreamLimits, counters: UpstreamCounters) {
    this.ports = ports;
    this.limits = limits;
    this.counters = counters;
  }

  get openConnections(): number {
    return this.total;
  }

  ask(ask: Ask, done: (outcome: Outcome) => void): PendingAsk {
    const attempt = new StreamAttempt(this.ports, this.limits, this.counters, ask, done);
    if (!this.send(attempt, false)) {
      const { timers, clock } = this.ports;
      const refusal = timers.at(clock.monotonicMs(), () => attempt.end({ kind: 'no-socket' }));
      return {
        cancel: () => {
          refusal.cancel();
          attempt.cancel();
        },
      };
    }
    return attempt;
  }

  close(): void {
    for (const connections of [...this.byServer.values()]) {
      for (const connection of [...connections]) connection.abandon();
    }
  }

  /** Called by a connection that has no query any more: whether it is kept. */
  mayIdle(connection: StreamConnection): boolean {
    const others = this.byServer.get(connection.server.key) ?? [];
    const idling = others.filter((other) => other !== connection && this.idle.has(other)).length;
    if (idling >= this.limits.maxIdlePerServer) return false;
    this.idle.add(connection);
    return true;
  }

  /** Called by a connection that has ended, before it reports anything. */
  remove(connection: StreamConnection): void {
    this.idle.delete(connection);
    const connections = this.byServer.get(connection.server.key);
    const index = connections?.indexOf(connection) ?? -1;
    if (connections === undefined || index === -1) return;
    connections.splice(index, 1);
    this.total--;
    if (connections.length === 0) this.byServer.delete(connection.server.key);
  }

  /** Asks again what a dead connection has left unanswered. */
  retry(attempt: StreamAttempt, otherwise: Outcome): void {
    if (attempt.isOver) return;
    attempt.retried = true;
    if (this.send(attempt, true)) this.counters.tcpRetries++;
    else attempt.end(otherwise);
  }

  private send(attempt: StreamAttempt, onFreshConnection: boolean): boolean {
    const connection = this.choose(attempt.asked.server, onFreshConnection);
    if (connection === undefined) return false;
    this.idle.delete(connection);
    connection.send(attempt);
    return true;
  }

  private choose(server: ServerAddress, fresh: boolean): StreamConnection | undefined {
    const connections = this.byServer.get(server.key);
    let best: StreamConnection | undefined;
    let present = 0;
    for (const connection of connections ?? []) {
      if (connection.server.tls !== server.tls) continue;
      present++;
      if (!connection.hasRoom) continue;
      if (best === undefined || connection.unanswered < best.unanswered) best = connection;
    }
    const isTls = server.tls !== undefined;
    const { openAnotherAt, openAnotherTlsAt, maxConnectionsPerServer, maxTlsConnectionsPerServer } = this.limits;
    const busy = best === undefined || fresh || best.unanswered >= (isTls ? openAnotherTlsAt : openAnotherAt);
    const most = isTls ? maxTlsConnectionsPerServer : maxConnectionsPerServer;
    if (busy && present < most && this.makeRoom()) {
      return this.open(server);
    }
    return best;
  }

  /** Whether one more connection may be opened; closes the longest idle one for it. */
  private makeRoom(): boolean {
    if (this.total < this.limits.maxConnections) return true;
    const [longestIdle] = this.idle;
    if (longestIdle === undefined) return false;
    longestIdle.abandon();
    return true;
  }

  private open(server: ServerAddress): StreamConnection {
    const connection = new StreamConnection(this.ports, this.limits, this.counters, this, server);
    const connections = this.byServer.get(server.key);
    if (connections === undefined) this.byServer.set(server.key, [connection]);
    else connections.push(connection);
    this.total++;
    this.counters.tcpConnections++;
    connection.open();
    return connection;
  }
}
