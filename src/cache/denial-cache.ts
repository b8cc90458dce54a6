// Validated NSEC and NSEC3 records by zone, from which denials are made without asking again (RFC 8198).
// Only secure records come here, each with the SOA of its zone; opt-out spans never deny existence.
import { MessageWork, QueryWork } from '../dnssec/budget.ts';
import { nsec3Covers, nsecCovers, proveNameError, proveNoData, proveWildcardAnswer } from '../dnssec/denial.ts';
import { Nsec3Hasher } from '../dnssec/nsec3-hash.ts';
import type { Verdict } from '../dnssec/verdict.ts';
import { parseBase32hex } from '../wire/base32hex.ts';
import { RRType } from '../wire/constants.ts';
import { compareNames, DomainName } from '../wire/name.ts';
import { parseSOA } from '../wire/rdata.ts';
import { hasType, NSEC3_OPT_OUT, parseNSEC, parseNSEC3, parseRRSIG } from '../wire/rdata-dnssec.ts';
import { compareOctets, latin1, type RRset, rdataOctets } from '../wire/record.ts';
import { type NegativeEntry, Rank } from './answer-cache.ts';
import type { Region } from './region.ts';

type SecureVerdict = Extract<Verdict, { status: 'secure' }>;

interface NsecSpan {
  readonly owner: DomainName;
  readonly next: DomainName;
  readonly rrset: RRset;
  readonly expiresAt: number;
}

interface Nsec3Span {
  readonly ownerHash: Uint8Array;
  readonly nextHash: Uint8Array;
  readonly rrset: RRset;
  readonly expiresAt: number;
}

interface ZoneDenials {
  readonly zone: DomainName;
  /** Undefined until a denial brought it: then only wildcard expansions can be made. */
  soa: RRset | undefined;
  verdict: SecureVerdict;
  expiresAt: number;
  /** In canonical order of owners. */
  readonly nsecs: NsecSpan[];
  /** NSEC3 parameters as salt and iterations; another set empties `nsec3s`. */
  parameters: string;
  salt: Uint8Array;
  iterations: number;
  /** In order of owner hashes. */
  readonly nsec3s: Nsec3Span[];
}

/** Records are counted, so that a single one must not be large: a usual one has some hundred octets. */
const MAX_RECORD_OCTETS = 2048;
/** Zones whose records are kept; the oldest go first. */
const MAX_ZONES = 10_000;

export class DenialCache {
  private readonly zones = new Map<string, ZoneDenials>();
  private maxRecords: number;
  private records = 0;
  /** Answers made from cached records, by what proves them; the wildcard's are expansions. */
  readonly hits = { nsec: 0, nsec3: 0, nsecWildcard: 0, nsec3Wildcard: 0 };

  constructor(maxRecords: number) {
    this.maxRecords = maxRecords;
  }

  get size(): number {
    return this.records;
  }

  clear(): void {
    this.zones.clear();
    this.records = 0;
  }

  /**
   * Forgets the records of the zones in a region, and those of the zones right above its names, which may deny them.
   * Returns how many went.
   */
  forget(region: Region): number {
    const before = this.records;
    for (const { zone } of [...this.zones.values()]) if (region.covers(zone)) this.drop(zone);
    for (const name of region.given) {
      for (let above = name; !above.isRoot; ) {
        above = above.parent();
        if (this.drop(above)) break;
      }
    }
    return before - this.records;
  }

  private drop(zone: DomainName): boolean {
    const entry = this.zones.get(zone.key);
    if (entry === undefined) return false;
    this.zones.delete(zone.key);
    this.records -= entry.nsecs.length + entry.nsec3s.length;
    return true;
  }

  /** Live records, zone by zone. */
  *live(now: number): Generator<RRset> {
    for (const { nsecs, nsec3s } of [...this.zones.values()]) {
      for (const { rrset, expiresAt } of nsecs) if (expiresAt > now) yield rrset;
      for (const { rrset, expiresAt } of nsec3s) if (expiresAt > now) yield rrset;
    }
  }

  /** Most records from now on; 0 keeps none. */
  resize(maxRecords: number): void {
    this.maxRecords = maxRecords;
    while (this.records > maxRecords && this.zones.size > 0) this.evictOldest();
  }

