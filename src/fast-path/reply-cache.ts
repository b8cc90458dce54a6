// Finished UDP replies, by question and by the flags that shape a reply (POWERDNS `packetcache`): a repeated question
// costs one look into memory. The memory may be shared between threads: one of them writes, all read.
//
// What is kept is what the slow path has sent, so that both give the same octets but for the age of the TTLs. Nothing is
// judged here. Any change of what the resolver knows by decision (a wipe, a reload, an anchor) empties the whole cache.
import { lowerCase } from '../wire/lower-case.ts';
import { finishHash, hashStep, type QueryScan } from './query-scan.ts';

const HEADER_OCTETS = 12;
const RECORD_FIELDS_OCTETS = 10;
const OPT_TYPE = 41;

/** Slots that one hash may be in. */
const WAYS = 4;
/**
 * Words of a slot: sequence number, hash, offset of the entry, when it expires. The number is odd as long as the slot
 * holds an entry, and goes up with every change: who finds the same odd number before and after has read one entry. Its
 * upper bits are the epoch, which the whole cache has, too: what is of another epoch than the cache has been forgotten.
 */
const SLOT_WORDS = 4;
const SEQUENCE = 0;
const HASH = 1;
const OFFSET = 2;
const EXPIRES = 3;
const EPOCH_SHIFT = 20;
const COUNT_MASK = (1 << EPOCH_SHIFT) - 1;
const EPOCHS = 1 << (32 - EPOCH_SHIFT);

/** Words in front of an entry. */
const ENTRY_WORDS = 6;
const ENTRY_OCTETS = 0;
const ENTRY_SLOT = 1;
/** Cache-clock seconds. */
const ENTRY_STORED = 2;
const ENTRY_REPLY_OCTETS = 3;
/** In the lower half their number, in the upper half the note. */
const ENTRY_TTLS = 4;
const NOTE_SHIFT = 16;
const TTL_COUNT_MASK = (1 << NOTE_SHIFT) - 1;
/** Octets of the name, type and query bits: with the name itself, the key. */
const ENTRY_KEY = 5;

/** Words in front of everything: the number of entries, and in the next the epoch. */
const STATE_WORDS = 16;
const EPOCH = 1;
/** Octets of a cache line: what one thread writes all the time does not share one with what others read. */
const LINE_OCTETS = 64;

/** The memory is filled piece by piece, round and round: the oldest piece makes way as a whole. */
const SEGMENTS = 64;

/** Octets that are copied word by word. */
const MAX_WORDWISE_OCTETS = 512;

/** Records of one reply, no more than fit into the largest. */
const MAX_RECORDS = 400;

/** The largest UDP reply that can be configured. */
export const MAX_UDP_OCTETS = 4096;
const LEAST_CACHE_OCTETS = 64 * 1024;
/** A reply with an OPT record that has so much room left has not had to leave out an extended error. */
export const LARGEST_OPTION_OCTETS = 70;

/** How large a cache is made of so many octets, 0 for one that keeps nothing, and the longest reply that it keeps. */
export function replyCacheRoom(cacheOctets: number, longest: number): { octets: number; maxReplyOctets: number } {
  return {
    octets: Math.max(cacheOctets, LEAST_CACHE_OCTETS) & ~(LINE_OCTETS - 1),
    maxReplyOctets: cacheOctets === 0 ? 0 : Math.min(longest, MAX_UDP_OCTETS),
  };
}

export interface ReplyCacheOptions {
  /** Memory that holds queries and replies, and the cache between `start` and `start + octets`. */
  readonly memory: Uint8Array;
  /** A multiple of 64. */
  readonly start: number;
  readonly octets: number;
  /** A random number that nobody outside knows; the same for all threads. */
  readonly hashSeed: number;
  /** Longer replies are not kept. */
  readonly maxReplyOctets: number;
  /** Longest life of an answer, and of NXDOMAIN and NODATA, seconds. */
  readonly maxTtl: number;
  readonly maxNegativeTtl: number;
}

/** A reply as a dump shows it. */
export interface KeptReply {
  /** Uncompressed wire form, in lower case. */
  readonly name: Uint8Array;
  readonly type: number;
  /** Until it expires. */
  readonly seconds: number;
}

