// What kedge costs: single steps, whole-daemon figures beside Unbound where it is installed, and memory. Compare ratios
// of one run, not figures of different runs: machines and their load differ.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type LabServer, startLabServer } from '../../src/lab/server.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { type BenchInternet, buildBenchInternet, serverAddresses, writeNsdFiles } from './bench-internet.ts';
import { Child, findProgram } from './child.ts';
import { type Figure, measureCold, measureHot, summary } from './daemon-part.ts';
import { CACHED_RRSETS, MAX_CACHE_MIB, MAX_IDLE_MIB, measureMemory } from './memory-part.ts';
import { MAX_BLOCK_MS, measureMicro } from './micro.ts';
import type { Peer, Scene } from './resolvers.ts';

const INSIDE = 'KEDGE_BENCH_INSIDE';
const SIGNED_ZONES = 1200;
const UNSIGNED_ZONES = 300;

const usage = `node test/bench/run.mjs [--rounds N] [--only micro,hot,cold,memory] [--program FILE] [--profile FOLDER]
  --rounds   interleaved rounds of hot and cold; default 5
  --only     parts to run; default all
  --program  the built program; default dist/cli.js
  --profile  kedge runs with --cpu-prof and leaves a profile there at each end`;

/** Runs the parts; 0 when all targets are met, 1 when one is missed. */
export async function main(args: readonly string[], projectFolder: string): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      only: { type: 'string', default: 'micro,hot,cold,memory' },
      program: { type: 'string', default: join(projectFolder, 'dist/cli.js') },
      profile: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds);
  if (values.help || !Number.isSafeInteger(rounds) || rounds < 1 || rounds > 100) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const isInside = process.env[INSIDE] === '1';
  if (!isInside && canEnterNamespace()) return runInside(projectFolder, args);
  const parts = new Set(values.only.split(','));
  printEnvironment(isInside);

  const misses: string[] = [];
  if (parts.has('micro')) misses.push(...reportMicro());
  const folder = mkdtempSync(join(tmpdir(), 'kedge-bench-'));
  const nodeOptions = values.profile === '' ? [] : ['--cpu-prof', '--cpu-prof-dir', values.profile];
  const context = { folder, program: values.program, nodeOptions };
  try {
    if (parts.has('hot') || parts.has('cold')) {
      const figures = isInside
        ? await compare(context, parts, rounds)
        : await measureForwarding(context, parts, rounds);
      for (const line of summary(figures)) console.log(line);
    }
    if (parts.has('memory')) misses.push(...(await reportMemory(context)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const miss of misses) console.log(`MISSED: ${miss}`);
  console.log(misses.length === 0 ? 'all targets met' : `${misses.length} targets missed`);
  return misses.length === 0 ? 0 : 1;
}

type Context = Pick<Scene, 'folder' | 'program' | 'nodeOptions'>;

/** Port 53 and addresses outside 127.0.0.0/8 need a network namespace, and that needs root on Linux. */
function canEnterNamespace(): boolean {
  if (process.getuid?.() !== 0 || findProgram('unshare') === undefined || findProgram('ip') === undefined) return false;
  return spawnSync('unshare', ['--net', 'true']).status === 0;
}

/** The same once more in a namespace of its own, which ends with it. */
function runInside(projectFolder: string, args: readonly string[]): number {
  const file = join(projectFolder, 'test/bench/run.mjs');
  const { status } = spawnSync('unshare', ['--net', process.execPath, file, ...args], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  return status ?? 1;
}

function printEnvironment(isInside: boolean): void {
  const [cpu] = cpus();
  console.log(`node ${process.version}, OpenSSL ${process.versions.openssl}, V8 ${process.versions.v8}`);
  console.log(
    `${cpus().length} x ${cpu?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
  );
  const version = (program: string, ...args: string[]) => {
    const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    return `${stdout ?? ''}${stderr ?? ''}`.split('\n')[0];
  };
  for (const [name, flag] of [
    ['unbound', '-V'],
    ['nsd', '-v'],
  ] as const) {
    const program = findProgram(name);
    console.log(`${name}: ${program === undefined ? 'not installed' : version(program, flag)}`);
  }
  if (!isInside)
    console.log('no network namespace (needs root, unshare and ip): no cold part, and nothing to compare with');
}

function reportMicro(): string[] {
  console.log('\nsingle steps, µs:');
  const misses: string[] = [];
  for (const { name, microseconds, offLoop } of measureMicro()) {
    const note = offLoop === true ? '  (in the thread pool)' : '';
    console.log(`  ${name.padEnd(64)} ${microseconds.toFixed(2).padStart(9)}${note}`);
    if (offLoop !== true && microseconds > MAX_BLOCK_MS * 1000) {
      misses.push(
        `${name} holds up the event loop for ${(microseconds / 1000).toFixed(1)} ms, more than ${MAX_BLOCK_MS}`,
      );
    }
  }
  return misses;
}

/** Hot and cold beside the peers, on a private Internet in this namespace. */
async function compare(context: Context, parts: ReadonlySet<string>, rounds: number): Promise<Figure[]> {
  const ip = findProgram('ip') ?? 'ip';
  const addresses = Object.values(serverAddresses).flat();
  const commands = ['link set lo up', ...addresses.map((address) => `addr add ${address}/32 dev lo`)];
  const made = spawnSync(ip, ['-batch', '-'], { input: `${commands.join('\n')}\n`, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`ip: ${made.stderr}`);
  const internet = buildBenchInternet(SIGNED_ZONES, UNSIGNED_ZONES);
  const stop = await serve(internet, context.folder);
  const unbound = findProgram('unbound');
  const peers: Peer[] = unbound === undefined ? ['kedge'] : ['kedge', 'unbound'];
  const scene: Scene = { ...context, unbound, anchors: internet.anchors, start: { hints: internet.rootHints } };
  const names = { signed: shuffled(internet.signedNames), unsigned: shuffled(internet.unsignedNames) };
  try {
    console.log(
      `\nwhole resolvers, medians of ${rounds} rounds, one thread each; the load generator is another process:`,
    );
    return [
      ...(parts.has('hot') ? await measureHot(scene, peers, names, rounds) : []),
      ...(parts.has('cold') ? await measureCold(scene, peers, names, rounds) : []),
    ];
  } finally {
    await stop();
  }
}

/** NSD where it is installed, else the lab's server. Gives what stops them. */
async function serve(internet: BenchInternet, folder: string): Promise<() => Promise<void>> {
  const nsd = findProgram('nsd');
  if (nsd !== undefined) {
    const files = writeNsdFiles(internet, folder);
    const children = files.map((file, index) => Child.start(nsd, ['-d', '-c', file], join(folder, `nsd-${index}.log`)));
    return async () => {
      await Promise.all(children.map((child) => child.stop()));
    };
  }
  const servers: LabServer[] = [];
  for (const address of Object.values(serverAddresses).flat()) {
    const zones = internet.zones.filter(({ addresses }) => addresses.includes(address)).map(({ zone }) => zone);
    servers.push(await startLabServer({ address, port: 53, zones: new ZoneSet(zones) }));
  }
  return async () => {
    await Promise.all(servers.map((server) => server.close()));
  };
}

/** Without a namespace: cached answers of kedge alone, from a lab server that it forwards everything to. */
async function measureForwarding(context: Context, parts: ReadonlySet<string>, rounds: number): Promise<Figure[]> {
  if (!parts.has('hot')) return [];
  const internet = buildBenchInternet(SIGNED_ZONES, 0);
  const server = await startLabServer({
    address: '127.0.0.1',
    port: 0,
    zones: new ZoneSet(internet.zones.map(({ zone }) => zone)),
  });
  const scene: Scene = { ...context, unbound: undefined, anchors: internet.anchors, start: { forwarder: server.port } };
  try {
    return await measureHot(scene, ['kedge'], { signed: internet.signedNames, unsigned: [] }, rounds);
  } finally {
    await server.close();
  }
}

/** In an order that has nothing to do with names or servers, and is the same each time. */
function shuffled(names: readonly string[]): string[] {
  return names
    .map((name) => ({ name, key: nameOf(name).octets.reduce((sum, octet) => (Math.imul(sum, 31) + octet) >>> 0, 7) }))
    .sort((a, b) => ((a.key * 2654435761) >>> 0) - ((b.key * 2654435761) >>> 0))
    .map(({ name }) => name);
}

async function reportMemory(context: Context): Promise<string[]> {
  if (process.env[INSIDE] === '1') spawnSync(findProgram('ip') ?? 'ip', ['link', 'set', 'lo', 'up']);
  console.log('\nresident memory, MiB:');
  const misses: string[] = [];
  for (const kind of ['unsigned', 'signed'] as const) {
    const { idleMiB, cachedMiB, settledMiB, answered } = await measureMemory(context, kind, CACHED_RRSETS);
    const grown = settledMiB - idleMiB;
    console.log(
      `  ${kind}: idle ${idleMiB.toFixed(0)}; ${answered} RRsets: ${cachedMiB.toFixed(0)}, after garbage collection ${settledMiB.toFixed(0)} (+${grown.toFixed(0)})`,
    );
    if (idleMiB >= MAX_IDLE_MIB)
      misses.push(`the idle process has ${idleMiB.toFixed(0)} MiB, not under ${MAX_IDLE_MIB}`);
    if (answered < CACHED_RRSETS) misses.push(`only ${answered} of ${CACHED_RRSETS} ${kind} names were answered`);
    if (grown > MAX_CACHE_MIB) {
      misses.push(`${CACHED_RRSETS} ${kind} RRsets take ${grown.toFixed(0)} MiB, more than ${MAX_CACHE_MIB}`);
    }
  }
  return misses;
}
