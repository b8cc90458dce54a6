import { describe, expect, test } from 'vitest';
import { DEFAULT_ALGORITHM_POLICY } from '../../src/dnssec/algorithms.ts';
import { DEFAULT_DNSSEC_LIMITS, type DnssecLimits, MessageWork, QueryWork } from '../../src/dnssec/budget.ts';
import {
  type RRsetVerification,
  runSync,
  type SignatureContext,
  type SkewBounds,
  serialDifference,
  summarise,
  verifyRRset,
  type ZoneKeys,
} from '../../src/dnssec/rrsig.ts';
import { prepareKeys } from '../../src/dnssec/verification-key.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { parseRRSIG } from '../../src/wire/rdata-dnssec.ts';
import type { RRset } from '../../src/wire/record.ts';
import { dnskeyRdata, makeKey, type SignOptions, signRRset, type TestKey, withRdata } from './test-signer.ts';

const zone = nameOf('example.test.');
const key = makeKey();
const otherKey = makeKey();
const p256Key = makeKey({ algorithm: 13 });
const p384Key = makeKey({ algorithm: 14 });
const sha1Key = makeKey({ algorithm: 5 });
const NOW = 1_500_000;

const unsigned: RRset = {
  name: nameOf('www.example.test.'),
  type: RRType.A,
  class: RRClass.IN,
  ttl: 300,
  rdatas: [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(192, 0, 2, 2)],
  signatures: [],
};

function signedBy(signer: TestKey, options: SignOptions = {}, rrset: RRset = unsigned): RRset {
  return { ...rrset, signatures: [...rrset.signatures, signRRset(rrset, signer, zone, options)] };
}

/** A signature that passes all checks but the last. */
function broken(rdata: Uint8Array): Uint8Array {
  const copy = rdata.slice();
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
  return copy;
}

function keysOf(...keys: readonly TestKey[]): ZoneKeys {
  return { zone, ...prepareKeys(keys.map((one) => one.rdata)) };
}

function workWith(limits: Partial<DnssecLimits> = {}): MessageWork {
  return new MessageWork(new QueryWork({ ...DEFAULT_DNSSEC_LIMITS, ...limits }));
}

function context(given: Partial<SignatureContext> = {}): SignatureContext {
  return {
    zoneKeys: keysOf(key),
    nowSeconds: NOW,
    inceptionSkew: 60,
    expirationSkew: 0,
    policy: DEFAULT_ALGORITHM_POLICY,
    work: workWith(),
    ...given,
  };
}

function verify(rrset: RRset, given: Partial<SignatureContext> = {}): RRsetVerification {
  return runSync(verifyRRset(rrset, context(given)));
}

