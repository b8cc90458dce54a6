import { expect, test } from 'vitest';
import { Backlog } from '../../../src/io/batch/backlog.ts';

test('work is done in the order in which it came, round and round', () => {
  const backlog = new Backlog();
  const done: number[] = [];
  let next = 0;
  for (let round = 0; round < 5; round++) {
    for (let count = 0; count < 1500; count++) {
      const number = next++;
      expect(backlog.add(() => done.push(number))).toBe(true);
    }
    for (let count = 0; count < 1400; count++) backlog.take()?.();
  }
  expect(backlog.size).toBe(500);
  while (backlog.size > 0) backlog.take()?.();
  expect(backlog.take()).toBeUndefined();
  expect(done).toEqual(Array.from({ length: next }, (_, index) => index));
});

test('what is too much is refused, and there is room again when some is done', () => {
  const backlog = new Backlog();
  let accepted = 0;
  while (backlog.add(() => {})) accepted++;
  expect(accepted).toBe(2048);
  backlog.take();
  expect(backlog.add(() => {})).toBe(true);
  expect(backlog.add(() => {})).toBe(false);
});
