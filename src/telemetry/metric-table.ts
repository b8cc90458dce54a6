// Every metric: name, kind and help. Names are those of PowerDNS Recursor where it has the metric, so that dashboards made
// for it keep working; they are exported with the prefix `pdns_recursor_`, our own with `kedge_`.

import { type CauseCode, causeCodes, causeRow } from '../explain/causes.ts';

export type MetricKind = 'counter' | 'gauge';

export interface MetricRow {
  readonly kind: MetricKind;
  /** One plain sentence. */
  readonly help: string;
  /** Exported as `kedge_...`: PowerDNS has no such metric. */
  readonly own?: true;
  /** Exported under this name with a label; the name of the row is what `get-all` prints. */
  readonly family?: { readonly name: string; readonly label: string; readonly value: string };
}

const counter = (help: string): MetricRow => ({ kind: 'counter', help });
const gauge = (help: string): MetricRow => ({ kind: 'gauge', help });
const ownFamily = (help: string, name: string, label: string, value: string): MetricRow => ({
  kind: 'counter',
  help,
  own: true,
  family: { name, label, value },
});
const ownCounter = (help: string): MetricRow => ({ kind: 'counter', help, own: true });

/** What answers were found to be. */
const resultRows = {
  dnssec_result_secure: counter('Answers found secure'),
  dnssec_result_insecure: counter('Answers found insecure'),
  dnssec_result_indeterminate: counter('Answers that no trust anchor covers'),
  dnssec_result_nta: counter('Answers under a negative trust anchor'),
  dnssec_result_bogus: counter('Answers found bogus'),
  dnssec_result_bogus_no_valid_dnskey: counter('Bogus: no DNSKEY that a DS or anchor names is valid'),
  dnssec_result_bogus_invalid_denial: counter('Bogus: the denial of existence does not hold'),
  dnssec_result_bogus_unable_to_get_dss: counter('Bogus: no usable DS answer was to be had'),
  dnssec_result_bogus_unable_to_get_dnskeys: counter('Bogus: no DNSKEY set was to be had'),
  dnssec_result_bogus_self_signed_ds: counter('Bogus: a DS set signed by its own zone'),
  dnssec_result_bogus_no_rrsig: counter('Bogus: signature missing'),
  dnssec_result_bogus_no_valid_rrsig: counter('Bogus: no signature verifies'),
  dnssec_result_bogus_missing_negative_indication: counter('Bogus: proof of non-existence missing'),
  dnssec_result_bogus_signature_not_yet_valid: counter('Bogus: signature not yet valid'),
  dnssec_result_bogus_signature_expired: counter('Bogus: signature expired'),
  dnssec_result_bogus_unsupported_dnskey_algo: counter('Bogus: only signatures of unsupported algorithms'),
  dnssec_result_bogus_unsupported_ds_digest_type: counter('Bogus: only DS records of unsupported digest types'),
  dnssec_result_bogus_no_zone_key_bit_set: counter('Bogus: the DNSKEY lacks the Zone Key flag'),
  dnssec_result_bogus_revoked_dnskey: counter('Bogus: the DNSKEY is revoked'),
  dnssec_result_bogus_invalid_dnskey_protocol: counter('Bogus: the DNSKEY protocol field is not 3'),
} as const satisfies Record<string, MetricRow>;

export type ResultMetric = keyof typeof resultRows;

/** The same for the names of `dnssec.x_dnssec_names`. */
const setAsideRows = Object.fromEntries(
  Object.entries(resultRows).map(([name, row]) => [`x_${name}`, { ...row, help: `${row.help}; names set aside` }]),
) as Record<`x_${ResultMetric}`, MetricRow>;

/** PowerDNS counts what servers say by RCODE, under these words; the first is RCODE 0. */
const rcodeWords = [
  'noerror',
  'formerr',
  'servfail',
  'nxdomain',
  'notimp',
  'refused',
  'yxdomain',
  'yxrrset',
  'nxrrset',
  'notauth',
  'rcode10',
  'rcode11',
  'rcode12',
  'rcode13',
  'rcode14',
  'rcode15',
] as const;

