import { describe, expect, test } from 'vitest';
import { MAX_SOURCES } from '../../src/web/limits.ts';
import { RequestRate, sourceOf, WrongKeys } from '../../src/web/sources.ts';

describe('the source of a request', () => {
  const rows = [
    { address: '192.0.2.1', source: '192.0.2.1' },
    { address: '::ffff:192.0.2.1', source: '192.0.2.1' },
    { address: '2001:db8:1:2:3:4:5:6', source: '2001:db8:1:2' },
    { address: '2001:db8:1:2::6', source: '2001:db8:1:2' },
    { address: '2001:db8::6', source: '2001:db8:0:0' },
    { address: '::1', source: '0:0:0:0' },
    { address: 'fe80::1%eth0', source: 'fe80:0:0:0' },
  ];
  for (const { address, source } of rows) test(address, () => expect(sourceOf(address)).toBe(source));
});

describe('the rate of requests', () => {
  test('a hundred at once, then as many as time brings', () => {
    const rate = new RequestRate();
    const admitted = (count: number, atMs: number) =>
      Array.from({ length: count }, () => rate.admits('192.0.2.1', atMs)).filter((is) => is).length;
    expect(admitted(150, 0)).toBe(100);
    expect(admitted(50, 100)).toBe(10);
    expect(admitted(500, 60_000)).toBe(100);
    expect(rate.admits('192.0.2.2', 60_000)).toBe(true);
  });

  test('the table does not grow without bound', () => {
    const rate = new RequestRate();
    for (let number = 0; number < MAX_SOURCES * 3; number++) rate.admits(`source ${number}`, 0);
    expect(rate.size).toBeLessThanOrEqual(MAX_SOURCES);
  });
});

describe('wrong keys', () => {
  test('five within a minute have to wait for the first to be old', () => {
    const keys = new WrongKeys();
    for (const atMs of [0, 10_000, 20_000, 30_000]) keys.failed('a', atMs);
    expect(keys.waitSeconds('a', 40_000)).toBe(0);
    keys.failed('a', 40_000);
    expect(keys.waitSeconds('a', 41_000)).toBe(19);
    expect(keys.waitSeconds('b', 41_000)).toBe(0);
    expect(keys.waitSeconds('a', 60_000)).toBe(0);
    keys.failed('a', 61_000);
    expect(keys.waitSeconds('a', 62_000)).toBe(8);
  });
});