describe('a good signature', () => {
  test('verifies, and says how long the records may live', () => {
    const result = verify(signedBy(key));
    expect(result).toMatchObject({ ok: true, wildcardLabels: undefined, maxTtl: 3600 });
    if (!result.ok) return;
    expect(summarise(result.signature)).toEqual({
      signer: zone,
      keyTag: key.tag,
      algorithm: 15,
      inception: 1_000_000,
      expiration: 2_000_000,
    });
    expect(result.key.keyTag).toBe(key.tag);
  });

  test('limits the TTL to its remaining life (RFC 4035 5.3.3)', () => {
    expect(verify(signedBy(key, { expiration: NOW + 100 }))).toMatchObject({ ok: true, maxTtl: 100 });
    expect(verify(signedBy(key, { originalTtl: 50 }))).toMatchObject({ ok: true, maxTtl: 50 });
    const late = verify(signedBy(key, { expiration: NOW - 10 }), { expirationSkew: 30 });
    expect(late).toMatchObject({ ok: true, maxTtl: 0 });
  });

  test('does not care for letter case, order or duplicates (RFC 4034 6)', () => {
    const given = signedBy(key);
    const shuffled = {
      ...given,
      name: nameOf('WWW.Example.TEST.'),
      rdatas: [...given.rdatas, ...given.rdatas].reverse(),
    };
    expect(verify(shuffled).ok).toBe(true);
  });

  test('is found behind seven useless ones, and not behind eight', () => {
    const good = signRRset(unsigned, key, zone);
    const useless = signRRset(unsigned, otherKey, zone);
    const withUseless = (count: number): RRset => ({ ...unsigned, signatures: [...Array(count).fill(useless), good] });
    expect(verify(withUseless(7)).ok).toBe(true);
    expect(verify(withUseless(8)).ok).toBe(false);
  });

  test('is enough beside expired ones, which cost nothing', () => {
    const expired = signRRset(unsigned, key, zone, { expiration: 1_400_000 });
    const work = workWith();
    const rrset = { ...unsigned, signatures: [expired, expired, expired, signRRset(unsigned, key, zone)] };
    expect(verify(rrset, { work }).ok).toBe(true);
    expect(work.verifications).toBe(1);
  });

  test('is enough for a DNSKEY set with three keys that sign, two of them unknown to the parent', () => {
    const keys = [key, otherKey, p256Key];
    const set: RRset = { ...unsigned, name: zone, type: RRType.DNSKEY, rdatas: keys.map((one) => one.rdata) };
    const signatures = [
      signRRset(set, otherKey, zone),
      signRRset(set, key, zone, { expiration: 1_400_000 }),
      signRRset(set, p256Key, zone),
      signRRset(set, key, zone),
    ];
    const work = workWith();
    expect(verify({ ...set, signatures }, { work }).ok).toBe(true);
    expect(work.verifications).toBe(1);
  });
});

describe('a wildcard', () => {
  const wildcard = { ...unsigned, name: nameOf('*.example.test.') };
  const signature = signRRset(wildcard, key, zone);

  test('that was expanded is reported with the labels of its closest encloser (RFC 4035 5.3.2)', () => {
    for (const text of ['a.example.test.', 'b.a.example.test.', '*.a.example.test.']) {
      const result = verify({ ...wildcard, name: nameOf(text), signatures: [signature] });
      expect(result, text).toMatchObject({ ok: true, wildcardLabels: 2 });
    }
  });

  test('asked for by its own name is no expansion (RFC 4592 2.1.1)', () => {
    expect(verify({ ...wildcard, signatures: [signature] })).toMatchObject({ ok: true, wildcardLabels: undefined });
  });

  test('above the signer is refused, whoever signs it (CVE-2026-44690)', () => {
    const forged = signRRset({ ...unsigned, name: nameOf('*.test.') }, key, zone, { labels: 1 });
    const result = verify({ ...unsigned, signatures: [forged] });
    expect(result).toMatchObject({ ok: false, reason: 'rrsig-wrong-labels' });
  });
});

describe('times are serial numbers (RFC 4034 3.1.5)', () => {
  const rows = [
    { name: 'at inception', now: 1_000_000, reason: undefined },
    { name: 'one second before inception, without skew', now: 999_999, skew: 0, reason: 'rrsig-not-yet-valid' },
    { name: 'a minute before inception, with skew', now: 999_940, reason: undefined },
    { name: 'more than a minute before inception', now: 999_939, reason: 'rrsig-not-yet-valid' },
    { name: 'at expiration', now: 2_000_000, reason: undefined },
    { name: 'one second after expiration', now: 2_000_001, reason: 'rrsig-expired' },
    { name: 'across 2038', now: 2 ** 31, inception: 2 ** 31 - 10, expiration: 2 ** 31 + 10, reason: undefined },
    { name: 'across 2106', now: 2 ** 32 + 5, inception: 2 ** 32 - 10, expiration: 2 ** 32 + 10, reason: undefined },
    {
      name: 'expired across 2106',
      now: 2 ** 32 + 11,
      inception: 2 ** 32 - 10,
      expiration: 2 ** 32 + 10,
      reason: 'rrsig-expired',
    },
    {
      name: 'expiration before inception',
      now: NOW,
      inception: 1_600_000,
      expiration: 1_400_000,
      reason: 'rrsig-expired-before-valid',
    },
  ];
  test.each(rows)('$name', ({ now, skew, inception, expiration, reason }) => {
    const rrset = signedBy(key, { inception: inception ?? 1_000_000, expiration: expiration ?? 2_000_000 });
    const result = verify(rrset, { nowSeconds: now, inceptionSkew: skew ?? 60 });
    expect(result.ok ? undefined : result.reason).toBe(reason);
  });

  test('differences', () => {
    expect(serialDifference(5, 2 ** 32 - 5)).toBe(10);
    expect(serialDifference(2 ** 32 - 5, 5)).toBe(-10);
    expect(serialDifference(7.9, 5.1)).toBe(2);
  });
});

