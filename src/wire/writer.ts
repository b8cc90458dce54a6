// Builds messages: name compression through a bounded suffix table, a size limit, and RRsets that are written whole
// or not at all.
import { RRType } from './constants.ts';
import type { EdnsOption } from './edns.ts';
import { HeaderFlag } from './header.ts';
import type { Question } from './message.ts';
import { DomainName, MAX_NAME_OCTETS } from './name.ts';
import { rdataLayout } from './rdata-layout.ts';
import type { RRset } from './record.ts';

/**
 * Suffixes in the table beyond which no name adds more (one name adds all of its own at once); later names are written
 * uncompressed where they do not end in a known suffix.
 */
const MAX_COMPRESSED_SUFFIXES = 120;
/** Type, class, TTL and RDLENGTH of a record. */
const RECORD_FIELDS_OCTETS = 10;
/** Pointers hold fourteen bits. */
const MAX_POINTER_TARGET = 0x3fff;
/** A message over TCP has a sixteen-bit length (RFC 1035 4.2.2). */
export const MAX_MESSAGE_OCTETS = 0xffff;

export type Section = 'answer' | 'authority' | 'additional';

const countOffset: Record<Section, number> = { answer: 6, authority: 8, additional: 10 };

/** One message being written. `finish` returns a copy, so a writer can be used again after `reset`. */
export class MessageWriter {
  private octets: Uint8Array;
  private limit = MAX_MESSAGE_OCTETS;
  private reserved = 0;
  private length = 0;
  private readonly suffixes = new Map<string, number>();
  private overflow = false;

  constructor() {
    this.octets = new Uint8Array(1500);
  }

  /** Starts a message of at most `limit` octets. */
  reset(id: number, flags: number, limit: number): void {
    this.limit = Math.min(limit, MAX_MESSAGE_OCTETS);
    this.reserved = 0;
    this.length = 0;
    this.suffixes.clear();
    this.overflow = false;
    this.u16(id);
    this.u16(flags);
    for (let index = 0; index < 4; index++) this.u16(0);
  }

  /** Keeps `octets` free for what is written last (the OPT record). */
  reserve(octets: number): void {
    this.reserved = octets;
  }

  get size(): number {
    return this.length;
  }

  setFlags(flags: number): void {
    this.octets[2] = flags >> 8;
    this.octets[3] = flags & 0xff;
  }

  /** Sets TC (RFC 2181 9). */
  setTruncated(): void {
    this.octets[2] = (this.octets[2] ?? 0) | (HeaderFlag.TC >> 8);
  }

  question(question: Question): void {
    this.name(question.name, true);
    this.u16(question.type);
    this.u16(question.class);
    this.octets[5] = 1;
  }

  /**
   * Writes an RRset and, when asked, its signatures, whole; false when that does not fit, and then nothing of it stays.
   */
  rrset(section: Section, rrset: RRset, ttl: number, withSignatures: boolean): boolean {
    const start = this.length;
    let count = 0;
    for (const rdata of rrset.rdatas) {
      this.record(rrset.name, rrset.type, rrset.class, ttl, rdata);
      count++;
    }
    if (withSignatures) {
      for (const rdata of rrset.signatures) {
        this.record(rrset.name, RRType.RRSIG, rrset.class, ttl, rdata);
        count++;
      }
    }
    if (this.overflow || this.length > this.limit - this.reserved) {
      this.rollBack(start);
      return false;
    }
    const at = countOffset[section];
    const total = (((this.octets[at] ?? 0) << 8) | (this.octets[at + 1] ?? 0)) + count;
    this.octets[at] = total >> 8;
    this.octets[at + 1] = total & 0xff;
    return true;
  }

  /** Writes the OPT record (RFC 6891 6.1.2); false when even that does not fit. */
  edns(
    udpSize: number,
    extendedRcode: number,
    version: number,
    flags: number,
    options: readonly EdnsOption[],
  ): boolean {
    this.reserved = 0;
    const start = this.length;
    this.u8(0);
    this.u16(RRType.OPT);
    this.u16(udpSize);
    this.u8(extendedRcode);
    this.u8(version);
    this.u16(flags);
    const lengthAt = this.length;
    this.u16(0);
    for (const option of options) {
      this.u16(option.code);
      this.u16(option.data.length);
      this.raw(option.data);
    }
    this.patchU16(lengthAt, this.length - lengthAt - 2);
    if (this.overflow || this.length > this.limit) {
      this.rollBack(start);
      return false;
    }
    const total = (((this.octets[10] ?? 0) << 8) | (this.octets[11] ?? 0)) + 1;
    this.patchU16(10, total);
    return true;
  }

