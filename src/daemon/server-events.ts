// What the client side reports, turned into counters and log lines.
import { type BogusReason, bogusReasons, failureOf, failureText, type Verdict } from '../dnssec/verdict.ts';
import type { Client } from '../server/client.ts';
import type { Drop, ReplyEvent, ServerEvents } from '../server/events.ts';
import type { QueryFrame, Request } from '../server/request.ts';
import type { Log, LogFields } from '../telemetry/log.ts';
import type { MetricName, Metrics } from '../telemetry/metrics.ts';
import { addressText } from '../wire/address-text.ts';
import { Rcode, rcodeText, typeText } from '../wire/constants.ts';
import { HeaderFlag } from '../wire/header.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';

export interface ServerEventsOptions {
  /** A line for each question and each answer (`logging.quiet: false`). */
  readonly logQueries: boolean;
  /** Bogus data are logged where they are found (`dnssec.log_bogus`), so that the answers need no line of their own. */
  readonly bogusIsLogged: boolean;
  /** Answers over which the mean time to answer is taken (`recursor.latency_statistic_size`). */
  readonly latencyWindow: number;
}

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
} as const satisfies Record<BogusReason, MetricName>;

const dropMetrics: Record<Drop, MetricName> = {
  'too-short': 'ignored_packets',
  'not-a-query': 'ignored_packets',
  'truncated-query': 'truncated_drops',
  'bad-port': 'ignored_packets',
  'refused-silently': 'refusals_suppressed',
  'over-capacity': 'over_capacity_drops',
  policy: 'policy_drops',
};

/** Counts and logs. */
export class CountingServerEvents implements ServerEvents {
  private readonly metrics: Metrics;
  private readonly log: Log;
  private readonly options: ServerEventsOptions;
  private meanLatencyMs = 0;

  constructor(metrics: Metrics, log: Log, options: ServerEventsOptions) {
    this.metrics = metrics;
    this.log = log;
    this.options = options;
    metrics.observe('qa_latency', () => Math.round(this.meanLatencyMs * 1000));
  }

  onRequest(client: Client, request: Request): void {
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
    if (this.options.logQueries) this.log.always('info', 'question', { ...questionFields(request), ...from(client) });
  }

  onReply(client: Client, reply: ReplyEvent): void {
    if (reply.malformed) this.metrics.increment('client_parse_errors');
    this.countRcode(reply.rcode);
    const verdict = reply.resolution?.verdict;
    if (verdict !== undefined) this.countVerdict(verdict);
    if (reply.request?.recursionDesired === true) this.countLatency(reply.latencyMs);
    if (verdict?.status === 'bogus') {
      if (!this.options.bogusIsLogged) this.logBogus(client, reply, verdict);
    } else if (reply.rcode === Rcode.SERVFAIL && reply.resolution !== undefined) {
      this.logServfail(client, reply);
    }
    if (this.options.logQueries) {
      const fields = { rcode: rcodeText(reply.rcode), verdict: verdict?.status, ms: rounded(reply.latencyMs) };
      this.log.always('info', 'answer', { ...questionFields(reply.frame), ...from(client), ...fields });
    }
  }

  onDrop(_client: Client, reason: Drop): void {
    this.metrics.increment(dropMetrics[reason]);
  }

  onUnauthorised(client: Client, _answered: boolean): void {
    this.metrics.increment(client.transport === 'udp' ? 'unauthorized_udp' : 'unauthorized_tcp');
    this.log.info('a client outside incoming.allow_from asked and was refused', from(client));
  }

  onInform(client: Client, request: Request, zone: DomainName): void {
    this.log.info('a name in a local zone was asked for', {
      localZone: nameText(zone),
      ...questionFields(request),
      ...from(client),
    });
  }

  onBug(error: unknown, request: Request): void {
    this.metrics.increment('bugs');
    this.log.error('fault of the program; the query was answered with SERVFAIL', {
      ...questionFields(request),
      stack: stackOf(error),
    });
  }

  private countRcode(rcode: number): void {
    if (rcode === Rcode.NOERROR) this.metrics.increment('noerror_answers');
    else if (rcode === Rcode.NXDOMAIN) this.metrics.increment('nxdomain_answers');
    else if (rcode === Rcode.SERVFAIL) this.metrics.increment('servfail_answers');
  }

  private countLatency(ms: number): void {
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
    this.meanLatencyMs += (ms - this.meanLatencyMs) / Math.max(1, this.options.latencyWindow);
  }

  private countVerdict(verdict: Verdict): void {
    // Local data and switched-off validation are no result of validation.
    if (verdict.status === 'insecure' && (verdict.reason === 'local' || verdict.reason === 'validation-off')) return;
    const { metrics } = this;
    metrics.increment('dnssec_validations');
    switch (verdict.status) {
      case 'secure':
        metrics.increment('dnssec_result_secure');
        return;
      case 'insecure':
        metrics.increment(verdict.reason === 'negative-trust-anchor' ? 'dnssec_result_nta' : 'dnssec_result_insecure');
        return;
      case 'indeterminate':
        metrics.increment('dnssec_result_indeterminate');
        return;
      case 'bogus':
        metrics.increment('dnssec_result_bogus');
        metrics.increment(bogusMetrics[verdict.reason]);
        return;
      default:
        verdict satisfies never;
    }
  }

  private logBogus(client: Client, reply: ReplyEvent, verdict: Extract<Verdict, { status: 'bogus' }>): void {
    const link = failureOf(verdict);
    const fields: LogFields = {
      ...questionFields(reply.frame),
      ...from(client),
      why: link === undefined ? bogusReasons[verdict.reason].text : failureText(link),
      zone: link && nameText(link.zone),
      expected: link?.expected || undefined,
      found: link?.found || undefined,
      server: link?.server || undefined,
    };
    this.log.info('the answer is bogus', fields);
  }

  private logServfail(client: Client, reply: ReplyEvent): void {
    const why = reply.resolution?.errors.map(({ code, text }) => `EDE ${code} ${text}`.trim());
    this.log.info('no answer was to be had', { ...questionFields(reply.frame), ...from(client), why: why?.join('; ') });
  }
}

function questionFields({ question, flags }: QueryFrame): LogFields {
  if (question === undefined) return {};
  return {
    name: nameText(question.name),
    type: typeText(question.type),
    cd: (flags & HeaderFlag.CD) !== 0 ? true : undefined,
  };
}

function from(client: Client): LogFields {
  return { client: addressText(client.address), transport: client.transport };
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** What is known of a thrown value. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
