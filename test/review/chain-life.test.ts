// How long a chain of trust lives: never longer than its records' TTLs (RFC 4035 5.3.3, SECURITY I-6).
import { describe, expect, test } from 'vitest';
import { ReviewNetwork } from './review-network.ts';

const HOUR_MS = 3_600_000;

function chain(parentTtl: number, childTtl: number): ReviewNetwork {
  return new ReviewNetwork({
    zones: [
      { name: 'test.', records: '' },
      {
        name: 'example.test.',
        records: `@ ${childTtl} SOA ns1.example.test. hostmaster 1 7200 3600 1209600 300\nwww 60 A 192.0.2.1\n*.w 60 A 192.0.2.2\n`,
      },
    ],
    change: (options) => ({
      ...options,
      cache: { ...options.cache, maxTtl: parentTtl },
    }),
  });
}

/** Asks once in a while, as clients do, and lists when a question reached a server. */
function timesOf(net: ReviewNetwork, question: string, hours: number, stepMs: number): number[] {
  const times: number[] = [];
  for (let elapsed = 0; elapsed < hours * HOUR_MS; elapsed += stepMs) {
    const from = net.network.trace.length;
    expect(net.status('www.example.test. A')).toBe('NOERROR secure AD 1');
    if (net.asked(from).includes(question)) times.push(Math.round(elapsed / 60_000));
    net.clock.advance(stepMs);
  }
  return times;
}

describe('a chain of trust does not renew itself from the cache', () => {
  test('the DS set (TTL 3600) is asked for again though the DNSKEY set (TTL 600) expires more often', () => {
    const net = chain(86_400, 600);
    const times = timesOf(net, 'example.test. DS', 6, 660_000);
    expect(times.length).toBeGreaterThanOrEqual(3);
  });

  test('the DNSKEY set (TTL 7200) is asked for again though the DS set (TTL 3600) expires more often', () => {
    const net = chain(86_400, 7200);
    const times = timesOf(net, 'example.test. DNSKEY', 9, 1_200_000);
    expect(times.length).toBeGreaterThanOrEqual(4);
  });
});
