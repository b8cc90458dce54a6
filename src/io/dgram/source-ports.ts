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
  private readonly first: number;
  /** Within the range, ascending. */
  private readonly avoided: readonly number[];
  /** How many ports there are to choose from. */
  readonly count: number;

  constructor(range: SourcePortRange = defaultSourcePorts) {
    const first = Math.max(1, range.min);
    const last = Math.min(0xffff, range.max);
    const avoided = [...new Set(range.avoid)].filter((port) => port >= first && port <= last);
    this.first = first;
    this.avoided = avoided.sort((left, right) => left - right);
    this.count = Math.max(0, last - first + 1) - avoided.length;
  }

  /** One port; 0, which leaves it to the operating system, when none is permitted. */
  choose(random: Random): number {
    if (this.count === 0) return 0;
    let port = this.first + random.below(this.count);
    // Each avoided port below moves it up by one, and perhaps past the next.
    for (const avoided of this.avoided) {
      if (avoided > port) break;
      port++;
    }
    return port;
  }
}
