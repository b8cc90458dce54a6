// The plain part of YAML, read line by line: block mappings and sequences, words, numbers, quotes without escapes, lists
// in brackets on one line, comments. Long files are lists of zones in just this form, and a general parser takes a second
// for them. Whatever is not certain to be in this part is left to the general parser, mistakes included.
import type { InputNode, ListInput, MapEntry, MapInput, Place, ScalarInput } from './input.ts';

/** Deepest nesting read here; the options need six. */
const MAX_DEPTH = 16;
/** Largest number of digits that a number holds exactly. */
const MAX_DIGITS = 15;

/** What stands between the comments: one line with the column of its first character, from 0. */
interface ContentLine {
  readonly number: number;
  readonly column: number;
  readonly text: string;
}

/** The content of a text in the plain part of YAML; undefined when the general parser has to look at it. */
export function plainYaml(text: string, file: string): InputNode | undefined {
  // Printable ASCII and line ends: no tabs, no byte order mark, no other kinds of line break.
  if (/[^\n\x20-\x7e]/.test(text)) return undefined;
  const lines = contentLines(text);
  if (lines === undefined || lines.length === 0) return undefined;
  const reader = new PlainReader(lines, file);
  const root = reader.block(0, 0);
  return reader.atEnd ? root : undefined;
}

function contentLines(text: string): ContentLine[] | undefined {
  const lines: ContentLine[] = [];
  let number = 0;
  for (const line of text.split('\n')) {
    number++;
    const column = line.search(/[^ ]/);
    if (column === -1 || line[column] === '#') continue;
    // Documents and directives.
    if (column === 0 && /^(?:---|\.\.\.|%)/.test(line)) return undefined;
    lines.push({ number, column, text: line.slice(column).trimEnd() });
  }
  return lines;
}

const keyPattern = /^([A-Za-z_][A-Za-z0-9_]*):(?: +(.*))?$/;
/** Words that mean something else than text as keys too. */
const specialWord = /^(?:null|true|false)$/i;

/** Goes through the lines once. Every method gives undefined for what is not plain, and then nothing else counts. */
class PlainReader {
  private readonly lines: ContentLine[];
  private readonly file: string;
  private next = 0;

  constructor(lines: ContentLine[], file: string) {
    this.lines = lines;
    this.file = file;
  }

  get atEnd(): boolean {
    return this.next === this.lines.length;
  }

  /** The mapping or sequence whose first line is the next one, at exactly this column. */
  block(column: number, depth: number): MapInput | ListInput | undefined {
    const line = this.lines[this.next];
    if (line === undefined || line.column !== column || depth > MAX_DEPTH) return undefined;
    return isItem(line) ? this.list(column, depth) : this.map(column, depth);
  }

  private map(column: number, depth: number): MapInput | undefined {
    const entries: MapEntry[] = [];
    const keys = new Set<string>();
    for (let line = this.lines[this.next]; line !== undefined; line = this.lines[this.next]) {
      if (line.column < column) break;
      const [, key = '', written = ''] = keyPattern.exec(line.text) ?? [];
      if (line.column > column || key === '' || keys.has(key) || specialWord.test(key)) return undefined;
      keys.add(key);
      const place = this.placeOf(line);
      const valueColumn = line.column + line.text.length - written.length;
      this.next++;
      const value =
        written === '' || written.startsWith('#')
          ? this.blockBelow(column, depth + 1)
          : inlineValue(written, { ...place, column: valueColumn + 1 });
      if (value === undefined) return undefined;
      entries.push({ key, place, value });
    }
    const [first] = entries;
    return first && { kind: 'map', entries, place: first.place };
  }

  /** The block of a key at this column: further right, or a sequence right below the key. Without one it is null. */
  private blockBelow(column: number, depth: number): InputNode | undefined {
    const line = this.lines[this.next];
    if (line === undefined) return undefined;
    if (line.column === column && isItem(line)) return this.block(column, depth);
    return line.column > column ? this.block(line.column, depth) : undefined;
  }

