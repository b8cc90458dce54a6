// Denials made from cached NSEC and NSEC3 records: each is true of the zone, or is not made (RFC 8198, RFC 9077).
import { describe, expect, test } from 'vitest';
import { DenialCache } from '../../src/cache/denial-cache.ts';
import type { Verdict } from '../../src/dnssec/verdict.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { composeReply } from '../../src/lab/reply-content.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { Rcode, RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { buildTypeBitmap } from '../../src/wire/rdata-dnssec.ts';
import type { RRset } from '../../src/wire/record.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const records = `
www A 192.0.2.1
*.wild A 192.0.2.2
a.b.ent A 192.0.2.3
d DNAME www
m TXT x
t TXT x
cut NS ns.cut
ns.cut A 192.0.2.9
secure NS ns.secure
secure DS 1 13 2 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20
ns.secure A 192.0.2.9
alias CNAME www
`;
const hierarchy = buildHierarchy({
  zones: [
    { name: 'nsec.', records },
    { name: 'nsec3.', records, denial: { kind: 'nsec3', iterations: 2, salt: Uint8Array.of(1, 2) } },
    { name: 'opt-out.', records, denial: { kind: 'nsec3', optOut: true } },
    { name: 'compact.', records, denial: { kind: 'compact' } },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});
const verdict: Extract<Verdict, { status: 'secure' }> = {
  status: 'secure',
  chain: { link: { kind: 'anchor', zone: nameOf('.'), keyTags: [] }, previous: undefined },
};
const EXPIRES = 100;

function zoneOf(zone: string) {
  return hierarchy.zone(zone).zone;
}

function denialSets(zone: string, among = hierarchy): RRset[] {
  const { denial } = among.zone(zone).zone;
  if (denial.kind === 'nsec') return [...denial.links];
  return denial.kind === 'nsec3' ? denial.links.map(({ rrset }) => rrset) : [];
}

function filled(zone: string, max = 1000): DenialCache {
  const cache = new DenialCache(max);
  for (const rrset of denialSets(zone)) cache.add(rrset, verdict, EXPIRES, zoneOf(zone).soa);
  return cache;
}

/** The only NSEC of a zone in which there is nothing but its own name. */
function nsecBySigner(zone: string): RRset {
  const name = nameOf(zone);
  const signature = new Uint8Array(18 + name.octets.length + 64);
  signature.set([0, RRType.NSEC, 13, name.rrsigLabelCount]);
  signature.set(name.octets, 18);
  const rdata = Uint8Array.from([...name.octets, ...buildTypeBitmap([RRType.NS, RRType.SOA])]);
  return { name, type: RRType.NSEC, class: RRClass.IN, ttl: 60, rdatas: [rdata], signatures: [signature] };
}

const owners = [
  '',
  'www.',
  'x.www.',
  'nope.',
  'x.nope.',
  'wild.',
  '*.wild.',
  'any.wild.',
  'x.any.wild.',
  'ent.',
  'b.ent.',
  'a.b.ent.',
  'x.ent.',
  'd.',
  'x.d.',
  'm.',
  'n.',
  'cut.',
  'www.cut.',
  'secure.',
  'www.secure.',
  'alias.',
  'zzz.',
  '-.',
  'x.y.z.',
] as const;
const types = [RRType.A, RRType.TXT, RRType.MX, RRType.DS, RRType.NS, RRType.CNAME, RRType.AAAA];

for (const zone of ['nsec.', 'nsec3.', 'opt-out.']) {
  describe(`${zone} with all its records`, () => {
    const cache = filled(zone);
    const zones = new ZoneSet([zoneOf(zone)]);
    let made = 0;
    for (const owner of owners) {
      test(`what is made for ${owner || '@ '} is what the zone says`, () => {
        for (const type of types) {
          const name = nameOf(`${owner}${zone}`);
          const denial = cache.synthesise(name, type, 1);
          if (denial === undefined) continue;
          made++;
          const truth = composeReply(zones, { name, type, class: RRClass.IN }, true);
          const isReferral = truth.rcode === Rcode.NOERROR && truth.authority.some((set) => set.type === RRType.NS);
          const said = `${nameText(name)} ${type}: ${denial.kind}`;
          expect(`${said}, referral ${isReferral && type !== RRType.DS}`).toBe(`${said}, referral false`);
          expect(truth.answer.length === 0 || `${said} although there is data`).toBe(true);
          expect(`${said} ${truth.rcode}`).toBe(
            `${said} ${denial.kind === 'nxdomain' ? Rcode.NXDOMAIN : Rcode.NOERROR}`,
          );
          expect(denial.expiresAt).toBe(EXPIRES);
        }
      });
    }
    test('something is made', () => {
      expect(made).toBeGreaterThan(zone === 'opt-out.' ? -1 : 20);
    });
  });
}

describe('what is never made', () => {
  test('anything from opt-out spans', () => {
    expect(filled('opt-out.').synthesise(nameOf('nope.opt-out.'), RRType.A, 1)).toBeUndefined();
  });

  test('a denial of a name by the parent’s record at a cut', () => {
    const cache = filled('nsec.');
    for (const owner of ['www.cut.nsec.', 'cut.nsec.', 'www.secure.nsec.']) {
      expect(cache.synthesise(nameOf(owner), RRType.A, 1)).toBeUndefined();
    }
  });

  test('a denial below a DNAME', () => {
    expect(filled('nsec.').synthesise(nameOf('x.d.nsec.'), RRType.A, 1)).toBeUndefined();
  });

  test('a denial of the DS that is there', () => {
    expect(filled('nsec.').synthesise(nameOf('secure.nsec.'), RRType.DS, 1)).toBeUndefined();
  });

  test('anything without the SOA of the zone', () => {
    const cache = new DenialCache(100);
    for (const rrset of denialSets('nsec.')) cache.add(rrset, verdict, EXPIRES);
    expect(cache.synthesise(nameOf('nope.nsec.'), RRType.A, 1)).toBeUndefined();
  });

  test('anything with the SOA of another zone', () => {
    const cache = new DenialCache(100);
    for (const rrset of denialSets('nsec.')) cache.add(rrset, verdict, EXPIRES, zoneOf('nsec3.').soa);
    expect(cache.size).toBe(0);
  });

  test('anything once it has expired', () => {
    expect(filled('nsec.').synthesise(nameOf('nope.nsec.'), RRType.A, EXPIRES)).toBeUndefined();
  });

  test('anything for another zone', () => {
    const cache = filled('nsec.');
    for (const name of ['nope.nsec3.', 'nope.', '.', 'xnsec.']) {
      expect(cache.synthesise(nameOf(name), RRType.A, 1)).toBeUndefined();
    }
  });
});

describe('wildcard expansions (RFC 8198 5.3)', () => {
  for (const zone of ['nsec.', 'nsec3.']) {
    test(zone, () => {
      const cache = filled(zone);
      expect(cache.proveExpansion(nameOf(`any.wild.${zone}`), nameOf(zone), 2, 1)).toBeDefined();
      // The wildcard of another level, a name that exists, and a name below a closer one.
      expect(cache.proveExpansion(nameOf(`any.wild.${zone}`), nameOf(zone), 1, 1)).toBeUndefined();
      expect(cache.proveExpansion(nameOf(`www.${zone}`), nameOf(zone), 1, 1)).toBeUndefined();
      expect(cache.proveExpansion(nameOf(`x.b.ent.${zone}`), nameOf(zone), 2, 1)).toBeUndefined();
      expect(cache.proveExpansion(nameOf(`any.wild.${zone}`), nameOf(zone), 2, EXPIRES)).toBeUndefined();
    });
  }
});

describe('bounds', () => {
  test('no more records than allowed, and none when switched off', () => {
    const small = new DenialCache(5);
    for (const zone of ['nsec.', 'nsec3.']) {
      for (const rrset of denialSets(zone)) {
        small.add(rrset, verdict, EXPIRES, zoneOf(zone).soa);
        expect(small.size).toBeLessThanOrEqual(5);
      }
    }
    expect(filled('nsec.', 0).size).toBe(0);
  });

  test('a zone that goes over from NSEC to NSEC3, or back, is known by the new kind', () => {
    const hashed = denialSets('nsec3.');
    const link = nsecBySigner('nsec3.');
    const cache = new DenialCache(100);
    const add = (rrset: RRset): void => cache.add(rrset, verdict, EXPIRES, zoneOf('nsec3.').soa);
    const denied = (): number | undefined => cache.synthesise(nameOf('nope.nsec3.'), RRType.A, 1)?.proof[0]?.type;
    add(link);
    for (const rrset of hashed) add(rrset);
    expect(denied()).toBe(RRType.NSEC3);
    expect(cache.size).toBe(hashed.length);
    add(link);
    expect(cache.size).toBe(1);
    expect(denied()).toBe(RRType.NSEC);
  });

  test('other NSEC3 parameters start the zone anew', () => {
    const cache = filled('nsec3.');
    const before = cache.size;
    const [first] = denialSets('nsec3.');
    if (first === undefined) throw new Error('no NSEC3');
    const rdatas = first.rdatas.map((rdata) => {
      const other = rdata.slice();
      other[3] = 9;
      return other;
    });
    cache.add({ ...first, rdatas }, verdict, EXPIRES, zoneOf('nsec3.').soa);
    expect(before).toBeGreaterThan(5);
    expect(cache.size).toBe(1);
  });

  test('cleared', () => {
    const cache = filled('nsec.');
    cache.clear();
    expect([cache.size, cache.synthesise(nameOf('nope.nsec.'), RRType.A, 1)]).toEqual([0, undefined]);
  });
});

describe('who makes way', () => {
  const stranger = (index: number) => nsecBySigner(`stranger${index}.`);
  const soaOf = (zone: string): RRset => ({ ...zoneOf('nsec.').soa, name: nameOf(zone) });

  test('a zone that denials are made of stays, whoever fills the cache', () => {
    const cache = filled('nsec.', 60);
    for (let index = 0; index < 500; index++) {
      cache.add(stranger(index), verdict, EXPIRES);
      if (index % 20 === 0) expect(cache.synthesise(nameOf('nope.nsec.'), RRType.A, 1)?.kind).toBe('nxdomain');
      expect(cache.size).toBeLessThanOrEqual(60);
    }
  });

  test('one that nobody asks for goes', () => {
    const cache = filled('nsec.', 60);
    for (let index = 0; index < 500; index++) cache.add(stranger(index), verdict, EXPIRES);
    expect(cache.synthesise(nameOf('nope.nsec.'), RRType.A, 1)).toBeUndefined();
    expect(cache.size).toBe(60);
  });

  test('when all are in use, some make way all the same', () => {
    const cache = new DenialCache(100);
    for (let index = 0; index < 400; index++) {
      cache.add(stranger(index), verdict, EXPIRES, soaOf(`stranger${index}.`));
      cache.synthesise(nameOf(`nope.stranger${index}.`), RRType.A, 1);
      expect(cache.size).toBeLessThanOrEqual(100);
    }
    expect(cache.synthesise(nameOf('nope.stranger399.'), RRType.A, 1)?.kind).toBe('nxdomain');
  });

  const large = buildHierarchy({
    zones: [
      { name: 'large-nsec.', records: Array.from({ length: 300 }, (_, index) => `n${index} TXT x`).join('\n') },
      {
        name: 'large-nsec3.',
        records: Array.from({ length: 300 }, (_, index) => `n${index} TXT x`).join('\n'),
        denial: { kind: 'nsec3' },
      },
    ],
    nowSeconds: DEFAULT_WALL_SECONDS,
  });
  test.each(['large-nsec.', 'large-nsec3.'])('%s does not drive out the others', (zone) => {
    const { soa } = large.zone(zone).zone;
    const sets = denialSets(zone, large);
    const cache = filled('nsec.', 100);
    const others = cache.size;
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    for (const [index, rrset] of sets.entries()) {
      if (rrset.rdatas.length === 0) continue;
      cache.add(rrset, verdict, EXPIRES, soa);
      if (index < 100) continue;
      least = Math.min(least, cache.size - others);
      most = Math.max(most, cache.size - others);
    }
    expect([most <= 100 - others, least >= 25]).toEqual([true, true]);
    expect(cache.synthesise(nameOf('nope.nsec.'), RRType.A, 1)?.kind).toBe('nxdomain');
    // What is left of the large zone denies what it did, and nothing that exists.
    for (let index = 0; index < 300; index++) {
      expect(cache.synthesise(nameOf(`n${index}.${zone}`), RRType.TXT, 1)).toBeUndefined();
    }
    for (const rrset of sets.slice(0, 10)) if (rrset.rdatas.length > 0) cache.add(rrset, verdict, EXPIRES, soa);
    const denied = Array.from({ length: 300 }, (_, index) =>
      cache.synthesise(nameOf(`n${index}.${zone}`), RRType.A, 1),
    );
    expect(denied.some((found) => found?.kind === 'nodata')).toBe(true);
  });
});
