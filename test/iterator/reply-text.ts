// Replies and questions as text, for tables about what becomes of them.
import { DEFAULT_ITERATION_LIMITS } from '../../src/iterator/limits.ts';
import type { Asked } from '../../src/iterator/scrub.ts';
import { parseType, RRClass, typeText } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import type { Message, Question } from '../../src/wire/message.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import type { ResourceRecord, RRset } from '../../src/wire/record.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';

export interface ReplyText {
  /** Master-file text of a section; default empty. */
  readonly answer?: string;
  readonly authority?: string;
  readonly additional?: string;
  /** Default AA. */
  readonly flags?: number;
  readonly rcode?: number;
}

export function recordsOf(text = ''): readonly ResourceRecord[] {
  const { records, errors } = parseZoneText(text, { defaultTtl: 300 });
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));
  return records;
}

export function questionOf(text: string): Question {
  const [name = '.', type = 'A'] = text.split(' ');
  return { name: nameOf(name), type: parseType(type) ?? 0, class: RRClass.IN };
}

export function replyTo(question: string, { answer, authority, additional, flags, rcode = 0 }: ReplyText): Message {
  return {
    header: {
      id: 0,
      flags: HeaderFlag.QR | (flags ?? HeaderFlag.AA) | rcode,
      questionCount: 1,
      answerCount: 0,
      authorityCount: 0,
      additionalCount: 0,
    },
    question: questionOf(question),
    questionEnd: 0,
    answer: recordsOf(answer),
    authority: recordsOf(authority),
    additional: recordsOf(additional),
    edns: undefined,
    rcode,
  };
}

export function askedFor(question: string, zone: string, changes: Partial<Asked> = {}): Asked {
  const { name, type } = questionOf(question);
  return {
    name,
    type,
    zone: nameOf(zone),
    recursive: false,
    onRoute: () => true,
    mayAsk: () => true,
    limits: DEFAULT_ITERATION_LIMITS,
    random: new SeededRandom(1),
    ...changes,
  };
}

/** RRsets as `owner TYPE*records`, with ` signed` when they have signatures. */
export function setLines(sets: readonly RRset[]): string[] {
  return sets.map(({ name, type, rdatas, signatures }) => {
    const signed = signatures.length > 0 ? ` signed*${signatures.length}` : '';
    return `${nameText(name)} ${typeText(type)}*${rdatas.length}${signed}`;
  });
}
