// Master files: text to records and back (RFC 1035 5, RFC 2308 4 for $TTL, RFC 3597 5).
//
// Limitation: `\#` in the place of a label length (RFC 2673) is unknown.
import { classText, isMetaType, parseClass, parseType, RRClass, typeText } from './constants.ts';
import { DomainName } from './name.ts';
import { nameText, parseName } from './name-text.ts';
import { parseRdataWords, rdataText } from './rdata-text.ts';
import { parseTtl } from './rdata-text-values.ts';
import type { ResourceRecord } from './record.ts';
import { generatedText, generateSteps, parseGenerateRange, parseGenerateTemplate } from './zone-generate.ts';
import { type ZoneEntry, type ZoneWord, zoneEntries } from './zone-lexer.ts';

/** Errors reported of one text; reading stops there. */
const MAX_ERRORS = 100;
/** Files that one text may include, directly or not: nested ones multiply. */
const MAX_INCLUDES = 1000;
/** Records that all `$GENERATE` of one text may make, whatever the caller allows for each. */
const MAX_GENERATED_RECORDS = 1_000_000;

export interface ZoneTextOptions {
  /** What relative names are relative to until `$ORIGIN` says otherwise; the root when absent. */
  readonly origin?: DomainName;
  /** Seconds, as if the text began with `$TTL`. Without it a record that has no TTL, nor one before it, is an error. */
  readonly defaultTtl?: number;
  /** Name of the text's file, put in front of each error message together with the line. */
  readonly file?: string;
  /** Reads the files that `$INCLUDE` names; without it `$INCLUDE` is an error. */
  readonly include?: ZoneFileReader;
  /** How deep files may include files; 0 forbids `$INCLUDE`. */
  readonly maxIncludeDepth?: number;
  /** Records that one `$GENERATE` may make; without it `$GENERATE` is an error. */
  readonly maxGenerateSteps?: number;
}

/** Reads a file as `$INCLUDE` writes it. `includedBy` is the file in which it stands. Gives the text, and the file's full name. */
export type ZoneFileReader = (
  path: string,
  includedBy: string | undefined,
) =>
  | { readonly ok: true; readonly file: string; readonly text: string }
  | { readonly ok: false; readonly error: string };

export interface ZoneTextError {
  /** The file, where one was named; an included one for an error in it. */
  readonly file?: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface ParsedZoneText {
  /** In the order of the text, without those that had errors. */
  readonly records: ResourceRecord[];
  readonly errors: ZoneTextError[];
}

/** One record on one line: owner, TTL, class, type and RDATA, each behind one space. */
export function recordText(record: ResourceRecord): string {
  const { name, ttl, type } = record;
  return `${nameText(name)} ${ttl} ${classText(record.class)} ${typeText(type)} ${rdataText(type, record.rdata)}`.trimEnd();
}

/** Reads all records of a text and of the files it includes. An error costs its own entry only. */
export function parseZoneText(text: string, options: ZoneTextOptions = {}): ParsedZoneText {
  const run = new ZoneTextRun(options);
  run.read(text, options.file, new ZoneTextParser(options), 0);
  return { records: run.records, errors: run.errors };
}

/** One text with everything it includes. */
class ZoneTextRun {
  readonly records: ResourceRecord[] = [];
  readonly errors: ZoneTextError[] = [];
  private readonly options: ZoneTextOptions;
  private includes = 0;
  private generated = 0;

  constructor(options: ZoneTextOptions) {
    this.options = options;
  }

  read(text: string, file: string | undefined, parser: ZoneTextParser, depth: number): void {
    for (const entry of zoneEntries(text)) {
      if (this.errors.length >= MAX_ERRORS) return;
      const error = entry.error ?? this.entry(entry, file, parser, depth);
      if (error !== undefined) this.report(error, file, entry.line);
    }
  }

  private report(error: string, file: string | undefined, line: number): void {
    if (file === undefined) this.errors.push({ line, message: error });
    else this.errors.push({ file, line, message: `${file}:${line}: ${error}` });
  }

