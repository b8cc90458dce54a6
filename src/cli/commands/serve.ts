// `kedge serve`: the resolver in the foreground, until it is told to end.
import { findingText } from '../../config/config-error.ts';
import { applyOverrides, type ConfigResult, loadConfigFile, parseConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { runDaemon } from '../../daemon/run.ts';
import { ExitCode, type Terminal } from '../terminal.ts';

/** Runs until a signal ends it. Settings are `--NAME=VALUE`. */
export async function serve(
  configFile: string | undefined,
  settings: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const stray = settings.find((setting) => !/^--[^=]+/.test(setting));
  if (stray !== undefined) {
    terminal.error(`kedge: '${stray}' is no setting; settings are written --NAME=VALUE\n`);
    return ExitCode.USAGE;
  }
  const loaded = configFile === undefined ? parseConfig('', 'built-in defaults') : loadConfigFile(configFile);
  const config = usable(loaded, terminal);
  if (config === undefined) return ExitCode.BAD;
  const changed = applyOverrides(config, settings);
  const final = usable(changed, terminal);
  if (final === undefined) return ExitCode.USAGE;
  const warnings = [...loaded.warnings, ...changed.warnings].map(findingText);
  const isClean = await runDaemon({ config: final, source: configFile ?? 'built-in defaults', warnings });
  return isClean ? ExitCode.SUCCESS : ExitCode.BAD;
}

/** The configuration; undefined after printing why there is none. */
function usable(result: ConfigResult, terminal: Terminal): Config | undefined {
  if (result.ok) return result.config;
  for (const error of result.errors) terminal.error(`kedge: ${findingText(error)}\n`);
  return undefined;
}
