// Explanations over HTTP: of what the running resolver holds, or of what would be under other circumstances.
import type { Config } from '../config/schema.ts';
import { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { Explanation } from '../explain/explanation.ts';
import type { LocalData } from '../policy/local-data.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exchange } from '../ports/exchange.ts';
import type { Timers } from '../ports/timers.ts';
import type { Answered, ExplainQuery, Refused } from '../web/target.ts';
import { clockAt, noting } from './aside-resolver.ts';
import { explainQuestion } from './explain.ts';
import { type ExplainWish, isSupposition, readExplainWish, supposeAnchors, supposedConfig } from './explain-wish.ts';
import type { DaemonResolver } from './resolver-parts.ts';
import { StartError } from './start-error.ts';

/** Each may cost what a client's query costs, and those aside have caches of their own. */
const MAX_AT_ONCE = 4;
const TIMEOUT_MS = 10_000;
/** Of all clients together: anybody's page may open an address here, and each look-up can cost hundreds of queries. */
const MAX_IN_A_ROW = 100;
const PER_SECOND = 10;
/** What one resolved aside costs of them: it begins with nothing, at the servers of the root. */
const ASIDE_COST = 5;

/** In what a resolver aside differs from the running one. */
export interface AsideChange {
  readonly anchors: TrustAnchors;
  readonly config?: Config;
  readonly clock?: Clock;
  readonly exchange?: Exchange;
}

export interface ExplainingParts {
  readonly config: () => Config;
  readonly resolver: DaemonResolver;
  readonly anchors: TrustAnchors;
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly localData: () => Pick<LocalData, 'answer'>;
  readonly makeAside: (change: AsideChange) => DaemonResolver;
}

export class Explaining {
  private readonly parts: ExplainingParts;
  private running = 0;
  private allowance = MAX_IN_A_ROW;
  private allowanceAtMs = 0;

  constructor(parts: ExplainingParts) {
    this.parts = parts;
  }

  async explain(query: ExplainQuery): Promise<Answered<Explanation>> {
    const wish = readExplainWish(query);
    if (typeof wish === 'string') return refused(400, wish, 'Correct the address of the page or of the request.');
    if (this.running >= MAX_AT_ONCE) {
      return refused(503, `${MAX_AT_ONCE} explanations are under way`, 'Try again in a few seconds.');
    }
    if (!this.isWithinRate(isSupposition(wish) ? ASIDE_COST : 1)) {
      return refused(503, 'there were many explanations in the last seconds', 'Try again in a few seconds.');
    }
    this.running++;
    try {
      return await this.withinTime(isSupposition(wish) ? this.aside(wish) : this.held(wish));
    } catch (error) {
      if (error instanceof StartError) return refused(503, error.message, error.remedy);
      throw error;
    } finally {
      this.running--;
    }
  }

  private isWithinRate(cost: number): boolean {
    const nowMs = this.parts.clock.monotonicMs();
    const earned = ((nowMs - this.allowanceAtMs) * PER_SECOND) / 1000;
    this.allowance = Math.min(MAX_IN_A_ROW, this.allowance + earned);
    this.allowanceAtMs = nowMs;
    if (this.allowance < cost) return false;
    this.allowance -= cost;
    return true;
  }

  private async held({ name, type }: ExplainWish): Promise<Explanation> {
    const { resolver, clock, localData } = this.parts;
    const parts = {
      resolver: promptly(resolver),
      clock,
      localData: localData(),
      source: 'running',
      attempts: [],
    } as const;
    return await explainQuestion(name, type, parts);
  }

  private async aside(wish: ExplainWish): Promise<Explanation> {
    const { config, makeAside, localData } = this.parts;
    const anchors = new TrustAnchors();
    anchors.replaceWith(this.parts.anchors);
    supposeAnchors(anchors, wish);
    const clock = wish.atSeconds === undefined ? this.parts.clock : clockAt(wish.atSeconds);
    const { exchange, attempts } = noting(this.parts.exchange);
    const resolver = makeAside({ anchors, config: supposedConfig(config(), wish), clock, exchange });
    const parts = { resolver: promptly(resolver), clock, localData: localData(), source: 'here', attempts } as const;
    return await explainQuestion(wish.name, wish.type, parts);
  }

  private withinTime(explanation: Promise<Explanation>): Promise<Answered<Explanation>> {
    const { timers, clock } = this.parts;
    return new Promise((resolve, reject) => {
      const timer = timers.at(clock.monotonicMs() + TIMEOUT_MS, () =>
        resolve(refused(504, 'no explanation within ten seconds', 'The servers asked are slow; try again.')),
      );
      explanation.then((value) => resolve({ ok: true, value }), reject).finally(() => timer.cancel());
    });
  }
}

/** Who resolves inside the loop of the batch driver must not leave the rest to promises: it would be looked at late. */
function promptly(resolver: DaemonResolver): DaemonResolver {
  const { knowledge } = resolver;
  return {
    ...(knowledge !== undefined && { knowledge }),
    resolve: (request, done) => resolver.resolve(request, (resolution) => setImmediate(done, resolution)),
  };
}

export function refused(status: Refused['status'], error: string, remedy: string): Refused {
  return { ok: false, status, error, remedy };
}
