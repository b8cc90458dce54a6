// One UDP socket for clients: datagrams come in batches, what the reply cache knows is answered where it lies, and the
// rest is handed on. Nothing is allocated for a query that the cache answers.
import type { AllowedClients } from '../../fast-path/allowed-clients.ts';
import { QueryBit, QueryScan } from '../../fast-path/query-scan.ts';
import type { ReplyCache } from '../../fast-path/reply-cache.ts';
import {
  AF_INET,
  CONTROL_OCTETS,
  EAGAIN,
  EINTR,
  IOVEC_OCTETS,
  MMSGHDR,
  MMSGHDR_OCTETS,
  MSG_DONTWAIT,
  MSG_TRUNC,
  type NativeMemory,
  SOCKADDR_OCTETS,
} from './layout.ts';
import type { Libc } from './libc.ts';

/** Datagrams received or sent by one call. */
export const BATCH = 64;
/** A query, and the reply in its place; the largest UDP reply that can be configured is 4096 octets. */
const PLACE_OCTETS = 4096 + 64;
/** A socket address takes this many octets of its row. */
const ADDRESS_STRIDE = 32;
/** Below it, no client sends (SECURITY A-30); 53 is a server's. */
const FIRST_CLIENT_PORT = 1024;
const DNS_PORT = 53;
/** Batches taken in one go before others get their turn. */
const MAX_BATCHES = 16;

/** What was answered from the cache: numbers that telemetry reads. */
export interface HitCounters {
  hits: number;
  /** Queries that had to be looked at more closely. */
  misses: number;
  ipv6: number;
  dnssecOk: number;
  authenticData: number;
  checkingDisabled: number;
  nxdomain: number;
  servfail: number;
  sendErrors: number;
}

/** A query that the cache could not answer; the memory is reused as soon as the call returns. */
export interface MissHandler {
  /**
   * `query` and `length` tell where it lies; `address` where its sender's socket address lies (`struct sockaddr`),
   * `control` and `controlOctets` where the message lies that a reply takes along.
   */
  onMiss(query: number, length: number, address: number, control: number, controlOctets: number): void;
}

export class ClientBatch {
  readonly counters: HitCounters;
  private readonly libc: Libc;
  private readonly memory: NativeMemory;
  private readonly fd: number;
  private readonly cache: ReplyCache;
  private readonly clients: AllowedClients;
  private readonly clock: () => number;
  private readonly misses: MissHandler;
  private readonly scan: QueryScan;
  private readonly places: number;
  private readonly addresses: number;
  private readonly controls: number;
  private readonly iovecs: number;
  private readonly received: number;
  private readonly sent: number;

  constructor(options: {
    libc: Libc;
    memory: NativeMemory;
    fd: number;
    cache: ReplyCache;
    clients: AllowedClients;
    hashSeed: number;
    /** Cache-clock seconds. */
    now: () => number;
    counters: HitCounters;
    misses: MissHandler;
  }) {
    const { memory } = options;
    this.libc = options.libc;
    this.memory = memory;
    this.fd = options.fd;
    this.cache = options.cache;
    this.clients = options.clients;
    this.clock = options.now;
    this.counters = options.counters;
    this.misses = options.misses;
    this.scan = new QueryScan(options.hashSeed);
    this.places = memory.take(BATCH * PLACE_OCTETS);
    this.addresses = memory.take(BATCH * ADDRESS_STRIDE);
    this.controls = memory.take(BATCH * CONTROL_OCTETS);
    this.iovecs = memory.take(BATCH * IOVEC_OCTETS);
    this.received = memory.take(BATCH * MMSGHDR_OCTETS);
    this.sent = memory.take(BATCH * MMSGHDR_OCTETS);
    for (let index = 0; index < BATCH; index++) this.prepare(index);
  }

  private prepare(index: number): void {
    const { memory } = this;
    const message = this.received + index * MMSGHDR_OCTETS;
    const iovec = this.iovecs + index * IOVEC_OCTETS;
    memory.setPointer(iovec, this.places + index * PLACE_OCTETS);
    memory.setPointer(message + MMSGHDR.name, this.addresses + index * ADDRESS_STRIDE);
    memory.setPointer(message + MMSGHDR.iov, iovec);
    memory.setLength(message + MMSGHDR.iovCount, 1);
    memory.setPointer(message + MMSGHDR.control, this.controls + index * CONTROL_OCTETS);
    this.rearm(index);
  }

