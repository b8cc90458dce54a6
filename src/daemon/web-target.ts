// What the pages and `/api/kedge` show and change, from the running program.
import type { Config } from '../config/schema.ts';
import type { Explanation } from '../explain/explanation.ts';
import type { Clock } from '../ports/clock.ts';
import type { ForwardZone } from '../resolver/options.ts';
import { failureWords } from '../telemetry/failure-journal.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { changeWords } from '../telemetry/verdict-history.ts';
import type {
  Anchors,
  Answered,
  AuditEntry,
  CheckedForward,
  Done,
  Expiries,
  Expiry,
  ExplainQuery,
  Failure,
  Failures,
  ForwardedZone,
  Overview,
  QueryFilter,
  QueryLog,
  Rollover,
  VerdictChange,
  WebTarget,
} from '../web/target.ts';
import { typeText } from '../wire/constants.ts';
import { compareNames } from '../wire/name.ts';
import { nameText, parseName } from '../wire/name-text.ts';
import type { AnchorControl } from './anchor-control.ts';
import type { Journals } from './journals.ts';
import type { PacketDriver } from './packet-driver.ts';
import type { QueryCounters } from './query-counters.ts';
import type { DaemonResolver } from './resolver-parts.ts';
import { anchorViewOf, negativeAnchorsOf, rolloverOf } from './web-target-anchors.ts';
import { AnchorChanges, done } from './web-target-changes.ts';
import { expiriesOf } from './web-target-expiries.ts';
import { type Explaining, refused } from './web-target-explain.ts';
import { checkedForwardsOf, forwardedZonesOf } from './web-target-forwarders.ts';
import { failingZonesOf, numbersOf, slowServersOf } from './web-target-overview.ts';
import { isoTime, Kept, roundedTo } from './web-target-times.ts';

/** Several pages that are open look at one and the same. */
const NUMBERS_LIFE_MS = 500;
/** What needs a walk through a cache or a journal. */
const WALK_LIFE_MS = 5_000;
const DAY_SECONDS = 86_400;
const DEFAULT_QUERIES = 200;
/** A check of all forwarders may take longer than a request may. */
const CHECK_WAIT_MS = 8_000;

export interface WebTargetParts {
  readonly version: string;
  readonly config: () => Config;
  readonly resolver: Pick<DaemonResolver, 'knowledge'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly counters: Pick<QueryCounters, 'queryTypes'>;
  readonly journals: Journals;
  readonly anchors: AnchorControl;
  readonly explaining: Pick<Explaining, 'explain'>;
  readonly driver: Pick<PacketDriver, 'threadCount' | 'forgetClients'>;
  readonly forwardZones: () => readonly ForwardZone[];
  /** Asks the forwarders; the journals hear what comes of it. */
  readonly checkForwards: () => Promise<void>;
}

export class DaemonWebTarget implements WebTarget {
  readonly version: string;
  private readonly parts: WebTargetParts;
  private readonly changes: AnchorChanges;
  private readonly numbers: Kept<Overview>;
  private readonly slowServers: Kept<Overview['slowServers']>;
  private readonly failingZones: Kept<Overview['failingZones']>;
  private readonly allExpiries: Kept<readonly Expiry[]>;
  private check: Promise<void> | undefined;

  constructor(parts: WebTargetParts) {
    this.parts = parts;
    this.version = parts.version;
    this.changes = new AnchorChanges({
      anchors: parts.anchors,
      audit: parts.journals.audit,
      clock: parts.clock,
      hasDnssec: () => this.hasDnssec,
    });
    const nowMs = (): number => parts.clock.monotonicMs();
    this.slowServers = new Kept(WALK_LIFE_MS, nowMs, () =>
      slowServersOf(parts.resolver.knowledge, parts.forwardZones(), nowMs()),
    );
    this.failingZones = new Kept(WALK_LIFE_MS, nowMs, () =>
      failingZonesOf(parts.journals.failures, parts.resolver.knowledge),
    );
    this.numbers = new Kept(NUMBERS_LIFE_MS, nowMs, () => this.makeOverview());
    this.allExpiries = new Kept(WALK_LIFE_MS, nowMs, () => {
      const { knowledge } = parts.resolver;
      return knowledge === undefined ? [] : expiriesOf(knowledge, this.nowSeconds, this.warnDays * DAY_SECONDS);
    });
  }

