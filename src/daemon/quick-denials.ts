// Denials out of cached proofs, in front of the pipeline: what decides about names here, and where they are counted.
import { DenialFinder, type DenialGuard } from '../cache/denial-finder.ts';
import type { Config } from '../config/schema.ts';
import { DenialReplies } from '../fast-path/denial-replies.ts';
import type { LocalData } from '../policy/local-data.ts';
import { ConfiguredNames } from '../resolver/denial-guard.ts';
import { noteOf } from '../server/kept-reply.ts';
import type { PipelineParts } from '../server/pipeline.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Rankings } from '../telemetry/rankings.ts';
import { RRClass, RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import type { DaemonResolver } from './resolver-parts.ts';

export interface QuickDenialsParts {
  readonly resolver: DaemonResolver;
  /** Of the moment. */
  readonly localData: () => Pick<LocalData, 'answer' | 'touches'>;
  readonly replyCache: PipelineParts['replyCache'];
  /** Every query is to be seen one by one. */
  readonly seesEveryQuery: () => boolean;
  readonly metrics: Metrics;
  readonly rankings: Rankings;
}

/** Undefined for a resolver without caches. */
export function quickDenials(config: Config, parts: QuickDenialsParts): DenialReplies | undefined {
  const { resolver, localData, replyCache, seesEveryQuery, metrics, rankings } = parts;
  const { knowledge } = resolver;
  if (knowledge === undefined) return undefined;
  const guards = [
    new ConfiguredNames(knowledge.routes, knowledge.trustAnchors),
    new LocalNames(localData),
    new NamesSetAside(config.dnssec.x_dnssec_names),
  ];
  const denials = new DenialReplies({
    source: new DenialFinder(knowledge.denials, knowledge.answers, guards),
    udpOctets: config.incoming.udp_truncation_threshold,
    // What a DNS64 makes its own of (RFC 6147 5.1, 5.3.1).
    exceptTypes: config.recursor.dns64_prefix === undefined ? [] : [RRType.AAAA, RRType.PTR],
    isOff: seesEveryQuery,
    keepWhole: (reply, bits, now) => void replyCache?.store(reply, bits, now, undefined, noteOf('secure')),
    onSample: (question, client) => rankings.asked(question, client),
  });
  observeDenials(metrics, denials);
  return denials;
}

/** Names that are answered locally, or reported. */
class LocalNames implements DenialGuard {
  private readonly localData: () => Pick<LocalData, 'answer' | 'touches'>;

  constructor(localData: () => Pick<LocalData, 'answer' | 'touches'>) {
    this.localData = localData;
  }

  touches(zone: DomainName): boolean {
    return this.localData().touches(zone);
  }

  permits(name: DomainName, type: number): boolean {
    return this.localData().answer({ name, type, class: RRClass.IN }) === undefined;
  }
}

/** Names whose results are counted apart (`dnssec.x_dnssec_names`). */
class NamesSetAside implements DenialGuard {
  private readonly names: readonly DomainName[];

  constructor(names: readonly DomainName[]) {
    this.names = names;
  }

  touches(zone: DomainName): boolean {
    return this.names.some((name) => name.isSubdomainOf(zone) || zone.isSubdomainOf(name));
  }

  permits(name: DomainName): boolean {
    return !this.names.some((set) => name.isSubdomainOf(set));
  }
}

/** As each of them would be counted by `QueryCounters`: secure, out of the cache, in no time worth measuring. */
function observeDenials(metrics: Metrics, { counters }: DenialReplies): void {
  const answers = (): number => counters.answers;
  metrics.add('questions', answers);
  metrics.add('ipv6_questions', () => counters.ipv6);
  metrics.add('dnssec_queries', () => counters.dnssecOk);
  metrics.add('dnssec_authentic_data_queries', () => counters.authenticData);
  metrics.add('dnssec_check_disabled_queries', () => counters.checkingDisabled);
  metrics.add('nxdomain_answers', answers);
  metrics.add('answers0_1', answers);
  metrics.add('cache_hits', answers);
  metrics.add('dnssec_validations', answers);
  metrics.add('dnssec_result_secure', answers);
  metrics.histograms.clientAnswers.addInstant(answers);
}
