// The whole resolver, iterative, under virtual time against servers that lie: every question must end in time, and what
// is answered as authentic must be what an honest network says.
import { parseConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { resolverOptions } from '../../src/daemon/resolver-options.ts';
import { pipelineOptions } from '../../src/daemon/server-options.ts';
import { readTrustAnchors } from '../../src/daemon/trust-anchors.ts';
import type { Hierarchy } from '../../src/lab/hierarchy.ts';
import type { ResolverOptions } from '../../src/resolver/options.ts';
import { RecursiveResolver } from '../../src/resolver/resolver.ts';
import { AccessControl } from '../../src/server/access-control.ts';
import { Pipeline } from '../../src/server/pipeline.ts';
import { UpstreamExchange } from '../../src/upstream/exchange.ts';
import { RRType, rcodeText, typeText } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { type Message, parseMessage, type Question } from '../../src/wire/message.ts';
import { nameText } from '../../src/wire/name-text.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { authority } from '../support/server-behaviours.ts';
import { type Delivery, type Responder, SimulatedNetwork } from '../support/simulated-network.ts';
import { DEFAULT_WALL_SECONDS, VirtualClock } from '../support/virtual-clock.ts';
import { type Failures, type PartResult, Tally } from './failures.ts';
import { fuzzQuestion, hostileZones } from './fuzz-internet.ts';
import { queryFor, randomBits } from './fuzz-query.ts';
import { mutateReply } from './mutation.ts';

/** A client must have its answer by then (virtual milliseconds). */
export const MAX_WAIT_MS = 5_000;
const QUESTIONS_PER_ROUND = 20;
/** Names repeat after so many, so that the truth about each is found out once. */
const SERIALS = 40;
/** Questions begin within so long of each other, so that they meet in flight. */
const SPREAD_MS = 2_000;
/** Caches are made anew each round, and what they reserve costs time. */
const SMALL_CACHES = {
  maxDelegations: 200,
  maxZones: 200,
  maxFailures: 200,
  maxServers: 100,
  maxAggressiveRecords: 500,
};

interface World {
  readonly clock: VirtualClock;
  readonly network: SimulatedNetwork;
  readonly pipeline: Pipeline;
  readonly bugs: string[];
}

export interface Asking {
  readonly question: Question;
  readonly octets: Uint8Array;
  readonly atMs: number;
}

/** How replies are changed: from one reply to those that are delivered. */
export type Lie = (reply: Uint8Array) => readonly Delivery[];

/** Runs rounds until `count` changed replies have been delivered. */
export function fuzzSimulated(hierarchy: Hierarchy, count: number, seed: number, failures: Failures): PartResult {
  const tally = new Tally();
  const scene = sceneOf(hierarchy);
  const startedAtMs = performance.now();
  let packets = 0;
  let rounds = 0;
  for (; packets < count; rounds++) {
    const random = new SeededRandom((seed + rounds * 0x9e3779b1) >>> 0);
    const askings = askingsOf(hierarchy, rounds, random);
    // Some rounds change every reply, others few, so that lies also come when much has been believed already.
    const oneIn = [1, 2, 4, 12][random.below(4)] ?? 1;
    const lie: Lie = (reply) => {
      if (random.below(oneIn) !== 0) return [{ octets: reply }];
      packets++;
      return [
        { octets: mutateReply(reply, random) },
        ...(random.below(6) === 0 ? [{ octets: reply, delayMs: random.below(30) }] : []),
      ];
    };
    const before = failures.count;
    runRound(scene, { askings, lie, random }, failures, tally);
    if (failures.count > before) failures.lines.push(`  in round ${rounds} of seed ${seed}`);
  }
  return {
    name: 'upstream replies, simulated network',
    packets,
    seconds: (performance.now() - startedAtMs) / 1000,
    outcomes: `${rounds} rounds; ${tally.text()}`,
  };
}

export interface Round {
  readonly askings: readonly Asking[];
  readonly lie: Lie;
  readonly random: SeededRandom;
}

/** Asks a lying network, after an honest one for what has not been asked before. */
export function runRound(scene: Scene, { askings, lie, random }: Round, failures: Failures, tally: Tally): void {
  const { truths } = scene;
  const honest = makeWorld(scene, (reply) => [{ octets: reply }], new SeededRandom(random.seed));
  const unknown = askings.filter((asking) => !truths.has(askingKey(asking)));
  askAll(honest, unknown, (asking, reply) => truths.set(askingKey(asking), contentText(reply)), failures);
  const world = makeWorld(scene, lie, random);
  askAll(
    world,
    askings,
    (asking, reply) => {
      const isAuthentic = (reply.header.flags & HeaderFlag.AD) !== 0;
      tally.add(`${rcodeText(reply.rcode)}${isAuthentic ? ' AD' : ''}`);
      if (!isAuthentic || !isComparable(asking.question.type)) return;
      const truth = truths.get(askingKey(asking));
      const content = contentText(reply);
      if (truth !== content) {
        failures.add(`authentic, but not the truth: ${questionKey(asking.question)}\n  got ${content}\n  not ${truth}`);
      }
    },
    failures,
  );
  for (const bug of [...honest.bugs, ...world.bugs]) failures.add(`fault of the program: ${bug}`);
}

function askingsOf(hierarchy: Hierarchy, round: number, random: SeededRandom): Asking[] {
  const zones = hostileZones(hierarchy.servers.size - 1);
  return Array.from({ length: QUESTIONS_PER_ROUND }, (_, index) => {
    const zone = zones[random.below(zones.length)] ?? 'lab.';
    const question = fuzzQuestion(zone, (round * QUESTIONS_PER_ROUND + index) % SERIALS, random);
    return { question, octets: queryFor(question, index, randomBits(random)), atMs: random.below(SPREAD_MS) };
  });
}

function askAll(
  world: World,
  askings: readonly Asking[],
  onReply: (asking: Asking, reply: Message) => void,
  failures: Failures,
): void {
  const { clock, pipeline } = world;
  let waiting = askings.length;
  for (const asking of askings) {
    clock.at(asking.atMs, () => {
      const client = { address: Uint8Array.of(127, 0, 0, 1), port: 40_000, transport: 'tcp' as const };
      const startedAtMs = clock.monotonicMs();
      pipeline.accept(asking.octets, client, (octets) => {
        waiting--;
        const tookMs = clock.monotonicMs() - startedAtMs;
        if (tookMs > MAX_WAIT_MS) failures.add(`answered after ${tookMs} ms: ${questionKey(asking.question)}`);
        const parsed = octets === undefined ? undefined : parseMessage(octets);
        if (parsed?.ok === true) onReply(asking, parsed.message);
        else failures.add(`no readable reply: ${questionKey(asking.question)}`, octets);
      });
    });
  }
  try {
    clock.runUntil(() => waiting === 0, 'a round of questions');
    // What goes on behind the clients' backs must end as well.
    clock.advance(30_000);
  } catch (error) {
    failures.add(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

function makeWorld({ hierarchy, settings }: Scene, lie: Lie, random: SeededRandom): World {
  const clock = new VirtualClock({ wallSeconds: DEFAULT_WALL_SECONDS });
  const network = new SimulatedNetwork({ clock, random: new SeededRandom(random.seed) });
  for (const [address, zones] of hierarchy.servers) {
    network.addServer(address, lying(authority(zones), lie), { latencyMs: 5, jitterMs: 10 });
  }
  const bugs: string[] = [];
  const onBug = (error: unknown) =>
    void bugs.push(error instanceof Error ? (error.stack ?? error.message) : `${error}`);
  const { config, options } = settings;
  const exchangeRandom = new SeededRandom(random.seed ^ 0x5bd1e995);
  const exchange = new UpstreamExchange({ sockets: network, timers: clock, clock, random: exchangeRandom });
  const resolver = new RecursiveResolver(options, {
    exchange,
    timers: clock,
    clock,
    random: exchangeRandom,
    events: { upstream: () => {}, bogus: () => {}, crashed: (_question, error) => onBug(error) },
    useThreadPool: false,
  });
  const pipeline = new Pipeline(pipelineOptions(config, { positive: () => [], negative: () => [] }), {
    access: new AccessControl(config.incoming.allow_from),
    localData: { answer: () => undefined },
    notify: { allowsSource: () => false, allowsZone: () => false },
    resolver,
    clock,
    events: {
      onRequest: () => {},
      onReply: () => {},
      onKeptReply: () => {},
      onDrop: () => {},
      onUnauthorised: () => {},
      onInform: () => {},
      onNotify: () => {},
      onBug,
    },
  });
  return { clock, network, pipeline, bugs };
}

function lying(responder: Responder, lie: Lie): Responder {
  return (query) => {
    const replies = responder(query);
    if (replies === undefined) return undefined;
    const deliveries = replies instanceof Uint8Array ? [{ octets: replies }] : replies;
    return deliveries.flatMap(({ octets }) => lie(octets));
  };
}

/** What stays the same from round to round. */
export interface Scene {
  readonly hierarchy: Hierarchy;
  readonly settings: { readonly config: Config; readonly options: ResolverOptions };
  /** What an honest network says, by question. */
  readonly truths: Map<string, string>;
}

export function sceneOf(hierarchy: Hierarchy): Scene {
  const config = configOf(hierarchy);
  const hints = parseZoneText(hierarchy.rootHints, { defaultTtl: 3600 }).records;
  const options = resolverOptions(config, readTrustAnchors(config), hints);
  const cache = { ...options.cache, ...SMALL_CACHES };
  return { hierarchy, settings: { config, options: { ...options, cache } }, truths: new Map() };
}

function configOf(hierarchy: Hierarchy): Config {
  const anchors = hierarchy.trustAnchors.map((line) => line.replace(/^.*\sDS\s+/, ''));
  const text = [
    `dnssec: {validation: validate, trustanchors: [{name: ., dsrecords: ${JSON.stringify(anchors)}}]}`,
    'outgoing: {dont_query: []}',
  ].join('\n');
  const parsed = parseConfig(text, 'fuzz.yml');
  if (!parsed.ok) throw new Error(parsed.errors.map(({ message }) => message).join('\n'));
  return parsed.config;
}

/** Answers to these types may be any part of the truth. */
function isComparable(type: number): boolean {
  return type !== RRType.ANY && type !== RRType.RRSIG;
}

/** What the truth depends on: the question, and DO where a denial is compact (RFC 9824 5.1). */
function askingKey({ question, octets }: Asking): string {
  const parsed = parseMessage(octets);
  const dnssecOk = parsed.ok && parsed.message.edns?.dnssecOk === true;
  return `${questionKey(question)}${dnssecOk ? ' DO' : ''}`;
}

function questionKey({ name, type }: Question): string {
  return `${nameText(name)} ${typeText(type)}`;
}

/** RCODE and answer section without TTLs, signatures and order. */
function contentText(message: Message): string {
  const lines = message.answer
    .filter(({ type }) => type !== RRType.RRSIG)
    .map((record) => recordKey(record))
    .sort();
  return [rcodeText(message.rcode), ...lines].join('; ');
}

function recordKey({ name, type, rdata }: ResourceRecord): string {
  return `${nameText(name.toLowerCase())} ${typeText(type)} ${Buffer.from(rdata).toString('hex')}`;
}
