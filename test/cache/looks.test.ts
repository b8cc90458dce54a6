// What the pages read from the stores: signatures of cached data, trust of zones, the state of one server.
import { describe, expect, test } from 'vitest';
import { AnswerCache, Rank } from '../../src/cache/answer-cache.ts';
import { InfraCache } from '../../src/cache/infra-cache.ts';
import { ZoneTrustCache } from '../../src/cache/zone-trust-cache.ts';
import type { Verdict } from '../../src/dnssec/verdict.ts';
import { serverAddress } from '../../src/iterator/server-address.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';

const zone = nameOf('a.test.');
const anchor = { link: { kind: 'anchor', zone, keyTags: [1] } as const, previous: undefined };
const signature = { signer: zone, keyTag: 7, algorithm: 13, inception: 100, expiration: 200 };

function secure(name: string): Verdict {
  const link = { kind: 'rrset', name: nameOf(name), type: RRType.A, signature, wildcard: undefined } as const;
  return { status: 'secure', chain: { link, previous: anchor } };
}

function bogus(name: string, judged: typeof signature | undefined): Verdict {
  const link = {
    kind: 'failure',
    reason: 'rrsig-expired',
    zone,
    name: nameOf(name),
    type: RRType.A,
    expected: '',
    found: '',
    server: '',
    judged,
  } as const;
  return { status: 'bogus', reason: 'rrsig-expired', chain: { link, previous: anchor } };
}

function cacheWith(entries: readonly (readonly [name: string, verdict: Verdict | undefined, expiresAt?: number])[]) {
  const cache = new AnswerCache({ maxOctets: 1_000_000, maxEntryOctets: 65_536 });
  for (const [name, verdict, expiresAt = 300] of entries) {
    const rdatas = [Uint8Array.of(192, 0, 2, 1)];
    const rrset = { name: nameOf(name), type: RRType.A, class: RRClass.IN, ttl: 300, rdatas, signatures: [] };
    const times = { storedAt: 0, expiresAt, server: '192.0.2.1#53' };
    cache.set(
      rrset.name,
      RRType.A,
      { kind: 'rrset', rrset, proof: [], rank: Rank.AUTHORITATIVE, verdict, ...times },
      0,
    );
  }
  return cache;
}

describe('signatures of cached data', () => {
  test('of secure data, and those by which bogus data failed; not of what has ended', () => {
    const cache = cacheWith([
      ['secure.a.test.', secure('secure.a.test.')],
      ['bogus.a.test.', bogus('bogus.a.test.', { ...signature, keyTag: 8 })],
      ['unsigned.a.test.', bogus('unsigned.a.test.', undefined)],
      ['insecure.test.', { status: 'insecure', reason: 'no-ds', chain: anchor }],
      ['unchecked.test.', undefined],
      ['ended.a.test.', secure('ended.a.test.'), 5],
    ]);
    expect(Array.from(cache.signatures(10, 100), ({ keyTag }) => keyTag)).toEqual([7, 8]);
  });

  test('no more entries are looked at than wanted', () => {
    const names = Array.from({ length: 20 }, (_, index) => `n${index}.a.test.`);
    const cache = cacheWith(names.map((name) => [name, secure(name)]));
    expect([...cache.signatures(10, 5)]).toHaveLength(5);
    expect([...cache.signatures(10, 0)]).toHaveLength(0);
  });
});

test('zones whose trust holds now; names that are no cut are none', () => {
  const trust = new ZoneTrustCache(10);
  trust.set({ status: 'insecure', zone, reason: 'no-ds', chain: anchor }, 100);
  trust.set({ status: 'insecure', zone: nameOf('ended.test.'), reason: 'no-ds', chain: anchor }, 5);
  trust.set({ status: 'no-cut', zone: nameOf('b.a.test.'), enclosing: zone, nonExistent: false }, 100);
  expect(Array.from(trust.live(10), (found) => found.zone.key)).toEqual([zone.key]);
});

test('one server: unknown, then as it was met', () => {
  const servers = new InfraCache(10, 900, () => 0);
  const server = serverAddress(Uint8Array.of(192, 0, 2, 1), 53);
  expect(servers.stateOf(server)).toBeUndefined();
  servers.recordTimeout(server, 1000);
  expect(servers.stateOf(server)).toEqual({ rttMs: undefined, timeoutsInRow: 1 });
  servers.recordReply(server, 20);
  expect(servers.stateOf(server)).toEqual({ rttMs: 20, timeoutsInRow: 0 });
});
