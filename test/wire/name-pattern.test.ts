import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { MAX_PATTERN_LENGTH, parseNamePattern } from '../../src/wire/name-pattern.ts';

function matches(source: string, text: string): boolean {
  const result = parseNamePattern(source);
  if (!result.ok) throw new Error(result.error);
  return result.pattern.test(text);
}

describe('what an expression matches', () => {
  const rows: readonly { source: string; yes: readonly string[]; no: readonly string[] }[] = [
    { source: '', yes: ['', 'www.example.'], no: [] },
    { source: 'example', yes: ['example.', 'www.Example.org.'], no: ['exampl.e.'] },
    {
      source: '\\.example\\.$',
      yes: ['www.example.', 'a.b.EXAMPLE.'],
      no: ['example.', 'www.example.org.', 'axexample.'],
    },
    { source: '^www\\.', yes: ['www.example.'], no: ['a.www.example.'] },
    { source: '^$', yes: [''], no: ['.'] },
    { source: 'a^b|c$d', yes: [], no: ['ab', 'cd', 'a.b'] },
    { source: '^(a|bc)*d', yes: ['d', 'abcad'], no: ['bd', 'xd'] },
    { source: '(ab|)c', yes: ['c', 'abc'], no: ['ab'] },
    { source: '^a.c$', yes: ['abc', 'a.c', 'a\u00ffc'], no: ['ac', 'abbc'] },
    { source: '^a+b?$', yes: ['a', 'aaab'], no: ['', 'b', 'abb'] },
    { source: '^a{2}$', yes: ['aa'], no: ['a', 'aaa'] },
    { source: '^a{2,}$', yes: ['aa', 'aaaaa'], no: ['a'] },
    { source: '^a{1,3}$', yes: ['a', 'aaa'], no: ['', 'aaaa'] },
    { source: '^(ab){0,2}$', yes: ['', 'abab'], no: ['ababab', 'a'] },
    { source: '^(a*)*b$', yes: ['b', 'aab'], no: ['aac'] },
    { source: '^[a-cx]+\\.$', yes: ['abcx.', 'ABX.'], no: ['d.', '.'] },
    { source: '^[^a-c]$', yes: ['d', '.', '\u00e4'], no: ['a', 'B'] },
    { source: '^[]a]+$', yes: ['a]'], no: ['b'] },
    { source: '^[^]]$', yes: ['a'], no: [']'] },
    { source: '^[a-]+$', yes: ['a-a'], no: ['b'] },
    { source: '^[[:digit:]_]+$', yes: ['12_3'], no: ['a', ':'] },
    { source: '^[[:alnum:]-]+\\.$', yes: ['xn--A1.'], no: ['a_b.'] },
    { source: '^[[:upper:]]$', yes: ['a', 'A'], no: ['1'] },
    { source: '^\\d\\D\\w\\W$', yes: ['1ab.', '9._-'], no: ['aab.', '1abc'] },
    { source: '^(?:a|b)$', yes: ['a', 'B'], no: ['ab'] },
    { source: '^\\*\\.', yes: ['*.example.'], no: ['a.example.'] },
    { source: '^a{1}{3}$', yes: ['aaa'], no: ['a'] },
    { source: '^\\{$', yes: ['{'], no: ['a'] },
    { source: 'a*?b', yes: ['b', 'aab'], no: ['a'] },
  ];
  const cases = rows.flatMap(({ source, yes, no }) => [
    ...yes.map((text) => ({ source, text, want: true })),
    ...no.map((text) => ({ source, text, want: false })),
  ]);
  it.each(cases)('$source on "$text": $want', ({ source, text, want }) => {
    expect(matches(source, text)).toBe(want);
  });
});

describe('what is refused', () => {
  const rows = [
    { source: '(a', want: /at character 2: a '\(' is not closed/ },
    { source: 'a)', want: /at character 1: a '\)' closes nothing/ },
    { source: '[a', want: /a '\[' is not closed/ },
    { source: '[b-a]', want: /the range 'b-a' is the wrong way round/ },
    { source: '[[:vowel:]]', want: /no such class of characters; there are alpha, / },
    { source: '*a', want: /nothing before '\*'/ },
    { source: 'a|+', want: /nothing before '\+'/ },
    { source: 'a{', want: /'\{' wants/ },
    { source: 'a{3,2}', want: /'\{3,2\}' is the wrong way round/ },
    { source: 'a{256}', want: /more than 255 repetitions/ },
    { source: 'a\\', want: /nothing after the last '\\'/ },
    { source: '(a)\\1', want: /cannot be referred to/ },
    { source: '\\bwww', want: /'\\b' has no meaning here/ },
    { source: '(?=a)', want: /'\(\?' is not of POSIX/ },
    { source: 'münchen', want: /xn--/ },
    { source: '(a{200}){200}', want: /too large with its repetitions/ },
    { source: '((((){255}){255}){255}){255}', want: /too large with its repetitions/ },
    { source: `${'('.repeat(60)}a${')'.repeat(60)}`, want: /more than 50 deep/ },
    { source: 'a'.repeat(MAX_PATTERN_LENGTH + 1), want: /longer than 512 characters/ },
  ];
  it.each(rows)('$source', ({ source, want }) => {
    const result = parseNamePattern(source);
    expect(result.ok ? 'accepted' : result.error).toMatch(want);
  });
});

test('expressions that stop a backtracking matcher take steps in proportion to the name', () => {
  // Five hundred steps for each of a thousand characters at most; backtracking, these would take longer than the universe.
  const name = `${'a'.repeat(1000)}!`;
  const sources = [
    '^(a+)+$',
    '^(a|a)*$',
    '^(a|aa)+$',
    '(a*)*b',
    '^(a*a*a*a*a*a*)*$',
    `${'a?'.repeat(100)}b`,
    '(.*){20}x$',
  ];
  const startedMs = performance.now();
  for (const source of sources) expect(matches(source, name)).toBe(false);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
});

test('no text throws, and what is accepted ends', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (source, text) => {
      const result = parseNamePattern(source);
      if (result.ok) result.pattern.test(text);
    }),
  );
});

/** Expressions that both kinds read alike. */
const expressions = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', '\\.', '.', '[ab]', '[^a]', '^', '$'),
    fc.tuple(tie('node'), tie('node')).map(([first, second]) => first + second),
    fc.tuple(tie('node'), tie('node')).map(([first, second]) => `(${first}|${second})`),
    fc
      .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,}', '{0,2}'))
      .map(([part, more]) => `(${part})${more}`),
  ),
})).node;

test('small expressions match what a RegExp matches', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
  fc.assert(
    fc.property(expressions, texts, (source, text) => {
      const result = parseNamePattern(source);
      fc.pre(result.ok);
      expect(result.ok && result.pattern.test(text)).toBe(new RegExp(source, 'i').test(text));
    }),
    { numRuns: 1000 },
  );
});
