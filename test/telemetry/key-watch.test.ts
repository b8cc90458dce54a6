// What is said of keys that come and go in a zone with a trust anchor (RFC 6781 4.1.2, RFC 7583 3.3).
import { describe, expect, test } from 'vitest';
import { TrustAnchors } from '../../src/dnssec/trust-anchor.ts';
import type { KeySummary } from '../../src/dnssec/verdict.ts';
import { KeyWatch } from '../../src/telemetry/key-watch.ts';
import { rolloverAdvice } from '../../src/telemetry/rollover.ts';
import type { DecidedZone } from '../../src/telemetry/verdict-history.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';

const NOW = 1_800_000_000;
const HOUR = 3600;
const DAY = 86_400;
const zone = nameOf('home.arpa.');
const anchorLink = { kind: 'anchor', zone, keyTags: [1] } as const;
const anchored = { link: anchorLink, previous: undefined };

const ksk = (keyTag: number, signs = true): KeySummary => ({ keyTag, algorithm: 13, flags: 257, signs });
const zsk = (keyTag: number): KeySummary => ({ keyTag, algorithm: 13, flags: 256, signs: false });
const revoked = (keyTag: number): KeySummary => ({ keyTag, algorithm: 13, flags: 385, signs: true });

function secure(...keys: KeySummary[]): DecidedZone {
  const signer = keys.find(({ signs }) => signs === true)?.keyTag ?? 1;
  const signature = { signer: zone, keyTag: signer, algorithm: 13, inception: NOW - 10, expiration: NOW + DAY };
  const link = {
    kind: 'dnskey',
    zone,
    keyTags: keys.map(({ keyTag }) => keyTag),
    matched: { keyTag: signer, algorithm: 13, digestType: 2 },
    signature,
    keys,
  } as const;
  return { status: 'secure', zone, chain: { link, previous: anchored } };
}

function bogus(
  reason: 'dnskey-no-match' | 'dnskey-digest-mismatch' | 'dnskey-missing' | 'dnskey-unreachable' | 'rrsig-expired',
  served?: KeySummary[],
): DecidedZone {
  const link = {
    kind: 'failure',
    reason,
    zone,
    name: zone,
    type: RRType.DNSKEY,
    expected: '',
    found: '',
    server: '',
    served,
  } as const;
  return { status: 'bogus', reason, zone, chain: { link, previous: anchored } };
}

/** At a time after the start: what was found, or which tags the anchors name from then on. */
type Step = { readonly at: number } & ({ readonly found: DecidedZone } | { readonly anchors: readonly number[] });

interface Row {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly at: number;
  readonly state: string;
  readonly text: RegExp;
  readonly safeAt?: number;
}

const TTL = HOUR;

function adviceAfter(steps: readonly Step[], at: number) {
  const anchors = new TrustAnchors();
  const watch = new KeyWatch(anchors);
  for (const step of steps) {
    const now = NOW + step.at;
    if ('found' in step) {
      watch.note(step.found, TTL, now);
      continue;
    }
    const others = new TrustAnchors();
    for (const keyTag of step.anchors)
      others.addDS(zone, { keyTag, algorithm: 13, digestType: 2, digest: new Uint8Array(32) });
    anchors.replaceWith(others);
    watch.view(now);
  }
  const [watched] = watch.view(NOW + at);
  if (watched === undefined) throw new Error('the zone is not watched');
  return { advice: rolloverAdvice(watched, NOW + at, { maxTtl: DAY }), watched };
}

