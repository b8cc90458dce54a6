import type { Resolver } from '../resolver/resolution.ts';
import { RecursiveResolver } from '../resolver/resolver.ts';
import type { ResolverParts } from './daemon.ts';
import { CountingResolverEvents } from './resolver-events.ts';
import { resolverOptions } from './resolver-options.ts';

/** The recursive resolver that the configuration describes. */
export function makeResolver(parts: ResolverParts): Resolver {
  const { config, anchors, hints, exchange, timers, clock, random, metrics, log } = parts;
  const logBogus = config.dnssec.log_bogus || config.dnssec.validation === 'log-fail';
  const events = new CountingResolverEvents(metrics, log, logBogus);
  const options = resolverOptions(config, anchors, hints.records);
  return new RecursiveResolver(options, { exchange, timers, clock, random, events, useThreadPool: true });
}
