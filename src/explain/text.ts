// An explanation as text: a tree from the anchor down, the verdict, and for a failure what to do. Pure.
import {
  type ExplainedKey,
  type ExplainedLink,
  type ExplainedPart,
  type ExplainedSignature,
  type Explanation,
  withPrintableTexts,
} from './explanation.ts';
import { wordsIn } from './words.ts';

export interface TextOptions {
  /** With ANSI colours. */
  readonly color: boolean;
}

/** Lines for a terminal. Holds no control characters but those of colours. */
export function explanationText(given: Explanation, { color }: TextOptions): string {
  const paint = color ? painted : plain;
  const explanation = withPrintableTexts(given);
  const { question, parts } = explanation;
  const lines = [`${question.name} ${question.type}`, ''];
  const shown = new Set<string>();
  for (const part of parts) lines.push(...partLines(part, shown, paint), '');
  lines.push(...answerLines(explanation), verdictLine(explanation, paint), ...causeLines(explanation, paint));
  // Whoever has a name that fails may never have heard of them.
  if (explanation.cause !== null) lines.push(...wordLines(lines.join('\n'), paint));
  return `${lines.join('\n')}\n`;
}

function wordLines(text: string, paint: Paint): string[] {
  const met = wordsIn(text);
  if (met.length === 0) return [];
  const width = Math.max(...met.map(({ word }) => word.length));
  const indent = ' '.repeat(width + 4);
  const lines = met.flatMap(({ word, meaning }) => {
    const [first = '', ...others] = wrapped(meaning, indent);
    return [`  ${word.padEnd(width)}  ${first.trimStart()}`, ...others];
  });
  return ['', 'Words', ...lines].map((line) => (line === '' ? line : paint(line, 'dim')));
}

type Tone = 'good' | 'warn' | 'bad' | 'dim' | 'strong';
type Paint = (text: string, tone: Tone) => string;

const codes: Readonly<Record<Tone, string>> = { good: '32', warn: '33', bad: '1;31', dim: '2', strong: '1' };

const plain: Paint = (text) => text;
const painted: Paint = (text, tone) => `\x1b[${codes[tone]}m${text}\x1b[0m`;

const marks = {
  secure: { mark: '✓', tone: 'good' },
  insecure: { mark: '○', tone: 'warn' },
  broken: { mark: '✗', tone: 'bad' },
} as const satisfies Record<ExplainedLink['state'], { mark: string; tone: Tone }>;

function partLines(part: ExplainedPart, shown: Set<string>, paint: Paint): string[] {
  const { links } = part;
  if (links.length === 0) return [`${part.name} ${part.type}: ${noChain(part)}`];
  const lines: string[] = [];
  // What an earlier part has shown already is not shown again.
  const fresh = links.filter((link) => !shown.has(JSON.stringify(link)));
  const first = links.length - fresh.length;
  const last = links[first - 1];
  if (last !== undefined) lines.push(paint(`${last.zone} (as above)`, 'dim'));
  let depth = last === undefined ? -1 : 0;
  let above = last;
  for (const link of fresh) {
    shown.add(JSON.stringify(link));
    const isSameZone = isOfSameZone(link, above);
    if (!isSameZone) depth++;
    lines.push(...linkLines(link, depth, isSameZone, paint));
    above = link;
  }
  return lines;
}

function noChain({ what, status }: ExplainedPart): string {
  if (what === 'local') return 'answered from local data, which nobody signs';
  if (what === 'nothing') return 'nothing was obtained';
  return status === 'indeterminate' ? 'not validated: no trust anchor covers it' : 'not validated';
}

/** The keys of a zone stand below the DS or the anchor that leads to them, one level for each zone. */
function isOfSameZone({ kind, type, zone }: ExplainedLink, above: ExplainedLink | undefined): boolean {
  const isKeys = kind === 'dnskey' || (kind === 'failure' && type === 'DNSKEY');
  return isKeys && (above?.kind === 'ds' || above?.kind === 'anchor') && above.zone === zone;
}

function linkLines(link: ExplainedLink, depth: number, isSameZone: boolean, paint: Paint): string[] {
  const indent = depth === 0 ? '' : `${'   '.repeat(depth - 1)}${isSameZone ? '   ' : '└─ '}`;
  const rest = `${'   '.repeat(depth)}     `;
  const { mark, tone } = marks[link.state];
  const lines = [`${indent}${paint(mark, tone)} ${paint(titleOf(link), link.state === 'broken' ? 'bad' : 'strong')}`];
  for (const key of link.keys) lines.push(`${rest}${keyText(key, link.kind)}`);
  if (link.wildcard !== undefined) lines.push(`${rest}made from the wildcard ${link.wildcard}`);
  if (link.kind === 'denial') lines.push(`${rest}${proofText(link)}`);
  if (link.signature !== undefined) lines.push(`${rest}${signatureText(link.signature)}`);
  if (link.expected !== undefined && link.expected !== '') lines.push(`${rest}expected: ${link.expected}`);
  if (link.found !== undefined && link.found !== '') lines.push(`${rest}found:    ${link.found}`);
  const from = sourceText(link);
  if (from !== '') lines.push(paint(`${rest}${from}`, 'dim'));
  return lines;
}

