// Replies with denials, made of others: what is patched, what is left to the slow path, and what is counted.
import { describe, expect, test } from 'vitest';
import { DenialReplies, type DenialRepliesOptions, type DenialSource } from '../../src/fast-path/denial-replies.ts';
import { QueryBit } from '../../src/fast-path/query-scan.ts';
import { ReplyBuilder } from '../../src/server/reply.ts';
import { EdeCode, Rcode, RRType } from '../../src/wire/constants.ts';
import type { Question } from '../../src/wire/message.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import type { RRset } from '../../src/wire/record.ts';
import { type QueryShape, queryOctets, replyOf, requestOf, resolved } from '../server/support/queries.ts';

const loopback = Uint8Array.of(127, 0, 0, 1);
const TTL = 60;
const soa = resolved('zone.example.', 'SOA', ['ns.zone.example. mail.ns.zone.example. 1 2 3 4 5'], true);
const cover = resolved('host.zone.example.', 'NSEC', ['zone.example. A RRSIG NSEC'], true);
const apex = resolved('ZONE.example.', 'NSEC', ['host.zone.example. NS SOA RRSIG NSEC'], true);
/** As long as real ones are. */
const longer = (rdata: Uint8Array) => Uint8Array.from([...rdata, ...new Uint8Array(100)]);
const authority = [soa, cover, apex].map(({ rrset }) => ({
  rrset: { ...rrset, signatures: rrset.signatures.map(longer) },
  ttl: TTL,
}));
const sets: readonly RRset[] = authority.map(({ rrset }) => rrset);

/** Denies all names one label and more below the zone by one proof. */
class Source implements DenialSource {
  expiresAt = TTL;
  octetsBelowEncloser = 0;
  number = 1;
  counted = 0;
  made: readonly RRset[] = sets;

  find(octets: Uint8Array, start: number, nameOctets: number): number {
    const name = Buffer.from(octets.subarray(start, start + nameOctets))
      .toString('latin1')
      .toLowerCase();
    if (!name.endsWith('\x04zone\x07example\x00')) return 0;
    this.octetsBelowEncloser = nameOctets - 14;
    return this.octetsBelowEncloser > 0 ? this.number : 0;
  }

  isMadeOf(given: readonly RRset[]): boolean {
    return given.length === this.made.length && given.every((rrset, index) => rrset === this.made[index]);
  }

  count(): void {
    this.counted++;
  }

  forgetDecisions(): void {}

  changeTo(changes: Partial<Pick<Source, 'made' | 'number'>>): void {
    Object.assign(this, changes);
  }
}

/** What the slow path says. */
function slowReply(shape: QueryShape): Uint8Array {
  const errors = [{ code: EdeCode.SYNTHESIZED, text: 'from cached denials (RFC 8198, 8020)' }];
  const content = { rcode: Rcode.NXDOMAIN, answer: [], authority, authentic: true, errors };
  return new ReplyBuilder().answer(
    requestOf(shape),
    content,
    { transport: 'udp', address: Uint8Array.of(192, 0, 2, 1) },
    false,
  );
}

function bitsOf({ flags = 0, edns }: QueryShape): number {
  const header = (flags & 0x20 ? QueryBit.AD : 0) | (flags & 0x10 ? QueryBit.CD : 0);
  return header | (edns === undefined ? 0 : QueryBit.EDNS) | (edns?.dnssecOk === true ? QueryBit.DO : 0);
}

function replies(changes: Partial<DenialRepliesOptions> = {}): { source: Source; denials: DenialReplies } {
  const source = new Source();
  const denials = new DenialReplies({ source, udpOctets: 1232, exceptTypes: [], isOff: () => false, ...changes });
  return { source, denials };
}

function keep(denials: DenialReplies, shape: QueryShape, now = 0): boolean {
  return denials.keep({ reply: slowReply(shape), bits: bitsOf(shape), authority: sets }, now);
}

