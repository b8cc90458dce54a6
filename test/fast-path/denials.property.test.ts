// Denials out of known proofs, beside the same pipeline without them: both must say the same, octet by octet, TTLs included.
import { describe, expect, test } from 'vitest';
import { DenialFinder, type DenialGuard } from '../../src/cache/denial-finder.ts';
import { Region } from '../../src/cache/region.ts';
import { TrustAnchors } from '../../src/dnssec/trust-anchor.ts';
import { DenialReplies } from '../../src/fast-path/denial-replies.ts';
import type { ZoneDescription } from '../../src/lab/zone-description.ts';
import { ConfiguredNames } from '../../src/resolver/denial-guard.ts';
import type { ResolverOptions } from '../../src/resolver/options.ts';
import { AccessControl } from '../../src/server/access-control.ts';
import type { ServerEvents } from '../../src/server/events.ts';
import { NotifyAccess } from '../../src/server/notify-access.ts';
import { Pipeline, type PipelineParts } from '../../src/server/pipeline.ts';
import { RRClass } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { client, pipelineDefaults } from '../server/support/fake-server.ts';
import { type QueryShape, queryOctets } from '../server/support/queries.ts';
import { localDataWith } from '../support/local-data.ts';
import { SeededRandom, testSeed } from '../support/seeded-random.ts';
import { SimulatedResolver, type SimulationOptions } from '../support/simulated-resolver.ts';

const records = `
@         60 IN MX 10 mail
a.x       60 IN A 192.0.2.8
c.y       60 IN A 192.0.2.8
www       60 IN A 192.0.2.1
m         60 IN TXT "m"
t         90 IN TXT "t"
alias     60 IN CNAME www
a.b.ent   60 IN A 192.0.2.3
host.sub  60 IN A 192.0.2.3
*.wild    60 IN A 192.0.2.5
x.wild    60 IN TXT "closer"
old       60 IN DNAME m
cut       60 IN NS ns.cut
ns.cut    60 IN A 192.0.2.9
\\000.low 60 IN A 192.0.2.3
\\001z    60 IN A 192.0.2.3
`;

const zoneNames = ['nsec.land.', 'hashed.land.', 'salted.land.', 'opt-out.land.', 'compact.land.', 'deep.nsec.land.'];
const zones: readonly ZoneDescription[] = [
  { name: '.' },
  { name: 'land.' },
  { name: 'nsec.land.', records },
  { name: 'hashed.land.', records, denial: { kind: 'nsec3' } },
  { name: 'salted.land.', records, denial: { kind: 'nsec3', iterations: 3, salt: Uint8Array.of(1, 2, 3) } },
  { name: 'opt-out.land.', records, denial: { kind: 'nsec3', optOut: true } },
  { name: 'compact.land.', records, denial: { kind: 'compact' } },
  { name: 'deep.nsec.land.', records },
  { name: 'plain.land.', records, isSigned: false },
  { name: 'bogus.land.', records, ds: 'wrong-digest' },
  { name: 'brief.land.', records, ttl: 20 },
];
const tops = [...zoneNames, 'plain.land.', 'bogus.land.', 'brief.land.', 'land.', 'missing.', '.'];
const owners = [
  '',
  '',
  '',
  'www.',
  'sub.',
  'ent.',
  'b.ent.',
  'wild.',
  'old.',
  'cut.',
  'low.',
  'gone.',
  'hostmaster.',
  'x.',
  'y.',
  'm.',
  'mail.',
];
const types = ['AAAA', 'MX', 'TXT', 'DS', 'DNSKEY', 'NS', 'SOA', 'RRSIG', 'ANY', 'CNAME', 'NSEC', 'PTR', 'TYPE65280'];
const labels = ['*', 'hostmaster', 'ns1', 'www', '-', '\\000', '\\001', '\\255', 'A', 'zz', 'mm', 'e', 'o'];

