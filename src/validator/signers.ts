// Whose signature data claim to carry: read before anything is verified, to know which chain to build.
import { RRType } from '../wire/constants.ts';
import { DomainName } from '../wire/name.ts';
import { parseRRSIG } from '../wire/rdata-dnssec.ts';
import type { RRset } from '../wire/record.ts';

/** The signer names on an RRset that could be right for it, the deepest first, each once. */
export function claimedSigners(rrset: RRset): DomainName[] {
  const [single] = rrset.signatures;
  if (rrset.signatures.length === 1 && single !== undefined) {
    const signer = parseRRSIG(single)?.signer;
    return signer !== undefined && mayHaveSigned(signer, rrset.name, rrset.type) ? [signer] : [];
  }
  const signers = new Map<string, DomainName>();
  for (const rdata of rrset.signatures) {
    const signer = parseRRSIG(rdata)?.signer;
    if (signer !== undefined && mayHaveSigned(signer, rrset.name, rrset.type)) signers.set(signer.key, signer);
  }
  return [...signers.values()].sort((left, right) => right.labelCount - left.labelCount);
}

/** A DS set is its parent's (RFC 4035 3.1.4.1); all else is signed by a zone at or above the owner. */
function mayHaveSigned(signer: DomainName, owner: DomainName, type: number): boolean {
  if (type === RRType.DS && !owner.isRoot) return owner.isBelow(signer);
  return owner.isSubdomainOf(signer);
}

/**
 * The signer names on the records of a denial for (name, type), the deepest first. For DS the zone of that name itself
 * cannot speak.
 */
export function denialSigners(
  denial: readonly RRset[],
  soa: RRset | undefined,
  name: DomainName,
  type: number,
): DomainName[] {
  const signers = new Map<string, DomainName>();
  for (const rrset of soa === undefined ? denial : [...denial, soa]) {
    for (const rdata of rrset.signatures) {
      const signer = parseRRSIG(rdata)?.signer;
      if (signer !== undefined && mayHaveSigned(signer, name, type)) signers.set(signer.key, signer);
    }
  }
  return [...signers.values()].sort((left, right) => right.labelCount - left.labelCount);
}

/** The ancestor-or-self of `target` that has one label more than `above`. */
export function oneLabelBelow(above: DomainName, target: DomainName): DomainName {
  return target.isBelow(above) ? target.ancestorWithLabels(above.labelCount + 1) : DomainName.root;
}
