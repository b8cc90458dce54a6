import { describe, expect, it } from 'vitest';
import { networkText, parseNetwork } from '../../src/config/network.ts';

const cases: readonly { name: string; given: string; want?: string; says?: string }[] = [
  { name: 'IPv4', given: '192.0.2.0/24', want: '192.0.2.0/24' },
  { name: 'IPv6', given: '2001:db8::/32', want: '2001:db8::/32' },
  { name: 'a bare IPv4 address', given: '192.0.2.7', want: '192.0.2.7/32' },
  { name: 'a bare IPv6 address', given: '::1', want: '::1/128' },
  { name: 'an exception', given: '!10.1.0.0/16', want: '!10.1.0.0/16' },
  { name: 'an exception with a space', given: '! 10.1.0.0/16', want: '!10.1.0.0/16' },
  { name: 'host bits, which are cleared', given: '10.255.3.4/9', want: '10.128.0.0/9' },
  { name: 'host bits of IPv6, which are cleared', given: '2001:db8::ffff/33', want: '2001:db8::/33' },
  { name: 'everything', given: '0.0.0.0/0', want: '0.0.0.0/0' },
  { name: 'a prefix too long', given: '10.0.0.0/33', says: '0 to 32' },
  { name: 'an IPv6 prefix too long', given: '::/129', says: '0 to 128' },
  { name: 'a netmask', given: '10.0.0.0/255.0.0.0', says: 'prefix length' },
  { name: 'an empty prefix', given: '10.0.0.0/', says: 'prefix length' },
  { name: 'a short address', given: '10/8', says: 'no IP address' },
  { name: 'a name', given: 'localnets', says: 'no IP address' },
];

describe('parseNetwork', () => {
  for (const { name, given, want, says = '' } of cases) {
    it(`${want === undefined ? 'refuses' : 'reads'} ${name}`, () => {
      const result = parseNetwork(given);
      if (want !== undefined) expect(result.ok && networkText(result.value)).toBe(want);
      else expect(result.ok ? 'accepted' : result.error).toContain(says);
    });
  }
});
