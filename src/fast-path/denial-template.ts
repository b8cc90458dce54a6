// The reply with a denial as it is for all names that one proof denies: what differs is the name in the question, and with
// its length the place of everything that compression pointers (RFC 1035 4.1.4) lead to.
import { lowerCase } from '../wire/lower-case.ts';

const HEADER_OCTETS = 12;
const QUESTION_FIELDS_OCTETS = 4;
const RECORD_FIELDS_OCTETS = 10;
/** Serial, refresh, retry, expire and minimum of a SOA (RFC 1035 3.3.13). */
const SOA_NUMBERS_OCTETS = 20;
const SOA_TYPE = 6;
const OPT_TYPE = 41;
const POINTER_BITS = 0xc0;
/** Beyond so many labels in the table of suffixes a writer of messages may stop to compress. */
const MAX_WRITTEN_LABELS = 80;
const MAX_NAME_OCTETS = 255;

export interface DenialTemplate {
  /** The reply of the name it was made of: its header, and all behind the question. */
  readonly reply: Uint8Array;
  /** Octets of that name. */
  readonly nameOctets: number;
  /** Where the reply has pointers, and TTLs. */
  readonly pointers: Uint16Array;
  readonly ttls: Uint16Array;
  /**
   * Labels, in lower case, with which names in the reply go on below the closest encloser. A name that goes on with one of
   * them has more in common with that name, which would be compressed further.
   */
  readonly labels: readonly Uint8Array[];
}

/**
 * The template of a reply without answers, all TTLs of which are `ttl`, to a question about a name that has so many octets
 * in front of its closest encloser. Undefined when another name's reply would differ in more than is patched.
 */
export function templateOf(reply: Uint8Array, octetsBelowEncloser: number, ttl: number): DenialTemplate | undefined {
  const question = readName(reply, HEADER_OCTETS);
  if (question === undefined || question.pointer >= 0 || u16(reply, 6) !== 0) return undefined;
  const name = question.octets;
  const pointers: number[] = [];
  const ttls: number[] = [];
  const labels = new Map<string, Uint8Array>();
  let written = 0;
  const take = (at: number): number => {
    const read = readName(reply, at);
    if (read === undefined) return -1;
    if (read.pointer >= 0) pointers.push(read.pointer);
    written += read.written;
    const label = labelBelow(read.octets, name.subarray(octetsBelowEncloser));
    if (label !== undefined) labels.set(String(label), label);
    return read.end;
  };
  let at = question.end + QUESTION_FIELDS_OCTETS;
  for (let left = u16(reply, 8) + u16(reply, 10); left > 0; left--) {
    at = take(at);
    if (at < 0 || at + RECORD_FIELDS_OCTETS > reply.length) return undefined;
    const type = u16(reply, at);
    const end = at + RECORD_FIELDS_OCTETS + u16(reply, at + 8);
    if (type !== OPT_TYPE) {
      if (u16(reply, at + 4) * 0x10000 + u16(reply, at + 6) !== ttl) return undefined;
      ttls.push(at + 4);
    }
    if (type === SOA_TYPE) {
      const primary = take(at + RECORD_FIELDS_OCTETS);
      if (primary < 0 || take(primary) + SOA_NUMBERS_OCTETS !== end) return undefined;
    }
    at = end;
  }
  const own = nextCloser(name, octetsBelowEncloser);
  if (at !== reply.length || written > MAX_WRITTEN_LABELS || labels.has(String(own))) return undefined;
  return {
    reply,
    nameOctets: name.length,
    pointers: Uint16Array.from(pointers),
    ttls: Uint16Array.from(ttls),
    labels: [...labels.values()],
  };
}

/** Octets of the reply for a name of so many octets. */
export function octetsFor({ reply, nameOctets }: DenialTemplate, octets: number): number {
  return reply.length + octets - nameOctets;
}

