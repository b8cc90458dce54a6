// The drawing of a chain of trust as shapes: where everything is and what it says, without a word of SVG. The file that
// `kedge explain --svg` writes and the drawing of the pages are both made from it. Pure.
//
// Each part of the answer is a column: boxes of zones from the anchor down, joined by arrows that say what vouches for
// what. A state is told three times, by colour, by the line of the box and by a mark in its corner.
import { type ChainColumn, type ChainUnit, chainColumns, isBroken } from './chain-units.ts';
import { type Box, COLUMN_WIDTH, fitText, type Shape } from './drawing-shapes.ts';
import { drawUnit, type UnitDrawing } from './drawing-units.ts';
import type { Explanation } from './explanation.ts';

export interface DrawnUnit {
  readonly unit: ChainUnit;
  /** Around all of its shapes. */
  readonly box: Box;
  readonly shapes: readonly Shape[];
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** What belongs to no unit. */
  readonly shapes: readonly Shape[];
  readonly units: readonly DrawnUnit[];
}

const COLUMN_GAP = 28;
const ROW_GAP = 32;
const HEADING_HEIGHT = 44;

/** Lays the parts out in up to `maxColumns` columns, the next ones below. */
export function layOut(explanation: Pick<Explanation, 'parts'>, maxColumns: number): Drawing {
  const columns = chainColumns(explanation);
  const perRow = Math.max(1, Math.min(maxColumns, columns.length));
  const shapes: Shape[] = [];
  const units: DrawnUnit[] = [];
  let y = 0;
  let rowHeight = 0;
  columns.forEach((column, index) => {
    const place = index % perRow;
    if (place === 0 && index > 0) {
      y += rowHeight + ROW_GAP;
      rowHeight = 0;
    }
    const x = place * (COLUMN_WIDTH + COLUMN_GAP);
    shapes.push(...headingShapes(column, x, y, columns.length > 1 ? `${index + 1}. ` : ''));
    const drawn = drawColumn(column, x, y + HEADING_HEIGHT);
    units.push(...drawn.units);
    rowHeight = Math.max(rowHeight, HEADING_HEIGHT + drawn.height);
  });
  const width = perRow * COLUMN_WIDTH + (perRow - 1) * COLUMN_GAP;
  return { width, height: y + rowHeight, shapes, units };
}

function headingShapes({ part }: ChainColumn, x: number, y: number, number: string): Shape[] {
  const { name, type, what, target } = part;
  const about = what === 'alias' && target !== undefined ? `an alias of ${target}` : partWords[what];
  return [
    { kind: 'text', role: 'heading', state: 'neutral', x, y: y + 16, text: fitText(`${number}${name} ${type}`, 40) },
    { kind: 'text', role: 'small', state: 'neutral', x, y: y + 33, text: fitText(about, 48) },
  ];
}

const partWords = {
  data: 'the data',
  alias: 'an alias',
  nodata: 'the name exists, this type does not',
  nxdomain: 'the name does not exist',
  local: 'local data',
  nothing: 'no answer',
} as const;

function drawColumn({ units }: ChainColumn, x: number, top: number): { units: DrawnUnit[]; height: number } {
  const drawn: DrawnUnit[] = [];
  let y = top;
  let before: UnitDrawing | undefined;
  units.forEach((unit, index) => {
    const drawing = drawUnit(unit, units[index + 1], { x, y }, before);
    drawn.push({ unit, box: drawing.box, shapes: drawing.shapes });
    y = drawing.box.y + drawing.box.height;
    before = drawing;
  });
  return { units: drawn, height: y - top };
}

/** In words, for those who do not see the drawing. */
export function drawingText({ units }: Drawing): string {
  const broken = units.find(({ unit }) => isBroken(unit))?.unit;
  const count = `${units.length} box${units.length === 1 ? '' : 'es'}`;
  return broken === undefined ? `${count}, no broken link` : `${count}; broken at ${broken.name}: ${broken.words}`;
}
