// What is wrong, or only odd, in a configuration: always with file, line and column.
import type { Place } from './input.ts';

/** One thing wrong in a configuration. The loader collects all of them; it never throws the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  /** Counts from 1. */
  readonly column: number;
  /** The option, as `section.name`, with an index for list entries; empty when the error is about the whole file. */
  readonly path: string;
  /** What would have been right, with an example; empty when that is no question of form. */
  readonly expected: string;

  constructor(place: Place, path: string, message: string, expected = '') {
    super(message);
    this.file = place.file;
    this.line = place.line;
    this.column = place.column;
    this.path = path;
    this.expected = expected;
  }
}

/** Something that does not stop the program but that the user should know. */
export interface ConfigWarning {
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  /** Counts from 1. */
  readonly column: number;
  readonly path: string;
  readonly message: string;
  /** Lines that could be put into a file, with what they would do in front: `unsigned: addNTA(...)`. */
  readonly remedies?: readonly string[];
}

/** One line for people: `file:line:column: path: message (expected ...)`; control characters as `\\xHH`. */
export function findingText(finding: ConfigError | ConfigWarning): string {
  const where = `${finding.file}:${finding.line}:${finding.column}: `;
  const path = finding.path === '' ? '' : `${finding.path}: `;
  const expected = finding instanceof ConfigError && finding.expected !== '' ? ` (expected ${finding.expected})` : '';
  return printable(`${where}${path}${finding.message}${expected}`);
}

/** A file of the wrong kind must not drive the terminal on which its errors are shown. */
function printable(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return line.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
