// Processes of a run: started, measured from outside, and ended by their ids.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const STOP_MS = 5_000;

export class Child {
  readonly pid: number;
  /** Resolves when it has ended, or could not be started. */
  readonly whenEnded: Promise<void>;
  readonly #process: ChildProcess;
  readonly #logFile: string;

  private constructor(started: ChildProcess, logFile: string) {
    this.#process = started;
    this.pid = started.pid ?? 0;
    const kill = () => started.kill('SIGKILL');
    process.once('exit', kill);
    this.whenEnded = new Promise((resolve) => {
      const end = () => {
        process.off('exit', kill);
        resolve();
      };
      started.once('exit', end);
      started.once('error', end);
    });
    this.#logFile = logFile;
  }

  /** Starts a program that stays in the foreground; what it prints goes to `logFile`. */
  static start(command: string, args: readonly string[], logFile: string): Child {
    const log = openSync(logFile, 'w');
    const started = spawn(command, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    return new Child(started, logFile);
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  get log(): string {
    return readFileSync(this.#logFile, 'utf8');
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }

  /** Processor time of all its threads so far, microseconds; threads that have ended are not in it. */
  get cpuMicroseconds(): number {
    const folder = `/proc/${this.pid}/task`;
    return readdirSync(folder).reduce((sum, thread) => sum + runMicroseconds(join(folder, thread, 'schedstat')), 0);
  }

  get residentMiB(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1]) / 1024;
  }
}

/** Time that a thread has run; nothing for one that has just ended. */
function runMicroseconds(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8').split(' ')[0]) / 1000;
  } catch {
    return 0;
  }
}

/** Path of a program, or undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  const { PATH: path = '' } = process.env;
  const folders = [...path.split(':'), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  const { stdout } = spawnSync('which', ['-a', name], {
    encoding: 'utf8',
    env: { ...process.env, PATH: [...new Set(folders)].join(':') },
  });
  return stdout?.split('\n')[0] || undefined;
}
