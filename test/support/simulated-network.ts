// A network in memory under virtual time: it implements the upstream sockets, so that the real transport code runs on
// it unchanged. Datagrams and messages travel as octets; latency, loss and what servers do are parameters.
import type { ServerAddress, TlsProfile, Transport } from '../../src/ports/exchange.ts';
import type {
  DatagramEvents,
  DatagramFlow,
  SocketFailure,
  StreamEvents,
  StreamFlow,
  UpstreamSockets,
} from '../../src/ports/sockets.ts';
import type { Timer } from '../../src/ports/timers.ts';
import { typeText } from '../../src/wire/constants.ts';
import { rcodeOf } from '../../src/wire/header.ts';
import { parseQuestion } from '../../src/wire/message.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { readU16 } from '../../src/wire/reader.ts';
import { SeededRandom } from './seeded-random.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** One message on its way back; `delayMs` is added to the latency. */
export interface Delivery {
  readonly octets: Uint8Array;
  readonly delayMs?: number;
}

export interface ArrivedQuery {
  readonly octets: Uint8Array;
  /** TLS counts as TCP: inside of it nothing differs. */
  readonly transport: 'udp' | 'tcp';
  readonly server: ServerAddress;
  /** Virtual instant of arrival at the server. */
  readonly nowMs: number;
  /** How many queries this server has seen before this one, over both transports. */
  readonly seenBefore: number;
}

/** What a server does with a query: one reply, several, or none. */
export type Responder = (query: ArrivedQuery) => Uint8Array | readonly Delivery[] | undefined;

/** The way to a server, and what its operating system does. */
export interface ServerPath {
  /** One way, milliseconds. */
  readonly latencyMs?: number;
  /** Added to the latency at random, up to this many milliseconds. */
  readonly jitterMs?: number;
  /** Probability that one datagram is lost, either way. Streams lose nothing. */
  readonly loss?: number;
  /** The host says that nobody listens: ICMP port unreachable, or a TCP reset. */
  readonly refuses?: 'udp' | 'tcp' | 'both';
  /** What a TLS client finds wrong in the handshake. */
  readonly tlsFails?: string;
  /** No route to the host. */
  readonly unreachable?: boolean;
  /** Nothing ever comes back: a host that is down, or a firewall that drops. */
  readonly drops?: 'udp' | 'tcp' | 'both';
  /** The server closes a stream after this many messages. */
  readonly messagesPerStream?: number;
  /** The server closes a stream that was idle for so long; default 10 s. */
  readonly streamIdleMs?: number;
}

interface Server {
  readonly responder: Responder;
  readonly path: ServerPath;
  seen: number;
}

export interface TraceEntry {
  readonly atMs: number;
  readonly server: string;
  readonly transport: Transport;
  readonly what: 'query' | 'reply' | 'lost' | 'connect' | 'failure' | 'close';
  /** The question in text, and for replies rcode and size. */
  readonly text: string;
}

export interface SimulatedNetworkOptions {
  readonly clock: VirtualClock;
  readonly random?: SeededRandom;
  /** Used where a path does not say. */
  readonly latencyMs?: number;
  /** What hosts that do not exist do. */
  readonly unknownServers?: 'silent' | 'unreachable' | 'connection-refused';
}

const DEFAULT_LATENCY_MS = 10;
const DEFAULT_STREAM_IDLE_MS = 10_000;
const MAX_TRACE_ENTRIES = 100_000;

export class SimulatedNetwork implements UpstreamSockets {
  readonly trace: TraceEntry[] = [];
  readonly random: SeededRandom;
  private readonly clock: VirtualClock;
  private readonly latencyMs: number;
  private readonly unknownServers: 'silent' | 'unreachable' | 'connection-refused';
  private readonly servers = new Map<string, Server>();
  private readonly openFlows = new Map<object, string>();

  constructor(options: SimulatedNetworkOptions) {
    this.clock = options.clock;
    this.random = options.random ?? new SeededRandom();
    this.latencyMs = options.latencyMs ?? DEFAULT_LATENCY_MS;
    this.unknownServers = options.unknownServers ?? 'silent';
    this.clock.addWitness(() => this.report());
  }

  /** Puts a server at `address` (port 53) or `address#port`; one that stood there before is replaced. */
  addServer(address: string, responder: Responder, path: ServerPath = {}): void {
    this.servers.set(serverKey(address), { responder, path, seen: 0 });
  }

  /** Changes the way to a server that is already there. */
  setPath(address: string, path: ServerPath): void {
    const server = this.servers.get(serverKey(address));
    if (server === undefined) throw new Error(`no server at ${address}`);
    this.servers.set(serverKey(address), { ...server, path });
  }

  removeServer(address: string): void {
    this.servers.delete(serverKey(address));
  }

  /** Queries that reached the server so far. */
  queriesTo(address: string): number {
    return this.servers.get(serverKey(address))?.seen ?? 0;
  }

  /** Queries that reached any server so far. */
  get queries(): number {
    let total = 0;
    for (const { seen } of this.servers.values()) total += seen;
    return total;
  }

  /** Sockets that are open now. */
  get openSockets(): number {
    return this.openFlows.size;
  }

