import { describe, expect, test } from 'vitest';
import { DEFAULT_DNSSEC_LIMITS, MessageWork, QueryWork } from '../../src/dnssec/budget.ts';
import {
  type Denial,
  type DenialRecords,
  nsec3Covers,
  proveNameError,
  proveNoData,
  proveNoDS,
  proveWildcardAnswer,
} from '../../src/dnssec/denial.ts';
import { decodeHashLabel } from '../../src/dnssec/denial-records.ts';
import { Nsec3Hasher, nsec3Hash } from '../../src/dnssec/nsec3-hash.ts';
import { base32hexText } from '../../src/wire/base32hex.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import type { RRset } from '../../src/wire/record.ts';
import { type Nsec3Parameters, nsec3Chain, nsec3Set, nsecSet, plainNsec3, recordsFor } from './denial-chain.ts';

const zone = 'example.';
// Ten records in all, names between included: more are not looked at in one message.
const names = new Map([
  ['example.', 'SOA NS MX DNSKEY NSEC3PARAM'],
  ['a.example.', 'A'],
  ['alias.example.', 'CNAME'],
  ['old.example.', 'DNAME'],
  ['plain.example.', 'NS'],
  ['signed.example.', 'NS DS'],
  ['www.ent.example.', 'A'],
  ['*.wild.example.', 'TXT'],
]);
const chain = nsec3Chain(zone, names);
const optOutChain = nsec3Chain(zone, names, { ...plainNsec3, optOut: true });
const whole = (): DenialRecords => recordsFor(zone, chain);
const optOut = (): DenialRecords => recordsFor(zone, optOutChain);

function outcome(denial: Denial): string {
  if (denial.kind === 'proven') return denial.optOut ? `${denial.proof}, opt-out` : denial.proof;
  return denial.reason;
}

function hashOf(text: string, parameters: Nsec3Parameters = plainNsec3): Uint8Array {
  return nsec3Hash(nameOf(text), parameters.salt, parameters.iterations);
}

describe('nsec3Covers (RFC 5155 1.3)', () => {
  const octets = (first: number): Uint8Array => new Uint8Array(20).fill(first);
  const rows = [
    { name: 'between', owner: 10, next: 20, hash: 15, want: true },
    { name: 'the owner', owner: 10, next: 20, hash: 10, want: false },
    { name: 'the next', owner: 10, next: 20, hash: 20, want: false },
    { name: 'before', owner: 10, next: 20, hash: 5, want: false },
    { name: 'after', owner: 10, next: 20, hash: 25, want: false },
    { name: 'the last record, after it', owner: 20, next: 10, hash: 25, want: true },
    { name: 'the last record, before the first', owner: 20, next: 10, hash: 5, want: true },
    { name: 'the last record, between', owner: 20, next: 10, hash: 15, want: false },
    { name: 'the last record, its owner', owner: 20, next: 10, hash: 20, want: false },
    { name: 'the only record', owner: 10, next: 10, hash: 5, want: true },
    { name: 'the only record, its owner', owner: 10, next: 10, hash: 10, want: false },
  ];
  test.each(rows)('$name: $want', ({ owner, next, hash, want }) => {
    expect(nsec3Covers(octets(owner), octets(next), octets(hash))).toBe(want);
  });
});

test('an owner label is 32 characters of base32hex, in any letter case', () => {
  const hash = hashOf('a.example.');
  const text = base32hexText(hash);
  expect(decodeHashLabel(Buffer.from(text))).toEqual(hash);
  expect(decodeHashLabel(Buffer.from(text.toUpperCase()))).toEqual(hash);
  expect(decodeHashLabel(Buffer.from(text.slice(1)))).toBeUndefined();
  expect(decodeHashLabel(Buffer.from(`${text.slice(1)}w`))).toBeUndefined();
  expect(decodeHashLabel(new Uint8Array())).toBeUndefined();
});

