import { describe, expect, test } from 'vitest';
import { signatureSchemes } from '../../src/dnssec/signature-scheme.ts';
import {
  isDear,
  MAX_DNSKEYS,
  prepareKey,
  prepareKeys,
  VerificationKey,
  verifyInPool,
  verifySignature,
} from '../../src/dnssec/verification-key.ts';
import { signedOctets } from '../../src/wire/canonical.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { parseDNSKEY, parseRRSIG } from '../../src/wire/rdata-dnssec.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { dnskeyRdata, makeKey, signRRset, type TestKey } from './test-signer.ts';

function prepared(publicKey: Uint8Array, algorithm: number): ReturnType<typeof prepareKey> {
  const dnskey = parseDNSKEY(dnskeyRdata(publicKey, algorithm));
  if (dnskey === undefined) throw new Error('bad DNSKEY');
  return prepareKey(dnskey);
}

function rsaKey(exponent: readonly number[], modulusBits: number, long = false): Uint8Array {
  const modulus = new Uint8Array(Math.ceil(modulusBits / 8)).fill(0xa5);
  modulus[0] = modulusBits % 8 === 0 ? 0x80 : 1 << ((modulusBits % 8) - 1);
  const prefix = long ? [0, exponent.length >> 8, exponent.length & 0xff] : [exponent.length];
  return Uint8Array.from([...prefix, ...exponent, ...modulus]);
}

const usual = [1, 0, 1];

describe('the shape of a key is checked before any arithmetic', () => {
  const good = [
    { name: 'RSA of 1024 bits', key: rsaKey(usual, 1024), algorithm: 8 },
    { name: 'RSA of 4096 bits', key: rsaKey(usual, 4096), algorithm: 8 },
    { name: 'RSA with a long exponent length (RFC 3110 2)', key: rsaKey(usual, 2048, true), algorithm: 8 },
    { name: 'RSA with exponent 3', key: rsaKey([3], 2048), algorithm: 8 },
    { name: 'RSA with exponent 2^32 + 1', key: rsaKey([1, 0, 0, 0, 1], 2048), algorithm: 8 },
  ];
  test.each(good)('good: $name', ({ key, algorithm }) => {
    expect(prepared(key, algorithm)).toBeInstanceOf(VerificationKey);
  });

  const evenModulus = rsaKey(usual, 2048);
  evenModulus[evenModulus.length - 1] = 0xa4;
  const leadingZero = rsaKey(usual, 2048);
  leadingZero[4] = 0;
  const bad = [
    { name: 'RSA of 4097 bits', key: rsaKey(usual, 4097), algorithm: 8, error: 'the RSA modulus has 4097 bits' },
    { name: 'RSA of 16384 bits', key: rsaKey(usual, 16384), algorithm: 8, error: 'the RSA modulus has 16384 bits' },
    { name: 'RSA with exponent 1', key: rsaKey([1], 2048), algorithm: 8, error: 'the RSA exponent is out of range' },
    {
      name: 'RSA with an even exponent',
      key: rsaKey([1, 0, 2], 2048),
      algorithm: 8,
      error: 'the RSA exponent is even',
    },
    {
      name: 'RSA with exponent 2^32 + 3',
      key: rsaKey([1, 0, 0, 0, 3], 2048),
      algorithm: 8,
      error: 'the RSA exponent is out of range',
    },
    {
      name: 'RSA with an exponent of 2000 bits',
      key: rsaKey(Array(250).fill(255), 2048),
      algorithm: 8,
      error: 'the RSA exponent is out of range',
    },
    {
      name: 'RSA with a zero in front of the exponent',
      key: rsaKey([0, 1, 0, 1], 2048),
      algorithm: 8,
      error: 'the RSA key has leading zeros',
    },
    {
      name: 'RSA with a zero in front of the modulus',
      key: leadingZero,
      algorithm: 8,
      error: 'the RSA key has leading zeros',
    },
    { name: 'RSA with an even modulus', key: evenModulus, algorithm: 8, error: 'the RSA modulus is even' },
    { name: 'RSA without a modulus', key: Uint8Array.of(3, 1, 0, 1), algorithm: 8, error: 'the RSA key is cut short' },
    {
      name: 'RSA without an exponent',
      key: Uint8Array.of(0, 0, 0, 1),
      algorithm: 8,
      error: 'the RSA exponent is out of range',
    },
    { name: 'RSA of one octet', key: Uint8Array.of(0), algorithm: 8, error: 'the RSA key is cut short' },
    { name: 'RSA of no octets', key: new Uint8Array(), algorithm: 8, error: 'the RSA key is cut short' },
    { name: 'P-256 too short', key: new Uint8Array(63), algorithm: 13, error: 'the P-256 key has 63 octets' },
    { name: 'P-256 with a prefix', key: new Uint8Array(65), algorithm: 13, error: 'the P-256 key has 65 octets' },
    { name: 'P-384 too short', key: new Uint8Array(64), algorithm: 14, error: 'the P-384 key has 64 octets' },
    { name: 'Ed25519 too long', key: new Uint8Array(33), algorithm: 15, error: 'the Ed25519 key has 33 octets' },
    { name: 'Ed448 too short', key: new Uint8Array(56), algorithm: 16, error: 'the Ed448 key has 56 octets' },
  ];
  test.each(bad)('bad: $name', ({ key, algorithm, error }) => {
    expect(prepared(key, algorithm)).toEqual({ error });
  });

  test('an RSA key below 1024 bits is told apart: it makes a zone insecure, not bogus', () => {
    expect(prepared(rsaKey(usual, 1023), 8)).toEqual({ error: 'the RSA modulus has only 1023 bits', tooSmall: true });
  });

  test('an unknown algorithm is told apart', () => {
    expect(prepared(new Uint8Array(32), 12)).toEqual({ error: 'algorithm 12 is not supported', unsupported: true });
  });

  test('a DNSKEY set is cut at its limit', () => {
    const rdatas = Array.from({ length: MAX_DNSKEYS + 5 }, () => dnskeyRdata(new Uint8Array(32), 15));
    expect(prepareKeys(rdatas).keys.length).toBe(MAX_DNSKEYS);
    expect(prepareKeys([new Uint8Array(3)])).toEqual({ keys: [], unusable: [] });
  });
});

