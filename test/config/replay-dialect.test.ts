// The dialect in which scenario runners write configurations: everything that one can contain, in their spelling.
import { describe, expect, it } from 'vitest';
import { findingText } from '../../src/config/config-error.ts';
import { dnskeyText } from '../../src/config/dnskey-text.ts';
import { dsText } from '../../src/config/ds-text.ts';
import { parseConfig } from '../../src/config/load.ts';
import { networkText } from '../../src/config/network.ts';
import { socketAddressText } from '../../src/config/socket-address.ts';
import { nameText } from '../../src/wire/name-text.ts';

const text = `incoming:
  listen:
  - 127.0.0.1
  - ::1
  port: 53535
  allow_from:
  - 0.0.0.0/0
  - 127.0.0.0/8
  - ::/0
  - ::1/128
  allow_no_rd: true
outgoing:
  source_address:
  - 0.0.0.0
  - '::'
  dont_query: []
recursor:
  qname_minimization: false
  serve_rfc1918: false
  threads: 1
  hint_file: /run/scenario/hints
  forward_zones:
  - zone: example.com
    recurse: false
    forwarders:
    - 192.0.2.1:53
    - '[2001:db8::1]:5353'
  forward_zones_recurse:
  - zone: .
    recurse: true
    forwarders:
    - 216.0.0.1:53
  minimum_ttl_override: 5
  dns64_prefix: 64:ff9b::/96
dnssec:
  validation: validate
  trustanchors:
  - name: example.com.
    dsrecords:
    - 3547 3 1 2bb183af5f22588179a53b0a98631fad1a292118
    - 55566 8 2 9c148338951ce1c3b5cd3da532f3d90dfcf92595148022f2c2fd98e5deee90af
  negative_trustanchors:
  - name: insecure.example.com
    reason: scenario
  log_bogus: true
  aggressive_nsec_cache_size: 0
packetcache:
  disable: true
logging:
  disable_syslog: true
  quiet: true
recordcache:
  max_ttl: 20
  max_negative_ttl: 10
kedge:
  sha1: validate
  forward_first:
  - .
  stub_first:
  - example.com
  dnskey_trustanchors:
  - example.net. DNSKEY 257 3 8 AwEAAQ==
  default_trustanchor: false
  qname_minimisation_strict: true
  harden_glue: false
  harden_below_nxdomain: false
  harden_dnssec_stripped: true
  harden_algo_downgrade: true
  harden_unknown_additional: true
  harden_unverified_glue: false
  disable_dnssec_lame_check: true
  val_nsec3_keysize_iterations: 1024 150 2048 500 4096 2500
  val_clean_additional: false
  val_permissive_mode: true
  ignore_cd_flag: true
  val_sig_skew_min: 0
  val_sig_skew_max: 0
  serve_expired: true
  serve_expired_ttl: 3600
  serve_expired_ttl_reset: true
  serve_expired_reply_ttl: 123
  serve_expired_client_timeout: 1
  ede_serve_expired: true
  serve_original_ttl: true
  prefetch: true
  cache_min_negative_ttl: 4
  outbound_msg_retry: 0
  max_sent_count: 32
  max_query_restarts: 8
  max_global_quota: 5
  iter_scrub_ns: 3
  iter_scrub_cname: 1
  private_address:
  - 10.0.0.0/8
  - ::ffff:0:0/96
  private_domain:
  - home.arpa
  do_not_query_address:
  - 192.0.2.9
  dns64_ignore_aaaa:
  - ip6ignore.example.com.
  local_zone:
  - test. nodefault
  - '"." transparent'
  local_data:
  - www.example.com. 3600 IN A 192.0.2.1
`;

