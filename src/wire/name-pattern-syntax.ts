// The syntax of `name-pattern.ts`: extended regular expressions (POSIX.1, 9.4), and of what others add `(?:...)` and the
// classes \d \w \s.

export type PatternNode =
  /** One character; `set` holds 1 for each that fits, both cases of a letter alike. The last stands for all above it. */
  | { readonly kind: 'one'; readonly set: Uint8Array }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly PatternNode[] }
  /** `most` is undefined where there is no bound. */
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly least: number; readonly most: number | undefined }
  | { readonly kind: 'begin' | 'end' };

/** What is wrong with an expression, in one line. */
export class PatternSyntaxError extends Error {}

const SET_SIZE = 256;
/** RE_DUP_MAX of POSIX. */
const MAX_REPEATS = 255;
/** Groups within groups; deeper ones serve nobody. */
const MAX_DEPTH = 50;

/** Sets of characters as ranges: the first and the last of each, one after the other. */
const DIGITS = '09';
const LETTERS = 'az';
const SPACES = '\t\r  ';
const classes = new Map<string, string>([
  ['alpha', LETTERS],
  ['digit', DIGITS],
  ['alnum', LETTERS + DIGITS],
  ['lower', LETTERS],
  ['upper', LETTERS],
  ['xdigit', `${DIGITS}af`],
  ['space', SPACES],
  ['blank', '\t\t  '],
  ['punct', '!/:@[`{~'],
  ['print', ' ~'],
  ['graph', '!~'],
  ['cntrl', '\0\x1f\x7f\x7f'],
]);
const escapes = new Map<string, string>([
  ['d', DIGITS],
  ['w', `${LETTERS + DIGITS}__`],
  ['s', SPACES],
]);

/** Throws a `PatternSyntaxError`. */
export function parsePattern(text: string): PatternNode {
  return new PatternParser(text).whole();
}

class PatternParser {
  private readonly text: string;
  private index = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  whole(): PatternNode {
    const node = this.alternatives();
    if (this.index < this.text.length) throw this.error("a ')' closes nothing; write \\) for the character");
    return node;
  }

