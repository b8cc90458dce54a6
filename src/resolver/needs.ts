// What the machines of the resolver yield, and what they are resumed with.
import type { IterationEvent, IterationNeed } from '../iterator/iteration.ts';
import type { DomainName } from '../wire/name.ts';
import type { LookupDone, LookupStep } from './answering.ts';
import type { LookupResult } from './finding.ts';
import type { LookupEvent, LookupNeed } from './lookup.ts';

/** What a renewal needs: a look-up that does not see what the caches hold. */
export interface RefreshStep {
  readonly kind: 'refresh';
  readonly name: DomainName;
  readonly type: number;
  readonly validate: boolean;
}

export type Need = IterationNeed | LookupNeed | LookupStep | RefreshStep;
export type Event = IterationEvent | LookupEvent | LookupDone;

/** What a machine begins with, and what tells it that something has been noted. */
export const DONE: Event = { kind: 'done' };

/** The machine of a renewal. */
export function* refreshing(step: RefreshStep): Generator<RefreshStep, LookupResult, LookupDone> {
  return (yield step).result;
}
