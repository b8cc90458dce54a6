// Answers that need no look-up: special-use names, and the local zones and records of the configuration, whose types are
// those of Unbound's `local-zone`. The deepest configured name decides, a forward zone included (SECURITY 6, A-50).
import type { Resolution, ResolvedRRset } from '../resolver/resolution.ts';
import { EdeCode, Rcode, RRClass, RRType } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { Question } from '../wire/message.ts';
import { DomainName } from '../wire/name.ts';
import { nameOf, nameTextWithoutDot } from '../wire/name-text.ts';
import { groupIntoRRsets, type ResourceRecord, type RRset } from '../wire/record.ts';
import { type SpecialUseZone, specialUseZones } from './special-use.ts';

/**
 * How names at and below a configured zone are answered. Where "the data" are missing, the type decides:
 * - `static`: NXDOMAIN, or NODATA where the name has other data or data below it.
 * - `deny`, `inform_deny`: no reply. `refuse`: REFUSED.
 * - `transparent`, `inform`, `noview`: NODATA where the name has other data, else looked up.
 * - `typetransparent`: looked up. `block_a`, `block_aaaa`: NODATA for that type, whatever data there are, else looked up;
 *   with `_wdata` the data come first.
 * - `redirect`, `inform_redirect`: every name is answered with the data of the zone's own name.
 * - `always_...`: as the word says, whatever data there are; `always_null` gives 0.0.0.0 and ::.
 * - `nodefault`: the built-in zone of that name is switched off, and nothing takes its place.
 */
export type LocalZoneType =
  | 'deny'
  | 'refuse'
  | 'static'
  | 'transparent'
  | 'typetransparent'
  | 'redirect'
  | 'inform'
  | 'inform_deny'
  | 'inform_redirect'
  | 'always_transparent'
  | 'block_a'
  | 'block_aaaa'
  | 'block_a_wdata'
  | 'block_aaaa_wdata'
  | 'always_refuse'
  | 'always_nxdomain'
  | 'always_nodata'
  | 'always_deny'
  | 'always_null'
  | 'noview'
  | 'nodefault';

export interface LocalDataOptions {
  readonly zones: readonly { readonly zone: DomainName; readonly zoneType: LocalZoneType }[];
  /** Class IN; a record outside every zone makes a transparent zone of its own. */
  readonly records: readonly ResourceRecord[];
  /** Zones whose questions go to listed servers: at and below these names nothing is answered locally by default. */
  readonly forwardZones: readonly DomainName[];
  /** Reverse zones of private and loopback IPv4 addresses. */
  readonly serveRfc1918: boolean;
  /** The other reverse zones of RFC 6303 and RFC 7793; only together with `serveRfc1918`, as in PowerDNS. */
  readonly serveRfc6303: boolean;
}

/**
 * What local data say to a question. Where they say nothing there is no `LocalAnswer`.
 * - `answer`: the whole answer.
 * - `alias`: a CNAME whose target the client wants to know as well.
 * - `refuse`, `drop`: as the configuration says.
 * - `look-up`: nothing, but the question is to be logged.
 */
export type LocalAnswer = {
  /** The zone that decided. */
  readonly zone: DomainName;
  /** The zone's type asks for a log line. */
  readonly informs: boolean;
} & (
  | { readonly kind: 'answer'; readonly resolution: Resolution }
  | { readonly kind: 'alias'; readonly alias: ResolvedRRset; readonly target: DomainName }
  | { readonly kind: 'refuse'; readonly errors: readonly ExtendedError[] }
  | { readonly kind: 'drop' }
  | { readonly kind: 'look-up' }
);

/** Seconds; the negative TTL of the built-in zones. */
const NEGATIVE_TTL = 10_800;
const LOCALHOST_TTL = 86_400;
const localhost = nameOf('localhost');
const nobody = nameOf('nobody.invalid');

interface LocalZone {
  readonly zone: DomainName;
  readonly zoneType: LocalZoneType | 'localhost';
  /** The configured one where there is one. */
  soa: ResolvedRRset;
  /** Said with answers that surprise people. */
  readonly errors: readonly ExtendedError[];
  readonly dsIsPublic: boolean;
}

/** Local zones and their records, made once from the configuration. */
export class LocalData {
  private readonly zones = new Map<string, LocalZone>();
  private readonly forwardZones: ReadonlySet<string>;
  /** RRsets by owner and type. */
  private readonly rrsets = new Map<string, Map<number, RRset>>();
  /** Owners and every name between them and their zone: these exist. */
  private readonly existing = new Set<string>();

