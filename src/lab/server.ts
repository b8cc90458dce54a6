// The authoritative server on sockets: UDP and TCP on one address and port, with hooks to be slow, deaf or dishonest.
import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { readU16 } from '../wire/reader.ts';
import { type AnswerOptions, answer } from './authority.ts';
import type { ZoneSet } from './zone-set.ts';

export interface LabServerOptions extends Omit<AnswerOptions, 'transport'> {
  /** IPv4 or IPv6 address to bind. */
  readonly address: string;
  /** 0 takes a free port, the same for UDP and TCP. */
  readonly port: number;
  readonly zones: ZoneSet;
  /** Milliseconds before each reply. */
  readonly delayMs?: number;
  /** Queries that get no reply. */
  shouldDrop?(query: Uint8Array, transport: 'udp' | 'tcp'): boolean;
  /** Changes the octets of a reply, or swallows it. */
  mutate?(reply: Uint8Array, query: Uint8Array, transport: 'udp' | 'tcp'): Uint8Array | undefined;
}

export interface LabServer {
  readonly address: string;
  readonly port: number;
  /** Queries received so far, over both transports. */
  readonly queries: number;
  /** Closes the sockets and all connections; resolves when the port is free. */
  close(): Promise<void>;
}

/** Connections at once; more are closed at once. */
const MAX_CONNECTIONS = 64;
const IDLE_MS = 10_000;
/** Replies that a client has not read yet, octets; with more the connection is closed. */
const MAX_BACKLOG_OCTETS = 1 << 20;
/** Attempts to find a port that is free for UDP and TCP alike. */
const MAX_BIND_ATTEMPTS = 10;

/** Binds and starts to answer. Rejects with the system's error when the address cannot be had. */
export async function startLabServer(options: LabServerOptions): Promise<LabServer> {
  for (let attempt = 1; ; attempt++) {
    const server = new SocketServer(options);
    try {
      await server.bind();
      return server;
    } catch (error) {
      await server.close();
      if (options.port !== 0 || attempt === MAX_BIND_ATTEMPTS) throw error;
    }
  }
}

class SocketServer implements LabServer {
  readonly address: string;
  port: number;
  queries = 0;
  private readonly options: LabServerOptions;
  private readonly datagrams: DatagramSocket;
  private readonly streams: Server;
  private readonly connections = new Set<Socket>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private isClosed = false;

  constructor(options: LabServerOptions) {
    this.options = options;
    this.address = options.address;
    this.port = options.port;
    this.datagrams = createSocket(isIPv6(options.address) ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' });
    this.streams = createServer((connection) => this.accept(connection));
    this.datagrams.on('message', (query, peer) => this.onDatagram(query, peer));
  }

  async bind(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.datagrams.once('error', reject);
      this.datagrams.bind({ address: this.address, port: this.port }, () => {
        this.datagrams.off('error', reject);
        resolve();
      });
    });
    this.port = this.datagrams.address().port;
    await new Promise<void>((resolve, reject) => {
      this.streams.once('error', reject);
      this.streams.listen({ host: this.address, port: this.port, ipv6Only: true }, () => {
        this.streams.off('error', reject);
        resolve();
      });
    });
    // A peer that went away must not end the process: what cannot be sent is lost.
    this.datagrams.on('error', () => {});
    this.streams.on('error', () => {});
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const timer of this.timers) clearTimeout(timer);
    for (const connection of this.connections) connection.destroy();
    await new Promise<void>((resolve) => this.streams.close(() => resolve()));
    await new Promise<void>((resolve) => this.datagrams.close(resolve));
  }

  private onDatagram(query: Uint8Array, peer: RemoteInfo): void {
    this.respond(query, 'udp', (reply) => {
      if (!this.isClosed) this.datagrams.send(reply, peer.port, peer.address, () => {});
    });
  }

  private respond(query: Uint8Array, transport: 'udp' | 'tcp', send: (reply: Uint8Array) => void): void {
    this.queries++;
    const { options } = this;
    if (options.shouldDrop?.(query, transport)) return;
    const made = answer(options.zones, query, { ...options, transport });
    const reply = made === undefined || options.mutate === undefined ? made : options.mutate(made, query, transport);
    if (reply === undefined) return;
    if (options.delayMs === undefined || options.delayMs <= 0) {
      send(reply);
      return;
    }
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      send(reply);
    }, options.delayMs);
    this.timers.add(timer);
  }

  private accept(connection: Socket): void {
    if (this.connections.size >= MAX_CONNECTIONS) {
      connection.destroy();
      return;
    }
    this.connections.add(connection);
    let received = Buffer.alloc(0);
    connection.setNoDelay(true);
    connection.setTimeout(IDLE_MS, () => connection.destroy());
    connection.on('error', () => connection.destroy());
    connection.on('close', () => this.connections.delete(connection));
    connection.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      // RFC 1035 4.2.2: two octets of length, then the message; what is left over is less than one message.
      while (received.length >= 2 && received.length >= 2 + readU16(received, 0)) {
        const end = 2 + readU16(received, 0);
        const query = Uint8Array.from(received.subarray(2, end));
        received = received.subarray(end);
        this.respond(query, 'tcp', (reply) => writeFramed(connection, reply));
      }
    });
  }
}

function writeFramed(connection: Socket, reply: Uint8Array): void {
  if (connection.destroyed || !connection.writable) return;
  if (connection.writableLength > MAX_BACKLOG_OCTETS) {
    connection.destroy();
    return;
  }
  const framed = new Uint8Array(2 + reply.length);
  framed[0] = reply.length >> 8;
  framed[1] = reply.length & 0xff;
  framed.set(reply, 2);
  connection.write(framed);
}
