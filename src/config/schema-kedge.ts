// The section `kedge`: what PowerDNS Recursor has no name for. Options that Unbound has carry its names in snake case.
import { option } from './option.ts';
import { keysizeIterations, localZones } from './structured-types.ts';
import { bool, dnskeys, domainNames, integer, networks, oneOf, optional, texts } from './value-types.ts';

/** A limit on work or memory: always a number with a range, never switched off. */
function limit(min: number, max: number, ours: number, help: string) {
  return option({ type: integer(min, max), default: ours, help });
}

/** As `limit`, for a bound that is built in so far: the value is checked and has no effect. */
function fixedLimit(min: number, max: number, ours: number, help: string) {
  return option({ type: integer(min, max), default: ours, help, effect: 'accepted' });
}

/** Bounds on what one message, query or client may cost. */
const limitsSection = {
  wire_max_expanded_name_bytes: fixedLimit(65_536, 1_048_576, 262_144, 'Octets of names decoded from one message.'),
  wire_max_edns_options: fixedLimit(8, 100, 32, 'EDNS options read from one message.'),
  query_max_upstream: limit(20, 400, 200, 'Packets sent to servers for one client query, everything counted.'),
  query_max_upstream_per_fetch: limit(10, 100, 50, 'Packets sent to servers for one name and type.'),
  query_max_bytes: limit(65_536, 1_048_576, 262_144, 'Octets received for one client query.'),
  query_max_depth: limit(3, 16, 7, 'Look-ups that wait for each other (the address of the server of the server ...).'),
  query_max_aliases: limit(4, 16, 11, 'CNAME and DNAME steps followed.'),
  query_client_deadline_ms: limit(
    1000,
    10_000,
    4500,
    'The client has its answer by then, SERVFAIL or stale data included.',
  ),
  query_total_deadline_ms: limit(2000, 30_000, 10_000, 'Work for a query ends by then, answered or not.'),
  query_max_cpu_ms: limit(20, 1000, 100, 'Processor time for one client query.'),
  deleg_max_ns: limit(1, 100, 13, 'Name servers kept of one delegation; a random sample if there are more.'),
  scrub_max_rrsig: limit(2, 32, 8, 'Signatures kept for one RRset.'),
  rrset_max_records: limit(32, 4096, 256, 'Records in one RRset; larger ones give SERVFAIL.'),
  dnssec_max_verify_per_rrset: limit(2, 16, 4, 'Public-key operations for one RRset.'),
  dnssec_max_verify_per_message: limit(8, 64, 16, 'Public-key operations for one message (KeyTrap bound).'),
  dnssec_max_verify_per_query: limit(16, 256, 64, 'Public-key operations for one client query (KeyTrap bound).'),
  dnssec_max_same_tag: limit(1, 4, 2, 'Keys with equal tag and algorithm that are tried.'),
  dnssec_expiration_skew: limit(0, 3600, 0, 'Seconds for which a signature counts after its expiration.'),
  cache_max_bytes: limit(1_048_576, 68_719_476_736, 268_435_456, 'Octets of memory for cached records, a hard bound.'),
  infra_max_hosts: limit(100, 1_000_000, 20_000, 'Server addresses of which behaviour is remembered.'),
  infra_ttl: limit(10, 86_400, 900, 'Seconds for which the behaviour of a server is remembered.'),
  reply_cache_max_bytes: limit(
    65_536,
    1_073_741_824,
    33_554_432,
    'Octets of memory for finished UDP replies (the packet cache of PowerDNS), a hard bound.',
  ),
  client_max_waiting: limit(10, 10_000, 100, 'Unanswered UDP queries of one client network.'),
};

