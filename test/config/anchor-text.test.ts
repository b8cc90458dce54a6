import { describe, expect, it } from 'vitest';
import { parseAlgorithm } from '../../src/config/algorithm-text.ts';
import { readAnchorText } from '../../src/config/anchor-text.ts';
import { dnskeyText, parseDNSKEYText } from '../../src/config/dnskey-text.ts';
import { dsLengthProblem, dsText, parseDSText } from '../../src/config/ds-text.ts';
import { nameOf } from '../../src/wire/name-text.ts';

const sha1 = '2bb183af5f22588179a53b0a98631fad1a292118';
const sha256 = 'e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d';

const ds: readonly { name: string; given: string; want?: string; says?: string }[] = [
  { name: 'plain content', given: `20326 8 2 ${sha256}`, want: `20326 8 2 ${sha256}` },
  { name: 'capital digits', given: `20326 8 2 ${sha256.toUpperCase()}`, want: `20326 8 2 ${sha256}` },
  {
    name: 'a digest in two parts',
    given: `20326 8 2 ${sha256.slice(0, 30)} ${sha256.slice(30)}`,
    want: `20326 8 2 ${sha256}`,
  },
  { name: 'a mnemonic', given: `20326 rsasha256 2 ${sha256}`, want: `20326 8 2 ${sha256}` },
  { name: 'a whole line', given: `home.arpa. 3600 IN DS 60485 5 1 ${sha1} ; comment`, want: `60485 5 1 ${sha1}` },
  { name: 'a line without TTL and class', given: `home.arpa DS 60485 5 1 ${sha1}`, want: `60485 5 1 ${sha1}` },
  { name: 'an unknown digest type of any length', given: '1 13 200 abcd', want: '1 13 200 abcd' },
  { name: 'the dots of a guide', given: '12345 13 2 4a3b...', says: "'...'" },
  { name: 'a key tag too large', given: `65536 8 2 ${sha256}`, says: 'key tag' },
  { name: 'a digest type too large', given: `1 8 256 ${sha256}`, says: 'digest type' },
  { name: 'an unknown algorithm', given: `1 RSA 2 ${sha256}`, says: 'no DNSSEC algorithm' },
  { name: 'a letter that is no digit', given: '1 8 2 zz', says: "'z'" },
  { name: 'an odd number of digits', given: '1 8 200 abc', says: 'odd' },
  { name: 'three fields', given: '1 8 2', says: 'four fields' },
  { name: 'nothing', given: '', says: 'four fields' },
  {
    name: 'the content of a DNSKEY',
    given: '257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+',
    says: 'DNSKEY',
  },
  { name: 'a DNSKEY line', given: 'example. IN DNSKEY 257 3 13 AAAA', says: 'DNSKEY' },
];

describe('parseDSText (RFC 4034 5.3)', () => {
  for (const { name, given, want, says = '' } of ds) {
    it(`${want === undefined ? 'refuses' : 'reads'} ${name}`, () => {
      const result = parseDSText(given);
      if (want !== undefined) expect(result.ok && dsText(result.value)).toBe(want);
      else expect(result.ok ? 'accepted' : result.error).toContain(says);
    });
  }
});

describe('dsLengthProblem', () => {
  const lengths: readonly { name: string; given: string; wrong: boolean }[] = [
    { name: 'SHA-1', given: `1 8 1 ${sha1}`, wrong: false },
    { name: 'SHA-256', given: `1 8 2 ${sha256}`, wrong: false },
    { name: 'SHA-384', given: `1 8 4 ${sha256}${sha256.slice(0, 32)}`, wrong: false },
    { name: 'SHA-256 under type 1', given: `1 8 1 ${sha256}`, wrong: true },
    { name: 'a digest cut short', given: `1 8 2 ${sha256.slice(2)}`, wrong: true },
    { name: 'a type of unknown length', given: '1 8 99 ab', wrong: false },
  ];
  for (const { name, given, wrong } of lengths) {
    it(`${wrong ? 'tells' : 'is content with'} ${name}`, () => {
      const result = parseDSText(given);
      expect(result.ok && dsLengthProblem(result.value) !== undefined).toBe(wrong);
    });
  }
});

describe('parseDNSKEYText (RFC 4034 2.2)', () => {
  const keys: readonly { name: string; given: string; want?: string; says?: string }[] = [
    { name: 'owner and content', given: 'example. DNSKEY 257 3 8 AwEAAQ==', want: 'example. DNSKEY 257 3 8 AwEAAQ==' },
    {
      name: 'TTL, class and comment',
      given: 'example 3600 IN DNSKEY 256 3 13 AwEA AQ== ; key',
      want: 'example. DNSKEY 256 3 13 AwEAAQ==',
    },
    { name: 'a missing owner', given: '257 3 8 AwEAAQ==', says: 'owner' },
    { name: 'another protocol', given: 'example. DNSKEY 257 4 8 AwEAAQ==', says: 'must be 3' },
    { name: 'bad base64', given: 'example. DNSKEY 257 3 8 AwEAAQ', says: 'base64' },
    { name: 'no key', given: 'example. DNSKEY 257 3 8', says: 'base64' },
    { name: 'bad flags', given: 'example. DNSKEY 99999 3 8 AwEAAQ==', says: 'flags' },
    { name: 'a bad owner', given: 'exa..mple. DNSKEY 257 3 8 AwEAAQ==', says: 'label' },
  ];
  for (const { name, given, want, says = '' } of keys) {
    it(`${want === undefined ? 'refuses' : 'reads'} ${name}`, () => {
      const result = parseDNSKEYText(given);
      if (want !== undefined) expect(result.ok && dnskeyText(result.value)).toBe(want);
      else expect(result.ok ? 'accepted' : result.error).toContain(says);
    });
  }
});

