// The batch driver: one loop in the main thread that owns all UDP, with the reply cache in front of everything.
import { AllowedClients } from '../../fast-path/allowed-clients.ts';
import { FinishedReplies } from '../../fast-path/finished-replies.ts';
import { ReplyCache, replyCacheRoom } from '../../fast-path/reply-cache.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ServerAddress } from '../../ports/exchange.ts';
import type { Random } from '../../ports/random.ts';
import type { DatagramEvents, DatagramFlow, StreamEvents, StreamFlow, UpstreamSockets } from '../../ports/sockets.ts';
import type { Timers } from '../../ports/timers.ts';
import type { ClientCounters, DatagramListening, LocalEndpoint, OnQuery } from '../client.ts';
import { type SourcePortRange, SourcePorts } from '../dgram/source-ports.ts';
import { ListenError } from '../listen-error.ts';
import { SourceAddresses } from '../source-addresses.ts';
import { ClientBatch, type Denials } from './client-batch.ts';
import type { ThreadSocket } from './client-thread.ts';
import { ClientThreads } from './client-threads.ts';
import { COUNTER_OCTETS, Hit, hitCounters } from './hit-counters.ts';
import { NativeMemory } from './layout.ts';
import { type Libc, loadLibc } from './libc.ts';
import { Misses } from './misses.ts';
import { Reactor } from './reactor.ts';
import { ReplyBatch } from './reply-batch.ts';
import { type SocketError, UdpSockets } from './udp-socket.ts';
import { UpstreamDatagrams } from './upstream-datagrams.ts';

/** For batches, addresses and events, beside the cache, the listeners and the threads. */
const WORKING_OCTETS = 1024 * 1024;
/** Listeners whose memory is there although none were announced: where the first try fails, others may be opened. */
const SPARE_LISTENERS = 2;
/** Some two hundredths of a processor. */
const BEGIN_THREADS_AT_HITS = 2_000;
const SOCKET_BUFFER_OCTETS = 4 * 1024 * 1024;

export interface BatchDriverOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly sourceAddresses: readonly string[];
  readonly sourcePorts: SourcePortRange;
  /** Addresses that will be listened on. */
  readonly listeners: number;
  /** Threads in all, the main one included; each has a socket of its own for each address. */
  readonly threads: number;
  /** Queries answered from the cache in a second, from which on the other threads are of use; default 2,000. */
  readonly beginThreadsAtHits?: number;
  /** Memory of the reply cache; 0 switches it off. */
  readonly cacheOctets: number;
  readonly maxReplyOctets: number;
  /** The longest reply over UDP. */
  readonly udpOctets: number;
  readonly maxTtl: number;
  readonly maxNegativeTtl: number;
  /** TCP and TLS, which stay with Node. */
  readonly streams: Pick<UpstreamSockets, 'openStream'>;
  readonly onFault: (error: unknown) => void;
}

export class BatchDriver implements UpstreamSockets {
  readonly timers: Timers;
  readonly replies: ReplyCache;
  /** The same, for queries over streams. */
  readonly finished: FinishedReplies;
  readonly clients: AllowedClients;
  private readonly options: BatchDriverOptions;
  private readonly libc: Libc;
  private readonly memory: NativeMemory;
  private readonly reactor: Reactor;
  private readonly sockets: UdpSockets;
  private readonly replyBatch: ReplyBatch;
  private readonly upstream: UpstreamDatagrams;
  private readonly hashSeed: number;
  private readonly threads: ClientThreads;
  /** Of the main thread, by `Hit`. */
  private readonly counters: Float64Array;
  /** Memory of `ClientBatch` that is free again. */
  private readonly freeAreas: number[] = [];
  private denials: Denials | undefined;
  /** By the listener's number. */
  private readonly misses: (Misses | undefined)[] = [];

