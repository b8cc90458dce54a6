// Reads a configuration: the text of one file, or a file with its include directory, the files its options name, and the
// command line.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { mergeApiFiles } from './api-files.ts';
import { givenFromSettings } from './conf-input.ts';
import { confSettings } from './conf-text.ts';
import { type ConfigResult, configResult } from './config-result.ts';
import { type FileFormat, fileFormat } from './file-format.ts';
import { Findings } from './findings.ts';
import { configOf } from './finish.ts';
import { type GivenValues, givenValues, mergeGivenValues } from './given-values.ts';
import type { Place } from './input.ts';
import { readDomainNames, readForwardZones, readNetworks } from './listed-files.ts';
import { readLuaConfig } from './lua/lua-config.ts';
import type { LuaSettings } from './lua/lua-settings.ts';
import { applyOverrides, COMMAND_LINE, type Override, readOverrides } from './overrides.ts';
import { type Config, optionByPath } from './schema.ts';
import type { ForwardZone } from './structured-types.ts';
import { yamlInput } from './yaml-input.ts';

export type { ConfigResult } from './config-result.ts';

/** What is read besides a file. */
export interface LoadOptions {
  /** Arguments `--NAME=VALUE` of the command line. */
  readonly overrides?: readonly string[];
  /** Where relative paths of the command line start; the working directory unless given. */
  readonly directory?: string;
  /** Takes the place of `recursor.lua_config_file`. */
  readonly luaConfigFile?: string | undefined;
  /** Values that follow from how the file was chosen, by path. */
  readonly place?: Readonly<Record<string, string>>;
  /** What is odd about the choice of the file itself. */
  readonly notes?: readonly { readonly place: Place; readonly message: string }[];
}

/** A configuration with everything that was read for it. */
export interface LoadedConfig {
  readonly result: ConfigResult;
  /** What could be made of it, even with errors: for whoever looks for more problems, not for use. */
  readonly draft: Config;
  /** Of the main file. */
  readonly format: FileFormat;
  /** The files that were read, in that order. */
  readonly files: readonly string[];
  /** The values that files and the command line give, by path; without those of the Lua file. */
  readonly given: GivenValues;
  readonly lua: LuaSettings | undefined;
}

/**
 * The configuration that a text stands for, in either format, or all its errors. Reads no other file:
 * `recursor.include_dir` and the options that name files are checked but not followed. `file` names the text in findings,
 * and its directory is where relative paths start.
 */
export function parseConfig(text: string, file: string, options: LoadOptions = {}): ConfigResult {
  const findings = new Findings();
  const overrides = overridesOf(options, findings);
  const given =
    fileFormat(text, file) === 'yaml'
      ? givenValues(yamlInput(text, file, findings), findings)
      : givenFromSettings(confSettings(text, file, findings), findings);
  applyOverrides(given, overrides);
  return configResult(configOf(given, file, undefined, findings), findings);
}

/** The configuration of a file, its include directory, and what its options keep in files of their own. */
export function loadConfigFile(file: string, options: LoadOptions = {}): ConfigResult {
  return loadConfig(file, options).result;
}

/** As `loadConfigFile`, with what was read; without a file the defaults and the command line. */
export function loadConfig(file: string | undefined, options: LoadOptions = {}): LoadedConfig {
  const files: string[] = [];
  const findings = new Findings();
  for (const { place, message } of options.notes ?? []) findings.warn(place, '', message);
  const overrides = overridesOf(options, findings);
  const reading: Reading = { files, findings, overrides };
  const name = file ?? 'built-in defaults';
  const main = file === undefined ? '' : readText(file, { file, line: 1, column: 1 }, '', reading);
  const format = fileFormat(main ?? '', name);
  const given = format === 'yaml' ? yamlValues(main ?? '', name, reading) : oldStyleValues(main ?? '', name, reading);
  applyOverrides(given, overrides);
  setPlace(given, options.place ?? {});
  mergeApiFiles(given, findings, (path) =>
    readText(path, { file: path, line: 1, column: 1 }, 'webservice.api_dir', reading),
  );
  readNetworksFile('incoming.allow_from', given, reading);
  readNetworksFile('incoming.allow_notify_from', given, reading);
  readNotifiedZones(given, reading);
  readForwardZonesFile(given, reading);
  const lua = readLua(given, options.luaConfigFile, reading);
  const draft = configOf(given, name, lua, findings);
  return { result: configResult(draft, findings), draft, format, files, given, lua };
}

