// From the configuration to what the resolver needs to know.

import type { NameServer } from '../cache/delegation-store.ts';
import type { Config } from '../config/schema.ts';
import { DEFAULT_ALGORITHM_POLICY } from '../dnssec/algorithms.ts';
import { DEFAULT_DNSSEC_LIMITS } from '../dnssec/budget.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import { DEFAULT_ITERATION_LIMITS, type IterationLimits } from '../iterator/limits.ts';
import { serverAddress } from '../iterator/server-address.ts';
import type { ServerAddress } from '../ports/exchange.ts';
import {
  type CacheOptions,
  DEFAULT_CACHE_OPTIONS,
  type ForwardZone,
  type ResolverOptions,
} from '../resolver/options.ts';
import { DEFAULT_REQUEST_LIMITS } from '../resolver/request-budget.ts';
import { AccessControl } from '../server/access-control.ts';
import { DEFAULT_CHAIN_LIMITS } from '../validator/needs.ts';
import { parseAddress } from '../wire/address-text.ts';
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { parseNameRdata } from '../wire/rdata.ts';
import type { ResourceRecord } from '../wire/record.ts';

/** Octets that an answer entry of the usual size is accounted with: PowerDNS counts entries, kedge octets. */
const TYPICAL_ENTRY_OCTETS = 1_024;

export function resolverOptions(
  config: Config,
  anchors: TrustAnchors,
  hints: readonly ResourceRecord[],
): ResolverOptions {
  const { dnssec, kedge, outgoing, recordcache, recursor } = config;
  const { limits } = kedge;
  const unbounded = config.recordcache.max_entries * TYPICAL_ENTRY_OCTETS;
  const families = sourceFamilies(outgoing.source_address);
  const dnssecLimits = {
    ...DEFAULT_DNSSEC_LIMITS,
    maxVerificationsPerRRset: limits.dnssec_max_verify_per_rrset,
    maxVerificationsPerMessage: limits.dnssec_max_verify_per_message,
    maxVerificationsPerQuery: limits.dnssec_max_verify_per_query,
    maxSameTagKeys: limits.dnssec_max_same_tag,
    maxSignaturesPerRRset: limits.scrub_max_rrsig,
    maxNsec3Iterations: dnssec.nsec3_max_iterations,
    ...nsec3Work(dnssec.nsec3_max_iterations),
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
      tcpTimeoutMs: 3_000,
      mayAsk: askFilter(config),
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
      maxTtl: recordcache.max_ttl,
      minTtl: recursor.minimum_ttl_override,
      maxNegativeTtl: recordcache.max_negative_ttl,
      minNegativeTtl: kedge.cache_min_negative_ttl,
      bogusTtl: Math.min(DEFAULT_CACHE_OPTIONS.bogusTtl, recordcache.max_cache_bogus_ttl),
      maxAggressiveRecords: dnssec.aggressive_nsec_cache_size,
      nothingBelowNxdomain: nothingBelow(config),
    },
    validation: {
      policy: {
        ...DEFAULT_ALGORITHM_POLICY,
        sha1: kedge.sha1,
        disabledAlgorithms: new Set(dnssec.disabled_algorithms),
      },
      limits: dnssecLimits,
      chainLimits: { ...DEFAULT_CHAIN_LIMITS, maxDS: dnssec.max_ds_per_zone },
      hardenStripped: kedge.harden_dnssec_stripped,
      inceptionSkew: dnssec.signature_inception_skew,
      expirationSkew: limits.dnssec_expiration_skew,
    },
  };
}

/** A higher cap on iterations makes room for the hashes that a proof then costs. */
function nsec3Work(iterations: number): { maxHashBlocksPerMessage: number; maxHashBlocksPerQuery: number } {
  const hashesOfAProof = 12;
  const blocks = Math.max(DEFAULT_DNSSEC_LIMITS.maxHashBlocksPerMessage, (iterations + 1) * 2 * hashesOfAProof);
  return { maxHashBlocksPerMessage: blocks, maxHashBlocksPerQuery: blocks * 3 };
}

function iterationLimits({ kedge, outgoing, recursor }: Config): IterationLimits {
  const { limits } = kedge;
  return {
    ...DEFAULT_ITERATION_LIMITS,
    maxUpstreamPerFetch: kedge.max_sent_count ?? limits.query_max_upstream_per_fetch,
    maxNameServers: kedge.iter_scrub_ns ?? limits.deleg_max_ns,
    maxAliases: kedge.iter_scrub_cname ?? limits.query_max_aliases,
    maxRecordsPerRRset: limits.rrset_max_records,
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
  return (octets) => isUnicast(octets) && !refused.allows(octets);
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

function forwardZones({ recursor, kedge }: Config): ForwardZone[] {
  const names = (zones: readonly DomainName[]): Set<string> => new Set(zones.map(({ key }) => key));
  const forwardFirst = names(kedge.forward_first);
  const stubFirst = names(kedge.stub_first);
  return [...recursor.forward_zones, ...recursor.forward_zones_recurse].map(({ zone, forwarders, recurse }) => ({
    zone,
    servers: forwarders.map(forwarderAddress),
    recurse,
    first: (recurse ? forwardFirst : stubFirst).has(zone.key),
  }));
}

function forwarderAddress({ address, port }: { address: string; port: number }): ServerAddress {
  const octets = parseAddress(address);
  if (octets !== undefined) return serverAddress(octets, port);
  // A link-local address with its interface has no octet form that is complete.
  return { address, port, family: 6, key: `${address}#${port}` };
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
