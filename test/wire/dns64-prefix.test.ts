// IPv4 inside IPv6 (RFC 6052 2.2, with the examples of its 2.4) and names of the reverse tree (RFC 3596 2.5).
import { describe, expect, test } from 'vitest';
import { addressText, parseAddress } from '../../src/wire/address-text.ts';
import { addressOfReverseName, embedIPv4, extractIPv4, reverseNameOf } from '../../src/wire/dns64-prefix.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';

const octets = (text: string): Uint8Array => parseAddress(text) ?? new Uint8Array();

describe('addresses (RFC 6052 2.4)', () => {
  const rows: readonly (readonly [prefix: string, prefixLength: number, address: string])[] = [
    ['2001:db8::', 32, '2001:db8:c000:221::'],
    ['2001:db8:100::', 40, '2001:db8:1c0:2:21::'],
    ['2001:db8:122::', 48, '2001:db8:122:c000:2:2100::'],
    ['2001:db8:122:300::', 56, '2001:db8:122:3c0:0:221::'],
    ['2001:db8:122:344::', 64, '2001:db8:122:344:c0:2:2100::'],
    ['2001:db8:122:344::', 96, '2001:db8:122:344::c000:221'],
    ['64:ff9b::', 96, '64:ff9b::c000:221'],
  ];
  for (const [text, prefixLength, address] of rows) {
    const prefix = { octets: octets(text), prefixLength };
    test(`192.0.2.33 in ${text}/${prefixLength} is ${address}, and back`, () => {
      const made = embedIPv4(prefix, octets('192.0.2.33'));
      expect(made && addressText(made)).toBe(addressText(octets(address)));
      expect(extractIPv4(prefix, octets(address))).toEqual(octets('192.0.2.33'));
    });

    test(`what is not of ${text}/${prefixLength} stands for nothing`, () => {
      expect(extractIPv4(prefix, octets('2001:db8:ffff::1'))).toBeUndefined();
      const other = octets(address);
      // Bits 64 to 71, and what comes behind the address, are zero.
      for (const at of prefixLength === 96 ? [8] : [8, 15]) {
        expect(extractIPv4(prefix, other.with(at, 1))).toBeUndefined();
      }
    });
  }

  test('what has not four octets is no IPv4 address', () => {
    expect(embedIPv4({ octets: octets('64:ff9b::'), prefixLength: 96 }, new Uint8Array(3))).toBeUndefined();
  });
});

describe('reverse names', () => {
  const nibbles = '1.2.2.0.0.0.0.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.b.9.f.f.4.6.0.0';
  const rows: readonly { name: string; want: string | undefined }[] = [
    { name: `${nibbles}.ip6.arpa.`, want: '64:ff9b::c000:221' },
    { name: `${nibbles.toUpperCase()}.IP6.ARPA.`, want: '64:ff9b::c000:221' },
    { name: `${nibbles.slice(2)}.ip6.arpa.`, want: undefined },
    { name: `0.${nibbles}.ip6.arpa.`, want: undefined },
    { name: `${nibbles.replace('1', 'g')}.ip6.arpa.`, want: undefined },
    { name: `${nibbles.replace('1.2', '12')}.ip6.arpa.`, want: undefined },
    { name: `${nibbles}.ip6.arpb.`, want: undefined },
    { name: 'ip6.arpa.', want: undefined },
    { name: '.', want: undefined },
  ];
  for (const { name, want } of rows) {
    test(`${name} is of ${want ?? 'no address'}`, () => {
      const address = addressOfReverseName(nameOf(name));
      expect(address && addressText(address)).toBe(want);
    });
  }

  test('of an IPv4 address', () => {
    expect(nameText(reverseNameOf(octets('192.0.2.33')))).toBe('33.2.0.192.in-addr.arpa.');
  });
});
