// Servers that are never set aside for not answering (`outgoing.dont_throttle_names`, `dont_throttle_netmasks`): by the
// name under which a zone lists them, or by their network. Commands change both lists while the program runs.
import { parseAddress } from '../wire/address-text.ts';
import type { DomainName } from '../wire/name.ts';
import { parseName } from '../wire/name-text.ts';

interface Netmask {
  readonly octets: Uint8Array;
  readonly prefixLength: number;
}

export class ThrottleExemptions {
  /** Suffixes of name server names, as text. */
  readonly names: Set<string>;
  /** Networks as text: `192.0.2.0/24`, or an address alone. */
  readonly netmasks: Set<string>;
  /** What the texts mean; undefined for one that means nothing. */
  private readonly parsedNames = new Map<string, DomainName | undefined>();
  private readonly parsedNetmasks = new Map<string, Netmask | undefined>();

  constructor(names: Iterable<string> = [], netmasks: Iterable<string> = []) {
    this.names = new Set(names);
    this.netmasks = new Set(netmasks);
  }

  /** Other lists from now on; the sets stay the same. */
  replace(names: Iterable<string>, netmasks: Iterable<string>): void {
    const lists = [
      { set: this.names, texts: [...names] },
      { set: this.netmasks, texts: [...netmasks] },
    ];
    for (const { set, texts } of lists) {
      set.clear();
      for (const text of texts) set.add(text);
    }
    this.parsedNames.clear();
    this.parsedNetmasks.clear();
  }

  /** Whether a server is exempt; `name` is the one under which a zone lists it. `address` may carry an IPv6 zone index. */
  covers(name: DomainName, address: string): boolean {
    for (const text of this.names) {
      const suffix = memoised(this.parsedNames, text, nameOfText);
      if (suffix !== undefined && name.isSubdomainOf(suffix)) return true;
    }
    if (this.netmasks.size === 0) return false;
    const octets = parseAddress(address.split('%', 1)[0] ?? '');
    if (octets === undefined) return false;
    for (const text of this.netmasks) {
      const netmask = memoised(this.parsedNetmasks, text, netmaskOfText);
      if (netmask !== undefined && isWithin(octets, netmask)) return true;
    }
    return false;
  }
}

function memoised<T>(known: Map<string, T | undefined>, text: string, parse: (text: string) => T | undefined) {
  if (!known.has(text)) known.set(text, parse(text));
  return known.get(text);
}

function nameOfText(text: string): DomainName | undefined {
  const parsed = parseName(text);
  return parsed.ok ? parsed.name : undefined;
}

function netmaskOfText(text: string): Netmask | undefined {
  const [address = '', prefix] = text.split('/', 2);
  const octets = parseAddress(address);
  if (octets === undefined) return undefined;
  const longest = octets.length * 8;
  if (prefix === undefined) return { octets, prefixLength: longest };
  if (!/^[0-9]{1,3}$/.test(prefix) || Number(prefix) > longest) return undefined;
  return { octets, prefixLength: Number(prefix) };
}

function isWithin(address: Uint8Array, { octets, prefixLength }: Netmask): boolean {
  if (address.length !== octets.length) return false;
  for (let index = 0, left = prefixLength; left > 0; index++, left -= 8) {
    const mask = left >= 8 ? 0xff : 0xff & (0xff << (8 - left));
    if ((((address[index] ?? 0) ^ (octets[index] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}
