import { describe, expect, test } from 'vitest';
import { ClockWatch } from '../../src/explain/clock-watch.ts';
import { nameOf } from '../../src/wire/name-text.ts';

const MINUTE_MS = 60_000;

function noted(entries: readonly (readonly [name: string, cause: string, minutes?: number])[]): (string | undefined)[] {
  const watch = new ClockWatch();
  return entries.map(([name, cause, minutes = 0]) => watch.note(nameOf(name), cause, minutes * MINUTE_MS));
}

describe('the clock is suspected', () => {
  const rows = [
    {
      name: 'when four unrelated names fail by date in the same direction',
      given: [
        ['a.example.', 'rrsig-expired'],
        ['b.example.', 'rrsig-expired'],
        ['www.c.test.', 'rrsig-expired'],
        ['d.', 'clock-ahead'],
      ],
      want: [undefined, undefined, undefined, 'ahead'],
    },
    {
      name: 'not by many names of one zone',
      given: [1, 2, 3, 4, 5].map((number) => [`x${number}.a.example.`, 'rrsig-not-yet-valid']),
      want: [undefined, undefined, undefined, undefined, undefined],
    },
    {
      name: 'not by names that fail in both directions, or for other causes',
      given: [
        ['a.', 'rrsig-expired'],
        ['b.', 'rrsig-not-yet-valid'],
        ['c.', 'rrsig-invalid'],
        ['d.', 'rrsig-expired'],
        ['e.', 'rrsig-expired'],
      ],
      want: [undefined, undefined, undefined, undefined, undefined],
    },
    {
      name: 'not by names that failed long ago',
      given: [
        ['a.', 'rrsig-not-yet-valid', 0],
        ['b.', 'rrsig-not-yet-valid', 1],
        ['c.', 'rrsig-not-yet-valid', 2],
        ['d.', 'rrsig-not-yet-valid', 11],
      ],
      want: [undefined, undefined, undefined, undefined],
    },
  ] as const;
  test.each(rows)('$name', ({ given, want }) => {
    expect(noted(given as readonly (readonly [string, string, number?])[])).toEqual(want);
  });
});
