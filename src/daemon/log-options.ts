import type { Config } from '../config/schema.ts';
import type { LogLevel, LogOptions } from '../telemetry/log.ts';

/** Syslog numbers 0 to 7 as our levels; notice is information here. */
const levels: readonly LogLevel[] = ['error', 'error', 'error', 'error', 'warn', 'info', 'info', 'debug'];

/** What information is, as a syslog number. */
const INFORMATION = 6;

/**
 * The level that the configuration asks for. Who wants a line for each question or step is shown them, and what else is
 * information, as PowerDNS Recursor does for questions: `loglevel: 3` beside `quiet: false` would show nothing.
 */
export function logLevel({ logging }: Pick<Config, 'logging'>): LogLevel {
  const wantsLines = !logging.quiet || logging.trace !== 'no';
  return levels[wantsLines ? Math.max(logging.loglevel, INFORMATION) : logging.loglevel] ?? 'info';
}

/** How to log: for people at a terminal, as JSON for whatever collects the lines, or as the configuration says. */
export function logOptions({ logging }: Pick<Config, 'logging'>, isTerminal: boolean): LogOptions {
  const wantsJson = logging.structured_logging_backend === 'json' || !isTerminal;
  return {
    level: logLevel({ logging }),
    format: wantsJson ? 'json' : 'text',
    timestamps: logging.timestamp,
  };
}
