import { describe, expect, test } from 'vitest';
import { compileCheck } from '../../src/web/schema-check.ts';

const query = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 5 },
    limit: { type: 'integer', minimum: 1, maximum: 10, default: 5 },
    share: { type: 'number' },
    on: { type: 'boolean' },
    flag: { type: 'integer', enum: [0, 1] },
    list: { type: 'array', items: { type: 'string', maxLength: 3 }, maxItems: 2 },
    empty: { type: 'array', maxItems: 0 },
    text: { type: ['string', 'null'] },
    any: {},
  },
  required: ['name'],
};
const closed = { ...query, additionalProperties: false };

function checked(given: unknown, schema: object = query, httpPart = 'querystring'): unknown {
  const outcome: unknown = compileCheck({ schema, httpPart, method: 'GET', url: '/' })(given);
  if (typeof outcome !== 'object' || outcome === null) return outcome;
  if ('error' in outcome && outcome.error instanceof Error) return outcome.error.message;
  return 'value' in outcome ? outcome.value : outcome;
}

describe('what fits', () => {
  const cases: readonly (readonly [what: string, given: object, values: object])[] = [
    ['a default', { name: 'a' }, { limit: 5 }],
    ['a number as text', { name: 'a', limit: '7', share: '-1.5' }, { limit: 7, share: -1.5 }],
    ['a word for yes or no', { name: 'a', on: 'true' }, { limit: 5, on: true }],
    ['one of several', { name: 'a', flag: '1' }, { limit: 5, flag: 1 }],
    ['a list of one', { name: ['a'] }, { limit: 5 }],
    ['one that is a list', { name: 'a', list: 'b' }, { limit: 5, list: ['b'] }],
    ['a list', { name: 'a', list: ['b', 'c'] }, { limit: 5, list: ['b', 'c'] }],
    ['either type', { name: 'a', text: null }, { limit: 5, text: null }],
    ['anything', { name: 'a', any: ['b', 'c'] }, { limit: 5, any: ['b', 'c'] }],
    ['what is not described', { name: 'a', more: 'b' }, { limit: 5, more: 'b' }],
  ];
  for (const [what, given, values] of cases) {
    test(what, () => expect(checked(given)).toEqual({ name: 'a', ...values }));
  }

  test('a number where a text is wanted', () => expect(checked({ name: 12 })).toEqual({ name: '12', limit: 5 }));
});

describe('what does not fit is told in a sentence', () => {
  const cases: readonly (readonly [given: unknown, why: string])[] = [
    [{}, 'name: is missing'],
    [{ name: '' }, 'name: must have 1 characters at least'],
    [{ name: 'abcdef' }, 'name: may have 5 characters at most'],
    [{ name: ['a', 'b'] }, 'name: must be a text'],
    [{ name: { a: 1 } }, 'name: must be a text'],
    [{ name: 'a', limit: '1e3' }, 'limit: must be a whole number'],
    [{ name: 'a', limit: '1.5' }, 'limit: must be a whole number'],
    [{ name: 'a', limit: '' }, 'limit: must be a whole number'],
    [{ name: 'a', limit: '0' }, 'limit: must be 1 at least'],
    [{ name: 'a', limit: '11' }, 'limit: must be 10 at most'],
    [{ name: 'a', limit: '9'.repeat(400) }, 'limit: must be a whole number'],
    [{ name: 'a', share: 'NaN' }, 'share: must be a number'],
    [{ name: 'a', on: 'yes' }, 'on: must be true or false'],
    [{ name: 'a', flag: '2' }, 'flag: must be one of 0, 1'],
    [{ name: 'a', list: ['b', 'c', 'd'] }, 'list: may have 2 elements at most'],
    [{ name: 'a', list: ['long'] }, 'list: may have 3 characters at most'],
    [{ name: 'a', empty: ['b'] }, 'empty: must be empty'],
    [[], 'the parameters: must be an object'],
    [null, 'the parameters: must be an object'],
  ];
  for (const [given, why] of cases) {
    test(`${JSON.stringify(given)?.slice(0, 40)}: ${why}`, () => expect(checked(given)).toBe(why));
  }

  test('a body that is missing', () => expect(checked(undefined, query, 'body')).toBe('body: must be an object'));
  test('a property that nobody knows', () =>
    expect(checked({ name: 'a', more: 1 }, closed)).toBe('more: there is no such parameter'));
});

test('names of what every object has are names like others', () => {
  const given: unknown = JSON.parse('{"name":"a","__proto__":{"on":true},"constructor":1}');
  const value = checked(given);
  expect(Object.keys(value ?? {}).sort()).toEqual(['__proto__', 'constructor', 'limit', 'name']);
  expect(value).not.toHaveProperty('on');
  expect(checked(given, closed)).toBe('__proto__: there is no such parameter');
  expect(checked(Object.create({ name: 'inherited' }))).toBe('name: is missing');
});

test('a keyword that nothing checks is a mistake of the route', () => {
  const schema = { type: 'object', properties: { name: { type: 'string', pattern: '^a' } } };
  expect(() => checked({}, schema)).toThrow('pattern');
});