const plain: QueryShape = { name: 'first.zone.example.', edns: { dnssecOk: true } };
const shapes: { name: string; shape: QueryShape }[] = [
  { name: 'no EDNS', shape: {} },
  { name: 'EDNS', shape: { edns: {} } },
  { name: 'DO', shape: { edns: { dnssecOk: true } } },
  { name: 'AD', shape: { flags: 0x20 } },
  { name: 'DO and CD', shape: { flags: 0x10, edns: { dnssecOk: true } } },
];
const names = [
  'x.zone.example.',
  'FIRST.Zone.EXAMPLE.',
  `${'deep.'.repeat(9)}zone.example.`,
  `${'l'.repeat(63)}.zone.example.`,
];

for (const { name, shape } of shapes) {
  describe(`a client with ${name}`, () => {
    for (const asked of names) {
      test(`${asked.slice(0, 20)}: as the slow path says it`, () => {
        const { denials, source } = replies();
        expect(keep(denials, { ...shape, name: 'first.zone.example.' })).toBe(true);
        const query = { ...shape, name: asked, id: 0xabcd };
        expect(denials.reply(queryOctets(query), loopback, 0)).toEqual(slowReply(query));
        expect([source.counted, denials.counters.answers]).toEqual([1, 1]);
        const aged = denials.reply(queryOctets(query), loopback, 13);
        expect(aged && replyOf(aged).authority.map(({ ttl }) => ttl)).toEqual(
          replyOf(slowReply(query)).authority.map(() => TTL - 13),
        );
      });
    }

    test('another kind of client gets nothing of it', () => {
      const { denials } = replies();
      keep(denials, { ...shape, name: 'first.zone.example.' });
      for (const other of shapes.filter((each) => each.name !== name)) {
        expect(denials.reply(queryOctets({ ...other.shape, name: 'x.zone.example.' }), loopback, 0)).toBeUndefined();
      }
    });
  });
}

describe('left to the slow path', () => {
  const rows: { name: string; shape: QueryShape; changes?: Partial<DenialRepliesOptions> }[] = [
    { name: 'a name that shares more with one of the reply', shape: { ...plain, name: 'x.NS.zone.example.' } },
    { name: 'the owner of a record', shape: { ...plain, name: 'host.zone.example.' } },
    { name: 'a name that nothing denies', shape: { ...plain, name: 'zone.example.' } },
    { name: 'another zone', shape: { ...plain, name: 'x.example.' } },
    {
      name: 'no room at the client',
      shape: { ...plain, name: 'x.zone.example.', edns: { dnssecOk: true, udpSize: 512 } },
    },
    {
      name: 'an option that is answered',
      shape: { ...plain, edns: { dnssecOk: true, options: [{ code: 3, data: loopback }] } },
    },
    { name: 'no RD', shape: { ...plain, noRecursion: true } },
    { name: 'class CH', shape: { ...plain, class: 3 } },
    { name: 'a type that others make something of', shape: plain, changes: { exceptTypes: [RRType.A] } },
  ];
  for (const { name, shape, changes } of rows) {
    test(name, () => {
      const { denials } = replies(changes);
      keep(denials, { ...plain, type: RRType.MX });
      expect(denials.reply(queryOctets({ type: RRType.MX, ...plain }), loopback, 0)).toBeDefined();
      expect(denials.reply(queryOctets(shape), loopback, 0)).toBeUndefined();
      expect(denials.counters.answers).toBe(1);
    });
  }

  test('everything while each query is to be seen', () => {
    let isOff = false;
    const { denials } = replies({ isOff: () => isOff });
    keep(denials, plain);
    isOff = true;
    expect(denials.reply(queryOctets(plain), loopback, 0)).toBeUndefined();
    expect(keep(denials, plain)).toBe(false);
  });

  test('everything once forgotten, and another proof', () => {
    const { denials, source } = replies();
    keep(denials, plain);
    source.number = 2;
    expect(denials.reply(queryOctets(plain), loopback, 0)).toBeUndefined();
    source.number = 1;
    denials.clear();
    expect([denials.size, denials.reply(queryOctets(plain), loopback, 0)]).toEqual([0, undefined]);
  });

  test('octets that are no query, of any length', () => {
    const { denials } = replies();
    keep(denials, plain);
    const query = queryOctets(plain);
    for (let end = 0; end < query.length; end++)
      expect(denials.reply(query.subarray(0, end), loopback, 0)).toBeUndefined();
    expect(denials.reply(new Uint8Array(5000), loopback, 0)).toBeUndefined();
  });
});

