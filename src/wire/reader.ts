// A bounds-checked cursor over a message. Decompression follows strictly backward pointers only (RFC 1035 4.1.4,
// RFC 9267): it cannot loop, and what it expands is bounded by a budget for the whole message.
import { DomainName, MAX_NAME_OCTETS } from './name.ts';
import { type RdataPart, rdataLayout } from './rdata-layout.ts';

/** Most octets of names that one message may expand to. */
export const MAX_EXPANDED_NAME_OCTETS = 256 * 1024;
/** RDATA longer than this after decompression does not fit a record again. */
const MAX_RDATA_OCTETS = 0xffff;

/** What was wrong with a message, and where. */
export type WireErrorCode =
  | 'truncated'
  | 'bad-label'
  | 'bad-pointer'
  | 'name-too-long'
  | 'names-too-large'
  | 'bad-rdata'
  | 'too-many-records'
  | 'bad-question-count'
  | 'bad-opt'
  | 'too-many-options'
  | 'trailing-octets';

/** Unwinds a deep parse; never leaves `wire/`. */
export class WireError extends Error {
  readonly code: WireErrorCode;
  readonly offset: number;

  constructor(code: WireErrorCode, offset: number) {
    super(`${code} at octet ${offset}`);
    this.code = code;
    this.offset = offset;
  }
}

/** Names of a message that are searched through one by one; those of a longer message have an index. */
const MAX_NAMES_SEARCHED = 12;

const nameScratch = new Uint8Array(MAX_NAME_OCTETS);

export class WireReader {
  readonly octets: Uint8Array;
  offset: number;
  /** Where reading began: no name stands in front of it, in the header. */
  private readonly start: number;
  /** RDATA are given as views of the octets, which then must not change, instead of as copies. */
  private readonly givesViews: boolean;
  /** Names read, and where each begins. */
  private readonly names: DomainName[] = [];
  private readonly nameOffsets: number[] = [];
  private namesByOffset: Map<number, DomainName> | undefined;
  private expandedOctets = 0;

  constructor(octets: Uint8Array, offset = 0, givesViews = false) {
    this.octets = octets;
    this.offset = offset;
    this.start = offset;
    this.givesViews = givesViews;
  }

  get remaining(): number {
    return this.octets.length - this.offset;
  }

  private need(count: number): void {
    if (this.remaining < count) throw new WireError('truncated', this.octets.length);
  }

  u8(): number {
    this.need(1);
    return this.octets[this.offset++] ?? 0;
  }

  u16(): number {
    this.need(2);
    const value = readU16(this.octets, this.offset);
    this.offset += 2;
    return value;
  }

  u32(): number {
    this.need(4);
    const value = readU32(this.octets, this.offset);
    this.offset += 4;
    return value;
  }

  /** The next `count` octets, as they are. */
  take(count: number): Uint8Array {
    this.need(count);
    const start = this.offset;
    this.offset += count;
    return this.piece(start, start + count);
  }

  private piece(start: number, end: number): Uint8Array {
    return this.givesViews ? this.octets.subarray(start, end) : this.octets.slice(start, end);
  }

  skip(count: number): void {
    this.need(count);
    this.offset += count;
  }

  /** A possibly compressed name. Names at one offset are read once and shared. */
  name(): DomainName {
    const start = this.offset;
    const octets = this.octets;
    // Whole name is one pointer: the commonest form in answers.
    if (((octets[start] ?? 0) & 0xc0) === 0xc0 && start + 1 < octets.length) {
      const target = readU16(octets, start) & 0x3fff;
      const known = target < start ? this.nameAt(target) : undefined;
      if (known !== undefined) {
        this.offset = start + 2;
        return known;
      }
    }
    const length = this.expandName();
    const name = DomainName.fromOctets(nameScratch.slice(0, length));
    const isPointer = ((octets[start] ?? 0) & 0xc0) === 0xc0;
    this.remember(isPointer ? readU16(octets, start) & 0x3fff : start, name);
    return name;
  }

  /** The name that was read at an offset. */
  private nameAt(offset: number): DomainName | undefined {
    if (this.namesByOffset !== undefined) return this.namesByOffset.get(offset);
    const at = this.nameOffsets.indexOf(offset);
    return at < 0 ? undefined : this.names[at];
  }

  private remember(offset: number, name: DomainName): void {
    if (this.names.length < MAX_NAMES_SEARCHED) {
      this.names.push(name);
      this.nameOffsets.push(offset);
      return;
    }
    if (this.namesByOffset === undefined) {
      this.namesByOffset = new Map();
      for (let index = 0; index < this.names.length; index++) {
        const known = this.names[index];
        if (known !== undefined) this.namesByOffset.set(this.nameOffsets[index] ?? 0, known);
      }
    }
    this.namesByOffset.set(offset, name);
  }

