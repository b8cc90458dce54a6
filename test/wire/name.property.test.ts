import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareNames, type DomainName } from '../../src/wire/name.ts';
import { nameText, parseName } from '../../src/wire/name-text.ts';
import { compareOctets } from '../../src/wire/record.ts';
import { arbitraryMixedCaseName, arbitraryName } from './arbitraries.ts';
import { octetsOf } from './octets.ts';

function lowerCasedLabels(name: DomainName): Uint8Array[] {
  const labels: Uint8Array[] = [];
  for (let rest = name.toLowerCase(); !rest.isRoot; rest = rest.parent()) labels.push(rest.firstLabel());
  return labels;
}

/** Labels compared from the right, as RFC 4034 6.1 words it. */
function compareByDefinition(left: DomainName, right: DomainName): number {
  const a = lowerCasedLabels(left);
  const b = lowerCasedLabels(right);
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const order = compareOctets(a.at(-1 - index) ?? octetsOf(), b.at(-1 - index) ?? octetsOf());
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

describe('names', () => {
  it('survive text', () => {
    fc.assert(
      fc.property(arbitraryMixedCaseName, (name) => {
        const parsed = parseName(nameText(name));
        expect(parsed.ok && parsed.name.octets).toEqual(name.octets);
      }),
      { numRuns: 500 },
    );
  });

  it('parsing any text ends in a name within limits or in an error', () => {
    const character = fc.oneof(fc.constantFrom(...'a.\\0129@"'), fc.string({ minLength: 1, maxLength: 1 }));
    fc.assert(
      fc.property(fc.array(character, { maxLength: 300 }), arbitraryName, (characters, origin) => {
        const parsed = parseName(characters.join(''), origin);
        if (!parsed.ok) return;
        expect(parsed.name.octets.length).toBeLessThanOrEqual(255);
        expect(parseName(nameText(parsed.name))).toEqual(parsed);
      }),
      { numRuns: 1000 },
    );
  });

  it('are ordered as RFC 4034 6.1 words it', () => {
    fc.assert(
      fc.property(arbitraryName, arbitraryMixedCaseName, arbitraryName, (first, second, third) => {
        for (const [left, right] of [
          [first, second],
          [first, third],
          [second, first],
        ] as const) {
          expect(Math.sign(compareNames(left, right))).toBe(Math.sign(compareByDefinition(left, right)));
          expect(compareNames(left, right) === 0).toBe(left.equals(right));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('the order is total', () => {
    fc.assert(
      fc.property(arbitraryName, arbitraryName, arbitraryName, (first, second, third) => {
        const [low, middle, high] = [first, second, third].sort(compareNames) as [DomainName, DomainName, DomainName];
        expect(compareNames(low, middle)).toBeLessThanOrEqual(0);
        expect(compareNames(middle, high)).toBeLessThanOrEqual(0);
        expect(compareNames(low, high)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });

  it('a subdomain has its ancestor among its parents, and nothing else has', () => {
    fc.assert(
      fc.property(arbitraryName, arbitraryName, (name, ancestor) => {
        let isAmongParents = name.equals(ancestor);
        for (let rest = name; !rest.isRoot; rest = rest.parent()) isAmongParents ||= rest.parent().equals(ancestor);
        expect(name.isSubdomainOf(ancestor)).toBe(isAmongParents);
        const common = name.commonAncestor(ancestor);
        expect(name.isSubdomainOf(common) && ancestor.isSubdomainOf(common)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
