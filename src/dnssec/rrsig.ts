// Verifies one RRset against the trusted keys of its zone (RFC 4035 5.3, RFC 6840 5). A generator: it yields each
// public-key operation as a job and gets the result back, so that the caller decides where the work is done.
//
// A signature is a candidate when all that needs no arithmetic is right: signer, labels, algorithm, key, times. What
// failed last for the best signature is the reason that the caller gets.

import { signedOctets } from '../wire/canonical.ts';
import { RRClass, RRType, typeText } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { parseRRSIG, type RRSIGData } from '../wire/rdata-dnssec.ts';
import type { RRset } from '../wire/record.ts';
import { type AlgorithmPolicy, algorithmText, isSupportedAlgorithm } from './algorithms.ts';
import type { MessageWork } from './budget.ts';
import type { BogusReason, SignatureSummary } from './verdict.ts';
import { isDear, type UnusableDNSKEY, type VerificationKey, verifySignature } from './verification-key.ts';

/** The trusted keys of a zone: its whole DNSKEY set, or for that set itself the keys that a DS or anchor names. */
export interface ZoneKeys {
  readonly zone: DomainName;
  readonly keys: readonly VerificationKey[];
  /**
   * DNSKEYs of the set that are no usable keys. A signature that names one counts as a failed verification
   * (CVE-2025-8677).
   */
  readonly unusable?: readonly UnusableDNSKEY[] | undefined;
  /**
   * Algorithms of each of which there must be a signature that verifies. Without them one of any kind is enough, as
   * RFC 6840 5.11 wants it.
   */
  readonly demanded?: readonly number[] | undefined;
}

/** Bounds of a tolerance that is a tenth of a signature's validity. Seconds. */
export interface SkewBounds {
  readonly min: number;
  readonly max: number;
}

export interface SignatureContext {
  readonly zoneKeys: ZoneKeys;
  /** Wall clock, Unix seconds. */
  readonly nowSeconds: number;
  /** Seconds that a signature may be used before its inception. */
  readonly inceptionSkew: number;
  /** Seconds that a signature may be used after its expiration. */
  readonly expirationSkew: number;
  /** Takes the place of both where it is given. */
  readonly skewBounds?: SkewBounds | undefined;
  readonly policy: AlgorithmPolicy;
  readonly work: MessageWork;
}

/** A public-key operation to be done; the generator expects its result. */
export interface VerifyJob {
  readonly kind: 'verify';
  readonly key: VerificationKey;
  readonly signature: Uint8Array;
  readonly signed: Uint8Array;
}

export type RRsetVerification =
  | {
      readonly ok: true;
      readonly signature: RRSIGData;
      readonly key: VerificationKey;
      /** Labels of the closest encloser when the owner was expanded from a wildcard: the caller owes a denial then. */
      readonly wildcardLabels: number | undefined;
      /** Seconds: the lesser of original TTL and time to expiration, to cap the TTL (RFC 4035 5.3.3). */
      readonly maxTtl: number;
    }
  | {
      readonly ok: false;
      readonly reason: BogusReason;
      readonly signature: RRSIGData | undefined;
      readonly expected: string;
      readonly found: string;
    };

type Failure = Extract<RRsetVerification, { ok: false }>;

/** A signature that passed, or how far it got. */
type Assessment =
  | { readonly usable: true; readonly candidate: Candidate }
  | { readonly usable: false; readonly stage: number; readonly failure: Failure };

interface Candidate {
  readonly signature: RRSIGData;
  readonly keys: readonly VerificationKey[];
  /** A DNSKEY of that tag which is no usable key. */
  readonly unusable: UnusableDNSKEY | undefined;
  readonly rank: number;
}

/** How far a signature got; a later stage gives the more telling reason. */
const Stage = { MALFORMED: 0, SIGNER: 1, LABELS: 2, ALGORITHM: 3, KEY: 4, UNFIT_KEY: 5, TIME: 6 } as const;

/**
 * Verifies an RRset; the first signature that verifies decides (RFC 6840 5.11: any one valid path is enough), unless the
 * zone's keys demand one of each algorithm.
 */