export class ReplyCache {
  private readonly options: ReplyCacheOptions;
  private readonly memory: Uint8Array;
  private readonly words: Int32Array;
  private readonly slotMask: number;
  private readonly epochWord: number;
  /** Offsets in words. */
  private readonly slots: number;
  /** Offsets in octets from the start of the memory. */
  private readonly ringStart: number;
  private readonly segmentOctets: number;
  /** Octets written into each segment, and the one that is being filled. Only the writer uses them. */
  private readonly filled = new Int32Array(SEGMENTS);
  private segment = 0;
  private readonly ttlOffsets = new Uint16Array(MAX_RECORDS);
  /** A word of this reader's own; see `isUnchanged`. */
  private readonly fence = new Int32Array(new SharedArrayBuffer(LINE_OCTETS));
  /** Of the last hit. */
  lastRcode = 0;
  lastNote = 0;

  /** Goes up each time everything is forgotten: what began before must not be kept. Only the writer uses it. */
  generation = 0;

  constructor(options: ReplyCacheOptions) {
    const { memory, start, octets } = options;
    this.options = options;
    this.memory = memory;
    this.words = new Int32Array(memory.buffer, memory.byteOffset, memory.length >> 2);
    // A slot for each 256 octets: about what a signed answer takes.
    let slotCount = WAYS;
    while (slotCount * 2 * 256 <= octets) slotCount *= 2;
    this.slotMask = slotCount - 1;
    this.epochWord = (start >> 2) + EPOCH;
    this.slots = (start >> 2) + STATE_WORDS;
    this.ringStart = start + (STATE_WORDS + slotCount * SLOT_WORDS) * 4;
    this.segmentOctets = Math.floor((start + octets - this.ringStart) / SEGMENTS) & ~3;
  }

  /** Replies held. */
  get size(): number {
    return Atomics.load(this.words, this.options.start >> 2);
  }

  /**
   * Puts the reply for a scanned query in its place, at `offset` where the query lies: ID, letter case and question stay
   * as the client sent them. There is room for the longest reply. Returns its octets, or 0 for a miss; the query is then
   * there as it was, but for the cookie in rare cases (`QueryScan.restore`).
   */
  answer(scan: QueryScan, offset: number, now: number): number {
    const { memory, words } = this;
    const { hash } = scan;
    const first = this.firstSlot(hash);
    const epoch = Atomics.load(words, this.epochWord);
    for (let slot = first; slot < first + WAYS * SLOT_WORDS; slot += SLOT_WORDS) {
      if (words[slot + HASH] !== hash) continue;
      const sequence = Atomics.load(words, slot + SEQUENCE);
      if (!isHeld(sequence, epoch) || words[slot + HASH] !== hash || (words[slot + EXPIRES] ?? 0) <= now) continue;
      const entry = words[slot + OFFSET] ?? 0;
      if (!this.holds(scan, entry, offset)) continue;
      const note = (words[(entry >> 2) + ENTRY_TTLS] ?? 0) >>> NOTE_SHIFT;
      const octets = this.copy(scan, entry, offset, now);
      if (this.isUnchanged(slot, sequence, epoch)) {
        this.lastRcode = (memory[offset + 3] ?? 0) & 0xf;
        this.lastNote = note;
        return octets;
      }
      // The thread that writes has given the place away meanwhile: what was copied is anything.
      scan.restore(memory, offset);
      return 0;
    }
    return 0;
  }

  /** Whether the entry answers the query with no more octets than it permits. */
  private holds(scan: QueryScan, entry: number, offset: number): boolean {
    const { memory, words } = this;
    const header = entry >> 2;
    if (words[header + ENTRY_KEY] !== keyOf(scan.nameOctets, scan.type, scan.bits)) return false;
    const octets = words[header + ENTRY_REPLY_OCTETS] ?? 0;
    if (octets > scan.udpOctets || octets > this.options.maxReplyOctets) return false;
    const kept = entry + ENTRY_WORDS * 4 + HEADER_OCTETS;
    const name = offset + HEADER_OCTETS;
    for (let index = 0; index < scan.nameOctets; index++) {
      if (lowerCase[memory[name + index] ?? 0] !== memory[kept + index]) return false;
    }
    return true;
  }

  private copy(scan: QueryScan, entry: number, offset: number, now: number): number {
    const { memory, words } = this;
    const header = entry >> 2;
    // Read again, and bounded again: another thread may have written here since.
    const octets = Math.min(words[header + ENTRY_REPLY_OCTETS] ?? 0, this.options.maxReplyOctets);
    const reply = entry + ENTRY_WORDS * 4;
    const question = scan.questionEnd - offset;
    // The ID and the question are the client's.
    for (let index = 2; index < HEADER_OCTETS; index++) memory[offset + index] = memory[reply + index] ?? 0;
    if (octets > question) this.copyRest(reply, offset, question, octets);
    const age = now - (words[header + ENTRY_STORED] ?? 0);
    if (age > 0) this.age(entry, offset, question, octets, age);
    return octets;
  }

