// The exchange with servers: one attempt in, exactly one outcome out. Retries, fallbacks and the choice of server and
// transport are the iterator's.
import type { Ask, Exchange, Outcome, PendingAsk, ServerAddress } from '../ports/exchange.ts';
import { Cookies } from './cookies.ts';
import { newUpstreamCounters, type UpstreamCounters } from './counters.ts';
import { DatagramAttempt } from './datagram-attempt.ts';
import { defaultUpstreamLimits, type UpstreamLimits } from './limits.ts';
import { countOutcome } from './outcome.ts';
import { StreamPool } from './stream-pool.ts';
import type { UpstreamPorts } from './upstream-ports.ts';

/**
 * Sends questions over sockets that a driver opens.
 *
 * Over UDP each attempt has a flow, a port and an ID of its own. A datagram that is no reply is ignored; the first that
 * looks like a forger's guess (wrong ID, question or letter case) ends the attempt as `spoof-suspected`, so that the
 * question is asked again over TCP (SECURITY ). Over TCP and TLS connections are shared, see `StreamPool`. A
 * server with a TLS profile is spoken to over TLS whatever an attempt asks for.
 */
export class UpstreamExchange implements Exchange {
  readonly counters: UpstreamCounters = newUpstreamCounters();
  readonly cookies: Cookies;
  private readonly ports: UpstreamPorts;
  private readonly limits: UpstreamLimits;
  private readonly datagramAttempts = new Set<DatagramAttempt>();
  private readonly streams: StreamPool;

  constructor(ports: UpstreamPorts, limits: Partial<UpstreamLimits> = {}) {
    this.ports = ports;
    this.limits = { ...defaultUpstreamLimits, ...limits };
    this.cookies = new Cookies(ports.clock, ports.random);
    this.streams = new StreamPool(ports, this.limits, this.counters);
  }

  /** UDP attempts under way. */
  get udpInFlight(): number {
    return this.datagramAttempts.size;
  }

  /** TCP and TLS connections that stand or are being made. */
  get openConnections(): number {
    return this.streams.openConnections;
  }

  ask(ask: Ask, done: (outcome: Outcome) => void): PendingAsk {
    if (ask.transport !== 'udp' || ask.server.tls !== undefined) return this.streams.ask(ask, done);
    if (this.datagramAttempts.size >= this.limits.maxUdpInFlight) return this.withoutSocket(done);
    const attempt = new DatagramAttempt(
      this.ports,
      this.limits,
      this.counters,
      ask,
      done,
      this.datagramAttempts,
      this.cookiesFor(ask.server),
    );
    attempt.start();
    return attempt;
  }

  /** Closes all sockets. Nothing is reported for attempts under way. */
  close(): void {
    for (const attempt of [...this.datagramAttempts]) attempt.cancel();
    this.streams.close();
  }

  private cookiesFor({ address, key }: ServerAddress): Cookies | undefined {
    const { sendCookies, withoutCookies } = this.limits;
    return sendCookies && !withoutCookies.has(address) && !withoutCookies.has(key) ? this.cookies : undefined;
  }

  private withoutSocket(done: (outcome: Outcome) => void): PendingAsk {
    return this.ports.timers.at(this.ports.clock.monotonicMs(), () => {
      const outcome: Outcome = { kind: 'no-socket' };
      countOutcome(this.counters, outcome);
      done(outcome);
    });
  }
}
