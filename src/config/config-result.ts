// What reading a configuration gives.
import type { ConfigError, ConfigWarning } from './config-error.ts';
import type { Findings } from './findings.ts';
import type { Place } from './input.ts';
import type { Config } from './schema.ts';

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
