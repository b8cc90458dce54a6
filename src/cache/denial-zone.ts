// The validated NSEC and NSEC3 records of one zone, in order, and which of them a name meets.
import { nsec3Covers } from '../dnssec/denial.ts';
import { hidesDescendants } from '../dnssec/denial-records.ts';
import type { Verdict } from '../dnssec/verdict.ts';
import { parseBase32hex } from '../wire/base32hex.ts';
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { hasType, NSEC3_OPT_OUT, parseNSEC, parseNSEC3 } from '../wire/rdata-dnssec.ts';
import { compareOctets, latin1, type RRset, sameOctets } from '../wire/record.ts';
import { compareSortKeys, MAX_SORT_KEY_OCTETS, prefixOctets, sharedLabels, sortKeyBelow } from './sort-key.ts';

export type SecureVerdict = Extract<Verdict, { status: 'secure' }>;

/** A proof that has been made once and holds for other names as well; see `denial-finder.ts`. */
export interface KnownProof {
  /** No other proof ever had it, nor this one before something changed that a reply shows. */
  id: number;
  /** Names of the same closest encloser have the same; of NSEC3, `encloser` tells. */
  readonly side: number;
  readonly encloser: Nsec3Span | undefined;
  /** The record at or before the wildcard. */
  wildcard: DenialSpan;
  expiresAt: number;
  /** Of the zone, when this was looked at last. */
  version: number;
  soaVersion: number;
}

interface SpanBase {
  readonly rrset: RRset;
  readonly expiresAt: number;
  /** It may have a part in proofs at all. */
  readonly isUsable: boolean;
  /** Names below its owner are not the zone's to deny: below a delegation or a DNAME (RFC 6840 4.1). */
  readonly hidesBelow: boolean;
  /** With this record as the one that covers. */
  readonly proofs: KnownProof[];
}

export interface NsecSpan extends SpanBase {
  readonly owner: DomainName;
  readonly next: DomainName;
  /** Sort keys below the zone. */
  readonly ownerKey: Uint8Array;
  readonly nextKey: Uint8Array;
  /** Labels of the owner below the zone. */
  readonly ownerLabels: number;
}

export interface Nsec3Span extends SpanBase {
  readonly ownerHash: Uint8Array;
  readonly nextHash: Uint8Array;
  /** The record at or around the wildcard below the name that this one matches, and of which version. */
  wildcard: Nsec3Span | undefined;
  wildcardVersion: number;
}

export type DenialSpan = NsecSpan | Nsec3Span;

const keyScratch = new Uint8Array(MAX_SORT_KEY_OCTETS);
const WILDCARD_KEY = Uint8Array.of(0x2a, 0);

export class DenialZone {
  readonly zone: DomainName;
  /** Undefined until a denial brought it: then only wildcard expansions can be made. */
  soa: RRset | undefined;
  verdict: SecureVerdict;
  expiresAt: number;
  /** In canonical order of owners. */
  readonly nsecs: NsecSpan[] = [];
  /** NSEC3 parameters as salt and iterations; another set empties `nsec3s`. */
  private parameters = '';
  salt: Uint8Array = new Uint8Array(0);
  iterations = 0;
  /** In order of owner hashes. A zone that goes over from one kind to the other has only the new one here. */
  readonly nsec3s: Nsec3Span[] = [];
  /** A denial has been made of its records since room was last sought among the zones. */
  isUsed = false;
  /** Goes up with every change. */
  version = 0;
  /** Goes up when the SOA is another one. */
  soaVersion = 0;
  /** The NSEC3 of the zone itself, and of which version. */
  apex: Nsec3Span | undefined;
  apexVersion = -1;

  constructor(zone: DomainName, soa: RRset | undefined, verdict: SecureVerdict, expiresAt: number) {
    this.zone = zone;
    this.soa = soa;
    this.verdict = verdict;
    this.expiresAt = expiresAt;
  }

