import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RRType } from '../../src/wire/constants.ts';
import { extendedErrors } from '../../src/wire/edns.ts';
import { parseMessage, parseQuestion, parseTruncated } from '../../src/wire/message.ts';
import { nameText, parseName } from '../../src/wire/name-text.ts';
import { MAX_EXPANDED_NAME_OCTETS } from '../../src/wire/reader.ts';
import { groupIntoRRsets } from '../../src/wire/record.ts';
import { arbitraryDamagedMessage, arbitraryPieces, arbitraryPlan, build } from './arbitraries.ts';
import { hex, octetsOf, toHex, u16 } from './octets.ts';

/** Everything that reads a message from the network; throws when one of them does. */
function readEverything(octets: Uint8Array): void {
  parseQuestion(octets);
  parseTruncated(octets);
  const parsed = parseMessage(octets);
  if (!parsed.ok) {
    expect(parsed.offset).toBeGreaterThanOrEqual(0);
    return;
  }
  const { message } = parsed;
  extendedErrors(message.edns);
  for (const section of [message.answer, message.authority, message.additional]) {
    for (const rrset of groupIntoRRsets(section)) expect(parseName(nameText(rrset.name)).ok).toBe(true);
  }
}

describe('parse of any octets never throws', () => {
  it('random octets', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), readEverything), { numRuns: 2000 });
  });

  it('random octets behind a header that promises records', () => {
    const counted = fc
      .tuple(fc.integer({ min: 0, max: 20 }), fc.uint8Array({ maxLength: 300 }))
      .map(([count, octets]) => octetsOf(hex('1234 8180 0001'), u16(count), u16(0), u16(0), octets));
    fc.assert(fc.property(counted, readEverything), { numRuns: 1000 });
  });

  it('pieces that parsers stumble over', () => {
    fc.assert(fc.property(arbitraryPieces, readEverything), { numRuns: 3000 });
  });

  it('messages with damage', () => {
    fc.assert(fc.property(arbitraryDamagedMessage, readEverything), { numRuns: 1500 });
  });
});

describe('parse of hostile messages ends soon', () => {
  const maxMs = 2000;
  const question = hex('00 0001 0001');
  const many = (count: number, octets: Uint8Array) => octetsOf(...Array.from({ length: count }, () => octets));
  const deep = octetsOf(many(120, octetsOf(1, 'x')), 0);
  const rows = [
    {
      name: 'the largest message of records whose owners point at a deep name',
      octets: octetsOf(
        hex('1234 8180 0001'),
        u16(4000),
        u16(0),
        u16(0),
        deep,
        hex('00010001'),
        many(4000, hex('c00c 0001 0001 00000000 0000')),
      ),
    },
    {
      name: 'records whose RDATA points at a deep name',
      octets: octetsOf(
        hex('1234 8180 0001'),
        u16(4000),
        u16(0),
        u16(0),
        deep,
        hex('00010001'),
        many(4000, hex('c00c 000e 0001 00000000 0004 c00c c00c')),
      ),
    },
    {
      name: 'a chain of pointers, read again from each end',
      octets: octetsOf(
        hex('1234 8180 0001'),
        u16(0),
        u16(0),
        u16(3000),
        question,
        ...Array.from({ length: 3000 }, (_, index) =>
          octetsOf(u16(0xc000 | (index === 0 ? 12 : 17 + (index - 1) * 12)), hex('0001 0001 00000000 0000')),
        ),
      ),
    },
    {
      name: 'one set of thousands of records',
      octets: octetsOf(
        hex('1234 8180 0001'),
        u16(4000),
        u16(0),
        u16(0),
        question,
        ...Array.from({ length: 4000 }, (_, index) => octetsOf(hex('00 fff0 0001 00000000 0002'), u16(index))),
      ),
    },
    {
      name: 'an OPT record of thousands of options',
      octets: octetsOf(
        hex('1234 8180 0001'),
        u16(0),
        u16(0),
        u16(1),
        question,
        hex('00 0029 04d0 00000000'),
        u16(64000),
        many(16000, hex('000f 0000')),
      ),
    },
  ];
  it.each(rows)('$name', ({ octets }) => {
    const start = performance.now();
    readEverything(octets);
    expect(performance.now() - start).toBeLessThan(maxMs);
  });

  it('and what they take in memory is bounded', () => {
    fc.assert(
      fc.property(arbitraryPieces, (octets) => {
        const parsed = parseMessage(octets);
        if (!parsed.ok) return;
        const records = [...parsed.message.answer, ...parsed.message.authority, ...parsed.message.additional];
        const size = records.reduce((sum, { rdata }) => sum + rdata.length, 0);
        expect(size).toBeLessThanOrEqual(octets.length + MAX_EXPANDED_NAME_OCTETS);
      }),
    );
  });
});

