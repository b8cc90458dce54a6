// When something that was configured ends: a duration from now (`7d`, `12h`, `30m`, `2w`, seconds), or a date.
import { type Parsed, parsed, refused } from './parsed.ts';

const unitSeconds = new Map<string, number>([
  ['', 1],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
]);

/** Longest duration, about ten years: more is a date in the wrong place, or a slip of the unit. */
const MAX_SECONDS = 315_360_000;

const forms = "a duration such as '7d', '12h', '30m', '2w' or a number of seconds, or a date such as 2026-12-31";

/**
 * The wall-clock second (since 1970) at which a text says that something ends. Durations count from `nowSeconds`; dates
 * are ISO 8601 and in UTC unless they say otherwise. An end that has passed is no error.
 */
export function parseExpiry(text: string, nowSeconds: number): Parsed<number> {
  const word = text.trim();
  const duration = /^([0-9]{1,10})\s*([a-z]?)$/i.exec(word);
  if (duration !== null) {
    const unit = unitSeconds.get((duration[2] ?? '').toLowerCase());
    if (unit === undefined) return refused(`'${duration[2]}' is no unit of time; write s, m, h, d or w`);
    const seconds = Number(duration[1]) * unit;
    if (seconds === 0) return refused('the duration is zero');
    if (seconds > MAX_SECONDS) return refused(`'${word}' is longer than ten years`);
    return parsed(Math.floor(nowSeconds) + seconds);
  }
  return parseDate(word);
}

/** ISO 8601: a date, or a date with a time and perhaps a zone. Without a zone it is UTC on every machine. */
function parseDate(word: string): Parsed<number> {
  const parts =
    /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)(Z|[+-][0-9]{2}:?[0-9]{2})?)?$/i.exec(
      word,
    );
  if (parts === null) return refused(`'${word.slice(0, 60)}' is neither ${forms}`);
  const [, date = '', time = '00:00', zone = 'Z'] = parts;
  const milliseconds = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  if (Number.isNaN(milliseconds) || !isRealDate(date)) return refused(`'${word}' is no date of the calendar`);
  return parsed(Math.floor(milliseconds / 1000));
}

/** JavaScript takes 30 February for 2 March. */
function isRealDate(date: string): boolean {
  const milliseconds = Date.parse(`${date}T00:00Z`);
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(date);
}

/** The date of a wall-clock second, as `parseExpiry` reads it: `2026-12-31T12:00:00Z`. */
export function expiryText(expiresAtSeconds: number): string {
  return new Date(expiresAtSeconds * 1000).toISOString().replace(/\.000Z$/, 'Z');
}
