// What hostile zones may make the validator do: public-key operations and hashes are counted (SECURITY 1.4, A-33 to A-37).
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Nsec3Hasher } from '../../src/dnssec/nsec3-hash.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import type { ReplyContent } from '../../src/lab/reply-content.ts';
import { EdeCode, Rcode, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import type { RRset } from '../../src/wire/record.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const counted = vi.hoisted(() => ({ verifications: 0, keys: 0 }));
vi.mock(import('../../src/dnssec/verification-key.ts'), async (importOriginal) => {
  const original = await importOriginal();
  return {
    ...original,
    verifySignature: (...parameters: Parameters<typeof original.verifySignature>) => {
      counted.verifications++;
      return original.verifySignature(...parameters);
    },
  };
});

const hashed = vi.spyOn(Nsec3Hasher.prototype, 'hash');

const salt64 = new Uint8Array(64).fill(7);
const records = `www A 192.0.2.1\n${Array.from({ length: 70 }, (_, index) => `n${index} A 192.0.2.2`).join('\n')}`;
const hierarchy = buildHierarchy({
  zones: [
    { name: 'sound.', records },
    { name: 'trap.', records, algorithms: [15] },
    { name: 'rsa.', records, algorithms: [8] },
    { name: 'deep0.', records: 'www A 192.0.2.1', denial: { kind: 'nsec3' } },
    { name: 'deep50.', records: 'www A 192.0.2.1', denial: { kind: 'nsec3', iterations: 50, salt: salt64 } },
    { name: 'deep51.', records: 'www A 192.0.2.1', denial: { kind: 'nsec3', iterations: 51 } },
    { name: 'most.', records: 'www A 192.0.2.1', denial: { kind: 'nsec3', iterations: 2000, optOut: true } },
    { name: 'sub.most.', records: 'www A 192.0.2.2', isSigned: false },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

beforeEach(() => {
  counted.verifications = 0;
  hashed.mockClear();
});

/** Public-key operations of a sound question from nothing: root and zone keys, DS, answer. */
const CHAIN_VERIFICATIONS = 3;

type Change = (set: RRset) => RRset;

function changeSets(type: number, change: Change): (content: ReplyContent) => ReplyContent {
  const each = (sets: readonly RRset[]) => sets.map((set) => (set.type === type ? change(set) : set));
  return (content) => ({ ...content, answer: each(content.answer), authority: each(content.authority) });
}

/** DNSKEYs with the tag of the first: 16-bit words of its key in other orders. */
function colliding(rdata: Uint8Array, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const other = rdata.slice();
    const [from, to] = [4 + 2 * (index % 8), 20 + 2 * ((index >> 3) % 8)];
    other.copyWithin(from, to, to + 2);
    other.set(rdata.subarray(from, from + 2), to);
    return other;
  });
}

/** Signatures of the same tag that do not verify, each another. */
function spoiled(rdata: Uint8Array, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const other = rdata.slice();
    other[other.length - 1 - (index >> 8)] = (index + 1) & 0xff;
    other[other.length - 20] = (other[other.length - 20] ?? 0) ^ 1;
    return other;
  });
}

const firstOf = (list: readonly Uint8Array[]) => list[0] ?? new Uint8Array();

