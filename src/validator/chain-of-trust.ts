// The walk from the closest trust anchor down to the zone that data claim to come from (RFC 4035 5, SECURITY 4.4, 4.6).
//
// At a secure zone, the next name on the way is tried for a cut: the DS question there is answered by
//   a DS set of the zone's own      the child is secure once its DNSKEY set verifies
//   a denial with the NS bit        the child is insecure, and all below
//   a denial without it             no cut here; the zone goes on
//   a set signed by a zone between  that zone is visited first
//   nothing that can be verified    label by label, in case an unsigned delegation hides between; else bogus
import type { ZoneTrust } from '../cache/zone-trust-cache.ts';
import { MessageWork } from '../dnssec/budget.ts';
import { proveNoDS, proveWildcardAnswer } from '../dnssec/denial.ts';
import { keyTag } from '../dnssec/key-tag.ts';
import { Nsec3Hasher } from '../dnssec/nsec3-hash.ts';
import { type RRsetVerification, summarise } from '../dnssec/rrsig.ts';
import type { BogusReason, Chain, FailureDetail, InsecureReason, SignatureSummary } from '../dnssec/verdict.ts';
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { parseDS } from '../wire/rdata-dnssec.ts';
import type { RRset } from '../wire/record.ts';
import { cachedStart } from './chain-start.ts';
import { denialRecords, verifyUsed } from './denial-check.ts';
import { type Evidence, extendChain, type Validation, type ValidationContext, verifySet } from './needs.ts';
import { claimedSigners, denialSigners, oneLabelBelow } from './signers.ts';
import { bogusZone, notFetched, trustZone, unusableAnchor, usableDS } from './zone-keys.ts';

/** Names looked at on one way down: as many as a name has labels, and some zones visited between. */
const MAX_STEPS = 160;
/** DS questions label by label (UB asks 20; the budget bounds the rest). */
const MAX_LABEL_STEPS = 40;

type SecureZone = Extract<ZoneTrust, { status: 'secure' }>;

export type Established = ZoneTrust | { readonly status: 'indeterminate' };

/**
 * How far the zone `target`, or the zone that encloses it, can be trusted. With `claimed`, data name `target` as their
 * signer, so that its DS is asked for at once; without, every label is looked at, since any could be a cut. `atHand` is
 * the response being judged: denials in it may answer DS questions.
 */
export function* establish(
  target: DomainName,
  claimed: boolean,
  context: ValidationContext,
  atHand?: Evidence,
): Validation<Established> {
  const anchor = context.anchors.closest(target);
  if (anchor === undefined) return { status: 'indeterminate' };
  if (anchor.kind === 'unsigned') {
    const chain = extendChain(undefined, { kind: 'insecure-delegation', zone: anchor.zone, reason: 'local' });
    return { status: 'insecure', zone: anchor.zone, reason: 'local', chain };
  }
  if (anchor.kind === 'negative') {
    const chain: Chain = extendChain(undefined, { kind: 'negative-anchor', zone: anchor.zone, reason: anchor.reason });
    return { status: 'insecure', zone: anchor.zone, reason: 'negative-trust-anchor', chain };
  }
  const start = cachedStart(target, claimed, anchor.zone, context);
  let current: ZoneTrust = start.trust ?? (yield* trustAnchorZone(anchor, context));
  let base = start.base?.isBelow(current.zone) ? start.base : current.zone;
  if (start.nonExistent) return current;

  let forced: DomainName | undefined;
  let stepwise = !claimed;
  let labelSteps = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    if (current.status !== 'secure' || current.zone.equals(target) || base.equals(target)) return current;
    const cut: DomainName | undefined = context.cutsBetween(base, target)[0];
    const next: DomainName = forced ?? (stepwise ? (cut ?? oneLabelBelow(base, target)) : (cut ?? target));
    forced = undefined;
    const single = next.labelCount === base.labelCount + 1;
    if (single && ++labelSteps > MAX_LABEL_STEPS) break;
    const found: CutJudgement = yield* judgeCut(current, base, next, single, context, atHand);
    switch (found.kind) {
      case 'trust':
        current = found.trust;
        base = current.zone;
        break;
      case 'no-cut':
        base = next;
        if (found.nonExistent) return current;
        break;
      case 'zone-between':
        forced = found.zone;
        break;
      case 'unverifiable':
        // The DS question was answered without signatures: an unsigned cut may lie between.
        if (!single) {
          forced = oneLabelBelow(base, target);
          stepwise = true;
          break;
        }
        return yield* bogusZone(next, RRType.DS, found, current.chain, context);
      default:
        found satisfies never;
    }
  }
  const failure = { reason: 'chain-too-long', expected: '', found: nameText(target), server: '' } as const;
  return yield* bogusZone(target, RRType.DS, failure, current.chain, context);
}

