// Replies from the reply cache for queries that do not come in batches: over streams, and over node:dgram.
import { QueryBit, QueryScan } from './query-scan.ts';
import { LARGEST_OPTION_OCTETS, type ReplyCache } from './reply-cache.ts';

/** Longer queries carry more than a question. */
const MAX_QUERY_OCTETS = 512;
const NXDOMAIN = 3;

export interface FinishedRepliesOptions {
  readonly cache: ReplyCache;
  /** The cache's memory, and where in it there are `FinishedReplies.octets` to work in. */
  readonly memory: Uint8Array;
  readonly place: number;
  readonly hashSeed: number;
  /** The longest reply over UDP. */
  readonly udpOctets: number;
}

/** Counted here; telemetry reads. */
export class FinishedReplyCounters {
  hits = 0;
  misses = 0;
  ipv6 = 0;
  streams = 0;
  dnssecOk = 0;
  authenticData = 0;
  checkingDisabled = 0;
  nxdomain = 0;
}

export class FinishedReplies {
  /** Room for the longest reply, and a little more: `ReplyCache` copies by words. */
  static readonly octets = 4096 + 64;
  readonly counters = new FinishedReplyCounters();
  private readonly options: FinishedRepliesOptions;
  private readonly scan: QueryScan;

  /** What was noted beside the reply given last. */
  get lastNote(): number {
    return this.options.cache.lastNote;
  }

  /** Of the query answered last: `QueryBit`. */
  get lastBits(): number {
    return this.scan.bits;
  }

  constructor(options: FinishedRepliesOptions) {
    this.options = options;
    this.scan = new QueryScan(options.hashSeed);
  }

  /** The reply to a query as new octets; undefined when there is none that would be the same. `now` in cache seconds. */
  reply(query: Uint8Array, isStream: boolean, isIPv6: boolean, now: number): Uint8Array | undefined {
    const { cache, memory, place } = this.options;
    const octets = this.find(query, isStream, now);
    if (octets === 0) {
      this.counters.misses++;
      return undefined;
    }
    this.count(isStream, isIPv6, cache.lastRcode);
    return Uint8Array.from(memory.subarray(place, place + octets));
  }

  /** Octets of the reply, which is then in its place; 0 for none. */
  private find(query: Uint8Array, isStream: boolean, now: number): number {
    const { cache, memory, place, udpOctets } = this.options;
    const { scan } = this;
    if (query.length > MAX_QUERY_OCTETS || cache.size === 0) return 0;
    memory.set(query, place);
    if (!scan.scan(memory, place, query.length)) return 0;
    // Where a datagram had little room left, extended errors may be missing that a stream has room for.
    if (isStream && (scan.bits & QueryBit.EDNS) !== 0) scan.udpOctets = udpOctets - LARGEST_OPTION_OCTETS;
    return cache.answer(scan, place, now);
  }

  private count(isStream: boolean, isIPv6: boolean, rcode: number): void {
    const { counters } = this;
    const { bits } = this.scan;
    counters.hits++;
    if (isIPv6) counters.ipv6++;
    if (isStream) counters.streams++;
    if (rcode === NXDOMAIN) counters.nxdomain++;
    if ((bits & QueryBit.DO) !== 0) counters.dnssecOk++;
    if ((bits & QueryBit.AD) !== 0) counters.authenticData++;
    if ((bits & QueryBit.CD) !== 0) counters.checkingDisabled++;
  }
}
