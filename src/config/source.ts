// Where the configuration comes from, so that a running program can read it again exactly as it was read at the start.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import { type ConfigResult, type LoadedConfig, type LoadOptions, loadConfig } from './load.ts';
import type { LuaLogLine } from './lua/lua-settings.ts';

/** What the command line says about the configuration. */
export interface ConfigSourceOptions {
  /** A file, or a directory in which `recursor.yml` or else `recursor.conf` is read. */
  readonly file?: string | undefined;
  /** As a directory in `file`. */
  readonly directory?: string | undefined;
  /** Reads `recursor-NAME.yml` or `recursor-NAME.conf` instead. */
  readonly name?: string | undefined;
  /** `--NAME=VALUE`, each by old-style name or by path; they override the files. */
  readonly overrides: readonly string[];
}

/** A change that holds for one read. */
export interface ConfigChange {
  /** This Lua file instead of the configured one. */
  readonly luaConfigFile?: string | undefined;
}

/** One read: the configuration or what is wrong with it, and what was read for it. */
export type ConfigRead = ConfigResult & {
  /** Every file that was read, in this order; those that could not be read are not among them. */
  readonly files: readonly string[];
  /** What the Lua file wants in the log. */
  readonly logLines?: readonly LuaLogLine[];
};

export interface ConfigSource {
  /** The main file, or what else the configuration is (`built-in defaults`); for the log. */
  readonly description: string;
  /** Reads everything again. Never throws for what the files hold, and changes nothing. */
  read(change?: ConfigChange): ConfigRead;
}

/** Where `--config-name` looks when no directory is given: the first that exists. */
const defaultDirectories = ['/etc/kedge', '/etc/powerdns', '/etc/powerdns-recursor'];

/** The configuration that the command line asks for; without a file, a directory and a name the built-in defaults. */
export function configSource(options: ConfigSourceOptions): ConfigSource {
  // Relative paths keep their meaning when the program changes its working directory.
  const workingDirectory = process.cwd();
  const absolute = (path: string | undefined) => path && resolve(workingDirectory, path);
  const fixed = { ...options, file: absolute(options.file), directory: absolute(options.directory) };
  const read = (change: ConfigChange = {}): ConfigRead => {
    const main = mainFile(fixed);
    if (main.kind === 'missing') return { ok: false, errors: [main.error], warnings: [], files: [] };
    const { result, files, lua } = loadConfig(main.file, {
      overrides: options.overrides,
      directory: workingDirectory,
      luaConfigFile: change.luaConfigFile,
      notes: main.notes,
      place: placeSettings(fixed, main.file),
    });
    return { ...result, files, ...(lua === undefined ? {} : { logLines: lua.logLines }) };
  };
  const main = mainFile(fixed);
  const description = main.kind === 'missing' ? main.error.file : (main.file ?? 'built-in defaults');
  return { description, read };
}

/** The configuration of a file or of a directory's `recursor.yml` or `recursor.conf`, with what was read for it. */
export function loadConfigAt(fileOrDirectory: string, options: LoadOptions = {}): LoadedConfig | ConfigError {
  const main = mainFile({ file: fileOrDirectory, overrides: [] });
  return main.kind === 'missing' ? main.error : loadConfig(main.file, { ...options, notes: main.notes });
}

type MainFile =
  | {
      readonly kind: 'found';
      /** Undefined for the built-in defaults. */
      readonly file: string | undefined;
      readonly notes: NonNullable<LoadOptions['notes']>;
    }
  | { readonly kind: 'missing'; readonly error: ConfigError };

function mainFile({ file, directory, name }: ConfigSourceOptions): MainFile {
  if (file !== undefined && !isDirectory(file)) return { kind: 'found', file, notes: [] };
  const chosen = file ?? directory ?? (name === undefined ? undefined : defaultDirectory());
  return chosen === undefined ? { kind: 'found', file: undefined, notes: [] } : fileIn(chosen, name);
}

/** `recursor.yml` goes before `recursor.conf` (POWERDNS 1.1). */
function fileIn(directory: string, name: string | undefined): MainFile {
  const stem = name === undefined || name === '' ? 'recursor' : `recursor-${name}`;
  const candidates = [join(directory, `${stem}.yml`), join(directory, `${stem}.conf`)];
  const [file, ignored] = candidates.filter((candidate) => existsSync(candidate));
  if (file === undefined) {
    const place = { file: directory, line: 1, column: 1 };
    return { kind: 'missing', error: new ConfigError(place, '', `there is neither ${candidates.join(' nor ')}`) };
  }
  if (ignored === undefined) return { kind: 'found', file, notes: [] };
  const message = `this file is ignored, because ${file} exists`;
  return { kind: 'found', file, notes: [{ place: { file: ignored, line: 1, column: 1 }, message }] };
}

function defaultDirectory(): string {
  return defaultDirectories.find(isDirectory) ?? '/etc/kedge';
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** What the choice on the command line says about the options `config_dir` and `config_name`. */
function placeSettings({ directory, name }: ConfigSourceOptions, file: string | undefined) {
  const chosen = directory ?? (name === undefined || file === undefined ? undefined : dirname(file));
  return {
    ...(chosen === undefined ? {} : { 'recursor.config_dir': chosen }),
    ...(name === undefined ? {} : { 'recursor.config_name': name }),
  };
}
