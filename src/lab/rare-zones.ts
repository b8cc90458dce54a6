// Zones for causes that are seldom met: proofs that speak of something else, signatures and replies that cannot be read,
// roads too long to follow. One fault each, in the records or in the server.
import { EdeCode, Rcode, RRType } from '../wire/constants.ts';
import { nameText } from '../wire/name-text.ts';
import { groupIntoRRsets, type ResourceRecord, type RRset, typeCovered } from '../wire/record.ts';
import { type ExampleRow, type ExpectedVerdict, row, without } from './example-row.ts';
import { hashOf, nsec3Owner } from './nsec3-owner.ts';
import { emptyContent, type ReplyContent } from './reply-content.ts';

/** More aliases, one after the other, than a resolver follows. */
const LONG_ALIASES = 15;
/** Octets of an RRSIG in front of the signer's name. */
const RRSIG_SIGNER = 18;
/** A hash algorithm for NSEC3 that nobody knows. */
const UNKNOWN_HASH = 200;

const unanswered: ExpectedVerdict = { status: 'failed', ede: EdeCode.NO_REACHABLE_AUTHORITY };

export function rareRows(): ExampleRow[] {
  return [wildcardDname, ...denialRows(), ...parentRows(), ...serverRows(), longAlias()];
}

const wildcardDname: ExampleRow = {
  ...row('wildcard-dname', 'a DNAME at a wildcard', EdeCode.DNSSEC_BOGUS, { records: '*.w DNAME elsewhere.lab.\n' }),
  owner: 'a.w',
  type: RRType.DNAME,
};

function denialRows(): ExampleRow[] {
  return [
    {
      ...row('unknown-hash', 'NSEC3 with a hash that nobody knows', EdeCode.NSEC_MISSING, {
        denial: { kind: 'nsec3' },
        faults: { alter: (records) => records.map(withUnknownHash) },
      }),
      owner: 'nope',
    },
    {
      ...row('denied-itself', 'a name is denied with the NSEC of that very name', EdeCode.NSEC_MISSING, {
        faults: { tamper: without((record) => isOf(record, RRType.A)) },
        server: {
          rewrite: (content, { type }) => (type === RRType.A ? { ...content, rcode: Rcode.NXDOMAIN } : content),
        },
      }),
      owner: 'www',
    },
    {
      ...row('no-next-closer', 'its server sends the NSEC3 of the apex and no other', EdeCode.NSEC_MISSING, {
        denial: { kind: 'nsec3' },
        server: { rewrite: withApexProofAlone },
      }),
      owner: 'nope',
    },
    {
      ...row('wildcard-wrong-proof', 'a wildcard answer with a proof for other names', EdeCode.NSEC_MISSING, {
        faults: {
          tamper: without((record) => isOf(record, RRType.NSEC) && nameText(record.name).startsWith('*.wild.')),
        },
      }),
      owner: 'any.wild',
    },
  ];
}

/** What a parent says of its child, and what the child says with its parent's records. */
function parentRows(): ExampleRow[] {
  const kept: { proof?: RRset | undefined } = {};
  return [
    {
      ...row('ds-withheld', 'it leaves out the DS of the zone below, which its NSEC lists', EdeCode.NSEC_MISSING, {
        faults: { tamper: without((record) => isOf(record, RRType.DS)) },
      }),
      owner: 'www.child',
      others: [{ name: 'child.ds-withheld' }],
    },
    {
      ...row('ds-wildcard', 'it answers for the DS of the zone below with that of a wildcard', EdeCode.DNSSEC_BOGUS, {
        records: `* DS 1 13 2 ${'00'.repeat(32)}\n`,
        faults: { tamper: withWildcardDS },
      }),
      owner: 'www.child',
      others: [{ name: 'child.ds-wildcard' }],
    },
    {
      ...row('wrong-side', 'the zone below denies with an NSEC of the zone above', EdeCode.NSEC_MISSING, {
        faults: {
          tamper: (signed) => {
            kept.proof = groupIntoRRsets(signed).find(
              ({ name, type }) => type === RRType.NSEC && nameText(name).startsWith('child.'),
            );
            return signed;
          },
        },
      }),
      owner: 'child',
      type: RRType.TXT,
      others: [
        {
          name: 'child.wrong-side',
          server: {
            rewrite: (content, { type }) =>
              type === RRType.TXT && kept.proof !== undefined ? { ...content, authority: [kept.proof] } : content,
          },
        },
      ],
    },
  ];
}

function serverRows(): ExampleRow[] {
  return [
    {
      label: 'server-error',
      text: 'its server says NOTIMP to everything',
      expected: unanswered,
      zone: { server: { rewrite: () => emptyContent(Rcode.NOTIMP) } },
    },
    {
      label: 'garbled-rrsig',
      text: 'the RRSIG ends in the middle of its signer, so that nobody can read the reply',
      expected: unanswered,
      zone: { faults: { tamper: (signed) => signed.map(cutInSigner) } },
    },
    {
      label: 'cut-off',
      text: 'its server sends replies that end too early',
      expected: unanswered,
      zone: { server: { cutsOff: true } },
    },
    {
      label: 'unplugged',
      text: 'nothing listens at the address of its server',
      expected: unanswered,
      zone: { server: { isAbsent: true } },
    },
  ];
}

function longAlias(): ExampleRow {
  const aliases = Array.from({ length: LONG_ALIASES }, (_, index) => `c${index} CNAME c${index + 1}\n`);
  return {
    label: 'long-alias',
    text: `${LONG_ALIASES} aliases, one after the other`,
    owner: 'c0',
    expected: { status: 'failed', ede: EdeCode.OTHER },
    zone: { records: `${aliases.join('')}c${LONG_ALIASES} A 192.0.2.80\n` },
  };
}

/** Of this type, or a signature over such records. */
function isOf({ type, rdata }: ResourceRecord, wanted: number): boolean {
  return type === wanted || (type === RRType.RRSIG && typeCovered(rdata) === wanted);
}

function cutInSigner(record: ResourceRecord): ResourceRecord {
  if (record.type !== RRType.RRSIG || typeCovered(record.rdata) !== RRType.A) return record;
  return { ...record, rdata: record.rdata.slice(0, RRSIG_SIGNER + 4) };
}

function withUnknownHash(record: ResourceRecord): ResourceRecord {
  if (record.type !== RRType.NSEC3) return record;
  const rdata = record.rdata.slice();
  rdata[0] = UNKNOWN_HASH;
  return { ...record, rdata };
}

/** The DS of the wildcard, with its signature, stands at the name of each child. */
function withWildcardDS(signed: readonly ResourceRecord[]): readonly ResourceRecord[] {
  const wildcard = signed.filter((record) => isOf(record, RRType.DS) && nameText(record.name).startsWith('*.'));
  return signed.flatMap((record) => {
    if (!isOf(record, RRType.DS) || wildcard.includes(record)) return [record];
    return record.type === RRType.DS ? wildcard.map((other) => ({ ...other, name: record.name })) : [];
  });
}

function withApexProofAlone(content: ReplyContent): ReplyContent {
  const apex = content.authority.find(({ type }) => type === RRType.SOA)?.name;
  if (apex === undefined) return content;
  const owner = nsec3Owner(hashOf(apex, { iterations: 0, salt: new Uint8Array() }), apex);
  const authority = content.authority.filter(({ name, type }) => type !== RRType.NSEC3 || name.equals(owner));
  return { ...content, authority };
}
