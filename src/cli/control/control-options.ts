// The options of `kedge ctl`: those of rec_control, written --NAME=VALUE or --NAME VALUE, in front of the command.

export interface ControlOptions {
  readonly configDirectory: string | undefined;
  readonly configFile: string | undefined;
  readonly configName: string | undefined;
  readonly socketDirectory: string | undefined;
  readonly socketPid: string | undefined;
  /** Longest silence of the program, milliseconds. */
  readonly timeoutMs: number;
  readonly wants: 'command' | 'help' | 'version';
  /** The command and its arguments. */
  readonly words: readonly string[];
}

const DEFAULT_TIMEOUT_SECONDS = 5;
const MAX_TIMEOUT_SECONDS = 86_400;

const valueOptions = ['config-dir', 'config', 'config-name', 'socket-dir', 'socket-pid', 'timeout'];

/** Reads the command line; a text says what is wrong with it. */
export function parseControlOptions(args: readonly string[]): ControlOptions | string {
  const values = new Map<string, string>();
  let wants: ControlOptions['wants'] = 'command';
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index] ?? '';
    if (word === '--') {
      index++;
      break;
    }
    // A lone minus is an argument: standard output.
    if (!word.startsWith('-') || word === '-') break;
    const [, name = '', value] = /^--?([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === 'help' || name === 'h') wants = 'help';
    else if (name === 'version') wants = 'version';
    else if (!valueOptions.includes(name)) return `unknown option '${word}'`;
    else if (value !== undefined) values.set(name, value);
    else if (++index < args.length) values.set(name, args[index] ?? '');
    else return `option '${word}' needs a value`;
  }
  const seconds = Number(values.get('timeout') ?? DEFAULT_TIMEOUT_SECONDS);
  if (!(seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS)) return `'${values.get('timeout')}' is no number of seconds`;
  const pid = values.get('socket-pid');
  if (pid !== undefined && !/^[0-9]*$/.test(pid)) return `'${pid}' is no process ID`;
  return {
    configDirectory: nonEmpty(values.get('config-dir')),
    configFile: nonEmpty(values.get('config')),
    configName: nonEmpty(values.get('config-name')),
    socketDirectory: nonEmpty(values.get('socket-dir')),
    socketPid: nonEmpty(pid),
    timeoutMs: seconds * 1000,
    wants,
    words: commandWords(args.slice(index)),
  };
}

/** A whole command in quotes, as scripts write it for rec_control, is taken apart. */
function commandWords([first = '', ...rest]: readonly string[]): string[] {
  const words = first.split(/\s+/).filter((word) => word !== '');
  return [...words, ...rest];
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

export const controlUsage = `Usage: kedge ctl [options] COMMAND [ARGUMENTS]
Asks the running resolver, or tells it, as rec_control does; called as rec_control it behaves the same.

  --socket-dir=DIR    directory of the control socket
  --config-dir=DIR    directory of the configuration that names it
  --config=FILE       the configuration that names it
  --config-name=NAME  name of the configuration, when there are several
  --socket-pid=PID    process ID, when it is in the socket's name
  --timeout=SECONDS   longest wait for an answer (5)
  --version           print the version of this tool

'kedge ctl help' lists the commands.
`;