describe('the reason is the one that says most', () => {
  const wrongSigner = signRRset(unsigned, key, nameOf('test.'));
  const expired = signRRset(unsigned, key, zone, { expiration: 1_400_000 });
  const unknown = signRRset(unsigned, otherKey, zone);
  const truncated = signRRset(unsigned, key, zone).subarray(0, 20);
  const unsupported = signRRset(unsigned, key, zone, { algorithm: 3 });
  const wrongLabels = signRRset(unsigned, key, zone, { labels: 4 });
  const wrongType = signRRset(unsigned, key, zone, { typeCovered: RRType.AAAA });
  const bad = broken(signRRset(unsigned, key, zone));
  const rows: readonly { name: string; signatures: readonly Uint8Array[]; reason: string }[] = [
    { name: 'none', signatures: [], reason: 'rrsig-missing' },
    { name: 'malformed', signatures: [truncated], reason: 'rrsig-malformed' },
    { name: 'for another type', signatures: [wrongType], reason: 'rrsig-missing' },
    { name: 'by another zone', signatures: [wrongSigner], reason: 'rrsig-wrong-signer' },
    { name: 'too many labels', signatures: [wrongLabels], reason: 'rrsig-wrong-labels' },
    { name: 'unsupported algorithm', signatures: [unsupported], reason: 'rrsig-unsupported-algorithm' },
    { name: 'no such key', signatures: [unknown], reason: 'rrsig-no-such-key' },
    { name: 'expired', signatures: [expired], reason: 'rrsig-expired' },
    { name: 'does not verify', signatures: [bad], reason: 'rrsig-invalid' },
    {
      name: 'expired, by an unknown key: the key',
      signatures: [signRRset(unsigned, otherKey, zone, { expiration: 1_400_000 })],
      reason: 'rrsig-no-such-key',
    },
    { name: 'unknown key beside expired', signatures: [unknown, expired, wrongSigner], reason: 'rrsig-expired' },
    { name: 'expired beside one that does not verify', signatures: [expired, bad], reason: 'rrsig-invalid' },
    {
      name: 'wrong signer beside unsupported',
      signatures: [unsupported, wrongSigner],
      reason: 'rrsig-unsupported-algorithm',
    },
  ];
  test.each(rows)('$name', ({ signatures, reason }) => {
    expect(verify({ ...unsigned, signatures })).toMatchObject({ ok: false, reason });
  });

  test('with what was expected and found', () => {
    expect(verify({ ...unsigned, signatures: [expired] })).toMatchObject({
      expected: 'an expiration after 1970-01-18T08:40:00Z',
      found: '1970-01-17T04:53:20Z',
    });
    expect(verify({ ...unsigned, signatures: [wrongSigner] })).toMatchObject({
      expected: 'example.test.',
      found: 'test.',
    });
  });
});

