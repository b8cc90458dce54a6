// The running program as PowerDNS's HTTP API shows and changes it.
import { networkText } from '../config/network.ts';
import { oldStyleText } from '../config/parameters.ts';
import { allOptions, type Config, configValues } from '../config/schema.ts';
import { socketAddressText } from '../config/socket-address.ts';
import type { ControlTarget } from '../control/target.ts';
import type { Clock } from '../ports/clock.ts';
import type { RankingResult } from '../ports/rankings.ts';
import type { AuditTrail } from '../telemetry/audit-trail.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { HistogramSample, NumberSample, NumbersTarget } from '../web/metrics.ts';
import type {
  AccessList,
  ApiZone,
  JsonStatRanking,
  PowerDNSTarget,
  TraceState,
  WantedZone,
} from '../web/powerdns-target.ts';
import type { Answered, Done } from '../web/target.ts';
import { typeText } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import type { NamePattern } from '../wire/name-pattern.ts';
import { nameText } from '../wire/name-text.ts';
import { programVersion } from './version.ts';
import type { WebStore } from './web-store.ts';

/** Lines of a trace that are kept; the oldest go. */
const MAX_TRACE_LINES = 1000;
/** Their values are nobody's business, and are never shown. */
const secretOptions = new Set(['webservice.api_key', 'webservice.password']);
const SECRET_TEXT = '***';

export interface WebPowerDNSParts {
  readonly config: () => Config;
  readonly control: ControlTarget;
  readonly metrics: Pick<Metrics, 'samples' | 'histogramSamples'>;
  readonly store: WebStore;
  readonly audit: Pick<AuditTrail, 'add'>;
  readonly clock: Pick<Clock, 'wallSeconds'>;
}

/** A change as the audit trail has it. */
interface Wish {
  readonly client: string;
  readonly action: string;
  readonly zone?: string;
  readonly text: string;
}

export class WebPowerDNS implements PowerDNSTarget, NumbersTarget {
  readonly version = programVersion();
  private readonly parts: WebPowerDNSParts;
  private traced: { readonly names: NamePattern; readonly lines: string[]; readonly end: () => void } | undefined;

  constructor(parts: WebPowerDNSParts) {
    this.parts = parts;
  }

  statistics(): ReadonlyMap<string, number> {
    return this.parts.control.metrics();
  }

  isListed(statistic: string): boolean {
    return !this.parts.config().recursor.stats_api_disabled_list.includes(statistic);
  }

  samples(): readonly NumberSample[] {
    return this.parts.metrics.samples();
  }

  histograms(): readonly HistogramSample[] {
    return this.parts.metrics.histogramSamples();
  }

  settings(): readonly { readonly name: string; readonly value: string }[] {
    const values = configValues(this.parts.config());
    return allOptions.flatMap((entry) => {
      const name = entry.option.oldName;
      if (name === undefined) return [];
      const value = oldStyleText(entry, values.get(entry.path));
      return [{ name, value: secretOptions.has(entry.path) && value !== '' ? SECRET_TEXT : value }];
    });
  }

  accessList(which: AccessList): readonly string[] {
    const { incoming } = this.parts.config();
    return (which === 'allow-from' ? incoming.allow_from : incoming.allow_notify_from).map(networkText);
  }

  setAccessList(client: string, which: AccessList, networks: readonly string[]): Answered<Done> {
    const { incoming } = this.parts.config();
    const file = which === 'allow-from' ? incoming.allow_from_file : incoming.allow_notify_from_file;
    return this.writtenDown(
      { client, action: `set ${which}`, text: networks.join(', ') },
      file === ''
        ? this.parts.store.setAccessList(which, networks)
        : { ok: false, status: 409, error: `the list stands in the file ${file}`, remedy: 'Change it there.' },
    );
  }

