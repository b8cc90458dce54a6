// Marks of states. Each is a shape of its own, so that no state is told by colour alone.
import { el, svgEl } from './dom.ts';

export type Tone = 'ok' | 'warn' | 'bad' | 'unknown' | 'exempt' | 'open';

const paths: Readonly<Record<Tone, string>> = {
  ok: 'M3 8.5l3.5 4L13 4',
  warn: 'M8 1.8L15 14H1zM8 6v4M8 11.8v.4',
  bad: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  unknown: 'M5 5.5a3 3 0 1 1 4.2 2.8c-.8.4-1.2.9-1.2 1.9M8 12.8v.4',
  exempt: 'M8 1.8A6.2 6.2 0 1 0 8 14.2A6.2 6.2 0 1 0 8 1.8M3.8 12.2l8.4-8.4',
  open: 'M8 1.8A6.2 6.2 0 1 0 8 14.2A6.2 6.2 0 1 0 8 1.8',
};

/** Says nothing by itself: a word stands beside it. */
export function icon(tone: Tone): SVGElement {
  const shape = svgEl('path', { d: paths[tone] });
  return svgEl('svg', { viewBox: '0 0 16 16', class: `icon tone-${tone}`, 'aria-hidden': 'true' }, shape);
}

/** A circle with a dark and a light half. */
export function themeIcon(): SVGElement {
  const shape = svgEl('path', { d: 'M8 2A6 6 0 1 0 8 14A6 6 0 1 0 8 2V14M6 4v8M4 6v4' });
  return svgEl('svg', { viewBox: '0 0 16 16', class: 'icon', 'aria-hidden': 'true' }, shape);
}

/** A word with its mark. */
export function badge(tone: Tone, word: string): HTMLElement {
  return el('span', { class: `badge tone-${tone}` }, icon(tone), word);
}

/** The states of zones, answers, servers and anchors, as they are sent. */
const states = new Map<string, readonly [Tone, string]>([
  ['secure', ['ok', 'secure']],
  ['insecure', ['open', 'insecure']],
  ['bogus', ['bad', 'bogus']],
  ['failed', ['bad', 'failed']],
  ['indeterminate', ['unknown', 'indeterminate']],
  ['nta', ['exempt', 'negative anchor']],
  ['broken', ['bad', 'BROKEN']],
  ['ok', ['ok', 'ok']],
  ['soon', ['warn', 'soon']],
  ['expired', ['bad', 'expired']],
  ['warning', ['warn', 'warning']],
  ['error', ['bad', 'error']],
  ['failing', ['bad', 'failing']],
  ['matches', ['ok', 'matches']],
  ['matches-none', ['bad', 'matches no key']],
  ['anchor-matches-none', ['bad', 'anchor matches no key']],
  ['steady', ['ok', 'steady']],
  ['new-key', ['warn', 'new key']],
  ['old-key-gone', ['warn', 'old key gone']],
  ['unknown', ['unknown', 'unknown']],
]);

export function stateBadge(state: string): HTMLElement {
  const [tone, word] = states.get(state) ?? ['unknown', state];
  return badge(tone, word);
}
