// Which denial records a server adds to a reply: for NSEC RFC 4035 3.1.3, for NSEC3 RFC 5155 7.2, made for the reply
// RFC 7129 appendix B (narrow NSEC3) and RFC 9824 (compact). Each function returns the sets that prove one proposition, each set once; an unsigned zone has none.
import { compareNames, type DomainName } from '../wire/name.ts';
import { compareOctets, type RRset } from '../wire/record.ts';
import { hashOf } from './nsec3-owner.ts';
import type { DenialChain, NarrowDenial, Zone, ZoneNode } from './zone.ts';
import type { Synthesis } from './zone-lookup.ts';

type Nsec3Chain = Extract<DenialChain, { kind: 'nsec3' }> | NarrowDenial;

/** Neither the name nor a wildcard for it exists. */
export function proveNameError(zone: Zone, name: DomainName, closestEncloser: DomainName): RRset[] {
  const chain = zone.denial;
  if (chain.kind === 'nsec') {
    const wildcard = closestEncloser.wildcardChild();
    return distinct([matchingOrCovering(chain.links, name), wildcard && matchingOrCovering(chain.links, wildcard)]);
  }
  if (chain.kind === 'compact') return [chain.nsec(name, undefined)];
  if (isNsec3(chain)) {
    const proof = closestEncloserProof(chain, zone, name);
    // Opt-Out may leave the closest encloser without a record; the wildcard is that of the one that is proved.
    const wildcard = proof?.closestEncloser.wildcardChild();
    return distinct([...(proof?.sets ?? []), wildcard && covering(chain, wildcard)]);
  }
  return [];
}

/**
 * The name exists without the type: the record of the name itself. An empty non-terminal has none under NSEC, where
 * the record in front covers it, and a cut may lack one under Opt-Out, where the closest provable encloser and the
 * record over the next closer name stand in (RFC 5155 7.2.4).
 */
export function proveNoData(zone: Zone, name: DomainName, node: ZoneNode): RRset[] {
  const chain = zone.denial;
  if (chain.kind === 'compact') return [chain.nsec(name, node)];
  if (chain.kind === 'nsec') return distinct([matchingOrCovering(chain.links, name)]);
  if (!isNsec3(chain)) return [];
  const match = matching(chain, name);
  return match === undefined ? distinct(closestEncloserProof(chain, zone, name)?.sets ?? []) : [match];
}

/** The name itself does not exist, so that the wildcard was right to answer (RFC 4035 3.1.3.3, RFC 5155 7.2.6). */
export function proveWildcardAnswer(zone: Zone, name: DomainName, synthesis: Synthesis): RRset[] {
  const chain = zone.denial;
  if (chain.kind === 'nsec') return distinct([matchingOrCovering(chain.links, name)]);
  if (isNsec3(chain)) return distinct([covering(chain, synthesis.nextCloser)]);
  return [];
}

/** The name does not exist, and the wildcard for it lacks the type (RFC 4035 3.1.3.4, RFC 5155 7.2.5). */
export function proveWildcardNoData(zone: Zone, name: DomainName, synthesis: Synthesis): RRset[] {
  const chain = zone.denial;
  const source = synthesis.source.name;
  if (chain.kind === 'compact') return [chain.nsec(name, synthesis.source)];
  if (chain.kind === 'nsec') {
    return distinct([matchingOrCovering(chain.links, name), matchingOrCovering(chain.links, source)]);
  }
  if (isNsec3(chain)) {
    return distinct([
      matching(chain, synthesis.closestEncloser),
      covering(chain, synthesis.nextCloser),
      matching(chain, source),
    ]);
  }
  return [];
}

/** The NSEC of the name, or else the one in whose gap it falls; the last record's gap reaches round to the apex. */
function matchingOrCovering(links: readonly RRset[], name: DomainName): RRset | undefined {
  return atOrBefore(links, (link) => compareNames(link.name, name));
}

function isNsec3(chain: DenialChain): chain is Nsec3Chain {
  return chain.kind === 'nsec3' || chain.kind === 'nsec3-narrow';
}

function matching(chain: Nsec3Chain, name: DomainName): RRset | undefined {
  if (chain.kind === 'nsec3-narrow') return chain.match(name);
  const hash = hashOf(name, chain.parameters);
  const link = atOrBefore(chain.links, (candidate) => compareOctets(candidate.hash, hash));
  return link !== undefined && compareOctets(link.hash, hash) === 0 ? link.rrset : undefined;
}

function covering(chain: Nsec3Chain, name: DomainName): RRset | undefined {
  if (chain.kind === 'nsec3-narrow') return chain.cover(name);
  const hash = hashOf(name, chain.parameters);
  return atOrBefore(chain.links, (candidate) => compareOctets(candidate.hash, hash))?.rrset;
}

interface ClosestEncloserProof {
  readonly closestEncloser: DomainName;
  readonly sets: readonly (RRset | undefined)[];
}

/** RFC 5155 7.2.1: the closest provable encloser's record, and the one over the next closer name. */
function closestEncloserProof(chain: Nsec3Chain, zone: Zone, name: DomainName): ClosestEncloserProof | undefined {
  for (let nextCloser = name; nextCloser.isBelow(zone.apex); nextCloser = nextCloser.parent()) {
    const closestEncloser = nextCloser.parent();
    const match = matching(chain, closestEncloser);
    if (match !== undefined) return { closestEncloser, sets: [match, covering(chain, nextCloser)] };
  }
  return undefined;
}

/** The last of the sorted links at or before what `compare` looks for; the very last when it is before them all. */
function atOrBefore<Link>(links: readonly Link[], compare: (link: Link) => number): Link | undefined {
  let low = 0;
  let high = links.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const link = links[middle];
    if (link !== undefined && compare(link) <= 0) low = middle + 1;
    else high = middle;
  }
  return links[low - 1] ?? links.at(-1);
}

function distinct(sets: readonly (RRset | undefined)[]): RRset[] {
  return [...new Set(sets.filter((set) => set !== undefined))];
}
