// `kedge query`: asks one server one question and prints the reply, much as dig does.
import { parseAddress } from '../../wire/address-text.ts';
import { parseClass, parseType, RRClass, RRType } from '../../wire/constants.ts';
import type { Question } from '../../wire/message.ts';
import type { DomainName } from '../../wire/name.ts';
import { nameOf, parseName } from '../../wire/name-text.ts';
import { askServer, type QueryOptions, type QueryResult } from '../dns-client.ts';
import { replyJson, replyText, shortText } from '../reply-text.ts';
import { ExitCode, type Terminal } from '../terminal.ts';

export interface QueryFlags {
  /** The name is an address. */
  readonly reverse: boolean;
  readonly port: string;
  readonly json: boolean;
}

const DEFAULT_SERVER = '127.0.0.1';
const DEFAULT_UDP_OCTETS = 1232;

/** What the words of the command line mean. */
export interface ParsedQuery {
  readonly question: Question;
  readonly server: { readonly address: string; readonly port: number };
  readonly options: QueryOptions;
  readonly short: boolean;
}

/** Asks and prints; the exit code is 1 when there was no reply. */
export async function query(words: readonly string[], flags: QueryFlags, terminal: Terminal): Promise<number> {
  const parsed = parseQuery(words, flags);
  if (typeof parsed === 'string') {
    terminal.error(`kedge: ${parsed}\n`);
    return ExitCode.USAGE;
  }
  const { question, server, options, short } = parsed;
  const result = await askServer(question, server, options);
  if (!result.ok) {
    terminal.error(`kedge: ${server.address} port ${server.port}: ${result.error}\n`);
    return ExitCode.BAD;
  }
  terminal.out(printed(result, flags.json, short));
  return ExitCode.SUCCESS;
}

function printed(result: Extract<QueryResult, { ok: true }>, json: boolean, short: boolean): string {
  if (json) return `${JSON.stringify(replyJson(result), undefined, 2)}\n`;
  return short ? shortText(result) : replyText(result);
}

/** Reads the words, in any order as with dig; a text says what is wrong with them. */
export function parseQuery(words: readonly string[], flags: QueryFlags): ParsedQuery | string {
  const port = parsePort(flags.port);
  if (port === undefined) return `'${flags.port}' is no port`;
  let server = { address: DEFAULT_SERVER, port };
  let short = false;
  let options = defaultQueryOptions;
  const plain: string[] = [];
  for (const word of words) {
    if (word.startsWith('@')) {
      const found = parseServer(word.slice(1), port);
      if (found === undefined)
        return `'${word}' is no server; write @192.0.2.1, @192.0.2.1:5335 or @[2001:db8::1]:5335`;
      server = found;
    } else if (word === '+short' || word === '+noshort') {
      short = word === '+short';
    } else if (word.startsWith('+')) {
      const changed = withFlag(options, word.slice(1));
      if (changed === undefined) return `unknown flag '${word}'; kedge query --help lists them`;
      options = changed;
    } else {
      plain.push(word);
    }
  }
  const question = parseQuestion(plain, flags.reverse);
  return typeof question === 'string' ? question : { question, server, options, short };
}

/** As dig asks when nothing else is said. */
export const defaultQueryOptions: QueryOptions = {
  recursionDesired: true,
  authenticData: true,
  checkingDisabled: false,
  dnssecOk: false,
  edns: true,
  nsid: false,
  tcp: false,
  ignoreTruncation: false,
  udpOctets: DEFAULT_UDP_OCTETS,
  timeoutMs: 5000,
  tries: 2,
};

