// UDP towards servers: connected sockets on random ports, used again for the same server only.
//
// Off-path spoofing stays as hard as with a fresh socket for each query. A port that has been used is known to its server
// and to who can see the packets, and it is used for that server again and for no other: whoever runs a server learns
// only the ports of the queries to that server. One query at a time uses a socket, so that nothing but its own reply is
// expected there; a socket retires after a few uses or seconds, and at once when a query on it got no reply (RFC 5452,
// SECURITY ).

import type { Clock } from '../../ports/clock.ts';
import type { ServerAddress } from '../../ports/exchange.ts';
import type { Random } from '../../ports/random.ts';
import type { DatagramEvents, DatagramFlow, SocketFailure } from '../../ports/sockets.ts';
import type { Timer, Timers } from '../../ports/timers.ts';
import type { SourcePorts } from '../dgram/source-ports.ts';
import { failureOfCode } from '../socket-failure.ts';
import type { SourceAddresses } from '../source-addresses.ts';
import { EAGAIN, EINTR, MSG_DONTWAIT, MSG_PEEK, type NativeMemory } from './layout.ts';
import type { Libc } from './libc.ts';
import type { Reactor, Reader } from './reactor.ts';
import { errorName, type UdpSockets } from './udp-socket.ts';

/** Queries that one socket serves, one after the other. */
const MAX_USES = 16;
/** Milliseconds from the first to the last use. */
const MAX_AGE_MS = 5_000;
/** Sockets that wait for another query to their server. */
const MAX_IDLE = 256;
/** Sockets that have waited for too long are looked for so often. */
const SWEEP_MS = 1_000;
/** Ports tried before the operating system chooses one. */
const MAX_PORT_ATTEMPTS = 10;
/** Longer than anything we offer to take: what is longer than offered is seen to be so. */
const RECEIVE_OCTETS = 0x10000;

/** Another program has the port, or it is not for us. */
const portErrors = ['EADDRINUSE', 'EACCES'];
/** No descriptors are left. */
const fullErrors = ['EMFILE', 'ENFILE'];

export interface UpstreamDatagramsOptions {
  readonly libc: Libc;
  readonly memory: NativeMemory;
  readonly sockets: UdpSockets;
  readonly reactor: Reactor;
  readonly timers: Timers;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly random: Random;
  readonly sourceAddresses: SourceAddresses;
  readonly sourcePorts: SourcePorts;
}

export class UpstreamDatagrams {
  readonly options: UpstreamDatagramsOptions;
  readonly receiveAt: number;
  readonly sendAt: number;
  /** By server; the longest idle first. */
  private readonly idle = new Map<string, ServerSocket[]>();
  private readonly idleOrder = new Set<ServerSocket>();
  private readonly all = new Set<ServerSocket>();
  private sweep: Timer | undefined;

  constructor(options: UpstreamDatagramsOptions) {
    this.options = options;
    this.receiveAt = options.memory.take(RECEIVE_OCTETS);
    this.sendAt = options.memory.take(RECEIVE_OCTETS);
  }

  /** As `UpstreamSockets.openDatagram`. */
  openDatagram(server: ServerAddress, events: DatagramEvents): DatagramFlow {
    // Questions for a TLS server never leave in plain text, whoever asks.
    if (server.tls !== undefined || server.port === 0) return this.failing('unreachable', events);
    const socket = this.takeIdle(server) ?? this.openSocket(server);
    if (!(socket instanceof ServerSocket)) return this.failing(socket, events);
    return socket.use(events);
  }

  /** Sockets open now. */
  get size(): number {
    return this.all.size;
  }

  /** Of these, the ones that wait for another query. */
  get idleSize(): number {
    return this.idleOrder.size;
  }

  close(): void {
    this.sweep?.cancel();
    for (const socket of [...this.all]) this.retire(socket);
  }

  /** Takes a socket back after a query. */
  release(socket: ServerSocket, isClean: boolean): void {
    const now = this.options.clock.monotonicMs();
    if (!isClean || socket.uses >= MAX_USES || now - socket.openedAtMs > MAX_AGE_MS) {
      this.retire(socket);
      return;
    }
    const waiting = this.idle.get(socket.server.key);
    if (waiting === undefined) this.idle.set(socket.server.key, [socket]);
    else waiting.push(socket);
    this.idleOrder.add(socket);
    if (this.idleOrder.size > MAX_IDLE) this.retireOldest();
    this.sweep ??= this.options.timers.at(now + SWEEP_MS, this.retireAged);
  }

  /** Forgets and closes. */
  retire(socket: ServerSocket): void {
    if (!this.all.delete(socket)) return;
    this.leaveIdle(socket);
    this.options.reactor.remove(socket.fd);
    this.options.libc.close(socket.fd);
  }

  /** The socket that has been idle for longest; false when none is idle. */
  private retireOldest(): boolean {
    for (const socket of this.idleOrder) {
      this.retire(socket);
      return true;
    }
    return false;
  }

  /** A port that nobody needs any more does not stay open to guesses. */
  private readonly retireAged = (): void => {
    const { clock, timers } = this.options;
    const now = clock.monotonicMs();
    for (const socket of [...this.idleOrder]) if (now - socket.openedAtMs > MAX_AGE_MS) this.retire(socket);
    this.sweep = this.idleOrder.size === 0 ? undefined : timers.at(now + SWEEP_MS, this.retireAged);
  };