type RcodeMetric = `auth_${(typeof rcodeWords)[number]}_answers`;

const rcodeRows = Object.fromEntries(
  rcodeWords.map((word) => [
    `auth_${word}_answers`,
    {
      kind: 'counter',
      help: 'Replies of servers by RCODE',
      family: { name: 'auth_rcode_answers', label: 'rcode', value: word },
    },
  ]),
) as Record<RcodeMetric, MetricRow>;

type CauseMetric = `bogus_${Underscored<CauseCode>}` | `failed_${Underscored<CauseCode>}`;
type Underscored<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}_${Underscored<Tail>}`
  : Text;

const causeWords = { bogus: 'Bogus answers by cause', failed: 'Questions without answer by cause' } as const;

/** Answers by the cause of their failure: docs/causes.md has the codes. */
const causeRows = Object.fromEntries(
  causeCodes.flatMap((code) => {
    const { kind } = causeRow(code);
    if (kind === 'insecure') return [];
    const name = `${kind}_${code.replaceAll('-', '_')}`;
    return [[name, ownFamily(causeWords[kind], `${kind}_total`, 'cause', code)]];
  }),
) as Record<CauseMetric, MetricRow>;

/** The metric for a cause; undefined for one that is no failure. */
export function causeMetric(code: CauseCode): MetricName | undefined {
  const name = `${causeRow(code).kind}_${code.replaceAll('-', '_')}`;
  return isMetricName(name) ? name : undefined;
}

/** The metric for a server's reply, by RCODE; the extended ones have none. */
export const rcodeMetrics: readonly RcodeMetric[] = rcodeWords.map((word) => `auth_${word}_answers` as const);

export const metricTable = {
  questions: counter('Queries with RD of clients that may ask'),
  ipv6_questions: counter('The same over IPv6'),
  tcp_questions: counter('The same over TCP'),
  noerror_answers: counter('Replies with NOERROR'),
  nxdomain_answers: counter('Replies with NXDOMAIN'),
  servfail_answers: counter('Replies with SERVFAIL'),
  answers0_1: counter('Queries answered within a millisecond'),
  answers1_10: counter('Queries answered within 1 to 10 milliseconds'),
  answers10_100: counter('Queries answered within 10 to 100 milliseconds'),
  answers100_1000: counter('Queries answered within 100 to 1000 milliseconds'),
  answers_slow: counter('Queries answered after more than a second'),
  qa_latency: gauge('Moving average of the time to answer, in microseconds'),
  x_our_latency: gauge('The same for what needed no server: the time that the program itself takes, in microseconds'),
  unauthorized_udp: counter('UDP queries of clients that may not ask'),
  unauthorized_tcp: counter('TCP queries of clients that may not ask'),
  client_parse_errors: counter('Queries that could not be read'),
  ignored_packets: counter('Packets from clients that were no queries'),
  over_capacity_drops: counter('Queries dropped because their source had too many unanswered ones'),
  source_disallowed_notify: counter('NOTIFY dropped: the client is not in allow_notify_from'),
  zone_disallowed_notify: counter('NOTIFY dropped: the zone is not in allow_notify_for'),
  policy_drops: counter('Queries dropped because a local zone says so'),
  truncated_drops: counter('Queries dropped because TC was set'),
  concurrent_queries: gauge('Queries that wait for the resolver'),
  tcp_clients: gauge('Connected TCP clients'),
  uptime: gauge('Seconds since the program started'),

  dnssec_queries: counter('Queries with DO'),
  dnssec_authentic_data_queries: counter('Queries with AD'),
  dnssec_check_disabled_queries: counter('Queries with CD'),
  dnssec_validations: counter('Answers with a validation verdict'),
  ...resultRows,
  ...setAsideRows,

  all_outqueries: counter('Queries sent to servers'),
  ipv6_outqueries: counter('Queries sent to servers over IPv6'),
  tcp_outqueries: counter('Queries sent to servers over TCP'),
  dot_outqueries: counter('Queries sent to servers over TLS'),
  noedns_outqueries: counter('Queries sent to servers without EDNS'),
  outgoing_timeouts: counter('Queries to servers that timed out'),
  outgoing4_timeouts: counter('The same over IPv4'),
  outgoing6_timeouts: counter('The same over IPv6'),
  throttled_out: counter('Questions not asked again because they have failed lately'),
  throttled_outqueries: counter('The same under its other name'),
  dont_outqueries: counter('Queries not sent because the address must not be asked'),
  unreachables: counter('Queries to servers that could not be delivered'),
  resource_limits: counter('Queries not sent because no socket was to be had'),
  spoof_prevents: counter('Questions repeated over TCP because a reply looked forged'),
  unexpected_packets: counter('Packets from servers that answer no query of ours'),
  case_mismatches: counter('Replies of servers with the wrong letter case in the question'),
  chain_resends: counter('Questions that joined one that was under way'),
  auth_zone_queries: counter('Queries answered from local zones'),
  server_parse_errors: counter('Replies of servers that could not be read'),

  ...rcodeRows,

  cache_hits: counter('Questions answered from the record cache'),
  cache_misses: counter('Questions that the record cache could not answer'),
  cache_entries: gauge('RRsets in the record cache'),
  max_cache_entries: gauge('Most RRsets the record cache may hold'),
  negcache_entries: gauge('Negative answers in the cache'),
  packetcache_hits: counter('Queries answered from the packet cache'),
  packetcache_misses: counter('Queries that the packet cache could not answer'),
  packetcache_entries: gauge('Replies in the packet cache'),
  max_packetcache_entries: gauge('Most replies the packet cache may hold'),
  aggressive_nsec_cache_entries: gauge('NSEC and NSEC3 records from which denials are made (RFC 8198)'),
  aggressive_nsec_cache_nsec_hits: counter('Denials made from cached NSEC records'),
  aggressive_nsec_cache_nsec3_hits: counter('Denials made from cached NSEC3 records'),
  aggressive_nsec_cache_nsec_wc_hits: counter('Answers made from cached wildcards and NSEC records'),
  aggressive_nsec_cache_nsec3_wc_hits: counter('Answers made from cached wildcards and NSEC3 records'),
  almost_expired_pushed: counter('Answers renewed before their end, or when served stale: tasks begun'),
  almost_expired_run: counter('Answers renewed before their end, or when served stale: tasks done'),
  failed_host_entries: gauge('Servers that do not answer'),
  nsspeeds_entries: gauge('Servers whose response times are known'),
  throttle_entries: gauge('Questions that are not asked for a while because they have failed'),

  real_memory_usage: gauge('Memory of the process, octets'),
  fd_usage: gauge('Open file descriptors'),
  user_msec: counter('Milliseconds of processor time spent in the program'),
  sys_msec: counter('Milliseconds of processor time spent in the system'),
  cpu_msec_thread_0: {
    kind: 'counter',
    help: 'Milliseconds of processor time by thread',
    family: { name: 'cpu_msec_thread_n', label: 'thread', value: '0' },
  },
  security_status: gauge('0: nobody is asked whether this version is safe'),

  ...causeRows,

  bugs: ownCounter('Faults of the program that were caught; each has a log line with its stack'),
  refusals_suppressed: ownCounter('Queries of clients that may not ask, left unanswered to be of no use to reflectors'),
  log_lines_suppressed: ownCounter('Log lines left out by the rate limit'),
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof metricTable;

export const metricNames: readonly MetricName[] = Object.keys(metricTable).filter(isMetricName);

function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(metricTable, name);
}
