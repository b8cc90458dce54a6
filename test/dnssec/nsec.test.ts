import { describe, expect, test } from 'vitest';
import {
  type Denial,
  type DenialRecords,
  nsecCovers,
  proveNameError,
  proveNoData,
  proveNoDS,
  proveWildcardAnswer,
} from '../../src/dnssec/denial.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import type { RRset } from '../../src/wire/record.ts';
import { nsecChain, nsecSet, recordsFor, shapedSignature, typesOf } from './denial-chain.ts';

const zone = 'example.';
const chain = nsecChain(
  zone,
  new Map([
    ['example.', 'SOA NS MX DNSKEY'],
    ['a.example.', 'A'],
    ['alias.example.', 'CNAME'],
    ['old.example.', 'DNAME'],
    ['plain.example.', 'NS'],
    ['signed.example.', 'NS DS'],
    ['www.ent.example.', 'A'],
    ['*.wild.example.', 'TXT'],
    ['x.wild.example.', 'A'],
    ['*.cname.example.', 'CNAME'],
    ['b.*.starent.example.', 'A'],
  ]),
);
const whole = recordsFor(zone, chain);

function only(...owners: readonly string[]): DenialRecords {
  return recordsFor(
    zone,
    chain.filter((rrset) => owners.includes(nameText(rrset.name))),
  );
}

/** `proof`, or the reason why there is none. */
function outcome(denial: Denial): string {
  return denial.kind === 'proven' ? denial.proof : denial.kind === 'unproven' ? denial.reason : denial.kind;
}

describe('nsecCovers (RFC 4034 6.1)', () => {
  const rows = [
    { owner: 'a.example.', next: 'c.example.', name: 'b.example.', want: true },
    { owner: 'a.example.', next: 'c.example.', name: 'z.a.example.', want: true },
    { owner: 'a.example.', next: 'c.example.', name: 'B.EXAMPLE.', want: true },
    { owner: 'a.example.', next: 'c.example.', name: 'a.example.', want: false },
    { owner: 'a.example.', next: 'c.example.', name: 'c.example.', want: false },
    { owner: 'a.example.', next: 'c.example.', name: 'd.example.', want: false },
    { owner: 'a.example.', next: 'c.example.', name: 'example.', want: false },
    { owner: 'x.example.', next: 'example.', name: 'z.example.', want: true },
    { owner: 'x.example.', next: 'example.', name: 'a.example.', want: false },
    { owner: 'example.', next: 'example.', name: 'a.example.', want: true },
    { owner: 'example.', next: 'example.', name: 'example.', want: false },
    { owner: 'x.example.', next: 'example.', name: 'zz.', want: false },
    { owner: 'x.example.', next: 'a.example.', name: 'z.example.', want: false },
  ];
  test.each(rows)('$owner to $next: $name is covered: $want', ({ owner, next, name, want }) => {
    expect(nsecCovers(nameOf(owner), nameOf(next), nameOf(name), nameOf(zone))).toBe(want);
  });
});

describe('name error', () => {
  const rows = [
    { name: 'a name and its wildcard are denied', qname: 'b.example.', want: 'name-error', encloser: 'example.' },
    { name: 'by one record', qname: 'b.a.example.', want: 'name-error', encloser: 'a.example.' },
    { name: 'after the last name, where a wildcard answers', qname: 'z.z.wild.example.', want: 'denial-incomplete' },
    { name: 'an existing name', qname: 'a.example.', want: 'denial-incomplete' },
    { name: 'an empty non-terminal', qname: 'ent.example.', want: 'denial-incomplete' },
    { name: 'below an empty non-terminal', qname: 'ftp.ent.example.', want: 'name-error', encloser: 'ent.example.' },
    { name: 'a name that a wildcard answers', qname: 'y.wild.example.', want: 'denial-incomplete' },
    {
      name: 'a name that a wildcard at an empty non-terminal answers',
      qname: 'y.starent.example.',
      want: 'denial-incomplete',
    },
    { name: 'below a delegation (RFC 6840 4.1)', qname: 'www.plain.example.', want: 'denial-incomplete' },
    { name: 'below a signed delegation (RFC 6840 4.1)', qname: 'www.signed.example.', want: 'denial-incomplete' },
    { name: 'below a DNAME (RFC 6840 4.1)', qname: 'www.old.example.', want: 'denial-incomplete' },
    { name: 'the apex', qname: 'example.', want: 'denial-incomplete' },
    { name: 'outside the zone', qname: 'b.test.', want: 'denial-incomplete' },
    { name: 'a literal wildcard that does not exist', qname: '*.example.', want: 'name-error', encloser: 'example.' },
  ];
  test.each(rows)('$name: $want', ({ qname, want, encloser }) => {
    const denial = proveNameError(nameOf(qname), whole);
    expect(outcome(denial)).toBe(want);
    if (denial.kind === 'proven') {
      expect(denial.closestEncloser && nameText(denial.closestEncloser)).toBe(encloser);
      expect(denial.optOut).toBe(false);
    }
  });

  test('the wildcard must be denied too', () => {
    const denial = proveNameError(nameOf('b.example.'), only('alias.example.', 'a.example.'));
    expect(denial).toMatchObject({ kind: 'unproven', detail: 'no NSEC denies the wildcard *.example.' });
  });
});

