// Name servers without an address: left alone after some failures in a row, for a while.
import { expect, test } from 'vitest';
import { NonResolvingNames } from '../../src/cache/non-resolving-names.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';

const ns = nameOf('NS.example.');

function failing(times: number, maxFails: number): NonResolvingNames {
  const names = new NonResolvingNames({ maxFails, throttleSeconds: 60 });
  for (let count = 0; count < times; count++) names.record(ns, false, 1000);
  return names;
}

test('a name is throttled at the limit, for its time', () => {
  expect(failing(4, 5).isThrottled(ns, 1000)).toBe(false);
  const names = failing(5, 5);
  expect(names.isThrottled(nameOf('ns.EXAMPLE.'), 1059)).toBe(true);
  expect(names.isThrottled(nameOf('other.example.'), 1000)).toBe(false);
  expect(names.isThrottled(ns, 1060)).toBe(false);
});

test('one success forgets all failures', () => {
  const names = failing(4, 5);
  names.record(ns, true, 1000);
  names.record(ns, false, 1000);
  expect(names.isThrottled(ns, 1000)).toBe(false);
  expect([...names.known(1000)].map(({ name, fails }) => [nameText(name), fails])).toEqual([['ns.example.', 1]]);
});

test('0 switches it off', () => {
  const names = failing(100, 0);
  expect(names.isThrottled(ns, 1000)).toBe(false);
  expect([...names.known(1000)]).toEqual([]);
});
