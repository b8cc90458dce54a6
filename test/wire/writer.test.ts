import { describe, expect, it } from 'vitest';
import { EdnsOptionCode, RRClass, RRType } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { parseMessage } from '../../src/wire/message.ts';
import { DomainName } from '../../src/wire/name.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { parseRdata } from '../../src/wire/rdata-text.ts';
import type { RRset } from '../../src/wire/record.ts';
import { MAX_MESSAGE_OCTETS, MessageWriter, nameLength } from '../../src/wire/writer.ts';
import { hex, octetsOf, toHex } from './octets.ts';

function rrset(owner: string, type: keyof typeof RRType, ...contents: string[]): RRset {
  const rdatas = contents.map((content) => {
    const parsed = parseRdata(RRType[type], content);
    if (!parsed.ok) throw new Error(parsed.error);
    return parsed.rdata;
  });
  return { name: nameOf(owner), type: RRType[type], class: RRClass.IN, ttl: 300, rdatas, signatures: [] };
}

function started(question = 'example.', limit = MAX_MESSAGE_OCTETS): MessageWriter {
  const writer = new MessageWriter();
  writer.reset(0x1234, HeaderFlag.QR, limit);
  writer.question({ name: nameOf(question), type: RRType.A, class: RRClass.IN });
  return writer;
}

/** The message without header and question. */
function body(writer: MessageWriter, question = 'example.'): string {
  return toHex(writer.finish().subarray(12 + nameOf(question).octets.length + 4));
}

describe('compression', () => {
  it('points an owner at the question', () => {
    const writer = started();
    writer.rrset('answer', rrset('example.', 'A', '192.0.2.1'), 60, false);
    expect(body(writer)).toBe('c00c 0001 0001 0000003c 0004 c0000201'.replaceAll(' ', ''));
  });

  it('points at the longest known suffix, in any letter case', () => {
    const writer = started('www.example.');
    writer.rrset('answer', rrset('ftp.EXAMPLE.', 'A', '192.0.2.1'), 60, false);
    expect(body(writer, 'www.example.')).toBe(`03667470c010 0001 0001 0000003c 0004 c0000201`.replaceAll(' ', ''));
  });

  it('does not take a dot inside a label for a boundary', () => {
    const writer = started('b.example.');
    writer.rrset('answer', rrset('a\\.b.example.', 'A', '192.0.2.1'), 60, false);
    expect(body(writer, 'b.example.').startsWith('03612e62c00e')).toBe(true);
  });

  it('compresses names in RDATA of RFC 1035 types only (RFC 3597 4)', () => {
    const rows = [
      { set: rrset('example.', 'NS', 'ns.example.'), want: '0005 026e73c00c' },
      { set: rrset('example.', 'CNAME', 'example.'), want: '0002 c00c' },
      { set: rrset('example.', 'MX', '10 example.'), want: '0004 000ac00c' },
      {
        set: rrset('example.', 'SOA', 'example. h.example. 1 2 3 4 5'),
        want: '001a c00c 0168c00c 0000000100000002000000030000000400000005',
      },
      { set: rrset('example.', 'SRV', '0 0 53 example.'), want: '000f 000000000035 076578616d706c6500' },
      { set: rrset('example.', 'DNAME', 'example.'), want: '0009 076578616d706c6500' },
      { set: rrset('example.', 'NSEC', 'example. A'), want: '000c 076578616d706c6500 000140' },
      { set: rrset('example.', 'HTTPS', '1 example.'), want: '000b 0001 076578616d706c6500' },
    ];
    for (const { set, want } of rows) {
      const writer = started();
      writer.rrset('answer', set, 0, false);
      expect(body(writer).slice(20)).toBe(want.replaceAll(' ', ''));
    }
  });

  it('keeps RDATA that is not well formed as it is', () => {
    for (const rdata of ['', '3f', '000a', '000a3f61']) {
      const writer = started();
      writer.rrset('answer', { ...rrset('example.', 'MX'), rdatas: [hex(rdata)] }, 0, false);
      expect(body(writer).slice(24)).toBe(rdata);
    }
  });

  it('points no further than fourteen bits reach', () => {
    const writer = started();
    const filler = { ...rrset('example.', 'TXT'), rdatas: [new Uint8Array(0x4000)] };
    expect(writer.rrset('answer', filler, 0, false)).toBe(true);
    writer.rrset('answer', rrset('late.example.', 'A', '192.0.2.1', '192.0.2.2'), 0, false);
    const written = toHex(writer.finish().subarray(writer.size - 2 * 21));
    expect(written.startsWith('046c617465c00c')).toBe(true);
    expect(written.slice(42).startsWith('046c617465c00c')).toBe(true);
  });

  it('stops entering suffixes at a bound, and still points at those entered', () => {
    const writer = started();
    const names = Array.from({ length: 300 }, (_, index) => `n${index}.example.`);
    for (const name of names) writer.rrset('answer', rrset(name, 'A', '192.0.2.1'), 0, false);
    for (const name of names) writer.rrset('additional', rrset(name, 'A', '192.0.2.2'), 0, false);
    const parsed = parseMessage(writer.finish());
    if (!parsed.ok) throw new Error(parsed.code);
    expect(parsed.message.answer.map(({ name }) => nameText(name))).toEqual(names);
    expect(parsed.message.additional.map(({ name }) => nameText(name))).toEqual(names);
    // The question's one suffix and 119 first labels are known; the other 181 names are spelled out twice.
    const spelledOut = names.slice(119).reduce((octets, name) => octets + name.length - 'example.'.length, 0);
    const spelledOutOnce = names.slice(0, 119).reduce((octets, name) => octets + name.length - 'example.'.length, 0);
    expect(writer.size).toBe(12 + 13 + 600 * 16 + 2 * spelledOut + spelledOutOnce);
  });
});