  /** Records held. */
  get size(): number {
    return this.nsecs.length + this.nsec3s.length;
  }

  /** Which kind of records proofs are made from. */
  get isNsec(): boolean {
    return this.nsecs.length > 0;
  }

  /** A denial has brought the SOA of the day. */
  renew(soa: RRset, verdict: SecureVerdict, expiresAt: number): void {
    if (this.soa === undefined || !hasSameRecords(this.soa, soa)) this.soaVersion++;
    this.soa = soa;
    this.verdict = verdict;
    this.expiresAt = expiresAt;
    this.version++;
  }

  add(rrset: RRset, expiresAt: number): void {
    if (rrset.type === RRType.NSEC) this.addNsec(rrset, expiresAt);
    else if (rrset.type === RRType.NSEC3) this.addNsec3(rrset, expiresAt);
    this.version++;
  }

  /** Keeps every second record: what its gaps deny is asked for again, and comes back. */
  thin(): void {
    keepEverySecond(this.nsecs);
    keepEverySecond(this.nsec3s);
    this.version++;
  }

  private addNsec(rrset: RRset, expiresAt: number): void {
    const data = rrset.rdatas[0] === undefined ? undefined : parseNSEC(rrset.rdatas[0]);
    if (data === undefined) return;
    // A record that denies its own owner (RFC 9824) covers nothing else worth keeping.
    if (hasType(data.types, RRType.NXNAME)) return;
    const { zone } = this;
    if (!rrset.name.isSubdomainOf(zone)) return;
    const isUsable = data.next.isSubdomainOf(zone);
    const span: NsecSpan = {
      owner: rrset.name,
      next: data.next,
      rrset,
      expiresAt,
      isUsable,
      hidesBelow: hidesDescendants(data.types),
      proofs: [],
      ownerKey: sortKeyBelow(rrset.name, zone),
      nextKey: isUsable ? sortKeyBelow(data.next, zone) : new Uint8Array(0),
      ownerLabels: rrset.name.labelCount - zone.labelCount,
    };
    this.nsec3s.length = 0;
    const index = this.nsecIndex(span.ownerKey, span.ownerKey.length);
    const present = this.nsecs[index];
    const isThere = present !== undefined && compareOctets(present.ownerKey, span.ownerKey) === 0;
    this.nsecs.splice(index, isThere ? 1 : 0, span);
  }

  private addNsec3(rrset: RRset, expiresAt: number): void {
    const data = rrset.rdatas[0] === undefined ? undefined : parseNSEC3(rrset.rdatas[0]);
    const ownerHash = parseBase32hex(rrset.name.firstLabel());
    if (data === undefined || ownerHash === undefined || (data.flags & NSEC3_OPT_OUT) !== 0) return;
    this.nsecs.length = 0;
    const parameters = `${data.iterations}/${latin1(data.salt)}`;
    if (this.parameters !== parameters) {
      this.nsec3s.length = 0;
      this.parameters = parameters;
      this.salt = data.salt;
      this.iterations = data.iterations;
    }
    const span: Nsec3Span = {
      ownerHash,
      nextHash: data.nextHash,
      rrset,
      expiresAt,
      isUsable: true,
      hidesBelow: hidesDescendants(data.types),
      proofs: [],
      wildcard: undefined,
      wildcardVersion: -1,
    };
    const index = this.nsec3Index(ownerHash);
    const present = this.nsec3s[index];
    const isThere = present !== undefined && compareOctets(present.ownerHash, ownerHash) === 0;
    this.nsec3s.splice(index, isThere ? 1 : 0, span);
  }

