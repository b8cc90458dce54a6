// The control socket as the configuration wants it: where it is and who may use it.
import type { Config } from '../config/schema.ts';
import { ControlServer, ControlSocketError } from '../control/control-server.ts';
import { controlSocketPath, defaultSocketDirectory } from '../control/socket-path.ts';
import type { ControlTarget } from '../control/target.ts';
import type { Log } from '../telemetry/log.ts';
import { type Account, groupAccount, userAccount } from './accounts.ts';
import { stackOf } from './server-events.ts';
import { StartError } from './start-error.ts';

type SocketSettings = Pick<
  Config['recursor'],
  'socket_dir' | 'socket_mode' | 'socket_owner' | 'socket_group' | 'config_name' | 'setuid' | 'setgid'
>;

/** Mode, owner and group of the socket file; undefined stands for the default. */
export interface SocketRights {
  readonly mode: number | undefined;
  readonly owner: number | undefined;
  readonly group: number | undefined;
}

/** Throws a `StartError` for a mode, a user or a group that is none. */
export function socketRights(settings: SocketSettings): SocketRights {
  const { socket_mode, socket_owner, socket_group, setuid, setgid } = settings;
  if (socket_mode !== '' && !/^0?[0-7]{3}$/.test(socket_mode)) {
    throw new StartError(`recursor.socket_mode: '${socket_mode}' is no octal mode`, 'Write it like 0660.');
  }
  // Opened before the program becomes another user, whose socket it is from then on.
  return {
    mode: socket_mode === '' ? undefined : Number.parseInt(socket_mode, 8),
    owner: idOf('socket_owner', socket_owner === '' ? setuid : socket_owner, userAccount),
    group: idOf('socket_group', socket_group === '' ? setgid : socket_group, groupAccount),
  };
}

function idOf(option: string, text: string, find: (text: string) => Account): number | undefined {
  if (text === '') return undefined;
  const account = find(text);
  if (account.ok) return account.id;
  throw new StartError(`recursor.${option}: ${account.reason}`, 'Correct the name, or give a number.');
}

/**
 * Opens the socket. Throws a `StartError` when the directory that the configuration names cannot be used; without one
 * the program goes on uncontrolled, and the log says why.
 */
export async function openControlSocket(
  settings: SocketSettings,
  target: ControlTarget,
  log: Log,
): Promise<ControlServer | undefined> {
  const rights = socketRights(settings);
  const { socket_dir, config_name } = settings;
  const place = socket_dir === '' ? defaultSocketDirectory() : { ok: true as const, directory: socket_dir };
  if (!place.ok) {
    log.warn('there is no control socket: kedge ctl will not work', { why: place.reason });
    return undefined;
  }
  const path = controlSocketPath(place.directory, config_name);
  const onFault = (error: unknown): void => {
    log.error('fault of the program in a control command', { stack: stackOf(error) });
  };
  try {
    const server = await ControlServer.open({ path, ...rights, target, onFault });
    log.info('control socket', { path });
    return server;
  } catch (error) {
    if (!(error instanceof ControlSocketError)) throw error;
    if (socket_dir !== '') throw new StartError(error.message, error.remedy);
    log.warn('there is no control socket: kedge ctl will not work', { why: error.message });
    return undefined;
  }
}