describe('limits', () => {
  it('writes a set whole or not at all', () => {
    const set = rrset('example.', 'A', '192.0.2.1', '192.0.2.2');
    const needed = 12 + 13 + 2 * 16;
    const exact = started('example.', needed);
    expect(exact.rrset('answer', set, 0, false)).toBe(true);
    expect(exact.size).toBe(needed);
    const short = started('example.', needed - 1);
    expect(short.rrset('answer', set, 0, false)).toBe(false);
    expect(short.size).toBe(25);
    expect(toHex(short.finish().subarray(4, 12))).toBe('0001000000000000');
  });

  it('writes signatures with their set', () => {
    const set = { ...rrset('example.', 'A', '192.0.2.1'), signatures: [octetsOf(new Uint8Array(18), 0, 1, 2)] };
    const writer = started();
    expect(writer.rrset('answer', set, 7, true)).toBe(true);
    const parsed = parseMessage(writer.finish());
    expect(parsed.ok && parsed.message.answer.map(({ type, ttl }) => [type, ttl])).toEqual([
      [RRType.A, 7],
      [RRType.RRSIG, 7],
    ]);
    writer.reset(1, 0, 12 + 13 + 16 + 10);
    writer.question({ name: nameOf('example.'), type: RRType.A, class: RRClass.IN });
    expect(writer.rrset('answer', set, 7, true)).toBe(false);
    expect(writer.rrset('answer', set, 7, false)).toBe(true);
  });

  it('leaves no suffix of a set that was taken back', () => {
    const writer = started('example.', 80);
    expect(writer.rrset('answer', rrset('a.test.', 'NS', 'ns1.a.test.', 'ns2.a.test.', 'ns3.a.test.'), 0, false)).toBe(
      false,
    );
    expect(writer.rrset('answer', rrset('a.test.', 'A', '192.0.2.1'), 0, false)).toBe(true);
    const parsed = parseMessage(writer.finish());
    expect(parsed.ok && parsed.message.answer.map(({ name }) => nameText(name))).toEqual(['a.test.']);
  });

  it('gives the room of suffixes that were taken back to others', () => {
    const writer = started('example.', 300);
    const large = rrset('example.', 'NS', ...Array.from({ length: 150 }, (_, index) => `ns${index}.test.`));
    expect(writer.rrset('answer', large, 0, false)).toBe(false);
    writer.rrset('answer', rrset('late.test.', 'A', '192.0.2.1', '192.0.2.2'), 0, false);
    // 10 octets of name, then two for the pointer to it.
    expect(writer.size).toBe(25 + 11 + 14 + 2 + 14);
  });

  it('keeps reserved room for the OPT record', () => {
    const writer = started('example.', 25 + 16 + 11);
    writer.reserve(11);
    expect(writer.rrset('answer', rrset('example.', 'A', '192.0.2.1'), 0, false)).toBe(true);
    expect(writer.rrset('answer', rrset('example.', 'A', '192.0.2.1'), 0, false)).toBe(false);
    expect(writer.edns(1232, 0, 0, 0x8000, [])).toBe(true);
    expect(writer.size).toBe(25 + 16 + 11);
  });

  it('leaves an OPT record out that does not fit', () => {
    const writer = started('example.', 25 + 11 + 5);
    expect(writer.edns(1232, 0, 0, 0, [{ code: EdnsOptionCode.NSID, data: hex('0102') }])).toBe(false);
    expect(writer.edns(1232, 0, 0, 0, [{ code: EdnsOptionCode.NSID, data: hex('01') }])).toBe(true);
    expect(toHex(writer.finish().subarray(25))).toBe('00002904d00000000000050003000101');
  });

  it('does not write more than 65535 octets', () => {
    const writer = started('example.', 1_000_000);
    const filler = { ...rrset('example.', 'TXT'), rdatas: [new Uint8Array(40_000), new Uint8Array(40_000)] };
    expect(writer.rrset('answer', filler, 0, false)).toBe(false);
    expect(writer.size).toBe(25);
  });
});

