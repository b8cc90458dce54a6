// Every signature that the RFCs print, verified as it stands.
import { describe, expect, test } from 'vitest';
import { matchDS } from '../../src/dnssec/ds-digest.ts';
import { keyTag } from '../../src/dnssec/key-tag.ts';
import { runSync, verifyRRset } from '../../src/dnssec/rrsig.ts';
import { RRType, typeText } from '../../src/wire/constants.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { parseDS } from '../../src/wire/rdata-dnssec.ts';
import { contextAt, keysOf, vectorRRsets } from './vector-records.ts';

interface Row {
  readonly name: string;
  readonly file: string;
  readonly keysFile?: string;
  readonly time: string;
  /** RRsets with a signature in the file. */
  readonly signed: number;
}

const in4035 = { keysFile: 'rfc4035/a-zone.txt', time: '2004-04-20T00:00:00Z' };
const in5155 = { keysFile: 'rfc5155/a-keys-and-chain.txt', time: '2010-01-01T00:00:00Z' };

const rows: readonly Row[] = [
  { name: 'the signed zone (RFC 4035 A)', file: 'rfc4035/a-zone.txt', ...in4035, signed: 26 },
  { name: 'an answer (RFC 4035 B.1)', file: 'rfc4035/b1-answer.txt', ...in4035, signed: 6 },
  { name: 'a name error (RFC 4035 B.2)', file: 'rfc4035/b2-name-error.txt', ...in4035, signed: 3 },
  { name: 'no data (RFC 4035 B.3)', file: 'rfc4035/b3-no-data.txt', ...in4035, signed: 2 },
  { name: 'a referral to a signed zone (RFC 4035 B.4)', file: 'rfc4035/b4-referral-signed.txt', ...in4035, signed: 1 },
  {
    name: 'a referral to an unsigned zone (RFC 4035 B.5)',
    file: 'rfc4035/b5-referral-unsigned.txt',
    ...in4035,
    signed: 1,
  },
  { name: 'a wildcard answer (RFC 4035 B.6)', file: 'rfc4035/b6-wildcard-answer.txt', ...in4035, signed: 5 },
  { name: 'wildcard no data (RFC 4035 B.7)', file: 'rfc4035/b7-wildcard-no-data.txt', ...in4035, signed: 3 },
  { name: 'DS no data (RFC 4035 B.8)', file: 'rfc4035/b8-ds-no-data.txt', ...in4035, signed: 2 },
  {
    name: 'keys and chain of the signed zone (RFC 5155 A)',
    file: 'rfc5155/a-keys-and-chain.txt',
    ...in5155,
    signed: 18,
  },
  { name: 'a name error (RFC 5155 B.1)', file: 'rfc5155/b1-name-error.txt', ...in5155, signed: 4 },
  { name: 'no data (RFC 5155 B.2)', file: 'rfc5155/b2-no-data.txt', ...in5155, signed: 2 },
  { name: 'an empty non-terminal (RFC 5155 B.2.1)', file: 'rfc5155/b2-1-empty-non-terminal.txt', ...in5155, signed: 2 },
  { name: 'an opt-out referral (RFC 5155 B.3)', file: 'rfc5155/b3-opt-out-referral.txt', ...in5155, signed: 2 },
  { name: 'a wildcard answer (RFC 5155 B.4)', file: 'rfc5155/b4-wildcard-answer.txt', ...in5155, signed: 5 },
  { name: 'wildcard no data (RFC 5155 B.5)', file: 'rfc5155/b5-wildcard-no-data.txt', ...in5155, signed: 4 },
  { name: 'DS no data (RFC 5155 B.6)', file: 'rfc5155/b6-ds-no-data.txt', ...in5155, signed: 2 },
  { name: 'RSA/SHA-256 (RFC 5702 6.1)', file: 'rfc5702/6-1-rsa-sha256.txt', time: '2010-01-01T00:00:00Z', signed: 1 },
  { name: 'RSA/SHA-512 (RFC 5702 6.2)', file: 'rfc5702/6-2-rsa-sha512.txt', time: '2010-01-01T00:00:00Z', signed: 1 },
  { name: 'ECDSA P-256 (RFC 6605 6.1)', file: 'rfc6605/6-1-p256.txt', time: '2010-08-20T00:00:00Z', signed: 1 },
  { name: 'ECDSA P-384 (RFC 6605 6.2)', file: 'rfc6605/6-2-p384.txt', time: '2010-08-20T00:00:00Z', signed: 1 },
  {
    name: 'Ed25519, first (RFC 8080 6.1)',
    file: 'rfc8080/6-1-ed25519-first.txt',
    time: '2015-08-01T00:00:00Z',
    signed: 1,
  },
  {
    name: 'Ed25519, second (RFC 8080 6.1)',
    file: 'rfc8080/6-1-ed25519-second.txt',
    time: '2015-08-01T00:00:00Z',
    signed: 1,
  },
  { name: 'Ed448, first (RFC 8080 6.2)', file: 'rfc8080/6-2-ed448-first.txt', time: '2015-08-01T00:00:00Z', signed: 1 },
  {
    name: 'Ed448, second (RFC 8080 6.2)',
    file: 'rfc8080/6-2-ed448-second.txt',
    time: '2015-08-01T00:00:00Z',
    signed: 1,
  },
];