describe('name error (RFC 5155 8.4)', () => {
  const rows = [
    { name: 'a name below the apex', qname: 'b.example.', want: 'name-error' },
    { name: 'a name far below the apex', qname: 'f.e.d.c.b.example.', want: 'name-error' },
    { name: 'below a host', qname: 'b.a.example.', want: 'name-error' },
    { name: 'below an empty non-terminal', qname: 'ftp.ent.example.', want: 'name-error' },
    { name: 'an existing name', qname: 'a.example.', want: 'denial-incomplete' },
    { name: 'an empty non-terminal', qname: 'ent.example.', want: 'denial-incomplete' },
    { name: 'a name that a wildcard answers', qname: 'y.wild.example.', want: 'denial-incomplete' },
    { name: 'below a delegation (RFC 5155 8.3)', qname: 'www.plain.example.', want: 'denial-incomplete' },
    { name: 'below a DNAME (RFC 5155 8.3)', qname: 'www.old.example.', want: 'denial-incomplete' },
    { name: 'the apex', qname: 'example.', want: 'denial-incomplete' },
  ];
  test.each(rows)('$name: $want', ({ qname, want }) => {
    expect(outcome(proveNameError(nameOf(qname), whole()))).toBe(want);
  });

  test('an opt-out span over the next closer name is told (RFC 5155 9.2)', () => {
    expect(outcome(proveNameError(nameOf('c.b.example.'), optOut()))).toBe('name-error, opt-out');
  });

  test('the closest encloser is the longest existing ancestor', () => {
    const denial = proveNameError(nameOf('z.y.x.ent.example.'), whole());
    expect(denial.kind === 'proven' && denial.closestEncloser && nameText(denial.closestEncloser)).toBe('ent.example.');
  });
});

describe('no data (RFC 5155 8.5 to 8.7)', () => {
  const rows = [
    { name: 'another type', qname: 'a.example.', qtype: RRType.AAAA, want: 'no-data' },
    { name: 'the type itself', qname: 'a.example.', qtype: RRType.A, want: 'denial-incomplete' },
    { name: 'at a CNAME', qname: 'alias.example.', qtype: RRType.A, want: 'denial-incomplete' },
    { name: 'at a delegation', qname: 'plain.example.', qtype: RRType.A, want: 'denial-incomplete' },
    { name: 'DS at a delegation', qname: 'plain.example.', qtype: RRType.DS, want: 'no-data' },
    { name: 'DS at a signed delegation', qname: 'signed.example.', qtype: RRType.DS, want: 'denial-incomplete' },
    { name: 'DS at the apex', qname: 'example.', qtype: RRType.DS, want: 'denial-incomplete' },
    { name: 'an empty non-terminal', qname: 'ent.example.', qtype: RRType.A, want: 'empty-non-terminal' },
    { name: 'a name that does not exist', qname: 'b.example.', qtype: RRType.A, want: 'denial-incomplete' },
    { name: 'a wildcard without the type', qname: 'y.wild.example.', qtype: RRType.A, want: 'wildcard-no-data' },
    { name: 'a wildcard with the type', qname: 'y.wild.example.', qtype: RRType.TXT, want: 'denial-incomplete' },
    { name: 'below a delegation', qname: 'www.plain.example.', qtype: RRType.A, want: 'denial-incomplete' },
  ];
  test.each(rows)('$name: $want', ({ qname, qtype, want }) => {
    expect(outcome(proveNoData(nameOf(qname), qtype, whole()))).toBe(want);
  });

  const optOutRows = [
    {
      name: 'DS in an opt-out span (RFC 5155 8.6)',
      qname: 'plain.example.',
      qtype: RRType.DS,
      want: 'no-data, opt-out',
    },
    { name: 'another type in an opt-out span', qname: 'b.example.', qtype: RRType.A, want: 'no-data, opt-out' },
    { name: 'DS at a host', qname: 'a.example.', qtype: RRType.DS, want: 'no-data' },
    { name: 'the type itself', qname: 'a.example.', qtype: RRType.A, want: 'denial-incomplete' },
  ];
  test.each(optOutRows)('$name: $want', ({ qname, qtype, want }) => {
    expect(outcome(proveNoData(nameOf(qname), qtype, optOut()))).toBe(want);
  });
});

describe('wildcard answer (RFC 5155 8.8)', () => {
  const rows = [
    { name: 'nothing closer', qname: 'y.wild.example.', labels: 2, want: 'wildcard-answer' },
    { name: 'deeper', qname: 'z.y.wild.example.', labels: 2, want: 'wildcard-answer' },
    { name: 'a closer name exists', qname: 'b.a.example.', labels: 1, want: 'denial-wildcard-missing' },
    { name: 'the name exists', qname: 'a.example.', labels: 1, want: 'denial-wildcard-missing' },
  ];
  test.each(rows)('$name: $want', ({ qname, labels, want }) => {
    expect(outcome(proveWildcardAnswer(nameOf(qname), labels, whole()))).toBe(want);
  });

  test('an opt-out span over the next closer name is told', () => {
    expect(outcome(proveWildcardAnswer(nameOf('y.wild.example.'), 2, optOut()))).toBe('wildcard-answer, opt-out');
  });
});

