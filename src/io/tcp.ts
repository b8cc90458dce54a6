// TCP connections to servers (RFC 7766), over node:net; what TLS adds is in tls.ts.
import { createConnection, type Socket } from 'node:net';
import type { ServerAddress } from '../ports/exchange.ts';
import type { SocketFailure, StreamEvents, StreamFlow } from '../ports/sockets.ts';
import { socketFailure } from './socket-failure.ts';
import { framed, MessageCutter } from './stream-framing.ts';

/** Begins a connection. `sourceAddress` undefined means that the server's family is not used. */
export function openStream(server: ServerAddress, sourceAddress: string | undefined, events: StreamEvents): StreamFlow {
  const flow = new SocketStream(events);
  if (sourceAddress === undefined) flow.failLater('unreachable');
  else flow.open(() => createConnection(destinationOf(server, sourceAddress)), 'connect');
  return flow;
}

/** Where a connection goes and where it leaves from, as node:net and node:tls want it. */
export function destinationOf(server: ServerAddress, sourceAddress: string) {
  return {
    host: server.address,
    port: server.port,
    family: server.family,
    noDelay: true,
    ...(isUnspecified(sourceAddress) ? {} : { localAddress: sourceAddress }),
  };
}

/** What a socket's error means to the asker; `detail` as in `StreamEvents`. */
export interface NamedFailure {
  readonly failure: SocketFailure;
  readonly detail?: string;
}

/** Messages over a socket of node:net or node:tls. */
export class SocketStream implements StreamFlow {
  private readonly events: StreamEvents;
  private readonly input = new MessageCutter();
  private socket: Socket | undefined;
  private stands = false;
  private outcome: NamedFailure = { failure: 'closed' };
  private ended = false;

  constructor(events: StreamEvents) {
    this.events = events;
  }

  /**
   * Takes the socket that `connect` begins to connect; `standing` is the event after which messages are carried.
   * `failedBefore` names the failure of a connection that ended before it, `error` being undefined when it just closed.
   */
  open(
    connect: () => Socket,
    standing: 'connect' | 'secureConnect',
    failedBefore: (error: unknown) => NamedFailure = (error) => ({ failure: socketFailure(error) }),
  ): void {
    try {
      const socket = connect();
      let firstError: unknown;
      this.socket = socket;
      socket.on(standing, () => {
        this.stands = true;
        if (!this.ended) this.events.onConnect();
      });
      socket.on('data', (chunk) => this.receive(chunk));
      socket.on('error', (error) => {
        firstError ??= error;
        if (this.stands) this.outcome = { failure: socketFailure(error) };
      });
      socket.on('close', () => this.end(this.stands ? this.outcome : failedBefore(firstError)));
    } catch (error) {
      const { failure, detail } = failedBefore(error);
      this.failLater(failure, detail);
    }
  }

  send(octets: Uint8Array): void {
    if (!this.ended && this.socket?.writable === true) this.socket.write(framed(octets));
  }

  close(): void {
    this.ended = true;
    this.socket?.destroy();
  }

  failLater(failure: SocketFailure, detail?: string): void {
    process.nextTick(() => this.end(detail === undefined ? { failure } : { failure, detail }));
  }

  private receive(chunk: Buffer): void {
    if (this.ended) return;
    this.input.append(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    // A receiver may close the flow in the midst of a chunk.
    for (let message = this.input.next(); message !== undefined && !this.ended; message = this.input.next()) {
      this.events.onMessage(message);
    }
  }

  private end({ failure, detail }: NamedFailure): void {
    if (this.ended) return;
    this.ended = true;
    this.events.onFailure(failure, detail);
  }
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
