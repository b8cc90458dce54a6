// Sockets towards servers over node:dgram, node:net and node:tls.
import { createSocket, type Socket } from 'node:dgram';
import type { ServerAddress } from '../../ports/exchange.ts';
import type { Random } from '../../ports/random.ts';
import type {
  DatagramEvents,
  DatagramFlow,
  SocketFailure,
  StreamEvents,
  StreamFlow,
  UpstreamSockets,
} from '../../ports/sockets.ts';
import { errorCode, socketFailure } from '../socket-failure.ts';
import { ANY_SOURCE_ADDRESS, SourceAddresses } from '../source-addresses.ts';
import { openStream } from '../tcp.ts';
import { type TlsReport, TlsStreams } from '../tls.ts';
import { numericLookup } from './numeric-lookup.ts';
import { defaultSourcePorts, type SourcePortRange, SourcePorts } from './source-ports.ts';

/** Ports tried before the operating system chooses one. */
const MAX_PORT_ATTEMPTS = 10;

export interface DgramSocketsOptions {
  readonly random: Random;
  /** Own addresses to send from (`outgoing.source_address`); a family without one is not used. Default: both, any. */
  readonly sourceAddresses?: readonly string[];
  readonly sourcePorts?: SourcePortRange;
  /** Hears how TLS handshakes with servers of a verbose profile ended. */
  readonly tlsReport?: TlsReport;
}

/**
 * The plain driver's sockets: for each UDP attempt a new one on a random port, connected, so that the kernel drops the
 * datagrams of everyone but the server (SECURITY A-04).
 */
export class DgramSockets implements UpstreamSockets {
  private readonly random: Random;
  private readonly sourceAddresses: SourceAddresses;
  private readonly sourcePorts: SourcePorts;
  private readonly tls: TlsStreams;

  constructor(options: DgramSocketsOptions) {
    this.random = options.random;
    this.sourceAddresses = new SourceAddresses(options.sourceAddresses ?? ANY_SOURCE_ADDRESS);
    this.sourcePorts = new SourcePorts(options.sourcePorts ?? defaultSourcePorts);
    this.tls = new TlsStreams(options.tlsReport);
  }

  openDatagram(server: ServerAddress, events: DatagramEvents): DatagramFlow {
    const flow = new ConnectedSocket(events);
    const sourceAddress = this.sourceAddresses.choose(server.family, this.random);
    // Questions for a TLS server never leave in plain text, whoever asks.
    if (sourceAddress === undefined || server.tls !== undefined) flow.failLater('unreachable');
    else flow.open(server, sourceAddress, this.sourcePorts, this.random);
    return flow;
  }

  openStream(server: ServerAddress, events: StreamEvents): StreamFlow {
    const sourceAddress = this.sourceAddresses.choose(server.family, this.random);
    return server.tls === undefined
      ? openStream(server, sourceAddress, events)
      : this.tls.open(server, server.tls, sourceAddress, events);
  }
}

class ConnectedSocket implements DatagramFlow {
  private readonly events: DatagramEvents;
  private socket: Socket | undefined;
  /** The error that the present `bind` has met: it is emitted within the call. */
  private bindError: unknown;
  private binding = false;
  private ended = false;

  constructor(events: DatagramEvents) {
    this.events = events;
  }

  open(server: ServerAddress, sourceAddress: string, ports: SourcePorts, random: Random): void {
    try {
      const socket = createSocket({
        type: server.family === 4 ? 'udp4' : 'udp6',
        ipv6Only: server.family === 6,
        lookup: numericLookup,
      });
      this.socket = socket;
      socket.on('error', (error) => {
        if (this.binding) this.bindError = error;
        else this.fail(socketFailure(error));
      });
      socket.on('message', (octets) => {
        // Not a Buffer: its `slice` would make views where the core expects copies.
        if (!this.ended) this.events.onDatagram(new Uint8Array(octets.buffer, octets.byteOffset, octets.length));
      });
      if (!this.bind(socket, sourceAddress, ports, random)) {
        this.failLater(socketFailure(this.bindError));
        return;
      }
      socket.connect(server.port, server.address);
    } catch (error) {
      this.failLater(socketFailure(error));
    }
  }

  send(octets: Uint8Array): void {
    if (this.ended || this.socket === undefined) return;
    try {
      this.socket.send(octets, this.afterSend);
    } catch {
      // The connect has failed; its error event is on its way.
      this.failLater('unreachable');
    }
  }

  close(): void {
    this.ended = true;
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
  }

  failLater(failure: SocketFailure): void {
    process.nextTick(() => this.fail(failure));
  }

  private bind(socket: Socket, address: string, ports: SourcePorts, random: Random): boolean {
    this.binding = true;
    for (let attempt = 0; attempt <= MAX_PORT_ATTEMPTS; attempt++) {
      this.bindError = undefined;
      const port = attempt === MAX_PORT_ATTEMPTS ? 0 : ports.choose(random);
      socket.bind({ address, port, exclusive: true });
      const code = this.bindError === undefined ? '' : errorCode(this.bindError);
      if (this.bindError === undefined || (code !== 'EADDRINUSE' && code !== 'EACCES')) break;
    }
    this.binding = false;
    return this.bindError === undefined;
  }

  private fail(failure: SocketFailure): void {
    if (this.ended) return;
    this.close();
    this.events.onFailure(failure);
  }

  private readonly afterSend = (error: Error | null): void => {
    if (error !== null) this.fail(socketFailure(error));
  };
}
