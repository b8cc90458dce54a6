// Lines that a Lua configuration file wrote with `pdnslog` and `print`, in the program's log.
import type { LuaLogLine } from '../config/lua/lua-settings.ts';
import type { Log, LogLevel } from '../telemetry/log.ts';

/** By syslog level, 0 to 7. */
const logLevels: readonly LogLevel[] = ['error', 'error', 'error', 'error', 'warn', 'info', 'info', 'debug'];

export function logLuaLines(lines: readonly LuaLogLine[], log: Log): void {
  for (const { level, text, place } of lines) {
    log.always(logLevels[level] ?? 'info', text, { file: place.file, line: place.line });
  }
}
