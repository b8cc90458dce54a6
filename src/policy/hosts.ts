// The hosts file: names and addresses of a network, as records (hosts(5); POWERDNS 3, `export_etc_hosts`).
import { parseAddress } from '../wire/address-text.ts';
import { RRClass, RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { nameOf, parseName } from '../wire/name-text.ts';
import type { ResourceRecord } from '../wire/record.ts';

/** Seconds, as PowerDNS has it. */
const HOSTS_TTL = 86_400;

export interface ParsedHosts {
  /** A and AAAA of each name, and one PTR for each address. */
  readonly records: readonly ResourceRecord[];
  /** Lines that were left out, as `file:line: why`. */
  readonly warnings: readonly string[];
}

/**
 * Reads a hosts file: an address and its names a line, `#` begins a comment. `suffix` is put behind names without a dot.
 * Names of several lines have all their addresses; the reverse name of an address leads to the first name of its first line.
 */
export function parseHosts(text: string, file: string, suffix: DomainName | undefined): ParsedHosts {
  const records: ResourceRecord[] = [];
  const warnings: string[] = [];
  const pointers = new Set<string>();
  text.split('\n').forEach((line, index) => {
    const parsed = parseLine(line.replace(/#.*/s, '').trim(), suffix);
    if (parsed === undefined) return;
    if (typeof parsed === 'string') {
      warnings.push(`${file}:${index + 1}: ${parsed}; the line is left out`);
      return;
    }
    const { address, names, first } = parsed;
    for (const name of names) records.push(record(name, address.length === 4 ? RRType.A : RRType.AAAA, address));
    const reverse = reverseName(address);
    if (!pointers.has(reverse.key)) records.push(record(reverse, RRType.PTR, first.octets));
    pointers.add(reverse.key);
  });
  return { records, warnings };
}

interface HostsLine {
  readonly address: Uint8Array;
  readonly names: readonly DomainName[];
  readonly first: DomainName;
}

/** A line without its comment; undefined for an empty one, a text for an error. */
function parseLine(line: string, suffix: DomainName | undefined): HostsLine | string | undefined {
  if (line === '') return undefined;
  const [addressWord = '', ...words] = line.split(/\s+/);
  // The interface of a link-local address means nothing to others.
  const address = parseAddress(addressWord.replace(/%.*$/, ''));
  if (address === undefined) return `'${addressWord}' is no IP address`;
  const names: DomainName[] = [];
  for (const word of words) {
    const parsed = parseName(word, word.includes('.') ? undefined : suffix);
    if (!parsed.ok) return `'${word}': ${parsed.error}`;
    names.push(parsed.name);
  }
  const [first] = names;
  return first === undefined ? 'the names are missing' : { address, names, first };
}

function record(name: DomainName, type: number, rdata: Uint8Array): ResourceRecord {
  return { name, type, class: RRClass.IN, ttl: HOSTS_TTL, rdata };
}

/** The name under in-addr.arpa or ip6.arpa of an address, 4 or 16 octets (RFC 1035 3.5, RFC 3596 2.5). */
export function reverseName(address: Uint8Array): DomainName {
  const reversed = Array.from(address).reverse();
  if (address.length === 4) return nameOf(`${reversed.join('.')}.in-addr.arpa`);
  const nibbles = reversed.flatMap((octet) => [octet & 0xf, octet >> 4]);
  return nameOf(`${nibbles.map((nibble) => nibble.toString(16)).join('.')}.ip6.arpa`);
}
