// The root key sentinel (RFC 8509): when an answer is altered, and when it is left alone.
import { describe, expect, test } from 'vitest';
import { TrustAnchors } from '../../src/dnssec/trust-anchor.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import type { Resolution, ResolutionRequest } from '../../src/resolver/resolution.ts';
import { isTrustedRootKey, RootKeySentinel, sentinelQuestion } from '../../src/resolver/root-key-sentinel.ts';
import { EdeCode, parseType, RRClass } from '../../src/wire/constants.ts';
import { DomainName } from '../../src/wire/name.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { describeResolution, SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const hierarchy = buildHierarchy({
  zones: [
    { name: 'test.' },
    { name: 'signed.test.', records: '* A 192.0.2.1\n* TXT x\n' },
    { name: 'plain.test.', records: '* A 192.0.2.2\n', isSigned: false },
    { name: 'empty.test.', records: 'www A 192.0.2.3\n' },
    { name: 'alias.test.', records: '* CNAME www.empty.test.\n' },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

function rootTag(simulation: SimulatedResolver): string {
  const tag = simulation.anchors.anchorAt(DomainName.root)?.ds[0]?.keyTag ?? 0;
  return String(tag).padStart(5, '0');
}

function ask(question: string, more: Partial<ResolutionRequest> = {}): ReturnType<typeof describeResolution> {
  const simulation = new SimulatedResolver({ hierarchy });
  const sentinel = new RootKeySentinel(simulation.resolver, simulation.anchors);
  const [owner = '', type = 'A'] = question.replace('TAG', rootTag(simulation)).split(' ');
  const request = {
    question: { name: nameOf(owner), type: parseType(type) ?? 1, class: RRClass.IN },
    checkingDisabled: false,
    recursionDesired: true,
    validate: true,
    ...more,
  };
  return describeResolution(simulation.clock.complete<Resolution>((done) => sentinel.resolve(request, done), question));
}

describe('the four cases of RFC 8509 3.2', () => {
  test.each([
    ['root-key-sentinel-is-ta-TAG.signed.test. A', 'NOERROR secure AD'],
    ['root-key-sentinel-is-ta-00001.signed.test. A', 'SERVFAIL secure'],
    ['root-key-sentinel-not-ta-TAG.signed.test. A', 'SERVFAIL secure'],
    ['root-key-sentinel-not-ta-00001.signed.test. A', 'NOERROR secure AD'],
    ['ROOT-Key-Sentinel-NOT-ta-TAG.signed.test. A', 'SERVFAIL secure'],
    // Without data of that type, and by way of an alias.
    ['root-key-sentinel-is-ta-00001.signed.test. AAAA', 'SERVFAIL secure'],
    ['root-key-sentinel-is-ta-00001.alias.test. A', 'SERVFAIL secure'],
    ['root-key-sentinel-is-ta-TAG.alias.test. A', 'NOERROR secure AD'],
  ])('%s: %s', (question, want) => {
    const { status, lines, codes } = ask(question);
    expect(status).toBe(want);
    if (!want.startsWith('SERVFAIL')) return;
    expect([lines, codes]).toEqual([[], [EdeCode.OTHER]]);
  });
});

describe('answers that are left alone (RFC 8509 3.1)', () => {
  test.each([
    ['another type', 'root-key-sentinel-not-ta-TAG.signed.test. TXT', 'NOERROR secure AD'],
    ['a name that does not exist', 'root-key-sentinel-is-ta-00001.empty.test. A', 'NXDOMAIN secure AD'],
    ['an insecure answer', 'root-key-sentinel-not-ta-TAG.plain.test. A', 'NOERROR insecure:no-ds'],
    ['four digits', 'root-key-sentinel-is-ta-0001.signed.test. A', 'NOERROR secure AD'],
    ['six digits', 'root-key-sentinel-is-ta-000001.signed.test. A', 'NOERROR secure AD'],
    ['no key tag', 'root-key-sentinel-is-ta-65536.signed.test. A', 'NOERROR secure AD'],
    ['other characters', 'root-key-sentinel-is-ta-0000x.signed.test. A', 'NOERROR secure AD'],
    ['not the leftmost label', 'www.root-key-sentinel-is-ta-00001.signed.test. A', 'NOERROR secure AD'],
  ])('%s', (_what, question, want) => {
    expect(ask(question).status).toBe(want);
  });

  test.each([
    ['root-key-sentinel-is-ta-00001.signed.test. A', 'NOERROR secure'],
    ['root-key-sentinel-is-ta-TAG.signed.test. A', 'NOERROR secure'],
    ['root-key-sentinel-not-ta-00001.signed.test. TXT', 'NOERROR secure'],
    ['root-key-sentinel-not-ta-00001.plain.test. A', 'NOERROR insecure:no-ds'],
    ['root-key-sentinel-is-ta-00001.empty.test. A', 'NXDOMAIN secure AD'],
    ['root-key-sentinel-is-ta-0001.signed.test. A', 'NOERROR secure AD'],
    ['www.root-key-sentinel-is-ta-00001.signed.test. A', 'NOERROR secure AD'],
  ])('to a client with CD nothing is tested, and AD does not say that it was: %s', (question, want) => {
    expect(ask(question, { checkingDisabled: true, clientValidates: true }).status).toBe(want);
  });

  test('nobody validates', () => {
    const question = 'root-key-sentinel-is-ta-00001.signed.test. A';
    expect(ask(question, { checkingDisabled: true, validate: false }).status).toBe('NOERROR unjudged');
  });
});

describe('which key is trusted', () => {
  const key = (flags: number) => Uint8Array.of(flags >> 8, flags & 0xff, 3, 13, ...new Uint8Array(64).fill(7));
  const anchored = (rdata: Uint8Array): TrustAnchors => {
    const anchors = new TrustAnchors();
    anchors.addDNSKEY(DomainName.root, rdata);
    return anchors;
  };

  test('one that is given as a key, but not once it is revoked (RFC 5011 2.1)', () => {
    const tags = Array.from({ length: 0x10000 }, (_, tag) => tag);
    expect(tags.filter((tag) => isTrustedRootKey(tag, anchored(key(0x0101))))).toHaveLength(1);
    expect(tags.filter((tag) => isTrustedRootKey(tag, anchored(key(0x0181))))).toHaveLength(0);
  });

  test('none without an anchor of the root', () => {
    expect(isTrustedRootKey(20326, new TrustAnchors())).toBe(false);
  });

  test('the label is read whole', () => {
    expect(sentinelQuestion(nameOf('root-key-sentinel-is-ta-20326.'))).toEqual({ kind: 'is', keyTag: 20326 });
    expect(sentinelQuestion(nameOf('root-key-sentinel-not-ta-00042.x.'))).toEqual({ kind: 'not', keyTag: 42 });
    expect(sentinelQuestion(nameOf('xroot-key-sentinel-is-ta-20326.'))).toBeUndefined();
    expect(sentinelQuestion(DomainName.root)).toBeUndefined();
  });
});
