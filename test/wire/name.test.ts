import { describe, expect, it } from 'vitest';
import { compareNames, DomainName, parentKey } from '../../src/wire/name.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { ascii, octetsOf } from './octets.ts';

const label = (length: number) => new Uint8Array(length).fill(0x61);
/** Wire length 255: three labels of 63 octets and one of 61, or a shorter last one. */
const longest = [label(63), label(63), label(63), label(61)];

describe('DomainName.fromLabels', () => {
  const rows = [
    { name: 'no label is the root', given: [], want: 1 },
    { name: 'a label of 63 octets (RFC 1035 2.3.4)', given: [label(63)], want: 65 },
    { name: 'a label of 64 octets is too long', given: [label(64)], want: undefined },
    { name: 'an empty label', given: [label(1), label(0)], want: undefined },
    { name: 'a name of 255 octets (RFC 1035 2.3.4)', given: longest, want: 255 },
    { name: 'a name of 256 octets is too long', given: [label(63), label(63), label(63), label(62)], want: undefined },
    { name: '127 labels', given: Array.from({ length: 127 }, () => label(1)), want: 255 },
    { name: '128 labels', given: Array.from({ length: 128 }, () => label(1)), want: undefined },
  ];
  it.each(rows)('$name', ({ given, want }) => {
    expect(DomainName.fromLabels(given)?.octets.length).toBe(want);
  });
});

describe('equality and keys', () => {
  const same = [
    { left: 'EXAMPLE.com', right: 'example.COM' },
    { left: '\\069xample.com', right: 'example.com' },
    { left: '.', right: '.' },
  ];
  it.each(same)('$left is $right (RFC 4343)', ({ left, right }) => {
    expect(nameOf(left).equals(nameOf(right))).toBe(true);
    expect(nameOf(left).key).toBe(nameOf(right).key);
  });

  const different = [
    { name: 'a dot inside a label is no boundary', left: 'a\\.b.example', right: 'a.b.example' },
    { name: 'octets above ASCII have no letter case', left: '\\196.example', right: '\\228.example' },
    { name: 'only A to Z are folded', left: '@.example', right: '`.example' },
    { name: 'brackets are not folded', left: '[.example', right: '{.example' },
    { name: 'a zero octet inside a label', left: 'a\\000b.example', right: 'a.b.example' },
  ];
  it.each(different)('$name', ({ left, right }) => {
    expect(nameOf(left).equals(nameOf(right))).toBe(false);
  });

  it('keeps the letter case of octets', () => {
    expect(nameText(nameOf('MiXed.Example'))).toBe('MiXed.Example.');
    expect(nameText(nameOf('MiXed.Example').toLowerCase())).toBe('mixed.example.');
  });

  it('comes back from its key', () => {
    const name = nameOf('a\\000\\255.Example');
    expect(DomainName.fromKey(name.key).equals(name)).toBe(true);
    expect(DomainName.fromKey('\0')).toBe(DomainName.root);
  });
});

describe('labels', () => {
  const rows = [
    { given: '.', labelCount: 0, rrsigLabelCount: 0, isWildcard: false, parent: '.' },
    { given: 'example.', labelCount: 1, rrsigLabelCount: 1, isWildcard: false, parent: '.' },
    { given: '*.example.', labelCount: 2, rrsigLabelCount: 1, isWildcard: true, parent: 'example.' },
    { given: '**.example.', labelCount: 2, rrsigLabelCount: 2, isWildcard: false, parent: 'example.' },
    { given: 'a.*.example.', labelCount: 3, rrsigLabelCount: 3, isWildcard: false, parent: '*.example.' },
    { given: 'a\\.b.example.', labelCount: 2, rrsigLabelCount: 2, isWildcard: false, parent: 'example.' },
  ];
  it.each(rows)('$given', ({ given, parent, ...want }) => {
    const name = nameOf(given);
    expect({ labelCount: name.labelCount, rrsigLabelCount: name.rrsigLabelCount, isWildcard: name.isWildcard }).toEqual(
      want,
    );
    expect(nameText(name.parent())).toBe(parent);
    expect(parentKey(name.key)).toBe(name.parent().key);
  });

  it('gives ancestors by number of labels', () => {
    const name = nameOf('a.b.c.example');
    expect([0, 1, 2, 4, 9].map((count) => nameText(name.ancestorWithLabels(count)))).toEqual([
      '.',
      'example.',
      'c.example.',
      'a.b.c.example.',
      'a.b.c.example.',
    ]);
    expect([0, 1, 4, 9].map((count) => nameText(name.withoutLabels(count)))).toEqual([
      'a.b.c.example.',
      'b.c.example.',
      '.',
      '.',
    ]);
  });

  it('gives the first label', () => {
    expect(nameOf('ab.example').firstLabel()).toEqual(ascii('ab'));
    expect(DomainName.root.firstLabel()).toHaveLength(0);
  });
});