describe('not kept', () => {
  const rows: { name: string; change: (source: Source) => void; shape?: QueryShape; now?: number }[] = [
    { name: 'what is made of other records', change: (source) => source.changeTo({ made: [] }) },
    { name: 'TTLs that are not what is left', change: () => {}, now: 1 },
    {
      name: 'a name that shares more with one of the reply',
      change: () => {},
      shape: { ...plain, name: 'ns.zone.example.' },
    },
    { name: 'what nothing proves', change: (source) => source.changeTo({ number: 0 }) },
  ];
  for (const { name, change, shape = plain, now = 0 } of rows) {
    test(name, () => {
      const { denials, source } = replies();
      change(source);
      expect([keep(denials, shape, now), denials.size]).toEqual([false, 0]);
    });
  }

  test('what had not room enough to say everything', () => {
    const { denials } = replies({ udpOctets: slowReply(plain).length + 20 });
    expect(keep(denials, plain)).toBe(false);
  });

  test('damaged replies', () => {
    const { denials } = replies();
    const reply = slowReply(plain);
    for (let at = 12; at < reply.length; at++) {
      for (const octet of [0, 0x3f, 0xc0, 0xff]) {
        denials.keep({ reply: reply.with(at, octet), bits: bitsOf(plain), authority: sets }, 0);
        denials.keep({ reply: reply.subarray(0, at), bits: bitsOf(plain), authority: sets }, 0);
      }
    }
    expect(denials.size).toBeLessThanOrEqual(1);
  });
});

test('memory is bounded: the oldest templates go', () => {
  const { denials, source } = replies();
  for (source.number = 1; source.number <= 40_000; source.number++) keep(denials, plain);
  expect(denials.size).toBeGreaterThan(1000);
  expect(denials.size).toBeLessThan(40_000);
  source.number = 1;
  expect(denials.reply(queryOctets(plain), loopback, 0)).toBeUndefined();
});

test('a question that comes again is given away as a whole', () => {
  const whole: Uint8Array[] = [];
  const { denials } = replies({ keepWhole: (reply) => void whole.push(reply.slice()) });
  keep(denials, plain);
  denials.reply(queryOctets(plain), loopback, 0);
  expect(whole).toEqual([]);
  denials.reply(queryOctets(plain), loopback, 0);
  expect(whole).toEqual([slowReply(plain)]);
});

test('counted by what was asked, and shown now and then', () => {
  const samples: { question: Question; client: Uint8Array }[] = [];
  const { denials } = replies({ onSample: (question, client) => samples.push({ question, client }) });
  const shape: QueryShape = { flags: 0x30, edns: { dnssecOk: true } };
  keep(denials, { ...shape, name: 'first.zone.example.' });
  for (let index = 0; index < 32; index++) {
    const type = index < 30 ? RRType.AAAA : 65_280;
    const client = index === 0 ? new Uint8Array(16) : loopback;
    denials.reply(queryOctets({ ...shape, name: `H${index}.zone.example.`, type }), client, 0);
  }
  const { answers, ipv6, dnssecOk, authenticData, checkingDisabled } = denials.counters;
  expect([answers, ipv6, dnssecOk, authenticData, checkingDisabled]).toEqual([32, 1, 32, 32, 32]);
  expect([...denials.counters.typeCounts()]).toEqual([
    [RRType.AAAA, 30],
    [65_280, 2],
  ]);
  expect(samples.map(({ question, client }) => [nameText(question.name), question.type, client])).toEqual([
    ['H15.zone.example.', RRType.AAAA, loopback],
    ['H31.zone.example.', 65_280, loopback],
  ]);
  expect(nameOf('H15.zone.example.').equals(samples[0]?.question.name ?? nameOf('.'))).toBe(true);
});