  private get nowSeconds(): number {
    return this.parts.clock.wallSeconds();
  }

  private get warnDays(): number {
    return this.parts.config().kedge.expiry_warning_days;
  }

  overview(): Overview {
    return this.numbers.get();
  }

  private makeOverview(): Overview {
    const { version, driver, metrics, counters, journals } = this.parts;
    const { startedAtSeconds, series } = journals;
    const parts = { version, threads: driver.threadCount, startedAtSeconds, metrics, counters, series };
    return {
      ...numbersOf(parts, this.nowSeconds),
      slowServers: this.slowServers.get(),
      failingZones: this.failingZones.get(),
    };
  }

  explain(query: ExplainQuery): Promise<Answered<Explanation>> {
    return this.parts.explaining.explain(query);
  }

  anchors(): Anchors {
    const { config, anchors, journals, forwardZones } = this.parts;
    const parts = { config: config(), anchors, book: journals.forwarderBook };
    const { nowSeconds } = this;
    const watched = journals.keys.view(nowSeconds).sort((a, b) => compareNames(a.zone, b.zone));
    return {
      dnssec: this.hasDnssec,
      anchors: watched.map((zone) => anchorViewOf(zone, nowSeconds, parts)),
      negativeAnchors: negativeAnchorsOf(parts),
      forwards: checkedForwardsOf(forwardZones(), journals.forwarderBook),
    };
  }

  private get hasDnssec(): boolean {
    return this.parts.config().dnssec.validation !== 'off';
  }

  addAnchor(client: string, zone: string, record: string): Answered<Done> {
    return this.changes.addAnchor(client, zone, record);
  }

  removeAnchor(client: string, zone: string): Answered<Done> {
    return this.changes.removeAnchor(client, zone);
  }

  addNegativeAnchor(client: string, zone: string, reason: string): Answered<Done> {
    return this.changes.addNegativeAnchor(client, zone, reason);
  }

  removeNegativeAnchor(client: string, zone: string): Answered<Done> {
    return this.changes.removeNegativeAnchor(client, zone);
  }

  async checkForwards(client: string): Promise<Answered<readonly CheckedForward[]>> {
    const { checkForwards, journals, forwardZones } = this.parts;
    this.check ??= checkForwards().finally(() => {
      this.check = undefined;
    });
    const isDone = await settledWithin(this.check, CHECK_WAIT_MS);
    const outcome = isDone ? 'asked' : 'still asking';
    this.changes.writeDown({ client, action: 'check forwarders', text: '' }, done(outcome));
    return { ok: true, value: checkedForwardsOf(forwardZones(), journals.forwarderBook) };
  }

  audit(limit: number): readonly AuditEntry[] {
    return taken(this.parts.journals.audit.newestFirst(), limit).map(({ atSeconds, zone, ...entry }) => ({
      at: isoTime(atSeconds),
      ...entry,
      ...(zone !== undefined && { zone }),
    }));
  }

  expiries(limit: number): Expiries {
    return { warnDays: this.warnDays, zones: this.allExpiries.get().slice(0, limit) };
  }

  rollovers(): readonly Rollover[] {
    const { nowSeconds } = this;
    const options = { maxTtl: this.parts.config().recordcache.max_ttl };
    return this.parts.journals.keys
      .view(nowSeconds)
      .sort((a, b) => compareNames(a.zone, b.zone))
      .map((watched) => rolloverOf(watched, nowSeconds, options));
  }

