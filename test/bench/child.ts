// Processes of a run: started, measured from outside, and ended by their ids.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

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

  /** Processor time of all its threads so far, user and system, in microseconds. */
  get cpuMicroseconds(): number {
    const fields = afterCommand(readFileSync(`/proc/${this.pid}/stat`, 'utf8'));
    return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / ticksPerSecond();
  }

  get residentMiB(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1]) / 1024;
  }
}

/** The fields of /proc/PID/stat behind the command, whose name may hold spaces. */
function afterCommand(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

let ticks = 0;

function ticksPerSecond(): number {
  if (ticks === 0) ticks = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;
  return ticks;
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
