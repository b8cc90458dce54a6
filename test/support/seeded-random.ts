// Chance for tests: the same seed gives the same numbers. KEDGE_TEST_SEED sets it; `random` draws a fresh one.
import type { Random } from '../../src/ports/random.ts';

const DEFAULT_SEED = 1;

/** The seed of this run, to be printed wherever a run is reported. */
export function testSeed(): number {
  const { KEDGE_TEST_SEED: wanted } = process.env;
  if (wanted === undefined || wanted === '') return DEFAULT_SEED;
  if (wanted === 'random') return Math.floor(Math.random() * 0x1_0000_0000);
  return Number(wanted) >>> 0;
}

/** xorshift128 (Marsaglia 2003), its state filled from the seed by splitmix32. Not for anything but tests. */
export class SeededRandom implements Random {
  readonly seed: number;
  private readonly state = new Uint32Array(4);

  constructor(seed: number = testSeed()) {
    this.seed = seed >>> 0;
    let mixed = this.seed;
    for (let index = 0; index < 4; index++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let word = mixed;
      word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
      this.state[index] = (word ^ (word >>> 15)) >>> 0;
    }
    // The all-zero state would stay zero for ever.
    if (this.state.every((word) => word === 0)) this.state[0] = 1;
  }

  below(limit: number): number {
    // Drawing again above the last whole multiple of `limit` keeps the result uniform.
    const bound = Math.floor(0x1_0000_0000 / limit) * limit;
    for (;;) {
      const word = this.next();
      if (word < bound) return word % limit;
    }
  }

  /** True once in a while: with the given probability from 0 to 1. */
  chance(probability: number): boolean {
    return probability > 0 && this.next() / 0x1_0000_0000 < probability;
  }

  private next(): number {
    const [first = 0, second = 0, third = 0, fourth = 0] = this.state;
    let word = fourth ^ (fourth << 11);
    word ^= word >>> 8;
    word ^= first ^ (first >>> 19);
    this.state.set([word >>> 0, first, second, third]);
    return word >>> 0;
  }
}