  /** Adds a secure NSEC or NSEC3 set, with the SOA of its zone where a negative answer brought it. */
  add(rrset: RRset, verdict: SecureVerdict, expiresAt: number, soa?: RRset): void {
    if (this.maxRecords === 0 || rdataOctets(rrset) > MAX_RECORD_OCTETS) return;
    while (this.records >= this.maxRecords && this.zones.size > 0) this.evictOldest();
    const zone = signerOf(rrset);
    if (zone === undefined || (soa !== undefined && !soa.name.equals(zone))) return;
    let entry = this.zones.get(zone.key);
    if (entry === undefined) {
      entry = newZone(zone, soa, verdict, expiresAt);
      this.zones.set(zone.key, entry);
      if (this.zones.size > MAX_ZONES) this.evictOldest();
    } else if (soa !== undefined) {
      entry.soa = soa;
      entry.verdict = verdict;
      entry.expiresAt = expiresAt;
    }
    if (rrset.type === RRType.NSEC) this.addNsec(entry, rrset, expiresAt);
    else if (rrset.type === RRType.NSEC3) this.addNsec3(entry, rrset, expiresAt);
  }

  private evictOldest(): void {
    const oldest = this.zones.entries().next().value;
    if (oldest === undefined) return;
    this.zones.delete(oldest[0]);
    this.records -= oldest[1].nsecs.length + oldest[1].nsec3s.length;
  }

  private addNsec(entry: ZoneDenials, rrset: RRset, expiresAt: number): void {
    const data = rrset.rdatas[0] === undefined ? undefined : parseNSEC(rrset.rdatas[0]);
    if (data === undefined) return;
    // A record that denies its own owner (RFC 9824) covers nothing else worth keeping.
    if (hasType(data.types, RRType.NXNAME)) return;
    const span = { owner: rrset.name, next: data.next, rrset, expiresAt };
    this.insert(entry.nsecs, span, (other) => compareNames(other.owner, rrset.name));
  }

  private addNsec3(entry: ZoneDenials, rrset: RRset, expiresAt: number): void {
    const data = rrset.rdatas[0] === undefined ? undefined : parseNSEC3(rrset.rdatas[0]);
    const ownerHash = parseBase32hex(rrset.name.firstLabel());
    if (data === undefined || ownerHash === undefined || (data.flags & NSEC3_OPT_OUT) !== 0) return;
    const parameters = `${data.iterations}/${latin1(data.salt)}`;
    if (entry.parameters !== parameters) {
      this.records -= entry.nsec3s.length;
      entry.nsec3s.length = 0;
      entry.parameters = parameters;
      entry.salt = data.salt;
      entry.iterations = data.iterations;
    }
    const span = { ownerHash, nextHash: data.nextHash, rrset, expiresAt };
    this.insert(entry.nsec3s, span, (other) => compareOctets(other.ownerHash, ownerHash));
  }

  private insert<T>(spans: T[], span: T, compare: (other: T) => number): void {
    const index = lowerBound(spans, compare);
    const present = spans[index];
    if (present !== undefined && compare(present) === 0) {
      spans[index] = span;
      return;
    }
    spans.splice(index, 0, span);
    this.records++;
  }

  /**
   * Proof that the wildcard below the ancestor of so many labels answers for a name; undefined without one. Only the zone
   * that signed the wildcard, `zone`, can say so: the NSEC3 records of another cover names that are not theirs.
   */
  proveExpansion(name: DomainName, zone: DomainName, encloserLabels: number, now: number): ExpansionProof | undefined {
    const entry = this.zones.get(zone.key);
    const expansion = entry && expansionFrom(entry, name, encloserLabels, now);
    if (entry !== undefined && expansion !== undefined) this.hits[isNsec(entry) ? 'nsecWildcard' : 'nsec3Wildcard']++;
    return expansion;
  }

