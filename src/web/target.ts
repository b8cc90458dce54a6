// What the pages and `/api/kedge` show and change: the running program as they see it, in the shapes of docs/http-api.md.
// The daemon implements it. Names are in presentation form with the final dot, escaped; times are ISO 8601 in UTC.
// Nothing here throws for what a client sent.
import type { Explanation } from '../explain/explanation.ts';

/** What was wanted, or why it was not done: the HTTP status that fits, a sentence, and what to do. */
export type Answered<T> = { readonly ok: true; readonly value: T } | Refused;

export interface Refused {
  readonly ok: false;
  readonly status: 400 | 403 | 404 | 409 | 503 | 504;
  readonly error: string;
  readonly remedy: string;
}

export interface TypeCount {
  readonly type: string;
  readonly count: number;
}

/** One bucket of a histogram, not cumulative; `leMs` is null for the last one, which has no bound. */
export interface LatencyBucket {
  readonly leMs: number | null;
  readonly count: number;
}

/** Increments within one span of the series, which ends at `at`. `latencyMs` is a mean; null when nothing was answered. */
export interface SeriesPoint {
  readonly at: string;
  readonly queries: number;
  readonly hits: number;
  readonly bogus: number;
  readonly servfail: number;
  readonly latencyMs: number | null;
}

export interface SlowServer {
  /** `address#port`. */
  readonly server: string;
  readonly rttMs: number;
  /** Forward zones that it serves. */
  readonly zones: readonly string[];
}

export interface FailingZone {
  readonly zone: string;
  readonly count: number;
  /** The latest one, a code of docs/causes.md. */
  readonly cause: string;
  readonly last: string;
}

export interface Overview {
  readonly version: string;
  readonly now: string;
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  readonly threads: number;
  readonly queries: {
    readonly total: number;
    /** Mean of the last span of the series. */
    readonly perSecond: number;
    readonly tcp: number;
    readonly ipv6: number;
    readonly byType: readonly TypeCount[];
    readonly rcodes: { readonly noerror: number; readonly nxdomain: number; readonly servfail: number };
  };
  readonly cache: {
    readonly hits: number;
    readonly misses: number;
    /** Of the hits, those answered with a ready reply. */
    readonly replyHits: number;
    /** 0 to 1; 0 while nothing has been asked. */
    readonly hitShare: number;
    readonly entries: number;
    readonly maxEntries: number;
    readonly replyEntries: number;
    readonly negativeEntries: number;
    readonly denialEntries: number;
  };
  readonly verdicts: {
    readonly secure: number;
    readonly insecure: number;
    readonly bogus: number;
    readonly indeterminate: number;
    /** Under a negative trust anchor. */
    readonly nta: number;
  };
  readonly latency: {
    readonly averageMs: number;
    /** The bound of the bucket in which it lies; null when nothing was answered, or beyond the last bound. */
    readonly p50Ms: number | null;
    readonly p99Ms: number | null;
    readonly buckets: readonly LatencyBucket[];
  };
  readonly upstream: { readonly queries: number; readonly timeouts: number; readonly tcp: number };
  readonly process: { readonly rssBytes: number; readonly cpuSeconds: number };
  readonly series: readonly SeriesPoint[];
  readonly slowServers: readonly SlowServer[];
  readonly failingZones: readonly FailingZone[];
}

/** As the query parameters give it. Any but name and type: resolved aside, and not what the running resolver holds. */
export interface ExplainQuery {
  readonly name: string;
  readonly type: string;
  readonly at?: string;
  readonly withAnchors: readonly string[];
  readonly withoutAnchors: readonly string[];
  readonly disabledAlgorithms: readonly string[];
}

/** Where an anchor is from. `file` and `line` as far as they are known. */
export interface AnchorSource {
  readonly kind: 'built-in' | 'config' | 'lua' | 'command' | 'api';
  readonly file?: string;
  readonly line?: number;
}

/** A line to paste, and the file that it belongs into. */
export interface PasteLine {
  readonly where: string;
  readonly line: string;
}

export interface Advice {
  readonly text: string;
  readonly lines: readonly PasteLine[];
}

export interface AnchoredKey {
  readonly tag: number;
  readonly algorithm: number;
  readonly algorithmName: string;
  readonly flags: number;
  /** The anchor names it. */
  readonly anchored: boolean;
  /** A signature by it is over the DNSKEY set. */
  readonly signs: boolean;
}

export interface AnchorView {
  readonly zone: string;
  /** DS contents. */
  readonly records: readonly string[];
  readonly source: AnchorSource;
  /** Whether a key of the zone's DNSKEY set is named by it; unknown while the set has not been seen. */
  readonly state: 'matches' | 'matches-none' | 'unknown';
  readonly matchingKeys: readonly number[];
  readonly keys: readonly AnchoredKey[];
  /** The end of the signature that carries the DNSKEY set. */
  readonly signatureExpires?: string;
  readonly daysLeft?: number;
  readonly advice?: Advice;
}

export interface NegativeAnchorView {
  readonly zone: string;
  readonly reason: string;
  readonly source: AnchorSource;
  readonly expiresAt?: string;
  /** The last check found that the zone validates, or is provably insecure, without it. */
  readonly isUnneeded?: boolean;
}

/** A forward zone as the assistant found it. */
export interface CheckedForward {
  readonly zone: string;
  readonly servers: readonly string[];
  readonly state: 'ok' | 'warning' | 'error' | 'unknown';
  readonly checkedAt?: string;
  readonly advice: readonly Advice[];
}

