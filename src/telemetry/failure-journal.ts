// The latest answers that were bogus or not to be had: one entry for each name, type and cause, however often it is asked.
// What was recorded is kept as it is; words are made of it when somebody asks.
import { bogusReasons, failureOf, failureText, type Verdict } from '../dnssec/verdict.ts';
import { causeOfResolution, hintOf, placesOf } from '../explain/cause.ts';
import { fillPlaces } from '../explain/cause-row.ts';
import { type CauseCode, causeRow } from '../explain/causes.ts';
import { Rcode } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { Question } from '../wire/message.ts';
import type { DomainName } from '../wire/name.ts';

const MAX_ENTRIES = 500;

/** An answer as far as it tells why it failed. */
export interface FailedResolution {
  readonly rcode: number;
  readonly verdict: Verdict | undefined;
  readonly errors: readonly ExtendedError[];
}

export interface FailureEntry {
  /** Goes up with each time an entry was met: the newest entry has the greatest. */
  readonly seq: number;
  readonly question: Question;
  readonly kind: 'bogus' | 'failed';
  readonly cause: CauseCode;
  readonly resolution: FailedResolution;
  /** Unix seconds. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  readonly count: number;
}

/** An entry in words. */
export interface FailureWords {
  readonly ede: number | undefined;
  readonly text: string;
  readonly hint: string;
  readonly zone?: DomainName;
  readonly expected?: string;
  readonly found?: string;
  readonly server?: string;
}

/** Whether an answer belongs into the journal. */
export function isFailure({ rcode, verdict }: Pick<FailedResolution, 'rcode' | 'verdict'>): boolean {
  return rcode === Rcode.SERVFAIL || verdict?.status === 'bogus';
}

export class FailureJournal {
  /** The one met last is the last. */
  private readonly entries = new Map<string, FailureEntry>();
  private seq = 0;

  /** Takes a failure down. */
  note(question: Question, resolution: FailedResolution, nowSeconds: number): void {
    const isBogus = resolution.verdict?.status === 'bogus';
    const cause = causeOfResolution(resolution) ?? 'reply-unusable';
    const key = `${question.type}/${cause}/${question.name.key}`;
    const before = this.entries.get(key);
    // Not the answer with all its records.
    const { rcode, verdict, errors } = resolution;
    this.entries.delete(key);
    this.entries.set(key, {
      seq: ++this.seq,
      question,
      kind: isBogus ? 'bogus' : 'failed',
      cause,
      resolution: { rcode, verdict, errors },
      firstSeconds: before?.firstSeconds ?? nowSeconds,
      lastSeconds: nowSeconds,
      count: (before?.count ?? 0) + 1,
    });
    if (this.entries.size <= MAX_ENTRIES) return;
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      return;
    }
  }

  /** Those met before `before`, the newest first. */
  newestFirst(before = Number.POSITIVE_INFINITY): FailureEntry[] {
    return [...this.entries.values()].filter(({ seq }) => seq < before).reverse();
  }
}

/** Why it failed, and what can be done about it. */
export function failureWords({ question, cause, resolution }: FailureEntry): FailureWords {
  const { verdict, errors } = resolution;
  const { ede, text, hint } = causeRow(cause);
  if (verdict?.status !== 'bogus') {
    const about = errors.find(({ zone }) => zone !== undefined)?.zone ?? question.name;
    const places = placesOf({ status: 'indeterminate' }, about, question.type);
    const own = errors.find((error) => error.cause === cause)?.text ?? '';
    return { ede, text: own === '' ? text : own, hint: fillPlaces(hint, places) };
  }
  const link = failureOf(verdict);
  const words = { ede, hint: hintOf(verdict, question.name, question.type) };
  if (link === undefined) return { ...words, text: bogusReasons[verdict.reason].text };
  const { zone, expected, found, server } = link;
  return {
    ...words,
    text: failureText(link),
    zone,
    ...(expected !== '' && { expected }),
    ...(found !== '' && { found }),
    ...(server !== '' && { server }),
  };
}
