// From the configuration to how servers are asked: sockets, and what the exchange may hold open.
import type { Config } from '../config/schema.ts';
import { DgramSockets } from '../io/dgram/dgram-sockets.ts';
import type { SourcePortRange } from '../io/dgram/source-ports.ts';
import type { Random } from '../ports/random.ts';
import type { Log } from '../telemetry/log.ts';
import type { UpstreamLimits } from '../upstream/limits.ts';

/** Most idle connections kept for one server, whatever the configuration asks for. */
const MAX_IDLE_PER_SERVER = 100;

/** Ports that queries may leave from: never one of our own. */
export function sourcePorts({ outgoing, incoming }: Config): SourcePortRange {
  const own = incoming.listen.map(({ port }) => port ?? incoming.port);
  return {
    min: outgoing.udp_source_port_min,
    max: outgoing.udp_source_port_max,
    avoid: [...outgoing.udp_source_port_avoid, ...own],
  };
}

export function upstreamSockets(config: Config, random: Random, log: Log): DgramSockets {
  return new DgramSockets({
    random,
    sourceAddresses: config.outgoing.source_address,
    sourcePorts: sourcePorts(config),
    tlsReport: ({ key }, text) => log.info('TLS', { server: key, handshake: text }),
  });
}

export function upstreamLimits({ outgoing, recursor }: Config): Partial<UpstreamLimits> {
  return {
    udpPayloadOctets: outgoing.edns_bufsize,
    maxNearMisses: recursor.spoof_nearmiss_max,
    maxQueriesPerConnection: orUnlimited(outgoing.tcp_max_queries),
    connectMs: outgoing.network_timeout,
    idleMs: orUnlimited(outgoing.tcp_max_idle_ms),
    maxIdlePerServer: Math.min(outgoing.tcp_max_idle_per_auth, MAX_IDLE_PER_SERVER),
    padTlsQueries: outgoing.edns_padding,
    sendCookies: outgoing.cookies,
    withoutCookies: new Set(
      outgoing.cookies_unsupported.map(({ address, port }) => (port === undefined ? address : `${address}#${port}`)),
    ),
  };
}

/** PowerDNS writes "no limit" as 0. */
function orUnlimited(limit: number): number {
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}
