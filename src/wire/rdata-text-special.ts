// RDATA whose text does not follow its octets field by field: locations, address prefixes, gateways, identifiers.
import { addressText, parseIPv4, parseIPv6 } from './address-text.ts';
import { nameText } from './name-text.ts';
import {
  joinOctets,
  numberOctets,
  type ParsedField,
  type RdataCursor,
  type RdataField,
  type WordCursor,
} from './rdata-text-cursor.ts';
import { nameField, u8Field } from './rdata-text-fields.ts';
import { base64Text, hexText, parseBase64, parseDecimal, parseHex } from './rdata-text-values.ts';
import { readU16 } from './reader.ts';

/** EUI48 and EUI64: octets in hexadecimal, joined by hyphens (RFC 7043 3.2, 4.2). */
export function euiField(octetCount: number): RdataField {
  return {
    text: (cursor) => {
      const octets = cursor.take(octetCount);
      return octets && Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('-');
    },
    parse: (words) => {
      const word = words.next();
      const isWellFormed = /^[0-9a-fA-F]{2}(?:-[0-9a-fA-F]{2})+$/.test(word) && word.length === octetCount * 3 - 1;
      const octets = isWellFormed ? parseHex(word.replaceAll('-', '')) : undefined;
      return octets ?? `'${word}' is not ${octetCount} octets in hexadecimal with hyphens`;
    },
  };
}

/** The 64 bits of NID and L64: four groups of hexadecimal digits (RFC 6742 2.1.2, 2.3.2). */
export const locatorField: RdataField = {
  text: (cursor) => {
    const octets = cursor.take(8);
    if (octets === undefined) return undefined;
    return [0, 2, 4, 6].map((offset) => readU16(octets, offset).toString(16).padStart(4, '0')).join(':');
  },
  parse: (words) => {
    const word = words.next();
    if (!/^[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){3}$/.test(word)) return `'${word}' is not four groups of hexadecimal`;
    return joinOctets(word.split(':').map((group) => numberOctets(Number.parseInt(group, 16), 2)));
  },
};

/** NSAP: `0x` and hexadecimal digits, among which dots may stand (RFC 1706 7). */
export const nsapField: RdataField = {
  text: (cursor) => (cursor.remaining === 0 ? undefined : `0x${hexText(cursor.rest())}`),
  parse: (words) => {
    const word = words.next();
    const octets = /^0x[0-9a-f.]+$/i.test(word) ? parseHex(word.slice(2).replaceAll('.', '')) : undefined;
    return octets === undefined || octets.length === 0 ? `'${word}' is no NSAP address` : octets;
  },
};

/** One family of APL (RFC 3123 4): its number, the length of its addresses and their text. */
interface PrefixFamily {
  readonly number: number;
  readonly octets: number;
  readonly parse: (text: string) => Uint8Array | undefined;
}

const prefixFamilies: readonly PrefixFamily[] = [
  { number: 1, octets: 4, parse: parseIPv4 },
  { number: 2, octets: 16, parse: parseIPv6 },
];

/** Address prefixes up to the end, `!` in front of those excluded (RFC 3123 5); there may be none. */
export const prefixesField: RdataField = {
  text: (cursor) => {
    const texts: string[] = [];
    while (cursor.remaining > 0) {
      const text = prefixText(cursor);
      if (text === undefined) return undefined;
      texts.push(text);
    }
    return texts.join(' ');
  },
  parse: (words) => {
    const prefixes: Uint8Array[] = [];
    while (words.remaining > 0) {
      const word = words.next();
      const octets = parsePrefix(word);
      if (octets === undefined) return `'${word}' is no address prefix such as 1:192.0.2.0/24`;
      prefixes.push(octets);
    }
    return joinOctets(prefixes);
  },
};

function prefixText(cursor: RdataCursor): string | undefined {
  const number = cursor.u16();
  const length = cursor.u8();
  const negation = cursor.u8();
  const part = negation === undefined ? undefined : cursor.take(negation & 0x7f);
  const family = prefixFamilies.find((candidate) => candidate.number === number);
  if (family === undefined || length === undefined || negation === undefined || part === undefined) return undefined;
  // RFC 3123 4: trailing zero octets are left out of the address.
  if (length > family.octets * 8 || part.length > family.octets || part.at(-1) === 0) return undefined;
  const address = new Uint8Array(family.octets);
  address.set(part);
  return `${negation & 0x80 ? '!' : ''}${number}:${addressText(address)}/${length}`;
}

function parsePrefix(word: string): Uint8Array | undefined {
  const [, negation = '', number = '', addressWord = '', lengthWord = ''] =
    /^(!?)([0-9]{1,5}):([0-9a-fA-F:.]+)\/([0-9]{1,3})$/.exec(word) ?? [];
  const family = prefixFamilies.find((candidate) => candidate.number === Number(number));
  const address = family?.parse(addressWord);
  const length = parseDecimal(lengthWord, (family?.octets ?? 0) * 8);
  if (family === undefined || address === undefined || length === undefined) return undefined;
  let end = address.length;
  while (end > 0 && address[end - 1] === 0) end--;
  const counted = Uint8Array.of(length, (negation === '' ? 0 : 0x80) | end);
  return joinOctets([numberOctets(family.number, 2), counted, address.subarray(0, end)]);
}