  forwarders(): readonly ForwardedZone[] {
    const { journals, anchors, resolver, forwardZones } = this.parts;
    const { validation } = this.parts.config().dnssec;
    return forwardedZonesOf({
      zones: forwardZones(),
      health: journals.forwarders,
      book: journals.forwarderBook,
      anchors: anchors.anchors,
      validates: validation !== 'off' && validation !== 'process-no-validate',
      servers: resolver.knowledge?.servers,
    });
  }

  failures(limit: number, cursor: string | undefined): Answered<Failures> {
    const before = cursor === undefined ? undefined : Number(cursor);
    if (before !== undefined && !(Number.isSafeInteger(before) && before > 0)) {
      return refused(400, 'this is no cursor', 'Take `next` of the page before, or leave it out.');
    }
    const entries = this.parts.journals.failures.newestFirst(before);
    const shown = entries.slice(0, limit);
    const last = shown.at(-1);
    const failures = shown.map((entry): Failure => {
      const { ede, text, hint, zone, ...facts } = failureWords(entry);
      return {
        first: isoTime(entry.firstSeconds),
        last: isoTime(entry.lastSeconds),
        count: entry.count,
        name: nameText(entry.question.name),
        type: typeText(entry.question.type),
        kind: entry.kind,
        cause: entry.cause,
        ede: ede ?? null,
        text,
        hint,
        ...(zone !== undefined && { zone: nameText(zone) }),
        ...facts,
      };
    });
    const hasMore = entries.length > shown.length && last !== undefined;
    return { ok: true, value: { failures, ...(hasMore && { next: String(last.seq) }) } };
  }

  history(limit: number, zone: string | undefined): Answered<readonly VerdictChange[]> {
    const read = zone === undefined || zone === '' ? undefined : parseName(zone);
    if (read !== undefined && !read.ok) {
      return refused(400, `'${zone}': ${read.error}`, 'Give the name of a zone, or leave it out.');
    }
    const changes: VerdictChange[] = [];
    for (const entry of this.parts.journals.history.newestFirst()) {
      if (changes.length >= limit) break;
      const { decided, from, atSeconds } = entry;
      if (read !== undefined && !decided.zone.equals(read.name)) continue;
      const { text, cause } = changeWords(entry);
      const words = { at: isoTime(atSeconds), zone: nameText(decided.zone), from, to: decided.status, text };
      changes.push(cause === undefined ? words : { ...words, cause });
    }
    return { ok: true, value: changes };
  }

  queries({ limit = DEFAULT_QUERIES, ...filter }: QueryFilter): QueryLog {
    const { queries } = this.parts.journals;
    return {
      on: queries.isOn,
      seq: queries.seq,
      entries: queries
        .shown(filter, limit)
        .map(({ atMs, latencyMs, dnssecOk, checkingDisabled, verdict, ...entry }) => ({
          ...entry,
          at: new Date(atMs).toISOString(),
          ms: roundedTo(latencyMs, 3),
          do: dnssecOk,
          cd: checkingDisabled,
          ...(verdict !== undefined && { verdict }),
        })),
    };
  }

  setQueryLog(client: string, on: boolean): void {
    const { journals, driver } = this.parts;
    const outcome = on ? 'the query log is on' : 'the query log is off, and what it held is forgotten';
    journals.queries.set(on);
    // As long as clients are known to the batches, nobody sees their queries.
    if (on) driver.forgetClients();
    this.changes.writeDown({ client, action: on ? 'query log on' : 'query log off', text: '' }, done(outcome));
  }
}

function taken<T>(items: Iterable<T>, limit: number): T[] {
  const some: T[] = [];
  for (const item of items) {
    if (some.length >= limit) break;
    some.push(item);
  }
  return some;
}

/** Whether work has ended within a time; it goes on either way. */
function settledWithin(work: Promise<void>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    work
      .then(
        () => resolve(true),
        () => resolve(true),
      )
      .finally(() => clearTimeout(timer));
  });
}
