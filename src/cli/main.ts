// Arguments to commands to exit codes: 0 success, 1 the thing asked about is bad, 2 wrong usage.
import { Command, CommanderError } from 'commander';
import { programVersion } from '../daemon/version.ts';
import { checkConfig } from './commands/check-config.ts';
import { query } from './commands/query.ts';
import { serve } from './commands/serve.ts';
import { ExitCode, processTerminal, type Terminal } from './terminal.ts';

/** Runs one command line (without the program's name) and gives its exit code. */
export async function main(args: readonly string[], terminal: Terminal = processTerminal): Promise<number> {
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
    .option('--config <file>', 'configuration, recursor.yml; without it built-in defaults')
    .argument('[settings...]', 'any setting as --NAME=VALUE, such as --local-port=5335 or --incoming.port=5335')
    .allowUnknownOption()
    .action(async (settings: string[], options: { config?: string }) => {
      exitWith(await serve(options.config, settings, terminal));
    });

  program
    .command('check-config')
    .description('read a configuration and print what is wrong with it, by file, line and column')
    .argument('<file>', 'configuration, recursor.yml')
    .option('--json', 'print JSON')
    .action((file: string, options: { json?: boolean }) => {
      exitWith(checkConfig(file, options.json === true, terminal));
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
      exitWith(await query(words, flags, terminal));
    });
  return program;
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
