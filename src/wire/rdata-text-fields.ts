// The fields that RDATA is made of, each as a pair: wire octets to presentation text, and text to octets. A writer
// of text accepts only octets that its own reader gives back, so that no text stands for octets other than its own.
import { addressText, parseIPv4, parseIPv6 } from './address-text.ts';
import { base32hexText, parseBase32hex } from './base32hex.ts';
import { parseAlgorithm, parseType, typeText } from './constants.ts';
import { nameText, parseName } from './name-text.ts';
import { bitmapTypes, buildTypeBitmap, isTypeBitmap } from './rdata-dnssec.ts';
import {
  joinOctets,
  numberOctets,
  type ParsedField,
  type RdataCursor,
  type RdataField,
  type WordCursor,
} from './rdata-text-cursor.ts';
import {
  base64Text,
  charactersText,
  dateText,
  hexText,
  parseBase64,
  parseCharacters,
  parseDate,
  parseDecimal,
  parseHex,
  parseTtl,
} from './rdata-text-values.ts';

function decimalField(octetCount: 1 | 2 | 4): RdataField {
  const max = 256 ** octetCount - 1;
  return {
    text: (cursor) => {
      const value = octetCount === 1 ? cursor.u8() : octetCount === 2 ? cursor.u16() : cursor.u32();
      return value?.toString();
    },
    parse: (words) => {
      const word = words.next();
      const value = parseDecimal(word, max);
      return value === undefined ? `'${word}' is not a number from 0 to ${max}` : numberOctets(value, octetCount);
    },
  };
}

export const u8Field = decimalField(1);
export const u16Field = decimalField(2);
export const u32Field = decimalField(4);

/** A number that also has names; written as `mnemonic` says, which gives a number for what has none. */
function mnemonicField(
  octetCount: 1 | 2,
  what: string,
  mnemonic: (value: number) => string,
  parse: (text: string) => number | undefined,
): RdataField {
  return {
    text: (cursor) => {
      const value = octetCount === 1 ? cursor.u8() : cursor.u16();
      return value === undefined ? undefined : mnemonic(value);
    },
    parse: (words) => {
      const word = words.next();
      const value = parse(word);
      return value === undefined ? `'${word}' is no ${what}` : numberOctets(value, octetCount);
    },
  };
}

/** A DNSSEC algorithm: written as a number, read as one or as a mnemonic. */
export const algorithmField = mnemonicField(1, 'DNSSEC algorithm', String, parseAlgorithm);
export const typeField = mnemonicField(2, 'record type', typeText, parseType);

const certificateTypes = new Map<string, number>([
  ['PKIX', 1],
  ['SPKI', 2],
  ['PGP', 3],
  ['IPKIX', 4],
  ['ISPKI', 5],
  ['IPGP', 6],
  ['ACPKIX', 7],
  ['IACPKIX', 8],
  ['URI', 253],
  ['OID', 254],
]);
const certificateTypeNames = new Map([...certificateTypes].map(([name, value]) => [value, name]));

/** RFC 4398 2.1. */
export const certificateTypeField = mnemonicField(
  2,
  'certificate type',
  (value) => certificateTypeNames.get(value) ?? String(value),
  (text) => certificateTypes.get(text.toUpperCase()) ?? parseDecimal(text, 0xffff),
);

/** Seconds: written as a number, read with units too. */
export const secondsField: RdataField = {
  text: (cursor) => cursor.u32()?.toString(),
  parse: (words) => {
    const word = words.next();
    const seconds = parseTtl(word, 0xffffffff);
    return seconds === undefined ? `'${word}' is no time in seconds` : numberOctets(seconds, 4);
  },
};

/** RFC 4034 3.2: `YYYYMMDDHHmmSS` in UTC, or seconds since 1970. */
export const dateField: RdataField = {
  text: (cursor) => {
    const seconds = cursor.u32();
    return seconds === undefined ? undefined : dateText(seconds);
  },
  parse: (words) => {
    const word = words.next();
    const seconds = parseDate(word);
    return seconds === undefined ? `'${word}' is no time as YYYYMMDDHHmmSS` : numberOctets(seconds, 4);
  },
};

function addressField(octetCount: number, family: string, parse: (text: string) => Uint8Array | undefined): RdataField {
  return {
    text: (cursor) => {
      const octets = cursor.take(octetCount);
      return octets === undefined ? undefined : addressText(octets);
    },
    parse: (words) => {
      const word = words.next();
      return parse(word) ?? `'${word}' is no ${family} address`;
    },
  };
}

export const ipv4Field = addressField(4, 'IPv4', parseIPv4);
export const ipv6Field = addressField(16, 'IPv6', parseIPv6);

export const nameField: RdataField = {
  text: (cursor) => {
    const name = cursor.name();
    return name === undefined ? undefined : nameText(name);
  },
  parse: (words) => {
    const word = words.next();
    const parsed = parseName(word, words.origin);
    return parsed.ok ? parsed.name.octets : `'${word}': ${parsed.error}`;
  },
};

