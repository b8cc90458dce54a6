import { describe, expect, it } from 'vitest';
import { canonicalRdata, canonicalRdatas, signedOctets, signedOwner } from '../../src/wire/canonical.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { DomainName } from '../../src/wire/name.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { parseRdata, rdataText } from '../../src/wire/rdata-text.ts';
import { hex, octetsOf, toHex } from './octets.ts';

function rdataOf(type: keyof typeof RRType, text: string): Uint8Array {
  const parsed = parseRdata(RRType[type], text);
  if (!parsed.ok) throw new Error(`${type} ${text}: ${parsed.error}`);
  return parsed.rdata;
}

describe('canonicalRdata', () => {
  const lowered: { type: keyof typeof RRType; given: string; want: string }[] = [
    ...(['NS', 'MD', 'MF', 'CNAME', 'MB', 'MG', 'MR', 'PTR', 'DNAME'] as const).map((type) => ({
      type,
      given: 'NS.Example.',
      want: 'ns.example.',
    })),
    { type: 'SOA', given: 'NS.Example. Admin.Example. 1 2 3 4 5', want: 'ns.example. admin.example. 1 2 3 4 5' },
    { type: 'MINFO', given: 'A.Example. B.Example.', want: 'a.example. b.example.' },
    { type: 'MX', given: '16705 MAIL.Example.', want: '16705 mail.example.' },
    { type: 'RP', given: 'A.Example. B.Example.', want: 'a.example. b.example.' },
    { type: 'AFSDB', given: '16705 A.Example.', want: '16705 a.example.' },
    { type: 'RT', given: '16705 A.Example.', want: '16705 a.example.' },
    { type: 'KX', given: '16705 A.Example.', want: '16705 a.example.' },
    { type: 'PX', given: '16705 A.Example. B.Example.', want: '16705 a.example. b.example.' },
    { type: 'SRV', given: '16705 16705 16705 A.Example.', want: '16705 16705 16705 a.example.' },
    {
      type: 'NAPTR',
      given: '16705 16705 "S" "Http+X" "!A!B!" A.Example.',
      want: '16705 16705 "S" "Http+X" "!A!B!" a.example.',
    },
    {
      type: 'SIG',
      given: 'A 5 3 86400 20030322173103 20030220173103 16705 Example. QUJD',
      want: 'A 5 3 86400 20030322173103 20030220173103 16705 example. QUJD',
    },
    {
      type: 'RRSIG',
      given: 'A 5 3 86400 20030322173103 20030220173103 16705 Example. QUJD',
      want: 'A 5 3 86400 20030322173103 20030220173103 16705 example. QUJD',
    },
  ];
  it.each(lowered)('$type: names are lower-cased, the rest is not (RFC 4034 6.2)', ({ type, given, want }) => {
    const rdata = rdataOf(type, given);
    const before = toHex(rdata);
    expect(rdataText(RRType[type], canonicalRdata(RRType[type], rdata))).toBe(want);
    expect(toHex(rdata)).toBe(before);
  });

  const kept: { type: keyof typeof RRType; given: string; reason: string }[] = [
    { type: 'NSEC', given: 'Host.Example. A NSEC', reason: 'RFC 6840 5.1' },
    { type: 'HINFO', given: '"CPU" "OS"', reason: 'RFC 6840 5.1: it holds no names' },
    { type: 'SVCB', given: '1 Svc.Example. alpn="H2"', reason: 'RFC 3597 7' },
    { type: 'HTTPS', given: '1 Svc.Example. alpn="H2"', reason: 'RFC 3597 7' },
    { type: 'TXT', given: '"ABC"', reason: 'it holds no names' },
    { type: 'LP', given: '10 L64.Example.', reason: 'RFC 3597 7' },
    { type: 'TALINK', given: 'A.Example. B.Example.', reason: 'RFC 3597 7' },
    { type: 'HIP', given: '2 4142 QUJD RVS.Example.', reason: 'RFC 3597 7' },
    { type: 'IPSECKEY', given: '10 3 2 GW.Example. QUJD', reason: 'RFC 3597 7' },
    { type: 'A', given: '65.66.67.68', reason: 'it holds no names' },
  ];
  it.each(kept)('$type stays as it is ($reason)', ({ type, given }) => {
    const rdata = rdataOf(type, given);
    expect(canonicalRdata(RRType[type], rdata)).toBe(rdata);
  });

  it('gives the same array when nothing changes', () => {
    const rdata = rdataOf('MX', '10 mail.example.');
    expect(canonicalRdata(RRType.MX, rdata)).toBe(rdata);
  });

  it('leaves RDATA alone that ends early', () => {
    for (const octets of ['', '0a', '000a', '000a05414243', '000ac000']) {
      expect(toHex(canonicalRdata(RRType.MX, hex(octets)))).toBe(octets);
    }
  });
});

