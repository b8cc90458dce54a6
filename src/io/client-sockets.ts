// Everything that listens for clients: UDP and TCP on each address.
import type { Clock } from '../ports/clock.ts';
import type { Timers } from '../ports/timers.ts';
import {
  type ClientCounters,
  type DatagramListening,
  type LocalEndpoint,
  newClientCounters,
  type OnQuery,
  type OpenDatagrams,
} from './client.ts';
import { ClientStreams } from './client-streams.ts';
import { DatagramListener } from './dgram/datagram-listener.ts';
import { ListenError } from './listen-error.ts';
import type { TcpLimits } from './tcp-limits.ts';

/** Ports tried where the operating system chooses. */
const MAX_PORT_ATTEMPTS = 10;

export interface ClientSocketsOptions {
  /** Addresses to listen on, each over UDP and TCP. Port 0 lets the operating system choose, the same for both. */
  readonly endpoints: readonly LocalEndpoint[];
  readonly onQuery: OnQuery;
  readonly timers: Timers;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly tcpLimits?: Partial<TcpLimits>;
  /** How UDP is listened on; default: over node:dgram. */
  readonly openDatagrams?: OpenDatagrams;
}

export class ClientSockets {
  readonly counters: ClientCounters = newClientCounters();
  private readonly options: ClientSocketsOptions;
  private readonly datagrams: DatagramListening[] = [];
  private readonly streams: ClientStreams;

  private constructor(options: ClientSocketsOptions) {
    this.options = options;
    this.streams = new ClientStreams({
      onQuery: options.onQuery,
      timers: options.timers,
      clock: options.clock,
      counters: this.counters,
      limits: options.tcpLimits ?? {},
    });
  }

  /**
   * Listens on all addresses or on none: rejects with a `ListenError` for one that cannot be had. UDP on the first address
   * comes last: whoever waits for that port finds everything open.
   */
  static async open(options: ClientSocketsOptions): Promise<ClientSockets> {
    const sockets = new ClientSockets(options);
    try {
      for (const endpoint of [...options.endpoints].reverse()) await sockets.listen(endpoint);
      sockets.datagrams.reverse();
    } catch (error) {
      sockets.close();
      throw error;
    }
    return sockets;
  }

  /** The addresses listened on, with the ports that the operating system chose. */
  get endpoints(): LocalEndpoint[] {
    return this.datagrams.map(({ local }) => local);
  }

  /** TCP connections of clients. */
  get openConnections(): number {
    return this.streams.openConnections;
  }

  /** Stops listening and closes all connections; replies still to come go nowhere. */
  close(): void {
    for (const listener of this.datagrams.splice(0)) listener.close();
    this.streams.close();
  }

  private async listen({ address, port }: LocalEndpoint): Promise<void> {
    if (port === 0) {
      await this.listenOnAnyPort(address);
      return;
    }
    await this.streams.listen(address, port);
    this.datagrams.push(await this.openDatagrams(address, port));
  }

  private openDatagrams(address: string, port: number): ReturnType<OpenDatagrams> {
    const open: OpenDatagrams = this.options.openDatagrams ?? DatagramListener.open;
    return open(address, port, this.options.onQuery, this.counters);
  }

  private async listenOnAnyPort(address: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const listener = await this.openDatagrams(address, 0);
      try {
        await this.streams.listen(address, listener.local.port);
        this.datagrams.push(listener);
        return;
      } catch (error) {
        listener.close();
        // A port that is free for UDP need not be free for TCP; when any will do, another one is.
        const mayTryAnother = error instanceof ListenError && error.code === 'EADDRINUSE';
        if (!mayTryAnother || attempt === MAX_PORT_ATTEMPTS) throw error;
      }
    }
  }
}
