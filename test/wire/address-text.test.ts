import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressText, parseAddress } from '../../src/wire/address-text.ts';
import { hex, toHex } from './octets.ts';

describe('addressText', () => {
  const rows = [
    { name: 'IPv4', given: 'c0000201', want: '192.0.2.1' },
    {
      name: 'leading zeros of a group are left out (RFC 5952 4.1)',
      given: '20010db8000000000000000000000001',
      want: '2001:db8::1',
    },
    {
      name: 'one zero group is not shortened (RFC 5952 4.2.2)',
      given: '20010db8000000010001000100010001',
      want: '2001:db8:0:1:1:1:1:1',
    },
    {
      name: 'the longest run is shortened (RFC 5952 4.2.3)',
      given: '20010000000000010000000000000001',
      want: '2001:0:0:1::1',
    },
    {
      name: 'the first of two equal runs is shortened (RFC 5952 4.2.3)',
      given: '20010db8000000000001000000000001',
      want: '2001:db8::1:0:0:1',
    },
    { name: 'letters are lower case (RFC 5952 4.3)', given: 'ABCDEF00000000000000000000000001', want: 'abcd:ef00::1' },
    { name: 'the unspecified address', given: '00'.repeat(16), want: '::' },
    { name: 'the loopback address', given: `${'00'.repeat(15)}01`, want: '::1' },
    { name: 'a run at the end', given: `0001${'00'.repeat(14)}`, want: '1::' },
    { name: 'no run at all', given: '00010002000300040005000600070008', want: '1:2:3:4:5:6:7:8' },
    {
      name: 'an IPv4-mapped address ends in dotted decimal (RFC 5952 5)',
      given: '00000000000000000000ffffc0000201',
      want: '::ffff:192.0.2.1',
    },
    {
      name: 'an address that only looks mapped does not',
      given: '00000000000000010000ffffc0000201',
      want: '::1:0:ffff:c000:201',
    },
  ];
  it.each(rows)('$name', ({ given, want }) => {
    expect(addressText(hex(given))).toBe(want);
    expect(toHex(parseAddress(want) ?? new Uint8Array(0))).toBe(given.toLowerCase());
  });
});

describe('parseAddress', () => {
  const accepted = [
    { given: '0.0.0.0', want: '00000000' },
    { given: '255.255.255.255', want: 'ffffffff' },
    { given: '2001:DB8::A', want: '20010db800000000000000000000000a' },
    { given: '::ffff:192.0.2.1', want: '00000000000000000000ffffc0000201' },
    { given: '64:ff9b::192.0.2.33', want: '0064ff9b0000000000000000c0000221' },
    { given: '1:2:3:4:5:6:192.0.2.1', want: '000100020003000400050006c0000201' },
    { given: '1:2:3:4:5:6:7::', want: '00010002000300040005000600070000' },
    { given: '::2:3:4:5:6:7:8', want: '00000002000300040005000600070008' },
  ];
  it.each(accepted)('takes $given', ({ given, want }) => {
    expect(toHex(parseAddress(given) ?? new Uint8Array(0))).toBe(want);
  });

  const refused = [
    '',
    '.',
    ':',
    ':::',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.04',
    '1.2.3.',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '0x1.2.3.4',
    '1.2.3.4/8',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    ':1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:8:',
    '12345::',
    'g::',
    '::1%eth0',
    '[::1]',
    '::1.2.3',
    '::1.2.3.256',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1:2:3:4:5:6:7:8',
    '1::2:3:4:5:6:7:8',
    '٠.0.0.0',
  ];
  it.each(refused)('refuses %j', (given) => {
    expect(parseAddress(given)).toBeUndefined();
  });

  it('agrees with the platform on what is an address, and reads its own text back', () => {
    const character = fc.constantFrom(...'0123456789abcdefF:.%x ');
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: character, maxLength: 24 }), fc.ipV4(), fc.ipV6()), (text) => {
        const octets = parseAddress(text);
        expect(octets !== undefined).toBe(isIP(text) !== 0 && !text.includes('%'));
        if (octets !== undefined) expect(parseAddress(addressText(octets))).toEqual(octets);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads the text of all octets back', () => {
    const octets = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(octets, (given) => {
        expect(parseAddress(addressText(given))).toEqual(given);
      }),
    );
  });
});