function setPlace(given: GivenValues, values: Readonly<Record<string, string>>): void {
  const place = { file: COMMAND_LINE, line: 1, column: 1 };
  for (const [path, value] of Object.entries(values)) {
    const entry = optionByPath(path);
    if (entry !== undefined) given.set(path, { entry, value, place, override: false, written: [] });
  }
}

function overridesOf({ overrides = [], directory = process.cwd() }: LoadOptions, findings: Findings) {
  return readOverrides(overrides, directory, findings);
}

interface Reading {
  readonly files: string[];
  readonly findings: Findings;
  readonly overrides: readonly Override[];
}

function readText(file: string, place: Place, path: string, { files, findings }: Reading): string | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    files.push(file);
    return text;
  } catch (error) {
    return findings.error(place, path, `cannot read ${file}: ${systemReason(error)}`);
  }
}

function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES') return 'permission denied';
  if (code === 'EISDIR') return 'it is a directory';
  return code === '' ? String(error) : code;
}

const INCLUDE_DIR = 'recursor.include_dir';

/** A YAML file and the `*.yml` files of its include directory. */
function yamlValues(text: string, file: string, reading: Reading): GivenValues {
  const { findings } = reading;
  const given = givenValues(yamlInput(text, file, findings), findings);
  const directory = includeDirectory(reading) ?? given.get(INCLUDE_DIR);
  if (directory === undefined || directory.value === '') return given;
  for (const included of includedFiles(String(directory.value), '.yml', directory.place, reading)) {
    const values = givenValues(yamlInput(included.text, included.file, findings), findings);
    const nested = values.get(INCLUDE_DIR);
    if (nested !== undefined) refuseNested(nested.place, findings);
    values.delete(INCLUDE_DIR);
    mergeGivenValues(given, values);
  }
  return given;
}

/** An old-style file and the `*.conf` files of its include directory, whose lines go on where its own end. */
function oldStyleValues(text: string, file: string, reading: Reading): GivenValues {
  const { findings } = reading;
  const settings = confSettings(text, file, findings);
  const own = settings.findLast(({ name }) => name === 'include-dir');
  const directory = includeDirectory(reading) ?? (own && { value: own.value.text, place: own.value.place });
  if (directory === undefined || directory.value === '') return givenFromSettings(settings, findings);
  const absolute = resolve(dirname(file), String(directory.value));
  for (const included of includedFiles(absolute, '.conf', directory.place, reading)) {
    if (fileFormat(included.text, included.file) === 'yaml') {
      const start = { file: included.file, line: 1, column: 1 };
      findings.error(start, INCLUDE_DIR, `this file is YAML, but ${file}, which includes it, has name=value lines`);
      continue;
    }
    for (const setting of confSettings(included.text, included.file, findings)) {
      if (setting.name !== 'include-dir') settings.push(setting);
      else if (setting.value.text !== '') refuseNested(setting.value.place, findings);
    }
  }
  return givenFromSettings(settings, findings);
}

function refuseNested(place: Place, findings: Findings): void {
  findings.error(place, INCLUDE_DIR, 'an included file cannot include another directory');
}

/** As the command line says it. */
function includeDirectory({ overrides }: Reading): Override | undefined {
  return overrides.findLast(({ entry }) => entry.path === INCLUDE_DIR);
}

interface IncludedFile {
  readonly file: string;
  readonly text: string;
}

/** In POSIX name order without regard to letter case. */
function includedFiles(directory: string, extension: string, place: Place, reading: Reading): IncludedFile[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(extension) && !name.startsWith('.'));
    return names.sort(byPosixOrder).flatMap((name) => {
      const file = join(directory, name);
      const text = readText(file, place, INCLUDE_DIR, reading);
      return text === undefined ? [] : [{ file, text }];
    });
  } catch (error) {
    reading.findings.error(place, INCLUDE_DIR, `cannot read ${directory}: ${systemReason(error)}`);
    return [];
  }
}

