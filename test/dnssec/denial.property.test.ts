// Random small zones, and what is true of each name in them worked out from the zone's content: with the whole chain
// each true proposition is proven, and with any part of it no false one.
import { describe, expect, test } from 'vitest';
import {
  type Denial,
  nsecCovers,
  proveNameError,
  proveNoData,
  proveNoDS,
  proveWildcardAnswer,
} from '../../src/dnssec/denial.ts';
import { RRType } from '../../src/wire/constants.ts';
import { compareNames, type DomainName } from '../../src/wire/name.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import type { RRset } from '../../src/wire/record.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import {
  nsec3Chain,
  nsecChain,
  plainNsec3,
  recordsFor,
  withEmptyNonTerminals,
  type ZoneTypes,
} from './denial-chain.ts';

const zone = 'z.';
const apex = nameOf(zone);
const labels = ['a', 'b', '*', 'c'];
const typeSets = ['A', 'A', 'MX', 'TXT A', 'CNAME', 'NS', 'NS DS', 'DNAME', 'A DNAME'];

function pick<T>(random: SeededRandom, from: readonly T[]): T {
  const chosen = from[random.below(from.length)];
  if (chosen === undefined) throw new Error('nothing to pick from');
  return chosen;
}

function randomName(random: SeededRandom): string {
  const depth = 1 + random.below(3);
  return `${Array.from({ length: depth }, () => pick(random, labels)).join('.')}.${zone}`;
}

/** A zone of at most ten names, those between included, with nothing below delegations and DNAMEs. */
function randomZone(random: SeededRandom): Map<string, string> {
  const names = new Map([[zone, 'SOA NS DNSKEY']]);
  for (let count = random.below(6); count > 0; count--) {
    const name = randomName(random);
    const next = new Map(names).set(name, pick(random, typeSets));
    if (withEmptyNonTerminals(zone, next).size <= 10) names.set(name, next.get(name) ?? '');
  }
  const hides = (types: string): boolean => /\b(NS|DNAME)\b/.test(types) && !/\bSOA\b/.test(types);
  return new Map(
    [...names].filter(([text]) => {
      for (let above = nameOf(text).parent(); above.isSubdomainOf(apex); above = above.parent()) {
        if (hides(names.get(nameText(above)) ?? '')) return false;
        if (above.isRoot) break;
      }
      return true;
    }),
  );
}

/** What a zone says, without any NSEC. */
class Truth {
  private readonly names: ZoneTypes;

  constructor(names: ZoneTypes) {
    this.names = withEmptyNonTerminals(zone, names);
  }

  types(name: DomainName): string[] | undefined {
    const text = this.names.get(nameText(name));
    return text?.split(' ');
  }

  exists(name: DomainName): boolean {
    return this.types(name) !== undefined;
  }

  /** Whether a delegation or DNAME is above the name. */
  isHidden(name: DomainName): boolean {
    for (let above = name.parent(); above.isBelow(apex); above = above.parent()) {
      const types = this.types(above) ?? [];
      if (types.includes('NS') || types.includes('DNAME')) return true;
    }
    return false;
  }

  encloser(name: DomainName): DomainName {
    let ancestor = name.parent();
    while (!this.exists(ancestor)) ancestor = ancestor.parent();
    return ancestor;
  }

  wildcard(name: DomainName): DomainName {
    return nameOf(`*.${nameText(this.encloser(name))}`);
  }

  nameError(name: DomainName): boolean {
    return !this.isHidden(name) && !this.exists(name) && !this.exists(this.wildcard(name));
  }

  noData(name: DomainName, type: 'A' | 'DS'): boolean {
    if (this.isHidden(name)) return false;
    const source = this.exists(name) ? name : this.wildcard(name);
    const types = this.types(source);
    if (types === undefined || types.includes(type) || types.includes('CNAME')) return false;
    if (type === 'DS') return !types.includes('SOA');
    return !types.includes('NS') || types.includes('SOA');
  }

  noDS(name: DomainName): 'no-ds' | 'not-a-cut' | undefined {
    if (this.isHidden(name) || name.equals(apex)) return undefined;
    const types = this.types(name) ?? [];
    if (types.includes('DS')) return undefined;
    return types.includes('NS') ? 'no-ds' : 'not-a-cut';
  }
}

function proof(denial: Denial): string | undefined {
  return denial.kind === 'proven' ? denial.proof : undefined;
}

const noDataProofs: ReadonlySet<string | undefined> = new Set(['no-data', 'empty-non-terminal', 'wildcard-no-data']);

