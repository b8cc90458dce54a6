// The ports from which queries leave: uniform over all that are permitted (RFC 5452 9.2, RFC 6056).
import type { Random } from '../../ports/random.ts';

export interface SourcePortRange {
  readonly min: number;
  readonly max: number;
  /** Ports within the range that are not used; our own listeners' belong here. */
  readonly avoid: readonly number[];
}

/** Ports whose datagrams other protocols or filters take for theirs: mDNS, RoCE, memcached. */
export const PORTS_TO_AVOID = [4791, 5353, 11211] as const;

export const defaultSourcePorts: SourcePortRange = { min: 1024, max: 65535, avoid: PORTS_TO_AVOID };

export class SourcePorts {
  private readonly permitted: Uint16Array;

  constructor(range: SourcePortRange = defaultSourcePorts) {
    const avoid = new Set(range.avoid);
    const last = Math.min(0xffff, range.max);
    const permitted = new Uint16Array(0x10000);
    let count = 0;
    for (let port = Math.max(1, range.min); port <= last; port++) {
      if (!avoid.has(port)) permitted[count++] = port;
    }
    this.permitted = permitted.slice(0, count);
  }

  /** How many ports there are to choose from. */
  get count(): number {
    return this.permitted.length;
  }

  /** One port; 0, which leaves it to the operating system, when none is permitted. */
  choose(random: Random): number {
    return this.permitted.length === 0 ? 0 : (this.permitted[random.below(this.permitted.length)] ?? 0);
  }
}
