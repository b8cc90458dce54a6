import { expect, test } from 'vitest';
import { Histogram } from '../../src/telemetry/histogram.ts';

test('bounds go up by about two', () => {
  const bounds = new Histogram(10, 9).buckets().map(({ boundMicroseconds }) => boundMicroseconds);
  expect(bounds).toEqual([10, 20, 40, 80, 100, 200, 400, 800, 1000, Number.POSITIVE_INFINITY]);
});

test('a bound belongs to its bucket, and what is above all counts in the last', () => {
  const histogram = new Histogram(1000, 2);
  for (const ms of [0, 1, 1.5, 2, 2.001, 5000]) histogram.add(ms);
  expect(histogram.buckets().map(({ count }) => count)).toEqual([2, 4, 6]);
  expect(histogram.count).toBe(6);
  expect(histogram.sumSeconds).toBeCloseTo(5.006501, 6);
});