/** What the records prove of a name. `secure` leaves out what an opt-out span makes insecure. */
function claims(name: DomainName, rrsets: readonly RRset[], secure: boolean): Record<string, unknown> {
  const records = recordsFor(zone, rrsets);
  const only = (denial: Denial): string | undefined =>
    secure && denial.kind === 'proven' && denial.optOut ? undefined : proof(denial);
  return {
    nameError: only(proveNameError(name, records)) === 'name-error',
    noA: noDataProofs.has(only(proveNoData(name, RRType.A, records))),
    noDSData: noDataProofs.has(only(proveNoData(name, RRType.DS, records))),
    noDS: only(proveNoDS(name, records)),
  };
}

function truths(name: DomainName, truth: Truth): Record<string, unknown> {
  return {
    nameError: truth.nameError(name),
    noA: truth.noData(name, 'A'),
    noDSData: truth.noData(name, 'DS'),
    noDS: truth.noDS(name),
  };
}

/** Claims that are made but not true. */
function falsehoods(made: Record<string, unknown>, truth: Record<string, unknown>): string[] {
  return Object.keys(made).filter((key) => made[key] !== false && made[key] !== undefined && made[key] !== truth[key]);
}

const zones = 150;
const questions = 25;

describe.each([
  { kind: 'NSEC', chain: (names: ZoneTypes) => nsecChain(zone, names) },
  { kind: 'NSEC3', chain: (names: ZoneTypes) => nsec3Chain(zone, names) },
])('$kind', ({ chain }) => {
  test('the whole chain proves what is true, and no part of it anything else', () => {
    const random = new SeededRandom();
    for (let count = 0; count < zones; count++) {
      const names = randomZone(random);
      const truth = new Truth(names);
      const rrsets = chain(names);
      for (let question = 0; question < questions; question++) {
        const name = question === 0 ? apex : nameOf(randomName(random));
        const context = `seed ${random.seed}: ${nameText(name)} in ${JSON.stringify([...names])}`;
        expect(claims(name, rrsets, true), context).toEqual(truths(name, truth));
        const part = rrsets.filter(() => random.below(2) === 0);
        expect(falsehoods(claims(name, part, true), truths(name, truth)), context).toEqual([]);
      }
    }
  });

  test('wildcard answers are proven exactly for the closest encloser', () => {
    const random = new SeededRandom();
    for (let count = 0; count < zones; count++) {
      const names = randomZone(random);
      const truth = new Truth(names);
      const records = recordsFor(zone, chain(names));
      for (let question = 0; question < questions; question++) {
        const name = nameOf(randomName(random));
        if (truth.isHidden(name)) continue;
        const encloser = truth.exists(name) ? undefined : truth.encloser(name);
        const context = `seed ${random.seed}: ${nameText(name)} in ${JSON.stringify([...names])}`;
        for (let labelCount = 1; labelCount < name.labelCount; labelCount++) {
          // A wildcard can only have been signed where its encloser exists.
          const wildcardParent = name.ancestorWithLabels(labelCount);
          if (!truth.exists(wildcardParent)) continue;
          const made = proof(proveWildcardAnswer(name, labelCount, records)) === 'wildcard-answer';
          expect(made, context).toBe(encloser?.equals(wildcardParent) ?? false);
        }
      }
    }
  });
});

test('with opt-out, whatever is proven without the flag is true', () => {
  const random = new SeededRandom();
  for (let count = 0; count < zones; count++) {
    const names = randomZone(random);
    const truth = new Truth(names);
    const rrsets = nsec3Chain(zone, names, { ...plainNsec3, optOut: true });
    for (let question = 0; question < questions; question++) {
      const name = nameOf(randomName(random));
      const context = `seed ${random.seed}: ${nameText(name)} in ${JSON.stringify([...names])}`;
      for (const part of [rrsets, rrsets.filter(() => random.below(2) === 0)]) {
        expect(falsehoods(claims(name, part, true), truths(name, truth)), context).toEqual([]);
      }
      // No span hides a signed delegation.
      if ((truth.types(name) ?? []).includes('DS')) {
        expect(proof(proveNoDS(name, recordsFor(zone, rrsets))), context).toBeUndefined();
      }
    }
  }
});

test('an NSEC covers exactly what sorting puts between its names', () => {
  const random = new SeededRandom();
  for (let count = 0; count < 2000; count++) {
    const sorted = [...new Set(Array.from({ length: 5 }, () => randomName(random)))].map((text) => nameOf(text));
    sorted.sort(compareNames);
    const [owner, next] = [sorted[0], sorted.at(-1)];
    if (owner === undefined || next === undefined || owner.equals(next)) continue;
    for (const name of sorted) {
      const between = !name.equals(owner) && !name.equals(next);
      expect(nsecCovers(owner, next, name, apex)).toBe(between);
      expect(nsecCovers(next, apex, name, apex)).toBe(false);
      expect(nsecCovers(owner, apex, name, apex)).toBe(!name.equals(owner));
    }
  }
});
