// Zone cuts as parents told them: found by the deepest, never living longer than the entry they replace (SECURITY I-2,
// I-6, A-20, A-21).
import { describe, expect, test } from 'vitest';
import { type Delegation, DelegationStore } from '../../src/cache/delegation-store.ts';
import { Region } from '../../src/cache/region.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';

function delegation(zone: string, expiresAt: number, server = 's'): Delegation {
  return { zone: nameOf(zone), parent: nameOf('.'), nameServers: [], securityMaterial: [], server, expiresAt };
}

function storeOf(...entries: readonly Delegation[]): DelegationStore {
  const store = new DelegationStore(100);
  for (const entry of entries) store.set(entry, 0);
  return store;
}

describe('DelegationStore', () => {
  const store = storeOf(delegation('.', 1000), delegation('test.', 500), delegation('b.a.test.', 100));
  const closest: readonly { name: string; top?: string; now: number; want: string | undefined }[] = [
    { name: 'x.b.a.test.', now: 1, want: 'b.a.test.' },
    { name: 'b.a.test.', now: 1, want: 'b.a.test.' },
    { name: 'B.A.TEST.', now: 1, want: 'b.a.test.' },
    { name: 'xb.a.test.', now: 1, want: 'test.' },
    { name: 'x.b.a.test.', now: 100, want: 'test.' },
    { name: 'x.b.a.test.', now: 500, want: '.' },
    { name: 'x.b.a.test.', now: 1000, want: undefined },
    { name: 'x.c.test.', top: 'c.test.', now: 1, want: undefined },
    { name: 'x.b.a.test.', top: 'a.test.', now: 1, want: 'b.a.test.' },
  ];
  for (const { name, top = '.', now, want } of closest) {
    test(`the closest to ${name} not above ${top} at ${now} is ${want}`, () => {
      const found = store.closest(nameOf(name), nameOf(top), now);
      expect(found === undefined ? undefined : nameText(found.zone)).toBe(want);
    });
  }

  test('cuts between two names, the highest first', () => {
    const cuts = (above: string, name: string, now = 1) =>
      store.cutsBetween(nameOf(above), nameOf(name), now).map(nameText);
    expect(cuts('.', 'x.b.a.test.')).toEqual(['test.', 'b.a.test.']);
    expect(cuts('test.', 'b.a.test.')).toEqual(['b.a.test.']);
    expect(cuts('.', 'x.b.a.test.', 100)).toEqual(['test.']);
    expect(cuts('other.', 'x.b.a.test.')).toEqual([]);
  });

  test('a live entry is replaced, its expiry is not exceeded', () => {
    const own = storeOf(delegation('test.', 500, 'old'));
    own.set(delegation('test.', 9000, 'new'), 100);
    expect(own.get(nameOf('test.'), 100)).toMatchObject({ server: 'new', expiresAt: 500 });
    own.set(delegation('test.', 200, 'shorter'), 100);
    own.set(delegation('test.', 9000, 'longer'), 150);
    expect(own.get(nameOf('test.'), 150)).toMatchObject({ server: 'longer', expiresAt: 200 });
    expect(own.get(nameOf('test.'), 200)).toBeUndefined();
    own.set(delegation('test.', 9000), 200);
    expect(own.get(nameOf('test.'), 8999)?.expiresAt).toBe(9000);
  });

  test('it holds no more than it may', () => {
    const small = new DelegationStore(10);
    for (let index = 0; index < 50; index++) small.set(delegation(`z${index}.`, 100), 0);
    expect(small.size).toBe(10);
  });

  test('a subtree is forgotten', () => {
    const own = storeOf(
      delegation('test.', 100),
      delegation('a.test.', 100),
      delegation('b.a.test.', 100),
      delegation('aa.test.', 100),
    );
    expect(own.forget(Region.below(nameOf('a.test.')))).toBe(2);
    expect(own.size).toBe(2);
  });
});
