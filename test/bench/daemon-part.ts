// Queries per second and processor time per query of whole resolvers: from the cache, for names never asked before, for
// names that do not exist, a mixture, and over TCP.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DnsperfOptions, runDnsperf } from './dnsperf.ts';
import { type Latency, latencyDuring } from './latency.ts';
import type { LoadOptions, LoadResult } from './load.ts';
import type { Peer, Scene } from './peers.ts';
import { type Resolver, startResolver, writeQueries, writeQuestions } from './resolvers.ts';

/** Names asked for again and again. */
const HOT_NAMES = 500;
const HOT_WINDOW = 100;
const HOT_QUERIES = 60_000;
const COLD_WINDOW = 64;
/** Seconds of one measurement with dnsperf. */
const HOT_SECONDS = 3;
const STEADY_RATE = 20_000;
const TCP_WINDOW = 64;
const RANDOM_NAMES = 20_000;
/** Signed zones below which random names are asked for. */
const RANDOM_ZONES = 10;
/** Of the mixture, in five. */
const MIXED_HOT = 4;

export interface Figure {
  readonly suite: string;
  readonly peer: Peer;
  readonly queriesPerSecond: number;
  readonly cpuMicroseconds: number;
  readonly note: string;
  readonly latency?: Latency | undefined;
  readonly residentMiB?: number;
}

export interface Bench {
  readonly scene: Scene;
  readonly peers: readonly Peer[];
  readonly rounds: number;
  readonly names: Names;
  /** Path of dnsperf; without it our own load generator, which cannot do everything. */
  readonly dnsperf: string | undefined;
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

/** The same with dnsperf, while latency is measured when a name for it is given. */
async function underDnsperf(
  program: string,
  resolver: Resolver,
  suite: string,
  load: DnsperfOptions,
  latencyName?: string,
): Promise<Figure> {
  const before = resolver.child.cpuMicroseconds;
  const work = runDnsperf(program, resolver, load);
  const latency = latencyName === undefined ? undefined : await latencyDuring(resolver, latencyName, work);
  const result = await work;
  const used = resolver.child.cpuMicroseconds - before;
  return {
    suite,
    peer: resolver.peer,
    queriesPerSecond: result.queriesPerSecond,
    cpuMicroseconds: used / result.answered,
    note: result.lost > 0 ? `${result.rcodes}, lost: ${result.lost}` : result.rcodes,
    latency,
    residentMiB: resolver.child.residentMiB,
  };
}

/** Rounds with a fresh process each; the peers take turns. */
async function freshRounds(
  { peers, scene, rounds }: Bench,
  measure: (resolver: Resolver, round: number) => Promise<Figure[]>,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      const resolver = await startResolver(peer, scene);
      try {
        figures.push(...(await measure(resolver, round)));
      } finally {
        await resolver.child.stop();
      }
    }
  }
  return figures;
}

/** Every name once; and from start to the first answer. */
export async function measureCold(bench: Bench): Promise<Figure[]> {
  const { scene, names } = bench;
  const signed = writeQueries(join(scene.folder, 'cold-signed'), names.signed, true);
  const unsigned = writeQueries(join(scene.folder, 'cold-unsigned'), names.unsigned, true);
  const load = { window: COLD_WINDOW };
  return await freshRounds(bench, async (resolver) => {
    const start: Figure = {
      suite: 'start',
      peer: resolver.peer,
      queriesPerSecond: Number.NaN,
      cpuMicroseconds: resolver.child.cpuMicroseconds,
      note: `first answer after ${resolver.firstAnswerMs.toFixed(0)} ms`,
      residentMiB: resolver.child.residentMiB,
    };
    const first = await underLoad(resolver, 'cold, signed', { ...load, file: signed, count: names.signed.length });
    const next = await underLoad(resolver, 'cold, unsigned', { ...load, file: unsigned, count: names.unsigned.length });
    return [start, first, next].map((figure) => ({ residentMiB: resolver.child.residentMiB, ...figure }));
  });
}