describe('no DS (RFC 5155 8.9)', () => {
  const rows = [
    { name: 'an unsigned delegation', child: 'plain.example.', want: 'no-ds', inOptOut: 'no-ds, opt-out' },
    { name: 'a signed delegation', child: 'signed.example.', want: 'denial-incomplete', inOptOut: 'denial-incomplete' },
    { name: 'a host', child: 'a.example.', want: 'not-a-cut', inOptOut: 'not-a-cut' },
    { name: 'an empty non-terminal', child: 'ent.example.', want: 'not-a-cut', inOptOut: 'not-a-cut' },
    { name: 'a name that does not exist', child: 'b.example.', want: 'not-a-cut', inOptOut: 'no-ds, opt-out' },
    { name: 'the apex', child: 'example.', want: 'denial-incomplete', inOptOut: 'denial-incomplete' },
    {
      name: 'below a signed delegation',
      child: 'b.signed.example.',
      want: 'denial-incomplete',
      inOptOut: 'denial-incomplete',
    },
  ];
  test.each(rows)('$name: $want; opt-out: $inOptOut', ({ child, want, inOptOut }) => {
    expect(outcome(proveNoDS(nameOf(child), whole()))).toBe(want);
    expect(outcome(proveNoDS(nameOf(child), optOut()))).toBe(inOptOut);
  });

  test('an opt-out span without its closest encloser is no proof', () => {
    const apexLabel = base32hexText(hashOf(zone));
    const without = optOutChain.filter((rrset) => !nameText(rrset.name).startsWith(apexLabel));
    expect(outcome(proveNoDS(nameOf('plain.example.'), recordsFor(zone, without)))).toBe('denial-incomplete');
  });

  test('the record of the child side, SOA set, is refused', () => {
    const hash = hashOf('plain.example.');
    const childSide = recordsFor(zone, [nsec3Set(zone, hash, hash, 'NS SOA RRSIG')]);
    expect(outcome(proveNoDS(nameOf('plain.example.'), childSide))).toBe('denial-incomplete');
  });
});

/** What proves that a name right below the apex does not exist: the apex, and what covers the name and the wildcard. */
function proofOf(qname: string, parameters: Nsec3Parameters): RRset[] {
  const records = recordsFor(zone, nsec3Chain(zone, names, parameters));
  const denial = proveNameError(nameOf(qname), records);
  return denial.kind === 'proven' ? [...denial.used] : [];
}

