// What a resolver of this program is made from, and what the rest of the daemon may ask of it.
import type { Config } from '../config/schema.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { LocalDelegation } from '../policy/auth-zone.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exchange } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import type { Timers } from '../ports/timers.ts';
import type { LocalTargets, Resolver } from '../resolver/resolution.ts';
import type { RecursiveResolver } from '../resolver/resolver.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Rankings } from '../telemetry/rankings.ts';
import type { Journals } from './journals.ts';
import type { LogSwitches } from './log-switches.ts';
import type { RootHints } from './root-hints.ts';
import type { Tracing } from './tracing.ts';

/** What a resolver is made from. */
export interface ResolverParts {
  readonly config: Config;
  readonly anchors: TrustAnchors;
  readonly hints: RootHints;
  readonly exchange: Exchange;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly rankings: Rankings;
  readonly log: Log;
  readonly switches: Pick<LogSwitches, 'logBogus'>;
  readonly tracing: Pick<Tracing, 'traceOf'>;
  /** Hears that something known was forgotten or decided otherwise. */
  readonly onForgot: () => void;
  readonly localDelegations: readonly LocalDelegation[];
  readonly localTargets: LocalTargets;
  /** Hear what is found; absent for a resolver that leaves no trace. */
  readonly journals?: Pick<Journals, 'onTrust' | 'onUpstream'>;
}

/** A resolver, and what only one with caches can do. */
export type DaemonResolver = Resolver &
  Partial<Pick<RecursiveResolver, 'wipe' | 'reconfigure' | 'knowledge' | 'exemptions' | 'signal'>>;
