// What a zone has to say about a name and a type: the look-up of RFC 1034 4.3.2 within one zone, with wildcards
// (RFC 4592), DNAME (RFC 6672) and the DS rule at cuts (RFC 4035 3.1.4.1).
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import type { RRset } from '../wire/record.ts';
import type { Zone, ZoneNode } from './zone.ts';

/** An answer made from a wildcard (RFC 4592 3.3.1). */
export interface Synthesis {
  /** The source of synthesis, `*.closestEncloser`. */
  readonly source: ZoneNode;
  readonly closestEncloser: DomainName;
  /** The ancestor-or-self of the name with one label more than the closest encloser: it does not exist. */
  readonly nextCloser: DomainName;
}

/**
 * - `outside`: the name is not at or below the apex.
 * - `delegation`: the name lies at or below a zone cut; for DS only below it.
 * - `dname`: an ancestor of the name redirects.
 * - `answer`: the sets asked for, with the owner they have in the zone.
 * - `cname`: the name is an alias.
 * - `no-data`: the name exists, or a wildcard stands for it, without the type; `node` is the one that was looked at.
 * - `name-error`: no such name, and no wildcard.
 */
export type ZoneLookup =
  | { readonly kind: 'outside' }
  | { readonly kind: 'delegation'; readonly cut: ZoneNode; readonly nameServers: RRset }
  | { readonly kind: 'dname'; readonly rrset: RRset }
  | { readonly kind: 'answer'; readonly rrsets: readonly RRset[]; readonly synthesis: Synthesis | undefined }
  | { readonly kind: 'cname'; readonly rrset: RRset; readonly synthesis: Synthesis | undefined }
  | { readonly kind: 'no-data'; readonly node: ZoneNode; readonly synthesis: Synthesis | undefined }
  | { readonly kind: 'name-error'; readonly closestEncloser: DomainName; readonly nextCloser: DomainName };

/** Looks a name and type up in one zone. */
export function lookUp(zone: Zone, name: DomainName, type: number): ZoneLookup {
  if (!name.isSubdomainOf(zone.apex)) return { kind: 'outside' };
  const labels = name.labelCount;
  let closest: ZoneNode | undefined;
  for (let count = zone.apex.labelCount; count <= labels; count++) {
    const ancestor = name.ancestorWithLabels(count);
    const node = zone.node(ancestor);
    if (node === undefined) return synthesise(zone, closest?.name ?? zone.apex, ancestor, type);
    closest = node;
    const isName = count === labels;
    const nameServers = node.rrsets.get(RRType.NS);
    if (nameServers !== undefined && zone.isCut(node) && !(isName && type === RRType.DS)) {
      return { kind: 'delegation', cut: node, nameServers };
    }
    const dname = node.rrsets.get(RRType.DNAME);
    // RFC 6672 2.3: a DNAME redirects what is below its owner, not the owner.
    if (dname !== undefined && !isName) return { kind: 'dname', rrset: dname };
  }
  return closest === undefined ? { kind: 'outside' } : lookUpInNode(closest, type, undefined);
}

function synthesise(zone: Zone, closestEncloser: DomainName, nextCloser: DomainName, type: number): ZoneLookup {
  const source = closestEncloser.wildcardChild();
  const node = source === undefined ? undefined : zone.node(source);
  if (node === undefined) return { kind: 'name-error', closestEncloser, nextCloser };
  return lookUpInNode(node, type, { source: node, closestEncloser, nextCloser });
}

function lookUpInNode(node: ZoneNode, type: number, synthesis: Synthesis | undefined): ZoneLookup {
  if (type === RRType.ANY || type === RRType.RRSIG) {
    const rrsets = type === RRType.ANY ? [...node.rrsets.values()] : signatureSets(node);
    return rrsets.length > 0 ? { kind: 'answer', rrsets, synthesis } : { kind: 'no-data', node, synthesis };
  }
  const rrset = node.rrsets.get(type);
  if (rrset !== undefined) return { kind: 'answer', rrsets: [rrset], synthesis };
  const cname = node.rrsets.get(RRType.CNAME);
  return cname !== undefined ? { kind: 'cname', rrset: cname, synthesis } : { kind: 'no-data', node, synthesis };
}

/** The RRSIG records of a node as a set of their own. */
function signatureSets(node: ZoneNode): RRset[] {
  const sets = [...node.rrsets.values()].filter(({ signatures }) => signatures.length > 0);
  const [first] = sets;
  if (first === undefined) return [];
  const rdatas = sets.flatMap(({ signatures }) => signatures);
  return [{ name: node.name, type: RRType.RRSIG, class: first.class, ttl: first.ttl, rdatas, signatures: [] }];
}
