// Master file format cut into entries and words (RFC 1035 5.1): parentheses, quotes, comments, escapes.

/** A word of an entry: escapes stand as written, the quotes around it are gone. */
export interface ZoneWord {
  readonly text: string;
  /** It was written in quotes as a whole: it may hold spaces, be empty, and has no special meaning. */
  readonly quoted: boolean;
}

/** One line, or several joined by parentheses. */
export interface ZoneEntry {
  /** Line of the first word, from 1. */
  readonly line: number;
  /** The line begins with white space: the owner is the one of the entry before. */
  readonly startsBlank: boolean;
  readonly words: readonly ZoneWord[];
  /** Why the entry cannot be read; its words are then incomplete. */
  readonly error: string | undefined;
}

/** The entries of a text that have words or an error, in order. Takes time linear in the length of the text. */
export function* zoneEntries(text: string): Generator<ZoneEntry> {
  const lexer = new ZoneLexer(text);
  while (!lexer.atEnd) {
    const entry = lexer.entry();
    if (entry.words.length > 0 || entry.error !== undefined) yield entry;
  }
}

/** The words of one piece of record content, or why it cannot be read. */
export function zoneWords(text: string): readonly ZoneWord[] | string {
  const words: ZoneWord[] = [];
  for (const entry of zoneEntries(text)) {
    if (entry.error !== undefined) return entry.error;
    words.push(...entry.words);
  }
  return words;
}

const SPACE = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SEMICOLON = 0x3b;
const OPENING = 0x28;
const CLOSING = 0x29;

class ZoneLexer {
  private readonly text: string;
  private offset = 0;
  private line = 1;

  constructor(text: string) {
    this.text = text;
  }

  get atEnd(): boolean {
    return this.offset >= this.text.length;
  }

  entry(): ZoneEntry {
    const words: ZoneWord[] = [];
    const startsBlank = isBlank(this.peek());
    let line = this.line;
    let depth = 0;
    let error: string | undefined;
    while (!this.atEnd) {
      const code = this.peek();
      if (code === LINE_FEED) {
        this.offset++;
        this.line++;
        if (depth === 0) break;
      } else if (isBlank(code)) {
        this.offset++;
      } else if (code === SEMICOLON) {
        this.skipComment();
      } else if (code === OPENING) {
        this.offset++;
        depth++;
      } else if (code === CLOSING) {
        this.offset++;
        if (depth > 0) depth--;
        else error ??= 'a closing parenthesis without an opening one';
      } else {
        if (words.length === 0) line = this.line;
        const word = code === QUOTE ? this.quotedWord() : this.bareWord();
        if (word === undefined) error ??= 'a quoted text does not end on its line';
        else words.push(word);
      }
    }
    if (depth > 0) error ??= 'an opening parenthesis is never closed';
    return { line, startsBlank, words, error };
  }

  private peek(): number {
    return this.text.charCodeAt(this.offset);
  }

  private skipComment(): void {
    const end = this.text.indexOf('\n', this.offset);
    this.offset = end < 0 ? this.text.length : end;
  }

  /** Text between quotes; undefined when the line ends first. */
  private quotedWord(): ZoneWord | undefined {
    const start = this.offset + 1;
    if (!this.skipQuoted()) return undefined;
    return { text: this.text.slice(start, this.offset - 1), quoted: true };
  }

  /** Moves from an opening quote behind the closing one; false when the line ends first. */
  private skipQuoted(): boolean {
    for (this.offset++; !this.atEnd; this.offset++) {
      const code = this.peek();
      if (code === LINE_FEED) return false;
      if (code === QUOTE) {
        this.offset++;
        return true;
      }
      if (code === BACKSLASH && this.text.charCodeAt(this.offset + 1) !== LINE_FEED) this.offset++;
    }
    return false;
  }

  /** A word without quotes around it. Inside it they may enclose a value, as in `alpn="h2,h3"` (RFC 9460 2.1). */
  private bareWord(): ZoneWord | undefined {
    let start = this.offset;
    let text = '';
    while (!this.atEnd) {
      const code = this.peek();
      if (code === QUOTE) {
        text += this.text.slice(start, this.offset);
        start = this.offset + 1;
        if (!this.skipQuoted()) return undefined;
        text += this.text.slice(start, this.offset - 1);
        start = this.offset;
      } else if (isBlank(code) || code === LINE_FEED || code === SEMICOLON || code === OPENING || code === CLOSING) {
        break;
      } else {
        const isEscape = code === BACKSLASH && this.text.charCodeAt(this.offset + 1) !== LINE_FEED;
        this.offset = Math.min(this.offset + (isEscape ? 2 : 1), this.text.length);
      }
    }
    return { text: text + this.text.slice(start, this.offset), quoted: false };
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB || code === CARRIAGE_RETURN;
}
