// The plain types of option values: booleans, numbers, words, paths, and lists of anything that is written as one word.

import { addressText, parseAddress } from '../wire/address-text.ts';
import { DNS64_PREFIX_LENGTHS } from '../wire/dns64-prefix.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText, parseName } from '../wire/name-text.ts';
import { parseAlgorithm } from './algorithm-text.ts';
import { type DNSKEYAnchor, dnskeyText, parseDNSKEYText } from './dnskey-text.ts';
import { describeInput, type InputNode } from './input.ts';
import { type Network, networkText, parseNetwork } from './network.ts';
import type { TextForm, ValueReader, ValueType } from './option.ts';
import { type Parsed, parsed, refused } from './parsed.ts';
import { parseSocketAddress, type SocketAddress, socketAddressText } from './socket-address.ts';

/** `true` or `false`. */
export const bool: ValueType<boolean> = {
  text: 'boolean',
  example: 'true',
  isList: false,
  textForm: 'boolean',
  read(node, reader) {
    if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
    const word = node.kind === 'scalar' ? node.text.toLowerCase() : '';
    const meant = ['yes', 'on', '1'].includes(word) ? 'true' : ['no', 'off', '0'].includes(word) ? 'false' : undefined;
    const hint = meant === undefined ? '' : `; write ${meant}, without quotes`;
    return reader.error(node.place, `found ${describeInput(node)}${hint}`, 'true or false');
  },
  toYaml: (value) => value,
};

/** A whole number within a range. */
export function integer(min: number, max: number): ValueType<number> {
  return {
    text: rangeText('integer', min, max),
    example: String(Math.max(min, Math.min(max, 10))),
    isList: false,
    textForm: 'word',
    read(node, reader) {
      const value = numberOf(node, 'a whole number', reader);
      if (value === undefined) return undefined;
      if (!Number.isSafeInteger(value)) return reader.error(node.place, `found ${writtenText(node)}`, 'a whole number');
      if (value < min || value > max) return outOfRange(node, min, max, reader);
      return value;
    },
    toYaml: (value) => value,
  };
}

/**
 * A whole number for which kedge has a safe range and other programs have none: a value outside is moved to the nearest
 * end with a warning, so that an existing file keeps working. `zero` tells that 0 asks for no limit, not for the lowest.
 */
export function clampedInteger(min: number, max: number, zero?: 'unlimited'): ValueType<number> {
  return {
    ...integer(min, max),
    read(node, reader) {
      const value = numberOf(node, 'a whole number', reader);
      if (value === undefined) return undefined;
      if (!Number.isSafeInteger(value) || value < 0) {
        return reader.error(node.place, `found ${writtenText(node)}`, 'a whole number, 0 or more');
      }
      const used = zero === 'unlimited' && value === 0 ? max : Math.min(max, Math.max(min, value));
      if (used !== value)
        reader.warn(node.place, `${value} is outside kedge's range of ${min} to ${max}; using ${used}`);
      return used;
    },
  };
}

/** A number that may have a fraction. */
export function double(min: number, max: number): ValueType<number> {
  return {
    text: rangeText('number', min, max),
    example: String(min),
    isList: false,
    textForm: 'word',
    read(node, reader) {
      const value = numberOf(node, 'a number', reader);
      if (value === undefined) return undefined;
      return value < min || value > max ? outOfRange(node, min, max, reader) : value;
    },
    toYaml: (value) => value,
  };
}

function rangeText(word: string, min: number, max: number): string {
  if (max === Number.MAX_SAFE_INTEGER) return `${word}, ${min} or more`;
  return `${word}, ${min} to ${max}`;
}

function numberOf(node: InputNode, expected: string, reader: ValueReader): number | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'number' && Number.isFinite(node.value)) return node.value;
  const quoted = node.kind === 'scalar' && /^-?[0-9]+(\.[0-9]+)?$/.test(node.text);
  return reader.error(node.place, `found ${describeInput(node)}${quoted ? '; write it without quotes' : ''}`, expected);
}

function outOfRange(node: InputNode, min: number, max: number, reader: ValueReader): undefined {
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `a number from ${min} to ${max}`;
  return reader.error(node.place, `${writtenText(node)} is out of range`, range);
}

function writtenText(node: InputNode): string {
  return node.kind === 'scalar' ? node.text : describeInput(node);
}

/** Text read with a function of its own; numbers and booleans in the file count as what was written. */
export function parsedText<T>(
  text: string,
  example: string,
  parse: (text: string) => Parsed<T>,
  toYaml: (value: T) => unknown,
): ValueType<T> {
  return {
    text,
    example,
    isList: false,
    textForm: 'word',
    read(node, reader) {
      if (node.kind !== 'scalar' || node.value === null) {
        return reader.error(node.place, `found ${describeInput(node)}`, `${text}, for example ${example}`);
      }
      const result = parse(node.text);
      return result.ok ? result.value : reader.error(node.place, result.error, `${text}, for example ${example}`);
    },
    toYaml,
  };
}

/** Any text. */
export function text(example: string): ValueType<string> {
  return parsedText('string', example, parsed, (value) => value);
}

