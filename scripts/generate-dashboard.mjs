// Writes config/grafana-dashboard.json from the table of panels below.
import { writeFileSync } from 'node:fs';

const source = { type: 'prometheus', uid: '$datasource' };
const chosen = '{job=~"$job",instance=~"$instance"}';
/** The rate of a counter of the chosen instances. */
const rate = (name) => `rate(${name}${chosen}[$__rate_interval])`;
const pdns = (name) => `pdns_recursor_${name}`;
const sum = (expression) => `sum(${expression})`;

const target = (expr, legendFormat) => ({ datasource: source, expr, legendFormat });

/** Panels in order: type, title, unit, width of 24, targets as [expression, legend], and what differs. */
const panels = [
  ['stat', 'Queries per second', 'reqps', 4, [[sum(rate(pdns('questions'))), '']]],
  [
    'stat',
    'Answered from the caches',
    'percentunit',
    4,
    [[`1 - ${sum(rate(pdns('cache_misses')))} / ${sum(rate(pdns('questions')))}`, '']],
    { description: 'Questions that no server had to be asked for.' },
  ],
  [
    'stat',
    'Bogus share',
    'percentunit',
    4,
    [[`${sum(rate(pdns('dnssec_result_bogus')))} / ${sum(rate(pdns('dnssec_validations')))}`, '']],
    { thresholds: [0.01, 0.05] },
  ],
  [
    'stat',
    'SERVFAIL share',
    'percentunit',
    4,
    [[`${sum(rate(pdns('servfail_answers')))} / ${sum(rate(pdns('questions')))}`, '']],
    { thresholds: [0.05, 0.2] },
  ],
  [
    'stat',
    'Anchors that match no key',
    'none',
    4,
    [[`count(kedge_trust_anchor_matches${chosen} == 0) or vector(0)`, '']],
    { thresholds: [0.5, 1] },
  ],
  [
    'stat',
    'Servers of forward zones down',
    'none',
    4,
    [[`count(kedge_forwarder_up${chosen} == 0) or vector(0)`, '']],
    { thresholds: [0.5, 1] },
  ],
  [
    'timeseries',
    'Replies',
    'reqps',
    12,
    ['noerror', 'nxdomain', 'servfail'].map((word) => [sum(rate(pdns(`${word}_answers`))), word.toUpperCase()]),
  ],
  [
    'timeseries',
    'Time to answer',
    's',
    12,
    [0.5, 0.9, 0.99].map((share) => [
      `histogram_quantile(${share}, sum by (le) (${rate(pdns('cumul_clientanswers_seconds_bucket'))}))`,
      `${100 * share} % within`,
    ]),
    { description: 'Answers from the caches included.' },
  ],
  [
    'timeseries',
    'Verdicts',
    'reqps',
    12,
    ['secure', 'insecure', 'bogus', 'indeterminate', 'nta'].map((word) => [
      sum(rate(pdns(`dnssec_result_${word}`))),
      word === 'nta' ? 'negative trust anchor' : word,
    ]),
    { description: 'Of answers that were not finished replies from the packet cache.' },
  ],
  [
    'timeseries',
    'Bogus by cause',
    'reqps',
    12,
    [[`sum by (cause) (${rate('kedge_bogus_total')}) > 0`, '{{cause}}']],
    { description: 'docs/causes.md explains each cause and what mends it.' },
  ],
  [
    'table',
    'Signatures by the time that they have left',
    's',
    12,
    [[`sort(kedge_rrsig_expiry_timestamp_seconds${chosen} - time())`, '{{zone}}']],
    { description: 'The first signature to end of each zone in use.' },
  ],
  [
    'timeseries',
    'Failures by cause',
    'reqps',
    12,
    [[`sum by (cause) (${rate('kedge_failed_total')}) > 0`, '{{cause}}']],
  ],
  [
    'timeseries',
    'Caches',
    'reqps',
    12,
    [
      [sum(rate(pdns('packetcache_hits'))), 'finished replies'],
      [sum(rate(pdns('cache_hits'))), 'records'],
      [sum(rate(pdns('cache_misses'))), 'neither'],
      [
        `${sum(rate(pdns('aggressive_nsec_cache_nsec_hits')))} + ${sum(rate(pdns('aggressive_nsec_cache_nsec3_hits')))}`,
        'denials made from NSEC and NSEC3',
      ],
    ],
  ],
  [
    'timeseries',
    'Queries to servers',
    'reqps',
    12,
    [
      [sum(rate(pdns('all_outqueries'))), 'sent'],
      [sum(rate(pdns('outgoing_timeouts'))), 'timed out'],
      [sum(rate(pdns('tcp_outqueries'))), 'over TCP'],
      [sum(rate(pdns('throttled_out'))), 'not sent: throttled'],
    ],
  ],
  [
    'timeseries',
    'Forward zones',
    'none',
    8,
    [[`kedge_forwarder_up${chosen}`, '{{zone}} {{server}}']],
    { description: '1: the server answers.', max: 1 },
  ],
  [
    'timeseries',
    'Processor time',
    'percentunit',
    8,
    [[`sum by (instance) ((${rate(pdns('user_msec'))} + ${rate(pdns('sys_msec'))}) / 1000)`, '{{instance}}']],
  ],
  ['timeseries', 'Memory', 'bytes', 8, [[`${pdns('real_memory_usage')}${chosen}`, '{{instance}}']]],
];