  /** The kernel overwrites the lengths; they must be there again before the next call. */
  private rearm(index: number): void {
    const { memory } = this;
    const message = this.received + index * MMSGHDR_OCTETS;
    memory.setWord(message + MMSGHDR.nameOctets, SOCKADDR_OCTETS);
    memory.setLength(message + MMSGHDR.controlOctets, CONTROL_OCTETS);
    memory.setWord(message + MMSGHDR.flags, 0);
    memory.setLength(this.iovecs + index * IOVEC_OCTETS + 8, PLACE_OCTETS - 64);
  }

  /** Takes what has arrived, up to a bound. */
  onReadable(): void {
    for (let batch = 0; batch < MAX_BATCHES; batch++) if (this.takeBatch() < BATCH) return;
  }

  private takeBatch(): number {
    const { libc, memory } = this;
    const count = libc.recvmmsg(this.fd, memory.base + this.received, BATCH, MSG_DONTWAIT, 0);
    if (count <= 0) return 0;
    const now = this.clock();
    let replies = 0;
    for (let index = 0; index < count; index++) {
      if (this.answer(index, replies, now)) replies++;
    }
    if (replies > 0) this.sendAll(replies);
    for (let index = 0; index < count; index++) this.rearm(index);
    return count;
  }

  /** Whether the datagram was answered from the cache: its reply is then the message number `replies`. */
  private answer(index: number, replies: number, now: number): boolean {
    const { memory, scan, counters } = this;
    const message = this.received + index * MMSGHDR_OCTETS;
    const query = this.places + index * PLACE_OCTETS;
    const length = memory.word(message + MMSGHDR.length);
    // Longer than the place: nobody's query is.
    if ((memory.word(message + MMSGHDR.flags) & MSG_TRUNC) !== 0) return false;
    const address = this.addresses + index * ADDRESS_STRIDE;
    const { octets } = memory;
    const port = ((octets[address + 2] ?? 0) << 8) | (octets[address + 3] ?? 0);
    const isIPv4 = octets[address] === AF_INET;
    const isKnown =
      (port >= FIRST_CLIENT_PORT || port === DNS_PORT) &&
      this.clients.has(octets, isIPv4 ? address + 4 : address + 8, isIPv4 ? 4 : 16);
    const reply = isKnown && scan.scan(octets, query, length) ? this.cache.answer(scan, query, now) : 0;
    if (reply === 0) {
      counters.misses++;
      const control = this.controls + index * CONTROL_OCTETS;
      this.misses.onMiss(query, length, address, control, memory.word(message + MMSGHDR.controlOctets));
      return false;
    }
    this.queue(index, replies, reply);
    counters.hits++;
    if (!isIPv4) counters.ipv6++;
    const { bits } = scan;
    if (bits !== 0) {
      if ((bits & QueryBit.DO) !== 0) counters.dnssecOk++;
      if ((bits & QueryBit.AD) !== 0) counters.authenticData++;
      if ((bits & QueryBit.CD) !== 0) counters.checkingDisabled++;
    }
    const rcode = this.cache.lastRcode;
    if (rcode === 3) counters.nxdomain++;
    else if (rcode === 2) counters.servfail++;
    return true;
  }

  /** Makes the message that sends a reply out of the one that received its query. */
  private queue(index: number, replies: number, octets: number): void {
    const { words } = this.memory;
    const from = (this.received + index * MMSGHDR_OCTETS) >> 2;
    const to = (this.sent + replies * MMSGHDR_OCTETS) >> 2;
    for (let word = 0; word < MMSGHDR.flags >> 2; word++) words[to + word] = words[from + word] ?? 0;
    words[to + (MMSGHDR.flags >> 2)] = 0;
    words[(this.iovecs + index * IOVEC_OCTETS + 8) >> 2] = octets;
    if (words[to + (MMSGHDR.controlOctets >> 2)] !== 0)
      clearInterface(this.memory, this.controls + index * CONTROL_OCTETS);
  }

  private sendAll(replies: number): void {
    const { libc, memory, counters } = this;
    for (let done = 0; done < replies; ) {
      const count = libc.sendmmsg(
        this.fd,
        memory.base + this.sent + done * MMSGHDR_OCTETS,
        replies - done,
        MSG_DONTWAIT,
      );
      if (count > 0) {
        done += count;
        continue;
      }
      const errno = libc.errno();
      if (errno === EINTR) continue;
      counters.sendErrors++;
      // A full buffer loses the rest, any other error the one reply that it is about.
      if (errno === EAGAIN) break;
      done++;
    }
  }
}

const IPPROTO_IP = 0;
const PKTINFO4_OCTETS = 28;

/** A reply leaves from the address that was asked, by whatever interface leads to the client. */
export function clearInterface(memory: NativeMemory, control: number): void {
  const { words } = memory;
  if (words[(control + 8) >> 2] === IPPROTO_IP && words[control >> 2] === PKTINFO4_OCTETS)
    words[(control + 16) >> 2] = 0;
}
