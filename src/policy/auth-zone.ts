// A zone of the configuration, served from memory: exact names, wildcards, empty non-terminals, CNAME, DNAME and
// delegations (RFC 1034 4.3.2, RFC 4592, RFC 6672). What lies beyond its names or below its delegations is for the resolver.
//
// Limitation: a signed zone's NSEC and NSEC3 records are answers to questions for them, never proofs beside others.
import { RRClass, RRType, typeText } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText, nameTextWithoutDot } from '../wire/name-text.ts';
import { parseNameRdata } from '../wire/rdata.ts';
import { groupIntoRRsets, type ResourceRecord, type RRset } from '../wire/record.ts';

/** What a zone says to a question for a name at or below its apex. */
export type AuthZoneAnswer =
  | { readonly kind: 'rrsets'; readonly rrsets: readonly RRset[] }
  /**
   * A CNAME, or a DNAME with the CNAME that follows from it; `target` is undefined when substitution makes the name too
   * long.
   */
  | { readonly kind: 'alias'; readonly rrsets: readonly RRset[]; readonly target: DomainName | undefined }
  /** The name has no records of the type, or does not exist. */
  | { readonly kind: 'negative'; readonly exists: boolean }
  /** Servers of another zone know. */
  | { readonly kind: 'delegated' };

/** A zone cut within a zone. */
export interface LocalDelegation {
  readonly zone: DomainName;
  readonly nameServers: readonly LocalNameServer[];
}

export interface LocalNameServer {
  readonly name: DomainName;
  /** 4 or 16 octets each: what local zones know of the name. */
  readonly addresses: readonly Uint8Array[];
}

export type BuiltAuthZone =
  | { readonly ok: true; readonly authZone: AuthZone; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly error: string };

type Types = ReadonlyMap<number, RRset>;
const NO_TYPES: Types = new Map();
/** Names of records outside the zone that one warning lists. */
const MAX_NAMED_STRAYS = 3;

export class AuthZone {
  readonly zone: DomainName;
  readonly soa: RRset;
  /** RRsets of each name by type. Names between an owner and the apex have an entry without RRsets (RFC 8020 2). */
  private readonly nodes: ReadonlyMap<string, Types>;

  private constructor(zone: DomainName, soa: RRset, nodes: ReadonlyMap<string, Types>) {
    this.zone = zone;
    this.soa = soa;
    this.nodes = nodes;
  }

  /** The zone out of its records. Records of other zones are left out with a warning. */
  static build(zone: DomainName, records: readonly ResourceRecord[]): BuiltAuthZone {
    const own: ResourceRecord[] = [];
    const strays: ResourceRecord[] = [];
    for (const record of records) {
      const isOwn = record.class === RRClass.IN && record.name.isSubdomainOf(zone);
      (isOwn ? own : strays).push(record);
    }
    const nodes = new Map<string, Map<number, RRset>>([[zone.key, new Map()]]);
    for (const rrset of groupIntoRRsets(own)) {
      for (let name = rrset.name; !nodes.has(name.key); name = name.parent()) nodes.set(name.key, new Map());
      nodes.get(rrset.name.key)?.set(rrset.type, rrset);
    }
    const soa = nodes.get(zone.key)?.get(RRType.SOA);
    const text = nameTextWithoutDot(zone);
    if (soa === undefined || soa.rdatas.length === 0) return { ok: false, error: `there is no SOA record of ${text}` };
    if (soa.rdatas.length > 1) return { ok: false, error: `there are several SOA records of ${text}` };
    return {
      ok: true,
      authZone: new AuthZone(zone, soa, nodes),
      warnings: strays.length === 0 ? [] : [strayText(strays, text)],
    };
  }

  /** The answer to a question of class IN, whose name is at or below the apex. */
  answer(name: DomainName, type: number): AuthZoneAnswer {
    let node = this.zone;
    for (let labels = this.zone.labelCount + 1; labels <= name.labelCount; labels++) {
      // RFC 6672 2.3: a DNAME speaks for the names below it, not for its own.
      const dname = this.typesAt(node).get(RRType.DNAME);
      if (dname !== undefined) return substituted(name, dname);
      const next = name.ancestorWithLabels(labels);
      const types = this.nodes.get(next.key);
      if (types === undefined) return this.wildcardAnswer(name, type, node);
      // RFC 4035 3.1.4.1: the DS of a cut is the parent's; everything else there is the child's.
      const isParents = type === RRType.DS && labels === name.labelCount;
      if (hasRecords(types.get(RRType.NS)) && !isParents) return { kind: 'delegated' };
      node = next;
    }
    return answerFrom(name, type, this.typesAt(node));
  }

