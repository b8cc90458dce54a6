// What the control commands do: the running program as they see it.
import { Region } from '../cache/region.ts';
import { readAnchorText } from '../config/anchor-text.ts';
import { parameterText } from '../config/parameters.ts';
import type { Config } from '../config/schema.ts';
import type {
  AnchorListing,
  ControlTarget,
  CurrentQuery,
  DivertOutcome,
  Dump,
  DumpResult,
  NegativeAnchorListing,
  Outcome,
  Tunable,
  WipeCounts,
} from '../control/target.ts';
import { algorithms, isSupportedAlgorithm } from '../dnssec/algorithms.ts';
import type { LocalData } from '../policy/local-data.ts';
import type { Clock } from '../ports/clock.ts';
import type { RankingName, RankingResult } from '../ports/rankings.ts';
import type { Pipeline } from '../server/pipeline.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Rankings } from '../telemetry/rankings.ts';
import { addressText } from '../wire/address-text.ts';
import { compareNames, type DomainName } from '../wire/name.ts';
import type { NamePattern } from '../wire/name-pattern.ts';
import { nameText } from '../wire/name-text.ts';
import { anchorTexts } from './anchor-book.ts';
import type { AnchorControl } from './anchor-control.ts';
import type { Diversion } from './diversion.ts';
import { dumpOf } from './dumps.ts';
import { explainQuestion } from './explain.ts';
import type { PacketDriver } from './packet-driver.ts';
import type { QueryCounters } from './query-counters.ts';
import type { Reload } from './reload.ts';
import { algorithmPolicy } from './resolver-options.ts';
import type { DaemonResolver } from './resolver-parts.ts';
import type { Tracing } from './tracing.ts';
import { programVersion } from './version.ts';

/** The options behind the numbers that can be set while the program runs. */
const tunableOptions = {
  'minimum-ttl': 'recursor.minimum_ttl_override',
  'max-cache-entries': 'recordcache.max_entries',
  'max-packetcache-entries': 'packetcache.max_entries',
  'max-aggr-nsec-cache-size': 'dnssec.aggressive_nsec_cache_size',
} as const satisfies Record<Tunable, string>;

export interface ControlParts {
  readonly config: () => Config;
  readonly resolver: DaemonResolver;
  readonly anchors: AnchorControl;
  readonly localData: () => Pick<LocalData, 'answer'>;
  readonly diversion: Pick<Diversion, 'start' | 'end'>;
  readonly reload: Reload;
  readonly tracing: Tracing;
  readonly driver: Pick<PacketDriver, 'forgetReplies' | 'forgetClients' | 'keptReplies' | 'threadCount'>;
  readonly pipeline: Pick<Pipeline, 'waitingQueries'>;
  readonly metrics: Metrics;
  readonly rankings: Rankings;
  readonly counters: QueryCounters;
  readonly clock: Clock;
  readonly log: Log;
  readonly quit: (nicely: boolean) => void;
  /** Puts another value of one option in force. */
  readonly setOption: (path: string, value: unknown) => void;
  /** JSON in one line. */
  readonly overview: () => string;
}

export class DaemonControl implements ControlTarget {
  readonly version = `kedge ${programVersion()}`;
  readonly threadNames: readonly string[];
  readonly dontThrottleNames: Set<string>;
  readonly dontThrottleNetmasks: Set<string>;
  private readonly parts: ControlParts;

  constructor(parts: ControlParts) {
    this.parts = parts;
    this.threadNames = ['main', ...new Array<string>(parts.driver.threadCount - 1).fill('worker')];
    this.dontThrottleNames = parts.resolver.exemptions?.names ?? new Set();
    this.dontThrottleNetmasks = parts.resolver.exemptions?.netmasks ?? new Set();
  }

  quit(nicely: boolean): void {
    this.parts.quit(nicely);
  }

  metrics(): ReadonlyMap<string, number> {
    return this.parts.metrics.statistics();
  }

  overview(): string {
    return this.parts.overview();
  }

  parameter(key: string, which: 'current' | 'default'): string | undefined {
    return parameterText(this.parts.config(), key, which);
  }

  get hasDnssec(): boolean {
    return this.parts.config().dnssec.validation !== 'off';
  }

  trustAnchors(): readonly AnchorListing[] {
    const anchors = this.parts.anchors.anchors.anchors();
    return anchors
      .sort((a, b) => compareNames(a.zone, b.zone))
      .map((anchor) => ({ zone: anchor.zone, ds: anchorTexts(anchor) }));
  }

