import { describe, expect, test } from 'vitest';
import { parseHosts, reverseName } from '../../src/policy/hosts.ts';
import { parseAddress } from '../../src/wire/address-text.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { recordText } from '../../src/wire/zone-text.ts';

const nibbles = '7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa.';

describe('parseHosts', () => {
  const rows: { name: string; given: string; suffix?: string; want?: string[]; warnings?: string[] }[] = [
    {
      name: 'names and the reverse name',
      given: '192.168.7.1 router.lan  nas.lan\n',
      want: [
        'router.lan. 86400 IN A 192.168.7.1',
        'nas.lan. 86400 IN A 192.168.7.1',
        '1.7.168.192.in-addr.arpa. 86400 IN PTR router.lan.',
      ],
    },
    {
      name: 'an IPv6 address, with its interface',
      given: 'fd00::7%eth0\tsix.lan',
      want: ['six.lan. 86400 IN AAAA fd00::7', `${nibbles} 86400 IN PTR six.lan.`],
    },
    {
      name: 'an address on two lines has one reverse name',
      given: '10.0.0.1 a.lan\n10.0.0.1 b.lan',
      want: ['a.lan. 86400 IN A 10.0.0.1', '1.0.0.10.in-addr.arpa. 86400 IN PTR a.lan.', 'b.lan. 86400 IN A 10.0.0.1'],
    },
    {
      name: 'a suffix goes behind names without a dot',
      given: '10.0.0.1 nas other.lan',
      suffix: 'home.arpa.',
      want: [
        'nas.home.arpa. 86400 IN A 10.0.0.1',
        'other.lan. 86400 IN A 10.0.0.1',
        '1.0.0.10.in-addr.arpa. 86400 IN PTR nas.home.arpa.',
      ],
    },
    {
      name: 'without a suffix they stay',
      given: '10.0.0.1 nas',
      want: ['nas. 86400 IN A 10.0.0.1', '1.0.0.10.in-addr.arpa. 86400 IN PTR nas.'],
    },
    { name: 'comments and empty lines', given: '# 10.0.0.1 x\n\n   \n\t# y\r\n', want: [] },
    {
      name: 'a comment behind a name',
      given: '10.0.0.1 a.lan # b.lan\r\n',
      want: ['a.lan. 86400 IN A 10.0.0.1', '1.0.0.10.in-addr.arpa. 86400 IN PTR a.lan.'],
    },
    {
      name: 'bad lines are left out',
      given: 'bad line\n10.0.0.1\n10.0.0.2 a..b\n10.0.0.3 c.lan',
      want: ['c.lan. 86400 IN A 10.0.0.3', '3.0.0.10.in-addr.arpa. 86400 IN PTR c.lan.'],
      warnings: [
        "hosts:1: 'bad' is no IP address; the line is left out",
        'hosts:2: the names are missing; the line is left out',
        "hosts:3: 'a..b': the name has an empty label; the line is left out",
      ],
    },
  ];
  for (const { name, given, suffix, want = [], warnings = [] } of rows) {
    test(name, () => {
      const parsed = parseHosts(given, 'hosts', suffix === undefined ? undefined : nameOf(suffix));
      expect(parsed.records.map(recordText)).toEqual(want);
      expect(parsed.warnings).toEqual(warnings);
    });
  }
});

describe('reverseName (RFC 1035 3.5, RFC 3596 2.5)', () => {
  const rows = [
    ['192.0.2.1', '1.2.0.192.in-addr.arpa.'],
    ['fd00::7', nibbles],
    [
      '2001:db8:1234:5678:9abc:def0:fedc:ba98',
      '8.9.a.b.c.d.e.f.0.f.e.d.c.b.a.9.8.7.6.5.4.3.2.1.8.b.d.0.1.0.0.2.ip6.arpa.',
    ],
  ] as const;
  for (const [address, want] of rows) {
    test(address, () => expect(nameText(reverseName(parseAddress(address) ?? new Uint8Array(4)))).toBe(want));
  }
});
