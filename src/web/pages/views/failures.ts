// What was refused or could not be had of late, with the cause and what to do.
import type { Failure, Failures } from '../../target.ts';
import { read, withArrays } from '../api.ts';
import { announce, el, replace } from '../dom.ts';
import { countText, plural } from '../format.ts';
import { stateBadge } from '../icons.ts';
import { chainLink, empty, fact, facts, loading, nameText, pageHead, refusal, timeCell } from '../parts.ts';
import { poll } from '../poll.ts';
import type { View } from '../view.ts';

const isFailures = withArrays<Failures>('failures');
const LIMIT = 50;

export const failuresView: View = {
  path: '/failures',
  title: 'Failures',
  show: (main, signal) => {
    const list = el('ul', { class: 'stack plain' });
    const older = el('ul', { class: 'stack plain' });
    const foot = el('p', { class: 'buttons' });
    const body = el('div', { class: 'stack' }, loading());
    main.append(pageHead('Failures', 'Names that were refused or not answered, the latest first.'), body);
    let isExtended = false;
    let shown = '';
    const more = async (cursor: string, button: HTMLButtonElement): Promise<void> => {
      button.disabled = true;
      const reply = await load(cursor, signal);
      if (signal.aborted) return;
      isExtended = true;
      if (!reply.ok) {
        replace(foot, refusal(reply));
        return;
      }
      older.append(...reply.value.failures.map(failureItem));
      announce(`${plural(reply.value.failures.length, 'failure')} more.`);
      showFoot(reply.value.next);
    };
    const showFoot = (next: string | undefined): void => {
      if (next === undefined) {
        replace(foot);
        return;
      }
      const button = el('button', { type: 'button', click: () => void more(next, button) }, 'Show older ones');
      replace(foot, button);
    };
    poll<Failures>({
      everyMs: 5000,
      signal,
      load: (ended) => load(undefined, ended),
      show: ({ failures, next }) => {
        const text = JSON.stringify(failures);
        if (text === shown) return;
        shown = text;
        if (failures.length === 0) {
          replace(body, nothing());
          return;
        }
        const open = openKeys(list);
        replace(list, failures.map(failureItem));
        for (const details of list.querySelectorAll('details')) if (open.has(keyOf(details))) details.open = true;
        if (list.parentNode !== body) replace(body, list, older, foot);
        if (!isExtended) showFoot(next);
      },
      refused: (reason) => {
        shown = '';
        replace(body, refusal(reason));
      },
    });
  },
};

function load(cursor: string | undefined, signal: AbortSignal) {
  const parameters = new URLSearchParams({ limit: String(LIMIT) });
  if (cursor !== undefined) parameters.set('cursor', cursor);
  return read(`/api/kedge/failures?${parameters}`, isFailures, signal);
}

function nothing(): HTMLElement {
  return empty('Nothing has failed. What does appears here with its cause and what to do about it.');
}

function keyOf(details: Element): string {
  return details.getAttribute('data-failure') ?? '';
}

/** Which entries are folded out; they stay so when the list is drawn anew. */
function openKeys(list: Element): Set<string> {
  return new Set([...list.querySelectorAll('details[open]')].map(keyOf));
}

function failureItem(failure: Failure): HTMLElement {
  const { name, type, kind, cause, text, hint, count, first, last, ede, zone, expected, found, server } = failure;
  return el(
    'li',
    { class: `card failure failure-${kind}` },
    el(
      'div',
      { class: 'card-head' },
      el('h2', { class: 'small-head' }, chainLink(name, type, `${name} ${type}`)),
      stateBadge(kind),
      el('span', { class: 'muted push' }, count === 1 ? '' : `${countText(count)} times, last `, timeCell(last)),
    ),
    el('p', {}, el('strong', {}, cause), `: ${text}`),
    hint === '' ? undefined : el('p', { class: 'hint-line' }, hint),
    el(
      'details',
      { 'data-failure': `${name} ${type} ${cause}` },
      el('summary', { 'data-key': `${name} ${type} ${cause}` }, 'What was expected and found'),
      facts(
        zone === undefined ? undefined : fact('Zone', nameText(zone)),
        fact('Expected', expected === undefined || expected === '' ? 'not recorded' : expected),
        fact('Found', found === undefined || found === '' ? 'not recorded' : found),
        server === undefined ? undefined : fact('Server', nameText(server)),
        ede === null ? undefined : fact('Extended error', ede),
        fact('First seen', timeCell(first)),
      ),
    ),
  );
}
