import { describe, expect, it } from 'vitest';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import {
  compareOctets,
  groupIntoRRsets,
  type ResourceRecord,
  rrsetKey,
  sameOctets,
  typeCovered,
} from '../../src/wire/record.ts';
import { hex, octetsOf, toHex, u16 } from './octets.ts';

function record(
  owner: string,
  type: number,
  rdata: Uint8Array,
  ttl = 300,
  rrclass: number = RRClass.IN,
): ResourceRecord {
  return { name: nameOf(owner), type, class: rrclass, ttl, rdata };
}

const signature = (type: number, last: number) => octetsOf(u16(type), new Uint8Array(16), 0, last);

describe('groupIntoRRsets', () => {
  it('groups by owner in any letter case, class and type, in order of appearance', () => {
    const sets = groupIntoRRsets([
      record('b.example.', RRType.A, hex('01')),
      record('a.example.', RRType.A, hex('02')),
      record('B.Example.', RRType.A, hex('03'), 60),
      record('b.example.', RRType.TXT, hex('04')),
      record('b.example.', RRType.A, hex('05'), 300, RRClass.CH),
    ]);
    expect(
      sets.map(({ name, type, class: rrclass, ttl, rdatas }) => [
        nameText(name),
        type,
        rrclass,
        ttl,
        rdatas.map(toHex),
      ]),
    ).toEqual([
      ['b.example.', RRType.A, RRClass.IN, 60, ['01', '03']],
      ['a.example.', RRType.A, RRClass.IN, 300, ['02']],
      ['b.example.', RRType.TXT, RRClass.IN, 300, ['04']],
      ['b.example.', RRType.A, RRClass.CH, 300, ['05']],
    ]);
  });

  it('puts signatures with what they cover', () => {
    const sets = groupIntoRRsets([
      record('example.', RRType.RRSIG, signature(RRType.A, 1), 60),
      record('example.', RRType.A, hex('01')),
      record('example.', RRType.RRSIG, signature(RRType.A, 2)),
      record('example.', RRType.RRSIG, signature(RRType.NS, 3)),
    ]);
    expect(sets.map(({ type, ttl, rdatas, signatures }) => [type, ttl, rdatas.length, signatures.length])).toEqual([
      [RRType.A, 60, 1, 2],
      [RRType.NS, 300, 0, 1],
    ]);
  });

  it('keeps an RRSIG that is too short as a set of its own type', () => {
    const sets = groupIntoRRsets([record('example.', RRType.RRSIG, hex('0001'))]);
    expect(sets.map(({ type, rdatas }) => [type, rdatas.length])).toEqual([[RRType.RRSIG, 1]]);
  });

  it('takes the least TTL (RFC 2181 5.2)', () => {
    const sets = groupIntoRRsets([1, 3, 2].map((ttl) => record('example.', RRType.A, hex(`0${ttl}`), ttl * 100)));
    expect(sets[0]?.ttl).toBe(100);
  });

  it('drops duplicates, in small sets and large ones', () => {
    for (const count of [3, 15, 16, 17, 1000]) {
      const records = Array.from({ length: count }, (_, index) => record('example.', RRType.A, u16(index)));
      const [set] = groupIntoRRsets([...records, ...records, ...records]);
      expect(set?.rdatas).toHaveLength(count);
    }
  });
});

describe('keys and octets', () => {
  it('a key tells names and types apart', () => {
    const keys = [
      rrsetKey(nameOf('a.'), 1),
      rrsetKey(nameOf('a.'), 256),
      rrsetKey(nameOf('b.'), 1),
      rrsetKey(nameOf('a.a.'), 1),
    ];
    expect(new Set(keys).size).toBe(4);
    expect(rrsetKey(nameOf('A.'), 1)).toBe(keys[0]);
  });

  it('the type covered', () => {
    expect(typeCovered(signature(RRType.CAA, 0))).toBe(257);
  });

  const rows = [
    { left: '', right: '', want: 0 },
    { left: '', right: '00', want: -1 },
    { left: '7f', right: '80', want: -1 },
    { left: '01ff', right: '02', want: -1 },
    { left: '0100', right: '01', want: 1 },
    { left: '0102', right: '0102', want: 0 },
  ];
  it.each(rows)('$left and $right (RFC 4034 6.3)', ({ left, right, want }) => {
    expect(Math.sign(compareOctets(hex(left), hex(right)))).toBe(want);
    expect(Math.sign(compareOctets(hex(right), hex(left)))).toBe(want === 0 ? 0 : -want);
    expect(sameOctets(hex(left), hex(right))).toBe(want === 0);
  });
});
