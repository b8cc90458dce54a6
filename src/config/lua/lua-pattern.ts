// Lua's patterns (Lua manual 6.4.1) with an account of the work: a pattern can need exponential time, and the machine's
// count hook sees nothing of what a native function does.
import { LuaFailure } from './lua-values.ts';

/** What a capture holds: a piece of the subject, or the place of `()`, which counts from 1. */
export type Capture = { readonly start: number; readonly end: number } | { readonly position: number };

export interface PatternMatch {
  /** Offset of the first octet, and behind the last. */
  readonly start: number;
  readonly end: number;
  readonly captures: readonly Capture[];
}

const MAX_CAPTURES = 32;
const MAX_DEPTH = 200;
const STEPS_PER_CHARGE = 1024;

const OPEN = -1;
const POSITION = -2;

const code = (character: string) => character.charCodeAt(0);
const PERCENT = code('%');
const BRACKET = code('[');
const BRACKET_END = code(']');
const CARET = code('^');
const DASH = code('-');
const DOLLAR = code('$');
const DOT = code('.');
const PAREN = code('(');
const PAREN_END = code(')');

/** Characters of a pattern with a meaning: without any of them it is plain text. */
const specials = new Set(Array.from('^$*+?.([%-', code));

export function isPlainPattern(pattern: Uint8Array): boolean {
  return !pattern.some((octet) => specials.has(octet));
}

export interface PatternSearch {
  /** Offset at which the search starts. */
  readonly from: number;
  /** Whether a leading `^` ties the match to that offset; otherwise it stands for itself. */
  readonly anchors: boolean;
  /** A match that ends here is passed over: that of the last turn, found again as an empty one. */
  readonly lastEnd?: number | undefined;
}

/** The first match at or behind an offset; `charge` is told of steps done and throws when there were enough. */
export function searchPattern(
  subject: Uint8Array,
  pattern: Uint8Array,
  { from, anchors, lastEnd }: PatternSearch,
  charge: (steps: number) => void,
): PatternMatch | undefined {
  const anchored = anchors && pattern[0] === CARET;
  const matcher = new Matcher(subject, pattern, charge);
  for (let start = from; start <= subject.length; start++) {
    const match = matcher.matchAt(start, anchored ? 1 : 0);
    if (match !== undefined && match.end !== lastEnd) return match;
    if (anchored) return undefined;
  }
  return undefined;
}

/** The first place of `piece` at or behind `from`, or -1. */
export function searchPlain(
  subject: Uint8Array,
  piece: Uint8Array,
  from: number,
  charge: (steps: number) => void,
): number {
  const first = piece[0];
  if (first === undefined) return from;
  let steps = 0;
  for (let at = subject.indexOf(first, from); at !== -1; at = subject.indexOf(first, at + 1)) {
    if (at + piece.length > subject.length) return -1;
    let length = 1;
    while (length < piece.length && subject[at + length] === piece[length]) length++;
    if (length === piece.length) return at;
    steps += length;
    if (steps > STEPS_PER_CHARGE) {
      charge(steps);
      steps = 0;
    }
  }
  return -1;
}

/** One attempt after the other with the same pattern. Offsets into the subject are `s`, into the pattern `p`. */
class Matcher {
  private readonly subject: Uint8Array;
  private readonly pattern: Uint8Array;
  private readonly charge: (steps: number) => void;
  private captures: { start: number; length: number }[] = [];
  private depth = 0;
  private steps = 0;

  constructor(subject: Uint8Array, pattern: Uint8Array, charge: (steps: number) => void) {
    this.subject = subject;
    this.pattern = pattern;
    this.charge = charge;
  }

  matchAt(start: number, p: number): PatternMatch | undefined {
    this.captures = [];
    this.depth = 0;
    const end = this.match(start, p);
    if (end === undefined) return undefined;
    const captures = this.captures.map((capture): Capture => {
      if (capture.length === POSITION) return { position: capture.start + 1 };
      if (capture.length === OPEN) throw new LuaFailure('unfinished capture');
      return { start: capture.start, end: capture.start + capture.length };
    });
    return { start, end, captures };
  }

