// What came of a look-up: the verdict in words, the cause and what to do, the drawing and the list.
import { type ChainUnit, chainColumns, isBroken } from '../../../explain/chain-units.ts';
import type { ExplainedAttempt, ExplainedCause, Explanation } from '../../../explain/explanation.ts';
import { change } from '../api-key.ts';
import { el, replace } from '../dom.ts';
import { msText, plural } from '../format.ts';
import { icon, type Tone } from '../icons.ts';
import { type LookUp, lookUpQuery } from '../locations.ts';
import { copyButton, copyLine, empty, instant, nameText, note, refusal, section } from '../parts.ts';
import { dataTable } from '../table.ts';
import { chainDrawing } from './chain-drawing.ts';
import { chainList } from './chain-list.ts';
import { scrollInside, walkThrough } from './chain-walk.ts';

const verdicts = {
  secure: { tone: 'ok', word: 'Secure', text: 'Every link from the trust anchor to the answer is proved.' },
  insecure: { tone: 'open', word: 'Insecure', text: 'Answered, but DNSSEC does not protect it.' },
  indeterminate: {
    tone: 'unknown',
    word: 'Indeterminate',
    text: 'Answered, but not judged: no trust anchor covers it.',
  },
  bogus: { tone: 'bad', word: 'Bogus', text: 'Refused: a proof that is due does not hold. Clients get SERVFAIL.' },
  failed: { tone: 'bad', word: 'Failed', text: 'No usable answer was to be had. Clients get SERVFAIL.' },
} as const satisfies Record<Explanation['status'], { tone: Tone; word: string; text: string }>;

const sides = new Map([
  ['authoritative', 'To be mended at the servers of the zone.'],
  ['parent', 'To be mended in the parent zone, mostly through the registrar.'],
  ['configuration', 'To be mended in the configuration of this resolver.'],
  ['clock', 'To be mended at the clock of this machine.'],
  ['network', 'To be mended in the network, or at the servers.'],
]);

export interface ChainResult {
  readonly root: HTMLElement;
  /** To be called once it is on the page: brings the broken link into the view of the drawing. */
  settle(): void;
}

/** `width`: pixels that the drawing may take. */
export function chainResult(explanation: Explanation, lookUp: LookUp, width: number): ChainResult {
  const columns = chainColumns(explanation);
  const list = chainList(columns);
  const drawing = chainDrawing(explanation, width);
  const walk = walkThrough(list.steps, drawing.boxes, drawing.root);
  const broken = columns.flatMap(({ units }) => units).find(isBroken);
  const { cause, answer, attempts } = explanation;
  const root = el(
    'div',
    { class: 'stack' },
    banner(explanation, broken, () => walk.focus(broken?.id)),
    el(
      'div',
      { class: cause === null ? 'chain' : 'chain has-cause' },
      cause === null ? undefined : el('div', { class: 'chain-cause' }, causeCard(cause)),
      el('section', { class: 'card chain-drawing' }, el('h2', {}, 'Chain of trust'), drawing.root),
      el(
        'section',
        { class: 'card chain-links' },
        el('h2', {}, 'Link by link'),
        el(
          'p',
          { class: 'muted keys-hint' },
          'Arrow keys move through the links and mark them in the drawing; Enter goes there and back.',
        ),
        list.root,
      ),
    ),
    section(
      'Answer',
      answer.length === 0
        ? empty('There is no record in the answer.')
        : el('pre', { tabindex: 0, 'aria-label': 'Records of the answer' }, answer.join('\n')),
    ),
    attempts.length === 0 ? undefined : attemptsCard(attempts),
    actions(lookUp),
  );
  const settle = (): void => {
    if (broken !== undefined) scrollInside(drawing.root, drawing.boxes.get(broken.id), true);
  };
  return { root, settle };
}

