// Denial of existence by NSEC3: one function for each proposition (RFC 5155 8, RFC 6840 4, RFC 9276, RFC 9824 4).
//
// Words used here, after RFC 5155 1.3. Example: the zone `example.` has `w.example.`, and `a.b.w.example.` is asked.
//   matches           the hash in the record's owner is the hash of the name: the name exists
//   covers            the hash of the name lies between the record's two hashes: the name does not exist in the chain
//   closest encloser  the longest ancestor that exists: `w.example.`
//   next closer       one label longer than the closest encloser: `b.w.example.`. When it is covered, neither it nor any
//                     name below it exists
//   closest encloser proof   a record that matches the closest encloser, and one that covers the next closer name
//   opt-out           a flag of a record: unsigned delegations may hide in its span, so what it covers may yet exist
//   source of synthesis   `*.` and the closest encloser: `*.w.example.` (RFC 4592 3.3.1)
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { hasType } from '../wire/rdata-dnssec.ts';
import { compareOctets, type RRset, sameOctets } from '../wire/record.ts';
import {
  type Denial,
  type DenialProof,
  gapOf,
  hidesDescendants,
  isCompactNameError,
  type Nsec3Chain,
  type Nsec3Record,
  typesObjection,
  type UnprovenReason,
} from './denial-records.ts';
import type { Nsec3Hasher } from './nsec3-hash.ts';
import type { DenialGap } from './verdict.ts';

/**
 * Whether an NSEC3 from `ownerHash` to `nextHash` covers a hash: strictly between them, or outside of them where the
 * chain closes (RFC 5155 1.3). The owner's hash itself is matched, not covered.
 */
export function nsec3Covers(ownerHash: Uint8Array, nextHash: Uint8Array, hash: Uint8Array): boolean {
  const afterOwner = compareOctets(ownerHash, hash) < 0;
  const beforeNext = compareOctets(hash, nextHash) < 0;
  if (compareOctets(ownerHash, nextHash) < 0) return afterOwner && beforeNext;
  // The last record, or the only one, whose two hashes are equal.
  return afterOwner || beforeNext;
}

/** The records of one chain, asked by name. Once the budget is used up it finds nothing more. */
export class Nsec3Lookup {
  readonly zone: DomainName;
  readonly #chain: Nsec3Chain;
  readonly #hasher: Nsec3Hasher;
  #exhausted = false;
  /** Some ancestor was matched, whether or not the name below it is covered. */
  foundEncloser = false;

  constructor(zone: DomainName, chain: Nsec3Chain, hasher: Nsec3Hasher) {
    this.zone = zone;
    this.#chain = chain;
    this.#hasher = hasher;
  }

