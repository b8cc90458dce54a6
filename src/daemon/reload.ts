// Reads the configuration again and puts in force what may change while the program runs. Everything that can fail is
// done before anything is changed: with an error the running state stays whole (POWERDNS 2.1, 6).
import { Region } from '../cache/region.ts';
import { type ConfigError, findingText } from '../config/config-error.ts';
import { sameValue } from '../config/given-values.ts';
import type { Config } from '../config/schema.ts';
import type { ConfigSource } from '../config/source.ts';
import type { Outcome } from '../control/target.ts';
import type { ForwardZone, ResolverChange, ResolverOptions } from '../resolver/options.ts';
import type { Log } from '../telemetry/log.ts';
import type { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import type { AnchorControl } from './anchor-control.ts';
import { accessParts, type ClientSide, localDataPart } from './client-side.ts';
import { delegatedZones } from './delegated-zones.ts';
import { logLuaLines } from './lua-log.ts';
import { accessOptions, optionChanges, reloadableOptions, withValuesOf, zoneOptions } from './reloadable.ts';
import { StartError } from './start-error.ts';

const LUA_OPTION = 'recursor.lua_config_file';
/** Lines about changes that go into the log; the operator gets all of them. */
const MAX_LINES_LOGGED = 100;
/** Names written out in one line about a wipe. */
const MAX_NAMES_TOLD = 5;

type Scope = 'everything' | 'zones' | 'access';

const optionsOf: Record<Scope, readonly string[]> = {
  everything: reloadableOptions,
  zones: zoneOptions,
  access: accessOptions,
};

export interface ReloadParts {
  /** Undefined where the configuration is no file that could have changed. */
  readonly source: Pick<ConfigSource, 'read'> | undefined;
  readonly log: Log;
  readonly anchors: AnchorControl;
  readonly clientSide: ClientSide;
  /** The configuration in force. */
  readonly config: () => Config;
  /** The forward zones in force, those that zone files delegate included. */
  readonly forwardZones: () => readonly ForwardZone[];
  /** What a configuration means for the resolver; throws a `StartError`. */
  readonly resolverOptions: (config: Config) => Pick<ResolverOptions, 'forwardZones' | 'cache'>;
  readonly change: (change: ResolverChange, region: Region) => number;
  /** Between two pieces of work, lets clients be answered whose answers are at hand. */
  readonly breathe?: () => void;
  /** Told last, when all is in force: what else the configuration changes, and which forward zones are new. */
  readonly onChanged: (config: Config, forwards: ForwardsInForce) => void;
}

export interface ForwardsInForce {
  readonly all: readonly ForwardZone[];
  /** Those that are new, or ask other servers than before. */
  readonly changed: readonly ForwardZone[];
}

/** Why the running state stays as it is. */
class ReloadFailure extends Error {
  override readonly name = 'ReloadFailure';
}

export class Reload {
  private readonly parts: ReloadParts;
  private luaConfigFile: string | undefined;

  constructor(parts: ReloadParts) {
    this.parts = parts;
  }

  /** Everything that may change, with another Lua file from now on if one is given. */
  everything(luaConfigFile?: string): Outcome {
    return this.guarded('the configuration', () => {
      const wanted = luaConfigFile ?? this.luaConfigFile;
      const fresh = this.read(wanted);
      const lines = this.apply(fresh, 'everything');
      this.luaConfigFile = wanted;
      const file = fresh.recursor.lua_config_file;
      const headline =
        file === ''
          ? 'Reloaded dynamic part of YAML configuration'
          : `Reloaded dynamic parts of YAML configuration and Lua configuration file '${file}'`;
      return [headline, ...lines];
    });
  }

  /** Forward zones and local zones only. */
  zones(): Outcome {
    return this.guarded('the zones', () => this.apply(this.read(this.luaConfigFile), 'zones'));
  }

  /** Only who may ask. */
  access(): Outcome {
    return this.guarded('the access lists', () => this.apply(this.read(this.luaConfigFile), 'access'));
  }

  private guarded(what: string, reload: () => readonly string[]): Outcome {
    const { log } = this.parts;
    try {
      const lines = reload();
      log.always('info', `${what} read again`, { changes: lines.slice(0, MAX_LINES_LOGGED) });
      return { ok: true, text: lines.join('\n') };
    } catch (error) {
      if (!(error instanceof ReloadFailure) && !(error instanceof StartError)) throw error;
      const text = error instanceof StartError ? `${error.message} ${error.remedy}`.trim() : error.message;
      log.always('error', `${what} not read again; nothing is changed`, { why: text });
      return { ok: false, text };
    }
  }

  private read(luaConfigFile: string | undefined): Config {
    const { source, log } = this.parts;
    if (source === undefined) throw new ReloadFailure('there is no configuration file that could be read again');
    const result = source.read({ luaConfigFile });
    this.parts.breathe?.();
    if (!result.ok) throw new ReloadFailure(this.failureText(result.errors, luaConfigFile));
    for (const warning of result.warnings) log.always('warn', findingText(warning));
    logLuaLines(result.logLines ?? [], log);
    return result.config;
  }

  private failureText(errors: readonly ConfigError[], luaConfigFile: string | undefined): string {
    const texts = errors.map(findingText);
    const [first] = errors;
    if (first === undefined || !errors.every(({ path }) => path === LUA_OPTION)) return texts.join('\n');
    const file = luaConfigFile ?? (this.parts.config().recursor.lua_config_file || first.file);
    const reasons = errors.map(({ file: where, line, message }) => `${where}:${line}: ${message}`);
    return `Unable to load Lua script from '${file}': ${reasons.join('\n')}`;
  }

  /** Puts the values of some options in force; returns what changed, a line each. */
  private apply(fresh: Config, scope: Scope): string[] {
    const paths = optionsOf[scope];
    const { anchors, clientSide, change, log, onChanged } = this.parts;
    const running = this.parts.config();
    const config = withValuesOf(running, fresh, paths);
    const { lines: optionLines, restart } = optionChanges(running, fresh, paths);
    const warn = (message: string): void => log.always('warn', message);
    const { forwardZones: configured, cache } = this.parts.resolverOptions(config);
    const local = scope === 'access' ? clientSide : localDataPart(config, warn);
    const client = { ...accessParts(config), localData: local.localData };
    const forwardZones = [...configured, ...delegatedZones(client.localData.delegations())];
    const prepared = scope === 'everything' ? anchors.prepare(config) : undefined;
    const forwards = forwardDifference(this.parts.forwardZones(), forwardZones);
    this.parts.breathe?.();

    // From here on nothing fails.
    const zones = [...(prepared?.zones ?? []), ...forwards.zones, ...authZoneDifference(running, config)];
    clientSide.replace(client);
    const resolverChange: ResolverChange = {
      ...(prepared === undefined ? {} : { anchors: prepared.anchors }),
      ...(forwards.zones.length === 0 ? {} : { forwardZones }),
      cache: { maxOctets: cache.maxOctets, maxAggressiveRecords: cache.maxAggressiveRecords, minTtl: cache.minTtl },
    };
    const wiped = change(resolverChange, Region.below(...zones));
    this.parts.breathe?.();
    prepared?.commit();
    onChanged(config, { all: forwardZones, changed: forwards.changed });
    for (const line of prepared?.lost ?? []) log.always('warn', line);
    for (const path of restart) log.always('warn', `${path} has changed and takes effect with the next start`);
    return [
      ...(prepared?.lines ?? []),
      ...(prepared?.lost ?? []),
      ...forwards.lines,
      ...optionLines,
      ...(zones.length === 0 ? [] : [`wiped ${wiped} records at and below ${namesText(zones)}`]),
      ...restart.map((path) => `${path} has changed: restart kedge for it to take effect`),
    ];
  }
}

function namesText(names: readonly DomainName[]): string {
  const distinct = [...new Map(names.map((name) => [name.key, name])).values()];
  const told = distinct.slice(0, MAX_NAMES_TOLD).map(nameTextWithoutDot).join(', ');
  return distinct.length > MAX_NAMES_TOLD ? `${told} and ${distinct.length - MAX_NAMES_TOLD} more` : told;
}

interface ForwardDifference {
  readonly zones: readonly DomainName[];
  /** Those that are new or ask other servers than before. */
  readonly changed: readonly ForwardZone[];
  readonly lines: readonly string[];
}

function forwardDifference(before: readonly ForwardZone[], after: readonly ForwardZone[]): ForwardDifference {
  const had = new Map(before.map((zone) => [zone.zone.key, zone]));
  const has = new Map(after.map((zone) => [zone.zone.key, zone]));
  const zones: DomainName[] = [];
  const changed: ForwardZone[] = [];
  const lines: string[] = [];
  for (const { zone } of new Map([...had, ...has]).values()) {
    const [earlier, later] = [had.get(zone.key), has.get(zone.key)];
    if (sameValue(comparable(earlier), comparable(later))) continue;
    zones.push(zone);
    if (later !== undefined) changed.push(later);
    lines.push(`forward zone ${nameTextWithoutDot(zone)}: ${forwardText(earlier, later)}`);
  }
  return { zones, changed, lines };
}

function comparable(zone: ForwardZone | undefined): unknown {
  return zone === undefined ? undefined : { ...zone, zone: zone.zone.key };
}

function forwardText(before: ForwardZone | undefined, after: ForwardZone | undefined): string {
  if (before === undefined) return `added, asks ${serversText(after)}`;
  if (after === undefined) return `removed, asked ${serversText(before)}`;
  const [now, earlier] = [serversText(after), serversText(before)];
  return now === earlier ? 'the same servers are asked in another way' : `asks ${now} instead of ${earlier}`;
}

function serversText(zone: ForwardZone | undefined): string {
  const named = (zone?.delegatedTo ?? []).map(({ name }) => nameTextWithoutDot(name));
  const servers = [...(zone?.servers ?? []).map(({ key }) => key), ...named].join(', ');
  return zone?.recurse === true ? `${servers} with recursion` : servers;
}

/** Zones served from files that are there before or after, but not the same. Their answers are cached nowhere else. */
function authZoneDifference(before: Config, after: Config): DomainName[] {
  const files = ({ recursor }: Config) =>
    new Map(recursor.auth_zones.map(({ zone, file }) => [zone.key, { zone, file }]));
  const [had, has] = [files(before), files(after)];
  return [...new Map([...had, ...has]).values()]
    .filter(({ zone }) => had.get(zone.key)?.file !== has.get(zone.key)?.file)
    .map(({ zone }) => zone);
}
