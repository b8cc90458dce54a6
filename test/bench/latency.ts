// How long a client waits while others ask: one query every two milliseconds, from this process, which does nothing else.
import { createSocket } from 'node:dgram';
import { queryOctets, type Resolver } from './resolvers.ts';

const GAP_MS = 2;
/** Replies are waited for so long after the last query. */
const LAST_MS = 100;

export interface Latency {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Asks for one name until `work` has ended; undefined when nothing was answered. */
export async function latencyDuring(
  resolver: Resolver,
  name: string,
  work: Promise<unknown>,
): Promise<Latency | undefined> {
  const socket = createSocket('udp4');
  const sentAtMs = new Map<number, number>();
  const waits: number[] = [];
  let id = 0;
  socket.on('error', () => {});
  socket.on('message', (octets) => {
    const nowMs = performance.now();
    const sent = sentAtMs.get(octets.readUInt16BE(0));
    if (sent !== undefined && sentAtMs.delete(octets.readUInt16BE(0))) waits.push(nowMs - sent);
  });
  await new Promise<void>((resolve) => socket.connect(resolver.port, resolver.address, resolve));
  const query = Buffer.from(queryOctets(name, 'A', true));
  const timer = setInterval(() => {
    id = (id + 1) & 0xffff;
    query.writeUInt16BE(id, 0);
    sentAtMs.set(id, performance.now());
    socket.send(Buffer.from(query));
  }, GAP_MS);
  await work;
  clearInterval(timer);
  await new Promise((resolve) => setTimeout(resolve, LAST_MS));
  socket.close();
  if (waits.length === 0) return undefined;
  waits.sort((a, b) => a - b);
  const at = (part: number): number => waits[Math.min(waits.length - 1, Math.floor(waits.length * part))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