  /** Takes an entry in, or says what is wrong with it. */
  private entry(entry: ZoneEntry, file: string | undefined, parser: ZoneTextParser, depth: number): string | undefined {
    const [first, ...others] = entry.words;
    const directive = entry.startsBlank || first?.quoted === true ? '' : (first?.text.toUpperCase() ?? '');
    if (directive === '$INCLUDE') return this.include(others, file, parser, depth);
    if (directive === '$GENERATE') return this.generate(others, parser);
    return this.take(parser.entry(entry));
  }

  private take(record: ResourceRecord | string | undefined): string | undefined {
    if (typeof record === 'string') return record;
    if (record !== undefined) this.records.push(record);
    return undefined;
  }

  /** RFC 1035 5.1: the file is read with the origin given, and changes no origin and no owner here. */
  private include(
    [path, origin, surplus]: readonly ZoneWord[],
    file: string | undefined,
    parser: ZoneTextParser,
    depth: number,
  ): string | undefined {
    const { include, maxIncludeDepth = 0 } = this.options;
    if (include === undefined) return '$INCLUDE is not supported here';
    if (path === undefined || surplus !== undefined) return '$INCLUDE takes a file, and an origin if need be';
    if (depth >= maxIncludeDepth) {
      return maxIncludeDepth === 0 ? '$INCLUDE is not allowed' : `$INCLUDE is nested more than ${maxIncludeDepth} deep`;
    }
    if (++this.includes > MAX_INCLUDES) return `more than ${MAX_INCLUDES} files are included`;
    const within = parser.forInclude(origin?.text);
    if (typeof within === 'string') return within;
    const found = include(path.text, file);
    if (!found.ok) return `$INCLUDE '${path.text}': ${found.error}`;
    this.read(found.text, found.file, within, depth + 1);
    return undefined;
  }

  /** The first number that makes no record ends the directive, so that a long range reports one error. */
  private generate([rangeWord, ...words]: readonly ZoneWord[], parser: ZoneTextParser): string | undefined {
    const { maxGenerateSteps } = this.options;
    if (maxGenerateSteps === undefined) return '$GENERATE is not supported here';
    const range = parseGenerateRange(rangeWord?.text ?? '');
    if (typeof range === 'string') return `$GENERATE: ${range}`;
    const steps = generateSteps(range);
    if (steps > maxGenerateSteps) return `$GENERATE makes ${steps} records, more than the ${maxGenerateSteps} allowed`;
    this.generated += steps;
    if (this.generated > MAX_GENERATED_RECORDS) return `$GENERATE: more than ${MAX_GENERATED_RECORDS} records in all`;
    const templates = words.map(({ text, quoted }) => ({ template: parseGenerateTemplate(text), quoted }));
    for (let number = range.start; number <= range.stop; number += range.step) {
      const made: ZoneWord[] = [];
      for (const { template, quoted } of templates) {
        const text = typeof template === 'string' ? undefined : generatedText(template, number);
        if (text === undefined) {
          return `$GENERATE: ${typeof template === 'string' ? template : `an offset makes ${number} negative`}`;
        }
        made.push({ text, quoted });
      }
      const error = this.take(parser.owned(made));
      if (error !== undefined) return `$GENERATE, at ${number}: ${error}`;
    }
    return undefined;
  }
}

/** What carries over from one entry to the next. */
class ZoneTextParser {
  private origin: DomainName;
  private defaultTtl: number | undefined;
  private lastTtl: number | undefined;
  private lastOwner: DomainName | undefined;
  private lastClass: number = RRClass.IN;

  constructor(options: ZoneTextOptions) {
    this.origin = options.origin ?? DomainName.root;
    this.defaultTtl = options.defaultTtl;
  }

