// Denial records made for each reply, as servers that sign online do: narrow NSEC3 (RFC 7129 appendix B) and compact
// denial (RFC 9824). What was signed once is kept, up to a bound.
import { RRClass, RRType } from '../wire/constants.ts';
import { type DomainName, MAX_LABEL_OCTETS, MAX_NAME_OCTETS } from '../wire/name.ts';
import { buildTypeBitmap } from '../wire/rdata-dnssec.ts';
import type { RRset } from '../wire/record.ts';
import {
  authoritativeTypes,
  type DenialOptions,
  denialTtl,
  type Nsec3Options,
  nsec3Names,
  nsec3Rdata,
  nsec3Types,
} from './denial-chain.ts';
import { hashOf, nsec3Owner } from './nsec3-owner.ts';
import type { CompactDenial, NarrowDenial, Zone } from './zone.ts';

/** Signs a set and returns it with its signatures. */
type Sign = (rrset: RRset) => RRset;

/** Made sets that are kept; the oldest go first. */
const MAX_KEPT_SETS = 10_000;

/** The zone with the way to deny that the options ask for, when that is one without a chain. */
export function withOnlineDenial(zone: Zone, options: DenialOptions, sign: Sign): Zone {
  if (options.kind === 'compact') return zone.withDenial(compactDenial(zone, keeping(sign)));
  if (options.kind === 'nsec3' && options.isNarrow) {
    return zone.withDenial(narrowDenial(zone, options, keeping(sign)));
  }
  return zone;
}

function keeping(sign: Sign): (index: string, make: () => RRset) => RRset {
  const kept = new Map<string, RRset>();
  return (index, make) => {
    let rrset = kept.get(index);
    if (rrset === undefined) {
      rrset = sign(make());
      kept.set(index, rrset);
      const [oldest] = kept.keys();
      if (kept.size > MAX_KEPT_SETS && oldest !== undefined) kept.delete(oldest);
    }
    return rrset;
  };
}

type Kept = ReturnType<typeof keeping>;

function narrowDenial(zone: Zone, options: Nsec3Options, kept: Kept): NarrowDenial {
  const parameters = { iterations: options.iterations ?? 0, salt: options.salt ?? new Uint8Array() };
  const names = new Set(nsec3Names(zone, false).map(({ key }) => key));
  const make = (hash: Uint8Array, next: Uint8Array, types: readonly number[]): RRset => ({
    name: nsec3Owner(hash, zone.apex),
    type: RRType.NSEC3,
    class: RRClass.IN,
    ttl: denialTtl(zone),
    rdatas: [nsec3Rdata({ ...options, optOut: false }, next, types)],
    signatures: [],
  });
  return {
    kind: 'nsec3-narrow',
    match: (name) => {
      if (!names.has(name.key)) return undefined;
      const hash = hashOf(name, parameters);
      return kept(`match ${name.key}`, () => make(hash, neighbour(hash, 1), nsec3Types(zone, name)));
    },
    cover: (name) => {
      const hash = hashOf(name, parameters);
      return kept(`cover ${name.key}`, () => make(neighbour(hash, -1), neighbour(hash, 1), []));
    },
  };
}

/** The hash one above or below, round the end. */
function neighbour(hash: Uint8Array, step: 1 | -1): Uint8Array {
  const next = hash.slice();
  for (let index = next.length - 1; index >= 0; index--) {
    const octet = (next[index] ?? 0) + step;
    next[index] = octet;
    if (octet >= 0 && octet <= 0xff) break;
  }
  return next;
}

function compactDenial(zone: Zone, kept: Kept): CompactDenial {
  return {
    kind: 'compact',
    nsec: (name, node) => {
      // RFC 9824 3.1: the pseudo-type NXNAME says that there is no such name.
      const types = node === undefined ? [RRType.NXNAME] : authoritativeTypes(zone, node);
      return kept(`nsec ${node?.name.key ?? ''} ${name.key}`, () => ({
        name,
        type: RRType.NSEC,
        class: RRClass.IN,
        ttl: denialTtl(zone),
        rdatas: [Uint8Array.from([...successor(zone, name).octets, ...bitmapWithProof(types)])],
        signatures: [],
      }));
    },
    sign: (rrset) => ({ ...kept(`set ${rrset.type} ${rrset.name.key}`, () => rrset), name: rrset.name }),
  };
}

function bitmapWithProof(types: readonly number[]): Uint8Array {
  return buildTypeBitmap([...types, RRType.NSEC, RRType.RRSIG]);
}

/**
 * The name that follows immediately (RFC 4471 3.1): `\\000.name`, or for a name too long for that, the next one of its
 * length. Naming the apex instead would deny everything behind it.
 */
function successor(zone: Zone, name: DomainName): DomainName {
  const below = name.prepend(new Uint8Array(1));
  if (below !== undefined) return below;
  for (let above = name; above.isBelow(zone.apex); above = above.parent()) {
    const next = nextLabel(above.firstLabel(), above.octets.length < MAX_NAME_OCTETS);
    const sibling = next === undefined ? undefined : above.parent().prepend(next);
    if (sibling !== undefined) return sibling;
  }
  return zone.apex;
}

/** The label that follows: an octet longer where there is room, else with its last octet counted up. */
function nextLabel(label: Uint8Array, mayGrow: boolean): Uint8Array | undefined {
  if (mayGrow && label.length < MAX_LABEL_OCTETS) return Uint8Array.of(...label, 0);
  let length = label.length;
  while (length > 0 && label[length - 1] === 0xff) length--;
  if (length === 0) return undefined;
  const next = label.slice(0, length);
  const last = (next[length - 1] ?? 0) + 1;
  // Capital letters sort as small ones (RFC 4034 6.1): what follows `@` is `[`.
  next[length - 1] = last === 0x41 ? 0x5b : last;
  return next;
}