  /** Addresses of a name in the zone's records, glue included. */
  addressesOf(name: DomainName): readonly Uint8Array[] {
    const types = this.typesAt(name);
    return [RRType.A, RRType.AAAA].flatMap((type) => types.get(type)?.rdatas ?? []);
  }

  /** The zone cuts that are not below another cut, with the addresses that `addressesOf` knows. */
  delegations(addressesOf: (name: DomainName) => readonly Uint8Array[]): LocalDelegation[] {
    const found: LocalDelegation[] = [];
    for (const types of this.nodes.values()) {
      const ns = types.get(RRType.NS);
      if (ns === undefined || !hasRecords(ns) || ns.name.equals(this.zone) || ns.name.isWildcard) continue;
      if (this.answer(ns.name.parent(), RRType.NS).kind === 'delegated') continue;
      const names = ns.rdatas.flatMap((rdata) => parseNameRdata(rdata) ?? []);
      found.push({
        zone: ns.name.toLowerCase(),
        nameServers: names.map((name) => ({ name, addresses: addressesOf(name) })),
      });
    }
    return found;
  }

  private typesAt(name: DomainName): Types {
    return this.nodes.get(name.key) ?? NO_TYPES;
  }

  /** RFC 4592 3.3: only the wildcard right below the closest encloser is a source of synthesis. */
  private wildcardAnswer(name: DomainName, type: number, closestEncloser: DomainName): AuthZoneAnswer {
    const source = closestEncloser.wildcardChild();
    const types = source && this.nodes.get(source.key);
    if (types === undefined) return { kind: 'negative', exists: false };
    const expanded = new Map<number, RRset>();
    for (const [key, rrset] of types) if (key !== RRType.NS) expanded.set(key, { ...rrset, name });
    return answerFrom(name, type, expanded);
  }
}

function hasRecords(rrset: RRset | undefined): boolean {
  return rrset !== undefined && rrset.rdatas.length > 0;
}

function answerFrom(name: DomainName, type: number, types: Types): AuthZoneAnswer {
  const found = matching(type, types);
  if (found.length > 0) return { kind: 'rrsets', rrsets: found };
  const cname = types.get(RRType.CNAME);
  const target = cname?.rdatas[0];
  if (cname === undefined || target === undefined || type === RRType.RRSIG) return { kind: 'negative', exists: true };
  return { kind: 'alias', rrsets: [{ ...cname, name }], target: parseNameRdata(target) };
}

function matching(type: number, types: Types): readonly RRset[] {
  if (type === RRType.ANY) return [...types.values()].filter(hasRecords);
  if (type === RRType.RRSIG) {
    const signed = [...types.values()].filter(({ signatures }) => signatures.length > 0);
    return signed.map((rrset) => ({ ...rrset, rdatas: [] }));
  }
  const rrset = types.get(type);
  return rrset !== undefined && hasRecords(rrset) ? [rrset] : [];
}

/** RFC 6672 3.1: the DNAME, and the CNAME that stands for the substitution. */
function substituted(name: DomainName, dname: RRset): AuthZoneAnswer {
  const [rdata] = dname.rdatas;
  const into = rdata && parseNameRdata(rdata);
  const target = into && name.replaceSuffix(dname.name, into);
  if (target === undefined) return { kind: 'alias', rrsets: [dname], target };
  const cname: RRset = {
    name,
    type: RRType.CNAME,
    class: RRClass.IN,
    ttl: dname.ttl,
    rdatas: [target.octets],
    signatures: [],
  };
  return { kind: 'alias', rrsets: [dname, cname], target };
}

function strayText(strays: readonly ResourceRecord[], zone: string): string {
  const named = strays.slice(0, MAX_NAMED_STRAYS).map(({ name, type }) => `${nameText(name)} ${typeText(type)}`);
  const more = strays.length > named.length ? ` and ${strays.length - named.length} more` : '';
  return `records that do not belong to ${zone} are left out: ${named.join(', ')}${more}`;
}
