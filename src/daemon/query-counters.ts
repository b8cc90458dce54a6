// What happens to clients' queries, in numbers (POWERDNS 7).
import type { BogusReason, Verdict } from '../dnssec/verdict.ts';
import { causeOfResolution } from '../explain/cause.ts';
import type { DenialCounters } from '../fast-path/denial-replies.ts';
import type { Resolution } from '../resolver/resolution.ts';
import type { Client } from '../server/client.ts';
import type { Drop, ReplyEvent } from '../server/events.ts';
import type { Request } from '../server/request.ts';
import { causeMetric, type ResultMetric } from '../telemetry/metric-table.ts';
import type { MetricName, Metrics } from '../telemetry/metrics.ts';
import type { Rankings } from '../telemetry/rankings.ts';
import { Rcode } from '../wire/constants.ts';
import type { Question } from '../wire/message.ts';
import type { DomainName } from '../wire/name.ts';

/** A reply longer than this is large, octets: PowerDNS's bound. */
const LARGE_REPLY_OCTETS = 1000;

/** The metric that counts each kind of bogus data: PowerDNS's states (POWERDNS 5.3). */
const bogusMetrics = {
  'rrsig-missing': 'dnssec_result_bogus_no_rrsig',
  'rrsig-malformed': 'dnssec_result_bogus_no_valid_rrsig',
  'rrsig-wrong-signer': 'dnssec_result_bogus_no_valid_rrsig',
  'rrsig-wrong-labels': 'dnssec_result_bogus_no_valid_rrsig',
  'rrsig-expired': 'dnssec_result_bogus_signature_expired',
  'rrsig-not-yet-valid': 'dnssec_result_bogus_signature_not_yet_valid',
  'rrsig-expired-before-valid': 'dnssec_result_bogus_signature_expired',
  'rrsig-no-such-key': 'dnssec_result_bogus_no_valid_rrsig',
  'rrsig-invalid': 'dnssec_result_bogus_no_valid_rrsig',
  'rrsig-unsupported-algorithm': 'dnssec_result_bogus_unsupported_dnskey_algo',
  'dnskey-missing': 'dnssec_result_bogus_no_valid_dnskey',
  'dnskey-unreachable': 'dnssec_result_bogus_unable_to_get_dnskeys',
  'dnskey-no-match': 'dnssec_result_bogus_no_valid_dnskey',
  'dnskey-digest-mismatch': 'dnssec_result_bogus_no_valid_dnskey',
  'dnskey-no-zone-bit': 'dnssec_result_bogus_no_zone_key_bit_set',
  'dnskey-bad-protocol': 'dnssec_result_bogus_invalid_dnskey_protocol',
  'dnskey-revoked': 'dnssec_result_bogus_revoked_dnskey',
  'dnskey-invalid': 'dnssec_result_bogus_no_valid_dnskey',
  'dnskey-not-signed-by-anchor': 'dnssec_result_bogus_no_valid_dnskey',
  'ds-unreachable': 'dnssec_result_bogus_unable_to_get_dss',
  'ds-unexpected': 'dnssec_result_bogus_unable_to_get_dss',
  'denial-missing': 'dnssec_result_bogus_missing_negative_indication',
  'denial-incomplete': 'dnssec_result_bogus_invalid_denial',
  'denial-wildcard-missing': 'dnssec_result_bogus_invalid_denial',
  'dname-invalid': 'dnssec_result_bogus_no_valid_rrsig',
  'response-empty': 'dnssec_result_bogus_missing_negative_indication',
  'no-data-obtained': 'dnssec_result_bogus_missing_negative_indication',
  'chain-too-long': 'dnssec_result_bogus_no_valid_rrsig',
  'work-limit': 'dnssec_result_bogus_no_valid_rrsig',
} as const satisfies Record<BogusReason, ResultMetric>;

const dropMetrics: Record<Drop, MetricName> = {
  'too-short': 'ignored_packets',
  'not-a-query': 'ignored_packets',
  'truncated-query': 'truncated_drops',
  'bad-port': 'ignored_packets',
  'refused-silently': 'refusals_suppressed',
  'over-capacity': 'over_capacity_drops',
  policy: 'policy_drops',
  'notify-source': 'source_disallowed_notify',
  'notify-zone': 'zone_disallowed_notify',
};

export interface QueryCountersOptions {
  /** Answers over which the mean time to answer is taken (`recursor.latency_statistic_size`). */
  readonly latencyWindow: number;
  /** Results at and below these names are counted apart (`dnssec.x_dnssec_names`). */
  readonly namesSetAside: readonly DomainName[];
}

export class QueryCounters {
  private readonly metrics: Metrics;
  private readonly rankings: Rankings;
  private readonly options: QueryCountersOptions;
  private readonly types = new Map<number, number>();
  /** What was denied without coming here; it took no time. */
  denials: DenialCounters | undefined;
  private denialsTaken = 0;
  private meanLatencyMs = 0;
  private meanOwnLatencyMs = 0;

  constructor(metrics: Metrics, rankings: Rankings, options: QueryCountersOptions) {
    this.metrics = metrics;
    this.rankings = rankings;
    this.options = options;
    const microseconds = (mean: () => number) => () => {
      this.takeDenials();
      return Math.round(mean() * 1000);
    };
    metrics.observe(
      'qa_latency',
      microseconds(() => this.meanLatencyMs),
    );
    metrics.observe(
      'x_our_latency',
      microseconds(() => this.meanOwnLatencyMs),
    );
  }