  constructor(options: LocalDataOptions) {
    this.forwardZones = new Set(options.forwardZones.map((zone) => zone.key));
    const configured = new Set(options.zones.map(({ zone }) => zone.key));
    for (const special of specialUseZones) {
      if (!configured.has(special.zone.key) && this.isServed(special, options)) this.addSpecialUseZone(special);
    }
    for (const { zone, zoneType } of options.zones) {
      if (zoneType !== 'nodefault') this.zones.set(zone.key, configuredZone(zone, zoneType));
    }
    const sets = groupIntoRRsets(options.records.filter((record) => record.class === RRClass.IN));
    for (const rrset of sets) {
      if (this.zoneOf(rrset.name) === undefined) {
        this.zones.set(rrset.name.key, configuredZone(rrset.name, 'transparent'));
      }
    }
    for (const rrset of sets) this.addRRset(rrset);
  }

  /** The answer to a question of class IN; undefined when it is to be looked up. */
  answer(question: Question): LocalAnswer | undefined {
    const zone = this.zoneFor(question);
    return zone === undefined ? undefined : this.zoneAnswer(zone, question);
  }

  /** Whether a built-in zone is in force: no switch turns it off, and no forward zone covers its name. */
  private isServed(special: SpecialUseZone, options: LocalDataOptions): boolean {
    if (special.switchedBy !== undefined && !options.serveRfc1918) return false;
    if (special.switchedBy === 'rfc6303' && !options.serveRfc6303) return false;
    // Whoever forwards `.` means the public DNS, which is where these names must not go.
    for (let name = special.zone; !name.isRoot; name = name.parent()) {
      if (this.forwardZones.has(name.key)) return false;
    }
    return true;
  }

  private addSpecialUseZone({ zone, kind, reference, dsIsPublic, pointers, emptyNames }: SpecialUseZone): void {
    const text = `${nameTextWithoutDot(zone).slice(-24)} is answered locally (${reference})`;
    const soa = soaOf(zone);
    this.zones.set(zone.key, {
      zone,
      zoneType: kind === 'localhost' ? 'localhost' : 'static',
      soa,
      errors: kind === 'localhost' ? [] : [{ code: EdeCode.OTHER, text }],
      dsIsPublic,
    });
    if (kind !== 'empty') return;
    this.addRRset(soa.rrset);
    this.addRRset(rrsetOf(zone, RRType.NS, NEGATIVE_TTL, [localhost.octets]));
    for (const owner of pointers) this.addRRset(rrsetOf(owner, RRType.PTR, LOCALHOST_TTL, [localhost.octets]));
    for (const name of emptyNames) this.existing.add(name.key);
  }

  private addRRset(rrset: RRset): void {
    const owner = rrset.name;
    let types = this.rrsets.get(owner.key);
    if (types === undefined) {
      types = new Map();
      this.rrsets.set(owner.key, types);
    }
    types.set(rrset.type, rrset);
    const zone = this.zones.get(owner.key);
    if (zone !== undefined && rrset.type === RRType.SOA) zone.soa = { rrset, ttl: negativeTtl(rrset) };
    for (let name = owner; !name.isRoot && !this.existing.has(name.key); name = name.parent()) {
      this.existing.add(name.key);
      if (this.zones.has(name.key)) break;
    }
  }

  /** The zone that decides about a question. The DS of a zone is its parent's (RFC 4035 3.1.4.1). */
  private zoneFor({ name, type }: Question): LocalZone | undefined {
    const zone = this.zoneOf(name);
    if (type !== RRType.DS || zone === undefined || !zone.zone.equals(name) || name.isRoot) return zone;
    if (this.rrsets.get(name.key)?.has(RRType.DS) === true) return zone;
    return zone.dsIsPublic ? this.zoneOf(name.parent()) : zone;
  }

  /** The deepest local zone at or above a name, unless a forward zone is deeper. */
  private zoneOf(name: DomainName): LocalZone | undefined {
    const key = name.key;
    for (let offset = 0; ; offset += key.charCodeAt(offset) + 1) {
      const suffix = offset === 0 ? key : key.slice(offset);
      const zone = this.zones.get(suffix);
      if (zone !== undefined) return zone;
      if (this.forwardZones.has(suffix) || suffix.length <= 1) return undefined;
    }
  }

