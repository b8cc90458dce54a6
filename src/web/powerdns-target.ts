// What PowerDNS's HTTP API shows and changes: the running program as its dashboards see it. The daemon implements it.
import type { DomainName } from '../wire/name.ts';
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
export type JsonStatRanking =
  | 'queries'
  | 'servfail-queries'
  | 'bogus-queries'
  | 'remotes'
  | 'servfail-remotes'
  | 'bogus-remotes'
  | 'largeanswer-remotes'
  | 'timeouts';

export interface RankedEntry {
  /** A name and a type, or an address. */
  readonly text: string;
  readonly count: number;
}

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
  setAccessList(which: AccessList, networks: readonly string[]): Answered<Done>;
  zones(): readonly ApiZone[];
  /** Adds the zone; with `replaces` one of that name must be there. */
  storeZone(zone: WantedZone, replaces: boolean): Answered<Done>;
  removeZone(name: DomainName): Answered<Done>;
  /** Gives how many entries went. */
  wipeCache(name: DomainName, subtree: boolean, type: number | undefined): number;
  ranking(which: JsonStatRanking): { readonly total: number; readonly entries: readonly RankedEntry[] };
  trace(): TraceState;
  /** Traces questions for names that match from now on; null ends it. */
  setTrace(domains: RegExp | null): void;
}
