// Small line charts, drawn once and then only moved; with the same figures as a table.
import { type Child, el, replace, svgEl } from './dom.ts';
import { niceCeiling } from './format.ts';

export interface Series {
  readonly label: string;
  /** The second line is dashed, so that colour is not all that tells them apart. */
  readonly look: 'first' | 'second' | 'bad' | 'bad-second';
}

export interface ChartOptions {
  readonly title: string;
  readonly series: readonly Series[];
  readonly text: (value: number) => string;
  /** The axis ends here or above. */
  readonly least: number;
}

/** Values of each series at a time; undefined where nothing is known. */
export interface ChartPoint {
  readonly at: string;
  readonly values: readonly (number | undefined)[];
}

const WIDTH = 600;
const HEIGHT = 110;
/** Rows of the table. */
const MAX_ROWS = 12;

export interface Chart {
  readonly root: HTMLElement;
  show(points: readonly ChartPoint[]): void;
}

export function lineChart({ title, series, text, least }: ChartOptions): Chart {
  const lines = series.map(({ look }) => svgEl('path', { class: `line line-${look}` }));
  const area = svgEl('path', { class: 'area' });
  const drawing = svgEl(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', class: 'chart', 'aria-hidden': 'true' },
    svgEl('path', { class: 'grid', d: `M0 .5H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT - 0.5}H${WIDTH}` }),
    area,
    ...lines,
  );
  const top = el('span', { class: 'axis-top' });
  const latest = series.map(() => el('strong'));
  const legend = el(
    'ul',
    { class: 'legend' },
    ...series.map(({ label, look }, index) => el('li', {}, sample(look), `${label} `, latest[index])),
  );
  const rows = el('tbody');
  const heads = ['until (UTC)', ...series.map(({ label }) => label)];
  const table = el(
    'details',
    { class: 'figures' },
    el('summary', {}, 'As a table'),
    el(
      'div',
      { class: 'table-box', role: 'region', 'aria-label': `${title}, figures`, tabindex: 0 },
      el(
        'table',
        {},
        el('caption', { class: 'unseen' }, `${title}, the latest figures`),
        el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', { scope: 'col' }, head)))),
        rows,
      ),
    ),
  );
  const start = el('span');
  const plot = el('div', { class: 'plot' }, top, drawing);
  const axis = el('p', { class: 'axis' }, start, el('span', {}, 'now'));
  const nothing = el('p', { class: 'empty' }, 'The line begins after ten seconds.');
  const root = el(
    'figure',
    { class: 'card figure' },
    el('figcaption', {}, el('h2', {}, title), legend),
    plot,
    axis,
    nothing,
    table,
  );
  return {
    root,
    show: (points) => {
      const hasLine = points.length > 1;
      nothing.hidden = hasLine;
      for (const element of [plot, axis, legend, table]) element.hidden = !hasLine;
      const all = points.flatMap(({ values }) => values.map((value) => value ?? 0));
      const ceiling = niceCeiling(Math.max(least, ...all));
      top.textContent = text(ceiling);
      start.textContent = points.length > 1 ? minutesAgo(points) : '';
      lines.forEach((line, index) => {
        const path = linePath(points, index, ceiling);
        line.setAttribute('d', path);
        if (index === 0) area.setAttribute('d', areaPath(points, ceiling));
      });
      const last = points.at(-1)?.values ?? [];
      latest.forEach((element, index) => {
        const value = last[index];
        element.textContent = value === undefined ? 'none' : text(value);
      });
      if (table.open || rows.childElementCount === 0) replace(rows, tableRows(points, text));
    },
  };
}

function sample(look: Series['look']): Child {
  return svgEl(
    'svg',
    { viewBox: '0 0 20 6', class: 'sample', 'aria-hidden': 'true' },
    svgEl('path', { class: `line line-${look}`, d: 'M0 3H20' }),
  );
}

function minutesAgo(points: readonly ChartPoint[]): string {
  const first = Date.parse(points[0]?.at ?? '');
  const last = Date.parse(points.at(-1)?.at ?? '');
  const seconds = Math.round((last - first) / 1000);
  return seconds >= 60 ? `${Math.round(seconds / 60)} min ago` : `${seconds} s ago`;
}

function pointX(index: number, count: number): number {
  return count < 2 ? WIDTH : (index / (count - 1)) * WIDTH;
}

function pointY(value: number, ceiling: number): number {
  return HEIGHT - 1 - Math.min(1, Math.max(0, value / ceiling)) * (HEIGHT - 3);
}

/** Begins anew after what is not known. */
function linePath(points: readonly ChartPoint[], series: number, ceiling: number): string {
  let path = '';
  let isDown = false;
  points.forEach(({ values }, index) => {
    const value = values[series];
    if (value === undefined) {
      isDown = false;
      return;
    }
    path += `${isDown ? 'L' : 'M'}${pointX(index, points.length).toFixed(1)} ${pointY(value, ceiling).toFixed(1)}`;
    isDown = true;
  });
  return path;
}

/** Below the first line, as far as it is known. */
function areaPath(points: readonly ChartPoint[], ceiling: number): string {
  let path = '';
  let lastX: string | undefined;
  points.forEach(({ values: [value] }, index) => {
    const x = pointX(index, points.length).toFixed(1);
    if (value !== undefined) {
      path += `${lastX === undefined ? `M${x} ${HEIGHT}` : ''}L${x} ${pointY(value, ceiling).toFixed(1)}`;
      lastX = x;
    } else if (lastX !== undefined) {
      path += `L${lastX} ${HEIGHT}Z`;
      lastX = undefined;
    }
  });
  return lastX === undefined ? path : `${path}L${lastX} ${HEIGHT}Z`;
}

function tableRows(points: readonly ChartPoint[], text: (value: number) => string): HTMLElement[] {
  return points
    .slice(-MAX_ROWS)
    .reverse()
    .map(({ at, values }) =>
      el(
        'tr',
        {},
        el('th', { scope: 'row' }, at.slice(11, 19)),
        ...values.map((value) => el('td', { class: 'number' }, value === undefined ? 'none' : text(value))),
      ),
    );
}
