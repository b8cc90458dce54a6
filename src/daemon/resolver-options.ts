// From the configuration to what the resolver needs to know.

import type { NameServer } from '../cache/delegation-store.ts';
import { ThrottleExemptions } from '../cache/throttle-exemptions.ts';
import { networkText } from '../config/network.ts';
import type { Config } from '../config/schema.ts';
import type { Forwarder } from '../config/structured-types.ts';
import { type AlgorithmPolicy, DEFAULT_ALGORITHM_POLICY } from '../dnssec/algorithms.ts';
import { DEFAULT_DNSSEC_LIMITS } from '../dnssec/budget.ts';
import type { SkewBounds } from '../dnssec/rrsig.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import { DEFAULT_ITERATION_LIMITS, type IterationLimits } from '../iterator/limits.ts';
import type { AddressFilter } from '../iterator/scrub.ts';
import { serverAddress } from '../iterator/server-address.ts';
import type { ServerAddress, TlsProfile } from '../ports/exchange.ts';
import {
  type CacheOptions,
  DEFAULT_CACHE_OPTIONS,
  type ForwardZone,
  type ResolverOptions,
  type StaleOptions,
} from '../resolver/options.ts';
import { DEFAULT_REQUEST_LIMITS } from '../resolver/request-budget.ts';
import { AccessControl } from '../server/access-control.ts';
import { DEFAULT_CHAIN_LIMITS } from '../validator/needs.ts';
import { parseAddress } from '../wire/address-text.ts';
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { parseNameRdata } from '../wire/rdata.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { tlsProfiles } from './tls-profiles.ts';

/** Octets that an answer entry of the usual size is accounted with: PowerDNS counts entries, kedge octets. */
export const TYPICAL_ENTRY_OCTETS = 1_024;

/** Unbound's `prefetch`: the last tenth of a TTL. */
const PREFETCH_PERCENT = 10;
/** What one of PowerDNS Recursor's extensions adds to the life of data that have ended. */
const STALE_EXTENSION_SECONDS = 30;
/** The longest TTL that is kept, a week. */
const LONGEST_ORIGINAL_TTL = 604_800;