  /** The first NSEC whose owner stands at or behind the one with this key, which has so many octets. */
  nsecIndex(key: Uint8Array, octets: number): number {
    const { nsecs } = this;
    let low = 0;
    let high = nsecs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const span = nsecs[middle];
      if (span !== undefined && compareSortKeys(span.ownerKey, key, octets) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private nsec3Index(hash: Uint8Array): number {
    const { nsec3s } = this;
    let low = 0;
    let high = nsec3s.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const span = nsec3s[middle];
      if (span !== undefined && compareOctets(span.ownerHash, hash) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The NSEC at the name with this key, or the one before it, as long as it lives. */
  nsecAtOrBefore(key: Uint8Array, octets: number, now: number): NsecSpan | undefined {
    const index = this.nsecIndex(key, octets);
    const exact = this.nsecs[index];
    const isExact = exact !== undefined && compareSortKeys(exact.ownerKey, key, octets) === 0;
    const span = isExact ? exact : this.nsecs[index - 1];
    return span !== undefined && span.expiresAt > now ? span : undefined;
  }

  /** The same for the wildcard below the ancestor of so many labels, below the zone, of the name with a key. */
  nsecForWildcard(key: Uint8Array, encloserLabels: number, now: number): NsecSpan | undefined {
    const octets = prefixOctets(key, encloserLabels);
    for (let index = 0; index < octets; index++) keyScratch[index] = key[index] ?? 0;
    keyScratch.set(WILDCARD_KEY, octets);
    return this.nsecAtOrBefore(keyScratch, octets + WILDCARD_KEY.length, now);
  }

  /** The NSEC3 that matches a hash or else covers it, as long as it lives. */
  nsec3AtOrCovering(hash: Uint8Array, now: number): Nsec3Span | undefined {
    const spans = this.nsec3s;
    const index = this.nsec3Index(hash);
    const exact = spans[index];
    const matched = exact !== undefined && compareOctets(exact.ownerHash, hash) === 0;
    const span = matched ? exact : (spans[index - 1] ?? spans.at(-1));
    if (span === undefined || span.expiresAt <= now) return undefined;
    return matched || nsec3Covers(span.ownerHash, span.nextHash, hash) ? span : undefined;
  }
}

function keepEverySecond(spans: unknown[]): void {
  const kept = (spans.length + 1) >> 1;
  for (let index = 1; index < kept; index++) spans[index] = spans[index * 2];
  spans.length = kept;
}

/** Whether an NSEC that stands before the name with a key covers it (RFC 4034 6.1): as `nsecCovers`, for such a one. */
export function reachesBehind(span: NsecSpan, key: Uint8Array, octets: number): boolean {
  if (!span.isUsable) return false;
  // Next is the zone itself where the chain closes.
  return span.nextKey.length === 0 || compareSortKeys(span.nextKey, key, octets) > 0;
}

/**
 * Where a covering NSEC has the closest encloser of the name with a key: twice its labels below the zone, one more when it
 * is the next name's ancestor and not the owner's; names of which this is the same have the same closest encloser. -1 when
 * the record does not deny the name: it exists as an empty non-terminal, or is not the zone's to deny.
 *
 * The longest ancestor that is also the owner's or the next name's is the closest encloser (RFC 4035 5.4).
 */
export function encloserSide(span: NsecSpan, key: Uint8Array, octets: number, labels: number): number {
  const withOwner = sharedLabels(span.ownerKey, key, octets);
  const withNext = sharedLabels(span.nextKey, key, octets);
  if (withOwner === span.ownerLabels && span.hidesBelow) return -1;
  const encloser = withOwner >= withNext ? withOwner : withNext;
  if (encloser >= labels) return -1;
  return encloser * 2 + (withOwner >= withNext ? 0 : 1);
}

function hasSameRecords(left: RRset, right: RRset): boolean {
  return hasSameOctets(left.rdatas, right.rdatas) && hasSameOctets(left.signatures, right.signatures);
}

function hasSameOctets(left: readonly Uint8Array[], right: readonly Uint8Array[]): boolean {
  return left.length === right.length && left.every((rdata, index) => sameOctets(rdata, right[index] ?? rdata));
}
