// What the transports towards servers have seen, as plain numbers that telemetry reads.

export interface UpstreamCounters {
  /** Queries sent over UDP. */
  udpQueries: number;
  /** Queries sent over TCP; one that is repeated on a fresh connection counts twice. */
  tcpQueries: number;
  /** Queries sent over TLS, counted in the same way; the three below count TLS as TCP. */
  tlsQueries: number;
  /** TCP connections begun. */
  tcpConnections: number;
  /** TCP queries sent on a connection that others had used before. */
  tcpReuses: number;
  /** TCP queries repeated on a fresh connection because a reused one had died. */
  tcpRetries: number;
  /** Outcomes of each kind. */
  replies: number;
  truncated: number;
  malformed: number;
  timeouts: number;
  spoofSuspected: number;
  connectionsRefused: number;
  unreachable: number;
  tlsFailures: number;
  noSocket: number;
  /** Datagrams of the right peer with a wrong ID or question. */
  nearMisses: number;
  /** Datagrams that matched but for the letter case. */
  caseMismatches: number;
  /** Datagrams that matched but for the cookie. */
  cookieMismatches: number;
  /** Messages that were no reply to anything asked, and were ignored. */
  ignored: number;
  /** Matching datagrams longer than what was offered. */
  oversized: number;
}

export function newUpstreamCounters(): UpstreamCounters {
  return {
    udpQueries: 0,
    tcpQueries: 0,
    tlsQueries: 0,
    tcpConnections: 0,
    tcpReuses: 0,
    tcpRetries: 0,
    replies: 0,
    truncated: 0,
    malformed: 0,
    timeouts: 0,
    spoofSuspected: 0,
    connectionsRefused: 0,
    unreachable: 0,
    tlsFailures: 0,
    noSocket: 0,
    nearMisses: 0,
    caseMismatches: 0,
    cookieMismatches: 0,
    ignored: 0,
    oversized: 0,
  };
}
