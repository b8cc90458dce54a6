import { describe, expect, test } from 'vitest';
import { AuthZone } from '../../src/policy/auth-zone.ts';
import { parseHosts } from '../../src/policy/hosts.ts';
import { LocalData, type LocalDataOptions } from '../../src/policy/local-data.ts';
import type { LocalZoneType } from '../../src/policy/local-zone-type.ts';
import { specialUseZones } from '../../src/policy/special-use.ts';
import { addressText } from '../../src/wire/address-text.ts';
import { parseType, RRClass, rcodeText, typeText } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { rdataText } from '../../src/wire/rdata-text.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';

interface Setting {
  readonly zones?: readonly string[];
  readonly data?: readonly string[];
  readonly forward?: readonly string[];
  /** Zone files by zone. */
  readonly files?: Readonly<Record<string, string>>;
  readonly hosts?: string;
  readonly rfc1918?: boolean;
  readonly rfc6303?: boolean;
}

function authZone(zone: string, text: string): AuthZone {
  const built = AuthZone.build(nameOf(zone), parseZoneText(text, { origin: nameOf(zone) }).records);
  if (!built.ok) throw new Error(built.error);
  return built.authZone;
}

function optionsOf(setting: Setting): LocalDataOptions {
  const { zones = [], data = [], forward = [], files = {}, hosts = '', rfc1918 = true, rfc6303 = true } = setting;
  return {
    zones: zones.map((text) => {
      const [name = '', type = ''] = text.split(' ');
      return { zone: nameOf(name), zoneType: type as LocalZoneType };
    }),
    records: parseZoneText(data.join('\n'), { defaultTtl: 60 }).records,
    authZones: Object.entries(files).map(([zone, text]) => authZone(zone, text)),
    hosts: parseHosts(hosts, 'hosts', undefined).records,
    forwardZones: forward.map(nameOf),
    serveRfc1918: rfc1918,
    serveRfc6303: rfc6303,
  };
}

/** `look-up`, `refuse`, `drop`, `alias TARGET`, or the RCODE with the records of the answer. */
function say(localData: LocalData, name: string, type: string): string {
  const question = { name: nameOf(name), type: parseType(type) ?? 0, class: RRClass.IN };
  const answer = localData.answer(question);
  if (answer === undefined) return 'look-up';
  const informs = answer.informs ? 'inform ' : '';
  if (answer.kind === 'alias') return `${informs}alias ${nameText(answer.target)}`;
  if (answer.kind !== 'answer') return `${informs}${answer.kind}`;
  const { rcode, answer: sets, authority, authentic, verdict } = answer.resolution;
  expect(authentic).toBe(false);
  expect(verdict).toMatchObject({ status: 'insecure', reason: 'local' });
  if (sets.length === 0) expect(authority.map(({ rrset }) => typeText(rrset.type))).toEqual(['SOA']);
  const texts = sets.flatMap(({ rrset }) =>
    rrset.rdatas.map((rdata) => `${nameText(rrset.name)} ${typeText(rrset.type)} ${rdataText(rrset.type, rdata)}`),
  );
  return [`${informs}${rcodeText(rcode)}`, ...texts].join('; ');
}

const v6Zeros = (count: number) => Array.from({ length: count }, () => '0').join('.');