describe('header', () => {
  it('has ID, flags and counts', () => {
    const writer = started();
    writer.rrset('answer', rrset('example.', 'A', '192.0.2.1', '192.0.2.2'), 0, false);
    writer.rrset('authority', rrset('example.', 'NS', 'ns.example.'), 0, false);
    writer.rrset('additional', rrset('ns.example.', 'A', '192.0.2.3'), 0, false);
    writer.edns(1232, 0, 0, 0, []);
    expect(toHex(writer.finish().subarray(0, 12))).toBe('123480000001000200010002');
  });

  it('sets TC and flags late (RFC 2181 9)', () => {
    const writer = started();
    writer.setTruncated();
    expect(toHex(writer.finish().subarray(2, 4))).toBe('8200');
    writer.setFlags(HeaderFlag.QR | HeaderFlag.RA | 3);
    expect(toHex(writer.finish().subarray(2, 4))).toBe('8083');
  });

  it('is used again after reset', () => {
    const writer = started('long.name.example.');
    const first = writer.finish();
    writer.reset(0x4321, 0, 512);
    writer.question({ name: nameOf('example.'), type: RRType.NS, class: RRClass.IN });
    expect(toHex(writer.finish())).toBe('432100000001000000000000076578616d706c650000020001');
    expect(first[0]).toBe(0x12);
  });
});

describe('nameLength', () => {
  const rows = [
    { name: 'the root', given: '00', want: 1 },
    { name: 'labels', given: '0161016200ff', want: 5 },
    { name: 'nothing', given: '', want: -1 },
    { name: 'no root label', given: '0161', want: -1 },
    { name: 'a label beyond the end', given: '0261', want: -1 },
    { name: 'a pointer', given: '0161c000', want: -1 },
    { name: 'a label of type 01', given: '4100', want: -1 },
    { name: '255 octets', given: `${'0178'.repeat(127)}00`, want: 255 },
    { name: '257 octets', given: `${'0178'.repeat(128)}00`, want: -1 },
  ];
  it.each(rows)('$name', ({ given, want }) => {
    expect(nameLength(hex(given), 0)).toBe(want);
  });

  it('starts at an offset', () => {
    expect(nameLength(octetsOf(9, 9, DomainName.root.octets), 2)).toBe(1);
    expect(nameLength(hex('00'), 1)).toBe(-1);
  });
});
