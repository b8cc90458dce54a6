// Which entry replaces which, and for how long any is found (SECURITY I-5, I-6; RFC 2181 5.4.1).
import { describe, expect, test } from 'vitest';
import { AnswerCache, type NegativeEntry, type PositiveEntry, Rank } from '../../src/cache/answer-cache.ts';
import { Region } from '../../src/cache/region.ts';
import type { Chain, Verdict } from '../../src/dnssec/verdict.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';

const name = nameOf('www.a.test.');
const chain: Chain = { link: { kind: 'anchor', zone: nameOf('.'), keyTags: [1] }, previous: undefined };
const verdicts = {
  secure: { status: 'secure', chain },
  insecure: { status: 'insecure', reason: 'no-ds', chain },
  indeterminate: { status: 'indeterminate' },
  bogus: { status: 'bogus', reason: 'rrsig-invalid', chain },
  unchecked: undefined,
} as const satisfies Record<string, Verdict | undefined>;
type Status = keyof typeof verdicts;

function positive(status: Status, last: number, changes: Partial<PositiveEntry> = {}): PositiveEntry {
  return {
    kind: 'rrset',
    rrset: {
      name,
      type: RRType.A,
      class: RRClass.IN,
      ttl: 300,
      rdatas: [Uint8Array.of(192, 0, 2, last)],
      signatures: [],
    },
    proof: [],
    rank: Rank.AUTHORITATIVE,
    verdict: verdicts[status],
    storedAt: 0,
    expiresAt: 300,
    server: '192.0.2.1#53',
    ...changes,
  };
}

function negative(kind: 'nodata' | 'nxdomain', status: Status, changes: Partial<NegativeEntry> = {}): NegativeEntry {
  return {
    kind,
    name,
    type: RRType.A,
    soa: undefined,
    proof: [],
    cutBelow: false,
    compact: false,
    rank: Rank.AUTHORITATIVE,
    verdict: verdicts[status],
    storedAt: 0,
    expiresAt: 300,
    server: '192.0.2.1#53',
    ...changes,
  };
}

const newCache = (maxOctets = 1_000_000, maxEntryOctets = 65_536) => new AnswerCache({ maxOctets, maxEntryOctets });

function held(cache: AnswerCache, now = 1): string {
  const entry = cache.get(name, RRType.A, now);
  if (entry === undefined) return 'nothing';
  return entry.kind === 'rrset' ? String(entry.rrset.rdatas[0]?.[3]) : entry.kind;
}

test('a name is known while any entry of it is', () => {
  const cache = newCache();
  const other = nameOf('other.a.test.');
  expect([cache.mayKnow(name), cache.mayKnow(other)]).toEqual([false, false]);
  cache.set(name, RRType.A, positive('secure', 1), 0);
  cache.set(name, 0, negative('nxdomain', 'secure', { name }), 0);
  expect([cache.mayKnow(nameOf('WWW.a.test.')), cache.mayKnow(other)]).toEqual([true, false]);
  cache.forget(Region.below(nameOf('a.test.')));
  expect(cache.mayKnow(name)).toBe(false);
});

