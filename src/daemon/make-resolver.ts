import type { Config } from '../config/schema.ts';
import { type Dns64Parts, Dns64Resolver } from '../resolver/dns64.ts';
import type { Resolver } from '../resolver/resolution.ts';
import { RecursiveResolver } from '../resolver/resolver.ts';
import { RootKeySentinel } from '../resolver/root-key-sentinel.ts';
import { delegatedZones } from './delegated-zones.ts';
import { observeResolver } from './metric-sources.ts';
import { CountingResolverEvents } from './resolver-events.ts';
import { resolverOptions } from './resolver-options.ts';
import type { ResolverParts } from './resolver-parts.ts';

/** The recursive resolver that the configuration describes. */
export function makeResolver(parts: ResolverParts): RecursiveResolver {
  const { config, anchors, hints, exchange, timers, clock, random, metrics } = parts;
  const events = new CountingResolverEvents(parts);
  const options = resolverOptions(config, anchors, hints.records);
  const forwardZones = [...options.forwardZones, ...delegatedZones(parts.localDelegations)];
  const cache = { ...options.cache, hashSeed: random.below(2 ** 32) };
  const mayAsk = (octets: Uint8Array): boolean => {
    const isAllowed = options.iteration.mayAsk(octets);
    if (!isAllowed) metrics.increment('dont_outqueries');
    return isAllowed;
  };
  const resolver = new RecursiveResolver(
    { ...options, cache, iteration: { ...options.iteration, mayAsk }, forwardZones },
    {
      exchange,
      timers,
      clock,
      random,
      events,
      localTargets: parts.localTargets,
      onTrust: parts.journals?.onTrust,
      useThreadPool: true,
    },
  );
  observeResolver(metrics, resolver, clock);
  return resolver;
}

/** What clients ask: the resolver, behind a DNS64 where one is configured, and the root key sentinel. */
export function resolverForClients(config: Config, parts: Dns64Parts & Pick<ResolverParts, 'anchors'>): Resolver {
  const resolver = translatingResolver(config, parts);
  return config.kedge.root_key_sentinel ? new RootKeySentinel(resolver, parts.anchors) : resolver;
}

function translatingResolver({ recursor, kedge }: Config, parts: Dns64Parts): Resolver {
  const { dns64_prefix: prefix } = recursor;
  if (prefix === undefined) return parts.resolver;
  const { query_client_deadline_ms: clientDeadlineMs } = kedge.limits;
  return new Dns64Resolver({ prefix, ignoreAaaa: kedge.dns64_ignore_aaaa, clientDeadlineMs }, parts);
}
