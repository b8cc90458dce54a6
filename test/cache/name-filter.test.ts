// Filters of names: "no" must always be true, whatever has come and gone.
import { describe, expect, test } from 'vitest';
import { AnswerCache, type AnswerEntry } from '../../src/cache/answer-cache.ts';
import { NameFilter } from '../../src/cache/name-filter.ts';
import { nameHash } from '../../src/cache/name-hash.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import type { DomainName } from '../../src/wire/name.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { SeededRandom, testSeed } from '../support/seeded-random.ts';

describe('a filter', () => {
  test('forgets what was taken out as often as it was put in', () => {
    const filter = new NameFilter(0);
    filter.add(7);
    filter.add(7);
    filter.remove(7);
    expect(filter.mayHave(7)).toBe(true);
    filter.remove(7);
    expect(filter.mayHave(7)).toBe(false);
    filter.remove(7);
    expect(filter.mayHave(7)).toBe(false);
  });

  test('keeps for good what it can count no further', () => {
    const filter = new NameFilter(0);
    for (let count = 0; count < 300; count++) filter.add(7);
    for (let count = 0; count < 300; count++) filter.remove(7);
    expect(filter.mayHave(7)).toBe(true);
  });

  test('names chosen to share a hash share it under that seed alone', () => {
    const victim = nameOf('com.').key;
    const chosen: string[] = [];
    for (let index = 0; chosen.length < 60; index++) {
      const { key } = nameOf(`x${index}.evil.`);
      const filter = new NameFilter(0);
      filter.add(nameHash(0, key));
      if (filter.mayHave(nameHash(0, victim))) chosen.push(key);
    }
    for (const seed of [1, 0x80000000, 0xdeadbeef]) {
      const shared = chosen.filter((key) => {
        const filter = new NameFilter(0);
        filter.add(nameHash(seed, key));
        return filter.mayHave(nameHash(seed, victim));
      });
      expect(shared.length).toBeLessThan(6);
    }
  });

  test('of the right size is seldom wrong', () => {
    const filter = new NameFilter(1_000_000);
    for (let index = 0; index < 2000; index++) filter.add(nameHash(0, nameOf(`in${index}.example.`).key));
    let wrong = 0;
    for (let index = 0; index < 2000; index++) {
      if (filter.mayHave(nameHash(0, nameOf(`out${index}.example.`).key))) wrong++;
    }
    expect(wrong).toBeLessThan(600);
  });
});

function entryOf(name: DomainName, type: number, kind: AnswerEntry['kind'], size: number): AnswerEntry {
  const base = { rank: 2, verdict: undefined, storedAt: 0, expiresAt: 1000, server: '', proof: [] } as const;
  const rdata = new Uint8Array(4 + size);
  if (kind === 'rrset') {
    return {
      ...base,
      kind,
      rrset: { name, type, class: RRClass.IN, ttl: 60, rdatas: [rdata], signatures: [] },
    };
  }
  return { ...base, kind, name, type, soa: undefined, cutBelow: false, compact: false };
}

test('an answer cache has every name it holds in its filters, and in the end none', () => {
  const random = new SeededRandom(testSeed());
  const cache = new AnswerCache({ maxOctets: 20_000, maxEntryOctets: 65_536 });
  const names = Array.from({ length: 80 }, (_, index) => nameOf(`n${index}.example.`));
  const types = [RRType.A, RRType.DNAME, RRType.MX];
  const kinds = ['rrset', 'rrset', 'nodata', 'nxdomain'] as const;
  for (let count = 0; count < 3000; count++) {
    const name = names[random.below(names.length)] ?? nameOf('.');
    const type = types[random.below(types.length)] ?? RRType.A;
    const kind = kinds[random.below(kinds.length)] ?? 'rrset';
    if (random.chance(0.9)) cache.set(name, type, entryOf(name, type, kind, random.below(2000)), 0);
    else cache.delete(name, type);
    if (random.chance(0.01)) cache.resize(10_000 + random.below(20_000));
    for (const held of names) {
      const hash = nameHash(0, held.key);
      if (types.some((each) => cache.get(held, each, 0) !== undefined)) expect(cache.names.mayHave(hash)).toBe(true);
      const decides = cache.getNxdomain(held, 0) ?? cache.get(held, RRType.DNAME, 0);
      if (decides?.kind === 'nxdomain' || decides?.kind === 'rrset') expect(cache.above.mayHave(hash)).toBe(true);
    }
  }
  cache.clear();
  for (const { key } of names) {
    expect([cache.names.mayHave(nameHash(0, key)), cache.above.mayHave(nameHash(0, key))]).toEqual([false, false]);
  }
});
