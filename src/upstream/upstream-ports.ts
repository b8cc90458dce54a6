import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { UpstreamSockets } from '../ports/sockets.ts';
import type { Timers } from '../ports/timers.ts';

/** What attempts towards servers are made of. */
export interface UpstreamPorts {
  readonly sockets: UpstreamSockets;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly random: Random;
}
