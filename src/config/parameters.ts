// The values of a running configuration as text, as `get-parameter` prints them (POWERDNS 6). The text depends on the
// values alone: whichever format they were read from, it is the same.
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { isOption, type Option, type Section } from './option.ts';
import { buildConfig, type Config, configValues, type OptionEntry, optionByOldName, optionTable } from './schema.ts';
import { socketAddressText } from './socket-address.ts';
import type { AuthZone, ForwardZone } from './structured-types.ts';
import { yamlText } from './yaml-output.ts';

/**
 * The text of a setting: `name=value` for an old-style name, YAML for a path (`dnssec.validation`) or a section, all
 * sections for the empty key; without the newline at the end. Undefined for an unknown key. `which` takes the default
 * instead of the present value.
 */
export function parameterText(config: Config, key: string, which: 'current' | 'default'): string | undefined {
  const source = which === 'default' ? buildConfig(new Map()) : config;
  const entry = optionByOldName(key);
  if (entry !== undefined) return `${key}=${oldStyleText(entry, configValues(source).get(entry.path))}`;
  const values = yamlOf(optionTable, '', key, configValues(source));
  return values === undefined ? undefined : yamlText(values).trimEnd();
}

/** A value as it stands in a `name=value` line. */
export function oldStyleText({ option }: OptionEntry, value: unknown): string {
  const written = value === undefined ? undefined : option.type.toYaml(value);
  switch (option.type.textForm) {
    case 'boolean':
      // A third word stands for itself.
      return typeof written === 'string' ? written : written === true ? 'yes' : 'no';
    case 'forward-zones':
      return zoneTexts(value, forwardZoneText);
    case 'auth-zones':
      return zoneTexts(value, ({ zone, file }: AuthZone) => `${nameTextWithoutDot(zone)}=${file}`);
    case 'list':
      return Array.isArray(written) ? written.join(', ') : '';
    case 'word':
    case 'none':
      return written === undefined ? '' : String(written);
    default:
      return option.type.textForm satisfies never;
  }
}

function forwardZoneText({ zone, forwarders }: ForwardZone): string {
  return `${nameTextWithoutDot(zone)}=${forwarders.map(socketAddressText).join(';')}`;
}

/** The value is one that the option's own type has read. */
function zoneTexts<T>(value: unknown, text: (zone: T) => string): string {
  return Array.isArray(value) ? (value as readonly T[]).map(text).join(', ') : '';
}

/** The part of the table below `section` that `key` names, as nested mappings; undefined when it names nothing. */
function yamlOf(
  section: Section,
  prefix: string,
  key: string,
  values: ReadonlyMap<string, unknown>,
): Record<string, unknown> | undefined {
  const entries = Object.entries(section).flatMap(([name, entry]): [string, unknown][] => {
    const path = prefix + name;
    const isWanted = key === '' || key === path || path.startsWith(`${key}.`);
    if (!isWanted && !key.startsWith(`${path}.`)) return [];
    if (!isOption(entry)) {
      const inner = yamlOf(entry, `${path}.`, key, values);
      return inner === undefined ? [] : [[name, inner]];
    }
    const value = values.get(path);
    // What is not set is left out, so that the text can be read again; asked for by name it is null.
    return isWanted && (value !== undefined || key === path) ? [[name, writtenValue(entry, value)]] : [];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Null for an option that is not set and has no default. */
function writtenValue({ type }: Option<unknown>, value: unknown): unknown {
  return value === undefined ? null : (type.toYaml(value) ?? null);
}
