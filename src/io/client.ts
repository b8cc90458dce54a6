// What the listeners hand over: a query, who sent it, and the way back.

/** An address and port of our own. */
export interface LocalEndpoint {
  readonly address: string;
  readonly port: number;
}

export interface Client {
  /** IPv4 dotted or IPv6; link-local addresses with their zone (`fe80::1%eth0`). */
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
  readonly transport: 'udp' | 'tcp';
  /** The address as 4 or 16 octets, where the driver has it so. */
  readonly octets?: Uint8Array;
  /** Where the query came in. */
  readonly local: LocalEndpoint;
}

/** One UDP address that is listened on. */
export interface DatagramListening {
  readonly local: LocalEndpoint;
  close(): void;
}

/** Listens on a UDP address; throws or rejects with a `ListenError`. */
export type OpenDatagrams = (
  address: string,
  port: number,
  onQuery: OnQuery,
  counters: ClientCounters,
) => DatagramListening | Promise<DatagramListening>;

/**
 * Answers one query; the first call counts, later ones do nothing. Undefined says that no answer will come. It must be
 * called once for every query over TCP, or the query keeps its place among those in work until its time is up. `octets`
 * must not change afterwards.
 */
export type Reply = (octets: Uint8Array | undefined) => void;

/** Takes one message as it came; `octets` is the receiver's to keep and to change. It may reply within the call. */
export type OnQuery = (octets: Uint8Array, client: Client, reply: Reply) => void;

/** What the listeners have seen, as plain numbers that telemetry reads. */
export interface ClientCounters {
  udpQueries: number;
  udpReplies: number;
  /** Datagrams from port 0, to which no reply can be sent. */
  udpUnanswerable: number;
  /** Errors of the operating system on UDP sockets, receiving or sending. */
  udpErrors: number;
  tcpConnections: number;
  tcpQueries: number;
  tcpReplies: number;
  /** Connections closed at once because all places were taken, or all of that client's. */
  tcpTurnedAway: number;
  tcpTurnedAwayPerClient: number;
  /** Connections closed because a message was not whole in time. */
  tcpSlowMessages: number;
  /** Connections closed because the client did not read. */
  tcpStalledWrites: number;
  /** Connections closed after idling. */
  tcpIdleClosed: number;
  /** Connections closed because a query stayed without an answer for too long. */
  tcpOverdue: number;
  /** Connections closed because of a message shorter than a header. */
  tcpProtocolErrors: number;
}

export function newClientCounters(): ClientCounters {
  return {
    udpQueries: 0,
    udpReplies: 0,
    udpUnanswerable: 0,
    udpErrors: 0,
    tcpConnections: 0,
    tcpQueries: 0,
    tcpReplies: 0,
    tcpTurnedAway: 0,
    tcpTurnedAwayPerClient: 0,
    tcpSlowMessages: 0,
    tcpStalledWrites: 0,
    tcpIdleClosed: 0,
    tcpOverdue: 0,
    tcpProtocolErrors: 0,
  };
}
