// From a DS set or a trust anchor to the trusted keys of a zone (RFC 4035 5.2, SECURITY 4.4 steps 3 and 4).
import type { ZoneTrust } from '../cache/zone-trust-cache.ts';
import type { AlgorithmPolicy } from '../dnssec/algorithms.ts';
import { algorithmText, digestTypeText, isSupportedAlgorithm, isSupportedDigest } from '../dnssec/algorithms.ts';
import { MessageWork } from '../dnssec/budget.ts';
import { matchDS } from '../dnssec/ds-digest.ts';
import { keyTag } from '../dnssec/key-tag.ts';
import { type RRsetVerification, summarise, type ZoneKeys } from '../dnssec/rrsig.ts';
import { rsaLimits } from '../dnssec/rsa.ts';
import type {
  BogusReason,
  Chain,
  FailureDetail,
  InsecureReason,
  KeySummary,
  SignatureSummary,
} from '../dnssec/verdict.ts';
import { prepareKeys, unfitReason, type VerificationKey } from '../dnssec/verification-key.ts';
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { type DNSKEYData, type DSData, parseDNSKEY, parseDS, parseRRSIG } from '../wire/rdata-dnssec.ts';
import { type RRset, sameOctets } from '../wire/record.ts';
import {
  type Evidence,
  extendChain,
  type Validation,
  type ValidationContext,
  type ValidationEvent,
  verifySet,
} from './needs.ts';
import { digestsInShort, offeredKeys } from './offered-keys.ts';

const DIGEST_SHA1 = 1;

/** What the parent or the configuration says of a zone's keys. */
export interface SecureEntryPoints {
  readonly ds: readonly DSData[];
  /** DNSKEY RDATA given as trust anchors. */
  readonly dnskeys: readonly Uint8Array[];
}

/** The DS records of a set that can be used here (RFC 4035 5.2, RFC 4509 3), or why none can. */
export function usableDS(
  rdatas: readonly Uint8Array[],
  policy: AlgorithmPolicy,
  maxDS: number,
): { readonly usable: DSData[]; readonly reason: InsecureReason } {
  let reason: InsecureReason = 'unsupported-algorithm';
  const weak: DSData[] = [];
  const strong: DSData[] = [];
  for (const rdata of rdatas) {
    const ds = parseDS(rdata);
    if (ds === undefined || !isSupportedAlgorithm(ds.algorithm, policy)) continue;
    reason = 'unsupported-digest';
    if (!isSupportedDigest(ds.digestType, policy)) continue;
    if (ds.digestType === DIGEST_SHA1) weak.push(ds);
    else strong.push(ds);
  }
  const usable = strong.length > 0 ? strong : weak;
  return { usable: usable.length > maxDS ? usable.slice(0, maxDS) : usable, reason };
}

/** Why nothing of a trust anchor can be used here; undefined when something can. As for a DS set (RFC 4035 5.2). */
export function unusableAnchor(anchor: SecureEntryPoints, policy: AlgorithmPolicy): InsecureReason | undefined {
  const isOfAlgorithm = ({ algorithm }: { algorithm: number }): boolean => isSupportedAlgorithm(algorithm, policy);
  const dnskeys = anchor.dnskeys.map(parseDNSKEY).filter((dnskey) => dnskey !== undefined);
  if (dnskeys.some(isOfAlgorithm)) return undefined;
  const ds = anchor.ds.filter(isOfAlgorithm);
  if (ds.some(({ digestType }) => isSupportedDigest(digestType, policy))) return undefined;
  return ds.length === 0 ? 'unsupported-algorithm' : 'unsupported-digest';
}

/** How a DNSKEY set was judged; `server` could be wrong about it, so that others may be asked. */
type KeySetJudgement =
  | { readonly kind: 'trust'; readonly trust: ZoneTrust; readonly ttl: number; readonly rrset: RRset }
  | { readonly kind: 'insecure'; readonly reason: InsecureReason }
  | KeySetFailure;

interface KeySetFailure {
  readonly kind: 'failure';
  readonly reason: BogusReason;
  readonly expected: string;
  readonly found: string;
  readonly server: string;
  readonly detail?: FailureDetail | undefined;
  readonly judged?: SignatureSummary | undefined;
  readonly served?: readonly KeySummary[] | undefined;
  readonly ms?: number | undefined;
  readonly offered?: readonly Uint8Array[] | undefined;
}

/**
 * Fetches and judges the DNSKEY set of a zone whose entry points are known. Other servers are asked when the first
 * one's data do not validate (SECURITY 4.3). `ttl` is the life of what leads here.
 */
