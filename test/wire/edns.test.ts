import { describe, expect, it } from 'vitest';
import { EdeCode, EdnsOptionCode, RRType } from '../../src/wire/constants.ts';
import { ednsOption, extendedErrorOption, extendedErrors, MAX_EDNS_OPTIONS, parseEdns } from '../../src/wire/edns.ts';
import { DomainName } from '../../src/wire/name.ts';
import { ascii, hex, octetsOf, toHex, u16 } from './octets.ts';

function opt(rdata: Uint8Array, udpSize = 1232, ttl = 0) {
  return { name: DomainName.root, type: RRType.OPT, class: udpSize, ttl, rdata };
}

function option(code: number, octets: Uint8Array): Uint8Array {
  return octetsOf(u16(code), u16(octets.length), octets);
}

describe('parseEdns', () => {
  const fixed = [
    { name: 'all zero', ttl: 0, want: { extendedRcode: 0, version: 0, dnssecOk: false } },
    { name: 'DO (RFC 3225)', ttl: 0x8000, want: { extendedRcode: 0, version: 0, dnssecOk: true } },
    { name: 'version and RCODE', ttl: 0xff01_0000, want: { extendedRcode: 255, version: 1, dnssecOk: false } },
    { name: 'bits that are reserved', ttl: 0x7fff, want: { extendedRcode: 0, version: 0, dnssecOk: false } },
  ];
  it.each(fixed)('$name', ({ ttl, want }) => {
    expect(parseEdns(opt(hex(''), 4096, ttl))).toEqual({ ...want, udpSize: 4096, options: [], optionsExceeded: false });
  });

  it('reads options in order, empty ones too', () => {
    const edns = parseEdns(
      opt(octetsOf(option(3, hex('')), option(10, hex('0102030405060708')), option(3, hex('01')))),
    );
    expect(edns.options.map(({ code, data }) => `${code}:${toHex(data)}`)).toEqual([
      '3:',
      '10:0102030405060708',
      '3:01',
    ]);
    expect(ednsOption(edns, EdnsOptionCode.NSID)).toEqual(hex(''));
    expect(ednsOption(edns, EdnsOptionCode.PADDING)).toBeUndefined();
    expect(ednsOption(undefined, EdnsOptionCode.NSID)).toBeUndefined();
  });

  const refused = [
    { name: 'one octet', rdata: '00' },
    { name: 'three octets', rdata: '000300' },
    { name: 'an option longer than the record', rdata: '0003000201' },
    { name: 'octets behind an option', rdata: '0003000101ff' },
    { name: 'a length of 65535', rdata: '0003ffff' },
  ];
  it.each(refused)('refuses $name (RFC 6891 6.1.2)', ({ rdata }) => {
    expect(() => parseEdns(opt(hex(rdata)))).toThrow(expect.objectContaining({ code: 'bad-opt' }));
  });

  it('keeps a bounded number of options and says when there were more', () => {
    const options = (count: number) => octetsOf(...Array.from({ length: count }, () => option(65001, hex('00'))));
    expect(parseEdns(opt(options(MAX_EDNS_OPTIONS)))).toMatchObject({ optionsExceeded: false });
    const edns = parseEdns(opt(options(MAX_EDNS_OPTIONS + 1)));
    expect(edns.optionsExceeded).toBe(true);
    expect(edns.options).toHaveLength(MAX_EDNS_OPTIONS);
    expect(() => parseEdns(opt(octetsOf(options(MAX_EDNS_OPTIONS + 1), 1)))).toThrow();
  });
});

describe('extended errors (RFC 8914)', () => {
  const built = [
    { name: 'code and text', text: 'no', max: 100, want: '00066e6f' },
    { name: 'no text', text: '', max: 100, want: '0006' },
    { name: 'text cut', text: 'abcdef', max: 3, want: '0006616263' },
    { name: 'no room for text', text: 'abcdef', max: 0, want: '0006' },
    { name: 'UTF-8', text: 'é', max: 100, want: '0006c3a9' },
    { name: 'text cut in front of a character that does not fit', text: 'aé', max: 2, want: '000661' },
  ];
  it.each(built)('builds $name', ({ text, max, want }) => {
    const { code, data } = extendedErrorOption({ code: EdeCode.DNSSEC_BOGUS, text }, max);
    expect([code, toHex(data)]).toEqual([15, want]);
  });

  const read = [
    { name: 'code and text', options: [hex('0006 6e6f')], want: [{ code: 6, text: 'no' }] },
    { name: 'a code alone', options: [hex('0016')], want: [{ code: 22, text: '' }] },
    { name: 'a code that is not known', options: [hex('fffe')], want: [{ code: 65534, text: '' }] },
    {
      name: 'several',
      options: [hex('0006'), hex('0009 61')],
      want: [
        { code: 6, text: '' },
        { code: 9, text: 'a' },
      ],
    },
    {
      name: 'zero octets at the end left out (RFC 8914 2)',
      options: [hex('0006 6100')],
      want: [{ code: 6, text: 'a' }],
    },
    { name: 'what is too short left out', options: [hex(''), hex('00'), hex('0006')], want: [{ code: 6, text: '' }] },
    { name: 'octets that are no UTF-8', options: [hex('0006 ff61')], want: [{ code: 6, text: '\ufffda' }] },
  ];
  it.each(read)('reads $name', ({ options, want }) => {
    const edns = parseEdns(opt(octetsOf(...options.map((octets) => option(15, octets)))));
    expect(extendedErrors(edns)).toEqual(want);
  });

  it('reads none where there is no OPT record, and no other options', () => {
    expect(extendedErrors(undefined)).toEqual([]);
    expect(extendedErrors(parseEdns(opt(option(3, ascii('ab')))))).toEqual([]);
  });
});
