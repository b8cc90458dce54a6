// The batch driver: one loop in the main thread that owns all UDP, with the reply cache in front of everything.
import { AllowedClients } from '../../fast-path/allowed-clients.ts';
import { ReplyCache } from '../../fast-path/reply-cache.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ServerAddress } from '../../ports/exchange.ts';
import type { Random } from '../../ports/random.ts';
import type { DatagramEvents, DatagramFlow, StreamEvents, StreamFlow, UpstreamSockets } from '../../ports/sockets.ts';
import type { Timers } from '../../ports/timers.ts';
import type { Client, ClientCounters, DatagramListening, LocalEndpoint, OnQuery } from '../client.ts';
import { type SourcePortRange, SourcePorts } from '../dgram/source-ports.ts';
import { ListenError } from '../listen-error.ts';
import { SourceAddresses } from '../source-addresses.ts';
import { ClientBatch, type HitCounters, type MissHandler } from './client-batch.ts';
import { AF_INET, NativeMemory, SOCKADDR4_OCTETS, SOCKADDR6_OCTETS } from './layout.ts';
import { type Libc, loadLibc } from './libc.ts';
import { Reactor } from './reactor.ts';
import { ReplyBatch } from './reply-batch.ts';
import { type SocketError, socketAddressText, UdpSockets } from './udp-socket.ts';
import { UpstreamDatagrams } from './upstream-datagrams.ts';

/** For batches, addresses and events, beside the cache; each listener takes some 300 KiB. */
const WORKING_OCTETS = 4 * 1024 * 1024;
const LISTENER_OCTETS = 384 * 1024;
/** The largest UDP reply that can be configured. */
const MAX_UDP_OCTETS = 4096;
const SOCKET_BUFFER_OCTETS = 4 * 1024 * 1024;

export interface BatchDriverOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly sourceAddresses: readonly string[];
  readonly sourcePorts: SourcePortRange;
  /** Sockets that will listen. */
  readonly listeners: number;
  /** Memory of the reply cache; 0 switches it off. */
  readonly cacheOctets: number;
  readonly maxReplyOctets: number;
  readonly maxTtl: number;
  readonly maxNegativeTtl: number;
  /** TCP and TLS, which stay with Node. */
  readonly streams: Pick<UpstreamSockets, 'openStream'>;
  readonly onFault: (error: unknown) => void;
}

export class BatchDriver implements UpstreamSockets {
  readonly timers: Timers;
  readonly replies: ReplyCache;
  readonly clients: AllowedClients;
  readonly hits: HitCounters = {
    hits: 0,
    misses: 0,
    ipv6: 0,
    dnssecOk: 0,
    authenticData: 0,
    checkingDisabled: 0,
    nxdomain: 0,
    servfail: 0,
    sendErrors: 0,
  };
  private readonly options: BatchDriverOptions;
  private readonly libc: Libc;
  private readonly memory: NativeMemory;
  private readonly reactor: Reactor;
  private readonly sockets: UdpSockets;
  private readonly replyBatch: ReplyBatch;
  private readonly upstream: UpstreamDatagrams;
  private readonly hashSeed: number;

  private constructor(options: BatchDriverOptions, libc: Libc) {
    this.options = options;
    this.libc = libc;
    const cacheOctets = Math.max(options.cacheOctets, 64 * 1024) & ~63;
    const octets = WORKING_OCTETS + options.listeners * LISTENER_OCTETS + AllowedClients.octets + cacheOctets;
    const buffer = new SharedArrayBuffer(octets);
    this.memory = new NativeMemory(buffer, libc.addressOf(new Uint8Array(buffer)));
    this.reactor = new Reactor(libc, this.memory, options.clock, options.onFault);
    this.timers = this.reactor;
    this.sockets = new UdpSockets(libc, this.memory);
    this.replyBatch = new ReplyBatch(libc, this.memory);
    this.reactor.everyRound(() => this.replyBatch.flush());
    this.hashSeed = options.random.below(0x7fffffff);
    this.clients = new AllowedClients(this.memory.octets, this.memory.take(AllowedClients.octets), this.hashSeed);
    this.replies = new ReplyCache({
      memory: this.memory.octets,
      start: this.memory.take(cacheOctets),
      octets: cacheOctets,
      hashSeed: this.hashSeed,
      maxReplyOctets: options.cacheOctets === 0 ? 0 : Math.min(options.maxReplyOctets, MAX_UDP_OCTETS),
      maxTtl: options.maxTtl,
      maxNegativeTtl: options.maxNegativeTtl,
    });
    this.upstream = new UpstreamDatagrams({
      libc,
      memory: this.memory,
      sockets: this.sockets,
      reactor: this.reactor,
      timers: this.reactor,
      clock: options.clock,
      random: options.random,
      sourceAddresses: new SourceAddresses(options.sourceAddresses),
      sourcePorts: new SourcePorts(options.sourcePorts),
    });
  }

