// Trust anchors, negative ones, and what was found out about forwarded zones.
import type { Anchors, AnchorView, AuditEntry, CheckedForward, NegativeAnchorView } from '../../target.ts';
import { read, withArrays } from '../api.ts';
import { el, replace } from '../dom.ts';
import { durationText, plural } from '../format.ts';
import { badge, stateBadge } from '../icons.ts';
import {
  adviceList,
  chainLink,
  empty,
  fact,
  facts,
  instant,
  loading,
  nameText,
  note,
  pageHead,
  refusal,
  section,
  timeCell,
} from '../parts.ts';
import { poll } from '../poll.ts';
import { dataTable } from '../table.ts';
import type { View } from '../view.ts';
import { addForm, checkButton, removeButton, sourceText } from './anchor-forms.ts';

const isAnchors = withArrays<Anchors>('anchors', 'negativeAnchors', 'forwards');

interface Audit {
  readonly entries: readonly AuditEntry[];
}

const isAudit = withArrays<Audit>('entries');
const AUDIT_LIMIT = 50;

export const anchorsView: View = {
  path: '/anchors',
  title: 'Anchors',
  show: (main, signal) => {
    const state = el('div', { class: 'stack' }, loading());
    const anchors = el('div', { class: 'stack' });
    const negative = el('div', {});
    const forwards = el('div', { class: 'stack' });
    const audit = auditTable();
    const parts = el('div', { class: 'stack' });
    main.append(
      pageHead('Anchors', 'What is trusted, what is exempted from validation, and what forwarders can do.'),
      state,
      parts,
    );
    const refresh = (): void => {
      shown = '';
      again();
    };
    const fill = (): void => {
      replace(
        parts,
        el('h2', { class: 'band' }, 'Trust anchors'),
        anchors,
        addForm('anchor', refresh),
        el('h2', { class: 'band' }, 'Negative trust anchors'),
        el('div', { class: 'card' }, negative),
        addForm('negative-anchor', refresh),
        el('div', { class: 'band-row' }, el('h2', { class: 'band' }, 'Forwarded zones'), checkButton(refresh)),
        forwards,
        section('Changes', audit.root),
      );
    };
    let shown = '';
    const again = poll<Anchors>({
      everyMs: 10_000,
      signal,
      load: (ended) => read('/api/kedge/anchors', isAnchors, ended),
      show: (value) => {
        if (parts.childElementCount === 0) fill();
        void showAudit(audit, signal);
        const next = JSON.stringify(value);
        if (next === shown) return;
        shown = next;
        replace(state, summaryOf(value));
        replace(anchors, anchorCards(value, refresh));
        replace(negative, negativeList(value.negativeAnchors, refresh));
        replace(forwards, forwardCards(value.forwards));
      },
      refused: (reason) => replace(state, refusal(reason)),
    });
  },
};

async function showAudit(table: ReturnType<typeof auditTable>, signal: AbortSignal): Promise<void> {
  const reply = await read(`/api/kedge/audit?limit=${AUDIT_LIMIT}`, isAudit, signal);
  if (reply.ok) table.show(reply.value.entries);
}

function summaryOf({ dnssec, anchors, forwards }: Anchors): HTMLElement {
  if (!dnssec) return note('warn', 'Validation is switched off: anchors have no effect.');
  const useless = anchors.filter(({ state }) => state === 'matches-none').length;
  const troubled = forwards.filter(({ state }) => state === 'error').length;
  const found = [
    ...(useless === 0 ? [] : [`${plural(useless, 'trust anchor')} of ${anchors.length} without a matching key`]),
    ...(troubled === 0 ? [] : [`${plural(troubled, 'forwarded zone')} of ${forwards.length} with an error`]),
  ];
  return found.length === 0 ? note('ok', 'No trouble is known.') : note('bad', `${found.join(', ')}.`);
}

function anchorCards({ anchors }: Anchors, refresh: () => void): readonly HTMLElement[] {
  if (anchors.length > 0) return anchors.map((anchor) => anchorCard(anchor, refresh));
  return [
    empty('There is no trust anchor: nothing is validated. Add one below, or leave the built-in one of the root on.'),
  ];
}