  /**
   * A denial of (name, type) that cached records prove; undefined when they do not. For DS the parent's records are
   * looked at, and only one at the name itself counts. Zones above `top` have no say.
   */
  synthesise(name: DomainName, type: number, now: number, top = DomainName.root): NegativeEntry | undefined {
    if (this.records === 0) return undefined;
    const isDS = type === RRType.DS;
    for (let zone = isDS ? name.parent() : name; zone.isSubdomainOf(top); zone = zone.parent()) {
      const entry = this.zones.get(zone.key);
      if (entry !== undefined) {
        const denial = entry.expiresAt > now ? denialFrom(entry, name, type, now) : undefined;
        if (denial !== undefined) this.hits[isNsec(entry) ? 'nsec' : 'nsec3']++;
        return denial;
      }
      if (zone.isRoot) return undefined;
    }
    return undefined;
  }
}

function newZone(zone: DomainName, soa: RRset | undefined, verdict: SecureVerdict, expiresAt: number): ZoneDenials {
  return {
    zone,
    soa,
    verdict,
    expiresAt,
    nsecs: [],
    parameters: '',
    salt: new Uint8Array(0),
    iterations: 0,
    nsec3s: [],
  };
}

/** Which kind of records proofs are made from. */
function isNsec({ nsecs }: ZoneDenials): boolean {
  return nsecs.length > 0;
}

function signerOf(rrset: RRset): DomainName | undefined {
  const rdata = rrset.signatures[0];
  return rdata === undefined ? undefined : parseRRSIG(rdata)?.signer;
}

