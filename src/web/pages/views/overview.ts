// What the resolver does right now.
import type { FailingZone, Overview, SeriesPoint, SlowServer, TypeCount } from '../../target.ts';
import { read, withArrays } from '../api.ts';
import { type ChartPoint, lineChart } from '../chart.ts';
import { el, replace, svgEl } from '../dom.ts';
import { countText, durationText, msText, octetsText, percentText, rateText, shortCountText } from '../format.ts';
import { icon, type Tone } from '../icons.ts';
import { addressText, chainLink, empty, loading, nameText, pageHead, refusal, section, timeCell } from '../parts.ts';
import { poll } from '../poll.ts';
import { dataTable } from '../table.ts';
import type { View } from '../view.ts';

const EVERY_MS = 2000;

const isOverview = withArrays<Overview>('series', 'slowServers', 'failingZones');

export const overviewView: View = {
  path: '/',
  title: 'Overview',
  show: (main, signal) => {
    const about = el('p', { class: 'muted' });
    const body = el('div', {}, loading());
    main.append(pageHead('Overview', 'What this resolver is asked, and what it makes of it.', about), body);
    const page = overviewPage();
    poll<Overview>({
      everyMs: EVERY_MS,
      signal,
      load: (ended) => read('/api/kedge/overview', isOverview, ended),
      show: (overview) => {
        about.textContent = aboutText(overview);
        if (page.root.parentNode !== body) replace(body, page.root);
        page.show(overview);
      },
      refused: (reason) => replace(body, refusal(reason)),
    });
  },
};

function aboutText({ version, uptimeSeconds, threads }: Overview): string {
  const parts = [`kedge ${version}`, `running for ${durationText(uptimeSeconds)}`];
  if (threads > 1) parts.push(`${threads} threads`);
  return parts.join(' · ');
}

interface Page {
  readonly root: HTMLElement;
  show(overview: Overview): void;
}

function overviewPage(): Page {
  const tiles = el('dl', { class: 'tiles' });
  const verdicts = el('div', {});
  const types = el('div', {});
  const codes = el('div', {});
  const queries = lineChart({
    title: 'Queries per second',
    series: [
      { label: 'asked', look: 'first' },
      { label: 'from the cache', look: 'second' },
    ],
    text: rateText,
    least: 1,
  });
  const failures = lineChart({
    title: 'Failures per second',
    series: [
      { label: 'SERVFAIL', look: 'bad' },
      { label: 'bogus', look: 'bad-second' },
    ],
    text: rateText,
    least: 1,
  });
  const latency = lineChart({
    title: 'Mean latency',
    series: [{ label: 'of all answers', look: 'first' }],
    text: msText,
    least: 1,
  });
  const slow = slowTable();
  const failing = failingTable();
  const root = el(
    'div',
    { class: 'stack' },
    tiles,
    section('Verdicts', verdicts),
    el('div', { class: 'columns' }, queries.root, failures.root, latency.root),
    el(
      'div',
      { class: 'columns columns-wide' },
      section('Zones that fail', failing.root),
      section('Slowest servers', slow.root),
      section('Types asked for', types),
      section('Response codes', codes),
    ),
  );
  return {
    root,
    show: (overview) => {
      replace(tiles, tileElements(overview));
      replace(verdicts, verdictBar(overview.verdicts));
      const { series } = overview;
      queries.show(points(series, ({ queries: asked, hits }, seconds) => [asked / seconds, hits / seconds]));
      failures.show(points(series, ({ servfail, bogus }, seconds) => [servfail / seconds, bogus / seconds]));
      latency.show(points(series, ({ latencyMs }) => [latencyMs ?? undefined]));
      slow.show(overview.slowServers);
      failing.show(overview.failingZones);
      const { byType, rcodes } = overview.queries;
      replace(types, shares(byType, 'Nobody has asked anything yet.'));
      const byCode = [
        { type: 'NOERROR', count: rcodes.noerror },
        { type: 'NXDOMAIN', count: rcodes.nxdomain },
        { type: 'SERVFAIL', count: rcodes.servfail },
      ];
      replace(codes, shares(byCode, 'Nobody has been answered yet.'));
    },
  };
}

/** Each with the length of its span, in seconds. */
function points(
  series: readonly SeriesPoint[],
  values: (point: SeriesPoint, seconds: number) => readonly (number | undefined)[],
): ChartPoint[] {
  return series.map((point, index) => {
    const before = series[index - 1];
    const seconds = before === undefined ? 5 : (Date.parse(point.at) - Date.parse(before.at)) / 1000;
    return { at: point.at, values: values(point, seconds > 0 ? seconds : 5) };
  });
}

