// A bounded map that drops what has not been used for long: a queue with second chance. A use sets a mark; when room is
// needed, the oldest entry goes, or if it has a mark loses that and queues up again. Compared with a list in exact order
// of use, a look-up changes one field instead of four, and a new entry costs one object and no index.

interface Slot<Value> {
  value: Value;
  size: number;
  isUsed: boolean;
}

export interface RecentMapLimits<Value> {
  /** Most entries; undefined: any number. */
  readonly maxEntries?: number;
  /** Most that the sizes given with the entries may add up to; undefined: anything. */
  readonly maxSize?: number;
  /** Hears of each value that leaves: dropped, replaced, deleted or cleared. */
  readonly onGone?: (value: Value, key: string) => void;
}

/** Marks taken away for one new entry; then the next entry goes, used or not, so that the work for each is bounded. */
const MAX_SPARED = 64;

export class RecentMap<Value> {
  readonly maxEntries: number;
  readonly maxSize: number;
  private readonly slots = new Map<string, Slot<Value>>();
  private readonly onGone: ((value: Value, key: string) => void) | undefined;
  /** At the head of the queue: kept, because a new one would pass over all that has been deleted there. */
  private head: Iterator<[string, Slot<Value>]> | undefined;
  private totalSize = 0;

  constructor({ maxEntries, maxSize, onGone }: RecentMapLimits<Value>) {
    this.maxEntries = Math.max(1, maxEntries ?? Number.POSITIVE_INFINITY);
    this.maxSize = Math.max(1, maxSize ?? Number.POSITIVE_INFINITY);
    this.onGone = onGone;
  }

  get size(): number {
    return this.slots.size;
  }

  /** What the sizes of all entries add up to. */
  get calculatedSize(): number {
    return this.totalSize;
  }

  get(key: string): Value | undefined {
    const slot = this.slots.get(key);
    if (slot === undefined) return undefined;
    slot.isUsed = true;
    return slot.value;
  }

  /** As `get`, without counting as a use. */
  peek(key: string): Value | undefined {
    return this.slots.get(key)?.value;
  }

  /** Stores a value; one that is larger than everything may be is not stored, and what was there goes. */
  set(key: string, value: Value, size = 1): void {
    const present = this.slots.get(key);
    if (present !== undefined) {
      if (size > this.maxSize) {
        this.delete(key);
        return;
      }
      const before = present.value;
      this.totalSize += size - present.size;
      present.value = value;
      present.size = size;
      present.isUsed = true;
      if (before !== value) this.onGone?.(before, key);
      // It may be dropped itself, when it is much larger than before.
      while (this.totalSize > this.maxSize) this.dropOne();
      return;
    }
    if (size > this.maxSize) return;
    while (this.slots.size >= this.maxEntries || this.totalSize + size > this.maxSize) this.dropOne();
    this.slots.set(key, { value, size, isUsed: false });
    this.totalSize += size;
  }

  delete(key: string): boolean {
    const slot = this.slots.get(key);
    if (slot === undefined) return false;
    this.slots.delete(key);
    this.totalSize -= slot.size;
    this.onGone?.(slot.value, key);
    return true;
  }

  clear(): void {
    const gone = [...this.slots];
    this.slots.clear();
    this.head = undefined;
    this.totalSize = 0;
    if (this.onGone !== undefined) for (const [key, { value }] of gone) this.onGone(value, key);
  }

  keys(): IterableIterator<string> {
    return this.slots.keys();
  }

  /** The head of the queue first; entries may be deleted meanwhile. */
  *entries(): Generator<[string, Value]> {
    for (const [key, { value }] of this.slots) yield [key, value];
  }

  *values(): Generator<Value> {
    for (const { value } of this.slots.values()) yield value;
  }

  private dropOne(): void {
    for (let spared = 0; ; ) {
      this.head ??= this.slots[Symbol.iterator]();
      const next = this.head.next();
      if (next.done === true) {
        this.head = undefined;
        if (this.slots.size === 0) return;
        continue;
      }
      const [key, slot] = next.value;
      if (slot.isUsed && spared < MAX_SPARED) {
        slot.isUsed = false;
        spared++;
        this.slots.delete(key);
        this.slots.set(key, slot);
        continue;
      }
      this.delete(key);
      return;
    }
  }
}