const HEIGHTS = { stat: 4, timeseries: 8, table: 8 };
const COLUMNS = 24;

function placed() {
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  return panels.map(([type, title, unit, width, targets, more = {}], index) => {
    if (x + width > COLUMNS) {
      x = 0;
      y += rowHeight;
      rowHeight = 0;
    }
    const height = HEIGHTS[type];
    const gridPos = { h: height, w: width, x, y };
    x += width;
    rowHeight = Math.max(rowHeight, height);
    return panel({ id: index + 1, type, title, unit, targets, gridPos, ...more });
  });
}

function panel({ id, type, title, unit, targets, gridPos, description = '', thresholds, max }) {
  const steps = [{ color: 'green', value: null }];
  if (thresholds !== undefined) {
    steps.push({ color: 'orange', value: thresholds[0] }, { color: 'red', value: thresholds[1] });
  }
  const defaults = { unit, min: type === 'table' ? undefined : 0, max, thresholds: { mode: 'absolute', steps } };
  const isTable = type === 'table';
  return {
    id,
    type,
    title,
    description,
    gridPos,
    datasource: source,
    fieldConfig: { defaults, overrides: [] },
    options: isTable ? { sortBy: [{ displayName: 'Value', desc: false }] } : { legend: { displayMode: 'list' } },
    targets: targets.map(([expr, legend], index) => ({
      refId: String.fromCharCode(65 + index),
      ...target(expr, legend),
      ...(isTable ? { format: 'table', instant: true } : {}),
    })),
  };
}

const variable = (name, label, query) => ({
  name,
  label,
  type: 'query',
  datasource: source,
  query: { query, refId: name },
  definition: query,
  refresh: 2,
  includeAll: true,
  multi: true,
  current: { text: ['All'], value: ['$__all'] },
});

const dashboard = {
  uid: 'kedge',
  title: 'kedge',
  description: 'The validating resolver: what it is asked, what it proves, and what is about to break.',
  tags: ['dns', 'dnssec'],
  schemaVersion: 39,
  version: 1,
  editable: true,
  refresh: '30s',
  time: { from: 'now-6h', to: 'now' },
  templating: {
    list: [
      { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
      variable('job', 'Job', 'label_values(kedge_bugs, job)'),
      variable('instance', 'Instance', 'label_values(kedge_bugs{job=~"$job"}, instance)'),
    ],
  },
  panels: placed(),
};

writeFileSync(new URL('../config/grafana-dashboard.json', import.meta.url), `${JSON.stringify(dashboard, null, 2)}\n`);
