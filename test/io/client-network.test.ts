import { describe, expect, it } from 'vitest';
import { clientNetwork } from '../../src/io/client-network.ts';

describe('clientNetwork', () => {
  const cases = [
    { name: 'an IPv4 address by itself', given: '192.0.2.1', family: 4, want: '192.0.2.1' },
    { name: 'the /64 of an address with a gap', given: '2001:db8::1', family: 6, want: '2001:db8:0:0' },
    { name: 'the /64 of an address without', given: '2001:db8:1:2:3:4:5:6', family: 6, want: '2001:db8:1:2' },
    { name: 'the /64 with a gap behind it', given: '2001:db8:1:2::', family: 6, want: '2001:db8:1:2' },
    { name: 'the /64 with a gap within it', given: '2001::7:0:0:0:1', family: 6, want: '2001:0:0:7' },
    { name: 'loopback', given: '::1', family: 6, want: '0:0:0:0' },
    { name: 'a unique local address by itself', given: 'fd00::1:2', family: 6, want: 'fd00::1:2' },
    { name: 'a link-local address by itself', given: 'fe80::1%eth0', family: 6, want: 'fe80::1%eth0' },
  ] as const;
  for (const { name, given, family, want } of cases) {
    it(`takes ${name}`, () => {
      expect(clientNetwork(given, family)).toBe(want);
    });
  }
});
