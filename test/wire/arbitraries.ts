// Arbitrary names, records and messages for property tests, and octets that are nearly messages.
import fc from 'fast-check';
import { RRType } from '../../src/wire/constants.ts';
import type { EdnsOption } from '../../src/wire/edns.ts';
import { DomainName } from '../../src/wire/name.ts';
import type { RRset } from '../../src/wire/record.ts';
import { MessageWriter, type Section } from '../../src/wire/writer.ts';
import { hex, octetsOf, u16 } from './octets.ts';
import { rdataSamples } from './rdata-samples.ts';

const letter = fc.integer({ min: 0x61, max: 0x63 });
/** Few letters, so that names share suffixes; sometimes any octets. No upper case: compression does not keep it. */
const label = fc.oneof(
  { weight: 6, arbitrary: fc.array(letter, { minLength: 1, maxLength: 2 }).map((octets) => Uint8Array.from(octets)) },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ minLength: 1, maxLength: 63 })
      .map((octets) => octets.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet))),
  },
);

export const arbitraryName = fc
  .array(label, { maxLength: 5 })
  .map((labels) => DomainName.fromLabels(labels) ?? DomainName.root);

/** A name of any octets, upper case included. */
export const arbitraryMixedCaseName = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 6 })
  .map((labels) => DomainName.fromLabels(labels) ?? DomainName.root);

const u8 = fc.uint8Array({ minLength: 1, maxLength: 1 });
const short = fc.uint8Array({ minLength: 2, maxLength: 2 });
const nameOctets = arbitraryName.map(({ octets }) => octets);
const text = fc.uint8Array({ maxLength: 20 }).map((octets) => octetsOf(octets.length, octets));
const some = fc.uint8Array({ minLength: 1, maxLength: 40 });

function joined(...parts: fc.Arbitrary<Uint8Array>[]): fc.Arbitrary<Uint8Array> {
  return fc.tuple(...parts).map((octets) => octetsOf(...octets));
}