function byPosixOrder(a: string, b: string): number {
  const [first, second] = [a.toLowerCase(), b.toLowerCase()];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** The file of an option takes the place of the option: `incoming.allow_from_file` that of `incoming.allow_from`. */
function readNetworksFile(listPath: string, given: GivenValues, reading: Reading): void {
  const path = `${listPath}_file`;
  const file = given.get(path);
  const entry = optionByPath(listPath);
  if (file === undefined || file.value === '' || entry === undefined) return;
  const text = readText(String(file.value), file.place, path, reading);
  if (text === undefined) return;
  const value = readNetworks(text, String(file.value), path, reading.findings);
  if (value === undefined) return;
  given.set(entry.path, { entry, value, place: file.place, override: false, written: file.written });
}

/** Zones of `incoming.allow_notify_for_file` join those of `incoming.allow_notify_for`. */
function readNotifiedZones(given: GivenValues, reading: Reading): void {
  const path = 'incoming.allow_notify_for_file';
  const file = given.get(path);
  const entry = optionByPath('incoming.allow_notify_for');
  if (file === undefined || file.value === '' || entry === undefined) return;
  const text = readText(String(file.value), file.place, path, reading);
  if (text === undefined) return;
  const zones = readDomainNames(text, String(file.value), path, reading.findings);
  if (zones === undefined) return;
  const present = given.get(entry.path);
  const value = [...(Array.isArray(present?.value) ? present.value : []), ...zones];
  const { place, written } = present ?? file;
  given.set(entry.path, { entry, value, place, override: false, written });
}

/** Zones of `recursor.forward_zones_file` join those of the options, whose entries for the same zones they replace. */
function readForwardZonesFile(given: GivenValues, reading: Reading): void {
  const path = 'recursor.forward_zones_file';
  const file = given.get(path);
  if (file === undefined || file.value === '') return;
  const text = readText(String(file.value), file.place, path, reading);
  if (text === undefined) return;
  const zones = readForwardZones(text, String(file.value), reading.findings);
  const replaced = new Set(zones.map((zone) => zone.zone.key));
  for (const [listPath, recurse] of [
    ['recursor.forward_zones', false],
    ['recursor.forward_zones_recurse', true],
  ] as const) {
    const entry = optionByPath(listPath);
    if (entry === undefined) continue;
    const present = given.get(listPath);
    const kept = forwardZonesOf(present?.value).filter((zone) => !replaced.has(zone.zone.key));
    for (const zone of forwardZonesOf(present?.value)) {
      if (!replaced.has(zone.zone.key)) continue;
      const message = `${nameTextWithoutDot(zone.zone)} is in the forward-zones file too; that entry is used`;
      reading.findings.warn(zone.place ?? file.place, listPath, message);
    }
    const value = [...kept, ...zones.filter((zone) => zone.recurse === recurse)];
    const { place, written } = present ?? file;
    given.set(listPath, { entry, value, place, override: false, written });
  }
}

/** A value that the option's own type has read. */
function forwardZonesOf(value: unknown): readonly ForwardZone[] {
  return Array.isArray(value) ? (value as readonly ForwardZone[]) : [];
}

/** The Lua file, after the command line had its say about which one it is. */
function readLua(given: GivenValues, instead: string | undefined, reading: Reading): LuaSettings | undefined {
  const path = 'recursor.lua_config_file';
  const entry = optionByPath(path);
  if (instead !== undefined && entry !== undefined) {
    const place = { file: COMMAND_LINE, line: 1, column: 1 };
    given.set(path, { entry, value: resolve(instead), place, override: false, written: [] });
  }
  const file = given.get(path)?.value;
  if (typeof file !== 'string' || file === '') return undefined;
  const lua = readLuaConfig(file, reading.findings);
  reading.files.push(...(lua?.files ?? []));
  return lua;
}
