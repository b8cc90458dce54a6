// What `upstream/` needs of a driver: datagram flows and stream connections to one server each.
import type { ServerAddress } from './exchange.ts';

/** Why the operating system ended a flow. */
export type SocketFailure = 'connection-refused' | 'unreachable' | 'no-socket' | 'closed';

/** A connected UDP socket on a fresh random port: only datagrams of its peer arrive. */
export interface DatagramFlow {
  send(octets: Uint8Array): void;
  /** `answered`: its one reply has come, and nothing else has; the port is then as good as unused. */
  close(answered?: boolean): void;
}

export interface DatagramEvents {
  /** `octets` is the receiver's to keep and to change. */
  onDatagram(octets: Uint8Array): void;
  onFailure(failure: SocketFailure): void;
}

/** A TCP connection that carries length-prefixed messages (RFC 1035 4.2.2, RFC 7766). */
export interface StreamFlow {
  /** Sends one message; framing is the driver's. May be called before the connection stands. */
  send(octets: Uint8Array): void;
  close(): void;
}

export interface StreamEvents {
  onConnect(): void;
  onMessage(octets: Uint8Array): void;
  /** The connection has ended, for whatever reason; called once. */
  onFailure(failure: SocketFailure): void;
}

/** Opens sockets. No callback is made from within a call. */
export interface UpstreamSockets {
  openDatagram(server: ServerAddress, events: DatagramEvents): DatagramFlow;
  openStream(server: ServerAddress, events: StreamEvents): StreamFlow;
}
