// An explanation as a drawing: zones as boxes from the anchor down, the links between them as arrows. A broken link is
// red, dashed, crossed out and says so. One self-contained file, without script and without anything from elsewhere.
import type { ExplainedLink, ExplainedPart, Explanation } from './explanation.ts';
import { lifeText } from './text.ts';

const WIDTH = 640;
const BOX_WIDTH = 560;
const LINE_HEIGHT = 18;
const PADDING = 12;
const GAP = 44;
const LEFT = (WIDTH - BOX_WIDTH) / 2;
/** Characters of one line that fit into a box. */
const MAX_CHARACTERS = 74;

interface Box {
  readonly state: ExplainedLink['state'];
  readonly title: string;
  readonly lines: readonly string[];
  /** On the arrow that leads here. */
  readonly arrow: string;
}

/** The drawing of all chains, one below the other. */
export function explanationSvg(explanation: Explanation): string {
  const { question, status, rcode, cause } = explanation;
  const drawn: string[] = [];
  let y = 70;
  for (const part of explanation.parts) {
    drawn.push(text(LEFT, y, `${part.name} ${part.type} (${part.status})`, 'part'));
    y += 14;
    const boxes = boxesOf(part);
    boxes.forEach((box, index) => {
      if (index > 0) {
        drawn.push(arrow(y, box));
        y += GAP;
      }
      const height = 2 * PADDING + LINE_HEIGHT * (1 + box.lines.length);
      drawn.push(drawBox(box, y, height));
      y += height;
    });
    y += 34;
  }
  if (cause !== null) {
    drawn.push(text(LEFT, y, `Cause: ${cause.code}: ${cause.text}`, 'part'));
    y += LINE_HEIGHT;
    if (cause.hint !== '') drawn.push(text(LEFT, y, `Remedy: ${cause.hint}`, 'line'));
    y += LINE_HEIGHT;
  }
  const title = `${question.name} ${question.type}`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 10}" viewBox="0 0 ${WIDTH} ${y + 10}" role="img">`,
    `<title>${escaped(`Chain of trust of ${title}: ${status}`)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect width="${WIDTH}" height="${y + 10}" fill="#ffffff"/>`,
    text(LEFT, 30, shortened(title), 'head'),
    text(LEFT, 50, `${status.toUpperCase()} (${status === 'bogus' ? 'SERVFAIL' : rcode}) at ${explanation.at}`, status),
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

const STYLE = [
  'text{font:13px monospace;fill:#1a1a1a}',
  '.head{font-size:18px;font-weight:bold}',
  '.part{font-weight:bold}',
  '.title{font-weight:bold}',
  '.secure{fill:#14691f}',
  '.insecure,.indeterminate{fill:#8a5a00}',
  '.bogus,.failed,.broken{fill:#b00020;font-weight:bold}',
  '.small{font-size:11px}',
].join('');

const colors = {
  secure: { line: '#14691f', fill: '#edf7ee' },
  insecure: { line: '#8a5a00', fill: '#fdf6e7' },
  broken: { line: '#b00020', fill: '#fdebee' },
} as const;

/** Anchor, DS and DNSKEY of a zone share a box; data, denials and failures have their own. */
function boxesOf({ links, name, type, what }: ExplainedPart): Box[] {
  const boxes: Box[] = [];
  let pending = '';
  let open: { zone: string; title: string; lines: string[]; arrow: string } | undefined;
  const close = (): void => {
    if (open !== undefined) boxes.push({ state: 'secure', title: open.title, lines: open.lines, arrow: open.arrow });
    open = undefined;
  };
  for (const link of links) {
    if (link.kind === 'ds') {
      close();
      pending = `DS ${link.keys.map(({ tag }) => tag).join(', ')}`;
      open = { zone: link.zone, title: `zone ${link.zone}`, lines: [], arrow: pending };
    } else if (link.kind === 'anchor') {
      close();
      open = { zone: link.zone, title: `zone ${link.zone}`, lines: [`trust anchor, ${link.why ?? ''}`], arrow: '' };
    } else if (link.kind === 'dnskey') {
      open ??= { zone: link.zone, title: `zone ${link.zone}`, lines: [], arrow: pending };
      for (const key of link.keys) {
        const role = key.isEntryPoint === true ? ', vouched for from above' : '';
        open.lines.push(`DNSKEY ${key.tag} ${key.algorithmName}${role}`);
      }
      if (link.signature !== undefined)
        open.lines.push(`signed by ${link.signature.keyTag}, ${lifeText(link.signature)}`);
    } else {
      close();
      boxes.push(leafBox(link));
    }
  }
  close();
  if (boxes.length === 0) {
    boxes.push({
      state: what === 'nothing' ? 'broken' : 'insecure',
      title: `${name} ${type}`,
      lines: [what],
      arrow: '',
    });
  }
  return boxes;
}