describe('no data', () => {
  const rows = [
    { name: 'another type', qname: 'a.example.', qtype: RRType.AAAA, want: 'no-data' },
    { name: 'the type itself', qname: 'a.example.', qtype: RRType.A, want: 'denial-incomplete' },
    { name: 'at a CNAME (RFC 6840 4.3)', qname: 'alias.example.', qtype: RRType.A, want: 'denial-incomplete' },
    { name: 'DS at a CNAME', qname: 'alias.example.', qtype: RRType.DS, want: 'denial-incomplete' },
    { name: 'at a DNAME', qname: 'old.example.', qtype: RRType.A, want: 'no-data' },
    { name: 'at a delegation (RFC 6840 4.1)', qname: 'plain.example.', qtype: RRType.A, want: 'denial-incomplete' },
    { name: 'DS at a delegation', qname: 'plain.example.', qtype: RRType.DS, want: 'no-data' },
    { name: 'DS at a signed delegation', qname: 'signed.example.', qtype: RRType.DS, want: 'denial-incomplete' },
    { name: 'below a delegation', qname: 'www.plain.example.', qtype: RRType.A, want: 'denial-incomplete' },
    { name: 'below a DNAME', qname: 'www.old.example.', qtype: RRType.A, want: 'denial-incomplete' },
    { name: 'at the apex', qname: 'example.', qtype: RRType.A, want: 'no-data' },
    { name: 'DS at the apex (RFC 4035 2.4)', qname: 'example.', qtype: RRType.DS, want: 'denial-incomplete' },
    { name: 'an empty non-terminal', qname: 'ent.example.', qtype: RRType.A, want: 'empty-non-terminal' },
    { name: 'a name that does not exist', qname: 'b.example.', qtype: RRType.A, want: 'denial-incomplete' },
    { name: 'a wildcard without the type', qname: 'y.wild.example.', qtype: RRType.A, want: 'wildcard-no-data' },
    { name: 'a wildcard with the type', qname: 'y.wild.example.', qtype: RRType.TXT, want: 'denial-incomplete' },
    { name: 'a wildcard CNAME', qname: 'y.cname.example.', qtype: RRType.A, want: 'denial-incomplete' },
    {
      name: 'a wildcard empty non-terminal (RFC 4592 2.2.2)',
      qname: 'y.starent.example.',
      qtype: RRType.A,
      want: 'wildcard-no-data',
    },
    { name: 'ANY where there are types', qname: 'a.example.', qtype: RRType.ANY, want: 'denial-incomplete' },
  ];
  test.each(rows)('$name: $want', ({ qname, qtype, want }) => {
    expect(outcome(proveNoData(nameOf(qname), qtype, whole))).toBe(want);
  });

  test('a wildcard needs both of its records', () => {
    const both = ['*.wild.example.', 'x.wild.example.'];
    expect(outcome(proveNoData(nameOf('y.wild.example.'), RRType.A, only(...both)))).toBe('wildcard-no-data');
    for (const one of both) {
      expect(outcome(proveNoData(nameOf('y.wild.example.'), RRType.A, only(one)))).toBe('denial-incomplete');
    }
  });

  test('the DS of the root has no parent to deny it', () => {
    const root = recordsFor('.', [nsecSet('.', '.', 'aaa.', 'NS SOA DNSKEY')]);
    expect(outcome(proveNoData(nameOf('.'), RRType.DS, root))).toBe('no-data');
  });
});