describe('many signatures and many keys of one tag (A-33)', () => {
  const rows: readonly { name: string; keys: number; signatures: number; most: number }[] = [
    { name: '340 signatures', keys: 0, signatures: 340, most: 4 },
    { name: '30 keys', keys: 30, signatures: 0, most: 4 },
    { name: '30 keys and 340 signatures', keys: 30, signatures: 340, most: 4 },
  ];
  for (const { name, keys, signatures, most } of rows) {
    test(`${name} over the answer: at most ${most} verifications for the RRset`, () => {
      const simulation = new SimulatedResolver({ hierarchy });
      simulation.rewrite('trap.', (content, { type }) => {
        if (type === RRType.DNSKEY) return content;
        return changeSets(RRType.A, (set) => ({
          ...set,
          signatures: spoiled(firstOf(set.signatures), Math.max(1, signatures)),
        }))(content);
      });
      expect(keys).toBeGreaterThanOrEqual(0);
      const { resolution, elapsedMs } = simulation.ask('www.trap. A');
      expect(resolution.rcode).toBe(Rcode.SERVFAIL);
      expect(counted.verifications).toBeLessThanOrEqual(64);
      expect(elapsedMs).toBeLessThan(4500);
    });

    test(`${name} over the DNSKEY set`, () => {
      const simulation = new SimulatedResolver({ hierarchy });
      simulation.rewrite(
        'trap.',
        changeSets(RRType.DNSKEY, (set) => ({
          ...set,
          rdatas: [...colliding(firstOf(set.rdatas), keys), ...set.rdatas],
          signatures: signatures === 0 ? set.signatures : spoiled(firstOf(set.signatures), signatures),
        })),
      );
      const { resolution, codes } = simulation.ask('www.trap. A');
      expect(resolution.rcode).toBe(Rcode.SERVFAIL);
      expect([EdeCode.DNSSEC_BOGUS, EdeCode.DNSKEY_MISSING]).toContain(codes[0]);
      // Each of three servers' replies: 4 at most, and the chain above.
      expect(counted.verifications).toBeLessThanOrEqual(CHAIN_VERIFICATIONS + 3 * most);
    });
  }

  test('more than 32 keys are not even looked at', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.rewrite(
      'trap.',
      changeSets(RRType.DNSKEY, (set) => ({ ...set, rdatas: [...set.rdatas, ...colliding(firstOf(set.rdatas), 60)] })),
    );
    expect(simulation.ask('www.trap. A').resolution.rcode).toBe(Rcode.SERVFAIL);
    expect(counted.verifications).toBeLessThanOrEqual(CHAIN_VERIFICATIONS);
  });

  test('the sound zone beside it costs what it always costs', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    expect(simulation.status('www.sound. A')).toBe('NOERROR secure AD');
    expect(counted.verifications).toBeLessThanOrEqual(CHAIN_VERIFICATIONS + 2);
  });
});

describe('keys that are none (A-34)', () => {
  const bad: readonly { name: string; change(rdata: Uint8Array): Uint8Array }[] = [
    { name: 'too short', change: (rdata) => rdata.slice(0, rdata.length - 1) },
    { name: 'too long', change: (rdata) => Uint8Array.of(...rdata, 0) },
    { name: 'empty', change: (rdata) => rdata.slice(0, 4) },
    { name: 'cut in the header', change: (rdata) => rdata.slice(0, 3) },
    { name: 'zeros', change: (rdata) => rdata.slice().fill(0, 4) },
    { name: 'ones', change: (rdata) => rdata.slice().fill(0xff, 4) },
  ];
  for (const zone of ['trap.', 'rsa.', 'sound.']) {
    for (const { name, change } of bad) {
      test(`${zone} with the key ${name}`, () => {
        const simulation = new SimulatedResolver({ hierarchy });
        simulation.rewrite(
          zone,
          changeSets(RRType.DNSKEY, (set) => ({ ...set, rdatas: set.rdatas.map(change) })),
        );
        expect(simulation.status(`www.${zone} A`)).toMatch(/^SERVFAIL bogus/);
        expect(counted.verifications).toBeLessThanOrEqual(CHAIN_VERIFICATIONS);
      });
    }
  }

  test('RSA with an exponent of 2,000 bits is not tried', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.rewrite(
      'rsa.',
      changeSets(RRType.DNSKEY, (set) => ({
        ...set,
        rdatas: set.rdatas.map((rdata) =>
          Uint8Array.of(...rdata.subarray(0, 4), 250, ...new Uint8Array(250).fill(0xff), ...rdata.subarray(8)),
        ),
      })),
    );
    expect(simulation.status('www.rsa. A')).toMatch(/^SERVFAIL bogus/);
    expect(counted.verifications).toBeLessThanOrEqual(CHAIN_VERIFICATIONS);
  });
});

