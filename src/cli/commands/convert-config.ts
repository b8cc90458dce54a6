// `kedge convert-config`: any configuration as one recursor.yml.
import { writeFileSync } from 'node:fs';
import { ConfigError, findingText } from '../../config/config-error.ts';
import { convertedText } from '../../config/convert.ts';
import { loadConfigAt } from '../../config/source.ts';
import { ExitCode, type Terminal } from '../terminal.ts';

/** Converts a file or a directory's configuration, to a new file or to standard output. */
export function convertConfig(path: string, output: string | undefined, terminal: Terminal): number {
  const loaded = loadConfigAt(path);
  const result = loaded instanceof ConfigError ? { ok: false as const, errors: [loaded] } : loaded.result;
  if (loaded instanceof ConfigError || !result.ok) {
    for (const error of result.ok ? [] : result.errors) terminal.error(`kedge: ${findingText(error)}\n`);
    return ExitCode.BAD;
  }
  const text = convertedText(loaded, result.config);
  if (output === undefined) {
    terminal.out(text);
    return ExitCode.SUCCESS;
  }
  try {
    // A configuration that is there already is not overwritten.
    writeFileSync(output, text, { flag: 'wx' });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    terminal.error(`kedge: cannot write ${output}: ${isThere ? 'it exists already' : String(error)}\n`);
    return ExitCode.BAD;
  }
  return ExitCode.SUCCESS;
}