describe('the dialect of the scenario runner', () => {
  const result = parseConfig(text, '/run/scenario/recursor.yml');
  if (!result.ok) throw new Error(result.errors.map(findingText).join('\n'));
  const { incoming, outgoing, recursor, dnssec, kedge, recordcache, packetcache } = result.config;
  const zones = [...recursor.forward_zones, ...recursor.forward_zones_recurse];

  const cases: readonly { name: string; given: unknown; want: unknown }[] = [
    { name: 'listen', given: incoming.listen.map(socketAddressText), want: ['127.0.0.1', '::1'] },
    { name: 'port', given: incoming.port, want: 53535 },
    {
      name: 'allow_from',
      given: incoming.allow_from.map(networkText),
      want: ['0.0.0.0/0', '127.0.0.0/8', '::/0', '::1/128'],
    },
    { name: 'allow_no_rd', given: incoming.allow_no_rd, want: true },
    { name: 'source_address', given: outgoing.source_address, want: ['0.0.0.0', '::'] },
    { name: 'dont_query', given: outgoing.dont_query, want: [] },
    {
      name: 'zones',
      given: zones.map((zone) => [nameText(zone.zone), zone.recurse]),
      want: [
        ['example.com.', false],
        ['.', true],
      ],
    },
    {
      name: 'forwarders',
      given: zones.map((zone) => zone.forwarders.map(socketAddressText)),
      want: [['192.0.2.1:53', '[2001:db8::1]:5353'], ['216.0.0.1:53']],
    },
    { name: 'hint_file', given: recursor.hint_file, want: '/run/scenario/hints' },
    { name: 'minimum_ttl_override', given: recursor.minimum_ttl_override, want: 5 },
    { name: 'dns64_prefix', given: recursor.dns64_prefix && networkText(recursor.dns64_prefix), want: '64:ff9b::/96' },
    {
      name: 'trust anchors, without the built-in one',
      given: dnssec.trustanchors.map(({ name, dsRecords }) => [nameText(name), ...dsRecords.map(dsText)]),
      want: [
        [
          'example.com.',
          '3547 3 1 2bb183af5f22588179a53b0a98631fad1a292118',
          '55566 8 2 9c148338951ce1c3b5cd3da532f3d90dfcf92595148022f2c2fd98e5deee90af',
        ],
      ],
    },
    {
      name: 'negative trust anchors',
      given: dnssec.negative_trustanchors.map(({ reason }) => reason),
      want: ['scenario'],
    },
    {
      name: 'cache',
      given: [recordcache.max_ttl, recordcache.max_negative_ttl, packetcache.disable],
      want: [20, 10, true],
    },
    { name: 'sha1', given: kedge.sha1, want: 'validate' },
    {
      name: 'key anchors',
      given: kedge.dnskey_trustanchors.map(dnskeyText),
      want: ['example.net. DNSKEY 257 3 8 AwEAAQ=='],
    },
    { name: 'first', given: [...kedge.forward_first, ...kedge.stub_first].map(nameText), want: ['.', 'example.com.'] },
    {
      name: 'iterations by key size',
      given: kedge.val_nsec3_keysize_iterations,
      want: [
        { keyBits: 1024, iterations: 150 },
        { keyBits: 2048, iterations: 500 },
        { keyBits: 4096, iterations: 2500 },
      ],
    },
    { name: 'signature skew', given: [kedge.val_sig_skew_min, kedge.val_sig_skew_max], want: [0, 0] },
    {
      name: 'quotas',
      given: [kedge.max_global_quota, kedge.max_sent_count, kedge.max_query_restarts],
      want: [5, 32, 8],
    },
    {
      name: 'private addresses',
      given: kedge.private_address.map(networkText),
      want: ['10.0.0.0/8', '::ffff:0.0.0.0/96'],
    },
    {
      name: 'local zones',
      given: kedge.local_zone.map(({ zone, zoneType }) => [nameText(zone), zoneType]),
      want: [
        ['test.', 'nodefault'],
        ['.', 'transparent'],
      ],
    },
    { name: 'local data', given: kedge.local_data, want: ['www.example.com. 3600 IN A 192.0.2.1'] },
  ];
  for (const { name, given, want } of cases) it(name, () => expect(given).toEqual(want));
});