describe('special-use names (SECURITY 6)', () => {
  const rows: [name: string, type: string, want: string][] = [
    ['localhost.', 'A', 'NOERROR; localhost. A 127.0.0.1'],
    ['localhost.', 'AAAA', 'NOERROR; localhost. AAAA ::1'],
    ['a.b.LOCALHOST.', 'A', 'NOERROR; a.b.LOCALHOST. A 127.0.0.1'],
    ['localhost.', 'MX', 'NOERROR'],
    ['localhost.', 'ANY', 'NOERROR; localhost. A 127.0.0.1; localhost. AAAA ::1'],
    ['1.0.0.127.in-addr.arpa.', 'PTR', 'NOERROR; 1.0.0.127.in-addr.arpa. PTR localhost.'],
    ['2.0.0.127.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
    ['0.127.in-addr.arpa.', 'PTR', 'NOERROR'],
    [`1.${v6Zeros(31)}.ip6.arpa.`, 'PTR', `NOERROR; 1.${v6Zeros(31)}.ip6.arpa. PTR localhost.`],
    [`${v6Zeros(32)}.ip6.arpa.`, 'PTR', 'NOERROR'],
    ['invalid.', 'A', 'NXDOMAIN'],
    ['x.invalid.', 'A', 'NXDOMAIN'],
    ['x.test.', 'A', 'NXDOMAIN'],
    ['test.', 'SOA', 'NXDOMAIN'],
    ['facebookcorewwwi.onion.', 'A', 'NXDOMAIN'],
    ['printer.local.', 'A', 'NXDOMAIN'],
    ['x.alt.', 'A', 'NXDOMAIN'],
    ['x.6tisch.arpa.', 'A', 'NXDOMAIN'],
    ['eap-noob.arpa.', 'A', 'NXDOMAIN'],
    ['home.arpa.', 'A', 'NOERROR'],
    ['home.arpa.', 'NS', 'NOERROR; home.arpa. NS localhost.'],
    ['home.arpa.', 'SOA', 'NOERROR; home.arpa. SOA localhost. nobody.invalid. 1 3600 1200 604800 10800'],
    ['nas.home.arpa.', 'A', 'NXDOMAIN'],
    ['home.arpa.', 'DS', 'look-up'],
    ['nas.home.arpa.', 'DS', 'NXDOMAIN'],
    ['_dns.resolver.arpa.', 'SVCB', 'NOERROR'],
    ['x.resolver.arpa.', 'SVCB', 'NXDOMAIN'],
    ['default.service.arpa.', 'PTR', 'NXDOMAIN'],
    ['10.in-addr.arpa.', 'DS', 'look-up'],
    ['test.', 'DS', 'NXDOMAIN'],
    ['1.1.1.10.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
    ['1.16.172.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
    ['1.31.172.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
    ['1.15.172.in-addr.arpa.', 'PTR', 'look-up'],
    ['1.32.172.in-addr.arpa.', 'PTR', 'look-up'],
    ['1.1.168.192.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
    ['1.64.100.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
    ['1.127.100.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
    ['1.128.100.in-addr.arpa.', 'PTR', 'look-up'],
    ['1.0.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
    ['1.254.169.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
    ['1.2.0.192.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
    ['1.100.51.198.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
    ['1.113.0.203.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
    ['255.255.255.255.in-addr.arpa.', 'PTR', 'NOERROR'],
    ['1.d.f.ip6.arpa.', 'PTR', 'NXDOMAIN'],
    ['1.c.f.ip6.arpa.', 'PTR', 'look-up'],
    ['1.8.e.f.ip6.arpa.', 'PTR', 'NXDOMAIN'],
    ['1.b.e.f.ip6.arpa.', 'PTR', 'NXDOMAIN'],
    ['1.c.e.f.ip6.arpa.', 'PTR', 'look-up'],
    ['1.8.b.d.0.1.0.0.2.ip6.arpa.', 'PTR', 'NXDOMAIN'],
    ['ipv4only.arpa.', 'A', 'look-up'],
    ['www.example.', 'A', 'look-up'],
    ['example.com.', 'A', 'look-up'],
    ['arpa.', 'NS', 'look-up'],
    ['in-addr.arpa.', 'NS', 'look-up'],
    ['.', 'NS', 'look-up'],
    ['com.', 'DS', 'look-up'],
    ['single-label.', 'A', 'look-up'],
    ['notlocalhost.', 'A', 'look-up'],
    ['xtest.', 'A', 'look-up'],
  ];
  const localData = new LocalData(optionsOf({}));
  for (const [name, type, want] of rows) {
    test(`${name} ${type}: ${want}`, () => expect(say(localData, name, type)).toBe(want));
  }
});

describe('what switches a built-in zone off', () => {
  const rows: { name: string; setting: Setting; asked: [name: string, type: string, want: string][] }[] = [
    {
      name: 'serve_rfc1918 off: all reverse zones',
      setting: { rfc1918: false },
      asked: [
        ['1.10.in-addr.arpa.', 'PTR', 'look-up'],
        ['1.d.f.ip6.arpa.', 'PTR', 'look-up'],
        ['2.0.0.127.in-addr.arpa.', 'PTR', 'look-up'],
        ['1.home.arpa.', 'A', 'NXDOMAIN'],
      ],
    },
    {
      name: 'both off: the loopback addresses keep their names (POWERDNS 2.6)',
      setting: { rfc1918: false, rfc6303: false },
      asked: [
        ['1.0.0.127.in-addr.arpa.', 'PTR', 'NOERROR; 1.0.0.127.in-addr.arpa. PTR localhost.'],
        [`1.${v6Zeros(31)}.ip6.arpa.`, 'PTR', `NOERROR; 1.${v6Zeros(31)}.ip6.arpa. PTR localhost.`],
      ],
    },
    {
      name: 'both off, and a forward zone for a loopback address',
      setting: { rfc1918: false, forward: ['1.0.0.127.in-addr.arpa.'] },
      asked: [['1.0.0.127.in-addr.arpa.', 'PTR', 'look-up']],
    },
    {
      name: 'serve_rfc6303 off: the others stay',
      setting: { rfc6303: false },
      asked: [
        ['1.10.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
        ['1.64.100.in-addr.arpa.', 'PTR', 'look-up'],
        ['1.d.f.ip6.arpa.', 'PTR', 'look-up'],
      ],
    },
    {
      name: 'a forward zone of the same name (POWERDNS 4.3)',
      setting: { forward: ['home.arpa.'] },
      asked: [
        ['home.arpa.', 'SOA', 'look-up'],
        ['nas.home.arpa.', 'A', 'look-up'],
        ['home.arpa.', 'DS', 'look-up'],
      ],
    },
    {
      name: 'a forward zone below: only there',
      setting: { forward: ['lan.home.arpa.', '1.10.in-addr.arpa.'] },
      asked: [
        ['a.lan.home.arpa.', 'A', 'look-up'],
        ['lan.home.arpa.', 'DS', 'look-up'],
        ['b.home.arpa.', 'A', 'NXDOMAIN'],
        ['2.1.10.in-addr.arpa.', 'PTR', 'look-up'],
        ['2.2.10.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
      ],
    },
    {
      name: 'a forward zone above: the longer name wins (POWERDNS 4.1)',
      setting: { forward: ['in-addr.arpa.'] },
      asked: [
        ['1.10.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
        ['1.2.3.in-addr.arpa.', 'PTR', 'look-up'],
        ['nas.home.arpa.', 'A', 'NXDOMAIN'],
      ],
    },
    {
      name: 'forwarding everything does not let these names out',
      setting: { forward: ['.'] },
      asked: [
        ['nas.home.arpa.', 'A', 'NXDOMAIN'],
        ['localhost.', 'A', 'NOERROR; localhost. A 127.0.0.1'],
        ['www.example.', 'A', 'look-up'],
      ],
    },
    {
      name: 'local. opened by a forward zone below',
      setting: { forward: ['february.local.'] },
      asked: [
        ['nas.february.local.', 'A', 'look-up'],
        ['printer.local.', 'A', 'NXDOMAIN'],
      ],
    },
  ];
  for (const { name, setting, asked } of rows) {
    test(name, () => {
      const localData = new LocalData(optionsOf(setting));
      for (const [qname, type, want] of asked) expect(say(localData, qname, type), `${qname} ${type}`).toBe(want);
    });
  }

  for (const { zone } of specialUseZones) {
    test(`nodefault for ${nameText(zone)}`, () => {
      const localData = new LocalData(optionsOf({ zones: [`${nameText(zone)} nodefault`] }));
      for (const type of ['A', 'SOA', 'PTR', 'DS']) expect(say(localData, nameText(zone), type)).toBe('look-up');
      expect(say(localData, `x.${nameText(zone)}`, 'A')).toBe('look-up');
    });
  }
});

describe('zone files and the hosts file (POWERDNS 4.1)', () => {
  const soa = '@ 60 SOA ns h 1 2 3 4 5\n';
  const rows: { name: string; setting: Setting; asked: [name: string, type: string, want: string][] }[] = [
    {
      name: 'a zone file takes the place of a built-in zone',
      setting: { files: { 'home.arpa.': `${soa}nas 60 A 10.0.0.2` } },
      asked: [
        ['nas.home.arpa.', 'A', 'NOERROR; nas.home.arpa. A 10.0.0.2'],
        ['other.home.arpa.', 'A', 'NXDOMAIN'],
        ['home.arpa.', 'SOA', 'NOERROR; home.arpa. SOA ns.home.arpa. h.home.arpa. 1 2 3 4 5'],
        ['home.arpa.', 'DS', 'look-up'],
      ],
    },
    {
      name: 'a deeper zone file, a built-in zone around it',
      setting: { files: { '7.168.192.in-addr.arpa.': `${soa}1 60 PTR router.lan.` } },
      asked: [
        ['1.7.168.192.in-addr.arpa.', 'PTR', 'NOERROR; 1.7.168.192.in-addr.arpa. PTR router.lan.'],
        ['1.8.168.192.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
      ],
    },
    {
      name: 'a forward zone of the same name wins over a zone file',
      setting: { files: { 'lan.': `${soa}a 60 A 10.0.0.1` }, forward: ['lan.'] },
      asked: [['a.lan.', 'A', 'look-up']],
    },
    {
      name: 'the longest name decides between zone files and forward zones',
      setting: {
        files: { 'lan.': `${soa}a 60 A 10.0.0.1`, 'c.b.lan.': `${soa}a 60 A 10.0.0.3` },
        forward: ['b.lan.'],
      },
      asked: [
        ['a.lan.', 'A', 'NOERROR; a.lan. A 10.0.0.1'],
        ['a.b.lan.', 'A', 'look-up'],
        ['b.lan.', 'DS', 'NXDOMAIN'],
        ['a.c.b.lan.', 'A', 'NOERROR; a.c.b.lan. A 10.0.0.3'],
      ],
    },
    {
      name: 'the DS of a zone file belongs to the zone file above',
      setting: { files: { 'lan.': `${soa}b 60 NS ns.b`, 'b.lan.': `${soa}a 60 A 10.0.0.1` } },
      asked: [
        ['b.lan.', 'DS', 'NOERROR'],
        ['b.lan.', 'NS', 'NOERROR'],
        ['lan.', 'DS', 'look-up'],
      ],
    },
    {
      name: 'below a delegation servers are asked',
      setting: { files: { 'lan.': `${soa}b 60 NS ns.b\nns.b 60 A 10.0.0.1` } },
      asked: [
        ['x.b.lan.', 'A', 'look-up'],
        ['ns.b.lan.', 'A', 'look-up'],
        ['x.lan.', 'A', 'NXDOMAIN'],
      ],
    },
    {
      name: 'an alias out of a zone file',
      setting: { files: { 'lan.': `${soa}a 60 CNAME www.example.` } },
      asked: [
        ['a.lan.', 'A', 'alias www.example.'],
        ['a.lan.', 'CNAME', 'NOERROR; a.lan. CNAME www.example.'],
        ['a.lan.', 'ANY', 'NOERROR; a.lan. CNAME www.example.'],
      ],
    },
    {
      name: 'local data within a zone file',
      setting: { files: { 'lan.': `${soa}a 60 A 10.0.0.1` }, data: ['b.lan. A 10.0.0.2'] },
      asked: [
        ['a.lan.', 'A', 'NOERROR; a.lan. A 10.0.0.1'],
        ['b.lan.', 'A', 'NOERROR; b.lan. A 10.0.0.2'],
      ],
    },
    {
      name: 'names of the hosts file',
      setting: { hosts: '192.168.7.1 router.lan\nfd00::7 router.lan six.lan' },
      asked: [
        ['router.lan.', 'A', 'NOERROR; router.lan. A 192.168.7.1'],
        ['ROUTER.lan.', 'AAAA', 'NOERROR; router.lan. AAAA fd00::7'],
        ['six.lan.', 'A', 'NOERROR'],
        ['six.lan.', 'DS', 'NOERROR'],
        ['x.six.lan.', 'A', 'NXDOMAIN'],
        ['lan.', 'A', 'look-up'],
        ['1.7.168.192.in-addr.arpa.', 'PTR', 'NOERROR; 1.7.168.192.in-addr.arpa. PTR router.lan.'],
        ['2.7.168.192.in-addr.arpa.', 'PTR', 'NXDOMAIN'],
      ],
    },
    {
      name: 'the hosts file does not redefine localhost, but names addresses of the loopback network',
      setting: {
        hosts: '10.0.0.1 localhost x.localhost\n127.0.1.1 mybox.lan\n::1 a.lan ip6-loopback\n127.0.0.1 a.lan',
      },
      asked: [
        ['localhost.', 'A', 'NOERROR; localhost. A 127.0.0.1'],
        ['x.localhost.', 'A', 'NOERROR; x.localhost. A 127.0.0.1'],
        ['1.1.0.127.in-addr.arpa.', 'PTR', 'NOERROR; 1.1.0.127.in-addr.arpa. PTR mybox.lan.'],
        ['1.0.0.127.in-addr.arpa.', 'PTR', 'NOERROR; 1.0.0.127.in-addr.arpa. PTR localhost.'],
        [`1.${v6Zeros(31)}.ip6.arpa.`, 'PTR', `NOERROR; 1.${v6Zeros(31)}.ip6.arpa. PTR localhost.`],
        ['ip6-loopback.', 'AAAA', 'NOERROR; ip6-loopback. AAAA ::1'],
      ],
    },
    {
      name: 'the hosts file replaces no zone of the same name',
      setting: {
        hosts: '10.0.0.1 a.lan\n10.0.0.2 b.lan\n10.0.0.3 x.c.lan',
        files: { 'a.lan.': soa, 'c.lan.': soa },
        forward: ['b.lan.'],
      },
      asked: [
        ['a.lan.', 'A', 'NOERROR'],
        ['b.lan.', 'A', 'look-up'],
        ['x.c.lan.', 'A', 'NOERROR; x.c.lan. A 10.0.0.3'],
      ],
    },
  ];
  for (const { name, setting, asked } of rows) {
    test(name, () => {
      const localData = new LocalData(optionsOf(setting));
      for (const [qname, type, want] of asked) expect(say(localData, qname, type), `${qname} ${type}`).toBe(want);
    });
  }

  test('delegations, with addresses from any local zone, unless something else is configured there', () => {
    const localData = new LocalData(
      optionsOf({
        files: {
          'lan.': `${soa}b 60 NS ns.b\nns.b 60 A 10.0.0.1\nc 60 NS ns.other.test2.\nd 60 NS ns.b\ne 60 NS ns.b`,
          'other.test2.': `${soa}ns 60 AAAA fd00::1`,
          'd.lan.': soa,
        },
        forward: ['e.lan.'],
      }),
    );
    expect(
      localData
        .delegations()
        .map(({ zone, nameServers }) => [
          nameText(zone),
          ...nameServers.flatMap(({ name, addresses }) => [nameText(name), ...addresses.map(addressText)]),
        ]),
    ).toEqual([
      ['b.lan.', 'ns.b.lan.', '10.0.0.1'],
      ['c.lan.', 'ns.other.test2.', 'fd00::1'],
    ]);
  });

  test('what an alias of others leads to: zone files and hosts only', () => {
    const localData = new LocalData(
      optionsOf({ files: { 'lan.': `${soa}a 60 A 10.0.0.1` }, hosts: '10.0.0.2 b.home', zones: ['x.test2. static'] }),
    );
    const targets = ['a.lan.', 'b.home.', 'x.test2.', 'nas.home.arpa.', 'www.example.'].map((name) => {
      return localData.targetAnswer({ name: nameOf(name), type: 1, class: RRClass.IN })?.kind;
    });
    expect(targets).toEqual(['answer', 'answer', undefined, undefined, undefined]);
  });

  test('ten thousand zones: a question walks its own labels', () => {
    const forward = Array.from({ length: 10_000 }, (_, index) => `zone${index}.lan.`);
    const localData = new LocalData(optionsOf({ forward, files: { 'lan.': `${soa}a 60 A 10.0.0.1` } }));
    expect(say(localData, 'x.zone9999.lan.', 'A')).toBe('look-up');
    expect(say(localData, 'a.lan.', 'A')).toBe('NOERROR; a.lan. A 10.0.0.1');
  });
});

describe('local zones of the configuration (unbound.conf local-zone)', () => {
  const data = ['a.example. A 192.0.2.1', 'x.b.example. TXT hi', 'c.example. CNAME www.elsewhere.'];
  const types: Record<string, Record<'own' | 'other type' | 'nothing' | 'between' | 'alias', string>> = {
    static: {
      own: 'NOERROR; a.example. A 192.0.2.1',
      'other type': 'NOERROR',
      nothing: 'NXDOMAIN',
      between: 'NOERROR',
      alias: 'alias www.elsewhere.',
    },
    transparent: {
      own: 'NOERROR; a.example. A 192.0.2.1',
      'other type': 'NOERROR',
      nothing: 'look-up',
      between: 'look-up',
      alias: 'alias www.elsewhere.',
    },
    typetransparent: {
      own: 'NOERROR; a.example. A 192.0.2.1',
      'other type': 'look-up',
      nothing: 'look-up',
      between: 'look-up',
      alias: 'alias www.elsewhere.',
    },
    inform: {
      own: 'inform NOERROR; a.example. A 192.0.2.1',
      'other type': 'inform NOERROR',
      nothing: 'inform look-up',
      between: 'inform look-up',
      alias: 'inform alias www.elsewhere.',
    },
    deny: {
      own: 'NOERROR; a.example. A 192.0.2.1',
      'other type': 'drop',
      nothing: 'drop',
      between: 'drop',
      alias: 'alias www.elsewhere.',
    },
    inform_deny: {
      own: 'inform NOERROR; a.example. A 192.0.2.1',
      'other type': 'inform drop',
      nothing: 'inform drop',
      between: 'inform drop',
      alias: 'inform alias www.elsewhere.',
    },
    refuse: {
      own: 'NOERROR; a.example. A 192.0.2.1',
      'other type': 'refuse',
      nothing: 'refuse',
      between: 'refuse',
      alias: 'alias www.elsewhere.',
    },
    always_transparent: {
      own: 'look-up',
      'other type': 'look-up',
      nothing: 'look-up',
      between: 'look-up',
      alias: 'look-up',
    },
    always_refuse: { own: 'refuse', 'other type': 'refuse', nothing: 'refuse', between: 'refuse', alias: 'refuse' },
    always_deny: { own: 'drop', 'other type': 'drop', nothing: 'drop', between: 'drop', alias: 'drop' },
    always_nxdomain: {
      own: 'NXDOMAIN',
      'other type': 'NXDOMAIN',
      nothing: 'NXDOMAIN',
      between: 'NXDOMAIN',
      alias: 'NXDOMAIN',
    },
    always_nodata: {
      own: 'NOERROR',
      'other type': 'NOERROR',
      nothing: 'NOERROR',
      between: 'NOERROR',
      alias: 'NOERROR',
    },
    always_null: {
      own: 'NOERROR; a.example. A 0.0.0.0',
      'other type': 'NOERROR; a.example. AAAA ::',
      nothing: 'NOERROR; none.example. A 0.0.0.0',
      between: 'NOERROR; b.example. A 0.0.0.0',
      alias: 'NOERROR; c.example. A 0.0.0.0',
    },
    block_a: { own: 'NOERROR', 'other type': 'look-up', nothing: 'NOERROR', between: 'NOERROR', alias: 'NOERROR' },
    block_a_wdata: {
      own: 'NOERROR; a.example. A 192.0.2.1',
      'other type': 'look-up',
      nothing: 'NOERROR',
      between: 'NOERROR',
      alias: 'alias www.elsewhere.',
    },
    block_aaaa: {
      own: 'NOERROR; a.example. A 192.0.2.1',
      'other type': 'NOERROR',
      nothing: 'look-up',
      between: 'look-up',
      alias: 'alias www.elsewhere.',
    },
    noview: {
      own: 'NOERROR; a.example. A 192.0.2.1',
      'other type': 'NOERROR',
      nothing: 'look-up',
      between: 'look-up',
      alias: 'alias www.elsewhere.',
    },
  };
  for (const [type, wants] of Object.entries(types)) {
    test(type, () => {
      const localData = new LocalData(optionsOf({ zones: [`example. ${type}`], data }));
      expect({
        own: say(localData, 'a.example.', 'A'),
        'other type': say(localData, 'a.example.', 'AAAA'),
        nothing: say(localData, 'none.example.', 'A'),
        between: say(localData, 'b.example.', 'A'),
        alias: say(localData, 'c.example.', 'A'),
      }).toEqual(wants);
      expect(say(localData, 'example.', 'DS'), 'the DS is the parent’s').toBe('look-up');
      expect(say(localData, 'elsewhere.', 'A')).toBe('look-up');
    });
  }

  const rows: { name: string; setting: Setting; asked: [name: string, type: string, want: string][] }[] = [
    {
      name: 'redirect answers every name with the data of the apex',
      setting: { zones: ['example. redirect'], data: ['example. A 192.0.2.9'] },
      asked: [
        ['example.', 'A', 'NOERROR; example. A 192.0.2.9'],
        ['a.b.example.', 'A', 'NOERROR; a.b.example. A 192.0.2.9'],
        ['a.b.example.', 'AAAA', 'NOERROR'],
      ],
    },
    {
      name: 'redirect with a CNAME',
      setting: { zones: ['example. inform_redirect'], data: ['example. CNAME walled.garden.'] },
      asked: [['x.example.', 'A', 'inform alias walled.garden.']],
    },
    {
      name: 'records outside every zone make a transparent one',
      setting: { data: ['nas.example. A 192.0.2.1', 'NAS.example. A 192.0.2.2'] },
      asked: [
        ['nas.EXAMPLE.', 'A', 'NOERROR; nas.example. A 192.0.2.1; nas.example. A 192.0.2.2'],
        ['nas.example.', 'AAAA', 'NOERROR'],
        ['x.nas.example.', 'A', 'look-up'],
        ['example.', 'A', 'look-up'],
      ],
    },
    {
      name: 'records inside a built-in zone',
      setting: { data: ['nas.home.arpa. A 192.168.1.2', '2.1.168.192.in-addr.arpa. PTR nas.home.arpa.'] },
      asked: [
        ['nas.home.arpa.', 'A', 'NOERROR; nas.home.arpa. A 192.168.1.2'],
        ['2.1.168.192.in-addr.arpa.', 'PTR', 'NOERROR; 2.1.168.192.in-addr.arpa. PTR nas.home.arpa.'],
        ['x.home.arpa.', 'A', 'NXDOMAIN'],
      ],
    },
    {
      name: 'the deepest zone decides',
      setting: { zones: ['example. static', 'b.example. transparent', 'c.b.example. always_nxdomain'] },
      asked: [
        ['a.example.', 'A', 'NXDOMAIN'],
        ['a.b.example.', 'A', 'look-up'],
        ['a.c.b.example.', 'A', 'NXDOMAIN'],
      ],
    },
    {
      name: 'a forward zone inside a local zone, and a local zone inside that (SECURITY A-50)',
      setting: { zones: ['example. static', 'ads.f.example. always_nxdomain'], forward: ['f.example.'] },
      asked: [
        ['x.example.', 'A', 'NXDOMAIN'],
        ['x.f.example.', 'A', 'look-up'],
        ['x.ads.f.example.', 'A', 'NXDOMAIN'],
      ],
    },
    {
      name: 'a local zone of the name of a forward zone is what was meant',
      setting: { zones: ['example. refuse'], forward: ['example.'] },
      asked: [['x.example.', 'A', 'refuse']],
    },
    {
      name: 'a built-in zone is replaced by a configured one',
      setting: { zones: ['test. transparent'], data: ['www.test. A 192.0.2.3'] },
      asked: [
        ['www.test.', 'A', 'NOERROR; www.test. A 192.0.2.3'],
        ['x.test.', 'A', 'look-up'],
      ],
    },
    {
      name: 'a local root zone',
      setting: { zones: ['. always_refuse'] },
      asked: [
        ['www.example.', 'A', 'refuse'],
        ['.', 'DS', 'refuse'],
        ['localhost.', 'A', 'NOERROR; localhost. A 127.0.0.1'],
      ],
    },
    {
      name: 'local DS records',
      setting: { zones: ['example. static'], data: ['example. DS 1 13 2 00'] },
      asked: [['example.', 'DS', 'NOERROR; example. DS 1 13 2 00']],
    },
  ];
  for (const { name, setting, asked } of rows) {
    test(name, () => {
      const localData = new LocalData(optionsOf(setting));
      for (const [qname, type, want] of asked) expect(say(localData, qname, type), `${qname} ${type}`).toBe(want);
    });
  }

  test('the SOA of the configuration stands in negative answers, with the lesser of its TTLs (RFC 2308 5)', () => {
    const localData = new LocalData(
      optionsOf({ zones: ['example. static'], data: ['example. 600 SOA ns. host. 7 1 1 1 120'] }),
    );
    const answer = localData.answer({ name: nameOf('x.example.'), type: 1, class: 1 });
    if (answer?.kind !== 'answer') throw new Error('no answer');
    const [soa] = answer.resolution.authority;
    expect(soa?.ttl).toBe(120);
    expect(soa && rdataText(6, soa.rrset.rdatas[0] ?? new Uint8Array())).toBe('ns. host. 7 1 1 1 120');
  });

  test('names with odd octets are told apart', () => {
    const localData = new LocalData(optionsOf({ zones: ['a\\.b.example. always_refuse', '__proto__. always_refuse'] }));
    expect(say(localData, 'a\\.b.example.', 'A')).toBe('refuse');
    expect(say(localData, 'a.b.example.', 'A')).toBe('look-up');
    expect(say(localData, 'x.__proto__.', 'A')).toBe('refuse');
    expect(say(localData, 'constructor.', 'A')).toBe('look-up');
  });
});
