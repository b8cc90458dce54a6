// Signatures by the time that is left, so that one sees what is about to break.
import type { Expiries, Expiry } from '../../target.ts';
import { read, withArrays } from '../api.ts';
import { el, replace } from '../dom.ts';
import { leftText, plural } from '../format.ts';
import { stateBadge } from '../icons.ts';
import { chainLink, empty, field, instant, loading, note, pageHead, refusal } from '../parts.ts';
import { poll } from '../poll.ts';
import { dataTable } from '../table.ts';
import type { View } from '../view.ts';

const isExpiries = withArrays<Expiries>('zones');
const LIMIT = 500;

export const expiriesView: View = {
  path: '/expiries',
  title: 'Expiries',
  show: (main, signal) => {
    const summary = el('div', {}, loading());
    const filter = el('input', { id: 'expiry-filter', type: 'search', autocomplete: 'off', spellcheck: 'false' });
    const table = expiryTable();
    let zones: readonly Expiry[] = [];
    const showTable = (): void => {
      const wanted = filter.value.trim().toLowerCase();
      table.show(zones.filter(({ zone }) => zone.toLowerCase().includes(wanted)));
    };
    filter.addEventListener('input', showTable);
    const tools = el('div', { class: 'tools' }, field('Zone contains', filter));
    const body = el('div', { class: 'stack' }, summary);
    main.append(
      pageHead('Expiries', 'Signatures that this resolver has seen, the ones with the least time left first.'),
      body,
    );
    poll<Expiries>({
      everyMs: 10_000,
      signal,
      load: (ended) => read(`/api/kedge/expiries?limit=${LIMIT}`, isExpiries, ended),
      show: (expiries) => {
        zones = expiries.zones;
        replace(summary, summaryOf(expiries));
        if (table.root.parentNode === null) body.append(tools, el('div', { class: 'card' }, table.root));
        showTable();
      },
      refused: (reason) => replace(summary, refusal(reason)),
    });
  },
};

function summaryOf({ zones, warnDays }: Expiries): HTMLElement | undefined {
  if (zones.length === 0) return undefined;
  const expired = zones.filter(({ state }) => state === 'expired').length;
  const soon = zones.filter(({ state }) => state === 'soon').length;
  const margin = plural(warnDays, 'day');
  if (expired > 0) {
    const others = soon === 0 ? '' : ` ${plural(soon, 'signature')} more end within ${margin}.`;
    const have = expired === 1 ? 'has expired: what it protects' : 'have expired: what they protect';
    return note('bad', `${plural(expired, 'signature')} ${have} is refused.${others}`);
  }
  if (soon > 0)
    return note('warn', `${plural(soon, 'signature')} end within ${margin}. See that these zones are signed again.`);
  return note('ok', `No signature ends within ${margin}.`);
}

function expiryTable() {
  return dataTable<Expiry>(
    'Signatures by time left',
    [
      { head: 'Zone', cell: ({ zone }) => chainLink(zone, 'DNSKEY'), isHead: true },
      { head: 'State', cell: ({ state }) => stateBadge(state) },
      { head: 'Time left', cell: ({ secondsLeft }) => el('span', { class: 'keep' }, leftText(secondsLeft)) },
      { head: 'Signature over', cell: ({ what }) => what },
      { head: 'By key', cell: ({ keyTag, algorithmName }) => `${keyTag} ${algorithmName}` },
      { head: 'Ends', cell: ({ expiresAt }) => instant(expiresAt) },
    ],
    empty('No signature to show. They appear here as soon as names in signed zones are asked for.'),
  );
}
