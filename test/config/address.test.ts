import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressText, parseAddress } from '../../src/config/address.ts';

const cases: readonly { name: string; given: string; want: string | undefined }[] = [
  { name: 'IPv4', given: '192.0.2.1', want: '192.0.2.1' },
  { name: 'IPv6 in full', given: '2001:0DB8:0:0:0:0:0:1', want: '2001:db8::1' },
  { name: 'the unspecified address', given: '::', want: '::' },
  { name: 'loopback', given: '::1', want: '::1' },
  { name: 'zeros at the end', given: 'fe80::', want: 'fe80::' },
  {
    name: 'the first of two equal runs of zeros is shortened (RFC 5952 4.2.3)',
    given: '2001:0:0:1:0:0:1:1',
    want: '2001::1:0:0:1:1',
  },
  { name: 'a single zero group stays (RFC 5952 4.2.2)', given: '2001:db8:0:1:1:1:1:1', want: '2001:db8:0:1:1:1:1:1' },
  { name: 'a dotted tail', given: '::ffff:192.0.2.1', want: '::ffff:c000:201' },
  { name: 'no zone', given: 'fe80::1%eth0', want: undefined },
  { name: 'no leading zeros in IPv4', given: '192.0.02.1', want: undefined },
  { name: 'no host name', given: 'localhost', want: undefined },
  { name: 'not the empty text', given: '', want: undefined },
];

describe('parseAddress', () => {
  for (const { name, given, want } of cases) {
    it(name, () => {
      const octets = parseAddress(given);
      expect(octets && addressText(octets)).toBe(want);
    });
  }

  it('reads back what addressText writes', () => {
    const octets = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(octets, (address) => {
        expect(parseAddress(addressText(address))).toEqual(address);
      }),
    );
  });
});
