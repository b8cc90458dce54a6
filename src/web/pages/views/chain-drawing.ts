// The drawing of a chain of trust on the page: the same one that the file has, and boxes that can be walked through.
import { isBroken } from '../../../explain/chain-units.ts';
import { type DrawnUnit, drawingText, layOut } from '../../../explain/drawing.ts';
import { COLUMN_WIDTH, type Shape } from '../../../explain/drawing-shapes.ts';
import type { Explanation } from '../../../explain/explanation.ts';
import { el, svgEl } from '../dom.ts';

/** Room for the mark of what is current. */
const MARGIN = 6;

export interface ChainDrawing {
  readonly root: HTMLElement;
  /** The boxes by the id of their unit. */
  readonly boxes: ReadonlyMap<string, SVGGElement>;
}

/** As many parts beside each other as `width` pixels allow. */
export function chainDrawing(explanation: Explanation, width: number): ChainDrawing {
  const columns = Math.max(1, Math.floor((width - 2 * MARGIN) / (COLUMN_WIDTH + 28)));
  const drawing = layOut(explanation, columns);
  const boxes = new Map<string, SVGGElement>();
  for (const drawn of drawing.units) boxes.set(drawn.unit.id, unitElement(drawn));
  const size = { width: drawing.width + 2 * MARGIN, height: drawing.height + 2 * MARGIN };
  const svg = svgEl(
    'svg',
    {
      ...size,
      viewBox: `${-MARGIN} ${-MARGIN} ${size.width} ${size.height}`,
      class: 'drawing',
      role: 'group',
      'aria-label': `Drawing of the chain of trust: ${drawingText(drawing)}. The list says the same.`,
    },
    ...drawing.shapes.map(shapeElement),
    ...boxes.values(),
  );
  return { root: el('div', { class: 'drawing-box' }, svg), boxes };
}

function unitElement({ unit, box, shapes }: DrawnUnit): SVGGElement {
  const { x, y, width, height } = box;
  const word = isBroken(unit) ? 'BROKEN' : unit.state;
  return svgEl(
    'g',
    { class: 'unit', role: 'img', tabindex: -1, 'aria-label': `${unit.name}: ${word}, ${unit.words}` },
    svgEl('rect', { class: 'halo', x: x - 5, y: y - 2, width: width + 10, height: height + 4, rx: 12 }),
    ...shapes.map(shapeElement),
  );
}

function shapeElement(shape: Shape): SVGElement {
  const look = `${shape.role} ${shape.state}`;
  switch (shape.kind) {
    case 'box':
      return svgEl('rect', { ...shape.box, rx: shape.radius, class: look });
    case 'path':
      return svgEl('path', { d: shape.path, class: look });
    case 'text':
      return svgEl('text', { x: shape.x, y: shape.y, 'text-anchor': shape.align, class: look }, shape.text);
    default:
      return shape satisfies never;
  }
}
