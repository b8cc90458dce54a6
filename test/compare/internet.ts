// The private internets of a run: one of example zones, sound and broken, and any number made by chance, some with a fault.
import { exampleZones } from '../../src/lab/example-zones.ts';
import { buildHierarchy, type Hierarchy } from '../../src/lab/hierarchy.ts';
import type { ZoneDescription } from '../../src/lab/zone-description.ts';
import { RRType } from '../../src/wire/constants.ts';
import type { DomainName } from '../../src/wire/name.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { type ResourceRecord, typeCovered } from '../../src/wire/record.ts';
import { askedTypes, randomQuestion } from '../random-zones/questions.ts';
import { pick, randomWorld } from '../random-zones/world.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import type { Asked } from './asker.ts';

export interface Internet {
  /** 0 for the example zones, else the seed of a random world. */
  readonly number: number;
  readonly hierarchy: Hierarchy;
  /** What was done to one zone after signing. */
  readonly fault: Fault | undefined;
  readonly questions: readonly Asked[];
}

export interface Fault {
  readonly apex: DomainName;
  /** In words. */
  readonly text: string;
  apply(records: readonly ResourceRecord[]): readonly ResourceRecord[];
}

const EXAMPLE_PARENT = 'lab.';
/** Zones of the examples that can stand in the same server are spread over as many addresses. */
const EXAMPLE_SERVERS = 4;
const FAULT_PROBABILITY = 0.4;

const nowSeconds = Math.floor(Date.now() / 1000);

/** The internet of a number; the same number gives the same names, questions and fault, under fresh keys. */
export function internetOf(number: number, questions: number): Internet {
  return number === 0 ? exampleInternet(questions) : randomInternet(number, questions);
}

function exampleInternet(count: number): Internet {
  const examples = exampleZones(EXAMPLE_PARENT, nowSeconds);
  const zones = examples.map(({ description }, index) => ({
    ...description,
    addresses: [isMadeOnline(description) ? '198.18.1.200' : exampleAddress(index, isPlain(description))],
  }));
  const hierarchy = buildHierarchy({ zones: [{ name: EXAMPLE_PARENT }, ...zones], nowSeconds });
  const owners = ['www', 'alias', 'any.wild', 'a.b.wild', '*.wild', 'wild', 'b.ent', 'ent', 'a.b.ent', 'c.ent', 'nope'];
  const others = ['old', 'host.old', 'x.old', 'new', 'host.new', 'a.nope', '@', '@'];
  const names = examples.flatMap(({ description: { name } }) =>
    [...owners, ...others].map((owner) => nameOf(owner === '@' ? name : `${owner}.${name}`)),
  );
  const random = new SeededRandom(1);
  const own = examples.map(({ question: { name, type } }) => ({ name: nameOf(name), type }));
  const more = Array.from({ length: Math.max(0, count - own.length) }, () => ({
    name: pick(random, names),
    type: pick(random, askedTypes),
  }));
  return { number: 0, hierarchy, fault: undefined, questions: [...own, ...more].slice(0, count) };
}

function exampleAddress(index: number, isSound: boolean): string {
  return `198.18.${isSound ? 1 : 2}.${1 + (index % EXAMPLE_SERVERS)}`;
}

function randomInternet(seed: number, count: number): Internet {
  let random = new SeededRandom(seed);
  let world = randomWorld(random, nowSeconds);
  // Without a trust anchor nobody validates.
  for (let other = seed + 1_000_000; world.hierarchy.trustAnchors.length === 0; other += 1_000_000) {
    random = new SeededRandom(other);
    world = randomWorld(random, nowSeconds);
  }
  const fault = random.chance(FAULT_PROBABILITY) ? randomFault(random, world.hierarchy) : undefined;
  const questions = Array.from({ length: count }, () => randomQuestion(random, world));
  return { number: seed, hierarchy: world.hierarchy, fault, questions };
}

/** Whether replies need records that are not in the zone, which no master file has. */
export function isMadeOnline({ denial }: ZoneDescription): boolean {
  return denial?.kind === 'compact' || (denial?.kind === 'nsec3' && denial.isNarrow === true);
}

/** Whether any server loads the zone without complaint. */
export function isPlain({ faults, publishedKeys, publishedAlgorithm, keys, denial }: ZoneDescription): boolean {
  const isSignedAsUsual = [faults, publishedKeys, publishedAlgorithm, keys].every((choice) => choice === undefined);
  return isSignedAsUsual && denial?.kind !== 'none';
}

/** A mistake of a signer or an operator in one zone below the root. */
function randomFault(random: SeededRandom, { zones }: Hierarchy): Fault | undefined {
  const choices = zones.filter(
    ({ name, signed, description }) => !name.isRoot && signed !== undefined && !isMadeOnline(description),
  );
  if (choices.length === 0) return undefined;
  const { name: apex, zone } = pick(random, choices);
  const signatures = zone.records.filter(({ type }) => type === RRType.RRSIG);
  const victim = pick(random, signatures);
  const denials = zone.records.filter(({ type }) => type === RRType.NSEC || type === RRType.NSEC3);
  const denial = pick(random, denials);
  return pick<Fault>(random, [
    {
      apex,
      text: `no RRSIG at ${nameText(victim.name)}`,
      apply: (records) => records.filter((record) => !isSignatureAt(record, victim.name)),
    },
    {
      apex,
      text: `changed RRSIGs at ${nameText(victim.name)}`,
      apply: (records) => records.map((record) => (isSignatureAt(record, victim.name) ? flipLast(record) : record)),
    },
    {
      apex,
      text: `no NSEC or NSEC3 at ${nameText(denial.name)}`,
      apply: (records) =>
        records.filter(
          ({ name, type }) => !(name.equals(denial.name) && (type === denial.type || type === RRType.RRSIG)),
        ),
    },
    {
      apex,
      text: 'no RRSIGs of A',
      apply: (records) => records.filter(({ type, rdata }) => type !== RRType.RRSIG || typeCovered(rdata) !== RRType.A),
    },
  ]);
}

function isSignatureAt({ name, type }: ResourceRecord, owner: DomainName): boolean {
  return type === RRType.RRSIG && name.equals(owner);
}

function flipLast(record: ResourceRecord): ResourceRecord {
  const rdata = record.rdata.slice();
  rdata[rdata.length - 1] = (rdata.at(-1) ?? 0) ^ 1;
  return { ...record, rdata };
}
