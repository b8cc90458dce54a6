import { describe, expect, test } from 'vitest';
import { DEFAULT_REPLY_OPTIONS, ReplyBuilder, type ReplyClient } from '../../src/server/reply.ts';
import { parseRequest } from '../../src/server/request.ts';
import { parseAddress } from '../../src/wire/address-text.ts';
import { EdeCode, EdnsOptionCode, Rcode, RRType } from '../../src/wire/constants.ts';
import { extendedErrors } from '../../src/wire/edns.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import type { Message } from '../../src/wire/message.ts';
import { nameText } from '../../src/wire/name-text.ts';
import {
  errorCodes,
  flagText,
  type QueryShape,
  queryOctets,
  replyOf,
  requestOf,
  resolutionOf,
  resolved,
  sectionText,
} from './support/queries.ts';

/** Somebody on the network. */
const udp: ReplyClient = { transport: 'udp', address: Uint8Array.of(192, 0, 2, 1) };

function answer(
  query: QueryShape,
  changes: Parameters<typeof resolutionOf>[0] = {},
  transport: 'udp' | 'tcp' = 'udp',
): { octets: Uint8Array; message: Message } {
  const octets = new ReplyBuilder().answer(requestOf(query), resolutionOf(changes), { ...udp, transport }, false);
  return { octets, message: replyOf(octets) };
}

/** Types of a section, signatures included. */
function types(message: Message, section: 'answer' | 'authority'): number[] {
  return message[section].map(({ type }) => type);
}

const { A, RRSIG, NSEC, SOA, MX, CNAME } = RRType;
const soa = resolved('example.', 'SOA', ['ns. host. 1 2 3 4 5'], true);
const nsec = resolved('a.example.', 'NSEC', ['z.example. A'], true);

describe('header', () => {
  const rows: { name: string; query: QueryShape; want: string }[] = [
    { name: 'RD is copied, RA set', query: {}, want: 'qr rd ra' },
    { name: 'RD clear stays clear', query: { noRecursion: true }, want: 'qr ra' },
    { name: 'CD is copied (RFC 6840 5.9)', query: { flags: HeaderFlag.CD }, want: 'qr rd ra cd' },
    { name: 'AA and unknown bits are not copied', query: { flags: HeaderFlag.AA | 0x40 }, want: 'qr rd ra' },
    { name: 'AD of the query alone is no AD of the reply', query: { flags: HeaderFlag.AD }, want: 'qr rd ra' },
  ];
  for (const { name, query, want } of rows) test(name, () => expect(flagText(answer(query).message)).toBe(want));

  test('the ID comes back', () => expect(answer({ id: 0xfffe }).message.header.id).toBe(0xfffe));

  test('local data are authoritative', () => {
    const octets = new ReplyBuilder().answer(requestOf(), resolutionOf(), udp, true);
    expect(flagText(replyOf(octets))).toBe('qr aa rd ra');
  });

  test('mode off clears CD and sends no signatures', () => {
    const builder = new ReplyBuilder({ ...DEFAULT_REPLY_OPTIONS, dnssec: false });
    const request = requestOf({ flags: HeaderFlag.CD, edns: { dnssecOk: true } });
    const message = replyOf(builder.answer(request, resolutionOf({ authentic: true }), udp, false));
    expect(flagText(message)).toBe('qr rd ra');
    expect(types(message, 'answer')).toEqual([A]);
  });
});

