// One UDP socket for clients: datagrams come in batches, what the reply cache knows is answered where it lies, and the
// rest is handed on. Nothing is allocated for a query that the cache answers.
import type { AllowedClients } from '../../fast-path/allowed-clients.ts';
import type { DenialReplies } from '../../fast-path/denial-replies.ts';
import { QueryBit, QueryScan } from '../../fast-path/query-scan.ts';
import type { ReplyCache } from '../../fast-path/reply-cache.ts';
import { Hit } from './hit-counters.ts';
import {
  AF_INET,
  CONTROL_OCTETS,
  EAGAIN,
  EINTR,
  IOVEC_OCTETS,
  IPPROTO_IP,
  IPPROTO_IPV6,
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
const NXDOMAIN = 3;
/** Batches taken in one go before others get their turn: about a millisecond when the cache answers all. */
const MAX_BATCHES = 4;

/** A query that the cache could not answer; the memory is reused as soon as the call returns. */
export interface MissHandler {
  /**
   * `query` and `length` tell where it lies; `address` where its sender's socket address lies (`struct sockaddr`),
   * `control` and `controlOctets` where the message lies that a reply takes along.
   */
  onMiss(query: number, length: number, address: number, control: number, controlOctets: number): void;
  /** After the last miss of a batch. */
  onBatchEnd(): void;
}

/** Replies out of proofs that others were denied with. */
export type Denials = Pick<DenialReplies, 'answer' | 'countClient'>;

export interface ClientBatchOptions {
  readonly libc: Libc;
  readonly memory: NativeMemory;
  /** Where its own memory begins, of `ClientBatch.octets`. */
  readonly area: number;
  readonly fd: number;
  readonly cache: ReplyCache;
  readonly clients: AllowedClients;
  readonly hashSeed: number;
  /** Cache-clock seconds. */
  readonly now: () => number;
  /** By `Hit`. */
  readonly counters: Float64Array;
  /** Answers what the cache does not know, where the resolver is in the same thread. */
  readonly denials?: Denials | undefined;
  readonly misses: MissHandler;
  /** Hears what a miss has thrown; the other queries of the batch are none the worse. */
  readonly onFault: (error: unknown) => void;
}

export class ClientBatch {
  /** What one of them takes of the memory. */
  static readonly octets = BATCH * (PLACE_OCTETS + ADDRESS_STRIDE + CONTROL_OCTETS + IOVEC_OCTETS + 2 * MMSGHDR_OCTETS);
  private readonly counters: Float64Array;
  private readonly onFault: (error: unknown) => void;
  private readonly libc: Libc;
  private readonly memory: NativeMemory;
  private readonly fd: number;
  private readonly cache: ReplyCache;
  private readonly clients: AllowedClients;
  private readonly clock: () => number;
  private readonly denials: Denials | undefined;
  private readonly misses: MissHandler;
  private readonly scan: QueryScan;
  private readonly places: number;
  private readonly addresses: number;
  private readonly controls: number;
  private readonly iovecs: number;
  private readonly received: number;
  private readonly sent: number;

  constructor(options: ClientBatchOptions) {
    const { memory } = options;
    this.libc = options.libc;
    this.memory = memory;
    this.fd = options.fd;
    this.cache = options.cache;
    this.clients = options.clients;
    this.clock = options.now;
    this.counters = options.counters;
    this.denials = options.denials;
    this.misses = options.misses;
    this.onFault = options.onFault;
    this.scan = new QueryScan(options.hashSeed);
    this.places = options.area;
    this.addresses = this.places + BATCH * PLACE_OCTETS;
    this.controls = this.addresses + BATCH * ADDRESS_STRIDE;
    this.iovecs = this.controls + BATCH * CONTROL_OCTETS;
    this.received = this.iovecs + BATCH * IOVEC_OCTETS;
    this.sent = this.received + BATCH * MMSGHDR_OCTETS;
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
    if (replies < count) this.misses.onBatchEnd();
    for (let index = 0; index < count; index++) this.rearm(index);
    return count;
  }

  /** Whether the datagram was answered from the cache: its reply is then the message number `replies`. */
  private answer(index: number, replies: number, now: number): boolean {
    const { memory, scan } = this;
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
    const isPlain = isKnown && scan.scan(octets, query, length);
    const reply = isPlain ? this.cache.answer(scan, query, now) : 0;
    if (reply === 0) {
      const denial = isPlain ? this.deny(query, address, isIPv4, now) : 0;
      if (denial === 0) this.miss(index, query, length, address);
      else this.queue(index, replies, denial);
      return denial !== 0;
    }
    this.queue(index, replies, reply);
    this.count(isIPv4, scan.bits);
    return true;
  }

  /** A reply out of proofs that others were denied with, where the query lies; 0 for none. */
  private deny(query: number, address: number, isIPv4: boolean, now: number): number {
    const { denials, counters, memory, scan } = this;
    if (denials === undefined) return 0;
    let octets = 0;
    try {
      octets = denials.answer(memory.octets, query, scan, now);
    } catch (error) {
      this.onFault(error);
    }
    if (octets === 0) return 0;
    denials.countClient(memory.octets, query, memory.octets, isIPv4 ? address + 4 : address + 8, isIPv4 ? 4 : 16);
    counters[Hit.MISSES] = (counters[Hit.MISSES] ?? 0) + 1;
    return octets;
  }

  private miss(index: number, query: number, length: number, address: number): void {
    const { counters, memory } = this;
    counters[Hit.MISSES] = (counters[Hit.MISSES] ?? 0) + 1;
    const control = this.controls + index * CONTROL_OCTETS;
    const message = this.received + index * MMSGHDR_OCTETS;
    const controlOctets = Math.min(memory.word(message + MMSGHDR.controlOctets), CONTROL_OCTETS);
    try {
      this.misses.onMiss(query, length, address, control, controlOctets);
    } catch (error) {
      this.onFault(error);
    }
  }

  private count(isIPv4: boolean, bits: number): void {
    const { counters } = this;
    counters[Hit.HITS] = (counters[Hit.HITS] ?? 0) + 1;
    if (!isIPv4) counters[Hit.IPV6] = (counters[Hit.IPV6] ?? 0) + 1;
    if (this.cache.lastRcode === NXDOMAIN) counters[Hit.NXDOMAIN] = (counters[Hit.NXDOMAIN] ?? 0) + 1;
    if (bits === 0) return;
    if ((bits & QueryBit.DO) !== 0) counters[Hit.DNSSEC_OK] = (counters[Hit.DNSSEC_OK] ?? 0) + 1;
    if ((bits & QueryBit.AD) !== 0) counters[Hit.AUTHENTIC_DATA] = (counters[Hit.AUTHENTIC_DATA] ?? 0) + 1;
    if ((bits & QueryBit.CD) !== 0) counters[Hit.CHECKING_DISABLED] = (counters[Hit.CHECKING_DISABLED] ?? 0) + 1;
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
      counters[Hit.SEND_ERRORS] = (counters[Hit.SEND_ERRORS] ?? 0) + 1;
      // A full buffer loses the rest, any other error the one reply that it is about.
      if (errno === EAGAIN) break;
      done++;
    }
  }
}

const PKTINFO4_OCTETS = 28;
const PKTINFO6_OCTETS = 36;

/**
 * A reply leaves from the address that was asked, by whatever interface leads to the client. Only with a link-local
 * address of ours the interface is part of the address.
 */
export function clearInterface(memory: NativeMemory, control: number): void {
  const { words, octets } = memory;
  const level = words[(control + 8) >> 2];
  const length = words[control >> 2];
  const data = control + 16;
  if (level === IPPROTO_IP && length === PKTINFO4_OCTETS) words[data >> 2] = 0;
  if (level !== IPPROTO_IPV6 || length !== PKTINFO6_OCTETS) return;
  const isLinkLocal = octets[data] === 0xfe && ((octets[data + 1] ?? 0) & 0xc0) === 0x80;
  if (!isLinkLocal) words[(data + 16) >> 2] = 0;
}
