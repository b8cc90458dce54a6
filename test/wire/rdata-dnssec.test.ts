import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RRType } from '../../src/wire/constants.ts';
import { nameText } from '../../src/wire/name-text.ts';
import {
  bitmapTypes,
  buildTypeBitmap,
  hasType,
  isTypeBitmap,
  parseDNSKEY,
  parseDS,
  parseNSEC,
  parseNSEC3,
  parseRRSIG,
} from '../../src/wire/rdata-dnssec.ts';
import { hex, toHex } from './octets.ts';

describe('type bitmaps (RFC 4034 4.1.2)', () => {
  const rows = [
    {
      name: 'the example of RFC 4034 4.3',
      types: [1, 15, 46, 47, 1234],
      bitmap: `0006400100000003 041b${'00'.repeat(26)}20`,
    },
    { name: 'no type', types: [], bitmap: '' },
    { name: 'type 0', types: [0], bitmap: '000180' },
    { name: 'the last type of a window', types: [255], bitmap: `0020${'00'.repeat(31)}01` },
    { name: 'the first type of the next', types: [256], bitmap: '010180' },
    { name: 'the last type', types: [65535], bitmap: `ff20${'00'.repeat(31)}01` },
  ];
  it.each(rows)('$name', ({ types, bitmap }) => {
    const octets = hex(bitmap);
    expect(toHex(buildTypeBitmap(types))).toBe(toHex(octets));
    expect(toHex(buildTypeBitmap([...types, ...types].reverse()))).toBe(toHex(octets));
    expect(isTypeBitmap(octets)).toBe(true);
    expect(bitmapTypes(octets)).toEqual(types);
    for (const type of types) expect(hasType(octets, type)).toBe(true);
    for (const type of [2, 6, 257, 1235, 65534]) expect(hasType(octets, type)).toBe(false);
  });

  const refused = [
    { name: 'half a window', bitmap: '00' },
    { name: 'a window of no octets', bitmap: '0000' },
    { name: 'a window of 33 octets', bitmap: `0021${'01'.repeat(33)}` },
    { name: 'a window beyond the end', bitmap: '000240' },
    { name: 'the same window twice', bitmap: '000140000140' },
    { name: 'windows in falling order', bitmap: '010140000140' },
  ];
  it.each(refused)('$name is none', ({ bitmap }) => {
    expect(isTypeBitmap(hex(bitmap))).toBe(false);
    expect(parseNSEC(hex(`00${bitmap}`))).toBeUndefined();
    expect(parseNSEC3(hex(`01000000000101${bitmap}`))).toBeUndefined();
  });

  it('reading octets that are no bitmap ends and does not throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 65535 }), (octets, type) => {
        const types = bitmapTypes(octets);
        if (isTypeBitmap(octets)) expect(hasType(octets, type)).toBe(types.includes(type));
        else hasType(octets, type);
      }),
    );
  });

  it('gives back any set of types', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 65535 }), { maxLength: 60 }), (types) => {
        const bitmap = buildTypeBitmap(types);
        expect(isTypeBitmap(bitmap)).toBe(true);
        expect(bitmapTypes(bitmap)).toEqual([...types].sort((left, right) => left - right));
      }),
    );
  });
});

describe('views', () => {
  it('DNSKEY (RFC 4034 2.1)', () => {
    const rdata = hex('0101 03 08 aabb');
    expect(parseDNSKEY(rdata)).toEqual({ flags: 0x101, protocol: 3, algorithm: 8, publicKey: hex('aabb'), rdata });
    expect(parseDNSKEY(hex('010103'))).toBeUndefined();
  });

  it('DS (RFC 4034 5.1)', () => {
    expect(parseDS(hex('ffff 0d 02 aabb'))).toEqual({
      keyTag: 65535,
      algorithm: 13,
      digestType: 2,
      digest: hex('aabb'),
    });
    expect(parseDS(hex('ffff0d'))).toBeUndefined();
  });

  it('RRSIG (RFC 4034 3.1)', () => {
    const rdata = hex('0001 08 02 00000e10 ffffffff 00000001 1234 016100 aabb');
    const rrsig = parseRRSIG(rdata);
    expect(rrsig).toMatchObject({
      typeCovered: RRType.A,
      algorithm: 8,
      labels: 2,
      originalTtl: 3600,
      expiration: 0xffffffff,
      inception: 1,
      keyTag: 0x1234,
      signature: hex('aabb'),
    });
    expect(rrsig && nameText(rrsig.signer)).toBe('a.');
    for (const length of [0, 17, 18, 19, 20]) expect(parseRRSIG(rdata.subarray(0, length))).toBeUndefined();
    expect(parseRRSIG(rdata.subarray(0, 21))?.signature).toHaveLength(0);
  });

  it('NSEC (RFC 4034 4.1)', () => {
    const nsec = parseNSEC(hex('016100 000140'));
    expect(nsec && [nameText(nsec.next), bitmapTypes(nsec.types)]).toEqual(['a.', [1]]);
    expect(parseNSEC(hex('0161'))).toBeUndefined();
    expect(parseNSEC(hex(''))).toBeUndefined();
  });

  it('NSEC3 (RFC 5155 3)', () => {
    expect(parseNSEC3(hex('01 01 000c 04aabbccdd 02eeff 000140'))).toEqual({
      hashAlgorithm: 1,
      flags: 1,
      iterations: 12,
      salt: hex('aabbccdd'),
      nextHash: hex('eeff'),
      types: hex('000140'),
    });
    for (const given of ['', '0100000000', '010000000000', '01000000000201', '0100000005aabb', '01000000']) {
      expect(parseNSEC3(hex(given))).toBeUndefined();
    }
  });
});
