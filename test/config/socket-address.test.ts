import { describe, expect, it } from 'vitest';
import { parseSocketAddress, socketAddressText } from '../../src/config/socket-address.ts';

const good: readonly { name: string; given: string; address: string; port?: number; text?: string }[] = [
  { name: 'IPv4 alone', given: '192.0.2.1', address: '192.0.2.1' },
  { name: 'IPv4 with a port', given: '192.0.2.1:5300', address: '192.0.2.1', port: 5300 },
  { name: 'IPv6 alone', given: '::1', address: '::1' },
  { name: 'IPv6 in brackets with a port', given: '[2001:db8::1]:5300', address: '2001:db8::1', port: 5300 },
  { name: 'IPv6 in brackets without a port', given: '[::1]', address: '::1', text: '::1' },
  { name: 'IPv6 with a zone', given: 'fe80::1%eth0', address: 'fe80::1%eth0' },
  { name: 'the shortest form is kept', given: '2001:0db8:0::0001', address: '2001:db8::1', text: '2001:db8::1' },
  {
    name: 'digits that could be a port belong to a bare IPv6 address',
    given: '2001:db8::1:53',
    address: '2001:db8::1:53',
  },
];

const bad: readonly { name: string; given: string; says: string }[] = [
  { name: 'a host name', given: 'ns1.example', says: 'host names are not allowed' },
  { name: 'a host name with a port', given: 'ns1.example:53', says: 'host names are not allowed' },
  { name: 'nothing', given: '', says: 'empty' },
  { name: 'port 0', given: '192.0.2.1:0', says: 'from 1 to 65535' },
  { name: 'a port too high', given: '192.0.2.1:65536', says: 'from 1 to 65535' },
  { name: 'an empty port', given: '192.0.2.1:', says: 'from 1 to 65535' },
  { name: 'IPv6 with a port but no brackets', given: '2001:db8:0:0:0:0:0:1:5300', says: 'in brackets' },
  { name: 'IPv4 in brackets', given: '[192.0.2.1]:53', says: 'no IPv6 address' },
  { name: 'a network', given: '192.0.2.0/24', says: 'is a network' },
  { name: "Unbound's notation of ports", given: '192.0.2.1@5300', says: 'after a colon' },
  { name: 'an octet too large', given: '192.0.2.256', says: 'no IPv4 address' },
];

describe('parseSocketAddress', () => {
  for (const { name, given, address, port, text } of good) {
    it(`reads ${name}`, () => {
      const result = parseSocketAddress(given);
      expect(result).toEqual({ ok: true, value: { address, port } });
      if (result.ok) expect(socketAddressText(result.value)).toBe(text ?? given);
    });
  }
  for (const { name, given, says } of bad) {
    it(`refuses ${name}`, () => {
      const result = parseSocketAddress(given);
      expect(result.ok ? 'accepted' : result.error).toContain(says);
    });
  }
});
