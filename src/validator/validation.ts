// What a response owes, and whether it is paid (RFC 4035 5, SECURITY 4.5): a verdict for every part of it.
import { MessageWork } from '../dnssec/budget.ts';
import { type Denial, proveNameError, proveNoData, proveWildcardAnswer } from '../dnssec/denial.ts';
import { Nsec3Hasher } from '../dnssec/nsec3-hash.ts';
import { type RRsetVerification, summarise, type ZoneKeys } from '../dnssec/rrsig.ts';
import type { BogusReason, Chain, FailureDetail, SignatureSummary, Verdict } from '../dnssec/verdict.ts';
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { parseRRSIG } from '../wire/rdata-dnssec.ts';
import type { RRset } from '../wire/record.ts';
import { type Established, establish, establishFromHand } from './chain-of-trust.ts';
import { denialRecords, verifyUsed } from './denial-check.ts';
import { type Evidence, extendChain, type Validation, type ValidationContext, verifySet } from './needs.ts';
import { claimedSigners, denialSigners } from './signers.ts';

/** An RRset of an answer, judged. */
export interface JudgedRRset {
  readonly rrset: RRset;
  readonly verdict: Verdict;
  /** Seconds by which the TTL is capped (RFC 4035 5.3.3). */
  readonly maxTtl: number;
  /** Denial sets that the wildcard expansion needed, or may need where they were not verified. */
  readonly proof: readonly RRset[];
  /** The wildcard that it was proved to be expanded from. */
  readonly wildcard: DomainName | undefined;
}

/** A negative conclusion, judged. */
export interface JudgedDenial {
  readonly kind: 'nodata' | 'nxdomain';
  readonly verdict: Verdict;
  readonly maxTtl: number;
  /** SOA as far as it may be passed on. */
  readonly soa: RRset | undefined;
  readonly proof: readonly RRset[];
  /** Nothing exists below the name either (RFC 8020): a secure name error without opt-out. */
  readonly cutBelow: boolean;
  /** Proved by one NSEC at the name that says that it does not exist (RFC 9824). */
  readonly compact: boolean;
}

/** A response with a verdict for each part; parts after a bogus one are not judged and left out. */
export interface JudgedResponse {
  readonly steps: readonly (readonly JudgedRRset[])[];
  readonly denial: JudgedDenial | undefined;
}

const NO_CAP = Number.MAX_SAFE_INTEGER;

/** Judges every step of a response and its conclusion, in order, until something is bogus. */
export function* judgeResponse(
  evidence: Evidence,
  type: number,
  context: ValidationContext,
): Validation<JudgedResponse> {
  const work = new MessageWork(context.work);
  const hasher = new Nsec3Hasher(work);
  const steps: JudgedRRset[][] = [];
  for (const step of evidence.steps) {
    const judgedStep: JudgedRRset[] = [];
    steps.push(judgedStep);
    for (const rrset of step.kind === 'rrsets' ? step.rrsets : [step.rrset]) {
      const judged: JudgedRRset = yield* judgeRRset(rrset, step.name, evidence, work, hasher, context);
      judgedStep.push(judged);
      if (judged.verdict.status === 'bogus') return { steps, denial: undefined };
    }
  }
  const { conclusion } = evidence;
  if (conclusion === 'unfinished') yield* learnUnsignedTarget(evidence, context);
  if (conclusion !== 'nodata' && conclusion !== 'nxdomain') return { steps, denial: undefined };
  return { steps, denial: yield* judgeDenial(conclusion, evidence, type, work, hasher, context) };
}

/**
 * An alias may lead into an unsigned zone below the one that answered, and the reply bring the proof of that as a
 * referral would: it saves the DS question for the target, and some servers answer no other way.
 */
function* learnUnsignedTarget(evidence: Evidence, context: ValidationContext): Validation<void> {
  const target = evidence.lastName;
  if (evidence.denial.length === 0 || !target.isBelow(evidence.zone)) return;
  for (let name = target.parent(); ; name = name.parent()) {
    const zone = context.trustOf(name);
    if (zone !== undefined && zone.status !== 'no-cut') {
      if (zone.status === 'secure') yield* establishFromHand(zone, target, evidence, context);
      return;
    }
    if (name.isRoot) return;
  }
}

