/**
 * The same configuration files and the same questions to Debian's pdns_recursor and to kedge, in each validation mode.
 * Each difference must be in the table of differences, which docs/compatibility.md explains.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digAll } from './compat/batch-dig.ts';
import { type ComparedReply, comparedReply, findDifferences } from './compat/comparison.ts';
import { REFUSED_CLIENT, writeConfigFiles } from './compat/config-files.ts';
import { CONTROL_QUESTIONS, type ControlQuestion } from './compat/control-commands.ts';
import { type Cell, DIFFERENCES, type Difference, explains } from './compat/differences.ts';
import { servePrivateZones } from './compat/private-zones.ts';
import { FLAG_NAMES, FLAGS, QUESTIONS } from './compat/questions.ts';
import { type StartedResolver, startKedge, startRecursor } from './compat/resolvers.ts';
import { dig } from './support/dig.ts';
import type { Finished, Namespace } from './support/namespace.ts';
import { createPrivateNamespace } from './support/private-internet.ts';
import { describeWithPrograms, programPath } from './support/programs.ts';
import { IS_STAND_IN, KEDGE_ENTRY, type ValidationMode } from './support/resolver.ts';

const MODES: readonly ValidationMode[] = ['off', 'process-no-validate', 'process', 'log-fail', 'validate'];
/** A file that gets a line for each difference, explained or not. */
const REPORT_FILE = process.env['KEDGE_E2E_COMPAT_REPORT'];
const EXPLANATIONS = new URL('../../docs/compatibility.md', import.meta.url);

interface Replies {
  ours: ComparedReply;
  theirs: ComparedReply;
}

const cellKey = (question: string, flags: string): string => `${flags}: ${question}`;