/** Learns of an unsigned cut between a secure zone and `target` from records at hand, without asking anybody. */
export function* establishFromHand(
  zone: SecureZone,
  target: DomainName,
  atHand: Evidence,
  context: ValidationContext,
): Validation<void> {
  for (let name = oneLabelBelow(zone.zone, target); ; name = oneLabelBelow(name, target)) {
    const judged = yield* judgeDenialOfDS(zone, zone.zone, name, { ...atHand, conclusion: 'nodata' }, context);
    if (judged.kind === 'trust' || name.equals(target)) return;
    if (judged.kind === 'no-cut' && judged.nonExistent) return;
  }
}

function* trustAnchorZone(
  anchor: Extract<NonNullable<ReturnType<ValidationContext['anchors']['closest']>>, { kind: 'anchor' }>,
  context: ValidationContext,
): Validation<ZoneTrust> {
  const keyTags = [...anchor.ds.map((ds) => ds.keyTag), ...anchor.dnskeys.map((rdata) => keyTag(rdata))];
  const chain = extendChain(undefined, { kind: 'anchor', zone: anchor.zone, keyTags });
  const unusable = unusableAnchor(anchor, context.policy);
  if (unusable !== undefined) {
    return (yield* insecureBelow(anchor.zone, unusable, chain, Number.MAX_SAFE_INTEGER)).trust;
  }
  return yield* trustZone(anchor.zone, anchor, chain, Number.MAX_SAFE_INTEGER, context);
}

type CutJudgement =
  | { readonly kind: 'trust'; readonly trust: ZoneTrust }
  | { readonly kind: 'no-cut'; readonly nonExistent: boolean }
  | { readonly kind: 'zone-between'; readonly zone: DomainName }
  | Unverifiable;

interface Unverifiable {
  readonly kind: 'unverifiable';
  readonly reason: BogusReason;
  readonly expected: string;
  readonly found: string;
  readonly server: string;
  readonly detail?: FailureDetail | undefined;
  readonly judged?: SignatureSummary | undefined;
}

/** As `Unverifiable`, but signed data were found wanting: nothing unsigned can explain it. */
interface Broken extends Omit<Unverifiable, 'kind'> {
  readonly kind: 'broken';
}

/** Whether there is a zone cut at `name` below the secure zone, and what it leads to. */
function* judgeCut(
  zone: SecureZone,
  base: DomainName,
  name: DomainName,
  single: boolean,
  context: ValidationContext,
  atHand: Evidence | undefined,
): Validation<CutJudgement> {
  const excluded = new Set<string>();
  const material = context.referralMaterial(name);
  let trouble: Unverifiable | Broken | undefined;
  if (atHand !== undefined && atHand.denial.length > 0) {
    // A server of parent and child may send the parent's denial of the DS along with the child's answer.
    const judged = yield* judgeDenialOfDS(zone, base, name, { ...atHand, conclusion: 'nodata' }, context);
    if (judged.kind === 'trust') return judged;
  }
  if (material !== undefined && material.rrsets.length > 0) {
    const judged = yield* judgeDS(zone, base, name, evidenceOfReferral(name, material), context);
    if (judged.kind !== 'broken' && judged.kind !== 'unverifiable') return judged;
  }
  for (let attempt = 0; attempt <= context.chainLimits.revalidations; attempt++) {
    const event = yield { kind: 'fetch', name, type: RRType.DS, excluded };
    if (event.kind !== 'fetched') {
      trouble ??= {
        ...notFetched(event, 'ds-unreachable', 'a DS set or the proof that there is none'),
        kind: 'broken',
      };
      break;
    }
    const { evidence } = event;
    const judged = yield* judgeDS(zone, base, name, evidence, context);
    if (judged.kind !== 'broken' && judged.kind !== 'unverifiable') return judged;
    trouble ??= judged;
    if (judged.kind === 'unverifiable' && !single) break;
    excluded.add(evidence.server);
  }
  if (trouble === undefined) return { kind: 'no-cut', nonExistent: false };
  if (trouble.kind === 'unverifiable' || (!single && trouble.reason === 'ds-unreachable')) {
    return { ...trouble, kind: 'unverifiable' };
  }
  return { kind: 'trust', trust: yield* bogusZone(name, RRType.DS, trouble, zone.chain, context) };
}

