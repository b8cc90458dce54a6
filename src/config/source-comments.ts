// The comments of configuration files, found by the place of what they are about: those directly above a line, and the one
// at its end. Works on lines, so that it serves old-style files, YAML, forward-zones files and Lua alike.
import { readFileSync } from 'node:fs';
import type { Place } from './input.ts';

/** What people wrote about something; lines without the mark of a comment and without outer white space. */
export interface Comments {
  readonly above: readonly string[];
  readonly beside: string | undefined;
}

const none: Comments = { above: [], beside: undefined };

/** Lines that only draw a border, or nothing. */
const isOrnament = (line: string) => /^[#*=_\s-]*$/.test(line);

export class SourceComments {
  readonly #luaFiles: ReadonlySet<string>;
  readonly #lines = new Map<string, readonly string[]>();

  constructor(luaFiles: Iterable<string>) {
    this.#luaFiles = new Set(luaFiles);
  }

  /**
   * The comments of what begins at a place. `name` is left out of them where it is a setting that is switched off by `#`,
   * as packaged files have it above each setting.
   */
  around({ file, line }: Place, name = ''): Comments {
    const lines = this.#linesOf(file);
    const mark = this.#markOf(file);
    const own = lines[line - 1];
    if (own === undefined) return none;
    const above: string[] = [];
    for (let index = line - 2; index >= 0; index--) {
      const text = lines[index]?.trim() ?? '';
      if (!text.startsWith(mark)) break;
      above.unshift(withoutMark(text, mark));
    }
    const isOld = (text: string) => name !== '' && new RegExp(`^${name}\\s*\\+?[=:]`).test(text);
    return {
      above: above.filter((text) => !isOrnament(text) && !isOld(text)),
      beside: trailingComment(own, mark),
    };
  }

  /**
   * Comments in the lines that belong to a YAML key, from the line below it to the next key of the same or a lower depth.
   * Those that end the block stand above the next key, and belong to that. For an entry of a list, keys of the same depth
   * are its own.
   */
  below({ file, line, column }: Place, isEntry = false): string[] {
    const lines = this.#linesOf(file);
    const found: string[] = [];
    let pending: string[] = [];
    for (let index = line; index < lines.length; index++) {
      const text = lines[index] ?? '';
      const content = text.trim();
      if (content === '') continue;
      if (content.startsWith('#')) {
        pending.push(withoutMark(content, '#'));
        continue;
      }
      const indent = text.search(/\S/) + 1;
      if (indent < column || (indent === column && !isEntry && !/^\s*- /.test(text))) break;
      const beside = trailingComment(text, '#');
      found.push(...pending, ...(beside === undefined ? [] : [beside]));
      pending = [];
    }
    return found.filter((text) => !isOrnament(text));
  }

  /** The comment with which a file begins, if an empty line ends it. */
  head(file: string): string[] {
    const lines = this.#linesOf(file);
    const mark = this.#markOf(file);
    const end = lines.findIndex((line) => !line.trim().startsWith(mark));
    if (end <= 0 || lines[end]?.trim() !== '') return [];
    return lines
      .slice(0, end)
      .map((line) => withoutMark(line.trim(), mark))
      .filter((text) => !isOrnament(text));
  }

  #markOf(file: string): string {
    return this.#luaFiles.has(file) ? '--' : '#';
  }

  #linesOf(file: string): readonly string[] {
    const known = this.#lines.get(file);
    if (known !== undefined) return known;
    const lines = textOf(file).split('\n');
    this.#lines.set(file, lines);
    return lines;
  }
}

/** Empty for what is no file, such as the command line, and for one that is gone. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function withoutMark(text: string, mark: string): string {
  let rest = text;
  while (rest.startsWith(mark)) rest = rest.slice(mark.length);
  return rest.trim();
}

/** What follows a mark outside quotes; `#` counts only after white space. */
function trailingComment(line: string, mark: string): string | undefined {
  let quote = '';
  for (let index = 0; index < line.length; index++) {
    const char = line[index] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if ((char === "'" || char === '"') && /^$|[\s([{,=:]/.test(line[index - 1] ?? '')) {
      quote = char;
    } else if (line.startsWith(mark, index) && index > 0 && (mark === '--' || /\s/.test(line[index - 1] ?? ''))) {
      const comment = withoutMark(line.slice(index).trim(), mark);
      return line.slice(0, index).trim() === '' || isOrnament(comment) ? undefined : comment;
    }
  }
  return undefined;
}
