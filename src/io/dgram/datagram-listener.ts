// One UDP address for clients, over node:dgram.
//
// Limitations: libuv hands over at most 32 datagrams before it turns to other sockets and to timers; the number cannot
// be set. Node cannot tell to which of the machine's addresses a datagram went, so each address is bound on its own: a
// reply from a wildcard socket may leave from another address than the one that was asked.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Client, ClientCounters, LocalEndpoint, OnQuery } from '../client.ts';
import { ListenError } from '../listen-error.ts';
import { numericLookup } from './numeric-lookup.ts';

/** A burst of queries has to fit while the event loop is busy; the kernel's default is some 200 KiB. */
const RECEIVE_BUFFER_OCTETS = 4 * 1024 * 1024;

export class DatagramListener {
  readonly local: LocalEndpoint;
  private readonly socket: Socket;
  private readonly onQuery: OnQuery;
  private readonly counters: ClientCounters;
  private closed = false;

  private constructor(socket: Socket, local: LocalEndpoint, onQuery: OnQuery, counters: ClientCounters) {
    this.socket = socket;
    this.local = local;
    this.onQuery = onQuery;
    this.counters = counters;
    socket.on('message', (octets, from) => this.receive(octets, from));
    // ICMP errors and full send buffers; the socket itself stays usable.
    socket.on('error', () => {
      counters.udpErrors++;
    });
  }

  /** Binds; rejects with a `ListenError`. */
  static open(address: string, port: number, onQuery: OnQuery, counters: ClientCounters): Promise<DatagramListener> {
    return new Promise((resolve, reject) => {
      const ipv6Only = isIPv6(address);
      const socket = createSocket({ type: ipv6Only ? 'udp6' : 'udp4', ipv6Only, lookup: numericLookup });
      const refuse = (error: Error) => {
        socket.close();
        reject(new ListenError('udp', address, port, error));
      };
      socket.once('error', refuse);
      socket.once('listening', () => {
        socket.off('error', refuse);
        enlargeReceiveBuffer(socket);
        resolve(new DatagramListener(socket, { address, port: socket.address().port }, onQuery, counters));
      });
      socket.bind({ address, port, exclusive: true });
    });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.socket.close();
  }

  private receive(octets: Buffer, from: RemoteInfo): void {
    if (from.port === 0) {
      this.counters.udpUnanswerable++;
      return;
    }
    this.counters.udpQueries++;
    const client: Client = {
      address: from.address,
      port: from.port,
      family: from.family === 'IPv6' ? 6 : 4,
      transport: 'udp',
      local: this.local,
    };
    let replied = false;
    // Not a Buffer: its `slice` would make views where the core expects copies.
    this.onQuery(new Uint8Array(octets.buffer, octets.byteOffset, octets.length), client, (reply) => {
      if (replied) return;
      replied = true;
      if (reply !== undefined) this.send(reply, client);
    });
  }

  private send(octets: Uint8Array, client: Client): void {
    if (this.closed) return;
    this.counters.udpReplies++;
    this.socket.send(octets, client.port, client.address, this.afterSend);
  }

  private readonly afterSend = (error: Error | null): void => {
    if (error !== null) this.counters.udpErrors++;
  };
}

function enlargeReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_OCTETS);
  } catch {
    // Some systems refuse a size above their limit instead of taking the limit; the default then stays.
  }
}