describe('who replaces whom', () => {
  /** From least to most. */
  const order: readonly (readonly Status[])[] = [['unchecked'], ['bogus'], ['insecure', 'indeterminate'], ['secure']];
  for (const [low, lower] of order.entries()) {
    for (const [high, higher] of order.entries()) {
      for (const before of lower) {
        for (const after of higher) {
          const replaces = high >= low;
          test(`${after} ${replaces ? 'replaces' : 'does not replace'} ${before}`, () => {
            const cache = newCache();
            cache.set(name, RRType.A, positive(before, 1), 0);
            expect(cache.set(name, RRType.A, positive(after, 2), 1)).toBe(replaces);
            expect(held(cache)).toBe(replaces ? '2' : '1');
            // Not even with a denial, and no denial with less.
            const denied = newCache();
            denied.set(name, RRType.A, positive(before, 1), 0);
            denied.set(name, RRType.A, negative('nodata', after), 1);
            expect(held(denied)).toBe(replaces ? 'nodata' : '1');
          });
        }
      }
    }
  }

  test('a lower rank does not replace a higher one of equal trust', () => {
    const cache = newCache();
    cache.set(name, RRType.A, positive('insecure', 1), 0);
    expect(cache.set(name, RRType.A, positive('insecure', 2, { rank: Rank.NON_AUTHORITATIVE }), 1)).toBe(false);
    expect(cache.set(name, RRType.A, positive('secure', 3, { rank: Rank.NON_AUTHORITATIVE }), 1)).toBe(true);
  });

  test('once expired, anything replaces anything', () => {
    const cache = newCache();
    cache.set(name, RRType.A, positive('secure', 1), 0);
    expect(cache.set(name, RRType.A, positive('unchecked', 2, { expiresAt: 400 }), 300)).toBe(true);
    expect(held(cache, 301)).toBe('2');
  });

  test('an NXDOMAIN denies what was held of the type asked for, unless that is better', () => {
    for (const [before, after, want] of [
      ['insecure', 'insecure', 'nothing'],
      ['secure', 'insecure', '1'],
      ['secure', 'secure', 'nothing'],
    ] as const) {
      const cache = newCache();
      cache.set(name, RRType.A, positive(before, 1), 0);
      cache.set(name, RRType.A, negative('nxdomain', after), 1);
      expect(held(cache)).toBe(want);
    }
  });

  test('a bogus NXDOMAIN denies the type asked for and no other', () => {
    const cache = newCache();
    cache.set(name, RRType.A, negative('nxdomain', 'bogus'), 0);
    expect(held(cache)).toBe('nxdomain');
    expect(cache.getNxdomain(name, 1)).toBeUndefined();
    expect(cache.get(name, RRType.MX, 1)).toBeUndefined();
  });

  test('types of one name are apart, letter case is not', () => {
    const cache = newCache();
    cache.set(name, RRType.A, positive('secure', 1), 0);
    expect(cache.get(name, RRType.AAAA, 1)).toBeUndefined();
    expect(cache.get(nameOf('WWW.A.Test.'), RRType.A, 1)).toBeDefined();
    expect(cache.get(nameOf('www\\.a.test.'), RRType.A, 1)).toBeUndefined();
  });
});

describe('life and size', () => {
  test('until its expiry, and not at it', () => {
    const cache = newCache();
    cache.set(name, RRType.A, positive('secure', 1), 0);
    expect([held(cache, 299), held(cache, 300)]).toEqual(['1', 'nothing']);
    expect(cache.getStale(name, { types: [RRType.A], unchecked: false, since: 299 })?.kind).toBe('rrset');
    expect(cache.getStale(name, { types: [RRType.A], unchecked: false, since: 300 })).toBeUndefined();
  });

  test('what is got is what was set', () => {
    const cache = newCache();
    const signed = positive('secure', 1);
    const entry = {
      ...signed,
      rrset: { ...signed.rrset, signatures: [Uint8Array.of(1, 2, 3)] },
      proof: [{ ...signed.rrset, type: RRType.NSEC, name: nameOf('A.test.') }],
    };
    cache.set(name, RRType.A, entry, 0);
    expect(cache.get(name, RRType.A, 1)).toEqual(entry);
    const denial = negative('nxdomain', 'secure', { soa: signed.rrset, cutBelow: true, compact: true });
    cache.set(name, RRType.A, denial, 0);
    expect(cache.getNxdomain(name, 1)).toEqual(denial);
  });

  test('entries above the bound are not kept', () => {
    const cache = newCache(1_000_000, 2000);
    const large = positive('secure', 1);
    const rdatas = Array.from({ length: 50 }, () => new Uint8Array(100));
    expect(cache.set(name, RRType.A, { ...large, rrset: { ...large.rrset, rdatas } }, 0)).toBe(false);
    expect(cache.size).toBe(0);
  });

  test('the cache stays within its octets whatever is put in', () => {
    const cache = newCache(50_000);
    for (let index = 0; index < 2000; index++) {
      const owner = nameOf(`h${index}.a.test.`);
      const entry = positive('insecure', 1);
      cache.set(owner, RRType.A, { ...entry, rrset: { ...entry.rrset, name: owner } }, 0);
      expect(cache.octets).toBeLessThanOrEqual(50_000);
    }
    expect(cache.get(nameOf('h1999.a.test.'), RRType.A, 1)).toBeDefined();
    expect(cache.get(nameOf('h0.a.test.'), RRType.A, 1)).toBeUndefined();
  });

  test('a subtree is forgotten, and nothing beside it', () => {
    const cache = newCache();
    const owners = ['a.test.', 'www.a.test.', 'x.y.a.test.', 'ba.test.', 'test.', 'b.test.'];
    for (const text of owners) {
      const owner = nameOf(text);
      const entry = positive('secure', 1);
      for (const type of [RRType.A, 65535]) {
        cache.set(owner, type, { ...entry, rrset: { ...entry.rrset, name: owner, type } }, 0);
      }
      cache.set(owner, RRType.A, negative('nxdomain', 'insecure', { name: owner }), 0);
    }
    cache.forget(Region.below(nameOf('A.TEST.')));
    const left = owners.filter(
      (text) =>
        [RRType.A, 65535].some((type) => cache.get(nameOf(text), type, 1) !== undefined) ||
        cache.getNxdomain(nameOf(text), 1) !== undefined,
    );
    expect(left).toEqual(['ba.test.', 'test.', 'b.test.']);
  });
});

