// How the servers do that zones are forwarded to.
import type { ForwardedZone, ForwarderServer } from '../../target.ts';
import { read, withArrays } from '../api.ts';
import { el, replace } from '../dom.ts';
import { countText, msText } from '../format.ts';
import { badge, stateBadge } from '../icons.ts';
import { addressText, chainLink, empty, loading, pageHead, refusal, timeCell } from '../parts.ts';
import { poll } from '../poll.ts';
import { dataTable } from '../table.ts';
import type { View } from '../view.ts';

interface Forwarders {
  readonly zones: readonly ForwardedZone[];
}

const isForwarders = withArrays<Forwarders>('zones');

export const forwardersView: View = {
  path: '/forwarders',
  title: 'Forwarders',
  show: (main, signal) => {
    const body = el('div', { class: 'stack' }, loading());
    main.append(
      pageHead(
        'Forwarders',
        'The servers that zones are forwarded to, and how they answer.',
        el('a', { href: '/anchors' }, 'What they can do about DNSSEC'),
      ),
      body,
    );
    const cards = new Map<string, ReturnType<typeof zoneCard>>();
    poll<Forwarders>({
      everyMs: 5000,
      signal,
      load: (ended) => read('/api/kedge/forwarders', isForwarders, ended),
      show: ({ zones }) => {
        if (zones.length === 0) replace(body, nothing());
        else if (zones.some(({ zone }) => !cards.has(zone)) || zones.length !== cards.size || cards.size === 0) {
          cards.clear();
          for (const zone of zones) cards.set(zone.zone, zoneCard(zone));
          replace(body, ...[...cards.values()].map(({ root }) => root));
        }
        for (const zone of zones) cards.get(zone.zone)?.show(zone);
      },
      refused: (reason) => {
        cards.clear();
        replace(body, refusal(reason));
      },
    });
  },
};

function nothing(): HTMLElement {
  return empty(
    'No zone is forwarded. The option ',
    el('code', {}, 'recursor.forward_zones'),
    ' names zones and their servers.',
  );
}

function zoneCard({ zone }: ForwardedZone): { readonly root: HTMLElement; show(zone: ForwardedZone): void } {
  const badges = el('span', { class: 'badges' });
  const table = serverTable(zone);
  const root = el(
    'section',
    { class: 'card' },
    el('div', { class: 'card-head' }, el('h2', {}, zone === '.' ? 'everything (.)' : chainLink(zone, 'SOA')), badges),
    table.root,
  );
  return {
    root,
    show: ({ recurse, validated, servers }) => {
      replace(
        badges,
        el('span', { class: 'muted' }, recurse ? 'asked to recurse' : 'asked as authority'),
        validated ? badge('ok', 'validated') : badge('exempt', 'not validated'),
      );
      table.show(servers);
    },
  };
}

function serverTable(zone: string) {
  return dataTable<ForwarderServer>(
    `Servers of ${zone}`,
    [
      { head: 'Server', cell: ({ address }) => addressText(address), isHead: true },
      // It answers, but the assistant found something about it.
      {
        head: 'State',
        cell: ({ state, note }) => stateBadge(state === 'ok' && note !== undefined ? 'warning' : state),
      },
      { head: 'Round trip', cell: ({ rttMs }) => msText(rttMs), isNumber: true },
      { head: 'Queries', cell: ({ queries }) => countText(queries), isNumber: true },
      { head: 'Timed out', cell: ({ timeouts }) => countText(timeouts), isNumber: true },
      { head: 'Last reply', cell: ({ lastReplyAt }) => timeCell(lastReplyAt) },
      { head: 'Note', cell: ({ note = '' }) => note },
    ],
    empty('It has no server.'),
  );
}