describe('keys that may not sign', () => {
  const rows = [
    { name: 'no Zone Key flag (RFC 4034 2.1.1)', flags: 0x0001, protocol: 3, reason: 'dnskey-no-zone-bit' },
    { name: 'another protocol (RFC 4034 2.1.2)', flags: 0x0100, protocol: 2, reason: 'dnskey-bad-protocol' },
    { name: 'revoked (RFC 5011 2.1)', flags: 0x0181, protocol: 3, reason: 'dnskey-revoked' },
  ];
  test.each(rows)('$name', ({ flags, protocol, reason }) => {
    const unfit = withRdata(key, flags, protocol);
    expect(verify(signedBy(unfit), { zoneKeys: keysOf(unfit) })).toMatchObject({ ok: false, reason });
  });

  test('the SEP flag is not asked for (RFC 4034 2.1.1)', () => {
    const secureEntryPoint = withRdata(key, 0x0101);
    expect(verify(signedBy(secureEntryPoint), { zoneKeys: keysOf(secureEntryPoint) }).ok).toBe(true);
  });

  test('SHA-1 counts only by policy (RFC 9905 2)', () => {
    const rrset = signedBy(sha1Key);
    const zoneKeys = keysOf(sha1Key);
    expect(verify(rrset, { zoneKeys })).toMatchObject({ ok: false, reason: 'rrsig-unsupported-algorithm' });
    const policy = { ...DEFAULT_ALGORITHM_POLICY, sha1: 'validate' as const };
    expect(verify(rrset, { zoneKeys, policy }).ok).toBe(true);
  });

  test('a disabled algorithm counts as unsupported', () => {
    const policy = { ...DEFAULT_ALGORITHM_POLICY, disabledAlgorithms: new Set([15]) };
    expect(verify(signedBy(key), { policy })).toMatchObject({ ok: false, reason: 'rrsig-unsupported-algorithm' });
  });

  test('a malformed key of the right tag costs what a failed verification costs (CVE-2025-8677)', () => {
    const shortRdata = dnskeyRdata(key.publicKey.subarray(0, 31), 15);
    const { unusable } = prepareKeys([shortRdata]);
    const work = workWith();
    const rrset = signedBy({ ...key, tag: unusable[0]?.keyTag ?? 0 });
    const result = verify(rrset, { zoneKeys: { zone, keys: [], unusable }, work });
    expect(result).toMatchObject({ ok: false, reason: 'dnskey-invalid', found: 'the Ed25519 key has 31 octets' });
    expect(work.verifications).toBe(1);
  });

  test('an RSA key below the least size is an unsupported algorithm', () => {
    const small = makeKey({ algorithm: 8, modulusBits: 768 });
    const result = verify(signedBy(small), { zoneKeys: keysOf(small) });
    expect(result).toMatchObject({ ok: false, reason: 'rrsig-unsupported-algorithm' });
  });
});

describe('what is never signed here', () => {
  test('an RRSIG set (RFC 4035 2.2)', () => {
    const rrset: RRset = { ...unsigned, type: RRType.RRSIG, rdatas: [signRRset(unsigned, key, zone)] };
    expect(verify(signedBy(key, {}, rrset)).ok).toBe(false);
  });

  test('a set without records', () => {
    expect(verify({ ...signedBy(key), rdatas: [] })).toMatchObject({ ok: false, reason: 'rrsig-invalid' });
  });

  test('a class other than IN', () => {
    expect(verify({ ...signedBy(key), class: RRClass.CH }).ok).toBe(false);
  });

  test('a name outside the zone', () => {
    const outside = { ...unsigned, name: nameOf('www.victim.test.') };
    expect(verify(signedBy(key, {}, outside))).toMatchObject({ ok: false, reason: 'rrsig-wrong-signer' });
  });

  test('the DS of the zone itself (RFC 4035 2.4)', () => {
    const ds: RRset = { ...unsigned, name: zone, type: RRType.DS, rdatas: [new Uint8Array(36)] };
    expect(verify(signedBy(key, {}, ds))).toMatchObject({ ok: false, reason: 'rrsig-wrong-signer' });
    const below = { ...ds, name: nameOf('child.example.test.') };
    expect(verify(signedBy(key, {}, below)).ok).toBe(true);
  });
});

