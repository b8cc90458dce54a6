// Queries per second and processor time per query of whole resolvers: from the cache, and for names never asked before.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadOptions, LoadResult } from './load.ts';
import { type Peer, type Resolver, type Scene, startResolver, writeQueries } from './resolvers.ts';

/** Names asked for again and again. */
const HOT_NAMES = 500;
const HOT_WINDOW = 100;
const HOT_QUERIES = 60_000;
const COLD_WINDOW = 64;

export interface Figure {
  readonly suite: string;
  readonly peer: Peer;
  readonly queriesPerSecond: number;
  readonly cpuMicroseconds: number;
  readonly note: string;
}

export interface Names {
  readonly signed: readonly string[];
  readonly unsigned: readonly string[];
}

/** Runs the load generator beside a resolver and reads the resolver's processor time before and after. */
export async function underLoad(
  resolver: Resolver,
  suite: string,
  load: Pick<LoadOptions, 'file' | 'window' | 'count'>,
): Promise<Figure & { readonly result: LoadResult }> {
  const before = resolver.child.cpuMicroseconds;
  const result = await runLoad({ address: resolver.address, port: resolver.port, ...load });
  const used = resolver.child.cpuMicroseconds - before;
  const failures = Object.entries(result.rcodes).filter(([rcode]) => rcode !== '0');
  const notes = [
    ...failures.map(([rcode, count]) => `rcode ${rcode}: ${count}`),
    ...(result.lost > 0 ? [`lost: ${result.lost}`] : []),
    ...(result.resent > 0 ? [`sent again: ${result.resent}`] : []),
    `AD: ${Math.round((100 * result.authentic) / Math.max(1, result.answered))} %`,
  ];
  return {
    suite,
    peer: resolver.peer,
    queriesPerSecond: result.answered / result.seconds,
    cpuMicroseconds: used / Math.max(1, result.answered),
    note: notes.join(', '),
    result,
  };
}

async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const program = fileURLToPath(new URL('./load.js', import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child, 'close');
  return JSON.parse(output) as LoadResult;
}

/** Cold rounds: a fresh process each, every name once; the peers take turns. */
export async function measureCold(
  scene: Scene,
  peers: readonly Peer[],
  names: Names,
  rounds: number,
): Promise<Figure[]> {
  const signed = writeQueries(join(scene.folder, 'cold-signed'), names.signed, true);
  const unsigned = writeQueries(join(scene.folder, 'cold-unsigned'), names.unsigned, true);
  const figures: Figure[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      const resolver = await startResolver(peer, scene);
      const load = { window: COLD_WINDOW };
      figures.push(await underLoad(resolver, 'cold, signed', { ...load, file: signed, count: names.signed.length }));
      figures.push(
        await underLoad(resolver, 'cold, unsigned', { ...load, file: unsigned, count: names.unsigned.length }),
      );
      await resolver.child.stop();
    }
  }
  return figures;
}

/** Hot rounds: the same few names from the cache of one process each; the peers take turns. */
export async function measureHot(
  scene: Scene,
  peers: readonly Peer[],
  names: Names,
  rounds: number,
): Promise<Figure[]> {
  const hot = names.signed.slice(0, HOT_NAMES);
  const files = [
    ['hot, DO=0', writeQueries(join(scene.folder, 'hot-do0'), hot, false)],
    ['hot, DO=1', writeQueries(join(scene.folder, 'hot-do1'), hot, true)],
  ] as const;
  const resolvers: Resolver[] = [];
  for (const peer of peers) resolvers.push(await startResolver(peer, scene));
  for (const resolver of resolvers) {
    for (const [suite, file] of files) {
      await underLoad(resolver, suite, { file, window: COLD_WINDOW, count: hot.length });
      await underLoad(resolver, suite, { file, window: HOT_WINDOW, count: HOT_QUERIES / 2 });
    }
  }
  const figures: Figure[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [suite, file] of files) {
      for (const resolver of resolvers) {
        figures.push(await underLoad(resolver, suite, { file, window: HOT_WINDOW, count: HOT_QUERIES }));
      }
    }
  }
  for (const resolver of resolvers) await resolver.child.stop();
  return figures;
}

/** Medians by suite and peer, with the ratio to the first peer that is not ours. */
export function summary(figures: readonly Figure[]): string[] {
  const lines: string[] = [];
  for (const suite of new Set(figures.map((figure) => figure.suite))) {
    const medians = new Map<Peer, number>();
    for (const peer of new Set(figures.map((figure) => figure.peer))) {
      const own = figures.filter((figure) => figure.suite === suite && figure.peer === peer);
      const cpu = median(own.map((figure) => figure.cpuMicroseconds));
      medians.set(peer, cpu);
      const rate = median(own.map((figure) => figure.queriesPerSecond));
      const range = own.map((figure) => figure.cpuMicroseconds).sort((a, b) => a - b);
      const spread = `${range[0]?.toFixed(1)} to ${range.at(-1)?.toFixed(1)}`;
      lines.push(
        `  ${suite.padEnd(16)} ${peer.padEnd(8)} ${rate.toFixed(0).padStart(7)} q/s ${cpu.toFixed(1).padStart(8)} µs CPU/query (${spread})  ${own.at(-1)?.note ?? ''}`,
      );
    }
    const [ours, theirs] = [medians.get('kedge'), medians.get('unbound')];
    if (ours !== undefined && theirs !== undefined) {
      lines.push(`  ${suite.padEnd(16)} kedge needs ${(ours / theirs).toFixed(2)} times the processor time of unbound`);
    }
  }
  return lines;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
