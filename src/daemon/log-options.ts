import type { Config } from '../config/schema.ts';
import type { LogLevel, LogOptions } from '../telemetry/log.ts';

/** Syslog numbers 0 to 7 as our levels; notice is information here. */
const levels: readonly LogLevel[] = ['error', 'error', 'error', 'error', 'warn', 'info', 'info', 'debug'];

export function logLevel({ logging }: Pick<Config, 'logging'>): LogLevel {
  return levels[logging.loglevel] ?? 'info';
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
