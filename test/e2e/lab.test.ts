/**
 * The lab's zones through other validating resolvers, with the configurations that `kedge lab --serve-only` writes: the
 * same verdict as kedge's, but for the differences that docs/lab.md explains.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildLab, type LabZone } from '../../src/lab/lab-internet.ts';
import { rcodeText, typeText } from '../../src/wire/constants.ts';
import { digAll } from './compat/batch-dig.ts';
import { type DigReply, dig } from './support/dig.ts';
import { knownDifferences, type LabResolver } from './support/lab-differences.ts';
import { type Daemon, Namespace, waitUntilReady } from './support/namespace.ts';
import { describeWithPrograms, findProgram, type Program, programPath } from './support/programs.ts';
import { KEDGE_ENTRY } from './support/resolver.ts';

interface Kind {
  readonly label: LabResolver;
  readonly program: Program | undefined;
  readonly port: number;
  command(folder: string, program: string): readonly string[];
}

const kinds: readonly Kind[] = [
  {
    label: 'kedge',
    program: undefined,
    port: 5311,
    command: (folder) => [process.execPath, KEDGE_ENTRY, 'serve', '--config', `${folder}/kedge/recursor.yml`],
  },
  {
    label: 'Unbound',
    program: 'unbound',
    port: 5312,
    command: (folder, program) => [program, '-d', '-c', `${folder}/unbound/unbound.conf`],
  },
  {
    label: 'BIND',
    program: 'named',
    port: 5313,
    command: (folder, program) => [program, '-4', '-g', '-n', '1', '-c', `${folder}/bind/named.conf`],
  },
  {
    label: 'Knot Resolver',
    program: 'kresd',
    port: 5314,
    command: (folder, program) => [program, '-n', '-c', `${folder}/knot/kresd.conf`, `${folder}/knot`],
  },
  {
    label: 'PowerDNS Recursor',
    program: 'pdns_recursor',
    port: 5315,
    command: (folder, program) => [program, `--config-dir=${folder}/powerdns`],
  },
];

/** Names, types and what to expect; keys and times are others than those that are served. */
const { zones } = buildLab({ nowSeconds: Math.floor(Date.now() / 1000) });

/** AD of a failure means nothing; who waits in vain has got as much as who is told of a failure. */
function replyText({ status, flags }: DigReply): string {
  if (status === 'TIMEOUT') return 'SERVFAIL';
  return status !== 'SERVFAIL' && flags.includes('ad') ? `${status} AD` : status;
}

function expectedText({ expected, rcode }: LabZone): string {
  return expected.status === 'secure' ? `${rcodeText(rcode)} AD` : rcodeText(rcode);
}

for (const port of [53, 5300]) {
  const way = port === 53 ? 'down from the root hints' : 'at one server on a high port';
  describeWithPrograms(`the lab asked ${way}`, ['dig'], () => {
    let namespace: Namespace;

    beforeAll(async () => {
      namespace = await Namespace.create(`lab${port}`, []);
      const folder = namespace.path('lab');
      const served = namespace.start('lab', [
        process.execPath,
        KEDGE_ENTRY,
        'lab',
        '--serve-only',
        `--port=${port}`,
        `--dir=${folder}`,
      ]);
      const isServed = async () =>
        (await dig(namespace, { address: '127.0.0.1', port }, ['.', 'SOA'])).status === 'NOERROR';
      await waitUntilReady(served, isServed);
      for (const kind of kinds) await startKind(namespace, folder, kind);
    });

    afterAll(async () => {
      await namespace.close();
    });

    for (const { label, program, port: at } of kinds) {
      it.skipIf(program !== undefined && findProgram(program) === undefined)(
        `${label} says what the lab says`,
        async () => {
          const target = { address: '127.0.0.1', port: at };
          const questions = zones.map(({ question }) => ['+dnssec', question.name, typeText(question.type)]);
          const replies = await digAll(namespace, target, questions);
          const different = zones.flatMap((zone, index) => {
            const reply = replies[index];
            const got = reply === undefined ? 'none' : replyText(reply);
            const want = expectedText(zone);
            return got === want ? [] : [`${zone.name} ${want} -> ${got}`];
          });
          if (process.env['KEDGE_E2E_LAB_OUT'] !== undefined) {
            writeFileSync(`${process.env['KEDGE_E2E_LAB_OUT']}-${port}-${label}`, different.join('\n'));
          }
          expect(different.filter((line) => !knownDifferences(label).has(line.split(' ')[0] ?? ''))).toEqual([]);
        },
      );
    }
  });
}

async function startKind(namespace: Namespace, folder: string, kind: Kind): Promise<Daemon | undefined> {
  const { label, program, port, command } = kind;
  if (program !== undefined && findProgram(program) === undefined) return undefined;
  // A copy under another path: AppArmor's profile for the packaged program may forbid the working folder.
  const copies = namespace.path('programs');
  mkdirSync(copies, { recursive: true });
  const path = program === undefined ? '' : `${copies}/${program}`;
  if (program !== undefined) copyFileSync(programPath(program), path);
  const daemon = namespace.start(program ?? 'kedge', command(folder, path));
  const isReady = async () =>
    (await dig(namespace, { address: '127.0.0.1', port }, ['+time=2', '+cd', '.', 'SOA'])).status === 'NOERROR';
  await waitUntilReady(daemon, isReady).catch((error: unknown) => {
    throw new Error(`${label}: ${String(error)}`);
  });
  return daemon;
}