/** A verdict for one RRset of an answer about `qname` (the owner, or for a DNAME a name below it). */
function* judgeRRset(
  rrset: RRset,
  qname: DomainName,
  evidence: Evidence,
  work: MessageWork,
  hasher: Nsec3Hasher,
  context: ValidationContext,
): Validation<JudgedRRset> {
  // Not proved for us, the denial may be what another validator behind us needs.
  const proofAtHand = looksExpanded(rrset) ? evidence.denial : [];
  const plain = (verdict: Verdict): JudgedRRset => ({
    rrset,
    verdict,
    maxTtl: NO_CAP,
    proof: proofAtHand,
    wildcard: undefined,
  });
  if (rrset.type === RRType.RRSIG || rrset.type === RRType.SIG) {
    return plain({ status: 'insecure', reason: 'unsigned-type', chain: undefined });
  }
  const owner = rrset.name;
  const home = rrset.type === RRType.DS && !owner.isRoot ? owner.parent() : owner;
  const { trust, signer } = yield* trustFor(home, claimedSigners(rrset), evidence, context);
  const fail = (
    reason: BogusReason,
    chain: Chain | undefined,
    zone: DomainName,
    expected: string,
    found: string,
    more?: FailureFacts,
  ) => plain(bogus(reason, chain, zone, owner, rrset.type, expected, found, evidence, context, more));
  if (trust.status !== 'secure') return plain(verdictOf(trust));
  if (signer === undefined || !trust.zone.equals(signer)) {
    const expected = `an RRSIG by ${nameText(trust.zone)}`;
    if (signer === undefined) return fail('rrsig-missing', trust.chain, trust.zone, expected, 'none');
    return fail('rrsig-wrong-signer', trust.chain, trust.zone, expected, `one by ${nameText(signer)}`);
  }
  const result: RRsetVerification = yield* verifySet(rrset, trust.keys, work, context);
  if (!result.ok) {
    const judged = result.signature && summarise(result.signature);
    return fail(result.reason, trust.chain, trust.zone, result.expected, result.found, { judged });
  }

  let proof: readonly RRset[] = [];
  let wildcard: DomainName | undefined;
  let maxTtl = result.maxTtl;
  let optOut = false;
  if (result.wildcardLabels !== undefined) {
    // RFC 6672 5.3.1, RFC 4592 4.4: a DNAME expanded from a wildcard is not used.
    if (rrset.type === RRType.DNAME) {
      return fail('dname-invalid', trust.chain, trust.zone, 'a DNAME at its own name', 'one expanded from a wildcard');
    }
    wildcard = qname.ancestorWithLabels(result.wildcardLabels).wildcardChild();
    const denial = proveWildcardAnswer(
      owner,
      result.wildcardLabels,
      denialRecords(trust.keys, evidence.denial, hasher, context),
    );
    if (denial.kind === 'unproven') {
      const expected = `proof that ${nameText(owner)} does not exist`;
      return fail(denial.reason, trust.chain, trust.zone, expected, denial.detail, { detail: denial.gap });
    }
    const used = yield* verifyUsed(denial.used, trust.keys, work, context);
    if (!used.ok) return fail(used.reason, trust.chain, trust.zone, used.expected, used.found, used);
    if (denial.kind === 'insecure') {
      return plain({ status: 'insecure', reason: denial.reason, chain: trust.chain });
    }
    proof = denial.used;
    optOut = denial.optOut;
    maxTtl = Math.min(maxTtl, used.maxTtl);
  }
  const link = {
    kind: 'rrset',
    name: owner,
    type: rrset.type,
    signature: summarise(result.signature),
    wildcard,
    server: evidence.server,
    ms: evidence.rttMs,
  } as const;
  const chain = extendChain(trust.chain, link);
  // RFC 5155 9.2 speaks of what an opt-out span covers: an unsigned delegation could be where the wildcard answered.
  const verdict: Verdict = optOut ? { status: 'insecure', reason: 'opt-out', chain } : { status: 'secure', chain };
  return { rrset, verdict, maxTtl, proof, wildcard };
}

