// `kedge serve`: the resolver in the foreground, until it is told to end.
import { findingText } from '../../config/config-error.ts';
import { COMMAND_LINE } from '../../config/overrides.ts';
import { configSource } from '../../config/source.ts';
import { runDaemon } from '../../daemon/run.ts';
import { ExitCode, type Terminal } from '../terminal.ts';

/** Where the configuration is, as the command line says it. */
export interface ServeOptions {
  /** A file, or a directory with `recursor.yml` or `recursor.conf`. */
  readonly config?: string;
  readonly configDir?: string;
  readonly configName?: string;
}

/** Runs until a signal ends it. Settings are `--NAME=VALUE`. */
export async function serve(options: ServeOptions, settings: readonly string[], terminal: Terminal): Promise<number> {
  const stray = settings.find((setting) => !/^--[^=]+/.test(setting));
  if (stray !== undefined) {
    terminal.error(`kedge: '${stray}' is no setting; settings are written --NAME=VALUE\n`);
    return ExitCode.USAGE;
  }
  const { config: file, configDir: directory, configName: name } = options;
  const source = configSource({ file, directory, name, overrides: settings });
  const result = source.read();
  if (!result.ok) {
    for (const error of result.errors) terminal.error(`kedge: ${findingText(error)}\n`);
    const isUsage = result.errors.every((error) => error.file === COMMAND_LINE);
    return isUsage ? ExitCode.USAGE : ExitCode.BAD;
  }
  const warnings = result.warnings.map(findingText);
  const { config, files, logLines = [] } = result;
  const isClean = await runDaemon({ config, source, warnings, files, logLines });
  return isClean ? ExitCode.SUCCESS : ExitCode.BAD;
}
