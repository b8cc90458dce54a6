import { describe, expect, it } from 'vitest';
import { RRType } from '../../src/wire/constants.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { MAX_EXPANDED_NAME_OCTETS, WireError, WireReader } from '../../src/wire/reader.ts';
import { hex, octetsOf, toHex, u16 } from './octets.ts';

/** What reading gives: text, or the error's code. */
function outcome(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

describe('names', () => {
  const longLabel = octetsOf(63, 'a'.repeat(63));
  const rows = [
    { name: 'the root', octets: hex('00'), at: 0, want: '.', end: 1 },
    { name: 'labels', octets: octetsOf(1, 'a', 2, 'bc', 0), at: 0, want: 'a.bc.', end: 6 },
    { name: 'a pointer back (RFC 1035 4.1.4)', octets: octetsOf(1, 'a', 0, 0xc0, 0), at: 3, want: 'a.', end: 5 },
    { name: 'labels and a pointer back', octets: octetsOf(1, 'a', 0, 1, 'b', 0xc0, 0), at: 3, want: 'b.a.', end: 7 },
    {
      name: 'pointers to pointers, each further back',
      octets: octetsOf(1, 'a', 0, 0xc0, 0, 0xc0, 3),
      at: 5,
      want: 'a.',
      end: 7,
    },
    {
      name: 'a pointer into the middle of a name',
      octets: octetsOf(1, 'a', 1, 'b', 0, 0xc0, 2),
      at: 5,
      want: 'b.',
      end: 7,
    },
    { name: 'a pointer to itself', octets: octetsOf(1, 'a', 0, 0xc0, 3), at: 3, want: 'bad-pointer' },
    { name: 'a pointer to its own labels', octets: octetsOf(1, 'a', 0xc0, 0), at: 0, want: 'bad-pointer' },
    { name: 'a pointer forward', octets: octetsOf(0xc0, 2, 1, 'a', 0), at: 0, want: 'bad-pointer' },
    { name: 'two pointers at each other', octets: octetsOf(0xc0, 2, 0xc0, 0), at: 2, want: 'bad-pointer' },
    {
      name: 'a pointer back to a pointer forward',
      octets: octetsOf(0xc0, 2, 1, 'a', 0, 0xc0, 0),
      at: 5,
      want: 'bad-pointer',
    },
    {
      name: 'a pointer back, whose labels run into the pointer',
      octets: octetsOf(1, 'a', 0xc0, 0),
      at: 2,
      want: 'bad-pointer',
    },
    { name: 'a pointer beyond the message', octets: octetsOf(0xff, 0xff), at: 0, want: 'bad-pointer' },
    { name: 'half a pointer', octets: octetsOf(1, 'a', 0, 0xc0), at: 3, want: 'truncated' },
    { name: 'a label of type 01 (RFC 6891 5)', octets: octetsOf(0x41, 'a', 0), at: 0, want: 'bad-label' },
    { name: 'a label of type 10', octets: octetsOf(0x80, 'a', 0), at: 0, want: 'bad-label' },
    { name: 'a label beyond the end', octets: octetsOf(3, 'ab'), at: 0, want: 'truncated' },
    { name: 'no root label', octets: octetsOf(1, 'a'), at: 0, want: 'truncated' },
    { name: 'nothing', octets: hex(''), at: 0, want: 'truncated' },
    {
      name: '255 octets over a pointer (RFC 1035 2.3.4)',
      octets: octetsOf(longLabel, longLabel, longLabel, 0, 61, 'b'.repeat(61), 0xc0, 0),
      at: 193,
      want: `${'b'.repeat(61)}.${`${'a'.repeat(63)}.`.repeat(3)}`,
      end: 257,
    },
    {
      name: '256 octets over a pointer',
      octets: octetsOf(longLabel, longLabel, longLabel, 0, 62, 'b'.repeat(62), 0xc0, 0),
      at: 193,
      want: 'name-too-long',
    },
    {
      name: '256 octets in one piece',
      octets: octetsOf(longLabel, longLabel, longLabel, 62, 'b'.repeat(62), 0),
      at: 0,
      want: 'name-too-long',
    },
  ];
  it.each(rows)('$name', ({ octets, at, want, end }) => {
    const reader = new WireReader(octets);
    reader.offset = at;
    expect(outcome(() => nameText(reader.name()))).toBe(want);
    if (end !== undefined) expect(reader.offset).toBe(end);
  });

  it('refuses a pointer into the header, in front of where reading began', () => {
    const octets = octetsOf(1, 'a', 0, new Uint8Array(9), 1, 'b', 0xc0, 0);
    expect(outcome(() => nameText(new WireReader(octets, 12).name()))).toBe('bad-pointer');
  });

  it('reads a name once for each offset and shares it', () => {
    const reader = new WireReader(octetsOf(1, 'a', 0, 0xc0, 0, 0xc0, 3, 0xc0, 0));
    const names = [reader.name(), reader.name(), reader.name(), reader.name()];
    expect(new Set(names.map((name) => name.key)).size).toBe(1);
    expect(names[1]).toBe(names[0]);
    expect(names[3]).toBe(names[0]);
  });

  it('follows 126 pointers and stops at the length of the name', () => {
    // Each name is one label and a pointer to the name before.
    const parts: (number | string | Uint8Array)[] = [1, 'a', 0];
    let last = 0;
    for (let offset = 3; parts.length < 3 + 127 * 3; offset += 4) {
      parts.push(1, 'a', octetsOf(0xc0 | (last >> 8), last & 0xff));
      last = offset;
    }
    const reader = new WireReader(octetsOf(...parts));
    reader.offset = 3 + 125 * 4;
    expect(outcome(() => String(reader.name().labelCount))).toBe('127');
    expect(outcome(() => nameText(reader.name()))).toBe('name-too-long');
  });

  it('gives up when names expand to too many octets', () => {
    // A name of 254 octets, then names of one octet more, each at an offset of its own.
    const base = octetsOf(...Array.from({ length: 126 }, () => octetsOf(1, 'x')), 0);
    const one = octetsOf(1, 'y', 0xc0, 0);
    const count = Math.ceil(MAX_EXPANDED_NAME_OCTETS / 255) + 1;
    const reader = new WireReader(octetsOf(base, ...Array.from({ length: count }, () => one)));
    reader.name();
    let read = 0;
    expect(
      outcome(() => {
        for (;;) {
          reader.name();
          read++;
        }
      }),
    ).toBe('names-too-large');
    expect(read).toBe(Math.floor((MAX_EXPANDED_NAME_OCTETS - base.length) / 255));
  });
});

describe('names that are read again', () => {
  it.each([2, 12, 13, 40])('are shared, also with %d names before them', (count) => {
    const names = Array.from({ length: count }, (_, index) => octetsOf(2, `n${index % 10}`, 0));
    const pointers = names.map((_, index) => octetsOf(0xc0, 4 * index));
    const reader = new WireReader(octetsOf(...names, ...pointers));
    const read = names.map(() => reader.name());
    expect(pointers.map(() => reader.name())).toEqual(read);
    expect(reader.remaining).toBe(0);
  });
});

describe('numbers and octets', () => {
  it('reads to the last octet and no further', () => {
    const reader = new WireReader(hex('01 0203 ffffffff 04'));
    expect([reader.u8(), reader.u16(), reader.u32(), reader.remaining]).toEqual([1, 0x203, 0xffffffff, 1]);
    expect(outcome(() => String(reader.u16()))).toBe('truncated');
    expect(outcome(() => String(reader.u32()))).toBe('truncated');
    expect(outcome(() => String(reader.take(2)))).toBe('truncated');
    expect(outcome(() => String(reader.skip(2)))).toBe('truncated');
    expect(reader.take(1)).toEqual(hex('04'));
    expect(outcome(() => String(reader.u8()))).toBe('truncated');
  });

  it('copies', () => {
    const octets = hex('0102');
    const copy = new WireReader(octets).take(2);
    octets[0] = 9;
    expect(copy).toEqual(hex('0102'));
  });

  it('gives views where these are asked for, and copies of nothing', () => {
    const octets = hex('0102 c0000201');
    const reader = new WireReader(octets, 0, true);
    const views = [reader.take(2), reader.rdata(RRType.A, 4)];
    octets.fill(9);
    expect(views).toEqual([hex('0909'), hex('09090909')]);
  });
});

describe('RDATA', () => {
  /** A name `example.` at 0, then the RDATA, which may point at it. */
  const front = octetsOf(7, 'example', 0);
  const example = toHex(front);

  function read(type: number, rdata: Uint8Array, length = rdata.length, behind: Uint8Array = hex('ffff')): string {
    const reader = new WireReader(octetsOf(front, rdata, behind));
    reader.name();
    return outcome(() => {
      const octets = reader.rdata(type, length);
      expect(reader.offset).toBe(front.length + length);
      // A record without names whose length is wrong is passed over; the rest of the message counts.
      return octets === undefined ? 'passed over' : toHex(octets);
    });
  }

  const pointer = hex('c000');
  const decompressed: { type: keyof typeof RRType; rdata: Uint8Array; want: string }[] = [
    ...(['NS', 'MD', 'MF', 'CNAME', 'MB', 'MG', 'MR', 'PTR', 'DNAME'] as const).map((type) => ({
      type,
      rdata: pointer,
      want: example,
    })),
    {
      type: 'SOA',
      rdata: octetsOf(pointer, 1, 'h', pointer, new Uint8Array(20)),
      want: `${example}0168${example}${'00'.repeat(20)}`,
    },
    { type: 'MINFO', rdata: octetsOf(pointer, pointer), want: example + example },
    { type: 'RP', rdata: octetsOf(pointer, pointer), want: example + example },
    { type: 'MX', rdata: octetsOf(0, 10, pointer), want: `000a${example}` },
    { type: 'AFSDB', rdata: octetsOf(0, 1, pointer), want: `0001${example}` },
    { type: 'RT', rdata: octetsOf(0, 1, pointer), want: `0001${example}` },
    { type: 'KX', rdata: octetsOf(0, 1, pointer), want: `0001${example}` },
    { type: 'PX', rdata: octetsOf(0, 1, pointer, pointer), want: `0001${example}${example}` },
    { type: 'SRV', rdata: octetsOf(0, 0, 0, 1, 0, 53, pointer), want: `000000010035${example}` },
    {
      type: 'NAPTR',
      rdata: octetsOf(0, 1, 0, 2, 1, 's', 0, 1, 'r', pointer),
      want: `000100020173000172${example}`,
    },
    { type: 'SIG', rdata: octetsOf(new Uint8Array(18), pointer, 1, 2), want: `${'00'.repeat(18)}${example}0102` },
    { type: 'NXT', rdata: octetsOf(pointer, 0x62), want: `${example}62` },
  ];
  it.each(decompressed)('$type: compressed names are expanded (RFC 3597 4)', ({ type, rdata, want }) => {
    expect(read(RRType[type], rdata)).toBe(want);
  });

  const refused: { type: keyof typeof RRType; rdata: Uint8Array }[] = [
    { type: 'RRSIG', rdata: octetsOf(new Uint8Array(18), pointer, 1, 2) },
    { type: 'NSEC', rdata: octetsOf(pointer, 0, 1, 0x40) },
    { type: 'SVCB', rdata: octetsOf(0, 1, pointer) },
    { type: 'HTTPS', rdata: octetsOf(0, 1, pointer) },
    { type: 'LP', rdata: octetsOf(0, 1, pointer) },
    { type: 'TALINK', rdata: octetsOf(pointer, pointer) },
  ];
  it.each(refused)(
    '$type: compressed names are refused (RFC 3597 4, RFC 4034 3.1.7, RFC 9460 2.2)',
    ({ type, rdata }) => {
      expect(read(RRType[type], rdata)).toBe('bad-pointer');
    },
  );

  const rows = [
    {
      name: 'types that are not known are copied, whatever they hold (RFC 3597 3)',
      type: 65280,
      rdata: pointer,
      want: 'c000',
    },
    { name: 'empty RDATA of a type that is not known', type: 65280, rdata: hex(''), want: '' },
    { name: 'an address of four octets', type: RRType.A, rdata: hex('c0000201'), want: 'c0000201' },
    { name: 'an address of three octets', type: RRType.A, rdata: hex('c00002'), want: 'passed over' },
    { name: 'an address of five octets', type: RRType.A, rdata: hex('c000020101'), want: 'passed over' },
    { name: 'an IPv6 address of four octets', type: RRType.AAAA, rdata: hex('c0000201'), want: 'passed over' },
    { name: 'no name', type: RRType.NS, rdata: hex(''), want: 'bad-rdata' },
    { name: 'one name for two', type: RRType.RP, rdata: pointer, want: 'bad-rdata' },
    { name: 'octets behind the name', type: RRType.NS, rdata: hex('00ff'), want: 'bad-rdata' },
    { name: 'a name that crosses RDLENGTH', type: RRType.NS, rdata: octetsOf(1, 'a', 0), length: 2, want: 'bad-rdata' },
    {
      name: 'a label that crosses RDLENGTH',
      type: RRType.NS,
      rdata: octetsOf(3, 'abc', 0),
      length: 3,
      want: 'bad-rdata',
    },
    {
      name: 'a pointer that crosses RDLENGTH',
      type: RRType.NS,
      rdata: octetsOf(1, 'a', 0xc0, 0),
      length: 3,
      want: 'bad-rdata',
    },
    { name: 'a pointer forward', type: RRType.NS, rdata: octetsOf(0xc0, 11, 0), length: 2, want: 'bad-pointer' },
    { name: 'a pointer to itself', type: RRType.NS, rdata: octetsOf(0xc0, 9), want: 'bad-pointer' },
    { name: 'a label of type 01', type: RRType.NS, rdata: octetsOf(0x41, 0), want: 'bad-label' },
    {
      name: 'an SOA that ends in its numbers',
      type: RRType.SOA,
      rdata: octetsOf(0, 0, new Uint8Array(19)),
      want: 'bad-rdata',
    },
    {
      name: 'a text that crosses RDLENGTH',
      type: RRType.NAPTR,
      rdata: octetsOf(0, 1, 0, 2, 9, 's'),
      want: 'bad-rdata',
    },
    {
      name: 'an NSEC3 whose salt crosses RDLENGTH',
      type: RRType.NSEC3,
      rdata: hex('0100000004ab'),
      want: 'passed over',
    },
    { name: 'a DS too short for its numbers', type: RRType.DS, rdata: hex('000102'), want: 'passed over' },
    { name: 'an RRSIG too short for its numbers', type: RRType.RRSIG, rdata: new Uint8Array(10), want: 'bad-rdata' },
  ];
  it.each(rows)('$name', ({ type, rdata, length, want }) => {
    expect(read(type, rdata, length, new Uint8Array(32))).toBe(want);
  });

  it('refuses an uncompressed name of more than 255 octets', () => {
    const long = octetsOf(...Array.from({ length: 128 }, () => octetsOf(1, 'x')), 0);
    expect(read(RRType.NS, long)).toBe('name-too-long');
  });

  it('says truncated when RDLENGTH exceeds the message', () => {
    expect(read(RRType.NS, hex('00'), 4, hex(''))).toBe('truncated');
  });

  it('counts every copy of a shared name against the budget', () => {
    const name = octetsOf(...Array.from({ length: 127 }, () => octetsOf(1, 'x')), 0);
    const reader = new WireReader(octetsOf(name, ...Array.from({ length: 4000 }, () => pointer)));
    reader.name();
    let copies = 0;
    expect(
      outcome(() => {
        for (; reader.remaining > 0; copies++) reader.rdata(RRType.NS, 2);
        return 'read to the end';
      }),
    ).toBe('names-too-large');
    expect(copies * 255).toBeLessThanOrEqual(MAX_EXPANDED_NAME_OCTETS);
  });
});

describe('offsets', () => {
  it('an error says where', () => {
    const reader = new WireReader(octetsOf(u16(0), 1, 'a', 0xc0, 9));
    reader.offset = 2;
    expect(() => reader.name()).toThrow(expect.objectContaining({ code: 'bad-pointer', offset: 4 }));
  });
});