export function resolverOptions(
  config: Config,
  anchors: TrustAnchors,
  hints: readonly ResourceRecord[],
): ResolverOptions {
  const { dnssec, kedge, outgoing, recordcache, recursor } = config;
  const { limits } = kedge;
  const unbounded = config.recordcache.max_entries * TYPICAL_ENTRY_OCTETS;
  const stale = staleOptions(config);
  const families = sourceFamilies(outgoing.source_address);
  const dnssecLimits = {
    ...DEFAULT_DNSSEC_LIMITS,
    maxVerificationsPerRRset: limits.dnssec_max_verify_per_rrset,
    maxVerificationsPerMessage: limits.dnssec_max_verify_per_message,
    maxVerificationsPerQuery: limits.dnssec_max_verify_per_query,
    maxSameTagKeys: limits.dnssec_max_same_tag,
    maxSignaturesPerRRset: limits.scrub_max_rrsig,
    maxNsec3Iterations: dnssec.nsec3_max_iterations,
    maxNsec3sPerDenial: dnssec.max_nsec3s_per_record,
    ...nsec3Work(config),
  };
  return {
    rootServers: rootServers(hints),
    anchors,
    forwardZones: forwardZones(config),
    iteration: {
      limits: iterationLimits(config),
      minimise: recursor.qname_minimization,
      minimiseStrictly: kedge.qname_minimisation_strict,
      useIPv4: families.ipv4,
      useIPv6: families.ipv6,
      dnssecOk: dnssec.validation !== 'off',
      randomiseCase: true,
      lowerCase: outgoing.lowercase,
      networkTimeoutMs: outgoing.network_timeout,
      tcpTimeoutMs: 2 * outgoing.network_timeout,
      anyToTcp: outgoing.any_to_tcp,
      bypassThrottlingOneIn: outgoing.bypass_server_throttling_probability,
      exemptions: throttleExemptions(config),
      mayAsk: askFilter(config),
      mayAnswer: rebindingFilter(config),
      trustsForeignGlue: !kedge.harden_glue,
      verifiesGlue: kedge.harden_unverified_glue,
    },
    request: {
      ...DEFAULT_REQUEST_LIMITS,
      maxUpstream: kedge.max_global_quota ?? limits.query_max_upstream,
      maxOctets: limits.query_max_bytes,
      maxDepth: limits.query_max_depth,
      maxAddressLookups: outgoing.max_ns_address_qperq,
      maxWaiters: Math.max(1, recursor.max_chain_length),
      maxAliases: kedge.max_query_restarts ?? limits.query_max_aliases,
      clientDeadlineMs: limits.query_client_deadline_ms,
      totalDeadlineMs: limits.query_total_deadline_ms,
      maxCpuMs: limits.query_max_cpu_ms,
    },
    cache: {
      ...DEFAULT_CACHE_OPTIONS,
      maxOctets: Math.min(limits.cache_max_bytes, unbounded),
      maxEntryOctets: Math.max(1, recordcache.max_entry_size),
      maxServers: limits.infra_max_hosts,
      serverTtl: limits.infra_ttl,
      throttling: {
        maxFails: outgoing.server_down_max_fails,
        throttleSeconds: outgoing.server_down_throttle_time,
      },
      nonResolving: {
        maxFails: outgoing.non_resolving_ns_max_fails,
        throttleSeconds: outgoing.non_resolving_ns_throttle_time,
      },
      // TTLs that go out as they came are not bounded either.
      maxTtl: kedge.serve_original_ttl ? Math.max(recordcache.max_ttl, LONGEST_ORIGINAL_TTL) : recordcache.max_ttl,
      minTtl: kedge.serve_original_ttl ? 0 : recursor.minimum_ttl_override,
      maxNegativeTtl: recordcache.max_negative_ttl,
      minNegativeTtl: kedge.cache_min_negative_ttl,
      bogusTtl: Math.min(DEFAULT_CACHE_OPTIONS.bogusTtl, recordcache.max_cache_bogus_ttl),
      maxAggressiveRecords: dnssec.aggressive_nsec_cache_size,
      nothingBelowNxdomain: nothingBelow(config),
      rootNxTrust: recursor.root_nx_trust,
      lockedTtlPercent: recordcache.locked_ttl_perc,
      keepsExpired: stale !== undefined,
    },
    serving: {
      stale,
      refreshPercent: Math.max(kedge.prefetch ? PREFETCH_PERCENT : 0, recordcache.refresh_on_ttl_perc),
      // SECURITY A-53: a tenth of what may be under way.
      maxRefreshes: Math.max(1, Math.floor(recursor.max_mthreads / 10)),
      originalTtl: kedge.serve_original_ttl,
    },
    validation: {
      policy: algorithmPolicy(config),
      limits: dnssecLimits,
      chainLimits: { ...DEFAULT_CHAIN_LIMITS, maxDS: dnssec.max_ds_per_zone },
      hardenStripped: kedge.harden_dnssec_stripped,
      inceptionSkew: dnssec.signature_inception_skew,
      expirationSkew: limits.dnssec_expiration_skew,
      variants: {
        skewBounds: skewBounds(config),
        demandsAllAlgorithms: kedge.harden_algo_downgrade,
        keysizeIterations: kedge.val_nsec3_keysize_iterations,
        takesUnsignedAsIs: kedge.disable_dnssec_lame_check,
      },
    },
  };
}

