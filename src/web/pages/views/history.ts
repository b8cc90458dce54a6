// Changes of what zones were found to be.
import type { VerdictChange } from '../../target.ts';
import { read, withArrays } from '../api.ts';
import { el, replace } from '../dom.ts';
import { stateBadge } from '../icons.ts';
import { chainLink, empty, field, instant, loading, pageHead, refusal } from '../parts.ts';
import { poll } from '../poll.ts';
import { dataTable } from '../table.ts';
import type { View } from '../view.ts';

interface History {
  readonly entries: readonly VerdictChange[];
}

const isHistory = withArrays<History>('entries');
const LIMIT = 200;

export const historyView: View = {
  path: '/history',
  title: 'History',
  show: (main, signal, { search, note }) => {
    const filter = el('input', {
      id: 'history-zone',
      type: 'search',
      autocomplete: 'off',
      spellcheck: 'false',
      value: new URLSearchParams(search).get('zone') ?? '',
    });
    const message = el('div', {}, loading());
    const table = changeTable();
    const body = el('div', { class: 'stack' }, message);
    const wanted = (): string => filter.value.trim();
    main.append(
      pageHead('History', 'When zones became secure, insecure or bogus, the latest first.'),
      el('div', { class: 'tools' }, field('Zone', filter, 'The whole name, such as example.org')),
      body,
    );
    const again = poll<History>({
      everyMs: 5000,
      signal,
      load: (ended) => {
        const parameters = new URLSearchParams({ limit: String(LIMIT) });
        if (wanted() !== '') parameters.set('zone', wanted());
        return read(`/api/kedge/history?${parameters}`, isHistory, ended);
      },
      show: ({ entries }) => {
        replace(message);
        if (table.root.parentNode === null) body.append(el('div', { class: 'card' }, table.root));
        table.show(entries);
      },
      refused: (reason) => replace(message, refusal(reason)),
    });
    filter.addEventListener('change', () => {
      note(wanted() === '' ? '/history' : `/history?${new URLSearchParams({ zone: wanted() })}`);
      again();
    });
  },
};

function changeTable() {
  return dataTable<VerdictChange>(
    'Changes of verdicts',
    [
      { head: 'When', cell: ({ at }) => instant(at) },
      { head: 'Zone', cell: ({ zone }) => chainLink(zone, 'SOA'), isHead: true },
      {
        head: 'Change',
        cell: ({ from, to }) =>
          el('span', { class: 'badges keep' }, stateBadge(from), el('span', { class: 'muted' }, 'to'), stateBadge(to)),
      },
      { head: 'Cause', cell: ({ cause = '' }) => cause },
      { head: 'In words', cell: ({ text }) => text },
    ],
    empty('No change is recorded. A zone stands here from the first verdict on it.'),
  );
}
