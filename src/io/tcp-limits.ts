// Bounds on what clients may hold over TCP (SECURITY A-44).

export interface TcpLimits {
  /** Connections of all clients, on all addresses. */
  readonly maxConnections: number;
  /** Connections of one client: an IPv4 address or an IPv6 /64. */
  readonly maxPerClient: number;
  /** Time for a whole message, from its first octet on. */
  readonly messageMs: number;
  /** Time a connection may idle; less when more than 50 % and 80 % of the places are taken. */
  readonly idleMs: number;
  readonly idleAboveHalfMs: number;
  readonly idleAboveFourFifthsMs: number;
  /** Queries in work per connection before reading pauses. */
  readonly maxPipelined: number;
  /** Queries that one connection may bring in all; it is closed behind their replies. */
  readonly maxQueries: number;
  /** Replies the client has not taken yet, octets, before reading pauses. */
  readonly maxBacklogOctets: number;
  /** Time for one reply to leave. */
  readonly writeMs: number;
  /** Time a connection whose client has closed its side is kept for answers. */
  readonly halfClosedMs: number;
  /** Time without any answer while queries are in work. */
  readonly workMs: number;
}

export const defaultTcpLimits: TcpLimits = {
  maxConnections: 512,
  maxPerClient: 32,
  messageMs: 3000,
  idleMs: 10_000,
  idleAboveHalfMs: 1000,
  idleAboveFourFifthsMs: 200,
  maxPipelined: 32,
  maxQueries: Number.POSITIVE_INFINITY,
  maxBacklogOctets: 256 * 1024,
  writeMs: 2000,
  halfClosedMs: 2000,
  workMs: 30_000,
};

/** How long a connection may idle while `taken` places are taken. */
export function idleLimitMs(limits: TcpLimits, taken: number): number {
  if (taken > 0.8 * limits.maxConnections) return limits.idleAboveFourFifthsMs;
  if (taken > 0.5 * limits.maxConnections) return limits.idleAboveHalfMs;
  return limits.idleMs;
}
