import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { iteratedSha1, sha1 } from '../../src/dnssec/sha1.ts';
import { SeededRandom } from '../support/seeded-random.ts';

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}

describe('FIPS 180-4 examples', () => {
  const rows = [
    { text: '', want: 'da39a3ee5e6b4b0d3255bfef95601890afd80709' },
    { text: 'abc', want: 'a9993e364706816aba3e25717850c26c9cd0d89d' },
    {
      text: 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      want: '84983e441c3bd26ebaae4aa1f95129e5e54670f1',
    },
  ];
  test.each(rows)('$text', ({ text, want }) => {
    expect(hex(sha1(Buffer.from(text)))).toBe(want);
  });
});

test('every length up to 300 octets gives what OpenSSL gives', () => {
  const random = new SeededRandom(1);
  for (let length = 0; length <= 300; length++) {
    const input = Uint8Array.from({ length }, () => random.below(256));
    expect(hex(sha1(input)), `length ${length}`).toBe(createHash('sha1').update(input).digest('hex'));
  }
});

test('ten thousand random inputs give what OpenSSL gives', () => {
  const random = new SeededRandom(2);
  const different: string[] = [];
  for (let round = 0; round < 10_000; round++) {
    const input = Uint8Array.from({ length: random.below(301) }, () => random.below(256));
    if (hex(sha1(input)) !== createHash('sha1').update(input).digest('hex')) different.push(hex(input));
  }
  expect(different).toEqual([]);
});

test('the iterated hash gives what OpenSSL gives, for salts on both sides of one block', () => {
  const random = new SeededRandom(3);
  for (const saltLength of [0, 1, 8, 34, 35, 36, 64, 255]) {
    for (const iterations of [0, 1, 2, 51]) {
      const name = Uint8Array.from({ length: 1 + random.below(255) }, () => random.below(256));
      const salt = Uint8Array.from({ length: saltLength }, () => random.below(256));
      let expected = createHash('sha1').update(name).update(salt).digest();
      for (let left = iterations; left > 0; left--)
        expected = createHash('sha1').update(expected).update(salt).digest();
      const input = Uint8Array.of(...name, ...salt);
      expect(hex(iteratedSha1(input, input.length, salt, iterations)), `salt ${saltLength}, ${iterations}`).toBe(
        expected.toString('hex'),
      );
    }
  }
});