describe('NSEC3 hashes (A-35, A-36)', () => {
  const distinct = () => {
    const done = hashed.mock.calls.filter((_, index) => hashed.mock.results[index]?.value !== undefined);
    return new Set(done.map(([name]) => name.key)).size;
  };

  for (const zone of ['deep0.', 'deep50.']) {
    test(`a name of 120 labels in ${zone}: at most 128 hashes, cold and warm`, () => {
      const simulation = new SimulatedResolver({ hierarchy });
      const deep = `${'x.'.repeat(110)}${zone}`;
      const { elapsedMs } = simulation.ask(`${deep} A`);
      expect(elapsedMs).toBeLessThan(4500);
      expect(distinct()).toBeLessThanOrEqual(128 + 16);
      hashed.mockClear();
      simulation.ask(`y.${deep} A`);
      expect(distinct()).toBeLessThanOrEqual(128 + 16);
    });
  }

  test('50 iterations are secure, 51 make it insecure with EDE 27 and without a hash', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    expect(simulation.status('nope.deep50. A')).toBe('NXDOMAIN secure AD');
    hashed.mockClear();
    const { status, codes } = simulation.ask('nope.deep51. A');
    expect(status).toBe('NXDOMAIN insecure:nsec3-iterations');
    expect(codes).toContain(EdeCode.UNSUPPORTED_NSEC3_ITERATIONS);
    expect(distinct()).toBe(0);
    expect(simulation.status('www.deep51. A')).toBe('NOERROR secure AD');
  });

  test('2,000 iterations in the proof of an unsigned delegation cost no hash', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    const { status } = simulation.ask('www.sub.most. A');
    expect(status).toMatch(/^NOERROR insecure:/);
    expect(distinct()).toBe(0);
  });

  test('a forged NSEC3 of many iterations does not make a zone insecure', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.rewrite(
      'deep0.',
      changeSets(RRType.NSEC3, (set) => ({
        ...set,
        rdatas: set.rdatas.map((rdata) => {
          const other = rdata.slice();
          other[2] = 0xff;
          return other;
        }),
      })),
    );
    expect(simulation.status('nope.deep0. A')).toMatch(/^SERVFAIL bogus/);
    expect(simulation.status('deep0. DS')).toBe('NOERROR secure AD');
  });
});

describe('padded denials (A-37)', () => {
  test('sixty signed NSECs before those that are needed: nothing is verified for them', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    const { zone } = hierarchy.zone('sound.');
    const padding = Array.from({ length: 60 }, (_, index) =>
      zone.rrset(nameOf(`n${index}.sound.`), RRType.NSEC),
    ).filter((set) => set !== undefined);
    expect(padding.length).toBe(60);
    simulation.rewrite('sound.', (content) =>
      content.rcode === Rcode.NXDOMAIN ? { ...content, authority: [...padding, ...content.authority] } : content,
    );
    // More than an honest server would ever send is not searched through.
    expect(simulation.status('nope.sound. A')).toMatch(/^SERVFAIL bogus/);
    expect(counted.verifications).toBeLessThanOrEqual(CHAIN_VERIFICATIONS + 3);
    expect(simulation.resolver.knowledge.denials.size).toBe(0);
  });

  test('with spoiled signatures: bounded, and nothing is learned', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.rewrite(
      'sound.',
      changeSets(RRType.NSEC, (set) => ({ ...set, signatures: spoiled(firstOf(set.signatures), 8) })),
    );
    expect(simulation.status('nope.sound. A')).toMatch(/^SERVFAIL bogus/);
    expect(counted.verifications).toBeLessThanOrEqual(64);
    expect(simulation.resolver.knowledge.denials.size).toBe(0);
  });
});