function titleOf(link: ExplainedLink): string {
  const { zone, name = zone, type = '', why = '' } = link;
  switch (link.kind) {
    case 'anchor':
      return `${zone} trust anchor, ${why}`;
    case 'negative-anchor':
      return `${zone} negative trust anchor: ${why}`;
    case 'ds':
      return `${zone} DS`;
    case 'dnskey':
      return `${zone} DNSKEY`;
    case 'insecure-delegation':
      return `${zone} insecure: ${why}`;
    case 'rrset':
      return `${name} ${type}`;
    case 'denial':
      return `${name} ${type} does not exist`;
    case 'failure':
      return `${name} ${type}: ${why}`;
  }
}

function keyText({ tag, algorithmName, flags, digestName, isEntryPoint }: ExplainedKey, kind: string): string {
  if (kind === 'ds') return `names key ${tag} ${algorithmName}, ${digestName ?? ''}`;
  const role = flags === undefined ? '' : (flags & 1) !== 0 ? ', key-signing' : ', zone-signing';
  return `key ${tag} ${algorithmName}${role}${isEntryPoint === true ? ', vouched for from above' : ''}`;
}

function proofText({ proof = '', optOut }: ExplainedLink): string {
  return `proof: ${proof}${optOut === true ? ', in an opt-out span' : ''}`;
}

function signatureText(signature: ExplainedSignature): string {
  const { signer, keyTag, algorithmName } = signature;
  const from = signature.inception.slice(0, 10);
  const to = signature.expiration.slice(0, 10);
  return `signed by ${signer} key ${keyTag} ${algorithmName}, ${from} to ${to}, ${lifeText(signature)}`;
}

/** `valid 6 days more`, `expired 3 hours ago`, `begins in 7 days`. */
export function lifeText({ secondsLeft, secondsUntilInception }: ExplainedSignature): string {
  if (secondsUntilInception > 0) return `begins in ${durationText(secondsUntilInception)}`;
  return secondsLeft < 0 ? `expired ${durationText(-secondsLeft)} ago` : `valid ${durationText(secondsLeft)} more`;
}

const units = [
  { word: 'day', seconds: 86_400 },
  { word: 'hour', seconds: 3_600 },
  { word: 'minute', seconds: 60 },
] as const;

function durationText(seconds: number): string {
  for (const { word, seconds: unit } of units) {
    const count = Math.floor(seconds / unit);
    if (count >= 1) return `${count} ${word}${count === 1 ? '' : 's'}`;
  }
  return `${seconds} second${seconds === 1 ? '' : 's'}`;
}

function sourceText({ server, ms, at }: ExplainedLink): string {
  const parts = [
    server === undefined ? '' : server === 'cache' ? 'from the cache' : `from ${server}`,
    ms === undefined ? '' : `${ms.toFixed(1)} ms`,
    at === undefined ? '' : `at ${at}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function answerLines({ answer }: Explanation): string[] {
  return answer.length === 0 ? [] : ['Answer', ...answer.map((line) => `  ${line}`), ''];
}

const verdicts = {
  secure: { text: 'proved by the chain of trust', tone: 'good' },
  insecure: { text: 'not protected by DNSSEC', tone: 'warn' },
  indeterminate: { text: 'not judged', tone: 'warn' },
  bogus: { text: 'refused, because a proof that is due does not hold', tone: 'bad' },
  failed: { text: 'no usable answer was to be had', tone: 'bad' },
} as const;

function verdictLine({ status, rcode, authentic, elapsedMs, source }: Explanation, paint: Paint): string {
  const { text, tone } = verdicts[status];
  const given = status === 'bogus' ? 'SERVFAIL' : rcode;
  const where = source === 'running' ? 'as the running resolver holds it' : `${elapsedMs.toFixed(0)} ms`;
  return `Verdict: ${paint(status.toUpperCase(), tone)}, ${text} (${given}${authentic ? ', AD' : ''}; ${where})`;
}

function causeLines({ cause, errors, status, attempts }: Explanation, paint: Paint): string[] {
  const lines: string[] = [];
  if (status === 'failed') {
    for (const { code, text } of errors) lines.push(`  EDE ${code}: ${text}`);
    for (const { server, name, type, outcome } of attempts.slice(-6)) {
      lines.push(paint(`  ${server} asked for ${name} ${type}: ${outcome}`, 'dim'));
    }
  }
  if (cause === null) return lines;
  lines.push(`Cause:   ${paint(cause.code, 'strong')}: ${cause.text}`, ...wrapped(cause.explanation, '  '));
  if (cause.remedies.length === 0) return lines;
  lines.push('', `Remedy${cause.remedies.length === 1 ? '' : ', one of these'} (${sideText(cause.side)})`);
  for (const { text, lines: commands } of cause.remedies) {
    const [first = '', ...others] = wrapped(text, '    ');
    lines.push(`  * ${first.trimStart()}`, ...others);
    for (const { where, line } of commands) lines.push(`      ${`${where}:`.padEnd(30)} ${line}`);
  }
  return lines;
}

function sideText(side: string): string {
  switch (side) {
    case 'authoritative':
      return 'at the server of the zone';
    case 'parent':
      return 'at the parent zone, mostly through the registrar';
    case 'configuration':
      return 'in the configuration of this resolver';
    case 'clock':
      return 'at the clock of this machine';
    case 'network':
      return 'in the network, or at the servers';
    default:
      return 'nobody has to do anything';
  }
}

const WIDTH = 100;

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > WIDTH && line !== indent) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