describe('parse and build', () => {
  it('parse(build(m)) is m', () => {
    fc.assert(
      fc.property(arbitraryPlan, (plan) => {
        const { octets, written, hasEdns } = build(plan, 0xffff);
        expect(written).toHaveLength(plan.sets.length);
        const parsed = parseMessage(octets);
        if (!parsed.ok) throw new Error(`${parsed.code} at ${parsed.offset}`);
        const { message } = parsed;
        expect([message.header.id, message.header.flags]).toEqual([plan.id, plan.flags]);
        expect(message.question.name.equals(plan.question.name)).toBe(true);
        expect([message.question.type, message.question.class]).toEqual([plan.question.type, plan.question.class]);
        for (const section of ['answer', 'authority', 'additional'] as const) {
          const want = plan.sets
            .filter((set) => set.section === section)
            .flatMap(({ rrset }) => rrset.rdatas.map((rdata) => ({ ...rrset, rdata })));
          const text = ({
            name,
            type,
            class: rrclass,
            ttl,
            rdata,
          }: (typeof want)[number] | (typeof message.answer)[number]) =>
            `${toHex(name.octets)} ${type} ${rrclass} ${ttl} ${toHex(rdata)}`;
          expect(message[section].map(text)).toEqual(want.map(text));
        }
        expect(hasEdns).toBe(plan.edns !== undefined);
        expect(message.edns?.udpSize).toBe(plan.edns?.udpSize);
        expect(message.edns?.options.map(({ code, data }) => `${code} ${toHex(data)}`)).toEqual(
          plan.edns?.options.map(({ code, data }) => `${code} ${toHex(data)}`),
        );
        expect(message.rcode).toBe((plan.flags & 15) | ((plan.edns?.extendedRcode ?? 0) << 4));
      }),
      { numRuns: 500 },
    );
  });

  it('build never exceeds its limit, and what it wrote can be read', () => {
    fc.assert(
      fc.property(arbitraryPlan, fc.integer({ min: 512, max: 1500 }), (plan, limit) => {
        const { octets, written, hasEdns } = build(plan, limit);
        expect(octets.length).toBeLessThanOrEqual(limit);
        const parsed = parseMessage(octets);
        if (!parsed.ok) throw new Error(`${parsed.code} at ${parsed.offset}`);
        const { answer, authority, additional, edns } = parsed.message;
        const records = [...answer, ...authority, ...additional];
        expect(records).toHaveLength(written.reduce((sum, { rrset }) => sum + rrset.rdatas.length, 0));
        expect(edns !== undefined).toBe(hasEdns);
        for (const record of records) expect(record.type).not.toBe(RRType.OPT);
      }),
      { numRuns: 500 },
    );
  });

  it('building is the same a second time, whatever was taken back before', () => {
    fc.assert(
      fc.property(arbitraryPlan, (plan) => {
        expect(toHex(build(plan, 700).octets)).toBe(toHex(build(plan, 700).octets));
      }),
      { numRuns: 50 },
    );
  });
});
