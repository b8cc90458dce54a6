// Who counts as alone in the side-by-side comparison.
import { describe, expect, test } from 'vitest';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import type { Reply } from './asker.ts';
import { disagreementLines, Tally } from './tally.ts';

function reply(status: string, ...answer: string[]): Reply {
  return { status: status.replace(' ad', ''), authentic: status.endsWith(' ad'), answer, errors: [] };
}

const asked = { name: nameOf('*.b c.test.'.replace(' ', '\\032')), type: RRType.A };

describe('alone', () => {
  const rows = [
    {
      name: 'nobody, when all agree',
      statuses: ['NOERROR', 'NOERROR', 'NOERROR', 'NOERROR', 'NOERROR'],
      want: undefined,
    },
    { name: 'one against four', statuses: ['SERVFAIL', 'NOERROR', 'NOERROR', 'NOERROR', 'NOERROR'], want: ['a'] },
    { name: 'two that differ from three', statuses: ['X', 'NOERROR', 'Y', 'NOERROR', 'NOERROR'], want: ['a', 'c'] },
    { name: 'nobody, when no three agree', statuses: ['X', 'X', 'Y', 'Y', 'NOERROR'], want: [] },
    { name: 'AD counts', statuses: ['NOERROR', 'NOERROR ad', 'NOERROR ad', 'NOERROR ad'], want: ['a'] },
    { name: 'not who is silent', statuses: ['TIMEOUT', 'NOERROR', 'NOERROR', 'NOERROR'], want: [] },
  ];
  for (const { name, statuses, want } of rows) {
    test(name, () => {
      const tally = new Tally();
      tally.add(1, asked, false, new Map(statuses.map((status, index) => ['abcde'[index] ?? '', reply(status)])));
      expect(tally.disagreements[0]?.alone).toEqual(want);
    });
  }

  test('with CD, AD does not count', () => {
    const tally = new Tally();
    tally.add(
      1,
      asked,
      true,
      new Map([
        ['a', reply('NOERROR')],
        ['b', reply('NOERROR ad')],
      ] as const),
    );
    expect(tally.disagreements).toEqual([]);
  });
});

test('a disagreement tells how to ask again, quoted for a shell', () => {
  const tally = new Tally();
  tally.add(
    7,
    asked,
    true,
    new Map([
      ['a', reply('NOERROR', 'x A 192.0.2.1')],
      ['b', reply('SERVFAIL')],
    ] as const),
  );
  const [disagreement] = tally.disagreements;
  expect(disagreement && disagreementLines(disagreement, 'zone test.')).toEqual([
    "internet 7: dig +dnssec +cd '*.b\\032c.test.' A   # zone test.",
    "  again: npm run compare -- --only 7 --ask '*.b\\032c.test. A'",
    '  a: NOERROR, x A 192.0.2.1',
    '  b: SERVFAIL, no records',
  ]);
});