  /**
   * Copies what stands from `start` on; up to three octets beyond the end may change. `copyWithin` on shared memory costs as
   * much as fifty words, before it copies anything.
   */
  private copyRest(from: number, to: number, start: number, end: number): void {
    const { memory, words } = this;
    let at = start;
    if (((from ^ to) & 3) !== 0 || end - start > MAX_WORDWISE_OCTETS) {
      memory.copyWithin(to + start, from + start, from + end);
      return;
    }
    for (; ((from + at) & 3) !== 0 && at < end; at++) memory[to + at] = memory[from + at] ?? 0;
    const distance = (to - from) >> 2;
    const last = (from + end + 3) >> 2;
    // Rounded up: where the end comes before the first whole word, the octets in front of the start are the client's.
    for (let word = (from + at + 3) >> 2; word < last; word++) words[word + distance] = words[word] ?? 0;
  }

  /** Whether a slot has kept its entry since its sequence number and the epoch were read. */
  private isUnchanged(slot: number, sequence: number, epoch: number): boolean {
    // Plain reads may be done after an atomic read that follows them, but not after an atomic write; and no atomic
    // operation overtakes another.
    Atomics.store(this.fence, 0, sequence);
    const { words } = this;
    return Atomics.load(words, slot + SEQUENCE) === sequence && Atomics.load(words, this.epochWord) === epoch;
  }

  private firstSlot(hash: number): number {
    return (hash & this.slotMask & ~(WAYS - 1)) * SLOT_WORDS + this.slots;
  }

  private age(entry: number, offset: number, question: number, octets: number, age: number): void {
    const { memory, words } = this;
    const count = Math.min((words[(entry >> 2) + ENTRY_TTLS] ?? 0) & TTL_COUNT_MASK, MAX_RECORDS);
    let list = entry + ENTRY_WORDS * 4 + octets;
    for (let index = 0; index < count; index++, list += 2) {
      const at = ((memory[list] ?? 0) << 8) | (memory[list + 1] ?? 0);
      // Only what another thread has just overwritten can point outside of the records; nothing is ever written there: ID
      // and question are the client's, and a miss leaves them to the slow path.
      if (at < question || at + 4 > octets) return;
      const place = offset + at;
      const ttl =
        (((memory[place] ?? 0) << 24) |
          ((memory[place + 1] ?? 0) << 16) |
          ((memory[place + 2] ?? 0) << 8) |
          (memory[place + 3] ?? 0)) -
        age;
      memory[place] = ttl >> 24;
      memory[place + 1] = ttl >> 16;
      memory[place + 2] = ttl >> 8;
      memory[place + 3] = ttl;
    }
  }

  /**
   * Keeps a reply to a query with these bits (`QueryBit`), and a note of 16 bits beside it. False when it is not of the
   * kind that can be kept.
   */
  store(
    reply: Uint8Array,
    bits: number,
    now: number,
    seconds: number = Number.POSITIVE_INFINITY,
    note: number = 0,
  ): boolean {
    const { maxReplyOctets, maxTtl, maxNegativeTtl, hashSeed } = this.options;
    if (reply.length > maxReplyOctets || reply.length < HEADER_OCTETS + 5) return false;
    let hash = hashSeed | 0;
    let at = HEADER_OCTETS;
    for (let octet = -1; octet !== 0; ) {
      // Label lengths are below the capital letters, so that the whole name can be taken octet by octet.
      octet = reply[at] ?? 0xff;
      hash = hashStep(hash, octet);
      at++;
      if (octet > 63) return false;
      for (const end = at + octet; at < end; at++) hash = hashStep(hash, lowerCase[reply[at] ?? 0] ?? 0);
      if (at > reply.length) return false;
    }
    const nameOctets = at - HEADER_OCTETS;
    const type = ((reply[at] ?? 0) << 8) | (reply[at + 1] ?? 0);
    const found = this.findTtls(reply, at + 4);
    if (found === undefined) return false;
    const isNegative = ((reply[6] ?? 0) | (reply[7] ?? 0)) === 0 || ((reply[3] ?? 0) & 0xf) !== 0;
    const life = Math.min(seconds, found.least, isNegative ? Math.min(maxNegativeTtl, maxTtl) : maxTtl);
    if (life <= 0) return false;
    const ttls = found.count | (note << NOTE_SHIFT);
    return this.put(reply, finishHash(hash, type, bits), keyOf(nameOctets, type, bits), ttls, life, now);
  }

