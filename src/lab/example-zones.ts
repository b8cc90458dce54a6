// Zones that are sound, insecure or broken in one known way each, with what a validator must make of them: the shop
// window of the lab, and a check for any resolver.
import { EdeCode, RRType } from '../wire/constants.ts';
import { nameOf } from '../wire/name-text.ts';
import { DnskeyFlag } from '../wire/rdata-dnssec.ts';
import { groupIntoRRsets, type ResourceRecord, typeCovered } from '../wire/record.ts';
import { KSK_FLAGS, makeKey, publishAs, type SigningKey, ZSK_FLAGS } from './keys.ts';
import { signRRset, type Validity } from './signer.ts';
import type { ZoneDescription } from './zone-description.ts';

/** What the answer to the example's question must be. */
export type ExpectedVerdict =
  | { readonly status: 'secure' }
  /** `ede`: the extended error that fits, where there is one. */
  | { readonly status: 'insecure'; readonly ede?: number }
  | { readonly status: 'bogus'; readonly ede: number };

export interface ExampleZone {
  /** First label of the zone, and its name in lists. */
  readonly label: string;
  /** What is special, in one line. */
  readonly text: string;
  /** Name and type to ask for. */
  readonly question: { readonly name: string; readonly type: number };
  readonly expected: ExpectedVerdict;
  readonly description: ZoneDescription;
}

interface Row {
  readonly label: string;
  readonly text: string;
  /** Owner below the apex; default `www`. */
  readonly owner?: string;
  readonly type?: number;
  readonly expected: ExpectedVerdict;
  readonly zone: Omit<ZoneDescription, 'name' | 'records'>;
}

const DAY_SECONDS = 86_400;
/** RFC 9276 3.2 lets resolvers treat this many as insecure. */
const TOO_MANY_ITERATIONS = 2500;
const UNKNOWN_ALGORITHM = 200;

const secure = { status: 'secure' } as const;
const insecure = { status: 'insecure' } as const;

function bogus(ede: number): ExpectedVerdict {
  return { status: 'bogus', ede };
}

const records = `
www        A    192.0.2.80
www        AAAA 2001:db8::80
alias      CNAME www
*.wild     A    192.0.2.81
a.b.ent    A    192.0.2.82
old        DNAME new
host.new   A    192.0.2.83
`;

/** All examples, as zones below `parent` (absolute), with signatures around `nowSeconds`. */
export function exampleZones(parent: string, nowSeconds: number): ExampleZone[] {
  const suffix = parent === '.' ? '.' : `.${parent}`;
  return [...soundRows(), ...insecureRows(), ...bogusRows(nowSeconds)].map((row) => {
    const apex = `${row.label}${suffix}`;
    const owner = row.owner ?? 'www';
    return {
      label: row.label,
      text: row.text,
      question: { name: owner === '@' ? apex : `${owner}.${apex}`, type: row.type ?? RRType.A },
      expected: row.expected,
      description: { name: apex, records, ...row.zone },
    };
  });
}

function soundRows(): Row[] {
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

function insecureRows(): Row[] {
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

function bogusRows(nowSeconds: number): Row[] {
  const span = (fromDays: number, toDays: number): Validity => ({
    inceptionSeconds: nowSeconds + fromDays * DAY_SECONDS,
    expirationSeconds: nowSeconds + toDays * DAY_SECONDS,
  });
  const isAddress = (type: number) => type === RRType.A;
  const key = makeKey({ algorithm: 13, flags: KSK_FLAGS });
  const other = makeKey({ algorithm: 13, flags: KSK_FLAGS });
  return [
    row('expired', 'signatures expired', EdeCode.SIGNATURE_EXPIRED, { validity: span(-30, -1) }),
    row('not-yet-valid', 'signatures begin in a week', EdeCode.SIGNATURE_NOT_YET_VALID, { validity: span(7, 30) }),
    row('upside-down', 'signatures expire before they begin', EdeCode.SIGNATURE_EXPIRED_BEFORE_VALID, {
      faults: { validity: (_, type) => (isAddress(type) ? span(1, -1) : undefined) },
    }),
    row('answer-expired', 'the signature of one set expired', EdeCode.SIGNATURE_EXPIRED, {
      faults: { validity: (_, type) => (isAddress(type) ? span(-30, -1) : undefined) },
    }),
    row('ds-digest', 'the DS digest is wrong', EdeCode.DNSKEY_MISSING, { ds: 'wrong-digest' }),
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
    row('other-signer', 'RRSIG names another zone as signer', EdeCode.DNSSEC_BOGUS, {
      keys: [key],
      faults: { tamper: (signed) => signAs(signed, 'elsewhere.', key, span(-1, 30)) },
    }),
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
      ...row('nsec-no-rrsig', 'RRSIG stripped from the NSEC records', EdeCode.RRSIGS_MISSING, {
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

function row(label: string, text: string, ede: number, zone: Row['zone']): Row {
  return { label, text, expected: bogus(ede), zone };
}

type Tamper = (signed: readonly ResourceRecord[]) => readonly ResourceRecord[];

function without(isDropped: (record: ResourceRecord) => boolean): Tamper {
  return (signed) => signed.filter((record) => !isDropped(record));
}

function isDnssecRecord({ type }: ResourceRecord): boolean {
  return type === RRType.RRSIG || type === RRType.NSEC || type === RRType.DNSKEY;
}

function changeAddress(record: ResourceRecord): ResourceRecord {
  if (record.type !== RRType.A) return record;
  const rdata = record.rdata.slice();
  rdata[3] = (rdata[3] ?? 0) ^ 0x01;
  return { ...record, rdata };
}

/** Signs the addresses anew in the name of another zone. */
function signAs(
  signed: readonly ResourceRecord[],
  signer: string,
  key: SigningKey,
  validity: Validity,
): readonly ResourceRecord[] {
  const kept = signed.filter(({ type, rdata }) => type !== RRType.RRSIG || typeCovered(rdata) !== RRType.A);
  const added = groupIntoRRsets(kept)
    .filter(({ type }) => type === RRType.A)
    .map((rrset) => ({
      name: rrset.name,
      type: RRType.RRSIG,
      class: rrset.class,
      ttl: rrset.ttl,
      rdata: signRRset(rrset, nameOf(signer), key, validity),
    }));
  return [...kept, ...added];
}
