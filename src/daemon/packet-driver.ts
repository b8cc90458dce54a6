// How packets come and go: in batches of system calls with finished replies kept in front, or over node:dgram.
import { availableParallelism } from 'node:os';
import type { Config } from '../config/schema.ts';
import type { DenialReplies } from '../fast-path/denial-replies.ts';
import { FinishedReplies } from '../fast-path/finished-replies.ts';
import { type KeptReply, ReplyCache, replyCacheRoom } from '../fast-path/reply-cache.ts';
import { BatchDriver } from '../io/batch/batch-driver.ts';
import { Hit } from '../io/batch/hit-counters.ts';
import type { OnQuery, OpenDatagrams } from '../io/client.ts';
import { NodeTimers } from '../io/node-timers.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { UpstreamSockets } from '../ports/sockets.ts';
import type { Timers } from '../ports/timers.ts';
import type { PipelineParts } from '../server/pipeline.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { StartError } from './start-error.ts';
import { sourcePorts, upstreamSockets } from './upstream-options.ts';

/** Octets that a kept reply takes, signatures and bookkeeping included. */
const TYPICAL_REPLY_OCTETS = 512;

/**
 * How closely somebody looks: at no query by itself, at each query, or at each step of its resolution. Who looks at queries
 * hears of those that kept replies answer, too; for steps to look at, none may be.
 */
export type Attention = 'none' | 'queries' | 'steps';

export interface PacketDriverParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly attention: () => Attention;
  readonly onFault: (error: unknown) => void;
}

export class PacketDriver {
  readonly timers: Timers;
  readonly sockets: UpstreamSockets;
  /** How UDP is listened on; undefined for node:dgram. */
  readonly openDatagrams: OpenDatagrams | undefined;
  /** Where replies are kept, and from where those are answered that do not come in batches. */
  readonly replyCache: PipelineParts['replyCache'];
  readonly finished: PipelineParts['finished'];
  private readonly attention: () => Attention;
  /** Datagrams for which kept replies were looked through again, behind the batches. */
  private lookedAgain = 0;
  private readonly replies: ReplyCache;
  private readonly clock: Clock;
  private readonly batch: BatchDriver | undefined;
  private readonly nodeTimers: NodeTimers | undefined;
  private denials: DenialReplies | undefined;

  private constructor(config: Config, parts: PacketDriverParts, batch: BatchDriver | undefined) {
    this.clock = parts.clock;
    this.batch = batch;
    this.attention = parts.attention;
    const { replies, finished } = batch ?? unbatched(config, parts.random);
    this.replies = replies;
    this.replyCache = {
      get generation() {
        return replies.generation;
      },
      // For steps to be seen nothing is taken out again, so that the same would be put in with each query.
      store: (...args) => parts.attention() !== 'steps' && replies.store(...args),
    };
    this.finished = {
      reply: (query, { address, transport }, now) => {
        const isStream = transport !== 'udp';
        const attention = parts.attention();
        if (attention === 'steps') return undefined;
        if (batch !== undefined && !isStream) {
          // As long as nobody looks, the batches have been through already.
          if (attention === 'none') return undefined;
          this.lookedAgain++;
        }
        return finished.reply(query, isStream, address.length === 16, now);
      },
      seen: () => (parts.attention() === 'none' ? undefined : { bits: finished.lastBits, note: finished.lastNote }),
    };
    parts.metrics.observe('packetcache_entries', () => replies.size);
    observeHits(parts.metrics, (what) => finished.counters[what]);
    observeMisses(parts.metrics, () => finished.counters.misses + (batch?.count(Hit.MISSES) ?? 0) - this.lookedAgain);
    parts.metrics.add('tcp_questions', () => finished.counters.streams);
    if (batch === undefined) {
      this.nodeTimers = new NodeTimers(parts.clock);
      this.timers = this.nodeTimers;
      this.sockets = upstreamSockets(config, parts.random, parts.log);
      return;
    }
    this.timers = batch.timers;
    this.sockets = batch;
    this.openDatagrams = (address, port, onQuery, counters) => batch.listen(address, port, onQuery, counters);
    observeHits(parts.metrics, (what) => batch.count(hitPlaces[what]));
    parts.metrics.add('over_capacity_drops', () => batch.count(Hit.OVERFLOWS));
  }

  /** The driver that the configuration wants and the machine has; throws a `StartError` when it has not. */
  static create(config: Config, wanted: 'auto' | 'batch' | 'dgram', parts: PacketDriverParts): PacketDriver {
    if (wanted === 'dgram') return new PacketDriver(config, parts, undefined);
    const batch = BatchDriver.create({
      clock: parts.clock,
      random: parts.random,
      sourceAddresses: config.outgoing.source_address,
      sourcePorts: sourcePorts(config),
      streams: upstreamSockets(config, parts.random, parts.log),
      listeners: config.incoming.listen.length,
      threads: Math.min(config.recursor.threads, availableParallelism()),
      ...replyCacheOptions(config),
      onFault: parts.onFault,
    });
    if ('missing' in batch) {
      if (wanted === 'batch') {
        throw new StartError(`the batch driver cannot be used: ${batch.missing}`, 'Set kedge.driver to auto or dgram.');
      }
      parts.log.info('packets go one by one, over node:dgram', { why: batch.missing });
      return new PacketDriver(config, parts, undefined);
    }
    batch.start();
    return new PacketDriver(config, parts, batch);
  }

