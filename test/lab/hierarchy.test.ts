import { describe, expect, test } from 'vitest';
import { matchDS } from '../../src/dnssec/ds-digest.ts';
import { answer } from '../../src/lab/authority.ts';
import { buildHierarchy, type Hierarchy } from '../../src/lab/hierarchy.ts';
import type { DsPublication } from '../../src/lab/zone-description.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { parseDS } from '../../src/wire/rdata-dnssec.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { messageOf, queryOctets, sectionText, statusText } from '../support/message-text.ts';

const nowSeconds = 1_767_225_600;

function build(): Hierarchy {
  return buildHierarchy({
    nowSeconds,
    zones: [
      { name: 'test.', denial: { kind: 'nsec3', optOut: true } },
      { name: 'signed.test.', algorithms: [15], keyRoles: 'separate', records: 'www A 192.0.2.1' },
      { name: 'plain.test.', isSigned: false, records: 'www A 192.0.2.2' },
      { name: 'six.test.', addresses: ['2001:db8::6'] },
      { name: 'hosted.test.', nameServers: ['ns1.signed.test.'], addresses: ['198.18.0.3'] },
    ],
  });
}

function ask(hierarchy: Hierarchy, address: string, question: string) {
  const zones = hierarchy.servers.get(address);
  if (zones === undefined) throw new Error(`nothing at ${address}`);
  return messageOf(answer(zones, queryOctets(question), { transport: 'udp' }));
}

describe('buildHierarchy', () => {
  const hierarchy = build();

  test('the root is added, with hints and anchors', () => {
    expect(hierarchy.rootHints).toBe('. 3600 IN NS a.root-servers.\na.root-servers. 3600 IN A 198.18.0.1\n');
    const { records } = parseZoneText(hierarchy.trustAnchors.join('\n'));
    expect(records.map(({ type }) => type)).toEqual([RRType.DS]);
    const ds = records[0] && parseDS(records[0].rdata);
    const key = hierarchy.zone('.').signed?.keys[0];
    expect(ds && key && matchDS(ds, nameOf('.'), key.dnskey)).toBe('match');
  });

  const referrals = [
    {
      name: 'the root delegates what is described',
      address: '198.18.0.1',
      question: 'www.signed.test. A',
      authority: ['test. NS', 'test. DS signed'],
      additional: ['ns1.test. A'],
    },
    {
      name: 'a signed child has a DS',
      address: '198.18.0.2',
      question: 'www.signed.test. A',
      authority: ['signed.test. NS', 'signed.test. DS signed'],
      additional: ['ns1.signed.test. A'],
    },
    {
      name: 'an IPv6 address is glue too',
      address: '198.18.0.2',
      question: 'six.test. A',
      authority: ['six.test. NS', 'six.test. DS signed'],
      additional: ['ns1.six.test. AAAA'],
    },
    {
      name: 'name servers of another zone',
      address: '198.18.0.2',
      question: 'hosted.test. A',
      authority: ['hosted.test. NS', 'hosted.test. DS signed'],
      additional: ['ns1.signed.test. A'],
    },
  ];
  for (const { name, address, question, authority, additional } of referrals) {
    test(name, () => {
      const message = ask(hierarchy, address, question);
      expect(sectionText(message.authority)).toEqual(authority);
      expect(sectionText(message.additional)).toEqual(additional);
    });
  }

  test('an unsigned child has none, and the Opt-Out proof says so', () => {
    const message = ask(hierarchy, '198.18.0.2', 'www.plain.test. A');
    expect(message.authority.map(({ type }) => type)).not.toContain(RRType.DS);
    expect(message.authority.map(({ type }) => type)).toContain(RRType.NSEC3);
  });

  test('two zones on one server', () => {
    expect(statusText(ask(hierarchy, '198.18.0.3', 'www.signed.test. A'))).toBe('NOERROR qr aa');
    expect(statusText(ask(hierarchy, '198.18.0.3', 'hosted.test. SOA'))).toBe('NOERROR qr aa');
    expect(statusText(ask(hierarchy, '198.18.0.3', 'plain.test. SOA'))).toBe('REFUSED qr');
  });

  test('anchors of any signed zone', () => {
    expect(hierarchy.anchorsOf('signed.test.').length).toBe(1);
    expect(hierarchy.anchorsOf('plain.test.')).toEqual([]);
    expect(() => hierarchy.zone('nope.test.')).toThrow(/nope/);
  });

  const publications: { ds: DsPublication; want: string[] }[] = [
    { ds: 'matching', want: ['match'] },
    { ds: 'absent', want: [] },
    { ds: 'wrong-digest', want: ['mismatch'] },
    { ds: 'wrong-key-tag', want: ['mismatch'] },
    { ds: 'wrong-algorithm', want: ['mismatch'] },
    { ds: 'unknown-digest', want: ['unsupported'] },
    { ds: { digestTypes: [1, 4] }, want: ['match', 'match'] },
    { ds: { rdatas: [Uint8Array.from([0, 1, 13, 2])] }, want: ['mismatch'] },
  ];
  for (const { ds, want } of publications) {
    test(`DS ${JSON.stringify(ds)}`, () => {
      const built = buildHierarchy({ nowSeconds, zones: [{ name: 'a.', ds }] });
      const key = built.zone('a.').signed?.keys[0]?.dnskey ?? new Uint8Array();
      const rdatas = built.zone('.').zone.rrset(nameOf('a.'), RRType.DS)?.rdatas ?? [];
      const results = rdatas.map((rdata) => {
        const parsed = parseDS(rdata);
        return parsed && matchDS(parsed, nameOf('a.'), key);
      });
      expect(results).toEqual(want);
    });
  }

  test('the text of a description wins over what would be made', () => {
    const built = buildHierarchy({
      nowSeconds,
      zones: [{ name: 'a.', records: '@ 60 SOA x y 9 1 1 1 1\n@ 60 NS ns.b.\n' }],
    });
    expect(built.zone('a.').zone.soaFields.serial).toBe(9);
    expect(built.zone('a.').zone.rrset(nameOf('a.'), RRType.NS)?.rdatas.length).toBe(1);
  });
});