  /** Every reply that has not expired; only the writer may ask. What changes while it is read may be missing. */
  *kept(now: number): Generator<KeptReply> {
    const { memory, words } = this;
    const end = this.slots + (this.slotMask + 1) * SLOT_WORDS;
    for (let slot = this.slots; slot < end; slot += SLOT_WORDS) {
      const entry = words[slot + OFFSET] ?? 0;
      const seconds = (words[slot + EXPIRES] ?? 0) - now;
      if (!this.holdsEntry(slot) || seconds <= 0) continue;
      const key = words[(entry >> 2) + ENTRY_KEY] ?? 0;
      const name = entry + ENTRY_WORDS * 4 + HEADER_OCTETS;
      yield { name: memory.slice(name, name + (key & 0xff) + 1), type: (key >> 8) & 0xffff, seconds };
    }
  }

  /** Forgets everything at once, however much that is. */
  clear(): void {
    const { words, epochWord } = this;
    this.generation++;
    const epoch = ((words[epochWord] ?? 0) + 1) % EPOCHS;
    // Slots of the epochs before may be there still; once in a long while their numbers are due again.
    if (epoch === 0) {
      const end = this.slots + (this.slotMask + 1) * SLOT_WORDS;
      for (let slot = this.slots; slot < end; slot += SLOT_WORDS) {
        // Counted on, not from nought: a reader who has slept through all epochs must not find the number it had.
        const count = ((words[slot + SEQUENCE] ?? 0) & COUNT_MASK) + 2;
        Atomics.store(words, slot + SEQUENCE, count & COUNT_MASK & ~1);
      }
    }
    Atomics.store(words, epochWord, epoch);
    Atomics.store(words, this.options.start >> 2, 0);
    // What is written over the entries from here on stays behind it because of an atomic read.
    Atomics.load(words, epochWord);
    this.filled.fill(0);
    this.segment = 0;
  }

  private put(reply: Uint8Array, hash: number, key: number, ttls: number, life: number, now: number): boolean {
    const { memory, words } = this;
    const ttlCount = ttls & TTL_COUNT_MASK;
    const octets = (ENTRY_WORDS * 4 + reply.length + ttlCount * 2 + 3) & ~3;
    const entry = this.reserve(octets);
    if (entry === 0) return false;
    const slot = this.slotFor(hash, key, now, reply);
    this.free(slot);
    const header = entry >> 2;
    words[header + ENTRY_OCTETS] = octets;
    words[header + ENTRY_SLOT] = slot;
    words[header + ENTRY_STORED] = now;
    words[header + ENTRY_REPLY_OCTETS] = reply.length;
    words[header + ENTRY_TTLS] = ttls;
    words[header + ENTRY_KEY] = key;
    const at = entry + ENTRY_WORDS * 4;
    memory.set(reply, at);
    const nameEnd = at + HEADER_OCTETS + (key & 0xff) + 1;
    for (let index = at + HEADER_OCTETS; index < nameEnd; index++) memory[index] = lowerCase[memory[index] ?? 0] ?? 0;
    for (let index = 0; index < ttlCount; index++) {
      const offset = this.ttlOffsets[index] ?? 0;
      memory[at + reply.length + index * 2] = offset >> 8;
      memory[at + reply.length + index * 2 + 1] = offset;
    }
    words[slot + OFFSET] = entry;
    words[slot + EXPIRES] = now + life;
    words[slot + HASH] = hash;
    // Last, so that whoever sees the odd number sees everything above.
    Atomics.store(words, slot + SEQUENCE, this.nextSequence(slot));
    Atomics.add(words, this.options.start >> 2, 1);
    return true;
  }

  /** The slot of the same key, an empty or expired one, or the one that expires first. */
  private slotFor(hash: number, key: number, now: number, reply: Uint8Array): number {
    const { words } = this;
    const first = this.firstSlot(hash);
    let best = first;
    let bestExpires = Number.POSITIVE_INFINITY;
    for (let slot = first; slot < first + WAYS * SLOT_WORDS; slot += SLOT_WORDS) {
      const entry = words[slot + OFFSET] ?? 0;
      const isHeldNow = this.holdsEntry(slot);
      if (isHeldNow && words[slot + HASH] === hash && this.isSameKey(entry, key, reply)) return slot;
      const expires = !isHeldNow || (words[slot + EXPIRES] ?? 0) <= now ? -1 : (words[slot + EXPIRES] ?? 0);
      if (expires < bestExpires) {
        best = slot;
        bestExpires = expires;
      }
    }
    return best;
  }