describe('the work is bounded (CVE-2023-50387)', () => {
  test('four verifications for one RRset', () => {
    const keys = Array.from({ length: 6 }, () => makeKey());
    const signatures = keys.map((one) => broken(signRRset(unsigned, one, zone)));
    const work = workWith({ maxFailuresPerMessage: 100 });
    const result = verify({ ...unsigned, signatures }, { zoneKeys: keysOf(...keys), work });
    expect(result).toMatchObject({ ok: false, reason: 'work-limit' });
    expect(work.verifications).toBe(4);
  });

  test('two keys of one tag for a signature', () => {
    const { keys } = keysOf(key);
    const first = keys[0];
    if (first === undefined) throw new Error('no key');
    const work = workWith();
    const zoneKeys = { zone, keys: [first, first, first, first] };
    const result = verify({ ...unsigned, signatures: [broken(signRRset(unsigned, key, zone))] }, { zoneKeys, work });
    expect(result).toMatchObject({ ok: false, reason: 'rrsig-invalid' });
    expect(work.verifications).toBe(2);
  });

  test('the second key of a tag is tried, and tried first from then on', () => {
    // Two keys that claim one tag: the verifier is asked in order, and the test answers for it.
    const zoneKeys = keysOf(key, otherKey);
    const [first, second] = zoneKeys.keys;
    if (first === undefined || second === undefined) throw new Error('no keys');
    Object.defineProperty(second, 'keyTag', { value: first.keyTag });
    const work = workWith();
    const rrset = { ...unsigned, signatures: [signRRset(unsigned, otherKey, zone, { tag: key.tag })] };
    for (const expected of [2, 3]) {
      expect(verify(rrset, { zoneKeys, work }).ok).toBe(true);
      expect(work.verifications).toBe(expected);
    }
  });

  test('two failed signatures for a message, the third ends it', () => {
    const bad = { ...unsigned, signatures: [broken(signRRset(unsigned, key, zone))] };
    const work = workWith();
    const reasons = [1, 2, 3].map(() => {
      const result = verify(bad, { work });
      return result.ok ? 'ok' : result.reason;
    });
    expect(reasons).toEqual(['rrsig-invalid', 'rrsig-invalid', 'work-limit']);
    expect(verify(signedBy(key), { work })).toMatchObject({ ok: false, reason: 'work-limit' });
  });

  test('one broken algorithm in a zone of two does not use up the message', () => {
    const work = workWith();
    const zoneKeys = keysOf(key, p256Key);
    const signatures = [broken(signRRset(unsigned, key, zone)), signRRset(unsigned, p256Key, zone)];
    for (let count = 0; count < 6; count++) {
      expect(verify({ ...unsigned, signatures }, { zoneKeys, work }).ok).toBe(true);
    }
    expect(work.verifications).toBe(7);
  });

  test('cheap algorithms come first', () => {
    const zoneKeys = keysOf(p384Key, key);
    const signatures = [signRRset(unsigned, p384Key, zone), signRRset(unsigned, key, zone)];
    const result = verify({ ...unsigned, signatures }, { zoneKeys });
    expect(result.ok && result.signature.algorithm).toBe(15);
  });

  test('sixteen verifications for a message', () => {
    const work = workWith();
    const results = Array.from({ length: 17 }, () => verify(signedBy(key), { work }).ok);
    expect(results).toEqual([...Array(16).fill(true), false]);
  });
});

