// docs/causes.md, made from the table.
import { type CauseKind, type CauseRow, fillPlaces, GENERAL_PLACES } from './cause-row.ts';
import { type CauseCode, causeCodes, causeRow } from './causes.ts';
import { words } from './words.ts';

const kinds: readonly { readonly kind: CauseKind; readonly title: string; readonly text: string }[] = [
  {
    kind: 'bogus',
    title: 'Bogus: a proof that is due does not hold',
    text: 'The client gets SERVFAIL. With CD (`dig +cd`) it gets the data all the same, never with AD.',
  },
  {
    kind: 'failed',
    title: 'Failed: nobody gave a usable answer',
    text: 'The client gets SERVFAIL; DNSSEC has nothing to do with it.',
  },
  {
    kind: 'insecure',
    title: 'Insecure: an answer, and why it has no AD',
    text: 'The client gets the answer. Nothing needs mending, unless the zone was meant to be protected.',
  },
];

const sides: Readonly<Record<CauseRow['side'], string>> = {
  authoritative: 'the operator of the zone',
  parent: 'the parent zone, mostly through the registrar',
  configuration: 'the configuration of this resolver',
  clock: 'the clock of this machine',
  network: 'the network, or whoever runs the servers',
  nobody: 'nobody',
};

/** The whole page. */
export function causesPage(): string {
  const parts = [
    '# Causes',
    '',
    'What `kedge` says when an answer is refused, fails, or is not protected, and what can be done. The code stands in the',
    'log, in `kedge explain`, and as a label of the metrics `kedge_bogus_total` and `kedge_failed_total`; its sentence and its',
    'number go to the client as an Extended DNS Error (RFC 8914), which `dig` shows as `EDE`.',
    '',
    'In commands ZONE is the zone to mend, PARENT the zone above it, SERVER the address of a server.',
    '`kedge explain NAME TYPE` prints them filled in. What the words of DNSSEC mean is said at the [end](#words).',
    '',
    'This page is generated: `node scripts/generate-causes.mjs`.',
    '',
    '| code | EDE | who can mend it |',
    '| --- | --- | --- |',
    ...causeCodes.map(indexLine),
    '',
  ];
  for (const { kind, title, text } of kinds) {
    parts.push(`## ${title}`, '', text, '');
    for (const code of causeCodes) if (causeRow(code).kind === kind) parts.push(...section(code));
  }
  parts.push('## Words', '', '| word | meaning |', '| --- | --- |');
  parts.push(...words.map(({ word, meaning }) => `| ${word} | ${meaning} |`));
  return `${parts.join('\n').trimEnd()}\n`;
}

function indexLine(code: CauseCode): string {
  const { ede, side } = causeRow(code);
  return `| [${code}](#${code}) | ${ede ?? ''} | ${sides[side]} |`;
}

function section(code: CauseCode): string[] {
  const { text, explanation, remedies, ede } = causeRow(code);
  const lines = [`### ${code}`, '', `*${text}*${ede === undefined ? '' : ` (EDE ${ede})`}`, '', explanation, ''];
  for (const remedy of remedies) {
    const filled = fillPlaces(remedy.text, GENERAL_PLACES);
    if (remedy.lines.length === 0) {
      lines.push(`- ${filled}`);
      continue;
    }
    lines.push(`- ${filled}`, '');
    for (const { where, line } of remedy.lines) {
      lines.push(`  - ${fillPlaces(where, GENERAL_PLACES)}: \`${fillPlaces(line, GENERAL_PLACES)}\``);
    }
    lines.push('');
  }
  if (lines.at(-1) !== '') lines.push('');
  return lines;
}
