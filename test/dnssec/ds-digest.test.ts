import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digestOf, matchDS } from '../../src/dnssec/ds-digest.ts';
import { keyTag } from '../../src/dnssec/key-tag.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import type { DSData } from '../../src/wire/rdata-dnssec.ts';
import { rrsetAt, rrsetsOf } from './vector-records.ts';

const zone = nameOf('example.test.');
const dnskey =
  rrsetAt(
    rrsetsOf('example.test. DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4='),
    'example.test.',
    'DNSKEY',
  ).rdatas[0] ?? new Uint8Array();

function ds(digestType: number, given: Partial<DSData> = {}): DSData {
  const digest = digestOf(digestType, zone, dnskey) ?? new Uint8Array(32);
  return { keyTag: keyTag(dnskey), algorithm: 15, digestType, digest, ...given };
}

describe('matchDS', () => {
  const good = ds(2);
  const rows = [
    { name: 'SHA-1', ds: ds(1), want: 'match' },
    { name: 'SHA-256', ds: good, want: 'match' },
    { name: 'SHA-384', ds: ds(4), want: 'match' },
    { name: 'GOST', ds: ds(3), want: 'unsupported' },
    { name: 'an unknown type', ds: ds(200), want: 'unsupported' },
    { name: 'another tag', ds: ds(2, { keyTag: 1 }), want: 'mismatch' },
    { name: 'another algorithm', ds: ds(2, { algorithm: 13 }), want: 'mismatch' },
    { name: 'a changed digest', ds: ds(2, { digest: good.digest.map((octet) => octet ^ 1) }), want: 'mismatch' },
    { name: 'a digest cut short', ds: ds(2, { digest: good.digest.subarray(0, 31) }), want: 'mismatch' },
    { name: 'a digest too long', ds: ds(2, { digest: Uint8Array.of(...good.digest, 0) }), want: 'mismatch' },
    { name: 'no digest', ds: ds(2, { digest: new Uint8Array() }), want: 'mismatch' },
    { name: 'the digest of another type', ds: ds(2, { digest: ds(4).digest }), want: 'mismatch' },
  ] as const;
  test.each(rows)('$name: $want', ({ ds: given, want }) => {
    expect(matchDS(given, zone, dnskey)).toBe(want);
  });

  test('the owner is taken in lower case (RFC 4034 5.1.4)', () => {
    expect(matchDS(good, nameOf('EXAMPLE.Test.'), dnskey)).toBe('match');
    expect(matchDS(good, nameOf('example.other.'), dnskey)).toBe('mismatch');
  });

  test('malformed DNSKEY RDATA never matches', () => {
    expect(matchDS(good, zone, new Uint8Array())).toBe('mismatch');
    expect(matchDS(good, zone, dnskey.subarray(0, 3))).toBe('mismatch');
  });
});

test('SHA-1 digests do not need OpenSSL, and are the same', () => {
  const expected = createHash('sha1').update(zone.octets).update(dnskey).digest('hex');
  expect(Buffer.from(digestOf(1, zone, dnskey) ?? []).toString('hex')).toBe(expected);
  expect(digestOf(3, zone, dnskey)).toBeUndefined();
});
