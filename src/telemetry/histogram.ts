// How long things took, in buckets whose bounds go up by about two: each counts what took no longer than its bound.

/** One bucket as it is exported: cumulative. */
export interface Bucket {
  /** Upper bound, microseconds; the last one is infinite. */
  readonly boundMicroseconds: number;
  readonly count: number;
}

/** Bounds within a power of ten, as in PowerDNS. */
const STEPS = [1, 2, 4, 8];

export class Histogram {
  private readonly bounds: readonly number[];
  /** By bucket, not cumulative; one more than there are bounds. */
  private readonly counts: number[];
  private sumMs = 0;
  private instant = (): number => 0;

  /** `count` bounds from `firstMicroseconds` on, a power of ten: 10, 20, 40, 80, 100, 200 and so on. */
  constructor(firstMicroseconds: number, count: number) {
    this.bounds = Array.from(
      { length: count },
      (_, index) => firstMicroseconds * 10 ** Math.floor(index / STEPS.length) * (STEPS[index % STEPS.length] ?? 1),
    );
    this.counts = new Array<number>(count + 1).fill(0);
  }

  add(ms: number): void {
    const microseconds = ms * 1000;
    let index = 0;
    while (microseconds > (this.bounds[index] ?? Number.POSITIVE_INFINITY)) index++;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sumMs += ms;
  }

  /** Counts in the first bucket what is counted elsewhere, because it takes no time. */
  addInstant(read: () => number): void {
    this.instant = read;
  }

  get sumSeconds(): number {
    return this.sumMs / 1000;
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, this.instant());
  }

  buckets(): Bucket[] {
    let sum = this.instant();
    return this.counts.map((count, index) => {
      sum += count;
      return { boundMicroseconds: this.bounds[index] ?? Number.POSITIVE_INFINITY, count: sum };
    });
  }
}
