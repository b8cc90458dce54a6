import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zoneEntries, zoneWords } from '../../src/wire/zone-lexer.ts';

/** Entries as `line|owner words`, words in quotes when they were written so. */
function entries(text: string): string[] {
  return [...zoneEntries(text)].map(({ line, startsBlank, words, error }) => {
    const shown = words.map(({ text: word, quoted }) => (quoted ? `"${word}"` : word)).join(',');
    return `${line}${startsBlank ? ' ' : '|'}${shown}${error === undefined ? '' : ` (${error})`}`;
  });
}

describe('zoneEntries (RFC 1035 5.1)', () => {
  const rows = [
    { name: 'lines', given: 'a b\nc d\n', want: ['1|a,b', '2|c,d'] },
    { name: 'a last line without its end', given: 'a b', want: ['1|a,b'] },
    { name: 'empty lines and comments', given: '\n \t\n; comment\na ; b\n', want: ['4|a'] },
    { name: 'lines that end as on Windows', given: 'a b\r\n\r\n c\r\n', want: ['1|a,b', '3 c'] },
    { name: 'a blank owner', given: 'a b\n c\n\td\n', want: ['1|a,b', '2 c', '3 d'] },
    { name: 'parentheses over lines', given: 'a ( b ; x )\n c\n) d\ne', want: ['1|a,b,c,d', '4|e'] },
    { name: 'parentheses that touch words', given: 'a(b\nc)d', want: ['1|a,b,c,d'] },
    { name: 'nested parentheses', given: 'a ((b\n)c\n)\nd', want: ['1|a,b,c', '4|d'] },
    { name: 'the line of the first word', given: '(\n\na\n)\n', want: ['3|a'] },
    { name: 'quotes', given: 'a "b c;(" ""\n', want: ['1|a,"b c;(",""'] },
    { name: 'quotes inside a word', given: 'alpn="h2,h3 x"y z', want: ['1|alpn=h2,h3 xy,z'] },
    { name: 'escapes stay as written', given: 'a\\;b \\(c "d\\"e" \\032', want: ['1|a\\;b,\\(c,"d\\"e",\\032'] },
    { name: 'an escaped space does not end a word', given: 'a\\ b c', want: ['1|a\\ b,c'] },
    { name: 'a backslash at the end', given: 'a\\', want: ['1|a\\'] },
    { name: 'a backslash at the end of a line', given: 'a\\\nb', want: ['1|a\\', '2|b'] },
    {
      name: 'a quote that does not end',
      given: 'a "b\nc "d"\n',
      want: ['1|a (a quoted text does not end on its line)', '2|c,"d"'],
    },
    {
      name: 'a quote that ends with a backslash',
      given: 'a "b\\',
      want: ['1|a (a quoted text does not end on its line)'],
    },
    {
      name: 'a closing parenthesis too many',
      given: 'a )\nb',
      want: ['1|a (a closing parenthesis without an opening one)', '2|b'],
    },
    {
      name: 'a parenthesis that is never closed',
      given: 'a (b\nc',
      want: ['1|a,b,c (an opening parenthesis is never closed)'],
    },
    { name: 'nothing', given: '', want: [] },
  ];
  it.each(rows)('$name', ({ given, want }) => {
    expect(entries(given)).toEqual(want);
  });

  it('ends for any text', () => {
    const character = fc.constantFrom(...'a"\\;()\n\r\t 0=$@');
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 60 }), (text) => {
        expect(entries(text).length).toBeLessThanOrEqual(text.length);
        zoneWords(text);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes time linear in the text', () => {
    const count = 300_000;
    for (const text of [
      'a '.repeat(count),
      '"'.repeat(count),
      '('.repeat(count),
      '\\'.repeat(count),
      'a"b"'.repeat(count),
    ]) {
      expect(entries(text).length).toBe(1);
    }
  });
});
