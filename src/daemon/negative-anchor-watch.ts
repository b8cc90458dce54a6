// Negative trust anchors are a bandage (RFC 7646): those with an end end, and all are looked at from time to time to see
// whether the zone validates again, so that nobody forgets them.
import type { Clock } from '../ports/clock.ts';
import type { Timer, Timers } from '../ports/timers.ts';
import type { Log } from '../telemetry/log.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';

/** RFC 7646 2: one that is to last a short while is checked while it lasts; one without end, once a day. */
const CHECK_TEMPORARY_EVERY_MS = 3_600_000;
const CHECK_LASTING_EVERY_MS = 24 * 3_600_000;
/** RFC 7646 4: a lifetime of more than a week is too long. */
const LONGEST_ADVISED_SECONDS = 7 * 86_400;
/** Negative anchors that are checked; more are left alone, or checks would become a load. */
const MAX_CHECKED = 1000;

export interface WatchedNegative {
  readonly zone: DomainName;
  readonly reason: string;
  /** Wall-clock seconds; absent for one that stays. */
  readonly expiresAt?: number;
}

/** Whether the names of a zone could be validated without its negative anchor; undefined when nobody can tell now. */
export type CheckZone = (zone: DomainName, done: (isNeeded: boolean | undefined) => void) => void;

export interface NegativeAnchorWatchParts {
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly checkZone: CheckZone;
  /** The time of one is over. */
  readonly onEnd: (zone: DomainName) => void;
}

interface Watched extends WatchedNegative {
  nextCheckMs: number;
  isUnneeded: boolean;
}

export class NegativeAnchorWatch {
  private readonly parts: NegativeAnchorWatchParts;
  private watched = new Map<string, Watched>();
  private timer: Timer | undefined;
  private isChecking = false;

  constructor(parts: NegativeAnchorWatchParts) {
    this.parts = parts;
  }

  /** The anchors to watch from now on; those that were there before keep their rhythm. */
  set(anchors: readonly WatchedNegative[]): void {
    const nowMs = this.parts.clock.monotonicMs();
    const before = this.watched;
    this.watched = new Map(
      anchors.map((anchor) => {
        const known = before.get(anchor.zone.key);
        const keeps = known !== undefined && known.expiresAt === anchor.expiresAt;
        const nextCheckMs = keeps ? known.nextCheckMs : nowMs + checkEveryMs(anchor);
        return [anchor.zone.key, { ...anchor, nextCheckMs, isUnneeded: keeps && known.isUnneeded }];
      }),
    );
    this.schedule();
  }

  isUnneeded(zone: DomainName): boolean {
    return this.watched.get(zone.key)?.isUnneeded === true;
  }

  warnOfLongLives(warn: (zone: DomainName, expiresAt: number) => void): void {
    const latest = this.parts.clock.wallSeconds() + LONGEST_ADVISED_SECONDS + 1;
    for (const { zone, expiresAt } of this.watched.values()) {
      if (expiresAt !== undefined && expiresAt > latest) warn(zone, expiresAt);
    }
  }

  private schedule(): void {
    const { clock, timers } = this.parts;
    this.timer?.cancel();
    const nowMs = clock.monotonicMs();
    let atMs = Number.POSITIVE_INFINITY;
    let count = 0;
    for (const { expiresAt, nextCheckMs } of this.watched.values()) {
      // The wall clock may be set meanwhile: a far end is looked at again long before.
      const leftMs = expiresAt === undefined ? Number.POSITIVE_INFINITY : (expiresAt - clock.wallSeconds()) * 1000;
      atMs = Math.min(atMs, nowMs + Math.max(0, leftMs));
      if (++count <= MAX_CHECKED && !this.isChecking) atMs = Math.min(atMs, nextCheckMs);
    }
    this.timer = Number.isFinite(atMs) ? timers.at(atMs, () => this.wake()) : undefined;
  }

  private wake(): void {
    const now = this.parts.clock.wallSeconds();
    for (const { zone, expiresAt } of [...this.watched.values()]) {
      if (expiresAt === undefined || expiresAt > now) continue;
      this.watched.delete(zone.key);
      this.parts.onEnd(zone);
    }
    this.checkNext();
    this.schedule();
  }

  /** Checks one after the other those that are due. */
  private checkNext(): void {
    if (this.isChecking) return;
    const nowMs = this.parts.clock.monotonicMs();
    const due = [...this.watched.values()].slice(0, MAX_CHECKED).find(({ nextCheckMs }) => nextCheckMs <= nowMs);
    if (due === undefined) return;
    due.nextCheckMs = nowMs + checkEveryMs(due);
    this.isChecking = true;
    this.parts.checkZone(due.zone, (isNeeded) => {
      this.isChecking = false;
      if (isNeeded !== undefined) this.note(due.zone, isNeeded);
      this.checkNext();
      this.schedule();
    });
  }

  private note(zone: DomainName, isNeeded: boolean): void {
    const watched = this.watched.get(zone.key);
    if (watched === undefined || watched.isUnneeded === !isNeeded) return;
    watched.isUnneeded = !isNeeded;
    if (isNeeded) {
      this.parts.log.info('a negative trust anchor is needed again', { zone: nameText(zone) });
    } else {
      this.parts.log.always('warn', `the negative trust anchor of ${nameText(zone)} is no longer needed; remove it`, {
        reason: watched.reason || undefined,
      });
    }
  }
}

function checkEveryMs({ expiresAt }: WatchedNegative): number {
  return expiresAt === undefined ? CHECK_LASTING_EVERY_MS : CHECK_TEMPORARY_EVERY_MS;
}
