// The negative and wildcard responses that the RFCs print: proven as they stand, and not when any one RRset that takes
// part is removed or corrupted.
import { describe, expect, test } from 'vitest';
import { MessageWork, QueryWork } from '../../src/dnssec/budget.ts';
import {
  type Denial,
  type DenialRecords,
  proveNameError,
  proveNoData,
  proveNoDS,
  proveWildcardAnswer,
} from '../../src/dnssec/denial.ts';
import { Nsec3Hasher } from '../../src/dnssec/nsec3-hash.ts';
import { runSync, verifyRRset, type ZoneKeys } from '../../src/dnssec/rrsig.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import type { RRset } from '../../src/wire/record.ts';
import { contextAt, keysOf, rrsetAt, vectorRRsets } from './vector-records.ts';

const zone = nameOf('example.');

interface Row {
  readonly name: string;
  readonly file: string;
  readonly prove: (records: DenialRecords) => Denial;
  readonly proof: string;
  readonly optOut?: boolean;
  readonly encloser?: string;
  /** RRsets that take part. */
  readonly used: number;
}

const nsecRows: readonly Row[] = [
  {
    name: 'B.2 is a name error',
    file: 'rfc4035/b2-name-error.txt',
    prove: (records) => proveNameError(nameOf('ml.example.'), records),
    proof: 'name-error',
    encloser: 'example.',
    used: 2,
  },
  {
    name: 'B.3 is no data',
    file: 'rfc4035/b3-no-data.txt',
    prove: (records) => proveNoData(nameOf('ns1.example.'), RRType.MX, records),
    proof: 'no-data',
    used: 1,
  },
  {
    name: 'B.5 shows that the delegation has no DS',
    file: 'rfc4035/b5-referral-unsigned.txt',
    prove: (records) => proveNoDS(nameOf('b.example.'), records),
    proof: 'no-ds',
    used: 1,
  },
  {
    name: 'B.6 shows that the wildcard was rightly expanded',
    file: 'rfc4035/b6-wildcard-answer.txt',
    prove: (records) => proveWildcardAnswer(nameOf('a.z.w.example.'), 2, records),
    proof: 'wildcard-answer',
    encloser: 'w.example.',
    used: 1,
  },
  {
    name: 'B.7 is wildcard no data',
    file: 'rfc4035/b7-wildcard-no-data.txt',
    prove: (records) => proveNoData(nameOf('a.z.w.example.'), RRType.AAAA, records),
    proof: 'wildcard-no-data',
    encloser: 'w.example.',
    used: 2,
  },
];

const nsec3Rows: readonly Row[] = [
  {
    name: 'B.1 is a name error in an opt-out span',
    file: 'rfc5155/b1-name-error.txt',
    prove: (records) => proveNameError(nameOf('a.c.x.w.example.'), records),
    proof: 'name-error',
    optOut: true,
    encloser: 'x.w.example.',
    used: 3,
  },
  {
    name: 'B.2 is no data',
    file: 'rfc5155/b2-no-data.txt',
    prove: (records) => proveNoData(nameOf('ns1.example.'), RRType.MX, records),
    proof: 'no-data',
    used: 1,
  },
  {
    name: 'B.2.1 is an empty non-terminal',
    file: 'rfc5155/b2-1-empty-non-terminal.txt',
    prove: (records) => proveNoData(nameOf('y.w.example.'), RRType.A, records),
    proof: 'empty-non-terminal',
    used: 1,
  },
  {
    name: 'B.3 shows that an opt-out span may hide the delegation',
    file: 'rfc5155/b3-opt-out-referral.txt',
    prove: (records) => proveNoDS(nameOf('c.example.'), records),
    proof: 'no-ds',
    optOut: true,
    encloser: 'example.',
    used: 2,
  },
  {
    name: 'B.4 shows that the wildcard was rightly expanded',
    file: 'rfc5155/b4-wildcard-answer.txt',
    prove: (records) => proveWildcardAnswer(nameOf('a.z.w.example.'), 2, records),
    proof: 'wildcard-answer',
    optOut: true,
    encloser: 'w.example.',
    used: 1,
  },
  {
    name: 'B.5 is wildcard no data',
    file: 'rfc5155/b5-wildcard-no-data.txt',
    prove: (records) => proveNoData(nameOf('a.z.w.example.'), RRType.AAAA, records),
    proof: 'wildcard-no-data',
    optOut: true,
    encloser: 'w.example.',
    used: 3,
  },
];

function recordsOf(rrsets: readonly RRset[]): DenialRecords {
  const hasher = new Nsec3Hasher(new MessageWork(new QueryWork()));
  return { zone, rrsets, hasher, maxIterations: 50, maxSalt: 64 };
}

/** Proves, and verifies what the proof used: whether it holds. */
function holds(row: Pick<Row, 'prove' | 'proof'>, rrsets: readonly RRset[], time: string, zoneKeys: ZoneKeys): boolean {
  const denial = row.prove(recordsOf(rrsets));
  if (denial.kind !== 'proven' || denial.proof !== row.proof) return false;
  return denial.used.every((rrset) => {
    const result = runSync(verifyRRset(rrset, contextAt(time, zoneKeys)));
    return result.ok && result.wildcardLabels === undefined;
  });
}