function pick<T>(random: SeededRandom, values: readonly T[]): T {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

function randomLabel(random: SeededRandom): string {
  if (random.chance(0.15)) return pick(random, labels);
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789-';
  const length = random.chance(0.05) ? 1 + random.below(63) : 1 + random.below(10);
  return Array.from({ length }, () => {
    const letter = letters[random.below(letters.length)] ?? '';
    return random.chance(0.2) ? letter.toUpperCase() : letter;
  }).join('');
}

/** A question, more often than not for a name below `often`. */
function randomShape(random: SeededRandom, often: string): QueryShape {
  const top = random.chance(0.8) ? often : pick(random, tops);
  const depth = random.chance(0.7)
    ? 1
    : random.chance(0.2)
      ? 0
      : random.chance(0.9)
        ? 1 + random.below(4)
        : random.below(40);
  const names = Array.from({ length: depth }, () => randomLabel(random)).map((label) => `${label}.`);
  let name = `${names.join('')}${top === '.' || random.chance(0.5) ? '' : pick(random, owners)}${top === '.' && depth > 0 ? '' : top}`;
  if (name.length > 240 || name === '') name = top;
  // The same kind of client again and again, so that there is something to use again; all other kinds as well.
  if (random.chance(0.8)) return { name, id: random.below(0x10000), edns: { dnssecOk: true } };
  const options = random.chance(0.9) ? [] : [{ code: pick(random, [3, 8, 10]), data: new Uint8Array(8) }];
  const udpSize = random.chance(0.7) ? 1232 : pick(random, [0, 512, 600, 800, 4096]);
  return {
    name,
    type: random.chance(0.6) ? 'A' : pick(random, types),
    id: random.below(0x10000),
    flags: (random.chance(0.2) ? HeaderFlag.AD : 0) | (random.chance(0.2) ? HeaderFlag.CD : 0),
    noRecursion: random.chance(0.02),
    ...(random.chance(0.7) && { edns: { udpSize, dnssecOk: random.chance(0.6), options } }),
  };
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

const localData = localDataWith({ zones: [{ zone: nameOf('www.hashed.land.'), zoneType: 'static' }] });
const localNames: DenialGuard = {
  touches: (zone) => localData.touches(zone),
  permits: (name, type) => localData.answer({ name, type, class: RRClass.IN }) === undefined,
};

/** Two pipelines over one resolver, one of them with denials. */
class Pair {
  readonly simulation: SimulatedResolver;
  readonly denials: DenialReplies;
  quick = 0;
  private readonly before: Pipeline;
  private readonly plain: Pipeline;

  constructor(changes: Partial<SimulationOptions> = {}) {
    this.simulation = new SimulatedResolver({ zones, ...changes });
    const { resolver, clock } = this.simulation;
    const { knowledge } = resolver;
    const guards = [new ConfiguredNames(knowledge.routes, knowledge.trustAnchors), localNames];
    this.denials = new DenialReplies({
      source: new DenialFinder(knowledge.denials, knowledge.answers, guards),
      udpOctets: 1232,
      exceptTypes: [],
      isOff: () => false,
    });
    const parts: PipelineParts = {
      access: new AccessControl([]),
      notify: new NotifyAccess({ from: [], zones: [] }),
      localData,
      resolver,
      clock,
      events: silent,
    };
    this.plain = new Pipeline(pipelineDefaults, parts);
    this.before = new Pipeline(pipelineDefaults, { ...parts, denials: this.denials });
  }

  /** Asks; what was denied at once, the other pipeline must say in the same words, and without asking anybody. */
  ask(query: Uint8Array): void {
    const { simulation, denials } = this;
    const { answers } = denials.counters;
    const reply = this.run(this.before, query);
    if (denials.counters.answers === answers) return;
    this.quick++;
    const { mark } = simulation;
    const wanted = this.run(this.plain, query);
    const text = Buffer.from(query).toString('latin1');
    expect(Buffer.from(reply ?? []).toString('hex'), text).toBe(Buffer.from(wanted ?? []).toString('hex'));
    expect(simulation.mark, text).toBe(mark);
  }

  private run(pipeline: Pipeline, query: Uint8Array): Uint8Array | undefined {
    return this.simulation.clock.complete<Uint8Array | undefined>(
      (done) => pipeline.accept(query.slice(), client, done),
      'a reply',
    );
  }
}

function turn(pair: Pair, random: SeededRandom, often: string): void {
  pair.ask(queryOctets(randomShape(random, often)));
  if (random.chance(0.02)) pair.simulation.advance(random.below(9));
}

describe('with denials out of known proofs and without', () => {
  const within = { anchored: ['deep.nsec.land.'], negative: ['gone.nsec.land.'] };
  const nsecForward = { forwardZones: [{ zone: 'gone.nsec.land.', addresses: ['192.0.2.77'] }] };
  const cacheWith = (cache: Partial<ResolverOptions['cache']>): Partial<SimulationOptions> => ({
    change: (options) => ({ ...options, cache: { ...options.cache, ...cache } }),
  });
  const rows: { name: string; often: string; changes?: Partial<SimulationOptions>; least: number }[] = [
    { name: 'the root', often: '.', least: 100 },
    { name: 'NSEC', often: 'nsec.land.', least: 100 },
    { name: 'NSEC in a zone below', often: 'deep.nsec.land.', least: 100 },
    { name: 'NSEC3', often: 'hashed.land.', least: 100 },
    { name: 'NSEC3 with salt and iterations', often: 'salted.land.', least: 100 },
    { name: 'opt-out', often: 'opt-out.land.', least: 0 },
    { name: 'compact denials', often: 'compact.land.', least: 0 },
    { name: 'short lives', often: 'brief.land.', least: 20 },
    { name: 'an anchor and a negative anchor within', often: 'nsec.land.', changes: within, least: 100 },
    { name: 'a forward zone within', often: 'nsec.land.', changes: nsecForward, least: 100 },
    { name: 'no cuts', often: 'nsec.land.', changes: cacheWith({ nothingBelowNxdomain: 'no' }), least: 100 },
    { name: 'few records', often: 'hashed.land.', changes: cacheWith({ maxAggressiveRecords: 30 }), least: 5 },
    { name: 'lives made longer', often: 'brief.land.', changes: cacheWith({ minNegativeTtl: 100 }), least: 0 },
  ];
  for (const [index, { name, often, changes, least }] of rows.entries()) {
    test(`${name}: the same octets, as time goes by`, { timeout: 120_000 }, () => {
      const random = new SeededRandom(testSeed() + index);
      const pair = new Pair(changes);
      for (let count = 0; count < 700; count++) {
        turn(pair, random, often);
        if (random.chance(0.002)) {
          pair.simulation.resolver.wipe(Region.below(nameOf(pick(random, zoneNames))));
          pair.denials.clear();
        }
      }
      // Else this would prove nothing.
      expect(pair.quick).toBeGreaterThanOrEqual(least);
    });
  }

  test('anchors that change', { timeout: 120_000 }, () => {
    const random = new SeededRandom(testSeed());
    const pair = new Pair();
    const { resolver, anchors } = pair.simulation;
    for (let round = 0; round < 6; round++) {
      for (let count = 0; count < 150; count++) turn(pair, random, 'hashed.land.');
      const changed = new TrustAnchors();
      changed.replaceWith(anchors);
      if (round % 2 === 0) changed.addNegative(nameOf('gone.hashed.land.'), 'for now');
      else changed.clearNegatives();
      resolver.reconfigure({ anchors: changed }, Region.below(nameOf('gone.hashed.land.')));
      pair.denials.clear();
    }
    expect(pair.quick).toBeGreaterThanOrEqual(50);
  });
});