/** Unbound's options, or PowerDNS Recursor's number of extensions; undefined when neither is on. */
function staleOptions({ kedge, recordcache }: Config): StaleOptions | undefined {
  if (!kedge.serve_expired && recordcache.serve_stale_extensions === 0) return undefined;
  const given = kedge.serve_expired_ttl === 0 ? Number.POSITIVE_INFINITY : kedge.serve_expired_ttl;
  return {
    windowSeconds: kedge.serve_expired ? given : recordcache.serve_stale_extensions * STALE_EXTENSION_SECONDS,
    restartsOnFailure: kedge.serve_expired_ttl_reset,
    clientTimeoutMs: kedge.serve_expired_client_timeout,
    replyTtl: kedge.serve_expired_reply_ttl,
    tellsClient: kedge.ede_serve_expired,
  };
}

/** Which algorithms count as supported. */
export function algorithmPolicy({ kedge, dnssec }: Pick<Config, 'kedge' | 'dnssec'>): AlgorithmPolicy {
  return {
    ...DEFAULT_ALGORITHM_POLICY,
    sha1: kedge.sha1,
    disabledAlgorithms: new Set(dnssec.disabled_algorithms),
  };
}

/** Servers that never count as dead. */
export function throttleExemptions({ outgoing }: Pick<Config, 'outgoing'>): ThrottleExemptions {
  return new ThrottleExemptions(
    outgoing.dont_throttle_names.map(nameText),
    outgoing.dont_throttle_netmasks.map(networkText),
  );
}

/**
 * A higher cap on iterations makes room for the hashes that a proof then costs, whatever limit is given: it counts hashes
 * of zones without iterations, and one proof must be possible in any zone.
 */
function nsec3Work({ dnssec, kedge }: Config): { maxHashBlocksPerMessage: number; maxHashBlocksPerQuery: number } {
  const hashesOfAProof = 12;
  const bySize = kedge.val_nsec3_keysize_iterations.map(({ iterations }) => iterations);
  const maxIterations = Math.max(dnssec.nsec3_max_iterations, ...bySize);
  const blocksOfAProof = (maxIterations + 1) * 2 * hashesOfAProof;
  const perMessage = Math.max(DEFAULT_DNSSEC_LIMITS.maxHashBlocksPerMessage, blocksOfAProof);
  const given = dnssec.max_nsec3_hash_computations_per_query;
  const isGiven = given !== DEFAULT_DNSSEC_LIMITS.maxHashBlocksPerQuery;
  return {
    maxHashBlocksPerMessage: perMessage,
    maxHashBlocksPerQuery: isGiven ? Math.max(given, blocksOfAProof) : perMessage * 3,
  };
}

function iterationLimits({ kedge, outgoing, recordcache, recursor }: Config): IterationLimits {
  const { limits } = kedge;
  return {
    ...DEFAULT_ITERATION_LIMITS,
    maxUpstreamPerFetch: kedge.max_sent_count ?? limits.query_max_upstream_per_fetch,
    maxNameServers: kedge.iter_scrub_ns ?? limits.deleg_max_ns,
    maxAliases: kedge.iter_scrub_cname ?? limits.query_max_aliases,
    maxRecordsPerRRset: limits.rrset_max_records,
    maxAnyRecords: recordcache.limit_qtype_any ? limits.rrset_max_records : Number.POSITIVE_INFINITY,
    maxAttemptsPerServer: kedge.outbound_msg_retry ?? DEFAULT_ITERATION_LIMITS.maxAttemptsPerServer,
    maxMinimisedSteps: recursor.qname_max_minimize_count,
    maxOneLabelSteps: recursor.qname_minimize_one_label,
    maxGluelessPerQuery: outgoing.max_ns_address_qperq,
    maxSignaturesPerRRset: limits.scrub_max_rrsig,
  };
}

/** Unbound's option is a switch, PowerDNS's has three positions: the first wins where it is given. */
function nothingBelow({ recursor, kedge }: Config): CacheOptions['nothingBelowNxdomain'] {
  if (kedge.harden_below_nxdomain === undefined) return recursor.nothing_below_nxdomain;
  return kedge.harden_below_nxdomain ? 'dnssec' : 'no';
}

