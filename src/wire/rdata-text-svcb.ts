// The parameters of SVCB and HTTPS records in both forms (RFC 9460 2.1, 2.2, 7 and appendix A; RFC 9461 5).
import { addressText, parseIPv4, parseIPv6 } from './address-text.ts';
import { joinOctets, numberOctets, type ParsedField, RdataCursor, type RdataField } from './rdata-text-cursor.ts';
import { base64Text, charactersText, parseBase64, parseCharacters, parseDecimal } from './rdata-text-values.ts';
import { readU16 } from './reader.ts';

/** A parameter's value in both forms. */
interface ParameterValue {
  /** The text behind `=`; empty for none, undefined when the octets are not such a value. */
  readonly text: (value: Uint8Array) => string | undefined;
  /** `text` is what stood behind `=`, without quotes and with its escapes; empty for none. */
  readonly parse: (text: string) => ParsedField;
}

/** RFC 9460 14.3.2: a key's number by its name. */
const keyNumbers = new Map([
  ['mandatory', 0],
  ['alpn', 1],
  ['no-default-alpn', 2],
  ['port', 3],
  ['ipv4hint', 4],
  ['ech', 5],
  ['ipv6hint', 6],
  ['dohpath', 7],
  ['ohttp', 8],
]);
const keyNames = new Map([...keyNumbers].map(([name, key]) => [key, name]));

const MANDATORY = 0;
const ALPN = 1;
const NO_DEFAULT_ALPN = 2;

function keyText(key: number): string {
  return keyNames.get(key) ?? `key${key}`;
}

function parseKey(text: string): number | undefined {
  const known = keyNumbers.get(text.toLowerCase());
  if (known !== undefined) return known;
  const digits = /^key(0|[1-9][0-9]{0,4})$/i.exec(text)?.[1];
  return digits === undefined ? undefined : parseDecimal(digits, 0xffff);
}

/** Any octets, as one quoted text. */
const opaqueValue: ParameterValue = {
  text: (value) => (value.length === 0 ? '' : `"${charactersText(value)}"`),
  parse: parseCharacters,
};

const emptyValue: ParameterValue = {
  text: (value) => (value.length === 0 ? '' : undefined),
  parse: (text) => (text === '' ? new Uint8Array(0) : 'it takes no value'),
};

const portValue: ParameterValue = {
  text: (value) => (value.length === 2 ? String(readU16(value, 0)) : undefined),
  parse: (text) => {
    const port = parseDecimal(text, 0xffff);
    return port === undefined ? `'${text}' is no port` : numberOctets(port, 2);
  },
};

const echValue: ParameterValue = {
  text: (value) => (value.length === 0 ? undefined : base64Text(value)),
  parse: (text) => parseBase64(text) ?? 'it is not base 64',
};

function hintValue(octetCount: number, parse: (text: string) => Uint8Array | undefined): ParameterValue {
  return {
    text: (value) => {
      if (value.length === 0 || value.length % octetCount !== 0) return undefined;
      const count = value.length / octetCount;
      const addresses = Array.from({ length: count }, (_, index) =>
        value.subarray(index * octetCount, (index + 1) * octetCount),
      );
      return addresses.map(addressText).join(',');
    },
    parse: (text) => {
      const addresses: Uint8Array[] = [];
      for (const part of text.split(',')) {
        const octets = parse(part);
        if (octets === undefined) return `'${part}' is no such address`;
        addresses.push(octets);
      }
      return joinOctets(addresses);
    },
  };
}

/** Keys in rising order, the key itself not among them (RFC 9460 8). */
const mandatoryValue: ParameterValue = {
  text: (value) => {
    if (value.length === 0 || value.length % 2 !== 0) return undefined;
    const keys = Array.from({ length: value.length / 2 }, (_, index) => readU16(value, index * 2));
    return keys.every((key, index) => key > (keys[index - 1] ?? MANDATORY)) ? keys.map(keyText).join(',') : undefined;
  },
  parse: (text) => {
    const keys: number[] = [];
    for (const part of text.split(',')) {
      const key = parseKey(part);
      if (key === undefined) return `'${part}' is no key`;
      keys.push(key);
    }
    return joinOctets(keys.sort((left, right) => left - right).map((key) => numberOctets(key, 2)));
  },
};

const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/**
 * Protocol names, each behind its length. In text they are a list in which comma and backslash are escaped, and that
 * list is a text with escapes of its own (RFC 9460 A.1).
 */
