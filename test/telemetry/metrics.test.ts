import { describe, expect, test } from 'vitest';
import { Metrics, metricNames, metricTable } from '../../src/telemetry/metrics.ts';

describe('the table of metrics', () => {
  test('every row has a help text and a name that Prometheus takes', () => {
    for (const name of metricNames) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(metricTable[name].help).toMatch(/^[A-Z]/);
    }
  });

  test('PowerDNS’s names are exported under its prefix, others under ours (POWERDNS 7)', () => {
    const exported = new Map(new Metrics().samples().map((sample) => [sample.name, sample.exportedName]));
    expect(exported.get('dnssec_result_bogus_signature_expired')).toBe(
      'pdns_recursor_dnssec_result_bogus_signature_expired',
    );
    expect(exported.get('bugs')).toBe('kedge_bugs');
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
