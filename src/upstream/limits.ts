// Bounds on what the transports towards servers hold open.

export interface UpstreamLimits {
  /** The UDP payload size offered, and the longest datagram accepted. */
  readonly udpPayloadOctets: number;
  /** UDP attempts under way; one more ends as `no-socket`. */
  readonly maxUdpInFlight: number;
  /** Messages that are no reply at all before a UDP attempt is given up as `spoof-suspected`. */
  readonly maxIgnoredDatagrams: number;
  /** Replies with a wrong ID or question that end a UDP attempt as `spoof-suspected`; 0: none does by itself. */
  readonly maxNearMisses: number;
  /** TCP and TLS connections to all servers together. */
  readonly maxConnections: number;
  /** TCP connections to one server. */
  readonly maxConnectionsPerServer: number;
  /** Queries sent on one connection before it is left for a new one; may be infinite. */
  readonly maxQueriesPerConnection: number;
  /** Unanswered queries on one connection. */
  readonly maxPipelined: number;
  /** Unanswered queries on the least busy connection from which another one is opened, while there may be one. */
  readonly openAnotherAt: number;
  /** The same three over TLS, where a connection costs a handshake. */
  readonly maxTlsConnectionsPerServer: number;
  readonly maxTlsPipelined: number;
  readonly openAnotherTlsAt: number;
  /** Time a connection has to stand, a TLS handshake included. */
  readonly connectMs: number;
  /** Time a connection without queries is kept (RFC 7766 6.2.3); infinite: until the server closes it. */
  readonly idleMs: number;
  /** Connections without queries that are kept for one server. */
  readonly maxIdlePerServer: number;
  /** Pad queries over TLS to a multiple of 128 octets (RFC 8467 4.1). */
  readonly padTlsQueries: boolean;
  /** Send DNS cookies over UDP (RFC 7873), but not to these servers: `address`, or `address#port`. */
  readonly sendCookies: boolean;
  readonly withoutCookies: ReadonlySet<string>;
}

export const defaultUpstreamLimits: UpstreamLimits = {
  // Fits every path unfragmented (DNS Flag Day 2020).
  udpPayloadOctets: 1232,
  maxUdpInFlight: 2048,
  maxIgnoredDatagrams: 64,
  maxNearMisses: 1,
  maxConnections: 256,
  maxConnectionsPerServer: 10,
  maxQueriesPerConnection: 200,
  maxPipelined: 32,
  openAnotherAt: 4,
  maxTlsConnectionsPerServer: 4,
  maxTlsPipelined: 256,
  openAnotherTlsAt: 64,
  connectMs: 1500,
  idleMs: 10_000,
  maxIdlePerServer: 10,
  padTlsQueries: true,
  sendCookies: false,
  withoutCookies: new Set(),
};
