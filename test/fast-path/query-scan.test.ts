import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QueryBit, QueryScan } from '../../src/fast-path/query-scan.ts';
import { parseRequest } from '../../src/server/request.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { type QueryShape, queryOctets } from '../server/support/queries.ts';
import { testSeed } from '../support/seeded-random.ts';

const OFFSET = 128;
const memory = new Uint8Array(8192);

function scanned(octets: Uint8Array, seed = 7): QueryScan | undefined {
  memory.fill(0xaa);
  memory.set(octets, OFFSET);
  const scan = new QueryScan(seed);
  return scan.scan(memory, OFFSET, octets.length) ? scan : undefined;
}

const cookie = (octets: number) => ({ code: 10, data: new Uint8Array(octets) });
const longest = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}.`;

describe('plain queries', () => {
  const rows: { name: string; shape: QueryShape; bits: number; udpOctets?: number }[] = [
    { name: 'without EDNS', shape: {}, bits: 0 },
    { name: 'AD and CD', shape: { flags: HeaderFlag.AD | HeaderFlag.CD }, bits: QueryBit.AD | QueryBit.CD },
    { name: 'EDNS', shape: { edns: {} }, bits: QueryBit.EDNS, udpOctets: 1232 },
    { name: 'DO', shape: { edns: { dnssecOk: true } }, bits: QueryBit.EDNS | QueryBit.DO, udpOctets: 1232 },
    { name: 'an offer below 512', shape: { edns: { udpSize: 100 } }, bits: QueryBit.EDNS },
    { name: 'the largest offer', shape: { edns: { udpSize: 0xffff } }, bits: QueryBit.EDNS, udpOctets: 0xffff },
    { name: 'a client cookie', shape: { edns: { options: [cookie(8)] } }, bits: QueryBit.EDNS, udpOctets: 1232 },
    { name: 'a full cookie', shape: { edns: { options: [cookie(40)] } }, bits: QueryBit.EDNS, udpOctets: 1232 },
    { name: 'the root', shape: { name: '.', type: 'NS' }, bits: 0 },
    { name: 'the longest name', shape: { name: longest }, bits: 0 },
  ];
  for (const { name, shape, bits, udpOctets = 512 } of rows) {
    test(`${name}: read without anything being made`, () => {
      const octets = queryOctets(shape);
      const scan = scanned(octets);
      expect(scan).toMatchObject({ bits, udpOctets });
      expect(scan?.questionEnd).toBe(OFFSET + 12 + (scan?.nameOctets ?? 0) + 4);
    });
  }

  test('letter case, ID and size change nothing about what is looked for', () => {
    const hash = scanned(queryOctets({ name: 'www.example.' }))?.hash;
    expect(scanned(queryOctets({ name: 'wWw.EXAMPLE.', id: 9 }))?.hash).toBe(hash);
    expect(scanned(queryOctets({ name: 'www.example.', type: 'AAAA' }))?.hash).not.toBe(hash);
    expect(scanned(queryOctets({ name: 'www.example.' }), 8)?.hash).not.toBe(hash);
  });
});

describe('queries for the slow path', () => {
  const plain = queryOctets({ edns: {} });
  const changed = (at: number, value: number) => plain.map((octet, index) => (index === at ? value : octet));
  const rows: { name: string; octets: Uint8Array }[] = [
    { name: 'a reply', octets: queryOctets({ flags: HeaderFlag.QR }) },
    { name: 'RD clear', octets: queryOctets({ noRecursion: true }) },
    { name: 'TC', octets: queryOctets({ flags: HeaderFlag.TC }) },
    { name: 'opcode STATUS', octets: queryOctets({ opcode: 2 }) },
    { name: 'class CH', octets: queryOctets({ class: 3 }) },
    { name: 'two questions', octets: changed(5, 2) },
    { name: 'an answer', octets: changed(7, 1) },
    { name: 'two additional records', octets: changed(11, 2) },
    { name: 'the Z bit', octets: changed(3, 0x40) },
    { name: 'EDNS version 1', octets: queryOctets({ edns: { version: 1 } }) },
    { name: 'an unknown EDNS flag', octets: queryOctets({ edns: { flags: 1 } }) },
    { name: 'NSID', octets: queryOctets({ edns: { options: [{ code: 3, data: new Uint8Array(0) }] } }) },
    { name: 'a client subnet', octets: queryOctets({ edns: { options: [{ code: 8, data: new Uint8Array(4) }] } }) },
    { name: 'a cookie of 9 octets', octets: queryOctets({ edns: { options: [cookie(9)] } }) },
    { name: 'two cookies', octets: queryOctets({ edns: { options: [cookie(8), cookie(8)] } }) },
    { name: 'an octet too many', octets: Uint8Array.from([...plain, 0]) },
    { name: 'an octet too few', octets: plain.subarray(0, plain.length - 1) },
    { name: 'nothing but a header', octets: plain.subarray(0, 12) },
    { name: 'nothing', octets: new Uint8Array(0) },
    { name: 'a compressed name', octets: changed(12, 0xc0) },
    { name: 'a label of 64', octets: changed(12, 64) },
    { name: 'a label beyond the end', octets: changed(12, 63) },
  ];
  for (const { name, octets } of rows) {
    test(`${name} is left alone`, () => expect(scanned(octets)).toBeUndefined());
  }

  test('a name of 256 octets is left alone', () => {
    const labels = [63, 63, 63, 62].flatMap((length) => [length, ...new Array<number>(length).fill(0x61)]);
    const octets = Uint8Array.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
    expect(labels.length + 1).toBe(256);
    expect(scanned(octets)).toBeUndefined();
    expect(parseRequest(octets)).toMatchObject({ kind: 'error' });
  });
});

/** A query with some of its octets exchanged, cut or added. */
const damaged = fc
  .record({
    shape: fc.record({
      name: fc.constantFrom('.', 'example.', 'WWW.Example.', longest),
      type: fc.constantFrom(1, 28, 255, 0xffff),
      flags: fc.constantFrom(0, HeaderFlag.AD, HeaderFlag.CD),
      edns: fc.option(
        fc.record({
          udpSize: fc.nat(0xffff),
          dnssecOk: fc.boolean(),
          options: fc.array(
            fc.record({ code: fc.constantFrom(3, 8, 10, 12), data: fc.uint8Array({ maxLength: 42 }) }),
            { maxLength: 2 },
          ),
        }),
        { nil: undefined },
      ),
    }),
    changes: fc.array(fc.record({ at: fc.nat(400), value: fc.nat(255) }), { maxLength: 3 }),
    cut: fc.option(fc.nat(300), { nil: undefined }),
    more: fc.uint8Array({ maxLength: 3 }),
  })
  .map(({ shape, changes, cut, more }) => {
    const { edns, ...rest } = shape;
    const octets = Uint8Array.from([...queryOctets(edns === undefined ? rest : { ...rest, edns }), ...more]);
    for (const { at, value } of changes) if (at < octets.length) octets[at] = value;
    return octets.slice(0, cut);
  });

test('whatever is taken for plain, the slow path reads the same way (property)', () => {
  fc.assert(
    fc.property(damaged, (octets) => {
      const scan = scanned(octets);
      if (scan === undefined) return;
      const parsed = parseRequest(octets);
      // Questions that are refused whatever is known never get into the cache.
      if (parsed.kind === 'error' && !parsed.malformed && parsed.frame.question !== undefined) return;
      if (parsed.kind !== 'request') throw new Error(`the slow path sees: ${parsed.kind}`);
      const { request } = parsed;
      expect(scan.type).toBe(request.question.type);
      expect(scan.nameOctets).toBe(request.question.name.octets.length);
      expect(scan.bits).toBe(
        (request.authenticData ? QueryBit.AD : 0) |
          (request.checkingDisabled ? QueryBit.CD : 0) |
          (request.dnssecOk ? QueryBit.DO : 0) |
          (request.edns === undefined ? 0 : QueryBit.EDNS),
      );
      expect(scan.udpOctets).toBe(Math.max(512, request.edns?.udpSize ?? 0));
      expect(request.recursionDesired).toBe(true);
    }),
    { seed: testSeed(), numRuns: 3000 },
  );
});

test('a query that a reply has overwritten can be put back, but for its cookie (property)', () => {
  fc.assert(
    fc.property(damaged, (octets) => {
      const scan = scanned(octets);
      if (scan === undefined) return;
      const questionOctets = scan.questionEnd - OFFSET;
      memory.fill(0xff, OFFSET + 2, OFFSET + 12);
      memory.fill(0xff, scan.questionEnd, scan.questionEnd + 600);
      scan.restore(memory, OFFSET);
      const restored = memory.slice(OFFSET, OFFSET + octets.length);
      expect(restored.subarray(0, questionOctets)).toEqual(octets.subarray(0, questionOctets));
      const before = parseRequest(octets);
      const after = parseRequest(restored);
      expect(after.kind).toBe(before.kind);
      if (before.kind !== 'request' || after.kind !== 'request') return;
      expect({ ...after.request, edns: after.request.edns?.udpSize }).toEqual({
        ...before.request,
        edns: before.request.edns === undefined ? undefined : Math.max(512, before.request.edns.udpSize),
      });
    }),
    { seed: testSeed(), numRuns: 2000 },
  );
});