  /** Answers from cached proofs from now on, before listening begins. */
  useDenials(denials: DenialReplies): void {
    this.denials = denials;
    this.batch?.useDenials(denials);
  }

  /** All addresses are listened on. */
  startThreads(): void {
    this.batch?.startThreads();
  }

  /** Threads that answer clients. */
  get threadCount(): number {
    return this.batch?.threadCount ?? 1;
  }

  /** Finished replies that are kept. */
  keptReplies(): Iterable<KeptReply> {
    return this.replies.kept(this.clock.cacheSeconds());
  }

  /** Forgets finished replies, because what the resolver knows or may say has changed. Gives how many there were. */
  forgetReplies(): number {
    this.denials?.clear();
    const count = this.replies.size;
    this.replies.clear();
    return count;
  }

  /** Forgets who may ask without being looked at: the access list has changed, or somebody begins to look. */
  forgetClients(): void {
    this.batch?.clients.clear();
  }

  /** Queries of an address that may ask are answered from kept replies from now on, unless somebody looks. */
  letThrough(address: Uint8Array): void {
    if (this.attention() === 'none') this.batch?.clients.add(address);
  }

  /** A listener for queries over TCP, whose replies libuv has to carry. */
  overStreams(onQuery: OnQuery): OnQuery {
    const { batch } = this;
    if (batch === undefined) return onQuery;
    return (octets, client, reply) => {
      if (client.transport === 'udp') {
        onQuery(octets, client, reply);
        return;
      }
      onQuery(octets, client, (answer) => {
        batch.wantTurn();
        reply(answer);
      });
    };
  }

  close(): void {
    this.batch?.close();
    this.nodeTimers?.close();
  }
}

/** What a batch driver has of its own: a reply cache, in memory that nobody else shares. */
function unbatched(config: Config, random: Random): { replies: ReplyCache; finished: FinishedReplies } {
  const { cacheOctets, maxReplyOctets, udpOctets, maxTtl, maxNegativeTtl } = replyCacheOptions(config);
  const room = replyCacheRoom(cacheOctets, maxReplyOctets);
  const memory = new Uint8Array(new SharedArrayBuffer(room.octets + FinishedReplies.octets));
  const hashSeed = random.below(0x7fffffff);
  const cache = new ReplyCache({ memory, start: 0, ...room, hashSeed, maxTtl, maxNegativeTtl });
  return { replies: cache, finished: new FinishedReplies({ cache, memory, place: room.octets, hashSeed, udpOctets }) };
}

function replyCacheOptions({ incoming, packetcache, kedge }: Config) {
  const octets = Math.min(kedge.limits.reply_cache_max_bytes, packetcache.max_entries * TYPICAL_REPLY_OCTETS);
  const { max_entry_size: largest } = packetcache;
  return {
    cacheOctets: packetcache.disable ? 0 : octets,
    maxReplyOctets: largest === 0 ? Number.POSITIVE_INFINITY : largest,
    udpOctets: incoming.udp_truncation_threshold,
    maxTtl: packetcache.ttl,
    maxNegativeTtl: packetcache.negative_ttl,
  };
}

/**
 * What the batches had to pass on is a miss until the pipeline has looked again, which may be a little later: a counter must
 * not go down for that.
 */
function observeMisses(metrics: Metrics, count: () => number): void {
  let told = 0;
  metrics.add('packetcache_misses', () => {
    told = Math.max(told, count());
    return told;
  });
}

/** What is counted of replies that were kept, and where the batch driver counts it. */
const hitPlaces = {
  hits: Hit.HITS,
  ipv6: Hit.IPV6,
  dnssecOk: Hit.DNSSEC_OK,
  authenticData: Hit.AUTHENTIC_DATA,
  checkingDisabled: Hit.CHECKING_DISABLED,
  nxdomain: Hit.NXDOMAIN,
} as const;
type HitCount = keyof typeof hitPlaces;

/** Adds to the counters what was answered without anybody else's noticing. */
function observeHits(metrics: Metrics, count: (what: HitCount) => number): void {
  metrics.add('questions', () => count('hits'));
  metrics.add('packetcache_hits', () => count('hits'));
  metrics.add('ipv6_questions', () => count('ipv6'));
  metrics.add('dnssec_queries', () => count('dnssecOk'));
  metrics.add('dnssec_authentic_data_queries', () => count('authenticData'));
  metrics.add('dnssec_check_disabled_queries', () => count('checkingDisabled'));
  metrics.add('nxdomain_answers', () => count('nxdomain'));
  metrics.add('noerror_answers', () => count('hits') - count('nxdomain'));
}
