// Signatures are verified where they are needed, until a turn has had its share; dear ones may leave the thread.
import type { VerifyJob } from '../dnssec/rrsig.ts';
import { isDear, verifySignature } from '../dnssec/verification-key.ts';
import type { Event } from './needs.ts';

/** Verifications done at once before others get their turn (dnssec.yield-every). */
const VERIFICATIONS_BEFORE_YIELD = 4;

export class Verifications {
  private readonly useThreadPool: boolean;
  private doneInTurn = 0;

  constructor(useThreadPool: boolean) {
    this.useThreadPool = useThreadPool;
  }

  beginTurn(): void {
    this.doneInTurn = 0;
  }

  isForPool({ key }: VerifyJob): boolean {
    return this.useThreadPool && isDear(key);
  }

  /** Whether others have their turn first. */
  mustWait(job: VerifyJob): boolean {
    return !this.isForPool(job) && this.doneInTurn >= VERIFICATIONS_BEFORE_YIELD;
  }

  /** Verifies without a need, which would pass through a dozen machines there and back; undefined when it takes one. */
  atOnce(job: VerifyJob): boolean | undefined {
    if (this.doneInTurn >= VERIFICATIONS_BEFORE_YIELD || this.isForPool(job)) return undefined;
    this.doneInTurn++;
    return verifySignature(job.key, job.signature, job.signed);
  }
}

export function verify(job: VerifyJob): Event {
  return { kind: 'verified', valid: verifySignature(job.key, job.signature, job.signed) };
}
