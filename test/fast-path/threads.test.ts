// One thread writes, others read: no reply is ever made of two.
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { ReplyCache } from '../../src/fast-path/reply-cache.ts';
// biome-ignore lint/correctness/useImportExtensions: its types stand in a file beside it.
import { compile } from '../support/compile.mjs';
import { type StressStart, stressReply } from './stress.ts';

const NAMES = 300;
const WRITING_MS = 1_500;
const HASH_SEED = 77;

test('two threads read while a third one replaces, pushes out and empties', async () => {
  const file = compile('test/fast-path/stress-reader.ts');
  // So small that everything is overwritten some thousand times a second.
  const octets = 96 * 1024;
  const start = 16_384;
  const buffer = new SharedArrayBuffer(start + octets);
  const cache = new ReplyCache({
    memory: new Uint8Array(buffer),
    start,
    octets,
    hashSeed: HASH_SEED,
    maxReplyOctets: 4096,
    maxTtl: 86_400,
    maxNegativeTtl: 86_400,
  });
  const readers = [4096, 10_240].map((place) => {
    const workerData: StressStart = {
      buffer,
      start,
      octets,
      hashSeed: HASH_SEED,
      place,
      seed: place,
      stopAt: 0,
      names: NAMES,
    };
    const worker = new Worker(file, { workerData });
    return new Promise<{ hits: number; misses: number; torn: string[] }>((resolve, reject) => {
      worker.on('message', resolve);
      worker.on('error', reject);
    });
  });
  const replies = Array.from({ length: NAMES * 8 }, (_, index) => stressReply(index % NAMES, index));
  const endMs = performance.now() + WRITING_MS;
  for (let round = 0; performance.now() < endMs; round++) {
    const reply = replies[(round * 7919) % replies.length];
    if (reply !== undefined) cache.store(reply, 0, 0);
    if (round % 5000 === 0) cache.clear();
    // Readers have to start, and their messages to arrive.
    if (round % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  Atomics.store(new Int32Array(buffer), 0, 1);
  for (const { hits, torn } of await Promise.all(readers)) {
    expect(torn).toEqual([]);
    expect(hits).toBeGreaterThan(1000);
  }
});
