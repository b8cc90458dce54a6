// When data that have ended are used once more (RFC 8767): because fresh ones cannot be had, are bogus, or take too long.
// A stale answer is one for this client alone; what was known keeps its verdict, and bogus data are never among it.
import type { DomainName } from '../wire/name.ts';
import { type LookupResult, verdictOfFinding } from './finding.ts';
import type { Knowledge, Trust } from './knowledge.ts';
import type { StaleOptions } from './options.ts';
import type { ResolutionRequest } from './resolution.ts';

/** Restarted once more, data may have ended so long ago, seconds: the longest that RFC 8767 5.2.2 thinks of. */
const MAX_RESTART_SECONDS = 7 * 86_400;

/**
 * A second look at a question while its first one is still waiting for servers:
 * - `early`: the client has waited long enough to get stale data;
 * - `late`: its patience has ended, which counts as a failure to get fresh data.
 */
export type StaleLook = 'early' | 'late';

/** What the resolver remembers of a client's question. */
export interface StaleAwareRequest extends ResolutionRequest {
  readonly staleLook?: StaleLook;
}

export class ServeStale {
  private readonly options: StaleOptions;
  private readonly knowledge: Knowledge;

  constructor(options: StaleOptions, knowledge: Knowledge) {
    this.options = options;
    this.knowledge = knowledge;
  }

  /** Milliseconds; 0 when stale data need not be waited for. */
  get clientTimeoutMs(): number {
    return this.options.clientTimeoutMs;
  }

  /**
   * Stale data for a question that the caches say nothing of, before anything is asked; undefined when servers, or nobody,
   * must be asked.
   */
  insteadOfAsking(request: StaleAwareRequest, name: DomainName, type: number): LookupResult | undefined {
    const { staleLook, recursionDesired } = request;
    if (staleLook !== undefined) return this.find(request, name, type, staleLook === 'late', []);
    return recursionDesired && this.options.clientTimeoutMs === 0
      ? this.find(request, name, type, false, [])
      : undefined;
  }

  /** Stale data instead of a failure, or of bogus data that the client would not get; else the result as it is. */
  insteadOf(result: LookupResult, request: StaleAwareRequest, name: DomainName, type: number): LookupResult {
    if (!request.recursionDesired && request.staleLook === undefined) return result;
    if (result.ok && (request.checkingDisabled || !isBogus(result))) return result;
    // A bogus answer has its own words in the log; the client is given data that are not.
    return this.find(request, name, type, true, result.ok ? [] : result.errors) ?? result;
  }

  /** A refresh that nobody waited for has ended: when it brought nothing good, the time of the old data begins anew. */
  noteRefresh(result: LookupResult, name: DomainName, type: number, validate: boolean): void {
    if (!this.options.restartsOnFailure || (result.ok && !isBogus(result))) return;
    this.knowledge.findStale(name, type, trustOf(validate), MAX_RESTART_SECONDS, true);
  }

  private find(
    { validate }: ResolutionRequest,
    name: DomainName,
    type: number,
    hasFailed: boolean,
    errors: (LookupResult & { ok: false })['errors'],
  ): LookupResult | undefined {
    const { windowSeconds, restartsOnFailure } = this.options;
    const restarts = hasFailed && restartsOnFailure;
    const window = restarts ? Math.max(windowSeconds, MAX_RESTART_SECONDS) : windowSeconds;
    const finding = this.knowledge.findStale(name, type, trustOf(validate), window, restarts);
    return finding && { ok: true, finding, further: undefined, cached: true, stale: { errors } };
  }
}

function trustOf(validate: boolean): Trust {
  return validate ? 'validated' : 'any';
}

function isBogus(result: LookupResult & { ok: true }): boolean {
  return verdictOfFinding(result.finding)?.status === 'bogus';
}
