// What the core reports while it works; telemetry listens. Calls must be cheap and must not call back into the core.
import type { Question } from '../wire/message.ts';
import type { Ask, Outcome } from './exchange.ts';

export interface ResolverEvents {
  /** An attempt at a server ended. */
  upstream(ask: Ask, outcome: Outcome): void;
  /**
   * Data for a question were found bogus: a code of the table of causes, a line for the log, and what to do about it in
   * one sentence.
   */
  bogus(question: Question, cause: string, summary: string, remedy: string): void;
  /** Something that was known is known no longer, or is decided otherwise: what was made of it must go too. */
  forgot?(): void;
  /** A programming mistake stopped the work for one question. */
  crashed(question: Question, error: unknown): void;
  /** Takes down how a client's question is resolved; undefined, or absent, when nobody wants to know. */
  traceOf?(question: Question): QueryTrace | undefined;
}

/** The record of one client's question. */
export interface QueryTrace {
  /** One step, without newline. */
  line(text: string): void;
  /** The client has its answer; `failed` when that is SERVFAIL or bogus. Lines may still follow. */
  end(failed: boolean): void;
}
