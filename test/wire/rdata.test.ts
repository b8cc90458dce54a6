import { describe, expect, it } from 'vitest';
import { nameText } from '../../src/wire/name-text.ts';
import { parseNameRdata, parseSOA } from '../../src/wire/rdata.ts';
import { hex } from './octets.ts';

describe('parseNameRdata', () => {
  const rows = [
    { name: 'a name', given: '0161016200', want: 'a.b.' },
    { name: 'the root', given: '00', want: '.' },
    { name: 'nothing', given: '', want: undefined },
    { name: 'octets behind the name', given: '016100ff', want: undefined },
    { name: 'no root label', given: '0161', want: undefined },
    { name: 'a pointer', given: 'c000', want: undefined },
  ];
  it.each(rows)('$name', ({ given, want }) => {
    const name = parseNameRdata(hex(given));
    expect(name && nameText(name)).toBe(want);
  });
});

describe('parseSOA', () => {
  const numbers = '00000001 00000002 00000003 00000004 ffffffff';

  it('reads names and numbers (RFC 1035 3.3.13)', () => {
    const soa = parseSOA(hex(`016100 01680161 00 ${numbers}`));
    expect(soa && [nameText(soa.primary), nameText(soa.mailbox)]).toEqual(['a.', 'h.a.']);
    expect(soa).toMatchObject({ serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 0xffffffff });
  });

  const refused = [
    { name: 'nothing', given: '' },
    { name: 'one name', given: '00' },
    { name: 'nineteen octets of numbers', given: `0000${'00'.repeat(19)}` },
    { name: 'an octet too many', given: `0000${'00'.repeat(21)}` },
    { name: 'a mailbox without end', given: '003f' },
  ];
  it.each(refused)('refuses $name', ({ given }) => {
    expect(parseSOA(hex(given))).toBeUndefined();
  });
});
