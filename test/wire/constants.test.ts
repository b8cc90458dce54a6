import { describe, expect, it } from 'vitest';
import {
  classText,
  isMetaType,
  parseAlgorithm,
  parseClass,
  parseType,
  RRClass,
  RRType,
  rcodeText,
  typeText,
} from '../../src/wire/constants.ts';

describe('types', () => {
  it('each has one name and one number', () => {
    expect(new Set(Object.values(RRType)).size).toBe(Object.keys(RRType).length);
    for (const [name, type] of Object.entries(RRType)) {
      expect(typeText(type)).toBe(name);
      expect(parseType(name)).toBe(type);
      expect(parseType(name.toLowerCase())).toBe(type);
      expect(parseType(`TYPE${type}`)).toBe(type);
    }
  });

  const rows = [
    { name: 'a number in mixed case (RFC 3597 5)', given: 'tYpE65280', want: 65280 },
    { name: 'type 0', given: 'TYPE0', want: 0 },
    { name: 'the last number', given: 'TYPE65535', want: 65535 },
    { name: 'a number too large', given: 'TYPE65536', want: undefined },
    { name: 'no number', given: 'TYPE', want: undefined },
    { name: 'a negative number', given: 'TYPE-1', want: undefined },
    { name: 'a number with an exponent', given: 'TYPE1e2', want: undefined },
    { name: 'an unknown word', given: 'FOO', want: undefined },
    { name: 'a word every object has', given: 'constructor', want: undefined },
    { name: 'nothing', given: '', want: undefined },
    { name: 'a class', given: 'IN', want: undefined },
  ];
  it.each(rows)('$name', ({ given, want }) => {
    expect(parseType(given)).toBe(want);
  });

  it('an unknown type is written as a number (RFC 3597 5)', () => {
    expect(typeText(65280)).toBe('TYPE65280');
    expect(typeText(0)).toBe('TYPE0');
  });

  it('meta types are those of RFC 6895 3.1, and NXNAME (RFC 9824)', () => {
    const meta = Array.from({ length: 0x10000 }, (_, type) => type).filter(isMetaType);
    expect(meta).toEqual([0, 41, 128, 249, 250, 251, 252, 253, 254, 255]);
  });
});

describe('classes', () => {
  it('each has a name and a number', () => {
    for (const [name, rrclass] of Object.entries(RRClass)) {
      expect(classText(rrclass)).toBe(name);
      expect(parseClass(name.toLowerCase())).toBe(rrclass);
    }
    expect(classText(7)).toBe('CLASS7');
    expect(parseClass('class7')).toBe(7);
    expect(parseClass('CLASS65536')).toBeUndefined();
    expect(parseClass('TYPE1')).toBeUndefined();
  });
});

describe('other numbers', () => {
  it('response codes', () => {
    expect([0, 2, 3, 23, 24].map(rcodeText)).toEqual(['NOERROR', 'SERVFAIL', 'NXDOMAIN', 'BADCOOKIE', 'RCODE24']);
  });

  const algorithms = [
    { given: '8', want: 8 },
    { given: '255', want: 255 },
    { given: '256', want: undefined },
    { given: 'ECDSAP256SHA256', want: 13 },
    { given: 'ed25519', want: 15 },
    { given: 'RSASHA1-NSEC3-SHA1', want: 7 },
    { given: '', want: undefined },
    { given: '-1', want: undefined },
    { given: 'ROT13', want: undefined },
  ];
  it.each(algorithms)('algorithm $given (RFC 4034 A.1)', ({ given, want }) => {
    expect(parseAlgorithm(given)).toBe(want);
  });
});
