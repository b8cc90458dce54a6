// Messages in a TCP stream: each behind two octets of length (RFC 1035 4.2.2, RFC 7766 8).

const LENGTH_OCTETS = 2;
/** First size of the array for a message that arrives in pieces; it doubles, so a claimed length costs no memory. */
const FIRST_PIECE_OCTETS = 512;

/** One array with length and message: one write, and with that one segment where it fits (RFC 7766 8). */
export function framed(octets: Uint8Array): Uint8Array {
  const frame = new Uint8Array(LENGTH_OCTETS + octets.length);
  frame[0] = octets.length >> 8;
  frame[1] = octets.length;
  frame.set(octets, LENGTH_OCTETS);
  return frame;
}

/** Cuts a stream into messages, on demand: `next` until it has none, then `append`. */
export class MessageCutter {
  private input: Uint8Array = new Uint8Array(0);
  private offset = 0;
  private firstLengthOctet: number | undefined;
  /** Length of the message being read; -1 between messages. */
  private expected = -1;
  private message: Uint8Array = new Uint8Array(0);
  private filled = 0;

  /** Takes over `chunk`, which must not change afterwards. */
  append(chunk: Uint8Array): void {
    if (this.offset === this.input.length) {
      this.input = chunk;
    } else {
      const joined = new Uint8Array(this.input.length - this.offset + chunk.length);
      joined.set(this.input.subarray(this.offset));
      joined.set(chunk, this.input.length - this.offset);
      this.input = joined;
    }
    this.offset = 0;
  }

  /** Octets have come that are not a whole message yet. */
  get isWithinMessage(): boolean {
    return this.expected !== -1 || this.firstLengthOctet !== undefined || this.offset < this.input.length;
  }

  /** The next message, in an array of its own; undefined when there is no whole one. */
  next(): Uint8Array | undefined {
    if (this.expected === -1 && !this.readLength()) {
      this.dropInput();
      return undefined;
    }
    const count = Math.min(this.expected - this.filled, this.input.length - this.offset);
    this.makeRoom(this.filled + count);
    this.message.set(this.input.subarray(this.offset, this.offset + count), this.filled);
    this.filled += count;
    this.offset += count;
    if (this.filled < this.expected) {
      this.dropInput();
      return undefined;
    }
    const whole = this.message.length === this.expected ? this.message : this.message.slice(0, this.expected);
    this.message = new Uint8Array(0);
    this.filled = 0;
    this.expected = -1;
    if (this.offset === this.input.length) this.dropInput();
    return whole;
  }

  private readLength(): boolean {
    while (this.offset < this.input.length) {
      const octet = this.input[this.offset++] ?? 0;
      if (this.firstLengthOctet === undefined) {
        this.firstLengthOctet = octet;
        continue;
      }
      this.expected = (this.firstLengthOctet << 8) | octet;
      this.firstLengthOctet = undefined;
      return true;
    }
    return false;
  }

  private makeRoom(octets: number): void {
    if (octets <= this.message.length) return;
    const wholeAtOnce = octets === this.expected;
    const size = wholeAtOnce ? octets : Math.max(octets, this.message.length * 2, FIRST_PIECE_OCTETS);
    const grown = new Uint8Array(Math.min(size, this.expected));
    grown.set(this.message.subarray(0, this.filled));
    this.message = grown;
  }

  /** Lets go of a chunk that has been read, which may be much larger than what is left to come. */
  private dropInput(): void {
    this.input = new Uint8Array(0);
    this.offset = 0;
  }
}
