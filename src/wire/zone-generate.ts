// `$GENERATE` of master files: a range of numbers, and texts with `$` in the places of the number. Not in any RFC; BIND
// defined it, and PowerDNS and others read the same.
//
//   $GENERATE start-stop[/step] owner [ttl] [class] type content
//   $                      the number
//   ${offset[,width[,base]]}  the number plus offset, padded with zeros to width, in base d, o, x, X, or n, N: nibbles of
//                          hexadecimal in reverse, as in ip6.arpa
//   \$, $$                 a dollar sign

/** Numbers from `start` to `stop`, both included. */
export interface GenerateRange {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
}

/** A text with places for the number. */
export type GenerateTemplate = readonly (string | NumberPlace)[];

type NumberBase = 'd' | 'o' | 'x' | 'X' | 'n' | 'N';

interface NumberPlace {
  readonly offset: number;
  /** Least length of the number's text. */
  readonly width: number;
  readonly base: NumberBase;
}

/** The largest number of a range, as in BIND. */
const MAX_NUMBER = 0x7fff_ffff;
/** Longer than any name or character-string would be of use. */
const MAX_WIDTH = 255;

/** Reads `1-10` or `1-10/2`; a text says what is wrong. */
export function parseGenerateRange(text: string): GenerateRange | string {
  const match = /^([0-9]{1,10})-([0-9]{1,10})(?:\/([0-9]{1,10}))?$/.exec(text);
  if (match === null) return `the range '${text}' is not like 1-10 or 1-10/2`;
  const range = { start: Number(match[1]), stop: Number(match[2]), step: Number(match[3] ?? 1) };
  if (range.stop > MAX_NUMBER || range.start > range.stop) {
    return `the range '${text}' does not ascend to at most ${MAX_NUMBER}`;
  }
  return range.step === 0 ? `the range '${text}' has the step 0` : range;
}

/** How many numbers a range has. */
export function generateSteps({ start, stop, step }: GenerateRange): number {
  return Math.floor((stop - start) / step) + 1;
}

/** Finds the places of the number; a text says what is wrong. */
export function parseGenerateTemplate(text: string): GenerateTemplate | string {
  const parts: (string | NumberPlace)[] = [];
  let end = 0;
  for (const match of text.matchAll(/\\.|\$\$|\$\{([^}]*)\}|\$/g)) {
    const [found, modifier] = match;
    parts.push(text.slice(end, match.index));
    end = match.index + found.length;
    if (found.startsWith('\\')) {
      parts.push(found);
    } else if (found === '$$') {
      parts.push('\\$');
    } else {
      const place = modifier === undefined ? plainNumber : parseNumberPlace(modifier);
      if (place === undefined) return `'${found}' is not like \${offset,width,base}`;
      parts.push(place);
    }
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== '');
}

const plainNumber: NumberPlace = { offset: 0, width: 0, base: 'd' };
const bases = new Map<string, NumberBase>((['d', 'o', 'x', 'X', 'n', 'N'] as const).map((base) => [base, base]));

function parseNumberPlace(modifier: string): NumberPlace | undefined {
  const match = /^(-?[0-9]{1,10})(?:,([0-9]{1,3})(?:,([a-zA-Z]))?)?$/.exec(modifier);
  const base = bases.get(match?.[3] ?? 'd');
  const width = Number(match?.[2] ?? 0);
  return match === null || base === undefined || width > MAX_WIDTH
    ? undefined
    : { offset: Number(match[1]), width, base };
}

/** The template's text for one number; undefined when an offset makes the number negative. */
export function generatedText(template: GenerateTemplate, number: number): string | undefined {
  let text = '';
  for (const part of template) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const value = number + part.offset;
    if (value < 0) return undefined;
    text += numberText(value, part);
  }
  return text;
}

function numberText(value: number, { width, base }: NumberPlace): string {
  switch (base) {
    case 'd':
      return String(value).padStart(width, '0');
    case 'o':
      return value.toString(8).padStart(width, '0');
    case 'x':
      return value.toString(16).padStart(width, '0');
    case 'X':
      return value.toString(16).toUpperCase().padStart(width, '0');
    case 'n':
      return nibblesText(value, width);
    case 'N':
      return nibblesText(value, width).toUpperCase();
    default:
      return base satisfies never;
  }
}

/** The lowest digit first, a dot between any two; the width counts the dots. */
function nibblesText(value: number, width: number): string {
  const digits = Math.ceil(width / 2);
  return Array.from(value.toString(16).padStart(digits, '0')).reverse().join('.');
}
