import { describe, expect, test } from 'vitest';
import { dsOfKey, entryPointKeys, inspectKeySet, keyOfDS, sameKeys } from '../../src/dnssec/key-set.ts';
import { KSK_FLAGS, publishAs, type SigningKey, sharedKey, ZSK_FLAGS } from '../../src/lab/keys.ts';
import { signRRset } from '../../src/lab/signer.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import type { RRset } from '../../src/wire/record.ts';

const NOW = 1_800_000_000;
const zone = nameOf('Example.TEST.');
const ksk = sharedKey({ algorithm: 13 });
const standby = sharedKey({ algorithm: 13 }, 1);
const zsk = sharedKey({ algorithm: 13, flags: ZSK_FLAGS });

interface Signer {
  readonly key: SigningKey;
  readonly from?: number;
  readonly to?: number;
}

function setOf(keys: readonly SigningKey[], signers: readonly Signer[]): RRset {
  const rdatas = keys.map(({ dnskey }) => dnskey);
  const bare: RRset = { name: zone, type: RRType.DNSKEY, class: RRClass.IN, ttl: 300, rdatas, signatures: [] };
  const signatures = signers.map(({ key, from = NOW - 60, to = NOW + 60 }) =>
    signRRset(bare, zone, key, { inceptionSeconds: from, expirationSeconds: to }),
  );
  return { ...bare, signatures };
}

describe('a DNSKEY set', () => {
  test('shows which keys sign it and until when: the earliest end counts', () => {
    const set = inspectKeySet(
      setOf(
        [ksk, standby, zsk],
        [
          { key: ksk, to: NOW + 900 },
          { key: zsk, to: NOW + 500 },
        ],
      ),
      NOW,
    );
    expect(set.expiresAt).toBe(NOW + 500);
    expect(set.keys.map(({ isSep, signsSet, problem }) => ({ isSep, signsSet, problem }))).toEqual([
      { isSep: true, signsSet: true, problem: undefined },
      { isSep: true, signsSet: false, problem: undefined },
      { isSep: false, signsSet: true, problem: undefined },
    ]);
    expect(entryPointKeys(set).map(({ keyTag }) => keyTag)).toEqual([ksk.keyTag]);
  });

  const sizes: [algorithm: 8 | 13 | 14 | 15 | 16, bits: number][] = [
    [8, 2048],
    [13, 256],
    [14, 384],
    [15, 256],
    [16, 456],
  ];
  test.each(sizes)('algorithm %i: %i bits, and its signature verifies', (algorithm, bits) => {
    const key = sharedKey({ algorithm });
    const [found] = inspectKeySet(setOf([key], [{ key }]), NOW).keys;
    expect(found).toMatchObject({ bits, signsSet: true, isSupported: true, keyTag: key.keyTag });
  });

  const useless: [name: string, key: SigningKey, signer: Partial<Signer>, problem: string | undefined][] = [
    ['expired', ksk, { to: NOW - 1 }, 'its signature has expired'],
    ['not valid yet', ksk, { from: NOW + 1 }, 'its signature is not valid yet'],
    ['revoked', publishAs(ksk, { flags: KSK_FLAGS | 0x80 }), {}, expect.any(String)],
    ['no zone key', publishAs(ksk, { flags: 1 }), {}, expect.any(String)],
    ['of an algorithm nobody knows', publishAs(ksk, { algorithm: 200 }), {}, 'algorithm 200 is not supported'],
  ];
  test.each(useless)('is no entry point: %s', (_name, key, signer, problem) => {
    const set = inspectKeySet(setOf([key], [{ key, ...signer }]), NOW);
    expect(entryPointKeys(set)).toEqual([]);
    expect(set.keys[0]).toMatchObject({ signsSet: false, problem });
    expect(set.expiresAt).toBeUndefined();
  });

  test('a signature that was changed signs nothing', () => {
    const good = setOf([ksk], [{ key: ksk }]);
    const signatures = good.signatures.map((rdata) => rdata.with(-1, (rdata.at(-1) ?? 0) ^ 1));
    expect(inspectKeySet({ ...good, signatures }, NOW).keys[0]?.signsSet).toBe(false);
  });

  test('hostile sets cost little: hundreds of keys and signatures', () => {
    const keys = Array.from({ length: 300 }, (_, index) => ({
      ...ksk,
      dnskey: Uint8Array.from(ksk.dnskey)
        .with(10, index & 0xff)
        .with(11, index >> 8),
    }));
    const rrset = setOf(keys, []);
    const signatures = Array.from({ length: 300 }, (_, index) => {
      const [signature = new Uint8Array()] = setOf([ksk], [{ key: ksk }]).signatures;
      return signature.with(-1, index & 0xff);
    });
    const startedAtMs = performance.now();
    const set = inspectKeySet({ ...rrset, signatures }, NOW);
    expect(performance.now() - startedAtMs).toBeLessThan(500);
    expect(set.keys).toHaveLength(32);
  });

  test('DS and key find each other, whatever the letter case of the zone', () => {
    const set = inspectKeySet(setOf([standby, ksk], [{ key: ksk }]), NOW);
    const key = set.keys[1];
    const ds = key && dsOfKey(nameOf('example.test.'), key, 2);
    expect(ds && keyOfDS(set, ds)).toBe(key);
    expect(ds && keyOfDS(set, { ...ds, keyTag: standby.keyTag })).toBeUndefined();
    expect(key && dsOfKey(zone, key, 3)).toBeUndefined();
  });

  test('two sets are the same in any order', () => {
    expect(sameKeys(setOf([ksk, zsk], []), setOf([zsk, ksk], []))).toBe(true);
    expect(sameKeys(setOf([ksk, zsk], []), setOf([zsk, standby], []))).toBe(false);
    expect(sameKeys(setOf([ksk, zsk], []), setOf([ksk], []))).toBe(false);
  });
});