  /** Queries by type since the start, the most frequent first. */
  queryTypes(): { readonly type: number; readonly count: number }[] {
    const types = new Map(this.types);
    for (const [type, count] of this.denials?.typeCounts() ?? []) types.set(type, (types.get(type) ?? 0) + count);
    return [...types].map(([type, count]) => ({ type, count })).sort((a, b) => b.count - a.count);
  }

  request(client: Client, request: Request): void {
    const { metrics } = this;
    // `questions` counts what asks for recursion, as PowerDNS does.
    if (request.recursionDesired) {
      metrics.increment('questions');
      if (client.address.length === 16) metrics.increment('ipv6_questions');
      if (client.transport === 'tcp') metrics.increment('tcp_questions');
    }
    if (request.dnssecOk) metrics.increment('dnssec_queries');
    if (request.authenticData) metrics.increment('dnssec_authentic_data_queries');
    if (request.checkingDisabled) metrics.increment('dnssec_check_disabled_queries');
    const { question } = request;
    this.types.set(question.type, (this.types.get(question.type) ?? 0) + 1);
    this.rankings.asked(question, client.address);
  }

  reply(client: Client, { malformed, rcode, request, resolution, origin, latencyMs, octets }: ReplyEvent): void {
    const { metrics, rankings } = this;
    if (malformed) metrics.increment('client_parse_errors');
    this.countRcode(rcode);
    if (octets > LARGE_REPLY_OCTETS) rankings.largeAnswer(client.address);
    if (request === undefined) return;
    if (request.recursionDesired) this.countLatency(latencyMs);
    if (origin === 'local') metrics.increment('auth_zone_queries');
    else if (origin === 'cache') metrics.increment('cache_hits');
    else if (origin === 'network') metrics.increment('cache_misses');
    if (origin !== 'network') this.meanOwnLatencyMs += (latencyMs - this.meanOwnLatencyMs) / this.latencyWindow;
    if (rcode === Rcode.SERVFAIL) rankings.failed(request.question, client.address);
    if (resolution !== undefined) this.countCause(resolution);
    const verdict = resolution?.verdict;
    if (verdict === undefined) return;
    if (verdict.status === 'bogus') rankings.bogus(request.question, client.address);
    this.countVerdict(verdict, request.question);
  }

  drop(reason: Drop, request: Request | undefined): void {
    // Together with the answers, the drops of questions add up to `questions`.
    const isQuestion = reason === 'over-capacity' || reason === 'policy';
    if (isQuestion && request?.recursionDesired === false) return;
    this.metrics.increment(dropMetrics[reason]);
  }

  unauthorised(client: Client): void {
    this.metrics.increment(client.transport === 'udp' ? 'unauthorized_udp' : 'unauthorized_tcp');
  }

  private countCause(resolution: Resolution): void {
    const cause = causeOfResolution(resolution);
    const metric = cause === undefined ? undefined : causeMetric(cause);
    if (metric !== undefined) this.metrics.increment(metric);
  }

  private countRcode(rcode: number): void {
    if (rcode === Rcode.NOERROR) this.metrics.increment('noerror_answers');
    else if (rcode === Rcode.NXDOMAIN) this.metrics.increment('nxdomain_answers');
    else if (rcode === Rcode.SERVFAIL) this.metrics.increment('servfail_answers');
  }

  /** Lets the mean times go down for the denials since the last time. */
  private takeDenials(): void {
    const answers = this.denials?.answers ?? 0;
    const share = (1 - 1 / this.latencyWindow) ** (answers - this.denialsTaken);
    this.denialsTaken = answers;
    this.meanLatencyMs *= share;
    this.meanOwnLatencyMs *= share;
  }

  private countLatency(ms: number): void {
    this.takeDenials();
    const metric: MetricName =
      ms < 1
        ? 'answers0_1'
        : ms < 10
          ? 'answers1_10'
          : ms < 100
            ? 'answers10_100'
            : ms < 1000
              ? 'answers100_1000'
              : 'answers_slow';
    this.metrics.increment(metric);
    this.meanLatencyMs += (ms - this.meanLatencyMs) / this.latencyWindow;
    this.metrics.histograms.clientAnswers.add(ms);
  }

  private get latencyWindow(): number {
    return Math.max(1, this.options.latencyWindow);
  }

  private countVerdict(verdict: Verdict, { name }: Question): void {
    // Local data and switched-off validation are no result of validation.
    if (verdict.status === 'insecure' && (verdict.reason === 'local' || verdict.reason === 'validation-off')) return;
    const isSetAside = this.options.namesSetAside.some((suffix) => name.isSubdomainOf(suffix));
    const count = (metric: ResultMetric): void => this.metrics.increment(isSetAside ? `x_${metric}` : metric);
    this.metrics.increment('dnssec_validations');
    switch (verdict.status) {
      case 'secure':
        count('dnssec_result_secure');
        return;
      case 'insecure':
        count(verdict.reason === 'negative-trust-anchor' ? 'dnssec_result_nta' : 'dnssec_result_insecure');
        return;
      case 'indeterminate':
        count('dnssec_result_indeterminate');
        return;
      case 'bogus':
        count('dnssec_result_bogus');
        count(bogusMetrics[verdict.reason]);
        return;
      default:
        verdict satisfies never;
    }
  }
}
