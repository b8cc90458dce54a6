// What the fields of RDATA are read from and written to: places in octets and in words.
import { DomainName } from './name.ts';
import { readU16, readU32 } from './reader.ts';
import { nameLength } from './writer.ts';
import type { ZoneWord } from './zone-lexer.ts';

/** Octets of a field, or why its text is none. */
export type ParsedField = Uint8Array | string;

/** One field of RDATA in both forms. */
export interface RdataField {
  /** Reads the field at the cursor and moves past it; undefined when the octets do not hold it in its one form. */
  readonly text: (cursor: RdataCursor) => string | undefined;
  /** Reads the words of the field and moves past them. */
  readonly parse: (words: WordCursor) => ParsedField;
}

/** A place in RDATA. */
export class RdataCursor {
  private readonly rdata: Uint8Array;
  private offset = 0;

  constructor(rdata: Uint8Array) {
    this.rdata = rdata;
  }

  get remaining(): number {
    return this.rdata.length - this.offset;
  }

  /** A view of the next `count` octets; undefined when there are fewer. */
  take(count: number): Uint8Array | undefined {
    if (count > this.remaining) return undefined;
    this.offset += count;
    return this.rdata.subarray(this.offset - count, this.offset);
  }

  rest(): Uint8Array {
    return this.take(this.remaining) ?? new Uint8Array(0);
  }

  u8(): number | undefined {
    return this.take(1)?.[0];
  }

  u16(): number | undefined {
    const octets = this.take(2);
    return octets === undefined ? undefined : readU16(octets, 0);
  }

  u32(): number | undefined {
    const octets = this.take(4);
    return octets === undefined ? undefined : readU32(octets, 0);
  }

  /** Octets behind their number, which takes one octet. */
  counted(): Uint8Array | undefined {
    const length = this.u8();
    return length === undefined ? undefined : this.take(length);
  }

  name(): DomainName | undefined {
    const octets = this.take(Math.max(0, nameLength(this.rdata, this.offset)));
    return octets === undefined || octets.length === 0 ? undefined : DomainName.fromOctets(octets.slice());
  }
}

/** A place in the words of a record's content. */
export class WordCursor {
  /** What names without a trailing dot are relative to. */
  readonly origin: DomainName;
  private readonly words: readonly ZoneWord[];
  private offset = 0;

  constructor(words: readonly ZoneWord[], origin: DomainName) {
    this.words = words;
    this.origin = origin;
  }

  get remaining(): number {
    return this.words.length - this.offset;
  }

  /** The next word as written, without moving; empty at the end. */
  peek(): string {
    return this.words[this.offset]?.text ?? '';
  }

  /** The next word as written; empty at the end, which no field but a quoted text takes. */
  next(): string {
    return this.words[this.offset++]?.text ?? '';
  }

  /** All words that are left, joined: hexadecimal and base 64 may be broken anywhere. */
  rest(): string {
    const words = this.words.slice(this.offset);
    this.offset = this.words.length;
    return words.map(({ text }) => text).join('');
  }
}

/** Octets one after the other. */
export function joinOctets(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Runs fields in order over words; the first that fails gives the error. */
export function parseFields(fields: readonly RdataField[], words: WordCursor): ParsedField {
  const parts: Uint8Array[] = [];
  for (const field of fields) {
    const octets = field.parse(words);
    if (typeof octets === 'string') return octets;
    parts.push(octets);
  }
  return joinOctets(parts);
}

/** Big-endian octets of a number. */
export function numberOctets(value: number, count: number): Uint8Array {
  const octets = new Uint8Array(count);
  let rest = value;
  for (let index = count - 1; index >= 0; index--) {
    octets[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return octets;
}
