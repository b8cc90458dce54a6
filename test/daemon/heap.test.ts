// How far V8's young generation grows under a load that keeps much of what it makes, as a burst of questions does.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const heap = new URL('../../dist/daemon/heap.js', import.meta.url).href;
const program = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { keepHeapSmall } from ${JSON.stringify(heap)};
  keepHeapSmall();
  const young = () => getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size;
  let kept = [];
  let most = 0;
  let rounds = 0;
  const work = () => {
    // As a start: what it makes lets the young generation grow, and then there is time to look at it.
    const count = rounds < 200 ? 1_000 : 20_000;
    for (let index = 0; index < count; index++) {
      kept.push({ index, list: [index] });
      if (kept.length > 60_000) kept = kept.slice(30_000);
    }
    most = Math.max(most, young());
    if (++rounds < 400) setTimeout(work, 5);
    else console.log(most / 1024 / 1024);
  };
  work();
`;

it('stays at some 8 MiB once it has been seen to reach them, whatever the release of Node.js would let it be', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  const mebibytes = Number(stdout);
  expect(mebibytes).toBeGreaterThan(0);
  // Nothing bounds how often it doubles between two looks; the start is gentle enough for once.
  expect(mebibytes).toBeLessThanOrEqual(16);
}, 30_000);