const suites = [
  { suite: 'RFC 4035 B', keysFile: 'rfc4035/a-zone.txt', time: '2004-04-20T00:00:00Z', rows: nsecRows },
  { suite: 'RFC 5155 B', keysFile: 'rfc5155/a-keys-and-chain.txt', time: '2010-01-01T00:00:00Z', rows: nsec3Rows },
];

describe.each(suites)('$suite', ({ keysFile, time, rows }) => {
  const zoneKeys = keysOf(zone, rrsetAt(vectorRRsets(keysFile), 'example.', 'DNSKEY').rdatas);

  describe.each(rows)('$name', ({ file, prove, proof, optOut, encloser, used }) => {
    const rrsets = vectorRRsets(file);
    const isDenial = (rrset: RRset): boolean => rrset.type === RRType.NSEC || rrset.type === RRType.NSEC3;

    test('as printed', () => {
      const denial = prove(recordsOf(rrsets));
      expect(denial).toMatchObject({ kind: 'proven', proof, optOut: optOut ?? false });
      if (denial.kind !== 'proven') return;
      expect(denial.closestEncloser && nameText(denial.closestEncloser)).toBe(encloser);
      expect(denial.used.length).toBe(used);
      expect(holds({ prove, proof }, rrsets, time, zoneKeys)).toBe(true);
    });

    test('not without any one of its records', () => {
      const denials = rrsets.filter(isDenial);
      expect(denials.length).toBe(used);
      for (const removed of denials) {
        const rest = rrsets.filter((rrset) => rrset !== removed);
        expect(prove(recordsOf(rest)), nameText(removed.name)).not.toMatchObject({ proof });
      }
    });

    test('not without any one of its signatures', () => {
      for (const stripped of rrsets.filter(isDenial)) {
        const without = rrsets.map((rrset) => (rrset === stripped ? { ...rrset, signatures: [] } : rrset));
        expect(prove(recordsOf(without)), nameText(stripped.name)).not.toMatchObject({ proof });
      }
    });

    test('not with any bit of a record changed', () => {
      for (const target of rrsets.filter(isDenial)) {
        const original = target.rdatas[0] ?? new Uint8Array();
        for (let bit = 0; bit < original.length * 8; bit += 5) {
          const rdata = original.slice();
          rdata[bit >> 3] = (rdata[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          const changed = rrsets.map((rrset) => (rrset === target ? { ...rrset, rdatas: [rdata] } : rrset));
          expect(holds({ prove, proof }, changed, time, zoneKeys), `bit ${bit} of ${nameText(target.name)}`).toBe(
            false,
          );
        }
      }
    });
  });
});

test('the child denies no DS of its own (RFC 4035 B.8, RFC 5155 B.6)', () => {
  // Both responses are right as answers of the child; they are no proof for the parent side.
  for (const file of ['rfc4035/b8-ds-no-data.txt', 'rfc5155/b6-ds-no-data.txt']) {
    const records = recordsOf(vectorRRsets(file));
    expect(proveNoDS(zone, records).kind).toBe('unproven');
    expect(proveNoData(zone, RRType.DS, records).kind).toBe('unproven');
    expect(proveNoData(zone, RRType.TXT, records)).toMatchObject({ kind: 'proven', proof: 'no-data' });
  }
});

test('a name error is no proof of no data, and the reverse', () => {
  const nameError = recordsOf(vectorRRsets('rfc4035/b2-name-error.txt'));
  expect(proveNoData(nameOf('ml.example.'), RRType.A, nameError).kind).toBe('unproven');
  const noData = recordsOf(vectorRRsets('rfc4035/b3-no-data.txt'));
  expect(proveNameError(nameOf('ns1.example.'), noData).kind).toBe('unproven');
});

test('an opt-out span alone proves no data, and never more than insecurely (RFC 5155 9.2)', () => {
  const rrsets = vectorRRsets('rfc5155/b5-wildcard-no-data.txt');
  const wildcard = rrsetAt(rrsets, 'r53bq7cc2uvmubfu5ocmm6pers9tk9en.example.', 'NSEC3');
  const records = recordsOf(rrsets.filter((rrset) => rrset !== wildcard));
  const denial = proveNoData(nameOf('a.z.w.example.'), RRType.AAAA, records);
  expect(denial).toMatchObject({ kind: 'proven', proof: 'no-data', optOut: true });
});

test('a wildcard answer is not proven for another closest encloser', () => {
  for (const file of ['rfc4035/b6-wildcard-answer.txt', 'rfc5155/b4-wildcard-answer.txt']) {
    const records = recordsOf(vectorRRsets(file));
    const denial = proveWildcardAnswer(nameOf('a.z.w.example.'), 1, records);
    expect(denial).toMatchObject({ kind: 'unproven', reason: 'denial-wildcard-missing' });
  }
});