/** A file or directory; relative paths start at the configuration file's directory. Empty means none. */
export function path(example: string, keptWords: readonly string[] = []): ValueType<string> {
  const plain = text(example);
  return {
    ...plain,
    text: keptWords.length === 0 ? 'path' : `path, or ${keptWords.map((word) => `\`${word}\``).join(' or ')}`,
    read(node, reader) {
      const value = plain.read(node, reader);
      return value === undefined || value === '' || keptWords.includes(value) ? value : reader.absolutePath(value);
    },
  };
}

/** One of a few words. */
export function oneOf<const W extends string>(words: readonly W[]): ValueType<W> {
  const list = words.map((word) => `\`${word}\``).join(', ');
  return {
    text: `one of ${list}`,
    example: words[0] ?? '',
    isList: false,
    textForm: 'word',
    read(node, reader) {
      const found = node.kind === 'scalar' ? words.find((word) => word === node.text) : undefined;
      return found ?? reader.error(node.place, `found ${describeInput(node)}`, `one of ${words.join(', ')}`);
    },
    toYaml: (value) => value,
  };
}

/** An option that may be left out, with a meaning of its own for that. */
export function optional<T>(type: ValueType<T>): ValueType<T | undefined> {
  return {
    ...type,
    read: (node, reader) => type.read(node, reader),
    toYaml: (value) => (value === undefined ? undefined : type.toYaml(value)),
  };
}

/** A sequence of values of one type. Wrong entries are reported and left out, so that the others can be checked too. */
export function listOf<T>(element: ValueType<T>, plural: string, textForm: TextForm = 'list'): ValueType<readonly T[]> {
  return {
    text: `list of ${plural}`,
    example: `[${element.example}]`,
    isList: true,
    textForm,
    read(node, reader) {
      if (node.kind !== 'list') {
        const message = `found ${describeInput(node)}`;
        return reader.error(node.place, message, `a list of ${plural}, for example [${element.example}]`);
      }
      const values: T[] = [];
      let complete = true;
      node.items.forEach((item, index) => {
        const value = element.read(item, partReader(reader, `[${index}]`));
        if (value === undefined) complete = false;
        else values.push(value);
      });
      return complete || values.length > 0 ? values : undefined;
    },
    toYaml: (values) => values.map((value) => element.toYaml(value)),
  };
}

/** A reader for a part of the same option. */
export function partReader(reader: ValueReader, prefix: string): ValueReader {
  return {
    error: (place, message, expected, part = '') => reader.error(place, message, expected, prefix + part),
    warn: (place, message, part = '') => reader.warn(place, message, prefix + part),
    nowSeconds: () => reader.nowSeconds(),
    absolutePath: (relative) => reader.absolutePath(relative),
  };
}

/** A domain name; the trailing dot is optional. */
export const domainName: ValueType<DomainName> = parsedText('domain name', 'home.arpa', parseDomainName, nameText);
export const domainNames = listOf(domainName, 'domain names');

/** As `parseName`, in the result type of this folder. */
export function parseDomainName(words: string): Parsed<DomainName> {
  const result = parseName(words);
  return result.ok ? parsed(result.name) : refused(result.error);
}

export const socketAddress: ValueType<SocketAddress> = parsedText(
  'address with optional port',
  "'192.0.2.1:5300'",
  parseSocketAddress,
  socketAddressText,
);
export const socketAddresses = listOf(socketAddress, 'addresses with optional port');

/** An address without a port, in its shortest text form. */
export const plainAddress: ValueType<string> = parsedText(
  'IP address',
  "'192.0.2.1'",
  (words) => {
    const at = words.indexOf('@');
    if (at !== -1) return refused(`'${words}': binding to an interface is not supported; write the address alone`);
    const octets = parseAddress(words);
    return octets === undefined ? refused(`'${words}' is no IP address`) : parsed(addressText(octets));
  },
  (value) => value,
);
export const plainAddresses = listOf(plainAddress, 'IP addresses');

export const network: ValueType<Network> = parsedText('network', "'192.0.2.0/24'", parseNetwork, networkText);
export const networks = listOf(network, 'networks');

/** A network in which IPv4 addresses have a place (RFC 6052 2.2). */
export const dns64Prefix: ValueType<Network> = parsedText(
  'IPv6 prefix',
  "'64:ff9b::/96'",
  (words) => {
    const result = parseNetwork(words);
    if (!result.ok) return result;
    const { octets, prefixLength, negated } = result.value;
    if (octets.length === 16 && !negated && DNS64_PREFIX_LENGTHS.includes(prefixLength) && octets[8] === 0)
      return result;
    return refused(`'${words}' is no IPv6 prefix of ${DNS64_PREFIX_LENGTHS.join(', ')} bits with bits 64 to 71 zero`);
  },
  networkText,
);

export const texts = (example: string): ValueType<readonly string[]> => listOf(text(example), 'strings');

/** DNSSEC algorithms by number or mnemonic. */
export const algorithms = listOf(
  parsedText('algorithm number or name', '5', parseAlgorithm, (value) => String(value)),
  'algorithm numbers or names',
);

export const dnskeys: ValueType<readonly DNSKEYAnchor[]> = listOf(
  parsedText('DNSKEY record', "'example. DNSKEY 257 3 13 BASE64'", parseDNSKEYText, dnskeyText),
  'DNSKEY records',
  'none',
);

/** UDP ports, each a number of its own. */
export const ports = listOf(
  parsedText(
    'port number',
    "'5353'",
    (words) =>
      /^[0-9]{1,5}$/.test(words) && Number(words) <= 65535
        ? parsed(Number(words))
        : refused(`'${words}' is not a port from 0 to 65535`),
    (value) => String(value),
  ),
  'port numbers',
);

/** The value that a text of the program's own table stands for; throws on a mistake in the table. */
export function tableValue<T>(parse: (text: string) => Parsed<T>, words: string): T {
  const result = parse(words);
  if (!result.ok) throw new Error(`${words}: ${result.error}`);
  return result.value;
}

/** Networks of the program's own table. */
export function networksOf(...words: readonly string[]): readonly Network[] {
  return words.map((word) => tableValue(parseNetwork, word));
}
