// Looks at the keys of anchored zones from time to time, so that a new key is seen in zones that nobody asks for. The
// resolver answers from its cache where it can: a set is fetched no more often than its TTL and this hour allow.
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Timer, Timers } from '../ports/timers.ts';
import type { Resolver } from '../resolver/resolution.ts';
import { RRClass, RRType } from '../wire/constants.ts';

/** Not before the program has begun its real work. */
const FIRST_LOOK_MS = 15_000;
const EVERY_MS = 3_600_000;
/** Zones looked at, one after the other. */
const MAX_ZONES = 100;

export interface AnchorLooksParts {
  readonly anchors: Pick<TrustAnchors, 'anchors'>;
  readonly resolver: Resolver;
  readonly timers: Timers;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

export class AnchorLooks {
  private readonly parts: AnchorLooksParts;
  private timer: Timer | undefined;

  constructor(parts: AnchorLooksParts) {
    this.parts = parts;
  }

  start(): void {
    this.schedule(FIRST_LOOK_MS);
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private schedule(afterMs: number): void {
    const { timers, clock } = this.parts;
    this.timer = timers.at(clock.monotonicMs() + afterMs, () => {
      this.look();
      this.schedule(EVERY_MS);
    });
  }

  private look(): void {
    const zones = this.parts.anchors.anchors().slice(0, MAX_ZONES);
    let next = 0;
    const goOn = (): void => {
      const anchor = zones[next++];
      if (anchor === undefined || this.timer === undefined) return;
      const question = { name: anchor.zone, type: RRType.DNSKEY, class: RRClass.IN };
      const request = { question, checkingDisabled: false, recursionDesired: true, validate: true };
      // Never from within: a cached answer comes at once, and a hundred of them would go deep.
      this.parts.resolver.resolve(request, () => {
        this.parts.timers.at(this.parts.clock.monotonicMs(), goOn);
      });
    };
    goOn();
  }
}