function parseString(words: WordCursor): ParsedField {
  if (words.remaining === 0) return 'a text is missing';
  const octets = parseCharacters(words.next());
  if (typeof octets === 'string') return octets;
  if (octets.length > 255) return `a text of ${octets.length} octets is longer than 255`;
  return joinOctets([Uint8Array.of(octets.length), octets]);
}

function stringText(cursor: RdataCursor): string | undefined {
  const octets = cursor.counted();
  return octets === undefined ? undefined : `"${charactersText(octets)}"`;
}

/** A character-string: at most 255 octets behind their number (RFC 1035 3.3). */
export const stringField: RdataField = { text: stringText, parse: parseString };

/** Character-strings up to the end, from `least` of them to `most`. */
export function stringsField(least: number, most = Number.POSITIVE_INFINITY): RdataField {
  return {
    text: (cursor) => {
      const texts: string[] = [];
      while (cursor.remaining > 0 && texts.length < most) {
        const text = stringText(cursor);
        if (text === undefined) return undefined;
        texts.push(text);
      }
      return texts.length < least ? undefined : texts.join(' ');
    },
    parse: (words) => {
      const strings: Uint8Array[] = [];
      while (words.remaining > 0 && strings.length < most) {
        const octets = parseString(words);
        if (typeof octets === 'string') return octets;
        strings.push(octets);
      }
      return strings.length < least ? 'a text is missing' : joinOctets(strings);
    },
  };
}

/** Octets up to the end as one quoted text: the value of CAA (RFC 8659 4.1.1), the target of URI (RFC 7553 4.4). */
export const quotedRestField: RdataField = {
  text: (cursor) => `"${charactersText(cursor.rest())}"`,
  parse: (words) => (words.remaining === 0 ? 'a text is missing' : parseCharacters(words.next())),
};

/** A property name of CAA: letters and digits (RFC 8659 4.1). */
export const tagField: RdataField = {
  text: (cursor) => {
    const octets = cursor.counted();
    const text = octets === undefined ? '' : charactersText(octets);
    return /^[a-zA-Z0-9]+$/.test(text) ? text : undefined;
  },
  parse: (words) => {
    const word = words.next();
    if (!/^[a-zA-Z0-9]{1,255}$/.test(word)) return `'${word}' is no property name of letters and digits`;
    return joinOctets([Uint8Array.of(word.length), new TextEncoder().encode(word)]);
  },
};

function encodedRestField(
  what: string,
  isEmptyAllowed: boolean,
  write: (octets: Uint8Array) => string,
  read: (text: string) => Uint8Array | undefined,
): RdataField {
  return {
    text: (cursor) => (cursor.remaining === 0 && !isEmptyAllowed ? undefined : write(cursor.rest())),
    parse: (words) => {
      const octets = read(words.rest());
      if (octets === undefined) return `what should be ${what} is not`;
      return octets.length === 0 && !isEmptyAllowed ? `${what} is missing` : octets;
    },
  };
}

export const hexRestField = encodedRestField('hexadecimal', false, hexText, parseHex);
export const base64RestField = encodedRestField('base 64', false, base64Text, parseBase64);
/** KEY and IPSECKEY may hold no key (RFC 2535 3.1.2, RFC 4025 2.4). */
export const optionalBase64RestField = encodedRestField('base 64', true, base64Text, parseBase64);

/** The salt of NSEC3: hexadecimal behind its length, `-` for none (RFC 5155 3.3). */
export const saltField: RdataField = {
  text: (cursor) => {
    const octets = cursor.counted();
    return octets?.length === 0 ? '-' : octets && hexText(octets);
  },
  parse: (words) => {
    const word = words.next();
    const octets = word === '-' ? new Uint8Array(0) : parseHex(word);
    if (octets === undefined || word === '' || octets.length > 255) return `'${word}' is no salt`;
    return joinOctets([Uint8Array.of(octets.length), octets]);
  },
};

/** The next hashed owner of NSEC3: base32hex behind its length (RFC 5155 3.3). */
export const hashField: RdataField = {
  text: (cursor) => {
    const octets = cursor.counted();
    return octets === undefined || octets.length === 0 ? undefined : base32hexText(octets);
  },
  parse: (words) => {
    const word = words.next();
    const octets = parseBase32hex(word);
    if (octets === undefined || octets.length === 0 || octets.length > 255) return `'${word}' is no hash in base32hex`;
    return joinOctets([Uint8Array.of(octets.length), octets]);
  },
};

/** A type bitmap up to the end; it may be empty (RFC 4034 4.2). */
export const typeBitmapField: RdataField = {
  text: (cursor) => {
    const bitmap = cursor.rest();
    if (!isTypeBitmap(bitmap)) return undefined;
    const types = bitmapTypes(bitmap);
    // RFC 4034 4.1.2: trailing zero octets and empty windows are to be left out; text could not show them.
    if (buildTypeBitmap(types).length !== bitmap.length) return undefined;
    return types.map(typeText).join(' ');
  },
  parse: (words) => {
    const types: number[] = [];
    while (words.remaining > 0) {
      const word = words.next();
      const type = parseType(word);
      if (type === undefined) return `'${word}' is no record type`;
      types.push(type);
    }
    return buildTypeBitmap(types);
  },
};
