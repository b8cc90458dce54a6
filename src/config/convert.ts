// A configuration in any format as one `recursor.yml`: the same values, the comments of the source, and notes on what has
// no effect or another meaning here. PowerDNS Recursor reads the result too, but for the section `kedge`.

import { type ConfigWarning, findingText } from './config-error.ts';
import { convertedItems, type EmittedLine } from './convert-items.ts';
import { type GivenValue, isDefault } from './given-values.ts';
import type { LoadedConfig } from './load.ts';
import { IPV6_SOURCE_NAME, presentName } from './renamed-settings.ts';
import { allOptions, type Config, configValues, type OptionEntry } from './schema.ts';
import { SourceComments } from './source-comments.ts';
import { yamlText } from './yaml-output.ts';

/** What the result holds itself, or what only says where to read. */
const inlined = new Set([
  'recursor.config_dir',
  'recursor.config_name',
  'recursor.enable_old_settings',
  'recursor.forward_zones_file',
  'recursor.ignore_unknown_settings',
  'recursor.include_dir',
  'recursor.lua_config_file',
]);

/** Options whose default here is not that of PowerDNS: when a file gives them, they are written whatever they say. */
const defaultsOfOurOwn = new Set([
  'dnssec.validation',
  'dnssec.max_rrsigs_per_record',
  'dnssec.max_signature_validations_per_query',
  'dnssec.max_nsec3_hash_computations_per_query',
  // What it is by default depends on `kedge.sha1`.
  'dnssec.nsec3_max_iterations',
  'dnssec.nta_extended_error',
  'incoming.max_concurrent_requests_per_tcp_connection',
  'incoming.max_tcp_clients',
  'incoming.max_tcp_per_client',
  'incoming.tcp_timeout',
  'outgoing.max_bytesperq',
  'outgoing.max_ns_address_qperq',
  'outgoing.max_qperq',
  'outgoing.server_down_max_fails',
  'outgoing.tcp_max_queries',
  'outgoing.udp_source_port_avoid',
  'recordcache.max_cache_bogus_ttl',
  'recordcache.max_entry_size',
  'recursor.max_chain_length',
  'recursor.max_cnames_followed',
  'recursor.max_recursion_depth',
  'recursor.max_total_msec',
  'recursor.minimum_ttl_override',
  'recursor.security_poll_suffix',
]);

/** Options that are another option under its PowerDNS name, which is the one to write. */
const twins = new Set(allOptions.flatMap(({ option }) => option.sameAs ?? []));

/** The text of a `recursor.yml` that stands for the configuration; it must be one without errors. */
export function convertedText(loaded: LoadedConfig, config: Config): string {
  const [file = 'built-in defaults'] = loaded.files;
  const comments = new SourceComments(loaded.lua?.files ?? []);
  const values = configValues(config);
  const written = allOptions.filter((entry) => isWritten(entry, values.get(entry.path), loaded));
  const notes = notesOf(loaded.result.warnings, new Set(written.map(({ path }) => path)));

  const lines = [`# Converted from ${file} by kedge convert-config.`];
  for (const text of comments.head(file)) lines.push(commentLine(text));
  for (const note of notes.general) lines.push(commentLine(`kedge: ${note}`));
  let sections: readonly string[] = [];
  for (const entry of written) {
    const given = loaded.given.get(entry.path);
    const emitted = convertedItems(entry, values.get(entry.path), { file, comments, loaded });
    if (emitted?.length === 0) continue;
    const next = entry.section.split('.');
    lines.push(...sectionLines(sections, next));
    sections = next;
    const indent = '  '.repeat(next.length);
    const own = optionComments(entry, given, comments, emitted !== undefined);
    for (const text of [...own.above, ...(notes.byPath.get(entry.path) ?? []).map((note) => `kedge: ${note}`)]) {
      lines.push(indent + commentLine(text));
    }
    const text = emitted === undefined ? optionText(entry, values.get(entry.path)) : itemsText(entry, emitted);
    lines.push(...withBeside(text, own.beside).map((line) => (line === '' ? line : indent + line)));
  }
  return `${lines.join('\n')}\n`;
}