describe('records that may not take part', () => {
  const hash = hashOf('b.example.');
  const before = hash.slice();
  before[19] = (before[19] ?? 0) ^ 0x80;
  const good = (parameters?: Partial<Nsec3Parameters>): RRset =>
    nsec3Set(zone, hash, before, 'A RRSIG', { ...plainNsec3, ...parameters });
  const below = good();
  const rows: readonly { name: string; rrset: RRset }[] = [
    { name: 'an unknown hash algorithm (RFC 5155 8.1)', rrset: good({ hashAlgorithm: 2 }) },
    { name: 'unknown flags (RFC 5155 8.2)', rrset: good({ flags: 2 }) },
    { name: 'signed by the zone above', rrset: nsec3Set(zone, hash, before, 'A', plainNsec3, { signer: '.' }) },
    { name: 'expanded from a wildcard', rrset: nsec3Set(zone, hash, before, 'A', plainNsec3, { labels: 1 }) },
    { name: 'in a zone below, with the same first label', rrset: nsec3Set('child.example.', hash, before, 'A') },
    {
      name: 'in a zone below, signed by this one',
      rrset: nsec3Set('child.example.', hash, before, 'A', plainNsec3, { signer: zone }),
    },
    { name: 'a next hash of another length', rrset: nsec3Set(zone, hash, before.subarray(1), 'A') },
    { name: 'an owner that is no hash', rrset: { ...below, name: nameOf('b.example.') } },
    { name: 'without a signature', rrset: { ...below, signatures: [] } },
    { name: 'two at one owner', rrset: { ...below, rdatas: [...below.rdatas, ...good({ optOut: true }).rdatas] } },
    { name: 'malformed', rrset: { ...below, rdatas: [Uint8Array.of(1, 0, 0, 0, 9)] } },
  ];
  test('the record itself may', () => {
    expect(outcome(proveNoData(nameOf('b.example.'), RRType.MX, recordsFor(zone, [below])))).toBe('no-data');
  });
  test.each(rows)('$name', ({ rrset }) => {
    const records = recordsFor(zone, [rrset]);
    expect(outcome(proveNoData(nameOf('b.example.'), RRType.MX, records))).toBe('denial-missing');
    expect(outcome(proveNoDS(nameOf('b.example.'), records))).toBe('denial-missing');
  });

  describe('each proof is of one parameter set (RFC 5155 8.2)', () => {
    const qname = 'b.example.';
    const salted: Nsec3Parameters = { salt: Uint8Array.of(1), iterations: 0 };
    const iterated: Nsec3Parameters = { salt: Uint8Array.of(), iterations: 1 };
    const plain = proofOf(qname, plainNsec3);
    const stray = (parameters: Nsec3Parameters): RRset[] => nsec3Chain(zone, names, parameters).slice(0, 1);
    const rows: readonly { name: string; rrsets: readonly RRset[]; want: string }[] = [
      { name: 'a stray record of another set before it', rrsets: [...stray(salted), ...plain], want: 'name-error' },
      { name: 'a stray record of another set after it', rrsets: [...plain, ...stray(salted)], want: 'name-error' },
      { name: 'two whole proofs', rrsets: [...proofOf(qname, salted), ...plain], want: 'name-error' },
      {
        name: 'the closest encloser of one set, the rest of another',
        rrsets: [...plain.slice(0, 1), ...proofOf(qname, salted).slice(1)],
        want: 'denial-incomplete',
      },
      {
        name: 'a third set is not looked at',
        rrsets: [...stray(salted), ...stray(iterated), ...plain],
        want: 'denial-incomplete',
      },
    ];
    test.each(rows)('$name: $want', ({ rrsets, want }) => {
      expect(outcome(proveNameError(nameOf(qname), recordsFor(zone, [...rrsets])))).toBe(want);
    });
  });
});

describe('costly parameters make the zone insecure (RFC 9276 3.2)', () => {
  const rows = [
    { name: '50 iterations', salt: 0, iterations: 50, want: 'name-error' },
    { name: '51 iterations', salt: 0, iterations: 51, want: 'nsec3-iterations' },
    { name: '65535 iterations', salt: 0, iterations: 65535, want: 'nsec3-iterations' },
    { name: 'a salt of 64 octets', salt: 64, iterations: 0, want: 'name-error' },
    { name: 'a salt of 65 octets', salt: 65, iterations: 0, want: 'nsec3-iterations' },
  ];
  test.each(rows)('$name: $want', ({ salt, iterations, want }) => {
    const parameters = { salt: new Uint8Array(salt), iterations };
    const rrsets =
      iterations > 1000
        ? [nsec3Set(zone, hashOf('b.example.'), hashOf('a.example.'), '', parameters)]
        : nsec3Chain(zone, names, parameters);
    const work = new MessageWork(new QueryWork());
    const records = recordsFor(zone, rrsets, { hasher: new Nsec3Hasher(work) });
    expect(outcome(proveNameError(nameOf('b.example.'), records))).toBe(want);
    if (want !== 'nsec3-iterations') return;
    expect(work.hashes).toBe(0);
    for (const denial of [
      proveNoData(nameOf('b.example.'), RRType.A, records),
      proveNoDS(nameOf('b.example.'), records),
      proveWildcardAnswer(nameOf('b.example.'), 1, records),
    ]) {
      expect(denial).toMatchObject({ kind: 'insecure', reason: 'nsec3-iterations', used: [rrsets[0]] });
    }
  });

  test('such a record needs a signature by the zone, too', () => {
    const parameters = { salt: new Uint8Array(), iterations: 500 };
    const unsigned = { ...nsec3Set(zone, hashOf('b.'), hashOf('a.'), '', parameters), signatures: [] };
    expect(outcome(proveNoDS(nameOf('b.example.'), recordsFor(zone, [unsigned])))).toBe('denial-missing');
  });

  test('such a record beside usable ones is left out', () => {
    const costly = nsec3Set(zone, hashOf('b.'), hashOf('a.'), '', { salt: new Uint8Array(), iterations: 500 });
    const records = recordsFor(zone, [costly, ...chain.slice(0, 9)]);
    expect(outcome(proveNoData(nameOf('zzz.example.'), RRType.A, records))).not.toBe('nsec3-iterations');
  });
});

