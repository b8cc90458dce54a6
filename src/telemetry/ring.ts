// The last so many entries of something that goes on for ever; adding one is one write.

export class Ring<T> {
  readonly capacity: number;
  private readonly items: T[] = [];
  private next = 0;

  /** A capacity of 0 keeps nothing. */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.items.length;
  }

  add(item: T): void {
    if (this.capacity === 0) return;
    this.items[this.next] = item;
    this.next = this.next + 1 === this.capacity ? 0 : this.next + 1;
  }

  /** In no order that means anything. */
  all(): readonly T[] {
    return this.items;
  }

  *newestFirst(): Generator<T> {
    const { items } = this;
    for (let back = 1; back <= items.length; back++) {
      const item = items[(this.next - back + items.length) % items.length];
      if (item !== undefined) yield item;
    }
  }

  clear(): void {
    this.items.length = 0;
    this.next = 0;
  }
}
