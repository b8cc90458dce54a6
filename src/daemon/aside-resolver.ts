// A resolver of its own, made from a configuration as the daemon makes its: it listens nowhere, keeps nothing, and writes
// no log. For the commands that look at one thing and end.
import type { Config } from '../config/schema.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { ExplainedAttempt } from '../explain/explanation.ts';
import { CryptoRandom } from '../io/crypto-random.ts';
import { NodeTimers } from '../io/node-timers.ts';
import { SystemClock } from '../io/system-clock.ts';
import type { LocalData } from '../policy/local-data.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ask, Exchange, Outcome } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import type { UpstreamSockets } from '../ports/sockets.ts';
import type { RecursiveResolver } from '../resolver/resolver.ts';
import { Log, type LogSink } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { Rankings } from '../telemetry/rankings.ts';
import { UpstreamExchange } from '../upstream/exchange.ts';
import { rcodeText, typeText } from '../wire/constants.ts';
import { nameText } from '../wire/name-text.ts';
import { localDataPart } from './client-side.ts';
import { makeResolver } from './make-resolver.ts';
import { readRootHints } from './root-hints.ts';
import { readTrustAnchors } from './trust-anchors.ts';
import { upstreamLimits, upstreamSockets } from './upstream-options.ts';

/** Queries noted; the first ones tell how the name was reached. */
const MAX_ATTEMPTS = 500;

export interface AsideOptions {
  /** Signatures are judged as of this time (Unix seconds) instead of now. */
  readonly atSeconds?: number | undefined;
  /** Changes the anchors of the configuration. */
  readonly changeAnchors?: (anchors: TrustAnchors) => void;
  /** Hears of each query that has ended. */
  readonly onAttempt?: (attempt: ExplainedAttempt) => void;
  /** How packets go out; default the operating system's sockets. */
  readonly sockets?: UpstreamSockets;
  /** Where log lines go; default nowhere. */
  readonly sink?: LogSink;
}

export interface AsideResolver {
  readonly resolver: RecursiveResolver;
  readonly anchors: TrustAnchors;
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly localData: LocalData;
  /** Queries that have ended, in order. */
  readonly attempts: readonly ExplainedAttempt[];
  /** Closes its sockets and timers. */
  close(): void;
}

/** Builds it; throws a `StartError` for files that cannot be read. */
export function openAside(config: Config, options: AsideOptions = {}): AsideResolver {
  const clock = clockAt(options.atSeconds);
  const random = new CryptoRandom();
  const timers = new NodeTimers(clock);
  const log = new Log({ level: 'info', format: 'json', timestamps: false }, clock, options.sink ?? { write: () => {} });
  const anchors = readTrustAnchors(config);
  options.changeAnchors?.(anchors);
  const { localData } = localDataPart(config, () => {});
  const sockets = options.sockets ?? upstreamSockets(config, random, log);
  const plain = new UpstreamExchange({ sockets, timers, clock, random }, upstreamLimits(config));
  const { exchange, attempts } = noting(plain, options.onAttempt);
  const resolver = makeResolver({
    config,
    anchors,
    hints: readRootHints(config),
    exchange,
    timers,
    clock,
    random,
    metrics: new Metrics(),
    rankings: new Rankings(0),
    log,
    switches: { logBogus: false },
    tracing: { traceOf: () => undefined },
    onForgot: () => {},
    localDelegations: localData.delegations(),
    localTargets: (question) => localData.targetAnswer(question),
  });
  return {
    resolver,
    anchors,
    exchange,
    clock,
    random,
    log,
    localData,
    attempts,
    close: () => {
      plain.close();
      timers.close();
    },
  };
}

/** An exchange that writes down what comes of each attempt. */
export function noting(
  plain: Exchange,
  onAttempt?: (attempt: ExplainedAttempt) => void,
): { readonly exchange: Exchange; readonly attempts: readonly ExplainedAttempt[] } {
  const attempts: ExplainedAttempt[] = [];
  const exchange: Exchange = {
    ask: (ask, done) =>
      plain.ask(ask, (outcome) => {
        const attempt = attemptOf(ask, outcome);
        if (attempts.length < MAX_ATTEMPTS) attempts.push(attempt);
        onAttempt?.(attempt);
        done(outcome);
      }),
  };
  return { exchange, attempts };
}

/** The system's clock, which begins at another wall-clock time where one is given (Unix seconds). */
export function clockAt(atSeconds: number | undefined): Clock {
  if (atSeconds === undefined) return new SystemClock();
  const startMs = performance.now();
  return new SystemClock({
    wallMs: () => atSeconds * 1000 + performance.now() - startMs,
    monotonicMs: () => performance.now(),
  });
}

function attemptOf({ server, question, transport }: Ask, outcome: Outcome): ExplainedAttempt {
  const { name, type } = question;
  const base = { server: server.key, name: nameText(name), type: typeText(type), transport };
  const what = outcome.kind === 'reply' ? rcodeText(outcome.message.rcode) : outcome.kind;
  if (!('rttMs' in outcome)) return { ...base, outcome: what };
  return { ...base, outcome: what, ms: Math.round(outcome.rttMs * 10) / 10 };
}
