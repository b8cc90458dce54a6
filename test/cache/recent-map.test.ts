import { describe, expect, test } from 'vitest';
import { RecentMap } from '../../src/cache/recent-map.ts';

describe('a map that drops what has not been used', () => {
  const cases: { name: string; steps: string; left: string }[] = [
    { name: 'the first goes when none was used', steps: '+a +b +c +d', left: 'bcd' },
    { name: 'what was used stays', steps: '+a +b +c ?a +d', left: 'acd' },
    { name: 'looking without using saves nothing', steps: '+a +b +c !a +d', left: 'bcd' },
    { name: 'a use counts once', steps: '+a +b +c ?a +d +e +f', left: 'def' },
    { name: 'storing again is a use', steps: '+a +b +c +a +d', left: 'acd' },
    { name: 'when all were used, the first goes', steps: '+a +b +c ?a ?b ?c +d', left: 'bcd' },
    { name: 'a deleted entry makes room', steps: '+a +b +c -b +d', left: 'acd' },
    { name: 'a deleted entry within the queue', steps: '+a +b +c +d -b +e +f', left: 'def' },
  ];
  test.each(cases)('$name', ({ steps, left }) => {
    const map = new RecentMap<string>({ maxEntries: 3 });
    for (const [operation, key = ''] of steps.split(' ')) {
      if (operation === '+') map.set(key, key);
      else if (operation === '?') map.get(key);
      else if (operation === '!') map.peek(key);
      else map.delete(key);
    }
    expect([...map.keys()].sort().join('')).toBe(left);
  });

  test('sizes are kept below their limit', () => {
    const map = new RecentMap<number>({ maxSize: 10 });
    map.set('a', 1, 4);
    map.set('b', 2, 4);
    map.set('c', 3, 4);
    expect([...map.entries()]).toEqual([
      ['b', 2],
      ['c', 3],
    ]);
    expect(map.calculatedSize).toBe(8);
    map.set('b', 4, 7);
    expect(map.calculatedSize).toBeLessThanOrEqual(10);
  });

  test('what is larger than everything may be is not stored', () => {
    const map = new RecentMap<number>({ maxSize: 10 });
    map.set('a', 1, 11);
    map.set('b', 2, 10);
    map.set('b', 3, 11);
    expect(map.size).toBe(0);
    expect(map.calculatedSize).toBe(0);
  });

  test('it tells of every value that leaves, once', () => {
    const gone: number[] = [];
    const map = new RecentMap<number>({ maxEntries: 2, onGone: (value) => gone.push(value) });
    map.set('a', 1);
    map.set('a', 2);
    map.set('b', 3);
    map.set('c', 4);
    map.delete('b');
    map.delete('b');
    map.clear();
    expect(gone.toSorted()).toEqual([1, 2, 3, 4]);
  });

  test('the room for one more is found in bounded time, also when every entry was used', () => {
    const map = new RecentMap<number>({ maxEntries: 20_000 });
    for (let index = 0; index < 20_000; index++) map.set(String(index), index);
    const startedMs = performance.now();
    for (let index = 0; index < 20_000; index++) {
      for (let used = 0; used < 5; used++) map.get(String((index * 7919 + used * 131) % 20_000));
      map.set(`new ${index}`, index);
    }
    expect(map.size).toBe(20_000);
    // A walk through all of it for each entry would take minutes.
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});
