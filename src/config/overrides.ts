// Options given on the command line: `--local-port=5335` by old-style name, `--incoming.port=5335` by path.
import type { Findings } from './findings.ts';
import { type GivenValue, type GivenValues, joinedValues, readerFor, suggestion } from './given-values.ts';
import { LocatedText } from './located-text.ts';
import { presentName } from './renamed-settings.ts';
import { optionByOldName, optionByPath, optionsSameAs } from './schema.ts';
import { settingInput } from './setting-input.ts';

/** How the command line is called in findings; `line` is then the number of the argument. */
export const COMMAND_LINE = 'command line';

/** A value of the command line. */
export interface Override extends GivenValue {
  /** `--NAME+=VALUE`: joins the list of the files. */
  readonly isIncrement: boolean;
}

/**
 * The values of arguments `--NAME=VALUE`, where NAME is an old-style name or a path, in their order; `--NAME` alone is an
 * empty value, which switches a boolean on. Relative paths start at `directory`.
 */
export function readOverrides(args: readonly string[], directory: string, findings: Findings): readonly Override[] {
  return args.flatMap((arg, index) => readOverride(arg, index + 1, directory, findings) ?? []);
}

/** Puts values of the command line in the place of those of the files; later ones win, lists replace. */
export function applyOverrides(given: GivenValues, overrides: readonly Override[]): void {
  for (const override of overrides) {
    const { path } = override.entry;
    const present = given.get(path) ?? defaultValue(override);
    given.set(path, override.isIncrement && Array.isArray(override.value) ? joinedValues(present, override) : override);
    for (const twin of optionsSameAs(override.entry)) given.delete(twin.path);
    // The file would take the place of what was just given.
    if (path === 'incoming.allow_from') given.delete('incoming.allow_from_file');
  }
}

function defaultValue({ entry, place }: GivenValue): GivenValue {
  return { entry, value: entry.option.default, place, override: false, written: [] };
}

function readOverride(arg: string, line: number, directory: string, findings: Findings): Override | undefined {
  const parts = /^--([^=]+?)(\+?=)?((?<==).*)?$/s.exec(arg);
  const [, name = '', sign = '=', text = ''] = parts ?? [];
  if (parts === null) {
    return findings.error({ file: COMMAND_LINE, line, column: 1 }, '', `'${arg}' is no setting`, '--NAME=VALUE');
  }
  const byPath = optionByPath(name);
  const entry = byPath ?? optionByOldName(presentName(name) ?? name);
  const namePlace = { file: COMMAND_LINE, line, column: 3 };
  if (entry === undefined) {
    const near = suggestion(name) ?? suggestion(name.replace(/^.*\./, ''));
    const hint = near === undefined ? '' : `; did you mean --${near}?`;
    return findings.error(namePlace, name, `unknown setting${hint}`);
  }
  const place = { file: COMMAND_LINE, line, column: 3 + name.length + sign.length };
  const node = settingInput(entry, LocatedText.at(text, place), byPath !== undefined, findings);
  if (node === undefined) return undefined;
  const value = entry.option.type.read(node, readerFor(entry.path, directory, findings));
  if (value === undefined) return undefined;
  const isIncrement = sign === '+=';
  return { entry, value, place, override: false, isIncrement, written: [{ name, place: namePlace }] };
}
