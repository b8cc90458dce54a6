// The chain of trust as a list, zone by zone: what the drawing shows, with every detail.
import { type ChainColumn, type ChainUnit, isBroken } from '../../../explain/chain-units.ts';
import type { ExplainedKey, ExplainedLink, ExplainedSignature } from '../../../explain/explanation.ts';
import { lifeText } from '../../../explain/text.ts';
import { type Child, el } from '../dom.ts';
import { msText, timeText } from '../format.ts';
import { stateBadge } from '../icons.ts';
import { fact, facts, nameText } from '../parts.ts';

export interface ChainList {
  readonly root: HTMLElement;
  /** The entries by the id of their unit, in order. */
  readonly steps: ReadonlyMap<string, HTMLElement>;
}

export function chainList(columns: readonly ChainColumn[]): ChainList {
  const steps = new Map<string, HTMLElement>();
  const parts = columns.map(({ part, units }, index) => {
    const items = units.map((unit) => {
      const step = stepElement(unit);
      steps.set(unit.id, step);
      return step;
    });
    const number = columns.length > 1 ? `${index + 1}. ` : '';
    const about = part.target === undefined ? part.type : `${part.type}, an alias of ${part.target}`;
    return el(
      'section',
      {},
      el('h3', { class: 'part-head' }, number, nameText(part.name), ` ${about}`),
      el('ol', { class: 'steps' }, ...items),
    );
  });
  return { root: el('div', { class: 'chain-list' }, ...parts), steps };
}

function stepElement(unit: ChainUnit): HTMLElement {
  const { state, name, words, link } = unit;
  return el(
    'li',
    { class: `step step-${state}`, tabindex: -1, 'data-unit': unit.id },
    el(
      'div',
      { class: 'card-head' },
      el('span', { class: 'step-name' }, name === '.' ? '. (the root)' : name),
      isBroken(unit) ? stateBadge('broken') : stateBadge(state === 'broken' ? 'failed' : state),
    ),
    el('p', { class: 'step-words' }, words),
    facts(
      ...sourceFacts(unit),
      ...keyFacts(unit.dnskey),
      ...(unit.zones === undefined ? [] : [fact('Zones', nameText(unit.zones.join(' › ')))]),
      ...(link === undefined ? [] : leafFacts(link)),
    ),
  );
}

function sourceFacts({ anchor, ds }: ChainUnit): HTMLElement[] {
  if (anchor !== undefined) return [fact('Trust anchor', anchor.why ?? '')];
  if (ds === undefined) return [];
  return [
    fact(
      'DS',
      lines(ds.keys.map(({ tag, algorithmName, digestName = '' }) => `${tag} ${algorithmName}, ${digestName}`)),
    ),
    ...(ds.signature === undefined ? [] : [fact('DS signed', signatureLines(ds.signature))]),
    ...serverFact(ds, 'DS from'),
  ];
}

function keyFacts(dnskey: ExplainedLink | undefined): HTMLElement[] {
  if (dnskey === undefined) return [];
  return [
    fact('Keys', lines(dnskey.keys.map(keyText))),
    ...(dnskey.signature === undefined ? [] : [fact('Keys signed', signatureLines(dnskey.signature))]),
    ...serverFact(dnskey, 'Keys from'),
  ];
}

function keyText({ tag, algorithmName, flags, isEntryPoint }: ExplainedKey): string {
  const use = flags === undefined ? '' : (flags & 1) === 1 ? ', key-signing' : ', zone-signing';
  return `${tag} ${algorithmName}${use}${isEntryPoint === true ? ', vouched for from above' : ''}`;
}

function leafFacts(link: ExplainedLink): HTMLElement[] {
  const { why, expected, found, proof, optOut, wildcard, signature, at } = link;
  const isFailure = link.kind === 'failure';
  const rows: readonly (readonly [string, Child])[] = [
    ['Why', isFailure ? undefined : why],
    ['Expected', expected],
    ['Found', found],
    ['Proof', proof === undefined ? undefined : `${proof}${optOut === true ? ', in an opt-out span' : ''}`],
    ['Made from', wildcard],
    [isFailure ? 'Signature' : 'Signed', signature === undefined ? undefined : signatureLines(signature)],
    ['Found at', at === undefined ? undefined : `${timeText(at)} UTC`],
  ];
  return [
    ...rows.filter(([, value]) => value !== undefined && value !== '').map(([term, value]) => fact(term, value)),
    ...serverFact(link, 'From'),
  ];
}

function signatureLines({
  signer,
  keyTag,
  algorithmName,
  inception,
  expiration,
  ...life
}: ExplainedSignature): HTMLElement {
  return lines([
    `by ${signer} key ${keyTag} ${algorithmName}`,
    `${timeText(inception)} to ${timeText(expiration)} UTC`,
    lifeText({ signer, keyTag, algorithmName, inception, expiration, ...life }),
  ]);
}

function serverFact({ server, ms }: ExplainedLink, term: string): HTMLElement[] {
  if (server === undefined) return [];
  const from = server === 'cache' ? 'the cache' : server;
  return [fact(term, nameText(from), ms === undefined ? '' : `, ${msText(ms)}`)];
}

function lines(texts: readonly string[]): HTMLElement {
  return el('ul', { class: 'plain' }, ...texts.map((text) => el('li', {}, text)));
}
