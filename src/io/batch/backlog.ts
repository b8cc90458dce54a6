// Work that may wait its turn: queries that take a look-up. What is answered at once goes before it.

/** Some tenths of a second of work; who asks for more hears nothing, and asks again. */
const MAX_WORK = 2048;

export class Backlog {
  private readonly places: ((() => void) | undefined)[] = [];
  private first = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** False when there is too much already. */
  add(work: () => void): boolean {
    if (this.count === MAX_WORK) return false;
    this.places[(this.first + this.count++) % MAX_WORK] = work;
    return true;
  }

  /** The oldest work, which is then no longer here. */
  take(): (() => void) | undefined {
    if (this.count === 0) return undefined;
    const work = this.places[this.first];
    this.places[this.first] = undefined;
    this.first = (this.first + 1) % MAX_WORK;
    this.count--;
    return work;
  }
}
