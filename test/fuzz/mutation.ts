// Changes to messages that a careless or hostile peer could make: to octets, and to records as units.
import { HEADER_OCTETS } from '../../src/wire/header.ts';
import { parseQuestion } from '../../src/wire/message.ts';
import { readU16 } from '../../src/wire/reader.ts';
import { MAX_MESSAGE_OCTETS } from '../../src/wire/writer.ts';
import type { SeededRandom } from '../support/seeded-random.ts';

/** One change; octets before `from` stay as they are unless the change is about them. */
type Change = (octets: Uint8Array, from: number, random: SeededRandom) => Uint8Array;

const MAX_BITS = 8;
const MAX_ADDED_OCTETS = 64;
const MAX_CHANGES = 3;
const OPT_TYPE = 41;
/** Owner (root), type, class, TTL and RDLENGTH. */
const EMPTY_OPT_OCTETS = 11;
const MAX_RANDOM_OCTETS = 600;

/** What stands where in a message that is well-formed as far as it goes. */
interface RecordSpan {
  readonly start: number;
  /** Of the type field. */
  readonly type: number;
  readonly end: number;
}

const octetChanges: Record<string, Change> = {
  bits: (octets, from, random) => {
    const copy = octets.slice();
    for (let count = 1 + random.below(MAX_BITS); count > 0; count--) {
      const index = position(copy, from, random);
      copy[index] = (copy[index] ?? 0) ^ (1 << random.below(8));
    }
    return copy;
  },
  octets: (octets, from, random) => {
    const copy = octets.slice();
    for (let count = 1 + random.below(4); count > 0; count--) copy[position(copy, from, random)] = random.below(256);
    return copy;
  },
  cut: (octets, from, random) => octets.slice(0, position(octets, from, random)),
  extend: (octets, _from, random) => joined(octets, randomOctets(1 + random.below(MAX_ADDED_OCTETS), random)),
  'repeat slice': (octets, from, random) => {
    const start = position(octets, from, random);
    const slice = octets.slice(start, start + 1 + random.below(MAX_ADDED_OCTETS));
    const at = position(octets, from, random);
    return joined(octets.subarray(0, at), slice, octets.subarray(at));
  },
  'drop slice': (octets, from, random) => {
    const start = position(octets, from, random);
    return joined(octets.subarray(0, start), octets.subarray(start + 1 + random.below(16)));
  },
  pointer: (octets, from, random) => {
    const copy = octets.slice();
    const at = position(copy, Math.max(from, HEADER_OCTETS), random);
    // Behind, in front, at itself, or beyond the end.
    const target =
      [random.below(copy.length + 1), at, at + random.below(8), random.below(0x4000)][random.below(4)] ?? 0;
    setU16(copy, at, 0xc000 | (target & 0x3fff));
    return copy;
  },
};

const headerChanges: Record<string, Change> = {
  id: (octets, _from, random) => withU16(octets, 0, random.below(0x10000)),
  flags: (octets, _from, random) => withU16(octets, 2, readOrZero(octets, 2) ^ (1 << random.below(16))),
  counts: (octets, _from, random) => {
    const offset = 4 + 2 * random.below(4);
    const count = readOrZero(octets, offset);
    const values = [0, 1, count + 1, Math.max(0, count - 1), random.below(16), random.below(0x10000), 0xffff];
    return withU16(octets, offset, values[random.below(values.length)] ?? 0);
  },
};

const recordChanges: Record<string, Change> = {
  'repeat record': (octets, _from, random) => {
    const record = pick(recordSpans(octets), random);
    if (record === undefined) return octets;
    const copy = joined(octets.subarray(0, record.end), octets.subarray(record.start));
    return addToCount(copy, sectionCountOf(octets, record), 1);
  },
  'drop record': (octets, _from, random) => {
    const record = pick(recordSpans(octets), random);
    if (record === undefined) return octets;
    const copy = joined(octets.subarray(0, record.start), octets.subarray(record.end));
    return addToCount(copy, sectionCountOf(octets, record), -1);
  },
  'swap records': (octets, _from, random) => {
    const spans = recordSpans(octets);
    const one = pick(spans, random);
    const other = pick(spans, random);
    if (one === undefined || other === undefined || one.start === other.start) return octets;
    const [first, second] = one.start < other.start ? [one, other] : [other, one];
    return joined(
      octets.subarray(0, first.start),
      octets.subarray(second.start, second.end),
      octets.subarray(first.end, second.start),
      octets.subarray(first.start, first.end),
      octets.subarray(second.end),
    );
  },
  'move records': (octets, _from, random) => {
    // The last records of one section become the first of the next, or the other way round.
    const offset = 6 + 2 * random.below(2);
    const moved = random.below(2) === 0 ? 1 : -1;
    return addToCount(addToCount(octets.slice(), offset, -moved), offset + 2, moved);
  },
  'type or class': (octets, _from, random) => {
    const record = pick(recordSpans(octets), random);
    if (record === undefined) return octets;
    const types = [1, 2, 5, 6, 28, 39, 41, 43, 46, 47, 48, 50, 255, random.below(0x10000)];
    const isType = random.below(4) > 0;
    return withU16(octets, record.type + (isType ? 0 : 2), types[random.below(types.length)] ?? 0);
  },
  ttl: (octets, _from, random) => {
    const record = pick(recordSpans(octets), random);
    if (record === undefined) return octets;
    const highs = [0, 0x7fff, 0x8000, 0xffff, random.below(0x10000)];
    const copy = withU16(octets, record.type + 4, highs[random.below(highs.length)] ?? 0);
    setU16(copy, record.type + 6, random.below(0x10000));
    return copy;
  },
  'rdata length': (octets, _from, random) => {
    const record = pick(recordSpans(octets), random);
    if (record === undefined) return octets;
    const length = record.end - record.type - 10;
    const lengths = [0, length + 1, Math.max(0, length - 1), length + random.below(32), random.below(0x10000), 0xffff];
    return withU16(octets, record.type + 8, lengths[random.below(lengths.length)] ?? 0);
  },
  'odd EDNS': (octets, _from, random) => {
    const options = random.below(3) === 0 ? randomOctets(random.below(40), random) : oddOptions(random);
    const opt = new Uint8Array(EMPTY_OPT_OCTETS + options.length);
    setU16(opt, 1, OPT_TYPE);
    setU16(opt, 3, [0, 1, 511, 512, 1232, 4096, 0xffff][random.below(7)] ?? 0);
    opt[5] = random.below(4) === 0 ? random.below(256) : 0;
    opt[6] = random.below(4) === 0 ? random.below(256) : 0;
    setU16(opt, 7, random.below(2) === 0 ? 0x8000 : random.below(0x10000));
    setU16(opt, 9, options.length + (random.below(8) === 0 ? 1 : 0));
    opt.set(options, EMPTY_OPT_OCTETS);
    return addToCount(joined(octets, opt), 10, 1);
  },
};