type ReferralMaterial = NonNullable<ReturnType<ValidationContext['referralMaterial']>>;

function evidenceOfReferral(name: DomainName, { rrsets, server, rttMs }: ReferralMaterial): Evidence {
  const ds = rrsets.find((rrset) => rrset.type === RRType.DS && rrset.name.equals(name));
  return {
    conclusion: ds === undefined ? 'nodata' : 'answer',
    steps: ds === undefined ? [] : [{ kind: 'rrsets', name, rrsets: [ds] }],
    zone: name.parent(),
    lastName: name,
    soa: undefined,
    denial: rrsets.filter(({ type }) => type !== RRType.DS),
    server,
    rttMs,
  };
}

function* judgeDS(
  zone: SecureZone,
  base: DomainName,
  name: DomainName,
  evidence: Evidence,
  context: ValidationContext,
): Validation<CutJudgement | Broken> {
  const step = evidence.steps[0];
  if (step === undefined) return yield* judgeDenialOfDS(zone, base, name, evidence, context);
  const rrset = step.kind === 'rrsets' ? step.rrsets[0] : step.rrset;
  if (rrset === undefined) return unverifiable('ds-unexpected', evidence, 'an empty answer');
  const signers = claimedSigners(rrset);
  if (!signers.some((signer) => signer.equals(zone.zone))) return otherSigner(signers, base, name, evidence);

  const work = new MessageWork(context.work);
  const result: RRsetVerification = yield* verifySet(rrset, zone.keys, work, context);
  if (!result.ok) {
    const judged = result.signature && summarise(result.signature);
    return { ...result, kind: 'broken', server: evidence.server, judged };
  }
  if (result.wildcardLabels !== undefined) {
    if (rrset.type !== RRType.CNAME) return broken('ds-unexpected', evidence, 'a set expanded from a wildcard');
    return yield* judgeWildcardAlias(zone, rrset, result.wildcardLabels, result.maxTtl, evidence, work, context);
  }
  const ttl = Math.min(rrset.ttl, result.maxTtl);
  if (rrset.type !== RRType.DS) return yield* noCut(zone, name, step.kind === 'dname', ttl);

  const keyTags: number[] = [];
  const records: { keyTag: number; algorithm: number; digestType: number }[] = [];
  for (const rdata of rrset.rdatas) {
    const ds = parseDS(rdata);
    if (ds === undefined) continue;
    keyTags.push(ds.keyTag);
    records.push({ keyTag: ds.keyTag, algorithm: ds.algorithm, digestType: ds.digestType });
  }
  const link = {
    kind: 'ds',
    zone: name,
    keyTags,
    signature: summarise(result.signature),
    records,
    server: evidence.server,
    ms: evidence.rttMs,
  } as const;
  const chain = extendChain(zone.chain, link);
  yield { kind: 'learn-rrset', rrset, verdict: { status: 'secure', chain }, ttl, server: evidence.server };
  const life = Math.min(ttl, context.trustTtl(zone.zone));
  const { usable, reason } = usableDS(rrset.rdatas, context.policy, context.chainLimits.maxDS);
  if (usable.length === 0) return yield* insecureBelow(name, reason, chain, life);
  return { kind: 'trust', trust: yield* trustZone(name, { ds: usable, dnskeys: [] }, chain, life, context) };
}

/**
 * An alias expanded from a wildcard is where nothing else is, if that is proved: anybody can repeat the alias at a name
 * that is a cut.
 */
