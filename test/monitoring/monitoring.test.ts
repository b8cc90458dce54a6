// The files for Prometheus and Grafana ask for nothing that the program does not give.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { kedgeNumbers } from '../../src/web/kedge-numbers.ts';
import { MetricsText } from '../../src/web/metrics.ts';
import type { Anchors, Expiries, ForwardedZone } from '../../src/web/target.ts';

const anchors: Anchors = {
  dnssec: true,
  anchors: [
    { zone: 'home.arpa.', records: [], source: { kind: 'lua' }, state: 'matches', matchingKeys: [1], keys: [] },
  ],
  negativeAnchors: [],
  forwards: [],
};
const expiries: Expiries = {
  warnDays: 7,
  zones: [
    {
      zone: 'home.arpa.',
      what: 'DNSKEY',
      keyTag: 1,
      algorithmName: 'ECDSAP256SHA256',
      expiresAt: '2026-12-01T00:00:00Z',
      secondsLeft: 1,
      state: 'soon',
    },
  ],
};
const forwarders: ForwardedZone[] = [
  {
    zone: 'home.arpa.',
    recurse: false,
    validated: true,
    servers: [{ address: '127.0.0.1#5300', state: 'ok', timeouts: 0, queries: 1 }],
  },
];

/** Name of each series that `/metrics` can show, with the labels it has. */
async function exportedSeries(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const metrics = new Metrics();
  const target = { expiries: () => expiries, forwarders: () => forwarders, anchors: () => anchors };
  const text = await new MetricsText({
    samples: () => [...metrics.samples(), ...kedgeNumbers(target)],
    histograms: () => metrics.histogramSamples(),
  }).text();
  const series = new Map<string, Set<string>>();
  for (const line of text.split('\n')) {
    const [, name, labels = ''] = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name === undefined) continue;
    const known = series.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/([a-z_]+)="/g)) known.add(label);
    series.set(name, known);
  }
  return series;
}

/** The series of our own that an expression names. */
function seriesIn(expression: string): string[] {
  return expression.match(/\b(?:kedge|pdns_recursor)_[a-z0-9_]+/g) ?? [];
}

interface AlertFile {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
  readonly panels: readonly {
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const alerts: AlertFile = parse(read('config/prometheus-alerts.yml'));
const dashboard: Dashboard = JSON.parse(read('config/grafana-dashboard.json'));
const rules = alerts.groups.flatMap((group) => group.rules);
const panelTargets = dashboard.panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target })));

describe('every series exists', () => {
  test.each(rules)('alert $alert', async ({ expr }) => {
    const known = await exportedSeries();
    expect(seriesIn(expr).filter((name) => !known.has(name))).toEqual([]);
    expect(expr === 'up{job="kedge"} == 0' || seriesIn(expr).length > 0).toBe(true);
  });

  test.each(panelTargets)('panel $title: $expr', async ({ expr, legendFormat }) => {
    const known = await exportedSeries();
    const named = seriesIn(expr);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    const labels = new Set([...named.flatMap((name) => [...(known.get(name) ?? [])]), 'instance', 'job']);
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
    expect(shown.filter((label) => !labels.has(label))).toEqual([]);
  });

  test('the variables of the dashboard', async () => {
    const known = await exportedSeries();
    const named = dashboard.templating.list.flatMap(({ definition = '' }) => seriesIn(definition));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

test('no panel lies on another, and none leaves the grid', () => {
  const cells = new Map<string, string>();
  for (const { title, gridPos } of dashboard.panels) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(cells.get(`${x},${y}`)).toBeUndefined();
        cells.set(`${x},${y}`, title);
      }
    }
  }
});
