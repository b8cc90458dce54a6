// Which control socket is meant: the one that options name, that a configuration names, or that is found.
import { findingText } from '../../config/config-error.ts';
import { configSource } from '../../config/source.ts';
import { controlSocketPath, findControlSocket } from '../../control/socket-path.ts';
import type { ControlOptions } from './control-options.ts';

export type ControlPlace =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly reason: string };

/** The path of the socket; whether anybody listens there is another matter. */
export function controlPlace(options: ControlOptions): ControlPlace {
  const { socketDirectory, socketPid, configFile, configDirectory, configName = '' } = options;
  if (socketDirectory !== undefined) return { ok: true, path: withPid(socketDirectory, configName, socketPid) };
  if (configFile === undefined && configDirectory === undefined) return found(configName);
  // Where the socket is needs no run of the Lua file.
  const overrides = ['--lua-config-file='];
  const source = configSource({ file: configFile, directory: configDirectory, name: options.configName, overrides });
  const loaded = source.read();
  if (!loaded.ok) {
    const [error] = loaded.errors;
    const why = error === undefined ? 'it is wrong' : findingText(error);
    return { ok: false, reason: `Unable to read the configuration: ${why}; use --socket-dir` };
  }
  const { socket_dir, config_name } = loaded.config.recursor;
  const name = options.configName ?? config_name;
  return socket_dir === '' ? found(name) : { ok: true, path: withPid(socket_dir, name, socketPid) };
}

function found(configName: string): ControlPlace {
  const { path, places } = findControlSocket(configName);
  return { ok: true, path: path ?? places[0] ?? '' };
}

/** PowerDNS with several processes has the process ID in the name. */
function withPid(directory: string, name: string, pid: string | undefined): string {
  const path = controlSocketPath(directory, name);
  return pid === undefined ? path : path.replace(/\.controlsocket$/, `.${pid}.controlsocket`);
}
