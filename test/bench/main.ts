// What kedge costs: single steps, whole-daemon figures beside other resolvers where they are installed, and memory.
// Compare ratios of one run, not figures of different runs: machines and their load differ.
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
import { type Bench, type Figure, measureCold, measureHot, measureMissing, summary } from './daemon-part.ts';
import { CACHED_RRSETS, MAX_CACHE_MIB, MAX_IDLE_MIB, measureMemory } from './memory-part.ts';
import { MAX_BLOCK_MS, measureMicro } from './micro.ts';
import { findPeers, type Peer, peers, type Scene } from './peers.ts';

const INSIDE = 'KEDGE_BENCH_INSIDE';
const SIGNED_ZONES = 1200;
const UNSIGNED_ZONES = 300;

const PARTS = ['micro', 'hot', 'missing', 'cold', 'memory'];

const usage = `npm run bench -- [--rounds N] [--only ${PARTS}] [--peers LIST] [--program FILE] [--profile FOLDER]
  --rounds   rounds of hot, missing and cold, in which the resolvers take turns; default 5
  --only     parts to run; default all
  --peers    resolvers to compare with, of ${peers.slice(1)}; default all that are installed
  --program  the built program; default dist/cli.js
  --profile  kedge runs with --cpu-prof and leaves a profile there at each end

hot      cached answers: as many as there can be, 20,000 a second, over TCP
missing  names that do not exist, by NSEC and NSEC3, and four known names for one that is new
cold     every name of 2,400 signed and 600 unsigned zones once, in a fresh process
Other resolvers, missing and TCP need root on Linux (a network namespace) and dnsperf.`;

/** Runs the parts; 0 when all targets are met, 1 when one is missed. */
export async function main(args: readonly string[], projectFolder: string): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      only: { type: 'string', default: PARTS.join() },
      peers: { type: 'string', default: peers.join() },
      program: { type: 'string', default: join(projectFolder, 'dist/cli.js') },
      profile: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds);
  const parts = new Set(values.only.split(','));
  const wanted = values.peers.split(',');
  const isWrong =
    !Number.isSafeInteger(rounds) ||
    rounds < 1 ||
    rounds > 100 ||
    [...parts].some((part) => !PARTS.includes(part)) ||
    !wanted.every(isPeer);
  if (values.help || isWrong) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const isInside = process.env[INSIDE] === '1';
  if (!isInside && canEnterNamespace()) return runInside(projectFolder, args);
  const comparison = findComparison(wanted.filter(isPeer));
  printEnvironment(isInside, comparison);

  const misses: string[] = [];
  if (parts.has('micro')) misses.push(...reportMicro());
  const folder = mkdtempSync(join(tmpdir(), 'kedge-bench-'));
  const nodeOptions = values.profile === '' ? [] : ['--cpu-prof', '--cpu-prof-dir', values.profile];
  const context = { folder, program: values.program, nodeOptions };
  try {
    if (['hot', 'missing', 'cold'].some((part) => parts.has(part))) {
      const figures = isInside
        ? await compare(context, parts, rounds, comparison)
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

interface Comparison {
  readonly peers: readonly Peer[];
  readonly dnsperf: string | undefined;
  /** What is not there, and what to do about it. */
  readonly remarks: readonly string[];
  /** Lines about the programs that are. */
  readonly versions: readonly string[];
}

function isPeer(text: string): text is Peer {
  return peers.some((peer) => peer === text);
}

/** What is installed of the resolvers that are wanted, and of what measures them. */
function findComparison(wanted: readonly Peer[]): Comparison {
  const { found, missing } = findPeers(wanted);
  const dnsperf = findProgram('dnsperf');
  const nsd = findProgram('nsd');
  const remarks = missing.map((peer) => `${peer.peer} is not installed (apt-get install ${peer.package})`);
  if (dnsperf === undefined) {
    remarks.push(
      'dnsperf is not installed (apt-get install dnsperf): a load generator in JavaScript, and neither the part missing nor TCP',
    );
  }
  if (nsd === undefined)
    remarks.push("NSD is not installed (apt-get install nsd): the lab's servers, which are slower");
  const versions = found.map(({ peer, program, version }) => `${peer}: ${firstLine(program, version)}`);
  if (nsd !== undefined) versions.push(`nsd: ${firstLine(nsd, '-v')}`);
  return { peers: ['kedge', ...found.map(({ peer }) => peer)], dnsperf, remarks, versions };
}

function firstLine(program: string, flag: string): string {
  const { stdout, stderr } = spawnSync(program, [flag], { encoding: 'utf8' });
  return `${stdout ?? ''}${stderr ?? ''}`.split('\n')[0] ?? '';
}

function printEnvironment(isInside: boolean, { remarks, versions }: Comparison): void {
  const [cpu] = cpus();
  console.log(`node ${process.version}, OpenSSL ${process.versions.openssl}, V8 ${process.versions.v8}`);
  console.log(
    `${cpus().length} x ${cpu?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
  );
  for (const line of [...versions, ...remarks]) console.log(line);
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

/** Hot, missing and cold beside the peers, on a private Internet in this namespace. */
async function compare(
  context: Context,
  parts: ReadonlySet<string>,
  rounds: number,
  { peers, dnsperf }: Comparison,
): Promise<Figure[]> {
  const ip = findProgram('ip') ?? 'ip';
  const addresses = Object.values(serverAddresses).flat();
  const commands = ['link set lo up', ...addresses.map((address) => `addr add ${address}/32 dev lo`)];
  const made = spawnSync(ip, ['-batch', '-'], { input: `${commands.join('\n')}\n`, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`ip: ${made.stderr}`);
  const internet = buildBenchInternet(SIGNED_ZONES, UNSIGNED_ZONES);
  const stop = await serve(internet, context.folder);
  const scene: Scene = { ...context, anchors: internet.anchors, start: { hints: internet.rootHints } };
  const names = { signed: shuffled(internet.signedNames), unsigned: shuffled(internet.unsignedNames) };
  const bench: Bench = { scene, peers, rounds, names, dnsperf };
  try {
    console.log(`\nwhole resolvers, medians of ${rounds} rounds, one thread each; load comes from another process:\n`);
    return [
      ...(parts.has('hot') ? await measureHot(bench) : []),
      ...(parts.has('missing') && dnsperf !== undefined ? await measureMissing(bench, dnsperf) : []),
      ...(parts.has('cold') ? await measureCold(bench) : []),
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
  const scene: Scene = { ...context, anchors: internet.anchors, start: { forwarder: server.port } };
  const names = { signed: internet.signedNames, unsigned: [] };
  try {
    return await measureHot({ scene, peers: ['kedge'], names, rounds, dnsperf: undefined });
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