  /** The end of the match of the rest of the pattern, or undefined. */
  private match(from: number, patternFrom: number): number | undefined {
    if (++this.depth > MAX_DEPTH) throw new LuaFailure('pattern too complex');
    try {
      let s = from;
      let p = patternFrom;
      while (p < this.pattern.length) {
        this.step();
        const special = this.pattern[p];
        if (special === PAREN) return this.openCapture(s, p);
        if (special === PAREN_END) return this.closeCapture(s, p + 1);
        if (special === DOLLAR && p + 1 === this.pattern.length) return s === this.subject.length ? s : undefined;
        const next = special === PERCENT ? this.pattern[p + 1] : undefined;
        if (next === code('b')) {
          const end = this.matchBalance(s, p + 2);
          if (end === undefined) return undefined;
          s = end;
          p += 4;
        } else if (next === code('f')) {
          const set = p + 2;
          if (this.pattern[set] !== BRACKET) throw new LuaFailure("missing '[' after '%f' in pattern");
          const setEnd = this.itemEnd(set);
          const before = s === 0 ? 0 : (this.subject[s - 1] ?? 0);
          const after = this.subject[s] ?? 0;
          if (this.setHas(before, set, setEnd - 1) || !this.setHas(after, set, setEnd - 1)) return undefined;
          p = setEnd;
        } else if (next !== undefined && next >= code('0') && next <= code('9')) {
          const end = this.matchCaptured(s, next);
          if (end === undefined) return undefined;
          s = end;
          p += 2;
        } else {
          const itemEnd = this.itemEnd(p);
          const suffix = this.pattern[itemEnd];
          if (suffix === code('?')) {
            if (this.matchesItem(s, p, itemEnd)) {
              const end = this.match(s + 1, itemEnd + 1);
              if (end !== undefined) return end;
            }
            p = itemEnd + 1;
          } else if (suffix === code('*') || suffix === code('+')) {
            if (suffix === code('+') && !this.matchesItem(s, p, itemEnd)) return undefined;
            return this.matchLongest(suffix === code('+') ? s + 1 : s, p, itemEnd);
          } else if (suffix === DASH) {
            return this.matchShortest(s, p, itemEnd);
          } else {
            if (!this.matchesItem(s, p, itemEnd)) return undefined;
            s++;
            p = itemEnd;
          }
        }
      }
      return s;
    } finally {
      this.depth--;
    }
  }

  private step(): void {
    if (++this.steps % STEPS_PER_CHARGE === 0) this.charge(STEPS_PER_CHARGE);
  }

  private matchLongest(s: number, p: number, itemEnd: number): number | undefined {
    let count = 0;
    while (this.matchesItem(s + count, p, itemEnd)) count++;
    for (; count >= 0; count--) {
      const end = this.match(s + count, itemEnd + 1);
      if (end !== undefined) return end;
    }
    return undefined;
  }

  private matchShortest(from: number, p: number, itemEnd: number): number | undefined {
    for (let s = from; ; s++) {
      const end = this.match(s, itemEnd + 1);
      if (end !== undefined) return end;
      if (!this.matchesItem(s, p, itemEnd)) return undefined;
    }
  }

  private openCapture(s: number, p: number): number | undefined {
    if (this.captures.length >= MAX_CAPTURES) throw new LuaFailure('too many captures');
    const isPosition = this.pattern[p + 1] === PAREN_END;
    this.captures.push({ start: s, length: isPosition ? POSITION : OPEN });
    const count = this.captures.length;
    const end = this.match(s, isPosition ? p + 2 : p + 1);
    if (end === undefined) this.captures.length = count - 1;
    return end;
  }

  private closeCapture(s: number, p: number): number | undefined {
    const capture = this.captures.findLast(({ length }) => length === OPEN);
    if (capture === undefined) throw new LuaFailure('invalid pattern capture');
    capture.length = s - capture.start;
    const end = this.match(s, p);
    if (end === undefined) capture.length = OPEN;
    return end;
  }