  private alternatives(): PatternNode {
    const parts = [this.sequence()];
    while (this.take('|')) parts.push(this.sequence());
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: 'any', parts };
  }

  private sequence(): PatternNode {
    const parts: PatternNode[] = [];
    for (let next = this.peek(); next !== '' && next !== '|' && next !== ')'; next = this.peek()) {
      let part = this.single();
      for (let bounds = this.repetition(); bounds !== undefined; bounds = this.repetition()) {
        part = { kind: 'repeat', part, ...bounds };
      }
      parts.push(part);
    }
    return { kind: 'all', parts };
  }

  private single(): PatternNode {
    const character = this.next();
    switch (character) {
      case '(':
        return this.group();
      case '[':
        return { kind: 'one', set: this.bracket() };
      case '.':
        return { kind: 'one', set: new Uint8Array(SET_SIZE).fill(1) };
      case '^':
        return { kind: 'begin' };
      case '$':
        return { kind: 'end' };
      case '\\':
        return { kind: 'one', set: this.escape() };
      case '*':
      case '+':
      case '?':
        throw this.error(`there is nothing before '${character}' that could be repeated`);
      default:
        return { kind: 'one', set: setOf(this.ascii(character)) };
    }
  }

  private group(): PatternNode {
    if (this.take('?') && !this.take(':')) {
      throw this.error(
        "what begins with '(?' is not of POSIX's expressions: a name cannot be looked at ahead or behind",
      );
    }
    if (++this.depth > MAX_DEPTH) throw this.error(`groups lie more than ${MAX_DEPTH} deep in each other`);
    const node = this.alternatives();
    if (!this.take(')')) throw this.error("a '(' is not closed; write \\( for the character");
    this.depth--;
    return node;
  }

  private escape(): Uint8Array {
    const character = this.next();
    if (character === '') throw this.error("there is nothing after the last '\\'");
    const among = escapes.get(character.toLowerCase());
    if (among !== undefined) {
      const set = addRanges(new Uint8Array(SET_SIZE), among);
      return character === character.toLowerCase() ? set : inverted(set);
    }
    if (/[1-9]/.test(character)) throw this.error(`what was matched before (\\${character}) cannot be referred to`);
    if (/[a-z0]/i.test(character)) throw this.error(`'\\${character}' has no meaning here`);
    return setOf(this.ascii(character));
  }

  /** What follows `[`. */
  private bracket(): Uint8Array {
    const isInverted = this.take('^');
    const set = new Uint8Array(SET_SIZE);
    // A ']' that comes first is one of the characters.
    for (let isFirst = true; isFirst || !this.take(']'); isFirst = false) {
      const first = this.next();
      if (first === '') throw this.error("a '[' is not closed; write \\[ for the character");
      if (first === '[' && this.take(':')) {
        this.addClass(set);
      } else {
        const last = this.peek() === '-' && !this.text.startsWith('-]', this.index) ? this.rangeEnd() : first;
        const [from, to] = [this.ascii(first), this.ascii(last)];
        if (from > to) throw this.error(`the range '${first}-${last}' is the wrong way round`);
        addRanges(set, from + to);
      }
    }
    return isInverted ? inverted(set) : set;
  }

  private rangeEnd(): string {
    this.index++;
    return this.next();
  }

  private addClass(set: Uint8Array): void {
    const end = this.text.indexOf(':]', this.index);
    const name = end < 0 ? '' : this.text.slice(this.index, end);
    const ranges = classes.get(name);
    if (ranges === undefined) {
      throw this.error(`there is no such class of characters; there are ${[...classes.keys()].join(', ')}`);
    }
    addRanges(set, ranges);
    this.index = end + 2;
  }

  /** Undefined when what follows repeats nothing. */
  private repetition(): { readonly least: number; readonly most: number | undefined } | undefined {
    if (this.take('*')) return { least: 0, most: undefined };
    if (this.take('+')) return { least: 1, most: undefined };
    if (this.take('?')) return { least: 0, most: 1 };
    if (!this.take('{')) return undefined;
    const [written, first = '', comma, last] = /^(\d{1,3})(,)?(\d{1,3})?\}/.exec(this.text.slice(this.index)) ?? [];
    if (written === undefined) throw this.error("'{' wants {n}, {n,} or {n,m}; write \\{ for the character");
    const least = Number(first);
    const open = comma === undefined ? least : undefined;
    const most = last === undefined ? open : Number(last);
    if (least > MAX_REPEATS || (most ?? least) > MAX_REPEATS) throw this.error(`more than ${MAX_REPEATS} repetitions`);
    if (most !== undefined && most < least) throw this.error(`'{${written}' is the wrong way round`);
    this.index += written.length;
    return { least, most };
  }

  private ascii(character: string): string {
    if (character.charCodeAt(0) < 0x80) return character;
    throw this.error('names have ASCII characters only: write international names as xn--, other octets as \\\\DDD');
  }

  private peek(): string {
    return this.text.charAt(this.index);
  }

  /** Empty at the end. */
  private next(): string {
    return this.text.charAt(this.index++);
  }

  private take(character: string): boolean {
    const isThere = this.peek() === character;
    if (isThere) this.index++;
    return isThere;
  }

  private error(reason: string): PatternSyntaxError {
    return new PatternSyntaxError(`at character ${Math.min(this.index, this.text.length)}: ${reason}`);
  }
}

function setOf(character: string): Uint8Array {
  return addRanges(new Uint8Array(SET_SIZE), character + character);
}

/** Adds ranges, with both cases of each letter. */
function addRanges(set: Uint8Array, ranges: string): Uint8Array {
  for (let index = 0; index < ranges.length; index += 2) {
    for (let code = ranges.charCodeAt(index); code <= ranges.charCodeAt(index + 1); code++) {
      const character = String.fromCharCode(code);
      set[code] = 1;
      set[character.toLowerCase().charCodeAt(0)] = 1;
      set[character.toUpperCase().charCodeAt(0)] = 1;
    }
  }
  return set;
}

function inverted(set: Uint8Array): Uint8Array {
  return set.map((value) => 1 - value);
}