function isWritten(entry: OptionEntry, value: unknown, { given, lua }: LoadedConfig): boolean {
  const { path } = entry;
  if (inlined.has(path) || twins.has(path) || value === undefined) return false;
  // The networks stand in the file, which is named.
  if (path === 'incoming.allow_from' && given.has('incoming.allow_from_file')) return false;
  if (path === 'dnssec.trustanchorfile_interval' && lua?.trustAnchorFile !== undefined) return !isDefault(entry, value);
  return !isDefault(entry, value) || (defaultsOfOurOwn.has(path) && given.has(path));
}

interface Notes {
  /** By option path. */
  readonly byPath: ReadonlyMap<string, readonly string[]>;
  /** What belongs to no option that is written. */
  readonly general: readonly string[];
}

function notesOf(warnings: readonly ConfigWarning[], written: ReadonlySet<string>): Notes {
  const byPath = new Map<string, string[]>();
  const general: string[] = [];
  for (const warning of warnings) {
    const path = warning.path.replace(/\[.*$/, '');
    if (presentName(warning.path) !== undefined || warning.path === IPV6_SOURCE_NAME) continue;
    if (written.has(path)) byPath.set(path, [...(byPath.get(path) ?? []), warning.message]);
    else general.push(findingText(warning));
  }
  return { byPath, general };
}

interface OptionComments {
  readonly above: readonly string[];
  readonly beside: string | undefined;
}

/** The comments at every place where the option's name stands. */
function optionComments(
  entry: OptionEntry,
  given: GivenValue | undefined,
  comments: SourceComments,
  hasItems: boolean,
): OptionComments {
  const above: string[] = [];
  const besides: string[] = [];
  for (const { name, place } of given?.written ?? []) {
    const around = comments.around(place, name);
    above.push(...around.above);
    const isYaml = name === entry.path;
    if (around.beside !== undefined && !(hasItems && place.line === given?.place.line && isYaml)) {
      besides.push(around.beside);
    }
    if (isYaml && !hasItems) above.push(...comments.below(place));
    if (presentName(name) !== undefined || name === IPV6_SOURCE_NAME) above.push(`kedge: was ${name}`);
  }
  const [first, ...more] = [...new Set(besides)];
  if (more.length === 0) return { above, beside: first };
  return { above: [...above, ...besides], beside: undefined };
}

function optionText({ key, option }: OptionEntry, value: unknown): string[] {
  return yamlText({ [key]: option.type.toYaml(value) })
    .trimEnd()
    .split('\n');
}

function itemsText({ key }: OptionEntry, items: readonly EmittedLine[]): string[] {
  return [
    `${key}:`,
    ...items.map(({ text, comment }) => `  ${text}${comment === undefined ? '' : ` ${commentLine(comment)}`}`),
  ];
}

/** Behind the first line; a comment that stood at the end of a setting. */
function withBeside(lines: readonly string[], beside: string | undefined): readonly string[] {
  if (beside === undefined) return lines;
  return lines.map((line, index) => (index === 0 ? `${line} ${commentLine(beside)}` : line));
}

function commentLine(text: string): string {
  return text === '' ? '#' : `# ${text}`;
}

function sectionLines(present: readonly string[], next: readonly string[]): string[] {
  if (present.join('.') === next.join('.')) return [];
  const shared = next.findIndex((name, index) => present[index] !== name);
  const from = shared === -1 ? next.length : shared;
  return next.slice(from).flatMap((name, index) => {
    const depth = from + index;
    const note = depth === 0 && name === 'kedge' ? ' # PowerDNS Recursor has no such section' : '';
    return [...(depth === 0 ? [''] : []), `${'  '.repeat(depth)}${name}:${note}`];
  });
}
