// Which names something is known of: "no" is certain, "perhaps" is not. A counter for each of many hashes, one octet each.

/** A counter that has got here stays: how often it was gone beyond is not known. */
const STUCK = 0xff;
const LEAST_COUNTERS = 1 << 10;
const MOST_COUNTERS = 1 << 21;
/** Memory of the store for each counter: an entry takes some hundred octets. */
const OCTETS_PER_COUNTER = 128;

export class NameFilter {
  private readonly counters: Uint8Array;
  private readonly mask: number;

  /** For a store of so many octets. */
  constructor(storeOctets: number) {
    let counters = LEAST_COUNTERS;
    while (counters < MOST_COUNTERS && counters * OCTETS_PER_COUNTER < storeOctets) counters *= 2;
    this.counters = new Uint8Array(counters);
    this.mask = counters - 1;
  }

  add(hash: number): void {
    const at = this.placeOf(hash);
    const count = this.counters[at] ?? 0;
    if (count !== STUCK) this.counters[at] = count + 1;
  }

  /** Takes back one `add` of the same hash. */
  remove(hash: number): void {
    const at = this.placeOf(hash);
    const count = this.counters[at] ?? 0;
    if (count !== STUCK && count !== 0) this.counters[at] = count - 1;
  }

  /** False when the hash is not in it. */
  mayHave(hash: number): boolean {
    return this.counters[this.placeOf(hash)] !== 0;
  }

  private placeOf(hash: number): number {
    return (Math.imul(hash, 0x9e3779b1) >>> 11) & this.mask;
  }
}
