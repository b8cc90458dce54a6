// Bounds on what the transports towards servers hold open.

export interface UpstreamLimits {
  /** UDP attempts under way; one more ends as `no-socket`. */
  readonly maxUdpInFlight: number;
  /** Messages that are no reply at all before a UDP attempt is given up as `spoof-suspected`. */
  readonly maxIgnoredDatagrams: number;
  /** TCP connections to all servers together. */
  readonly maxConnections: number;
  /** TCP connections to one server. */
  readonly maxConnectionsPerServer: number;
  /** Queries sent on one connection before it is left for a new one. */
  readonly maxQueriesPerConnection: number;
  /** Unanswered queries on one connection. */
  readonly maxPipelined: number;
  /** Unanswered queries on the least busy connection from which another one is opened, while there may be one. */
  readonly openAnotherAt: number;
  /** Time a connection has to stand. */
  readonly connectMs: number;
  /** Time a connection without queries is kept (RFC 7766 6.2.3). */
  readonly idleMs: number;
}

export const defaultUpstreamLimits: UpstreamLimits = {
  maxUdpInFlight: 2048,
  maxIgnoredDatagrams: 64,
  maxConnections: 256,
  maxConnectionsPerServer: 10,
  maxQueriesPerConnection: 200,
  maxPipelined: 32,
  openAnotherAt: 4,
  connectMs: 1500,
  idleMs: 10_000,
};
