// The same questions to kedge and to Unbound, PowerDNS Recursor, BIND and Knot Resolver, whichever are installed, over
// private internets on real authoritative servers. Prints each disagreement with a line to ask again, and how often each
// resolver is alone against three that agree.
//
// Every internet starts with fresh servers and empty caches, in one network namespace that ends with the run.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { HierarchyZone } from '../../src/lab/hierarchy.ts';
import { parseType, RRType } from '../../src/wire/constants.ts';
import type { DomainName } from '../../src/wire/name.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { findProgram } from '../bench/child.ts';
import type { Asked, Reply } from './asker.ts';
import { type Running, startAuthoritative } from './authoritative.ts';
import { type Internet, internetOf } from './internet.ts';
import { installedKinds, type Resolver, resolverAddress, resolverKinds, startResolvers } from './resolvers.ts';
import { disagreementLines, Tally } from './tally.ts';

const INSIDE = 'KEDGE_COMPARE_INSIDE';
/** Questions under way at once. */
const WINDOW = 12;
/** How often a question is first asked with CD. */
const CD_FIRST_OF = 3;

const usage = `npm run compare -- [options]
  --internets N    how many random internets beside the examples; default 100
  --questions N    questions in each, asked with and without CD; default 200
  --from N         number of the first random internet; default 1
  --only N         this internet alone; 0 is the examples
  --ask 'N T'      this question alone, name and type
  --resolvers A,B  a choice of them; default all that are installed
  --report FILE    all disagreements, not only those of kedge; default none
  --stay           with --only: servers and resolvers stay until the process ends
  --keep           configuration and zone files stay
  --program FILE   the built program; default dist/cli.js`;

interface Options {
  readonly internets: readonly number[];
  readonly questions: number;
  readonly ask: Asked | undefined;
  readonly resolvers: readonly string[];
  readonly report: string;
  readonly stays: boolean;
  readonly keeps: boolean;
  readonly program: string;
}

/** 0 when the run was complete, whatever it found. */
export async function main(args: readonly string[], projectFolder: string): Promise<number> {
  const options = parseOptions(args, projectFolder);
  if (options === undefined) {
    console.log(usage);
    return 2;
  }
  if (process.env[INSIDE] !== '1') return runInside(projectFolder, args);
  // BIND listens on addresses that an interface has one by one, also in 127.0.0.0/8.
  configureLoopback([
    'link set lo up',
    ...resolverKinds.map((_, index) => `addr add ${resolverAddress(index)}/32 dev lo`),
  ]);
  // Every program is ended with this process, by a listener of its own.
  process.setMaxListeners(0);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  const folder = mkdtempSync(join(tmpdir(), 'kedge-compare-'));
  try {
    await compare(options, folder);
  } finally {
    if (!options.keeps) rmSync(folder, { recursive: true, force: true });
  }
  return 0;
}

function parseOptions(args: readonly string[], projectFolder: string): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      internets: { type: 'string', default: '100' },
      questions: { type: 'string', default: '200' },
      from: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      ask: { type: 'string', default: '' },
      resolvers: { type: 'string', default: '' },
      report: { type: 'string', default: '' },
      stay: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      program: { type: 'string', default: join(projectFolder, 'dist/cli.js') },
      help: { type: 'boolean', default: false },
    },
  });
  const [count, questions, from, only] = [values.internets, values.questions, values.from, values.only].map(Number);
  if (values.help || count === undefined || from === undefined || only === undefined) return undefined;
  if (questions === undefined || ![count, questions, from, only].every(Number.isSafeInteger)) return undefined;
  const [name = '', type = 'A'] = values.ask.split(/ (?=\S+$)/);
  return {
    internets: values.only === '' ? [0, ...Array.from({ length: count }, (_, index) => from + index)] : [only],
    questions,
    ask: values.ask === '' ? undefined : { name: nameOf(name), type: parseType(type) ?? RRType.A },
    resolvers: values.resolvers === '' ? [] : values.resolvers.split(','),
    report: values.report,
    stays: values.stay,
    keeps: values.keep || values.stay,
    program: values.program,
  };
}

