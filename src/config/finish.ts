// The last steps from given values to a Config: one value under two names, what has no effect, and rules between options.

import { dirname, resolve } from 'node:path';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { checkAnchors, keepsBuiltInAnchors, type PlaceOf, settledAnchors, warnOfMixture } from './anchors.ts';
import type { Findings } from './findings.ts';
import { checkForwarderFamilies } from './forwarder-families.ts';
import { type GivenValues, isDefault, sameValue } from './given-values.ts';
import type { Place } from './input.ts';
import type { LuaSettings } from './lua/lua-settings.ts';
import { COMMAND_LINE } from './overrides.ts';
import { buildConfig, type Config, type OptionEntry, optionsSameAs } from './schema.ts';
import type { ForwardZone } from './structured-types.ts';
import { checkForwarderTls } from './tls-configuration.ts';
import { settledWebservice } from './web-rules.ts';

/** The configuration that given values and a Lua file stand for. Check `findings.errors` before using it. */
export function configOf(given: GivenValues, file: string, lua: LuaSettings | undefined, findings: Findings): Config {
  const values = new Map<string, unknown>();
  for (const [path, { entry, value, place }] of given) {
    values.set(path, value);
    reportEffect(entry, value, place, findings);
    for (const twin of optionsSameAs(entry)) {
      const other = given.get(twin.path);
      if (other === undefined) values.set(twin.path, value);
      else if (entry.option.sameAs !== undefined && !sameValue(other.value, value)) {
        findings.error(
          place,
          path,
          `${path} and ${twin.path} are the same thing, with different values; give one of them`,
        );
      }
    }
  }
  const placeOf: PlaceOf = (path) => given.get(path)?.place ?? { file, line: 1, column: 1 };
  checkDirectory(given, file, findings);
  if (lua !== undefined) {
    const isGiven = (path: string) => {
      const value = given.get(path);
      return value !== undefined && !isDefault(value.entry, value.value);
    };
    warnOfMixture(isGiven, placeOf, findings);
  }
  const config = settledLoopback(settledIterations(buildConfig(values), given), given);
  return settledWebservice(settled(config, lua, placeOf, findings), given, placeOf, findings);
}

/** What validators counted up to when zones were signed with SHA-1 (RFC 5155 10.3 for keys of 1,024 bits). */
const OLD_MAX_ITERATIONS = 150;

/** `kedge.sha1: validate` means zones of another time: they may have the NSEC3 iterations of that time, if nothing else is said. */
function settledIterations(config: Config, given: GivenValues): Config {
  if (config.kedge.sha1 !== 'validate' || given.has('dnssec.nsec3_max_iterations')) return config;
  return { ...config, dnssec: { ...config.dnssec, nsec3_max_iterations: OLD_MAX_ITERATIONS } };
}

/** Who gives the threshold for all clients means all of them, if nothing else is said. */
function settledLoopback(config: Config, given: GivenValues): Config {
  const { incoming, kedge } = config;
  if (!given.has('incoming.udp_truncation_threshold') || given.has('kedge.udp_truncation_threshold_loopback')) {
    return config;
  }
  return {
    ...config,
    kedge: { ...kedge, udp_truncation_threshold_loopback: incoming.udp_truncation_threshold },
  };
}

/** The directory of the configuration is chosen on the command line; a file can only say what is so anyway. */
function checkDirectory(given: GivenValues, file: string, findings: Findings): void {
  const path = 'recursor.config_dir';
  const directory = given.get(path);
  if (directory === undefined || directory.place.file === COMMAND_LINE) return;
  if (directory.value === '' || directory.value === dirname(resolve(file))) return;
  findings.warn(directory.place, path, `only --config-dir on the command line chooses it; this file is ${file}`);
}

/** Says when a value has no effect today, or stops where ignoring it would be dangerous. */
function reportEffect(entry: OptionEntry, value: unknown, place: Place, findings: Findings): void {
  const { effect, instead = '' } = entry.option;
  if (effect === 'yes' || isDefault(entry, value)) return;
  if (effect === 'accepted') findings.warn(place, entry.path, 'has no effect in kedge today');
  else findings.error(place, entry.path, `kedge does not support this, and ignoring it would be unsafe. ${instead}`);
}

/** Applies the rules between options: the configuration with lists in their final form, and findings. */
function settled(config: Config, lua: LuaSettings | undefined, placeOf: PlaceOf, findings: Findings): Config {
  checkPorts(config, placeOf, findings);
  if (config.incoming.listen.length === 0) {
    const path = 'incoming.listen';
    findings.error(
      placeOf(path),
      path,
      'the list is empty: nobody could ask',
      "at least one address, such as '127.0.0.1'",
    );
  }
  if (config.incoming.allow_from.length === 0) {
    findings.warn(placeOf('incoming.allow_from'), 'incoming.allow_from', 'the list is empty: everyone may ask');
  }
  const final: Config = {
    ...config,
    dnssec: settledAnchors(config, lua, placeOf, findings),
    kedge: { ...config.kedge, default_trustanchor: config.kedge.default_trustanchor && keepsBuiltInAnchors(lua) },
    recursor: { ...config.recursor, ...settledForwardZones(config, placeOf, findings) },
  };
  checkAnchors(final, placeOf, findings);
  checkForwarderTls(final, placeOf, findings);
  checkForwarderFamilies(final, placeOf, findings);
  return final;
}

function checkPorts({ outgoing }: Config, placeOf: PlaceOf, findings: Findings): void {
  if (outgoing.udp_source_port_min <= outgoing.udp_source_port_max) return;
  const path = 'outgoing.udp_source_port_min';
  findings.error(
    placeOf(path),
    path,
    `${outgoing.udp_source_port_min} is above udp_source_port_max, ${outgoing.udp_source_port_max}`,
  );
}

/** At most one entry for a zone in both lists together: a later one replaces an earlier one, as in PowerDNS. */
function settledForwardZones({ recursor }: Config, placeOf: PlaceOf, findings: Findings) {
  const latest = new Map<string, ForwardZone>();
  for (const zone of [...recursor.forward_zones, ...recursor.forward_zones_recurse]) {
    if (latest.has(zone.zone.key)) {
      const path = zone.recurse ? 'recursor.forward_zones_recurse' : 'recursor.forward_zones';
      const message = `${nameTextWithoutDot(zone.zone)} is given twice; the later entry is used`;
      findings.warn(zone.place ?? placeOf(path), path, message);
    }
    latest.set(zone.zone.key, zone);
  }
  const isLatest = (zone: ForwardZone) => latest.get(zone.zone.key) === zone;
  return {
    forward_zones: recursor.forward_zones.filter(isLatest),
    forward_zones_recurse: recursor.forward_zones_recurse.filter(isLatest),
  };
}
