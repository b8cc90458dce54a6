// From which of our own addresses queries leave.
import { isIPv4, isIPv6 } from 'node:net';
import type { Random } from '../ports/random.ts';

export class SourceAddresses {
  private readonly byFamily: { readonly 4: readonly string[]; readonly 6: readonly string[] };

  /** A family without an address is not used. `0.0.0.0` and `::` leave the choice to the operating system. */
  constructor(addresses: readonly string[]) {
    this.byFamily = { 4: addresses.filter(isIPv4), 6: addresses.filter(isIPv6) };
  }

  /** One of the family's addresses, each as likely as the next; undefined when it has none. */
  choose(family: 4 | 6, random: Random): string | undefined {
    const addresses = this.byFamily[family];
    return addresses.length <= 1 ? addresses[0] : addresses[random.below(addresses.length)];
  }
}

export const ANY_SOURCE_ADDRESS = ['0.0.0.0', '::'] as const;
