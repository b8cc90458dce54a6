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
    { name: '$INCLUDE', given: '$INCLUDE other.zone', want: ['1: $INCLUDE is not supported here'] },
    { name: '$GENERATE', given: '$GENERATE 1-2 a$ A 192.0.2.$', want: ['1: $GENERATE is not supported here'] },
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
    expect(parsed.errors).toEqual([{ file: 'zone.txt', line: 3, message: "zone.txt:3: A: '1' is no IPv4 address" }]);
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

describe('$GENERATE', () => {
  /** `#{0,3}` stands for the modifier that begins with a dollar sign. */
  const withDollars = (text: string) => text.replaceAll('#{', '$\u007b');
  const rows = [
    {
      name: 'a range',
      given: '$GENERATE 1-3 h$ A 192.0.2.$',
      want: ['h1.example. 60 IN A 192.0.2.1', 'h2.example. 60 IN A 192.0.2.2', 'h3.example. 60 IN A 192.0.2.3'],
    },
    {
      name: 'a step, a TTL and a class',
      given: '$GENERATE 8-12/4 $ 5 IN PTR h$.lan.',
      want: ['8.example. 5 IN PTR h8.lan.', '12.example. 5 IN PTR h12.lan.'],
    },
    {
      name: 'offset, width and base',
      given: '$GENERATE 10-10 a#{0,3}-#{-10,2,d}-#{5,4,x}-#{5,0,X}-#{0,0,o} TXT #{1}',
      want: ['a010-00-000f-F-12.example. 60 IN TXT "11"'],
    },
    {
      name: 'nibbles',
      given: '$GENERATE 26-26 #{0,7,n}.#{0,1,N} PTR a.',
      want: ['a.1.0.0.A.1.example. 60 IN PTR a.'],
    },
    {
      name: 'dollar signs',
      given: '$GENERATE 1-1 a$$\\$$ TXT "x $ \\$"',
      want: ['a\\$\\$1.example. 60 IN TXT "x 1 $"'],
    },
    { name: 'no range', given: '$GENERATE x a$ A 1', want: ["1: $GENERATE: the range 'x' is not like 1-10 or 1-10/2"] },
    {
      name: 'a range that descends',
      given: '$GENERATE 3-1 a$ A 1',
      want: ["1: $GENERATE: the range '3-1' does not ascend to at most 2147483647"],
    },
    { name: 'a step of 0', given: '$GENERATE 1-3/0 a$ A 1', want: ["1: $GENERATE: the range '1-3/0' has the step 0"] },
    {
      name: 'too long a range',
      given: '$GENERATE 1-2147483647 a$ A 1',
      want: ['1: $GENERATE makes 2147483647 records, more than the 1000 allowed'],
    },
    {
      name: 'a bad modifier',
      given: '$GENERATE 1-2 a#{0,300} A 1',
      want: ["1: $GENERATE: '#{0,300}' is not like #{offset,width,base}"],
    },
    {
      name: 'a negative number',
      given: '$GENERATE 1-2 a#{-2} A 192.0.2.1',
      want: ['1: $GENERATE: an offset makes 1 negative'],
    },
    {
      name: 'content that is none: one error',
      given: '$GENERATE 254-257 a$ A 192.0.2.$',
      want: [
        'a254.example. 60 IN A 192.0.2.254',
        'a255.example. 60 IN A 192.0.2.255',
        "1: $GENERATE, at 256: A: '192.0.2.256' is no IPv4 address",
      ],
    },
    { name: 'nothing', given: '$GENERATE 1-2', want: ['1: $GENERATE, at 1: the owner is missing'] },
  ];
  it.each(rows)('$name', ({ given, want }) => {
    expect(texts(withDollars(given), { ...options, maxGenerateSteps: 1000 })).toEqual(want.map(withDollars));
  });

  it('makes a bounded number of records in all', () => {
    const given = '$GENERATE 1-500000 a$ BAD\n'.repeat(3);
    const { errors } = parseZoneText(given, { ...options, maxGenerateSteps: 500_000 });
    expect(errors.at(-1)).toEqual({ line: 3, message: '$GENERATE: more than 1000000 records in all' });
  });
});

describe('$INCLUDE (RFC 1035 5.1)', () => {
  const files: Record<string, string> = {
    hosts: 'a A 192.0.2.1\n$ORIGIN deep\nb A 192.0.2.2\n',
    blank: ' A 192.0.2.3\n$TTL 9\nc A 192.0.2.4',
    bad: 'a A 192.0.2.1\na A 1\n',
    self: '$INCLUDE self\n',
    twice: '$INCLUDE twice\n$INCLUDE twice\n',
  };
  const rows = [
    {
      name: 'the origin stays what it was',
      given: '$INCLUDE hosts\nc A 192.0.2.3',
      want: ['a.example. 60 IN A 192.0.2.1', 'b.deep.example. 60 IN A 192.0.2.2', 'c.example. 60 IN A 192.0.2.3'],
    },
    {
      name: 'an origin for the file',
      given: '$INCLUDE hosts sub',
      want: ['a.sub.example. 60 IN A 192.0.2.1', 'b.deep.sub.example. 60 IN A 192.0.2.2'],
    },
    {
      name: 'owner and $TTL of the file do not reach out of it',
      given: 'x TXT x\n$INCLUDE blank\n TXT y',
      want: [
        'x.example. 60 IN TXT "x"',
        'x.example. 60 IN A 192.0.2.3',
        'c.example. 9 IN A 192.0.2.4',
        'x.example. 60 IN TXT "y"',
      ],
    },
    {
      name: 'an error in the file names the file',
      given: '$INCLUDE bad',
      want: ['a.example. 60 IN A 192.0.2.1', "2: /zones/bad:2: A: '1' is no IPv4 address"],
    },
    { name: 'a file that is not there', given: '$INCLUDE none', want: ["1: $INCLUDE 'none': it does not exist"] },
    { name: 'no file', given: '$INCLUDE', want: ['1: $INCLUDE takes a file, and an origin if need be'] },
    {
      name: 'a bad origin',
      given: '$INCLUDE hosts a..b',
      want: ["1: $INCLUDE: origin 'a..b': the name has an empty label"],
    },
    {
      name: 'a file that includes itself',
      given: '$INCLUDE self',
      want: ['1: /zones/self:1: $INCLUDE is nested more than 3 deep'],
    },
  ];
  const including: ZoneTextOptions = {
    ...options,
    maxIncludeDepth: 3,
    include: (path) => {
      const text = files[path];
      return text === undefined
        ? { ok: false, error: 'it does not exist' }
        : { ok: true, file: `/zones/${path}`, text };
    },
  };
  it.each(rows)('$name', ({ given, want }) => {
    expect(texts(given, including)).toEqual(want);
  });

  it('is forbidden at depth 0', () => {
    expect(texts('$INCLUDE hosts', { ...including, maxIncludeDepth: 0 })).toEqual(['1: $INCLUDE is not allowed']);
  });

  it('files that multiply come to an end', () => {
    expect(texts('$INCLUDE hosts\n'.repeat(1001), including).slice(2000)).toEqual([
      '1001: more than 1000 files are included',
    ]);
    const { errors } = parseZoneText('$INCLUDE twice', { ...including, maxIncludeDepth: 1000 });
    expect(errors).toHaveLength(100);
  });
});

describe('recordText', () => {
  it('writes owner, TTL, class, type and content', () => {
    const record = { name: nameOf('A.b'), type: 65280, class: RRClass.CH, ttl: 0, rdata: hex('00') };
    expect(recordText(record)).toBe('A.b. 0 CH TYPE65280 \\# 1 00');
  });
});