describe('how many entries deny something', () => {
  const other = nameOf('other.a.test.');

  test('is right after storing, replacing, forgetting and clearing', () => {
    const cache = newCache();
    cache.set(name, RRType.A, negative('nodata', 'insecure'), 0);
    cache.set(name, RRType.AAAA, negative('nodata', 'insecure', { type: RRType.AAAA }), 0);
    cache.set(other, RRType.A, negative('nxdomain', 'insecure', { name: other }), 0);
    expect([cache.size, cache.negativeSize]).toEqual([3, 3]);
    cache.set(name, RRType.A, positive('insecure', 1), 0);
    expect([cache.size, cache.negativeSize]).toEqual([3, 2]);
    cache.set(name, RRType.A, negative('nodata', 'secure'), 0);
    cache.set(name, RRType.A, negative('nodata', 'secure'), 0);
    expect([cache.size, cache.negativeSize]).toEqual([3, 3]);
    cache.forget(Region.at(other));
    expect([cache.size, cache.negativeSize]).toEqual([2, 2]);
    cache.clear();
    expect([cache.size, cache.negativeSize]).toEqual([0, 0]);
  });

  test('is right after evictions and another size', () => {
    const cache = newCache();
    for (let index = 0; index < 100; index++) {
      const owner = nameOf(`n${index}.a.test.`);
      if (index % 2 === 0) cache.set(owner, RRType.A, negative('nodata', 'insecure', { name: owner }), 0);
      else cache.set(owner, RRType.A, positive('insecure', 1), 0);
    }
    expect(cache.negativeSize).toBe(50);
    cache.resize(Math.floor(cache.octets / 2));
    const kinds = Array.from(
      cache.live(() => 1),
      ({ kind }) => kind,
    );
    expect(cache.size).toBeLessThan(100);
    expect(kinds).toHaveLength(cache.size);
    expect(cache.negativeSize).toBe(kinds.filter((kind) => kind !== 'rrset').length);
  });

  test('an entry larger than the cache is not stored, and not counted', () => {
    const cache = newCache(10);
    expect(cache.set(name, RRType.A, negative('nodata', 'insecure'), 0)).toBe(false);
    expect([cache.size, cache.negativeSize]).toEqual([0, 0]);
  });
});