/** Names that do not exist, and four known names for one that nobody has asked for; needs dnsperf. */
export async function measureMissing(bench: Bench, dnsperf: string): Promise<Figure[]> {
  const { scene, names } = bench;
  const hot = names.signed.slice(0, HOT_NAMES);
  const mixed = names.signed
    .slice(HOT_NAMES)
    .flatMap((name, index) => [
      ...Array.from({ length: MIXED_HOT }, (_, at) => hot[(index * 7 + at) % hot.length] ?? ''),
      name,
    ]);
  const mixedFile = writeQuestions(join(scene.folder, 'mixed'), mixed);
  const warmFile = writeQueries(join(scene.folder, 'warm'), hot, true);
  return await freshRounds(bench, async (resolver, round) => {
    await underLoad(resolver, 'warm', { window: COLD_WINDOW, file: warmFile, count: hot.length });
    const figures = [
      await underDnsperf(dnsperf, resolver, '80 % known', { file: mixedFile, dnssecOk: true, window: COLD_WINDOW }),
    ];
    for (const [denial, domain] of [
      ['NSEC', 'alpha.'],
      ['NSEC3', 'beta.'],
    ] as const) {
      const zones = names.signed.filter((name) => name.endsWith(domain)).slice(0, RANDOM_ZONES);
      const random = Array.from({ length: RANDOM_NAMES }, (_, index) => {
        const label = ((Math.imul(index + round * RANDOM_NAMES + 1, 2654435761) >>> 0) + 2 ** 32).toString(36);
        return `${label}.${zones[index % zones.length]?.replace(/^www\./, '') ?? ''}`;
      });
      const file = writeQuestions(join(scene.folder, `random-${denial}`), random);
      const load = { file, dnssecOk: true, window: COLD_WINDOW };
      figures.push(await underDnsperf(dnsperf, resolver, `NXDOMAIN, ${denial}`, load));
    }
    return figures;
  });
}

/** The same few names from the cache of one process each; the peers take turns. */
export async function measureHot(bench: Bench): Promise<Figure[]> {
  const { scene, peers, rounds, names, dnsperf } = bench;
  const hot = names.signed.slice(0, HOT_NAMES);
  const questions = writeQuestions(join(scene.folder, 'hot'), hot);
  const files = [
    ['hot, DO=0', writeQueries(join(scene.folder, 'hot-do0'), hot, false), false],
    ['hot, DO=1', writeQueries(join(scene.folder, 'hot-do1'), hot, true), true],
  ] as const;
  const resolvers: Resolver[] = [];
  const figures: Figure[] = [];
  try {
    for (const peer of peers) resolvers.push(await startResolver(peer, scene));
    for (const resolver of resolvers) {
      for (const [suite, file] of files) {
        await underLoad(resolver, suite, { file, window: COLD_WINDOW, count: hot.length });
        await underLoad(resolver, suite, { file, window: HOT_WINDOW, count: HOT_QUERIES / 2 });
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const [suite, file, dnssecOk] of files) {
        for (const resolver of resolvers) {
          if (dnsperf === undefined) {
            figures.push(await underLoad(resolver, suite, { file, window: HOT_WINDOW, count: HOT_QUERIES }));
            continue;
          }
          const load = { file: questions, dnssecOk, window: HOT_WINDOW, seconds: HOT_SECONDS };
          figures.push(await underDnsperf(dnsperf, resolver, suite, load));
        }
      }
      if (dnsperf === undefined) continue;
      const load = { file: questions, dnssecOk: true, seconds: HOT_SECONDS };
      for (const resolver of resolvers) {
        const steady = { ...load, window: HOT_WINDOW, rate: STEADY_RATE };
        figures.push(await underDnsperf(dnsperf, resolver, `${STEADY_RATE} a second`, steady, hot[0]));
      }
      for (const resolver of resolvers) {
        figures.push(await underDnsperf(dnsperf, resolver, 'TCP', { ...load, window: TCP_WINDOW, tcp: true }));
      }
    }
  } finally {
    for (const resolver of resolvers) await resolver.child.stop();
  }
  return figures;
}

/** Medians by suite and peer, with the ratio of processor time to the first peer that is not ours. */
export function summary(figures: readonly Figure[]): string[] {
  const lines = [
    '| | | queries/s | CPU µs/query | ratio | from, to | p50, p99 ms | MiB | last round |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const suite of new Set(figures.map((figure) => figure.suite))) {
    const ofSuite = figures.filter((figure) => figure.suite === suite);
    const others = ofSuite.find(({ peer }) => peer !== 'kedge')?.peer;
    const reference = median(ofSuite.filter(({ peer }) => peer === others).map((figure) => figure.cpuMicroseconds));
    for (const peer of new Set(ofSuite.map((figure) => figure.peer))) {
      const own = ofSuite.filter((figure) => figure.peer === peer);
      const cpu = own.map((figure) => figure.cpuMicroseconds).sort((a, b) => a - b);
      const latencies = own.map(({ latency }) => latency).filter((latency) => latency !== undefined);
      const cells = [
        suite,
        peer,
        text(median(own.map((figure) => figure.queriesPerSecond)), 0),
        text(median(cpu), 1),
        others === undefined ? '' : text(median(cpu) / reference, 2),
        `${text(cpu[0], 1)}, ${text(cpu.at(-1), 1)}`,
        latencies.length === 0
          ? ''
          : `${text(median(latencies.map(({ p50 }) => p50)), 2)}, ${text(median(latencies.map(({ p99 }) => p99)), 2)}`,
        text(median(own.map(({ residentMiB = Number.NaN }) => residentMiB)), 0),
        own.at(-1)?.note ?? '',
      ];
      lines.push(`| ${cells.join(' | ')} |`);
    }
  }
  return lines;
}

function text(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '' : value.toFixed(digits);
}

function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
