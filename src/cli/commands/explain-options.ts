// The options of `kedge explain`.
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import type { ExplainFlags } from './explain.ts';

/** Options that may be given several times. */
function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

export function addExplainCommand(program: Command, terminal: Terminal, exitWith: (code: number) => void): void {
  program
    .command('explain')
    .description('show the chain of trust behind an answer, and for a failure what is broken and how to mend it')
    .argument('[words...]', 'NAME [TYPE]')
    .option('--config <file>', 'configuration, or a directory with recursor.yml or recursor.conf; else defaults')
    .option('--daemon', 'ask the running resolver what it holds, through its control socket')
    .option('--socket-dir <directory>', 'directory of the control socket')
    .option('--json', 'print JSON, as docs/explain.md describes it')
    .option('--svg <file>', 'write a drawing of the chain to this file')
    .option('--at <date>', 'validate as if at this date, such as 2026-12-31')
    .option('--with-anchor <anchor>', "add a trust anchor: 'ZONE KEYTAG ALGORITHM DIGESTTYPE DIGEST'", several)
    .option('--without-anchor <zone>', 'leave out the anchors, also negative ones, of a zone', several)
    .option('--assume-alg-disabled <number>', 'treat an algorithm as unsupported', several)
    .option('--color', 'with colours, also where no terminal is')
    .option('--no-color', 'without colours')
    .addHelpText('after', explainHelp)
    .action(async (words: string[], flags: ExplainFlags) => {
      const { explain } = await import('./explain.ts');
      exitWith(await explain(words, flags, terminal));
    });
}

const explainHelp = `
The exit code is 0 for a secure or insecure answer, 1 for a bogus one or a failure, 2 for wrong usage.
docs/causes.md has every cause with its remedy.`;
