// One table of metrics, and the numbers themselves. Names are those of PowerDNS Recursor where it has the metric, so that
// dashboards made for it keep working; they are exported with the prefix `pdns_recursor_`, our own with `kedge_`.

export type MetricKind = 'counter' | 'gauge';

interface MetricRow {
  readonly kind: MetricKind;
  /** One plain sentence. */
  readonly help: string;
  /** Exported as `kedge_...`: PowerDNS has no such metric. */
  readonly own?: true;
}

const counter = (help: string): MetricRow => ({ kind: 'counter', help });
const gauge = (help: string): MetricRow => ({ kind: 'gauge', help });
const ownCounter = (help: string): MetricRow => ({ kind: 'counter', help, own: true });

/** Every metric: name, kind and help. */
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
  unauthorized_udp: counter('UDP queries of clients that may not ask'),
  unauthorized_tcp: counter('TCP queries of clients that may not ask'),
  client_parse_errors: counter('Queries that could not be read'),
  ignored_packets: counter('Packets from clients that were no queries'),
  over_capacity_drops: counter('Queries dropped because their source had too many unanswered ones'),
  policy_drops: counter('Queries dropped because a local zone says so'),
  truncated_drops: counter('Queries dropped because TC was set'),
  concurrent_queries: gauge('Queries that wait for the resolver'),
  tcp_clients: gauge('Connected TCP clients'),
  uptime: gauge('Seconds since the program started'),

  dnssec_queries: counter('Queries with DO'),
  dnssec_authentic_data_queries: counter('Queries with AD'),
  dnssec_check_disabled_queries: counter('Queries with CD'),
  dnssec_validations: counter('Answers with a validation verdict'),
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

  all_outqueries: counter('Queries sent to servers'),
  ipv6_outqueries: counter('Queries sent to servers over IPv6'),
  tcp_outqueries: counter('Queries sent to servers over TCP'),
  outgoing_timeouts: counter('Queries to servers that timed out'),
  outgoing4_timeouts: counter('The same over IPv4'),
  outgoing6_timeouts: counter('The same over IPv6'),
  throttled_outqueries: counter('Queries not sent because the server has failed for them'),
  dont_outqueries: counter('Queries not sent because the address must not be asked'),
  unreachables: counter('Queries to servers that could not be delivered'),
  resource_limits: counter('Queries not sent because no socket was to be had'),
  spoof_prevents: counter('Questions repeated over TCP because a reply looked forged'),
  unexpected_packets: counter('Packets from servers that answer no query of ours'),
  case_mismatches: counter('Replies of servers with the wrong letter case in the question'),
  server_parse_errors: counter('Replies of servers that could not be read'),

  cache_hits: counter('Questions answered from the record cache'),
  cache_misses: counter('Questions that the record cache could not answer'),
  cache_entries: gauge('RRsets in the record cache'),
  max_cache_entries: gauge('Most RRsets the record cache may hold'),
  negcache_entries: gauge('Negative answers in the cache'),

  bugs: ownCounter('Faults of the program that were caught; each has a log line with its stack'),
  refusals_suppressed: ownCounter('Queries of clients that may not ask, left unanswered to be of no use to reflectors'),
  log_lines_suppressed: ownCounter('Log lines left out by the rate limit'),
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof metricTable;

export const metricNames: readonly MetricName[] = Object.keys(metricTable).filter(isMetricName);

function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(metricTable, name);
}

/** One number as it is exported. */
export interface MetricSample {
  readonly name: MetricName;
  /** With its prefix, as Prometheus sees it. */
  readonly exportedName: string;
  readonly kind: MetricKind;
  readonly help: string;
  readonly value: number;
}

/** The numbers of one program. Counters only go up; a gauge, or a counter kept elsewhere, is read when asked for. */
export class Metrics {
  private readonly values: Record<MetricName, number>;
  private readonly sources = new Map<MetricName, () => number>();

  constructor() {
    this.values = Object.fromEntries(metricNames.map((name) => [name, 0])) as Record<MetricName, number>;
  }

  increment(name: MetricName, by = 1): void {
    this.values[name] += by;
  }

  /** Lets `read` give the value from now on. */
  observe(name: MetricName, read: () => number): void {
    this.sources.set(name, read);
  }

  value(name: MetricName): number {
    return this.sources.get(name)?.() ?? this.values[name];
  }

  /** All metrics in the order of the table. */
  samples(): MetricSample[] {
    return metricNames.map((name) => {
      const row: MetricRow = metricTable[name];
      const exportedName = `${row.own === true ? 'kedge' : 'pdns_recursor'}_${name}`;
      return { name, exportedName, kind: row.kind, help: row.help, value: this.value(name) };
    });
  }
}