  /** A copy of the finished message. */
  finish(): Uint8Array {
    return this.octets.slice(0, this.length);
  }

  private rollBack(start: number): void {
    this.length = start;
    this.overflow = false;
    for (const [key, offset] of this.suffixes) if (offset >= start) this.suffixes.delete(key);
  }

  private record(name: DomainName, type: number, rrclass: number, ttl: number, rdata: Uint8Array): void {
    if (this.overflow || this.length > this.limit) {
      this.overflow = true;
      return;
    }
    this.name(name, true);
    this.ensure(RECORD_FIELDS_OCTETS);
    const { octets, length } = this;
    octets[length] = type >> 8;
    octets[length + 1] = type;
    octets[length + 2] = rrclass >> 8;
    octets[length + 3] = rrclass;
    octets[length + 4] = ttl >>> 24;
    octets[length + 5] = ttl >>> 16;
    octets[length + 6] = ttl >>> 8;
    octets[length + 7] = ttl;
    this.length = length + RECORD_FIELDS_OCTETS;
    this.rdata(type, rdata);
    this.patchU16(length + RECORD_FIELDS_OCTETS - 2, this.length - length - RECORD_FIELDS_OCTETS);
  }

  private rdata(type: number, rdata: Uint8Array): void {
    const layout = rdataLayout(type);
    if (layout === undefined || !layout.compress) {
      this.raw(rdata);
      return;
    }
    let offset = 0;
    for (const part of layout.parts) {
      if (part === 'name') {
        const length = nameLength(rdata, offset);
        if (length < 0) break;
        this.name(DomainName.fromOctets(rdata.subarray(offset, offset + length)), true);
        offset += length;
      } else if (typeof part === 'number') {
        this.raw(rdata.subarray(offset, offset + part));
        offset += part;
      }
    }
    this.raw(rdata.subarray(offset));
  }

  private name(name: DomainName, compress: boolean): void {
    const key = name.key;
    const octets = name.octets;
    const enter = compress && this.suffixes.size < MAX_COMPRESSED_SUFFIXES;
    let offset = 0;
    while (offset < key.length - 1) {
      const suffix = offset === 0 ? key : key.slice(offset);
      const known = compress ? this.suffixes.get(suffix) : undefined;
      if (known !== undefined) {
        this.u16(0xc000 | known);
        return;
      }
      if (enter && this.length <= MAX_POINTER_TARGET) {
        this.suffixes.set(suffix, this.length);
      }
      const length = key.charCodeAt(offset) + 1;
      this.raw(octets.subarray(offset, offset + length));
      offset += length;
    }
    this.u8(0);
  }

  private ensure(count: number): void {
    const needed = this.length + count;
    if (needed <= this.octets.length) return;
    const grown = new Uint8Array(Math.max(needed, this.octets.length * 2));
    grown.set(this.octets.subarray(0, this.length));
    this.octets = grown;
  }

  private u8(value: number): void {
    this.ensure(1);
    this.octets[this.length++] = value;
  }

  private u16(value: number): void {
    this.ensure(2);
    this.octets[this.length++] = value >> 8;
    this.octets[this.length++] = value;
  }

  private raw(octets: Uint8Array): void {
    this.ensure(octets.length);
    this.octets.set(octets, this.length);
    this.length += octets.length;
  }

  private patchU16(offset: number, value: number): void {
    this.octets[offset] = value >> 8;
    this.octets[offset + 1] = value & 0xff;
  }
}

/** Length of the uncompressed name at `offset`, or -1 when it does not end within the octets. */
export function nameLength(octets: Uint8Array, offset: number): number {
  let position = offset;
  for (;;) {
    const length = octets[position];
    if (length === undefined || length > 63) return -1;
    position += length + 1;
    if (position - offset > MAX_NAME_OCTETS || position > octets.length) return -1;
    if (length === 0) return position - offset;
  }
}
