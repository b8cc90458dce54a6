// Addresses that the access list has let through, as a table in memory that threads share: who is in it may be answered
// from the reply cache. Everybody else goes the slow way, where the list itself is asked. One thread writes.

/** Words of a place: version (odd while it is written), then the address. */
const PLACE_WORDS = 8;
const ADDRESS_WORDS = 4;
const PLACES = 4096;

export class AllowedClients {
  /** What the table takes of the memory. */
  static readonly octets = PLACES * PLACE_WORDS * 4;
  private readonly words: Int32Array;
  private readonly start: number;
  private readonly hashSeed: number;
  /** The address looked for, as four words; IPv4 in the form of RFC 4291 2.5.5.2. */
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
    if (version === 0 || (version & 1) !== 0) return false;
    for (let index = 0; index < ADDRESS_WORDS; index++) {
      if (words[place + 1 + index] !== wanted[index]) return false;
    }
    return Atomics.load(words, place) === version;
  }

  /** Lets an address through; another one may lose its place. */
  add(address: Uint8Array): void {
    const { words, wanted } = this;
    const place = this.find(address, 0, address.length);
    Atomics.add(words, place, (Atomics.load(words, place) & 1) === 0 ? 1 : 2);
    for (let index = 0; index < ADDRESS_WORDS; index++) words[place + 1 + index] = wanted[index] ?? 0;
    Atomics.add(words, place, 1);
  }

  /** Forgets all of them: the access list has changed. */
  clear(): void {
    for (let place = this.start; place < this.start + PLACES * PLACE_WORDS; place += PLACE_WORDS) {
      Atomics.store(this.words, place, 0);
    }
  }

  private find(memory: Uint8Array, offset: number, length: number): number {
    const { wanted } = this;
    wanted[0] = 0;
    wanted[1] = 0;
    wanted[2] = length === 4 ? 0xffff : 0;
    wanted[3] = 0;
    if (length === 4) {
      wanted[3] = word(memory, offset);
    } else {
      for (let index = 0; index < ADDRESS_WORDS; index++) wanted[index] = word(memory, offset + index * 4);
    }
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
