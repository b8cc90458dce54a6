// What the resolver needs of the outside.
import type { ZoneTrust } from '../cache/zone-trust-cache.ts';
import type { Clock } from '../ports/clock.ts';
import type { ResolverEvents } from '../ports/events.ts';
import type { Exchange } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import type { Timers } from '../ports/timers.ts';
import type { LocalTargets } from './resolution.ts';

export interface ResolverPorts {
  readonly exchange: Exchange;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: ResolverEvents;
  readonly localTargets?: LocalTargets;
  /** Hears how far a zone is trusted each time that has been found out, and for how many seconds. As cheap as `events`. */
  readonly onTrust?: ((trust: ZoneTrust, ttl: number) => void) | undefined;
  /** Dear verifications may leave the thread; in simulations they do not. */
  readonly useThreadPool: boolean;
}
