// Options given on the command line: `--local-port=5335` by old-style name, `--incoming.port=5335` by path.
import type { ConfigError, ConfigWarning } from './config-error.ts';
import { Findings } from './findings.ts';
import { reportEffect, settled } from './finish.ts';
import { readerFor, suggestion } from './given-values.ts';
import type { InputNode, Place } from './input.ts';
import {
  buildConfig,
  type Config,
  configValues,
  type OptionEntry,
  optionByOldName,
  optionByPath,
  optionsSameAs,
  optionTable,
} from './schema.ts';
import { isMisleadingBoolean, textInput } from './text-input.ts';
import { yamlInput } from './yaml-input.ts';

/** What a load gives: a usable configuration, or everything that is wrong with it. */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigWarning[] }
  | { readonly ok: false; readonly errors: readonly ConfigError[]; readonly warnings: readonly ConfigWarning[] };

/** Wraps a configuration with what was found, in the order of the files' lines. */
export function configResult(
  config: Config,
  { errors, warnings }: Pick<Findings, 'errors' | 'warnings'>,
): ConfigResult {
  const ordered = { errors: inFileOrder(errors), warnings: inFileOrder(warnings) };
  return errors.length === 0 ? { ok: true, config, warnings: ordered.warnings } : { ok: false, ...ordered };
}

/** By line and column within a file, files in the order in which they were read. */
function inFileOrder<F extends Place>(findings: readonly F[]): readonly F[] {
  const files = [...new Set(findings.map((finding) => finding.file))];
  return findings.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}

/** How the command line is called in findings; `line` is then the number of the argument. */
export const COMMAND_LINE = 'command line';

/**
 * A configuration with values of the command line in place of its own. Each argument is `--NAME=VALUE`, where NAME is an
 * old-style name or a path; `--NAME` alone is an empty value, which switches a boolean on. Later arguments win. Lists
 * replace. Relative paths start at `directory`.
 */
export function applyOverrides(config: Config, args: readonly string[], directory = process.cwd()): ConfigResult {
  const findings = new Findings();
  const values = configValues(config);
  const places = new Map<string, Place>();
  args.forEach((arg, index) => {
    const override = readOverride(arg, index + 1, directory, findings);
    if (override === undefined) return;
    const { entry, value, place } = override;
    for (const { path } of [entry, ...optionsSameAs(entry)]) {
      values.set(path, value);
      places.set(path, place);
    }
    reportEffect(entry, value, place, findings);
  });
  const placeOf = (path: string) => places.get(path) ?? { file: COMMAND_LINE, line: 1, column: 1 };
  const earlier = new Set(findingsOf(config));
  const changed = settled(buildConfig(values), placeOf, findings);
  const warnings = findings.warnings.filter(
    ({ path, message }) => !earlier.has(`${path} ${message}`) || places.has(path),
  );
  return configResult(changed, { errors: findings.errors, warnings });
}

/** What the rules between options already said about a configuration, as keys to tell old warnings from new ones. */
function findingsOf(config: Config): string[] {
  const findings = new Findings();
  settled(config, () => ({ file: '', line: 1, column: 1 }), findings);
  return findings.warnings.map(({ path, message }) => `${path} ${message}`);
}

interface Override {
  readonly entry: OptionEntry;
  readonly value: unknown;
  readonly place: Place;
}

function readOverride(arg: string, line: number, directory: string, findings: Findings): Override | undefined {
  const parts = /^--([^=]+)(?:=(.*))?$/s.exec(arg);
  const [, name = '', text = ''] = parts ?? [];
  if (parts === null) {
    return findings.error({ file: COMMAND_LINE, line, column: 1 }, '', `'${arg}' is no setting`, '--NAME=VALUE');
  }
  const byPath = optionByPath(name);
  const entry = byPath ?? optionByOldName(name);
  if (entry === undefined) {
    const near = suggestion(name, optionTable, '') ?? suggestion(name.replace(/^.*\./, ''), optionTable, '');
    const hint = near === undefined ? '' : `; did you mean --${near}?`;
    return findings.error({ file: COMMAND_LINE, line, column: 3 }, name, `unknown setting${hint}`);
  }
  const place = { file: COMMAND_LINE, line, column: name.length + 4 };
  const node = overrideInput(entry, text, place, byPath !== undefined, findings);
  if (node === undefined) return undefined;
  const value = entry.option.type.read(node, readerFor(entry.path, directory, findings));
  return value === undefined ? undefined : { entry, value, place };
}

function overrideInput(
  entry: OptionEntry,
  text: string,
  place: Place,
  isPath: boolean,
  findings: Findings,
): InputNode | undefined {
  const { textForm } = entry.option.type;
  // A list in YAML's own notation; an address such as [::1]:53 also begins with a bracket, but does not end with one.
  if (textForm === 'none' || (isPath && entry.option.type.isList && /^\[.*\]$/s.test(text))) {
    return yamlInput(text, COMMAND_LINE, findings);
  }
  if (textForm === 'boolean' && !isPath && isMisleadingBoolean(text)) {
    findings.warn(place, entry.path, `'${text}' means on here, as in PowerDNS; write no or off`);
  }
  const node = textInput(textForm, text, place, isPath ? 'yaml' : 'old-style');
  return node.ok ? node.value : findings.error(place, entry.path, node.error);
}