export interface Anchors {
  /** False where nothing is validated: anchors cannot be changed then. */
  readonly dnssec: boolean;
  readonly anchors: readonly AnchorView[];
  readonly negativeAnchors: readonly NegativeAnchorView[];
  readonly forwards: readonly CheckedForward[];
}

/** What was done, in words. */
export interface Done {
  readonly text: string;
}

/** One change, or attempt at one. */
export interface AuditEntry {
  readonly at: string;
  /** Address of who asked for it. */
  readonly client: string;
  readonly action: string;
  readonly zone?: string;
  /** What was given. */
  readonly text: string;
  readonly ok: boolean;
  readonly outcome: string;
}

export interface Expiry {
  readonly zone: string;
  readonly what: 'DNSKEY' | 'DS' | 'data';
  readonly keyTag: number;
  readonly algorithmName: string;
  readonly expiresAt: string;
  /** Negative once it has passed. */
  readonly secondsLeft: number;
  readonly state: 'ok' | 'soon' | 'expired';
}

/** By time left, the least first. */
export interface Expiries {
  readonly warnDays: number;
  readonly zones: readonly Expiry[];
}

export interface WatchedKey {
  readonly tag: number;
  readonly algorithmName: string;
  readonly flags: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly anchored: boolean;
  readonly signs: boolean;
  readonly revoked: boolean;
}

export interface Rollover {
  readonly zone: string;
  readonly isAnchored: boolean;
  readonly anchorTags: readonly number[];
  readonly keys: readonly WatchedKey[];
  readonly state: 'steady' | 'new-key' | 'old-key-gone' | 'anchor-matches-none' | 'broken' | 'insecure' | 'unknown';
  /** What to do, in plain words. */
  readonly text: string;
  readonly safeToDropAt?: string;
}

export interface ForwarderServer {
  /** `address#port`. */
  readonly address: string;
  readonly state: 'ok' | 'failing' | 'unknown';
  readonly rttMs?: number;
  readonly timeouts: number;
  readonly queries: number;
  readonly lastReplyAt?: string;
  readonly note?: string;
}

export interface ForwardedZone {
  readonly zone: string;
  readonly recurse: boolean;
  /** A trust anchor covers it, and no negative one. */
  readonly validated: boolean;
  readonly servers: readonly ForwarderServer[];
}

export interface Failure {
  readonly first: string;
  readonly last: string;
  readonly count: number;
  readonly name: string;
  readonly type: string;
  readonly kind: 'bogus' | 'failed';
  /** A code of docs/causes.md. */
  readonly cause: string;
  readonly ede: number | null;
  readonly text: string;
  readonly hint: string;
  readonly zone?: string;
  readonly expected?: string;
  readonly found?: string;
  readonly server?: string;
}

/** The newest first; `next` is the cursor of the older ones. */
export interface Failures {
  readonly failures: readonly Failure[];
  readonly next?: string;
}

export type ZoneStatus = 'secure' | 'insecure' | 'bogus';

/** One change of what a zone was found to be. */
export interface VerdictChange {
  readonly at: string;
  readonly zone: string;
  readonly from: ZoneStatus | 'unknown';
  readonly to: ZoneStatus;
  readonly cause?: string;
  readonly text: string;
}

export interface LoggedQuery {
  readonly seq: number;
  readonly at: string;
  /** The whole address. */
  readonly client: string;
  readonly transport: 'udp' | 'tcp';
  readonly name: string;
  readonly type: string;
  readonly rcode: string;
  readonly verdict?: string;
  readonly origin: 'server' | 'local' | 'cache' | 'network';
  readonly ms: number;
  readonly octets: number;
  readonly do: boolean;
  readonly cd: boolean;
}

/** Entries are the newest first; `seq` is that of the newest one in the ring, whether or not it was asked for. */
export interface QueryLog {
  readonly on: boolean;
  readonly seq: number;
  readonly entries: readonly LoggedQuery[];
}

/** Texts are compared without regard to letter case: a part of the name or client, the whole of the others. */
export interface QueryFilter {
  /** Only entries after this one. */
  readonly since?: number;
  readonly name?: string;
  readonly type?: string;
  readonly client?: string;
  readonly rcode?: string;
  readonly verdict?: string;
  readonly limit?: number;
}

export interface WebTarget {
  /** `0.1.0`. */
  readonly version: string;
  overview(): Overview;
  explain(query: ExplainQuery): Promise<Answered<Explanation>>;

  anchors(): Anchors;
  /** `record` is DS or DNSKEY content, in any form that `addTA` takes. `client` is written into the audit trail. */
  addAnchor(client: string, zone: string, record: string): Answered<Done>;
  removeAnchor(client: string, zone: string): Answered<Done>;
  addNegativeAnchor(client: string, zone: string, reason: string): Answered<Done>;
  removeNegativeAnchor(client: string, zone: string): Answered<Done>;
  /** Asks the servers of all forward zones again. */
  checkForwards(client: string): Promise<Answered<readonly CheckedForward[]>>;
  /** The newest first. */
  audit(limit: number): readonly AuditEntry[];

  expiries(limit: number): Expiries;
  rollovers(): readonly Rollover[];
  forwarders(): readonly ForwardedZone[];
  failures(limit: number, cursor: string | undefined): Answered<Failures>;
  /** The newest first; of one zone where it is given. */
  history(limit: number, zone: string | undefined): Answered<readonly VerdictChange[]>;

  queries(filter: QueryFilter): QueryLog;
  setQueryLog(client: string, on: boolean): void;
}
