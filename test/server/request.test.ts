import { describe, expect, test } from 'vitest';
import { parseRequest } from '../../src/server/request.ts';
import { Rcode, RRClass, RRType } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { type QueryShape, queryOctets } from './support/queries.ts';

/** `drop reason`, `error RCODE EDE`, `chaos` or `request`. */
function outcome(octets: Uint8Array): string {
  const parsed = parseRequest(octets);
  switch (parsed.kind) {
    case 'drop':
      return `drop ${parsed.reason}`;
    case 'error':
      return ['error', parsed.rcode, ...parsed.errors.map(({ code }) => code)].join(' ');
    default:
      return parsed.kind;
  }
}

/** A copy with other octets from `at` on. */
function changed(octets: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = octets.slice();
  copy.set(values, at);
  return copy;
}

describe('queries that are served', () => {
  const rows: { name: string; query: QueryShape }[] = [
    { name: 'plain', query: {} },
    { name: 'with EDNS', query: { edns: {} } },
    { name: 'with DO', query: { edns: { dnssecOk: true } } },
    { name: 'unknown flag bits are ignored', query: { flags: 0x0040, edns: { flags: 0x7fff } } },
    { name: 'AA set in a query is ignored', query: { flags: HeaderFlag.AA | HeaderFlag.RA } },
    { name: 'an unknown RCODE in a query is ignored', query: { flags: 0x000f } },
    { name: 'RRSIG may be asked for', query: { type: RRType.RRSIG } },
    { name: 'ANY may be asked for', query: { type: RRType.ANY } },
    { name: 'an unknown type', query: { type: 65_280 } },
    { name: 'the root', query: { name: '.', type: RRType.NS } },
    {
      name: 'a name of 255 octets',
      query: { name: `${`${'a'.repeat(63)}.`.repeat(3)}${'a'.repeat(61)}.` },
    },
    {
      name: '32 EDNS options',
      query: { edns: { options: Array.from({ length: 32 }, () => ({ code: 10, data: new Uint8Array(8) })) } },
    },
  ];
  for (const { name, query } of rows) {
    test(name, () => expect(outcome(queryOctets(query))).toBe('request'));
  }

  test('flags and EDNS are read', () => {
    const parsed = parseRequest(
      queryOctets({
        id: 77,
        name: 'WwW.Example.',
        flags: HeaderFlag.CD | HeaderFlag.AD,
        edns: { dnssecOk: true, udpSize: 4096 },
      }),
    );
    if (parsed.kind !== 'request') throw new Error(parsed.kind);
    const { request } = parsed;
    expect(nameText(request.question.name)).toBe('WwW.Example.');
    expect(request).toMatchObject({
      id: 77,
      recursionDesired: true,
      checkingDisabled: true,
      authenticData: true,
      dnssecOk: true,
    });
    expect(request.edns?.udpSize).toBe(4096);
  });
});

describe('what gets no reply', () => {
  const query = queryOctets();
  const rows: { name: string; octets: Uint8Array; want: string }[] = [
    { name: 'nothing', octets: new Uint8Array(0), want: 'drop too-short' },
    { name: 'eleven octets', octets: query.subarray(0, 11), want: 'drop too-short' },
    { name: 'a reply (QR)', octets: queryOctets({ flags: HeaderFlag.QR }), want: 'drop not-a-query' },
    { name: 'a truncated query (TC)', octets: queryOctets({ flags: HeaderFlag.TC }), want: 'drop truncated-query' },
    {
      name: 'a reply with another opcode',
      octets: queryOctets({ flags: HeaderFlag.QR, opcode: 5 }),
      want: 'drop not-a-query',
    },
  ];
  for (const { name, octets, want } of rows) test(name, () => expect(outcome(octets)).toBe(want));
});

