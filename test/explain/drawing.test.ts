// The units of a chain, and where a drawing puts them.
import { describe, expect, it } from 'vitest';
import { chainColumns } from '../../src/explain/chain-units.ts';
import { type Drawing, drawingText, layOut } from '../../src/explain/drawing.ts';
import { COLUMN_WIDTH, fitText, type Shape } from '../../src/explain/drawing-shapes.ts';
import { explanationSvg } from '../../src/explain/svg.ts';
import { LONG_NAME, sampleExplanation } from '../support/sample-explanations.ts';

const rows = [
  { name: 'www.test.', units: ['zone .', 'zone test.', 'data www.test. A'] },
  { name: 'nope.test.', units: ['zone .', 'zone test.', 'denial nope.test. A'] },
  { name: 'www.plain.test.', units: ['zone .', 'zone test.', 'insecure plain.test.'] },
  {
    name: 'far.test.',
    units: [
      'zone .',
      'zone test.',
      'data far.test. CNAME',
      '|',
      'above test.',
      'zone keys.test.',
      'data www.keys.test. A',
    ],
  },
  {
    name: 'alias.test.',
    units: ['zone .', 'zone test.', 'data alias.test. CNAME', '|', 'above test.', 'insecure plain.test.'],
  },
  { name: 'www.expired.test.', units: ['zone .', 'zone test.', 'zone expired.test.', 'failure www.expired.test. A'] },
  { name: 'www.dead.test.', units: ['unchained www.dead.test. A'] },
  { name: LONG_NAME, units: ['zone .', 'zone test.', `data ${LONG_NAME} A`] },
] as const;

describe('the units of a chain', () => {
  it.each(rows)('of $name', async ({ name, units }) => {
    const columns = chainColumns(await sampleExplanation(name));
    const found = columns.map((column) => column.units.map((unit) => `${unit.kind} ${unit.name}`).join('\n'));
    expect(found.join('\n|\n').split('\n')).toEqual(units);
    const ids = columns.flatMap((column) => column.units.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

/** The edges of a shape; of a text by the widest letter of its font. */
function extent(shape: Shape): { left: number; right: number; top: number; bottom: number } | undefined {
  if (shape.kind === 'box') {
    const { x, y, width, height } = shape.box;
    return { left: x, right: x + width, top: y, bottom: y + height };
  }
  if (shape.kind === 'path') return undefined;
  const size = shape.role === 'small' || shape.role === 'label' ? 10.5 : 12;
  const width = shape.text.length * size * 0.61;
  const left = shape.align === 'middle' ? shape.x - width / 2 : shape.align === 'end' ? shape.x - width : shape.x;
  return { left, right: left + width, top: shape.y - size, bottom: shape.y };
}

describe('a drawing', () => {
  for (const columns of [1, 2]) {
    it.each(rows)(
      `of $name in ${columns} columns keeps everything inside and nothing over another`,
      async ({ name }) => {
        const drawing = layOut(await sampleExplanation(name), columns);
        const shapes = [...drawing.shapes, ...drawing.units.flatMap((unit) => unit.shapes)];
        for (const shape of shapes) {
          const edges = extent(shape);
          if (edges === undefined) continue;
          expect(edges.left).toBeGreaterThanOrEqual(0);
          expect(edges.right).toBeLessThanOrEqual(drawing.width + 1);
          expect(edges.bottom).toBeLessThanOrEqual(drawing.height);
        }
        drawing.units.forEach(({ box }, index) => {
          for (const { box: other } of drawing.units.slice(index + 1)) {
            const isApart =
              other.y >= box.y + box.height || other.x >= box.x + box.width || box.x >= other.x + other.width;
            expect(isApart).toBe(true);
          }
        });
        expect(textsOverlap(drawing)).toEqual([]);
      },
    );
  }

  it('puts parts beside each other as far as there is room', async () => {
    const explanation = await sampleExplanation('far.test.');
    expect(layOut(explanation, 1).width).toBe(COLUMN_WIDTH);
    expect(layOut(explanation, 5).width).toBeGreaterThan(2 * COLUMN_WIDTH);
  });

  it('says in words what is broken', async () => {
    expect(drawingText(layOut(await sampleExplanation('www.expired.test.'), 1))).toContain('signature expired');
    expect(drawingText(layOut(await sampleExplanation('www.test.'), 1))).toBe('3 boxes, no broken link');
  });

  it('draws no more keys than it has room for', async () => {
    const explanation = await sampleExplanation('www.test.');
    const many = explanation.parts.map((part) => ({
      ...part,
      links: part.links.map((link) => ({
        ...link,
        keys: link.keys.flatMap((key) => Array.from({ length: 40 }, () => key)),
      })),
    }));
    const svg = explanationSvg({ ...explanation, parts: many });
    expect(svg).toContain('and 34 more keys');
    expect(layOut({ parts: many }, 1).height).toBeLessThan(2000);
  });
});

/** Pairs of texts of a box that lie over each other. */
function textsOverlap({ units }: Drawing): string[] {
  const found: string[] = [];
  for (const { shapes } of units) {
    const texts = shapes.flatMap((shape) => (shape.kind === 'text' ? [{ shape, edges: extent(shape) }] : []));
    texts.forEach(({ shape, edges: one }, index) => {
      for (const { shape: other, edges: two } of texts.slice(index + 1)) {
        if (one === undefined || two === undefined) continue;
        const isApart =
          one.right <= two.left || two.right <= one.left || one.bottom <= two.top || two.bottom <= one.top;
        if (!isApart) found.push(`${shape.text} / ${other.text}`);
      }
    });
  }
  return found;
}

describe('a text that does not fit', () => {
  const texts = [
    { name: 'a short one stays', text: 'www.test.', characters: 20, want: 'www.test.' },
    { name: 'a long one loses its middle', text: 'abcdefghijklmnopqrstuvwxyz', characters: 12, want: 'abcd..uvwxyz' },
  ] as const;
  it.each(texts)('$name', ({ text, characters, want }) => {
    expect(fitText(text, characters)).toBe(want);
  });
});
