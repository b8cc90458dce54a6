// Old-style text of any kind: nothing throws, every place lies in the text, and joined text keeps its places.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confSettings } from '../../src/config/conf-text.ts';
import { Findings } from '../../src/config/findings.ts';
import { parseConfig } from '../../src/config/load.ts';
import { LocatedText } from '../../src/config/located-text.ts';
import { allOptions } from '../../src/config/schema.ts';

const file = '/etc/kedge/recursor.conf';
const names = allOptions.flatMap(({ option }) => option.oldName ?? []);
const piece = fc.oneof(
  fc.constantFrom(...names),
  fc.constantFrom(
    '=',
    '+=',
    '\\',
    '\n',
    '\\\n',
    ' ',
    '#',
    ',',
    ';',
    '!',
    '127.0.0.1',
    '[::1]:53',
    'home.arpa',
    'yes',
    '+',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const confText = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));

describe('any text', () => {
  it('gives settings whose characters stand where they say', () => {
    fc.assert(
      fc.property(confText, (text) => {
        const lines = text.replace(/^\uFEFF/, '').split('\n');
        for (const { value } of confSettings(text, file, new Findings())) {
          for (let offset = 0; offset < value.text.length; offset++) {
            const { line, column } = value.placeAt(offset);
            expect(lines[line - 1]?.[column - 1]).toBe(value.text[offset]);
          }
        }
      }),
    );
  });

  it('is a configuration or a list of errors with places', () => {
    fc.assert(
      fc.property(confText, (text) => {
        const lineCount = text.split('\n').length;
        const result = parseConfig(`local-port=53\n${text}`, file);
        for (const { line, column } of [...(result.ok ? [] : result.errors), ...result.warnings]) {
          expect(line).toBeLessThanOrEqual(lineCount + 1);
          expect(column).toBeGreaterThan(0);
        }
      }),
    );
  });
});

it('joined and cut text keeps its places', () => {
  const parts = fc.array(fc.tuple(fc.string({ maxLength: 5 }), fc.nat(100)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(parts, fc.nat(20), fc.nat(20), (pairs, from, length) => {
      const located = pairs.map(([text, line]) => LocatedText.at(text, { file, line, column: 1 }));
      const joined = LocatedText.joined(located);
      const places = pairs.flatMap(([text, line]) =>
        Array.from({ length: text.length }, (_, index) => [line, index + 1]),
      );
      const cut = joined.slice(from, from + length);
      expect(cut.text).toBe(joined.text.slice(from, from + length));
      for (let offset = 0; offset < cut.text.length; offset++) {
        const { line, column } = cut.placeAt(offset);
        expect([line, column]).toEqual(places[from + offset]);
      }
    }),
  );
});