export function* trustZone(
  zone: DomainName,
  entryPoints: SecureEntryPoints,
  chain: Chain,
  ttl: number,
  context: ValidationContext,
): Validation<ZoneTrust> {
  const excluded = new Set<string>();
  let failure: KeySetFailure | undefined;
  for (let attempt = 0; attempt <= context.chainLimits.revalidations; attempt++) {
    const event = yield { kind: 'fetch', name: zone, type: RRType.DNSKEY, excluded };
    if (event.kind !== 'fetched') {
      failure ??= notFetched(event, 'dnskey-unreachable', 'the DNSKEY set');
      break;
    }
    const { evidence } = event;
    const judged: KeySetJudgement = yield* judgeKeySet(zone, evidence, entryPoints, chain, context);
    if (judged.kind === 'trust') {
      const life = Math.min(ttl, judged.ttl);
      yield { kind: 'learn-trust', trust: judged.trust, ttl: life };
      yield {
        kind: 'learn-rrset',
        rrset: judged.rrset,
        verdict: { status: 'secure', chain: judged.trust.chain },
        ttl: judged.ttl,
        server: evidence.server,
      };
      return judged.trust;
    }
    if (judged.kind === 'insecure') {
      const link = { kind: 'insecure-delegation', zone, reason: judged.reason } as const;
      const trust: ZoneTrust = { status: 'insecure', zone, reason: judged.reason, chain: extendChain(chain, link) };
      yield { kind: 'learn-trust', trust, ttl };
      return trust;
    }
    failure ??= judged;
    excluded.add(evidence.server);
  }
  if (!context.hardenStripped && chain.link.kind === 'anchor' && showsNoSignatures(failure?.reason)) {
    const link = { kind: 'insecure-delegation', zone, reason: 'anchor-stripped' } as const;
    const trust: ZoneTrust = { status: 'insecure', zone, reason: 'anchor-stripped', chain: extendChain(chain, link) };
    yield { kind: 'learn-trust', trust, ttl: context.bogusTtl };
    return trust;
  }
  return yield* bogusZone(zone, RRType.DNSKEY, failure, chain, context);
}

function showsNoSignatures(reason: BogusReason | undefined): boolean {
  return reason === 'dnskey-missing' || reason === 'dnskey-unreachable' || reason === 'rrsig-missing';
}

/** Why a set that the chain needs could not be had. */
export function notFetched(
  event: Exclude<ValidationEvent, { kind: 'fetched' }>,
  reason: BogusReason,
  expected: string,
): Omit<KeySetFailure, 'kind'> & { kind: 'failure' } {
  const text = event.kind === 'not-fetched' ? event.text : '';
  const limited = event.kind === 'not-fetched' && event.limited;
  return {
    kind: 'failure',
    reason: limited ? 'work-limit' : reason,
    expected,
    found: text,
    server: '',
    detail: 'not-fetched',
  };
}

/** Seconds for which a zone counts as bogus because its servers did not answer: like other failures (RFC 9520). */
const UNREACHABLE_TTL = 5;

/** Records that the chain broke at a zone, for as long as bogus verdicts are kept. */
export function* bogusZone(
  zone: DomainName,
  type: number,
  failure: Omit<KeySetFailure, 'kind'> | undefined,
  chain: Chain | undefined,
  context: ValidationContext,
): Validation<ZoneTrust> {
  const reason = failure?.reason ?? 'dnskey-unreachable';
  const link = {
    kind: 'failure',
    reason,
    zone,
    name: zone,
    type,
    expected: failure?.expected ?? '',
    found: failure?.found ?? '',
    server: failure?.server ?? '',
    detail: failure?.detail,
    judged: failure?.judged,
    served: failure?.served,
    ms: failure?.ms,
    offered: failure?.offered,
    forward: context.forwardZoneOf?.(zone, type),
    atSeconds: context.nowSeconds,
  } as const;
  const trust: ZoneTrust = { status: 'bogus', zone, reason, chain: extendChain(chain, link) };
  // A query that spent its budget elsewhere must not make this zone bogus for others.
  if (reason === 'work-limit') return trust;
  const unreachable = reason === 'dnskey-unreachable' || reason === 'ds-unreachable';
  yield { kind: 'learn-trust', trust, ttl: unreachable ? UNREACHABLE_TTL : context.bogusTtl };
  return trust;
}

