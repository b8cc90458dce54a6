import { describe, expect, it } from 'vitest';
import { RRType } from '../../src/wire/constants.ts';
import { MAX_RECORDS, parseMessage, parseQuestion, parseTruncated } from '../../src/wire/message.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { hex, octetsOf, toHex, u16 } from './octets.ts';

const QUERY = 0x0100;
const REPLY = 0x8180;

interface Counts {
  readonly question?: number;
  readonly answer?: number;
  readonly authority?: number;
  readonly additional?: number;
}

function header(flags: number, { question = 1, answer = 0, authority = 0, additional = 0 }: Counts = {}): Uint8Array {
  return octetsOf(u16(0x1234), u16(flags), u16(question), u16(answer), u16(authority), u16(additional));
}

/** `example. A IN`, at octet 12. */
const question = hex('076578616d706c6500 0001 0001');
const pointer = hex('c00c');
const address = octetsOf(pointer, hex('0001 0001 0000003c 0004 c0000201'));
const opt = hex('00 0029 04d0 00008000 0000');

function outcome(octets: Uint8Array): string {
  const parsed = parseMessage(octets);
  return parsed.ok ? 'ok' : parsed.code;
}

describe('parseMessage', () => {
  const rows = [
    { name: 'nothing', given: hex(''), want: 'truncated' },
    { name: 'eleven octets', given: header(QUERY).subarray(0, 11), want: 'truncated' },
    { name: 'a header alone', given: header(QUERY), want: 'truncated' },
    { name: 'a query', given: octetsOf(header(QUERY), question), want: 'ok' },
    { name: 'no question (RFC 9619)', given: header(QUERY, { question: 0 }), want: 'bad-question-count' },
    {
      name: 'two questions (RFC 9619)',
      given: octetsOf(header(QUERY, { question: 2 }), question, question),
      want: 'bad-question-count',
    },
    { name: 'a reply without a question', given: header(REPLY, { question: 0 }), want: 'bad-question-count' },
    { name: 'octets behind a query', given: octetsOf(header(QUERY), question, 0), want: 'trailing-octets' },
    { name: 'octets behind a reply', given: octetsOf(header(REPLY), question, 0), want: 'ok' },
    {
      name: 'a record in each section',
      given: octetsOf(header(REPLY, { answer: 1, authority: 1, additional: 1 }), question, address, address, address),
      want: 'ok',
    },
    {
      name: 'an answer count greater than the content',
      given: octetsOf(header(REPLY, { answer: 2 }), question, address),
      want: 'truncated',
    },
    {
      name: 'an additional count greater than the content',
      given: octetsOf(header(REPLY, { answer: 1, additional: 1 }), question, address),
      want: 'truncated',
    },
    {
      name: 'counts that no message could hold, before anything is read',
      given: octetsOf(header(REPLY, { answer: 4000 }), question, address),
      want: 'truncated',
    },
    {
      name: 'more records than allowed',
      given: octetsOf(header(REPLY, { answer: MAX_RECORDS, authority: 1 }), question),
      want: 'too-many-records',
    },
    { name: 'an OPT record', given: octetsOf(header(QUERY, { additional: 1 }), question, opt), want: 'ok' },
    {
      name: 'two OPT records (RFC 6891 6.1.1)',
      given: octetsOf(header(QUERY, { additional: 2 }), question, opt, opt),
      want: 'bad-opt',
    },
    {
      name: 'an OPT record in the answer (RFC 6891 6.1.1)',
      given: octetsOf(header(REPLY, { answer: 1 }), question, opt),
      want: 'bad-opt',
    },
    {
      name: 'an OPT record in the authority section (RFC 6891 6.1.1)',
      given: octetsOf(header(REPLY, { authority: 1 }), question, opt),
      want: 'bad-opt',
    },
    {
      name: 'an OPT record with an owner other than the root (RFC 6891 6.1.2)',
      given: octetsOf(header(QUERY, { additional: 1 }), question, pointer, opt.subarray(1)),
      want: 'bad-opt',
    },
    {
      name: 'an OPT record whose options do not fill it',
      given: octetsOf(header(QUERY, { additional: 1 }), question, hex('00 0029 04d0 00000000 0003 000300')),
      want: 'bad-opt',
    },
    {
      name: 'an owner that points into the header',
      given: octetsOf(header(REPLY, { answer: 1 }), question, hex('c000'), address.subarray(2)),
      want: 'bad-pointer',
    },
    {
      name: 'an RRSIG with a compressed signer (RFC 4034 3.1.7)',
      given: octetsOf(
        header(REPLY, { answer: 1 }),
        question,
        pointer,
        hex('002e 0001 0000003c 0014'),
        new Uint8Array(18),
        pointer,
      ),
      want: 'bad-pointer',
    },
  ];
  it.each(rows)('$name', ({ given, want }) => {
    expect(outcome(given)).toBe(want);
  });

  it('is truncated when cut at any octet', () => {
    const counts = { answer: 1, authority: 1, additional: 2 };
    const soa = octetsOf(pointer, hex('0006 0001 00000e10 001a'), pointer, 1, 'h', pointer, new Uint8Array(20));
    const whole = octetsOf(header(REPLY, counts), question, address, soa, address, opt);
    expect(outcome(whole)).toBe('ok');
    for (let length = 0; length < whole.length; length++) {
      expect([length, outcome(whole.subarray(0, length))]).toEqual([length, 'truncated']);
    }
  });

  it('gives header, question and sections', () => {
    const counts = { answer: 1, authority: 1, additional: 2 };
    const ns = octetsOf(pointer, hex('0002 0001 00000e10 0005'), 2, 'ns', pointer);
    const parsed = parseMessage(octetsOf(header(REPLY | 3, counts), question, address, ns, opt, address));
    if (!parsed.ok) throw new Error(parsed.code);
    const { message } = parsed;
    expect(message.header).toEqual({
      id: 0x1234,
      flags: REPLY | 3,
      questionCount: 1,
      answerCount: 1,
      authorityCount: 1,
      additionalCount: 2,
    });
    expect([nameText(message.question.name), message.question.type, message.question.class]).toEqual([
      'example.',
      1,
      1,
    ]);
    expect(message.questionEnd).toBe(25);
    expect(message.answer.map(({ ttl, rdata }) => [ttl, toHex(rdata)])).toEqual([[60, 'c0000201']]);
    expect(message.authority.map(({ rdata }) => toHex(rdata))).toEqual(['026e73076578616d706c6500']);
    expect(message.additional.map(({ type }) => type)).toEqual([RRType.A]);
    expect(message.edns).toMatchObject({ udpSize: 1232, dnssecOk: true, version: 0 });
    expect(message.rcode).toBe(3);
  });

  it('joins the extended RCODE (RFC 6891 6.1.3)', () => {
    const badvers = hex('00 0029 04d0 01000000 0000');
    const parsed = parseMessage(octetsOf(header(REPLY, { additional: 1 }), question, badvers));
    expect(parsed.ok && parsed.message.rcode).toBe(16);
  });

  it('reads a TTL with the top bit set as the largest (RFC 2181 8, RFC 8767 4)', () => {
    const record = octetsOf(pointer, hex('0001 0001 80000000 0004 c0000201'));
    const parsed = parseMessage(octetsOf(header(REPLY, { answer: 1 }), question, record));
    expect(parsed.ok && parsed.message.answer[0]?.ttl).toBe(0x7fffffff);
  });

  it('copies RDATA, so that the buffer may be used again', () => {
    const octets = octetsOf(header(REPLY, { answer: 1 }), question, address);
    const parsed = parseMessage(octets);
    octets.fill(0xff);
    if (!parsed.ok) throw new Error(parsed.code);
    expect(toHex(parsed.message.answer[0]?.rdata ?? hex(''))).toBe('c0000201');
    expect(nameText(parsed.message.question.name)).toBe('example.');
  });
});

