import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { parseZoneText, recordText, type ZoneTextOptions } from '../../src/wire/zone-text.ts';
import { hex } from './octets.ts';

const options: ZoneTextOptions = { origin: nameOf('example.'), defaultTtl: 60 };

function texts(given: string, given2: ZoneTextOptions = options): string[] {
  const { records, errors } = parseZoneText(given, given2);
  return [...records.map(recordText), ...errors.map(({ line, message }) => `${line}: ${message}`)];
}

describe('parseZoneText', () => {
  const rows = [
    { name: 'a relative owner', given: 'a A 192.0.2.1', want: ['a.example. 60 IN A 192.0.2.1'] },
    { name: 'an absolute owner', given: 'a. A 192.0.2.1', want: ['a. 60 IN A 192.0.2.1'] },
    { name: 'the origin', given: '@ NS ns', want: ['example. 60 IN NS ns.example.'] },
    {
      name: 'a blank owner',
      given: 'a A 192.0.2.1\n AAAA ::1',
      want: ['a.example. 60 IN A 192.0.2.1', 'a.example. 60 IN AAAA ::1'],
    },
    { name: 'TTL and class', given: 'a 5 IN A 192.0.2.1', want: ['a.example. 5 IN A 192.0.2.1'] },
    { name: 'class and TTL', given: 'a IN 5 A 192.0.2.1', want: ['a.example. 5 IN A 192.0.2.1'] },
    { name: 'a TTL with units', given: 'a 1h30m A 192.0.2.1', want: ['a.example. 5400 IN A 192.0.2.1'] },
    { name: 'small letters', given: 'a 1W in a 192.0.2.1', want: ['a.example. 604800 IN A 192.0.2.1'] },
    {
      name: 'another class, which stays',
      given: 'a CH TXT x\n TXT y',
      want: ['a.example. 60 CH TXT "x"', 'a.example. 60 CH TXT "y"'],
    },
    { name: 'a class by number (RFC 3597 5)', given: 'a CLASS7 TXT x', want: ['a.example. 60 CLASS7 TXT "x"'] },
    { name: 'a type by number (RFC 3597 5)', given: 'a TYPE1 192.0.2.1', want: ['a.example. 60 IN A 192.0.2.1'] },
    {
      name: 'an unknown type (RFC 3597 5)',
      given: 'a TYPE65280 \\# 2 (0a\n0b)',
      want: ['a.example. 60 IN TYPE65280 \\# 2 0A0B'],
    },
    {
      name: 'an owner that reads like a type',
      given: 'a A 192.0.2.1\nA A 192.0.2.1',
      want: ['a.example. 60 IN A 192.0.2.1', 'A.example. 60 IN A 192.0.2.1'],
    },
    { name: 'an owner of digits', given: '5 A 192.0.2.1', want: ['5.example. 60 IN A 192.0.2.1'] },
    { name: 'an escaped owner', given: 'a\\.b\\032c A 192.0.2.1', want: ['a\\.b\\032c.example. 60 IN A 192.0.2.1'] },
    {
      name: 'an owner that begins with an escaped dollar',
      given: '\\$ORIGIN A 192.0.2.1',
      want: ['\\$ORIGIN.example. 60 IN A 192.0.2.1'],
    },
    { name: '$TTL (RFC 2308 4)', given: '$TTL 1d\na A 192.0.2.1', want: ['a.example. 86400 IN A 192.0.2.1'] },
    {
      name: '$TTL wins over the TTL before',
      given: '$TTL 9\na 5 A 192.0.2.1\na A 192.0.2.2',
      want: ['a.example. 5 IN A 192.0.2.1', 'a.example. 9 IN A 192.0.2.2'],
    },
    {
      name: '$ORIGIN',
      given: '$ORIGIN sub\na A 192.0.2.1\n$ORIGIN other.\na A 192.0.2.1',
      want: ['a.sub.example. 60 IN A 192.0.2.1', 'a.other. 60 IN A 192.0.2.1'],
    },
    { name: 'a wildcard', given: '* A 192.0.2.1', want: ['*.example. 60 IN A 192.0.2.1'] },
    {
      name: 'an SOA over lines',
      given: '@ SOA ns h ( 1 ; serial\n 1h 5m\n 1w 300 )',
      want: ['example. 60 IN SOA ns.example. h.example. 1 3600 300 604800 300'],
    },
    { name: 'an empty APL', given: 'a APL', want: ['a.example. 60 IN APL'] },
    {
      name: 'a semicolon in quotes',
      given: 'a TXT "v=DMARC1; p=none" ; comment',
      want: ['a.example. 60 IN TXT "v=DMARC1; p=none"'],
    },
  ];
  it.each(rows)('$name', ({ given, want }) => {
    expect(texts(given)).toEqual(want);
  });

  const errors = [
    { name: 'no owner before', given: ' A 192.0.2.1', want: ['1: the first record has no owner'] },
    { name: 'no type', given: 'a', want: ['1: the type is missing'] },
    { name: 'an unknown type', given: 'a FOO 1', want: ["1: 'FOO' is no record type"] },
    { name: 'a bad owner', given: 'a..b A 192.0.2.1', want: ["1: owner 'a..b': the name has an empty label"] },
    { name: 'bad content', given: 'a A 1', want: ["1: A: '1' is no IPv4 address"] },
    { name: 'content too long', given: 'a A 192.0.2.1 x', want: ["1: A: 'x' is too much"] },
    { name: 'a question type', given: 'a ANY x', want: ['1: ANY records do not belong in a zone'] },
    { name: 'an OPT record', given: '. OPT', want: ['1: OPT records do not belong in a zone'] },
    { name: '$INCLUDE', given: '$INCLUDE other.zone', want: ['1: $INCLUDE is not supported'] },
    { name: '$GENERATE', given: '$GENERATE 1-2 a$ A 192.0.2.$', want: ['1: $GENERATE is not supported'] },
    { name: '$TTL without a time', given: '$TTL', want: ['1: $TTL takes one argument'] },
    { name: '$TTL that is none', given: '$TTL x', want: ["1: $TTL 'x' is no time in seconds"] },
    { name: '$ORIGIN that is none', given: '$ORIGIN a..b', want: ["1: $ORIGIN 'a..b': the name has an empty label"] },
    {
      name: 'a TTL above 31 bits (RFC 2181 8)',
      given: 'a 2147483648 A 192.0.2.1',
      want: ["1: '2147483648' is no record type"],
    },
    {
      name: 'a parenthesis that stays open',
      given: 'a A (192.0.2.1',
      want: ['1: an opening parenthesis is never closed'],
    },
    {
      name: 'one bad entry among good ones',
      given: 'a A 1\nb A 192.0.2.1',
      want: ['b.example. 60 IN A 192.0.2.1', "1: A: '1' is no IPv4 address"],
    },
  ];
  it.each(errors)('reports $name', ({ given, want }) => {
    expect(texts(given)).toEqual(want);
  });

  it('needs a TTL from somewhere (RFC 1035 5.1)', () => {
    expect(texts('a. A 192.0.2.1', {})).toEqual(['1: there is no TTL: give one, or $TTL before']);
    expect(texts('a. 7 A 192.0.2.1\na. A 192.0.2.2', {})).toEqual(['a. 7 IN A 192.0.2.1', 'a. 7 IN A 192.0.2.2']);
  });

  it('names the file', () => {
    const parsed = parseZoneText('\n\na A 1', { ...options, file: 'zone.txt' });
    expect(parsed.errors).toEqual([{ line: 3, message: "zone.txt:3: A: '1' is no IPv4 address" }]);
  });

  it('stops after a bounded number of errors', () => {
    expect(parseZoneText('a A 1\n'.repeat(10_000), options).errors).toHaveLength(100);
  });

  it('reads its own text', () => {
    const text = texts('a 5 IN MX 10 mail\n TXT "x;\\"" y\n$ORIGIN b.\nc CH TXT z').join('\n');
    expect(texts(text).join('\n')).toBe(text);
  });

  it('reads the root hints', () => {
    const { records, errors } = parseZoneText(
      readFileSync(new URL('../../anchors/root.hints', import.meta.url), 'utf8'),
    );
    expect(errors).toEqual([]);
    expect(
      [RRType.NS, RRType.A, RRType.AAAA].map((type) => records.filter((record) => record.type === type).length),
    ).toEqual([13, 13, 13]);
  });
});

describe('recordText', () => {
  it('writes owner, TTL, class, type and content', () => {
    const record = { name: nameOf('A.b'), type: 65280, class: RRClass.CH, ttl: 0, rdata: hex('00') };
    expect(recordText(record)).toBe('A.b. 0 CH TYPE65280 \\# 1 00');
  });
});
