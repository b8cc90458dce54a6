// What the last look at each forward zone has found, for whoever shows it.
import type { Clock } from '../ports/clock.ts';
import type { DomainName } from '../wire/name.ts';
import type { ForwarderFinding } from './forwarder-checks.ts';

export interface CheckedZone {
  /** Unix seconds. */
  readonly checkedAtSeconds: number;
  readonly findings: readonly ForwarderFinding[];
}

export class ForwarderBook {
  private readonly zones = new Map<string, CheckedZone>();
  private readonly clock: Pick<Clock, 'wallSeconds'>;

  constructor(clock: Pick<Clock, 'wallSeconds'>) {
    this.clock = clock;
  }

  /** Forgets all other zones. */
  keep(zones: readonly DomainName[]): void {
    const kept = new Set(zones.map(({ key }) => key));
    for (const key of this.zones.keys()) if (!kept.has(key)) this.zones.delete(key);
  }

  readonly note = (zone: DomainName, findings: readonly ForwarderFinding[]): void => {
    this.zones.set(zone.key, { checkedAtSeconds: this.clock.wallSeconds(), findings });
  };

  /** Undefined for a zone that nobody has looked at. */
  of(zone: DomainName): CheckedZone | undefined {
    return this.zones.get(zone.key);
  }
}
