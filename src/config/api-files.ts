// Files of `webservice.api_dir`, which the HTTP API writes: zones and access lists, as YAML of a few options. They go
// behind the main file and what it includes.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Findings } from './findings.ts';
import { type GivenValues, givenValues, mergeGivenValues } from './given-values.ts';
import { yamlInput } from './yaml-input.ts';

const STEM = 'kedge-api-';

/** By what they hold: names of files in the directory. */
export const apiFiles = {
  zones: `${STEM}zones.yml`,
  'allow-from': `${STEM}allow-from.yml`,
  'allow-notify-from': `${STEM}allow-notify-from.yml`,
} as const;

/** What such a file may say: zones join those of other files, a list of networks replaces them. */
const joining = new Set(['recursor.forward_zones', 'recursor.forward_zones_recurse', 'recursor.auth_zones']);
const replacing = new Set(['incoming.allow_from', 'incoming.allow_notify_from']);

/** Adds what the files say; `readText` reports what it cannot read. */
export function mergeApiFiles(
  given: GivenValues,
  findings: Findings,
  readText: (file: string) => string | undefined,
): void {
  const directory = given.get('webservice.api_dir')?.value;
  // Made when something is stored for the first time.
  if (typeof directory !== 'string' || directory === '' || !existsSync(directory)) return;
  const present = new Set(namesIn(directory));
  for (const name of Object.values(apiFiles)) {
    if (!present.has(name)) continue;
    const file = join(directory, name);
    const text = readText(file);
    if (text === undefined) continue;
    const values = givenValues(yamlInput(text, file, findings), findings);
    for (const [path, value] of values) {
      if (replacing.has(path)) values.set(path, { ...value, override: true });
      else if (!joining.has(path)) {
        findings.error(value.place, path, 'a file of the API holds zones or networks only', 'the main file for this');
        values.delete(path);
      }
    }
    mergeGivenValues(given, values);
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