describe('AD (SECURITY 4.2, RFC 6840 5.7 and 5.8)', () => {
  const rows: { name: string; query: QueryShape; changes: Parameters<typeof resolutionOf>[0]; want: boolean }[] = [
    { name: 'secure, AD in the query', query: { flags: HeaderFlag.AD }, changes: { authentic: true }, want: true },
    { name: 'secure, DO in the query', query: { edns: { dnssecOk: true } }, changes: { authentic: true }, want: true },
    { name: 'secure, neither', query: {}, changes: { authentic: true }, want: false },
    { name: 'secure, EDNS without DO', query: { edns: {} }, changes: { authentic: true }, want: false },
    { name: 'not secure, AD', query: { flags: HeaderFlag.AD }, changes: {}, want: false },
    {
      name: 'secure, CD and AD',
      query: { flags: HeaderFlag.AD | HeaderFlag.CD },
      changes: { authentic: true },
      want: true,
    },
    {
      name: 'answer and authority empty',
      query: { flags: HeaderFlag.AD },
      changes: { authentic: true, answer: [] },
      want: false,
    },
    {
      name: 'nothing left after stripping',
      query: { flags: HeaderFlag.AD },
      changes: { authentic: true, answer: [], authority: [nsec] },
      want: false,
    },
    {
      name: 'a secure negative answer',
      query: { flags: HeaderFlag.AD },
      changes: { authentic: true, rcode: Rcode.NXDOMAIN, answer: [], authority: [soa, nsec] },
      want: true,
    },
    {
      name: 'an answer of type RRSIG',
      query: { type: RRSIG, flags: HeaderFlag.AD },
      changes: { authentic: true },
      want: false,
    },
  ];
  for (const { name, query, changes, want } of rows) {
    test(`${name}: ${want ? 'AD' : 'no AD'}`, () => {
      expect((answer(query, changes).message.header.flags & HeaderFlag.AD) !== 0).toBe(want);
    });
  }
});

describe('DNSSEC records (RFC 4035 3.2.1, RFC 3225)', () => {
  const all = { answer: [resolved('www.example.', 'A', ['192.0.2.1'], true)], authority: [soa, nsec] };
  const rows: {
    name: string;
    query: QueryShape;
    changes: Parameters<typeof resolutionOf>[0];
    answer: number[];
    authority: number[];
  }[] = [
    { name: 'without DO none', query: {}, changes: all, answer: [A], authority: [SOA] },
    {
      name: 'with DO all',
      query: { edns: { dnssecOk: true } },
      changes: all,
      answer: [A, RRSIG],
      authority: [SOA, RRSIG, NSEC, RRSIG],
    },
    {
      name: 'NSEC asked by type stays in the answer, its signature does not',
      query: { type: NSEC },
      changes: { answer: [nsec], authority: [nsec] },
      answer: [NSEC],
      authority: [],
    },
    {
      name: 'ANY keeps all of the answer',
      query: { type: RRType.ANY },
      changes: { answer: [...all.answer, nsec], authority: [nsec] },
      answer: [A, RRSIG, NSEC, RRSIG],
      authority: [],
    },
    {
      name: 'RRSIG asked by type',
      query: { type: RRSIG },
      changes: {
        answer: all.answer.map((set) => ({ ...set, rrset: { ...set.rrset, rdatas: [] } })),
        authority: [],
      },
      answer: [RRSIG],
      authority: [],
    },
    {
      name: 'lone signatures without DO are nothing',
      query: {},
      changes: { answer: all.answer.map((set) => ({ ...set, rrset: { ...set.rrset, rdatas: [] } })) },
      answer: [],
      authority: [],
    },
  ];
  for (const row of rows) {
    test(row.name, () => {
      const { message } = answer(row.query, row.changes);
      expect(types(message, 'answer')).toEqual(row.answer);
      expect(types(message, 'authority')).toEqual(row.authority);
    });
  }
});

describe('compact denial of existence (RFC 9824 5.1)', () => {
  const denied = { rcode: Rcode.NOERROR, authority: [soa, nsec], deniedCompactly: true };
  const rows: { name: string; query: QueryShape; want: number }[] = [
    { name: 'without EDNS the name does not exist', query: {}, want: Rcode.NXDOMAIN },
    { name: 'without DO the name does not exist', query: { edns: {} }, want: Rcode.NXDOMAIN },
    { name: 'with DO the NSEC tells', query: { edns: { dnssecOk: true } }, want: Rcode.NOERROR },
  ];
  for (const { name, query, want } of rows) test(name, () => expect(answer(query, denied).message.rcode).toBe(want));
});

describe('names', () => {
  test('the question comes back in the client’s letter case, and so does an owner equal to it', () => {
    const { message } = answer({ name: 'wWw.eXample.' });
    expect(nameText(message.question.name)).toBe('wWw.eXample.');
    expect(sectionText(message, 'answer')).toEqual(['wWw.eXample. A 192.0.2.1']);
  });

  test('aliases come first and in order', () => {
    const chain = [
      resolved('www.example.', 'CNAME', ['b.example.']),
      resolved('b.example.', 'CNAME', ['a.example.']),
      resolved('a.example.', 'A', ['192.0.2.1']),
    ];
    const { message } = answer({}, { answer: chain });
    expect(types(message, 'answer')).toEqual([CNAME, CNAME, A]);
  });

  test('there is no additional section but OPT (minimal responses)', () => {
    const { message } = answer(
      { type: MX, edns: {} },
      { answer: [resolved('www.example.', 'MX', ['10 mail.example.'])] },
    );
    expect(message.additional).toEqual([]);
    expect(message.header.additionalCount).toBe(1);
  });
});

