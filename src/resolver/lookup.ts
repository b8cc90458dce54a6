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
  /** What validation reads; `thorough` as in `ValidationContext`. */
  readonly validation: (thorough: boolean) => ValidationContext;
  /** Further servers asked when a response does not validate. */
  readonly revalidations: number;
}

/** Looks a question up. The caller has found nothing in the caches. */
export function* lookUp(context: LookupContext): Lookup<LookupResult> {
  const { name, type } = context;
  const excluded = new Set<string>();
  let first: { found: LookupResult; response: Response } | undefined;
  for (let attempt = 0; attempt <= context.revalidations; attempt++) {
    const event = yield { kind: 'response', name, type, excluded };
    const result: IterationResult =
      event.kind === 'responded' ? event.result : { ok: false, failure: 'loop', errors: [] };
    if (!result.ok) {
      if (first !== undefined) break;
      return fail(context, result.failure, result.errors);
    }
    const { response } = result;
    const found: LookupResult = yield* judgeAndStore(response, context, false);
    if (!worthAnotherServer(found, response)) return found;
    first ??= { found, response };
    excluded.add(response.server);
  }
  if (first === undefined) return fail(context, 'servers-failed', []);
  // No server sends signatures: perhaps the data are of an unsigned zone that the walk did not see.
  return looksStripped(first.found) ? yield* judgeAndStore(first.response, context, true) : first.found;
}

function* judgeAndStore(response: Response, context: LookupContext, thorough: boolean): Lookup<LookupResult> {
  const { knowledge } = context;
  const stored = context.validate
    ? knowledge.storeJudged(response, yield* judgeAll(response, context.type, context, thorough))
    : knowledge.storeUnchecked(response);
  if (stored === undefined) return fail(context, 'servers-failed', []);
  return { ok: true, finding: stored.first, further: stored.further, cached: false };
}

/** Runs the judgement inside the look-up; what it needs, the look-up needs. */
function* judgeAll(
  response: Response,
  type: number,
  context: LookupContext,
  thorough: boolean,
): Lookup<JudgedResponse> {
  const machine = judgeResponse(response, type, context.validation(thorough));
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

/** Bogus only because nothing is signed. */
function looksStripped(found: LookupResult): boolean {
  const verdict = found.ok ? verdictOfFinding(found.finding) : undefined;
  if (verdict?.status !== 'bogus') return false;
  return verdict.reason === 'rrsig-missing' || verdict.reason === 'denial-missing';
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
