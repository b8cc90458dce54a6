// What the control commands act on. The daemon implements it; nothing here throws for what an operator typed.
import type { RankingName, RankingResult } from '../ports/rankings.ts';
import type { DomainName } from '../wire/name.ts';
import type { NamePattern } from '../wire/name-pattern.ts';

/** Whether an operation was done, and the text for the operator: what changed, or what is wrong with file and line. */
export interface Outcome {
  readonly ok: boolean;
  /** Without the newline at the end. */
  readonly text: string;
}

export interface DivertedServer {
  readonly address: string;
  readonly port: number;
}

/** `servers`: those that are configured, and are not asked meanwhile. */
export type DivertOutcome =
  | { readonly ok: true; readonly text: string; readonly servers: readonly DivertedServer[] }
  | { readonly ok: false; readonly text: string };

/** A trust anchor as `get-tas` prints it. */
export interface AnchorListing {
  readonly zone: DomainName;
  /** DS contents, digest in lower case; a DNSKEY anchor as the DS (SHA-256) that names it. */
  readonly ds: readonly string[];
}

export interface NegativeAnchorListing {
  readonly zone: DomainName;
  readonly reason: string;
  /** Wall-clock seconds at which it ends by itself; absent when it stays. */
  readonly expiresAt?: number;
  /** The last check found that the zone validates, or is provably insecure, without it (RFC 7646 2). */
  readonly isUnneeded?: boolean;
}

/** Entries removed by `wipe-cache`. */
export interface WipeCounts {
  readonly records: number;
  readonly negativeRecords: number;
  readonly packets: number;
}

/** Tables that `dump-...` writes; each yields whole lines without newline, made while they are read. */
export type Dump =
  | 'cache'
  | 'nsspeeds'
  | 'throttlemap'
  | 'failedservers'
  | 'edns'
  | 'non-resolving'
  | 'saved-parent-ns-sets'
  | 'dot-probe-map'
  | 'cookies';

export interface DumpResult {
  /** Whole lines, without newline. A generator, so that a large cache never is in memory twice. */
  readonly lines: Iterable<string>;
  /** Records written; asked for after `lines` has ended. */
  count(): number;
}

/** A query that is being worked on (`current-queries`). */
export interface CurrentQuery {
  readonly name: DomainName;
  readonly type: number;
  /** Client address in text. */
  readonly client: string;
  readonly transport: 'udp' | 'tcp';
  readonly spentMs: number;
}

/** Numbers that can be set while the program runs. */
export type Tunable = 'minimum-ttl' | 'max-cache-entries' | 'max-packetcache-entries' | 'max-aggr-nsec-cache-size';

export interface ControlTarget {
  /** `kedge 0.1.0`. */
  readonly version: string;
  /** Worker threads; `ping` prints a line for each. */
  readonly threadNames: readonly string[];
  /** Ends the program: at once, or after the queries under way. Returns at once. */
  quit(nicely: boolean): void;

  /** Every number by its PowerDNS name with hyphens, such as `dnssec-result-secure`. */
  metrics(): ReadonlyMap<string, number>;
  /**
   * The value of a setting. `key` is an old-style name (answer `name=value`), a path or a section (answer YAML); the
   * empty string means all of them as YAML. Undefined for an unknown key.
   */
  parameter(key: string, which: 'current' | 'default'): string | undefined;

  /** False with `dnssec.validation: off`: then anchors cannot be changed. */
  readonly hasDnssec: boolean;
  /** By name, root first. */
  trustAnchors(): readonly AnchorListing[];
  negativeTrustAnchors(): readonly NegativeAnchorListing[];
  /** Adds one anchor from DS content (all forms that `addTA` takes) and wipes what it affects; `ok: false` with the reason. */
  addTrustAnchor(zone: DomainName, text: string): Outcome;
  /** Removes all anchors of exactly this name and wipes below it. True when there were any. */
  clearTrustAnchor(zone: DomainName): boolean;
  addNegativeTrustAnchor(zone: DomainName, reason: string): void;
  clearNegativeTrustAnchor(zone: DomainName): boolean;
  clearAllNegativeTrustAnchors(): void;

  /** Reads everything that may change while running, with another Lua file from now on if one is given. Atomic. */
  reloadConfig(luaConfigFile?: string): Outcome;
  /** Only the zones: forwards, auth zones, hosts, RFC 1918 and 6303, `allow_notify_for`. Atomic. */
  reloadZones(): Outcome;
  /** Only `incoming.allow_from` and its file, `allow_notify_from`. Atomic. */
  reloadAcls(): Outcome;

  /** Forgets a name, or everything at and below it; all types unless one is given. */
  wipeCache(name: DomainName, subtree: boolean, type?: number): WipeCounts;
  /** `sections` of `dump-cache`: r records, n negative, p packets, a aggressive. */
  dump(what: Dump, sections: string): DumpResult;

  /**
   * Traces queries whose name, with trailing dot, matches; `write` gets whole lines. Ends the trace before it. Returns
   * how to end this one.
   */
  trace(names: NamePattern, write: (line: string) => void): () => void;
  /** Ends whatever trace runs; false when none did. */
  endTrace(): boolean;

  ranking(which: RankingName): RankingResult;
  currentQueries(): readonly CurrentQuery[];
  /** Queries by type since the start, most frequent first. */
  queryTypes(): readonly { readonly type: number; readonly count: number }[];
  /** Algorithm names; switched-off ones are marked. */
  algorithms(): readonly { readonly name: string; readonly disabled: boolean }[];

  /** The numbers of the overview as JSON in one line (docs/http-api.md). */
  overview(): string;

  /** Resolves a question as for a client and explains it; the text is JSON in one line. */
  explain(name: DomainName, type: number): Promise<Outcome>;

  /** Asks a port of 127.0.0.1 for a forward zone for at most so many seconds. */
  divert(zone: DomainName, port: number, seconds: number): DivertOutcome;
  /** False when nothing was diverted. */
  endDivert(): boolean;

  /** Returns whether it was on before. */
  setLogBogus(on: boolean): boolean;
  setTunable(what: Tunable, value: number): Outcome;

  /** Server names and networks that are never throttled. */
  readonly dontThrottleNames: Set<string>;
  readonly dontThrottleNetmasks: Set<string>;
}