describe('EDNS', () => {
  test('no OPT for a client without EDNS', () => expect(answer({}).message.edns).toBeUndefined());

  test('our own size, version 0, DO as it came, no options of the query', () => {
    const option = { code: EdnsOptionCode.COOKIE, data: new Uint8Array(8) };
    const { message } = answer({ edns: { udpSize: 4096, dnssecOk: true, flags: 0x7fff, options: [option, option] } });
    expect(message.edns).toMatchObject({ udpSize: 1232, version: 0, dnssecOk: true, options: [] });
    expect(answer({ edns: {} }).message.edns?.dnssecOk).toBe(false);
  });

  test('NSID once, however often it was asked for (RFC 5001, SECURITY A-45)', () => {
    const builder = new ReplyBuilder({ ...DEFAULT_REPLY_OPTIONS, serverId: Uint8Array.of(0x6e, 0x73) });
    const nsid = { code: EdnsOptionCode.NSID, data: new Uint8Array(0) };
    const options = Array.from({ length: 32 }, () => nsid);
    const message = replyOf(builder.answer(requestOf({ edns: { options } }), resolutionOf(), udp, false));
    expect(message.edns?.options).toEqual([{ code: EdnsOptionCode.NSID, data: Uint8Array.of(0x6e, 0x73) }]);
    expect(replyOf(builder.answer(requestOf({ edns: {} }), resolutionOf(), udp, false)).edns?.options).toEqual([]);
  });

  test('BADVERS needs OPT and has no data (RFC 6891 6.1.3)', () => {
    const parsed = parseRequest(queryOctets({ edns: { version: 1 } }));
    if (parsed.kind !== 'error') throw new Error(parsed.kind);
    const message = replyOf(new ReplyBuilder().error(parsed.frame, parsed.rcode, parsed.errors));
    expect(message.rcode).toBe(Rcode.BADVERS);
    expect(message.edns?.version).toBe(0);
  });

  test('an RCODE that needs EDNS becomes SERVFAIL without it', () => {
    expect(answer({}, { rcode: Rcode.BADCOOKIE, answer: [] }).message.rcode).toBe(Rcode.SERVFAIL);
  });
});

describe('extended errors (RFC 8914, SECURITY 1.3 and A-45)', () => {
  const error = (code: number, length = 64) => ({ code, text: 'x'.repeat(length) });

  test('only for clients with EDNS', () => {
    expect(answer({}, { errors: [error(6)] }).message.edns).toBeUndefined();
    expect(errorCodes(answer({ edns: {} }, { errors: [error(6)] }).message)).toEqual([6]);
  });

  test('at most three, in order', () => {
    const errors = [9, 6, 22, 23].map((code) => error(code));
    expect(errorCodes(answer({ edns: {} }, { errors }).message)).toEqual([9, 6, 22]);
  });

  test('at most 64 octets of text', () => {
    const { message } = answer({ edns: {} }, { errors: [error(6, 200)] });
    expect(extendedErrors(message.edns)[0]?.text).toHaveLength(64);
  });

  test('without the one about negative trust anchors (dnssec.nta_extended_error)', () => {
    const builder = new ReplyBuilder({ ...DEFAULT_REPLY_OPTIONS, negativeAnchorErrors: false });
    const errors = [error(EdeCode.NEGATIVE_TRUST_ANCHOR), error(6)];
    const octets = builder.answer(requestOf({ edns: {} }), resolutionOf({ errors }), udp, false);
    expect(errorCodes(replyOf(octets))).toEqual([6]);
    expect(errorCodes(answer({ edns: {} }, { errors }).message)).toEqual([EdeCode.NEGATIVE_TRUST_ANCHOR, 6]);
  });

  test('switched off by configuration', () => {
    const builder = new ReplyBuilder({ ...DEFAULT_REPLY_OPTIONS, extendedErrors: false });
    const message = replyOf(builder.answer(requestOf({ edns: {} }), resolutionOf({ errors: [error(6)] }), udp, false));
    expect(message.edns?.options).toEqual([]);
  });

  test('without the one of a negative trust anchor where the configuration says so', () => {
    const builder = new ReplyBuilder({ ...DEFAULT_REPLY_OPTIONS, negativeAnchorErrors: false });
    const errors = [error(EdeCode.NEGATIVE_TRUST_ANCHOR), error(EdeCode.SYNTHESIZED)];
    const message = replyOf(builder.answer(requestOf({ edns: {} }), resolutionOf({ errors }), udp, false));
    expect(errorCodes(message)).toEqual([EdeCode.SYNTHESIZED]);
  });

  test('where space is short the text goes first, then the option, and data are never lost for it', () => {
    for (let length = 200; length <= 260; length++) {
      const data = Array.from({ length }, () => 'a').join('');
      const set = resolved('www.example.', 'TXT', [`"${data.slice(0, 200)}" "${data.slice(200)}${'b'.repeat(180)}"`]);
      const { octets, message } = answer(
        { edns: { udpSize: 512 } },
        { answer: [set], errors: [error(9), error(6), error(22)] },
      );
      expect(octets.length).toBeLessThanOrEqual(512);
      expect(message.answer).toHaveLength(1);
      expect(message.header.flags & HeaderFlag.TC).toBe(0);
      expect(message.edns).toBeDefined();
      for (const { text } of extendedErrors(message.edns)) expect([0, 64]).toContain(text.length);
    }
  });
});