  private zoneAnswer(zone: LocalZone, question: Question): LocalAnswer | undefined {
    switch (zone.zoneType) {
      case 'nodefault':
      case 'always_transparent':
        return undefined;
      case 'always_refuse':
        return refuse(zone);
      case 'always_deny':
        return drop(zone);
      case 'always_nxdomain':
        return negative(zone, Rcode.NXDOMAIN);
      case 'always_nodata':
        return negative(zone, Rcode.NOERROR);
      case 'always_null':
        return this.typesAnswer(zone, question, nullTypes(question.name)) ?? negative(zone, Rcode.NOERROR);
      case 'localhost':
        return this.localhostAnswer(zone, question);
      case 'redirect':
      case 'inform_redirect': {
        const types = ownedBy(question.name, this.rrsets.get(zone.zone.key));
        return this.typesAnswer(zone, question, types) ?? negative(zone, Rcode.NOERROR);
      }
      case 'block_a':
        return this.blockedTypeAnswer(zone, question, RRType.A, false);
      case 'block_aaaa':
        return this.blockedTypeAnswer(zone, question, RRType.AAAA, false);
      case 'block_a_wdata':
        return this.blockedTypeAnswer(zone, question, RRType.A, true);
      case 'block_aaaa_wdata':
        return this.blockedTypeAnswer(zone, question, RRType.AAAA, true);
      case 'static':
      case 'deny':
      case 'inform_deny':
      case 'refuse':
      case 'transparent':
      case 'noview':
      case 'inform':
      case 'typetransparent':
        return (
          this.typesAnswer(zone, question, this.rrsets.get(question.name.key)) ??
          this.missingAnswer(zone, zone.zoneType, question)
        );
      default:
        return zone.zoneType satisfies never;
    }
  }

  /** The answer where the zone has no data of the type. */
  private missingAnswer(
    zone: LocalZone,
    zoneType: 'static' | 'deny' | 'inform_deny' | 'refuse' | 'transparent' | 'noview' | 'inform' | 'typetransparent',
    { name }: Question,
  ): LocalAnswer | undefined {
    switch (zoneType) {
      case 'static':
        return negative(zone, this.existing.has(name.key) ? Rcode.NOERROR : Rcode.NXDOMAIN);
      case 'deny':
      case 'inform_deny':
        return drop(zone);
      case 'refuse':
        return refuse(zone);
      case 'transparent':
      case 'noview':
      case 'inform':
        if (this.rrsets.has(name.key)) return negative(zone, Rcode.NOERROR);
        return informs(zone) ? { kind: 'look-up', zone: zone.zone, informs: true } : undefined;
      case 'typetransparent':
        return undefined;
      default:
        return zoneType satisfies never;
    }
  }

  private blockedTypeAnswer(
    zone: LocalZone,
    question: Question,
    blockedType: number,
    dataFirst: boolean,
  ): LocalAnswer | undefined {
    const isBlocked = question.type === blockedType;
    if (isBlocked && !dataFirst) return negative(zone, Rcode.NOERROR);
    const found = this.typesAnswer(zone, question, this.rrsets.get(question.name.key));
    return found ?? (isBlocked ? negative(zone, Rcode.NOERROR) : undefined);
  }

  private localhostAnswer(zone: LocalZone, question: Question): LocalAnswer {
    const own = this.rrsets.get(question.name.key) ?? localhostTypes(question.name);
    return this.typesAnswer(zone, question, own) ?? negative(zone, Rcode.NOERROR);
  }

  /** The answer out of the RRsets of one owner; undefined when none has the type. */
  private typesAnswer(
    zone: LocalZone,
    { type }: Question,
    types: ReadonlyMap<number, RRset> | undefined,
  ): LocalAnswer | undefined {
    if (types === undefined) return undefined;
    const found = [...types.values()].filter((rrset) => rrset.type === type || type === RRType.ANY);
    if (found.length > 0) {
      const answer = found.map((rrset) => ({ rrset, ttl: rrset.ttl }));
      return positive(zone, answer);
    }
    const cname = types.get(RRType.CNAME);
    const target = cname?.rdatas[0];
    if (cname === undefined || target === undefined) return undefined;
    return {
      kind: 'alias',
      zone: zone.zone,
      informs: informs(zone),
      alias: { rrset: cname, ttl: cname.ttl },
      target: DomainName.fromOctets(target),
    };
  }
}

