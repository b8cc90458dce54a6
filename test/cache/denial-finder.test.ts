// Which proof denies a name: the same number for the same proof, another one as soon as a reply would show it, and none
// where the caches are to be asked (RFC 8198; SECURITY ).
import { describe, expect, test } from 'vitest';
import { AnswerCache } from '../../src/cache/answer-cache.ts';
import { DenialCache } from '../../src/cache/denial-cache.ts';
import { DenialFinder, type DenialGuard } from '../../src/cache/denial-finder.ts';
import type { Verdict } from '../../src/dnssec/verdict.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import type { RRset } from '../../src/wire/record.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const records = `
www A 192.0.2.1
*.wild A 192.0.2.2
a.b.ent A 192.0.2.3
d DNAME www
a.x A 192.0.2.4
c.y A 192.0.2.4
cut NS ns.cut
ns.cut A 192.0.2.9
`;
const hierarchy = buildHierarchy({
  zones: [
    { name: 'nsec.', records },
    { name: 'nsec3.', records, denial: { kind: 'nsec3', iterations: 2, salt: Uint8Array.of(1, 2) } },
    { name: 'opt-out.', records, denial: { kind: 'nsec3', optOut: true } },
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

function setsOf(zone: string): RRset[] {
  const { denial } = zoneOf(zone);
  if (denial.kind === 'nsec') return [...denial.links];
  return denial.kind === 'nsec3' ? denial.links.map(({ rrset }) => rrset) : [];
}

/** A finder over all records of a zone. */
class Found {
  readonly denials = new DenialCache(1000);
  readonly answers = new AnswerCache({ maxOctets: 100_000, maxEntryOctets: 10_000 });
  readonly finder: DenialFinder;

  constructor(zone: string, guards: readonly DenialGuard[] = []) {
    for (const rrset of setsOf(zone)) this.denials.add(rrset, verdict, EXPIRES, zoneOf(zone).soa);
    this.finder = new DenialFinder(this.denials, this.answers, guards);
  }

  find(name: string, type: number = RRType.A, now = 1): number {
    const { octets } = nameOf(name);
    const memory = new Uint8Array(octets.length + 20).fill(0xee);
    memory.set(octets, 7);
    return this.finder.find(memory, 7, octets.length, type, now);
  }
}

for (const zone of ['nsec.', 'nsec3.']) {
  describe(zone, () => {
    test('names of one proof have one number, whatever their case, depth and type', () => {
      const found = new Found(zone);
      const first = found.find(`zz1.${zone}`);
      expect(first).toBeGreaterThan(0);
      expect(found.finder.expiresAt).toBe(EXPIRES);
      expect(found.finder.octetsBelowEncloser).toBe(4);
      for (const name of [`zz1.${zone}`, `ZZ1.${zone.toUpperCase()}`, `a.B.zz1.${zone}`]) {
        expect(found.find(name, RRType.TXT), name).toBe(first);
      }
      expect(found.finder.octetsBelowEncloser).toBe(8);
      // Another closest encloser.
      expect(found.find(`zz1.ent.${zone}`)).not.toBe(first);
    });

    const none: { name: string; type?: number }[] = [
      { name: zone },
      { name: `www.${zone}` },
      { name: `ent.${zone}` },
      { name: `b.ent.${zone}` },
      { name: `cut.${zone}` },
      { name: `host.cut.${zone}` },
      { name: `host.d.${zone}` },
      { name: 'elsewhere.' },
      { name: '.' },
      { name: `zz1.${zone}`, type: RRType.DS },
      { name: `zz1.${zone}`, type: RRType.RRSIG },
      { name: `zz1.${zone}`, type: RRType.ANY },
      { name: `zz1.${zone}`, type: RRType.OPT },
      { name: `zz1.${zone}`, type: RRType.NXNAME },
      { name: `zz1.${zone}`, type: 0 },
      { name: `${'a.'.repeat(40)}${zone}` },
    ];
    for (const { name, type = RRType.A } of none) {
      test(`${name.slice(-20)} type ${type}: none`, () => expect(new Found(zone).find(name, type)).toBe(0));
    }

    test('another SOA or a longer life makes another number, the same once more does not', () => {
      const found = new Found(zone);
      const { soa } = zoneOf(zone);
      const proof = found.denials.synthesise(nameOf(`zz1.${zone}`), RRType.A, 1)?.proof ?? [];
      const aside = setsOf(zone).find((rrset) => !proof.includes(rrset));
      if (soa === undefined || aside === undefined) throw new Error('no zone');
      const numberWith = (changed: RRset, expiresAt = EXPIRES): number => {
        found.denials.add(aside, verdict, expiresAt, changed);
        return found.find(`zz1.${zone}`);
      };
      const first = found.find(`zz1.${zone}`);
      expect(numberWith({ ...soa, ttl: 7, rdatas: soa.rdatas.map((rdata) => rdata.slice()) })).toBe(first);
      const shorter = numberWith(soa, EXPIRES - 5);
      expect([shorter, found.finder.expiresAt]).toEqual([first, EXPIRES - 5]);
      const longer = numberWith(soa, EXPIRES + 5);
      expect(longer).not.toBe(first);
      // The records of the proof still end when they did.
      expect(found.finder.expiresAt).toBe(EXPIRES);
      const later = soa.rdatas.map((rdata) => rdata.with(rdata.length - 20, 0x77));
      expect(numberWith({ ...soa, rdatas: later })).not.toBe(longer);
      for (const rrset of proof) found.denials.add(rrset, verdict, EXPIRES + 5, { ...soa, rdatas: later });
      expect(found.find(`zz1.${zone}`, RRType.A, EXPIRES)).toBeGreaterThan(longer);
    });

    test('nothing is found when any part has ended', () => {
      const found = new Found(zone);
      expect(found.find(`zz1.${zone}`, RRType.A, EXPIRES - 1)).toBeGreaterThan(0);
      expect(found.find(`zz1.${zone}`, RRType.A, EXPIRES)).toBe(0);
    });

    test('each record that comes anew makes another number', () => {
      const all = new Found(zone).denials.synthesise(nameOf(`zz1.${zone}`), RRType.A, 1)?.proof ?? [];
      for (const rrset of all) {
        const found = new Found(zone);
        const first = found.find(`zz1.${zone}`);
        found.denials.add({ ...rrset }, verdict, EXPIRES);
        expect(found.find(`zz1.${zone}`)).toBeGreaterThan(first);
      }
    });

    test('each record of the proof bounds its life', () => {
      const all = new Found(zone).denials.synthesise(nameOf(`zz1.${zone}`), RRType.A, 1)?.proof ?? [];
      expect(all.length).toBeGreaterThan(1);
      for (const rrset of all) {
        const found = new Found(zone);
        found.denials.add(rrset, verdict, EXPIRES - 30);
        expect(found.find(`zz1.${zone}`)).toBeGreaterThan(0);
        expect(found.finder.expiresAt).toBe(EXPIRES - 30);
        expect(found.find(`zz1.${zone}`, RRType.A, EXPIRES - 30)).toBe(0);
      }
    });

    test('it is made of the SOA and its records, and of nothing else', () => {
      const found = new Found(zone);
      const { soa } = zoneOf(zone);
      if (soa === undefined) throw new Error('no SOA');
      const denial = found.denials.synthesise(nameOf(`zz1.${zone}`), RRType.A, 1);
      const proof = denial?.proof ?? [];
      found.find(`zz1.${zone}`);
      expect(proof.length).toBeGreaterThan(0);
      expect(found.finder.isMadeOf([soa, ...proof])).toBe(true);
      expect(found.finder.isMadeOf([{ ...soa }, ...proof])).toBe(false);
      expect(found.finder.isMadeOf([soa])).toBe(false);
      expect(found.finder.isMadeOf([soa, ...proof, ...setsOf('opt-out.')])).toBe(false);
      found.find('elsewhere.');
      expect(found.finder.isMadeOf([soa, ...proof])).toBe(false);
    });

    test('what the answer cache may know comes first', () => {
      const found = new Found(zone);
      expect(found.find(`a.zz1.${zone}`)).toBeGreaterThan(0);
      const rrset = { name: nameOf(`zz1.${zone}`), type: RRType.A, class: RRClass.IN, ttl: 60 };
      const base = { rank: 2, verdict: undefined, storedAt: 0, expiresAt: 99, server: '', proof: [] } as const;
      const rdatas = [Uint8Array.of(192, 0, 2, 1)];
      found.answers.set(
        rrset.name,
        RRType.A,
        { ...base, kind: 'rrset', rrset: { ...rrset, rdatas, signatures: [] } },
        1,
      );
      expect(found.find(`zz1.${zone}`, RRType.TXT)).toBe(0);
      expect(found.find(`a.zz1.${zone}`)).toBeGreaterThan(0);
      const { name } = rrset;
      const nxdomain = {
        ...base,
        kind: 'nxdomain',
        name,
        type: 1,
        soa: undefined,
        cutBelow: true,
        compact: false,
      } as const;
      found.answers.set(name, RRType.MX, nxdomain, 1);
      expect(found.find(`a.zz1.${zone}`)).toBe(0);
    });

    test('guards decide about zones that they touch, name by name', () => {
      let touches = true;
      const guard: DenialGuard = {
        touches: () => touches,
        permits: (name, type) => type === RRType.A && !name.equals(nameOf(`zz2.${zone}`)),
      };
      const found = new Found(zone, [guard]);
      expect(found.find(`zz1.${zone}`)).toBeGreaterThan(0);
      expect(found.find(`ZZ2.${zone}`)).toBe(0);
      expect(found.find(`zz1.${zone}`, RRType.MX)).toBe(0);
      touches = false;
      expect(found.find(`zz2.${zone}`)).toBe(0);
      found.finder.forgetDecisions();
      expect(found.find(`zz2.${zone}`)).toBeGreaterThan(0);
    });

    test('hits are counted when an answer was given, not when it was looked for', () => {
      const found = new Found(zone);
      found.find(`zz1.${zone}`);
      expect(found.denials.hits).toMatchObject({ nsec: 0, nsec3: 0 });
      found.finder.count();
      expect(found.denials.hits).toMatchObject(zone === 'nsec.' ? { nsec: 1, nsec3: 0 } : { nsec: 0, nsec3: 1 });
    });
  });
}

describe('one covering record, several closest enclosers', () => {
  test('below the owner’s ancestor and below the next name’s', () => {
    const found = new Found('nsec.');
    const ids = ['b.x.nsec.', 'b.y.nsec.', 'xx.nsec.'].map((name) => found.find(name));
    expect(new Set(ids).size).toBe(3);
    expect(ids.every((id) => id > 0)).toBe(true);
    expect(['bb.x.nsec.', 'bb.y.nsec.', 'xxx.nsec.'].map((name) => found.find(name))).toEqual(ids);
  });

  test('more of them than are remembered', () => {
    const found = new Found('nsec3.');
    const names = ['', 'x.', 'y.', 'ent.', 'b.ent.', 'wild.', 'www.'];
    for (let index = 0; index < 400; index++) for (const name of names) found.find(`h${index}.${name}nsec3.`);
    expect(found.find('h1.nsec3.')).toBeGreaterThan(0);
  });
});

test('nothing from opt-out records', () => expect(new Found('opt-out.').find('zz1.opt-out.')).toBe(0));
