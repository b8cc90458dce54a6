// The overview as lines for a terminal. Pure: the same overview and size give the same lines.
import type { FailingZone, Overview, SeriesPoint, SlowServer } from '../../web/target.ts';
import { withoutControls } from '../control/callers-file.ts';

export interface ScreenSize {
  readonly columns: number;
  /** Undefined where the lines are not shown on a screen: then nothing is left out. */
  readonly rows: number | undefined;
}

export interface ScreenStyle {
  /** Block characters may be used. */
  readonly unicode: boolean;
  readonly color: boolean;
}

const LABEL_WIDTH = 11;
/** Types and rows of lists at most. */
const MAX_TYPES = 8;
const MAX_LIST_ROWS = 10;

const RISING = { unicode: '▁▂▃▄▅▆▇█', ascii: '_.-=+*%#' } as const;

const Color = { red: '\x1b[31m', green: '\x1b[32m', yellow: '\x1b[33m', bold: '\x1b[1m', off: '\x1b[0m' } as const;
type ColorName = Exclude<keyof typeof Color, 'off'>;

/** A piece of a line; colours do not count for its width. */
interface Piece {
  readonly text: string;
  readonly color?: ColorName;
}

/** All lines, none longer than the screen is wide, no more than it is high. */
export function overviewScreen(overview: Overview, { columns, rows }: ScreenSize, style: ScreenStyle): string[] {
  const numbers = [
    head(overview),
    [],
    queriesLine(overview),
    rcodesLine(overview),
    cacheLine(overview),
    verdictsLine(overview),
    latencyLine(overview),
    upstreamLine(overview),
    processLine(overview),
    typesLine(overview),
    chartLine(overview.series, columns, style),
  ];
  const left = rows === undefined ? 2 * (MAX_LIST_ROWS + 3) : Math.max(0, rows - numbers.length);
  const failing = listLines('Failing zones', overview.failingZones.map(failingRow), 'none', left);
  const slow = listLines('Slow servers', overview.slowServers.map(slowRow), 'none known yet', left - failing.length);
  const lines = [...numbers, ...failing, ...slow].map((pieces) => rendered(pieces, columns, style));
  return rows === undefined ? lines : lines.slice(0, rows);
}

function head({ version, uptimeSeconds, now }: Overview): Piece[] {
  return [
    { text: `kedge ${version}`, color: 'bold' },
    { text: `   up ${durationText(uptimeSeconds)}   ${now.replace('T', ' ').replace(/\.\d+/, '')}` },
  ];
}

function row(label: string, ...cells: readonly (string | Piece)[]): Piece[] {
  const pieces: Piece[] = [{ text: label.padEnd(LABEL_WIDTH) }];
  cells.forEach((cell, index) => {
    if (index > 0) pieces.push({ text: '   ' });
    pieces.push(typeof cell === 'string' ? { text: cell } : cell);
  });
  return pieces;
}

function queriesLine({ queries }: Overview): Piece[] {
  return row(
    'Queries',
    { text: `${rateText(queries.perSecond)}/s`, color: 'bold' },
    `${countText(queries.total)} in all`,
    `TCP ${shareText(queries.tcp, queries.total)}`,
    `IPv6 ${shareText(queries.ipv6, queries.total)}`,
  );
}

function rcodesLine({ queries: { rcodes } }: Overview): Piece[] {
  const sum = rcodes.noerror + rcodes.nxdomain + rcodes.servfail;
  return row(
    'Replies',
    `NOERROR ${shareText(rcodes.noerror, sum)}`,
    `NXDOMAIN ${shareText(rcodes.nxdomain, sum)}`,
    warned(`SERVFAIL ${shareText(rcodes.servfail, sum)}`, rcodes.servfail, 'yellow'),
  );
}

function cacheLine({ cache }: Overview): Piece[] {
  return row(
    'Cache',
    { text: `${percent(cache.hitShare)} hits`, color: 'bold' },
    `${shareText(cache.replyHits, cache.hits)} of them as ready replies`,
    `${countText(cache.entries)} of ${countText(cache.maxEntries)} entries`,
  );
}

function verdictsLine({ verdicts }: Overview): Piece[] {
  const { secure, insecure, bogus, indeterminate, nta } = verdicts;
  const sum = secure + insecure + bogus + indeterminate + nta;
  return row(
    'Verdicts',
    { text: `secure ${shareText(secure, sum)}`, color: 'green' },
    `insecure ${shareText(insecure, sum)}`,
    warned(`bogus ${shareText(bogus, sum)} (${countText(bogus)})`, bogus, 'red'),
    `indeterminate ${shareText(indeterminate, sum)}`,
    `negative anchor ${shareText(nta, sum)}`,
  );
}

