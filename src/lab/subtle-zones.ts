// More zones with one fault each, all of it in the records: those that take a closer look, and on which validators differ
// in what they say, if not in their verdict.
import { EdeCode, RRType } from '../wire/constants.ts';
import { nameOf, nameText } from '../wire/name-text.ts';
import { type ResourceRecord, typeCovered } from '../wire/record.ts';
import { type ExampleRow, insecure, row, secure, span, type Tamper, without } from './example-row.ts';
import { KSK_FLAGS, makeKey, publishAs, type SigningKey, withPublicKey, ZSK_FLAGS } from './keys.ts';

const UNKNOWN_ALGORITHM = 200;
/** Octets of an RRSIG in front of the signer's name. */
const RRSIG_LABELS = 3;
const RRSIG_SIGNER = 18;
/** More keys and signatures than any validator tries for one answer. */
const TRAP_KEYS = 24;

export function subtleRows(nowSeconds: number): ExampleRow[] {
  return [...subtleSoundRows(nowSeconds), ...signatureRows(), ...keyRows(), ...denialRows()];
}

function subtleSoundRows(nowSeconds: number): ExampleRow[] {
  const standby = makeKey({ algorithm: 13, flags: KSK_FLAGS });
  const key = makeKey({ algorithm: 13, flags: KSK_FLAGS });
  return [
    {
      label: 'standby-key',
      text: 'a key is published that signs nothing yet',
      expected: secure,
      zone: { keys: [key], publishedKeys: [key, standby] },
    },
    {
      label: 'revoked-beside-good',
      text: 'an old key is revoked, another one is in use',
      expected: secure,
      zone: { keys: [key], publishedKeys: [key, publishAs(standby, { flags: KSK_FLAGS | 0x80 })] },
    },
    {
      label: 'one-of-two-signatures',
      text: 'two algorithms, the signatures of one are broken',
      expected: secure,
      zone: {
        algorithms: [13, 15],
        faults: { tamper: (signed) => signed.map((record) => corruptedWhen(record, 15)) },
      },
    },
    {
      label: 'almost-expired',
      text: 'signatures end in ten minutes',
      expected: secure,
      zone: { validity: { ...span(nowSeconds, -30, 0), expirationSeconds: nowSeconds + 600 } },
    },
    ...([5, 7] as const).map((algorithm) => ({
      label: `algorithm-${algorithm}`,
      text: 'signed with RSA and SHA-1, which no longer counts (RFC 9905)',
      expected: { status: 'insecure', ede: EdeCode.UNSUPPORTED_DNSKEY_ALGORITHM } as const,
      zone: { algorithms: [algorithm] },
    })),
    {
      label: 'opt-out-child',
      text: 'an unsigned zone below a signed one with NSEC3 opt-out',
      owner: 'www.child',
      expected: insecure,
      zone: { denial: { kind: 'nsec3', optOut: true } },
      others: [{ name: 'child.opt-out-child', isSigned: false }],
    },
    {
      label: 'nsec-child',
      text: 'an unsigned zone below a signed one, with the proof that it has no DS',
      owner: 'www.child',
      expected: insecure,
      zone: {},
      others: [{ name: 'child.nsec-child', isSigned: false }],
    },
  ];
}

