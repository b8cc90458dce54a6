// The sockets on which clients are listened to, as the configuration describes them.
import type { Config } from '../config/schema.ts';
import type { LocalEndpoint, OnQuery, OpenDatagrams } from '../io/client.ts';
import { ClientSockets } from '../io/client-sockets.ts';
import { ListenError } from '../io/listen-error.ts';
import type { TcpLimits } from '../io/tcp-limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Timers } from '../ports/timers.ts';
import type { Log } from '../telemetry/log.ts';

export interface ListenerParts {
  readonly onQuery: OnQuery;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly log: Log;
  /** How UDP is listened on; default: over node:dgram. */
  readonly openDatagrams?: OpenDatagrams | undefined;
}

/** Opens all of them. A default `::1` on a machine without IPv6 is no error (POWERDNS 3, `incoming.listen`). */
export async function openListeners({ incoming }: Config, parts: ListenerParts): Promise<ClientSockets> {
  const { onQuery, timers, clock, log, openDatagrams } = parts;
  const endpoints = incoming.listen.map(({ address, port }) => ({ address, port: port ?? incoming.port }));
  const open = (wanted: readonly LocalEndpoint[]) =>
    ClientSockets.open({
      endpoints: wanted,
      onQuery,
      timers,
      clock,
      tcpLimits: tcpLimits(incoming),
      ...(openDatagrams === undefined ? {} : { openDatagrams }),
    });
  try {
    return await open(endpoints);
  } catch (error) {
    const hasNoIPv6 = error instanceof ListenError && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT');
    const isDefault = endpoints.length === 2 && endpoints.some(({ address }) => address === '127.0.0.1');
    if (!hasNoIPv6 || error.address !== '::1' || !isDefault) throw error;
    log.warn('no IPv6 on this machine; ::1 is left out');
    return await open(endpoints.filter(({ address }) => address !== '::1'));
  }
}

function tcpLimits(incoming: Config['incoming']): Partial<TcpLimits> {
  return {
    maxConnections: incoming.max_tcp_clients,
    maxPerClient: incoming.max_tcp_per_client === 0 ? incoming.max_tcp_clients : incoming.max_tcp_per_client,
    messageMs: incoming.tcp_timeout * 1000,
    maxPipelined: incoming.max_concurrent_requests_per_tcp_connection,
  };
}
