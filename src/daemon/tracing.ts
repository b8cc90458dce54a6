// Who wants to know how queries are resolved: the operator who runs `trace-regex`, and the log (`logging.trace`).
import type { QueryTrace } from '../ports/events.ts';
import type { Log } from '../telemetry/log.ts';
import { typeText } from '../wire/constants.ts';
import type { Question } from '../wire/message.ts';
import type { NamePattern } from '../wire/name-pattern.ts';
import { nameText } from '../wire/name-text.ts';

/** Lines kept of a query of which it is not known yet whether it fails; the first ones tell most. */
const MAX_KEPT_LINES = 500;

interface Watch {
  readonly names: NamePattern;
  readonly write: (line: string) => void;
}

export class Tracing {
  /** `logging.trace`. */
  mode: 'no' | 'yes' | 'fail' = 'no';
  private readonly log: Log;
  private watch: Watch | undefined;
  private count = 0;

  constructor(log: Log) {
    this.log = log;
  }

  /** Traces queries whose name, with trailing dot, matches. Ends the trace before it; returns how to end this one. */
  start(names: NamePattern, write: (line: string) => void): () => void {
    const watch = { names, write };
    this.watch = watch;
    return () => {
      if (this.watch === watch) this.watch = undefined;
    };
  }

  /** Somebody wants to know. */
  get isOn(): boolean {
    return this.watch !== undefined || this.mode !== 'no';
  }

  /** False when there was no trace. */
  end(): boolean {
    const was = this.watch !== undefined;
    this.watch = undefined;
    return was;
  }

  /** Undefined when nobody wants to know, which costs nothing. */
  readonly traceOf = (question: Question): QueryTrace | undefined => {
    if (this.watch === undefined && this.mode === 'no') return undefined;
    const name = nameText(question.name);
    const sinks: QueryTrace[] = [];
    const { watch } = this;
    const number = ++this.count;
    if (watch?.names.test(name) === true) sinks.push(this.watched(watch, `[${number}]`));
    if (this.mode !== 'no') sinks.push(this.logged(this.mode, `${name} ${typeText(question.type)}`, number));
    for (const sink of sinks) sink.line(`question: ${name} ${typeText(question.type)}`);
    const [first, second] = sinks;
    if (first === undefined || second === undefined) return first;
    return {
      line: (text) => {
        first.line(text);
        second.line(text);
      },
      end: (failed) => {
        first.end(failed);
        second.end(failed);
      },
    };
  };

  private watched(watch: Watch, prefix: string): QueryTrace {
    return {
      line: (text) => {
        if (this.watch === watch) watch.write(`${prefix} ${text}`);
      },
      end: () => {},
    };
  }

  private logged(mode: 'yes' | 'fail', question: string, number: number): QueryTrace {
    const write = (step: string): void => this.log.always('info', 'trace', { query: number, question, step });
    if (mode === 'yes') return { line: write, end: () => {} };
    const kept: string[] = [];
    let hasEnded = false;
    return {
      line: (text) => {
        if (!hasEnded && kept.length < MAX_KEPT_LINES) kept.push(text);
      },
      end: (failed) => {
        hasEnded = true;
        if (failed) for (const line of kept) write(line);
        kept.length = 0;
      },
    };
  }
}
