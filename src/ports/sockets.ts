// What `upstream/` needs of a driver: datagram flows and stream connections to one server each.
import type { ServerAddress } from './exchange.ts';

/** Why the operating system ended a flow. */
export type SocketFailure = 'connection-refused' | 'unreachable' | 'no-socket' | 'tls-failed' | 'closed';

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

/** A TCP or TLS connection that carries length-prefixed messages (RFC 1035 4.2.2, RFC 7766, RFC 7858 3.3). */
export interface StreamFlow {
  /** Sends one message; framing is the driver's. May be called before the connection stands. */
  send(octets: Uint8Array): void;
  close(): void;
}

export interface StreamEvents {
  /** Messages can be carried; over TLS that is after the handshake and the check of the certificate. */
  onConnect(): void;
  onMessage(octets: Uint8Array): void;
  /** The connection has ended, for whatever reason; called once. `detail`: what TLS found wrong, for people. */
  onFailure(failure: SocketFailure, detail?: string): void;
}

/** Opens sockets. No callback is made from within a call. */
export interface UpstreamSockets {
  /** Fails for a server that is spoken to over TLS. */
  openDatagram(server: ServerAddress, events: DatagramEvents): DatagramFlow;
  /** A TLS connection where the server has a profile, else a TCP connection. */
  openStream(server: ServerAddress, events: StreamEvents): StreamFlow;
}
