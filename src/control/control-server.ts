// The program's end of the control socket: a UNIX stream socket that answers one command for each connection.
import { chmodSync, chownSync, lstatSync, type Stats, unlinkSync } from 'node:fs';
import { createServer, connect as netConnect, type Server, type Socket } from 'node:net';
import { DEFAULT_SESSION_LIMITS, type SessionLimits, serveSession } from './control-session.ts';
import type { ControlTarget } from './target.ts';
import { Traces } from './traces.ts';

/** Who is in the group may control the program; for everybody else the socket is shut. */
const DEFAULT_MODE = 0o660;
/** While it is made, nobody else may connect. */
const PRIVATE_UMASK = 0o177;
/** Connections at once; more are closed at once. */
const MAX_CONNECTIONS = 32;
/** Longest path of a UNIX socket, octets, the terminating zero not counted (unix(7)). */
const MAX_PATH_OCTETS = 107;
/** How long a socket file is given to show whether somebody listens behind it. */
const PROBE_MS = 1000;

/** Why the control socket could not be opened, and what to do. */
export class ControlSocketError extends Error {
  override readonly name = 'ControlSocketError';
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

export interface ControlServerOptions {
  readonly path: string;
  /** Permissions of the socket file; 0660 without it. */
  readonly mode?: number | undefined;
  /** Numeric owner and group of the socket file; the process's own without them. */
  readonly owner?: number | undefined;
  readonly group?: number | undefined;
  readonly target: ControlTarget;
  /** A fault of the program in a command; its caller has been told that there was one. */
  readonly onFault?: ((error: unknown) => void) | undefined;
  readonly limits?: Partial<SessionLimits>;
}

/** Listens until it is closed. */
export class ControlServer {
  readonly path: string;
  private readonly server: Server;
  private readonly sessions = new Set<Socket>();
  private readonly traces = new Traces();

  private constructor(options: ControlServerOptions) {
    this.path = options.path;
    const limits = { ...DEFAULT_SESSION_LIMITS, ...options.limits };
    // A client may end its side behind the request, as shells do with a pipe, and still wants the answer.
    this.server = createServer({ allowHalfOpen: true }, (socket) => {
      this.sessions.add(socket);
      socket.once('close', () => this.sessions.delete(socket));
      serveSession(socket, {
        target: options.target,
        traces: this.traces,
        onFault: options.onFault ?? (() => {}),
        limits,
      });
    });
    this.server.maxConnections = MAX_CONNECTIONS;
  }

  /**
   * Opens the socket. The file that a dead process has left is replaced. Rejects with a `ControlSocketError`; nothing is
   * left behind then.
   */
  static async open(options: ControlServerOptions): Promise<ControlServer> {
    const { path, mode = DEFAULT_MODE, owner, group } = options;
    if (new TextEncoder().encode(path).length > MAX_PATH_OCTETS) {
      throw new ControlSocketError(
        `the control socket's path '${path}' is longer than ${MAX_PATH_OCTETS} octets`,
        'Set recursor.socket_dir to a shorter one.',
      );
    }
    await removeStale(path);
    const opened = new ControlServer(options);
    try {
      await opened.listen();
      if (owner !== undefined || group !== undefined) chownSync(path, owner ?? -1, group ?? -1);
      chmodSync(path, mode);
    } catch (error) {
      opened.close();
      throw new ControlSocketError(`the control socket '${path}' cannot be made: ${reasonOf(error)}`, REMEDY);
    }
    opened.server.on('error', (error) => options.onFault?.(error));
    return opened;
  }

  /** Closes the socket and removes its file; commands under way lose their callers. */
  close(): void {
    this.traces.end();
    this.server.close();
    for (const socket of this.sessions) socket.destroy();
  }

  private listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      const before = process.umask(PRIVATE_UMASK);
      try {
        // The file is made within this call.
        this.server.listen(this.path, () => {
          this.server.off('error', reject);
          resolve();
        });
      } finally {
        process.umask(before);
      }
    });
  }
}

const REMEDY =
  'Set recursor.socket_dir to a directory that kedge may write to, and recursor.socket_owner and socket_group to accounts that it may give files to.';

/** Removes the socket file of a process that is gone; anything else there is an error. */
async function removeStale(path: string): Promise<void> {
  let found: Stats | undefined;
  try {
    found = lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new ControlSocketError(`the control socket '${path}' cannot be made: ${reasonOf(error)}`, REMEDY);
  }
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new ControlSocketError(`'${path}' is there and is no socket`, 'Remove it, or set recursor.socket_dir.');
  }
  if (await isAlive(path)) {
    throw new ControlSocketError(
      `another program answers on the control socket '${path}'`,
      'End it first, or give each its own recursor.config_name or recursor.socket_dir.',
    );
  }
  try {
    unlinkSync(path);
  } catch (error) {
    throw new ControlSocketError(`the old control socket '${path}' cannot be removed: ${reasonOf(error)}`, REMEDY);
  }
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = netConnect(path);
    const end = (isListening: boolean): void => {
      socket.destroy();
      resolve(isListening);
    };
    socket.setTimeout(PROBE_MS, () => end(true));
    socket.once('connect', () => end(true));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