/** The same once more in a namespace of its own, which ends with it. */
function runInside(projectFolder: string, args: readonly string[]): number {
  const isAble = process.getuid?.() === 0 && ['unshare', 'ip'].every((program) => findProgram(program) !== undefined);
  if (!isAble || spawnSync('unshare', ['--net', 'true']).status !== 0) {
    console.error('npm run compare needs a network namespace: root, and the programs unshare and ip');
    return 1;
  }
  const file = join(projectFolder, 'test/compare/run.mjs');
  const guard = findProgram('setpriv') === undefined ? [] : ['setpriv', '--pdeathsig', 'TERM'];
  const [program = '', ...parameters] = [...guard, 'unshare', '--net', process.execPath, file, ...args];
  const { status } = spawnSync(program, parameters, {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  return status ?? 1;
}

/** Runs commands of `ip`; addresses that are there already stay. */
function configureLoopback(commands: readonly string[]): void {
  const input = `${commands.join('\n')}\n`;
  const { status, stderr } = spawnSync(findProgram('ip') ?? 'ip', ['-batch', '-'], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip: ${stderr}`);
}

async function compare(options: Options, folder: string): Promise<void> {
  const kinds = installedKinds().filter(
    ({ label }) => options.resolvers.length === 0 || options.resolvers.includes(label),
  );
  console.log(`resolvers: ${kinds.map(({ label }) => label).join(', ')}`);
  const tally = new Tally();
  const report: string[] = [];
  let asked = 0;
  for (const number of options.internets) {
    // The examples are many zones, each with its own turn of the same questions.
    const internet = internetOf(number, options.questions * (number === 0 ? 5 : 1));
    const own = join(folder, String(number));
    mkdirSync(own);
    configureLoopback([...internet.hierarchy.servers.keys()].map((address) => `addr replace ${address}/32 dev lo`));
    const servers = await startAuthoritative(internet, own);
    const resolvers = await startResolvers(kinds, internet.hierarchy, own, options.program);
    const before = tally.disagreements.length;
    try {
      const questions = options.ask === undefined ? internet.questions : [options.ask];
      asked += questions.length;
      await askAll(internet, resolvers, questions, tally);
      if (options.ask !== undefined)
        await showAll(resolvers, options.ask, zoneNote(internet, servers, options.ask.name));
      if (options.stays)
        await stay(
          kinds.map(({ label }) => label),
          own,
        );
    } finally {
      await Promise.all([...resolvers, servers].map((running) => running.stop()));
      if (!options.keeps) rmSync(own, { recursive: true, force: true });
    }
    for (const disagreement of tally.disagreements.slice(before)) {
      const lines = disagreementLines(disagreement, zoneNote(internet, servers, disagreement.asked.name));
      report.push(`[${disagreement.alone.join(' ') || 'split'}]`, ...lines);
      if (disagreement.alone.includes('kedge')) console.log(`\n${lines.join('\n')}`);
    }
    if (options.report !== '') writeFileSync(options.report, `${report.join('\n')}\n`);
  }
  const differing = tally.disagreements.length;
  console.log(`\n${asked} questions, each with and without CD; replies differ for ${differing} of ${2 * asked}`);
  for (const line of tally.summary()) console.log(line);
}

/** Each question goes to all resolvers at once, so that their caches see the same order. */
async function askAll(
  { number }: Internet,
  resolvers: readonly Resolver[],
  questions: readonly Asked[],
  tally: Tally,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < questions.length) {
      const index = next++;
      const asked = questions[index];
      if (asked === undefined) return;
      const isCdFirst = index % CD_FIRST_OF === 0;
      for (const checkingDisabled of [isCdFirst, !isCdFirst]) {
        const replies = await Promise.all(
          resolvers.map(async (resolver) => [resolver.label, await resolver.ask(asked, { checkingDisabled })] as const),
        );
        tally.add(number, asked, checkingDisabled, new Map<string, Reply>(replies));
      }
    }
  };
  await Promise.all(Array.from({ length: WINDOW }, worker));
}

async function showAll(resolvers: readonly Resolver[], asked: Asked, note: string): Promise<void> {
  console.log(note);
  for (const resolver of resolvers) {
    const { status, authentic, answer, errors } = await resolver.ask(asked, {});
    console.log(`${resolver.label}: ${status}${authentic ? ' ad' : ''} ${errors.join('; ')}`);
    for (const line of answer) console.log(`    ${line}`);
  }
}

/** The zone that has or would have the name, how it denies, and what serves it. */
function zoneNote({ hierarchy, fault }: Internet, { kindOf }: Running, name: DomainName): string {
  const zone = hierarchy.zones.find((candidate) => name.isSubdomainOf(candidate.name));
  if (zone === undefined) return 'no zone';
  const broken = fault === undefined ? '' : `; in ${nameText(fault.apex)}: ${fault.text}`;
  const servers = zone.addresses.map((address) => `${kindOf.get(address)} at ${address}`);
  return `zone ${nameText(zone.name)} (${signingNote(zone)}) on ${servers.join(', ')}${broken}`;
}

function signingNote({ signed, description }: HierarchyZone): string {
  if (signed === undefined) return 'unsigned';
  const { denial = { kind: 'nsec' }, ds = 'matching', algorithms = [13] } = description;
  const parts = [denial.kind === 'nsec3' ? nsec3Note(denial) : denial.kind, `algorithms ${algorithms.join(' ')}`];
  if (ds !== 'matching') parts.push(`DS ${typeof ds === 'string' ? ds : 'of its own'}`);
  return parts.join(', ');
}

function nsec3Note({
  optOut,
  isNarrow,
  iterations = 0,
}: {
  optOut?: boolean;
  isNarrow?: boolean;
  iterations?: number;
}) {
  return `nsec3${optOut === true ? ' opt-out' : ''}${isNarrow === true ? ' narrow' : ''} ${iterations} iterations`;
}

async function stay(labels: readonly string[], folder: string): Promise<void> {
  const addresses = labels.map((label, index) => `${label} at ${resolverAddress(index)}`);
  console.log(`files in ${folder}; ${addresses.join(', ')}; ask with:`);
  console.log(`  nsenter --net=/proc/${process.pid}/ns/net dig @127.0.0.2 +dnssec . SOA`);
  await new Promise(() => setInterval(() => {}, 60_000));
}
