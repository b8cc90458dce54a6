import { describe, expect, it } from 'vitest';
import { HeaderFlag, opcodeOf, parseHeader, rcodeOf } from '../../src/wire/header.ts';
import { hex } from './octets.ts';

describe('parseHeader', () => {
  it('reads six numbers (RFC 1035 4.1.1)', () => {
    expect(parseHeader(hex('ffff 8583 0001 0002 0003 0004 ff'))).toEqual({
      id: 0xffff,
      flags: 0x8583,
      questionCount: 1,
      answerCount: 2,
      authorityCount: 3,
      additionalCount: 4,
    });
  });

  it('needs twelve octets', () => {
    expect(parseHeader(new Uint8Array(11))).toBeUndefined();
  });
});

describe('flags', () => {
  const rows = [
    { flags: 0x0000, opcode: 0, rcode: 0 },
    { flags: 0x2800, opcode: 5, rcode: 0 },
    { flags: 0xffff, opcode: 15, rcode: 15 },
    { flags: HeaderFlag.QR | HeaderFlag.AD | HeaderFlag.CD | 2, opcode: 0, rcode: 2 },
  ];
  it.each(rows)('$flags: opcode $opcode, rcode $rcode', ({ flags, opcode, rcode }) => {
    expect(opcodeOf(flags)).toBe(opcode);
    expect(rcodeOf(flags)).toBe(rcode);
  });

  it('no two flags share a bit with each other, the opcode or the rcode', () => {
    const bits = [0x780f, ...Object.values(HeaderFlag)];
    expect(bits.reduce((sum, bit) => sum + bit, 0)).toBe(bits.reduce((union, bit) => union | bit, 0));
  });
});
