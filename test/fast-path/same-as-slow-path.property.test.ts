// The reply cache in front of the pipeline, beside the same pipeline without it: both must say the same, octet by octet.
import { afterEach, describe, expect, test } from 'vitest';
import type { FinishedReplies } from '../../src/fast-path/finished-replies.ts';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { AccessControl } from '../../src/server/access-control.ts';
import type { Client } from '../../src/server/client.ts';
import type { ServerEvents } from '../../src/server/events.ts';
import { NotifyAccess } from '../../src/server/notify-access.ts';
import { Pipeline, type PipelineParts } from '../../src/server/pipeline.ts';
import { EdeCode, RRType } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import type { Message } from '../../src/wire/message.ts';
import { FakeServer, pipelineDefaults } from '../server/support/fake-server.ts';
import {
  errorCodes,
  type QueryShape,
  queryOctets,
  replyOf,
  resolutionOf,
  resolved,
} from '../server/support/queries.ts';
import { localDataWith } from '../support/local-data.ts';
import { SeededRandom, testSeed } from '../support/seeded-random.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { CacheMemory } from './cache-memory.ts';

const client: Client = { address: Uint8Array.of(192, 0, 2, 77), port: 50_000, transport: 'udp' };
const localClient: Client = { ...client, address: Uint8Array.of(127, 0, 0, 1) };
const streamClient: Client = { ...client, transport: 'tcp' };

const records = `
@        10  IN MX  10 mail
@        20  IN TXT "apex"
www      7   IN A   192.0.2.1
www      90  IN AAAA 2001:db8::1
zero     0   IN A   192.0.2.2
many     30  IN A   192.0.2.3
many     30  IN A   192.0.2.4
alias    40  IN CNAME www
far      12  IN CNAME www.plain.test.
big      60  IN TXT ${Array.from({ length: 3 }, (_, index) => `"${String(index).repeat(220)}"`).join(' ')}
huge     60  IN TXT ${Array.from({ length: 9 }, (_, index) => `"${String(index).repeat(240)}"`).join(' ')}
*.wild   15  IN A   192.0.2.5
old      25  IN DNAME new
host.new 25  IN A   192.0.2.6
`;

function internet(): SimulatedResolver {
  return new SimulatedResolver({
    zones: [
      { name: '.' },
      { name: 'test.' },
      { name: 'signed.test.', records },
      { name: 'hashed.test.', records, denial: { kind: 'nsec3' } },
      { name: 'plain.test.', records, isSigned: false },
      { name: 'bogus.test.', records, ds: 'wrong-digest' },
    ],
  });
}

const labels = [
  '',
  'www.',
  'zero.',
  'many.',
  'alias.',
  'far.',
  'big.',
  'huge.',
  'x.wild.',
  'host.old.',
  'no.',
  'a.no.',
];
const zones = ['signed.test.', 'hashed.test.', 'plain.test.', 'bogus.test.', 'test.', 'missing.', '.'];
const types = ['A', 'AAAA', 'MX', 'TXT', 'DS', 'DNSKEY', 'NS', 'SOA', 'RRSIG', 'ANY', 'CNAME', 'NSEC'];