describe('canonicalRdatas', () => {
  it('sorts as unsigned octets, a prefix first, without duplicates (RFC 4034 6.3)', () => {
    const rdatas = ['80', '7f', '7fff', '7f00', '', '80'].map(hex);
    const rrset = { name: DomainName.root, type: RRType.NULL, class: RRClass.IN, rdatas };
    expect(canonicalRdatas(rrset).map(toHex)).toEqual(['', '7f', '7f00', '7fff', '80']);
    expect(rdatas.map(toHex)).toEqual(['80', '7f', '7fff', '7f00', '', '80']);
  });

  it('finds duplicates after lower-casing', () => {
    const rdatas = [rdataOf('NS', 'B.example.'), rdataOf('NS', 'a.example.'), rdataOf('NS', 'b.EXAMPLE.')];
    const rrset = { name: DomainName.root, type: RRType.NS, class: RRClass.IN, rdatas };
    expect(canonicalRdatas(rrset).map((rdata) => rdataText(RRType.NS, rdata))).toEqual(['a.example.', 'b.example.']);
  });
});

describe('signedOwner (RFC 4035 5.3.2)', () => {
  const rows = [
    { owner: 'WWW.Example.', labels: 2, want: 'www.example.' },
    { owner: 'a.b.example.', labels: 2, want: '*.b.example.' },
    { owner: 'a.b.example.', labels: 1, want: '*.example.' },
    { owner: 'a.b.example.', labels: 0, want: '*.' },
    { owner: '*.example.', labels: 1, want: '*.example.' },
    { owner: 'a.*.example.', labels: 3, want: 'a.*.example.' },
    { owner: 'a.*.example.', labels: 2, want: '*.*.example.' },
    { owner: '.', labels: 0, want: '.' },
    { owner: 'example.', labels: 9, want: 'example.' },
  ];
  it.each(rows)('$owner with $labels labels: $want', ({ owner, labels, want }) => {
    expect(nameText(DomainName.fromOctets(signedOwner(nameOf(owner), labels)))).toBe(want);
  });
});

describe('signedOctets (RFC 4034 3.1.8.1)', () => {
  it('has the RRSIG without its signature, then each record in canonical form and order', () => {
    const rrsig = rdataOf('RRSIG', 'MX 8 2 3600 20300101000000 20200101000000 1 Example. QUJD');
    const rrset = {
      name: nameOf('WWW.Example.'),
      type: RRType.MX,
      class: RRClass.IN,
      rdatas: [rdataOf('MX', '20 B.example.'), rdataOf('MX', '10 A.example.'), rdataOf('MX', '10 a.EXAMPLE.')],
    };
    const lowerRrsig = rdataOf('RRSIG', 'MX 8 2 3600 20300101000000 20200101000000 1 example. QUJD');
    const owner = nameOf('www.example.').octets;
    const record = (text: string) => octetsOf(owner, hex('000f 0001 00000e10 000d'), rdataOf('MX', text));
    const want = octetsOf(lowerRrsig.subarray(0, -3), record('10 a.example.'), record('20 b.example.'));
    expect(toHex(signedOctets(rrset, rrsig, rrsig.length - 3, 2))).toBe(toHex(want));
  });

  it('does not change the RRSIG that it is given', () => {
    const rrsig = rdataOf('RRSIG', 'A 8 1 3600 20300101000000 20200101000000 1 EXAMPLE. QUJD');
    const before = toHex(rrsig);
    signedOctets(
      { name: nameOf('example.'), type: RRType.A, class: 1, rdatas: [hex('41424344')] },
      rrsig,
      rrsig.length - 3,
      1,
    );
    expect(toHex(rrsig)).toBe(before);
  });
});