  /** A parser for an included file, which takes over what holds here; a text says why the origin is none. */
  forInclude(originText: string | undefined): ZoneTextParser | string {
    const origin = originText === undefined ? undefined : parseName(originText, this.origin);
    if (origin?.ok === false) return `$INCLUDE: origin '${originText}': ${origin.error}`;
    const parser = new ZoneTextParser({ origin: origin?.name ?? this.origin });
    parser.defaultTtl = this.defaultTtl;
    parser.lastTtl = this.lastTtl;
    parser.lastOwner = this.lastOwner;
    parser.lastClass = this.lastClass;
    return parser;
  }

  /** The record of an entry; undefined for a directive, a text for an error. */
  entry(entry: ZoneEntry): ResourceRecord | string | undefined {
    const [first, ...others] = entry.words;
    if (entry.startsBlank) return this.record(entry.words);
    if (first === undefined) return undefined;
    if (first.text.startsWith('$') && !first.quoted) return this.directive(first.text, others);
    return this.owned(entry.words);
  }

  /** The record of words that begin with its owner; a text for an error. */
  owned([first, ...others]: readonly ZoneWord[]): ResourceRecord | string {
    if (first === undefined) return 'the owner is missing';
    const owner = parseName(first.text, this.origin);
    if (!owner.ok) return `owner '${first.text}': ${owner.error}`;
    this.lastOwner = owner.name;
    return this.record(others);
  }

  private directive(directive: string, words: readonly ZoneWord[]): string | undefined {
    const [argument, surplus] = words;
    const upper = directive.toUpperCase();
    if (upper !== '$ORIGIN' && upper !== '$TTL') return `${directive} is not supported`;
    if (argument === undefined || surplus !== undefined) return `${directive} takes one argument`;
    if (upper === '$ORIGIN') {
      const origin = parseName(argument.text, this.origin);
      if (!origin.ok) return `$ORIGIN '${argument.text}': ${origin.error}`;
      this.origin = origin.name;
      return undefined;
    }
    const ttl = parseTtl(argument.text);
    if (ttl === undefined) return `$TTL '${argument.text}' is no time in seconds`;
    this.defaultTtl = ttl;
    return undefined;
  }

  /** TTL and class in either order, both optional, then type and content. */
  private record(words: readonly ZoneWord[]): ResourceRecord | string {
    const name = this.lastOwner;
    if (name === undefined) return 'the first record has no owner';
    let ttl: number | undefined;
    let rrclass: number | undefined;
    let index = 0;
    for (; index < 2; index++) {
      const word = words[index]?.text ?? '';
      const asTtl = ttl === undefined && /^[0-9]/.test(word) ? parseTtl(word) : undefined;
      const asClass = rrclass === undefined ? parseDataClass(word) : undefined;
      if (asTtl !== undefined) ttl = asTtl;
      else if (asClass !== undefined) rrclass = asClass;
      else break;
    }
    const typeWord = words[index]?.text;
    if (typeWord === undefined) return 'the type is missing';
    const type = parseType(typeWord);
    if (type === undefined) return `'${typeWord}' is no record type`;
    if (isMetaType(type)) return `${typeText(type)} records do not belong in a zone`;
    if (ttl !== undefined) this.lastTtl = ttl;
    if (rrclass !== undefined) this.lastClass = rrclass;
    const effectiveTtl = ttl ?? this.defaultTtl ?? this.lastTtl;
    if (effectiveTtl === undefined) return 'there is no TTL: give one, or $TTL before';
    const parsed = parseRdataWords(type, words.slice(index + 1), this.origin);
    if (!parsed.ok) return `${typeText(type)}: ${parsed.error}`;
    return { name, type, class: this.lastClass, ttl: effectiveTtl, rdata: parsed.rdata };
  }
}

/** The number of a class that data may have: neither `ANY` nor `NONE` (RFC 2136 1.3), which are no types here either. */
function parseDataClass(word: string): number | undefined {
  const rrclass = parseClass(word);
  return rrclass === RRClass.ANY || rrclass === RRClass.NONE ? undefined : rrclass;
}
