// One (name, type): from the caches, or fetched, validated and stored (SECURITY I-3: the only way data get in).
import { failureOf, type Verdict } from '../dnssec/verdict.ts';
import type { IterationFailure, IterationResult } from '../iterator/iteration.ts';
import type { Response } from '../iterator/response.ts';
import type { ValidationContext, ValidationEvent, ValidationNeed } from '../validator/needs.ts';
import { type JudgedResponse, judgeResponse } from '../validator/validation.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { DomainName } from '../wire/name.ts';
import type { LookupResult } from './finding.ts';
import type { Knowledge } from './knowledge.ts';
import { storeJudged, storeUnchecked } from './storing.ts';
import type { Keeps } from './wipes.ts';

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
  /** What may be stored. */
  readonly keeps: Keeps;
  /** Further servers asked when a response does not validate. */
  readonly revalidations: number;
}

/** Looks a question up. The caller has found nothing in the caches. */
export function* lookUp(context: LookupContext): Lookup<LookupResult> {
  const { name, type } = context;
  // Those who waited for somebody else's attempt do not all repeat it.
  const failed = context.knowledge.findFailure(name, type, context.validate ? 'validated' : 'any');
  if (failed !== undefined) return failed;
  const excluded = new Set<string>();
  let first: { judged: JudgedResponse; response: Response } | undefined;
  for (let attempt = 0; attempt <= context.revalidations; attempt++) {
    const event = yield { kind: 'response', name, type, excluded };
    const result: IterationResult =
      event.kind === 'responded' ? event.result : { ok: false, failure: 'loop', errors: [] };
    if (!result.ok) {
      if (first !== undefined) break;
      return (yield* denyFromAbove(result.denied, context)) ?? fail(context, result.failure, result.errors);
    }
    const { response } = result;
    if (!context.validate) return store(response, undefined, context);
    const judged: JudgedResponse = yield* judgeAll(response, context, false);
    if (!worthAnotherServer(judged, response)) return store(response, judged, context);
    first ??= { judged, response };
    if (context.validation(false).variants?.takesUnsignedAsIs === true && looksStripped(judged)) break;
    excluded.add(response.server);
  }
  if (first === undefined) return fail(context, 'servers-failed', []);
  // No server sends signatures: perhaps the data are of an unsigned zone that the walk did not see.
  const stripped = looksStripped(first.judged);
  const judged: JudgedResponse = stripped ? yield* judgeAll(first.response, context, true) : first.judged;
  return store(first.response, judged, context);
}

/**
 * RFC 8020 2: below a name that does not exist nothing does, even where the servers fail for the whole name. Only what is
 * proved counts: some servers deny empty non-terminals.
 */
function* denyFromAbove(denied: Response | undefined, context: LookupContext): Lookup<LookupResult | undefined> {
  if (denied === undefined || !context.validate) return undefined;
  const judged: JudgedResponse = yield* judgeAll(denied, context, false);
  return judged.denial?.verdict?.status === 'secure' ? store(denied, judged, context) : undefined;
}

/** Stores what has been judged to the end: a verdict that another server may still change is shown to nobody. */
function store(response: Response, judged: JudgedResponse | undefined, context: LookupContext): LookupResult {
  const { knowledge, keeps } = context;
  const stored =
    judged === undefined ? storeUnchecked(knowledge, response, keeps) : storeJudged(knowledge, response, judged, keeps);
  if (stored === undefined) return fail(context, 'servers-failed', []);
  const { deniesTarget } = response;
  return { ok: true, finding: stored.first, further: stored.further, cached: false, deniesTarget };
}

/**
 * Runs the judgement inside the look-up; what it needs, the look-up needs. Once it has to ask servers, the response is
 * kept as unchecked data: a client that set CD need not wait for keys that may never come.
 */
function* judgeAll(response: Response, context: LookupContext, thorough: boolean): Lookup<JudgedResponse> {
  const machine = judgeResponse(response, context.type, context.validation(thorough));
  let step = machine.next({ kind: 'done' });
  let isKept = false;
  while (step.done !== true) {
    if (step.value.kind === 'fetch' && !isKept) {
      isKept = true;
      storeUnchecked(context.knowledge, response, context.keeps);
    }
    const event = yield step.value;
    step = machine.next(event.kind === 'responded' ? { kind: 'done' } : event);
  }
  return step.value;
}

/** Bogus through what this server sent, not through the chain above it: another server may do better (SECURITY 4.3). */
function worthAnotherServer(judged: JudgedResponse, response: Response): boolean {
  const verdict = verdictOnName(judged);
  if (verdict === undefined) return false;
  const failure = failureOf(verdict);
  return failure !== undefined && failure.server === response.server && failure.reason !== 'work-limit';
}

/** Bogus only because nothing is signed. */
function looksStripped(judged: JudgedResponse): boolean {
  const verdict = verdictOnName(judged);
  if (verdict?.status !== 'bogus') return false;
  return verdict.reason === 'rrsig-missing' || verdict.reason === 'denial-missing';
}

/** The verdict on what is said of the name asked; what stands behind an alias has its own. */
function verdictOnName({ steps, denial }: JudgedResponse): Verdict | undefined {
  const [rrsets] = steps;
  if (rrsets === undefined) return denial?.verdict;
  return rrsets.find(({ verdict }) => verdict.status === 'bogus')?.verdict ?? rrsets[0]?.verdict;
}

/**
 * Failures that the network's state explains are remembered. Those of our own making are not: another client's query
 * that spent its budget elsewhere must not make this name fail (SECURITY 5.2).
 */
function fail(context: LookupContext, failure: IterationFailure, errors: readonly ExtendedError[]): LookupResult {
  const { knowledge, name, type, keeps } = context;
  if (!isOurOwnFailure(failure) && keeps(name)) knowledge.failures.set(name, type, { errors }, knowledge.now);
  return { ok: false, failure, errors, cached: false };
}

/** A failure that says nothing about the name: a limit of ours, or a circle in what waited for what. */
export function isOurOwnFailure(failure: string): boolean {
  return failure === 'loop' || failure === 'overload' || failure === 'budget';
}
