import { describe, expect, it } from 'vitest';
import { DomainName } from '../../src/wire/name.ts';
import { nameOf, nameText, nameTextWithoutDot, parseName } from '../../src/wire/name-text.ts';
import { hex, toHex } from './octets.ts';

describe('nameText', () => {
  const rows = [
    { name: 'the root', hex: '00', text: '.', withoutDot: '.' },
    { name: 'labels', hex: '01610162 00', text: 'a.b.', withoutDot: 'a.b' },
    { name: 'a dot inside a label', hex: '03612e6200', text: 'a\\.b.', withoutDot: 'a\\.b' },
    { name: 'a dot at the end of a label', hex: '02612e00', text: 'a\\..', withoutDot: 'a\\.' },
    { name: 'a backslash', hex: '025c6100', text: '\\\\a.', withoutDot: '\\\\a' },
    {
      name: 'characters of zone files',
      hex: '0722283b294024ff00',
      text: '\\"\\(\\;\\)\\@\\$\\255.',
      withoutDot: '\\"\\(\\;\\)\\@\\$\\255',
    },
    {
      name: 'space, control and zero octets',
      hex: '0420000a7f00',
      text: '\\032\\000\\010\\127.',
      withoutDot: '\\032\\000\\010\\127',
    },
    { name: 'an asterisk and an underscore stay', hex: '012a015f00', text: '*._.', withoutDot: '*._' },
    { name: 'UTF-8 octets are octets', hex: '02c3a900', text: '\\195\\169.', withoutDot: '\\195\\169' },
  ];
  it.each(rows)('$name', ({ hex: octets, text, withoutDot }) => {
    const name = DomainName.fromOctets(hex(octets));
    expect(nameText(name)).toBe(text);
    expect(nameTextWithoutDot(name)).toBe(withoutDot);
    expect(toHex(nameOf(text).octets)).toBe(octets.replace(/\s/g, ''));
    expect(nameOf(withoutDot).equals(name)).toBe(true);
  });
});

describe('parseName', () => {
  const origin = nameOf('example.com');
  const rows = [
    {
      name: 'without a dot it is absolute when there is no origin',
      given: 'www.example',
      origin: undefined,
      want: 'www.example.',
    },
    { name: 'without a dot it is relative to the origin', given: 'www', origin, want: 'www.example.com.' },
    { name: 'with a dot it is absolute', given: 'www.', origin, want: 'www.' },
    { name: 'an escaped dot at the end makes it no absolute name', given: 'a\\.', origin, want: 'a\\..example.com.' },
    { name: '@ is the origin', given: '@', origin, want: 'example.com.' },
    { name: 'an escaped @ is a label', given: '\\@', origin, want: '\\@.example.com.' },
    { name: '@ without an origin is a label', given: '@', origin: undefined, want: '\\@.' },
    { name: 'the root', given: '.', origin, want: '.' },
    { name: 'an escaped letter is that letter', given: '\\a.', origin, want: 'a.' },
    { name: 'an escaped space is a space', given: 'a\\ b.', origin, want: 'a\\032b.' },
    { name: 'the root as origin', given: 'a.b', origin: DomainName.root, want: 'a.b.' },
  ];
  it.each(rows)('$name', ({ given, origin: relativeTo, want }) => {
    const parsed = parseName(given, relativeTo);
    expect(parsed.ok && nameText(parsed.name)).toBe(want);
  });

  const refused = [
    { name: 'nothing', given: '' },
    { name: 'an empty label', given: 'a..b' },
    { name: 'a dot in front', given: '.a' },
    { name: 'two dots', given: '..' },
    { name: 'an escape above 255', given: 'a\\256.' },
    { name: 'an escape with too few digits', given: 'a\\25.' },
    { name: 'a backslash at the end', given: 'a\\' },
    { name: 'a space', given: 'a b.' },
    { name: 'a character outside ASCII', given: 'é.' },
    { name: 'a label of 64 octets', given: `${'a'.repeat(64)}.` },
    { name: 'a label of 64 octets in escapes', given: `${'\\001'.repeat(64)}.` },
    { name: 'a name of 256 octets', given: `${'a'.repeat(63)}.${'a'.repeat(63)}.${'a'.repeat(63)}.${'a'.repeat(62)}.` },
  ];
  it.each(refused)('refuses $name', ({ given }) => {
    expect(parseName(given, undefined).ok).toBe(false);
  });

  it('refuses a relative name that gets too long with its origin', () => {
    const long = nameOf(`${'a'.repeat(63)}.${'a'.repeat(63)}.${'a'.repeat(63)}.${'a'.repeat(59)}`);
    expect(parseName('a', long).ok).toBe(true);
    expect(parseName('aa', long).ok).toBe(false);
  });

  it('throws only for names in the program itself', () => {
    expect(() => nameOf('a..b')).toThrow('empty label');
  });
});
