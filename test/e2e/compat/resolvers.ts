/** The two resolvers, started with the same files and, on the command line, with what must differ. */
import { mkdirSync } from 'node:fs';
import { type DigTarget, dig } from '../support/dig.ts';
import { type Daemon, type Namespace, waitUntilReady } from '../support/namespace.ts';
import { programPath } from '../support/programs.ts';
import { KEDGE_ENTRY } from '../support/resolver.ts';

export interface StartOptions {
  /** Folder with recursor.conf; the control socket is made in a folder below it. */
  folder: string;
  /** Relative to the folder; 'recursor.conf' where absent. */
  configFile?: string;
  port: number;
  /** Settings for the command line, as `--name=value`. */
  settings?: readonly string[];
}

export interface StartedResolver extends DigTarget {
  daemon: Daemon;
  socketFolder: string;
}

export function startRecursor(namespace: Namespace, name: string, options: StartOptions): Promise<StartedResolver> {
  const command = [programPath('pdns_recursor'), `--config-dir=${options.folder}`, '--daemon=no', '--write-pid=no'];
  return start(namespace, name, command, options);
}

export function startKedge(namespace: Namespace, name: string, options: StartOptions): Promise<StartedResolver> {
  const configFile = `${options.folder}/${options.configFile ?? 'recursor.conf'}`;
  return start(namespace, name, [process.execPath, KEDGE_ENTRY, 'serve', '--config', configFile], options);
}

async function start(
  namespace: Namespace,
  name: string,
  command: readonly string[],
  { folder, port, settings = [] }: StartOptions,
): Promise<StartedResolver> {
  const socketFolder = `${folder}/run-${name}`;
  mkdirSync(socketFolder, { recursive: true });
  const settingsAdded = [`--local-port=${port}`, `--socket-dir=${socketFolder}`, ...settings];
  const daemon = namespace.start(name, [...command, ...settingsAdded]);
  const target = { address: '127.0.0.1', port };
  await waitUntilReady(daemon, async () => {
    const reply = await dig(namespace, target, ['+time=2', '+cd', 'localhost', 'A']);
    return reply.status === 'NOERROR';
  });
  return { ...target, daemon, socketFolder };
}
