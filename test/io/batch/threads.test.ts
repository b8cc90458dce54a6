// Two threads that answer clients, in a program of their own: threads run JavaScript alone.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { followedSeconds } from '../../../src/io/batch/client-thread.ts';
import { FakeServer } from '../../server/support/fake-server.ts';
import { queryOctets, resolutionOf } from '../../server/support/queries.ts';
// biome-ignore lint/correctness/useImportExtensions: its types stand in a file beside it.
import { compile } from '../../support/compile.mjs';
import { hasBatchDriver } from '../drivers.ts';
import type { LossReport } from './thread-loss-program.ts';
import type { ThreadsReport } from './threads-program.ts';

describe.skipIf(!hasBatchDriver)('threads of the batch driver', () => {
  test('answer from one cache, hand over what they do not know, and end when told', async () => {
    const query = queryOctets();
    const answering = new FakeServer({ resolve: (_request, done) => done(resolutionOf()) });
    const [reply] = answering.send(query);
    if (reply === undefined) throw new Error('no reply');
    const file = compile('test/io/batch/threads-program.ts');
    const texts = [reply, query].map((octets) => Buffer.from(octets).toString('hex'));
    const { stdout } = await promisify(execFile)(process.execPath, [file, ...texts], { timeout: 20_000 });
    const report: ThreadsReport = JSON.parse(stdout);
    expect(report).toMatchObject({ answered: 480, kept: 240, wipedHits: 0, faults: [] });
    expect(report.hits.reduce((sum, count) => sum + count)).toBe(200);
    expect(report.misses.reduce((sum, count) => sum + count)).toBe(200);
    // The kernel spreads clients by a hash of their ports.
    for (const count of [...report.hits, ...report.misses]) expect(count).toBeGreaterThan(20);
    expect(report.stopMs).toBeLessThan(300);
  });

  // Whatever becomes of the second thread, its clients are answered, by the main one.
  test.each([
    { what: 'stays', began: true, faults: 0 },
    { what: 'is refused', began: false, faults: 1 },
    { what: 'dies', began: true, faults: 0 },
    { what: 'ends with another listener', began: true, faults: 0 },
  ])('the second thread $what', async ({ what, began, faults }) => {
    const file = compile('test/io/batch/thread-loss-program.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [file, what], { timeout: 30_000 });
    const report: LossReport = JSON.parse(stdout);
    expect(report).toMatchObject({ before: 32, after: 32, began });
    expect(report.faults).toHaveLength(faults);
    expect(report.stopMs).toBeLessThan(300);
  });
});

describe('the time that a thread goes by', () => {
  test('is what the main thread writes, and goes on when it writes nothing', () => {
    const words = new Int32Array(new SharedArrayBuffer(8));
    let nowMs = 5_000_000;
    const seconds = followedSeconds(words, 1, () => nowMs);
    // Each row: how many ms pass, what is written meanwhile, what it is then.
    const rows: readonly (readonly [number, number | undefined, number])[] = [
      [0, undefined, 0],
      [999, undefined, 0],
      [1, undefined, 1],
      [3_500, undefined, 4],
      [0, 4, 4],
      [600, undefined, 4],
      [600, 5, 5],
      [90_000, 95, 95],
      [2_000, undefined, 97],
    ];
    for (const [passedMs, written, want] of rows) {
      nowMs += passedMs;
      if (written !== undefined) Atomics.store(words, 1, written);
      expect(seconds()).toBe(want);
    }
  });
});