/** The first index whose element compares at or above; `compare` is the order of an element against the key. */
function lowerBound<T>(sorted: readonly T[], compare: (element: T) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const element = sorted[middle];
    if (element !== undefined && compare(element) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function denialFrom(entry: ZoneDenials, name: DomainName, type: number, now: number): NegativeEntry | undefined {
  const hasher = new Nsec3Hasher(new MessageWork(new QueryWork()));
  const { rrsets, expiresAt } =
    entry.nsecs.length > 0 ? nsecCandidates(entry, name, now) : nsec3Candidates(entry, name, hasher, now);
  if (rrsets.length === 0) return undefined;
  const records = {
    zone: entry.zone,
    rrsets,
    hasher,
    maxIterations: entry.iterations,
    maxSalt: entry.salt.length,
  };
  const nameError = proveNameError(name, records);
  const denial = nameError.kind === 'proven' ? nameError : proveNoData(name, type, records);
  if (denial.kind !== 'proven' || denial.optOut) return undefined;
  if (type === RRType.DS && denial.proof !== 'no-data') return undefined;
  const kind = denial === nameError ? 'nxdomain' : 'nodata';
  const rdata = entry.soa?.rdatas[0];
  const soa = rdata === undefined ? undefined : parseSOA(rdata);
  if (soa === undefined) return undefined;
  const { proof, optOut } = denial;
  return {
    kind,
    name,
    type,
    soa: entry.soa,
    proof: denial.used,
    cutBelow: false,
    compact: false,
    rank: Rank.AUTHORITATIVE,
    verdict: {
      status: 'secure',
      chain: { link: { kind: 'denial', name, type, proof, optOut }, previous: entry.verdict.chain.previous },
    },
    storedAt: now,
    expiresAt: Math.min(entry.expiresAt, expiresAt),
    server: 'cache',
  };
}

/** Proof that nothing closer to a name than a wildcard exists, from cached records (RFC 8198 5.3). */
export interface ExpansionProof {
  readonly used: readonly RRset[];
  readonly expiresAt: number;
}

function expansionFrom(
  entry: ZoneDenials,
  name: DomainName,
  encloserLabels: number,
  now: number,
): ExpansionProof | undefined {
  const hasher = new Nsec3Hasher(new MessageWork(new QueryWork()));
  const span =
    entry.nsecs.length > 0 ? nsecAtOrBefore(entry, name, now) : nsec3Of(entry, name, encloserLabels, hasher, now);
  if (span === undefined) return undefined;
  const denial = proveWildcardAnswer(name, encloserLabels, {
    zone: entry.zone,
    rrsets: [span.rrset],
    hasher,
    maxIterations: entry.iterations,
    maxSalt: entry.salt.length,
  });
  if (denial.kind !== 'proven' || denial.optOut) return undefined;
  return { used: denial.used, expiresAt: span.expiresAt };
}

/** The NSEC3 at or around the next closer name below an encloser. */
function nsec3Of(
  entry: ZoneDenials,
  name: DomainName,
  encloserLabels: number,
  hasher: Nsec3Hasher,
  now: number,
): Nsec3Span | undefined {
  if (entry.nsec3s.length === 0) return undefined;
  const hash = hasher.hash(name.ancestorWithLabels(encloserLabels + 1), entry.salt, entry.iterations);
  return hash === undefined ? undefined : nsec3AtOrCovering(entry, hash, now);
}

interface Candidates {
  readonly rrsets: readonly RRset[];
  readonly expiresAt: number;
}

/** The NSEC at or before the name, and at or before the wildcard that it leaves possible. */
function nsecCandidates(entry: ZoneDenials, name: DomainName, now: number): Candidates {
  const found = nsecAtOrBefore(entry, name, now);
  if (found === undefined) return { rrsets: [], expiresAt: 0 };
  if (found.owner.equals(name)) return { rrsets: [found.rrset], expiresAt: found.expiresAt };
  if (!nsecCovers(found.owner, found.next, name, entry.zone)) return { rrsets: [], expiresAt: 0 };
  const withOwner = name.commonAncestor(found.owner);
  const withNext = name.commonAncestor(found.next);
  const encloser = withOwner.labelCount > withNext.labelCount ? withOwner : withNext;
  const wildcard = encloser.wildcardChild();
  const other = wildcard === undefined ? undefined : nsecAtOrBefore(entry, wildcard, now);
  if (other === undefined || other === found) return { rrsets: [found.rrset], expiresAt: found.expiresAt };
  return { rrsets: [found.rrset, other.rrset], expiresAt: Math.min(found.expiresAt, other.expiresAt) };
}

function nsecAtOrBefore(entry: ZoneDenials, name: DomainName, now: number): NsecSpan | undefined {
  const index = lowerBound(entry.nsecs, (span) => compareNames(span.owner, name));
  const exact = entry.nsecs[index];
  const span = exact?.owner.equals(name) ? exact : entry.nsecs[index - 1];
  return span !== undefined && span.expiresAt > now ? span : undefined;
}

/** NSEC3s that match the closest encloser, cover the next closer name and match or cover the wildcard. */
function nsec3Candidates(entry: ZoneDenials, name: DomainName, hasher: Nsec3Hasher, now: number): Candidates {
  const none: Candidates = { rrsets: [], expiresAt: 0 };
  const at = (candidate: DomainName): Nsec3Span | undefined => {
    const hash = hasher.hash(candidate, entry.salt, entry.iterations);
    return hash === undefined ? undefined : nsec3AtOrCovering(entry, hash, now);
  };
  const matches = (candidate: DomainName, span: Nsec3Span): boolean => {
    const hash = hasher.hash(candidate, entry.salt, entry.iterations);
    return hash !== undefined && compareOctets(hash, span.ownerHash) === 0;
  };
  if (entry.nsec3s.length === 0) return none;
  let nextCloser = at(name);
  if (nextCloser !== undefined && matches(name, nextCloser)) {
    return { rrsets: [nextCloser.rrset], expiresAt: nextCloser.expiresAt };
  }
  for (let encloser = name.parent(); encloser.isSubdomainOf(entry.zone); encloser = encloser.parent()) {
    const span = at(encloser);
    if (span !== undefined && matches(encloser, span)) {
      const wildcard = encloser.wildcardChild();
      const other = wildcard === undefined ? undefined : at(wildcard);
      if (other === undefined || nextCloser === undefined) return none;
      const spans = [span, nextCloser, other];
      return {
        rrsets: [...new Set(spans.map(({ rrset }) => rrset))],
        expiresAt: Math.min(...spans.map(({ expiresAt }) => expiresAt)),
      };
    }
    nextCloser = span;
    if (encloser.isRoot) return none;
  }
  return none;
}

function nsec3AtOrCovering(entry: ZoneDenials, hash: Uint8Array, now: number): Nsec3Span | undefined {
  const spans = entry.nsec3s;
  const index = lowerBound(spans, (span) => compareOctets(span.ownerHash, hash));
  const exact = spans[index];
  const matched = exact !== undefined && compareOctets(exact.ownerHash, hash) === 0;
  const span = matched ? exact : (spans[index - 1] ?? spans.at(-1));
  if (span === undefined || span.expiresAt <= now) return undefined;
  return matched || nsec3Covers(span.ownerHash, span.nextHash, hash) ? span : undefined;
}