/** NAME, TYPE and CLASS: the first word that is neither a type nor a class, or simply the first, is the name. */
function parseQuestion(words: readonly string[], reverse: boolean): Question | string {
  const [nameWord = '.', ...rest] = words;
  let type: number = reverse ? RRType.PTR : words.length === 0 ? RRType.NS : RRType.A;
  let rrclass: number = RRClass.IN;
  for (const word of rest) {
    const foundClass = /^(IN|CH|HS|CLASS[0-9]+)$/i.test(word) ? parseClass(word) : undefined;
    const foundType = foundClass === undefined ? parseType(word) : undefined;
    if (foundClass !== undefined) rrclass = foundClass;
    else if (foundType !== undefined) type = foundType;
    else return `'${word}' is no type`;
  }
  const name = reverse ? reverseName(nameWord) : parseName(nameWord);
  if (!name.ok) return `'${nameWord}': ${name.error}`;
  return { name: name.name, type, class: rrclass };
}

function reverseName(text: string): { ok: true; name: DomainName } | { ok: false; error: string } {
  const octets = parseAddress(text);
  if (octets === undefined) return { ok: false, error: 'no IP address' };
  if (octets.length === 4) return { ok: true, name: nameOf(`${[...octets].reverse().join('.')}.in-addr.arpa`) };
  const nibbles = [...octets].flatMap((octet) => [octet >> 4, octet & 0xf]).reverse();
  return { ok: true, name: nameOf(`${nibbles.map((nibble) => nibble.toString(16)).join('.')}.ip6.arpa`) };
}

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`; `#53` after an address as dig writes it. */
export function parseServer(text: string, defaultPort: number): { address: string; port: number } | undefined {
  if (text === 'localhost') return { address: DEFAULT_SERVER, port: defaultPort };
  const parts = /^\[([^\]]+)\](?::([0-9]+))?$/.exec(text) ?? /^([^#]+)#([0-9]+)$/.exec(text) ?? ipv4Parts(text);
  const address = parts?.[1] ?? text;
  const port = parts?.[2] === undefined ? defaultPort : parsePort(parts[2]);
  if (port === undefined || parseAddress(address.replace(/%.*$/, '')) === undefined) return undefined;
  return { address, port };
}

function ipv4Parts(text: string): RegExpExecArray | null {
  return /^([0-9.]+|localhost):([0-9]+)$/.exec(text.replace(/^localhost:/, `${DEFAULT_SERVER}:`));
}

function parsePort(text: string): number | undefined {
  return /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? Number(text) : undefined;
}

/** The options with one flag applied; undefined when there is no such flag. */
function withFlag(options: QueryOptions, text: string): QueryOptions | undefined {
  const [word = '', value] = text.toLowerCase().split('=');
  if (value !== undefined) return withNumber(options, word, value);
  const isOff = word.startsWith('no') && booleanFlags.has(word.slice(2));
  const key = booleanFlags.get(isOff ? word.slice(2) : word);
  return key === undefined ? undefined : { ...options, [key]: !isOff };
}

function withNumber(options: QueryOptions, word: string, value: string): QueryOptions | undefined {
  const number = /^[0-9]{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (word === 'bufsize' && number <= 65_535) return { ...options, udpOctets: number, edns: true };
  if ((word === 'timeout' || word === 'time') && number >= 1 && number <= 300) {
    return { ...options, timeoutMs: number * 1000 };
  }
  if (word === 'tries' && number >= 1 && number <= 20) return { ...options, tries: number };
  return undefined;
}

type BooleanOption = { [K in keyof QueryOptions]: QueryOptions[K] extends boolean ? K : never }[keyof QueryOptions];

const booleanFlags = new Map<string, BooleanOption>([
  ['dnssec', 'dnssecOk'],
  ['do', 'dnssecOk'],
  ['cd', 'checkingDisabled'],
  ['cdflag', 'checkingDisabled'],
  ['ad', 'authenticData'],
  ['adflag', 'authenticData'],
  ['rd', 'recursionDesired'],
  ['rec', 'recursionDesired'],
  ['recurse', 'recursionDesired'],
  ['rdflag', 'recursionDesired'],
  ['tcp', 'tcp'],
  ['vc', 'tcp'],
  ['ignore', 'ignoreTruncation'],
  ['edns', 'edns'],
  ['nsid', 'nsid'],
]);