const rows: Row[] = [
  {
    name: 'not looked at yet',
    steps: [{ at: 0, anchors: [1] }],
    at: 0,
    state: 'unknown',
    text: /have not been looked at yet/,
  },
  {
    name: 'the anchor names the key that signs',
    steps: [
      { at: 0, anchors: [1] },
      { at: 1, found: secure(ksk(1), zsk(2)) },
    ],
    at: 2,
    state: 'steady',
    text: /names key 1 \(ECDSAP256SHA256\)\. Nothing is to be done/,
  },
  {
    name: 'a key that no anchor names: it is to be compared and added, and the old one must stay',
    steps: [
      { at: 0, anchors: [1] },
      { at: 1, found: secure(ksk(1), zsk(2)) },
      { at: DAY, found: secure(ksk(1), ksk(3), zsk(2)) },
    ],
    at: 2 * DAY,
    state: 'new-key',
    text: /has key 3 .* and signs the key set; no trust anchor names it.*Until that is done, key 1 .* must stay/s,
  },
  {
    name: 'one that is only published does not sign yet',
    steps: [
      { at: 0, anchors: [1] },
      { at: 1, found: secure(ksk(1), ksk(3, false), zsk(2)) },
    ],
    at: 2,
    state: 'new-key',
    text: /does not sign the key set yet/,
  },
  {
    name: 'anchored and signing: the old key may go a TTL of the set after both (RFC 6781 4.1.2)',
    steps: [
      { at: 0, anchors: [1] },
      { at: 1, found: secure(ksk(1), zsk(2)) },
      { at: DAY, found: secure(ksk(1), ksk(3), zsk(2)) },
      { at: DAY + 7200, anchors: [1, 3] },
    ],
    at: DAY + 7300,
    state: 'new-key',
    text: /Key 1 .* can be dropped from the zone from 2027-01-16 11:00 UTC on/,
    safeAt: DAY + 7200 + TTL,
  },
  {
    name: 'once that has passed',
    steps: [
      { at: 0, anchors: [1, 3] },
      { at: 1, found: secure(ksk(1), zsk(2)) },
      { at: DAY, found: secure(ksk(1), ksk(3), zsk(2)) },
    ],
    at: 3 * DAY,
    state: 'new-key',
    text: /can be dropped from the zone now/,
    safeAt: DAY + TTL,
  },
  {
    name: 'where one key signs the data too, what it has signed must leave the cache as well',
    steps: [
      { at: 0, anchors: [1, 3] },
      { at: 1, found: secure(ksk(1)) },
      { at: DAY, found: secure(ksk(1), ksk(3)) },
    ],
    at: DAY + 1,
    state: 'new-key',
    text: /neither a key set without the new key nor data signed by the old one alone/,
    safeAt: DAY + DAY,
  },
  {
    name: 'anchored, and not signing: the old key has to stay',
    steps: [
      { at: 0, anchors: [1, 3] },
      { at: 1, found: secure(ksk(1), zsk(2)) },
      { at: DAY, found: secure(ksk(1), ksk(3, false), zsk(2)) },
    ],
    at: DAY + 1,
    state: 'new-key',
    text: /does not sign the key set yet\. Key 1 .* must stay until it does/,
  },
  {
    name: 'the old key is gone, and its anchor is still there',
    steps: [
      { at: 0, anchors: [1, 3] },
      { at: 1, found: secure(ksk(1), ksk(3), zsk(2)) },
      { at: DAY, found: secure(ksk(3), zsk(2)) },
    ],
    at: DAY + 1,
    state: 'old-key-gone',
    text: /also names key 1, which is not in the zone\. Key 3 .* still holds the chain/,
  },
  {
    name: 'a revoked key is no new key (RFC 5011 2.1)',
    steps: [
      { at: 0, anchors: [3] },
      { at: 1, found: secure(revoked(129), ksk(3), zsk(2)) },
    ],
    at: 2,
    state: 'steady',
    text: /Nothing is to be done/,
  },
  {
    name: 'the key was changed without a word',
    steps: [
      { at: 0, anchors: [1] },
      { at: 1, found: secure(ksk(1), zsk(2)) },
      { at: DAY, found: bogus('dnskey-no-match', [ksk(9), zsk(2)]) },
    ],
    at: DAY + 1,
    state: 'anchor-matches-none',
    text: /names key 1, and the zone has keys? .*9 .*: everything in it is bogus/,
  },
  {
    name: 'the tag fits, and the digest does not',
    steps: [
      { at: 0, anchors: [1] },
      { at: 1, found: bogus('dnskey-digest-mismatch', [ksk(1)]) },
    ],
    at: 2,
    state: 'anchor-matches-none',
    text: /everything in it is bogus/,
  },
  {
    name: 'the zone is no longer signed',
    steps: [
      { at: 0, anchors: [1] },
      { at: 1, found: secure(ksk(1)) },
      { at: DAY, found: bogus('dnskey-missing') },
    ],
    at: DAY + 1,
    state: 'anchor-matches-none',
    text: /shows no key/,
  },
  {
    name: 'servers that do not answer say nothing about keys',
    steps: [
      { at: 0, anchors: [1] },
      { at: 1, found: secure(ksk(1)) },
      { at: DAY, found: bogus('dnskey-unreachable') },
    ],
    at: DAY + 1,
    state: 'broken',
    text: /but the zone is bogus/,
  },
  {
    name: 'the right key, whose signature has expired',
    steps: [
      { at: 0, anchors: [1] },
      { at: 1, found: bogus('rrsig-expired', [ksk(1)]) },
    ],
    at: 2,
    state: 'broken',
    text: /is named by its trust anchor, but the zone is bogus: signature expired/,
  },
];

describe('advice', () => {
  test.each(rows)('$name', ({ steps, at, state, text, safeAt }) => {
    const { advice } = adviceAfter(steps, at);
    expect(advice.text).toMatch(text);
    expect(advice.state).toBe(state);
    expect(advice.safeToDropSeconds).toBe(safeAt === undefined ? undefined : NOW + safeAt);
  });
});

test('when each key was seen, and that it is gone', () => {
  const { watched } = adviceAfter(
    [
      { at: 0, anchors: [1] },
      { at: 10, found: secure(ksk(1), zsk(2)) },
      { at: 20, found: secure(ksk(1), zsk(4)) },
    ],
    30,
  );
  const keys = watched.keys.map(({ tag, firstSeconds, lastSeconds, isPresent }) => {
    return `${tag} ${firstSeconds - NOW} ${lastSeconds - NOW} ${isPresent}`;
  });
  expect(keys).toEqual(['1 10 20 true', '2 10 10 false', '4 20 20 true']);
  expect(watched.missingTags).toEqual([]);
});

test('zones without an anchor of their own are not watched, and keys of one zone are bounded', () => {
  const anchors = new TrustAnchors();
  const watch = new KeyWatch(anchors);
  watch.note(secure(ksk(1)), TTL, NOW);
  expect(watch.view(NOW)).toEqual([]);
  anchors.addDS(zone, { keyTag: 1, algorithm: 13, digestType: 2, digest: new Uint8Array(32) });
  for (let tag = 1; tag <= 200; tag++) watch.note(secure(ksk(tag)), TTL, NOW + tag);
  const [watched] = watch.view(NOW + 300);
  expect(watched?.keys).toHaveLength(48);
  expect(watched?.keys.some(({ tag, isPresent }) => tag === 200 && isPresent)).toBe(true);
});
