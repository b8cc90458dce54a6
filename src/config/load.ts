// Reads a configuration: the text of one file, or a file with its include directory and the files its options name.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Findings } from './findings.ts';
import { configOf } from './finish.ts';
import { type GivenValues, givenValues, mergeGivenValues } from './given-values.ts';
import type { Place } from './input.ts';
import { readForwardZones, readNetworks } from './listed-files.ts';
import { type ConfigResult, configResult } from './overrides.ts';
import { optionByPath } from './schema.ts';
import type { ForwardZone } from './structured-types.ts';
import { yamlInput } from './yaml-input.ts';

export { applyOverrides, type ConfigResult } from './overrides.ts';

/**
 * The configuration that a YAML text stands for, or all its errors. Reads no other file: `recursor.include_dir` and the
 * options that name lists in files are checked but not followed. `file` names the text in findings, and its directory is
 * where relative paths start.
 */
export function parseConfig(text: string, file: string): ConfigResult {
  const findings = new Findings();
  const given = givenValues(yamlInput(text, file, findings), findings);
  return configResult(configOf(given, file, findings), findings);
}

/** The configuration of a YAML file, its include directory, and the lists that its options keep in files of their own. */
export function loadConfigFile(file: string): ConfigResult {
  const findings = new Findings();
  const text = readText(file, { file, line: 1, column: 1 }, '', findings);
  const given = text === undefined ? new Map() : givenValues(yamlInput(text, file, findings), findings);
  readIncludes(given, findings);
  readClientNetworks(given, findings);
  readForwardZonesFile(given, findings);
  return configResult(configOf(given, file, findings), findings);
}

function readText(file: string, place: Place, path: string, findings: Findings): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return findings.error(place, path, `cannot read ${file}: ${systemReason(error)}`);
  }
}

function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES') return 'permission denied';
  return code === '' ? String(error) : code;
}

/** Merges the `*.yml` files of `recursor.include_dir`, in POSIX name order. They may not include further directories. */
function readIncludes(given: GivenValues, findings: Findings): void {
  const path = 'recursor.include_dir';
  const directory = given.get(path);
  if (directory === undefined || directory.value === '') return;
  for (const name of includedNames(String(directory.value), directory.place, findings)) {
    const file = join(String(directory.value), name);
    const text = readText(file, directory.place, path, findings);
    if (text === undefined) continue;
    const included = givenValues(yamlInput(text, file, findings), findings);
    const nested = included.get(path);
    if (nested !== undefined) {
      findings.error(nested.place, path, 'an included file cannot include another directory');
      included.delete(path);
    }
    mergeGivenValues(given, included);
  }
}

function includedNames(directory: string, place: Place, findings: Findings): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.yml') && !name.startsWith('.'))
      .sort(byPosixOrder);
  } catch (error) {
    findings.error(place, 'recursor.include_dir', `cannot read ${directory}: ${systemReason(error)}`);
    return [];
  }
}

function byPosixOrder(a: string, b: string): number {
  const [first, second] = [a.toLowerCase(), b.toLowerCase()];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** `incoming.allow_from_file` takes the place of `incoming.allow_from`. */
function readClientNetworks(given: GivenValues, findings: Findings): void {
  const path = 'incoming.allow_from_file';
  const file = given.get(path);
  const entry = optionByPath('incoming.allow_from');
  if (file === undefined || file.value === '' || entry === undefined) return;
  const text = readText(String(file.value), file.place, path, findings);
  if (text === undefined) return;
  const value = readNetworks(text, String(file.value), path, findings);
  if (value === undefined) return;
  given.set(entry.path, { entry, value, place: file.place, override: false });
}

/** Zones of `recursor.forward_zones_file` join those of the options, whose entries for the same zones they replace. */
function readForwardZonesFile(given: GivenValues, findings: Findings): void {
  const path = 'recursor.forward_zones_file';
  const file = given.get(path);
  if (file === undefined || file.value === '') return;
  const text = readText(String(file.value), file.place, path, findings);
  if (text === undefined) return;
  const zones = readForwardZones(text, String(file.value), findings);
  const replaced = new Set(zones.map((zone) => zone.zone.key));
  for (const [listPath, recurse] of [
    ['recursor.forward_zones', false],
    ['recursor.forward_zones_recurse', true],
  ] as const) {
    const entry = optionByPath(listPath);
    if (entry === undefined) continue;
    const present = given.get(listPath);
    const kept = forwardZonesOf(present?.value).filter((zone) => !replaced.has(zone.zone.key));
    const value = [...kept, ...zones.filter((zone) => zone.recurse === recurse)];
    given.set(listPath, { entry, value, place: present?.place ?? file.place, override: false });
  }
}

/** A value that the option's own type has read. */
function forwardZonesOf(value: unknown): readonly ForwardZone[] {
  return Array.isArray(value) ? (value as readonly ForwardZone[]) : [];
}
