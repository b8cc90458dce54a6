// A proxy on a loopback port in front of one DNS server, UDP and TCP, that changes what comes back.
import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import { connect, createServer, isIPv6, type Server, type Socket } from 'node:net';
import { parseMessage } from '../wire/message.ts';
import { readU16 } from '../wire/reader.ts';
import { groupIntoRRsets, type RRset } from '../wire/record.ts';
import { RecordedSets } from './recorded-sets.ts';
import { type Tampering, tampered } from './tampering.ts';

export interface ProxyTarget {
  readonly address: string;
  readonly port: number;
}

const ADDRESS = '127.0.0.1';
/** The resolver in front gives up before. */
const TIMEOUT_MS = 4000;
/** Queries and connections under way at once; more are dropped. */
const MAX_UNDER_WAY = 256;
const MAX_BIND_ATTEMPTS = 10;

export class TamperingProxy {
  /** What is done to replies; undefined passes them on as they are. */
  how: Tampering | undefined;
  /** Where queries go; without it they get no reply. */
  target: ProxyTarget | undefined;
  /** Replies passed on, and those of them that were changed. */
  replies = 0;
  changed = 0;
  /** Sets that were sent again from an earlier time. */
  replayed = 0;
  private readonly recorded = new RecordedSets();
  private readonly datagrams: DatagramSocket;
  private readonly streams: Server;
  private readonly flows = new Set<DatagramSocket>();
  private readonly connections = new Set<Socket>();

  private constructor() {
    this.datagrams = createSocket('udp4');
    this.datagrams.on('message', (query, peer) => this.overUdp(query, peer));
    this.streams = createServer((client) => this.overTcp(client));
  }

  /** Binds a free port of 127.0.0.1. Rejects with the system's error. */
  static async start(): Promise<TamperingProxy> {
    for (let attempt = 1; ; attempt++) {
      const proxy = new TamperingProxy();
      try {
        await proxy.bind();
        return proxy;
      } catch (error) {
        proxy.close();
        if (attempt === MAX_BIND_ATTEMPTS) throw error;
      }
    }
  }

  get port(): number {
    return this.datagrams.address().port;
  }

  close(): void {
    for (const flow of this.flows) flow.close();
    for (const connection of this.connections) connection.destroy();
    this.flows.clear();
    this.datagrams.close();
    this.streams.close();
  }

  private async bind(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.datagrams.once('error', reject);
      this.datagrams.bind({ address: ADDRESS, port: 0 }, resolve);
    });
    await new Promise<void>((resolve, reject) => {
      this.streams.once('error', reject);
      this.streams.listen({ host: ADDRESS, port: this.port }, resolve);
    });
    this.datagrams.on('error', () => {});
    this.streams.on('error', () => {});
  }

  private overUdp(query: Uint8Array, peer: RemoteInfo): void {
    const { target } = this;
    if (target === undefined || this.flows.size >= MAX_UNDER_WAY) return;
    const flow = createSocket(isIPv6(target.address) ? 'udp6' : 'udp4');
    this.flows.add(flow);
    const end = (): void => {
      clearTimeout(timer);
      if (this.flows.delete(flow)) flow.close();
    };
    const timer = setTimeout(end, TIMEOUT_MS);
    flow.on('error', end);
    flow.on('message', (reply) => {
      if (this.flows.has(flow))
        this.datagrams.send(this.passed(Uint8Array.from(reply)), peer.port, peer.address, () => {});
      end();
    });
    flow.connect(target.port, target.address, () => flow.send(query));
  }

  private overTcp(client: Socket): void {
    const { target } = this;
    if (target === undefined || this.connections.size >= MAX_UNDER_WAY) {
      client.destroy();
      return;
    }
    const server = connect({ host: target.address, port: target.port });
    const ends = [client, server];
    for (const end of ends) {
      this.connections.add(end);
      end.setTimeout(TIMEOUT_MS, () => end.destroy());
      end.on('error', () => end.destroy());
      end.on('close', () => {
        this.connections.delete(end);
        for (const other of ends) other.destroy();
      });
    }
    client.pipe(server);
    let received = Buffer.alloc(0);
    server.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + readU16(received, 0)) {
        const end = 2 + readU16(received, 0);
        const reply = this.passed(Uint8Array.from(received.subarray(2, end)));
        received = received.subarray(end);
        client.write(Uint8Array.from([reply.length >> 8, reply.length & 0xff, ...reply]));
      }
    });
  }

  private passed(reply: Uint8Array): Uint8Array {
    this.replies++;
    this.record(reply);
    const other = this.how === undefined ? undefined : tampered(reply, this.how, (rrset) => this.earlier(rrset));
    if (other === undefined) return reply;
    this.changed++;
    return other;
  }

  private record(reply: Uint8Array): void {
    const parsed = parseMessage(reply);
    if (!parsed.ok) return;
    const { answer, authority } = parsed.message;
    for (const rrset of [...groupIntoRRsets(answer), ...groupIntoRRsets(authority)]) this.recorded.note(rrset);
  }

  private earlier(rrset: RRset): RRset | undefined {
    const old = this.recorded.expired(rrset, Math.floor(Date.now() / 1000));
    if (old !== undefined) this.replayed++;
    return old;
  }
}
