// One run of the daemon in this process: start, signals, faults, end.
import { setTimeout } from 'node:timers/promises';
import type { LuaLogLine } from '../config/lua/lua-settings.ts';
import type { Config } from '../config/schema.ts';
import type { ConfigSource } from '../config/source.ts';
import { ListenError } from '../io/listen-error.ts';
import { SystemClock } from '../io/system-clock.ts';
import { Log, type LogFields, type LogSink, standardError } from '../telemetry/log.ts';
import { Daemon } from './daemon.ts';
import { compileSparingly, keepHeapSmall } from './heap.ts';
import { logOptions } from './log-options.ts';
import { logLuaLines } from './lua-log.ts';
import { makeResolver } from './make-resolver.ts';
import { warnOfUnreadableFiles } from './privileges.ts';
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
  /** Where the configuration is from, and can be read again. */
  readonly source: ConfigSource;
  /** What the configuration's reader found odd. */
  readonly warnings: readonly string[];
  /** Every file that was read for it. */
  readonly files: readonly string[];
  /** What its Lua file wants in the log. */
  readonly logLines: readonly LuaLogLine[];
}

/** Runs until SIGTERM, SIGINT or a command ends it; false when it could not start. */
export async function runDaemon({ config, source, warnings, files, logLines }: RunOptions): Promise<boolean> {
  keepHeapSmall();
  compileSparingly();
  const clock = new SystemClock();
  const sink = standardError();
  const log = new Log(logOptions(config, process.stderr.isTTY === true), clock, sink);
  log.info('kedge starts', { version: programVersion(), node: process.version, config: source.description });
  for (const warning of warnings) log.always('warn', warning);
  logLuaLines(logLines, log);

  const { ended, onQuit } = endOfProgram();
  let daemon: Daemon | undefined;
  // From the first moment on: the service manager may send a SIGHUP that would otherwise end the program as it starts.
  const stopListening = obeySignals(() => daemon);
  try {
    daemon = await Daemon.start({
      config,
      source,
      log,
      clock,
      makeResolver,
      opensControl: true,
      opensWeb: true,
      onQuit,
      driver: config.kedge.driver,
    });
  } catch (error) {
    if (!(error instanceof StartError) && !(error instanceof ListenError)) throw error;
    reportStartFailure(error, sink);
    return false;
  }
  warnOfUnreadableFiles(files, log);
  const stopWatching = watchFaults(daemon, log);
  const cause = await ended;
  log.info('kedge ends', cause);
  daemon.stop();
  await setTimeout(SIGNAL_GRACE_MS);
  stopListening();
  stopWatching();
  return true;
}

/** One plain line, whatever the format of the log: the person who started the program is looking. */
function reportStartFailure({ message, remedy }: StartError | ListenError, sink: LogSink): void {
  const stop = /[.!?]$/.test(message) ? '' : '.';
  sink.write(`kedge: ${message}${remedy === '' ? '' : `${stop} ${remedy}`}\n`);
}

/**
 * `ended` resolves with the first signal or command that asks the program to end. More of them, as from a shell and npm,
 * change nothing.
 */
function endOfProgram(): { readonly ended: Promise<LogFields>; readonly onQuit: () => void } {
  let onQuit = (): void => {};
  const ended = new Promise<LogFields>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve({ signal }));
    onQuit = () => resolve({ command: 'quit' });
  });
  return { ended, onQuit };
}

/** SIGHUP reads the configuration again, SIGUSR1 writes statistics to the log, SIGUSR2 must not kill. */
function obeySignals(running: () => Daemon | undefined): () => void {
  const actions = [
    ['SIGHUP', () => void running()?.control.reloadConfig()],
    ['SIGUSR1', () => running()?.logStatistics()],
    ['SIGUSR2', () => running()?.logStatistics()],
  ] as const;
  for (const [signal, act] of actions) process.on(signal, act);
  return () => {
    for (const [signal, act] of actions) process.off(signal, act);
  };
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