/** A gateway or relay by the number of its kind: none, IPv4, IPv6, name (RFC 4025 2.3, RFC 8777 4.2.3). */
function gatewayText(kind: number, cursor: RdataCursor): string | undefined {
  if (kind === 0) return '.';
  if (kind === 3) return nameField.text(cursor);
  const octets = kind === 1 ? cursor.take(4) : kind === 2 ? cursor.take(16) : undefined;
  return octets && addressText(octets);
}

function parseGateway(kind: number, words: WordCursor): ParsedField {
  if (kind === 3) return nameField.parse(words);
  const word = words.next();
  if (kind === 0) return word === '.' ? new Uint8Array(0) : `'${word}' should be a dot: there is no gateway`;
  const octets = kind === 1 ? parseIPv4(word) : kind === 2 ? parseIPv6(word) : undefined;
  return octets ?? `'${word}' is no gateway of type ${kind}`;
}

/** The first four fields of IPSECKEY: precedence, gateway type, algorithm, gateway (RFC 4025 2.1). */
export const ipsecGatewayField: RdataField = {
  text: (cursor) => {
    const precedence = cursor.u8();
    const kind = cursor.u8();
    const algorithm = cursor.u8();
    if (kind === undefined || algorithm === undefined) return undefined;
    const gateway = gatewayText(kind, cursor);
    return gateway === undefined ? undefined : `${precedence} ${kind} ${algorithm} ${gateway}`;
  },
  parse: (words) => {
    const precedence = u8Field.parse(words);
    const kind = u8Field.parse(words);
    const algorithm = u8Field.parse(words);
    for (const field of [precedence, kind, algorithm]) if (typeof field === 'string') return field;
    const gateway = parseGateway(Number(kind[0]), words);
    if (typeof gateway === 'string') return gateway;
    return Uint8Array.of(Number(precedence[0]), Number(kind[0]), Number(algorithm[0]), ...gateway);
  },
};

/** AMTRELAY: precedence, discovery bit, relay type, relay (RFC 8777 4.3). */
export const relayField: RdataField = {
  text: (cursor) => {
    const precedence = cursor.u8();
    const kind = cursor.u8();
    const relay = kind === undefined ? undefined : gatewayText(kind & 0x7f, cursor);
    return kind === undefined || relay === undefined ? undefined : `${precedence} ${kind >> 7} ${kind & 0x7f} ${relay}`;
  },
  parse: (words) => {
    const precedence = parseDecimal(words.next(), 255);
    const discovery = parseDecimal(words.next(), 1);
    const kind = parseDecimal(words.next(), 127);
    if (precedence === undefined) return 'the precedence is not a number from 0 to 255';
    if (discovery === undefined) return 'the discovery bit is neither 0 nor 1';
    if (kind === undefined) return 'the relay type is not a number from 0 to 127';
    const relay = parseGateway(kind, words);
    return typeof relay === 'string' ? relay : Uint8Array.of(precedence, (discovery << 7) | kind, ...relay);
  },
};

/** HIP: algorithm, host identity tag, public key, rendezvous servers (RFC 8005 5, 6). */
export const hostIdentityField: RdataField = {
  text: (cursor) => {
    const tagLength = cursor.u8();
    const algorithm = cursor.u8();
    const keyLength = cursor.u16();
    if (!tagLength || algorithm === undefined || !keyLength) return undefined;
    const tag = cursor.take(tagLength);
    const key = cursor.take(keyLength);
    if (tag === undefined || key === undefined) return undefined;
    const texts = [String(algorithm), hexText(tag), base64Text(key)];
    while (cursor.remaining > 0) {
      const name = cursor.name();
      if (name === undefined) return undefined;
      texts.push(nameText(name));
    }
    return texts.join(' ');
  },
  parse: (words) => {
    const algorithm = parseDecimal(words.next(), 255);
    const tag = parseHex(words.next());
    const key = parseBase64(words.next());
    if (algorithm === undefined) return 'the algorithm is not a number from 0 to 255';
    if (tag === undefined || tag.length === 0 || tag.length > 255) return 'the host identity tag is not hexadecimal';
    if (key === undefined || key.length === 0 || key.length > 0xffff) return 'the public key is not base 64';
    const parts = [Uint8Array.of(tag.length, algorithm), numberOctets(key.length, 2), tag, key];
    while (words.remaining > 0) {
      const name = nameField.parse(words);
      if (typeof name === 'string') return name;
      parts.push(name);
    }
    return joinOctets(parts);
  },
};
