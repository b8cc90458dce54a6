// From the tree of one file to the values it gives: each known key read by its option's type, each unknown one reported
// with what was probably meant.
import { dirname, resolve } from 'node:path';
import type { Findings } from './findings.ts';
import { describeInput, type InputNode, type MapEntry, type MapInput, type Place, shortened } from './input.ts';
import { isOption, type Section, type ValueReader } from './option.ts';
import { allOptions, type OptionEntry, optionByOldName, optionByPath, optionTable } from './schema.ts';
import { closestWord } from './suggestion.ts';

/** A value that a file gives for an option. */
export interface GivenValue {
  readonly entry: OptionEntry;
  readonly value: unknown;
  /** Of the value. */
  readonly place: Place;
  /** The list carried `!override`. */
  readonly override: boolean;
  /** Where the option's name stands, and under which name: more than once when files or lines were joined. */
  readonly written: readonly WrittenName[];
}

/** A setting's name as a file has it. */
export interface WrittenName {
  readonly name: string;
  readonly place: Place;
}

/** By option path. */
export type GivenValues = Map<string, GivenValue>;

/** Reads all sections of a file's tree; `root` is undefined for an empty file. */
export function givenValues(root: InputNode | undefined, findings: Findings): GivenValues {
  const given: GivenValues = new Map();
  if (root === undefined) return given;
  if (root.kind !== 'map') {
    findings.error(root.place, '', `found ${describeInput(root)}`, 'sections with options, for example incoming:');
    return given;
  }
  readSection(root, optionTable, '', { given, findings, ignored: ignoredNames(root) });
  return given;
}

interface Reading {
  readonly given: GivenValues;
  readonly findings: Findings;
  readonly ignored: ReadonlySet<string>;
}

function readSection(map: MapInput, section: Section, prefix: string, reading: Reading): void {
  for (const entry of map.entries) {
    const known = Object.hasOwn(section, entry.key) ? section[entry.key] : undefined;
    const path = prefix + entry.key;
    if (known === undefined) {
      reportUnknown(entry, section, prefix, reading);
    } else if (!isOption(known)) {
      readSubsection(entry, known, path, reading);
    } else {
      const option = optionByPath(path);
      if (option !== undefined) readOption(entry, option, reading);
    }
  }
}

function readSubsection(entry: MapEntry, section: Section, path: string, reading: Reading): void {
  const { value } = entry;
  if (value.kind === 'map') {
    readSection(value, section, `${path}.`, reading);
    return;
  }
  // A section whose options are all commented out.
  if (value.kind === 'scalar' && value.value === null) return;
  reading.findings.error(value.place, path, `found ${describeInput(value)}`, `options of the section ${path}`);
}

function readOption(entry: MapEntry, option: OptionEntry, { given, findings }: Reading): void {
  const node = entry.value;
  if (node.kind === 'scalar' && node.value === null) {
    findings.error(
      entry.place,
      option.path,
      'no value is given',
      `${option.option.type.text}, for example ${option.option.type.example}`,
    );
    return;
  }
  const value = option.option.type.read(node, readerFor(option.path, dirname(node.place.file), findings));
  if (value === undefined) return;
  given.set(option.path, {
    entry: option,
    value,
    place: node.place,
    override: node.kind === 'list' && node.override,
    written: [{ name: option.path, place: entry.place }],
  });
}

/** A reader that reports under an option's path; relative paths start at `directory`. */
export function readerFor(path: string, directory: string, findings: Findings): ValueReader {
  return {
    error: (place, message, expected = '', part = '') => findings.error(place, path + part, message, expected),
    warn: (place, message, part = '') => findings.warn(place, path + part, message),
    nowSeconds: () => Math.floor(Date.now() / 1000),
    absolutePath: (relative) => resolve(directory, relative),
  };
}

/** Names listed in `recursor.ignore_unknown_settings` of the same file. */
function ignoredNames(root: MapInput): ReadonlySet<string> {
  const recursor = root.entries.find((entry) => entry.key === 'recursor')?.value;
  const list =
    recursor?.kind === 'map' && recursor.entries.find((entry) => entry.key === 'ignore_unknown_settings')?.value;
  const items = list && list.kind === 'list' ? list.items : [];
  return new Set(items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : [])));
}

function reportUnknown(entry: MapEntry, section: Section, prefix: string, { findings, ignored }: Reading): void {
  const path = prefix + entry.key;
  if (ignored.has(path) || ignored.has(entry.key)) {
    findings.warn(entry.place, path, 'unknown, and ignored as ignore_unknown_settings says');
    return;
  }
  const kind = prefix === '' ? 'section' : 'option';
  const near = suggestion(entry.key, section, prefix);
  const hint = near === undefined ? knownKeys(section) : `; did you mean ${near}?`;
  findings.error(entry.place, path, `unknown ${kind} '${shortened(entry.key)}'${hint}`);
}

/** What was probably meant by an unknown key: the same key elsewhere, its old-style name, or the nearest spelling. */
export function suggestion(key: string, section: Section = optionTable, prefix = ''): string | undefined {
  const old = optionByOldName(key) ?? optionByOldName(key.replaceAll('_', '-'));
  if (old !== undefined) return old.path;
  const elsewhere = allOptions.find((option) => option.key === key && option.option.effect !== 'accepted');
  if (elsewhere !== undefined) return elsewhere.path;
  const own = closestWord(key, Object.keys(section));
  if (own !== undefined) return prefix + own;
  const near = closestWord(
    key,
    allOptions.map((option) => option.key),
  );
  const nearOption = allOptions.find((option) => option.key === near);
  if (nearOption !== undefined) return nearOption.path;
  const nearOld = closestWord(
    key,
    allOptions.flatMap((option) => option.option.oldName ?? []),
  );
  return nearOld === undefined ? undefined : optionByOldName(nearOld)?.path;
}

function knownKeys(section: Section): string {
  const keys = Object.keys(section);
  return keys.length > 20 ? '' : `; known here: ${keys.join(', ')}`;
}

/**
 * Adds the values of an included file: a single value replaces; a list is appended, unless the present one is missing or
 * the default, or the new one carries `!override`.
 */
export function mergeGivenValues(given: GivenValues, included: GivenValues): void {
  for (const [path, next] of included) {
    const present = given.get(path);
    const append =
      next.entry.option.type.isList &&
      !next.override &&
      present !== undefined &&
      !isDefault(present.entry, present.value);
    given.set(path, append ? joinedValues(present, next) : next);
  }
}

/** A list with the entries of a later one after its own. */
export function joinedValues(present: GivenValue, next: GivenValue): GivenValue {
  return {
    ...next,
    value: [...listValue(present.value), ...listValue(next.value)],
    written: [...present.written, ...next.written],
  };
}

function listValue(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Whether a value is the option's default, compared as it would be written. */
export function isDefault({ option }: OptionEntry, value: unknown): boolean {
  return sameValue(option.type.toYaml(value), option.type.toYaml(option.default));
}

/** Whether two written values are equal. */
export function sameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