function banner(explanation: Explanation, broken: ChainUnit | undefined, goToBroken: () => void): HTMLElement {
  const { status, rcode, authentic, question, at, source, elapsedMs } = explanation;
  const { tone, word, text } = verdicts[status];
  const code = status === 'bogus' ? 'SERVFAIL' : rcode;
  const origin = source === 'running' ? 'as the running resolver holds it' : `resolved aside in ${msText(elapsedMs)}`;
  return el(
    'section',
    { class: `verdict verdict-${status}`, 'aria-labelledby': 'verdict' },
    el('span', { class: 'verdict-mark' }, icon(tone)),
    el(
      'div',
      {},
      el('h2', { id: 'verdict' }, word, ': ', nameText(`${question.name} ${question.type}`)),
      el('p', {}, text),
      broken === undefined
        ? undefined
        : el(
            'p',
            { class: 'broken-line' },
            el('strong', {}, 'BROKEN: '),
            nameText(broken.name),
            `, ${broken.words}. `,
            el('button', { type: 'button', click: goToBroken }, 'Show the broken link'),
          ),
      el(
        'p',
        { class: 'muted' },
        `${code}${authentic ? ', with AD' : ', without AD'}; ${origin}; judged as of `,
        instant(at),
      ),
    ),
  );
}

function causeCard({ code, text, explanation, side, remedies }: ExplainedCause): HTMLElement {
  const where = sides.get(side);
  return section(
    'Why, and what to do',
    el('p', {}, el('strong', {}, code), `: ${text}`),
    el('p', {}, explanation),
    where === undefined ? undefined : el('p', { class: 'muted' }, where),
    remedies.length === 0 ? undefined : remedyList(remedies),
  );
}

/** The first one in full; the others fold out. */
function remedyList(remedies: ExplainedCause['remedies']): HTMLElement {
  return el(
    'ul',
    { class: 'remedies plain' },
    ...remedies.map(({ text, lines }, index) =>
      el(
        'li',
        {},
        el(
          'details',
          { class: 'remedy', open: index === 0 },
          el('summary', {}, text),
          ...lines.map(({ where, line }) => copyLine(where, line)),
        ),
      ),
    ),
  );
}

function attemptsCard(attempts: readonly ExplainedAttempt[]): HTMLElement {
  const table = dataTable<ExplainedAttempt>(
    'Queries that were sent',
    [
      { head: 'Server', cell: ({ server }) => nameText(server), isHead: true },
      { head: 'Asked for', cell: ({ name, type }) => nameText(`${name} ${type}`) },
      { head: 'Over', cell: ({ transport }) => transport },
      { head: 'Outcome', cell: ({ outcome }) => outcome },
      { head: 'Took', cell: ({ ms }) => (ms === undefined ? '' : msText(ms)), isNumber: true },
    ],
    '',
  );
  table.show(attempts);
  return el(
    'details',
    { class: 'card fold' },
    el(
      'summary',
      {},
      `Queries that were sent for it: ${plural(attempts.length, 'query').replace('querys', 'queries')}`,
    ),
    table.root,
  );
}

function actions(lookUp: LookUp): HTMLElement {
  const query = lookUpQuery(lookUp);
  const permalink = `${location.origin}/chain?${query}`;
  const link = el('a', { href: `/chain?${query}`, class: 'name' }, permalink);
  const outcome = el('div', {});
  const forget = el('button', { type: 'button' }, 'Forget it in the cache');
  forget.addEventListener('click', async () => {
    const domain = encodeURIComponent(lookUp.name.endsWith('.') ? lookUp.name : `${lookUp.name}.`);
    const reply = await change('PUT', `/api/v1/servers/localhost/cache/flush?domain=${domain}&subtree=false`);
    if (reply === undefined) return;
    replace(outcome, reply.ok ? note('ok', 'Forgotten: the next look-up asks the servers.') : refusal(reply));
  });
  return section(
    'Keep it, or try again',
    el('p', { class: 'code-row' }, link, copyButton(permalink, link, 'Copy the address of this look-up')),
    el(
      'div',
      { class: 'buttons' },
      el(
        'a',
        { class: 'button', href: `/api/kedge/explain.svg?${query}&download=1`, download: true },
        'Download the drawing (SVG)',
      ),
      el('a', { class: 'button', href: `/api/kedge/explain?${query}` }, 'As data (JSON)'),
      forget,
    ),
    outcome,
  );
}
