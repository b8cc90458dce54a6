import { afterEach, expect, test } from 'vitest';
import { MetricsText } from '../../src/web/metrics.ts';
import { fakeKedge, fakePowerDNS } from './support/fake-targets.ts';
import { closeWebServers, startWeb } from './support/web-servers.ts';

afterEach(closeWebServers);

test('numbers, families with labels and histograms in the text format 0.0.4', async () => {
  const { url } = await startWeb();
  const reply = await fetch(`${url}/metrics`);
  expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await reply.text()).toBe(`# HELP pdns_recursor_questions Questions
# TYPE pdns_recursor_questions counter
pdns_recursor_questions 3

# HELP kedge_bogus_total By cause
# TYPE kedge_bogus_total counter
kedge_bogus_total{cause="a\\"b\\\\c\\nd"} 1
kedge_bogus_total{cause="other"} 2

# HELP pdns_recursor_cumul_clientanswers_seconds Time
# TYPE pdns_recursor_cumul_clientanswers_seconds histogram
pdns_recursor_cumul_clientanswers_seconds_bucket{le="0.00001"} 1
pdns_recursor_cumul_clientanswers_seconds_bucket{le="+Inf"} 4
pdns_recursor_cumul_clientanswers_seconds_sum 0.5
pdns_recursor_cumul_clientanswers_seconds_count 4
`);
});

test('what kedge knows beside its counters', async () => {
  const expiry = { what: 'DNSKEY', keyTag: 1, algorithmName: 'ED25519', secondsLeft: 1, state: 'soon' } as const;
  const kedge = fakeKedge({
    expiries: () => ({
      warnDays: 7,
      zones: [
        { ...expiry, zone: 'a.example.', expiresAt: '2026-01-01T00:00:00Z' },
        { ...expiry, zone: 'a.example.', expiresAt: '2025-01-01T00:00:00Z' },
      ],
    }),
    forwarders: () => [
      {
        zone: 'home.arpa.',
        recurse: true,
        validated: true,
        servers: [
          { address: '192.0.2.1#53', state: 'ok', timeouts: 0, queries: 1 },
          { address: '192.0.2.2#53', state: 'failing', timeouts: 1, queries: 1 },
          { address: '192.0.2.3#53', state: 'unknown', timeouts: 0, queries: 0 },
        ],
      },
    ],
  });
  const { url } = await startWeb({}, { kedge });
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain('kedge_rrsig_expiry_timestamp_seconds{zone="a.example."} 1735689600\n');
  expect(text.match(/^kedge_forwarder_up.*$/gm)).toEqual([
    'kedge_forwarder_up{zone="home.arpa.",server="192.0.2.1#53"} 1',
    'kedge_forwarder_up{zone="home.arpa.",server="192.0.2.2#53"} 0',
  ]);
});

test('each text has the numbers of its moment, and those that have gone are gone', async () => {
  let count = 1;
  const labelled = (zone: string) => ({
    exportedName: 'kedge_x',
    labels: { zone },
    kind: 'gauge' as const,
    help: 'x',
    value: count,
  });
  const metrics = new MetricsText(
    fakePowerDNS({ samples: () => (count < 3 ? [labelled(`z${count}`)] : []), histograms: () => [] }),
  );
  expect(await metrics.text()).toContain('kedge_x{zone="z1"} 1\n');
  count = 2;
  expect((await metrics.text()).match(/^kedge_x.*$/gm)).toEqual(['kedge_x{zone="z2"} 2']);
  count = 3;
  expect((await metrics.text()).match(/^kedge_x.*$/gm)).toBeNull();
});
