// A resolver as the web server sees it, which does nothing.
import type { NumbersTarget } from '../../../src/web/metrics.ts';
import type { ApiZone, PowerDNSTarget, WantedZone } from '../../../src/web/powerdns-target.ts';
import type { Failure, Overview, WebTarget } from '../../../src/web/target.ts';
import type { NamePattern } from '../../../src/wire/name-pattern.ts';
import { nameText } from '../../../src/wire/name-text.ts';

const noOverview: Overview = {
  version: '0.1.0',
  now: '2026-01-01T00:00:00Z',
  startedAt: '2026-01-01T00:00:00Z',
  uptimeSeconds: 0,
  threads: 1,
  queries: { total: 0, perSecond: 0, tcp: 0, ipv6: 0, byType: [], rcodes: { noerror: 0, nxdomain: 0, servfail: 0 } },
  cache: {
    hits: 0,
    misses: 0,
    replyHits: 0,
    hitShare: 0,
    entries: 0,
    maxEntries: 0,
    replyEntries: 0,
    negativeEntries: 0,
    denialEntries: 0,
  },
  verdicts: { secure: 0, insecure: 0, bogus: 0, indeterminate: 0, nta: 0 },
  latency: { averageMs: 0, p50Ms: null, p99Ms: null, buckets: [] },
  upstream: { queries: 0, timeouts: 0, tcp: 0 },
  process: { rssBytes: 0, cpuSeconds: 0 },
  series: [],
  slowServers: [],
  failingZones: [],
};

export const oneFailure: Failure = {
  first: '2026-01-02T03:04:05Z',
  last: '2026-01-02T03:05:00Z',
  count: 3,
  name: 'www.example.',
  type: 'MX',
  kind: 'bogus',
  cause: 'rrsig-expired',
  ede: 7,
  text: 'signature expired',
  hint: 'Sign it anew.',
  zone: 'example.',
  server: '192.0.2.53#53',
};

export function fakeKedge(changes: Partial<WebTarget> = {}): WebTarget {
  const done = { ok: true as const, value: { text: 'done' } };
  return {
    version: '0.1.0',
    overview: () => noOverview,
    explain: async () => ({ ok: false, status: 400, error: 'not here', remedy: '' }),
    anchors: () => ({ dnssec: true, anchors: [], negativeAnchors: [], forwards: [] }),
    addAnchor: () => done,
    removeAnchor: () => done,
    addNegativeAnchor: () => done,
    removeNegativeAnchor: () => done,
    checkForwards: async () => ({ ok: true, value: [] }),
    audit: () => [],
    expiries: () => ({ warnDays: 7, zones: [] }),
    rollovers: () => [],
    forwarders: () => [],
    failures: () => ({ ok: true, value: { failures: [oneFailure] } }),
    history: () => ({ ok: true, value: [] }),
    queries: () => ({ on: false, seq: 0, entries: [] }),
    setQueryLog: () => {},
    ...changes,
  };
}

export interface FakePowerDNS extends PowerDNSTarget, NumbersTarget {
  readonly wiped: string[];
}

export function fakePowerDNS(changes: Partial<PowerDNSTarget & NumbersTarget> = {}): FakePowerDNS {
  let zones: readonly ApiZone[] = [
    { name: 'home.arpa.', kind: 'Forwarded', servers: ['192.0.2.1:53'], recursionDesired: false },
  ];
  let networks: readonly string[] = ['127.0.0.0/8'];
  let regex: NamePattern | null = null;
  const wiped: string[] = [];
  const store = (zone: WantedZone): void => {
    const { kind, servers, recursionDesired } = zone;
    const name = nameText(zone.name);
    zones = [...zones.filter((other) => other.name !== name), { name, kind, servers, recursionDesired }];
  };
  return {
    version: '0.1.0',
    wiped,
    statistics: () =>
      new Map([
        ['questions', 3],
        ['hidden', 1],
      ]),
    isListed: (statistic) => statistic !== 'hidden',
    samples: () => [
      { exportedName: 'pdns_recursor_questions', labels: {}, kind: 'counter', help: 'Questions', value: 3 },
      {
        exportedName: 'kedge_bogus_total',
        labels: { cause: 'a"b\\c\nd' },
        kind: 'counter',
        help: 'By cause',
        value: 1,
      },
      { exportedName: 'kedge_bogus_total', labels: { cause: 'other' }, kind: 'counter', help: 'By cause', value: 2 },
    ],
    histograms: () => [
      {
        exportedName: 'pdns_recursor_cumul_clientanswers_seconds',
        labels: {},
        help: 'Time',
        buckets: [
          { boundMicroseconds: 10, count: 1 },
          { boundMicroseconds: Number.POSITIVE_INFINITY, count: 4 },
        ],
        sumSeconds: 0.5,
      },
    ],
    settings: () => [{ name: 'allow-from', value: '127.0.0.0/8' }],
    accessList: () => networks,
    setAccessList: (_client, _which, next) => {
      networks = next;
      return { ok: true, value: { text: '' } };
    },
    zones: () => zones,
    storeZone: (_client, zone) => {
      store(zone);
      return { ok: true, value: { text: '' } };
    },
    removeZone: (_client, name) => {
      zones = zones.filter((zone) => zone.name !== nameText(name));
      return { ok: true, value: { text: '' } };
    },
    wipeCache: (_client, name, subtree, type) => {
      wiped.push(`${nameText(name)} ${subtree} ${type}`);
      return 7;
    },
    ranking: () => ({ total: 5, entries: [{ text: 'www.example|A', count: 4 }] }),
    trace: () => ({ domains: regex?.source ?? null, log: [] }),
    setTrace: (_client, domains) => {
      regex = domains;
    },
    ...changes,
  };
}
