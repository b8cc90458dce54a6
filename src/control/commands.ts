// The one table of control commands: `help` is made from it, and the tool reads from it which argument is a file.
import { anchorCommands } from './anchor-commands.ts';
import { cacheCommands } from './cache-commands.ts';
import { type CallersFile, type Command, type CommandAnswer, done, failed } from './command.ts';
import { diversionCommands } from './diversion-commands.ts';
import { explainCommands } from './explain-command.ts';
import { processCommands } from './process-commands.ts';
import { statisticsCommands } from './statistics-commands.ts';
import type { ControlTarget } from './target.ts';
import { throttlingCommands } from './throttling-commands.ts';
import type { Traces } from './traces.ts';

/** What the tool does by itself; a program that is asked for it says so. */
const localCommands: readonly Command[] = [
  {
    name: 'hash-password',
    usage: '[FACTOR]',
    help: 'Ask for a password and print its hash.',
    isLocal: true,
    run: () => failed('hash-password is done by the tool, not by the program'),
  },
  {
    name: 'show-yaml',
    usage: '[FILE]',
    help: 'Print the YAML that an old-style configuration file means.',
    isLocal: true,
    run: () => failed('show-yaml is done by the tool, not by the program'),
  },
];

const help: Command = { name: 'help', help: 'Print this list.', run: () => done(helpText()) };

/** All commands, by name. */
export const commands: readonly Command[] = [
  ...anchorCommands,
  ...cacheCommands,
  ...statisticsCommands,
  ...processCommands,
  ...throttlingCommands,
  ...diversionCommands,
  ...explainCommands,
  ...localCommands,
  help,
].sort((a, b) => (a.name < b.name ? -1 : 1));

const byName = new Map<string, Command>();
for (const command of commands) {
  for (const name of [command.name, ...(command.aliases ?? [])]) byName.set(name, command);
}

/** The command of a name or alias, in any letter case. */
export function commandNamed(name: string): Command | undefined {
  return byName.get(name.toLowerCase());
}

/** Each command with its arguments, and below it, indented by eight, what it does. */
export function helpText(): string {
  return commands
    .map(({ name, aliases = [], usage, help: sentence }) => {
      const names = [name, ...aliases].join(' or ');
      return `${usage === undefined ? names : `${names} ${usage}`}\n        ${sentence}`;
    })
    .join('\n');
}

/** Runs one command line. Never throws for what it says; a fault of a command comes out as a rejection. */
export async function runCommand(
  words: readonly string[],
  target: ControlTarget,
  file: CallersFile,
  traces: Traces,
): Promise<CommandAnswer> {
  const [word, ...args] = words;
  if (word === undefined) return failed('invalid command');
  const command = commandNamed(word);
  const name = word.toLowerCase();
  if (command === undefined) return failed(`Unknown command '${name}', try 'help'`);
  return await command.run({ target, name, args, file, traces });
}
