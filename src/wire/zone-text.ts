// Master files: text to records and back (RFC 1035 5, RFC 2308 4 for $TTL, RFC 3597 5).
//
// Limitations: $INCLUDE and $GENERATE are errors, and `\#` in the place of a label length (RFC 2673) is unknown.
import { classText, isMetaType, parseClass, parseType, RRClass, typeText } from './constants.ts';
import { DomainName } from './name.ts';
import { nameText, parseName } from './name-text.ts';
import { parseRdataWords, rdataText } from './rdata-text.ts';
import { parseTtl } from './rdata-text-values.ts';
import type { ResourceRecord } from './record.ts';
import { type ZoneEntry, type ZoneWord, zoneEntries } from './zone-lexer.ts';

/** Errors reported of one text; reading stops there. */
const MAX_ERRORS = 100;

export interface ZoneTextOptions {
  /** What relative names are relative to until `$ORIGIN` says otherwise; the root when absent. */
  readonly origin?: DomainName;
  /** Seconds, as if the text began with `$TTL`. Without it a record that has no TTL, nor one before it, is an error. */
  readonly defaultTtl?: number;
  /** Name of the text's file, put in front of each error message together with the line. */
  readonly file?: string;
}

export interface ZoneTextError {
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

/** Reads all records of a text. An error costs its own entry only. */
export function parseZoneText(text: string, options: ZoneTextOptions = {}): ParsedZoneText {
  const parser = new ZoneTextParser(options);
  const records: ResourceRecord[] = [];
  const errors: ZoneTextError[] = [];
  for (const entry of zoneEntries(text)) {
    const result = entry.error ?? parser.entry(entry);
    if (typeof result === 'string') {
      const message = options.file === undefined ? result : `${options.file}:${entry.line}: ${result}`;
      errors.push({ line: entry.line, message });
      if (errors.length >= MAX_ERRORS) break;
    } else if (result !== undefined) {
      records.push(result);
    }
  }
  return { records, errors };
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

  /** The record of an entry; undefined for a directive, a text for an error. */
  entry(entry: ZoneEntry): ResourceRecord | string | undefined {
    const [first, ...others] = entry.words;
    if (entry.startsBlank) return this.record(entry.words);
    if (first === undefined) return undefined;
    if (first.text.startsWith('$') && !first.quoted) return this.directive(first.text, others);
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