function fixed(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

const wellFormed: readonly [number, fc.Arbitrary<Uint8Array>][] = [
  [RRType.A, fixed(4)],
  [RRType.AAAA, fixed(16)],
  [RRType.NS, nameOctets],
  [RRType.CNAME, nameOctets],
  [RRType.DNAME, nameOctets],
  [RRType.PTR, nameOctets],
  [RRType.MX, joined(short, nameOctets)],
  [RRType.SOA, joined(nameOctets, nameOctets, fixed(20))],
  [RRType.TXT, fc.array(text, { minLength: 1, maxLength: 4 }).map((texts) => octetsOf(...texts))],
  [RRType.SRV, joined(fixed(6), nameOctets)],
  [RRType.NAPTR, joined(fixed(4), text, text, text, nameOctets)],
  [RRType.MINFO, joined(nameOctets, nameOctets)],
  [RRType.DS, joined(fixed(4), some)],
  [RRType.DNSKEY, joined(fixed(4), some)],
  [RRType.RRSIG, joined(fixed(18), nameOctets, some)],
  [RRType.NSEC, joined(nameOctets, fc.constantFrom(hex('000140'), hex('0006400100000003')))],
  [
    RRType.NSEC3,
    joined(
      fixed(4),
      text,
      fixed(20).map((hash) => octetsOf(20, hash)),
      fc.constant(hex('000140')),
    ),
  ],
  [RRType.CAA, joined(u8, fc.constant(octetsOf(5, 'issue')), some)],
  [RRType.SVCB, joined(short, nameOctets, fc.constant(hex('000300020035')))],
  [65280, fc.uint8Array({ maxLength: 40 })],
];

/** A type and RDATA that it can have, names in lower case. */
export const arbitraryRdata: fc.Arbitrary<{ readonly type: number; readonly rdata: Uint8Array }> = fc.oneof(
  ...wellFormed.map(([type, rdata]) => rdata.map((octets) => ({ type, rdata: octets }))),
);

export const arbitraryRRset: fc.Arbitrary<RRset> = fc.constantFrom(...wellFormed).chain(([type, rdata]) =>
  fc.record({
    name: arbitraryName,
    type: fc.constant(type),
    class: fc.constantFrom(1, 1, 1, 3),
    ttl: fc.integer({ min: 0, max: 0x7fffffff }),
    rdatas: fc.array(rdata, { minLength: 1, maxLength: 4 }),
    signatures: fc.constant([]),
  }),
);

/** What a message is built from. */
export interface MessagePlan {
  readonly id: number;
  readonly flags: number;
  readonly question: { readonly name: DomainName; readonly type: number; readonly class: number };
  readonly sets: readonly { readonly section: Section; readonly rrset: RRset }[];
  readonly edns:
    | { readonly udpSize: number; readonly extendedRcode: number; readonly options: readonly EdnsOption[] }
    | undefined;
}

const sections: readonly Section[] = ['answer', 'authority', 'additional'];

export const arbitraryPlan: fc.Arbitrary<MessagePlan> = fc.record({
  id: fc.integer({ min: 0, max: 0xffff }),
  flags: fc.integer({ min: 0, max: 0xffff }),
  question: fc.record({ name: arbitraryName, type: fc.integer({ min: 0, max: 0xffff }), class: fc.constant(1) }),
  sets: fc
    .array(fc.record({ section: fc.constantFrom(...sections), rrset: arbitraryRRset }), { maxLength: 8 })
    .map((sets) => sections.flatMap((section) => sets.filter((set) => set.section === section))),
  edns: fc.option(
    fc.record({
      udpSize: fc.integer({ min: 0, max: 0xffff }),
      extendedRcode: fc.integer({ min: 0, max: 0xff }),
      options: fc.array(
        fc.record({ code: fc.integer({ min: 0, max: 0xffff }), data: fc.uint8Array({ maxLength: 30 }) }),
        {
          maxLength: 5,
        },
      ),
    }),
    { nil: undefined },
  ),
});

/** Writes a plan; `written` are the sets that fitted. */
export function build(
  plan: MessagePlan,
  limit: number,
): { readonly octets: Uint8Array; readonly written: MessagePlan['sets']; readonly hasEdns: boolean } {
  const writer = new MessageWriter();
  writer.reset(plan.id, plan.flags, limit);
  writer.question(plan.question);
  const written = plan.sets.filter(({ section, rrset }) => writer.rrset(section, rrset, rrset.ttl, false));
  const { edns } = plan;
  const hasEdns = edns !== undefined && writer.edns(edns.udpSize, edns.extendedRcode, 0, 0x8000, edns.options);
  return { octets: writer.finish(), written, hasEdns };
}

/** A well-formed message with some octets changed, cut or added. */
export const arbitraryDamagedMessage: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    arbitraryPlan,
    fc.array(fc.tuple(fc.nat(), fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0xc0, 0x3f, 0x40, 0xff))), {
      maxLength: 6,
    }),
    fc.option(fc.nat()),
  )
  .map(([plan, changes, cut]) => {
    const { octets } = build(plan, 0xffff);
    for (const [where, octet] of changes) octets[where % octets.length] = octet;
    return cut === null ? octets : octets.slice(0, cut % (octets.length + 1));
  });

/** A header with counts, then pieces that parsers stumble over: pointers, labels, record heads of known types. */
export const arbitraryPieces: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 }),
    fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 80 }).map((target) => u16(0xc000 | target)),
        label.map((octets) => octetsOf(octets.length, octets)),
        fc.constantFrom(hex('00'), hex('0000'), hex('3f'), hex('c0'), hex('40'), hex('0029'), hex('ffff')),
        fc
          .tuple(fc.constantFrom(...Object.values(RRType)), fc.integer({ min: 0, max: 30 }))
          .map(([type, length]) => octetsOf(u16(type), hex('0001 00000e10'), u16(length))),
      ),
      { maxLength: 40 },
    ),
  )
  .map(([counts, pieces]) => octetsOf(hex('1234 8180 0001'), ...counts.map(u16), ...pieces));

/** RDATA of the samples with octets changed, cut or added, and RDATA that is well formed. */
export const arbitraryNearRdata: fc.Arbitrary<{ readonly type: number; readonly rdata: Uint8Array }> = fc.oneof(
  arbitraryRdata,
  fc
    .tuple(
      fc.constantFrom(...rdataSamples),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      fc.option(fc.nat()),
      fc.uint8Array({ maxLength: 3 }),
    )
    .map(([sample, changes, cut, added]) => {
      const octets = octetsOf(hex(sample.hex), added);
      for (const [where, octet] of changes) octets[where % Math.max(1, octets.length)] = octet;
      const type = RRType[sample.type as keyof typeof RRType];
      return { type, rdata: cut === null ? octets : octets.slice(0, cut % (octets.length + 1)) };
    }),
);