export const kedgeSection = {
  refuse_unauthorised: option({
    type: bool,
    default: false,
    help: 'Answer clients outside `incoming.allow_from` with REFUSED and extended error 18, a hundred times a second at most. PowerDNS Recursor leaves them without any answer, and so does kedge unless this is on; the log names them either way.',
  }),
  driver: option({
    type: oneOf(['auto', 'batch', 'dgram']),
    default: 'auto',
    help: 'How packets come and go: in batches of system calls (Linux on x64 and arm64, with the package koffi), or one by one over node:dgram; `auto` takes the first where it can.',
  }),
  default_trustanchor: option({
    type: bool,
    default: true,
    help: 'Start from the built-in root trust anchors. Without them and without others, everything is insecure.',
    reloadable: true,
  }),
  dnskey_trustanchors: option({
    type: dnskeys,
    default: [],
    help: 'Trust anchors given as keys: `example. DNSKEY 257 3 8 BASE64`.',
    reloadable: true,
  }),
  sha1: option({
    type: oneOf(['insecure', 'validate']),
    default: 'insecure',
    help: 'What to do with algorithms 5 and 7 and digest type 1: treat what rests on them as insecure (RFC 9905), or validate it. `validate` takes zones as they used to be signed: RSA keys from 512 bits count too, and up to 150 NSEC3 iterations unless `dnssec.nsec3_max_iterations` is given.',
  }),
  qname_minimisation_strict: option({
    type: bool,
    default: false,
    help: 'Do not fall back to the full name when a server answers a minimised question badly.',
  }),
  harden_glue: option({
    type: bool,
    default: true,
    help: 'Trust glue only within the zone whose server gave it. Without it, a server may say where any name server is that it refers to.',
  }),
  harden_below_nxdomain: option({
    type: optional(bool),
    default: undefined,
    defaultText: 'as `recursor.nothing_below_nxdomain` says',
    help: 'Deny names below a name that is proved not to exist (RFC 8020).',
  }),
  harden_dnssec_stripped: option({
    type: bool,
    default: true,
    help: 'Data without signatures from a zone with a trust anchor is bogus, not insecure.',
  }),
  harden_algo_downgrade: option({
    type: bool,
    default: false,
    help: 'Demand a valid signature for every algorithm in the DS set, not for one of them (RFC 6840 5.11 asks for one).',
  }),
  harden_unknown_additional: option({
    effect: 'accepted',
    type: bool,
    default: true,
    help: 'Drop records from the authority and additional sections that no proof or referral needs. kedge always does.',
  }),
  harden_unverified_glue: option({
    type: bool,
    default: false,
    help: 'Look up the addresses of name servers outside the zone that they serve; their glue is only used when that fails. Costs questions.',
  }),
  disable_dnssec_lame_check: option({
    type: bool,
    default: false,
    help: 'Do not ask other servers of a signed zone when one leaves out the signatures.',
  }),
  val_nsec3_keysize_iterations: option({
    type: keysizeIterations,
    default: [],
    defaultText: '`dnssec.nsec3_max_iterations` for every key',
    help: 'Pairs of key size in bits and NSEC3 iterations allowed for zones whose smallest key is no larger; the last pair counts for larger ones too. Zones with more iterations are insecure.',
  }),
  val_clean_additional: option({
    effect: 'accepted',
    type: bool,
    default: true,
    help: 'Drop additional records that do not validate from secure answers. kedge always does: its answers have no additional records.',
  }),
  val_permissive_mode: option({
    type: bool,
    default: false,
    help: 'Answer with bogus data, without AD, instead of SERVFAIL.',
  }),
  ignore_cd_flag: option({ type: bool, default: false, help: 'Refuse bogus data to clients that set CD, too.' }),
  val_sig_skew_min: option({
    type: optional(integer(0, 31_536_000)),
    default: undefined,
    defaultText: '`dnssec.signature_inception_skew` and `limits.dnssec_expiration_skew` apply',
    help: 'Least tolerance for signature times, in seconds. With this or `val_sig_skew_max` the tolerance is a tenth of the validity period, from 3600 to 86400 seconds where only one is given.',
  }),
  val_sig_skew_max: option({
    type: optional(integer(0, 31_536_000)),
    default: undefined,
    defaultText: 'as for `val_sig_skew_min`',
    help: 'Most tolerance for signature times, in seconds.',
  }),
  udp_truncation_threshold_loopback: option({
    type: integer(512, 4096),
    default: 4096,
    help: 'Largest UDP answer to clients on 127.0.0.0/8 and ::1 (never less than `incoming.udp_truncation_threshold`), who get it only if they advertise as much (systemd-resolved does, dig does not). Over the network, larger answers come in fragments, which are lost or forged (RFC 9715); on this machine they do not, and the client is spared a TCP connection. Where `incoming.udp_truncation_threshold` is given, that counts for these clients, too, unless this is given as well. Behind a proxy on this machine, which passes on the sizes of clients elsewhere, give one of the two.',
  }),
  root_key_sentinel: option({
    type: bool,
    default: true,
    help: 'Answer `root-key-sentinel-is-ta-NNNNN` and `root-key-sentinel-not-ta-NNNNN` with SERVFAIL where that tells that the key with this tag is not, or is, a trust anchor of the root (RFC 8509). Only secure answers (NOERROR) to A and AAAA questions without CD are concerned. With CD nothing is tested, and AD, which could be taken for a result, is not set for these names.',
  }),
  trust_anchor_signaling: option({
    type: bool,
    default: true,
    help: 'Tell the servers of anchored zones once a day which keys are trusted, with a question for `_ta-KEYTAGS` (RFC 8145). Nothing is sent in the first five minutes.',
  }),
  serve_expired: option({
    type: bool,
    default: false,
    help: 'Serve data that have expired when fresh ones cannot be had, are bogus, or take too long (RFC 8767). They keep their verdict; AD is set only while their signatures last.',
  }),
  serve_expired_ttl: option({
    type: integer(0, 31_536_000),
    default: 86_400,
    help: 'Seconds for which expired data may be served; 0 is unlimited.',
  }),
  serve_expired_ttl_reset: option({
    type: bool,
    default: false,
    help: 'Start that time anew when a refresh failed.',
  }),
  serve_expired_reply_ttl: option({
    type: integer(0, 86_400),
    default: 30,
    help: 'TTL of expired data in answers, in seconds.',
  }),
  serve_expired_client_timeout: option({
    type: integer(0, 60_000),
    default: 1800,
    help: 'Milliseconds to try for fresh data before expired data is served; 0 serves it at once, and refreshes it meanwhile.',
  }),
  ede_serve_expired: option({
    type: bool,
    default: false,
    help: 'Add extended error 3 (Stale Answer) or 19 (Stale NXDOMAIN Answer) to answers with expired data.',
  }),
  serve_original_ttl: option({
    type: bool,
    default: false,
    help: 'Answer with the TTL that the server gave, not with what is left of it, and without regard to `recursor.minimum_ttl_override` and `recordcache.max_ttl`. Finished replies are not kept then.',
  }),
  prefetch: option({
    type: bool,
    default: false,
    help: 'Refresh records that are asked for in the last tenth of their TTL; `recordcache.refresh_on_ttl_perc` can say another part.',
  }),
  cache_min_negative_ttl: option({
    type: integer(0, 86_400),
    default: 0,
    help: 'Least TTL of negative answers in the cache, in seconds. Validated ones keep the TTL that was signed.',
  }),
  outbound_msg_retry: option({
    type: optional(integer(0, 100)),
    default: undefined,
    defaultText: 'two over UDP and one over TCP',
    help: 'Attempts at one server for one question.',
  }),
  max_sent_count: option({
    type: optional(integer(1, 1000)),
    default: undefined,
    defaultText: '`limits.query_max_upstream_per_fetch`',
    help: 'Packets sent to servers for one name and type.',
  }),
  max_query_restarts: option({
    type: optional(integer(0, 100)),
    default: undefined,
    defaultText: '`limits.query_max_aliases`',
    help: 'CNAME and DNAME steps followed.',
  }),
  max_global_quota: option({
    type: optional(integer(1, 10_000)),
    default: undefined,
    defaultText: '`limits.query_max_upstream`',
    help: 'Packets sent to servers for one client query.',
  }),
  iter_scrub_ns: option({
    type: optional(integer(0, 1000)),
    default: undefined,
    defaultText: '`limits.deleg_max_ns`',
    help: 'Name servers kept of one delegation.',
  }),
  iter_scrub_cname: option({
    type: optional(integer(0, 1000)),
    default: undefined,
    defaultText: '`limits.query_max_aliases`',
    help: 'CNAME records kept of one reply.',
  }),
  private_address: option({
    type: networks,
    default: [],
    help: 'Networks of which addresses are removed from what servers and forwarders answer (protection from rebinding). A signed answer that loses an address is bogus. Data configured here are not concerned.',
  }),
  private_domain: option({
    type: domainNames,
    default: [],
    help: 'Names at and below which answers may hold such addresses: forwarded zones of a private network, for example.',
  }),
  do_not_query_address: option({
    type: networks,
    default: [],
    help: 'More networks in which no server is asked, besides `outgoing.dont_query`.',
  }),
  dns64_ignore_aaaa: option({
    type: domainNames,
    default: [],
    help: 'Names at and below which AAAA records are replaced by ones made from A records, where there are any; needs `recursor.dns64_prefix`.',
  }),
  forward_first: option({
    type: domainNames,
    default: [],
    help: 'Zones of `recursor.forward_zones_recurse` that are looked up the normal way when the forwarders fail.',
    reloadable: true,
  }),
  stub_first: option({
    type: domainNames,
    default: [],
    help: 'Zones of `recursor.forward_zones` that are looked up the normal way when the servers fail.',
    reloadable: true,
  }),
  local_zone: option({
    type: localZones,
    default: [],
    help: 'How names are answered locally: `zone type`. `nodefault` switches a built-in local zone off.',
    reloadable: true,
  }),
  local_data: option({
    type: texts("'printer.home.arpa. 3600 IN A 192.168.1.9'"),
    default: [],
    help: 'Records answered locally, one each.',
    reloadable: true,
  }),
  web_hosts: option({
    type: texts('kedge.home.arpa'),
    default: [],
    help: 'Names by which browsers may call the web server, beside its addresses and `localhost`. Other names are refused, so that a site cannot make its own name point here.',
    reloadable: true,
  }),
  expiry_warning_days: option({
    type: integer(0, 365),
    default: 7,
    help: 'Days before the end of a signature from which on the list of expiries marks it; short-lived signatures are marked in the last quarter of their life.',
    reloadable: true,
  }),
  query_log_memory: option({
    type: bool,
    default: false,
    help: 'Keep the last 2000 queries in memory for the live query log of the pages, from the start on; it can be switched on and off there. Meanwhile an answer from the packet cache costs more: one thread makes it, and writes it down.',
  }),
  limits: limitsSection,
};