  /** The trace as text: equal seeds give equal texts. */
  traceText(): string {
    const lines = this.trace.map(
      ({ atMs, server, transport, what, text }) => `${atMs.toFixed(3)} ${server} ${transport} ${what} ${text}`,
    );
    return [`seed ${this.random.seed}`, ...lines].join('\n');
  }

  openDatagram(address: ServerAddress, events: DatagramEvents): DatagramFlow {
    if (address.tls !== undefined) throw new Error(`a question for ${address.key} was to leave in plain text`);
    let open = true;
    const flow: DatagramFlow = {
      send: (octets) => {
        if (!open) return;
        const query = octets.slice();
        this.note(address, 'udp', 'query', questionText(query));
        const failure = this.failureOf(address, 'udp');
        if (failure !== undefined) {
          this.clock.after(this.oneWayMs(address), () => {
            if (!open) return;
            this.note(address, 'udp', 'failure', failure);
            events.onFailure(failure);
          });
          return;
        }
        if (this.isLost(address, query)) return;
        this.clock.after(this.oneWayMs(address), () => {
          for (const delivery of this.respond(address, 'udp', query)) {
            if (this.isLost(address, delivery.octets)) continue;
            this.clock.after(this.oneWayMs(address) + (delivery.delayMs ?? 0), () => {
              if (!open) return;
              this.note(address, 'udp', 'reply', replyText(delivery.octets));
              events.onDatagram(delivery.octets.slice());
            });
          }
        });
      },
      close: () => {
        open = false;
        this.openFlows.delete(flow);
      },
    };
    this.openFlows.set(flow, `udp flow to ${address.key}, open since ${this.clock.monotonicMs()} ms`);
    return flow;
  }

  openStream(address: ServerAddress, events: StreamEvents): StreamFlow {
    const stream = new SimulatedStream(this, this.clock, address, events);
    this.openFlows.set(
      stream,
      `${stream.transport} stream to ${address.key}, open since ${this.clock.monotonicMs()} ms`,
    );
    stream.connect();
    return stream;
  }

  /** What the operating system says instead of carrying octets; undefined when it carries them. */
  failureOf(address: ServerAddress, transport: Transport): SocketFailure | undefined {
    const server = this.servers.get(address.key);
    if (server === undefined) return this.unknownServers === 'silent' ? undefined : this.unknownServers;
    if (server.path.unreachable) return 'unreachable';
    return appliesTo(server.path.refuses, transport) ? 'connection-refused' : undefined;
  }

  /** Whether packets of a transport vanish. */
  swallows(address: ServerAddress, transport: Transport): boolean {
    const server = this.servers.get(address.key);
    return server === undefined || appliesTo(server.path.drops, transport);
  }

  oneWayMs(address: ServerAddress): number {
    const path = this.servers.get(address.key)?.path;
    const jitterMs = path?.jitterMs ?? 0;
    return (path?.latencyMs ?? this.latencyMs) + (jitterMs > 0 ? this.random.below(Math.ceil(jitterMs) + 1) : 0);
  }

  pathOf(address: ServerAddress): ServerPath {
    return this.servers.get(address.key)?.path ?? {};
  }

  respond(address: ServerAddress, transport: 'udp' | 'tcp', octets: Uint8Array): readonly Delivery[] {
    const server = this.servers.get(address.key);
    if (server === undefined || appliesTo(server.path.drops, transport)) return [];
    const seenBefore = server.seen++;
    const answer = server.responder({
      octets,
      transport,
      server: address,
      nowMs: this.clock.monotonicMs(),
      seenBefore,
    });
    if (answer === undefined) return [];
    return answer instanceof Uint8Array ? [{ octets: answer }] : answer;
  }

  note(address: ServerAddress, transport: Transport, what: TraceEntry['what'], text: string): void {
    if (this.trace.length >= MAX_TRACE_ENTRIES) return;
    this.trace.push({ atMs: this.clock.monotonicMs(), server: address.key, transport, what, text });
  }

  forget(flow: object): void {
    this.openFlows.delete(flow);
  }

  private isLost(address: ServerAddress, octets: Uint8Array): boolean {
    const server = this.servers.get(address.key);
    if (server === undefined || !this.random.chance(server.path.loss ?? 0)) return false;
    this.note(address, 'udp', 'lost', questionText(octets));
    return true;
  }

  private report(): string[] {
    const tail = this.trace.slice(-10).map(({ atMs, server, what, text }) => `${atMs} ${server} ${what} ${text}`);
    return [`seed ${this.random.seed}`, ...this.openFlows.values(), 'last on the wire:', ...tail];
  }
}

/** One TCP connection: messages arrive whole and in order; each side may close. */
class SimulatedStream implements StreamFlow {
  private readonly network: SimulatedNetwork;
  private readonly clock: VirtualClock;
  readonly transport: 'tcp' | 'tls';
  private readonly address: ServerAddress;
  private readonly events: StreamEvents;
  private state: 'connecting' | 'connected' | 'ended' = 'connecting';
  private readonly queued: Uint8Array[] = [];
  private messages = 0;
  private idleTimer: Timer | undefined;
  /** Queries keep their order: none arrives before one that was sent earlier. Replies may overtake (RFC 7766 6.2.1.1). */
  private lastArrivalMs = 0;
  private lastDeliveryMs = 0;