if (!IS_STAND_IN) {
  describeWithPrograms(
    'the same files as pdns_recursor',
    ['pdns_recursor', 'pdns_server', 'pdnsutil', 'sqlite3'],
    () => {
      let namespace: Namespace | undefined;
      let folder = '';
      const inside = (): Namespace => {
        if (namespace === undefined) throw new Error('the namespace was not made');
        return namespace;
      };
      const used = new Set<Difference>();

      beforeAll(async () => {
        namespace = await createPrivateNamespace('compat');
        folder = writeConfigFiles(namespace, await servePrivateZones(namespace));
      });

      afterAll(() => namespace?.close());

      describe.each(MODES)('dnssec=%s', (mode) => {
        const replies = new Map<string, Replies>();
        let resolvers: { ours: StartedResolver; theirs: StartedResolver } | undefined;

        beforeAll(async () => {
          const settings = [`--dnssec=${mode}`];
          const theirs = await startRecursor(inside(), `recursor-${mode}`, { folder, port: 5401, settings });
          const ours = await startKedge(inside(), `kedge-${mode}`, { folder, port: 5402, settings });
          resolvers = { ours, theirs };
          const cells = QUESTIONS.flatMap((question) => FLAG_NAMES.map((flags) => ({ question, flags })));
          const lines = cells.map(({ question, flags }) => [...FLAGS[flags], ...question.split(' ')]);
          // One after the other: side by side the slower machine's time limits would be measured.
          const fromTheirs = await digAll(inside(), theirs, lines);
          const fromOurs = await digAll(inside(), ours, lines);
          cells.forEach(({ question, flags }, index) => {
            const [our, their] = [fromOurs[index], fromTheirs[index]];
            if (our === undefined || their === undefined) return;
            replies.set(cellKey(question, flags), { ours: comparedReply(our), theirs: comparedReply(their) });
          });
        });

        afterAll(async () => {
          await resolvers?.ours.daemon.stop();
          await resolvers?.theirs.daemon.stop();
        });

        it.each(QUESTIONS)('answers %s alike', (question) => {
          const unexplained: unknown[] = [];
          for (const flags of FLAG_NAMES) {
            const pair = replies.get(cellKey(question, flags));
            expect(pair).toBeDefined();
            if (pair === undefined) continue;
            for (const aspect of findDifferences(pair.ours, pair.theirs)) {
              const cell: Cell = { question, mode, flags, aspect, ...pair };
              const difference = DIFFERENCES.find((candidate) => explains(candidate, cell));
              if (difference !== undefined) used.add(difference);
              else unexplained.push({ flags, aspect, ours: pair.ours[aspect], theirs: pair.theirs[aspect] });
              report(cell, difference);
            }
          }
          expect(unexplained).toEqual([]);
        });

        it('gives a client outside allow-from nothing', async () => {
          if (resolvers === undefined) throw new Error('the resolvers were not started');
          const refused = ['-b', REFUSED_CLIENT, '+time=1', 'www.secure.lab', 'A'];
          const theirs = await dig(inside(), resolvers.theirs, refused);
          expect(theirs.status, theirs.text).toBe('TIMEOUT');
          const ours = await dig(inside(), resolvers.ours, refused);
          expect(ours.status, ours.text).toBe('TIMEOUT');
        });
      });

      describe('the control tool', () => {
        const texts = new Map<ControlQuestion, { ours: Finished; theirs: Finished }>();

        beforeAll(async () => {
          const theirs = await startRecursor(inside(), 'recursor-control', { folder, port: 5401 });
          const ours = await startKedge(inside(), 'kedge-control', { folder, port: 5402 });
          for (const question of CONTROL_QUESTIONS) {
            const { command } = question;
            texts.set(question, {
              theirs: await inside().run([
                programPath('rec_control'),
                `--socket-dir=${theirs.socketFolder}`,
                ...command,
              ]),
              ours: await inside().run([
                process.execPath,
                KEDGE_ENTRY,
                'ctl',
                `--socket-dir=${ours.socketFolder}`,
                ...command,
              ]),
            });
          }
          await ours.daemon.stop();
          await theirs.daemon.stop();
        });

        it.each(
          CONTROL_QUESTIONS.map((question, index) => ({
            ...question,
            question,
            index,
            text: question.command.join(' '),
          })),
        )('says the same: $index $text', ({ question, differs, fails = false }) => {
          const { ours, theirs } = texts.get(question) ?? {};
          if (ours === undefined || theirs === undefined) throw new Error('the commands were not given');
          // Failures go to standard error since 5.0; 4.8 mostly prints them to standard output and ends with 0.
          const said = (finished: Finished): string => comparedText(`${finished.stdout}${finished.stderr}`);
          expect(ours.status).toBe(fails ? 1 : 0);
          if (differs === undefined) expect(said(ours)).toBe(said(theirs));
          else expect(said(ours), 'the row is no difference any more').not.toBe(said(theirs));
        });

        it('explains each difference in docs/compatibility.md', () => {
          const text = readFileSync(EXPLANATIONS, 'utf8');
          const differing = CONTROL_QUESTIONS.flatMap(({ differs = [] }) => differs);
          expect(differing.filter((what) => !text.includes(what))).toEqual([]);
        });
      });

      it('has no difference in the table that there is not', () => {
        expect(DIFFERENCES.filter((difference) => !used.has(difference)).map(({ what }) => what)).toEqual([]);
      });

      it('explains each difference in docs/compatibility.md', () => {
        const text = readFileSync(EXPLANATIONS, 'utf8');
        expect(DIFFERENCES.filter(({ what }) => !text.includes(what)).map(({ what }) => what)).toEqual([]);
      });
    },
  );
}

/** The order and the letter case of listed names are not compared. */
function comparedText(text: string): string {
  if (!text.startsWith('Configured ')) return text;
  return text.toLowerCase().replaceAll('\n\t\t', ' ').split('\n').sort().join('\n');
}

function report(cell: Cell, difference: Difference | undefined): void {
  if (REPORT_FILE === undefined) return;
  const { question, mode, flags, aspect, ours, theirs } = cell;
  const value = {
    what: difference?.what ?? null,
    question,
    mode,
    flags,
    aspect,
    ours: ours[aspect],
    theirs: theirs[aspect],
  };
  appendFileSync(REPORT_FILE, `${JSON.stringify(value)}\n`);
}