export function* verifyRRset(
  rrset: RRset,
  context: SignatureContext,
): Generator<VerifyJob, RRsetVerification, boolean> {
  const unsignable = unsignableFailure(rrset, context.zoneKeys.zone);
  if (unsignable !== undefined) return unsignable;

  const candidates: Candidate[] = [];
  const failures: { stage: number; failure: Failure }[] = [];
  const { signatures } = rrset;
  const considered = Math.min(signatures.length, context.work.limits.maxSignaturesPerRRset);
  for (let index = 0; index < considered; index++) {
    const rdata = signatures[index];
    if (rdata === undefined) break;
    const assessment = assess(rrset, rdata, context);
    if (assessment.usable) candidates.push(assessment.candidate);
    else failures.push(assessment);
  }
  if (candidates.length > 1) candidates.sort((left, right) => left.rank - right.rank);
  const { demanded } = context.zoneKeys;
  if (demanded !== undefined) return yield* tryEachAlgorithm(rrset, candidates, failures, demanded, context);
  if (candidates.length === 0) {
    return mostTelling(failures) ?? fail('rrsig-missing', undefined, `an RRSIG over ${typeText(rrset.type)}`, 'none');
  }
  return yield* tryCandidates(rrset, candidates, context);
}

function mostTelling(failures: readonly { stage: number; failure: Failure }[]): Failure | undefined {
  let best = failures[0];
  for (const failure of failures) if (best === undefined || failure.stage > best.stage) best = failure;
  return best?.failure;
}

/** One signature of each algorithm must verify; the shortest life counts, and an expansion that any of them shows. */
function* tryEachAlgorithm(
  rrset: RRset,
  candidates: readonly Candidate[],
  failures: readonly { stage: number; failure: Failure }[],
  algorithms: readonly number[],
  context: SignatureContext,
): Generator<VerifyJob, RRsetVerification, boolean> {
  let all: Extract<RRsetVerification, { ok: true }> | undefined;
  for (const algorithm of algorithms) {
    const own = candidates.filter(({ signature }) => signature.algorithm === algorithm);
    if (own.length === 0) {
      const seen = failures.filter(({ failure }) => failure.signature?.algorithm === algorithm);
      const expected = `an RRSIG of ${algorithmText(algorithm)} over ${typeText(rrset.type)}`;
      return mostTelling(seen) ?? fail('rrsig-missing', undefined, expected, 'none');
    }
    const result: RRsetVerification = yield* tryCandidates(rrset, own, context);
    if (!result.ok) return result;
    all =
      all === undefined
        ? result
        : {
            ...all,
            wildcardLabels: all.wildcardLabels ?? result.wildcardLabels,
            maxTtl: Math.min(all.maxTtl, result.maxTtl),
          };
  }
  return all ?? fail('rrsig-missing', undefined, `an RRSIG over ${typeText(rrset.type)}`, 'none');
}

/** What the signature says, for the chain of trust. */
export function summarise(signature: RRSIGData): SignatureSummary {
  const { signer, keyTag, algorithm, inception, expiration } = signature;
  return { signer, keyTag, algorithm, inception, expiration };
}

/** Runs a generator to its end, doing each job at once. */
export function runSync<T>(generator: Generator<VerifyJob, T, boolean>): T {
  let step = generator.next();
  while (step.done !== true) {
    const { key, signature, signed } = step.value;
    step = generator.next(verifySignature(key, signature, signed));
  }
  return step.value;
}

function* tryCandidates(
  rrset: RRset,
  candidates: readonly Candidate[],
  context: SignatureContext,
): Generator<VerifyJob, RRsetVerification, boolean> {
  const { work } = context;
  let failure: Failure | undefined;
  let verifications = 0;
  for (const { signature, keys, unusable } of candidates) {
    const signatureOffset = signature.rdata.length - signature.signature.length;
    const signed = signedOctets(rrset, signature.rdata, signatureOffset, signature.labels);
    for (const key of keys) {
      verifications++;
      if (verifications > work.limits.maxVerificationsPerRRset || !work.chargeVerification()) {
        return workLimit(signature);
      }
      const valid = yield { kind: 'verify', key, signature: signature.signature, signed };
      if (valid) return success(rrset, signature, key, context);
      work.noteFailedKey(key);
    }
    if (unusable !== undefined) {
      // CVE-2025-8677: a broken key of the right tag costs as much of the budget as one that fails.
      verifications++;
      if (verifications > work.limits.maxVerificationsPerRRset || !work.chargeVerification()) {
        return workLimit(signature);
      }
    }
    failure ??=
      unusable !== undefined && keys.length === 0
        ? fail('dnskey-invalid', signature, `a usable DNSKEY ${keyText(signature)}`, unusable.error)
        : fail('rrsig-invalid', signature, `a signature by DNSKEY ${keyText(signature)}`, 'one that does not verify');
    if (!work.chargeFailure()) return workLimit(signature);
  }
  return failure ?? fail('rrsig-invalid', undefined, 'a signature that verifies', 'none');
}

