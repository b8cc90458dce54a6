// Denials, and proofs for wildcard expansions, made from the cached records of one zone (RFC 8198 5). The proofs are made
// by the same functions as for a response.
import { MessageWork, QueryWork } from '../dnssec/budget.ts';
import { proveNameError, proveNoData, proveWildcardAnswer } from '../dnssec/denial.ts';
import type { DenialRecords } from '../dnssec/denial-records.ts';
import { Nsec3Hasher } from '../dnssec/nsec3-hash.ts';
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { parseSOA } from '../wire/rdata.ts';
import { compareOctets, type RRset } from '../wire/record.ts';
import { type NegativeEntry, Rank } from './answer-cache.ts';
import { type DenialZone, encloserSide, type Nsec3Span, reachesBehind } from './denial-zone.ts';
import { sortKeyBelow } from './sort-key.ts';

/** A denial of (name, type), for a name at or below the zone. */
export function denialFrom(entry: DenialZone, name: DomainName, type: number, now: number): NegativeEntry | undefined {
  const rdata = entry.soa?.rdatas[0];
  if (rdata === undefined || parseSOA(rdata) === undefined) return undefined;
  const hasher = new Nsec3Hasher(new MessageWork(new QueryWork()));
  const { rrsets, expiresAt } = entry.isNsec
    ? nsecCandidates(entry, name, now)
    : nsec3Candidates(entry, name, hasher, now);
  if (rrsets.length === 0) return undefined;
  const records = recordsOf(entry, rrsets, hasher);
  const nameError = proveNameError(name, records);
  const denial = nameError.kind === 'proven' ? nameError : proveNoData(name, type, records);
  if (denial.kind !== 'proven' || denial.optOut) return undefined;
  if (type === RRType.DS && denial.proof !== 'no-data') return undefined;
  const { proof, optOut } = denial;
  return {
    kind: denial === nameError ? 'nxdomain' : 'nodata',
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

/** Proof that the wildcard below the ancestor of so many labels answers for a name below the zone. */
export function expansionFrom(
  entry: DenialZone,
  name: DomainName,
  encloserLabels: number,
  now: number,
): ExpansionProof | undefined {
  const hasher = new Nsec3Hasher(new MessageWork(new QueryWork()));
  const span = entry.isNsec ? nsecOf(entry, name, now) : nsec3Of(entry, name, encloserLabels, hasher, now);
  if (span === undefined) return undefined;
  const denial = proveWildcardAnswer(name, encloserLabels, recordsOf(entry, [span.rrset], hasher));
  if (denial.kind !== 'proven' || denial.optOut) return undefined;
  return { used: denial.used, expiresAt: span.expiresAt };
}

function recordsOf(entry: DenialZone, rrsets: readonly RRset[], hasher: Nsec3Hasher): DenialRecords {
  return { zone: entry.zone, rrsets, hasher, maxIterations: entry.iterations, maxSalt: entry.salt.length };
}

function nsecOf(entry: DenialZone, name: DomainName, now: number) {
  const key = sortKeyBelow(name, entry.zone);
  return entry.nsecAtOrBefore(key, key.length, now);
}

/** The NSEC3 at or around the next closer name below an encloser. */
function nsec3Of(
  entry: DenialZone,
  name: DomainName,
  encloserLabels: number,
  hasher: Nsec3Hasher,
  now: number,
): Nsec3Span | undefined {
  if (entry.nsec3s.length === 0) return undefined;
  const hash = hasher.hash(name.ancestorWithLabels(encloserLabels + 1), entry.salt, entry.iterations);
  return hash === undefined ? undefined : entry.nsec3AtOrCovering(hash, now);
}

interface Candidates {
  readonly rrsets: readonly RRset[];
  readonly expiresAt: number;
}

const NONE: Candidates = { rrsets: [], expiresAt: 0 };

/** The NSEC at or before the name, and at or before the wildcard that it leaves possible. */
function nsecCandidates(entry: DenialZone, name: DomainName, now: number): Candidates {
  const key = sortKeyBelow(name, entry.zone);
  const found = entry.nsecAtOrBefore(key, key.length, now);
  if (found === undefined) return NONE;
  const alone = { rrsets: [found.rrset], expiresAt: found.expiresAt };
  if (found.owner.equals(name)) return alone;
  if (!reachesBehind(found, key, key.length)) return NONE;
  const side = encloserSide(found, key, key.length, name.labelCount - entry.zone.labelCount);
  // Perhaps an empty non-terminal.
  if (side < 0) return alone;
  const other = entry.nsecForWildcard(key, side >> 1, now);
  if (other === undefined || other === found) return alone;
  return { rrsets: [found.rrset, other.rrset], expiresAt: Math.min(found.expiresAt, other.expiresAt) };
}

/**
 * NSEC3s that match the closest encloser, cover the next closer name and match or cover the wildcard; or the one that
 * matches the name. From the zone downwards: of a name of a hundred labels below nothing that exists, two are hashed.
 */
function nsec3Candidates(entry: DenialZone, name: DomainName, hasher: Nsec3Hasher, now: number): Candidates {
  if (entry.nsec3s.length === 0) return NONE;
  const hashOf = (candidate: DomainName) => hasher.hash(candidate, entry.salt, entry.iterations);
  const last = name.labelCount;
  let encloser: { readonly name: DomainName; readonly span: Nsec3Span } | undefined;
  for (let labels = entry.zone.labelCount; labels <= last; labels++) {
    const candidate = name.ancestorWithLabels(labels);
    const hash = hashOf(candidate);
    if (hash === undefined) return NONE;
    const span = entry.nsec3AtOrCovering(hash, now);
    const isMatched = span !== undefined && compareOctets(hash, span.ownerHash) === 0;
    if (isMatched && labels === last) return { rrsets: [span.rrset], expiresAt: span.expiresAt };
    if (isMatched) {
      encloser = { name: candidate, span };
      continue;
    }
    if (span !== undefined && encloser !== undefined) {
      const wildcard = encloser.name.wildcardChild();
      const wildcardHash = wildcard && hashOf(wildcard);
      const other = wildcardHash && entry.nsec3AtOrCovering(wildcardHash, now);
      if (other === undefined) return NONE;
      const spans = [encloser.span, span, other];
      return {
        rrsets: [...new Set(spans.map(({ rrset }) => rrset))],
        expiresAt: Math.min(encloser.span.expiresAt, span.expiresAt, other.expiresAt),
      };
    }
    encloser = undefined;
  }
  return NONE;
}
