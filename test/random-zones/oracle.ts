// What the answer to a question must be, computed from the zones themselves and from nothing of the resolver: RFC 1034
// 4.3.2 with RFC 4592 (wildcards), RFC 6672 (DNAME), and RFC 4035 and RFC 5155 for what can be proved.
import type { HierarchyZone } from '../../src/lab/hierarchy.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { DomainName } from '../../src/wire/name.ts';
import { parseNameRdata } from '../../src/wire/rdata.ts';
import { latin1 } from '../../src/wire/record.ts';
import type { World } from './world.ts';

/** A denial or expansion that a client with DO can check. */
export type Proof =
  /** The name exists without the type; `source` is the wildcard that lacks it, if the name came from one. */
  | { readonly kind: 'no-data'; readonly zone: PlainZone; readonly name: DomainName; readonly source?: DomainName }
  | { readonly kind: 'no-name'; readonly zone: PlainZone; readonly name: DomainName; readonly encloser: DomainName }
  /** The answer is from a wildcard below `encloser`: nothing closer exists. */
  | { readonly kind: 'expanded'; readonly zone: PlainZone; readonly name: DomainName; readonly encloser: DomainName };

export interface Truth {
  /** No answer can be demanded: a loop of aliases, or more of them than a resolver follows. */
  readonly isEndless: boolean;
  readonly rcode: number;
  /** `owner key/type/rdata`, sorted. */
  readonly records: readonly string[];
  /** Every step is provable without a gap that may hide something. */
  readonly isSecure: boolean;
  readonly proofs: readonly Proof[];
  /** The name does not exist in a zone that denies compactly: the RCODE is NOERROR, the proof says otherwise. */
  readonly isCompact: boolean;
}

export interface PlainZone {
  readonly apex: DomainName;
  /** A chain of DS and keys leads to it from the root. */
  readonly isSecure: boolean;
  readonly denial: 'nsec' | 'nsec3' | 'opt-out' | 'narrow' | 'compact' | 'none';
  readonly built: HierarchyZone;
  /** RDATA by owner and type; empty non-terminals have no types. */
  readonly names: ReadonlyMap<string, ReadonlyMap<number, readonly Uint8Array[]>>;
}

/** More aliases than this are nobody's duty. */
const MAX_ALIASES = 9;

export class Oracle {
  private readonly zones = new Map<string, PlainZone>();

  constructor({ hierarchy }: World) {
    // From the root downwards, so that the parent's state is known.
    for (const built of [...hierarchy.zones].reverse()) {
      const zone = this.plainZone(built);
      this.zones.set(zone.apex.key, zone);
    }
  }

  zoneOf(name: DomainName): PlainZone {
    for (let above = name; ; above = above.parent()) {
      const zone = this.zones.get(above.key);
      if (zone !== undefined) return zone;
      if (above.isRoot) throw new Error('there is no root zone');
    }
  }

  truth(question: DomainName, type: number): Truth {
    const records: string[] = [];
    const proofs: Proof[] = [];
    let isSecure = true;
    let name = question;
    const result = (rcode: number, isCompact = false, isEndless = false): Truth => ({
      rcode,
      isCompact,
      isEndless,
      isSecure,
      proofs,
      records: [...new Set(records)].sort(),
    });
    for (let aliases = 0; aliases <= MAX_ALIASES; aliases++) {
      const zone = this.zoneOf(type === RRType.DS && !name.isRoot ? name.parent() : name);
      isSecure &&= zone.isSecure;
      const dname = dnameAbove(zone, name);
      if (dname !== undefined) {
        add(records, dname.owner, RRType.DNAME, [dname.rdata]);
        const substituted = name.replaceSuffix(dname.owner, dname.target);
        if (substituted === undefined) return result(Rcode.YXDOMAIN);
        add(records, name, RRType.CNAME, [substituted.octets]);
        if (type === RRType.CNAME) return result(Rcode.NOERROR);
        name = substituted;
        continue;
      }
      const encloser = closestEncloser(zone, name);
      const source = encloser.equals(name) ? name : encloser.wildcardChild();
      const types = source === undefined ? undefined : zone.names.get(source.key);
      if (source === undefined || types === undefined) {
        proofs.push({ kind: 'no-name', zone, name, encloser });
        isSecure &&= zone.denial !== 'opt-out';
        return result(zone.denial === 'compact' ? Rcode.NOERROR : Rcode.NXDOMAIN, zone.denial === 'compact');
      }
      const isExpanded = !encloser.equals(name);
      const found = types.get(type) ?? types.get(RRType.CNAME);
      if (found === undefined) {
        proofs.push({ kind: 'no-data', zone, name, ...(isExpanded ? { source } : {}) });
        isSecure &&= !(zone.denial === 'opt-out' && (isExpanded || !hasNsec3(zone, name)));
        return result(Rcode.NOERROR);
      }
      if (isExpanded) {
        proofs.push({ kind: 'expanded', zone, name, encloser });
        isSecure &&= zone.denial !== 'opt-out';
      }
      if (types.has(type)) {
        add(records, name, type, found);
        return result(Rcode.NOERROR);
      }
      add(records, name, RRType.CNAME, found);
      const target = found[0] === undefined ? undefined : parseNameRdata(found[0]);
      if (target === undefined) throw new Error('a CNAME without a target');
      name = target;
    }
    return result(Rcode.SERVFAIL, false, true);
  }