  /** `%1`: what a capture matched, once more. */
  private matchCaptured(s: number, digit: number): number | undefined {
    const capture = this.captures[digit - code('1')];
    if (capture === undefined || capture.length === OPEN) {
      throw new LuaFailure(`invalid capture index %${digit - code('0')}`);
    }
    const { start, length } = capture;
    if (length === POSITION || this.subject.length - s < length) return undefined;
    for (let offset = 0; offset < length; offset++) {
      this.step();
      if (this.subject[start + offset] !== this.subject[s + offset]) return undefined;
    }
    return s + length;
  }

  /** `%bxy`: from an x to the y that balances it. */
  private matchBalance(s: number, p: number): number | undefined {
    const [open, close] = [this.pattern[p], this.pattern[p + 1]];
    if (open === undefined || close === undefined) {
      throw new LuaFailure("malformed pattern (missing arguments to '%b')");
    }
    if (this.subject[s] !== open) return undefined;
    let level = 1;
    for (let at = s + 1; at < this.subject.length; at++) {
      this.step();
      if (this.subject[at] === close) {
        if (--level === 0) return at + 1;
      } else if (this.subject[at] === open) level++;
    }
    return undefined;
  }

  /** Where the single item at `p` ends: a character, a class or a set. */
  private itemEnd(p: number): number {
    const first = this.pattern[p];
    let end = p + 1;
    if (first === PERCENT) {
      if (end >= this.pattern.length) throw new LuaFailure("malformed pattern (ends with '%')");
      return end + 1;
    }
    if (first !== BRACKET) return end;
    if (this.pattern[end] === CARET) end++;
    do {
      const octet = this.pattern[end++];
      if (octet === undefined) throw new LuaFailure("malformed pattern (missing ']')");
      if (octet === PERCENT) end++;
    } while (this.pattern[end] !== BRACKET_END);
    return end + 1;
  }

  private matchesItem(s: number, p: number, itemEnd: number): boolean {
    this.step();
    const octet = this.subject[s];
    if (octet === undefined) return false;
    const item = this.pattern[p];
    if (item === DOT) return true;
    if (item === PERCENT) return isInClass(octet, this.pattern[p + 1] ?? 0);
    if (item === BRACKET) return this.setHas(octet, p, itemEnd - 1);
    return item === octet;
  }

  /** Whether the set from `[` at `p` to `]` at `last` has an octet. */
  private setHas(octet: number, p: number, last: number): boolean {
    let at = p + 1;
    let found = true;
    if (this.pattern[at] === CARET) {
      found = false;
      at++;
    }
    for (; at < last; at++) {
      this.step();
      const item = this.pattern[at] ?? 0;
      if (item === PERCENT) {
        if (isInClass(octet, this.pattern[++at] ?? 0)) return found;
      } else if (this.pattern[at + 1] === DASH && at + 2 < last) {
        if (item <= octet && octet <= (this.pattern[at + 2] ?? 0)) return found;
        at += 2;
      } else if (item === octet) return found;
    }
    return !found;
  }
}

const classes = new Map<string, RegExp>([
  ['a', /[A-Za-z]/],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this class is.
  ['c', /[\0-\x1f\x7f]/],
  ['d', /[0-9]/],
  ['g', /[!-~]/],
  ['l', /[a-z]/],
  ['p', /[!-/:-@[-`{-~]/],
  ['s', /[\t-\r ]/],
  ['u', /[A-Z]/],
  ['w', /[A-Za-z0-9]/],
  ['x', /[A-Fa-f0-9]/],
]);
/** For each letter of a class, whether each octet is in it. */
const classMembers = new Map(
  Array.from(classes, ([letter, form]) => [
    code(letter),
    Array.from({ length: 256 }, (_, octet) => form.test(String.fromCharCode(octet))),
  ]),
);

/** A capital letter is the class's complement; what is no letter of a class stands for itself. */
function isInClass(octet: number, letter: number): boolean {
  const members = classMembers.get(letter | 0x20);
  const isLetter = (letter >= 0x41 && letter <= 0x5a) || (letter >= 0x61 && letter <= 0x7a);
  if (members === undefined || !isLetter) return letter === octet;
  const isCapital = letter < 0x61;
  return members[octet] !== isCapital;
}
