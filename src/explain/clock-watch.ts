// Many zones whose signatures all fail by date at once are not all broken: then the clock of this machine is.
import type { DomainName } from '../wire/name.ts';

/** Unrelated names that have to fail, within this time. */
const MIN_NAMES = 4;
const PERIOD_MS = 600_000;
/** Names remembered; the oldest goes. */
const MAX_NAMES = 32;
/** Names below one of so many labels count once: they may well have one operator. */
const LABELS = 2;

export type ClockSuspicion = 'behind' | 'ahead';

const directions = new Map<string, ClockSuspicion>([
  ['rrsig-not-yet-valid', 'behind'],
  ['clock-behind', 'behind'],
  ['rrsig-expired', 'ahead'],
  ['clock-ahead', 'ahead'],
]);

export class ClockWatch {
  private readonly seen: Readonly<Record<ClockSuspicion, Map<string, number>>> = {
    behind: new Map(),
    ahead: new Map(),
  };

  /** Takes down a bogus result with its cause; what it says of the clock, once enough names say so. */
  note(name: DomainName, cause: string, nowMs: number): ClockSuspicion | undefined {
    const direction = directions.get(cause);
    if (direction === undefined) return undefined;
    const names = this.seen[direction];
    const key = name.labelCount <= LABELS ? name.key : name.ancestorWithLabels(LABELS).key;
    names.delete(key);
    names.set(key, nowMs);
    for (const [oldest, atMs] of names) {
      if (names.size <= MAX_NAMES && nowMs - atMs <= PERIOD_MS) break;
      names.delete(oldest);
    }
    return names.size >= MIN_NAMES ? direction : undefined;
  }
}
