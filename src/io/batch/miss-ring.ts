// Queries on their way from a thread that has no resolver to the one that has: a ring in shared memory, one writer, one
// reader. A record never wraps: where it would, the rest of the ring is skipped.
import { CONTROL_OCTETS, type NativeMemory, SOCKADDR_OCTETS } from './layout.ts';

const LINE_OCTETS = 64;
/** A power of two; some 2,000 queries of usual size. */
const DATA_OCTETS = 256 * 1024;
const HEAD = 0;
const TAIL = LINE_OCTETS / 4;
const DATA = 2 * LINE_OCTETS;

/** Words in front of a record: its octets in all, listener, octets of the query, octets of the control message. */
const TOTAL = 0;
const LISTENER = 1;
const QUERY = 2;
const CONTROL = 3;
const HEADER_OCTETS = 16;
const ADDRESS_OCTETS = 32;
/** Longer datagrams are nobody's queries. */
const MAX_QUERY_OCTETS = 4096;
/** Stands in place of the size where the rest of the ring is skipped. */
const SKIP = -1;

/** What is done with each: offsets hold within the call. */
export type TakeMiss = (
  listener: number,
  query: number,
  length: number,
  address: number,
  control: number,
  controlOctets: number,
) => void;

export class MissRing {
  /** What a ring takes of the memory. */
  static readonly octets = DATA + DATA_OCTETS;
  private readonly memory: NativeMemory;
  /** In words. */
  private readonly start: number;
  private readonly data: number;

  constructor(memory: NativeMemory, offset: number) {
    this.memory = memory;
    this.start = offset >> 2;
    this.data = offset + DATA;
  }

  /** Copies a query into the ring; false when there is no room. */
  push(
    listener: number,
    query: number,
    length: number,
    address: number,
    control: number,
    controlOctets: number,
  ): boolean {
    const { octets, words } = this.memory;
    if (length > MAX_QUERY_OCTETS || controlOctets > CONTROL_OCTETS) return false;
    const total = (HEADER_OCTETS + ADDRESS_OCTETS + controlOctets + length + 7) & ~7;
    let tail = Atomics.load(words, this.start + TAIL);
    const room = DATA_OCTETS - ((tail - Atomics.load(words, this.start + HEAD)) | 0);
    const left = DATA_OCTETS - (tail & (DATA_OCTETS - 1));
    if (total + (left < total ? left : 0) > room) return false;
    if (left < total) {
      words[this.wordAt(tail) + TOTAL] = SKIP;
      tail = (tail + left) | 0;
    }
    const header = this.wordAt(tail);
    words[header + TOTAL] = total;
    words[header + LISTENER] = listener;
    words[header + QUERY] = length;
    words[header + CONTROL] = controlOctets;
    const at = (header << 2) + HEADER_OCTETS;
    octets.copyWithin(at, address, address + SOCKADDR_OCTETS);
    octets.copyWithin(at + ADDRESS_OCTETS, control, control + controlOctets);
    octets.copyWithin(at + ADDRESS_OCTETS + controlOctets, query, query + length);
    Atomics.store(words, this.start + TAIL, (tail + total) | 0);
    return true;
  }

  /** Takes up to `most` queries; true when there are more. */
  drain(most: number, take: TakeMiss): boolean {
    const { words } = this.memory;
    for (let taken = 0; taken < most; taken++) {
      let head = Atomics.load(words, this.start + HEAD);
      const tail = Atomics.load(words, this.start + TAIL);
      if (head === tail) return false;
      if (words[this.wordAt(head) + TOTAL] === SKIP) head = (head + DATA_OCTETS - (head & (DATA_OCTETS - 1))) | 0;
      const header = this.wordAt(head);
      const at = (header << 2) + HEADER_OCTETS;
      const controlOctets = words[header + CONTROL] ?? 0;
      const control = at + ADDRESS_OCTETS;
      try {
        take(
          words[header + LISTENER] ?? 0,
          control + controlOctets,
          words[header + QUERY] ?? 0,
          at,
          control,
          controlOctets,
        );
      } finally {
        Atomics.store(words, this.start + HEAD, (head + (words[header + TOTAL] ?? 0)) | 0);
      }
    }
    return Atomics.load(words, this.start + HEAD) !== Atomics.load(words, this.start + TAIL);
  }

  private wordAt(position: number): number {
    return (this.data + (position & (DATA_OCTETS - 1))) >> 2;
  }
}