const alpnValue: ParameterValue = {
  text: (value) => {
    const cursor = new RdataCursor(value);
    const list: number[] = [];
    while (cursor.remaining > 0) {
      const protocol = cursor.counted();
      if (protocol === undefined || protocol.length === 0) return undefined;
      if (list.length > 0) list.push(COMMA);
      for (const octet of protocol) {
        if (octet === COMMA || octet === BACKSLASH) list.push(BACKSLASH);
        list.push(octet);
      }
    }
    return list.length === 0 ? undefined : `"${charactersText(Uint8Array.from(list))}"`;
  },
  parse: (text) => {
    const list = parseCharacters(text);
    if (typeof list === 'string') return list;
    const protocols: number[][] = [[]];
    for (let index = 0; index < list.length; index++) {
      const octet = list[index] ?? 0;
      if (octet === COMMA) protocols.push([]);
      else if (octet !== BACKSLASH) protocols.at(-1)?.push(octet);
      else if (index + 1 < list.length) protocols.at(-1)?.push(list[++index] ?? 0);
      else return 'a backslash escapes nothing';
    }
    if (protocols.some(({ length }) => length === 0 || length > 255)) return 'a protocol name has 1 to 255 octets';
    return joinOctets(protocols.map((protocol) => Uint8Array.of(protocol.length, ...protocol)));
  },
};

const values = new Map<number, ParameterValue>([
  [MANDATORY, mandatoryValue],
  [ALPN, alpnValue],
  [NO_DEFAULT_ALPN, emptyValue],
  [3, portValue],
  [4, hintValue(4, parseIPv4)],
  [5, echValue],
  [6, hintValue(16, parseIPv6)],
  [8, emptyValue],
]);

function valueForm(key: number): ParameterValue {
  return values.get(key) ?? opaqueValue;
}

/** The parameters by key; undefined unless keys rise strictly and agree with each other (RFC 9460 2.2, 7.1.1, 8). */
function readParameters(cursor: RdataCursor): Map<number, Uint8Array> | undefined {
  const parameters = new Map<number, Uint8Array>();
  let lastKey = -1;
  while (cursor.remaining > 0) {
    const key = cursor.u16();
    const length = cursor.u16();
    const value = length === undefined ? undefined : cursor.take(length);
    if (key === undefined || value === undefined || key <= lastKey) return undefined;
    parameters.set(key, value);
    lastKey = key;
  }
  return parameters;
}

/** What contradicts the parameters as a whole, if anything does. */
function contradiction(parameters: ReadonlyMap<number, Uint8Array>): string | undefined {
  if (parameters.has(NO_DEFAULT_ALPN) && !parameters.has(ALPN)) return 'no-default-alpn without alpn';
  const mandatory = parameters.get(MANDATORY) ?? new Uint8Array(0);
  for (let offset = 0; offset < mandatory.length; offset += 2) {
    const key = readU16(mandatory, offset);
    if (!parameters.has(key)) return `${keyText(key)} is mandatory and missing`;
  }
  return undefined;
}

/** The parameters up to the end; there may be none. */
export const parametersField: RdataField = {
  text: (cursor) => {
    const parameters = readParameters(cursor);
    if (parameters === undefined || contradiction(parameters) !== undefined) return undefined;
    const texts: string[] = [];
    for (const [key, value] of parameters) {
      const text = valueForm(key).text(value);
      if (text === undefined) return undefined;
      texts.push(text === '' ? keyText(key) : `${keyText(key)}=${text}`);
    }
    return texts.join(' ');
  },
  parse: (words) => {
    const parameters = new Map<number, Uint8Array>();
    while (words.remaining > 0) {
      const word = words.next();
      const equals = word.indexOf('=');
      const keyWord = equals < 0 ? word : word.slice(0, equals);
      const key = parseKey(keyWord);
      if (key === undefined) return `'${keyWord}' is no parameter key`;
      if (parameters.has(key)) return `${keyText(key)} stands twice`;
      const value = parseValue(key, keyWord, equals < 0 ? '' : word.slice(equals + 1));
      if (typeof value === 'string') return `${keyWord}: ${value}`;
      parameters.set(key, value);
    }
    const error = contradiction(parameters);
    if (error !== undefined) return error;
    const inOrder = [...parameters].sort(([left], [right]) => left - right);
    return joinOctets(inOrder.flatMap(([key, value]) => [numberOctets(key, 2), numberOctets(value.length, 2), value]));
  },
};

function parseValue(key: number, keyWord: string, text: string): ParsedField {
  // RFC 9460 2.1: a key written as a number takes its value as one opaque text.
  const value = /^key[0-9]/i.test(keyWord) ? parseCharacters(text) : valueForm(key).parse(text);
  if (typeof value === 'string') return value;
  if (value.length > 0xffff) return 'the value is longer than 65535 octets';
  return valueForm(key).text(value) === undefined ? 'the value is malformed' : value;
}
