// The reference page and the example file, both written from the option table.
import { stringify } from 'yaml';
import type { Effect } from './option.ts';
import { allOptions, type OptionEntry } from './schema.ts';

const sectionTitles: Readonly<Record<string, string>> = {
  incoming: 'serving clients',
  dnssec: 'validation and trust anchors',
  recursor: 'resolution, forwarding and the process',
  outgoing: 'asking servers',
  recordcache: 'cached records',
  packetcache: 'cached answers',
  logging: 'the log',
  webservice: 'the web server',
  kedge: 'what PowerDNS Recursor has no name for',
  'kedge.limits': 'bounds on work and memory',
  ecs: 'EDNS client subnet',
  carbon: 'metrics for Carbon',
  nod: 'newly observed domains',
  snmp: 'metrics for SNMP',
};

const pageHead = `# Settings

This page is generated from the option table in \`src/config/\` by \`scripts/generate-settings.mjs\`.

kedge reads the configuration of PowerDNS Recursor, with one more section, \`kedge\`, for what PowerDNS Recursor has no name
for: \`recursor.yml\`, or \`recursor.conf\` with YAML or with \`name=value\` lines inside. The format is found by the content;
if a directory has both files, \`recursor.yml\` is read and a warning names the other one. An example with every option is in
\`config/recursor.yml\`. \`kedge check-config\` finds mistakes and dangers, \`kedge convert-config\` writes any configuration as
one \`recursor.yml\`.

## YAML

- A section or an option that is not listed here is an error, with a suggestion of what was probably meant. All errors are
  reported together, each with file, line and column. Unknown options that are listed in
  \`recursor.ignore_unknown_settings\` are passed over with a warning.
- YAML 1.2 applies: only \`true\` and \`false\` are booleans, while \`no\` and \`off\` are words. A key may not occur twice. Text
  that begins with \`!\`, \`[\` or \`*\`, or that contains \`: \` or \` #\`, belongs in quotes.
- Relative paths start at the directory of the file in which they are written.
- Addresses are written \`192.0.2.1\`, \`192.0.2.1:5300\`, \`'::1'\` or \`'[2001:db8::1]:5300'\`. A network without a prefix
  length is a single address; a leading \`!\` makes an exception, and the most specific match decides.
- Domain names need no trailing dot.

## name=value lines

- One setting a line, by its old name; the last line of a name wins. \`name+=value\` joins what earlier lines or the default
  say. A backslash at the end joins the next line, also to a comment. \`#\` starts a comment at the start of a line or after
  white space.
- Booleans: nothing, or any text but \`no\` and \`off\`, means on; \`false\` and \`0\` mean on too, with a warning.
- Lists are separated by commas, spaces or tabs. Forward zones are \`zone=server;server\`, without spaces around \`=\` and
  \`;\`. A leading \`+\` or \`^\` belongs into the forward-zones file only.
- Options that have no old name are written by their path: \`kedge.default_trustanchor=false\`, with values as in YAML.

## Include directory

The files of \`recursor.include_dir\` are read after the file that names it, in name order without regard to letter case;
names that begin with a dot are left out. A YAML file includes \`*.yml\`: a single value replaces an earlier one; a list is
appended, but it replaces where the present list is the default or where the new one carries the tag \`!override\`. A file with
\`name=value\` lines includes \`*.conf\`, as if their lines stood at its end.

## Command line

Every option can also be given as \`--NAME=VALUE\`, by its path (\`--incoming.port=5335\`) or by the name that it has in
\`name=value\` files (\`--local-port=5335\`). Lists are separated by commas or spaces and replace those of the files. By the
old name, a boolean is off for \`no\` and \`off\` and on for any other text, as in PowerDNS Recursor. \`--NAME+=VALUE\` joins the
list of the files. \`--config\` names a file or a directory, \`--config-dir\` a directory, and with \`--config-name=NAME\` it is
\`recursor-NAME.yml\` or \`recursor-NAME.conf\` that is read.

## Trust anchors

The built-in anchors of the root stay in force unless \`dnssec.trustanchors\` has an entry for \`.\` or
\`kedge.default_trustanchor\` is \`false\`. A negative trust anchor wins over an anchor of the same name. Anchors of the Lua
file (\`recursor.lua_config_file\`) and of YAML are joined, with a warning, because PowerDNS Recursor refuses both together. A
negative trust anchor may end by itself: \`expires\` is a duration (\`30m\`, \`12h\`, \`7d\`, \`2w\`, or seconds) from the time of
reading, or a date.

## Effect

An option without a note works. "No effect today" means that it is read and checked so that existing files can be used, and
that a value other than the default gives a warning. "Refused" means that a value other than the default is an error, since
ignoring it would cost security, privacy or a filter that was asked for.

Where kedge has a safe range for a number and PowerDNS Recursor has none, a value outside is moved to the nearest end of the
range with a warning.
`;