  /** Whether a hash was refused: then nothing was proved, whatever was found. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  matching(name: DomainName): Nsec3Record | undefined {
    const hash = this.#hash(name);
    if (hash === undefined) return undefined;
    return this.#chain.records.find((record) => sameOctets(record.ownerHash, hash));
  }

  covering(name: DomainName): Nsec3Record | undefined {
    const hash = this.#hash(name);
    if (hash === undefined) return undefined;
    return this.#chain.records.find((record) => nsec3Covers(record.ownerHash, record.nextHash, hash));
  }

  #hash(name: DomainName): Uint8Array | undefined {
    const hash = this.#exhausted ? undefined : this.#hasher.hash(name, this.#chain.salt, this.#chain.iterations);
    if (hash === undefined) this.#exhausted = true;
    return hash;
  }
}

/** The name and its wildcard do not exist: the answer NXDOMAIN is right (RFC 5155 8.4). */
export function nsec3ProveNameError(qname: DomainName, lookup: Nsec3Lookup): Denial {
  const match = lookup.matching(qname);
  if (match !== undefined) {
    if (isCompactNameError(match.types)) return proven('compact-name-error', undefined, false, match);
    return incomplete('name-exists', `${nameText(qname)} exists: an NSEC3 matches it`);
  }
  const encloser = proveClosestEncloser(qname, lookup);
  if (encloser === undefined) return noEncloser(qname, lookup);
  const wildcard = encloser.name.wildcardChild();
  const wildcardCover = wildcard === undefined ? undefined : lookup.covering(wildcard);
  if (wildcardCover === undefined)
    return incomplete('wildcard-not-denied', `no NSEC3 denies the wildcard *.${nameText(encloser.name)}`);
  return provenBelow('name-error', encloser, wildcardCover);
}

/**
 * The name exists, or is matched by a wildcard, without the type and without a CNAME (RFC 5155 8.5 to 8.7). In an
 * opt-out span nothing more than the span is needed: an unsigned delegation may be there (8.6, and errata to 8.5 for
 * the names above one).
 */
export function nsec3ProveNoData(qname: DomainName, qtype: number, lookup: Nsec3Lookup): Denial {
  if (qtype === RRType.DS && qname.equals(lookup.zone) && !qname.isRoot) {
    return incomplete('wrong-side', `the DS of ${nameText(qname)} is its parent's to deny`);
  }
  const match = lookup.matching(qname);
  if (match !== undefined) {
    if (isCompactNameError(match.types)) return proven('compact-no-data', undefined, false, match);
    const objection = typesObjection(match.types, qtype, qname.isRoot);
    if (objection !== undefined)
      return incomplete(gapOf(objection), `the NSEC3 of ${nameText(qname)} denies nothing: ${objection}`);
    // RFC 5155 7.1: an empty non-terminal has a record without types.
    return proven(match.types.length === 0 ? 'empty-non-terminal' : 'no-data', undefined, false, match);
  }
  const encloser = proveClosestEncloser(qname, lookup);
  if (encloser === undefined) return noEncloser(qname, lookup);
  const wildcard = encloser.name.wildcardChild();
  const wildcardMatch = wildcard === undefined ? undefined : lookup.matching(wildcard);
  if (wildcardMatch !== undefined) {
    const objection = typesObjection(wildcardMatch.types, qtype, false);
    if (objection === undefined) return provenBelow('wildcard-no-data', encloser, wildcardMatch);
    return incomplete(gapOf(objection), `the NSEC3 of *.${nameText(encloser.name)} denies nothing: ${objection}`);
  }
  if (encloser.cover.optOut) return provenBelow('no-data', encloser);
  return incomplete(
    'wildcard-not-denied',
    `no NSEC3 matches ${nameText(qname)} or the wildcard *.${nameText(encloser.name)}`,
  );
}

/**
 * Nothing closer than the wildcard below the ancestor of `closestEncloserLabels` labels matches the name: its expansion
 * was right (RFC 5155 8.8). That ancestor exists, as the wildcard's signature shows.
 */
export function nsec3ProveWildcardAnswer(
  qname: DomainName,
  closestEncloserLabels: number,
  lookup: Nsec3Lookup,
): Denial {
  const nextCloser = qname.ancestorWithLabels(closestEncloserLabels + 1);
  const cover = lookup.covering(nextCloser);
  if (cover === undefined) {
    return incomplete(
      'no-next-closer',
      `no NSEC3 denies the next closer name ${nameText(nextCloser)}`,
      'denial-wildcard-missing',
    );
  }
  return proven('wildcard-answer', nextCloser.parent(), cover.optOut, cover);
}

/** No signed delegation is at the name: an unsigned one, one that an opt-out span may hide, or none (RFC 5155 8.9). */
export function nsec3ProveNoDS(child: DomainName, lookup: Nsec3Lookup): Denial {
  if (child.equals(lookup.zone))
    return incomplete('wrong-side', `the DS of ${nameText(child)} is its parent's to deny`);
  const match = lookup.matching(child);
  if (match !== undefined) {
    if (hasType(match.types, RRType.DS))
      return incomplete('ds-exists', `the NSEC3 of ${nameText(child)} says that there is a DS`);
    if (hasType(match.types, RRType.SOA)) {
      return incomplete('wrong-side', `the NSEC3 of ${nameText(child)} is from the child side of the zone cut`);
    }
    return proven(hasType(match.types, RRType.NS) ? 'no-ds' : 'not-a-cut', undefined, false, match);
  }
  const encloser = proveClosestEncloser(child, lookup);
  if (encloser === undefined) return noEncloser(child, lookup);
  return provenBelow(encloser.cover.optOut ? 'no-ds' : 'not-a-cut', encloser);
}

/** A closest encloser proof (RFC 5155 8.3). */
interface ClosestEncloser {
  readonly name: DomainName;
  readonly match: Nsec3Record;
  /** The record that covers the next closer name. */
  readonly cover: Nsec3Record;
}

/**
 * The closest encloser of a name below the zone's apex. From the shortest candidate: a name of many labels under the
 * apex, as floods ask for, then takes two hashes.
 */
function proveClosestEncloser(name: DomainName, lookup: Nsec3Lookup): ClosestEncloser | undefined {
  if (!name.isBelow(lookup.zone)) return undefined;
  const last = name.labelCount - 1;
  for (let labels = lookup.zone.labelCount; labels <= last && !lookup.exhausted; labels++) {
    const candidate = name.ancestorWithLabels(labels);
    const match = lookup.matching(candidate);
    // RFC 5155 8.3: below a delegation or a DNAME the zone has nothing to say.
    if (match === undefined || hidesDescendants(match.types)) continue;
    lookup.foundEncloser = true;
    const cover = lookup.covering(name.ancestorWithLabels(labels + 1));
    if (cover !== undefined) return { name: candidate, match, cover };
  }
  return undefined;
}

function provenBelow(proof: DenialProof, encloser: ClosestEncloser, ...others: readonly Nsec3Record[]): Denial {
  return proven(proof, encloser.name, encloser.cover.optOut, encloser.match, encloser.cover, ...others);
}

function proven(
  proof: DenialProof,
  closestEncloser: DomainName | undefined,
  optOut: boolean,
  ...records: readonly Nsec3Record[]
): Denial {
  const used: RRset[] = [...new Set(records.map((record) => record.rrset))];
  return { kind: 'proven', proof, optOut, closestEncloser, used };
}

function noEncloser(name: DomainName, lookup: Nsec3Lookup): Denial {
  const gap = lookup.foundEncloser ? 'no-next-closer' : 'no-closest-encloser';
  return incomplete(gap, `no NSEC3 matches ${nameText(name)}, nor do any prove its closest encloser`);
}

function incomplete(gap: DenialGap, detail: string, reason: UnprovenReason = 'denial-incomplete'): Denial {
  return { kind: 'unproven', reason, detail, gap };
}
