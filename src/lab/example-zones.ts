// Zones that are sound, insecure or broken in one known way each, with what a validator must make of them: a check for
// any resolver, since all that is wrong is in the records. Those whose servers do wrong are in failing-zones.ts.
import { EdeCode, RRType } from '../wire/constants.ts';
import { DnskeyFlag } from '../wire/rdata-dnssec.ts';
import {
  changeAddress,
  type ExampleRow,
  type ExampleZone,
  insecure,
  isDnssecRecord,
  placedBelow,
  row,
  secure,
  signAsParent,
  span,
  without,
} from './example-row.ts';
import { KSK_FLAGS, makeKey, publishAs, ZSK_FLAGS } from './keys.ts';
import type { Validity } from './signer.ts';

export type { ExampleZone, ExpectedVerdict } from './example-row.ts';

/** RFC 9276 3.2 lets resolvers treat this many as insecure. */
const TOO_MANY_ITERATIONS = 2500;
const UNKNOWN_ALGORITHM = 200;

/** All examples, as zones below `parent` (absolute), with signatures around `nowSeconds`. */
export function exampleZones(parent: string, nowSeconds: number): ExampleZone[] {
  return placedBelow(parent, [...soundRows(), ...insecureRows(), ...bogusRows(nowSeconds)]);
}

export function soundRows(): ExampleRow[] {
  const chains = [
    { label: 'nsec', zone: {} },
    { label: 'nsec3', zone: { denial: { kind: 'nsec3', iterations: 1, salt: Uint8Array.of(0xab, 0xcd) } } },
    { label: 'opt-out', zone: { denial: { kind: 'nsec3', optOut: true } } },
    { label: 'narrow', zone: { denial: { kind: 'nsec3', isNarrow: true } } },
    { label: 'compact', zone: { denial: { kind: 'compact' } } },
  ] as const;
  const questions: readonly { label: string; text: string; owner?: string; type?: number; hasGap?: boolean }[] = [
    { label: 'answer', text: 'an address' },
    { label: 'alias', text: 'an alias', owner: 'alias' },
    { label: 'wildcard', text: 'an answer from a wildcard', owner: 'any.wild', hasGap: true },
    {
      label: 'wildcard-no-data',
      text: 'a wildcard without the type',
      owner: 'any.wild',
      type: RRType.MX,
      hasGap: true,
    },
    { label: 'no-data', text: 'a name without the type', type: RRType.MX },
    { label: 'no-name', text: 'a name that does not exist', owner: 'nope', hasGap: true },
    { label: 'empty', text: 'an empty non-terminal', owner: 'b.ent' },
    { label: 'dname', text: 'a name below a DNAME', owner: 'host.old' },
  ];
  const byChain = chains.flatMap(({ label, zone }) =>
    questions.map(({ hasGap, ...question }) => ({
      ...question,
      label: `${label}-${question.label}`,
      text: `${question.text}, ${label.toUpperCase()}`,
      // RFC 5155 9.2: a gap with Opt-Out may hide a delegation, so that nothing in it is secure.
      expected: hasGap && label === 'opt-out' ? insecure : secure,
      zone,
    })),
  );
  const byAlgorithm = ([8, 10, 13, 14, 15, 16] as const).map((algorithm) => ({
    label: `algorithm-${algorithm}`,
    text: `signed with algorithm ${algorithm}`,
    expected: secure,
    zone: { algorithms: [algorithm] },
  }));
  return [
    ...byChain,
    ...byAlgorithm,
    { label: 'two-keys', text: 'key-signing and zone-signing key', expected: secure, zone: { keyRoles: 'separate' } },
    { label: 'two-algorithms', text: 'two algorithms at once', expected: secure, zone: { algorithms: [13, 15] } },
    { label: 'sha-384', text: 'DS with digest type 4', expected: secure, zone: { ds: { digestTypes: [4] } } },
  ];
}

export function insecureRows(): ExampleRow[] {
  return [
    { label: 'unsigned', text: 'not signed, no DS', expected: insecure, zone: { isSigned: false } },
    { label: 'island', text: 'signed, but the parent has no DS', expected: insecure, zone: { ds: 'absent' } },
    {
      label: 'unknown-algorithm',
      text: 'signed with an algorithm that nobody knows',
      expected: { status: 'insecure', ede: EdeCode.UNSUPPORTED_DNSKEY_ALGORITHM },
      zone: { publishedAlgorithm: UNKNOWN_ALGORITHM },
    },
    {
      label: 'unknown-digest',
      text: 'DS with a digest type that nobody knows',
      expected: { status: 'insecure', ede: EdeCode.UNSUPPORTED_DS_DIGEST_TYPE },
      zone: { ds: 'unknown-digest' },
    },
    {
      label: 'iterations',
      text: `a name that does not exist, NSEC3 with ${TOO_MANY_ITERATIONS} iterations (RFC 9276)`,
      owner: 'nope',
      expected: { status: 'insecure', ede: EdeCode.UNSUPPORTED_NSEC3_ITERATIONS },
      zone: { denial: { kind: 'nsec3', iterations: TOO_MANY_ITERATIONS } },
    },
  ];
}

