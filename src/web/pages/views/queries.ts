// The query log in memory, as it grows.
import type { LoggedQuery, QueryLog } from '../../target.ts';
import { read, withArrays } from '../api.ts';
import { change } from '../api-key.ts';
import { el, replace } from '../dom.ts';
import { msText, octetsText } from '../format.ts';
import { badge, stateBadge } from '../icons.ts';
import { chainLink, empty, field, loading, nameText, note, pageHead, refusal } from '../parts.ts';
import { poll } from '../poll.ts';
import { type Column, rowElement } from '../table.ts';
import type { View } from '../view.ts';

const isQueryLog = withArrays<QueryLog>('entries');
const EVERY_MS = 1000;
/** Asked for at once. */
const LIMIT = 200;
/** Rows on the page. */
const MAX_ROWS = 500;

const filters = [
  { key: 'name', label: 'Name contains' },
  { key: 'client', label: 'Client contains' },
  { key: 'type', label: 'Type' },
  { key: 'rcode', label: 'Response code' },
  { key: 'verdict', label: 'Verdict' },
] as const;

export const queriesView: View = {
  path: '/queries',
  title: 'Query log',
  show: (main, signal) => {
    const state = el('div', {}, loading());
    const rows = el('tbody');
    const box = tableBox(rows);
    const nothing = empty('No query matches yet.');
    const inputs = filters.map(({ key, label }) => {
      const input = el('input', { id: `query-${key}`, type: 'search', autocomplete: 'off', spellcheck: 'false' });
      return { key, input, root: field(label, input) };
    });
    let since: number | undefined;
    let isPaused = false;
    let isOn: boolean | undefined;
    // Counts changes of the filters; an answer to an earlier filter is thrown away.
    let filtering = 0;
    let asked = 0;
    const reset = (): void => {
      since = undefined;
      filtering++;
      replace(rows);
      again();
    };
    const pause = el('button', { type: 'button', 'aria-pressed': 'false' }, 'Pause');
    pause.addEventListener('click', () => {
      isPaused = !isPaused;
      pause.setAttribute('aria-pressed', String(isPaused));
    });
    const problem = el('div', {});
    const toggle = async (on: boolean): Promise<void> => {
      const reply = await change('PUT', '/api/kedge/queries', { on });
      if (signal.aborted || reply === undefined) return;
      replace(problem, reply.ok ? undefined : refusal(reply));
      again();
    };
    const onOff = el(
      'button',
      { type: 'button', class: 'primary', click: () => void toggle(isOn !== true) },
      'Turn on',
    );
    main.append(
      pageHead(
        'Query log',
        'Every query as it is answered. Kept in memory only, and off unless you turn it on.',
        state,
      ),
      el('div', { class: 'tools' }, ...inputs.map(({ root }) => root), el('div', { class: 'buttons' }, onOff, pause)),
      problem,
      el('div', { class: 'card log' }, box, nothing),
    );
    const again = poll<QueryLog>({
      everyMs: EVERY_MS,
      signal,
      load: (ended) => {
        asked = filtering;
        const parameters = new URLSearchParams({ limit: String(LIMIT) });
        if (since !== undefined) parameters.set('since', String(since));
        for (const { key, input } of inputs) if (input.value.trim() !== '') parameters.set(key, input.value.trim());
        return read(`/api/kedge/queries?${parameters}`, isQueryLog, ended);
      },
      show: ({ on, seq, entries }) => {
        if (on !== isOn) {
          isOn = on;
          replace(state, on ? badge('ok', 'on') : badge('exempt', 'off'));
          onOff.textContent = on ? 'Turn off' : 'Turn on';
          nothing.textContent = on
            ? 'No query matches yet.'
            : 'The query log is off. Turn it on to watch queries; they are forgotten when kedge ends.';
        }
        // A restarted program counts anew.
        if (since !== undefined && seq < since) {
          reset();
          return;
        }
        if (isPaused || asked !== filtering) return;
        since = seq;
        rows.prepend(...entries.map((entry) => rowElement(entry, columns)));
        while (rows.childElementCount > MAX_ROWS) rows.lastElementChild?.remove();
        box.hidden = rows.childElementCount === 0;
        nothing.hidden = !box.hidden;
      },
      refused: (reason) => replace(state, note('bad', reason.error)),
    });
    for (const { input } of inputs) input.addEventListener('change', reset);
  },
};

const columns: readonly Column<LoggedQuery>[] = [
  { head: 'Time', cell: ({ at }) => at.slice(11, 23).replace('Z', '') },
  { head: 'Name', cell: ({ name, type }) => chainLink(name, type), isHead: true },
  { head: 'Type', cell: ({ type }) => type },
  { head: 'Answer', cell: ({ rcode }) => rcode },
  { head: 'Verdict', cell: ({ verdict }) => (verdict === undefined ? '' : stateBadge(verdict)) },
  { head: 'Client', cell: ({ client, transport }) => nameText(`${client} ${transport}`) },
  { head: 'From', cell: ({ origin }) => origin },
  { head: 'Took', cell: ({ ms }) => msText(ms), isNumber: true },
  { head: 'Size', cell: ({ octets }) => octetsText(octets), isNumber: true },
  { head: 'Flags', cell: (entry) => el('span', { class: 'keep' }, flagText(entry)) },
];

function flagText(entry: LoggedQuery): string {
  return [...(entry.do ? ['DO'] : []), ...(entry.cd ? ['CD'] : [])].join(' ');
}

function tableBox(rows: HTMLElement): HTMLElement {
  const caption = 'Queries, the latest first';
  return el(
    'div',
    { class: 'table-box tall', role: 'region', 'aria-label': caption, tabindex: 0, hidden: true },
    el(
      'table',
      {},
      el('caption', { class: 'unseen' }, caption),
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          ...columns.map(({ head, isNumber }) =>
            el('th', { scope: 'col', class: isNumber === true ? 'number' : undefined }, head),
          ),
        ),
      ),
      rows,
    ),
  );
}