  /** Expands the name at the cursor into `nameScratch`, moves past it and returns its length. */
  private expandName(): number {
    const octets = this.octets;
    let position = this.offset;
    let floor = position; // Each pointer must lead below the start of what is being read.
    let end = -1; // Where the cursor goes on, once a pointer was followed.
    let length = 0;
    for (;;) {
      const octet = octets[position];
      if (octet === undefined) throw new WireError('truncated', position);
      if (octet === 0) {
        nameScratch[length++] = 0;
        position++;
        break;
      }
      const kind = octet & 0xc0;
      if (kind === 0xc0) {
        if (position + 1 >= octets.length) throw new WireError('truncated', position);
        const target = readU16(octets, position) & 0x3fff;
        if (target >= floor || target < this.start) throw new WireError('bad-pointer', position);
        if (end < 0) end = position + 2;
        position = target;
        floor = target;
      } else if (kind === 0) {
        // One octet is kept for the root.
        if (length + octet + 1 > MAX_NAME_OCTETS - 1) throw new WireError('name-too-long', position);
        if (position + 1 + octet > octets.length) throw new WireError('truncated', position);
        for (let index = 0; index <= octet; index++) nameScratch[length++] = octets[position + index] ?? 0;
        position += octet + 1;
      } else {
        throw new WireError('bad-label', position);
      }
    }
    this.offset = end < 0 ? position : end;
    this.charge(length);
    return length;
  }

  /** Counts octets that a name takes in memory. */
  private charge(octetCount: number): void {
    this.expandedOctets += octetCount;
    if (this.expandedOctets > MAX_EXPANDED_NAME_OCTETS) throw new WireError('names-too-large', this.offset);
  }

  /**
   * The next `length` octets of RDATA with its names decompressed. Types that are not known to hold
   * names are taken as they are (RFC 3597 4); a name must end within RDLENGTH. Undefined, with the cursor behind it,
   * for RDATA without names whose length is wrong for its type: such a record says nothing, the others still do.
   */
  rdata(type: number, length: number): Uint8Array | undefined {
    this.need(length);
    const layout = rdataLayout(type);
    if (layout === undefined) return this.take(length);
    const start = this.offset;
    const end = start + length;
    if (!layout.hasNames) {
      this.offset = end;
      return fits(layout.parts, this.octets, start, end) ? this.piece(start, end) : undefined;
    }
    let pieces: Uint8Array[] | undefined;
    let copiedTo = start;
    for (const part of layout.parts) {
      if (part === 'rest') {
        this.offset = end;
      } else if (part === 'name') {
        const nameStart = this.offset;
        if (nameStart >= end) throw new WireError('bad-rdata', nameStart);
        const nameEnd = this.skipName(end);
        if (nameEnd < 0) {
          if (!layout.decompress) throw new WireError('bad-pointer', nameStart);
          this.offset = nameStart;
          pieces ??= [];
          const name = this.name();
          // Each RDATA gets octets of its own, also of a name that was read before.
          this.charge(name.octets.length);
          if (layout.parts.length === 1 && this.offset === end) return name.octets;
          pieces.push(this.octets.subarray(copiedTo, nameStart), name.octets);
          copiedTo = this.offset;
        } else {
          this.offset = nameEnd;
        }
      } else {
        this.skip(part === 'string' ? this.u8() : part);
      }
      if (this.offset > end) throw new WireError('bad-rdata', this.offset);
    }
    if (this.offset !== end) throw new WireError('bad-rdata', this.offset);
    if (pieces === undefined) return this.piece(start, end);
    pieces.push(this.octets.subarray(copiedTo, end));
    return concatenate(pieces);
  }

  /** The end of the name at the cursor, which is not expanded; -1 for a compressed one. */
  private skipName(limit: number): number {
    const octets = this.octets;
    const start = this.offset;
    let position = start;
    while (position < limit) {
      const octet = octets[position] ?? 0;
      const kind = octet & 0xc0;
      if (kind === 0xc0) {
        if (position + 2 > limit) throw new WireError('bad-rdata', position);
        return -1;
      }
      if (kind !== 0) throw new WireError('bad-label', position);
      position += octet + 1;
      if (octet === 0) {
        if (position - start > MAX_NAME_OCTETS) throw new WireError('name-too-long', start);
        return position;
      }
    }
    throw new WireError('bad-rdata', position);
  }
}

/** Whether octets are made up of exactly these parts, none of which is a name. */
function fits(parts: readonly RdataPart[], octets: Uint8Array, start: number, end: number): boolean {
  let offset = start;
  for (const part of parts) {
    if (part === 'rest') return offset <= end;
    if (part === 'string') offset += offset < end ? (octets[offset] ?? 0) + 1 : end;
    else if (part !== 'name') offset += part;
  }
  return offset === end;
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  if (length > MAX_RDATA_OCTETS) throw new WireError('bad-rdata', 0);
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

/** Big-endian 16 bits; octets outside the array count as zero, so callers check bounds first. */
export function readU16(octets: Uint8Array, offset: number): number {
  return ((octets[offset] ?? 0) << 8) | (octets[offset + 1] ?? 0);
}

/** Big-endian 32 bits, unsigned; bounds as `readU16`. */
export function readU32(octets: Uint8Array, offset: number): number {
  return readU16(octets, offset) * 0x10000 + readU16(octets, offset + 2);
}