test('a job holds what a verifier needs', () => {
  const rrset = signedBy(key);
  const steps = verifyRRset(rrset, context());
  const job = steps.next();
  expect(job.done).toBe(false);
  if (job.done === true) return;
  const signature = parseRRSIG(rrset.signatures[0] ?? new Uint8Array());
  expect(job.value.signature).toEqual(signature?.signature);
  expect(steps.next(false)).toMatchObject({ done: true, value: { ok: false, reason: 'rrsig-invalid' } });
});

test('hostile RRSIG RDATA never throws', () => {
  const good = signRRset(unsigned, key, zone);
  for (let length = 0; length <= good.length; length++) {
    expect(verify({ ...unsigned, signatures: [good.subarray(0, length)] }).ok).toBe(length === good.length);
  }
});

describe('a tolerance that is a tenth of the validity (val-sig-skew-min, -max)', () => {
  const day = 86_400;
  // Valid for ten days: a tenth is one.
  const late = signedBy(key, { inception: NOW - 11 * day, expiration: NOW - day });
  const early = signedBy(key, { inception: NOW + day, expiration: NOW + 11 * day });
  const rows: readonly { name: string; rrset: RRset; bounds: SkewBounds | undefined; want: boolean }[] = [
    { name: 'expired a tenth ago', rrset: late, bounds: { min: 0, max: 7 * day }, want: true },
    { name: 'above the greatest tolerance', rrset: late, bounds: { min: 0, max: day - 1 }, want: false },
    { name: 'begins in a tenth', rrset: early, bounds: { min: 0, max: 7 * day }, want: true },
    { name: 'begins later than tolerated', rrset: early, bounds: { min: 0, max: 60 }, want: false },
    { name: 'the least tolerance', rrset: early, bounds: { min: 2 * day, max: 7 * day }, want: true },
    { name: 'both zero: none', rrset: early, bounds: { min: 0, max: 0 }, want: false },
    { name: 'not given', rrset: late, bounds: undefined, want: false },
  ];
  for (const { name, rrset, bounds, want } of rows) {
    test(name, () => {
      expect(verify(rrset, { skewBounds: bounds, inceptionSkew: 0 }).ok).toBe(want);
    });
  }

  test('it takes the place of the fixed tolerances, and expired records live no longer', () => {
    expect(verify(early, { skewBounds: { min: 0, max: 0 }, inceptionSkew: 2 * day }).ok).toBe(false);
    expect(verify(late, { skewBounds: { min: 0, max: 7 * day } })).toMatchObject({ ok: true, maxTtl: 0 });
  });
});

describe('a signature of every algorithm (harden-algo-downgrade)', () => {
  const both = signedBy(p256Key, {}, signedBy(key));
  const half = { ...both, signatures: both.signatures.map((rdata, index) => (index === 0 ? rdata : broken(rdata))) };
  const rows: readonly { name: string; rrset: RRset; demanded: readonly number[] | undefined; want: string }[] = [
    { name: 'both there', rrset: both, demanded: [15, 13], want: 'ok' },
    { name: 'one broken', rrset: half, demanded: [15, 13], want: 'rrsig-invalid' },
    { name: 'one broken, and nobody demands both (RFC 6840 5.11)', rrset: half, demanded: undefined, want: 'ok' },
    { name: 'one missing', rrset: signedBy(key), demanded: [15, 13], want: 'rrsig-missing' },
    { name: 'another than the one demanded', rrset: signedBy(p256Key), demanded: [15], want: 'rrsig-missing' },
    {
      name: 'one of them expired',
      rrset: signedBy(p256Key, { expiration: NOW - 1 }, signedBy(key)),
      demanded: [15, 13],
      want: 'rrsig-expired',
    },
    { name: 'unsigned', rrset: unsigned, demanded: [15, 13], want: 'rrsig-missing' },
  ];
  for (const { name, rrset, demanded, want } of rows) {
    test(name, () => {
      const result = verify(rrset, { zoneKeys: { ...keysOf(key, p256Key), demanded } });
      expect(result.ok ? 'ok' : result.reason).toBe(want);
    });
  }
});
