// What a configuration of 10,000 forward zones and 1,000 anchors costs: reading it, starting with it, and each query,
// beside a configuration of one zone. The zone that is asked about is in both. Times are processor times.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { makeKey } from '../../src/lab/keys.ts';
import { startLabServer } from '../../src/lab/server.ts';
import { dsRecords, signZone } from '../../src/lab/signer.ts';
import { Zone } from '../../src/lab/zone.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { rdataText } from '../../src/wire/rdata-text.ts';
import { Child } from './child.ts';
import { type Figure, underLoad } from './daemon-part.ts';
import { answers, RESOLVER_ADDRESS, type Resolver, writeQueries } from './resolvers.ts';

const ZONES = 10_000;
const ANCHORS = 1_000;
const HOSTS = 3_000;
const HOT_HOSTS = 200;
const HOT_QUERIES = 60_000;
const MAX_READING_MS = 1_000;
/** Of the medians, many zones to one: what is not measurable stays below, what grows with the zones does not. */
const MAX_RATIO = 1.25;
const ORIGIN = 'measured.lan';
const DAY_SECONDS = 86_400;
const READY_MS = 20_000;

interface Setting {
  /** Of each measured configuration. */
  readonly folder: string;
  readonly program: string;
  readonly anchor: string;
  readonly forwarder: string;
}

/** The configurations that are measured, each as files of a folder. `zones` come besides the one that is asked about. */
type Form = (zones: readonly string[], anchors: readonly string[], port: number) => Readonly<Record<string, string>>;

/** 0 when the targets are met, 1 when one is missed. */
export async function main(args: readonly string[], projectFolder: string): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      program: { type: 'string', default: join(projectFolder, 'dist/cli.js') },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'kedge-zones-'));
  const { zone, anchor } = signedZone();
  const server = await startLabServer({ address: RESOLVER_ADDRESS, port: 0, zones: new ZoneSet([zone]) });
  const setting = { folder, program: values.program, anchor, forwarder: `${RESOLVER_ADDRESS}:${server.port}` };
  const misses: string[] = [];
  try {
    console.log(`${ZONES} forward zones and ${ANCHORS} anchors, processor time in ms:`);
    for (const name of Object.keys(forms(setting))) misses.push(...(await measureReading(name, setting)));
    console.log(`\nper query, medians of ${values.rounds} rounds:`);
    misses.push(...(await measureQueries(setting, Number(values.rounds))));
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
  for (const miss of misses) console.log(`MISSED: ${miss}`);
  return misses.length === 0 ? 0 : 1;
}

function signedZone() {
  const now = Math.floor(Date.now() / 1000);
  const hosts = Array.from({ length: HOSTS }, (_, index) => `h${index} 3600 IN A 203.0.113.${index % 250}\n`);
  const text = `@ 3600 IN SOA ns hostmaster 1 7200 3600 1209600 900\n@ 3600 IN NS ns\nns 3600 IN A 127.0.0.1\n${hosts.join('')}`;
  const signed = signZone(Zone.fromText(text, nameOf(ORIGIN)), {
    keys: [makeKey({ algorithm: 13 })],
    denial: { kind: 'nsec' },
    inceptionSeconds: now - DAY_SECONDS,
    expirationSeconds: now + 30 * DAY_SECONDS,
  });
  const [ds] = dsRecords(signed, 3600);
  if (ds === undefined) throw new Error('the signed zone has no DS');
  return { zone: signed.zone, anchor: rdataText(ds.type, ds.rdata) };
}

function forms({ anchor, forwarder }: Setting): Record<string, Form> {
  const lua = (anchors: readonly string[]) =>
    [`addTA("${ORIGIN}", "${anchor}")`, ...anchors.map((name) => `addTA("${name}", "${anchor}")`)].join('\n');
  const head = (port: number) =>
    `local-address=${RESOLVER_ADDRESS}\nlocal-port=${port}\nhint-file=no\ndnssec=validate\nsocket-dir=.\nlua-config-file=anchors.lua\n`;
  return {
    'old style': (zones, anchors, port) => ({
      'recursor.conf': `${head(port)}forward-zones=${[ORIGIN, ...zones].map((zone) => `${zone}=${forwarder}`).join(', ')}\n`,
      'anchors.lua': lua(anchors),
    }),
    'forward-zones file': (zones, anchors, port) => ({
      'recursor.conf': `${head(port)}forward-zones-file=zones\n`,
      zones: [ORIGIN, ...zones].map((zone) => `${zone}=${forwarder}\n`).join(''),
      'anchors.lua': lua(anchors),
    }),
    YAML: (zones, anchors, port) => ({
      'recursor.yml': [
        `incoming: {listen: [${RESOLVER_ADDRESS}], port: ${port}}`,
        'dnssec:',
        '  validation: validate',
        '  trustanchors:',
        ...[ORIGIN, ...anchors].map((name) => `    - name: ${name}\n      dsrecords:\n        - '${anchor}'`),
        'recursor:',
        "  hint_file: 'no'",
        '  socket_dir: .',
        '  forward_zones:',
        ...[ORIGIN, ...zones].map((zone) => `    - zone: ${zone}\n      forwarders:\n        - ${forwarder}`),
        // Measuring comes from one address.
        'kedge: {limits: {client_max_waiting: 1000}}',
        '',
      ].join('\n'),
    }),
  };
}

