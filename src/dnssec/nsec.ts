// Denial of existence by NSEC: one function for each proposition (RFC 4035 5.4, RFC 6840 4, RFC 9824).
//
// Words used here, after RFC 9499:
//   matches          the record's owner is the name
//   covers           the name lies between owner and next in canonical order, so it has no records
//   denies           covers it, and no name below it exists either, and the record may speak for that part of the tree
//   closest encloser the longest existing ancestor: what the name shares with owner or next of a covering record
//   source of synthesis   `*.` and the closest encloser: the wildcard that would have answered (RFC 4592 3.3.1)
import { RRType } from '../wire/constants.ts';
import { compareNames, type DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { hasType } from '../wire/rdata-dnssec.ts';
import type { RRset } from '../wire/record.ts';
import {
  type Denial,
  type DenialProof,
  gapOf,
  hidesDescendants,
  isCompactNameError,
  type NsecRecord,
  typesObjection,
  type UnprovenReason,
} from './denial-records.ts';
import type { DenialGap } from './verdict.ts';

/**
 * Whether an NSEC from `owner` to `next` in `zone` covers a name: strictly between them in canonical order (RFC 4034
 * 6.1), or after the owner when `next` is the apex, where the chain closes. The owner itself is matched, not covered.
 */
export function nsecCovers(owner: DomainName, next: DomainName, name: DomainName, zone: DomainName): boolean {
  if (!name.isSubdomainOf(zone) || compareNames(owner, name) >= 0) return false;
  return next.equals(zone) || compareNames(name, next) < 0;
}

/** The name and its wildcard do not exist: the answer NXDOMAIN is right (RFC 4035 5.4). */
export function nsecProveNameError(qname: DomainName, nsecs: readonly NsecRecord[], zone: DomainName): Denial {
  const match = matching(qname, nsecs);
  if (match !== undefined) {
    if (isCompactNameError(match.types)) return proven('compact-name-error', undefined, match);
    return incomplete('name-exists', `${nameText(qname)} exists: an NSEC matches it`);
  }
  const cover = nsecs.find((nsec) => denies(nsec, qname, zone));
  if (cover === undefined) return incomplete('not-covered', `no NSEC denies ${nameText(qname)}`);
  const encloser = closestEncloser(qname, cover);
  const wildcard = encloser.wildcardChild();
  const wildcardCover = wildcard === undefined ? undefined : nsecs.find((nsec) => denies(nsec, wildcard, zone));
  if (wildcardCover === undefined)
    return incomplete('wildcard-not-denied', `no NSEC denies the wildcard *.${nameText(encloser)}`);
  return proven('name-error', encloser, cover, wildcardCover);
}

/** The name exists, or is matched by a wildcard, without the type and without a CNAME (RFC 4035 5.4, RFC 6840 4.3). */
export function nsecProveNoData(
  qname: DomainName,
  qtype: number,
  nsecs: readonly NsecRecord[],
  zone: DomainName,
): Denial {
  if (qtype === RRType.DS && qname.equals(zone) && !zone.isRoot) {
    return incomplete('wrong-side', `the DS of ${nameText(zone)} is its parent's to deny`);
  }
  const match = matching(qname, nsecs);
  if (match !== undefined) {
    if (isCompactNameError(match.types)) return proven('compact-no-data', undefined, match);
    const objection = typesObjection(match.types, qtype, qname.isRoot);
    if (objection !== undefined)
      return incomplete(gapOf(objection), `the NSEC at ${nameText(qname)} denies nothing: ${objection}`);
    return proven('no-data', undefined, match);
  }
  const above = nsecs.find((nsec) => impliesEmptyNonTerminal(nsec, qname, zone));
  if (above !== undefined) return proven('empty-non-terminal', undefined, above);

  const cover = nsecs.find((nsec) => denies(nsec, qname, zone));
  if (cover === undefined) return incomplete('not-covered', `no NSEC matches or denies ${nameText(qname)}`);
  const encloser = closestEncloser(qname, cover);
  const wildcard = encloser.wildcardChild();
  const wildcardMatch = wildcard === undefined ? undefined : matching(wildcard, nsecs);
  if (wildcardMatch !== undefined) {
    const objection = typesObjection(wildcardMatch.types, qtype, false);
    if (objection !== undefined || isCompactNameError(wildcardMatch.types)) {
      return incomplete(
        objection === undefined ? 'name-exists' : gapOf(objection),
        `the NSEC at *.${nameText(encloser)} denies nothing: ${objection ?? 'it does not exist'}`,
      );
    }
    return proven('wildcard-no-data', encloser, cover, wildcardMatch);
  }
  // RFC 4592 2.2.2: a wildcard that is an empty non-terminal answers as one.
  const wildcardAbove =
    wildcard === undefined ? undefined : nsecs.find((nsec) => impliesEmptyNonTerminal(nsec, wildcard, zone));
  if (wildcardAbove !== undefined) return proven('wildcard-no-data', encloser, cover, wildcardAbove);
  return incomplete('wildcard-not-denied', `no NSEC matches the wildcard *.${nameText(encloser)}`);
}

/**
 * Nothing closer than the wildcard below the ancestor of `closestEncloserLabels` labels matches the name: its expansion
 * was right (RFC 4035 5.3.4).
 */
export function nsecProveWildcardAnswer(
  qname: DomainName,
  closestEncloserLabels: number,
  nsecs: readonly NsecRecord[],
  zone: DomainName,
): Denial {
  const encloser = qname.ancestorWithLabels(closestEncloserLabels);
  for (const cover of nsecs) {
    if (!denies(cover, qname, zone)) continue;
    // RFC 4592 3.3.1: with a longer encloser, the wildcard of that one would have answered or not.
    if (closestEncloser(qname, cover).equals(encloser)) return proven('wildcard-answer', encloser, cover);
  }
  return incomplete(
    'not-covered',
    `no NSEC denies ${nameText(qname)} below ${nameText(encloser)}`,
    'denial-wildcard-missing',
  );
}

/** No signed delegation is at the name: an unsigned one, or none (RFC 4035 5.2, RFC 6840 4.4). */
export function nsecProveNoDS(child: DomainName, nsecs: readonly NsecRecord[], zone: DomainName): Denial {
  if (child.equals(zone)) return incomplete('wrong-side', `the DS of ${nameText(zone)} is its parent's to deny`);
  const match = matching(child, nsecs);
  if (match !== undefined) {
    if (hasType(match.types, RRType.DS))
      return incomplete('ds-exists', `the NSEC at ${nameText(child)} says that there is a DS`);
    if (hasType(match.types, RRType.SOA)) {
      return incomplete('wrong-side', `the NSEC at ${nameText(child)} is from the child side of the zone cut`);
    }
    return proven(hasType(match.types, RRType.NS) ? 'no-ds' : 'not-a-cut', undefined, match);
  }
  const above = nsecs.find((nsec) => impliesEmptyNonTerminal(nsec, child, zone));
  if (above !== undefined) return proven('not-a-cut', undefined, above);
  // A wildcard makes no delegation (RFC 4592 4.2), so the name alone has to be denied.
  const cover = nsecs.find((nsec) => denies(nsec, child, zone));
  if (cover !== undefined) return proven('not-a-cut', closestEncloser(child, cover), cover);
  return incomplete('not-covered', `no NSEC matches or denies ${nameText(child)}`);
}

function matching(name: DomainName, nsecs: readonly NsecRecord[]): NsecRecord | undefined {
  return nsecs.find((nsec) => nsec.owner.equals(name));
}

/** Covers the name, and may: names below a delegation or DNAME are not the zone's to deny (RFC 6840 4.1). */
function coversWithAuthority(nsec: NsecRecord, name: DomainName, zone: DomainName): boolean {
  if (!nsecCovers(nsec.owner, nsec.next, name, zone)) return false;
  return !(name.isBelow(nsec.owner) && hidesDescendants(nsec.types));
}

/** The name does not exist: covered, and not an empty non-terminal above the next name. */
function denies(nsec: NsecRecord, name: DomainName, zone: DomainName): boolean {
  return coversWithAuthority(nsec, name, zone) && !nsec.next.isBelow(name);
}

/** The name has no records but names below it do: the first of them is next (RFC 4592 2.2.2). */
function impliesEmptyNonTerminal(nsec: NsecRecord, name: DomainName, zone: DomainName): boolean {
  return coversWithAuthority(nsec, name, zone) && nsec.next.isBelow(name);
}

/** The longest ancestor of a covered name that exists: owner and next, and all their ancestors in the zone, do. */
function closestEncloser(name: DomainName, cover: NsecRecord): DomainName {
  const withOwner = name.commonAncestor(cover.owner);
  const withNext = name.commonAncestor(cover.next);
  return withOwner.key.length >= withNext.key.length ? withOwner : withNext;
}

function proven(proof: DenialProof, encloser: DomainName | undefined, ...records: readonly NsecRecord[]): Denial {
  const used: RRset[] = [...new Set(records.map((record) => record.rrset))];
  return { kind: 'proven', proof, optOut: false, closestEncloser: encloser, used };
}

function incomplete(gap: DenialGap, detail: string, reason: UnprovenReason = 'denial-incomplete'): Denial {
  return { kind: 'unproven', reason, detail, gap };
}
