// What the client side reports, turned into counters and log lines.
import { bogusReasons, failureOf, failureText, type Verdict } from '../dnssec/verdict.ts';
import { causeOfErrors, causeOfVerdict, hintOf } from '../explain/cause.ts';
import type { Client } from '../server/client.ts';
import type { Drop, ReplyEvent, ServerEvents } from '../server/events.ts';
import type { KeptReplyEvent } from '../server/kept-reply.ts';
import type { QueryFrame, Request } from '../server/request.ts';
import type { Log, LogFields } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { addressText } from '../wire/address-text.ts';
import { Rcode, rcodeText, typeText } from '../wire/constants.ts';
import { HeaderFlag } from '../wire/header.ts';
import type { Question } from '../wire/message.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import type { Journals } from './journals.ts';
import type { LogSwitches } from './log-switches.ts';
import type { QueryCounters } from './query-counters.ts';
import { withSourcePlaces } from './source-places.ts';

export interface ServerEventsOptions {
  /** Bogus data that are logged where they are found need no line for each answer. */
  readonly switches: Readonly<LogSwitches>;
  /** Forgets what is cached at and below a zone. */
  readonly onNotify: (zone: DomainName) => void;
  readonly journals?: Pick<Journals, 'onReply' | 'onKeptReply'> | undefined;
}

/** Counts and logs. */
export class CountingServerEvents implements ServerEvents {
  private readonly counters: QueryCounters;
  private readonly metrics: Metrics;
  private readonly log: Log;
  private readonly options: ServerEventsOptions;

  constructor(counters: QueryCounters, metrics: Metrics, log: Log, options: ServerEventsOptions) {
    this.counters = counters;
    this.metrics = metrics;
    this.log = log;
    this.options = options;
  }

  onRequest(client: Client, request: Request): void {
    this.counters.request(client, request);
    if (this.options.switches.logQueries)
      this.log.always('info', 'question', { ...questionFields(request), ...from(client) });
  }

  onReply(client: Client, reply: ReplyEvent): void {
    this.counters.reply(client, reply);
    this.options.journals?.onReply(client, reply);
    const verdict = reply.resolution?.verdict;
    if (verdict?.status === 'bogus') {
      if (!this.options.switches.logBogus) this.logBogus(client, reply, verdict);
    } else if (reply.rcode === Rcode.SERVFAIL && reply.resolution !== undefined) {
      this.logServfail(client, reply);
    }
    if (this.options.switches.logQueries) {
      const fields = { rcode: rcodeText(reply.rcode), verdict: verdict?.status, ms: rounded(reply.latencyMs) };
      this.log.always('info', 'answer', { ...questionFields(reply.frame), ...from(client), ...fields });
    }
  }

  onKeptReply(client: Client, reply: KeptReplyEvent): void {
    this.options.journals?.onKeptReply(client, reply);
    if (!this.options.switches.logQueries) return;
    const { question, checkingDisabled, rcode, verdict, latencyMs } = reply;
    const asked = { ...questionTexts(question, checkingDisabled), ...from(client) };
    this.log.together(() => {
      this.log.always('info', 'question', asked);
      this.log.always('info', 'answer', { ...asked, rcode: rcodeText(rcode), verdict, ms: rounded(latencyMs) });
    });
  }

  onDrop(_client: Client, reason: Drop, request: Request | undefined): void {
    this.counters.drop(reason, request);
  }

  onUnauthorised(client: Client, _answered: boolean): void {
    this.counters.unauthorised(client);
    this.log.info('a client outside incoming.allow_from asked and was refused', from(client));
  }

  onInform(client: Client, request: Request, zone: DomainName): void {
    this.log.info('a name in a local zone was asked for', {
      localZone: nameText(zone),
      ...questionFields(request),
      ...from(client),
    });
  }

  onNotify(client: Client, zone: DomainName): void {
    this.log.info('a zone has changed; what is cached of it is forgotten', { zone: nameText(zone), ...from(client) });
    this.options.onNotify(zone);
  }

  onBug(error: unknown, request: Request | undefined): void {
    this.metrics.increment('bugs');
    if (request === undefined) this.log.error('fault of the program', { stack: stackOf(error) });
    else {
      const fields = { ...questionFields(request), stack: stackOf(error) };
      this.log.error('fault of the program; the query was answered with SERVFAIL', fields);
    }
  }

  private logBogus(client: Client, reply: ReplyEvent, verdict: Extract<Verdict, { status: 'bogus' }>): void {
    const link = failureOf(verdict);
    const { question } = reply.frame;
    const fields: LogFields = {
      ...questionFields(reply.frame),
      ...from(client),
      cause: causeOfVerdict(verdict),
      why: link === undefined ? bogusReasons[verdict.reason].text : failureText(link),
      zone: link && nameText(link.zone),
      expected: link?.expected || undefined,
      found: link?.found || undefined,
      server: link?.server || undefined,
      remedy: question === undefined ? undefined : hintOf(verdict, question.name, question.type),
    };
    // One zone that is broken does not drown the others.
    this.log.limited('info', `bogus ${link?.zone.key ?? ''}`, 'the answer is bogus', fields);
  }

  private logServfail(client: Client, reply: ReplyEvent): void {
    const why = reply.resolution?.errors.map(({ code, text }) => `EDE ${code} ${text}`.trim());
    const cause = causeOfErrors(reply.resolution?.errors ?? []);
    const fields = { ...questionFields(reply.frame), ...from(client), cause, why: why?.join('; ') };
    this.log.info('no answer was to be had', fields);
  }
}

function questionFields({ question, flags }: QueryFrame): LogFields {
  return question === undefined ? {} : questionTexts(question, (flags & HeaderFlag.CD) !== 0);
}

function questionTexts({ name, type }: Question, checkingDisabled: boolean): LogFields {
  return { name: nameText(name), type: typeText(type), cd: checkingDisabled ? true : undefined };
}

function from(client: Client): LogFields {
  return { client: addressText(client.address), transport: client.transport };
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** What is known of a thrown value. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? withSourcePlaces(error.stack ?? error.message) : String(error);
}