function* judgeKeySet(
  zone: DomainName,
  evidence: Evidence,
  entryPoints: SecureEntryPoints,
  chain: Chain,
  context: ValidationContext,
): Validation<KeySetJudgement> {
  const fail = (
    reason: BogusReason,
    expected: string,
    found: string,
    more: Pick<KeySetFailure, 'detail' | 'judged' | 'served'> = {},
  ): KeySetFailure => ({
    kind: 'failure',
    reason,
    expected,
    found,
    server: evidence.server,
    ms: evidence.rttMs,
    offered: offeredKeys(evidence),
    ...more,
  });
  const step = evidence.steps[0];
  const rrset = step?.kind === 'rrsets' && step.name.equals(zone) ? step.rrsets[0] : undefined;
  if (rrset === undefined || rrset.type !== RRType.DNSKEY) {
    return fail('dnskey-missing', 'a DNSKEY set', evidence.conclusion);
  }
  if (rrset.rdatas.length > context.chainLimits.maxDnskeys) {
    return fail('work-limit', `at most ${context.chainLimits.maxDnskeys} DNSKEY records`, String(rrset.rdatas.length));
  }
  const dnskeys: DNSKEYData[] = [];
  const keyTags: number[] = [];
  for (const rdata of rrset.rdatas) {
    const dnskey = parseDNSKEY(rdata);
    if (dnskey === undefined) continue;
    dnskeys.push(dnskey);
    keyTags.push(keyTag(rdata));
  }
  const prepared = prepareKeys(rrset.rdatas, rsaLimits(context.policy));
  const matched = matchEntryPoints(zone, dnskeys, keyTags, prepared, entryPoints, context);
  if (matched.keys.length === 0) {
    if (matched.tooSmall) return { kind: 'insecure', reason: 'unsupported-algorithm' };
    const { detail } = matched;
    const served = summariseKeys(dnskeys, keyTags, rrset);
    let expected = describeEntryPoints(entryPoints);
    let found = describeKeys(dnskeys);
    if (matched.reason === 'dnskey-digest-mismatch') {
      const digests = digestsInShort(zone, entryPoints.ds, dnskeys);
      expected += `, ${digests.expected}`;
      found += `, ${digests.found}`;
    }
    return fail(matched.reason, expected, found, { detail, served });
  }

  const work = new MessageWork(context.work);
  const demanded = demandedAlgorithms(entryPoints, context);
  const result: RRsetVerification = yield* verifySet(
    rrset,
    { zone, keys: matched.keys, unusable: undefined, demanded },
    work,
    context,
  );
  if (!result.ok) {
    const reason = result.reason === 'rrsig-no-such-key' ? 'dnskey-not-signed-by-anchor' : result.reason;
    const judged = result.signature && summarise(result.signature);
    const expected = result.expected || `a signature by key ${describeKeyList(matched.keys)}`;
    return fail(reason, expected, result.found, { judged, served: summariseKeys(dnskeys, keyTags, rrset) });
  }

  const ttl = Math.min(rrset.ttl, result.maxTtl);
  const link = {
    kind: 'dnskey',
    zone,
    keyTags,
    matched: {
      keyTag: result.key.keyTag,
      algorithm: result.key.dnskey.algorithm,
      digestType: matched.digestTypes.get(result.key) ?? 0,
    },
    signature: summarise(result.signature),
    keys: summariseKeys(dnskeys, keyTags, rrset),
    server: evidence.server,
    ms: evidence.rttMs,
  } as const;
  const keys: ZoneKeys = { zone, keys: prepared.keys, unusable: prepared.unusable, demanded };
  const trust: ZoneTrust = { status: 'secure', zone, keys, chain: extendChain(chain, link) };
  return { kind: 'trust', trust, ttl, rrset };
}

/** The keys of a set, for whoever shows them. */
function summariseKeys(dnskeys: readonly DNSKEYData[], tags: readonly number[], rrset: RRset): KeySummary[] {
  const summaries: KeySummary[] = [];
  for (let index = 0; index < dnskeys.length; index++) {
    const dnskey = dnskeys[index];
    const tag = tags[index];
    if (dnskey === undefined || tag === undefined) break;
    const { algorithm, flags } = dnskey;
    let signs = false;
    for (const rdata of rrset.signatures) {
      const signature = parseRRSIG(rdata);
      if (signature?.keyTag === tag && signature.algorithm === algorithm) signs = true;
    }
    summaries.push({ keyTag: tag, algorithm, flags, signs });
  }
  return summaries;
}

/** The algorithms of what leads to a zone, where each of them has to hold; undefined where one is enough. */
function demandedAlgorithms({ ds, dnskeys }: SecureEntryPoints, context: ValidationContext): number[] | undefined {
  if (context.variants?.demandsAllAlgorithms !== true) return undefined;
  const anchors = dnskeys.map(parseDNSKEY).filter((dnskey) => dnskey !== undefined);
  const algorithms = new Set([...ds, ...anchors].map(({ algorithm }) => algorithm));
  return [...algorithms].filter((algorithm) => isSupportedAlgorithm(algorithm, context.policy));
}

interface MatchedKeys {
  readonly keys: readonly VerificationKey[];
  readonly digestTypes: ReadonlyMap<VerificationKey, number>;
  /** Why there is none: the most telling of what was seen. */
  readonly reason: BogusReason;
  readonly detail: FailureDetail | undefined;
  /** All entry points name RSA keys too short to be used: the zone counts as one of an unsupported algorithm. */
  readonly tooSmall: boolean;
}

