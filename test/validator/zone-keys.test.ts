// Which DS records count, and what claims to sign (RFC 4035 5.2, RFC 4509 3, RFC 6840 5.2).
import { describe, expect, test } from 'vitest';
import { DEFAULT_ALGORITHM_POLICY } from '../../src/dnssec/algorithms.ts';
import { claimedSigners, denialSigners, oneLabelBelow } from '../../src/validator/signers.ts';
import { unusableAnchor, usableDS } from '../../src/validator/zone-keys.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { parseDS } from '../../src/wire/rdata-dnssec.ts';
import { groupIntoRRsets, type RRset } from '../../src/wire/record.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';

const digests: Readonly<Record<number, number>> = { 1: 20, 2: 32, 4: 48 };

/** `tag/algorithm/digest type`. */
function dsOf(text: string): Uint8Array {
  const [tag = 0, algorithm = 0, digestType = 0] = text.split('/').map(Number);
  return Uint8Array.of(tag >> 8, tag & 0xff, algorithm, digestType, ...new Uint8Array(digests[digestType] ?? 10));
}

describe('usableDS', () => {
  const rows: readonly { given: readonly string[]; want: readonly string[]; reason?: string; sha1?: 'validate' }[] = [
    { given: ['1/13/2'], want: ['1/13/2'] },
    { given: ['1/13/2', '2/8/4'], want: ['1/13/2', '2/8/4'] },
    { given: ['1/13/1'], want: [], reason: 'unsupported-digest' },
    { given: ['1/13/1'], want: ['1/13/1'], sha1: 'validate' },
    { given: ['1/13/1', '1/13/2'], want: ['1/13/2'], sha1: 'validate' },
    { given: ['1/13/3'], want: [], reason: 'unsupported-digest' },
    { given: ['1/13/250', '1/200/2'], want: [], reason: 'unsupported-digest' },
    { given: ['1/200/2'], want: [], reason: 'unsupported-algorithm' },
    { given: ['1/1/2', '1/3/2', '1/6/2', '1/12/2', '1/253/2'], want: [], reason: 'unsupported-algorithm' },
    { given: ['1/5/2', '1/7/2'], want: [], reason: 'unsupported-algorithm' },
    { given: ['1/5/2'], want: ['1/5/2'], sha1: 'validate' },
    { given: ['1/200/2', '2/15/2'], want: ['2/15/2'] },
  ];
  for (const { given, want, reason, sha1 } of rows) {
    test(`${given.join(' ')}${sha1 === undefined ? '' : ` with SHA-1 ${sha1}`}`, () => {
      const policy = sha1 === undefined ? DEFAULT_ALGORITHM_POLICY : { ...DEFAULT_ALGORITHM_POLICY, sha1 };
      const found = usableDS(given.map(dsOf), policy, 8);
      expect(found.usable.map((ds) => `${ds.keyTag}/${ds.algorithm}/${ds.digestType}`)).toEqual(want);
      if (reason !== undefined) expect(found.reason).toBe(reason);
    });
  }

  test('at most eight are considered', () => {
    const many = Array.from({ length: 40 }, (_, index) => dsOf(`${index}/13/2`));
    expect(usableDS(many, DEFAULT_ALGORITHM_POLICY, 8).usable.length).toBe(8);
  });

  test('what cannot be read is passed over', () => {
    expect(usableDS([Uint8Array.of(1, 2)], DEFAULT_ALGORITHM_POLICY, 8).usable).toEqual([]);
  });
});

describe('unusableAnchor', () => {
  const rows: readonly { ds?: readonly string[]; dnskey?: number; want: string | undefined }[] = [
    { ds: ['1/13/2'], want: undefined },
    { ds: ['1/200/2', '2/13/2'], want: undefined },
    { ds: ['1/200/2'], want: 'unsupported-algorithm' },
    { ds: ['1/13/1', '2/200/2'], want: 'unsupported-digest' },
    { dnskey: 13, want: undefined },
    { dnskey: 200, want: 'unsupported-algorithm' },
    { ds: ['1/200/2'], dnskey: 15, want: undefined },
  ];
  for (const { ds = [], dnskey, want } of rows) {
    test(`${ds.join(' ')} and ${dnskey === undefined ? 'no key' : `a key of algorithm ${dnskey}`}`, () => {
      const anchor = {
        ds: ds.map((text) => parseDS(dsOf(text))).filter((parsed) => parsed !== undefined),
        dnskeys: dnskey === undefined ? [] : [Uint8Array.of(1, 1, 3, dnskey, 1, 2, 3, 4)],
      };
      expect(unusableAnchor(anchor, DEFAULT_ALGORITHM_POLICY)).toBe(want);
    });
  }
});

function setOf(text: string): RRset {
  const [set] = groupIntoRRsets(parseZoneText(text, { defaultTtl: 300 }).records);
  if (set === undefined) throw new Error('no set');
  return set;
}

const sig = (type: string, signer: string) => `RRSIG ${type} 13 2 300 20260201000000 20260101000000 1 ${signer} AAAA`;

describe('claimed signers', () => {
  const rows: readonly { name: string; set: string; want: readonly string[] }[] = [
    { name: 'none', set: 'www.a.test. A 192.0.2.1', want: [] },
    { name: 'the zone', set: `www.a.test. A 192.0.2.1\nwww.a.test. ${sig('A', 'a.test.')}`, want: ['a.test.'] },
    {
      name: 'several, the deepest first, each once',
      set: `www.a.test. A 192.0.2.1\nwww.a.test. ${sig('A', 'test.')}\nwww.a.test. ${sig('A', 'a.test.')}\nwww.a.test. ${sig('A', 'A.TEST.')}`,
      want: ['A.TEST.', 'test.'],
    },
    { name: 'not one beside', set: `www.a.test. A 192.0.2.1\nwww.a.test. ${sig('A', 'b.test.')}`, want: [] },
    { name: 'not one below', set: `a.test. A 192.0.2.1\na.test. ${sig('A', 'www.a.test.')}`, want: [] },
    { name: 'a DS is not its own zone’s', set: `a.test. DS 1 13 2 00\na.test. ${sig('DS', 'a.test.')}`, want: [] },
    { name: 'a DS is its parent’s', set: `a.test. DS 1 13 2 00\na.test. ${sig('DS', 'test.')}`, want: ['test.'] },
  ];
  for (const { name, set, want } of rows) {
    test(name, () => {
      expect(claimedSigners(setOf(set)).map(nameText)).toEqual(want);
    });
  }

  test('of a denial: the SOA’s too, and for DS only those above the name', () => {
    const nsec = setOf(`a.test. NSEC b.test. NS\na.test. ${sig('NSEC', 'test.')}`);
    const soa = setOf(`a.test. SOA x. y. 1 2 3 4 5\na.test. ${sig('SOA', 'a.test.')}`);
    const signers = (type: number) => denialSigners([nsec], soa, nameOf('a.test.'), type).map(nameText);
    expect(signers(RRType.A)).toEqual(['a.test.', 'test.']);
    expect(signers(RRType.DS)).toEqual(['test.']);
  });

  test('one label below', () => {
    expect(nameText(oneLabelBelow(nameOf('test.'), nameOf('a.b.c.test.')))).toBe('c.test.');
    expect(nameText(oneLabelBelow(nameOf('.'), nameOf('a.test.')))).toBe('test.');
  });
});
