// The log: one structured line an event, with a level and a rate limit. JSON for machines, one plain line for people at a
// terminal. Control octets never reach a terminal (SECURITY A-08).
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { Clock } from '../ports/clock.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** What belongs to one event: plain values, names in presentation form. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | readonly string[] | readonly number[] | undefined>
>;

export interface LogOptions {
  readonly level: LogLevel;
  /** `text` for people, `json` for machines. */
  readonly format: 'text' | 'json';
  /** False leaves the time to whoever collects the lines. */
  readonly timestamps: boolean;
}

/** Lines of one key within one period; more are counted and left out. */
const MAX_LINES_PER_PERIOD = 10;
const PERIOD_MS = 60_000;
/** Keys of the rate limit; when the table is full it is emptied. */
const MAX_KEYS = 1000;

/** Where lines go: one or several at a time, each of which ends in a line feed. */
export interface LogSink {
  write(lines: string): void;
}

/** Octets of lines that wait for room on a full disk; what comes on top is lost. */
const MAX_WAITING_OCTETS = 1024 * 1024;

/** Writes to standard error at once, so that no line is lost when the program ends. */
export function standardError(): LogSink {
  return patientSink(2);
}

/** Writes to a descriptor. Where it cannot, as on a full disk, the lines are tried again with the next one: never an error. */
export function patientSink(fd: number): LogSink {
  const out = destination({ fd, sync: true, maxLength: MAX_WAITING_OCTETS });
  // A resolver answers whether or not it can say so.
  out.on('error', () => {});
  return out;
}

interface Period {
  startedAtMs: number;
  lines: number;
  suppressed: number;
}

export class Log {
  /** Lines left out by the rate limit so far. */
  suppressedLines = 0;
  private readonly logger: Logger;
  private readonly sink: HoldingSink;
  private readonly clock: Pick<Clock, 'monotonicMs'>;
  private readonly periods = new Map<string, Period>();

  constructor(options: LogOptions, clock: Pick<Clock, 'monotonicMs'>, sink: LogSink = standardError()) {
    this.clock = clock;
    this.sink = new HoldingSink(sink);
    const out: DestinationStream = options.format === 'json' ? this.sink : textSink(this.sink, options.timestamps);
    this.logger = pino(
      {
        level: options.level,
        base: null,
        messageKey: 'message',
        timestamp: options.timestamps ? () => `,"time":"${new Date().toISOString()}"` : false,
        formatters: { level: (label) => ({ level: label }) },
      },
      out,
    );
  }

  /** Leaves out from now on what is less urgent. */
  setLevel(level: LogLevel): void {
    this.logger.level = level;
  }

  error(message: string, fields: LogFields = {}): void {
    this.limited('error', message, message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.limited('warn', message, message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.limited('info', message, message, fields);
  }

  debug(message: string, fields: LogFields = {}): void {
    this.limited('debug', message, message, fields);
  }

  /** For lines that are wanted in full, such as one for each query: the rate limit does not apply. */
  always(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.logger[level](fields, message);
  }

  /** Writes the lines of `write` with one call of the system, when it returns. */
  together(write: () => void): void {
    this.sink.hold();
    try {
      write();
    } finally {
      this.sink.release();
    }
  }

  /** A line whose rate limit is shared by all lines with the same key, instead of the same message. */
  limited(level: LogLevel, key: string, message: string, fields: LogFields = {}): void {
    if (!this.logger.isLevelEnabled(level)) return;
    const suppressed = this.admit(key);
    if (suppressed === undefined) this.suppressedLines++;
    else this.logger[level](suppressed === 0 ? fields : { ...fields, suppressed }, message);
  }

  /** How many lines of this key were left out since the last one; undefined when this one is to be left out too. */
  private admit(key: string): number | undefined {
    const nowMs = this.clock.monotonicMs();
    let period = this.periods.get(key);
    if (period === undefined) {
      if (this.periods.size >= MAX_KEYS) this.periods.clear();
      period = { startedAtMs: nowMs, lines: 0, suppressed: 0 };
      this.periods.set(key, period);
    }
    if (nowMs - period.startedAtMs >= PERIOD_MS) {
      period.startedAtMs = nowMs;
      period.lines = 0;
    }
    if (period.lines >= MAX_LINES_PER_PERIOD) {
      period.suppressed++;
      return undefined;
    }
    period.lines++;
    const { suppressed } = period;
    period.suppressed = 0;
    return suppressed;
  }
}

/** Holds lines back for as long as it is told. */
class HoldingSink implements LogSink {
  private readonly sink: LogSink;
  private holds = 0;
  private held = '';

  constructor(sink: LogSink) {
    this.sink = sink;
  }

  write(line: string): void {
    if (this.holds > 0) this.held += line;
    else this.sink.write(line);
  }

  hold(): void {
    this.holds++;
  }

  release(): void {
    if (--this.holds > 0) return;
    const { held } = this;
    this.held = '';
    if (held !== '') this.sink.write(held);
  }
}

/** Turns each JSON line into `time level message key=value ...`. */
function textSink(sink: LogSink, timestamps: boolean): DestinationStream {
  return { write: (line) => sink.write(`${textLine(line, timestamps)}\n`) };
}

function textLine(json: string, timestamps: boolean): string {
  const { level, time, message, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const start = timestamps ? [String(time)] : [];
  const values = Object.entries(fields).map(([key, value]) => `${key}=${valueText(value)}`);
  return [...start, String(level).padEnd(5), printable(String(message)), ...values].join(' ');
}

function valueText(value: unknown): string {
  const text = Array.isArray(value) ? value.join(',') : String(value);
  return /^[^\s"=]+$/.test(text) ? printable(text) : JSON.stringify(text).replace(/[^\x20-\x7e]/g, escaped);
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
