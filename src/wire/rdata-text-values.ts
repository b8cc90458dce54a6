// Values that have a text form of their own in zone files: numbers, times, quoted texts, hexadecimal and base 64.
import { parseEscape } from './name-text.ts';

/** A decimal number from 0 to `max`; undefined when the text is none. */
export function parseDecimal(text: string, max: number): number | undefined {
  return /^[0-9]{1,10}$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}

const ttlUnitSeconds = new Map([
  ['w', 604800],
  ['d', 86400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
]);

/** Seconds from a number, or from numbers with units as in `1h30m`; undefined when it is none or above `max`. */
export function parseTtl(text: string, max = 0x7fffffff): number | undefined {
  if (/^[0-9]+$/.test(text)) return parseDecimal(text, max);
  if (!/^(?:[0-9]{1,10}[wdhms])+$/i.test(text)) return undefined;
  let seconds = 0;
  for (const [, digits = '', unit = ''] of text.matchAll(/([0-9]+)([a-z])/gi)) {
    seconds += Number(digits) * (ttlUnitSeconds.get(unit.toLowerCase()) ?? 0);
  }
  return seconds <= max ? seconds : undefined;
}

/** `YYYYMMDDHHmmSS` of 32-bit seconds since 1970, read as unsigned. */
export function dateText(seconds: number): string {
  return new Date(seconds * 1000)
    .toISOString()
    .replace(/[^0-9]/g, '')
    .slice(0, 14);
}

/** Seconds since 1970 of `YYYYMMDDHHmmSS`, or of a decimal number; undefined when out of 32 bits. */
export function parseDate(text: string): number | undefined {
  const parts = /^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})$/.exec(text);
  if (parts === null) return parseDecimal(text, 0xffffffff);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  const seconds = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  // A day or hour that does not exist would roll over into another date.
  return seconds >= 0 && seconds <= 0xffffffff && dateText(seconds) === text ? seconds : undefined;
}

/**
 * The octets of a written text, its escapes resolved (RFC 1035 5.1), or why it has none; what is not ASCII
 * becomes UTF-8.
 */
export function parseCharacters(text: string): Uint8Array | string {
  const octets: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const code = text.codePointAt(index) ?? 0;
    if (code === 0x5c) {
      const parsed = parseEscape(text, index + 1);
      if (parsed === undefined) return `bad escape at character ${index + 1} of '${text}'`;
      octets.push(parsed.octet);
      index += parsed.length;
    } else if (code < 0x80) {
      octets.push(code);
    } else {
      octets.push(...new TextEncoder().encode(String.fromCodePoint(code)));
      if (code > 0xffff) index++;
    }
  }
  return Uint8Array.from(octets);
}

/** Octets as text to stand between quotes: quote and backslash escaped, what is not printable ASCII as `\DDD`. */
export function charactersText(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) {
    if (octet === 0x22 || octet === 0x5c) text += `\\${String.fromCharCode(octet)}`;
    else if (octet >= 0x20 && octet < 0x7f) text += String.fromCharCode(octet);
    else text += `\\${String(octet).padStart(3, '0')}`;
  }
  return text;
}

/** Upper-case hexadecimal digits. */
export function hexText(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += octet.toString(16).padStart(2, '0');
  return text.toUpperCase();
}

/** Octets of hexadecimal digits; undefined when the text is none. */
export function parseHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const octets = new Uint8Array(text.length / 2);
  for (let index = 0; index < octets.length; index++) {
    octets[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16);
  }
  return octets;
}

export function base64Text(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64');
}

/** Octets of base 64 with its padding (RFC 4648 4); undefined when the text is none. */
export function parseBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Uint8Array.from(Buffer.from(text, 'base64'));
}