describe.each(rows)('$name', ({ file, keysFile, time, signed }) => {
  const rrsets = vectorRRsets(file);
  const dnskeys = vectorRRsets(keysFile ?? file).find((rrset) => rrset.type === RRType.DNSKEY);
  if (dnskeys === undefined) throw new Error('the vector has no DNSKEY');
  const zoneKeys = keysOf(dnskeys.name, dnskeys.rdatas);
  const withSignature = rrsets.filter((rrset) => rrset.signatures.length > 0);

  test('verifies every signature', () => {
    const failed = withSignature.flatMap((rrset) => {
      const result = runSync(verifyRRset(rrset, contextAt(time, zoneKeys)));
      return result.ok ? [] : [`${nameText(rrset.name)} ${typeText(rrset.type)}: ${result.reason}`];
    });
    expect(failed).toEqual([]);
    expect(withSignature.length).toBe(signed);
  });

  test('verifies none when a record or a signature is changed by one bit', () => {
    for (const rrset of withSignature) {
      const changed = (octets: Uint8Array): Uint8Array => {
        const copy = octets.slice();
        copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
        return copy;
      };
      const corrupted = [
        { ...rrset, rdatas: rrset.rdatas.map(changed) },
        { ...rrset, signatures: rrset.signatures.map(changed) },
      ];
      for (const given of corrupted) {
        const result = runSync(verifyRRset(given, contextAt(time, zoneKeys)));
        expect(result).toMatchObject({ ok: false, reason: 'rrsig-invalid' });
      }
    }
  });
});

describe('DS records', () => {
  const files = [
    'rfc4034/5-4-ds.txt',
    'rfc6605/6-1-p256.txt',
    'rfc6605/6-2-p384.txt',
    'rfc8080/6-1-ed25519-first.txt',
    'rfc8080/6-1-ed25519-second.txt',
    'rfc8080/6-2-ed448-first.txt',
    'rfc8080/6-2-ed448-second.txt',
  ];
  test.each(files)('of %s match their DNSKEY', (file) => {
    const rrsets = vectorRRsets(file);
    const dnskey = rrsets.find((rrset) => rrset.type === RRType.DNSKEY)?.rdatas[0] ?? new Uint8Array();
    const dsSet = rrsets.find((rrset) => rrset.type === RRType.DS);
    expect(dsSet?.rdatas.length).toBeGreaterThan(0);
    for (const rdata of dsSet?.rdatas ?? []) {
      const ds = parseDS(rdata);
      if (ds === undefined || dsSet === undefined) throw new Error('bad DS');
      expect(keyTag(dnskey)).toBe(ds.keyTag);
      expect(matchDS(ds, dsSet.name, dnskey)).toBe('match');
    }
  });
});
