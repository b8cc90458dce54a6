// Two threads that answer clients, in a program of their own: threads run JavaScript alone.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { FakeServer } from '../../server/support/fake-server.ts';
import { queryOctets, resolutionOf } from '../../server/support/queries.ts';
// biome-ignore lint/correctness/useImportExtensions: its types stand in a file beside it.
import { compile } from '../../support/compile.mjs';
import { hasBatchDriver } from '../drivers.ts';
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
});