export function bogusRows(nowSeconds: number): ExampleRow[] {
  const days = (from: number, to: number): Validity => span(nowSeconds, from, to);
  const isAddress = (type: number) => type === RRType.A;
  const key = makeKey({ algorithm: 13, flags: KSK_FLAGS });
  const other = makeKey({ algorithm: 13, flags: KSK_FLAGS });
  return [
    row('expired', 'signatures expired', EdeCode.SIGNATURE_EXPIRED, { validity: days(-30, -1) }),
    row('not-yet-valid', 'signatures begin in a week', EdeCode.SIGNATURE_NOT_YET_VALID, { validity: days(7, 30) }),
    row('upside-down', 'signatures expire before they begin', EdeCode.SIGNATURE_EXPIRED_BEFORE_VALID, {
      faults: { validity: (_, type) => (isAddress(type) ? days(1, -1) : undefined) },
    }),
    row('answer-expired', 'the signature of one set expired', EdeCode.SIGNATURE_EXPIRED, {
      faults: { validity: (_, type) => (isAddress(type) ? days(-30, -1) : undefined) },
    }),
    row('ds-mismatch', 'the DS digest is wrong', EdeCode.DNSKEY_MISSING, { ds: 'wrong-digest' }),
    row('ds-key-tag', 'the DS names a key tag that no key has', EdeCode.DNSKEY_MISSING, { ds: 'wrong-key-tag' }),
    row('ds-algorithm', 'the DS names another algorithm', EdeCode.DNSKEY_MISSING, { ds: 'wrong-algorithm' }),
    row('ds-but-unsigned', 'the parent has a DS, the zone is not signed', EdeCode.DNSKEY_MISSING, {
      faults: { tamper: without((record) => isDnssecRecord(record)) },
    }),
    row('no-rrsig', 'RRSIG stripped from the answer', EdeCode.RRSIGS_MISSING, {
      faults: { omitSignature: (_, type) => isAddress(type) },
    }),
    row('dnskey-no-rrsig', 'RRSIG stripped from the DNSKEY set', EdeCode.RRSIGS_MISSING, {
      faults: { omitSignature: (_, type) => type === RRType.DNSKEY },
    }),
    row('bad-signature', 'the signature was changed', EdeCode.DNSSEC_BOGUS, {
      faults: { corruptSignature: (_, type) => isAddress(type) },
    }),
    row('changed-answer', 'the answer was changed after signing', EdeCode.DNSSEC_BOGUS, {
      faults: { tamper: (signed) => signed.map(changeAddress) },
    }),
    row('dnskey-bad-signature', 'the signature of the DNSKEY set was changed', EdeCode.DNSSEC_BOGUS, {
      faults: { corruptSignature: (_, type) => type === RRType.DNSKEY },
    }),
    row('other-key', 'signed with a key that is not published', EdeCode.DNSSEC_BOGUS, {
      keys: [key, makeKey({ algorithm: 13, flags: ZSK_FLAGS })],
      publishedKeys: [key],
    }),
    row('key-not-signing', 'the DS names a key that does not sign the DNSKEY set', EdeCode.DNSSEC_BOGUS, {
      keys: [publishAs(other, { flags: ZSK_FLAGS })],
      publishedKeys: [key, publishAs(other, { flags: ZSK_FLAGS })],
    }),
    {
      ...row('other-signer', 'RRSIG names as its signer a name that is no zone', EdeCode.DNSSEC_BOGUS, {
        keys: [key],
        faults: { tamper: (signed) => signAsParent(signed, key, days(-1, 30)) },
      }),
      owner: 'host.new',
    },
    row('no-zone-flag', 'the key lacks the Zone Key flag', EdeCode.NO_ZONE_KEY_BIT_SET, {
      keys: [publishAs(key, { flags: DnskeyFlag.SEP })],
    }),
    row('revoked', 'the key that the DS names is revoked', EdeCode.DNSSEC_BOGUS, {
      keys: [publishAs(key, { flags: KSK_FLAGS | DnskeyFlag.REVOKE })],
    }),
    row('protocol', 'the protocol field of the key is not 3', EdeCode.DNSSEC_BOGUS, {
      keys: [publishAs(key, { protocol: 4 })],
    }),
    {
      ...row('no-nsec', 'NSEC stripped', EdeCode.NSEC_MISSING, { denial: { kind: 'none' } }),
      owner: 'nope',
    },
    {
      ...row('no-nsec3', 'NSEC3 stripped', EdeCode.NSEC_MISSING, {
        denial: { kind: 'nsec3' },
        faults: { tamper: without(({ type }) => type === RRType.NSEC3) },
      }),
      owner: 'nope',
    },
    {
      ...row('nsec-no-rrsig', 'RRSIG stripped from the NSEC records', EdeCode.NSEC_MISSING, {
        faults: { omitSignature: (_, type) => type === RRType.NSEC },
      }),
      owner: 'nope',
    },
    {
      ...row('wildcard-no-proof', 'a wildcard answer without the proof for it', EdeCode.NSEC_MISSING, {
        denial: { kind: 'none' },
      }),
      owner: 'any.wild',
    },
  ];
}
