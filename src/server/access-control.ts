// Who may ask: the longest matching prefix decides, whatever the order of the list (SECURITY 1.7 `allow-from`).
import { unmapped } from './client.ts';

/** A network of clients; `negated` makes it an exception. */
export interface ClientNetwork {
  /** 4 or 16 octets. */
  readonly octets: Uint8Array;
  readonly prefixLength: number;
  readonly negated: boolean;
}

const NO_RULE = 0;
const ALLOW = 1;
const DENY = 2;

/** A binary trie over address bits: a look-up costs at most one step a bit, however long the list is. */
class PrefixTrie {
  /** Three numbers a node: child for bit 0, child for bit 1, rule. */
  private readonly nodes: number[] = [0, 0, NO_RULE];

  insert(octets: Uint8Array, prefixLength: number, rule: number): void {
    let node = 0;
    for (let bit = 0; bit < prefixLength; bit++) {
      const slot = node + bitAt(octets, bit);
      let child = this.nodes[slot] ?? 0;
      if (child === 0) {
        child = this.nodes.length;
        this.nodes.push(0, 0, NO_RULE);
        this.nodes[slot] = child;
      }
      node = child;
    }
    // The same network twice: the exception wins, because it is the safe reading.
    this.nodes[node + 2] = Math.max(this.nodes[node + 2] ?? NO_RULE, rule);
  }

  longestMatch(octets: Uint8Array): number {
    let rule = this.nodes[2] ?? NO_RULE;
    let node = 0;
    for (let bit = 0; bit < octets.length * 8; bit++) {
      node = this.nodes[node + bitAt(octets, bit)] ?? 0;
      if (node === 0) break;
      const here = this.nodes[node + 2] ?? NO_RULE;
      if (here !== NO_RULE) rule = here;
    }
    return rule;
  }
}

function bitAt(octets: Uint8Array, bit: number): number {
  return ((octets[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
}

/** A list of networks that may ask. An empty list allows everyone. */
export class AccessControl {
  private readonly ipv4 = new PrefixTrie();
  private readonly ipv6 = new PrefixTrie();
  private readonly allowsEveryone: boolean;

  constructor(networks: readonly ClientNetwork[]) {
    this.allowsEveryone = networks.length === 0;
    for (const { octets, prefixLength, negated } of networks) {
      const trie = octets.length === 4 ? this.ipv4 : this.ipv6;
      trie.insert(octets, prefixLength, negated ? DENY : ALLOW);
    }
  }

  /** Whether a client with this address may ask. */
  allows(address: Uint8Array): boolean {
    if (this.allowsEveryone) return true;
    const plain = unmapped(address);
    return (plain.length === 4 ? this.ipv4 : this.ipv6).longestMatch(plain) === ALLOW;
  }

  /**
   * Whether an address that stands in a record lies in these networks. An IPv4-mapped one does by its IPv4 address, and by
   * itself: lists name `::ffff:0:0/96`, too.
   */
  covers(address: Uint8Array): boolean {
    return this.allows(address) || (address.length === 16 && this.ipv6.longestMatch(address) === ALLOW);
  }
}
