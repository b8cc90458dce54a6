import { describe, expect, it } from 'vitest';
import { expiryText, parseExpiry } from '../../src/config/duration.ts';

const now = 1_800_000_000;

describe('parseExpiry', () => {
  const ends: readonly [text: string, want: number][] = [
    ['7d', now + 604_800],
    ['12h', now + 43_200],
    ['30m', now + 1800],
    ['2w', now + 1_209_600],
    ['90', now + 90],
    ['90s', now + 90],
    [' 7 D ', now + 604_800],
    ['2027-01-15', Date.UTC(2027, 0, 15) / 1000],
    ['2027-01-15T12:30', Date.UTC(2027, 0, 15, 12, 30) / 1000],
    ['2027-01-15T12:30:45Z', Date.UTC(2027, 0, 15, 12, 30, 45) / 1000],
    ['2027-01-15 12:30:00+01:00', Date.UTC(2027, 0, 15, 11, 30) / 1000],
    ['2020-01-01', Date.UTC(2020, 0, 1) / 1000],
  ];
  for (const [text, want] of ends) {
    it(`reads '${text}'`, () => expect(parseExpiry(text, now + 0.9)).toEqual({ ok: true, value: want }));
  }

  const wrong: readonly [text: string, reason: string][] = [
    ['', 'is neither'],
    ['soon', 'is neither'],
    ['7y', "'y' is no unit"],
    ['0d', 'zero'],
    ['99999w', 'longer than ten years'],
    ['2027-02-30', 'no date of the calendar'],
    ['2027-01-15T25:00', 'no date of the calendar'],
    ['-1d', 'is neither'],
  ];
  for (const [text, reason] of wrong) {
    it(`refuses '${text}'`, () =>
      expect(parseExpiry(text, now)).toEqual({ ok: false, error: expect.stringContaining(reason) }));
  }

  it('reads what expiryText writes', () => {
    expect(expiryText(now)).toBe('2027-01-15T08:00:00Z');
    expect(parseExpiry(expiryText(now), 0)).toEqual({ ok: true, value: now });
  });
});
