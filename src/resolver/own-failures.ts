// Failures of our own: circles, crowds, budgets used up, patience at its end, programming mistakes. None of them says
// anything about the name that was asked for.
import type { Failure } from '../cache/failure-cache.ts';
import { bogusErrors } from '../explain/cause.ts';
import type { CauseCode } from '../explain/causes.ts';
import type { IterationResult } from '../iterator/iteration.ts';
import { EdeCode, Rcode } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import { type LookupResult, verdictOfFinding } from './finding.ts';
import type { RequestBudget } from './request-budget.ts';
import type { Resolution } from './resolution.ts';

/** Why a task may not wait for another. */
export type Refusal = 'loop' | 'overload';

export const refusals: Record<Refusal, Extract<IterationResult, { ok: false }>> = {
  loop: {
    ok: false,
    failure: 'loop',
    errors: [
      {
        code: EdeCode.NO_REACHABLE_AUTHORITY,
        text: 'servers can only be found through each other (loop)',
        cause: 'servers-loop',
      },
    ],
  },
  overload: {
    ok: false,
    failure: 'overload',
    errors: [{ code: EdeCode.OTHER, text: 'too many clients wait for this question', cause: 'overload' }],
  },
};

/** Failures of an address look-up that are not another one of the name's own. */
export const failuresOfOurs: ReadonlySet<string> = new Set(['budget', 'cached', 'loop', 'overload']);

export const NOT_CACHED: ExtendedError = {
  code: EdeCode.NOT_AUTHORITATIVE,
  text: 'not in the cache, and recursion was not asked for',
  cause: 'not-cached',
};

/** What a machine that threw has ended with, as far as those know who wait for it. */
export const CRASHED: LookupResult = {
  ok: false,
  failure: 'servers-failed',
  errors: [{ code: EdeCode.OTHER, text: 'internal error', cause: 'internal-error' }],
  cached: false,
};

/** A result of any task that would have been another with more to spend. */
export function ranOutOfBudget(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false;
  if ('failure' in result) return result.failure === 'budget';
  if (!('finding' in result)) return false;
  const verdict = verdictOfFinding((result as Extract<LookupResult, { ok: true }>).finding);
  return verdict?.status === 'bogus' && verdict.reason === 'work-limit';
}

/** What is remembered of a result that the budget has ended: the reason, with the chain of trust as far as it went. */
export function rememberedFailure(result: LookupResult): Failure {
  if (!result.ok) return { errors: result.errors, verdict: result.verdict };
  const verdict = verdictOfFinding(result.finding);
  return { errors: verdict === undefined ? [] : bogusErrors(verdict), verdict };
}

/** The client's patience has ended: it is told which servers kept it waiting. */
export function lateResolution({ troubles }: RequestBudget): Resolution {
  const late = failedResolution(EdeCode.NO_REACHABLE_AUTHORITY, 'no answer in time', 'deadline');
  return { ...late, errors: [...late.errors, ...troubles] };
}

/** The same programming mistake, for a client. */
export function crashedResolution(): Resolution {
  return failedResolution(EdeCode.OTHER, 'internal error', 'internal-error');
}

function failedResolution(code: number, text: string, cause: CauseCode): Resolution {
  return {
    rcode: Rcode.SERVFAIL,
    answer: [],
    authority: [],
    verdict: undefined,
    authentic: false,
    errors: [{ code, text, cause }],
    shareable: false,
  };
}
