// An explanation as a drawing in a file: zones as boxes from the anchor down, the links between them as arrows. A broken
// link is red, dashed, crossed out and says so. Self-contained, without script and without anything from elsewhere.
import { layOut } from './drawing.ts';
import { fitText, type Role, type Shape, type State } from './drawing-shapes.ts';
import type { Explanation } from './explanation.ts';

const MARGIN = 24;
const HEAD_HEIGHT = 76;
const FOOT_LINE_HEIGHT = 18;
/** Parts beside each other; the next ones stand below. */
const MAX_COLUMNS = 3;
/** Of the text below the drawing, pixels. */
const CHARACTER_WIDTH = 7.3;

/** The drawing of all parts, with the verdict above and the cause below. */
export function explanationSvg(explanation: Explanation): string {
  const { question, status, rcode, at } = explanation;
  const drawing = layOut(explanation, MAX_COLUMNS);
  const width = drawing.width + 2 * MARGIN;
  const footTop = HEAD_HEIGHT + drawing.height + 40;
  const foot = footLines(explanation, Math.floor(drawing.width / CHARACTER_WIDTH));
  const height = footTop + foot.length * FOOT_LINE_HEIGHT + MARGIN - 20;
  const title = `${question.name} ${question.type}`;
  const given = `${status.toUpperCase()} (${status === 'bogus' ? 'SERVFAIL' : rcode}) at ${at}`;
  const shapes = [...drawing.shapes, ...drawing.units.flatMap((unit) => unit.shapes)];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(`Chain of trust of ${title}: ${status}`)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    textElement(MARGIN, 36, fitText(title, Math.floor(drawing.width / 9.3)), 'head neutral'),
    textElement(MARGIN, 58, given, `status ${status}`),
    `<g transform="translate(${MARGIN} ${HEAD_HEIGHT})">`,
    ...shapes.map(shapeElement),
    '</g>',
    ...foot.map(({ text, style }, index) => textElement(MARGIN, footTop + index * FOOT_LINE_HEIGHT, text, style)),
    '</svg>',
    '',
  ].join('\n');
}

const STYLE = [
  'text{font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12px}',
  'text.neutral{fill:#1b2330}',
  'text.small,text.label{font-size:10.5px}',
  'text.small.neutral{fill:#4d5866}',
  '.head{font-size:15px;font-weight:bold}',
  '.status,.title,.heading,.line,.strong{font-weight:bold}',
  'text.secure{fill:#176b31}',
  'text.insecure,text.indeterminate{fill:#7d5200}',
  'text.broken,text.bogus,text.failed{fill:#b3001e;font-weight:bold}',
].join('');

const colors: Readonly<Record<State, { readonly line: string; readonly fill: string }>> = {
  secure: { line: '#1a7f37', fill: '#f2faf4' },
  insecure: { line: '#8a5a00', fill: '#fdf7ea' },
  broken: { line: '#b3001e', fill: '#fdeef0' },
  neutral: { line: '#8a96a5', fill: '#ffffff' },
};

/** Line widths; a broken link is thicker than anything else. */
const widths: Readonly<Partial<Record<Role, number>>> = { panel: 2, chip: 1.5, edge: 2, mark: 2.5, cross: 4 };

function shapeElement(shape: Shape): string {
  const { role, state } = shape;
  const { line, fill } = colors[state];
  if (shape.kind === 'text') return textElement(shape.x, shape.y, shape.text, `${role} ${state}`, shape.align);
  const isBroken = state === 'broken' && (role === 'panel' || role === 'edge');
  const width = (widths[role] ?? 0) + (isBroken ? 1.5 : 0);
  const stroke = width === 0 ? '' : ` stroke="${line}" stroke-width="${width}"${dashes(role, state)}`;
  if (shape.kind === 'path') {
    return `<path d="${shape.path}" fill="${role === 'arrowhead' ? line : 'none'}"${stroke}/>`;
  }
  const { box, radius } = shape;
  const inside = role === 'panel' ? fill : '#ffffff';
  return `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="${radius}" fill="${inside}"${stroke}/>`;
}

function dashes(role: Role, state: State): string {
  if (role !== 'panel' && role !== 'edge') return '';
  if (state === 'broken') return ' stroke-dasharray="8 4"';
  return state === 'insecure' ? ' stroke-dasharray="2 3"' : '';
}

interface FootLine {
  readonly text: string;
  readonly style: string;
}

function footLines({ cause, status }: Explanation, characters: number): FootLine[] {
  if (cause === null) return [];
  const style = status === 'bogus' || status === 'failed' ? status : 'neutral strong';
  const lines = wrapped(`Cause: ${cause.code}: ${cause.text}`, characters).map((text) => ({ text, style }));
  if (cause.hint === '') return lines;
  return [...lines, ...wrapped(`Remedy: ${cause.hint}`, characters).map((text) => ({ text, style: 'neutral' }))];
}

function wrapped(text: string, characters: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > characters) {
      lines.push(line);
      line = fitText(word, characters);
    } else {
      line = line === '' ? fitText(word, characters) : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function textElement(x: number, y: number, content: string, style: string, align?: 'middle' | 'end'): string {
  const anchor = align === undefined ? '' : ` text-anchor="${align}"`;
  return `<text x="${x}" y="${y}" class="${style}"${anchor}>${escaped(content)}</text>`;
}

/** Text as XML content; what no XML may hold is replaced. */
function escaped(content: string): string {
  return content
    .replace(/[^\x20-\x7e]/g, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
