// What PowerDNS's HTTP API shows and changes: the running program as its dashboards see it. The daemon implements it.
import type { RankingName, RankingResult } from '../ports/rankings.ts';
import type { DomainName } from '../wire/name.ts';
import type { NamePattern } from '../wire/name-pattern.ts';
import type { Answered, Done } from './target.ts';

/** A zone that is answered from elsewhere than the Internet. */
export interface ApiZone {
  /** In presentation form, with the final dot. */
  readonly name: string;
  /** `Native`: served from a file here. */
  readonly kind: 'Forwarded' | 'Native';
  /** `address:port`; empty for native ones. */
  readonly servers: readonly string[];
  readonly recursionDesired: boolean;
}

/** A zone as a client wants it. */
export interface WantedZone {
  readonly name: DomainName;
  readonly kind: 'Forwarded' | 'Native';
  readonly servers: readonly string[];
  readonly recursionDesired: boolean;
  /** Of a native zone: the address that its apex and every name below it have; without it no name exists. */
  readonly singleTarget: string | undefined;
}

export type AccessList = 'allow-from' | 'allow-notify-from';

/** The rankings behind `/jsonstat`, by the words of `kedge ctl top-...`. */
export type JsonStatRanking = Exclude<RankingName, `pub-${string}`>;

export interface TraceState {
  /** The regular expression; null when nothing is traced. */
  readonly domains: string | null;
  readonly log: readonly string[];
}

/** In the words of PowerDNS's description. */
export interface ApiFailure {
  /** Seconds since 1970. */
  readonly first_occurred: number;
  readonly domain: string;
  readonly qtype: string;
  readonly failure: string;
  readonly failed_parent: string;
  readonly details: string;
  readonly queried_servers: readonly { readonly name: string; readonly address: string }[];
}

/** What changes something takes the address of who asks for it first: for the audit trail. */
export interface PowerDNSTarget {
  /** `0.1.0`. */
  readonly version: string;
  /** By their names with hyphens. */
  statistics(): ReadonlyMap<string, number>;
  /** False for those that are only given when they are asked for by name. */
  isListed(statistic: string): boolean;
  /** Old-style names with old-style values; keys and passwords are left out. */
  settings(): readonly { readonly name: string; readonly value: string }[];
  accessList(which: AccessList): readonly string[];
  setAccessList(client: string, which: AccessList, networks: readonly string[]): Answered<Done>;
  zones(): readonly ApiZone[];
  /** Adds the zone; with `replaces` one of that name must be there. */
  storeZone(client: string, zone: WantedZone, replaces: boolean): Answered<Done>;
  removeZone(client: string, name: DomainName): Answered<Done>;
  /** Gives how many entries went. */
  wipeCache(client: string, name: DomainName, subtree: boolean, type: number | undefined): number;
  ranking(which: JsonStatRanking): RankingResult;
  trace(): TraceState;
  /** Traces questions for names that match from now on; null ends it. */
  setTrace(client: string, domains: NamePattern | null): void;
}