  private plainZone(built: HierarchyZone): PlainZone {
    const apex = built.name;
    const parent = apex.isRoot ? undefined : this.zoneOf(apex.parent());
    const { description } = built;
    const isSigned = built.signed !== undefined;
    const hasDS = apex.isRoot || (description.ds ?? 'matching') !== 'absent';
    const names = new Map<string, Map<number, Uint8Array[]>>();
    for (const { name, type, rdata } of built.zone.records) {
      if (madeBySigner.has(type)) continue;
      for (let above = name; ; above = above.parent()) {
        if (!names.has(above.key)) names.set(above.key, new Map());
        if (above.key === apex.key) break;
      }
      const types = names.get(name.key);
      types?.set(type, [...(types.get(type) ?? []), rdata]);
    }
    return {
      apex,
      built,
      names,
      isSecure: isSigned && hasDS && parent?.isSecure !== false,
      denial: isSigned ? denialOf(description.denial ?? { kind: 'nsec' }) : 'none',
    };
  }
}

const madeBySigner: ReadonlySet<number> = new Set([RRType.RRSIG, RRType.NSEC, RRType.NSEC3]);

function denialOf(denial: NonNullable<HierarchyZone['description']['denial']>): PlainZone['denial'] {
  if (denial.kind !== 'nsec3') return denial.kind;
  if (denial.isNarrow === true) return 'narrow';
  return denial.optOut === true ? 'opt-out' : 'nsec3';
}

function add(records: string[], owner: DomainName, type: number, rdatas: readonly Uint8Array[]): void {
  for (const rdata of rdatas) records.push(recordLine(owner, type, rdata));
}

/** One record in a form that compares; names inside RDATA keep their case. */
export function recordLine(owner: DomainName, type: number, rdata: Uint8Array): string {
  const octets = type === RRType.CNAME || type === RRType.DNAME ? latin1(rdata).toLowerCase() : latin1(rdata);
  return `${owner.key}/${type}/${octets}`;
}

function dnameAbove(
  zone: PlainZone,
  name: DomainName,
): { owner: DomainName; rdata: Uint8Array; target: DomainName } | undefined {
  for (let above = name; !above.equals(zone.apex); ) {
    above = above.parent();
    const rdata = zone.names.get(above.key)?.get(RRType.DNAME)?.[0];
    const target = rdata === undefined ? undefined : parseNameRdata(rdata);
    if (rdata !== undefined && target !== undefined) return { owner: above, rdata, target };
  }
  return undefined;
}

function closestEncloser(zone: PlainZone, name: DomainName): DomainName {
  let above = name;
  while (!zone.names.has(above.key)) above = above.parent();
  return above;
}

/** RFC 5155 7.1: under Opt-Out, unsigned delegations have no record, nor empty non-terminals that lead only to them. */
function hasNsec3(zone: PlainZone, name: DomainName): boolean {
  for (const [key, types] of zone.names) {
    if (types.size === 0 || !DomainName.fromKey(key).isSubdomainOf(name)) continue;
    const isDelegation = types.has(RRType.NS) && key !== zone.apex.key;
    const isGlue = isBelowCut(zone, DomainName.fromKey(key));
    if (!isGlue && (!isDelegation || types.has(RRType.DS))) return true;
  }
  return false;
}

function isBelowCut(zone: PlainZone, name: DomainName): boolean {
  for (let above = name; !above.equals(zone.apex) && !above.parent().equals(zone.apex); ) {
    above = above.parent();
    if (zone.names.get(above.key)?.has(RRType.NS) === true) return true;
  }
  return false;
}