  zones(): readonly ApiZone[] {
    const { recursor } = this.parts.config();
    const forwarded = [...recursor.forward_zones, ...recursor.forward_zones_recurse].map(
      ({ zone, forwarders, recurse }): ApiZone => ({
        name: nameText(zone),
        kind: 'Forwarded',
        servers: forwarders.map(socketAddressText),
        recursionDesired: recurse,
      }),
    );
    const native = recursor.auth_zones.map(
      ({ zone }): ApiZone => ({ name: nameText(zone), kind: 'Native', servers: [], recursionDesired: false }),
    );
    return [...forwarded, ...native];
  }

  storeZone(client: string, zone: WantedZone, replaces: boolean): Answered<Done> {
    const action = replaces ? 'replace zone' : 'add zone';
    const { name, kind, servers, singleTarget = '' } = zone;
    const text = `${kind} ${servers.join(', ')}${singleTarget}`.trim();
    return this.writtenDown({ client, action, zone: nameText(name), text }, this.stored(zone, replaces));
  }

  private stored(zone: WantedZone, replaces: boolean): Answered<Done> {
    const isThere = this.has(zone.name);
    if (replaces && !isThere) return missing();
    if (!replaces && isThere) {
      return { ok: false, status: 409, error: 'there is a zone of that name', remedy: 'Use PUT to replace it.' };
    }
    return this.changeable(zone.name) ?? this.parts.store.put(zone);
  }

  removeZone(client: string, name: DomainName): Answered<Done> {
    return this.writtenDown(
      { client, action: 'remove zone', zone: nameText(name), text: '' },
      this.has(name) ? (this.changeable(name) ?? this.parts.store.remove(name)) : missing(),
    );
  }

  wipeCache(client: string, name: DomainName, subtree: boolean, type: number | undefined): number {
    const { records, negativeRecords, packets } = this.parts.control.wipeCache(name, subtree, type);
    const count = records + negativeRecords + packets;
    const text = [subtree ? 'and all below' : '', type === undefined ? '' : typeText(type)].join(' ').trim();
    const wish = { client, action: 'flush cache', zone: nameText(name), text };
    this.writtenDown(wish, { ok: true, value: { text: `${count} entries are gone` } });
    return count;
  }

  ranking(which: JsonStatRanking): RankingResult {
    return this.parts.control.ranking(which);
  }

  trace(): TraceState {
    return { domains: this.traced?.names.source ?? null, log: this.traced?.lines ?? [] };
  }

  setTrace(client: string, domains: NamePattern | null): void {
    const text = domains === null ? 'nothing is traced' : 'what matches is traced';
    this.writtenDown({ client, action: 'trace', text: domains?.source ?? '' }, { ok: true, value: { text } });
    this.traced?.end();
    this.traced = undefined;
    if (domains === null) return;
    const lines: string[] = [];
    const end = this.parts.control.trace(domains, (line) => {
      if (lines.push(line) > MAX_TRACE_LINES) lines.shift();
    });
    this.traced = { names: domains, lines, end };
  }

  /** Puts a change, or the attempt at one, into the audit trail. */
  private writtenDown({ client, action, zone, text }: Wish, answered: Answered<Done>): Answered<Done> {
    const { audit, clock } = this.parts;
    const outcome = answered.ok ? answered.value.text : answered.error;
    audit.add({ atSeconds: clock.wallSeconds(), client, action, zone, text, ok: answered.ok, outcome });
    return answered;
  }

  private has(name: DomainName): boolean {
    const { recursor } = this.parts.config();
    const zones = [...recursor.forward_zones, ...recursor.forward_zones_recurse, ...recursor.auth_zones];
    return zones.some(({ zone }) => zone.key === name.key);
  }

  /** Why a zone of this name can be changed only elsewhere; undefined when it can be changed here. */
  private changeable(name: DomainName): Answered<never> | undefined {
    if (!this.has(name) || this.parts.store.holds(name)) return undefined;
    const remedy = 'Change it there, and read the configuration again.';
    return { ok: false, status: 409, error: 'the zone stands in a configuration file', remedy };
  }
}

function missing(): Answered<never> {
  return {
    ok: false,
    status: 404,
    error: 'there is no such zone',
    remedy: 'GET /api/v1/servers/localhost/zones lists them.',
  };
}