function latencyLine({ latency }: Overview): Piece[] {
  return row(
    'Latency',
    `mean ${millisecondsText(latency.averageMs)}`,
    `half within ${boundText(latency.p50Ms)}`,
    `99 % within ${boundText(latency.p99Ms)}`,
  );
}

function upstreamLine({ upstream }: Overview): Piece[] {
  const { queries, timeouts, tcp } = upstream;
  return row(
    'Upstream',
    `${countText(queries)} queries`,
    warned(`${shareText(timeouts, queries)} timed out`, timeouts * 10 > queries ? timeouts : 0, 'yellow'),
    `TCP ${shareText(tcp, queries)}`,
  );
}

function processLine({ process: { rssBytes, cpuSeconds }, uptimeSeconds, threads }: Overview): Piece[] {
  return row(
    'Process',
    `${(rssBytes / 2 ** 20).toFixed(0)} MiB`,
    `CPU ${cpuSeconds.toFixed(1)} s (${shareText(cpuSeconds, uptimeSeconds)})`,
    threads === 1 ? '1 thread' : `${threads} threads`,
  );
}

function typesLine({ queries: { byType } }: Overview): Piece[] {
  const sum = byType.reduce((total, { count }) => total + count, 0);
  const shown = byType.slice(0, MAX_TYPES).map(({ type, count }) => `${type} ${shareText(count, sum)}`);
  return row('Types', shown.length === 0 ? 'nothing was asked yet' : shown.join('  '));
}

/** Queries of each span as a line of rising characters, the latest at the right. */
function chartLine(series: readonly SeriesPoint[], columns: number, { unicode }: ScreenStyle): Piece[] {
  const counts = series.slice(-Math.max(1, columns - LABEL_WIDTH)).map(({ queries }) => queries);
  const steps = unicode ? RISING.unicode : RISING.ascii;
  const most = Math.max(1, ...counts);
  const chart = counts.map((count) => steps[Math.ceil((count / most) * (steps.length - 1))] ?? ' ').join('');
  return row('Lately', chart === '' ? 'the first numbers come in a few seconds' : chart);
}

interface ListRow {
  readonly first: string;
  readonly rest: string;
}

function failingRow({ zone, count, cause, last }: FailingZone): ListRow {
  return { first: zone, rest: `${countText(count)} times, ${cause}, last ${last.slice(11, 19)}` };
}

function slowRow({ server, rttMs, zones }: SlowServer): ListRow {
  return { first: server, rest: `${millisecondsText(rttMs)}${zones.length === 0 ? '' : `  for ${zones.join(' ')}`}` };
}

/** An empty line, a heading, and as many rows as there is room for. */
function listLines(heading: string, entries: readonly ListRow[], nothing: string, room: number): Piece[][] {
  if (room < 3) return [];
  const width = entries.reduce((most, { first }) => Math.max(most, first.length), 0);
  const shown = entries.slice(0, Math.min(MAX_LIST_ROWS, room - 2));
  const rows = shown.map(({ first, rest }) => [{ text: `  ${first.padEnd(Math.min(width, 48))}  ${rest}` }]);
  return [[], [{ text: heading, color: 'bold' }], ...(rows.length === 0 ? [[{ text: `  ${nothing}` }]] : rows)];
}

/** Cut to the width, control characters shown as escapes. */
function rendered(pieces: readonly Piece[], columns: number, { color: usesColor }: ScreenStyle): string {
  let left = columns;
  let line = '';
  for (const { text, color } of pieces) {
    const shown = withoutControls(text)
      .replaceAll(/[\t\n]/g, ' ')
      .slice(0, left);
    left -= shown.length;
    line += usesColor && color !== undefined && shown !== '' ? `${Color[color]}${shown}${Color.off}` : shown;
  }
  return line;
}

function warned(text: string, count: number, color: ColorName): Piece {
  return count > 0 ? { text, color } : { text };
}

function percent(share: number): string {
  const value = 100 * share;
  return `${value > 0 && value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}

function shareText(part: number, whole: number): string {
  return whole > 0 ? percent(part / whole) : '-';
}

function rateText(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : countText(Math.round(perSecond));
}

/** With a space between thousands, whatever the locale. */
function countText(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}

function millisecondsText(ms: number): string {
  return ms < 10 ? `${ms.toFixed(2)} ms` : `${ms.toFixed(0)} ms`;
}

function boundText(ms: number | null): string {
  return ms === null ? '-' : millisecondsText(ms);
}

function durationText(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const time = new Date((seconds % 86_400) * 1000).toISOString().slice(11, 19);
  return days === 0 ? time : `${days} d ${time}`;
}