describe('readAnchorText', () => {
  const content = `20326 8 2 ${sha256}`;
  const other = `1 13 2 ${sha256}`;
  // RFC 6605 6.1: the key and its DS.
  const key = 'GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==';
  const keyDS = '55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17';
  const texts: readonly { name: string; given: string; want?: readonly string[]; notes?: number; says?: string }[] = [
    { name: 'content', given: content, want: [content], notes: 0 },
    {
      name: 'a digest in pieces over lines',
      given: `20326 8 2 ${sha256.slice(0, 8)}\n ${sha256.slice(8)}`,
      want: [content],
    },
    { name: 'a digest in brackets', given: `20326 8 2 (\n${sha256.slice(0, 8)} ; one\n12 8 2 0 )`, says: 'odd' },
    { name: 'a whole line', given: `example.net. 3600 IN DS ${content}`, want: [content], notes: 1 },
    { name: 'class before TTL', given: `EXAMPLE.net IN 1h DS ${content}`, want: [content] },
    { name: 'a line without owner', given: `IN DS ${content}`, want: [content] },
    { name: 'a TTL alone', given: `3600 DS ${content}`, want: [content] },
    { name: 'the type alone', given: `ds ${content}`, want: [content] },
    { name: 'a CDS', given: `example.net. IN CDS ${content}`, want: [content] },
    { name: 'lines with comments', given: `; keys\n${content} ; one\n\n${other}\n`, want: [content, other] },
    { name: 'whole lines', given: `example.net. DS ${content}\nexample.net. DS ${other}`, want: [content, other] },
    { name: 'DNSKEY content', given: `257 3 13 ${key}`, want: [keyDS], notes: 1 },
    {
      name: 'a DNSKEY over lines',
      given: `example.net. DNSKEY 257 3 13 (\n${key.slice(0, 40)}\n${key.slice(40)} ) ; KSK`,
      want: [keyDS],
    },
    { name: 'a line with a mnemonic', given: `example.net. DNSKEY 257 3 ECDSAP256SHA256 ${key}`, want: [keyDS] },
    { name: 'a digest of another length', given: '1 13 2 abcd', want: ['1 13 2 abcd'], notes: 1 },
    { name: 'SHA-1', given: `60485 5 1 ${sha1}`, want: [`60485 5 1 ${sha1}`], notes: 1 },
    {
      name: 'another owner',
      given: `example.org. DS ${content}`,
      says: 'the record belongs to example.org, not to example.net',
    },
    { name: 'a bad owner', given: `a..b DS ${content}`, says: 'no name' },
    { name: 'another class', given: `example.net. CH DS ${content}`, says: "'CH'" },
    { name: 'one bad line of two', given: `${content}\nDS 1 2`, says: 'four fields' },
    { name: 'the dots of a guide', given: '12345 13 2 4a3b...', says: "'...'" },
    { name: 'comments only', given: '; nothing', says: 'empty' },
    { name: 'a revoked key', given: `385 3 13 ${key}`, says: 'is revoked' },
    { name: 'a key that signs no zone', given: `0 3 13 ${key}`, says: 'signs no zone' },
    { name: 'a key cut short', given: `257 3 13 ${key.slice(0, 21)}`, says: 'base64' },
    { name: 'very many lines', given: `${content}\n`.repeat(101), says: 'more than 100' },
  ];
  for (const { name, given, want, notes, says = '' } of texts) {
    it(`${want === undefined ? 'refuses' : 'reads'} ${name}`, () => {
      const result = readAnchorText(nameOf('example.net'), given);
      if (want === undefined) expect(result.ok ? 'accepted' : result.error).toContain(says);
      else {
        expect(result.ok ? result.value.ds.map(dsText) : result.error).toEqual(want);
        if (notes !== undefined) expect(result.ok && result.value.notes).toHaveLength(notes);
      }
    });
  }
});

describe('parseAlgorithm', () => {
  for (const [given, want] of [
    ['5', 5],
    ['RSASHA1-NSEC3-SHA1', 7],
    ['ed25519', 15],
    ['256', undefined],
    ['MD5', undefined],
  ] as const) {
    it(given, () => {
      const result = parseAlgorithm(given);
      expect(result.ok ? result.value : undefined).toBe(want);
    });
  }
});
