// One (name, type): from the caches, or fetched, validated and stored (SECURITY I-3: the only way data get in).
import { failureOf } from '../dnssec/verdict.ts';
import type { IterationFailure, IterationResult } from '../iterator/iteration.ts';
import type { Response } from '../iterator/response.ts';
import type { ValidationContext, ValidationEvent, ValidationNeed } from '../validator/needs.ts';
import { type JudgedResponse, judgeResponse } from '../validator/validation.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { DomainName } from '../wire/name.ts';
import { type LookupResult, verdictOfFinding } from './finding.ts';
import type { Knowledge } from './knowledge.ts';

export type LookupNeed =
  | ValidationNeed
  | {
      readonly kind: 'response';
      readonly name: DomainName;
      readonly type: number;
      readonly excluded: ReadonlySet<string>;
    };

export type LookupEvent = ValidationEvent | { readonly kind: 'responded'; readonly result: IterationResult };

export type Lookup<T> = Generator<LookupNeed, T, LookupEvent>;

export interface LookupContext {
  readonly name: DomainName;
  readonly type: number;
  /** Validate what comes; else it is stored as unchecked. */
  readonly validate: boolean;
  readonly knowledge: Knowledge;
  readonly validation: () => ValidationContext;
  /** Further servers asked when a response does not validate. */
  readonly revalidations: number;
}

/** Looks a question up. The caller has found nothing in the caches. */
export function* lookUp(context: LookupContext): Lookup<LookupResult> {
  const { name, type, knowledge } = context;
  const excluded = new Set<string>();
  let bogus: LookupResult | undefined;
  for (let attempt = 0; attempt <= context.revalidations; attempt++) {
    const event = yield { kind: 'response', name, type, excluded };
    const result: IterationResult =
      event.kind === 'responded' ? event.result : { ok: false, failure: 'loop', errors: [] };
    if (!result.ok) {
      if (bogus !== undefined) return bogus;
      return fail(context, result.failure, result.errors);
    }
    const { response } = result;
    const stored = context.validate
      ? knowledge.storeJudged(response, yield* judgeAll(response, type, context))
      : knowledge.storeUnchecked(response);
    if (stored === undefined) return fail(context, 'servers-failed', []);
    const found: LookupResult = { ok: true, finding: stored.first, further: stored.further, cached: false };
    if (!worthAnotherServer(found, response)) return found;
    bogus ??= found;
    excluded.add(response.server);
  }
  return bogus ?? fail(context, 'servers-failed', []);
}

/** Runs the judgement inside the look-up; what it needs, the look-up needs. */
function* judgeAll(response: Response, type: number, context: LookupContext): Lookup<JudgedResponse> {
  const machine = judgeResponse(response, type, context.validation());
  let step = machine.next({ kind: 'done' });
  while (step.done !== true) {
    const event = yield step.value;
    step = machine.next(event.kind === 'responded' ? { kind: 'done' } : event);
  }
  return step.value;
}

/** Bogus through what this server sent, not through the chain above it: another server may do better (SECURITY 4.3). */
function worthAnotherServer(found: LookupResult, response: Response): boolean {
  if (!found.ok) return false;
  const verdict = verdictOfFinding(found.finding);
  if (verdict === undefined) return false;
  const failure = failureOf(verdict);
  return failure !== undefined && failure.server === response.server && failure.reason !== 'work-limit';
}

/**
 * Failures that the network's state explains are remembered. Those of our own making are not: another client's query
 * that spent its budget elsewhere must not make this name fail (SECURITY 5.2).
 */
function fail(context: LookupContext, failure: IterationFailure, errors: readonly ExtendedError[]): LookupResult {
  const { knowledge, name, type } = context;
  if (!isOurOwnFailure(failure)) knowledge.failures.set(name, type, { errors }, knowledge.now);
  return { ok: false, failure, errors, cached: false };
}

/** A failure that says nothing about the name: a limit of ours, or a circle in what waited for what. */
export function isOurOwnFailure(failure: IterationFailure): boolean {
  return failure === 'loop' || failure === 'overload' || failure === 'budget';
}