describe('wildcard answer', () => {
  const rows = [
    { name: 'nothing closer', qname: 'y.wild.example.', labels: 2, want: 'wildcard-answer' },
    { name: 'deeper', qname: 'z.y.wild.example.', labels: 2, want: 'wildcard-answer' },
    { name: 'the name exists', qname: 'x.wild.example.', labels: 2, want: 'denial-wildcard-missing' },
    { name: 'a closer name exists', qname: 'z.x.wild.example.', labels: 2, want: 'denial-wildcard-missing' },
    { name: 'a closer empty non-terminal exists', qname: 'y.ent.example.', labels: 1, want: 'denial-wildcard-missing' },
    { name: 'another encloser', qname: 'y.wild.example.', labels: 1, want: 'denial-wildcard-missing' },
    { name: 'below a delegation', qname: 'y.plain.example.', labels: 2, want: 'denial-wildcard-missing' },
  ];
  test.each(rows)('$name: $want', ({ qname, labels, want }) => {
    expect(outcome(proveWildcardAnswer(nameOf(qname), labels, whole))).toBe(want);
  });

  test('without records', () => {
    const denial = proveWildcardAnswer(nameOf('y.wild.example.'), 2, recordsFor(zone, []));
    expect(outcome(denial)).toBe('denial-wildcard-missing');
  });
});

describe('no DS (RFC 4035 5.2, RFC 6840 4.4)', () => {
  const rows = [
    { name: 'an unsigned delegation', child: 'plain.example.', want: 'no-ds' },
    { name: 'a signed delegation', child: 'signed.example.', want: 'denial-incomplete' },
    { name: 'a host', child: 'a.example.', want: 'not-a-cut' },
    { name: 'an alias', child: 'alias.example.', want: 'not-a-cut' },
    { name: 'an empty non-terminal', child: 'ent.example.', want: 'not-a-cut' },
    { name: 'a name that does not exist', child: 'b.example.', want: 'not-a-cut' },
    { name: 'a name that a wildcard answers', child: 'y.wild.example.', want: 'not-a-cut' },
    { name: 'the apex', child: 'example.', want: 'denial-incomplete' },
    { name: 'below a delegation: a record from above the cut', child: 'sub.plain.example.', want: 'denial-incomplete' },
    { name: 'below a signed delegation', child: 'sub.signed.example.', want: 'denial-incomplete' },
    { name: 'below a DNAME', child: 'sub.old.example.', want: 'denial-incomplete' },
  ];
  test.each(rows)('$name: $want', ({ child, want }) => {
    expect(outcome(proveNoDS(nameOf(child), whole))).toBe(want);
  });

  test('the record of the child side, SOA set, is refused', () => {
    const childSide = recordsFor(zone, [nsecSet(zone, 'plain.example.', 'z.example.', 'SOA NS')]);
    expect(outcome(proveNoDS(nameOf('plain.example.'), childSide))).toBe('denial-incomplete');
    expect(outcome(proveNoData(nameOf('plain.example.'), RRType.DS, childSide))).toBe('denial-incomplete');
  });
});

describe('compact denial (RFC 9824)', () => {
  const compact = recordsFor(zone, [nsecSet(zone, 'b.example.', '\\000.b.example.', 'NXNAME')]);

  test('one record proves that the name does not exist, or has no data', () => {
    expect(outcome(proveNameError(nameOf('b.example.'), compact))).toBe('compact-name-error');
    expect(outcome(proveNoData(nameOf('b.example.'), RRType.A, compact))).toBe('compact-no-data');
    expect(outcome(proveNoDS(nameOf('b.example.'), compact))).toBe('not-a-cut');
  });

  test('without NXNAME it proves no data only', () => {
    const records = recordsFor(zone, [nsecSet(zone, 'b.example.', '\\000.b.example.', '')]);
    expect(outcome(proveNameError(nameOf('b.example.'), records))).toBe('denial-incomplete');
    expect(outcome(proveNoData(nameOf('b.example.'), RRType.A, records))).toBe('no-data');
    expect(outcome(proveNoData(nameOf('b.example.'), RRType.ANY, records))).toBe('no-data');
  });

  test('NXNAME beside types of data is no sign of it', () => {
    const records = recordsFor(zone, [nsecSet(zone, 'b.example.', '\\000.b.example.', 'A NXNAME')]);
    expect(outcome(proveNameError(nameOf('b.example.'), records))).toBe('denial-incomplete');
  });

  test('nothing is said of names below', () => {
    expect(outcome(proveNameError(nameOf('x.b.example.'), compact))).toBe('denial-incomplete');
  });
});

