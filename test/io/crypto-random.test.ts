import { describe, expect, it } from 'vitest';
import { CryptoRandom } from '../../src/io/crypto-random.ts';
import { defaultSourcePorts, SourcePorts } from '../../src/io/dgram/source-ports.ts';
import { chiSquareScore } from './chi-square.ts';

const DRAWS = 100_000;
/** A sane generator fails this once in some 10^6 runs. */
const SUSPICIOUS = 5;

describe('CryptoRandom (SECURITY A-01, A-03)', () => {
  const limits = [2, 3, 10, 255, 256, 257, 1000, 40_000, 0x10000];
  for (const limit of limits) {
    it(`draws evenly below ${limit}`, () => {
      const random = new CryptoRandom();
      // No more cells than leave some forty draws for each.
      const cells = Math.min(limit, 2500);
      const counts = new Uint32Array(cells);
      const width = limit / cells;
      let uneven = 0;
      for (let draw = 0; draw < DRAWS; draw++) {
        const value = random.below(limit);
        if (!(value >= 0 && value < limit && Number.isInteger(value))) uneven++;
        const cell = Math.floor(value / width);
        counts[cell] = (counts[cell] ?? 0) + 1;
      }
      expect(uneven).toBe(0);
      // Where the cells' widths differ by one value, only the range has been checked.
      if (limit % cells === 0) expect(chiSquareScore(counts, DRAWS)).toBeLessThan(SUSPICIOUS);
    });
  }

  it('draws 100,000 IDs of which high and low octet are even', () => {
    const random = new CryptoRandom();
    const high = new Uint32Array(256);
    const low = new Uint32Array(256);
    for (let draw = 0; draw < DRAWS; draw++) {
      const id = random.below(0x10000);
      high[id >> 8] = (high[id >> 8] ?? 0) + 1;
      low[id & 0xff] = (low[id & 0xff] ?? 0) + 1;
    }
    expect(chiSquareScore(high, DRAWS)).toBeLessThan(SUSPICIOUS);
    expect(chiSquareScore(low, DRAWS)).toBeLessThan(SUSPICIOUS);
  });

  it('draws consecutive values that do not hang together', () => {
    const random = new CryptoRandom();
    const pairs = new Uint32Array(256);
    let last = random.below(16);
    for (let draw = 0; draw < DRAWS; draw++) {
      const value = random.below(16);
      pairs[last * 16 + value] = (pairs[last * 16 + value] ?? 0) + 1;
      last = value;
    }
    expect(chiSquareScore(pairs, DRAWS)).toBeLessThan(SUSPICIOUS);
  });

  it('draws evenly below 2^32, and below a limit just above 2^16', () => {
    const random = new CryptoRandom();
    const ofAll = new Uint32Array(1000);
    const ofSome = new Uint32Array(1000);
    for (let draw = 0; draw < DRAWS; draw++) {
      const all = Math.floor((random.below(2 ** 32) / 2 ** 32) * 1000);
      const some = Math.floor(random.below(70_000) / 70);
      ofAll[all] = (ofAll[all] ?? 0) + 1;
      ofSome[some] = (ofSome[some] ?? 0) + 1;
    }
    expect(chiSquareScore(ofAll, DRAWS)).toBeLessThan(SUSPICIOUS);
    expect(chiSquareScore(ofSome, DRAWS)).toBeLessThan(SUSPICIOUS);
  });

  it('knows only zero below one', () => {
    const random = new CryptoRandom();
    for (let draw = 0; draw < 100; draw++) expect(random.below(1)).toBe(0);
  });

  for (const limit of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`refuses ${limit} as a limit`, () => {
      expect(() => new CryptoRandom().below(limit)).toThrow(RangeError);
    });
  }
});

describe('SourcePorts', () => {
  it('permits 1024 to 65535 without three ports: 16 bits but for a fiftieth', () => {
    expect(new SourcePorts().count).toBe(64_512 - 3);
  });

  it('draws 100,000 ports evenly and none of those to avoid', () => {
    const random = new CryptoRandom();
    const ports = new SourcePorts({ ...defaultSourcePorts, avoid: [...defaultSourcePorts.avoid, 5300] });
    const counts = new Uint32Array(64_512 / 48);
    const avoided: number[] = [];
    for (let draw = 0; draw < DRAWS; draw++) {
      const port = ports.choose(random);
      if (port < 1024 || port > 65_535 || [4791, 5353, 11211, 5300].includes(port)) avoided.push(port);
      const cell = Math.floor((port - 1024) / 48);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    expect(avoided).toEqual([]);
    // Four cells lack one of their 48 ports, which the test does not see.
    expect(chiSquareScore(counts, DRAWS)).toBeLessThan(SUSPICIOUS);
  });

  const ranges = [
    { name: 'none to avoid', min: 1024, max: 1100, avoid: [] },
    { name: 'the first and the last to avoid', min: 2000, max: 2010, avoid: [2000, 2010] },
    { name: 'neighbours to avoid, in no order and twice', min: 2000, max: 2020, avoid: [2007, 2005, 2006, 2005, 2019] },
    { name: 'ports outside to avoid', min: 2000, max: 2003, avoid: [1, 1999, 2004, 65_535] },
    { name: 'all but one to avoid', min: 3000, max: 3003, avoid: [3000, 3001, 3003] },
    { name: 'all ports', min: 0, max: 70_000, avoid: [1, 80, 65_535] },
    { name: 'an empty range', min: 5000, max: 4000, avoid: [4500] },
  ];
  for (const { name, ...range } of ranges) {
    it(`gives each permitted port exactly one number: ${name}`, () => {
      const permitted: number[] = [];
      for (let port = Math.max(1, range.min); port <= Math.min(65_535, range.max); port++) {
        if (!range.avoid.includes(port)) permitted.push(port);
      }
      const ports = new SourcePorts(range);
      expect(ports.count).toBe(permitted.length);
      const chosen = permitted.map((_, number) => ports.choose({ below: () => number }));
      expect(chosen).toEqual(permitted);
    });
  }

  it('leaves the choice to the operating system when none is permitted', () => {
    expect(new SourcePorts({ min: 5353, max: 5353, avoid: [5353] }).choose(new CryptoRandom())).toBe(0);
  });
});