describe('sizes and truncation (RFC 2181 9, RFC 6891 6.2.3)', () => {
  const big = (count: number, name = 'www.example.') =>
    resolved(
      name,
      'A',
      Array.from({ length: count }, (_, index) => `192.0.${index >> 8}.${index & 255}`),
    );
  const sizes: { name: string; query: QueryShape; limit: number }[] = [
    { name: 'no EDNS', query: {}, limit: 512 },
    { name: 'EDNS size 0', query: { edns: { udpSize: 0 } }, limit: 512 },
    { name: 'EDNS size 511', query: { edns: { udpSize: 511 } }, limit: 512 },
    { name: 'EDNS size 700', query: { edns: { udpSize: 700 } }, limit: 700 },
    { name: 'EDNS size 1232', query: { edns: { udpSize: 1232 } }, limit: 1232 },
    { name: 'EDNS size 65535', query: { edns: { udpSize: 65_535 } }, limit: 1232 },
  ];
  for (const { name, query, limit } of sizes) {
    test(`${name}: at most ${limit} octets`, () => {
      const fixed = 12 + 17 + (query.edns === undefined ? 0 : 11);
      const fitting = Math.floor((limit - fixed) / 16);
      expect(flagText(answer(query, { answer: [big(fitting)] }).message)).toBe('qr rd ra');
      const { octets, message } = answer(query, { answer: [big(fitting + 1)] });
      expect(octets.length).toBeLessThanOrEqual(limit);
      expect(flagText(message)).toBe('qr tc rd ra');
      expect(message.answer).toEqual([]);
    });
  }

  describe('a client on this machine, to which nothing is cut in pieces', () => {
    const rows: { address: string; asked: number; loopback?: number; limit: number }[] = [
      { address: '127.0.0.1', asked: 4096, limit: 4096 },
      { address: '127.8.9.10', asked: 1400, limit: 1400 },
      { address: '::1', asked: 65_535, limit: 4096 },
      { address: '::ffff:127.0.0.1', asked: 4096, limit: 4096 },
      { address: '127.0.0.1', asked: 600, limit: 600 },
      { address: '127.0.0.1', asked: 4096, loopback: 1232, limit: 1232 },
      { address: '128.0.0.1', asked: 4096, limit: 1232 },
      { address: '::2', asked: 4096, limit: 1232 },
      { address: '::ffff:126.0.0.1', asked: 4096, limit: 1232 },
      { address: '::127.0.0.1', asked: 4096, limit: 1232 },
      { address: '100::1', asked: 4096, limit: 1232 },
    ];
    test.each(rows)('$address with EDNS size $asked: at most $limit octets', (row) => {
      const { address, asked, loopback = 4096, limit } = row;
      const builder = new ReplyBuilder({ ...DEFAULT_REPLY_OPTIONS, loopbackUdpOctets: loopback });
      const client: ReplyClient = { transport: 'udp', address: parseAddress(address) ?? new Uint8Array() };
      const send = (count: number) =>
        builder.answer(requestOf({ edns: { udpSize: asked } }), resolutionOf({ answer: [big(count)] }), client, false);
      const fitting = Math.floor((limit - 12 - 17 - 11) / 16);
      expect(flagText(replyOf(send(fitting)))).toBe('qr rd ra');
      expect(flagText(replyOf(send(fitting + 1)))).toBe('qr tc rd ra');
      expect(replyOf(send(1)).edns?.udpSize).toBe(1232);
    });
  });

  test('RRsets are never cut: what fits stays, what does not is left out whole', () => {
    const { message } = answer({}, { answer: [big(10), big(40, 'b.example.')] });
    expect(message.answer).toHaveLength(10);
    expect(message.header.flags & HeaderFlag.TC).not.toBe(0);
  });

  const authorityRows: { name: string; query: QueryShape; changes: Parameters<typeof resolutionOf>[0]; tc: boolean }[] =
    [
      {
        name: 'a proof that does not fit sets TC for a DO client',
        query: { edns: { dnssecOk: true, udpSize: 512 } },
        changes: { answer: [big(28)], authority: [nsec] },
        tc: true,
      },
      {
        name: 'authority of a positive answer is dropped silently without DO',
        query: {},
        changes: { answer: [big(29)], authority: [soa] },
        tc: false,
      },
      {
        name: 'a negative answer without its SOA would mislead',
        query: {},
        changes: {
          rcode: Rcode.NXDOMAIN,
          answer: [resolved('www.example.', 'CNAME', ['b.example.']), big(28, 'c.example.')],
          authority: [soa],
        },
        tc: true,
      },
    ];
  for (const { name, query, changes, tc } of authorityRows) {
    test(name, () => {
      const { message } = answer(query, changes);
      expect((message.header.flags & HeaderFlag.TC) !== 0).toBe(tc);
      expect(message.authority).toEqual([]);
      expect(message.answer.length).toBeGreaterThan(0);
    });
  }

  test('TCP has no such limit', () => {
    const { octets, message } = answer({}, { answer: [big(500)] }, 'tcp');
    expect(octets.length).toBeGreaterThan(8000);
    expect(flagText(message)).toBe('qr rd ra');
  });

  test('what is too large even for TCP is SERVFAIL, not TC', () => {
    const sets = Array.from({ length: 20 }, (_, index) => big(256, `${'n'.repeat(60)}.${index}.example.`));
    const { octets, message } = answer({ edns: {} }, { answer: sets }, 'tcp');
    expect(octets.length).toBeLessThan(512);
    expect(message.rcode).toBe(Rcode.SERVFAIL);
    expect(errorCodes(message)).toEqual([0]);
  });
});