function* judgeWildcardAlias(
  zone: SecureZone,
  rrset: RRset,
  wildcardLabels: number,
  maxTtl: number,
  evidence: Evidence,
  work: MessageWork,
  context: ValidationContext,
): Validation<CutJudgement | Broken> {
  const records = denialRecords(zone.keys, evidence.denial, new Nsec3Hasher(work), context);
  const denial = proveWildcardAnswer(rrset.name, wildcardLabels, records);
  if (denial.kind === 'unproven') return broken(denial.reason, evidence, denial.detail, denial.gap);
  const used = yield* verifyUsed(denial.used, zone.keys, work, context);
  if (!used.ok) return { ...used, kind: 'broken', server: evidence.server };
  const ttl = Math.min(rrset.ttl, maxTtl, used.maxTtl);
  if (denial.kind === 'insecure') return yield* insecureBelow(rrset.name, denial.reason, zone.chain, ttl);
  if (denial.optOut) return yield* insecureBelow(rrset.name, 'opt-out', zone.chain, ttl);
  return yield* noCut(zone, rrset.name, true, ttl);
}

function* judgeDenialOfDS(
  zone: SecureZone,
  base: DomainName,
  name: DomainName,
  evidence: Evidence,
  context: ValidationContext,
): Validation<CutJudgement | Broken> {
  const signers = denialSigners(evidence.denial, undefined, name, RRType.DS);
  if (!signers.some((signer) => signer.equals(zone.zone))) return otherSigner(signers, base, name, evidence);
  const work = new MessageWork(context.work);
  const hasher = new Nsec3Hasher(work);
  const denial = proveNoDS(name, denialRecords(zone.keys, evidence.denial, hasher, context));
  if (denial.kind === 'unproven') return broken(denial.reason, evidence, denial.detail, denial.gap);
  const used = yield* verifyUsed(denial.used, zone.keys, work, context);
  if (!used.ok) return { ...used, kind: 'broken', server: evidence.server };
  const ttl = used.maxTtl;
  if (denial.kind === 'insecure') return yield* insecureBelow(name, denial.reason, zone.chain, ttl);
  if (denial.proof === 'no-ds') {
    return yield* insecureBelow(name, denial.optOut ? 'opt-out' : 'no-ds', zone.chain, ttl);
  }
  // The RCODE is not signed: only a proof from a closest encloser says that neither the name nor any below it exists.
  return yield* noCut(zone, name, denial.closestEncloser !== undefined, ttl);
}

/** The data name another signer: a zone between is visited first; anything else cannot be used here. */
function otherSigner(
  signers: readonly DomainName[],
  base: DomainName,
  name: DomainName,
  evidence: Evidence,
): CutJudgement | Broken {
  const between = signers.filter((signer) => signer.isBelow(base) && name.isBelow(signer)).at(-1);
  if (between !== undefined) return { kind: 'zone-between', zone: between };
  if (signers.length === 0) {
    const reason = evidence.steps.length > 0 ? 'rrsig-missing' : 'denial-missing';
    return unverifiable(reason, evidence, 'no signature');
  }
  return broken('rrsig-wrong-signer', evidence, `signed by ${signers.map((signer) => nameText(signer)).join(', ')}`);
}

function unverifiable(reason: BogusReason, evidence: Evidence, found: string): Unverifiable {
  return {
    kind: 'unverifiable',
    reason,
    expected: 'a signed DS set or a signed denial',
    found,
    server: evidence.server,
  };
}

function broken(reason: BogusReason, evidence: Evidence, found: string, detail?: FailureDetail): Broken {
  const expected = 'a signed DS set or a signed denial';
  return { kind: 'broken', reason, expected, found, server: evidence.server, detail };
}

function* noCut(
  zone: SecureZone,
  name: DomainName,
  nonExistent: boolean,
  ttl: number,
): Validation<{ kind: 'no-cut'; nonExistent: boolean }> {
  yield { kind: 'learn-trust', trust: { status: 'no-cut', zone: name, enclosing: zone.zone, nonExistent }, ttl };
  return { kind: 'no-cut', nonExistent };
}

function* insecureBelow(
  name: DomainName,
  reason: InsecureReason,
  chain: Chain,
  ttl: number,
): Validation<{ kind: 'trust'; trust: ZoneTrust }> {
  const link = { kind: 'insecure-delegation', zone: name, reason } as const;
  const trust: ZoneTrust = { status: 'insecure', zone: name, reason, chain: extendChain(chain, link) };
  yield { kind: 'learn-trust', trust, ttl };
  return { kind: 'trust', trust };
}