function success(
  rrset: RRset,
  signature: RRSIGData,
  key: VerificationKey,
  context: SignatureContext,
): RRsetVerification {
  const untilExpiration = serialDifference(signature.expiration, context.nowSeconds);
  return {
    ok: true,
    signature,
    key,
    wildcardLabels: signature.labels < rrset.name.rrsigLabelCount ? signature.labels : undefined,
    maxTtl: Math.max(0, Math.min(signature.originalTtl, untilExpiration)),
  };
}

/** Why no signature could ever verify this RRset in this zone; undefined when one could. */
function unsignableFailure(rrset: RRset, zone: DomainName): Failure | undefined {
  if (rrset.type === RRType.RRSIG || rrset.type === RRType.SIG) {
    // RFC 4035 2.2: an RRSIG is never signed.
    return fail('rrsig-missing', undefined, 'a type that is signed', typeText(rrset.type));
  }
  if (rrset.rdatas.length === 0) {
    return fail('rrsig-invalid', undefined, `records of type ${typeText(rrset.type)}`, 'signatures alone');
  }
  if (rrset.class !== RRClass.IN) return fail('rrsig-missing', undefined, 'class IN', `class ${rrset.class}`);
  if (!rrset.name.isSubdomainOf(zone)) {
    return fail('rrsig-wrong-signer', undefined, `a name in ${nameText(zone)}`, nameText(rrset.name));
  }
  // RFC 4035 2.4: the DS of a zone belongs to its parent, which alone can sign it.
  if (rrset.type === RRType.DS && rrset.name.equals(zone)) {
    return fail('rrsig-wrong-signer', undefined, `a DS signed by the parent of ${nameText(zone)}`, nameText(zone));
  }
  return undefined;
}

/** All checks of RFC 4035 5.3.1 that cost no arithmetic, in the order of how much a failure says. */
function assess(rrset: RRset, rdata: Uint8Array, context: SignatureContext): Assessment {
  const { zone } = context.zoneKeys;
  const signature = parseRRSIG(rdata);
  if (signature === undefined) {
    return drop(Stage.MALFORMED, 'rrsig-malformed', undefined, 'RRSIG RDATA', `${rdata.length} octets`);
  }
  if (signature.typeCovered !== rrset.type) {
    const expected = `type covered ${typeText(rrset.type)}`;
    return drop(Stage.MALFORMED, 'rrsig-missing', signature, expected, typeText(signature.typeCovered));
  }
  if (!signature.signer.equals(zone)) {
    return drop(Stage.SIGNER, 'rrsig-wrong-signer', signature, nameText(zone), nameText(signature.signer));
  }
  // RFC 4035 5.3.1; with fewer labels than the signer, a zone could sign for a wildcard above itself.
  const most = rrset.name.rrsigLabelCount;
  const least = zone.labelCount;
  if (signature.labels < least || signature.labels > most) {
    const expected = `${least} to ${most} labels`;
    return drop(Stage.LABELS, 'rrsig-wrong-labels', signature, expected, `${signature.labels}`);
  }
  if (!isSupportedAlgorithm(signature.algorithm, context.policy)) {
    const found = algorithmText(signature.algorithm);
    return drop(Stage.ALGORITHM, 'rrsig-unsupported-algorithm', signature, 'a supported algorithm', found);
  }
  const chosen = chooseKeys(signature, context);
  if ('failure' in chosen) return { usable: false, stage: chosen.stage, failure: chosen.failure };
  const timeFailure = checkTimes(signature, context);
  if (timeFailure !== undefined) return { usable: false, stage: Stage.TIME, failure: timeFailure };
  const { keys, unusable, rank } = chosen;
  return { usable: true, candidate: { signature, keys, unusable, rank } };
}

