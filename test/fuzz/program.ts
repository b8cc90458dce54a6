// The built program as a process of its own, in front of lab servers on loopback.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { variantSettings } from '../support/variant.ts';

const START_MS = 20_000;
const STOP_MS = 5_000;
/** Of the log this much is kept for the report. */
const MAX_LOG_CHARACTERS = 200_000;
/** Words that only a fault puts into the log. */
const FAULT = /fault of the program|uncaughtException|unhandledRejection|"stack"|FATAL ERROR|Maximum call stack/;

export class Program {
  readonly port: number;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #log: { text: string; faults: string[] };

  private constructor(child: ChildProcess, port: number, directory: string, log: { text: string; faults: string[] }) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.port = port;
    this.#directory = directory;
    this.#log = log;
  }

  /** Starts `node file serve` with the configuration, on a free port. Resolves when it listens. */
  static async start(file: string, configText: string, nodeOptions: readonly string[] = []): Promise<Program> {
    const directory = mkdtempSync(join(tmpdir(), 'kedge-fuzz-'));
    const configFile = join(directory, 'recursor.yml');
    writeFileSync(configFile, configText);
    const port = await freePort();
    const args = [...nodeOptions, file, 'serve', '--config', configFile, `--incoming.port=${port}`, ...variantSettings];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, KEDGE_FATAL_BUGS: '1' },
    });
    process.once('exit', () => child.kill('SIGKILL'));
    const log = { text: '', faults: [] as string[] };
    let unfinished = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      if (log.text.length < MAX_LOG_CHARACTERS) log.text += chunk;
      const lines = (unfinished + chunk).split('\n');
      unfinished = lines.pop() ?? '';
      for (const line of lines) if (FAULT.test(line) && log.faults.length < 20) log.faults.push(line);
    });
    const giveUpAtMs = performance.now() + START_MS;
    for (;;) {
      if (log.text.includes('"message":"listening"')) return new Program(child, port, directory, log);
      if (child.exitCode !== null || performance.now() > giveUpAtMs) {
        child.kill('SIGKILL');
        rmSync(directory, { recursive: true });
        throw new Error(`the program did not start:\n${log.text}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How it ended, for the report. */
  get ending(): string {
    return this.isRunning ? 'running' : `ended with ${this.#child.exitCode ?? this.#child.signalCode}`;
  }

  /** Lines of the log that tell of a fault. */
  get faults(): readonly string[] {
    return this.#log.faults;
  }

  get logTail(): string {
    return this.#log.text.split('\n').slice(-10).join('\n');
  }

  /** Resident memory in MiB; 0 where the system does not tell. */
  get residentMiB(): number {
    return residentMiB(this.pid);
  }

  /** Datagrams that the kernel threw away in front of its socket, because they came faster than they were read. */
  get kernelDrops(): number {
    const port = this.port.toString(16).toUpperCase().padStart(4, '0');
    try {
      const rows = readFileSync('/proc/net/udp', 'utf8').split('\n');
      const row = rows.find((line) => line.trim().split(/\s+/)[1]?.endsWith(`:${port}`));
      return Number(row?.trim().split(/\s+/).at(-1) ?? 0);
    } catch {
      return 0;
    }
  }

  async stop(): Promise<void> {
    if (this.isRunning) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function residentMiB(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
