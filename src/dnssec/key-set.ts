// What a zone's DNSKEY set shows of itself: its keys, which of them sign it, and until when. Says nothing about trust:
// that comes from a DS or an anchor (RFC 4035 5.2), or from a person who compares.
import type { DomainName } from '../wire/name.ts';
import { type DNSKEYData, DnskeyFlag, type DSData, parseDNSKEY } from '../wire/rdata-dnssec.ts';
import { type RRset, sameOctets } from '../wire/record.ts';
import { type AlgorithmPolicy, DEFAULT_ALGORITHM_POLICY, isSupportedAlgorithm } from './algorithms.ts';
import { MessageWork, QueryWork } from './budget.ts';
import { digestOf, matchDS } from './ds-digest.ts';
import { keyBits } from './key-bits.ts';
import { keyTag } from './key-tag.ts';
import { runSync, serialDifference, verifyRRset } from './rrsig.ts';
import { rsaLimits } from './rsa.ts';
import { MAX_DNSKEYS, prepareKey, VerificationKey } from './verification-key.ts';

/** One key of a set. */
export interface InspectedKey {
  readonly dnskey: DNSKEYData;
  readonly keyTag: number;
  /** Size in bits; undefined for an algorithm that is not known here, or a key without its shape. */
  readonly bits: number | undefined;
  /** Secure Entry Point (RFC 4034 2.1.1): meant to be named by a DS or an anchor. */
  readonly isSep: boolean;
  readonly isZoneKey: boolean;
  /** RFC 5011 2.1. */
  readonly isRevoked: boolean;
  readonly isSupported: boolean;
  /** A signature of this key over the set verifies and holds now. */
  readonly signsSet: boolean;
  /** Unix seconds at which that signature ends; absent when there is none. */
  readonly expiresAt?: number;
  /** Why no signature of this key over the set counts; absent when one does or none was given. */
  readonly problem?: string;
}

export interface InspectedKeySet {
  readonly zone: DomainName;
  /** In the order of the set, at most `MAX_DNSKEYS`. */
  readonly keys: readonly InspectedKey[];
  readonly signatures: number;
  /** Unix seconds: the earliest end of a signature that verifies; undefined when none does. */
  readonly expiresAt: number | undefined;
}

/** Looks at a DNSKEY set and its signatures. Bounded work whatever a server put into the set. */
export function inspectKeySet(
  rrset: RRset,
  nowSeconds: number,
  policy: AlgorithmPolicy = DEFAULT_ALGORITHM_POLICY,
): InspectedKeySet {
  const zone = rrset.name;
  const budget = new QueryWork();
  const keys: InspectedKey[] = [];
  for (const rdata of rrset.rdatas.slice(0, MAX_DNSKEYS)) {
    const dnskey = parseDNSKEY(rdata);
    if (dnskey !== undefined) keys.push(inspectKey(dnskey, rrset, nowSeconds, policy, budget));
  }
  const ends = keys.flatMap(({ expiresAt }) => (expiresAt === undefined ? [] : [expiresAt]));
  return {
    zone,
    keys,
    signatures: rrset.signatures.length,
    expiresAt: ends.length === 0 ? undefined : Math.min(...ends),
  };
}

function inspectKey(
  dnskey: DNSKEYData,
  rrset: RRset,
  nowSeconds: number,
  policy: AlgorithmPolicy,
  budget: QueryWork,
): InspectedKey {
  const { flags, algorithm } = dnskey;
  const facts = {
    dnskey,
    keyTag: keyTag(dnskey.rdata),
    bits: keyBits(dnskey),
    isSep: (flags & DnskeyFlag.SEP) !== 0,
    isZoneKey: (flags & DnskeyFlag.ZONE) !== 0,
    isRevoked: (flags & DnskeyFlag.REVOKE) !== 0,
    isSupported: isSupportedAlgorithm(algorithm, policy),
  };
  const key = prepareKey(dnskey, rsaLimits(policy));
  if (!(key instanceof VerificationKey)) return { ...facts, signsSet: false, problem: key.error };
  const result = runSync(
    verifyRRset(rrset, {
      zoneKeys: { zone: rrset.name, keys: [key] },
      nowSeconds,
      inceptionSkew: 0,
      expirationSkew: 0,
      policy,
      work: new MessageWork(budget),
    }),
  );
  if (result.ok) return { ...facts, signsSet: true, expiresAt: secondsNear(result.signature.expiration, nowSeconds) };
  // A key that no signature names, as zone-signing and standby keys, has no problem.
  const isNamed = result.signature?.keyTag === facts.keyTag && result.signature.algorithm === algorithm;
  return { ...facts, signsSet: false, ...(isNamed ? { problem: problemText(result) } : {}) };
}

function problemText({ reason, expected, found }: { reason: string; expected: string; found: string }): string {
  if (reason === 'rrsig-expired') return 'its signature has expired';
  if (reason === 'rrsig-not-yet-valid') return 'its signature is not valid yet';
  return expected === '' ? reason : `expected ${expected}, found ${found}`;
}

/** A 32-bit time of a signature as Unix seconds: the instant nearest to now (RFC 4034 3.1.5). */
function secondsNear(serial: number, nowSeconds: number): number {
  return Math.floor(nowSeconds) + serialDifference(serial, nowSeconds);
}

/** Keys that an anchor may name: entry points in force that sign the set now. Standby keys are none yet. */
export function entryPointKeys(set: InspectedKeySet): InspectedKey[] {
  return set.keys.filter(
    ({ isSep, isZoneKey, isRevoked, isSupported, signsSet }) =>
      isSep && isZoneKey && !isRevoked && isSupported && signsSet,
  );
}

/** The DS of a key (RFC 4034 5.1); undefined for a digest type that is not supported. */
export function dsOfKey(zone: DomainName, key: InspectedKey, digestType: number): DSData | undefined {
  const digest = digestOf(digestType, zone, key.dnskey.rdata);
  return digest && { keyTag: key.keyTag, algorithm: key.dnskey.algorithm, digestType, digest };
}

/** The key of a set that a DS names. */
export function keyOfDS(set: InspectedKeySet, ds: DSData): InspectedKey | undefined {
  return set.keys.find(({ dnskey }) => matchDS(ds, set.zone, dnskey.rdata) === 'match');
}

/** Whether two servers give the same keys, in whatever order. */
export function sameKeys(left: RRset, right: RRset): boolean {
  return (
    left.rdatas.length === right.rdatas.length &&
    left.rdatas.every((rdata) => right.rdatas.some((other) => sameOctets(rdata, other)))
  );
}
