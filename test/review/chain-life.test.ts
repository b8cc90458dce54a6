// How long a chain of trust lives: never longer than its records' TTLs (RFC 4035 5.3.3, SECURITY I-6).
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { sharedKey } from '../../src/lab/keys.ts';
import type { ZoneDescription } from '../../src/lab/zone-description.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';
import { ReviewNetwork } from './review-network.ts';

const MINUTE_MS = 60_000;

/** The DS set lives for an hour, the DNSKEY set as long as told. */
function zones(childTtl: number, isSigned = true, isShared = false): readonly ZoneDescription[] {
  const shared = isShared ? { addresses: ['198.18.5.5'] } : {};
  return [
    { name: '.', keys: [sharedKey({ algorithm: 13 }, 9001)] },
    { name: 'test.', keys: [sharedKey({ algorithm: 13 }, 9002)], ...shared },
    {
      name: 'example.test.',
      ...shared,
      isSigned,
      records: `@ ${childTtl} SOA ns1.example.test. hostmaster 1 7200 3600 1209600 300\nwww 60 A 192.0.2.1\n`,
    },
  ];
}

/** Asks every eleven minutes, as clients do, and returns the statuses. */
function askFor(net: ReviewNetwork, minutes: number): string[] {
  const seen: string[] = [];
  for (let minute = 0; minute < minutes; minute += 11) {
    seen.push(net.status('www.example.test. A'));
    net.clock.advance(11 * MINUTE_MS);
  }
  return seen;
}

describe('a chain of trust does not renew itself from the cache', () => {
  // On a shared server no referral brings the DS set: it comes from the cache, or is asked for.
  test.each([
    [600, false],
    [7200, false],
    [86_400, false],
    [600, true],
    [7200, true],
  ])('new keys with a new DS are seen once the TTLs are over (DNSKEY TTL %i, shared server %s)', (ttl, isShared) => {
    const net = new ReviewNetwork({ zones: zones(ttl, true, isShared) });
    expect(new Set(askFor(net, 120))).toEqual(new Set(['NOERROR secure AD 1']));
    // The operator replaces key and DS at once: a mistake, but one that ends with the longer of the TTLs.
    net.hierarchy = buildHierarchy({ zones: zones(ttl, true, isShared), nowSeconds: DEFAULT_WALL_SECONDS });
    net.restore();
    askFor(net, 90 + ttl / 60);
    expect(new Set(askFor(net, 120))).toEqual(new Set(['NOERROR secure AD 1']));
  });

  test.each([false, true])(
    'a DS set that the parent withdrew is forgotten with its TTL (shared server %s)',
    (isShared) => {
      const net = new ReviewNetwork({ zones: zones(600, true, isShared) });
      expect(new Set(askFor(net, 120))).toEqual(new Set(['NOERROR secure AD 1']));
      net.hierarchy = buildHierarchy({ zones: zones(600, false, isShared), nowSeconds: DEFAULT_WALL_SECONDS });
      net.restore();
      askFor(net, 120);
      expect(new Set(askFor(net, 60))).toEqual(new Set(['NOERROR insecure:no-ds 1']));
    },
  );

  test('a DNSKEY set in the cache that fits no new DS is fetched anew, from the one server that there is', () => {
    const net = new ReviewNetwork({ zones: zones(86_400) });
    expect(net.status('www.example.test. A')).toBe('NOERROR secure AD 1');
    net.hierarchy = buildHierarchy({ zones: zones(86_400), nowSeconds: DEFAULT_WALL_SECONDS });
    net.restore();
    net.clock.advance(61 * MINUTE_MS);
    expect(net.status('www.example.test. A')).toBe('NOERROR secure AD 1');
  });
});