  private constructor(options: BatchDriverOptions, libc: Libc) {
    this.options = options;
    this.libc = libc;
    const room = replyCacheRoom(options.cacheOctets, options.maxReplyOctets);
    const batches = (options.listeners + SPARE_LISTENERS) * options.threads;
    const octets =
      WORKING_OCTETS +
      batches * ClientBatch.octets +
      options.threads * ClientThreads.octets +
      AllowedClients.octets +
      FinishedReplies.octets +
      room.octets;
    const buffer = new SharedArrayBuffer(octets);
    this.memory = new NativeMemory(buffer, libc.addressOf(new Uint8Array(buffer)));
    this.reactor = new Reactor(libc, this.memory, options.clock, options.onFault);
    this.timers = this.reactor;
    this.sockets = new UdpSockets(libc, this.memory);
    this.replyBatch = new ReplyBatch(libc, this.memory);
    this.reactor.everyRound(() => this.replyBatch.flush());
    this.hashSeed = options.random.below(0x7fffffff);
    this.counters = hitCounters(this.memory, this.memory.take(COUNTER_OCTETS));
    const clients = this.memory.take(AllowedClients.octets);
    this.clients = new AllowedClients(this.memory.octets, clients, this.hashSeed);
    const cache = {
      start: this.memory.take(room.octets),
      ...room,
      hashSeed: this.hashSeed,
      maxTtl: options.maxTtl,
      maxNegativeTtl: options.maxNegativeTtl,
    };
    this.replies = new ReplyCache({ ...cache, memory: this.memory.octets });
    this.finished = new FinishedReplies({
      cache: this.replies,
      memory: this.memory.octets,
      place: this.memory.take(FinishedReplies.octets),
      hashSeed: this.hashSeed,
      udpOctets: options.udpOctets,
    });
    this.threads = new ClientThreads({
      libc,
      memory: this.memory,
      reactor: this.reactor,
      count: options.threads - 1,
      clients,
      hashSeed: this.hashSeed,
      cache,
      cacheSeconds: () => options.clock.cacheSeconds(),
      onMiss: (listener, query, length, address, control, controlOctets) =>
        this.misses[listener]?.onMiss(query, length, address, control, controlOctets),
      hits: () => this.counters[Hit.HITS] ?? 0,
      beginAtHits: options.beginThreadsAtHits ?? BEGIN_THREADS_AT_HITS,
      onReady: (sockets) => {
        for (const { fd } of sockets) this.reactor.remove(fd);
      },
      onLost: (sockets) => this.takeOver(sockets),
      onFault: options.onFault,
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

  /** What listens from now on in this thread denies names out of cached proofs; other threads pass them on to it. */
  useDenials(denials: Denials): void {
    this.denials = denials;
  }

  /** All addresses are listened on: the other threads may begin when there is enough to do. */
  startThreads(): void {
    this.threads.start();
  }

  /** Sockets towards servers that are open, those that wait for another query included. */
  get upstreamSockets(): number {
    return this.upstream.size;
  }

  /** Threads that answer, the main one included. */
  get threadCount(): number {
    return this.threads.count + 1;
  }

  /** One of the counters (`Hit`), by thread, the main one first. */
  countByThread(counter: Hit): number[] {
    return [this.counters, ...this.threads.counters].map((counters) => counters[counter] ?? 0);
  }

  /** One of the counters over all threads. */
  count(counter: Hit): number {
    return this.countByThread(counter).reduce((sum, count) => sum + count, 0);
  }

  close(): void {
    this.replyBatch.flush();
    this.threads.close();
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
    const fd = this.openListening(address, port);
    const local: LocalEndpoint = { address, port: this.sockets.portOf(fd) };
    const misses = new Misses(this.memory, this.replyBatch, fd, local, onQuery, counters, this.later);
    const listener = this.misses.push(misses) - 1;
    const sockets: ThreadSocket[] = [{ fd, area: this.takeArea(), listener }];
    const close = (): void => {
      if (this.misses[listener] === undefined) return;
      this.misses[listener] = undefined;
      misses.close();
      // Replies that are on their way use its descriptors.
      this.replyBatch.flush();
      this.threads.removeListener(listener);
      for (const socket of sockets) {
        this.reactor.remove(socket.fd);
        this.libc.close(socket.fd);
        this.freeAreas.push(socket.area);
      }
    };
    try {
      if (!this.takeOver(sockets))
        throw new ListenError('udp', address, port, systemError(this.sockets.failed('epoll_ctl')));
      for (let thread = 0; thread < this.threads.count; thread++) {
        const socket = { fd: this.openListening(address, local.port), area: this.takeArea(), listener };
        sockets.push(socket);
        if (!this.takeOver([socket]) || !this.threads.addSocket(thread, socket)) {
          throw new ListenError('udp', address, port, systemError(this.sockets.failed('epoll_ctl')));
        }
      }
    } catch (error) {
      close();
      throw error;
    }
    return { local, close };
  }

  private openListening(address: string, port: number): number {
    const fd = this.sockets.open({
      address,
      port,
      isShared: this.threads.count > 0,
      wantsDestination: address === '0.0.0.0' || address === '::',
      bufferOctets: SOCKET_BUFFER_OCTETS,
    });
    if (typeof fd !== 'number') throw new ListenError('udp', address, port, systemError(fd));
    return fd;
  }

  private takeArea(): number {
    return this.freeAreas.pop() ?? this.memory.take(ClientBatch.octets);
  }

  /** Reads these sockets in the main thread: its own, and those of a thread that is gone. */
  private takeOver(sockets: readonly ThreadSocket[]): boolean {
    for (const { fd, area, listener } of sockets) {
      const misses = this.misses[listener];
      if (misses === undefined) continue;
      const batch = new ClientBatch({
        libc: this.libc,
        memory: this.memory,
        area,
        fd,
        cache: this.replies,
        clients: this.clients,
        hashSeed: this.hashSeed,
        now: () => this.options.clock.cacheSeconds(),
        counters: this.counters,
        denials: this.denials,
        misses,
        onFault: this.options.onFault,
      });
      if (!this.reactor.add(fd, batch, true)) return false;
    }
    return true;
  }

  private readonly later = (work: () => void): boolean => {
    if (this.reactor.later(work)) return true;
    this.counters[Hit.OVERFLOWS] = (this.counters[Hit.OVERFLOWS] ?? 0) + 1;
    return false;
  };
}

function systemError({ call, code }: SocketError): Error {
  return Object.assign(new Error(`${call}: ${code}`), { code });
}