function configuredZone(zone: DomainName, zoneType: LocalZoneType): LocalZone {
  const text = `${nameTextWithoutDot(zone).slice(-24)} is a local zone (${zoneType})`;
  return { zone, zoneType, soa: soaOf(zone), errors: [{ code: EdeCode.BLOCKED, text }], dsIsPublic: true };
}

function informs({ zoneType }: LocalZone): boolean {
  return zoneType === 'inform' || zoneType === 'inform_deny' || zoneType === 'inform_redirect';
}

function refuse(zone: LocalZone): LocalAnswer {
  return { kind: 'refuse', zone: zone.zone, informs: informs(zone), errors: zone.errors };
}

function drop(zone: LocalZone): LocalAnswer {
  return { kind: 'drop', zone: zone.zone, informs: informs(zone) };
}

function positive(zone: LocalZone, answer: readonly ResolvedRRset[]): LocalAnswer {
  const resolution = localResolution(Rcode.NOERROR, answer, [], []);
  return { kind: 'answer', zone: zone.zone, informs: informs(zone), resolution };
}

function negative(zone: LocalZone, rcode: number): LocalAnswer {
  const resolution = localResolution(rcode, [], [zone.soa], zone.errors);
  return { kind: 'answer', zone: zone.zone, informs: informs(zone), resolution };
}

/** A resolution out of local data: never validated, never AD (POWERDNS 5.2). */
function localResolution(
  rcode: number,
  answer: readonly ResolvedRRset[],
  authority: readonly ResolvedRRset[],
  errors: readonly ExtendedError[],
): Resolution {
  return {
    rcode,
    answer,
    authority,
    verdict: { status: 'insecure', reason: 'local', chain: undefined },
    authentic: false,
    errors,
    shareable: true,
  };
}

function rrsetOf(name: DomainName, type: number, ttl: number, rdatas: readonly Uint8Array[]): RRset {
  return { name, type, class: RRClass.IN, ttl, rdatas, signatures: [] };
}

/** `@ SOA localhost. nobody.invalid. 1 3600 1200 604800 10800` (RFC 6303 3). */
function soaOf(zone: DomainName): ResolvedRRset {
  const numbers = [1, 3600, 1200, 604_800, NEGATIVE_TTL];
  const rdata = new Uint8Array(localhost.octets.length + nobody.octets.length + 4 * numbers.length);
  rdata.set(localhost.octets, 0);
  rdata.set(nobody.octets, localhost.octets.length);
  const view = new DataView(rdata.buffer, localhost.octets.length + nobody.octets.length);
  numbers.forEach((number, index) => {
    view.setUint32(index * 4, number);
  });
  return { rrset: rrsetOf(zone, RRType.SOA, NEGATIVE_TTL, [rdata]), ttl: NEGATIVE_TTL };
}

/** The lesser of the SOA's TTL and its MINIMUM field (RFC 2308 5). */
function negativeTtl({ ttl, rdatas }: RRset): number {
  const minimum = rdatas[0]?.slice(-4);
  return minimum?.length === 4 ? Math.min(ttl, new DataView(minimum.buffer).getUint32(0)) : ttl;
}

const ipv6Loopback = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

/** RFC 6761 6.3: every name at and below `localhost.` has the loopback addresses. */
function localhostTypes(name: DomainName): Map<number, RRset> {
  return new Map([
    [RRType.A, rrsetOf(name, RRType.A, LOCALHOST_TTL, [Uint8Array.of(127, 0, 0, 1)])],
    [RRType.AAAA, rrsetOf(name, RRType.AAAA, LOCALHOST_TTL, [ipv6Loopback])],
  ]);
}

function nullTypes(name: DomainName): Map<number, RRset> {
  return new Map([
    [RRType.A, rrsetOf(name, RRType.A, NEGATIVE_TTL, [new Uint8Array(4)])],
    [RRType.AAAA, rrsetOf(name, RRType.AAAA, NEGATIVE_TTL, [new Uint8Array(16)])],
  ]);
}

/** The same RRsets under another owner. */
function ownedBy(name: DomainName, types: ReadonlyMap<number, RRset> | undefined): Map<number, RRset> | undefined {
  return types && new Map([...types].map(([type, rrset]) => [type, { ...rrset, name }]));
}
