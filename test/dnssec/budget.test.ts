import { describe, expect, test } from 'vitest';
import { DEFAULT_DNSSEC_LIMITS, hashBlocks, MessageWork, QueryWork } from '../../src/dnssec/budget.ts';

/** How often a charge is allowed before it is refused, looking at most a thousand times. */
function allowed(charge: () => boolean): number {
  let count = 0;
  while (count < 1000 && charge()) count++;
  return count;
}

describe('one message', () => {
  const fresh = (): MessageWork => new MessageWork(new QueryWork());

  test('at each limit, and one above', () => {
    const verifications = fresh();
    expect(allowed(() => verifications.chargeVerification())).toBe(16);
    const failures = fresh();
    expect(allowed(() => failures.chargeFailure())).toBe(2);
    const hashes = fresh();
    expect(allowed(() => hashes.chargeHash(0, 0))).toBe(128);
    const costly = fresh();
    expect(allowed(() => costly.chargeHash(50, 35))).toBe(29);
    const salted = fresh();
    expect(allowed(() => salted.chargeHash(50, 36))).toBe(14);
  });

  test('a refusal is for good, whatever is asked next', () => {
    const work = fresh();
    expect(work.exhausted).toBe(false);
    expect(work.chargeHash(65535, 0)).toBe(false);
    expect(work.exhausted).toBe(true);
    expect(work.chargeHash(0, 0)).toBe(false);
    expect(work.chargeVerification()).toBe(false);
  });
});

describe('one query', () => {
  test('at each limit, over many messages', () => {
    const verifications = new QueryWork();
    const perMessage = Array.from({ length: 5 }, () => {
      const work = new MessageWork(verifications);
      return allowed(() => work.chargeVerification());
    });
    // A refused charge is counted too, so four messages at their limit leave nothing.
    expect(perMessage).toEqual([16, 16, 16, 13, 0]);
    const failures = new QueryWork();
    const failed = Array.from({ length: 4 }, () => {
      const work = new MessageWork(failures);
      return allowed(() => work.chargeFailure());
    });
    expect(failed).toEqual([2, 2, 2, 0]);
    const hashes = new QueryWork();
    const blocks = Array.from({ length: 4 }, () => {
      const work = new MessageWork(hashes);
      let spent = 0;
      while (work.chargeHash(49, 0)) spent += 50;
      return spent;
    });
    expect(blocks).toEqual([1500, 1500, 1400, 0]);
  });

  test('counters only go up', () => {
    const query = new QueryWork();
    const work = new MessageWork(query);
    work.chargeVerification();
    work.chargeFailure();
    work.chargeHash(10, 8);
    new MessageWork(query).chargeVerification();
    expect([query.verifications, query.failures, query.hashBlocks]).toEqual([2, 1, 11]);
    expect([work.verifications, work.hashes]).toEqual([1, 1]);
  });

  test('limits can be set', () => {
    const query = new QueryWork({ ...DEFAULT_DNSSEC_LIMITS, maxVerificationsPerMessage: 1 });
    const work = new MessageWork(query);
    expect(allowed(() => work.chargeVerification())).toBe(1);
  });
});

test('the price of a hash in SHA-1 blocks (RFC 5155 5)', () => {
  expect(hashBlocks(0, 0)).toBe(1);
  expect(hashBlocks(0, 35)).toBe(1);
  expect(hashBlocks(0, 36)).toBe(2);
  expect(hashBlocks(50, 64)).toBe(102);
  expect(hashBlocks(65535, 255)).toBe(65536 * 5);
});