  private list(column: number, depth: number): ListInput | undefined {
    const items: InputNode[] = [];
    const first = this.lines[this.next];
    for (let line = first; line !== undefined; line = this.lines[this.next]) {
      if (line.column < column || (line.column === column && !isItem(line))) break;
      if (line.column > column) return undefined;
      const item = this.item(line, depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return first && { kind: 'list', items, override: false, place: this.placeOf(first) };
  }

  private item(line: ContentLine, depth: number): InputNode | undefined {
    const content = line.text.slice(1).trimStart();
    if (content === '' || content.startsWith('#') || /^-(?: |$)/.test(content)) return undefined;
    const inner = { number: line.number, column: line.column + line.text.length - content.length, text: content };
    if (!keyPattern.test(content)) {
      this.next++;
      return inlineValue(content, this.placeOf(inner));
    }
    // The mapping begins behind the dash, and its other keys stand below its first one.
    this.lines[this.next] = inner;
    return this.block(inner.column, depth);
  }

  private placeOf({ number, column }: ContentLine): Place {
    return { file: this.file, line: number, column: column + 1 };
  }
}

function isItem({ text }: ContentLine): boolean {
  return text === '-' || text.startsWith('- ');
}

/** A value on one line with the comment behind it: a word, a number, a quoted text, a list or a mapping in brackets. */
function inlineValue(written: string, place: Place): InputNode | undefined {
  const comment = written.indexOf(' #');
  const value = comment === -1 ? written : written.slice(0, comment).trimEnd();
  if (!/^[[{]/.test(value)) return scalar(value, place);
  const reader = new BracketReader(value, place);
  const node = reader.value(0);
  return reader.atEnd ? node : undefined;
}

/** Reads lists and mappings in brackets, as long as all of it stands on one line. */
class BracketReader {
  private readonly text: string;
  private readonly start: Place;
  private offset = 0;

  /** `start` is the place of the first character of the text. */
  constructor(text: string, start: Place) {
    this.text = text;
    this.start = start;
  }

  get atEnd(): boolean {
    return this.offset === this.text.length;
  }

  value(depth: number): InputNode | undefined {
    if (depth > MAX_DEPTH) return undefined;
    const place = this.place();
    if (this.take(/\[ */y) !== undefined) {
      const items = this.parts(/ *\]/y, () => this.value(depth + 1));
      return items && { kind: 'list', items, override: false, place };
    }
    if (this.take(/\{ */y) !== undefined) {
      const entries = this.parts(/ *\}/y, () => this.entry(depth + 1));
      const isUnique = new Set(entries?.map(({ key }) => key)).size === entries?.length;
      return entries && isUnique ? { kind: 'map', entries, place } : undefined;
    }
    const written = this.take(/'[^']*'|"[^"]*"|[^\s,[\]{}'"](?:[^,[\]{}]*[^\s,[\]{}])?/y);
    return written === undefined ? undefined : scalar(written, place);
  }

  private entry(depth: number): MapEntry | undefined {
    const place = this.place();
    const key = this.take(/[A-Za-z_][A-Za-z0-9_]*(?=: )/y);
    if (key === undefined || specialWord.test(key) || this.take(/: +/y) === undefined) return undefined;
    const value = this.value(depth);
    return value && { key, place, value };
  }

  /** Parts with commas between them, up to the closing bracket. */
  private parts<T>(end: RegExp, part: () => T | undefined): T[] | undefined {
    const parts: T[] = [];
    if (this.take(end) !== undefined) return parts;
    do {
      const one = part();
      if (one === undefined) return undefined;
      parts.push(one);
    } while (this.take(/ *, */y) !== undefined);
    return this.take(end) === undefined ? undefined : parts;
  }

  /** What a sticky pattern matches here. */
  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.offset;
    const [match] = pattern.exec(this.text) ?? [];
    this.offset += match?.length ?? 0;
    return match;
  }

  private place(): Place {
    return { ...this.start, column: this.start.column + this.offset };
  }
}

/** Text that YAML takes for nothing else: no indicator in front, no colon before a space or at the end. */
const plainText = /^[A-Za-z0-9/.](?:[A-Za-z0-9/._+*?()=~^$%@!&;<>| -]|:(?=[^ ]))*$/;
/** What the core schema of YAML 1.2 reads as a number, besides decimal digits alone. */
const otherNumber =
  /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+][0-9]+|[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan)$/i;

function scalar(written: string, place: Place): ScalarInput | undefined {
  const quoted = /^'([^']*)'$|^"([^"\\]*)"$/.exec(written);
  if (quoted !== null) return text(quoted[1] ?? quoted[2] ?? '', place);
  if (!plainText.test(written) || otherNumber.test(written) || /^null$/i.test(written)) return undefined;
  if (/^(?:true|false)$/i.test(written)) {
    const isUsual = written === 'true' || written === 'false';
    return isUsual ? { kind: 'scalar', value: written === 'true', text: written, place } : undefined;
  }
  if (!/^[0-9]+$/.test(written)) return text(written, place);
  return written.length > MAX_DIGITS ? undefined : { kind: 'scalar', value: Number(written), text: written, place };
}

function text(value: string, place: Place): ScalarInput {
  return { kind: 'scalar', value, text: value, place };
}
