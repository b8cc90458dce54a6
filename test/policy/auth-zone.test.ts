import { describe, expect, test } from 'vitest';
import { AuthZone } from '../../src/policy/auth-zone.ts';
import { addressText } from '../../src/wire/address-text.ts';
import { parseType, typeText } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { rdataText } from '../../src/wire/rdata-text.ts';
import type { RRset } from '../../src/wire/record.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';

const zone = nameOf('example.lan.');

const text = `
$TTL 300
@ SOA ns h 1 2 3 4 60
@ NS ns
ns A 192.0.2.53
www A 192.0.2.1
www A 192.0.2.2
www AAAA 2001:db8::1
alias CNAME www
out CNAME www.elsewhere.
a.b.ent A 192.0.2.3
*.wild A 192.0.2.10
*.wild TXT w
exists.wild A 192.0.2.11
*.wc CNAME www
d DNAME target
d A 192.0.2.20
below.d A 192.0.2.21
long DNAME ${'x'.repeat(63)}.${'y'.repeat(63)}.${'z'.repeat(63)}.elsewhere.
sub NS ns.sub
sub NS ns.elsewhere.
sub DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000
ns.sub A 192.0.2.60
deep.sub NS ns.sub
plain NS ns
signed A 192.0.2.30
signed RRSIG A 13 3 300 20300101000000 20200101000000 1 example.lan. AAAA
`;

function build(content: string) {
  const { records, errors } = parseZoneText(content, { origin: zone });
  expect(errors).toEqual([]);
  return AuthZone.build(zone, records);
}

function zoneOf(content: string): AuthZone {
  const built = build(content);
  if (!built.ok) throw new Error(built.error);
  return built.authZone;
}

function setTexts(rrsets: readonly RRset[]): string[] {
  return rrsets.flatMap(({ name, type, rdatas, signatures }) => [
    ...rdatas.map((rdata) => `${nameText(name)} ${typeText(type)} ${rdataText(type, rdata)}`),
    ...signatures.map(() => `${nameText(name)} RRSIG of ${typeText(type)}`),
  ]);
}

function say(authZone: AuthZone, name: string, type: string): string[] {
  const found = authZone.answer(nameOf(name), parseType(type) ?? 0);
  switch (found.kind) {
    case 'rrsets':
      return setTexts(found.rrsets);
    case 'alias':
      return [...setTexts(found.rrsets), `then ${found.target === undefined ? 'nowhere' : nameText(found.target)}`];
    case 'negative':
      return [found.exists ? 'NODATA' : 'NXDOMAIN'];
    default:
      return [found.kind];
  }
}

