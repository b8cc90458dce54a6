import { describe, expect, test } from 'vitest';
import { keyTag } from '../../src/dnssec/key-tag.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { rrsetAt, rrsetsOf, vectorRRsets } from './vector-records.ts';

describe('key tags that the RFCs print (RFC 4034 B)', () => {
  const rows = [
    { file: 'rfc4034/5-4-ds.txt', owner: 'dskey.example.com.', tags: [60485] },
    { file: 'rfc4035/a-zone.txt', owner: 'example.', tags: [38519, 9465] },
    { file: 'rfc5155/a-keys-and-chain.txt', owner: 'example.', tags: [40430, 12708] },
    { file: 'rfc5702/6-1-rsa-sha256.txt', owner: 'example.net.', tags: [9033] },
    { file: 'rfc5702/6-2-rsa-sha512.txt', owner: 'example.net.', tags: [3740] },
    { file: 'rfc6605/6-1-p256.txt', owner: 'example.net.', tags: [55648] },
    { file: 'rfc6605/6-2-p384.txt', owner: 'example.net.', tags: [10771] },
    { file: 'rfc8080/6-2-ed448-second.txt', owner: 'example.com.', tags: [38353] },
  ];
  test.each(rows)('$file', ({ file, owner, tags }) => {
    expect(rrsetAt(vectorRRsets(file), owner, 'DNSKEY').rdatas.map(keyTag)).toEqual(tags);
  });
});

test('the REVOKE flag adds 128 to the tag (RFC 5011 2.1)', () => {
  const key = rrsetAt(vectorRRsets('rfc8080/6-1-ed25519-first.txt'), 'example.com.', 'DNSKEY').rdatas[0];
  const revoked = key?.slice() ?? new Uint8Array();
  revoked[1] = (revoked[1] ?? 0) | 0x80;
  expect(keyTag(revoked)).toBe(3613 + 128);
});

test('RSA/MD5 takes the tag from the modulus (RFC 4034 B.1)', () => {
  expect(keyTag(Uint8Array.of(1, 0, 3, 1, 1, 3, 0xaa, 0xbb, 0xcc, 0xdd))).toBe(0xbbcc);
  expect(keyTag(Uint8Array.of(1, 0, 3, 1, 1))).toBe(0);
});

test('any RDATA has a tag', () => {
  expect(keyTag(new Uint8Array())).toBe(0);
  expect(keyTag(Uint8Array.of(1))).toBe(256);
  // Carries are added once: the largest RDATA has many.
  expect(keyTag(new Uint8Array(65535).fill(255))).toBeLessThan(65536);
});

test('owners play no part', () => {
  const texts = ['a.test. DNSKEY 256 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4='];
  const rrset = rrsetsOf(texts.join('\n'))[0];
  expect(rrset?.name.equals(nameOf('A.test.'))).toBe(true);
  expect(rrset?.rdatas.map(keyTag)).toEqual([3612]);
});
