// Presentation form of RDATA and back: the fields of known types, and `\# n hex` for any type (RFC 3597 5).
import { typeText } from './constants.ts';
import { DomainName } from './name.ts';
import { parseFields, RdataCursor, WordCursor } from './rdata-text-cursor.ts';
import { rdataFields } from './rdata-text-table.ts';
import { hexText, parseDecimal, parseHex } from './rdata-text-values.ts';
import { type ZoneWord, zoneWords } from './zone-lexer.ts';

/** RDLENGTH has sixteen bits. */
const MAX_RDATA_OCTETS = 0xffff;

/** RDATA read from text, or why it is none. */
export type ParsedRdata =
  | { readonly ok: true; readonly rdata: Uint8Array }
  | { readonly ok: false; readonly error: string };

/**
 * Presentation form of RDATA on one line: as `dig` writes it, hexadecimal and base 64 unbroken. Unknown types, and
 * RDATA that is not well formed or not in the one form that text can show, become `\# n hex`. What this writes,
 * `parseRdata` reads back to the same octets.
 */
export function rdataText(type: number, rdata: Uint8Array): string {
  return knownText(type, rdata) ?? unknownText(rdata);
}

function knownText(type: number, rdata: Uint8Array): string | undefined {
  const fields = rdataFields(type);
  if (fields === undefined) return undefined;
  const cursor = new RdataCursor(rdata);
  const texts: string[] = [];
  for (const field of fields) {
    const text = field.text(cursor);
    if (text === undefined) return undefined;
    // Fields at the end may be empty: no types, no parameters, no key.
    if (text !== '') texts.push(text);
  }
  return cursor.remaining === 0 ? texts.join(' ') : undefined;
}

/** The form for any RDATA: `\# 4 0A000001` (RFC 3597 5). */
export function unknownText(rdata: Uint8Array): string {
  return rdata.length === 0 ? '\\# 0' : `\\# ${rdata.length} ${hexText(rdata)}`;
}

/**
 * RDATA from zone-file text, given whole or word by word. A word holds escapes as written and may be in quotes; one
 * without quotes may hold spaces. Names without a trailing dot are relative to `origin`, or absolute without one.
 * The `\# n hex` form is taken for every type and its octets are not looked into.
 */
export function parseRdata(type: number, fields: readonly string[] | string, origin?: DomainName): ParsedRdata {
  const words = typeof fields === 'string' ? zoneWords(fields) : wordsOf(fields);
  return typeof words === 'string' ? { ok: false, error: words } : parseRdataWords(type, words, origin);
}

function wordsOf(fields: readonly string[]): readonly ZoneWord[] | string {
  const words: ZoneWord[] = [];
  for (const field of fields) {
    if (!field.includes('"')) {
      words.push({ text: field, quoted: false });
      continue;
    }
    const parsed = zoneWords(field);
    if (typeof parsed === 'string') return parsed;
    words.push(...parsed);
  }
  return words;
}

/** As `parseRdata`, from words that have been taken apart. */
export function parseRdataWords(type: number, words: readonly ZoneWord[], origin?: DomainName): ParsedRdata {
  const cursor = new WordCursor(words, origin ?? DomainName.root);
  const [first] = words;
  if (first?.text === '\\#' && !first.quoted) return parseUnknown(cursor);
  const fields = rdataFields(type);
  if (fields === undefined) {
    return { ok: false, error: `${typeText(type)} has no text form here; write \\#, the length and hexadecimal` };
  }
  const rdata = parseFields(fields, cursor);
  if (typeof rdata === 'string') return { ok: false, error: rdata };
  if (cursor.remaining > 0) return { ok: false, error: `'${cursor.peek()}' is too much` };
  if (rdata.length > MAX_RDATA_OCTETS) return { ok: false, error: `the content is longer than ${MAX_RDATA_OCTETS}` };
  return { ok: true, rdata };
}

function parseUnknown(words: WordCursor): ParsedRdata {
  words.next();
  const length = parseDecimal(words.next(), MAX_RDATA_OCTETS);
  if (length === undefined) return { ok: false, error: `\\# is followed by a length from 0 to ${MAX_RDATA_OCTETS}` };
  const rdata = parseHex(words.rest());
  if (rdata === undefined) return { ok: false, error: 'what should be hexadecimal is not' };
  if (rdata.length === length) return { ok: true, rdata };
  return { ok: false, error: `the length says ${length} octets, and ${rdata.length} are given` };
}
