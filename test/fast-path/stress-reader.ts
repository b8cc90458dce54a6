// A thread that reads from a reply cache as fast as it can while another one writes, and looks at every octet.
import { parentPort, workerData } from 'node:worker_threads';
import { QueryScan } from '../../src/fast-path/query-scan.ts';
import { ReplyCache } from '../../src/fast-path/reply-cache.ts';
import { type StressStart, stressQuery, wholeReply } from './stress.ts';

const { buffer, start, octets, hashSeed, place, seed, stopAt, names }: StressStart = workerData;
const memory = new Uint8Array(buffer);
const words = new Int32Array(buffer);
const cache = new ReplyCache({
  memory,
  start,
  octets,
  hashSeed,
  maxReplyOctets: 4096,
  maxTtl: 86_400,
  maxNegativeTtl: 86_400,
});
const scan = new QueryScan(hashSeed);
const queries = Array.from({ length: names }, (_, number) => stressQuery(number));
let hits = 0;
let misses = 0;
const torn: string[] = [];
let number = seed;
while (Atomics.load(words, stopAt) === 0) {
  number = (Math.imul(number, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  const query = queries[(number >> 8) % names];
  if (query === undefined) break;
  memory.set(query, place);
  if (!scan.scan(memory, place, query.length)) throw new Error('no plain query');
  const length = cache.answer(scan, place, 0);
  if (length > 0) {
    hits++;
    const problem = wholeReply(memory.subarray(place, place + length), query);
    if (problem !== undefined && torn.length < 5) torn.push(problem);
  } else {
    misses++;
    // Whatever was overwritten on the way has been put back.
    if (query.some((octet, index) => memory[place + index] !== octet)) torn.push('a miss has changed the query');
  }
}
parentPort?.postMessage({ hits, misses, torn });
