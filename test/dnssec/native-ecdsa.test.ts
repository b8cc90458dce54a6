import { createHash, createPublicKey, sign, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { NativeP256 } from '../../src/dnssec/native-ecdsa.ts';
import { newKeyPair } from '../../src/lab/key-pair.ts';

const native = NativeP256.load();

function makeKey() {
  const { privateKey, publicKey } = newKeyPair({ type: 'ec', curve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' });
  const octets = Buffer.concat([Buffer.from(x ?? '', 'base64url'), Buffer.from(y ?? '', 'base64url')]);
  const signatureOver = (signed: Uint8Array) =>
    new Uint8Array(sign('sha256', signed, { key: privateKey, dsaEncoding: 'ieee-p1363' }));
  return { publicKey: new Uint8Array(octets), signatureOver };
}

/** What `node:crypto` says; a key that it cannot import verifies nothing. */
function verifiedByNode(publicKey: Uint8Array, signature: Uint8Array, signed: Uint8Array): boolean {
  try {
    const x = Buffer.from(publicKey.subarray(0, 32)).toString('base64url');
    const y = Buffer.from(publicKey.subarray(32)).toString('base64url');
    const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
    return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false;
  }
}

function changed(octets: Uint8Array, at: number, value: number): Uint8Array {
  const copy = octets.slice();
  copy[at] = (copy[at] ?? 0) ^ value;
  return copy;
}

describe.skipIf(native === undefined)('ECDSA P-256 by calling OpenSSL directly', () => {
  const check = (publicKey: Uint8Array, signature: Uint8Array, signed: Uint8Array): boolean =>
    native?.verify(publicKey, signature, signed) ?? false;
  const key = makeKey();
  const signed = new TextEncoder().encode('signed octets');
  const signature = key.signatureOver(signed);
  const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');

  test('a good signature passes, again and with other keys in between', () => {
    const other = makeKey();
    for (let round = 0; round < 3; round++) {
      expect(check(key.publicKey, signature, signed)).toBe(true);
      expect(check(other.publicKey, other.signatureOver(signed), signed)).toBe(true);
    }
  });

  test.each([0, 63, 64, 4095, 4096, 4097, 70_000])('%d octets signed', (length) => {
    const octets = new Uint8Array(length).map((_, index) => index * 7);
    const good = key.signatureOver(octets);
    expect(check(key.publicKey, good, octets)).toBe(true);
    expect(check(key.publicKey, good, new Uint8Array(length + 1))).toBe(false);
  });

  test.each([
    { first: 0, second: 0 },
    { first: 30, second: 68 },
    { first: 255, second: 3841 },
  ])('SHA-256 over $first and $second octets is that of node:crypto', ({ first, second }) => {
    const octets = new Uint8Array(first + second).map((_, index) => index * 3);
    const digest = native?.hash(octets.subarray(0, first), octets.subarray(first));
    expect(digest).toEqual(new Uint8Array(createHash('sha256').update(octets).digest()));
  });

  test('what is too long for its memory is left to others', () => {
    expect(native?.hash(new Uint8Array(256), new Uint8Array(3841))).toBeUndefined();
  });

  const refused: { name: string; key?: Uint8Array; signature?: Uint8Array; signed?: Uint8Array }[] = [
    { name: 'a changed r', signature: changed(signature, 0, 1) },
    { name: 'a changed s', signature: changed(signature, 63, 1) },
    { name: 'other octets', signed: changed(signed, 3, 1) },
    { name: 'no octets', signed: new Uint8Array() },
    { name: "another zone's key", key: makeKey().publicKey },
    { name: 'a point that is not on the curve', key: changed(key.publicKey, 40, 1) },
    { name: 'a key of zeros', key: new Uint8Array(64) },
    { name: 'coordinates above the field', key: new Uint8Array(64).fill(0xff) },
    { name: 'r and s of zero', signature: new Uint8Array(64) },
    { name: 'r of zero', signature: signature.map((octet, index) => (index < 32 ? 0 : octet)) },
    { name: 's of zero', signature: signature.map((octet, index) => (index < 32 ? octet : 0)) },
    { name: 'r of the order', signature: Uint8Array.from([...order, ...signature.subarray(32)]) },
    { name: 's of the order', signature: Uint8Array.from([...signature.subarray(0, 32), ...order]) },
    { name: 'a short signature', signature: signature.subarray(0, 63) },
    { name: 'a long signature', signature: Uint8Array.from([...signature, 0]) },
    { name: 'a short key', key: key.publicKey.subarray(0, 63) },
    { name: 'a key with its prefix', key: Uint8Array.from([4, ...key.publicKey]) },
  ];
  test.each(refused)('refused: $name', (given) => {
    expect(check(given.key ?? key.publicKey, given.signature ?? signature, given.signed ?? signed)).toBe(false);
    // And nothing of the failure is left over for the next.
    expect(check(key.publicKey, signature, signed)).toBe(true);
    expect(verifiedByNode(key.publicKey, signature, signed)).toBe(true);
  });

  test('it agrees with node:crypto, also on numbers with leading zeros', () => {
    let withZero = 0;
    for (let count = 0; count < 1_000 && (count < 100 || withZero < 4); count++) {
      const message = Uint8Array.of(count >> 8, count & 0xff);
      const good = key.signatureOver(message);
      if (good[0] === 0 || good[32] === 0) withZero++;
      else if (count >= 100) continue;
      const bad = changed(good, count % 64, 1 << (count % 8));
      expect(check(key.publicKey, good, message)).toBe(true);
      expect(check(key.publicKey, bad, message)).toBe(verifiedByNode(key.publicKey, bad, message));
    }
    expect(withZero).toBeGreaterThan(0);
  });
});
