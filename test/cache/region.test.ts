// Which names are forgotten together: whole labels count, letter case does not.
import { describe, expect, test } from 'vitest';
import { Region } from '../../src/cache/region.ts';
import { DomainName } from '../../src/wire/name.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { rrsetKey } from '../../src/wire/record.ts';

const rows: [name: string, region: Region, covered: readonly string[], not: readonly string[]][] = [
  [
    'a tree',
    Region.below(nameOf('home.arpa.')),
    ['home.arpa.', 'HOME.arpa.', 'a.b.home.arpa.'],
    ['arpa.', 'nothome.arpa.', 'home.arpa.lan.', '.', 'x\\004home\\004arpa.'],
  ],
  ['one name', Region.at(nameOf('nas.home.arpa.')), ['nas.HOME.arpa.'], ['home.arpa.', 'x.nas.home.arpa.']],
  [
    'several trees',
    Region.below(nameOf('lan.'), nameOf('home.arpa.')),
    ['x.lan.', 'lan.', 'x.home.arpa.'],
    ['arpa.', 'lan.test.'],
  ],
  ['everything', Region.below(DomainName.root), ['.', 'test.', 'a.b.c.'], []],
  ['nothing', Region.below(), [], ['.', 'test.']],
];

describe('a region of', () => {
  for (const [name, region, covered, not] of rows) {
    test(name, () => {
      for (const [texts, want] of [
        [covered, true],
        [not, false],
      ] as const) {
        for (const text of texts) {
          expect([text, region.covers(nameOf(text))]).toEqual([text, want]);
          expect([text, region.coversRRsetKey(rrsetKey(nameOf(text), 0x6101))]).toEqual([text, want]);
        }
      }
    });
  }
});
