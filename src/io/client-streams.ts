// The TCP side for clients: accepts on any number of addresses, with one set of places for all of them.
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import type { Clock } from '../ports/clock.ts';
import type { Timer, Timers } from '../ports/timers.ts';
import type { Client, ClientCounters, LocalEndpoint, OnQuery } from './client.ts';
import { clientNetwork } from './client-network.ts';
import { ClientSession } from './client-session.ts';
import { ListenError } from './listen-error.ts';
import { defaultTcpLimits, idleLimitMs, type TcpLimits } from './tcp-limits.ts';

/** Connections the kernel holds ready for us. */
const ACCEPT_BACKLOG = 511;

export interface ClientStreamsOptions {
  readonly onQuery: OnQuery;
  readonly timers: Timers;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly counters: ClientCounters;
  readonly limits?: Partial<TcpLimits>;
}

export class ClientStreams {
  readonly onQuery: OnQuery;
  readonly timers: Timers;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly counters: ClientCounters;
  readonly limits: TcpLimits;
  private readonly servers: Server[] = [];
  private readonly sessions = new Set<ClientSession>();
  private readonly perNetwork = new Map<string, number>();
  /** The longest idle first. */
  private readonly idle = new Set<ClientSession>();
  private idleTimer: Timer | undefined;
  /** The idle limit at the time of the last look. */
  private idleLimitMs: number;

  constructor(options: ClientStreamsOptions) {
    this.onQuery = options.onQuery;
    this.timers = options.timers;
    this.clock = options.clock;
    this.counters = options.counters;
    this.limits = { ...defaultTcpLimits, ...options.limits };
    this.idleLimitMs = this.limits.idleMs;
  }

  /** Places taken. */
  get openConnections(): number {
    return this.sessions.size;
  }

  /** Listens on one more address; rejects with a `ListenError`. */
  listen(address: string, port: number): Promise<LocalEndpoint> {
    return new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true, noDelay: true });
      const refuse = (error: Error) => reject(new ListenError('tcp', address, port, error));
      server.once('error', refuse);
      server.listen(
        { host: address, port, ipv6Only: isIPv6(address), backlog: ACCEPT_BACKLOG, exclusive: true },
        () => {
          server.off('error', refuse);
          // Out of descriptors: the connection waits or is lost, the listener stays.
          server.on('error', () => {
            this.counters.tcpTurnedAway++;
          });
          const bound = server.address();
          const local = { address, port: typeof bound === 'object' && bound !== null ? bound.port : port };
          server.on('connection', (socket) => this.accept(socket, local));
          this.servers.push(server);
          resolve(local);
        },
      );
    });
  }

  /** Stops listening and closes all connections. */
  close(): void {
    for (const server of this.servers.splice(0)) server.close();
    for (const session of [...this.sessions]) session.destroy();
  }

  becameIdle(session: ClientSession): void {
    session.idleSinceMs = this.clock.monotonicMs();
    this.idle.delete(session);
    this.idle.add(session);
    if (this.idleTimer === undefined) this.armIdleTimer();
  }

  becameBusy(session: ClientSession): void {
    this.idle.delete(session);
  }

  ended(session: ClientSession): void {
    if (!this.sessions.delete(session)) return;
    this.idle.delete(session);
    if (this.sessions.size === 0) this.disarmIdleTimer();
    const count = (this.perNetwork.get(session.network) ?? 1) - 1;
    if (count === 0) this.perNetwork.delete(session.network);
    else this.perNetwork.set(session.network, count);
  }

  private accept(socket: Socket, local: LocalEndpoint): void {
    const { remoteAddress, remotePort } = socket;
    // Gone already.
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy();
      return;
    }
    const family = socket.remoteFamily === 'IPv6' ? 6 : 4;
    const network = clientNetwork(remoteAddress, family);
    const ofNetwork = this.perNetwork.get(network) ?? 0;
    if (this.sessions.size >= this.limits.maxConnections || ofNetwork >= this.limits.maxPerClient) {
      if (ofNetwork >= this.limits.maxPerClient) this.counters.tcpTurnedAwayPerClient++;
      else this.counters.tcpTurnedAway++;
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.counters.tcpConnections++;
    this.perNetwork.set(network, ofNetwork + 1);
    const client: Client = { address: remoteAddress, port: remotePort, family, transport: 'tcp', local };
    const session = new ClientSession(this, socket, client, network);
    this.sessions.add(session);
    this.becameIdle(session);
    // With more places taken the others may idle less from now on.
    if (idleLimitMs(this.limits, this.sessions.size) < this.idleLimitMs) this.closeIdle();
  }

  /** Closes what has idled too long, the longest first; the limit eases as places become free. */
  private closeIdle(): void {
    const nowMs = this.clock.monotonicMs();
    for (const session of this.idle) {
      if (nowMs - session.idleSinceMs < idleLimitMs(this.limits, this.sessions.size)) break;
      this.counters.tcpIdleClosed++;
      session.destroy();
    }
    this.armIdleTimer();
  }

  private armIdleTimer(): void {
    this.disarmIdleTimer();
    this.idleLimitMs = idleLimitMs(this.limits, this.sessions.size);
    const [longestIdle] = this.idle;
    if (longestIdle === undefined) return;
    this.idleTimer = this.timers.at(longestIdle.idleSinceMs + this.idleLimitMs, () => this.closeIdle());
  }

  private disarmIdleTimer(): void {
    this.idleTimer?.cancel();
    this.idleTimer = undefined;
  }
}
