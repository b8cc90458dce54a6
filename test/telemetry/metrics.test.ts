import { describe, expect, test } from 'vitest';
import { metricNames, metricTable } from '../../src/telemetry/metric-table.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';

/** POWERDNS 7, the groups that are a must. */
const musts = {
  counter: [
    'dnssec_queries dnssec_authentic_data_queries dnssec_check_disabled_queries dnssec_validations',
    'dnssec_result_secure dnssec_result_insecure dnssec_result_bogus dnssec_result_indeterminate dnssec_result_nta',
    'dnssec_result_bogus_no_valid_dnskey dnssec_result_bogus_invalid_denial dnssec_result_bogus_unable_to_get_dss',
    'dnssec_result_bogus_unable_to_get_dnskeys dnssec_result_bogus_self_signed_ds dnssec_result_bogus_no_rrsig',
    'dnssec_result_bogus_no_valid_rrsig dnssec_result_bogus_missing_negative_indication',
    'dnssec_result_bogus_signature_not_yet_valid dnssec_result_bogus_signature_expired',
    'dnssec_result_bogus_unsupported_dnskey_algo dnssec_result_bogus_unsupported_ds_digest_type',
    'dnssec_result_bogus_no_zone_key_bit_set dnssec_result_bogus_revoked_dnskey',
    'dnssec_result_bogus_invalid_dnskey_protocol',
    'questions ipv6_questions tcp_questions noerror_answers nxdomain_answers servfail_answers answers0_1 answers1_10',
    'answers10_100 answers100_1000 answers_slow unauthorized_udp unauthorized_tcp client_parse_errors',
    'server_parse_errors over_capacity_drops policy_drops',
    'all_outqueries ipv6_outqueries tcp_outqueries dot_outqueries outgoing_timeouts outgoing4_timeouts',
    'outgoing6_timeouts throttled_out throttled_outqueries dont_outqueries unreachables resource_limits spoof_prevents',
    'unexpected_packets case_mismatches chain_resends auth_zone_queries noedns_outqueries auth_rcode_answers',
    'cache_hits cache_misses packetcache_hits packetcache_misses aggressive_nsec_cache_nsec_hits',
    'aggressive_nsec_cache_nsec3_hits aggressive_nsec_cache_nsec_wc_hits aggressive_nsec_cache_nsec3_wc_hits',
    'almost_expired_pushed almost_expired_run',
  ],
  gauge: [
    'qa_latency x_our_latency concurrent_queries tcp_clients uptime cache_entries max_cache_entries',
    'packetcache_entries max_packetcache_entries negcache_entries aggressive_nsec_cache_entries',
    'failed_host_entries nsspeeds_entries throttle_entries',
  ],
};

describe('the table of metrics', () => {
  const samples = new Metrics().samples();

  test('every row has a help text and a name that Prometheus takes', () => {
    for (const name of metricNames) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(metricTable[name].help).toMatch(/^[A-Z0]/);
    }
  });

  test('PowerDNS’s names are exported under its prefix, others under ours (POWERDNS 7)', () => {
    const exported = new Map(samples.map((sample) => [sample.name, sample.exportedName]));
    expect(exported.get('dnssec_result_bogus_signature_expired')).toBe(
      'pdns_recursor_dnssec_result_bogus_signature_expired',
    );
    expect(exported.get('bugs')).toBe('kedge_bugs');
  });

  for (const kind of ['counter', 'gauge'] as const) {
    test(`every ${kind} that dashboards know is there (POWERDNS 7)`, () => {
      const names = musts[kind].flatMap((line) => line.split(' ')).map((name) => `pdns_recursor_${name}`);
      const there = samples.filter((sample) => sample.kind === kind).map(({ exportedName }) => exportedName);
      expect(names.filter((name) => !there.includes(name))).toEqual([]);
    });
  }

  test('the names set aside have all results (dnssec.x_dnssec_names)', () => {
    const results = metricNames.filter((name) => name.startsWith('dnssec_result_'));
    expect(results).toHaveLength(5 + 15);
    for (const name of results) expect(metricNames).toContain(`x_${name}`);
  });

  test('replies of servers are one family with a label', () => {
    const family = samples.filter(({ exportedName }) => exportedName === 'pdns_recursor_auth_rcode_answers');
    expect(family).toHaveLength(16);
    expect(family[3]).toMatchObject({ name: 'auth_nxdomain_answers', labels: { rcode: 'nxdomain' } });
  });
});

test('counters count, and sources are read when asked', () => {
  const metrics = new Metrics();
  let connections = 3;
  metrics.increment('questions');
  metrics.increment('questions', 4);
  metrics.observe('tcp_clients', () => connections);
  expect(metrics.value('questions')).toBe(5);
  expect(metrics.value('tcp_clients')).toBe(3);
  connections = 1;
  expect(metrics.samples().find(({ name }) => name === 'tcp_clients')?.value).toBe(1);
});

describe('statistics', () => {
  test('have hyphens; our own say so', () => {
    const metrics = new Metrics();
    metrics.increment('dnssec_result_secure', 2);
    metrics.increment('bugs');
    const statistics = metrics.statistics();
    expect(statistics.get('dnssec-result-secure')).toBe(2);
    expect(statistics.get('kedge-bugs')).toBe(1);
    expect([...statistics.keys()].filter((name) => name.includes('_'))).toEqual([]);
  });

  test('histograms: cumulative buckets, sum in seconds, count', () => {
    const metrics = new Metrics();
    metrics.histograms.clientAnswers.add(0.015);
    metrics.histograms.clientAnswers.add(3);
    metrics.histograms.serverAnswers6.add(5);
    const statistics = metrics.statistics();
    expect(statistics.get('cumul-clientanswers-le-10')).toBe(0);
    expect(statistics.get('cumul-clientanswers-le-20')).toBe(1);
    expect(statistics.get('cumul-clientanswers-le-4000')).toBe(2);
    expect(statistics.get('cumul-clientanswers-le-max')).toBe(2);
    expect(statistics.get('cumul-clientanswers-count')).toBe(2);
    expect(statistics.get('cumul-clientanswers-sum')).toBeCloseTo(0.003015, 9);
    expect(statistics.get('cumul-authanswers-le-80006')).toBe(1);
    expect(statistics.get('cumul-authanswers-count4')).toBe(0);
    const names = metrics.histogramSamples().map(({ exportedName, labels }) => ({ exportedName, labels }));
    expect(names).toEqual([
      { exportedName: 'pdns_recursor_cumul_clientanswers_seconds', labels: {} },
      { exportedName: 'pdns_recursor_cumul_authanswers_seconds', labels: { ipversion: 'v4' } },
      { exportedName: 'pdns_recursor_cumul_authanswers_seconds', labels: { ipversion: 'v6' } },
    ]);
  });
});
