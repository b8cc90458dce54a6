// A reply cache in memory of its own, with a place for one query in front of it.
import { FinishedReplies } from '../../src/fast-path/finished-replies.ts';
import { QueryScan } from '../../src/fast-path/query-scan.ts';
import { ReplyCache, type ReplyCacheOptions } from '../../src/fast-path/reply-cache.ts';

const HASH_SEED = 0x5eed;
/** Where the query lies; the cache begins behind its place. */
const QUERY = 64;
const PLACE_OCTETS = 4096 + 64;

export class CacheMemory {
  readonly memory: Uint8Array;
  readonly cache: ReplyCache;
  readonly scan = new QueryScan(HASH_SEED);
  private readonly end: number;

  constructor(options: Partial<ReplyCacheOptions> = {}) {
    const octets = options.octets ?? 1024 * 1024;
    const start = QUERY + PLACE_OCTETS + 32;
    this.end = start + octets;
    this.memory = new Uint8Array(new SharedArrayBuffer(this.end + FinishedReplies.octets + 64));
    this.cache = new ReplyCache({
      memory: this.memory,
      start,
      octets,
      hashSeed: HASH_SEED,
      maxReplyOctets: 4096,
      maxTtl: 86_400,
      maxNegativeTtl: 3600,
      ...options,
    });
  }

  /** The cache for queries that do not come in batches. */
  finished(udpOctets = 1232): FinishedReplies {
    const { cache, memory, end } = this;
    return new FinishedReplies({ cache, memory, place: end, hashSeed: HASH_SEED, udpOctets });
  }

  /** The reply for a query; undefined for a miss, after which the query must be there as it was. */
  ask(query: Uint8Array, now: number): Uint8Array | undefined {
    const { memory, scan } = this;
    memory.fill(0xee, 0, QUERY + PLACE_OCTETS);
    memory.set(query, QUERY);
    const octets = scan.scan(memory, QUERY, query.length) ? this.cache.answer(scan, QUERY, now) : 0;
    if (octets > 0) return memory.slice(QUERY, QUERY + octets);
    const left = memory.slice(QUERY, QUERY + query.length);
    if (left.some((octet, index) => octet !== query[index])) throw new Error('a miss has changed the query');
    return undefined;
  }
}
