// Arguments to commands to exit codes: 0 success, 1 the thing asked about is bad, 2 wrong usage. A command is loaded when
// it is called: with all of them at once, starting takes a third longer.
import { basename } from 'node:path';
import { Command, CommanderError } from 'commander';
import { programVersion } from '../daemon/version.ts';
import { addAnchorCommands } from './commands/anchor.ts';
import { addExplainCommand } from './commands/explain-options.ts';
import type { LabFlags } from './commands/lab.ts';
import type { ServeOptions } from './commands/serve.ts';
import type { TamperFlags } from './commands/tamper.ts';
import type { TopFlags } from './commands/top.ts';
import { ExitCode, endOfProgram, processTerminal, type Terminal } from './terminal.ts';

/** The command that the program is when it is called by rec_control's name. */
const CONTROL_COMMAND = 'ctl';
const CONTROL_NAME = 'rec_control';

/** The arguments of a process (its `argv`), with the command that its name stands for. */
export function commandLine([, file = '', ...args]: readonly string[]): readonly string[] {
  return basename(file, '.js') === CONTROL_NAME ? [CONTROL_COMMAND, ...args] : args;
}

/** Runs one command line (without the program's name) and gives its exit code. */
export async function main(args: readonly string[], terminal: Terminal = processTerminal): Promise<number> {
  // Its options are rec_control's, and so are its exit codes.
  if (args[0] === CONTROL_COMMAND) {
    const { ctl } = await import('./commands/ctl.ts');
    return await ctl(args.slice(1), terminal);
  }
  let exitCode: number = ExitCode.SUCCESS;
  const program = programOf(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander has printed what is wrong; its own code for everything, help included, is 0 or 1.
    return error.exitCode === 0 ? ExitCode.SUCCESS : ExitCode.USAGE;
  }
  return exitCode;
}