  negativeTrustAnchors(): readonly NegativeAnchorListing[] {
    const { anchors } = this.parts;
    const negatives = [...anchors.negatives()].sort((a, b) => compareNames(a.zone, b.zone));
    return negatives.map(({ zone, reason, expiresAt }) => {
      const isUnneeded = anchors.isUnneeded(zone);
      return expiresAt === undefined ? { zone, reason, isUnneeded } : { zone, reason, isUnneeded, expiresAt };
    });
  }

  addTrustAnchor(zone: DomainName, text: string): Outcome {
    const read = readAnchorText(zone, text);
    if (!read.ok) return { ok: false, text: read.error };
    this.parts.anchors.add(zone, read.value.ds);
    for (const note of read.value.notes) this.parts.log.always('warn', note, { zone: nameText(zone) });
    return { ok: true, text: read.value.notes.join('\n') };
  }

  clearTrustAnchor(zone: DomainName): boolean {
    return this.parts.anchors.clear(zone);
  }

  addNegativeTrustAnchor(zone: DomainName, reason: string): void {
    this.parts.anchors.addNegative(zone, reason);
  }

  clearNegativeTrustAnchor(zone: DomainName): boolean {
    return this.parts.anchors.clearNegative(zone);
  }

  clearAllNegativeTrustAnchors(): void {
    this.parts.anchors.clearNegatives();
  }

  reloadConfig(luaConfigFile?: string): Outcome {
    return this.parts.reload.everything(luaConfigFile);
  }

  reloadZones(): Outcome {
    return this.parts.reload.zones();
  }

  reloadAcls(): Outcome {
    return this.parts.reload.access();
  }

  wipeCache(name: DomainName, subtree: boolean, type?: number): WipeCounts {
    const region = subtree ? Region.below(name) : Region.at(name);
    // Which of them rest on the name nobody has written down: all go.
    const packets = this.parts.driver.forgetReplies();
    const { positive, negative } = this.parts.resolver.wipe?.(region, type) ?? { positive: 0, negative: 0 };
    return { records: positive, negativeRecords: negative, packets };
  }

  dump(what: Dump, sections: string): DumpResult {
    const { resolver, clock, driver } = this.parts;
    return dumpOf(what, sections, { knowledge: resolver.knowledge, clock, replies: driver.keptReplies() });
  }

  trace(names: NamePattern, write: (line: string) => void): () => void {
    const end = this.parts.tracing.start(names, write);
    // What kept replies answer takes no steps.
    this.parts.driver.forgetClients();
    return end;
  }

  endTrace(): boolean {
    return this.parts.tracing.end();
  }

  ranking(which: RankingName): RankingResult {
    return this.parts.rankings.ranking(which);
  }

  currentQueries(): readonly CurrentQuery[] {
    return Array.from(this.parts.pipeline.waitingQueries(), ({ client, question, spentMs }) => ({
      name: question.name,
      type: question.type,
      client: addressText(client.address),
      transport: client.transport,
      spentMs,
    }));
  }

  queryTypes(): readonly { readonly type: number; readonly count: number }[] {
    return this.parts.counters.queryTypes();
  }

  algorithms(): readonly { readonly name: string; readonly disabled: boolean }[] {
    const policy = algorithmPolicy(this.parts.config());
    return algorithms
      .filter(({ supported }) => supported)
      .map(({ number, mnemonic }) => ({ name: mnemonic, disabled: !isSupportedAlgorithm(number, policy) }));
  }

  async explain(name: DomainName, type: number): Promise<Outcome> {
    const { resolver, clock, localData } = this.parts;
    const source = 'running';
    const parts = { resolver, clock, localData: localData(), source, attempts: [] } as const;
    return { ok: true, text: JSON.stringify(await explainQuestion(name, type, parts)) };
  }

  divert(zone: DomainName, port: number, seconds: number): DivertOutcome {
    return this.parts.diversion.start(zone, port, seconds);
  }

  endDivert(): boolean {
    return this.parts.diversion.end();
  }

  setLogBogus(on: boolean): boolean {
    const before = this.parts.config().dnssec.log_bogus;
    this.parts.setOption('dnssec.log_bogus', on);
    return before;
  }

  setTunable(what: Tunable, value: number): Outcome {
    if (what === 'max-aggr-nsec-cache-size' && this.parts.config().dnssec.aggressive_nsec_cache_size === 0) {
      return { ok: false, text: 'Aggressive NSEC cache is disabled by startup config' };
    }
    this.parts.setOption(tunableOptions[what], value);
    return { ok: true, text: '' };
  }
}
