// Which options may change while the program runs, and how a running configuration takes over new values.
import { sameValue } from '../config/given-values.ts';
import { shortened } from '../config/input.ts';
import {
  allOptions,
  buildConfig,
  type Config,
  configValues,
  type OptionEntry,
  optionByPath,
} from '../config/schema.ts';

/** `reload-zones` (POWERDNS 6): whose names are answered by whom. */
export const zoneOptions: readonly string[] = [
  'recursor.forward_zones',
  'recursor.forward_zones_recurse',
  'recursor.forward_zones_file',
  'recursor.auth_zones',
  'recursor.export_etc_hosts',
  'recursor.etc_hosts_file',
  'recursor.export_etc_hosts_search_suffix',
  'recursor.serve_rfc1918',
  'recursor.serve_rfc6303',
  'incoming.allow_notify_for',
  'incoming.allow_notify_for_file',
  'kedge.local_zone',
  'kedge.local_data',
  'kedge.forward_first',
  'kedge.stub_first',
];

/** `reload-acls`: who may ask. */
export const accessOptions: readonly string[] = [
  'incoming.allow_from',
  'incoming.allow_from_file',
  'incoming.allow_notify_from',
  'incoming.allow_notify_from_file',
];

/** What `reload-lua-config` takes over besides. */
const otherOptions: readonly string[] = [
  'dnssec.trustanchors',
  'dnssec.negative_trustanchors',
  'dnssec.trustanchorfile',
  'dnssec.trustanchorfile_interval',
  'dnssec.log_bogus',
  'dnssec.aggressive_nsec_cache_size',
  'kedge.default_trustanchor',
  'kedge.dnskey_trustanchors',
  'kedge.expiry_warning_days',
  'recursor.lua_config_file',
  'recursor.minimum_ttl_override',
  'recordcache.max_entries',
  'outgoing.tls_configurations',
  'outgoing.dont_throttle_names',
  'outgoing.dont_throttle_netmasks',
  'logging.loglevel',
  'logging.quiet',
  'logging.trace',
  'logging.statistics_interval',
  'webservice.api_key',
  'webservice.password',
  'webservice.allow_from',
  'webservice.cross_origin_request_header',
  'webservice.loglevel',
  'kedge.web_hosts',
];

/** All of them: those that the option table calls reloadable and that have an effect. */
export const reloadableOptions: readonly string[] = [...zoneOptions, ...accessOptions, ...otherOptions];

/** Options whose changes are told in other words, also because there may be a password in them. */
const toldOtherwise = new Set([
  'outgoing.tls_configurations',
  'dnssec.trustanchors',
  'dnssec.negative_trustanchors',
  'kedge.dnskey_trustanchors',
  'recursor.forward_zones',
  'recursor.forward_zones_recurse',
]);

/** What they say is for nobody's eyes. */
const secretOptions = new Set(['webservice.api_key', 'webservice.password']);

/** A configuration with some of another's values. */
export function withValuesOf(running: Config, fresh: Config, paths: readonly string[]): Config {
  const values = configValues(running);
  const others = configValues(fresh);
  for (const path of paths) values.set(path, others.get(path));
  return buildConfig(values);
}

/** A configuration with one other value. */
export function withValue(running: Config, path: string, value: unknown): Config {
  const values = configValues(running);
  values.set(path, value);
  return buildConfig(values);
}

/** Lines about what differs: what takes effect, and what needs a restart. */
export interface OptionChanges {
  readonly lines: readonly string[];
  readonly restart: readonly string[];
}

/** Compares the running configuration with one that was read again. `paths` are those that are going to be taken over. */
export function optionChanges(running: Config, fresh: Config, paths: readonly string[]): OptionChanges {
  const before = configValues(running);
  const after = configValues(fresh);
  const differs = ({ path, option }: OptionEntry): boolean =>
    !sameValue(option.type.toYaml(before.get(path)), option.type.toYaml(after.get(path)));
  const taken = paths.flatMap((path) => optionByPath(path) ?? []).filter(differs);
  const known = new Set(reloadableOptions);
  const restart = allOptions.filter(
    (entry) => entry.option.effect === 'yes' && entry.option.sameAs === undefined && !known.has(entry.path),
  );
  return {
    lines: taken.filter(({ path }) => !toldOtherwise.has(path)).map((entry) => changeText(entry, before, after)),
    restart: restart.filter(differs).map(({ path }) => path),
  };
}

function changeText(
  { path, option }: OptionEntry,
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): string {
  if (secretOptions.has(path)) return `${path} is another now`;
  const text = (value: unknown): string => shortened(JSON.stringify(option.type.toYaml(value)) ?? 'not set');
  return `${path}: ${text(before.get(path))} is now ${text(after.get(path))}`;
}
