// Failures and trust in zones, and how long either is remembered (RFC 9520 3.2, RFC 4035 4.7).
import { describe, expect, test } from 'vitest';
import { FailureCache } from '../../src/cache/failure-cache.ts';
import { Region } from '../../src/cache/region.ts';
import { type ZoneTrust, ZoneTrustCache } from '../../src/cache/zone-trust-cache.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';

const name = nameOf('www.a.test.');
const failure = { errors: [{ code: 22, text: 'none' }] };

describe('FailureCache', () => {
  test('5 s, doubling while it goes on failing, at most 300 s', () => {
    const cache = new FailureCache(100);
    const lives: number[] = [];
    for (let now = 0; lives.length < 9; ) {
      cache.set(name, RRType.A, failure, now);
      let life = 0;
      while (cache.get(name, RRType.A, now + life) !== undefined) life++;
      lives.push(life);
      now += life;
    }
    expect(lives).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test('after a while of peace it begins at 5 s again', () => {
    const cache = new FailureCache(100);
    cache.set(name, RRType.A, failure, 0);
    cache.set(name, RRType.A, failure, 100);
    expect([cache.get(name, RRType.A, 104), cache.get(name, RRType.A, 105)]).toEqual([failure, undefined]);
  });

  test('by name and type, within bounds, until deleted', () => {
    const cache = new FailureCache(10);
    cache.set(name, RRType.A, failure, 0);
    expect(cache.get(name, RRType.MX, 1)).toBeUndefined();
    cache.delete(nameOf('WWW.a.test.'), RRType.A);
    expect(cache.get(name, RRType.A, 1)).toBeUndefined();
    for (let index = 0; index < 100; index++) cache.set(nameOf(`x${index}.`), RRType.A, failure, 0);
    expect(cache.size).toBe(10);
    cache.clear();
    expect(cache.size).toBe(0);
  });
});

describe('ZoneTrustCache', () => {
  const trust = (zone: string): ZoneTrust => ({
    status: 'insecure',
    zone: nameOf(zone),
    reason: 'no-ds',
    chain: { link: { kind: 'insecure-delegation', zone: nameOf(zone), reason: 'no-ds' }, previous: undefined },
  });

  test('until its expiry, with the time that is left', () => {
    const cache = new ZoneTrustCache(10);
    cache.set(trust('a.test.'), 100);
    expect(cache.get(nameOf('A.test.'), 99)?.status).toBe('insecure');
    expect(cache.remaining(nameOf('a.test.'), 60)).toBe(40);
    expect([cache.get(nameOf('a.test.'), 100), cache.remaining(nameOf('a.test.'), 200)]).toEqual([undefined, 0]);
  });

  test('within bounds, and by subtree', () => {
    const cache = new ZoneTrustCache(10);
    for (let index = 0; index < 30; index++) cache.set(trust(`z${index}.test.`), 100);
    expect(cache.size).toBe(10);
    cache.set(trust('a.b.'), 100);
    cache.forget(Region.below(nameOf('test.')));
    expect(cache.size).toBe(1);
  });
});