describe('malformed queries', () => {
  const query = queryOctets({ edns: {} });
  const rows: { name: string; octets: Uint8Array; question: boolean }[] = [
    { name: 'header alone', octets: changed(query.subarray(0, 12), 11, 0), question: false },
    { name: 'no question (RFC 9619)', octets: changed(query, 5, 0), question: false },
    { name: 'two questions (RFC 9619)', octets: changed(query, 5, 2), question: false },
    { name: 'more records announced than there are', octets: changed(query, 11, 9), question: true },
    { name: 'octets behind the last record', octets: Uint8Array.of(...query, 0), question: true },
    { name: 'a label that runs out of the message', octets: query.subarray(0, 15), question: false },
    {
      name: 'a pointer in the question',
      octets: changed(query, 12, 0xc0, 12),
      question: false,
    },
    {
      name: 'two OPT records (RFC 6891 6.1.1)',
      octets: changed(Uint8Array.of(...query, ...query.subarray(-11)), 11, 2),
      question: true,
    },
    {
      name: '33 EDNS options',
      octets: queryOctets({
        edns: { options: Array.from({ length: 33 }, () => ({ code: 10, data: new Uint8Array(0) })) },
      }),
      question: true,
    },
  ];
  for (const { name, octets, question } of rows) {
    test(`${name}: FORMERR`, () => {
      const parsed = parseRequest(octets);
      expect(outcome(octets)).toBe('error 1');
      expect(parsed.kind === 'error' && parsed.malformed).toBe(true);
      expect(parsed.kind === 'error' && parsed.frame.question !== undefined).toBe(question);
    });
  }

  test('a query cut at every octet is never served', () => {
    for (let length = 0; length < query.length; length++) {
      expect(outcome(query.subarray(0, length)), `${length}`).toMatch(length < 12 ? /^drop/ : /^error 1/);
    }
  });
});

describe('opcodes and classes (SECURITY A-46)', () => {
  const classes: number[] = [0, RRClass.IN, 2, RRClass.CH, RRClass.HS, RRClass.NONE, RRClass.ANY, 65_535];
  for (let opcode = 0; opcode < 16; opcode++) {
    for (const rrclass of classes) {
      const looksUp = rrclass === RRClass.IN || rrclass === RRClass.ANY;
      const served = looksUp ? 'request' : rrclass === RRClass.CH ? 'chaos' : 'error 4 21';
      const notify = opcode === 4 && rrclass === RRClass.IN ? 'notify' : 'error 4 21';
      const want = opcode === 0 ? served : notify;
      test(`opcode ${opcode}, class ${rrclass}: ${want}`, () => {
        expect(outcome(queryOctets({ opcode, class: rrclass, edns: {} }))).toBe(want);
      });
    }
  }

  test('another opcode with a body that cannot be read is still NOTIMP', () => {
    expect(outcome(changed(queryOctets({ opcode: 5 }), 5, 0))).toBe('error 4 21');
    expect(outcome(changed(queryOctets({ opcode: 4 }), 5, 0))).toBe('error 4 21');
  });
});

describe('EDNS versions (RFC 6891 6.1.3)', () => {
  for (const version of [1, 2, 255]) {
    test(`version ${version}: BADVERS before anything else`, () => {
      expect(outcome(queryOctets({ type: RRType.AXFR, edns: { version } }))).toBe(`error ${Rcode.BADVERS}`);
    });
  }
});

describe('types that cannot be asked for (SECURITY 4.10)', () => {
  const rows: { type: number; want: string }[] = [
    { type: 0, want: 'error 1 30' },
    { type: RRType.OPT, want: 'error 1 30' },
    { type: RRType.NXNAME, want: 'error 1 30' },
    { type: RRType.TSIG, want: 'error 1 30' },
    { type: RRType.TKEY, want: 'error 4 21' },
    { type: RRType.IXFR, want: 'error 4 21' },
    { type: RRType.AXFR, want: 'error 4 21' },
    { type: RRType.MAILB, want: 'error 4 21' },
    { type: RRType.MAILA, want: 'error 4 21' },
  ];
  for (const { type, want } of rows) {
    test(`type ${type}: ${want}`, () => expect(outcome(queryOctets({ type }))).toBe(want));
  }
});