  /** A driver, or why there is none. */
  static create(options: BatchDriverOptions): BatchDriver | { readonly missing: string } {
    const libc = loadLibc();
    if ('missing' in libc) return libc;
    try {
      return new BatchDriver(options, libc);
    } catch (error) {
      return { missing: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Begins to wait. */
  start(): void {
    this.reactor.start();
  }

  close(): void {
    this.replyBatch.flush();
    this.upstream.close();
    this.reactor.close();
  }

  /** libuv must soon look at what it was given. */
  wantTurn(): void {
    this.reactor.wantTurn();
  }

  openDatagram(server: ServerAddress, events: DatagramEvents): DatagramFlow {
    return this.upstream.openDatagram(server, events);
  }

  openStream(server: ServerAddress, events: StreamEvents): StreamFlow {
    this.wantTurn();
    const flow = this.options.streams.openStream(server, events);
    return {
      send: (octets) => {
        this.wantTurn();
        flow.send(octets);
      },
      close: () => {
        this.wantTurn();
        flow.close();
      },
    };
  }

  /** Listens for clients; throws a `ListenError`. */
  listen(address: string, port: number, onQuery: OnQuery, counters: ClientCounters): DatagramListening {
    const isWildcard = address === '0.0.0.0' || address === '::';
    const fd = this.sockets.open({
      address,
      port,
      wantsDestination: isWildcard,
      bufferOctets: SOCKET_BUFFER_OCTETS,
    });
    if (typeof fd !== 'number') throw new ListenError('udp', address, port, systemError(fd));
    const local: LocalEndpoint = { address, port: this.sockets.portOf(fd) };
    const misses = new Misses(this.memory, this.replyBatch, fd, local, onQuery, counters);
    const batch = new ClientBatch({
      libc: this.libc,
      memory: this.memory,
      fd,
      cache: this.replies,
      clients: this.clients,
      hashSeed: this.hashSeed,
      now: () => this.options.clock.cacheSeconds(),
      counters: this.hits,
      misses,
    });
    if (!this.reactor.add(fd, batch)) {
      this.libc.close(fd);
      throw new ListenError('udp', address, port, new Error('epoll refuses the socket'));
    }
    let isOpen = true;
    return {
      local,
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        misses.close();
        this.reactor.remove(fd);
        this.libc.close(fd);
      },
    };
  }
}

/** Turns what the cache did not know into queries for the slow path. */
class Misses implements MissHandler {
  private readonly memory: NativeMemory;
  private readonly batch: ReplyBatch;
  private readonly fd: number;
  private readonly local: LocalEndpoint;
  private readonly onQuery: OnQuery;
  private readonly counters: ClientCounters;
  private isOpen = true;

  constructor(
    memory: NativeMemory,
    batch: ReplyBatch,
    fd: number,
    local: LocalEndpoint,
    onQuery: OnQuery,
    counters: ClientCounters,
  ) {
    this.memory = memory;
    this.batch = batch;
    this.fd = fd;
    this.local = local;
    this.onQuery = onQuery;
    this.counters = counters;
  }

  close(): void {
    this.isOpen = false;
  }

  onMiss(query: number, length: number, address: number, control: number, controlOctets: number): void {
    const { octets } = this.memory;
    const isIPv4 = octets[address] === AF_INET;
    const from = octets.slice(address, address + (isIPv4 ? SOCKADDR4_OCTETS : SOCKADDR6_OCTETS));
    const client = new BatchClient(from, this.local);
    if (client.port === 0) {
      this.counters.udpUnanswerable++;
      return;
    }
    this.counters.udpQueries++;
    const path = { fd: this.fd, address: from, control: octets.slice(control, control + controlOctets) };
    let replied = false;
    this.onQuery(octets.slice(query, query + length), client, (reply) => {
      if (replied) return;
      replied = true;
      if (reply === undefined || !this.isOpen) return;
      this.counters.udpReplies++;
      this.batch.add(path, reply);
    });
  }
}

class BatchClient implements Client {
  readonly transport = 'udp';
  readonly port: number;
  readonly family: 4 | 6;
  readonly octets: Uint8Array;
  readonly local: LocalEndpoint;
  private readonly socketAddress: Uint8Array;

  constructor(socketAddress: Uint8Array, local: LocalEndpoint) {
    this.socketAddress = socketAddress;
    this.local = local;
    this.family = socketAddress[0] === AF_INET ? 4 : 6;
    this.port = ((socketAddress[2] ?? 0) << 8) | (socketAddress[3] ?? 0);
    this.octets = this.family === 4 ? socketAddress.slice(4, 8) : socketAddress.slice(8, 24);
  }

  /** Made when somebody wants to read it. */
  get address(): string {
    return socketAddressText(this.socketAddress, 0).address;
  }
}

const errorCodes = new Map<number, string>([
  [13, 'EACCES'],
  [98, 'EADDRINUSE'],
  [99, 'EADDRNOTAVAIL'],
  [97, 'EAFNOSUPPORT'],
  [24, 'EMFILE'],
]);

function systemError({ call, errno }: SocketError): Error {
  const code = errorCodes.get(errno) ?? `error ${errno}`;
  return Object.assign(new Error(`${call}: ${code}`), { code });
}