const allChanges: readonly Change[] = [
  ...Object.values(octetChanges),
  ...Object.values(headerChanges),
  ...Object.values(recordChanges),
];
const bodyChanges: readonly Change[] = [...Object.values(octetChanges), ...Object.values(recordChanges)];

/** Octets without any sense. */
export function randomMessage(random: SeededRandom): Uint8Array {
  return randomOctets(random.below(MAX_RANDOM_OCTETS), random);
}

/** Up to three changes anywhere. */
export function mutateMessage(octets: Uint8Array, random: SeededRandom): Uint8Array {
  return changed(octets, allChanges, 0, random);
}

/**
 * Up to three changes to a reply. Most leave header and question alone: what does not match its query is thrown away
 * unread, and would test nothing.
 */
export function mutateReply(octets: Uint8Array, random: SeededRandom): Uint8Array {
  const end = parseQuestion(octets)?.end;
  if (end === undefined || octets.length <= end || random.below(8) === 0) return mutateMessage(octets, random);
  return changed(octets, bodyChanges, end, random);
}

function changed(octets: Uint8Array, changes: readonly Change[], from: number, random: SeededRandom): Uint8Array {
  let result = octets;
  for (let count = 1 + random.below(MAX_CHANGES); count > 0; count--) {
    result = pick(changes, random)?.(result, Math.min(from, result.length), random) ?? result;
  }
  return result.length > MAX_MESSAGE_OCTETS ? result.slice(0, MAX_MESSAGE_OCTETS) : result;
}

export function randomOctets(length: number, random: SeededRandom): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

/** Options with codes that servers know, and lengths that may not be theirs. */
function oddOptions(random: SeededRandom): Uint8Array {
  const parts = Array.from({ length: random.below(5) }, () => {
    const content = randomOctets(random.below(24), random);
    const head = new Uint8Array(4);
    setU16(head, 0, [3, 8, 10, 11, 12, 14, 15, random.below(0x10000)][random.below(8)] ?? 0);
    setU16(head, 2, content.length);
    return joined(head, content);
  });
  return joined(...parts);
}

/** The records of a message, as far as it can be walked. */
export function recordSpans(octets: Uint8Array): RecordSpan[] {
  let offset = parseQuestion(octets)?.end ?? octets.length;
  const spans: RecordSpan[] = [];
  while (offset < octets.length) {
    const type = nameEnd(octets, offset);
    if (type === undefined || type + 10 > octets.length) break;
    const end = type + 10 + readU16(octets, type + 8);
    if (end > octets.length) break;
    spans.push({ start: offset, type, end });
    offset = end;
  }
  return spans;
}

function nameEnd(octets: Uint8Array, start: number): number | undefined {
  for (let offset = start; offset < octets.length; ) {
    const length = octets[offset] ?? 0;
    if (length === 0) return offset + 1;
    if (length >= 0xc0) return offset + 2;
    if (length >= 0x40) return undefined;
    offset += 1 + length;
  }
  return undefined;
}

/** Offset of the header's count for the section that a record stands in. */
function sectionCountOf(octets: Uint8Array, record: RecordSpan): number {
  const index = recordSpans(octets).findIndex(({ start }) => start === record.start);
  const answers = readU16(octets, 6);
  if (index < answers) return 6;
  return index < answers + readU16(octets, 8) ? 8 : 10;
}

function addToCount(octets: Uint8Array, offset: number, difference: number): Uint8Array {
  setU16(octets, offset, Math.max(0, readOrZero(octets, offset) + difference) & 0xffff);
  return octets;
}

function position(octets: Uint8Array, from: number, random: SeededRandom): number {
  return octets.length <= from ? octets.length : from + random.below(octets.length - from);
}

function pick<T>(values: readonly T[], random: SeededRandom): T | undefined {
  return values.length === 0 ? undefined : values[random.below(values.length)];
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const octets = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    octets.set(part, offset);
    offset += part.length;
  }
  return octets;
}

function withU16(octets: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = octets.slice();
  setU16(copy, offset, value);
  return copy;
}

/** Writes as much as there is room for. */
function setU16(octets: Uint8Array, offset: number, value: number): void {
  octets[offset] = value >> 8;
  octets[offset + 1] = value;
}

function readOrZero(octets: Uint8Array, offset: number): number {
  return offset + 2 <= octets.length ? readU16(octets, offset) : 0;
}
