// Chance for IDs, ports and letter case: the operating system's generator, drawn in blocks (RFC 5452 9.2).
import { randomFillSync } from 'node:crypto';
import type { Random } from '../ports/random.ts';

const POOL_OCTETS = 4096;
const MAX_LIMIT = 2 ** 32;

export class CryptoRandom implements Random {
  /** Not a DataView: Node.js 24 refuses one, now and then, once `randomFillSync` has been optimised. */
  private readonly pool = new Uint8Array(POOL_OCTETS);
  private used = POOL_OCTETS;

  below(limit: number): number {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      throw new RangeError(`a random number below ${limit} was asked for`);
    }
    const range = limit <= 0x10000 ? 0x10000 : MAX_LIMIT;
    // Numbers from the last, incomplete multiple of the limit on are drawn anew: they would make small results likelier.
    const fairEnd = range - (range % limit);
    for (;;) {
      const drawn = range === 0x10000 ? this.draw16() : this.draw32();
      if (drawn < fairEnd) return drawn % limit;
    }
  }

  private draw16(): number {
    const { pool } = this;
    if (this.used === POOL_OCTETS) {
      randomFillSync(pool);
      this.used = 0;
    }
    return ((pool[this.used++] as number) << 8) | (pool[this.used++] as number);
  }

  private draw32(): number {
    return this.draw16() * 0x10000 + this.draw16();
  }
}
