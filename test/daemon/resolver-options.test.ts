// What the options about servers and about the cost of validation become.
import { describe, expect, test } from 'vitest';
import { resolverOptions } from '../../src/daemon/resolver-options.ts';
import { DEFAULT_DNSSEC_LIMITS } from '../../src/dnssec/budget.ts';
import { TrustAnchors } from '../../src/dnssec/trust-anchor.ts';
import type { ResolverOptions } from '../../src/resolver/options.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { configOf } from './support/daemons.ts';

const optionsOf = (text: string) => resolverOptions(configOf(text), new TrustAnchors(), []);

interface Row {
  readonly name: string;
  readonly given: string;
  readonly read: (options: ResolverOptions) => unknown;
  readonly want: unknown;
}

const rows: readonly Row[] = [
  {
    name: 'network_timeout bounds the wait for a datagram, and doubly that for a connection',
    given: 'outgoing: {network_timeout: 700}',
    read: ({ iteration }) => [iteration.networkTimeoutMs, iteration.tcpTimeoutMs],
    want: [700, 1400],
  },
  {
    name: 'lowercase and any_to_tcp',
    given: 'outgoing: {lowercase: true, any_to_tcp: false}',
    read: ({ iteration }) => [iteration.lowerCase, iteration.anyToTcp],
    want: [true, false],
  },
  {
    name: 'throttling of servers',
    given:
      'outgoing: {server_down_max_fails: 64, server_down_throttle_time: 30, bypass_server_throttling_probability: 0}',
    read: ({ cache, iteration }) => [cache.throttling, iteration.bypassThrottlingOneIn],
    want: [{ maxFails: 64, throttleSeconds: 30 }, 0],
  },
  {
    name: 'throttling of server names',
    given: 'outgoing: {non_resolving_ns_max_fails: 0, non_resolving_ns_throttle_time: 10}',
    read: ({ cache }) => cache.nonResolving,
    want: { maxFails: 0, throttleSeconds: 10 },
  },
  {
    name: 'exemptions from it',
    given: 'outgoing: {dont_throttle_names: [example.net], dont_throttle_netmasks: [192.0.2.0/24]}',
    read: ({ iteration: { exemptions } }) => [
      exemptions.covers(nameOf('ns.example.net.'), '198.51.100.1'),
      exemptions.covers(nameOf('ns.'), '192.0.2.9'),
      exemptions.covers(nameOf('ns.'), '192.0.3.9'),
    ],
    want: [true, true, false],
  },
  {
    name: 'source addresses choose the families',
    given: "outgoing: {source_address: ['::1']}",
    read: ({ iteration }) => [iteration.useIPv4, iteration.useIPv6],
    want: [false, true],
  },
  {
    name: 'budgets of one query',
    given:
      'outgoing: {max_qperq: 60, max_bytesperq: 100000, max_ns_per_resolve: 5}\nrecursor: {max_total_msec: 7000, max_recursion_depth: 16}',
    read: ({ request, iteration }) => [
      request.maxUpstream,
      request.maxOctets,
      iteration.limits.maxNameServers,
      request.totalDeadlineMs,
      request.maxDepth,
    ],
    want: [60, 100_000, 5, 7000, 16],
  },
  {
    name: 'root_nx_trust',
    given: 'recursor: {root_nx_trust: false}',
    read: ({ cache }) => cache.rootNxTrust,
    want: false,
  },
  {
    name: 'the cost of validation, as given',
    given:
      'dnssec: {max_rrsigs_per_record: 2, max_nsec3s_per_record: 20, max_signature_validations_per_query: 30, max_dnskeys: 1}',
    read: ({ validation: { limits } }) => [
      limits.maxVerificationsPerRRset,
      limits.maxNsec3sPerDenial,
      limits.maxVerificationsPerQuery,
      limits.maxSameTagKeys,
    ],
    want: [2, 20, 30, 1],
  },
  {
    name: 'the cost of validation, when nothing is given',
    given: '',
    read: ({ validation }) => validation.limits,
    want: DEFAULT_DNSSEC_LIMITS,
  },
  {
    name: 'hashes of NSEC3: never fewer than one proof takes',
    given: 'dnssec: {max_nsec3_hash_computations_per_query: 600}',
    read: ({ validation }) => validation.limits.maxHashBlocksPerQuery,
    want: 51 * 24,
  },
  {
    name: 'hashes of NSEC3: as given where no iterations are allowed',
    given: 'dnssec: {max_nsec3_hash_computations_per_query: 600, nsec3_max_iterations: 0}',
    read: ({ validation }) => validation.limits.maxHashBlocksPerQuery,
    want: 600,
  },
];

describe('resolverOptions', () => {
  for (const { name, given, read, want } of rows) {
    test(name, () => expect(read(optionsOf(given))).toEqual(want));
  }

  test('a forwarder on port 853 has a TLS profile, one on another port has none', () => {
    const { forwardZones } = optionsOf(
      "recursor: {forward_zones_recurse: [{zone: ., forwarders: ['192.0.2.1:853', '192.0.2.2:8853']}]}",
    );
    expect(forwardZones[0]?.servers.map(({ key, tls }) => [key, tls?.validate])).toEqual([
      ['192.0.2.1#853', false],
      ['192.0.2.2#8853', undefined],
    ]);
  });
});