/** Whether a signature counts fewer labels than the owner has: the set came from a wildcard (RFC 4035 5.3.4). */
function looksExpanded(rrset: RRset): boolean {
  for (const rdata of rrset.signatures) {
    const signature = parseRRSIG(rdata);
    if (signature !== undefined && signature.labels < rrset.name.rrsigLabelCount) return true;
  }
  return false;
}

/**
 * The trust that decides for data at `home`, and the signer that they claim. A claimed signer above the closest anchor
 * counts only when it is itself secure: otherwise anybody could talk an anchor away.
 */
function* trustFor(
  home: DomainName,
  claimed: readonly DomainName[],
  evidence: Evidence,
  context: ValidationContext,
): Validation<{ trust: Established; signer: DomainName | undefined }> {
  const anchor = context.anchors.closest(home);
  if (anchor?.kind !== 'anchor') {
    return { trust: yield* establish(home, false, context), signer: undefined };
  }
  const within = claimed.find((signer) => signer.isSubdomainOf(anchor.zone));
  if (within !== undefined) return { trust: yield* establish(within, true, context, evidence), signer: within };
  const above = claimed[0];
  if (above !== undefined) {
    const trust: Established = yield* establish(above, true, context, evidence);
    if (trust.status === 'secure') return { trust, signer: above };
  }
  return { trust: yield* trustOfUnsigned(home, anchor.zone, evidence, context), signer: undefined };
}

/** The trust for data without signature: secure when no unsigned zone was found that could explain it. */
function* trustOfUnsigned(
  home: DomainName,
  anchorZone: DomainName,
  evidence: Evidence,
  context: ValidationContext,
): Validation<Established> {
  if (context.thorough) return yield* establish(home, false, context, evidence);
  // The zone asked says where the data may be unsigned, but never lifts them above the anchor that is to hold them.
  const known = home.isSubdomainOf(evidence.zone) && evidence.zone.isSubdomainOf(anchorZone);
  const asked = known ? evidence.zone : anchorZone;
  const trust: Established = yield* establish(asked, true, context, evidence);
  if (trust.status !== 'secure') return trust;
  for (let name = home; name.isBelow(trust.zone); name = name.parent()) {
    const below = context.trustOf(name);
    if (below?.status === 'insecure' || below?.status === 'bogus') return below;
  }
  return trust;
}

function* judgeDenial(
  conclusion: 'nodata' | 'nxdomain',
  evidence: Evidence,
  type: number,
  work: MessageWork,
  hasher: Nsec3Hasher,
  context: ValidationContext,
): Validation<JudgedDenial> {
  const name = evidence.lastName;
  const { soa } = evidence;
  const plain = (verdict: Verdict): JudgedDenial => ({
    kind: conclusion,
    verdict,
    maxTtl: NO_CAP,
    soa,
    proof: evidence.denial,
    cutBelow: false,
    compact: false,
  });
  const home = type === RRType.DS && !name.isRoot ? name.parent() : name;
  const claimed = denialSigners(evidence.denial, soa, name, type);
  const { trust, signer } = yield* trustFor(home, claimed, evidence, context);
  if (trust.status !== 'secure') return plain(verdictOf(trust));

  const fail = (reason: BogusReason, expected: string, found: string, more?: FailureFacts): JudgedDenial =>
    plain(bogus(reason, trust.chain, trust.zone, name, type, expected, found, evidence, context, more));
  const expected = `a signed denial by ${nameText(trust.zone)}`;
  if (evidence.denial.length === 0)
    return fail('denial-missing', expected, soa === undefined ? 'an empty answer' : 'SOA only');
  if (signer === undefined || !trust.zone.equals(signer)) {
    const reason = signer === undefined ? 'denial-missing' : 'rrsig-wrong-signer';
    return fail(reason, expected, 'no signature by that zone', { detail: 'no-signature-of-zone' });
  }
  const found = prove(conclusion, name, type, trust.keys, evidence, hasher, context);
  if (found.denial.kind === 'unproven') {
    // The records may be the parent's, about the unsigned zone that the name lies in.
    const below: Established = yield* establish(home, false, context, evidence);
    if (below.status === 'insecure') return plain(verdictOf(below));
    return fail(found.denial.reason, expected, found.denial.detail, { detail: found.denial.gap });
  }
  const used = yield* verifyUsed(found.denial.used, trust.keys, work, context);
  if (!used.ok) return fail(used.reason, used.expected, used.found, used);
  if (found.denial.kind === 'insecure') {
    return plain({ status: 'insecure', reason: found.denial.reason, chain: trust.chain });
  }

  let maxTtl = used.maxTtl;
  if (soa !== undefined) {
    const signed = yield* verifyUsed([soa], trust.keys, work, context);
    if (!signed.ok) return fail(signed.reason, signed.expected, signed.found, signed);
    maxTtl = Math.min(maxTtl, signed.maxTtl);
  }
  const { proof, optOut } = found.denial;
  const { server, rttMs: ms } = evidence;
  const chain = extendChain(trust.chain, { kind: 'denial', name, type, proof, optOut, server, ms });
  return {
    kind: found.kind,
    verdict: optOut ? { status: 'insecure', reason: 'opt-out', chain } : { status: 'secure', chain },
    maxTtl,
    soa,
    proof: found.denial.used,
    cutBelow: found.kind === 'nxdomain' && !optOut,
    compact: proof === 'compact-name-error' || proof === 'compact-no-data',
  };
}

