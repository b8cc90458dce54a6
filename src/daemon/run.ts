// One run of the daemon in this process: start, signals, faults, end.
import { setTimeout } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import { ListenError } from '../io/listen-error.ts';
import { SystemClock } from '../io/system-clock.ts';
import { Log, type LogSink, standardError } from '../telemetry/log.ts';
import { Daemon } from './daemon.ts';
import { keepHeapSmall } from './heap.ts';
import { logOptions } from './log-options.ts';
import { makeResolver } from './make-resolver.ts';
import { stackOf } from './server-events.ts';
import { StartError } from './start-error.ts';
import { programVersion } from './version.ts';

/**
 * A shell and npm send the same signal twice, a moment apart. The second one must still find its listener, or it would
 * kill the process while it exits and turn a clean end into a failure.
 */
const SIGNAL_GRACE_MS = 100;

export interface RunOptions {
  readonly config: Config;
  /** The configuration's file, or what else it is. */
  readonly source: string;
  /** What the configuration's reader found odd. */
  readonly warnings: readonly string[];
}

/** Runs until SIGTERM or SIGINT; false when it could not start. */
export async function runDaemon({ config, source, warnings }: RunOptions): Promise<boolean> {
  keepHeapSmall();
  const clock = new SystemClock();
  const sink = standardError();
  const log = new Log(logOptions(config, process.stderr.isTTY === true), clock, sink);
  log.info('kedge starts', { version: programVersion(), node: process.version, config: source });
  for (const warning of warnings) log.always('warn', warning);

  const ended = endSignal();
  let daemon: Daemon;
  try {
    daemon = await Daemon.start({ config, log, clock, makeResolver });
  } catch (error) {
    if (!(error instanceof StartError) && !(error instanceof ListenError)) throw error;
    reportStartFailure(error, sink);
    return false;
  }
  const stopWatching = watchFaults(daemon, log);
  const signal = await ended;
  log.info('kedge ends', { signal });
  daemon.stop();
  await setTimeout(SIGNAL_GRACE_MS);
  stopWatching();
  return true;
}

/** One plain line, whatever the format of the log: the person who started the program is looking. */
function reportStartFailure({ message, remedy }: StartError | ListenError, sink: LogSink): void {
  const stop = /[.!?]$/.test(message) ? '' : '.';
  sink.write(`kedge: ${message}${remedy === '' ? '' : `${stop} ${remedy}`}\n`);
}

/** Resolves with the first signal that asks the program to end. More of them, as from a shell and npm, change nothing. */
function endSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, resolve);
  });
}

/**
 * Faults that reach the top are bugs: each is counted and logged with its stack, and the program goes on serving
 * (SECURITY I-12). With KEDGE_FATAL_BUGS=1, as in tests, it ends.
 */
function watchFaults(daemon: Daemon, log: Log): () => void {
  const { KEDGE_FATAL_BUGS } = process.env;
  const endsOnBug = KEDGE_FATAL_BUGS === '1';
  const onFault = (error: unknown) => {
    daemon.metrics.increment('bugs');
    log.error('fault of the program', { stack: stackOf(error) });
    if (endsOnBug) process.exit(1);
  };
  process.on('uncaughtException', onFault);
  process.on('unhandledRejection', onFault);
  return () => {
    process.off('uncaughtException', onFault);
    process.off('unhandledRejection', onFault);
  };
}