describe('online signing with minimal spans (RFC 4470)', () => {
  test('a name error', () => {
    const records = recordsFor(zone, [
      nsecSet(zone, 'wwv\\255.example.', 'www\\000.example.', ''),
      nsecSet(zone, ')\\255.example.', '+.example.', ''),
    ]);
    expect(outcome(proveNameError(nameOf('www.example.'), records))).toBe('name-error');
  });
});

describe('records that may not take part', () => {
  const qname = nameOf('b.example.');
  const nextDoor = 'evil.example.';
  const rows: readonly { name: string; rrsets: readonly RRset[] }[] = [
    {
      name: 'next outside the zone (CVE-2026-44690)',
      rrsets: [nsecSet(zone, 'example.', 'zz.', 'SOA NS')],
    },
    { name: 'owner outside the zone', rrsets: [nsecSet(zone, '.', 'zz.example.', '')] },
    { name: 'signed by another zone', rrsets: [nsecSet(zone, 'a.example.', 'c.example.', '', { signer: nextDoor })] },
    { name: 'signed by the zone above', rrsets: [nsecSet(zone, 'example.', 'c.example.', '', { signer: '.' })] },
    {
      name: 'expanded from a wildcard (CVE-2026-46582)',
      rrsets: [nsecSet(zone, 'a.example.', 'c.example.', '', { labels: 1 })],
    },
    { name: 'without a signature', rrsets: [{ ...nsecSet(zone, 'a.example.', 'c.example.', ''), signatures: [] }] },
    {
      name: 'with a signature of another type',
      rrsets: [
        {
          ...nsecSet(zone, 'a.example.', 'c.example.', ''),
          signatures: [shapedSignature(nameOf('a.example.'), RRType.A, zone)],
        },
      ],
    },
    {
      name: 'two at one owner (RFC 4035 2.3)',
      rrsets: [
        {
          ...nsecSet(zone, 'a.example.', 'c.example.', ''),
          rdatas: [
            ...nsecSet(zone, 'a.example.', 'c.example.', '').rdatas,
            ...nsecSet(zone, 'a.example.', 'd.example.', '').rdatas,
          ],
        },
      ],
    },
    { name: 'of another class', rrsets: [{ ...nsecSet(zone, 'a.example.', 'c.example.', ''), class: 3 }] },
    {
      name: 'malformed',
      rrsets: [{ ...nsecSet(zone, 'a.example.', 'c.example.', ''), rdatas: [Uint8Array.of(0, 0, 0)] }],
    },
  ];
  test.each(rows)('$name', ({ rrsets }) => {
    const records = recordsFor(zone, rrsets);
    expect(outcome(proveNameError(qname, records))).toBe('denial-missing');
    expect(outcome(proveNoData(qname, RRType.A, records))).toBe('denial-missing');
    expect(outcome(proveNoDS(qname, records))).toBe('denial-missing');
    expect(outcome(proveWildcardAnswer(qname, 1, records))).toBe('denial-wildcard-missing');
  });

  test('signatures that may not count are left out of what is to be verified', () => {
    const good = nsecSet(zone, 'a.example.', 'c.example.', 'A');
    const foreign = shapedSignature(good.name, RRType.NSEC, zone, { labels: 1 });
    const records = recordsFor(zone, [{ ...good, signatures: [foreign, ...good.signatures] }]);
    const denial = proveNoData(nameOf('a.example.'), RRType.MX, records);
    expect(denial.kind === 'proven' && denial.used[0]?.signatures).toEqual(good.signatures);
    const untouched = recordsFor(zone, [good]);
    const same = proveNoData(nameOf('a.example.'), RRType.MX, untouched);
    expect(same.kind === 'proven' && same.used[0]).toBe(good);
  });

  test('only the records that take part are to be verified (CVE-2026-11605)', () => {
    const padding = Array.from({ length: 25 }, (_, index) =>
      nsecSet(zone, `p${index}.example.`, `p${index}a.example.`, 'A'),
    );
    const denial = proveNoData(nameOf('a.example.'), RRType.MX, recordsFor(zone, [...padding, ...chain]));
    expect(denial.kind === 'proven' && denial.used.length).toBe(1);
  });
});

test('an empty bitmap and a long one are read alike', () => {
  expect(typesOf('').length).toBe(0);
  const records = recordsFor(zone, [nsecSet(zone, 'a.example.', 'c.example.', 'A TYPE65534 CAA')]);
  expect(outcome(proveNoData(nameOf('a.example.'), 65534, records))).toBe('denial-incomplete');
  expect(outcome(proveNoData(nameOf('a.example.'), 65535, records))).toBe('no-data');
});
