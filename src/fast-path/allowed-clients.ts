// Addresses that the access list has let through, as a table in memory that threads share: who is in it may be answered
// from the reply cache. Everybody else goes the slow way, where the list itself is asked. One thread writes.

/** Words of a place: version (odd while it is written), four of the address, its length in octets. */
const PLACE_WORDS = 8;
const ADDRESS_WORDS = 5;
const LENGTH = 4;
const PLACES = 4096;

export class AllowedClients {
  /** What the table takes of the memory. */
  static readonly octets = PLACES * PLACE_WORDS * 4;
  private readonly words: Int32Array;
  private readonly start: number;
  private readonly hashSeed: number;
  /** The address looked for, as it stands in its place. An empty place has length 0, which no address has. */
  private readonly wanted = new Int32Array(ADDRESS_WORDS);

  constructor(memory: Uint8Array, start: number, hashSeed: number) {
    this.words = new Int32Array(memory.buffer, memory.byteOffset, memory.length >> 2);
    this.start = start >> 2;
    this.hashSeed = hashSeed | 0;
  }

  /** Whether the address of `length` (4 or 16) octets at `offset` has been let through. */
  has(memory: Uint8Array, offset: number, length: number): boolean {
    const { words, wanted } = this;
    const place = this.find(memory, offset, length);
    const version = Atomics.load(words, place);
    if ((version & 1) !== 0) return false;
    // Atomic, all of them: plain reads may be done after the second look at the version.
    for (let index = 0; index < ADDRESS_WORDS; index++) {
      if (Atomics.load(words, place + 1 + index) !== wanted[index]) return false;
    }
    return Atomics.load(words, place) === version;
  }

  /** Lets an address through; another one may lose its place. */
  add(address: Uint8Array): void {
    const { words, wanted } = this;
    // Each client comes here with every query that the reply cache does not know.
    if (this.has(address, 0, address.length)) return;
    const place = this.find(address, 0, address.length);
    Atomics.add(words, place, 1);
    for (let index = 0; index < ADDRESS_WORDS; index++) Atomics.store(words, place + 1 + index, wanted[index] ?? 0);
    Atomics.add(words, place, 1);
  }

  /**
   * Forgets all of them: the access list has changed. Versions go on counting, so that a reader never takes what was
   * written before for what is written after.
   */
  clear(): void {
    const { words } = this;
    for (let place = this.start; place < this.start + PLACES * PLACE_WORDS; place += PLACE_WORDS) {
      if (Atomics.load(words, place) === 0) continue;
      Atomics.add(words, place, 1);
      for (let index = 0; index < ADDRESS_WORDS; index++) Atomics.store(words, place + 1 + index, 0);
      Atomics.add(words, place, 1);
    }
  }

  private find(memory: Uint8Array, offset: number, length: number): number {
    const { wanted } = this;
    for (let index = 0; index < LENGTH; index++) {
      wanted[index] = index * 4 < length ? word(memory, offset + index * 4) : 0;
    }
    wanted[LENGTH] = length;
    let hash = this.hashSeed;
    for (let index = 0; index < ADDRESS_WORDS; index++) {
      hash = Math.imul(hash ^ (wanted[index] ?? 0), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    return this.start + (hash & (PLACES - 1)) * PLACE_WORDS;
  }
}

function word(memory: Uint8Array, offset: number): number {
  return (
    ((memory[offset] ?? 0) << 24) |
    ((memory[offset + 1] ?? 0) << 16) |
    ((memory[offset + 2] ?? 0) << 8) |
    (memory[offset + 3] ?? 0)
  );
}
