// `kedge ctl`, or the program called as `rec_control`: asks and tells the running resolver.
import { commandNamed, helpText } from '../../control/commands.ts';
import { programVersion } from '../../daemon/version.ts';
import { type OpenedFile, openCallersFile, standardOutputDrained, withoutControls } from '../control/callers-file.ts';
import { askProgram, systemText } from '../control/control-client.ts';
import { type ControlOptions, controlUsage, parseControlOptions } from '../control/control-options.ts';
import { controlPlace } from '../control/control-place.ts';
import { hashPassword } from '../control/hash-password.ts';
import { ExitCode, processTerminal, type Terminal } from '../terminal.ts';
import { convertConfig } from './convert-config.ts';

/** rec_control's exit code for a command line that says nothing. */
const WRONG_USAGE = 99;

/** Runs one control command; the exit code is the command's own. */
export async function ctl(args: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseControlOptions(args);
  if (typeof options === 'string') {
    terminal.error(`kedge ctl: ${options}\n${controlUsage}`);
    return WRONG_USAGE;
  }
  if (options.wants === 'help') {
    terminal.out(controlUsage);
    return ExitCode.SUCCESS;
  }
  if (options.wants === 'version') {
    terminal.out(`${programVersion()}\n`);
    return ExitCode.SUCCESS;
  }
  const [name] = options.words;
  if (name === undefined) {
    terminal.error(controlUsage);
    return WRONG_USAGE;
  }
  // Whoever reads standard output has gone: there is nothing left to say.
  if (terminal === processTerminal) process.stdout.once('error', () => process.exit(ExitCode.BAD));
  const exit = await runLocally(options, terminal);
  return exit ?? (await askRunning(options, terminal));
}

/** What needs no running program; undefined for everything else. */
async function runLocally(options: ControlOptions, terminal: Terminal): Promise<number | undefined> {
  const [word = '', argument] = options.words;
  switch (word.toLowerCase()) {
    case 'help':
      terminal.out(`${helpText()}\n`);
      return ExitCode.SUCCESS;
    case 'hash-password':
      return await hashPassword(argument, terminal);
    case 'show-yaml':
      return showYaml(argument, options, terminal);
    default:
      return undefined;
  }
}

/** The YAML of a file, or of the configuration that the options name. */
function showYaml(file: string | undefined, options: ControlOptions, terminal: Terminal): number {
  const path = file ?? options.configFile ?? options.configDirectory;
  if (path !== undefined) return convertConfig(path, undefined, terminal);
  terminal.error('show-yaml: name a file, or use --config or --config-dir\n');
  return ExitCode.BAD;
}

async function askRunning(options: ControlOptions, terminal: Terminal): Promise<number> {
  const { words } = options;
  const place = controlPlace(options);
  if (!place.ok) return fatal(place.reason, terminal);
  const file = callersFile(words, terminal);
  if (typeof file === 'string') return fatal(file, terminal);
  const isTrace = words[0]?.toLowerCase() === 'trace-regex' && file !== undefined;
  const timeoutMs = isTrace ? undefined : options.timeoutMs;
  let isDone = false;
  try {
    const answer = await askProgram(
      { path: place.path, args: words, timeoutMs },
      { file: (text) => file?.write(text) },
    );
    if (!answer.ok) return fatal(answer.text, terminal);
    isDone = answer.exit === 0;
    const text = withoutControls(answer.text);
    if (answer.exit === 0) terminal.out(text);
    else terminal.error(text);
    await standardOutputDrained();
    return answer.exit;
  } finally {
    file?.close(isDone);
  }
}

/** The file that the command wants, opened; undefined when it wants none, a text when it cannot be had. */
function callersFile(words: readonly string[], terminal: Terminal): OpenedFile | string | undefined {
  const [name = '', ...args] = words;
  const index = commandNamed(name)?.fileArgument;
  if (index === undefined) return undefined;
  // Without arguments trace-regex ends a trace.
  if (args.length === 0 && index > 0) return undefined;
  const path = args[index];
  if (path === undefined) return index === 0 ? 'Command needs a file argument' : 'Command needs two arguments';
  try {
    return openCallersFile(path, terminal);
  } catch (error) {
    return `Error opening dump file for writing: ${systemText(error)}`;
  }
}

function fatal(reason: string, terminal: Terminal): number {
  terminal.error(`Fatal: ${reason}\n`);
  return ExitCode.BAD;
}