const noMatchPriority: readonly BogusReason[] = [
  'dnskey-no-match',
  'dnskey-digest-mismatch',
  'dnskey-invalid',
  'dnskey-bad-protocol',
  'dnskey-revoked',
  'dnskey-no-zone-bit',
];

/** DNSKEYs that a usable DS or an anchor names (key tags are hints only, RFC 4034 appendix B). */
function matchEntryPoints(
  zone: DomainName,
  dnskeys: readonly DNSKEYData[],
  tags: readonly number[],
  prepared: ReturnType<typeof prepareKeys>,
  entryPoints: SecureEntryPoints,
  context: ValidationContext,
): MatchedKeys {
  const keys: VerificationKey[] = [];
  const digestTypes = new Map<VerificationKey, number>();
  let reason: BogusReason = 'dnskey-no-match';
  const small = new Set<string>();
  const note = (seen: BogusReason): void => {
    if (noMatchPriority.indexOf(seen) > noMatchPriority.indexOf(reason)) reason = seen;
  };
  const accept = (dnskey: DNSKEYData, digestType: number): void => {
    if (findKey(keys, dnskey) !== undefined) return;
    const unfit = unfitReason(dnskey);
    if (unfit !== undefined) {
      note(unfit);
      return;
    }
    const key = findKey(prepared.keys, dnskey);
    if (key === undefined) {
      const tag = keyTag(dnskey.rdata);
      const isSmall = prepared.unusable.some((entry) => entry.keyTag === tag && entry.tooSmall === true);
      if (isSmall) small.add(`${tag}/${dnskey.algorithm}`);
      note('dnskey-invalid');
      return;
    }
    keys.push(key);
    digestTypes.set(key, digestType);
  };

  for (const ds of entryPoints.ds) {
    let mismatches = 0;
    for (let index = 0; index < dnskeys.length; index++) {
      const dnskey = dnskeys[index];
      if (dnskey === undefined || dnskey.algorithm !== ds.algorithm || tags[index] !== ds.keyTag) continue;
      if (mismatches >= context.chainLimits.maxDigestMismatches) break;
      if (matchDS(ds, zone, dnskey.rdata) === 'match') {
        accept(dnskey, ds.digestType);
      } else {
        mismatches++;
        note('dnskey-digest-mismatch');
      }
    }
  }
  for (const anchor of entryPoints.dnskeys) {
    const dnskey = dnskeys.find(({ rdata }) => sameOctets(rdata, anchor));
    if (dnskey !== undefined && isSupportedAlgorithm(dnskey.algorithm, context.policy)) accept(dnskey, 0);
  }
  // What follows tells why none was found.
  if (keys.length > 0) return { keys, digestTypes, reason, detail: undefined, tooSmall: false };
  // The set is not verified yet, and a forger may have left out the key that another entry point names.
  const named = [
    ...entryPoints.ds.map((ds) => `${ds.keyTag}/${ds.algorithm}`),
    ...entryPoints.dnskeys.map((rdata) => `${keyTag(rdata)}/${rdata[3]}`),
  ];
  const entries = [
    ...entryPoints.ds,
    ...entryPoints.dnskeys.map((rdata) => ({ keyTag: keyTag(rdata), algorithm: rdata[3] ?? 0 })),
  ];
  const isOfOtherAlgorithm = entries.some(({ keyTag: tag, algorithm }) =>
    dnskeys.some((dnskey, index) => tags[index] === tag && dnskey.algorithm !== algorithm),
  );
  const detail = isOfOtherAlgorithm ? 'tag-of-other-algorithm' : undefined;
  return { keys, digestTypes, reason, detail, tooSmall: small.size > 0 && named.every((key) => small.has(key)) };
}

function findKey(keys: readonly VerificationKey[], { rdata }: DNSKEYData): VerificationKey | undefined {
  for (const key of keys) if (sameOctets(key.dnskey.rdata, rdata)) return key;
  return undefined;
}

function describeEntryPoints({ ds, dnskeys }: SecureEntryPoints): string {
  const parts = ds.map(
    (entry) => `DS ${entry.keyTag} ${algorithmText(entry.algorithm)} ${digestTypeText(entry.digestType)}`,
  );
  for (const rdata of dnskeys) parts.push(`DNSKEY ${keyTag(rdata)}`);
  return parts.join(', ');
}

function describeKeys(dnskeys: readonly DNSKEYData[]): string {
  if (dnskeys.length === 0) return 'no DNSKEY';
  return dnskeys.map((dnskey) => `DNSKEY ${keyTag(dnskey.rdata)} ${algorithmText(dnskey.algorithm)}`).join(', ');
}

function describeKeyList(keys: readonly VerificationKey[]): string {
  return keys.map((key) => key.keyTag).join(', ');
}