  constructor(network: SimulatedNetwork, clock: VirtualClock, address: ServerAddress, events: StreamEvents) {
    this.network = network;
    this.clock = clock;
    this.address = address;
    this.transport = address.tls === undefined ? 'tcp' : 'tls';
    this.events = events;
  }

  connect(): void {
    const failure = this.network.failureOf(this.address, 'tcp');
    this.network.note(this.address, this.transport, 'connect', failure ?? 'started');
    if (failure === undefined && this.network.swallows(this.address, 'tcp')) return;
    // A handshake of TLS 1.3 takes one round trip more.
    const roundTrips = this.transport === 'tls' && failure === undefined ? 2 : 1;
    this.clock.after(2 * roundTrips * this.network.oneWayMs(this.address), () => {
      if (this.state !== 'connecting') return;
      if (failure !== undefined) {
        this.end(failure);
        return;
      }
      const { tlsFails } = this.network.pathOf(this.address);
      if (this.transport === 'tls' && tlsFails !== undefined) {
        this.end('tls-failed', tlsFails);
        return;
      }
      this.state = 'connected';
      this.touch();
      this.events.onConnect();
      for (const octets of this.queued.splice(0)) this.carry(octets);
    });
  }

  send(octets: Uint8Array): void {
    if (this.state === 'connecting') this.queued.push(octets.slice());
    else if (this.state === 'connected') this.carry(octets.slice());
  }

  close(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.idleTimer?.cancel();
    this.network.note(this.address, this.transport, 'close', 'by the client');
    this.network.forget(this);
  }

  private carry(octets: Uint8Array): void {
    this.network.note(this.address, this.transport, 'query', questionText(octets));
    this.touch();
    const arrivalMs = this.clock.monotonicMs() + this.network.oneWayMs(this.address);
    this.lastArrivalMs = Math.max(this.lastArrivalMs, arrivalMs);
    this.clock.at(this.lastArrivalMs, () => {
      if (this.state !== 'connected') return;
      const replies = this.network.respond(this.address, 'tcp', octets);
      this.messages++;
      const isLast = this.messages === this.network.pathOf(this.address).messagesPerStream;
      for (const { octets: reply, delayMs = 0 } of replies) {
        const deliveryMs = this.clock.monotonicMs() + this.network.oneWayMs(this.address) + delayMs;
        this.lastDeliveryMs = Math.max(this.lastDeliveryMs, deliveryMs);
        this.clock.at(deliveryMs, () => this.deliver(reply));
      }
      if (isLast) this.clock.at(Math.max(this.lastDeliveryMs, this.clock.monotonicMs()), () => this.end('closed'));
    });
  }

  private deliver(reply: Uint8Array): void {
    if (this.state !== 'connected') return;
    this.touch();
    this.network.note(this.address, this.transport, 'reply', replyText(reply));
    this.events.onMessage(reply.slice());
  }

  private touch(): void {
    this.idleTimer?.cancel();
    const idleMs = this.network.pathOf(this.address).streamIdleMs ?? DEFAULT_STREAM_IDLE_MS;
    this.idleTimer = this.clock.after(idleMs, () => this.end('closed'));
  }

  private end(failure: SocketFailure, detail?: string): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.idleTimer?.cancel();
    this.network.note(this.address, this.transport, 'failure', failure);
    this.network.forget(this);
    this.events.onFailure(failure, detail);
  }
}

/** A server's address as a value of the port; IPv6 when the text holds a colon. */
export function serverAddress(address: string, port = 53): ServerAddress {
  return { address, port, family: address.includes(':') ? 6 : 4, key: `${address}#${port}` };
}

/** A profile that checks nothing and says nothing. */
export const plainTlsProfile: TlsProfile = {
  subjectName: '',
  subjectAddress: '',
  validate: false,
  authorities: '',
  ciphers: '',
  clientCertificate: '',
  clientKey: '',
  clientPassword: '',
  verbose: false,
};

/** A server's address on port 853, spoken to over TLS. */
export function tlsServerAddress(address: string, tls: TlsProfile = plainTlsProfile): ServerAddress {
  return { ...serverAddress(address, 853), tls };
}

function serverKey(address: string): string {
  return address.includes('#') ? address : `${address}#53`;
}

function appliesTo(which: 'udp' | 'tcp' | 'both' | undefined, transport: Transport): boolean {
  return which === 'both' || which === transport;
}

function questionText(octets: Uint8Array): string {
  const parsed = parseQuestion(octets);
  if (parsed === undefined) return `${octets.length} octets without a question`;
  // Lower case, so that 0x20 does not hide what a trace shows.
  return `${nameText(parsed.question.name.toLowerCase())} ${typeText(parsed.question.type)}`;
}

function replyText(octets: Uint8Array): string {
  const flags = octets.length >= 4 ? readU16(octets, 2) : 0;
  return `${questionText(octets)} rcode ${rcodeOf(flags)}, ${octets.length} octets`;
}