/** Whether the name at `name` goes on, in front of its closest encloser, as no name of the reply does. */
export function fits(
  { labels }: DenialTemplate,
  memory: Uint8Array,
  name: number,
  octetsBelowEncloser: number,
): boolean {
  if (labels.length === 0) return true;
  let at = name;
  for (;;) {
    const next = at + (memory[at] ?? 0) + 1;
    if (next >= name + octetsBelowEncloser) break;
    at = next;
  }
  for (const label of labels) {
    if (label.length !== memory[at]) continue;
    let index = 0;
    while (index < label.length && lowerCase[memory[at + 1 + index] ?? 0] === label[index]) index++;
    if (index === label.length) return false;
  }
  return true;
}

/**
 * Makes a reply of the query at `offset`, whose name has so many octets: ID and question stay. There is room for it.
 * Returns its octets.
 */
export function fillIn(
  { reply, nameOctets, pointers, ttls }: DenialTemplate,
  memory: Uint8Array,
  offset: number,
  octets: number,
  ttl: number,
): number {
  const shift = octets - nameOctets;
  for (let at = 2; at < HEADER_OCTETS; at++) memory[offset + at] = reply[at] ?? 0;
  const body = HEADER_OCTETS + nameOctets + QUESTION_FIELDS_OCTETS;
  const to = offset + shift;
  for (let at = body; at < reply.length; at++) memory[to + at] = reply[at] ?? 0;
  if (shift !== 0) {
    for (let index = 0; index < pointers.length; index++) {
      const at = pointers[index] ?? 0;
      // The suffix it leads to stands so much further, in the question as well as behind it.
      const target = (((reply[at] ?? 0) & 0x3f) << 8) + (reply[at + 1] ?? 0) + shift;
      memory[to + at] = POINTER_BITS | (target >> 8);
      memory[to + at + 1] = target;
    }
  }
  for (let index = 0; index < ttls.length; index++) {
    const at = to + (ttls[index] ?? 0);
    memory[at] = ttl >> 24;
    memory[at + 1] = ttl >> 16;
    memory[at + 2] = ttl >> 8;
    memory[at + 3] = ttl;
  }
  return reply.length + shift;
}

interface ReadName {
  /** Uncompressed, in lower case. */
  readonly octets: Uint8Array;
  /** Where its first pointer stands, or -1. */
  readonly pointer: number;
  /** Behind it. */
  readonly end: number;
  /** Labels in front of the pointer. */
  readonly written: number;
}

function readName(message: Uint8Array, start: number): ReadName | undefined {
  const octets: number[] = [];
  let pointer = -1;
  let end = -1;
  let written = 0;
  for (let at = start, hops = 0; ; ) {
    const length = message[at];
    if (length === undefined || octets.length > MAX_NAME_OCTETS) return undefined;
    if (length >= POINTER_BITS) {
      const target = u16(message, at) & 0x3fff;
      if (target >= at || ++hops > MAX_NAME_OCTETS) return undefined;
      if (pointer < 0) {
        pointer = at;
        end = at + 2;
      }
      at = target;
      continue;
    }
    octets.push(length);
    for (let index = at + 1; index <= at + length; index++) octets.push(lowerCase[message[index] ?? 0] ?? 0);
    at += length + 1;
    if (length > 0 && pointer < 0) written++;
    if (length === 0) return { octets: Uint8Array.from(octets), pointer, end: end < 0 ? at : end, written };
  }
}

/** The label of a name directly below another one; undefined when it is not below. */
function labelBelow(name: Uint8Array, above: Uint8Array): Uint8Array | undefined {
  const rest = name.length - above.length;
  if (rest <= 0) return undefined;
  for (let index = 0; index < above.length; index++) if (name[rest + index] !== above[index]) return undefined;
  return nextCloser(name, rest);
}

/** The last label within the first octets of a name; undefined when these do not end with one. */
function nextCloser(name: Uint8Array, octets: number): Uint8Array | undefined {
  for (let at = 0; at < octets; ) {
    const next = at + (name[at] ?? 0) + 1;
    if (next === octets) return name.slice(at + 1, next);
    at = next;
  }
  return undefined;
}

function u16(octets: Uint8Array, at: number): number {
  return ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
}