describe('what has ended (RFC 8767)', () => {
  const keeping = () => new AnswerCache({ maxOctets: 1_000_000, maxEntryOctets: 65_536, keepsExpired: true });
  const query = { types: [RRType.A], unchecked: false, since: 0 };
  const late = { storedAt: 400, expiresAt: 700 };

  function stale(cache: AnswerCache, changes: Partial<Parameters<AnswerCache['getStale']>[1]> = {}): string {
    const entry = cache.getStale(name, { ...query, ...changes });
    if (entry === undefined) return 'nothing';
    return entry.kind === 'rrset' ? String(entry.rrset.rdatas[0]?.[3]) : entry.kind;
  }

  const rows: readonly {
    name: string;
    first: Status;
    next?: PositiveEntry | NegativeEntry;
    unchecked?: boolean;
    want: string;
  }[] = [
    { name: 'secure data', first: 'secure', want: '1' },
    { name: 'insecure data', first: 'insecure', want: '1' },
    { name: 'data of which nobody knows', first: 'indeterminate', want: '1' },
    { name: 'bogus data never', first: 'bogus', want: 'nothing' },
    { name: 'bogus data not even to who does not validate', first: 'bogus', unchecked: true, want: 'nothing' },
    { name: 'unchecked data', first: 'unchecked', want: 'nothing' },
    { name: 'unchecked data, to who does not validate', first: 'unchecked', unchecked: true, want: '1' },
    { name: 'what bogus data took the place of', first: 'secure', next: positive('bogus', 2, late), want: '1' },
    {
      name: 'what unchecked data took the place of',
      first: 'insecure',
      next: positive('unchecked', 2, late),
      want: '1',
    },
    { name: 'not what is older than data as good', first: 'secure', next: positive('secure', 2, late), want: '2' },
    { name: 'not what is older than insecure data', first: 'secure', next: positive('insecure', 2, late), want: '2' },
    { name: 'a later denial', first: 'secure', next: negative('nxdomain', 'insecure', late), want: 'nxdomain' },
    { name: 'not a bogus denial', first: 'secure', next: negative('nxdomain', 'bogus', late), want: '1' },
  ];
  for (const { name: what, first, next, unchecked = false, want } of rows) {
    test(what, () => {
      const cache = keeping();
      cache.set(name, RRType.A, positive(first, 1), 0);
      if (next !== undefined) cache.set(name, RRType.A, next, 400);
      expect(stale(cache, { unchecked })).toBe(want);
      cache.forget(Region.at(name));
      expect([stale(cache, { unchecked: true }), cache.octets]).toEqual(['nothing', 0]);
    });
  }

  test('bogus data upon bogus data leave what was good', () => {
    const cache = keeping();
    cache.set(name, RRType.A, positive('secure', 1), 0);
    for (const storedAt of [400, 800, 1200]) {
      cache.set(name, RRType.A, positive('bogus', 2, { storedAt, expiresAt: storedAt + 60 }), storedAt);
      expect(stale(cache)).toBe('1');
    }
    cache.set(name, RRType.A, positive('secure', 3, { storedAt: 1600, expiresAt: 1700 }), 1600);
    expect(stale(cache)).toBe('3');
    cache.set(name, RRType.A, positive('bogus', 4, { storedAt: 1800, expiresAt: 1900 }), 1800);
    expect(stale(cache)).toBe('3');
  });

  test('its time can begin anew', () => {
    const cache = keeping();
    cache.set(name, RRType.A, positive('secure', 1), 0);
    expect([stale(cache, { since: 300 }), stale(cache, { since: 299, restartAt: 500 })]).toEqual(['nothing', '1']);
    expect([stale(cache, { since: 499 }), stale(cache, { since: 500 })]).toEqual(['1', 'nothing']);
    // It is no more alive for that.
    expect(held(cache, 300)).toBe('nothing');
  });

  test('a wipe of one type takes it along, another size too', () => {
    for (const end of [
      (cache: AnswerCache) => cache.forget(Region.at(name), RRType.A),
      (cache: AnswerCache) => cache.resize(500_000),
      (cache: AnswerCache) => cache.clear(),
    ]) {
      const cache = keeping();
      cache.set(name, RRType.A, positive('secure', 1), 0);
      cache.set(name, RRType.A, positive('bogus', 2, late), 400);
      end(cache);
      expect(stale(cache)).toBe('nothing');
    }
  });

  test('all of it stays within the size given', () => {
    const cache = new AnswerCache({ maxOctets: 20_000, maxEntryOctets: 65_536, keepsExpired: true });
    for (let index = 0; index < 200; index++) {
      const owner = nameOf(`n${index}.a.test.`);
      cache.set(owner, RRType.A, positive('secure', 1), 0);
      cache.set(owner, RRType.A, positive('bogus', 2, late), 400);
    }
    expect(cache.octets).toBeLessThanOrEqual(20_000);
    expect(cache.maxOctets).toBe(20_000);
  });
});

describe('records that are locked', () => {
  const rows: readonly { name: string; percent: number; before: Status; after: Status; at: number; want: string }[] = [
    { name: 'no lock', percent: 0, before: 'insecure', after: 'insecure', at: 1, want: '2' },
    { name: 'before its end', percent: 50, before: 'insecure', after: 'insecure', at: 149, want: '1' },
    { name: 'at its end', percent: 50, before: 'insecure', after: 'insecure', at: 150, want: '2' },
    { name: 'a lock for the whole life', percent: 100, before: 'secure', after: 'secure', at: 299, want: '1' },
    { name: 'better data', percent: 100, before: 'unchecked', after: 'insecure', at: 1, want: '2' },
    { name: 'data that have ended', percent: 100, before: 'secure', after: 'insecure', at: 300, want: '2' },
  ];
  for (const { name: what, percent, before, after, at, want } of rows) {
    test(`${what}: ${before}, then ${after} at ${at} s with ${percent} %`, () => {
      const cache = new AnswerCache({ maxOctets: 1_000_000, maxEntryOctets: 65_536, lockedTtlPercent: percent });
      cache.set(name, RRType.A, positive(before, 1), 0);
      cache.set(name, RRType.A, positive(after, 2, { storedAt: at, expiresAt: at + 300 }), at);
      expect(held(cache, at)).toBe(want);
    });
  }
});
