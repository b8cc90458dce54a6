import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base32hexText, parseBase32hex } from '../../src/wire/base32hex.ts';
import { ascii, hex } from './octets.ts';

describe('base32hex', () => {
  const rows = [
    { name: 'nothing (RFC 4648 10)', text: '', octets: ascii('') },
    { name: 'f (RFC 4648 10)', text: 'co', octets: ascii('f') },
    { name: 'fo (RFC 4648 10)', text: 'cpng', octets: ascii('fo') },
    { name: 'foo (RFC 4648 10)', text: 'cpnmu', octets: ascii('foo') },
    { name: 'foob (RFC 4648 10)', text: 'cpnmuog', octets: ascii('foob') },
    { name: 'fooba (RFC 4648 10)', text: 'cpnmuoj1', octets: ascii('fooba') },
    { name: 'foobar (RFC 4648 10)', text: 'cpnmuoj1e8', octets: ascii('foobar') },
    {
      name: 'a hash of NSEC3 (RFC 5155 A)',
      text: '2t7b4g4vsa5smi47k61mv5bv1a22bojr',
      octets: hex('174eb2409fe28bcb4887a1836f957f0a8425e27b'),
    },
  ];
  it.each(rows)('$name', ({ text, octets }) => {
    expect(base32hexText(octets)).toBe(text);
    expect(parseBase32hex(text)).toEqual(octets);
    expect(parseBase32hex(text.toUpperCase())).toEqual(octets);
    expect(parseBase32hex(ascii(text))).toEqual(octets);
  });

  const refused = [
    { name: 'a letter beyond V', given: 'cw' },
    { name: 'padding', given: 'co======' },
    { name: 'one character', given: 'c' },
    { name: 'three characters', given: 'cpn' },
    { name: 'six characters', given: 'cpnmuo' },
    { name: 'unused bits that are not zero', given: 'cp' },
    { name: 'a character in front of the letters', given: '@0' },
    { name: 'a character behind the digits', given: ':0' },
    { name: 'a character outside ASCII that shares low bits', given: 'šo' },
  ];
  it.each(refused)('refuses $name', ({ given }) => {
    expect(parseBase32hex(given)).toBeUndefined();
  });

  it('gives back all octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (given) => {
        expect(parseBase32hex(base32hexText(given))).toEqual(given);
      }),
    );
  });

  it('has one text for each value', () => {
    const character = fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyz');
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 16 }), (text) => {
        const octets = parseBase32hex(text);
        if (octets !== undefined) expect(base32hexText(octets)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });
});