function signatureRows(): ExampleRow[] {
  const key = makeKey({ algorithm: 13, flags: KSK_FLAGS });
  return [
    row('wrong-labels', 'the RRSIG counts more labels than the name has', EdeCode.DNSSEC_BOGUS, {
      faults: { tamper: changeSignature((rdata) => with1(rdata, RRSIG_LABELS, (rdata[RRSIG_LABELS] ?? 0) + 1)) },
    }),
    row('empty-signature', 'the RRSIG ends where its signature should begin', EdeCode.DNSSEC_BOGUS, {
      faults: { tamper: changeSignature((rdata) => rdata.slice(0, nameEnd(rdata, RRSIG_SIGNER))) },
    }),
    row(
      'unknown-rrsig',
      'only an algorithm that nobody knows signs the address, though the zone has a known one',
      EdeCode.UNSUPPORTED_DNSKEY_ALGORITHM,
      {
        keys: [key, publishAs(makeKey({ algorithm: 13, flags: KSK_FLAGS }), { algorithm: UNKNOWN_ALGORITHM })],
        faults: { tamper: without((record) => isAddressSignature(record) && record.rdata[2] !== UNKNOWN_ALGORITHM) },
      },
    ),
    {
      ...row('swapped-signature', 'the signature of one address set stands at another', EdeCode.DNSSEC_BOGUS, {
        records: 'www A 192.0.2.80\nvvv A 192.0.2.81\n',
        faults: { tamper: swapSignatures },
      }),
      owner: 'www',
    },
    row(
      'signature-too-many',
      'two dozen signatures that do not verify, by keys of one tag (CVE-2023-50387)',
      EdeCode.DNSSEC_BOGUS,
      keyTrap(),
    ),
  ];
}

function keyRows(): ExampleRow[] {
  const key = makeKey({ algorithm: 13, flags: KSK_FLAGS });
  const other = makeKey({ algorithm: 13, flags: KSK_FLAGS });
  return [
    row('short-key', 'the key that the DS names is too short to be one', EdeCode.DNSSEC_BOGUS, {
      keys: [withPublicKey(key, key.dnskey.slice(4, 4 + 40))],
    }),
    row(
      'ds-of-old-key',
      'the key was replaced, and the parent still has the DS of the old one',
      EdeCode.DNSKEY_MISSING,
      { keys: [key], ds: { keys: [other] } },
    ),
    row('zsk-missing', 'the zone-signing key is missing from the DNSKEY set', EdeCode.DNSSEC_BOGUS, {
      keys: [key, makeKey({ algorithm: 13, flags: ZSK_FLAGS })],
      publishedKeys: [key],
    }),
  ];
}

function denialRows(): ExampleRow[] {
  const nope = { owner: 'nope' };
  return [
    {
      ...row('wrong-span', 'the NSEC that is sent does not span the name', EdeCode.NSEC_MISSING, {
        faults: { tamper: withoutNsecOf('host.new.') },
      }),
      ...nope,
    },
    {
      ...row('wildcard-not-denied', 'no NSEC says that there is no wildcard', EdeCode.NSEC_MISSING, {
        faults: { tamper: withoutNsecOf('') },
      }),
      ...nope,
    },
    {
      ...row('nsec-bitmap', 'the NSEC of a name without MX says that it has one', EdeCode.NSEC_MISSING, {
        faults: { alter: (records) => records.map(withMxInBitmap) },
      }),
      owner: 'www',
      type: RRType.MX,
    },
    {
      ...row(
        'opt-out-misuse',
        'an unsigned child is left out of the NSEC3 chain, whose records do not say opt-out',
        EdeCode.RRSIGS_MISSING,
        { denial: { kind: 'nsec3', optOut: true }, faults: { alter: (records) => records.map(withoutOptOutFlag) } },
      ),
      owner: 'www.child',
      others: [{ name: 'child.opt-out-misuse', isSigned: false }],
    },
    {
      ...row(
        'nsec-child-no-proof',
        'a signed zone delegates without DS and without the proof that there is none',
        EdeCode.NSEC_MISSING,
        { denial: { kind: 'none' } },
      ),
      owner: 'www.child',
      others: [{ name: 'child.nsec-child-no-proof', isSigned: false }],
    },
  ];
}

function isAddressSignature({ type, rdata }: ResourceRecord): boolean {
  return type === RRType.RRSIG && typeCovered(rdata) === RRType.A;
}

/** Changes the RRSIGs of all address sets. */
function changeSignature(change: (rdata: Uint8Array) => Uint8Array): Tamper {
  return (signed) =>
    signed.map((record) => (isAddressSignature(record) ? { ...record, rdata: change(record.rdata) } : record));
}

