// Questions by chance: about names of a world, beside them and below them, for types that its zones have or lack.
import { RRType } from '../../src/wire/constants.ts';
import type { DomainName } from '../../src/wire/name.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { nameBelow, pick, type World } from './world.ts';

/** A is there twice: most questions are for it. */
export const askedTypes: readonly number[] = [
  RRType.A,
  RRType.A,
  RRType.AAAA,
  RRType.TXT,
  RRType.MX,
  RRType.NS,
  RRType.SOA,
  RRType.DS,
  RRType.DNSKEY,
  RRType.CNAME,
  RRType.DNAME,
  RRType.SRV,
  RRType.HTTPS,
  65280,
];

export function randomQuestion(random: SeededRandom, world: World): { name: DomainName; type: number } {
  const base = random.chance(0.15) ? pick(random, world.apexes) : pick(random, world.owners);
  const type = pick(random, askedTypes);
  if (random.chance(0.5)) return { name: base, type };
  if (random.chance(0.3) && !base.isRoot) return { name: base.parent(), type };
  const above = random.chance(0.3) && !base.isRoot ? base.parent() : base;
  return { name: nameBelow(random, above, 1 + random.below(2)), type };
}
