import { describe, expect, it } from 'vitest';
import { closestWord, editDistance } from '../../src/config/suggestion.ts';

describe('editDistance', () => {
  for (const [a, b, want] of [
    ['', '', 0],
    ['abc', '', 3],
    ['validation', 'validaton', 1],
    ['listen', 'lisetn', 1],
    ['port', 'ports', 1],
    ['kitten', 'sitting', 3],
  ] as const) {
    it(`${a} and ${b}`, () => {
      expect(editDistance(a, b)).toBe(want);
      expect(editDistance(b, a)).toBe(want);
    });
  }
});

describe('closestWord', () => {
  const known = ['validation', 'trustanchors', 'log_bogus', 'max_ttl'];
  for (const [given, want] of [
    ['trustanchor', 'trustanchors'],
    ['log-bogus', 'log_bogus'],
    ['LOG_BOGUS', 'log_bogus'],
    ['maxttl', 'max_ttl'],
    ['something_else', undefined],
  ] as const) {
    it(given, () => expect(closestWord(given, known)).toBe(want));
  }
});