function pick<T>(random: SeededRandom, values: readonly [T, ...T[]] | readonly T[]): T {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

function randomCase(text: string, random: SeededRandom): string {
  return [...text].map((letter) => (random.chance(0.3) ? letter.toUpperCase() : letter)).join('');
}

function randomShape(random: SeededRandom): QueryShape {
  const options = random.chance(0.8) ? [] : [{ code: pick(random, [3, 8, 10, 12, 65_001]), data: new Uint8Array(8) }];
  const edns = { udpSize: pick(random, [0, 512, 800, 1232, 4096, 0xffff]), dnssecOk: random.chance(0.5), options };
  const zone = pick(random, zones);
  return {
    name: randomCase(zone === '.' ? '.' : `${pick(random, labels)}${zone}`, random),
    // Few types for many questions, so that they come again.
    type: random.chance(0.6) ? 'A' : pick(random, types),
    id: random.below(0x10000),
    flags: (random.chance(0.2) ? HeaderFlag.AD : 0) | (random.chance(0.2) ? HeaderFlag.CD : 0),
    noRecursion: random.chance(0.05),
    ...(random.chance(0.7) && { edns }),
  };
}

function randomQuery(random: SeededRandom): Uint8Array {
  const octets = queryOctets(randomShape(random));
  if (random.chance(0.9)) return octets;
  // Malformed in all kinds of ways, most of them in the header or at the end.
  const damaged = random.chance(0.3) ? octets.slice(0, random.below(octets.length)) : octets;
  if (damaged.length > 2) damaged[2 + random.below(damaged.length - 2)] = random.below(256);
  return damaged;
}

const silent: ServerEvents = {
  onRequest: () => {},
  onReply: () => {},
  onKeptReply: () => {},
  onDrop: () => {},
  onUnauthorised: () => {},
  onInform: () => {},
  onNotify: () => {},
  onBug: (error) => {
    throw error;
  },
};

/**
 * What the pipeline says now. What the resolver knows may have been fetched anew since the reply was kept: its TTLs are
 * then lower, never higher. And what it concluded from a proof then (extended error 29) it may have been told since.
 */
function expectSame({ cached, plain }: Replies, query: string): void {
  const [kept, fresh] = [replyOf(cached), replyOf(plain)];
  expect(kept.header.flags, query).toBe(fresh.header.flags);
  expect(kept.edns === undefined, query).toBe(fresh.edns === undefined);
  const rdatas = ({ answer }: Message) => answer.map(({ type, rdata }) => [type, rdata]);
  expect(rdatas(kept), query).toEqual(rdatas(fresh));
  if ([...errorCodes(kept), ...errorCodes(fresh)].includes(EdeCode.SYNTHESIZED)) return;
  const [keptOctets, freshOctets] = [withoutTtls(cached), withoutTtls(plain)];
  expect(keptOctets.octets, query).toEqual(freshOctets.octets);
  for (const [index, ttl] of keptOctets.ttls.entries()) {
    expect(ttl, query).toBeLessThanOrEqual(freshOctets.ttls[index] ?? -1);
    expect(ttl, query).toBeGreaterThan(0);
  }
}

function keyOf(message: Uint8Array, questionEnd: number, bits: number): string {
  return `${bits} ${Buffer.from(message.subarray(12, questionEnd)).toString('latin1').toLowerCase()}`;
}

/** What the pipeline said when the reply was kept, as it has to look for this client so much later. */
function aged(reply: Uint8Array, query: Uint8Array, questionEnd: number, seconds: number): Uint8Array {
  const octets = reply.slice();
  octets.set(query.subarray(0, 2));
  octets.set(query.subarray(12, questionEnd), 12);
  const view = new DataView(octets.buffer);
  for (const at of withoutTtls(reply).offsets) view.setUint32(at, view.getUint32(at) - seconds);
  return octets;
}

function withoutTtls(reply: Uint8Array): { octets: Uint8Array; ttls: number[]; offsets: number[] } {
  const octets = reply.slice();
  const view = new DataView(octets.buffer);
  const ttls: number[] = [];
  const offsets: number[] = [];
  let at = afterName(octets, 12) + 4;
  while (at < octets.length) {
    at = afterName(octets, at);
    if (view.getUint16(at) !== RRType.OPT) {
      ttls.push(view.getUint32(at + 4));
      offsets.push(at + 4);
      view.setUint32(at + 4, 0);
    }
    at += 10 + view.getUint16(at + 8);
  }
  return { octets, ttls, offsets };
}

function afterName(octets: Uint8Array, start: number): number {
  let at = start;
  while ((octets[at] ?? 0) !== 0 && (octets[at] ?? 0) < 0xc0) at += (octets[at] ?? 0) + 1;
  return (octets[at] ?? 0) === 0 ? at + 1 : at + 2;
}

interface Replies {
  readonly cached: Uint8Array;
  readonly plain: Uint8Array;
  /** `cached` as it should be, made from what was kept. */
  readonly wanted: Uint8Array;
}

/** Two pipelines over one resolver, one of them with the cache. */
class Pair {
  readonly simulation = internet();
  readonly store: CacheMemory;
  hits = 0;
  private readonly kept = new Map<string, { reply: Uint8Array; now: number }>();
  private readonly cached: Pipeline;
  private readonly plain: Pipeline;
  private readonly finished: FinishedReplies;

  constructor(octets: number) {
    this.store = new CacheMemory({ octets });
    this.finished = this.store.finished();
    const parts: PipelineParts = {
      access: new AccessControl([]),
      notify: new NotifyAccess({ from: [], zones: [] }),
      localData: localDataWith(),
      resolver: this.simulation.resolver,
      clock: this.simulation.clock,
      events: silent,
    };
    this.plain = new Pipeline(pipelineDefaults, parts);
    this.cached = new Pipeline(pipelineDefaults, {
      ...parts,
      replyCache: this.recording(),
      // Datagrams are asked for in `ask`, as the batches are.
      finished: {
        reply: (query, { transport }, now) =>
          transport === 'udp' ? undefined : this.finished.reply(query, true, false, now),
        seen: () => undefined,
      },
    });
  }

  /** The cache, and what it was given. */
  private recording(): NonNullable<PipelineParts['replyCache']> {
    const { cache } = this.store;
    return {
      get generation() {
        return cache.generation;
      },
      store: (reply, bits, now, seconds) => {
        const isKept = cache.store(reply, bits, now, seconds);
        if (isKept) this.kept.set(keyOf(reply, afterName(reply, 12) + 4, bits), { reply, now });
        return isKept;
      },
    };
  }

  get now(): number {
    return this.simulation.clock.cacheSeconds();
  }

  /** Both replies to one query; undefined when the cache has none. */
  ask(query: Uint8Array, asking: Client = client): Replies | undefined {
    // Asking the other one may take time.
    const { now } = this;
    const cached = this.store.ask(query, now);
    if (cached === undefined) {
      this.run(this.cached, query, asking);
      return undefined;
    }
    return this.hit(cached, query, asking, now);
  }

  /** The same for a query over TCP, which finds the cache within the pipeline. */
  askOverStream(query: Uint8Array): Replies | undefined {
    const { counters } = this.finished;
    const { now } = this;
    const before = counters.hits;
    const cached = this.run(this.cached, query, streamClient);
    if (counters.hits === before) return undefined;
    if (cached === undefined) throw new Error('counted, and not answered');
    this.store.scan.scan(query, 0, query.length);
    return this.hit(cached, query, streamClient, now);
  }

  private hit(cached: Uint8Array, query: Uint8Array, asking: Client, now: number): Replies {
    const { scan } = this.store;
    this.hits++;
    const questionEnd = 12 + scan.nameOctets + 4;
    const kept = this.kept.get(keyOf(cached, questionEnd, scan.bits));
    const plain = this.run(this.plain, query, asking);
    if (kept === undefined || plain === undefined) throw new Error('never kept');
    return { cached, plain, wanted: aged(kept.reply, query, questionEnd, now - kept.now) };
  }

  private run(pipeline: Pipeline, query: Uint8Array, asking: Client): Uint8Array | undefined {
    return this.simulation.clock.complete<Uint8Array | undefined>(
      (done) => pipeline.accept(query.slice(), asking, done),
      'a reply',
    );
  }
}

describe('with a reply cache and without', () => {
  const rows = [
    { name: 'room for everything', octets: 4 * 1024 * 1024 },
    { name: 'room for next to nothing', octets: 96 * 1024 },
  ];
  for (const [index, { name, octets }] of rows.entries()) {
    test(`${name}: the same octets, as time goes by`, () => {
      const random = new SeededRandom(testSeed() + index);
      const pair = new Pair(octets);
      for (let count = 0; count < 6000; count++) {
        const query = randomQuery(random);
        const replies = pair.ask(query, random.chance(0.5) ? client : localClient);
        if (replies !== undefined) {
          expectSame(replies, Buffer.from(query).toString('hex'));
          expect(replies.cached).toEqual(replies.wanted);
        }
        if (random.chance(0.02)) pair.simulation.advance(random.below(9));
        if (random.chance(0.002)) pair.store.cache.clear();
      }
      // Else this would prove nothing.
      expect(pair.hits).toBeGreaterThan(300);
    });

    test(`${name}: the same octets over TCP, whichever way they were asked for first`, () => {
      const random = new SeededRandom(testSeed() + 10 + index);
      const pair = new Pair(octets);
      let streamHits = 0;
      for (let count = 0; count < 6000; count++) {
        const query = randomQuery(random);
        const isStream = random.chance(0.5);
        const replies = isStream ? pair.askOverStream(query) : pair.ask(query);
        if (replies !== undefined) {
          if (isStream) streamHits++;
          expectSame(replies, Buffer.from(query).toString('hex'));
          expect(replies.cached).toEqual(replies.wanted);
        }
        if (random.chance(0.02)) pair.simulation.advance(random.below(9));
        if (random.chance(0.002)) pair.store.cache.clear();
      }
      expect(streamHits).toBeGreaterThan(100);
    });
  }
});

describe('what was decided otherwise while a query was under way', () => {
  let finish: (() => void) | undefined;
  afterEach(() => {
    finish = undefined;
  });

  const query = queryOctets();
  const server = (store: CacheMemory) =>
    new FakeServer({
      resolve: (_request, done) => {
        finish = () => done(resolutionOf());
      },
      parts: { replyCache: store.cache },
    });

  test('a reply that was begun before is not kept', () => {
    const store = new CacheMemory();
    const replies = server(store).send(query);
    store.cache.clear();
    finish?.();
    expect(replies).toHaveLength(1);
    expect(store.ask(query, 0)).toBeUndefined();
  });

  test('without such a decision it is', () => {
    const store = new CacheMemory();
    const replies = server(store).send(query);
    finish?.();
    expect(store.ask(query, 0)).toEqual(replies[0]);
  });

  test('a resolution that is not for everybody is not kept', () => {
    const store = new CacheMemory();
    const answering = new FakeServer({
      resolve: (_request, done) => done(resolutionOf({ shareable: false })),
      parts: { replyCache: store.cache },
    });
    expect(answering.send(query)).toHaveLength(1);
    expect(store.ask(query, 0)).toBeUndefined();
  });

  const addresses = Array.from({ length: 90 }, (_, index) => `192.0.2.${index}`);
  const long = resolutionOf({ answer: [resolved('www.example.', 'A', addresses, true)] });
  const notKept: { name: string; shape: QueryShape; transport?: 'tcp'; resolution?: Resolution }[] = [
    { name: 'for ANY over TCP, which over UDP is told to come over TCP', shape: { type: 'ANY' }, transport: 'tcp' },
    { name: 'over TCP that is too long for UDP', shape: {}, transport: 'tcp', resolution: long },
    { name: 'over TCP that is too long for UDP with EDNS', shape: { edns: {} }, transport: 'tcp', resolution: long },
    { name: 'with NSID', shape: { edns: { options: [{ code: 3, data: new Uint8Array(0) }] } } },
    { name: 'with room for less than we would send', shape: { edns: { udpSize: 600 } } },
  ];
  for (const { name, shape, transport = 'udp', resolution = resolutionOf() } of notKept) {
    test(`the reply to a query ${name} is not kept`, () => {
      const store = new CacheMemory();
      const answering = new FakeServer({
        resolve: (_request, done) => done(resolution),
        parts: { replyCache: store.cache },
      });
      answering.send(queryOctets(shape), { ...client, transport });
      expect(store.cache.size).toBe(0);
    });
  }
});