/** The RCODE is not signed: the proof decides (SECURITY 4.5). NXDOMAIN over a complete NODATA proof is NODATA. */
function prove(
  conclusion: 'nodata' | 'nxdomain',
  name: DomainName,
  type: number,
  keys: ZoneKeys,
  evidence: Evidence,
  hasher: Nsec3Hasher,
  context: ValidationContext,
): { kind: 'nodata' | 'nxdomain'; denial: Denial } {
  const records = denialRecords(keys, evidence.denial, hasher, context);
  if (conclusion === 'nodata') return { kind: 'nodata', denial: proveNoData(name, type, records) };
  const nameError = proveNameError(name, records);
  // RFC 9824 3.1: towards us such a name has no data; whoever cannot see its NSEC is told that it does not exist.
  if (nameError.kind === 'proven' && nameError.proof === 'compact-name-error') {
    return { kind: 'nodata', denial: nameError };
  }
  if (nameError.kind !== 'unproven') return { kind: 'nxdomain', denial: nameError };
  const noData = proveNoData(name, type, records);
  // An opt-out span proves neither that the name exists nor that it does not.
  return noData.kind === 'proven' && !noData.optOut
    ? { kind: 'nodata', denial: noData }
    : { kind: 'nxdomain', denial: nameError };
}

function verdictOf(trust: Exclude<Established, { status: 'secure' }>): Verdict {
  switch (trust.status) {
    case 'indeterminate':
      return { status: 'indeterminate' };
    case 'insecure':
      return { status: 'insecure', reason: trust.reason, chain: trust.chain };
    case 'bogus':
      return { status: 'bogus', reason: trust.reason, chain: trust.chain };
    default:
      return trust satisfies never;
  }
}

/** What a failed check has seen, for those who explain it. */
interface FailureFacts {
  readonly detail?: FailureDetail | undefined;
  readonly judged?: SignatureSummary | undefined;
}

function bogus(
  reason: BogusReason,
  previous: Chain | undefined,
  zone: DomainName,
  name: DomainName,
  type: number,
  expected: string,
  found: string,
  { server, rttMs: ms }: Evidence,
  context: ValidationContext,
  { detail, judged }: FailureFacts = {},
): Verdict {
  const link = {
    kind: 'failure',
    reason,
    zone,
    name,
    type,
    expected,
    found,
    server,
    ms,
    detail,
    judged,
    forward: context.forwardZoneOf?.(name, type),
    atSeconds: context.nowSeconds,
  } as const;
  return { status: 'bogus', reason, chain: extendChain(previous, link) };
}