/** Servers named in the DNS are not asked in these networks; configured ones always are (POWERDNS.md 4.2). */
function askFilter({ outgoing, kedge }: Config): (octets: Uint8Array) => boolean {
  const networks = [...outgoing.dont_query, ...kedge.do_not_query_address];
  if (networks.length === 0) return isUnicast;
  const refused = new AccessControl(networks);
  return (octets) => isUnicast(octets) && !refused.covers(octets);
}

/** Addresses of private networks come from private names alone (Unbound's `private-address` and `private-domain`). */
function rebindingFilter({ kedge }: Config): AddressFilter | undefined {
  if (kedge.private_address.length === 0) return undefined;
  const filtered = new AccessControl(kedge.private_address);
  const exempt = new Set(kedge.private_domain.map(({ key }) => key));
  const isExempt = (name: DomainName): boolean => {
    for (let zone = name; ; zone = zone.parent()) {
      if (exempt.has(zone.key)) return true;
      if (zone.isRoot) return false;
    }
  };
  return (name, octets) => !filtered.covers(octets) || isExempt(name);
}

/** Unbound's bounds where only one is given. */
const DEFAULT_SKEW_BOUNDS: SkewBounds = { min: 3600, max: 86_400 };

function skewBounds({ kedge }: Config): SkewBounds | undefined {
  const { val_sig_skew_min: min, val_sig_skew_max: max } = kedge;
  if (min === undefined && max === undefined) return undefined;
  return { min: min ?? DEFAULT_SKEW_BOUNDS.min, max: max ?? DEFAULT_SKEW_BOUNDS.max };
}

/** Neither unspecified nor multicast nor broadcast: no server answers there, whatever the configuration says. */
function isUnicast(octets: Uint8Array): boolean {
  const first = octets[0] ?? 0;
  if (octets.length === 4) return first !== 0 && first < 224;
  return first !== 0xff && octets.some((octet) => octet !== 0);
}

function sourceFamilies(addresses: readonly string[]): { ipv4: boolean; ipv6: boolean } {
  return {
    ipv4: addresses.some((address) => !address.includes(':')),
    ipv6: addresses.some((address) => address.includes(':')),
  };
}

/** The forward zones with the addresses of their servers. Throws a `StartError` when TLS for one cannot be set up. */
export function forwardZones(config: Config): ForwardZone[] {
  const { recursor, kedge } = config;
  const names = (zones: readonly DomainName[]): Set<string> => new Set(zones.map(({ key }) => key));
  const forwardFirst = names(kedge.forward_first);
  const stubFirst = names(kedge.stub_first);
  const profileOf = tlsProfiles(config);
  return [...recursor.forward_zones, ...recursor.forward_zones_recurse].map(({ zone, forwarders, recurse }) => ({
    zone,
    servers: forwarders.map((forwarder) => forwarderAddress(forwarder, profileOf(forwarder))),
    recurse,
    first: (recurse ? forwardFirst : stubFirst).has(zone.key),
  }));
}

function forwarderAddress({ address, port }: Forwarder, tls: TlsProfile | undefined): ServerAddress {
  const octets = parseAddress(address);
  // A link-local address with its interface has no octet form that is complete.
  const server: ServerAddress =
    octets === undefined ? { address, port, family: 6, key: `${address}#${port}` } : serverAddress(octets, port);
  return tls === undefined ? server : { ...server, tls };
}

function rootServers(hints: readonly ResourceRecord[]): NameServer[] {
  const servers: NameServer[] = [];
  for (const record of hints) {
    if (record.type !== RRType.NS || !record.name.isRoot) continue;
    const name = parseNameRdata(record.rdata);
    if (name === undefined) continue;
    const glue = hints
      .filter(({ type, name: owner }) => (type === RRType.A || type === RRType.AAAA) && owner.equals(name))
      .map(({ rdata }) => serverAddress(rdata));
    servers.push({ name, glue });
  }
  return servers;
}