describe('answers of a zone', () => {
  const rows: [name: string, type: string, want: string[]][] = [
    ['www', 'A', ['www.example.lan. A 192.0.2.1', 'www.example.lan. A 192.0.2.2']],
    ['WWW', 'AAAA', ['www.example.lan. AAAA 2001:db8::1']],
    ['www', 'MX', ['NODATA']],
    ['none', 'A', ['NXDOMAIN']],
    ['x.none', 'A', ['NXDOMAIN']],
    ['x.www', 'A', ['NXDOMAIN']],
    ['ns', 'ANY', ['ns.example.lan. A 192.0.2.53']],
    ['b.ent', 'A', ['NODATA']],
    ['ent', 'A', ['NODATA']],
    ['x.ent', 'A', ['NXDOMAIN']],
    ['alias', 'A', ['alias.example.lan. CNAME www.example.lan.', 'then www.example.lan.']],
    ['alias', 'CNAME', ['alias.example.lan. CNAME www.example.lan.']],
    ['alias', 'ANY', ['alias.example.lan. CNAME www.example.lan.']],
    ['out', 'MX', ['out.example.lan. CNAME www.elsewhere.', 'then www.elsewhere.']],
    // RFC 4592
    ['x.wild', 'A', ['x.wild.example.lan. A 192.0.2.10']],
    ['y.x.wild', 'A', ['y.x.wild.example.lan. A 192.0.2.10']],
    ['x.wild', 'MX', ['NODATA']],
    ['wild', 'A', ['NODATA']],
    ['*.wild', 'A', ['*.wild.example.lan. A 192.0.2.10']],
    ['exists.wild', 'TXT', ['NODATA']],
    ['x.exists.wild', 'A', ['NXDOMAIN']],
    ['x.wc', 'A', ['x.wc.example.lan. CNAME www.example.lan.', 'then www.example.lan.']],
    // RFC 6672
    ['d', 'A', ['d.example.lan. A 192.0.2.20']],
    ['d', 'DNAME', ['d.example.lan. DNAME target.example.lan.']],
    [
      'x.d',
      'A',
      [
        'd.example.lan. DNAME target.example.lan.',
        'x.d.example.lan. CNAME x.target.example.lan.',
        'then x.target.example.lan.',
      ],
    ],
    [
      'below.d',
      'A',
      [
        'd.example.lan. DNAME target.example.lan.',
        'below.d.example.lan. CNAME below.target.example.lan.',
        'then below.target.example.lan.',
      ],
    ],
    [
      `${'w'.repeat(63)}.long`,
      'A',
      [`long.example.lan. DNAME ${'x'.repeat(63)}.${'y'.repeat(63)}.${'z'.repeat(63)}.elsewhere.`, 'then nowhere'],
    ],
    // Delegations
    ['sub', 'A', ['delegated']],
    ['sub', 'NS', ['delegated']],
    ['host.sub', 'A', ['delegated']],
    ['host.sub', 'DS', ['delegated']],
    ['ns.sub', 'A', ['delegated']],
    ['sub', 'DS', [`sub.example.lan. DS 1 13 2 ${'0'.repeat(64)}`]],
    ['plain', 'DS', ['NODATA']],
    // Signatures as they are
    ['signed', 'A', ['signed.example.lan. A 192.0.2.30', 'signed.example.lan. RRSIG of A']],
    ['signed', 'RRSIG', ['signed.example.lan. RRSIG of A']],
    ['www', 'RRSIG', ['NODATA']],
  ];
  const authZone = zoneOf(text);
  for (const [name, type, want] of rows) {
    test(`${name} ${type}`, () => expect(say(authZone, `${name}.example.lan.`, type)).toEqual(want));
  }

  test('the apex', () => {
    expect(say(authZone, 'example.lan.', 'NS')).toEqual(['example.lan. NS ns.example.lan.']);
    expect(say(authZone, 'example.lan.', 'A')).toEqual(['NODATA']);
    expect(say(authZone, 'Example.LAN.', 'SOA')).toEqual([
      'example.lan. SOA ns.example.lan. h.example.lan. 1 2 3 4 60',
    ]);
  });

  test('a DNAME at the apex', () => {
    const renamed = zoneOf('@ 60 SOA ns h 1 2 3 4 5\n@ 60 DNAME elsewhere.\n');
    expect(say(renamed, 'example.lan.', 'SOA')).toHaveLength(1);
    expect(say(renamed, 'www.example.lan.', 'A').at(-1)).toBe('then www.elsewhere.');
  });

  test('the root', () => {
    const { records } = parseZoneText('. 60 SOA a. b. 1 2 3 4 5\nlan. 60 NS ns.lan.\n* 60 A 192.0.2.1\n');
    const built = AuthZone.build(nameOf('.'), records);
    if (!built.ok) throw new Error(built.error);
    expect(say(built.authZone, '.', 'SOA')).toHaveLength(1);
    expect(say(built.authZone, 'x.lan.', 'A')).toEqual(['delegated']);
    expect(say(built.authZone, 'x.y.', 'A')).toEqual(['x.y. A 192.0.2.1']);
  });
});

describe('delegations', () => {
  test('with the addresses that are known, and none below another', () => {
    const authZone = zoneOf(text);
    const found = authZone.delegations((name) => authZone.addressesOf(name));
    expect(
      found.map((delegation) => [
        nameText(delegation.zone),
        ...delegation.nameServers.map(({ name, addresses }) =>
          [nameText(name), ...addresses.map(addressText)].join(' '),
        ),
      ]),
    ).toEqual([
      ['sub.example.lan.', 'ns.sub.example.lan. 192.0.2.60', 'ns.elsewhere.'],
      ['plain.example.lan.', 'ns.example.lan. 192.0.2.53'],
    ]);
  });
});

describe('what is no zone', () => {
  const rows: { name: string; content: string; error: string }[] = [
    { name: 'without SOA', content: 'www 60 A 192.0.2.1', error: 'there is no SOA record of example.lan' },
    {
      name: 'two SOA records',
      content: '@ 60 SOA a b 1 2 3 4 5\n@ 60 SOA a b 2 2 3 4 5',
      error: 'there are several SOA records of example.lan',
    },
    {
      name: 'an SOA of another name',
      content: 'a 60 SOA a b 1 2 3 4 5',
      error: 'there is no SOA record of example.lan',
    },
    { name: 'empty', content: '', error: 'there is no SOA record of example.lan' },
  ];
  for (const { name, content, error } of rows) {
    test(name, () => expect(build(content)).toEqual({ ok: false, error }));
  }

  test('records of other zones and classes are left out, and named', () => {
    const built = build('@ 60 SOA a b 1 2 3 4 5\nx.other. 60 A 192.0.2.1\na 60 CH TXT x\n');
    expect(built.ok && built.warnings).toEqual([
      'records that do not belong to example.lan are left out: x.other. A, a.example.lan. TXT',
    ]);
    expect(built.ok && say(built.authZone, 'a.example.lan.', 'TXT')).toEqual(['NXDOMAIN']);
  });
});