const rrset = { name: nameOf('www.example.'), type: RRType.A, class: 1, rdatas: [Uint8Array.of(192, 0, 2, 1)] };

function signedWith(key: TestKey): { signature: Uint8Array; signed: Uint8Array; verifier: VerificationKey } {
  const rdata = signRRset(rrset, key, nameOf('example.'));
  const parsed = parseRRSIG(rdata);
  const verifier = prepared(key.publicKey, key.algorithm);
  if (parsed === undefined || !(verifier instanceof VerificationKey)) throw new Error('bad key or signature');
  const signed = signedOctets(rrset, rdata, rdata.length - parsed.signature.length, parsed.labels);
  return { signature: parsed.signature, signed, verifier };
}

function inPool(key: VerificationKey, signature: Uint8Array, signed: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => verifyInPool(key, signature, signed, resolve));
}

describe.each([5, 7, 8, 10, 13, 14, 15, 16])('algorithm %i', (algorithm) => {
  const key = makeKey({ algorithm });
  const { signature, signed, verifier } = signedWith(key);
  const secondary = signatureSchemes.get(algorithm)?.secondary;

  test('verifies a good signature, at once and in the pool', async () => {
    expect(verifySignature(verifier, signature, signed)).toBe(true);
    expect(await inPool(verifier, signature, signed)).toBe(true);
  });

  test('refuses signatures of another length, without an exception', async () => {
    for (const other of [signature.subarray(1), Uint8Array.of(...signature, 0), new Uint8Array()]) {
      expect(verifySignature(verifier, other, signed)).toBe(false);
      expect(await inPool(verifier, other, signed)).toBe(false);
    }
  });

  test('both implementations agree on good and changed signatures', async () => {
    const random = new SeededRandom(algorithm);
    for (let round = 0; round < 12; round++) {
      const changedSignature = signature.slice();
      const changedText = signed.slice();
      const where = random.below(round % 2 === 0 ? signature.length : signed.length);
      const into = round % 2 === 0 ? changedSignature : changedText;
      into[where] = (into[where] ?? 0) ^ (1 << random.below(8));
      expect(verifySignature(verifier, changedSignature, changedText)).toBe(false);
      expect(await inPool(verifier, changedSignature, changedText)).toBe(false);
      if (secondary === undefined) continue;
      const attempt = (): boolean => {
        try {
          return secondary(key.publicKey, changedSignature, changedText);
        } catch {
          return false;
        }
      };
      expect(attempt()).toBe(false);
    }
    if (secondary !== undefined) expect(secondary(key.publicKey, signature, signed)).toBe(true);
  });

  test('signatures of zeros and ones are refused', async () => {
    for (const octet of [0, 255]) {
      const flat = new Uint8Array(signature.length).fill(octet);
      expect(verifySignature(verifier, flat, signed)).toBe(false);
      expect(await inPool(verifier, flat, signed)).toBe(false);
    }
  });
});

test('ECDSA signatures with a high s are good: DNSSEC does not normalise them', () => {
  const key = makeKey({ algorithm: 13 });
  const secondary = signatureSchemes.get(13)?.secondary;
  let high = 0;
  for (let round = 0; round < 20; round++) {
    const { signature, signed, verifier } = signedWith(key);
    if ((signature[32] ?? 0) >= 0x80) high++;
    expect(verifySignature(verifier, signature, signed)).toBe(true);
    expect(secondary?.(key.publicKey, signature, signed)).toBe(true);
  }
  expect(high).toBeGreaterThan(0);
});

test('octets that are no point of the curve verify nothing', async () => {
  for (const algorithm of [13, 14]) {
    const octets = algorithm === 13 ? 64 : 96;
    const verifier = prepared(new Uint8Array(octets).fill(7), algorithm);
    if (!(verifier instanceof VerificationKey)) throw new Error('shape refused');
    expect(verifySignature(verifier, new Uint8Array(octets).fill(1), rrset.name.octets)).toBe(false);
    expect(await inPool(verifier, new Uint8Array(octets).fill(1), rrset.name.octets)).toBe(false);
  }
});

test('dear verifications are known', () => {
  const dear = (algorithm: number, modulusBits?: number): boolean => {
    const key = modulusBits === undefined ? makeKey({ algorithm }).publicKey : rsaKey(usual, modulusBits);
    const verifier = prepared(key, algorithm);
    return verifier instanceof VerificationKey && isDear(verifier);
  };
  expect([8, 13, 15].map((algorithm) => dear(algorithm))).toEqual([false, false, false]);
  expect([14, 16].map((algorithm) => dear(algorithm))).toEqual([true, true]);
  expect([dear(8, 2048), dear(8, 2049), dear(10, 4096)]).toEqual([false, true, true]);
});
