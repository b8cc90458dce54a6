// The boxes of a drawing: one unit of a chain with the arrow that leads to it. Text is set in a fixed-width font, so that
// what fits is known without measuring.
import { type ChainUnit, isBroken } from './chain-units.ts';
import { type Box, COLUMN_WIDTH, fitText, type Shape, type State } from './drawing-shapes.ts';
import type { ExplainedKey, ExplainedSignature } from './explanation.ts';
import { lifeText } from './text.ts';

/** A drawn unit, and what the next one needs to know of it. */
export interface UnitDrawing {
  readonly box: Box;
  readonly shapes: readonly Shape[];
  /** Where the arrow to the next unit starts. */
  readonly exit: Point;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const PADDING = 12;
const TITLE_HEIGHT = 34;
const LINE_HEIGHT = 16;
const GAP = 38;
const CHIP_WIDTH = 140;
const CHIP_HEIGHT = 40;
const CHIP_GAP = 12;
const CHIP_ROW_GAP = 24;
const SOURCE_WIDTH = 272;
const SOURCE_HEIGHT = 44;
/** Characters of the title, and of a line, that fit into a panel. */
const TITLE_CHARACTERS = 34;
const LINE_CHARACTERS = 45;
const MAX_WRAPPED_LINES = 4;
const MAX_CHIPS = 6;

/** Draws a unit below `before`, or at `at` as the first one. `next` tells which key has to sign further down. */
export function drawUnit(
  unit: ChainUnit,
  next: ChainUnit | undefined,
  at: Point,
  before: UnitDrawing | undefined,
): UnitDrawing {
  const shapes: Shape[] = [];
  const middle = at.x + COLUMN_WIDTH / 2;
  const isCut = isBroken(unit);
  let y = at.y;
  let from = before?.exit;
  const source = sourceOf(unit);
  if (source !== undefined) {
    if (from !== undefined) {
      shapes.push(...edge(from, { x: middle, y: y + GAP }, 'secure', signatureLabel(unit.ds?.signature)));
      y += GAP;
    }
    shapes.push(...sourceBox(source, middle, y));
    y += SOURCE_HEIGHT;
    from = { x: middle, y };
  }
  if (from !== undefined) {
    const state = isCut ? 'broken' : unit.state;
    shapes.push(...edge(from, { x: middle, y: y + GAP }, state, edgeLabel(unit), isCut));
    y += GAP;
  }
  const panel = unit.kind === 'zone' ? zonePanel(unit, signerBelow(next), at.x, y) : leafPanel(unit, at.x, y);
  shapes.push(...panel.shapes);
  const height = panel.box.y + panel.box.height - at.y;
  return { box: { x: at.x, y: at.y, width: COLUMN_WIDTH, height }, shapes, exit: panel.exit };
}

interface Source {
  readonly title: string;
  readonly line: string;
}

/** What vouches for the keys of a zone from outside it. */
function sourceOf({ anchor, ds }: ChainUnit): Source | undefined {
  if (anchor !== undefined) return { title: 'trust anchor', line: anchor.why ?? '' };
  if (ds === undefined) return undefined;
  const tags = [...new Set(ds.keys.map(({ tag }) => tag))];
  const digests = [...new Set(ds.keys.map(({ digestName = '' }) => digestName))].filter((name) => name !== '');
  const life = ds.signature === undefined ? [] : [lifeText(ds.signature)];
  const where = ds.signature === undefined ? '' : ` in ${ds.signature.signer}`;
  return { title: `DS ${tags.join(', ')}${where}`, line: [...digests, ...life].join(', ') };
}

function sourceBox({ title, line }: Source, middle: number, y: number): Shape[] {
  const box = { x: middle - SOURCE_WIDTH / 2, y, width: SOURCE_WIDTH, height: SOURCE_HEIGHT };
  const place = { x: middle, align: 'middle' } as const;
  return [
    { kind: 'box', role: 'chip', state: 'secure', box, radius: SOURCE_HEIGHT / 2 },
    { kind: 'text', role: 'line', state: 'neutral', ...place, y: y + 18, text: fitText(title, 34) },
    { kind: 'text', role: 'small', state: 'neutral', ...place, y: y + 34, text: fitText(line, 40) },
  ];
}

function signatureLabel(signature: ExplainedSignature | undefined): string {
  return signature === undefined ? '' : `RRSIG by ${signature.keyTag}`;
}

function edgeLabel(unit: ChainUnit): string {
  const { kind, link, anchor, ds } = unit;
  if (isBroken(unit)) return 'BROKEN';
  switch (kind) {
    case 'zone':
      return anchor === undefined && ds === undefined ? '' : 'DNSKEY';
    case 'data':
      return signatureLabel(link?.signature);
    case 'denial':
      return 'NSEC';
    case 'insecure':
      return 'insecure';
    default:
      return '';
  }
}

/** The tag of the key that signs what comes next. */
function signerBelow(next: ChainUnit | undefined): number | undefined {
  return (next?.ds ?? next?.link)?.signature?.keyTag;
}

/** An arrow; its label stands on the side that a slanted arrow leaves free. */
function edge(from: Point, to: Point, state: State, label: string, isCut = false): Shape[] {
  const end = to.y - 8;
  const half = (from.y + end) / 2;
  const line =
    from.x === to.x
      ? `M${from.x} ${from.y}V${end}`
      : `M${from.x} ${from.y}C${from.x} ${half} ${to.x} ${half} ${to.x} ${end}`;
  const shapes: Shape[] = [
    { kind: 'path', role: 'edge', state, path: line },
    { kind: 'path', role: 'arrowhead', state, path: `M${to.x - 6} ${end - 1}L${to.x} ${to.y}L${to.x + 6} ${end - 1}Z` },
  ];
  const y = (from.y + to.y) / 2;
  if (isCut) shapes.push({ kind: 'path', role: 'cross', state, path: crossPath(to.x, y - 3, 9) });
  if (label !== '') {
    const isLeft = from.x > to.x;
    const away = isCut ? 18 : 10;
    const x = isLeft ? to.x - away : to.x + away;
    shapes.push({ kind: 'text', role: 'label', state, x, y: y + 3, text: label, ...(isLeft && { align: 'end' }) });
  }
  return shapes;
}

function crossPath(x: number, y: number, size: number): string {
  return `M${x - size} ${y - size}L${x + size} ${y + size}M${x + size} ${y - size}L${x - size} ${y + size}`;
}

/** What all panels have: the frame, the mark of the state, the name and what it is. */
function frame(unit: ChainUnit, box: Box): Shape[] {
  const { x, y } = box;
  const { state } = unit;
  const name = unit.name === '.' ? '. (the root)' : fitText(unit.name, TITLE_CHARACTERS);
  return [
    { kind: 'box', role: 'panel', state, box, radius: state === 'broken' ? 2 : 10 },
    { kind: 'path', role: 'mark', state, path: markPath(state, x + PADDING + 8, y + 20) },
    { kind: 'text', role: 'title', state, x: x + PADDING + 24, y: y + 25, text: name },
  ];
}

/** A tick, a ring or a cross. */
function markPath(state: ChainUnit['state'], x: number, y: number): string {
  switch (state) {
    case 'secure':
      return `M${x - 6} ${y}L${x - 2} ${y + 5}L${x + 7} ${y - 6}`;
    case 'insecure':
      return `M${x - 6} ${y}A6 6 0 1 1 ${x + 6} ${y}A6 6 0 1 1 ${x - 6} ${y}`;
    default:
      return crossPath(x, y, 6);
  }
}

function textLines(lines: readonly string[], x: number, y: number, state: State = 'neutral'): Shape[] {
  return lines.map((text, index) => ({
    kind: 'text',
    role: 'small',
    state,
    x: x + PADDING,
    y: y + LINE_HEIGHT * index,
    text: fitText(text, LINE_CHARACTERS),
  }));
}

function zonePanel(unit: ChainUnit, signer: number | undefined, x: number, y: number): UnitDrawing {
  const { dnskey } = unit;
  const keys = dnskey?.keys ?? [];
  const lines = dnskey === undefined ? [unit.words] : [keySetText(keys, dnskey.signature)];
  if (keys.length > MAX_CHIPS) lines.push(`and ${keys.length - MAX_CHIPS} more keys`);
  const chipsTop = y + TITLE_HEIGHT + lines.length * LINE_HEIGHT + 6;
  const placed = placeKeys(keys, signer, x, chipsTop);
  const chipsBottom = Math.max(chipsTop, ...placed.map((chip) => chip.y + CHIP_HEIGHT + PADDING));
  const height = chipsBottom - y;
  const shapes = [
    ...frame(unit, { x, y, width: COLUMN_WIDTH, height }),
    ...textLines(lines, x, y + TITLE_HEIGHT + 12),
    ...keyEdges(placed, signer),
    ...placed.flatMap(chipShapes),
  ];
  const signing = placed.findLast(({ key }) => key.tag === signer);
  const exit =
    signing === undefined
      ? { x: x + COLUMN_WIDTH / 2, y: y + height }
      : { x: signing.x + CHIP_WIDTH / 2, y: signing.y + CHIP_HEIGHT };
  return { box: { x, y, width: COLUMN_WIDTH, height }, shapes, exit };
}

function keySetText(keys: readonly ExplainedKey[], signature: ExplainedSignature | undefined): string {
  const count = `${keys.length} key${keys.length === 1 ? '' : 's'}`;
  return signature === undefined ? count : `${count}, RRSIG by ${signature.keyTag} ${lifeText(signature)}`;
}

interface PlacedKey extends Point {
  readonly key: ExplainedKey;
}

/**
 * The keys that the chain goes through stand below each other: the one vouched for from above, then the one that signs
 * further down. The others stand beside them, so that no arrow crosses them.
 */
function placeKeys(keys: readonly ExplainedKey[], signer: number | undefined, x: number, top: number): PlacedKey[] {
  const isSigning = (key: ExplainedKey): boolean => key.tag === signer;
  const path = [...keys.filter((key) => key.isEntryPoint === true && !isSigning(key)), ...keys.filter(isSigning)].slice(
    0,
    MAX_CHIPS,
  );
  const others = keys.filter((key) => key.isEntryPoint !== true && !isSigning(key)).slice(0, MAX_CHIPS - path.length);
  const column = (left: number) => (key: ExplainedKey, row: number) => ({
    key,
    x: left,
    y: top + row * (CHIP_HEIGHT + CHIP_ROW_GAP),
  });
  const middle = x + (COLUMN_WIDTH - CHIP_WIDTH) / 2;
  const aside = (CHIP_WIDTH + CHIP_GAP) / 2;
  if (path.length === 0) return others.map(column(middle));
  if (others.length === 0) return path.map(column(middle));
  return [...path.map(column(middle - aside)), ...others.map(column(middle + aside))];
}

/** From each key vouched for from above to the next one below it, whose set it signs. */
function keyEdges(placed: readonly PlacedKey[], signer: number | undefined): Shape[] {
  return placed.flatMap((chip, index) => {
    const below = placed[index + 1];
    if (below === undefined || below.x !== chip.x || below.key.tag !== signer) return [];
    if (chip.key.isEntryPoint !== true || chip.key.tag === signer) return [];
    const middle = chip.x + CHIP_WIDTH / 2;
    return edge({ x: middle, y: chip.y + CHIP_HEIGHT }, { x: middle, y: below.y }, 'secure', '');
  });
}

function chipShapes({ key, x, y }: PlacedKey): Shape[] {
  const place = { x: x + CHIP_WIDTH / 2, align: 'middle' } as const;
  const box = { x, y, width: CHIP_WIDTH, height: CHIP_HEIGHT };
  const kind = key.flags === undefined ? 'key' : (key.flags & 1) !== 0 ? 'KSK' : 'ZSK';
  return [
    { kind: 'box', role: 'chip', state: key.isEntryPoint === true ? 'secure' : 'neutral', box, radius: 6 },
    { kind: 'text', role: 'line', state: 'neutral', ...place, y: y + 17, text: `${kind} ${key.tag}` },
    { kind: 'text', role: 'small', state: 'neutral', ...place, y: y + 32, text: fitText(key.algorithmName, 20) },
  ];
}

function leafPanel(unit: ChainUnit, x: number, y: number): UnitDrawing {
  const { state } = unit;
  const lines = leafLines(unit);
  const height = TITLE_HEIGHT + lines.length * LINE_HEIGHT + 8;
  const box = { x, y, width: COLUMN_WIDTH, height };
  const [first, ...rest] = textLines(lines, x, y + TITLE_HEIGHT + 12);
  const shapes = [...frame(unit, box)];
  // The first line of a broken link says what is wrong, in its colour.
  if (first !== undefined) shapes.push(state === 'broken' ? { ...first, state } : first);
  return { box, shapes: [...shapes, ...rest], exit: { x: x + COLUMN_WIDTH / 2, y: y + height } };
}

function leafLines(unit: ChainUnit): string[] {
  const { kind, words, link, zones } = unit;
  const lines = wrapText(isBroken(unit) ? `BROKEN: ${words}` : words, LINE_CHARACTERS);
  if (zones !== undefined) lines.push(...wrapText(zones.join(' > '), LINE_CHARACTERS));
  if (link === undefined) return lines;
  const { signature, wildcard, proof = '', optOut, expected = '', found = '', why = '', server, ms } = link;
  if (kind === 'insecure') lines.push(...wrapText(why, LINE_CHARACTERS));
  if (expected !== '') lines.push(...wrapText(`expected: ${expected}`, LINE_CHARACTERS));
  if (found !== '') lines.push(...wrapText(`found: ${found}`, LINE_CHARACTERS));
  if (proof !== '') lines.push(`proof: ${proof}${optOut === true ? ', opt-out' : ''}`);
  if (wildcard !== undefined) lines.push(`made from ${wildcard}`);
  if (signature !== undefined && kind !== 'failure') lines.push(lifeText(signature));
  if (server !== undefined && server !== 'cache') {
    lines.push(`from ${server}${ms === undefined ? '' : `, ${ms.toFixed(1)} ms`}`);
  }
  return lines;
}

/** Breaks at spaces; words that are longer than a line anywhere. At most a few lines, the last one ends in `..`. */
function wrapText(text: string, characters: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length > characters) {
      lines.push(line);
      line = '';
    }
    while (rest.length > characters) {
      lines.push(rest.slice(0, characters));
      rest = rest.slice(characters);
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  if (line !== '') lines.push(line);
  if (lines.length <= MAX_WRAPPED_LINES) return lines;
  const kept = lines.slice(0, MAX_WRAPPED_LINES);
  return kept.map((content, index) => (index === kept.length - 1 ? `${content.slice(0, characters - 2)}..` : content));
}
