// Which name to show a zone's servers next (RFC 9156).
import type { DomainName } from '../wire/name.ts';
import type { IterationLimits } from './limits.ts';

/** How far minimisation has come in one walk. */
export interface MinimisationState {
  /** Minimised questions asked so far, over all zones of the walk. */
  steps: number;
  failures: number;
  /** Minimisation has been given up: the full name is asked. */
  abandoned: boolean;
  /** The minimised name whose question failed last; undefined when none has in the present zone. */
  failedName: DomainName | undefined;
  /** Type of minimised questions: A, and NS once that has turned out to be answered where A is not (RFC 9156 2.1). */
  type: number;
}

/**
 * The name to ask, given that `known` (the zone or a name already asked) needs no more questions: one label more, or
 * several once the first steps are used up, so that at most `maxMinimisedSteps` questions are spent (RFC 9156 2.3).
 */
export function nextMinimisedName(
  qname: DomainName,
  known: DomainName,
  state: MinimisationState,
  limits: IterationLimits,
): DomainName {
  if (state.abandoned || state.steps >= limits.maxMinimisedSteps) return qname;
  const knownLabels = known.labelCount;
  const missing = qname.labelCount - knownLabels;
  if (missing <= 1) return qname;
  let step = 1;
  if (state.steps >= limits.maxOneLabelSteps) {
    const stepsLeft = Math.max(1, limits.maxMinimisedSteps - state.steps);
    step = Math.max(1, Math.ceil(missing / stepsLeft));
  }
  return qname.ancestorWithLabels(Math.min(knownLabels + step, qname.labelCount));
}