  private takeIdle(server: ServerAddress): ServerSocket | undefined {
    const now = this.options.clock.monotonicMs();
    for (;;) {
      const socket = this.idle.get(server.key)?.at(-1);
      if (socket === undefined) return undefined;
      this.leaveIdle(socket);
      if (now - socket.openedAtMs <= MAX_AGE_MS && socket.isQuiet()) return socket;
      this.retire(socket);
    }
  }

  private leaveIdle(socket: ServerSocket): void {
    if (!this.idleOrder.delete(socket)) return;
    const waiting = this.idle.get(socket.server.key);
    if (waiting === undefined) return;
    const index = waiting.lastIndexOf(socket);
    if (index >= 0) waiting.splice(index, 1);
    if (waiting.length === 0) this.idle.delete(socket.server.key);
  }

  private openSocket(server: ServerAddress): ServerSocket | SocketFailure {
    const { sockets, sourceAddresses, sourcePorts, random, reactor, libc, clock } = this.options;
    const address = sourceAddresses.choose(server.family, random);
    if (address === undefined) return 'unreachable';
    let fd = -1;
    for (let attempt = 0; attempt <= MAX_PORT_ATTEMPTS && fd < 0; attempt++) {
      const port = attempt === MAX_PORT_ATTEMPTS ? 0 : sourcePorts.choose(random);
      const opened = sockets.open({ address, port });
      if (typeof opened === 'number') {
        fd = opened;
        continue;
      }
      const { code } = opened;
      // Sockets that nobody uses make room for one that somebody needs.
      const hasRoom = fullErrors.includes(code) && this.retireOldest();
      if (!hasRoom && !portErrors.includes(code)) return failureOfCode(code);
    }
    if (fd < 0) return 'no-socket';
    const error = sockets.connect(fd, server.address, server.port);
    const socket = new ServerSocket(this, server, fd, clock.monotonicMs());
    if (error !== undefined || !reactor.add(fd, socket)) {
      libc.close(fd);
      return error === undefined ? 'no-socket' : failureOfCode(error.code);
    }
    this.all.add(socket);
    return socket;
  }

  private failing(failure: SocketFailure, events: DatagramEvents): DatagramFlow {
    const { timers, clock } = this.options;
    const timer = timers.at(clock.monotonicMs(), () => events.onFailure(failure));
    return { send: () => {}, close: () => timer.cancel() };
  }
}

/** A socket connected to one server; serves one query at a time. */
export class ServerSocket implements Reader {
  readonly server: ServerAddress;
  readonly fd: number;
  readonly openedAtMs: number;
  uses = 0;
  private readonly owner: UpstreamDatagrams;
  private user: QueryFlow | undefined;

  constructor(owner: UpstreamDatagrams, server: ServerAddress, fd: number, openedAtMs: number) {
    this.owner = owner;
    this.server = server;
    this.fd = fd;
    this.openedAtMs = openedAtMs;
  }

  use(events: DatagramEvents): DatagramFlow {
    this.uses++;
    this.user = new QueryFlow(this, events);
    return this.user;
  }

  /**
   * Whether nothing has come since its query was answered. What has come is a repeated reply, a guess or an error, and
   * would be taken for the reply to the next query.
   */
  isQuiet(): boolean {
    const { libc, memory } = this.owner.options;
    return (
      libc.recv(this.fd, memory.base + this.owner.receiveAt, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && libc.errno() === EAGAIN
    );
  }

  onReadable(): void {
    const { libc, memory } = this.owner.options;
    const length = libc.recv(this.fd, memory.base + this.owner.receiveAt, RECEIVE_OCTETS, MSG_DONTWAIT);
    const { user } = this;
    if (length < 0) {
      const errno = libc.errno();
      if (errno !== EAGAIN && errno !== EINTR) this.fail(failureOfCode(errorName(errno)));
      return;
    }
    // Nobody waits: a late or repeated reply, or somebody's guess.
    if (user === undefined) {
      this.owner.retire(this);
      return;
    }
    const at = this.owner.receiveAt;
    user.receive(memory.octets.slice(at, at + length));
  }

  send(octets: Uint8Array): void {
    const { libc, memory } = this.owner.options;
    if (octets.length > RECEIVE_OCTETS) return;
    memory.octets.set(octets, this.owner.sendAt);
    if (libc.send(this.fd, memory.base + this.owner.sendAt, octets.length, MSG_DONTWAIT) >= 0) return;
    const failure = failureOfCode(errorName(libc.errno()));
    const { timers, clock } = this.owner.options;
    const { user } = this;
    timers.at(clock.monotonicMs(), () => {
      if (user !== undefined && this.user === user) this.fail(failure);
    });
  }

  /** The query on it has ended. */
  free(isClean: boolean): void {
    this.user = undefined;
    this.owner.release(this, isClean);
  }

  private fail(failure: SocketFailure): void {
    const { user } = this;
    this.user = undefined;
    this.owner.retire(this);
    user?.fail(failure);
  }
}

class QueryFlow implements DatagramFlow {
  private socket: ServerSocket | undefined;
  private readonly events: DatagramEvents;
  private datagrams = 0;

  constructor(socket: ServerSocket, events: DatagramEvents) {
    this.socket = socket;
    this.events = events;
  }

  send(octets: Uint8Array): void {
    this.socket?.send(octets);
  }

  close(answered = false): void {
    const { socket } = this;
    this.socket = undefined;
    // Whoever sent anything but the one reply knows the port; and a reply that is still to come must find nobody.
    socket?.free(answered && this.datagrams === 1);
  }

  receive(octets: Uint8Array): void {
    this.datagrams++;
    this.events.onDatagram(octets);
  }

  fail(failure: SocketFailure): void {
    this.socket = undefined;
    this.events.onFailure(failure);
  }
}