function with1(octets: Uint8Array, index: number, value: number): Uint8Array {
  const changed = octets.slice();
  changed[index] = value;
  return changed;
}

function corruptedWhen(record: ResourceRecord, algorithm: number): ResourceRecord {
  const { rdata } = record;
  if (!isAddressSignature(record) || rdata[2] !== algorithm) return record;
  return { ...record, rdata: with1(rdata, rdata.length - 1, (rdata[rdata.length - 1] ?? 0) ^ 1) };
}

/** Each address set gets the signatures of the next one. */
function swapSignatures(signed: readonly ResourceRecord[]): readonly ResourceRecord[] {
  const found = signed.filter(isAddressSignature);
  return signed.map((record) => {
    const index = found.indexOf(record);
    const next = index < 0 ? undefined : found[(index + 1) % found.length];
    return next === undefined ? record : { ...record, rdata: next.rdata };
  });
}

/**
 * Keys with the tag of the real one: the tag is a sum, which does not notice that two words of the key changed places. The
 * address has a signature for each, and none of them verifies.
 */
function keyTrap(): ExampleRow['zone'] {
  const key = makeKey({ algorithm: 13, flags: KSK_FLAGS });
  const twins = Array.from({ length: TRAP_KEYS }, (_, index) => swappedWords(key, index));
  return {
    keys: [key],
    publishedKeys: [key, ...twins],
    ds: { keys: [key] },
    faults: {
      tamper: (signed) =>
        signed.flatMap((record) => {
          if (!isAddressSignature(record)) return [record];
          const last = record.rdata.length - 1;
          return twins.map((_, index) => {
            const at = last - index;
            return { ...record, rdata: with1(record.rdata, at, (record.rdata[at] ?? 0) ^ 0x55) };
          });
        }),
    },
  };
}

function swappedWords(key: SigningKey, index: number): SigningKey {
  const publicKey = key.dnskey.slice(4);
  const [left, right] = [2 * index, 2 * index + 2];
  const word = publicKey.slice(left, left + 2);
  publicKey.copyWithin(left, right, right + 2);
  publicKey.set(word, right);
  return withPublicKey(key, publicKey);
}

/** Drops the NSEC, with its signature, of a name below the apex, or of the apex itself. */
function withoutNsecOf(prefix: string): Tamper {
  return (signed) => {
    const owner = nameOf(`${prefix}${nameText(apexOf(signed))}`);
    return signed.filter(({ name, type, rdata }) => {
      const isNsec = type === RRType.NSEC || (type === RRType.RRSIG && typeCovered(rdata) === RRType.NSEC);
      return !isNsec || !name.equals(owner);
    });
  };
}

function apexOf(records: readonly ResourceRecord[]): ResourceRecord['name'] {
  const soa = records.find(({ type }) => type === RRType.SOA);
  if (soa === undefined) throw new Error('a zone needs an SOA record');
  return soa.name;
}

/** MX has the number 15: the bit beside A, NS and SOA in the first window (RFC 4034 4.1.2). */
function withMxInBitmap(record: ResourceRecord): ResourceRecord {
  if (record.type !== RRType.NSEC || !nameText(record.name).startsWith('www.')) return record;
  const bitmap = nameEnd(record.rdata, 0);
  return { ...record, rdata: with1(record.rdata, bitmap + 3, (record.rdata[bitmap + 3] ?? 0) | 0x01) };
}

/** Where a name ends that begins at an offset; names in RDATA of these types are never compressed (RFC 4034 6.2). */
function nameEnd(rdata: Uint8Array, start: number): number {
  let offset = start;
  while ((rdata[offset] ?? 0) !== 0) offset += (rdata[offset] ?? 0) + 1;
  return offset + 1;
}

function withoutOptOutFlag(record: ResourceRecord): ResourceRecord {
  return record.type === RRType.NSEC3 ? { ...record, rdata: with1(record.rdata, 1, 0) } : record;
}
