// What a control command is: the shape of the rows of the command table, and what their functions share.
import type { DomainName } from '../wire/name.ts';
import { parseName } from '../wire/name-text.ts';
import type { ControlTarget, Outcome } from './target.ts';
import type { Traces } from './traces.ts';

/** What a command says in the end. */
export interface CommandAnswer {
  /** 0: `text` is for standard output. 1: for standard error. */
  readonly exit: 0 | 1;
  /** Whole lines, each with its line feed. */
  readonly text: string;
  /** Done when the answer is on its way. */
  readonly afterwards?: () => void;
}

/** The file that the caller has opened, at the other end of the socket. */
export interface CallersFile {
  /** Resolves when more can be taken; with false when the caller has gone. */
  write(text: string): Promise<boolean>;
  /** Octets that wait for the caller to take them. */
  readonly backlogOctets: number;
  /** Resolves when the caller has gone. */
  readonly gone: Promise<void>;
}

export interface CommandCall {
  readonly target: ControlTarget;
  /** The command as it was called, in lower case. */
  readonly name: string;
  readonly args: readonly string[];
  readonly file: CallersFile;
  readonly traces: Traces;
}

/** One row of the table. */
export interface Command {
  readonly name: string;
  /** Other names that PowerDNS has for it. */
  readonly aliases?: readonly string[];
  /** The arguments in `help`; without them the command takes none that matter. */
  readonly usage?: string;
  /** One sentence for `help`. */
  readonly help: string;
  /** Which argument, from 0, is a file that the caller opens. */
  readonly fileArgument?: number;
  /** The caller does it by itself, without the program. */
  readonly isLocal?: true;
  readonly run: (call: CommandCall) => CommandAnswer | Promise<CommandAnswer>;
}

/** An answer of one line, or of several with line feeds between them. */
export function done(text: string): CommandAnswer {
  return { exit: 0, text: `${text}\n` };
}

export function failed(text: string): CommandAnswer {
  return { exit: 1, text: `${text}\n` };
}

/** What the target reports, without further words. */
export function reported({ ok, text }: Outcome): CommandAnswer {
  return ok ? done(text) : failed(text);
}

/** Names in order, or what is wrong with the first that is none. */
export function parseNames(words: readonly string[]): readonly DomainName[] | string {
  const names: DomainName[] = [];
  for (const word of words) {
    const parsed = parseName(word);
    if (!parsed.ok) return `'${word}': ${parsed.error}`;
    names.push(parsed.name);
  }
  return names;
}
