// Zones whose NSEC and NSEC3 records lie, overlap and come and go, the parent's and the child's side by side: whatever they
// say, the proof of a number proves that each name with that number does not exist, and none is used outside its zone.
import { describe, expect, test } from 'vitest';
import { AnswerCache } from '../../src/cache/answer-cache.ts';
import { DenialCache } from '../../src/cache/denial-cache.ts';
import { DenialFinder } from '../../src/cache/denial-finder.ts';
import { MessageWork, QueryWork } from '../../src/dnssec/budget.ts';
import { proveNameError } from '../../src/dnssec/denial.ts';
import { Nsec3Hasher, nsec3Hash } from '../../src/dnssec/nsec3-hash.ts';
import type { Verdict } from '../../src/dnssec/verdict.ts';
import { base32hexText } from '../../src/wire/base32hex.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { DomainName } from '../../src/wire/name.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { buildTypeBitmap } from '../../src/wire/rdata-dnssec.ts';
import { type RRset, sameOctets } from '../../src/wire/record.ts';
import { SeededRandom, testSeed } from '../support/seeded-random.ts';

const verdict: Extract<Verdict, { status: 'secure' }> = {
  status: 'secure',
  chain: { link: { kind: 'anchor', zone: nameOf('.'), keyTags: [] }, previous: undefined },
};
const zones = ['z.', 'a.z.', 'b.a.z.', 'y.', '.'];
const labels = ['a', 'b', 'B', 'm', '*', '\\000', '\\001', '\\255', 'a\\000', '-'];
const bitmaps = [
  [RRType.A],
  [RRType.A],
  [RRType.NS],
  [RRType.NS, RRType.DS],
  [RRType.DNAME],
  [RRType.NS, RRType.SOA],
  [RRType.CNAME],
  [RRType.RRSIG, RRType.NSEC, RRType.NXNAME],
];

function pick<T>(random: SeededRandom, values: readonly T[]): T {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

function randomName(random: SeededRandom, zone: string): string {
  const depth = random.below(4);
  const prefix = Array.from({ length: depth }, () => `${pick(random, labels)}.`).join('');
  return zone === '.' && depth > 0 ? prefix : `${prefix}${zone}`;
}

/** A signature that says who made it and over how many labels; the caches are given what has been verified. */
function signed(signer: string, owner: DomainName, type: number, rdata: Uint8Array, ttl: number): RRset {
  const { octets } = nameOf(signer);
  const signature = new Uint8Array(18 + octets.length + 64);
  signature.set([0, type, 13, owner.rrsigLabelCount]);
  signature.set(octets, 18);
  return { name: owner, type, class: RRClass.IN, ttl, rdatas: [rdata], signatures: [signature] };
}

function soaOf(zone: string, serial: number): RRset {
  const { octets } = nameOf(zone);
  const numbers = new Uint8Array(20);
  numbers[3] = serial;
  return signed(zone, nameOf(zone), RRType.SOA, Uint8Array.from([...octets, ...octets, ...numbers]), 60);
}

function nsecOf(random: SeededRandom, zone: string): RRset {
  const lies = random.chance(0.1);
  const owner = nameOf(randomName(random, lies ? pick(random, zones) : zone));
  const next = random.chance(0.2)
    ? nameOf(zone)
    : nameOf(randomName(random, random.chance(0.1) ? pick(random, zones) : zone));
  const rdata = Uint8Array.from([...next.octets, ...buildTypeBitmap(pick(random, bitmaps))]);
  return signed(zone, owner, RRType.NSEC, rdata, 60);
}

function nsec3Of(random: SeededRandom, zone: string): RRset {
  const salt = random.chance(0.02) ? [7] : [];
  const hashOf = (name: string): Uint8Array => nsec3Hash(nameOf(name), Uint8Array.from(salt), 0);
  const ownerHash = hashOf(random.chance(0.3) ? zone : randomName(random, zone));
  const nextHash = random.chance(0.3) ? ownerHash : hashOf(randomName(random, zone));
  const flags = random.chance(0.1) ? 1 : random.chance(0.03) ? 2 : 0;
  const algorithm = random.chance(0.03) ? 2 : 1;
  const types = buildTypeBitmap(pick(random, bitmaps));
  const rdata = Uint8Array.from([algorithm, flags, 0, 0, salt.length, ...salt, nextHash.length, ...nextHash, ...types]);
  const label = new TextEncoder().encode(base32hexText(ownerHash));
  const above = nameOf(random.chance(0.05) ? randomName(random, zone) : zone);
  const owner = DomainName.fromOctets(Uint8Array.from([label.length, ...label, ...above.octets]));
  return signed(zone, owner, RRType.NSEC3, rdata, 60);
}

/** Whether the records of a proof prove by themselves that a name does not exist. */
function proves(zone: DomainName, rrsets: readonly RRset[], name: DomainName): boolean {
  const hasher = new Nsec3Hasher(new MessageWork(new QueryWork()));
  return proveNameError(name, { zone, rrsets, hasher, maxIterations: 0, maxSalt: 1 }).kind === 'proven';
}

/** Whether a zone has an NSEC3 of the very name below one that it denies: then it may say of itself what it likes. */
function contradicts(denials: DenialCache, zone: DomainName, name: DomainName): boolean {
  for (const { zone: held, nsec3s, salt, iterations } of denials.entries()) {
    if (!held.equals(zone)) continue;
    const hash = nsec3Hash(name, salt, iterations);
    return nsec3s.some(({ ownerHash }) => sameOctets(ownerHash, hash));
  }
  return false;
}

describe('records that lie', () => {
  for (const kind of ['NSEC', 'NSEC3'] as const) {
    test(kind, { timeout: 120_000 }, () => {
      const random = new SeededRandom(testSeed() + kind.length);
      let compared = 0;
      for (let round = 0; round < 200; round++) {
        const denials = new DenialCache(60);
        const answers = new AnswerCache({ maxOctets: 100_000, maxEntryOctets: 10_000 });
        const finder = new DenialFinder(denials, answers);
        /** By number: the proof that somebody got. */
        const templates = new Map<number, { zone: DomainName; proof: readonly RRset[] }>();
        let now = 1;
        for (let step = 0; step < 300; step++) {
          if (random.chance(0.3)) {
            const zone = pick(random, zones.slice(0, 3));
            const rrset = kind === 'NSEC' ? nsecOf(random, zone) : nsec3Of(random, zone);
            denials.add(rrset, verdict, now + 1 + random.below(60), soaOf(zone, random.below(2)));
          }
          if (random.chance(0.1)) now += random.below(5);
          const name = nameOf(randomName(random, pick(random, zones)));
          const id = finder.find(name.octets, 0, name.octets.length, RRType.A, now);
          if (id === 0) continue;
          const denial = denials.synthesise(name, RRType.A, now);
          const known = templates.get(id);
          if (known === undefined) {
            if (denial?.kind !== 'nxdomain' || denial.soa === undefined) continue;
            const { soa, proof } = denial;
            if (finder.isMadeOf([soa, ...proof])) templates.set(id, { zone: soa.name, proof });
            continue;
          }
          compared++;
          expect(name.isSubdomainOf(known.zone), nameText(name)).toBe(true);
          if (contradicts(denials, known.zone, name)) continue;
          expect(proves(known.zone, known.proof, name), nameText(name)).toBe(true);
          // Where records overlap, the caches may prove it in another way; the life is the same.
          if (denial?.kind === 'nxdomain') expect(finder.expiresAt).toBe(denial.expiresAt);
        }
      }
      // Else this would prove nothing.
      expect(compared).toBeGreaterThan(100);
    });
  }
});
