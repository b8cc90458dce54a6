// Keys whose plain order is the canonical order of names (RFC 4034 6.1).
import { describe, expect, test } from 'vitest';
import { compareSortKeys, prefixOctets, sharedLabels, sortKeyBelow } from '../../src/cache/sort-key.ts';
import { compareNames, DomainName } from '../../src/wire/name.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { SeededRandom, testSeed } from '../support/seeded-random.ts';

const zone = nameOf('zone.example.');
const octets = [0, 0, 1, 1, 2, 0x2a, 0x2d, 0x41, 0x61, 0x7a, 0xff];

function randomName(random: SeededRandom): DomainName {
  const label = () => Uint8Array.from({ length: 1 + random.below(3) }, () => octets[random.below(octets.length)] ?? 0);
  const labels = [new Uint8Array([0x5a, 0x6f, 0x6e, 0x65]), new TextEncoder().encode('example')];
  for (let left = random.below(4); left > 0; left--) labels.unshift(label());
  return DomainName.fromLabels(labels) ?? zone;
}

test('the order of keys is that of names, and shared labels are common ancestors', () => {
  const random = new SeededRandom(testSeed());
  for (let count = 0; count < 20_000; count++) {
    const [left, right] = [randomName(random), randomName(random)];
    const [a, b] = [sortKeyBelow(left, zone), sortKeyBelow(right, zone)];
    const text = `${nameText(left)} and ${nameText(right)}`;
    expect(Math.sign(compareSortKeys(a, b, b.length)), text).toBe(Math.sign(compareNames(left, right)));
    const common = left.commonAncestor(right).labelCount - zone.labelCount;
    expect(sharedLabels(a, b, b.length), text).toBe(common);
    const ancestor = left.ancestorWithLabels(zone.labelCount + common);
    expect(a.subarray(0, prefixOctets(a, common)), text).toEqual(sortKeyBelow(ancestor, zone));
  }
});

describe('the example of RFC 4034 6.1', () => {
  const names = [
    'example.',
    'a.example.',
    'yljkjljk.a.example.',
    'Z.a.example.',
    'zABC.a.EXAMPLE.',
    'z.example.',
    '\\001.z.example.',
    '*.z.example.',
    '\\200.z.example.',
  ].map((text) => nameOf(text));
  const apex = nameOf('example.');

  test('is in order', () => {
    const keys = names.map((name) => sortKeyBelow(name, apex));
    const sorted = [...keys].reverse().sort((a, b) => compareSortKeys(a, b, b.length));
    expect(sorted).toEqual(keys);
    expect(keys[0]).toHaveLength(0);
  });
});