function programOf(terminal: Terminal, exitWith: (code: number) => void): Command {
  const program = new Command('kedge')
    .description('A validating recursive DNS resolver that says why.')
    .version(programVersion(), '-V, --version')
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.error(text) })
    .showHelpAfterError('(kedge --help lists the commands)')
    .exitOverride();

  program
    .command('serve')
    .description('run the resolver in the foreground')
    .option('--config <file>', 'configuration, or a directory with recursor.yml or recursor.conf; else defaults')
    .option('--config-dir <directory>', 'directory with recursor.yml or recursor.conf')
    .option('--config-name <name>', 'read recursor-NAME.yml or recursor-NAME.conf')
    .argument('[settings...]', 'any setting as --NAME=VALUE, such as --local-port=5335 or --incoming.port=5335')
    .allowUnknownOption()
    .action(async (settings: string[], options: ServeOptions) => {
      const { serve } = await import('./commands/serve.ts');
      exitWith(await serve(options, settings, terminal));
    });

  program
    .command(`${CONTROL_COMMAND} [words...]`)
    .description('ask the running resolver, or tell it: kedge ctl help lists the commands');

  program
    .command('check-config')
    .description('read a configuration and print what is wrong with it, by file, line and column')
    .argument('<file>', 'configuration, or a directory with recursor.yml or recursor.conf')
    .option('--json', 'print JSON')
    .option('--online', 'ask the forwarders too, and say which anchors they need')
    .action(async (file: string, options: { json?: boolean; online?: boolean }) => {
      const { checkConfig } = await import('./commands/check-config.ts');
      exitWith(checkConfig(file, options.json === true, terminal));
      if (options.online !== true) return;
      const { adviseOnline } = await import('./commands/online-advice.ts');
      await adviseOnline(file, options.json === true, terminal);
    });

  program
    .command('convert-config')
    .description('write a configuration in any format, with all that it includes, as one recursor.yml')
    .argument('<file>', 'configuration, or a directory with recursor.yml or recursor.conf')
    .option('--output <file>', 'write to this new file instead of standard output')
    .action(async (file: string, options: { output?: string }) => {
      const { convertConfig } = await import('./commands/convert-config.ts');
      exitWith(convertConfig(file, options.output, terminal));
    });

  program
    .command('query')
    .description('ask a server, as dig does')
    .argument('<words...>', 'NAME [TYPE] [@SERVER[:PORT]] [+dnssec] [+cd] [+tcp] [+short] ...')
    .option('-x', 'NAME is an address; ask for the name it belongs to')
    .option('-p, --port <port>', 'port of the server', '53')
    .option('--json', 'print JSON')
    .addHelpText('after', queryHelp)
    .action(async (words: string[], options: { x?: boolean; port: string; json?: boolean }) => {
      const flags = { reverse: options.x === true, port: options.port, json: options.json === true };
      const { query } = await import('./commands/query.ts');
      exitWith(await query(words, flags, terminal));
    });
  program
    .command('lab')
    .description('a private Internet of sound and broken zones on this machine, to practise on; needs nothing else')
    .option('--list', 'print what there is to try, and what to expect')
    .option('--port <port>', 'where kedge answers on 127.0.0.1 (5300); with --serve-only the port of the servers (53)')
    .option('--zone <file>', 'sign and serve this zone file, too; may be given several times', collected, [])
    .option('--serve-only', 'only the authoritative servers, with configurations for five resolvers')
    .option('--dir <directory>', 'where those files go; else a temporary folder')
    .option('--scene <name>', 'a key rollover in fast time; "list" lists them')
    .option('--web <port>', 'where its pages are on 127.0.0.1 (8082, if it is free); 0 takes a free one')
    .action(async (flags: LabFlags) => {
      const { lab } = await import('./commands/lab.ts');
      exitWith(await lab(flags, terminal, endOfProgram));
    });
  addExplainCommand(program, terminal, exitWith);
  program
    .command('top')
    .description('what the running resolver does, in numbers that renew themselves')
    .option('--interval <seconds>', 'between two pictures', '2')
    .option('--once', 'print it once')
    .option('--json', 'print the numbers as JSON')
    .option('--config <path>', 'configuration of the running resolver, which says where its control socket is')
    .option('--config-dir <directory>', 'directory with its recursor.yml or recursor.conf')
    .option('--config-name <name>', 'it runs with recursor-NAME.yml or recursor-NAME.conf')
    .option('--socket-dir <directory>', 'where the control socket is')
    .option('--color', 'with colours even where it is no terminal')
    .option('--no-color', 'without colours')
    .action(async (flags: TopFlags) => {
      const { top } = await import('./commands/top.ts');
      exitWith(await top(flags, terminal));
    });
  program
    .command('tamper')
    .description('change the replies of a forward zone on their way to the running resolver, and see them refused')
    .argument('<words...>', 'ZONE [NAME...]; without names the zone itself and www below it')
    .option('--how <way>', 'one of flip, strip, replay and address instead of all of them')
    .option('--seconds <n>', 'go on for so long; without it the end is when each way was tried')
    .option('--config <path>', 'configuration of the running resolver, which says where its control socket is')
    .option('--socket-dir <directory>', 'where the control socket is')
    .action(async (words: string[], flags: TamperFlags) => {
      const { tamper } = await import('./commands/tamper.ts');
      exitWith(await tamper(words, flags, terminal, endOfProgram));
    });
  addAnchorCommands(program, terminal, exitWith);
  return program;
}

function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

const queryHelp = `
Without @SERVER 127.0.0.1 is asked; an IPv6 server with a port is written @[::1]:5335.
Flags, each also with "no" in front:
  +dnssec, +do      ask for signatures           +cd, +cdflag      data even if bogus
  +ad, +adflag      show AD in the reply (on)    +rd, +recurse     let the server resolve (on)
  +tcp, +vc         over TCP                     +ignore           keep a truncated reply
  +edns             with EDNS (on)               +short            only the data
  +bufsize=N        UDP size offered (1232)      +timeout=SECONDS  for one attempt (5)
  +tries=N          attempts over UDP (2)        +nsid             ask for the server's name`;
