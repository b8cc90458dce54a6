// Keys of anchored zones as they come and go, and when an old one may be dropped.
import type { Rollover, WatchedKey } from '../../target.ts';
import { read, withArrays } from '../api.ts';
import { el, replace } from '../dom.ts';
import { badge, stateBadge } from '../icons.ts';
import { chainLink, empty, fact, facts, instant, loading, note, pageHead, refusal, timeCell } from '../parts.ts';
import { poll } from '../poll.ts';
import { dataTable } from '../table.ts';
import type { View } from '../view.ts';

interface Rollovers {
  readonly zones: readonly Rollover[];
}

const isRollovers = withArrays<Rollovers>('zones');

export const rolloversView: View = {
  path: '/rollovers',
  title: 'Rollovers',
  show: (main, signal) => {
    const body = el('div', { class: 'stack' }, loading());
    main.append(pageHead('Rollovers', 'The keys of zones with a trust anchor: which are new, and which may go.'), body);
    let shown = '';
    poll<Rollovers>({
      everyMs: 10_000,
      signal,
      load: (ended) => read('/api/kedge/rollovers', isRollovers, ended),
      show: ({ zones }) => {
        const next = JSON.stringify(zones);
        if (next === shown) return;
        shown = next;
        replace(body, zones.length === 0 ? nothing() : zones.map(zoneCard));
      },
      refused: (reason) => {
        shown = '';
        replace(body, refusal(reason));
      },
    });
  },
};

function nothing(): HTMLElement {
  return empty('No keys have been seen yet. They are watched from the first question that needs a trust anchor.');
}

function zoneCard(rollover: Rollover): HTMLElement {
  const { zone, state, text, keys, anchorTags, isAnchored, safeToDropAt } = rollover;
  const table = keyTable(zone);
  table.show(keys);
  return el(
    'section',
    { class: 'card' },
    el(
      'div',
      { class: 'card-head' },
      el('h2', {}, chainLink(zone, 'DNSKEY', zone === '.' ? '. (the root)' : zone)),
      stateBadge(state),
    ),
    el('p', {}, text),
    facts(
      fact('Trust anchor', isAnchored ? `names key ${anchorTags.join(', ')}` : 'none of its own'),
      safeToDropAt === undefined ? undefined : fact('The old key may be dropped', instant(safeToDropAt)),
    ),
    state === 'anchor-matches-none'
      ? note(
          'bad',
          'Everything in this zone is refused until its anchor names a key that it has. ',
          el('a', { href: '/anchors' }, 'Anchors'),
        )
      : undefined,
    state === 'broken'
      ? note(
          'bad',
          'Everything in this zone is refused, though its anchor is right. ',
          chainLink(zone, 'DNSKEY', 'Which link is broken'),
        )
      : undefined,
    table.root,
  );
}

function keyTable(zone: string) {
  return dataTable<WatchedKey>(
    `Keys of ${zone}`,
    [
      { head: 'Key', cell: ({ tag }) => tag, isHead: true },
      { head: 'Algorithm', cell: ({ algorithmName }) => algorithmName },
      { head: 'Use', cell: ({ flags }) => ((flags & 1) === 1 ? 'key-signing' : 'zone-signing') },
      { head: 'What is known', cell: keyBadges },
      { head: 'First seen', cell: ({ firstSeen }) => timeCell(firstSeen) },
      { head: 'Last seen', cell: ({ lastSeen }) => timeCell(lastSeen) },
    ],
    empty('No key of it has been seen.'),
  );
}

function keyBadges({ anchored, signs, revoked }: WatchedKey): HTMLElement {
  const badges = [
    ...(revoked ? [badge('bad', 'revoked')] : []),
    ...(anchored ? [badge('ok', 'anchored')] : []),
    ...(signs ? [badge('ok', 'signs')] : []),
  ];
  return el('span', { class: 'badges' }, ...(badges.length === 0 ? [badge('unknown', 'published only')] : badges));
}