/** The keys that a signature may be by, at most two: tags are hints, and collide (RFC 6840 5.5). */
function chooseKeys(
  signature: RRSIGData,
  context: SignatureContext,
): Pick<Candidate, 'keys' | 'unusable' | 'rank'> | { readonly stage: number; readonly failure: Failure } {
  const { zoneKeys, work } = context;
  let unfit: VerificationKey['unfitReason'];
  const fit: VerificationKey[] = [];
  for (const key of zoneKeys.keys) {
    if (key.keyTag !== signature.keyTag || key.dnskey.algorithm !== signature.algorithm) continue;
    if (key.unfitReason === undefined) fit.push(key);
    else unfit ??= key.unfitReason;
  }
  const unusable = zoneKeys.unusable?.find(
    ({ keyTag, algorithm }) => keyTag === signature.keyTag && algorithm === signature.algorithm,
  );
  if (fit.length === 0 && unusable === undefined) {
    const expected = `DNSKEY ${keyText(signature)} in ${nameText(zoneKeys.zone)}`;
    return unfit === undefined
      ? { stage: Stage.KEY, failure: fail('rrsig-no-such-key', signature, expected, tagsText(zoneKeys.keys)) }
      : { stage: Stage.UNFIT_KEY, failure: fail(unfit, signature, expected, 'a DNSKEY that may not sign') };
  }
  if (fit.length === 0 && unusable?.tooSmall === true) {
    const failure = fail('rrsig-unsupported-algorithm', signature, 'a DNSKEY of sufficient size', unusable.error);
    return { stage: Stage.ALGORITHM, failure };
  }
  // A key that failed for this message comes last, within the tag and among the signatures.
  if (fit.length > 1) fit.sort((left, right) => Number(work.hasFailed(left)) - Number(work.hasFailed(right)));
  const first = fit[0];
  const rank = first === undefined ? 4 : (work.hasFailed(first) ? 2 : 0) + (isDear(first) ? 1 : 0);
  const most = work.limits.maxSameTagKeys;
  return { keys: fit.length > most ? fit.slice(0, most) : fit, unusable, rank };
}

/** RFC 4035 5.3.1 with the clock skew allowed, in serial-number arithmetic (RFC 4034 3.1.5). */
function checkTimes(signature: RRSIGData, context: SignatureContext): Failure | undefined {
  const { nowSeconds } = context;
  const { inception, expiration } = signature;
  const share = skewShare(signature, context.skewBounds);
  const inceptionSkew = share ?? context.inceptionSkew;
  const expirationSkew = share ?? context.expirationSkew;
  if (serialDifference(expiration, inception) < 0) {
    const expected = `an expiration after ${timeText(inception, nowSeconds)}`;
    return fail('rrsig-expired-before-valid', signature, expected, timeText(expiration, nowSeconds));
  }
  if (serialDifference(expiration, nowSeconds) + expirationSkew < 0) {
    const expected = `an expiration after ${timeText(nowSeconds, nowSeconds)}`;
    return fail('rrsig-expired', signature, expected, timeText(expiration, nowSeconds));
  }
  if (serialDifference(nowSeconds, inception) + inceptionSkew < 0) {
    const expected = `an inception before ${timeText(nowSeconds, nowSeconds)}`;
    return fail('rrsig-not-yet-valid', signature, expected, timeText(inception, nowSeconds));
  }
  return undefined;
}

function skewShare({ inception, expiration }: RRSIGData, bounds: SkewBounds | undefined): number | undefined {
  if (bounds === undefined) return undefined;
  const tenth = Math.floor(serialDifference(expiration, inception) / 10);
  return Math.min(Math.max(tenth, bounds.min), bounds.max);
}

/** `left - right` of 32-bit serial numbers, from -2^31 to 2^31 - 1 (RFC 1982 3.2). */
export function serialDifference(left: number, right: number): number {
  return (Math.floor(left) - Math.floor(right)) | 0;
}

/** A 32-bit time as the instant nearest to now. */
function timeText(time: number, nowSeconds: number): string {
  const seconds = Math.floor(nowSeconds) + serialDifference(time, nowSeconds);
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function keyText(signature: RRSIGData): string {
  return `${signature.keyTag}/${algorithmText(signature.algorithm)}`;
}

/** Tags named in a text; enough to tell a stale DNSKEY set by. */
const MAX_TAGS_IN_TEXT = 4;

function tagsText(keys: readonly VerificationKey[]): string {
  if (keys.length === 0) return 'no usable DNSKEY';
  const texts = keys.slice(0, MAX_TAGS_IN_TEXT).map((key) => `${key.keyTag}/${algorithmText(key.dnskey.algorithm)}`);
  return keys.length > MAX_TAGS_IN_TEXT ? `${texts.join(', ')}, ...` : texts.join(', ');
}

function fail(reason: BogusReason, signature: RRSIGData | undefined, expected: string, found: string): Failure {
  return { ok: false, reason, signature, expected, found };
}

function drop(
  stage: number,
  reason: BogusReason,
  signature: RRSIGData | undefined,
  expected: string,
  found: string,
): Assessment {
  return { usable: false, stage, failure: fail(reason, signature, expected, found) };
}

function workLimit(signature: RRSIGData): Failure {
  return fail('work-limit', signature, 'a signature that verifies within the limits', 'too many that do not');
}