describe('the work is bounded (CVE-2023-50868)', () => {
  const deep = nameOf(`${'x.'.repeat(120)}example.`);

  test('a long name below the apex takes a few hashes', () => {
    const work = new MessageWork(new QueryWork());
    const records = recordsFor(zone, chain, { hasher: new Nsec3Hasher(work) });
    expect(outcome(proveNameError(deep, records))).toBe('name-error');
    expect(work.hashes).toBe(4);
  });

  test('a long name without its encloser stops at the limit, and everything stops with it', () => {
    const work = new MessageWork(new QueryWork({ ...DEFAULT_DNSSEC_LIMITS, maxHashesPerMessage: 20 }));
    const apexLabel = base32hexText(hashOf(zone));
    const without = chain.filter((rrset) => !nameText(rrset.name).startsWith(apexLabel));
    const records = recordsFor(zone, without, { hasher: new Nsec3Hasher(work) });
    expect(outcome(proveNameError(deep, records))).toBe('work-limit');
    expect(outcome(proveNoData(nameOf('a.example.'), RRType.MX, records))).toBe('work-limit');
    expect(work.hashes).toBeLessThanOrEqual(21);
    expect(work.chargeVerification()).toBe(false);
  });

  test('ten records of a message are looked at', () => {
    const padding = Array.from({ length: 10 }, (_, index) => {
      const hash = hashOf(`p${index}.example.`);
      return nsec3Set(zone, hash, hash, 'A');
    });
    const target = nsec3Set(zone, hashOf('a.example.'), hashOf('b.example.'), 'A RRSIG');
    const at = (count: number): DenialRecords => recordsFor(zone, [...padding.slice(0, count), target]);
    expect(outcome(proveNoData(nameOf('a.example.'), RRType.MX, at(9)))).toBe('no-data');
    expect(outcome(proveNoData(nameOf('a.example.'), RRType.MX, at(10)))).toBe('denial-incomplete');
  });
});

test('compact denial: one record whose only type is NXNAME (RFC 9824 4)', () => {
  const hash = hashOf('b.example.');
  const compact = recordsFor(zone, [nsec3Set(zone, hash, hashOf('a.example.'), 'NXNAME')]);
  expect(outcome(proveNameError(nameOf('b.example.'), compact))).toBe('compact-name-error');
  expect(outcome(proveNoData(nameOf('b.example.'), RRType.A, compact))).toBe('compact-no-data');
  expect(outcome(proveNoDS(nameOf('b.example.'), compact))).toBe('not-a-cut');
  const withData = recordsFor(zone, [nsec3Set(zone, hash, hashOf('a.example.'), 'A NXNAME')]);
  expect(outcome(proveNameError(nameOf('b.example.'), withData))).toBe('denial-incomplete');
});

test('a message with both kinds is proven by either', () => {
  const both = recordsFor(zone, [nsecSet(zone, 'q.example.', 'r.example.', 'A'), ...chain.slice(0, 9)]);
  expect(outcome(proveNoData(nameOf('q.example.'), RRType.MX, both))).toBe('no-data');
  const byNsec3 = recordsFor(zone, [nsecSet(zone, 'q.example.', 'r.example.', 'A'), ...chain]);
  expect(outcome(proveNoData(nameOf('a.example.'), RRType.MX, byNsec3))).toBe('no-data');
});

test('no proof mixes the two kinds', () => {
  // The NSEC denies the name, the NSEC3s its wildcard: neither alone is complete.
  const apexLabel = base32hexText(hashOf(zone));
  const nsec3s = chain.filter((rrset) => !nameText(rrset.name).startsWith(apexLabel));
  const records = recordsFor(zone, [nsecSet(zone, 'a.example.', 'c.example.', 'A'), ...nsec3s]);
  expect(outcome(proveNameError(nameOf('b.example.'), records))).toBe('denial-incomplete');
});
