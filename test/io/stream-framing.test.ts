import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framed, MessageCutter } from '../../src/io/stream-framing.ts';

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

function messagesIn(cutter: MessageCutter): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let message = cutter.next(); message !== undefined; message = cutter.next()) messages.push(message);
  return messages;
}

describe('MessageCutter (RFC 1035 4.2.2)', () => {
  it('finds the messages again, wherever the stream was cut', () => {
    const message = fc.uint8Array({ maxLength: 1500 });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.nat(4000), { maxLength: 12 }), (messages, cuts) => {
        const stream = concatenated(messages.map(framed));
        const ends = [...cuts.filter((cut) => cut < stream.length).sort((a, b) => a - b), stream.length];
        const cutter = new MessageCutter();
        const found: Uint8Array[] = [];
        let start = 0;
        for (const end of ends) {
          cutter.append(stream.slice(start, end));
          found.push(...messagesIn(cutter));
          start = end;
        }
        expect(found).toEqual(messages);
        expect(cutter.isWithinMessage).toBe(false);
      }),
    );
  });

  it('reads a message of 65535 octets that comes octet by octet', () => {
    const message = new Uint8Array(65_535).map((_, index) => index % 251);
    const stream = framed(message);
    const cutter = new MessageCutter();
    for (let index = 0; index < stream.length - 1; index++) {
      cutter.append(stream.slice(index, index + 1));
      if (cutter.next() !== undefined) throw new Error('whole too early');
    }
    expect(cutter.isWithinMessage).toBe(true);
    cutter.append(stream.slice(-1));
    expect(cutter.next()).toEqual(message);
  });

  it('gives each message an array of its own', () => {
    const chunk = concatenated([framed(Uint8Array.of(1, 2, 3)), framed(Uint8Array.of(4, 5))]);
    const cutter = new MessageCutter();
    cutter.append(chunk);
    const first = cutter.next();
    expect(first?.buffer.byteLength).toBe(3);
    chunk.fill(0);
    expect(first).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('waits with messages that are not asked for, and takes more meanwhile', () => {
    const cutter = new MessageCutter();
    cutter.append(concatenated([framed(Uint8Array.of(1)), framed(Uint8Array.of(2)), Uint8Array.of(0)]));
    expect(cutter.next()).toEqual(Uint8Array.of(1));
    cutter.append(Uint8Array.of(1, 3));
    expect(messagesIn(cutter)).toEqual([Uint8Array.of(2), Uint8Array.of(3)]);
  });

  it('is within a message from the first octet of its length on', () => {
    const cutter = new MessageCutter();
    expect(cutter.isWithinMessage).toBe(false);
    cutter.append(Uint8Array.of(0));
    cutter.next();
    expect(cutter.isWithinMessage).toBe(true);
  });
});
