// Addresses of the pages: a permalink says all of a look-up, and nothing else.
import { describe, expect, it } from 'vitest';
import { chainPath, isWhatIf, type LookUp, lookUpQuery, parseLookUp } from '../../src/web/pages/locations.ts';
import { nextId } from '../../src/web/pages/views/step-keys.ts';

const plain: LookUp = {
  name: 'www.example.',
  type: 'A',
  at: '',
  withAnchors: [],
  withoutAnchors: [],
  disabledAlgorithms: [],
};

const lookUps = [
  { name: 'a name alone', given: plain, want: 'name=www.example.&type=A' },
  { name: 'a date', given: { ...plain, at: '2026-12-31' }, want: 'name=www.example.&type=A&at=2026-12-31' },
  {
    name: 'anchors and algorithms',
    given: {
      ...plain,
      withAnchors: ['a. 1 13 2 AB', 'b. 2 13 2 CD'],
      withoutAnchors: ['c.'],
      disabledAlgorithms: ['8'],
    },
    want: 'name=www.example.&type=A&with-anchor=a.+1+13+2+AB&with-anchor=b.+2+13+2+CD&without-anchor=c.&assume-alg-disabled=8',
  },
] as const;

describe('a look-up', () => {
  it.each(lookUps)('with $name goes into the address and back', ({ given, want }) => {
    expect(lookUpQuery(given)).toBe(want);
    expect(parseLookUp(`?${want}`)).toEqual(given);
    expect(isWhatIf(given)).toBe(given !== plain);
  });

  const odd = [
    { search: '', want: { name: '', type: 'A' } },
    { search: '?name=%20x.%20&type=aaaa', want: { name: 'x.', type: 'AAAA' } },
    { search: '?name=x&type=%20', want: { name: 'x', type: 'A' } },
    { search: '?type=%E0%A4%A', want: { name: '' } },
  ];
  it.each(odd)('is read from "$search"', ({ search, want }) => {
    expect(parseLookUp(search)).toMatchObject(want);
  });

  it('of a name with markup stays one parameter', () => {
    expect(chainPath('<a&b=c>.', 'TXT')).toBe('/chain?name=%3Ca%26b%3Dc%3E.&type=TXT');
  });
});

describe('keys lead', () => {
  const ids = ['a', 'b', 'c'];
  const rows = [
    { from: 'a', key: 'ArrowDown', want: 'b' },
    { from: 'c', key: 'ArrowDown', want: 'c' },
    { from: 'b', key: 'ArrowUp', want: 'a' },
    { from: 'a', key: 'ArrowLeft', want: 'a' },
    { from: 'b', key: 'End', want: 'c' },
    { from: 'b', key: 'Home', want: 'a' },
    { from: 'b', key: 'x', want: undefined },
  ];
  it.each(rows)('from $from by $key to $want', ({ from, key, want }) => {
    expect(nextId(ids, from, key)).toBe(want);
  });
});