function leafBox(link: ExplainedLink): Box {
  const name = `${link.name ?? link.zone} ${link.type ?? ''}`.trim();
  const signed = link.signature === undefined ? [] : [`RRSIG by ${link.signature.keyTag}, ${lifeText(link.signature)}`];
  switch (link.kind) {
    case 'failure':
      return {
        state: 'broken',
        title: `BROKEN: ${name}`,
        lines: [
          link.why ?? '',
          ...(link.expected ? [`expected: ${link.expected}`] : []),
          ...(link.found ? [`found: ${link.found}`] : []),
          ...(link.server ? [`from ${link.server}`] : []),
        ],
        arrow: 'BROKEN',
      };
    case 'denial':
      return {
        state: link.state,
        title: `${name} does not exist`,
        lines: [`proof: ${link.proof ?? ''}`],
        arrow: 'NSEC',
      };
    case 'rrset':
      return { state: link.state, title: name, lines: signed, arrow: 'RRSIG' };
    default:
      return { state: link.state, title: link.zone, lines: [link.why ?? ''], arrow: 'unsigned' };
  }
}

function drawBox({ state, title, lines }: Box, y: number, height: number): string {
  const { line, fill } = colors[state];
  const corner = state === 'broken' ? 0 : 8;
  const dash = state === 'broken' ? ' stroke-dasharray="8 4"' : state === 'insecure' ? ' stroke-dasharray="2 3"' : '';
  const width = state === 'broken' ? 4 : 2;
  const parts = [
    `<rect x="${LEFT}" y="${y}" width="${BOX_WIDTH}" height="${height}" rx="${corner}" fill="${fill}" stroke="${line}" stroke-width="${width}"${dash}/>`,
    text(LEFT + PADDING, y + PADDING + 13, shortened(title), `title ${state}`),
  ];
  lines.forEach((content, index) => {
    parts.push(text(LEFT + PADDING, y + PADDING + 13 + LINE_HEIGHT * (index + 1), shortened(content), 'line'));
  });
  return parts.join('\n');
}

function arrow(y: number, { state, arrow: label }: Box): string {
  const x = WIDTH / 2;
  const { line } = colors[state];
  const end = y + GAP;
  const isBroken = state === 'broken';
  const dash = isBroken ? ' stroke-dasharray="8 4"' : '';
  const parts = [
    `<path d="M${x} ${y} V${end - 8}" stroke="${line}" stroke-width="${isBroken ? 4 : 2}" fill="none"${dash}/>`,
    `<path d="M${x - 6} ${end - 10} L${x} ${end} L${x + 6} ${end - 10} Z" fill="${line}"/>`,
    text(x + 16, y + GAP / 2 + 4, shortened(label), `small ${isBroken ? 'broken' : ''}`.trim()),
  ];
  if (isBroken) {
    const middle = y + GAP / 2 - 2;
    parts.push(
      `<path d="M${x - 10} ${middle - 10} L${x + 10} ${middle + 10} M${x + 10} ${middle - 10} L${x - 10} ${middle + 10}" stroke="${line}" stroke-width="5"/>`,
    );
  }
  return parts.join('\n');
}

function text(x: number, y: number, content: string, style: string): string {
  return `<text x="${x}" y="${y}" class="${style}">${escaped(content)}</text>`;
}

function shortened(content: string): string {
  return content.length <= MAX_CHARACTERS ? content : `${content.slice(0, MAX_CHARACTERS - 2)}..`;
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