const zoneNames = Array.from({ length: ZONES }, (_, index) => `zone${index}.lan`);

let serial = 0;

/** Writes a configuration; its folder and its port. */
function written(name: string, zones: readonly string[], setting: Setting): { folder: string; port: number } {
  const folder = join(setting.folder, String(serial));
  const port = 21_000 + serial++;
  mkdirSync(folder);
  const files = forms(setting)[name]?.(zones, zones.slice(0, ANCHORS), port) ?? {};
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return { folder, port };
}

async function measureReading(name: string, setting: Setting): Promise<string[]> {
  const baseMs = checkConfigMs(name, [], setting);
  const readingMs = checkConfigMs(name, zoneNames, setting);
  const resolver = await startKedge(name, zoneNames, setting);
  const startMs = resolver.child.cpuMicroseconds / 1000;
  await resolver.child.stop();
  const text = `check-config ${readingMs.toFixed(0)} (${baseMs.toFixed(0)} for one zone)`;
  console.log(`  ${name.padEnd(20)} ${text}, start to the first answer ${startMs.toFixed(0)}`);
  const costMs = readingMs - baseMs;
  return costMs <= MAX_READING_MS
    ? []
    : [`${name}: reading takes ${costMs.toFixed(0)} ms, more than ${MAX_READING_MS}`];
}

/** The processor time of a whole `kedge check-config`, from the start of the program. */
function checkConfigMs(name: string, zones: readonly string[], setting: Setting): number {
  const { folder } = written(name, zones, setting);
  const program = pathToFileURL(join(setting.program, '../cli/main.js')).href;
  const script = `const { main } = await import(${JSON.stringify(program)});
    const code = await main(['check-config', ${JSON.stringify(folder)}]);
    const { user, system } = process.cpuUsage();
    console.error(JSON.stringify([code, (user + system) / 1000]));`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const [code, spentMs]: [number, number] = JSON.parse(stderr.trim().split('\n').at(-1) ?? '[]');
  if (code !== 0) throw new Error(`check-config of ${name} ended with ${code}`);
  return spentMs;
}

/** A resolver that has answered once. */
async function startKedge(name: string, zones: readonly string[], setting: Setting): Promise<Resolver> {
  const { folder, port } = written(name, zones, setting);
  const args = [setting.program, 'serve', '--config', folder];
  const child = Child.start(process.execPath, args, join(folder, 'log'));
  const startedMs = performance.now();
  while (!(await answers(port, ORIGIN, 'SOA'))) {
    if (!child.isRunning || performance.now() > startedMs + READY_MS)
      throw new Error(`kedge does not answer:\n${child.log}`);
  }
  return { peer: 'kedge', address: RESOLVER_ADDRESS, port, child, firstAnswerMs: performance.now() - startedMs };
}

async function measureQueries(setting: Setting, rounds: number): Promise<string[]> {
  const names = Array.from({ length: HOSTS }, (_, index) => `h${index}.${ORIGIN}`);
  const cold = writeQueries(join(setting.folder, 'cold'), names, true);
  const hot = writeQueries(join(setting.folder, 'hot'), names.slice(0, HOT_HOSTS), true);
  const figures: Record<string, Figure[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [label, zones] of [
      ['1 zone', []],
      [`${ZONES} zones`, zoneNames],
    ] as const) {
      const resolver = await startKedge('YAML', zones, setting);
      for (const [suite, file, window, count] of [
        ['never asked before', cold, 64, HOSTS],
        ['cached', hot, 100, HOT_QUERIES],
      ] as const) {
        const figure = await underLoad(resolver, suite, { file, window, count });
        const name = `${suite}, ${label}`;
        figures[name] = [...(figures[name] ?? []), figure];
      }
      await resolver.child.stop();
    }
  }
  return reportQueries(figures);
}

function reportQueries(figures: Readonly<Record<string, readonly Figure[]>>): string[] {
  const misses: string[] = [];
  const medians = new Map<string, number>();
  for (const [name, own] of Object.entries(figures)) {
    const times = own.map((figure) => figure.cpuMicroseconds).sort((a, b) => a - b);
    const median = times[times.length >> 1] ?? Number.NaN;
    const suite = name.replace(/,.*/, '');
    const few = medians.get(suite);
    const spread = `${times[0]?.toFixed(1)} to ${times.at(-1)?.toFixed(1)}`;
    console.log(`  ${name.padEnd(32)} ${median.toFixed(1)} µs CPU/query (${spread})  ${own.at(-1)?.note ?? ''}`);
    if (few === undefined) medians.set(suite, median);
    else if (median > few * MAX_RATIO) misses.push(`${suite}: ${(median / few).toFixed(2)} times the time of one zone`);
  }
  return misses;
}
