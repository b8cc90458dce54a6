import { describe, expect, it } from 'vitest';
import { parseType, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { parseRdata, rdataText, unknownText } from '../../src/wire/rdata-text.ts';
import { typesWithText } from '../../src/wire/rdata-text-table.ts';
import { hex, toHex } from './octets.ts';
import { rdataSamples } from './rdata-samples.ts';

function typeOf(text: string): number {
  const type = parseType(text);
  if (type === undefined) throw new Error(`${text} is no type`);
  return type;
}

/** Octets in hexadecimal, or the error behind a dash. */
function parsed(type: string, text: string | readonly string[], origin = nameOf('example.com')): string {
  const result = parseRdata(typeOf(type), text, origin);
  return result.ok ? toHex(result.rdata) : `- ${result.error}`;
}

describe('every type', () => {
  it.each(rdataSamples)('$type $text', ({ type, text, hex: octets }) => {
    expect(parsed(type, text)).toBe(octets);
    expect(rdataText(typeOf(type), hex(octets))).toBe(text);
    expect(parsed(type, unknownText(hex(octets)))).toBe(octets);
  });

  it('has a sample', () => {
    const types = new Set(rdataSamples.map(({ type }) => typeOf(type)));
    expect(typesWithText().filter((type) => !types.has(type))).toEqual([]);
  });
});

describe('rdataText', () => {
  const fallbacks = [
    { name: 'a type that is not known (RFC 3597 5)', type: 'TYPE65280', given: '0A0b', want: '\\# 2 0A0B' },
    { name: 'no octets', type: 'TYPE65280', given: '', want: '\\# 0' },
    { name: 'an address of three octets', type: 'A', given: 'c00002', want: '\\# 3 C00002' },
    { name: 'an address of five octets', type: 'A', given: 'c000020101', want: '\\# 5 C000020101' },
    { name: 'a text list without texts', type: 'TXT', given: '', want: '\\# 0' },
    { name: 'a text beyond the end', type: 'TXT', given: '0561', want: '\\# 2 0561' },
    { name: 'a compressed name', type: 'NS', given: 'c00c', want: '\\# 2 C00C' },
    { name: 'a DS without a digest', type: 'DS', given: '00010802', want: '\\# 4 00010802' },
    { name: 'an empty key', type: 'DNSKEY', given: '01010308', want: '\\# 4 01010308' },
    { name: 'an empty bitmap window', type: 'NSEC', given: '000000', want: '\\# 3 000000' },
    { name: 'a bitmap with trailing zeros', type: 'NSEC', given: '0000024000', want: '\\# 5 0000024000' },
    { name: 'an empty hash', type: 'NSEC3', given: '010000000000', want: '\\# 6 010000000000' },
    { name: 'a property name with a space', type: 'CAA', given: '000361206261', want: '\\# 6 000361206261' },
    { name: 'an empty property name', type: 'CAA', given: '0000', want: '\\# 2 0000' },
    { name: 'three ISDN texts', type: 'ISDN', given: '016101620163', want: '\\# 6 016101620163' },
    {
      name: 'LOC of version 1',
      type: 'LOC',
      given: '01120000800000008000000000989680',
      want: '\\# 16 01120000800000008000000000989680',
    },
    {
      name: 'LOC with a mantissa of ten',
      type: 'LOC',
      given: '00a20000800000008000000000989680',
      want: '\\# 16 00A20000800000008000000000989680',
    },
    {
      name: 'LOC beyond the pole',
      type: 'LOC',
      given: '00121212ffffffff8000000000989680',
      want: '\\# 16 00121212FFFFFFFF8000000000989680',
    },
    { name: 'APL of an unknown family', type: 'APL', given: '00030800', want: '\\# 4 00030800' },
    { name: 'APL with a trailing zero octet', type: 'APL', given: '000108020a00', want: '\\# 6 000108020A00' },
    { name: 'APL with a prefix too long', type: 'APL', given: '000121010a', want: '\\# 5 000121010A' },
    { name: 'APL that ends in front of its last length', type: 'APL', given: '00020a', want: '\\# 3 00020A' },
    { name: 'IPSECKEY of two octets', type: 'IPSECKEY', given: '0a00', want: '\\# 2 0A00' },
    { name: 'a gateway type that is not known', type: 'IPSECKEY', given: '0a040201', want: '\\# 4 0A040201' },
    {
      name: 'SVCB keys in falling order (RFC 9460 2.2)',
      type: 'SVCB',
      given: '00010000030002003500010003026832',
      want: '\\# 16 00010000030002003500010003026832',
    },
    {
      name: 'SVCB keys that stand twice',
      type: 'SVCB',
      given: '000100000300020035000300020035',
      want: '\\# 15 000100000300020035000300020035',
    },
    { name: 'SVCB with a port of one octet', type: 'SVCB', given: '0001000003000135', want: '\\# 8 0001000003000135' },
    { name: 'SVCB with an empty alpn', type: 'SVCB', given: '00010000010000', want: '\\# 7 00010000010000' },
    {
      name: 'SVCB with no-default-alpn alone (RFC 9460 7.1.1)',
      type: 'SVCB',
      given: '00010000020000',
      want: '\\# 7 00010000020000',
    },
    {
      name: 'SVCB with a mandatory key that is missing (RFC 9460 8)',
      type: 'SVCB',
      given: '000100000000020003',
      want: '\\# 9 000100000000020003',
    },
  ];
  it.each(fallbacks)('falls back for $name', ({ type, given, want }) => {
    expect(rdataText(typeOf(type), hex(given))).toBe(want);
    expect(parsed(type, want)).toBe(given.toLowerCase());
  });

  it('an empty APL is an empty text (RFC 3123 4)', () => {
    expect(rdataText(RRType.APL, hex(''))).toBe('');
    expect(parsed('APL', '')).toBe('');
  });

  it('the largest signature time is in 2106 (RFC 4034 3.1.5)', () => {
    const rdata = `0001080000000e10ffffffff00000000123400aa`;
    expect(rdataText(RRType.RRSIG, hex(rdata))).toBe('A 8 0 3600 21060207062815 19700101000000 4660 . qg==');
  });
});

describe('parseRdata', () => {
  const accepted = [
    { name: 'relative names', type: 'MX', text: '10 mail', want: '000a046d61696c076578616d706c6503636f6d00' },
    { name: '@', type: 'CNAME', text: '@', want: '076578616d706c6503636f6d00' },
    { name: 'parentheses and comments', type: 'MX', text: '( 10 ; preference\n . )', want: '000a00' },
    { name: 'texts without quotes', type: 'TXT', text: 'a b\\"c \\100', want: '0161036222630164' },
    { name: 'texts beyond ASCII, as UTF-8', type: 'TXT', text: '"é😀"', want: '06c3a9f09f9880' },
    { name: 'two texts that touch', type: 'TXT', text: '"a""b"', want: '01610162' },
    { name: 'a text in quotes that looks like RFC 3597', type: 'TXT', text: '"\\\\#" 0', want: '025c230130' },
    { name: 'hexadecimal in pieces and either case', type: 'DS', text: '1 8 2 aB cD', want: '00010802abcd' },
    { name: 'base 64 in pieces', type: 'DNSKEY', text: '257 3 8 Aw EA AQ ==', want: '0101030803010001' },
    { name: 'an algorithm by name', type: 'DS', text: '1 RSASHA256 2 abcd', want: '00010802abcd' },
    {
      name: 'SOA times with units',
      type: 'SOA',
      text: '. . 1 1h 15m 1w2d 1D',
      want: '00000000000100000e1000000384000bdd8000015180',
    },
    {
      name: 'signature times in seconds',
      type: 'RRSIG',
      text: 'A 8 0 3600 4294967295 0 1 . qg==',
      want: '0001080000000e10ffffffff00000000000100aa',
    },
    { name: 'bitmap types in any order, by number, twice', type: 'NSEC', text: '. TYPE15 a A', want: '0000024001' },
    { name: 'a hash in upper case', type: 'NSEC3', text: '1 0 0 - CPNMUOJ1 A', want: '010000000005666f6f6261000140' },
    {
      name: 'LOC without minutes and sizes (RFC 1876 3)',
      type: 'LOC',
      text: '1 N 2 W 0',
      want: '001216138036ee807f92230000989680',
    },
    {
      name: 'LOC sizes without unit, cut to one digit',
      type: 'LOC',
      text: '0 0 0 N 0 0 0 E 0m 12.34 0.05 0',
      want: '00135000800000008000000000989680',
    },
    { name: 'NSAP with dots (RFC 1706 7)', type: 'NSAP', text: '0x47.00.05', want: '470005' },
    { name: 'IPSECKEY without a key (RFC 4025 2.4)', type: 'IPSECKEY', text: '10 0 0 .', want: '0a0000' },
    {
      name: 'an alpn list of RFC 9460 D.2',
      type: 'SVCB',
      text: '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
      want: '001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c626172026832',
    },
    {
      name: 'the same with escapes by number',
      type: 'SVCB',
      text: '16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2',
      want: '001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c626172026832',
    },
    {
      name: 'SVCB parameters in any order',
      type: 'SVCB',
      text: '1 . port=53 alpn=h2 mandatory=port,alpn',
      want: '000100000000040001000300010003026832000300020035',
    },
    { name: 'a known SVCB key by number', type: 'SVCB', text: '1 . key3="\\0005"', want: '000100000300020035' },
    {
      name: 'RFC 3597 for a known type, with content that it cannot have',
      type: 'A',
      text: '\\# 3 01 02\n03',
      want: '010203',
    },
    { name: 'RFC 3597 without octets', type: 'NS', text: '\\# 0', want: '' },
    { name: 'words', type: 'TXT', text: ['a b', '"c d"', 'e"f g"'], want: '03612062036320640465662067' },
    { name: 'RFC 3597 in words', type: 'TYPE65280', text: ['\\#', '2', '0a0b'], want: '0a0b' },
  ];
  it.each(accepted)('takes $name', ({ type, text, want }) => {
    expect(parsed(type, text)).toBe(want);
  });

  const refused = [
    { type: 'A', text: '' },
    { type: 'A', text: '192.0.2' },
    { type: 'A', text: '192.0.2.1 192.0.2.2' },
    { type: 'A', text: '2001:db8::1' },
    { type: 'AAAA', text: '192.0.2.1' },
    { type: 'NS', text: '' },
    { type: 'NS', text: 'a..b' },
    { type: 'MX', text: 'mail' },
    { type: 'MX', text: '65536 mail' },
    { type: 'MX', text: '-1 mail' },
    { type: 'MX', text: '1e1 mail' },
    { type: 'TXT', text: '' },
    { type: 'TXT', text: 'a'.repeat(256) },
    { type: 'TXT', text: '"a' },
    { type: 'TXT', text: '"\\256"' },
    { type: 'TXT', text: '"\\1"' },
    { type: 'HINFO', text: '"a"' },
    { type: 'SOA', text: '. . 1 2 3 4' },
    { type: 'SOA', text: '. . 1 2 3 4 8000w' },
    { type: 'DS', text: '1 8 2' },
    { type: 'DS', text: '1 8 2 abc' },
    { type: 'DS', text: '1 8 2 xx' },
    { type: 'DS', text: '1 NONE 2 ab' },
    { type: 'DNSKEY', text: '257 3 8' },
    { type: 'DNSKEY', text: '257 3 8 A' },
    { type: 'DNSKEY', text: '257 3 8 A===' },
    { type: 'DNSKEY', text: '257 3 8 A-_=' },
    { type: 'RRSIG', text: 'A 8 0 3600 20230229000000 0 1 . qg==' },
    { type: 'RRSIG', text: 'A 8 0 3600 21060207062816 0 1 . qg==' },
    { type: 'RRSIG', text: 'FOO 8 0 3600 1 0 1 . qg==' },
    { type: 'NSEC', text: '. FOO' },
    { type: 'NSEC3', text: '1 0 0 - ! A' },
    { type: 'NSEC3', text: '1 0 0 abc 2t7b4g4vsa5smi47k61mv5bv1a22bojr A' },
    { type: 'NSEC3PARAM', text: '1 0 0' },
    { type: 'CAA', text: '0 is-sue "x"' },
    { type: 'CAA', text: '0 issue' },
    { type: 'LOC', text: '91 N 0 E 0m' },
    { type: 'LOC', text: '90 0 0.001 N 0 E 0m' },
    { type: 'LOC', text: '1 60 N 0 E 0m' },
    { type: 'LOC', text: '1 0 60 N 0 E 0m' },
    { type: 'LOC', text: '1 0 0.0001 N 0 E 0m' },
    { type: 'LOC', text: '1 E 1 N 0m' },
    { type: 'LOC', text: '1 N 1 E' },
    { type: 'LOC', text: '1 N 1 E -100000.01m' },
    { type: 'LOC', text: '1 N 1 E 42849672.96m' },
    { type: 'LOC', text: '1 N 1 E 0m -1m' },
    { type: 'LOC', text: '1 N 1 E 0m 1m 1m 1m 1m' },
    { type: 'APL', text: '3:192.0.2.0/24' },
    { type: 'APL', text: '1:192.0.2.0/33' },
    { type: 'APL', text: '1:2001:db8::/24' },
    { type: 'IPSECKEY', text: '10 1 2 2001:db8::1 QUJD' },
    { type: 'IPSECKEY', text: '10 0 2 example. QUJD' },
    { type: 'IPSECKEY', text: '10 4 2 . QUJD' },
    { type: 'AMTRELAY', text: '10 2 0 .' },
    { type: 'AMTRELAY', text: '10 0 128 .' },
    { type: 'HIP', text: '2 zz QUJD' },
    { type: 'HIP', text: '2 4142' },
    { type: 'EUI48', text: '00-00-5e-00-53' },
    { type: 'EUI48', text: '00:00:5e:00:53:2a' },
    { type: 'NID', text: '10 0014:4fff:ff20' },
    { type: 'L32', text: '10 10.1.2' },
    { type: 'NSAP', text: '47000580' },
    { type: 'NSAP', text: '0x.' },
    { type: 'SVCB', text: '1' },
    { type: 'SVCB', text: '1 . port=' },
    { type: 'SVCB', text: '1 . port=65536' },
    { type: 'SVCB', text: '1 . port=53 port=54' },
    { type: 'SVCB', text: '1 . port=53 key3="\\0005"' },
    { type: 'SVCB', text: '1 . key3=5' },
    { type: 'SVCB', text: '1 . alpn=' },
    { type: 'SVCB', text: '1 . alpn=h2,,h3' },
    { type: 'SVCB', text: '1 . alpn="h2\\\\"' },
    { type: 'SVCB', text: `1 . alpn=${'a'.repeat(256)}` },
    { type: 'SVCB', text: '1 . no-default-alpn' },
    { type: 'SVCB', text: '1 . alpn=h2 no-default-alpn=1' },
    { type: 'SVCB', text: '1 . ipv4hint=' },
    { type: 'SVCB', text: '1 . ipv4hint=::1' },
    { type: 'SVCB', text: '1 . ipv6hint=192.0.2.1' },
    { type: 'SVCB', text: '1 . ech=!' },
    { type: 'SVCB', text: '1 . mandatory=port' },
    { type: 'SVCB', text: '1 . port=53 mandatory=port,port' },
    { type: 'SVCB', text: '1 . mandatory=mandatory' },
    { type: 'SVCB', text: '1 . key01=x' },
    { type: 'SVCB', text: '1 . key65536=x' },
    { type: 'SVCB', text: '1 . foo=x' },
    { type: 'TYPE65280', text: 'abc' },
    { type: 'TYPE65280', text: '"\\\\#" 0' },
    { type: 'A', text: '\\#' },
    { type: 'A', text: '\\# 1' },
    { type: 'A', text: '\\# 1 0102' },
    { type: 'A', text: '\\# 1 0' },
    { type: 'A', text: '\\# 65536 00' },
    { type: 'A', text: '\\# 1 zz' },
    { type: 'A', text: '192.0.2.1)' },
  ];
  it.each(refused)('refuses $type $text', ({ type, text }) => {
    expect(parsed(type, text)).toMatch(/^- ./);
  });

  it('refuses content that no record can hold', () => {
    const texts = Array.from({ length: 256 }, () => 'a'.repeat(255));
    expect(parsed('TXT', texts)).toMatch(/^- .*65535/);
    expect(parsed('TXT', texts.slice(1))).toHaveLength(65280 * 2);
  });

  it('names without a trailing dot are absolute where there is no origin', () => {
    const result = parseRdata(RRType.NS, 'a.b');
    expect(result.ok && toHex(result.rdata)).toBe('0161016200');
  });
});