describe('isSubdomainOf', () => {
  const rows = [
    { given: 'example.', ancestor: '.', want: true, below: true },
    { given: '.', ancestor: '.', want: true, below: false },
    { given: '.', ancestor: 'example.', want: false, below: false },
    { given: 'example.', ancestor: 'EXAMPLE.', want: true, below: false },
    { given: 'a.example.', ancestor: 'example.', want: true, below: true },
    { given: 'badexample.', ancestor: 'example.', want: false, below: false },
    { given: 'example.a.', ancestor: 'example.', want: false, below: false },
    // The last octets of the label are those of the ancestor, its length octet included.
    { given: 'x\\007example.', ancestor: 'example.', want: false, below: false },
    { given: 'x\\003com.', ancestor: 'com.', want: false, below: false },
  ];
  it.each(rows)('$given below $ancestor: $want', ({ given, ancestor, want, below }) => {
    expect(nameOf(given).isSubdomainOf(nameOf(ancestor))).toBe(want);
    expect(nameOf(given).isBelow(nameOf(ancestor))).toBe(below);
  });

  const common = [
    { left: 'a.b.example.', right: 'c.b.EXAMPLE.', want: 'b.example.' },
    { left: 'a.example.', right: 'a.test.', want: '.' },
    { left: 'example.', right: 'a.example.', want: 'example.' },
    { left: 'x\\003com.', right: 'com.', want: '.' },
  ];
  it.each(common)('$left and $right meet at $want', ({ left, right, want }) => {
    expect(nameOf(left).commonAncestor(nameOf(right)).equals(nameOf(want))).toBe(true);
    expect(nameOf(right).commonAncestor(nameOf(left)).equals(nameOf(want))).toBe(true);
  });
});

describe('building names', () => {
  const full = DomainName.fromLabels(longest) ?? DomainName.root;
  const nearlyFull = DomainName.fromLabels([label(63), label(63), label(63), label(59)]) ?? DomainName.root;

  it('prepends while there is room', () => {
    expect(nameText(nameOf('example').prepend(ascii('a')) ?? DomainName.root)).toBe('a.example.');
    expect(nearlyFull.wildcardChild()?.octets.length).toBe(255);
    expect(full.wildcardChild()).toBeUndefined();
    expect(nameOf('example').prepend(label(64))).toBeUndefined();
    expect(nameOf('example').prepend(label(0))).toBeUndefined();
  });

  const rows = [
    { name: 'a suffix', given: 'a.b.old.', from: 'old.', to: 'new.example.', want: 'a.b.new.example.' },
    { name: 'the whole name', given: 'old.', from: 'OLD.', to: 'new.', want: 'new.' },
    { name: 'the root', given: 'a.b.', from: '.', to: 'example.', want: 'a.b.example.' },
    { name: 'by the root', given: 'a.old.', from: 'old.', to: '.', want: 'a.' },
  ];
  it.each(rows)('replaces $name (RFC 6672 2.2)', ({ given, from, to, want }) => {
    expect(nameText(nameOf(given).replaceSuffix(nameOf(from), nameOf(to)) ?? DomainName.root)).toBe(want);
  });

  it('does not replace a suffix when the name gets too long (RFC 6672 2.2)', () => {
    expect(full.replaceSuffix(DomainName.root, nameOf('a'))).toBeUndefined();
    expect(nearlyFull.replaceSuffix(DomainName.root, nameOf('a'))?.octets.length).toBe(255);
  });
});

describe('compareNames', () => {
  it('sorts the example of RFC 4034 6.1', () => {
    const sorted = [
      'example.',
      'a.example.',
      'yljkjljk.a.example.',
      'Z.a.example.',
      'zABC.a.EXAMPLE.',
      'z.example.',
      '\\001.z.example.',
      '*.z.example.',
      '\\200.z.example.',
    ];
    const names = sorted.map(nameOf);
    expect([...names].reverse().sort(compareNames).map(nameText)).toEqual(sorted);
    for (const [index, name] of names.entries()) {
      for (const [other, otherName] of names.entries()) {
        expect(Math.sign(compareNames(name, otherName))).toBe(Math.sign(index - other));
      }
    }
  });

  const rows = [
    { name: 'a shorter label first', left: 'a.example.', right: 'aa.example.' },
    { name: 'octets unsigned', left: '\\127.example.', right: '\\128.example.' },
    { name: 'a parent before its children', left: 'example.', right: '\\000.example.' },
    { name: 'by the rightmost label', left: 'z.a.', right: 'a.z.' },
    { name: 'the root first', left: '.', right: '\\000.' },
  ];
  it.each(rows)('$name (RFC 4034 6.1)', ({ left, right }) => {
    expect(compareNames(nameOf(left), nameOf(right))).toBeLessThan(0);
    expect(compareNames(nameOf(right), nameOf(left))).toBeGreaterThan(0);
  });

  it('compares 127 labels', () => {
    const deep = DomainName.fromLabels(Array.from({ length: 127 }, () => label(1))) ?? DomainName.root;
    expect(compareNames(deep, deep.parent())).toBeGreaterThan(0);
    expect(compareNames(deep, DomainName.fromOctets(octetsOf(deep.octets)))).toBe(0);
  });
});
