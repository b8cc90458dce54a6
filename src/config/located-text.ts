// Text of which every character still knows where it stood: settings are put together from continued lines, from lines
// with `+=` and from several files, and an error names the very place.
import type { Place } from './input.ts';

/** From this offset on, the text stands at this place and to the right of it. */
interface Start {
  readonly offset: number;
  readonly place: Place;
}

export class LocatedText {
  readonly text: string;
  readonly #starts: readonly Start[];

  private constructor(text: string, starts: readonly Start[]) {
    this.text = text;
    this.#starts = starts;
  }

  /** A text that stands on one line. */
  static at(text: string, place: Place): LocatedText {
    return new LocatedText(text, [{ offset: 0, place }]);
  }

  /** Parts one after the other, with a separator that stands in no file. At least one part. */
  static joined(parts: readonly LocatedText[], separator = ''): LocatedText {
    const starts: Start[] = [];
    let length = 0;
    for (const part of parts) {
      if (length > 0) length += separator.length;
      for (const { offset, place } of part.#starts) starts.push({ offset: length + offset, place });
      length += part.text.length;
    }
    return new LocatedText(parts.map((part) => part.text).join(separator), starts);
  }

  /** Of the first character; for an empty text, where it would stand. */
  get place(): Place {
    return this.placeAt(0);
  }

  placeAt(offset: number): Place {
    const start = this.#starts[this.#startIndex(offset)];
    if (start === undefined) throw new RangeError('a located text has at least one start');
    return { ...start.place, column: start.place.column + offset - start.offset };
  }

  slice(from: number, to = this.text.length): LocatedText {
    // Nearly always: ten thousand parts of one long line.
    if (this.#starts.length === 1) return LocatedText.at(this.text.slice(from, to), this.placeAt(from));
    const inside = this.#starts.slice(this.#startIndex(from) + 1, this.#startIndex(to) + 1);
    const starts = inside.map(({ offset, place }) => ({ offset: offset - from, place }));
    return new LocatedText(this.text.slice(from, to), [{ offset: 0, place: this.placeAt(from) }, ...starts]);
  }

  trimmed(): LocatedText {
    const start = this.text.search(/\S/);
    return start === -1 ? this.slice(0, 0) : this.slice(start, this.text.trimEnd().length);
  }

  /** The parts between a separator; empty ones do not count. */
  split(separator: string): LocatedText[] {
    return this.matches(new RegExp(`[^${separator}]+`, 'g'));
  }

  /** The parts that match a pattern with the flag `g`. */
  matches(pattern: RegExp): LocatedText[] {
    return Array.from(this.text.matchAll(pattern), (match) => this.slice(match.index, match.index + match[0].length));
  }

  /** The last start at or before an offset. Halving: a list may be continued over thousands of lines. */
  #startIndex(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle]?.offset ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
