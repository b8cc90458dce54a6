// TCP connections to servers (RFC 7766), over node:net.
import { createConnection, type Socket } from 'node:net';
import type { ServerAddress } from '../ports/exchange.ts';
import type { SocketFailure, StreamEvents, StreamFlow } from '../ports/sockets.ts';
import { socketFailure } from './socket-failure.ts';
import { framed, MessageCutter } from './stream-framing.ts';

/** Begins a connection. `sourceAddress` undefined means that the server's family is not used. */
export function openStream(server: ServerAddress, sourceAddress: string | undefined, events: StreamEvents): StreamFlow {
  const flow = new NetStream(events);
  flow.open(server, sourceAddress);
  return flow;
}

class NetStream implements StreamFlow {
  private readonly events: StreamEvents;
  private readonly input = new MessageCutter();
  private socket: Socket | undefined;
  private failure: SocketFailure = 'closed';
  private ended = false;

  constructor(events: StreamEvents) {
    this.events = events;
  }

  open(server: ServerAddress, sourceAddress: string | undefined): void {
    if (sourceAddress === undefined) {
      process.nextTick(() => this.end('unreachable'));
      return;
    }
    try {
      const socket = createConnection({
        host: server.address,
        port: server.port,
        family: server.family,
        noDelay: true,
        ...(isUnspecified(sourceAddress) ? {} : { localAddress: sourceAddress }),
      });
      this.socket = socket;
      socket.on('connect', () => {
        if (!this.ended) this.events.onConnect();
      });
      socket.on('data', (chunk) => this.receive(chunk));
      socket.on('error', (error) => {
        this.failure = socketFailure(error);
      });
      socket.on('close', () => this.end(this.failure));
    } catch (error) {
      const failure = socketFailure(error);
      process.nextTick(() => this.end(failure));
    }
  }

  send(octets: Uint8Array): void {
    if (!this.ended && this.socket?.writable === true) this.socket.write(framed(octets));
  }

  close(): void {
    this.ended = true;
    this.socket?.destroy();
  }

  private receive(chunk: Buffer): void {
    if (this.ended) return;
    this.input.append(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    // A receiver may close the flow in the midst of a chunk.
    for (let message = this.input.next(); message !== undefined && !this.ended; message = this.input.next()) {
      this.events.onMessage(message);
    }
  }

  private end(failure: SocketFailure): void {
    if (this.ended) return;
    this.ended = true;
    this.events.onFailure(failure);
  }
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