function tileElements(overview: Overview): HTMLElement[] {
  const { queries, cache, latency, upstream, process } = overview;
  const share = (part: number): string => percentText(queries.total === 0 ? 0 : part / queries.total);
  return [
    tile(
      'Queries / s',
      rateText(queries.perSecond),
      `${shortCountText(queries.total)} in all, ${share(queries.tcp)} over TCP, ${share(queries.ipv6)} over IPv6`,
    ),
    tile(
      'From cache',
      percentText(cache.hitShare),
      `${shortCountText(cache.hits)} of ${shortCountText(cache.hits + cache.misses)}`,
    ),
    tile('Latency, median', boundText(latency.p50Ms, latency), `mean ${msText(latency.averageMs)}`),
    tile('Latency, 99 %', boundText(latency.p99Ms, latency), 'of answers came within this'),
    tile('Queries sent', shortCountText(upstream.queries), `${shortCountText(upstream.timeouts)} timed out`),
    tile('Cached records', shortCountText(cache.entries), `of at most ${shortCountText(cache.maxEntries)}`),
    tile('Memory', octetsText(process.rssBytes), `${durationText(process.cpuSeconds)} of processor time`),
  ];
}

/** What lies beyond the last bound of the histogram is more than that. */
function boundText(ms: number | null, { buckets }: Overview['latency']): string {
  if (ms !== null || !buckets.some(({ count }) => count > 0)) return msText(ms);
  return `>${msText(Math.max(...buckets.map(({ leMs }) => leMs ?? 0)))}`;
}

function tile(label: string, value: string, below: string): HTMLElement {
  return el(
    'div',
    { class: 'tile' },
    el('dt', {}, label),
    el('dd', { class: 'big' }, value),
    el('dd', { class: 'muted' }, below),
  );
}

const verdictRows = [
  { key: 'secure', word: 'secure', tone: 'ok' },
  { key: 'insecure', word: 'insecure', tone: 'open' },
  { key: 'nta', word: 'under a negative anchor', tone: 'exempt' },
  { key: 'indeterminate', word: 'indeterminate', tone: 'unknown' },
  { key: 'bogus', word: 'bogus', tone: 'bad' },
] as const satisfies readonly { key: keyof Overview['verdicts']; word: string; tone: Tone }[];

function verdictBar(verdicts: Overview['verdicts']): HTMLElement {
  const total = verdictRows.reduce((sum, { key }) => sum + verdicts[key], 0);
  if (total === 0) {
    return empty(
      'Nothing has been validated yet. Point a client at this resolver, or look up a name on the chain page.',
    );
  }
  let x = 0;
  const parts = verdictRows.map(({ key, tone }) => {
    const width = (verdicts[key] / total) * 100;
    const part = svgEl('rect', { x, y: 0, width, height: 10, class: `fill-${tone}` });
    x += width;
    return part;
  });
  const bar = svgEl(
    'svg',
    { viewBox: '0 0 100 10', preserveAspectRatio: 'none', class: 'share-bar', 'aria-hidden': 'true' },
    ...parts,
  );
  const legend = verdictRows.map(({ key, word, tone }) =>
    el(
      'li',
      { class: `tone-${tone}` },
      icon(tone),
      el('span', {}, word),
      el('strong', {}, percentText(verdicts[key] / total)),
      el('span', { class: 'muted' }, countText(verdicts[key])),
    ),
  );
  return el('div', {}, bar, el('ul', { class: 'verdict-legend' }, ...legend));
}

/** Counts as bars, the largest first. */
function shares(counts: readonly TypeCount[], nothing: string): HTMLElement {
  const largest = Math.max(0, ...counts.map(({ count }) => count));
  if (largest === 0) return empty(nothing);
  const rows = [...counts].sort((left, right) => right.count - left.count).slice(0, 8);
  return el(
    'ul',
    { class: 'shares' },
    ...rows.map(({ type, count }) =>
      el(
        'li',
        {},
        el('span', {}, type),
        svgEl(
          'svg',
          { viewBox: '0 0 100 8', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
          svgEl('rect', { width: (count / largest) * 100, height: 8, class: 'fill-plain' }),
        ),
        el('span', { class: 'number' }, shortCountText(count)),
      ),
    ),
  );
}

function slowTable() {
  return dataTable<SlowServer>(
    'Slowest servers',
    [
      { head: 'Server', cell: ({ server }) => addressText(server), isHead: true },
      { head: 'Round trip', cell: ({ rttMs }) => msText(rttMs), isNumber: true },
      { head: 'Forwarded zones', cell: ({ zones }) => (zones.length === 0 ? '' : nameText(zones.join(' '))) },
    ],
    empty('No server has been asked yet.'),
  );
}

function failingTable() {
  return dataTable<FailingZone>(
    'Zones that fail',
    [
      { head: 'Zone', cell: ({ zone }) => chainLink(zone, 'A'), isHead: true },
      { head: 'Cause', cell: ({ cause }) => el('a', { href: '/failures' }, cause) },
      { head: 'Times', cell: ({ count }) => countText(count), isNumber: true },
      { head: 'Last', cell: ({ last }) => timeCell(last) },
    ],
    empty('No zone fails. When one does, it stands here with its cause; its name leads to the broken link.'),
  );
}
