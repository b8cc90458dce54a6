import { describe, expect, test } from 'vitest';
import { DEFAULT_DNSSEC_LIMITS, MessageWork, QueryWork } from '../../src/dnssec/budget.ts';
import { Nsec3Hasher, nsec3Hash } from '../../src/dnssec/nsec3-hash.ts';
import { base32hexText } from '../../src/wire/base32hex.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { vectorText } from './vector-records.ts';

interface HashVectors {
  readonly salt: string;
  readonly iterations: number;
  readonly hashes: Record<string, string>;
}

const vectors: HashVectors = JSON.parse(vectorText('rfc5155/a-hashes.json'));
const salt = new Uint8Array(Buffer.from(vectors.salt, 'hex'));

describe('RFC 5155 A', () => {
  test.each(Object.entries(vectors.hashes))('H(%s) = %s', (owner, hash) => {
    expect(base32hexText(nsec3Hash(nameOf(owner), salt, vectors.iterations))).toBe(hash);
    expect(base32hexText(nsec3Hash(nameOf(owner.toUpperCase()), salt, vectors.iterations))).toBe(hash);
  });
});

describe('Nsec3Hasher', () => {
  test('computes and charges each name, salt and iteration count once', () => {
    const work = new MessageWork(new QueryWork());
    const hasher = new Nsec3Hasher(work);
    const name = nameOf('a.example.');
    const first = hasher.hash(name, salt, 12);
    expect(hasher.hash(nameOf('A.EXAMPLE.'), salt, 12)).toBe(first);
    expect(work.hashes).toBe(1);
    expect(hasher.hash(name, salt, 11)).not.toEqual(first);
    expect(hasher.hash(name, new Uint8Array(), 12)).not.toEqual(first);
    expect(work.hashes).toBe(3);
  });

  test('refuses once the budget is used up, but still knows what it has computed', () => {
    const work = new MessageWork(new QueryWork({ ...DEFAULT_DNSSEC_LIMITS, maxHashesPerMessage: 2 }));
    const hasher = new Nsec3Hasher(work);
    const first = hasher.hash(nameOf('a.'), salt, 0);
    expect(hasher.hash(nameOf('b.'), salt, 0)).toBeDefined();
    expect(hasher.hash(nameOf('c.'), salt, 0)).toBeUndefined();
    expect(hasher.hash(nameOf('d.'), salt, 0)).toBeUndefined();
    expect(hasher.hash(nameOf('a.'), salt, 0)).toBe(first);
  });

  test('refuses 65535 iterations: the price is charged before the work', () => {
    const work = new MessageWork(new QueryWork());
    expect(new Nsec3Hasher(work).hash(nameOf('a.'), salt, 65535)).toBeUndefined();
    expect(work.exhausted).toBe(true);
  });
});