  private isSameKey(entry: number, key: number, reply: Uint8Array): boolean {
    if (this.words[(entry >> 2) + ENTRY_KEY] !== key) return false;
    const name = entry + ENTRY_WORDS * 4 + HEADER_OCTETS;
    for (let index = (key & 0xff) + 1; index-- > 0; ) {
      if (lowerCase[reply[HEADER_OCTETS + index] ?? 0] !== this.memory[name + index]) return false;
    }
    return true;
  }

  private free(slot: number): void {
    const { words } = this;
    if (((words[slot + SEQUENCE] ?? 0) & 1) === 0) return;
    const wasHeld = this.holdsEntry(slot);
    // First the number, so that a reader who has begun throws away what it copied. The plain writes from here on stay
    // behind it because of the atomic read.
    Atomics.store(words, slot + SEQUENCE, this.nextSequence(slot));
    Atomics.load(words, slot + SEQUENCE);
    words[slot + OFFSET] = 0;
    words[slot + HASH] = 0;
    words[slot + EXPIRES] = 0;
    if (wasHeld) Atomics.sub(words, this.options.start >> 2, 1);
  }

  /** Whether a slot has an entry that is not forgotten; for the writer. */
  private holdsEntry(slot: number): boolean {
    return isHeld(this.words[slot + SEQUENCE] ?? 0, this.words[this.epochWord] ?? 0);
  }

  /** The number that a slot has after its next change, which is of the present epoch. */
  private nextSequence(slot: number): number {
    const count = ((this.words[slot + SEQUENCE] ?? 0) + 1) & COUNT_MASK;
    return ((this.words[this.epochWord] ?? 0) << EPOCH_SHIFT) | count;
  }

  /** Room for an entry: in the present segment, or in the next one, whose entries make way. 0 when it can never fit. */
  private reserve(octets: number): number {
    if (octets > this.segmentOctets) return 0;
    if ((this.filled[this.segment] ?? 0) + octets > this.segmentOctets) {
      this.segment = (this.segment + 1) % SEGMENTS;
      this.vacate(this.segment);
    }
    const filled = this.filled[this.segment] ?? 0;
    this.filled[this.segment] = filled + octets;
    return this.ringStart + this.segment * this.segmentOctets + filled;
  }

  private vacate(segment: number): void {
    const start = this.ringStart + segment * this.segmentOctets;
    const end = start + (this.filled[segment] ?? 0);
    for (let entry = start; entry < end; ) {
      const header = entry >> 2;
      const slot = this.words[header + ENTRY_SLOT] ?? 0;
      if (this.words[slot + OFFSET] === entry) this.free(slot);
      entry += this.words[header + ENTRY_OCTETS] ?? this.segmentOctets;
    }
    this.filled[segment] = 0;
  }

  private findTtls(reply: Uint8Array, start: number): { count: number; least: number } | undefined {
    const records = u16(reply, 6) + u16(reply, 8) + u16(reply, 10);
    let at = start;
    let count = 0;
    let least = 0x7fffffff;
    for (let record = 0; record < records; record++) {
      at = skipName(reply, at);
      if (at < 0 || at + RECORD_FIELDS_OCTETS > reply.length) return undefined;
      const type = u16(reply, at);
      if (type !== OPT_TYPE) {
        if (count >= MAX_RECORDS) return undefined;
        const ttl = ((reply[at + 4] ?? 0) << 24) | (u16(reply, at + 5) << 8) | (reply[at + 7] ?? 0);
        this.ttlOffsets[count++] = at + 4;
        // RFC 2181 8: with the sign bit set a TTL is 0.
        least = Math.min(least, Math.max(ttl, 0));
      }
      at += RECORD_FIELDS_OCTETS + u16(reply, at + 8);
    }
    return at === reply.length && count > 0 ? { count, least } : undefined;
  }
}

function isHeld(sequence: number, epoch: number): boolean {
  return (sequence & 1) !== 0 && sequence >>> EPOCH_SHIFT === epoch;
}

/** Name length (less one), type and bits in 28 bits. */
function keyOf(nameOctets: number, type: number, bits: number): number {
  return (bits << 24) | (type << 8) | (nameOctets - 1);
}

function u16(octets: Uint8Array, at: number): number {
  return ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
}

/** Behind a name that may be compressed; -1 where there is none. */
function skipName(octets: Uint8Array, start: number): number {
  for (let at = start; at < octets.length; ) {
    const label = octets[at] ?? 0;
    if (label === 0) return at + 1;
    if (label >= 0xc0) return at + 2;
    if (label > 63) return -1;
    at += label + 1;
  }
  return -1;
}
