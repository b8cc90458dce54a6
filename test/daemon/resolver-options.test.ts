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
    name: 'what is removed from answers: private addresses, but for private names',
    given: 'kedge: {private_address: [10.0.0.0/8, "fd00::/8"], private_domain: [home.arpa]}',
    read: ({ iteration: { mayAnswer } }) => [
      mayAnswer?.(nameOf('www.example.'), Uint8Array.of(10, 1, 2, 3)),
      mayAnswer?.(nameOf('www.example.'), Uint8Array.of(192, 0, 2, 1)),
      mayAnswer?.(nameOf('nas.home.arpa.'), Uint8Array.of(10, 1, 2, 3)),
      mayAnswer?.(nameOf('nothome.arpa.'), new Uint8Array(16).fill(0xfd)),
    ],
    want: [false, true, true, false],
  },
  {
    name: 'nothing is, by default',
    given: '',
    read: ({ iteration }) => [iteration.mayAnswer, iteration.trustsForeignGlue, iteration.verifiesGlue],
    want: [undefined, false, false],
  },
  {
    name: 'glue',
    given: 'kedge: {harden_glue: false, harden_unverified_glue: true}',
    read: ({ iteration }) => [iteration.trustsForeignGlue, iteration.verifiesGlue],
    want: [true, true],
  },
  {
    name: 'variants of validation',
    given:
      'kedge: {harden_algo_downgrade: true, disable_dnssec_lame_check: true, val_nsec3_keysize_iterations: "1024 150 2048 500", val_sig_skew_min: 60}',
    read: ({ validation }) => validation.variants,
    want: {
      skewBounds: { min: 60, max: 86_400 },
      demandsAllAlgorithms: true,
      keysizeIterations: [
        { keyBits: 1024, iterations: 150 },
        { keyBits: 2048, iterations: 500 },
      ],
      takesUnsignedAsIs: true,
    },
  },
  {
    name: 'signature times by the fixed tolerances unless one of the bounds is given',
    given: '',
    read: ({ validation }) => validation.variants?.skewBounds,
    want: undefined,
  },
  {
    name: 'many NSEC3 iterations make room for the hashes of a proof',
    given: 'kedge: {val_nsec3_keysize_iterations: "4096 2500"}',
    read: ({ validation }) => validation.limits.maxHashBlocksPerMessage >= 2501 * 2 * 3,
    want: true,
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
  {
    name: 'nothing stale and nothing renewed unless that is asked for',
    given: '',
    read: ({ serving, cache }) => [serving?.stale, serving?.refreshPercent, serving?.originalTtl, cache.keepsExpired],
    want: [undefined, 0, false, false],
  },
  {
    name: 'stale data as in Unbound',
    given:
      'kedge: {serve_expired: true, serve_expired_ttl: 100, serve_expired_ttl_reset: true, serve_expired_reply_ttl: 5, serve_expired_client_timeout: 0, ede_serve_expired: true}',
    read: ({ serving, cache }) => [serving?.stale, cache.keepsExpired],
    want: [{ windowSeconds: 100, restartsOnFailure: true, replyTtl: 5, clientTimeoutMs: 0, tellsClient: true }, true],
  },
  {
    name: 'stale data for ever',
    given: 'kedge: {serve_expired: true, serve_expired_ttl: 0}',
    read: ({ serving }) => serving?.stale?.windowSeconds,
    want: Number.POSITIVE_INFINITY,
  },
  {
    name: 'stale data as in PowerDNS Recursor: extensions of 30 s',
    given: 'recordcache: {serve_stale_extensions: 120}',
    read: ({ serving }) => serving?.stale,
    want: { windowSeconds: 3600, restartsOnFailure: false, replyTtl: 30, clientTimeoutMs: 1800, tellsClient: false },
  },
  {
    name: 'renewal in the last tenth, by a tenth of the queries at any time',
    given: 'kedge: {prefetch: true}\nrecursor: {max_mthreads: 1000}',
    read: ({ serving }) => [serving?.refreshPercent, serving?.maxRefreshes],
    want: [10, 100],
  },
  {
    name: 'renewal in another part',
    given: 'recordcache: {refresh_on_ttl_perc: 25, locked_ttl_perc: 40}',
    read: ({ serving, cache }) => [serving?.refreshPercent, cache.lockedTtlPercent],
    want: [25, 40],
  },
  {
    name: 'original TTLs are not bounded',
    given: 'kedge: {serve_original_ttl: true}\nrecursor: {minimum_ttl_override: 300}\nrecordcache: {max_ttl: 60}',
    read: ({ serving, cache }) => [serving?.originalTtl, cache.minTtl, cache.maxTtl],
    want: [true, 0, 604_800],
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
