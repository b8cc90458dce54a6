// Pieces that many pages are made of.
import type { Refusal } from './api.ts';
import { announce, type Child, el } from './dom.ts';
import { agoText, timeText } from './format.ts';
import { badge, icon } from './icons.ts';
import { chainPath } from './locations.ts';

/** The heading of a page; takes the focus when one comes from another page. */
export function pageHead(title: string, intro: string, ...aside: readonly Child[]): HTMLElement {
  return el(
    'div',
    { class: 'page-head' },
    el('div', {}, el('h1', { tabindex: -1 }, title), el('p', { class: 'intro' }, intro)),
    el('div', { class: 'page-aside' }, ...aside),
  );
}

/** A titled part of a page. */
export function section(title: string, ...children: readonly Child[]): HTMLElement {
  return el('section', { class: 'card' }, el('h2', {}, title), ...children);
}

/** What stands where there is nothing to show: a sentence what this is, and one what to do. */
export function empty(text: string, ...more: readonly Child[]): HTMLElement {
  return el('p', { class: 'empty' }, text, ...more);
}

export function loading(): HTMLElement {
  return el('p', { class: 'empty loading' }, 'Loading…');
}

/** What went wrong, and what to do. */
export function refusal({ error, remedy }: Refusal): HTMLElement {
  return el(
    'div',
    { class: 'refusal', role: 'alert' },
    badge('bad', 'not done'),
    el('p', {}, error),
    el('p', {}, remedy),
  );
}

/** A domain name; breaks anywhere, since it may have 255 octets. */
export function nameText(name: string): HTMLElement {
  return el('span', { class: 'name', title: titleOf(name) }, name);
}

/** Of a server, in one line. */
export function addressText(address: string): HTMLElement {
  return el('span', { class: 'name keep' }, address);
}

/** A name that a table may cut short can be seen in full by pointing at it. */
function titleOf(name: string): string | undefined {
  return name.length > 60 ? name : undefined;
}

/** A name that leads to its chain. */
export function chainLink(name: string, type: string, text = name): HTMLElement {
  return el('a', { href: chainPath(name, type), class: 'name', title: titleOf(text) }, text);
}

/** A time with how long ago it was. */
export function timeCell(iso: string | undefined, nowMs: number = Date.now()): Child {
  if (iso === undefined) return el('span', { class: 'muted' }, 'never');
  const ago = agoText(iso, nowMs);
  return el('time', { datetime: iso, title: `${timeText(iso)} UTC` }, ago === '' ? iso : ago);
}

/** The instant itself, for what is planned by. */
export function instant(iso: string): HTMLElement {
  return el('time', { datetime: iso }, `${timeText(iso)} UTC`);
}

/** A line to run or to paste, with a button that copies it. */
export function copyLine(where: string, line: string): HTMLElement {
  const code = el('code', {}, line);
  return el(
    'div',
    { class: 'copy-line' },
    el('span', { class: 'where' }, where),
    el('div', { class: 'code-row' }, code, copyButton(line, code, `Copy the line for ${where}`)),
  );
}

/** Copies a text; where the browser forbids it, selects the element that shows it. */
export function copyButton(text: string, shown: Element, label: string): HTMLButtonElement {
  const button = el('button', { type: 'button', class: 'quiet copy', 'aria-label': label }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
      announce('Copied.');
    } catch {
      getSelection()?.selectAllChildren(shown);
      button.textContent = 'Selected';
      announce('The text is selected; copy it with your keyboard.');
    }
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 2000);
  });
  return button;
}

/** Advice: sentences, each with lines to paste. */
export function adviceList(
  advice: readonly {
    readonly text: string;
    readonly lines: readonly { readonly where: string; readonly line: string }[];
  }[],
): HTMLElement {
  return el(
    'ul',
    { class: 'advice' },
    ...advice.map(({ text, lines }) =>
      el('li', {}, el('p', {}, text), ...lines.map((line) => copyLine(line.where, line.line))),
    ),
  );
}

/** A label above its input. */
export function field(label: string, input: HTMLElement, hint?: string): HTMLElement {
  const id = input.id;
  const hintId = `${id}-hint`;
  if (hint !== undefined) input.setAttribute('aria-describedby', hintId);
  return el(
    'div',
    { class: 'field' },
    el('label', { for: id }, label),
    input,
    hint === undefined ? undefined : el('p', { class: 'hint', id: hintId }, hint),
  );
}

/** A pair of a term and what is said of it, of a list of such. */
export function fact(term: string, ...values: readonly Child[]): HTMLElement {
  return el('div', { class: 'fact' }, el('dt', {}, term), el('dd', {}, ...values));
}

export function facts(...children: readonly Child[]): HTMLElement {
  return el('dl', { class: 'facts' }, ...children);
}

/** An icon and a text of one line. */
export function note(tone: Parameters<typeof icon>[0], ...children: readonly Child[]): HTMLElement {
  return el('p', { class: `note tone-${tone}` }, icon(tone), el('span', {}, ...children));
}
