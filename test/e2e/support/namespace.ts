/**
 * One network namespace per test file: a loopback of its own, so that servers may listen on port 53 and on any address.
 *
 * Children end with this process (`setpriv --pdeathsig`), and `close` ends them by process id and removes the namespace.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from './programs.ts';

const NAME_PREFIX = 'kedge-e2e-';
const RUN_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;

export interface Finished {
  status: number;
  stdout: string;
  stderr: string;
}

export interface Daemon {
  name: string;
  /** File that receives standard output and standard error. */
  logFile: string;
  isRunning(): boolean;
  stop(): Promise<void>;
}

export class Namespace {
  readonly name: string;
  /** Folder for zone files, keys, configuration and logs; removed by `close` unless KEDGE_E2E_KEEP is set. */
  readonly directory: string;
  readonly #daemons = new Set<StartedDaemon>();
  readonly #onExit = (): void => this.#abandon();

  private constructor(name: string, directory: string) {
    this.name = name;
    this.directory = directory;
    process.on('exit', this.#onExit);
  }

  /** Makes the namespace with the given addresses on its loopback interface. */
  static async create(label: string, addresses: readonly string[]): Promise<Namespace> {
    removeStaleNamespaces();
    const name = `${NAME_PREFIX}${process.pid}-${label}`;
    const directory = mkdtempSync(join(tmpdir(), `${name}-`));
    const namespace = new Namespace(name, directory);
    const ip = programPath('ip');
    await mustRun([ip, 'netns', 'add', name]);
    const commands = ['link set dev lo up'];
    for (const address of addresses) {
      commands.push(address.includes(':') ? `addr add ${address}/128 dev lo nodad` : `addr add ${address}/32 dev lo`);
    }
    await mustRun([ip, '-n', name, '-batch', '-'], { input: `${commands.join('\n')}\n` });
    return namespace;
  }

  /** Path of a file in the working folder. */
  path(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  /** Runs a program in the namespace to its end, whatever its exit status. */
  run(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return runToEnd(this.#inside(command), { cwd: this.directory, ...options });
  }

  /** As `run`, but throws unless the exit status is 0. */
  mustRun(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return mustRun(this.#inside(command), { cwd: this.directory, ...options });
  }

  /** Starts a server that stays in the foreground. */
  start(name: string, command: readonly string[]): Daemon {
    const daemon = new StartedDaemon(name, this.path(`${name}.log`), this.#inside(command), this.directory);
    this.#daemons.add(daemon);
    return daemon;
  }

  /** Ends all children and removes the namespace. */
  async close(): Promise<void> {
    await Promise.all([...this.#daemons].map((daemon) => daemon.stop()));
    process.off('exit', this.#onExit);
    this.#abandon();
  }

  #inside(command: readonly string[]): string[] {
    const guarded = [programPath('setpriv'), '--pdeathsig', 'TERM', programPath('ip'), 'netns', 'exec', this.name];
    return [...guarded, ...command];
  }

  /** What can be done without waiting. All processes inside the namespace are descendants of ours. */
  #abandon(): void {
    const ip = programPath('ip');
    const listed = spawnSync(ip, ['netns', 'pids', this.name], { encoding: 'utf8' }).stdout ?? '';
    for (const line of listed.split('\n')) {
      const pid = Number(line);
      if (pid > 0) endProcess(pid, 'SIGKILL');
    }
    spawnSync(ip, ['netns', 'delete', this.name]);
    if (process.env['KEDGE_E2E_KEEP'] === undefined) rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface RunOptions {
  cwd?: string;
  input?: string;
  timeoutMs?: number;
}

class StartedDaemon implements Daemon {
  readonly name: string;
  readonly logFile: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #running = true;

  constructor(name: string, logFile: string, command: readonly string[], cwd: string) {
    this.name = name;
    this.logFile = logFile;
    const log = openSync(logFile, 'a');
    const [program = '', ...parameters] = command;
    this.#child = spawn(program, parameters, { cwd, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#running = false;
        resolve();
      };
      this.#child.once('exit', end);
      this.#child.once('error', end);
    });
  }

  isRunning(): boolean {
    return this.#running;
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#ended;
    clearTimeout(timer);
  }
}

/** The last lines of a server's log, for an error message. */
export function readLogTail(daemon: Daemon): string {
  return readFileSync(daemon.logFile, 'utf8').split('\n').slice(-40).join('\n');
}

/** Waits until `isReady` gives true; throws with the log's end when the server stops or takes too long. */
export async function waitUntilReady(
  daemon: Daemon,
  isReady: () => Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const giveUpAtMs = performance.now() + timeoutMs;
  for (;;) {
    if (await isReady()) return;
    if (!daemon.isRunning()) throw new Error(`${daemon.name} ended:\n${readLogTail(daemon)}`);
    if (performance.now() > giveUpAtMs) throw new Error(`${daemon.name} is not ready:\n${readLogTail(daemon)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function runToEnd(command: readonly string[], options: RunOptions): Promise<Finished> {
  const [program = '', ...parameters] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd: options.cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? RUN_TIMEOUT_MS);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (status) => {
      clearTimeout(timer);
      resolve({ status: status ?? -1, stdout, stderr });
    });
    // A program that ends without reading its input is no error of ours.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
  });
}

async function mustRun(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const finished = await runToEnd(command, options);
  if (finished.status !== 0) {
    throw new Error(`${command.join(' ')} ended with ${finished.status}:\n${finished.stdout}${finished.stderr}`);
  }
  return finished;
}

/** Removes namespaces and folders that a killed run left behind; its processes ended with it. */
function removeStaleNamespaces(): void {
  for (const name of listFolder('/run/netns').filter(isStale)) spawnSync(programPath('ip'), ['netns', 'delete', name]);
  if (process.env['KEDGE_E2E_KEEP'] !== undefined) return;
  for (const folder of listFolder(tmpdir()).filter(isStale)) rmSync(join(tmpdir(), folder), { recursive: true });
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Whether the name is one of ours, made by a process that is no more. */
function isStale(name: string): boolean {
  const creator = name.startsWith(NAME_PREFIX) ? Number.parseInt(name.slice(NAME_PREFIX.length), 10) : Number.NaN;
  return creator > 0 && !isAlive(creator);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function endProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