const effectNotes: Readonly<Record<Effect, string>> = {
  yes: '',
  accepted: 'no effect today',
  rejected: 'refused',
};

/** The text of `docs/settings.md`. */
export function settingsPage(): string {
  const lines = [pageHead];
  let section = '';
  for (const entry of allOptions) {
    if (entry.section !== section) {
      section = entry.section;
      lines.push(`## \`${section}\`: ${sectionTitles[section] ?? section}\n`);
    }
    lines.push(`### \`${entry.path}\`\n`, `${entry.option.help}${insteadText(entry)}\n`, `${propertiesText(entry)}\n`);
  }
  return lines.join('\n');
}

function insteadText({ option }: OptionEntry): string {
  return option.effect === 'rejected' ? ` Not supported. ${option.instead ?? ''}` : '';
}

function propertiesText({ option }: OptionEntry): string {
  const properties = [`Type: ${option.type.text}`, `default: ${defaultWords(option)}`];
  if (option.oldName !== undefined) properties.push(`old name: \`${option.oldName}\``);
  if (option.sameAs !== undefined) properties.push(`the same as \`${option.sameAs}\``);
  if (option.reloadable === true) properties.push('can change while running');
  if (option.effect !== 'yes') properties.push(`**${effectNotes[option.effect]}**`);
  return properties.join('; ');
}

function defaultWords(option: OptionEntry['option']): string {
  if (option.defaultText !== undefined) return option.defaultText;
  return option.default === undefined ? 'not set' : `\`${defaultYaml(option)}\``;
}

function defaultYaml(option: OptionEntry['option']): string {
  return flowYaml(option.type.toYaml(option.default));
}

/** A value on one line. */
function flowYaml(value: unknown): string {
  const style = { collectionStyle: 'flow', flowCollectionPadding: false, singleQuote: true, lineWidth: 0 } as const;
  return stringify(value, style).trimEnd();
}

const exampleHead = `# Every option of kedge with its default. Generated from the option table by scripts/generate-settings.mjs.
# Remove the # in front of an option to set it. docs/settings.md explains the file.
`;

/** The text of `config/recursor.yml`: all options with their defaults, commented out. */
export function exampleFile(): string {
  const lines = [exampleHead];
  let section = '';
  for (const entry of allOptions) {
    const indent = '  '.repeat(entry.section.split('.').length);
    if (entry.section !== section) {
      section = entry.section;
      const key = section.slice(section.lastIndexOf('.') + 1);
      const title = sectionTitles[section];
      lines.push(`${indent.slice(2)}${key}:${indent.length > 2 || title === undefined ? '' : ` # ${title}`}`);
    }
    const note = effectNotes[entry.option.effect];
    const help = entry.option.help + (note === '' ? '' : ` (${note})`);
    lines.push(...wrapped(help, 110 - indent.length).map((line) => `${indent}## ${line}`));
    const { option } = entry;
    const isUnset = option.default === undefined;
    if (isUnset) lines.push(`${indent}## Default: ${defaultWords(option)}.`);
    lines.push(`${indent}# ${entry.key}:${isUnset ? '' : ` ${defaultYaml(option)}`}`, '');
  }
  return lines.join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  lines.push(line);
  return lines;
}
