/** Where kedge answers otherwise than pdns_recursor 4.8; docs/compatibility.md says why, under the same words. */
import type { ValidationMode } from '../support/resolver.ts';
import type { Aspect, ComparedReply } from './comparison.ts';
import type { Flags } from './questions.ts';

/** One compared thing of one reply. */
export interface Cell {
  question: string;
  mode: ValidationMode;
  flags: Flags;
  aspect: Aspect;
  ours: ComparedReply;
  theirs: ComparedReply;
}

export interface Difference {
  /** The words of the row in docs/compatibility.md. */
  what: string;
  /** Which questions, as 'name type'. */
  questions: RegExp;
  /** All where absent. */
  modes?: readonly ValidationMode[];
  flags?: readonly Flags[];
  aspects: readonly Aspect[];
  /** What must be true of the two replies for the difference to be this one. */
  holds?(ours: ComparedReply, theirs: ComparedReply): boolean;
}

export function explains(difference: Difference, cell: Cell): boolean {
  return (
    difference.questions.test(cell.question) &&
    difference.aspects.includes(cell.aspect) &&
    difference.modes?.includes(cell.mode) !== false &&
    difference.flags?.includes(cell.flags) !== false &&
    difference.holds?.(cell.ours, cell.theirs) !== false
  );
}

const isEmpty = ({ rcode, answer, authority }: ComparedReply): boolean =>
  rcode === 'NOERROR' && answer.length === 0 && authority.length === 0;
const has = (flag: string, { flags }: ComparedReply): boolean => flags.split(' ').includes(flag);
const withoutFlag = (flag: string, { flags }: ComparedReply): string =>
  flags
    .split(' ')
    .filter((other) => other !== flag)
    .join(' ');
const WITHOUT_RD: readonly Flags[] = ['no RD'];
const LOCAL = /(^|\.)localhost |in-addr\.arpa |hosts\.lab /;

export const DIFFERENCES: readonly Difference[] = [
  {
    what: 'RRSIG as the type asked for',
    questions: / RRSIG$/,
    aspects: ['rcode', 'answer'],
    holds: (_, theirs) => theirs.rcode === 'SERVFAIL',
  },
  {
    what: 'ANY',
    questions: / ANY$/,
    aspects: ['answer', 'rcode'],
    holds: (ours, theirs) => ours.answer.every((record) => theirs.answer.includes(record)),
  },
  {
    what: 'RD=0 where the cache has no answer',
    questions: /./,
    flags: WITHOUT_RD,
    aspects: ['rcode', 'authority'],
    holds: (ours, theirs) => isEmpty(theirs) && ['REFUSED', 'SERVFAIL', 'NXDOMAIN'].includes(ours.rcode),
  },
  {
    what: 'RD=0 and zone files',
    questions: /static/,
    flags: WITHOUT_RD,
    aspects: ['answer', 'rcode', 'authority'],
    // Theirs is a part of ours; of the DS, which the parent has, theirs is the zone file's denial.
    holds: (ours, theirs) => theirs.answer.every((record) => ours.answer.includes(record)),
  },
  {
    what: 'AD on an alias into a zone file',
    questions: /^to-static\.secure\.lab /,
    aspects: ['flags'],
    holds: (ours, theirs) => withoutFlag('ad', theirs) === ours.flags,
  },
  {
    what: 'Empty non-terminals of zone files',
    questions: /^deep\.static\.lab /,
    aspects: ['rcode'],
    holds: (ours, theirs) => ours.rcode === 'NOERROR' && theirs.rcode === 'NXDOMAIN',
  },
  {
    what: 'Extended errors beside data',
    questions: /./,
    aspects: ['extendedErrors'],
    holds: (ours) => ours.rcode !== 'SERVFAIL' && ours.extendedErrors.length === 0,
  },
  {
    what: 'AD on denials of a signed zone without a DS',
    questions: /\.(signed|unknownalgorithm)\.lab /,
    modes: ['log-fail', 'validate'],
    aspects: ['flags'],
    holds: (ours, theirs) => withoutFlag('ad', theirs) === ours.flags && ours.answer.length === 0,
  },
  {
    what: 'AD on what was cached without validation',
    questions: /^(back\.unsigned\.secure|any\.wild\.optout)\.lab /,
    modes: ['process'],
    aspects: ['flags'],
    holds: (ours, theirs) => withoutFlag('ad', theirs) === ours.flags,
  },
  {
    what: 'AD on what was cached without validation',
    questions: /^any\.wild\.nodenial\.lab /,
    modes: ['process'],
    aspects: ['rcode', 'flags', 'answer'],
    holds: (ours, theirs) => has('ad', theirs) && !has('ad', ours),
  },
  {
    what: 'A denial without a proof',
    questions: /^missing\.nodenial\.lab /,
    modes: ['log-fail', 'validate'],
    aspects: ['rcode', 'authority'],
    holds: (ours, theirs) => theirs.rcode === 'SERVFAIL' || ours.rcode === 'NXDOMAIN',
  },
  {
    what: 'AA on local answers',
    questions: LOCAL,
    aspects: ['flags'],
    holds: (ours, theirs) => withoutFlag('aa', ours) === theirs.flags,
  },
  { what: 'SOA of local zones', questions: LOCAL, aspects: ['authority', 'answer'], holds: onlySoaDiffers },
  { what: 'hostname.bind', questions: /^hostname\.bind CH /, aspects: ['rcode', 'answer'] },
  {
    what: 'Other names of class CH',
    questions: /^www\.secure\.lab CH /,
    aspects: ['rcode'],
    holds: (ours, theirs) => ours.rcode === 'REFUSED' && theirs.rcode === 'SERVFAIL',
  },
];

/** Whether the two are alike but for SOA records. */
function onlySoaDiffers(ours: ComparedReply, theirs: ComparedReply): boolean {
  const others = (records: readonly string[]): string => records.filter((text) => !text.includes(' in soa ')).join();
  return others(ours.answer) === others(theirs.answer) && others(ours.authority) === others(theirs.authority);
}
