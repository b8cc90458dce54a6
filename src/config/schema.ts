// The one table of options: sections, their options, and the type of a whole configuration that follows from it.
import { isOption, type Option, type Section, type ValuesOf } from './option.ts';
import { packetcacheSection, recordcacheSection } from './schema-caches.ts';
import { dnssecSection } from './schema-dnssec.ts';
import { incomingSection } from './schema-incoming.ts';
import { kedgeSection } from './schema-kedge.ts';
import { loggingSection } from './schema-logging.ts';
import { outgoingSection } from './schema-outgoing.ts';
import { recursorSection } from './schema-recursor.ts';
import { carbonSection, ecsSection, nodSection, snmpSection } from './schema-unavailable.ts';
import { webserviceSection } from './schema-webservice.ts';

/** Everything that a configuration file can say, in the order of the reference page. */
export const optionTable = {
  incoming: incomingSection,
  dnssec: dnssecSection,
  recursor: recursorSection,
  outgoing: outgoingSection,
  recordcache: recordcacheSection,
  packetcache: packetcacheSection,
  logging: loggingSection,
  webservice: webserviceSection,
  kedge: kedgeSection,
  ecs: ecsSection,
  carbon: carbonSection,
  nod: nodSection,
  snmp: snmpSection,
} satisfies Section;

/** The value of every option, defaults filled in. */
export type Config = ValuesOf<typeof optionTable>;

/** An option with where it stands in the table. */
export interface OptionEntry {
  /** `section.name`, as in `incoming.port` or `kedge.limits.query_max_upstream`. */
  readonly path: string;
  readonly section: string;
  readonly key: string;
  readonly option: Option<unknown>;
}

function entriesOf(section: Section, prefix: string): OptionEntry[] {
  return Object.entries(section).flatMap(([key, entry]) =>
    isOption(entry)
      ? [{ path: `${prefix}.${key}`, section: prefix, key, option: entry }]
      : entriesOf(entry, prefix === '' ? key : `${prefix}.${key}`),
  );
}

/** All options, in the order of the table. */
export const allOptions: readonly OptionEntry[] = entriesOf(optionTable, '');

const byPath = new Map(allOptions.map((entry) => [entry.path, entry]));
const byOldName = new Map(
  allOptions.flatMap((entry) => (entry.option.oldName === undefined ? [] : [[entry.option.oldName, entry] as const])),
);

/** The option at a path such as `incoming.port`. */
export function optionByPath(path: string): OptionEntry | undefined {
  return byPath.get(path);
}

/** The option with a name of `name=value` files, such as `local-port`. */
export function optionByOldName(oldName: string): OptionEntry | undefined {
  return byOldName.get(oldName);
}

/** The options that have one value with this one under other names. */
export function optionsSameAs(entry: OptionEntry): readonly OptionEntry[] {
  return allOptions.filter(
    (other) =>
      other.option.sameAs === entry.path || (entry.option.sameAs !== undefined && entry.option.sameAs === other.path),
  );
}

/** A configuration from the values that were given, by path; the rest are defaults. */
export function buildConfig(given: ReadonlyMap<string, unknown>): Config {
  // The types of the values are those of the table: each was read by the option's own type, or is its default.
  return sectionValues(optionTable, '', given) as Config;
}

function sectionValues(section: Section, prefix: string, given: ReadonlyMap<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(section).map(([key, entry]) => {
      const path = prefix + key;
      if (!isOption(entry)) return [key, sectionValues(entry, `${path}.`, given)];
      return [key, given.has(path) ? given.get(path) : entry.default];
    }),
  );
}

/** The values of a configuration by path: the reverse of `buildConfig`. */
export function configValues(config: Config): Map<string, unknown> {
  const values = new Map<string, unknown>();
  const collect = (section: Record<string, unknown>, entries: Section, prefix: string): void => {
    for (const [key, entry] of Object.entries(entries)) {
      if (isOption(entry)) values.set(prefix + key, section[key]);
      else collect(section[key] as Record<string, unknown>, entry, `${prefix}${key}.`);
    }
  };
  collect(config, optionTable, '');
  return values;
}