describe('errors', () => {
  const rows: { name: string; octets: Uint8Array; question: boolean; octetCount: number }[] = [
    {
      name: 'no question: the header alone',
      octets: Uint8Array.of(1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
      question: false,
      octetCount: 12,
    },
    {
      name: 'a question that cannot be read is not echoed (SECURITY A-30)',
      octets: Uint8Array.of(1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 9, 65, 66, 67),
      question: false,
      octetCount: 12,
    },
    {
      name: 'octets behind the question are not echoed',
      octets: Uint8Array.of(...queryOctets(), 1, 2, 3, 4, 5),
      question: true,
      octetCount: 12 + 17,
    },
  ];
  for (const { name, octets, question, octetCount } of rows) {
    test(name, () => {
      const parsed = parseRequest(octets);
      if (parsed.kind !== 'error') throw new Error(parsed.kind);
      const reply = new ReplyBuilder().error(parsed.frame, parsed.rcode, parsed.errors);
      expect(reply).toHaveLength(octetCount);
      expect([reply[5], reply[7], reply[9], reply[11]]).toEqual([question ? 1 : 0, 0, 0, 0]);
    });
  }

  test('the opcode comes back', () => {
    const parsed = parseRequest(queryOctets({ opcode: 5 }));
    if (parsed.kind !== 'error') throw new Error(parsed.kind);
    const message = replyOf(new ReplyBuilder().error(parsed.frame, parsed.rcode, parsed.errors));
    expect((message.header.flags >> 11) & 0xf).toBe(5);
    expect(message.rcode).toBe(Rcode.NOTIMP);
  });
});
