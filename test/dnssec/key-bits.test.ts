import { describe, expect, test } from 'vitest';
import { allowedIterations, type KeysizeIterations, keyBits } from '../../src/dnssec/key-bits.ts';
import { prepareKeys } from '../../src/dnssec/verification-key.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { parseDNSKEY } from '../../src/wire/rdata-dnssec.ts';
import { makeKey, type TestKey } from './test-signer.ts';

const p256 = makeKey({ algorithm: 13 });
const p384 = makeKey({ algorithm: 14 });
const rsa = makeKey({ algorithm: 8 });

function bitsOf(key: TestKey): number | undefined {
  const dnskey = parseDNSKEY(key.rdata);
  return dnskey && keyBits(dnskey);
}

test('sizes of keys, and none for an algorithm that is not known', () => {
  expect([p256, p384, makeKey({ algorithm: 15 })].map(bitsOf)).toEqual([256, 384, 256]);
  expect(bitsOf(rsa)).toBeGreaterThanOrEqual(1024);
  expect(
    keyBits({ flags: 256, protocol: 3, algorithm: 200, publicKey: new Uint8Array(9), rdata: new Uint8Array(13) }),
  ).toBe(undefined);
});

describe('NSEC3 iterations by the smallest key (RFC 5155 10.3)', () => {
  const sizes: readonly KeysizeIterations[] = [
    { keyBits: 300, iterations: 10 },
    { keyBits: 400, iterations: 20 },
  ];
  const rows: readonly { name: string; keys: readonly TestKey[]; sizes?: typeof sizes; want: number | undefined }[] = [
    { name: 'the first size that is not below it', keys: [p256], want: 10 },
    { name: 'a larger one', keys: [p384], want: 20 },
    { name: 'beyond the last', keys: [rsa], want: 20 },
    { name: 'the smallest of several', keys: [rsa, p256, p384], want: 10 },
    { name: 'no key', keys: [], want: undefined },
    { name: 'no sizes', keys: [p256], sizes: [], want: undefined },
  ];
  for (const { name, keys, sizes: given = sizes, want } of rows) {
    test(name, () => {
      const zone = nameOf('example.test.');
      const zoneKeys = { zone, ...prepareKeys(keys.map(({ rdata }) => rdata)) };
      expect(allowedIterations(given, zoneKeys)).toBe(want);
    });
  }
});
