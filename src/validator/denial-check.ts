// Denial proofs against a zone's keys: what `dnssec/denial.ts` found structurally is verified here, and only that.
import type { MessageWork } from '../dnssec/budget.ts';
import type { DenialRecords } from '../dnssec/denial.ts';
import { allowedIterations } from '../dnssec/key-bits.ts';
import type { Nsec3Hasher } from '../dnssec/nsec3-hash.ts';
import { type RRsetVerification, summarise, type ZoneKeys } from '../dnssec/rrsig.ts';
import type { BogusReason, SignatureSummary } from '../dnssec/verdict.ts';
import type { RRset } from '../wire/record.ts';
import { type Validation, type ValidationContext, verifySet } from './needs.ts';

export function denialRecords(
  keys: ZoneKeys,
  rrsets: readonly RRset[],
  hasher: Nsec3Hasher,
  context: ValidationContext,
): DenialRecords {
  return {
    zone: keys.zone,
    rrsets,
    hasher,
    maxIterations: allowedIterations(context.variants?.keysizeIterations ?? [], keys) ?? context.nsec3MaxIterations,
    maxSalt: context.nsec3MaxSalt,
    maxNsec3s: context.work.limits.maxNsec3sPerDenial,
  };
}

export type UsedVerification =
  /** `maxTtl` is the least TTL of the sets, each capped by its signature; seconds. */
  | { readonly ok: true; readonly maxTtl: number }
  | {
      readonly ok: false;
      readonly reason: BogusReason;
      readonly expected: string;
      readonly found: string;
      readonly judged?: SignatureSummary | undefined;
    };

/** Verifies the sets that a proof relies on; each must be as signed, not expanded from a wildcard. */
export function* verifyUsed(
  used: readonly RRset[],
  keys: ZoneKeys,
  work: MessageWork,
  context: ValidationContext,
): Validation<UsedVerification> {
  let maxTtl = Number.MAX_SAFE_INTEGER;
  for (const rrset of used) {
    const result: RRsetVerification = yield* verifySet(rrset, keys, work, context);
    if (!result.ok) {
      const { reason, expected, found, signature } = result;
      return { ok: false, reason, expected, found, judged: signature && summarise(signature) };
    }
    if (result.wildcardLabels !== undefined) {
      return { ok: false, reason: 'denial-incomplete', expected: 'NSEC as signed', found: 'expanded from a wildcard' };
    }
    maxTtl = Math.min(maxTtl, rrset.ttl, result.maxTtl);
  }
  return { ok: true, maxTtl };
}
