// Where the control socket is: one rule for the program that opens it and the tool that looks for it.
import { accessSync, constants, existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What of the machine decides about the default directory. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Made by a service manager or a package for everybody to find. */
  readonly systemDirectory: string;
  readonly temporaryDirectory: string;
  readonly userId: number;
}

/** Those of this process. */
export function processSurroundings(): Surroundings {
  return {
    environment: process.env,
    systemDirectory: '/run/kedge',
    temporaryDirectory: tmpdir(),
    userId: process.getuid?.() ?? 0,
  };
}

/** PowerDNS's name: `pdns_recursor.controlsocket`, with a configuration name `pdns_recursor-NAME.controlsocket`. */
export function controlSocketPath(directory: string, configName: string): string {
  return join(directory, `${programName(configName)}.controlsocket`);
}

/** The same for the pid file. */
export function pidFilePath(directory: string, configName: string): string {
  return join(directory, `${programName(configName)}.pid`);
}

function programName(configName: string): string {
  return configName === '' ? 'pdns_recursor' : `pdns_recursor-${configName}`;
}

/** One place where the socket may be without being configured. */
interface Candidate {
  readonly directory: string;
  /** It is made when it is not there; nobody but us may enter it. */
  readonly isOurs: boolean;
}

/** First `$RUNTIME_DIRECTORY` (systemd), then the system's directory, then one of the user's own. */
function candidates({ environment, systemDirectory, temporaryDirectory, userId }: Surroundings): Candidate[] {
  const { RUNTIME_DIRECTORY, XDG_RUNTIME_DIR } = environment;
  const [managed = ''] = (RUNTIME_DIRECTORY ?? '').split(':');
  const found: Candidate[] = managed === '' ? [] : [{ directory: managed, isOurs: false }];
  found.push({ directory: systemDirectory, isOurs: false });
  const isUsable = XDG_RUNTIME_DIR !== undefined && XDG_RUNTIME_DIR !== '' && existsSync(XDG_RUNTIME_DIR);
  if (isUsable) found.push({ directory: join(XDG_RUNTIME_DIR, 'kedge'), isOurs: true });
  found.push({ directory: join(temporaryDirectory, `kedge-${userId}`), isOurs: true });
  return found;
}

export type SocketDirectory =
  | { readonly ok: true; readonly directory: string }
  | { readonly ok: false; readonly reason: string };

/** The directory in which the program opens its socket when the configuration names none; made if need be. */
export function defaultSocketDirectory(surroundings: Surroundings = processSurroundings()): SocketDirectory {
  let reason = 'there is no directory for it';
  for (const { directory, isOurs } of candidates(surroundings)) {
    const trouble = isOurs ? makeOwn(directory, surroundings.userId) : troubleWith(directory);
    if (trouble === undefined) return { ok: true, directory };
    reason = `${directory}: ${trouble}`;
  }
  return { ok: false, reason };
}

/**
 * Where the tool looks when nothing tells it the directory: the first place that has a socket of this name. Undefined
 * when no place has one; `places` lists them all.
 */
export function findControlSocket(
  configName: string,
  surroundings: Surroundings = processSurroundings(),
): { readonly path: string | undefined; readonly places: readonly string[] } {
  const all = candidates(surroundings);
  const places = all.map(({ directory }) => controlSocketPath(directory, configName));
  const index = all.findIndex(({ directory, isOurs }) => {
    if (isOurs && ownershipTrouble(directory, surroundings.userId) !== undefined) return false;
    return existsSync(controlSocketPath(directory, configName));
  });
  return { path: places[index], places };
}

/** Why files cannot be made in a directory that others have made; undefined when they can. */
function troubleWith(directory: string): string | undefined {
  try {
    if (!statSync(directory).isDirectory()) return 'it is no directory';
    accessSync(directory, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

function makeOwn(directory: string, userId: number): string | undefined {
  try {
    mkdirSync(directory, { mode: 0o700, recursive: true });
  } catch (error) {
    return reasonOf(error);
  }
  return ownershipTrouble(directory, userId);
}

/** In a directory that everybody can write to, somebody else may have been first: then it is not used. */
function ownershipTrouble(directory: string, userId: number): string | undefined {
  try {
    const found = lstatSync(directory);
    if (!found.isDirectory()) return 'it is no directory';
    if (found.uid !== userId) return 'it belongs to somebody else';
    return (found.mode & 0o022) === 0 ? undefined : 'others may write to it';
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