describe('parseQuestion', () => {
  const rows = [
    { name: 'a query', given: octetsOf(header(QUERY), question), want: 25 },
    { name: 'a query with octets behind', given: octetsOf(header(QUERY), question, 1, 2), want: 25 },
    { name: 'two questions', given: octetsOf(header(QUERY, { question: 2 }), question, question), want: undefined },
    { name: 'no header', given: hex('1234'), want: undefined },
    { name: 'half a question', given: octetsOf(header(QUERY), question.subarray(0, 12)), want: undefined },
    { name: 'a pointer as name', given: octetsOf(header(QUERY), hex('c00c 0001 0001')), want: undefined },
  ];
  it.each(rows)('$name', ({ given, want }) => {
    expect(parseQuestion(given)?.end).toBe(want);
  });
});

describe('parseTruncated', () => {
  it('reads no further than the question', () => {
    const message = parseTruncated(octetsOf(header(0x8380, { answer: 9, additional: 1 }), question, hex('c0')));
    expect(message).toMatchObject({
      rcode: 0,
      answer: [],
      authority: [],
      additional: [],
      edns: undefined,
      questionEnd: 25,
    });
  });

  it('needs a question', () => {
    expect(parseTruncated(header(0x8380))).toBeUndefined();
    expect(parseTruncated(hex(''))).toBeUndefined();
  });
});