function anchorCard(anchor: AnchorView, refresh: () => void): HTMLElement {
  const { zone, records, source, state, matchingKeys, keys, signatureExpires, daysLeft, advice } = anchor;
  return el(
    'section',
    { class: `card state-${state}` },
    el(
      'div',
      { class: 'card-head' },
      el('h3', {}, chainLink(zone, 'DNSKEY', zone === '.' ? '. (the root)' : zone)),
      stateBadge(state),
      removeButton('anchors', zone, `Remove the trust anchor of ${zone}`, refresh),
    ),
    facts(
      fact('Records', el('ul', { class: 'plain' }, ...records.map((record) => el('li', {}, el('code', {}, record))))),
      fact('From', sourceText(source)),
      fact('Key that it matches', matchText(state, matchingKeys)),
      signatureExpires === undefined
        ? undefined
        : fact(
            'Its signature ends',
            instant(signatureExpires),
            daysLeft === undefined ? '' : `, ${daysText(daysLeft)}`,
          ),
      keys.length === 0 ? undefined : fact('Keys of the zone', keyList(keys)),
    ),
    advice === undefined ? undefined : adviceList([advice]),
  );
}

function matchText(state: AnchorView['state'], tags: readonly number[]): string {
  if (tags.length > 0) return tags.join(', ');
  return state === 'unknown' ? 'not known yet: nobody has asked for the zone' : 'none';
}

function daysText(days: number): string {
  const seconds = days * 86_400;
  return days < 0 ? `${durationText(seconds)} ago` : `in ${durationText(seconds)}`;
}

function keyList(keys: AnchorView['keys']): HTMLElement {
  return el(
    'ul',
    { class: 'plain' },
    ...keys.map(({ tag, algorithmName, flags, anchored, signs }) =>
      el(
        'li',
        { class: 'badges' },
        `${tag} ${algorithmName}, ${(flags & 1) === 1 ? 'key-signing' : 'zone-signing'}`,
        anchored ? badge('ok', 'anchored') : undefined,
        signs ? badge('ok', 'signs') : undefined,
      ),
    ),
  );
}

function negativeList(anchors: readonly NegativeAnchorView[], refresh: () => void): HTMLElement {
  const table = dataTable<NegativeAnchorView>(
    'Negative trust anchors',
    [
      { head: 'Zone', cell: ({ zone }) => chainLink(zone, 'SOA'), isHead: true },
      { head: 'Reason', cell: ({ reason }) => (reason === '' ? 'none given' : reason) },
      { head: 'From', cell: ({ source }) => sourceText(source) },
      { head: 'Ends', cell: ({ expiresAt }) => (expiresAt === undefined ? 'stays' : instant(expiresAt)) },
      {
        head: 'Needed',
        cell: ({ isUnneeded }) =>
          isUnneeded === undefined ? 'not checked' : isUnneeded ? badge('warn', 'no longer') : 'yes',
      },
      {
        head: 'Change',
        cell: ({ zone }) =>
          removeButton('negative-anchors', zone, `Remove the negative trust anchor of ${zone}`, refresh),
      },
    ],
    empty('None is set: everything that a trust anchor covers is validated.'),
  );
  table.show(anchors);
  return table.root;
}

function forwardCards(forwards: readonly CheckedForward[]): readonly HTMLElement[] {
  if (forwards.length === 0) return [empty('No zone is forwarded.')];
  return forwards.map(({ zone, servers, state, checkedAt, advice }) =>
    el(
      'section',
      { class: `card state-${state}` },
      el(
        'div',
        { class: 'card-head' },
        el('h3', {}, zone === '.' ? 'everything (.)' : chainLink(zone, 'SOA')),
        stateBadge(state),
        el(
          'span',
          { class: 'muted push' },
          checkedAt === undefined ? 'not checked yet' : ['checked ', timeCell(checkedAt)],
        ),
      ),
      facts(fact('Servers', nameText(servers.join(', ')))),
      advice.length === 0 ? undefined : adviceList(advice),
    ),
  );
}

function auditTable() {
  return dataTable<AuditEntry>(
    'Changes made while running',
    [
      { head: 'When', cell: ({ at }) => instant(at) },
      { head: 'By', cell: ({ client }) => nameText(client) },
      { head: 'What', cell: ({ action }) => action, isHead: true },
      { head: 'Zone', cell: ({ zone = '' }) => nameText(zone) },
      { head: 'Given', cell: ({ text }) => nameText(text) },
      {
        head: 'Outcome',
        cell: ({ ok, outcome }) => [badge(ok ? 'ok' : 'bad', ok ? 'done' : 'refused'), ` ${outcome}`],
      },
    ],
    empty('Nothing has been changed since kedge was started.'),
  );
}
