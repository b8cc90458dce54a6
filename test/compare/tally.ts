// Where resolvers disagree, and who is alone.
import { typeText } from '../../src/wire/constants.ts';
import { nameText } from '../../src/wire/name-text.ts';
import type { Asked, Reply } from './asker.ts';

export interface Disagreement {
  readonly internet: number;
  readonly asked: Asked;
  readonly checkingDisabled: boolean;
  /** By resolver. */
  readonly replies: ReadonlyMap<string, Reply>;
  /** Those against whom at least three others agree. */
  readonly alone: readonly string[];
}

const silent: ReadonlySet<string> = new Set(['TIMEOUT', 'ENDED']);
/** So many others must agree for one to be alone. */
const MAJORITY = 3;

export class Tally {
  readonly disagreements: Disagreement[] = [];
  /** Replies compared of each resolver, and how often it said what three others that agree do not. */
  readonly counts = new Map<string, { asked: number; alone: number; silent: number }>();

  add(internet: number, asked: Asked, checkingDisabled: boolean, replies: ReadonlyMap<string, Reply>): void {
    const forms = new Map([...replies].map(([label, reply]) => [label, comparedForm(reply, checkingDisabled)]));
    const isSilent = (label: string) => silent.has(replies.get(label)?.status ?? '');
    const alone = [...forms.keys()].filter((label) => !isSilent(label) && isAlone(label, forms));
    for (const label of replies.keys()) {
      const count = this.counts.get(label) ?? { asked: 0, alone: 0, silent: 0 };
      count.asked++;
      if (alone.includes(label)) count.alone++;
      if (isSilent(label)) count.silent++;
      this.counts.set(label, count);
    }
    if (new Set(forms.values()).size === 1) return;
    this.disagreements.push({ internet, asked, checkingDisabled, replies, alone });
  }

  summary(): string[] {
    const lines = [...this.counts].map(([label, { asked, alone, silent }]) => {
      const share = ((100 * alone) / Math.max(1, asked)).toFixed(3);
      return `  ${label.padEnd(10)} alone ${String(alone).padStart(6)} of ${asked} (${share} %), no reply ${silent}`;
    });
    return ['alone against three that agree:', ...lines];
  }
}

/** What is compared. With CD, AD tells what happened to be in the cache, and is left out. */
function comparedForm({ status, authentic, answer }: Reply, checkingDisabled: boolean): string {
  return [status, authentic && !checkingDisabled ? 'ad' : '', ...answer].join('\n');
}

function isAlone(label: string, forms: ReadonlyMap<string, string>): boolean {
  const own = forms.get(label);
  const others = new Map<string, number>();
  for (const [other, form] of forms) {
    if (other !== label && form !== own) others.set(form, (others.get(form) ?? 0) + 1);
  }
  return [...others.values()].some((count) => count >= MAJORITY);
}

/** A disagreement in lines: how to ask again, then each group of resolvers that said the same. */
export function disagreementLines(disagreement: Disagreement, zone: string): string[] {
  const { asked, checkingDisabled, replies, internet } = disagreement;
  const groups = new Map<string, string[]>();
  for (const [label, reply] of replies) {
    const form = comparedForm(reply, checkingDisabled);
    groups.set(form, [...(groups.get(form) ?? []), label]);
  }
  const question = `${quoted(nameText(asked.name))} ${typeText(asked.type)}`;
  return [
    `internet ${internet}: dig +dnssec${checkingDisabled ? ' +cd' : ''} ${question}   # ${zone}`,
    `  again: npm run compare -- --only ${internet} --ask ${quoted(`${nameText(asked.name)} ${typeText(asked.type)}`)}`,
    ...[...groups].map(([form, labels]) => {
      const [status = '', authentic = '', ...answer] = form.split('\n');
      const errors = labels.flatMap((label) => replies.get(label)?.errors.map((text) => `${label}: ${text}`) ?? []);
      const shown = answer.length === 0 ? 'no records' : answer.join(' | ');
      const reasons = errors.length === 0 ? '' : `  {${errors.join('; ')}}`;
      return `  ${labels.join(', ')}: ${[status, authentic].join(' ').trim()}, ${shown}${reasons}`;
    }),
  ];
}

function quoted(text: string): string {
  return /^[\w.*-]+$/.test(text) && !text.includes('*') ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
