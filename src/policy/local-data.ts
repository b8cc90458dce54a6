// Answers that need no look-up: special-use names, zone files, the hosts file, and the local zones and records of the
// configuration. The deepest configured name decides, a forward zone included (SECURITY 6, A-50; POWERDNS 4.1).
import type { LocalTarget } from '../resolver/resolution.ts';
import { EdeCode, Rcode, RRClass, RRType } from '../wire/constants.ts';
import type { Question } from '../wire/message.ts';
import { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { groupIntoRRsets, type ResourceRecord, type RRset } from '../wire/record.ts';
import type { AuthZone, LocalDelegation } from './auth-zone.ts';
import {
  alias,
  configuredZone,
  drop,
  hostsZone,
  informs,
  type LocalAnswer,
  type LocalZone,
  localhost,
  localhostPointer,
  localhostTypes,
  NEGATIVE_TTL,
  negative,
  negativeTtl,
  nullTypes,
  ownedBy,
  positive,
  refuse,
  rrsetOf,
  soaOf,
  unfinished,
  zoneFromFile,
} from './local-answer.ts';
import type { LocalZoneType } from './local-zone-type.ts';
import { type SpecialUseZone, specialUseZones } from './special-use.ts';

export interface LocalDataOptions {
  readonly zones: readonly { readonly zone: DomainName; readonly zoneType: LocalZoneType }[];
  /** Class IN; a record outside every zone makes a transparent zone of its own. */
  readonly records: readonly ResourceRecord[];
  /** Zones out of zone files. A later one of the same name replaces an earlier one; a forward zone replaces both. */
  readonly authZones: readonly AuthZone[];
  /** Records of the hosts file: each name is a zone of its own, unless one of the other lists has it. */
  readonly hosts: readonly ResourceRecord[];
  /** Zones whose questions go to listed servers: at and below these names nothing is answered locally by default. */
  readonly forwardZones: readonly DomainName[];
  /** Reverse zones of private and loopback IPv4 addresses. */
  readonly serveRfc1918: boolean;
  /** The other reverse zones of RFC 6303 and RFC 7793; only together with `serveRfc1918`, as in PowerDNS. */
  readonly serveRfc6303: boolean;
}

/** Local zones and their records, made once from the configuration. */
export class LocalData {
  private readonly zones = new Map<string, LocalZone>();
  /** Keys of all ancestors of local zones, their own included; made when somebody asks. */
  private above: ReadonlySet<string> | undefined;
  private readonly forwardZones: ReadonlySet<string>;
  /** RRsets by owner and type. */
  private readonly rrsets = new Map<string, Map<number, RRset>>();
  /** Owners and every name between them and their zone: these exist. */
  private readonly existing = new Set<string>();

  constructor(options: LocalDataOptions) {
    this.forwardZones = new Set(options.forwardZones.map((zone) => zone.key));
    const named = new Set([...options.zones.map(({ zone }) => zone.key), ...this.forwardZones]);
    for (const authZone of options.authZones) {
      if (named.has(authZone.zone.key)) continue;
      this.zones.set(authZone.zone.key, zoneFromFile(authZone));
    }
    const isFree = ({ key }: DomainName) => !named.has(key) && !this.zones.has(key);
    const hosts = options.hosts.filter(({ name }) => isFree(name) && !isLoopbackName(name));
    for (const { name } of hosts) this.zones.set(name.key, hostsZone(name));
    for (const special of specialUseZones) {
      if (isFree(special.zone)) this.addSpecialUseZone(special, options);
    }
    for (const { zone, zoneType } of options.zones) {
      if (zoneType !== 'nodefault') this.zones.set(zone.key, configuredZone(zone, zoneType));
    }
    const sets = groupIntoRRsets([...hosts, ...options.records].filter((record) => record.class === RRClass.IN));
    for (const rrset of sets) {
      const zone = this.zoneOf(rrset.name);
      if (zone === undefined || typeof zone.zoneType !== 'string') {
        this.zones.set(rrset.name.key, configuredZone(rrset.name, 'transparent'));
      }
    }
    for (const rrset of sets) this.addRRset(rrset);
  }

  /** Zone cuts within zone files: there the listed servers are asked, unless the configuration has a zone of that name. */
  delegations(): readonly LocalDelegation[] {
    const found: LocalDelegation[] = [];
    for (const { zoneType } of this.zones.values()) {
      if (typeof zoneType === 'string') continue;
      for (const delegation of zoneType.delegations((name) => this.addressesOf(name, zoneType))) {
        const { key } = delegation.zone;
        if (!this.forwardZones.has(key) && !this.zones.has(key)) found.push(delegation);
      }
    }
    return found;
  }

  /** The answer to a question of class IN; undefined when it is to be looked up. */
  answer(question: Question): LocalAnswer | undefined {
    const zone = this.zoneFor(question);
    return zone === undefined ? undefined : this.zoneAnswer(zone, question);
  }

  /**
   * The answer to what an alias in the public tree or in a forward zone leads to. Only zone files and the hosts file have
   * such names; the other local zones are about what clients ask.
   */
  targetAnswer(question: Question): LocalTarget | undefined {
    const zone = this.zoneFor(question);
    if (zone === undefined || !isConfiguredData(zone)) return undefined;
    const found = this.zoneAnswer(zone, question);
    return found?.kind === 'answer' || found?.kind === 'alias' ? found : undefined;
  }

  /** Whether anything at, below or above a name may be answered locally. */
  touches(name: DomainName): boolean {
    this.above ??= this.ancestorKeys();
    return this.above.has(name.key) || this.zoneOf(name) !== undefined;
  }

  private ancestorKeys(): ReadonlySet<string> {
    const keys = new Set<string>();
    for (const key of this.zones.keys()) {
      for (let at = 0; at < key.length; at += key.charCodeAt(at) + 1) keys.add(key.slice(at));
    }
    return keys;
  }

  /** Addresses of a name server, in the zone that delegates to it or in another local one. */
  private addressesOf(name: DomainName, within: AuthZone): readonly Uint8Array[] {
    const glue = within.addressesOf(name);
    if (glue.length > 0) return glue;
    return [RRType.A, RRType.AAAA].flatMap((type) => {
      const found = this.targetAnswer({ name, type, class: RRClass.IN });
      return found?.kind === 'answer' ? found.resolution.answer.flatMap(({ rrset }) => rrset.rdatas) : [];
    });
  }

  /** A built-in zone, unless a switch turns it off. The loopback addresses keep their names then (POWERDNS 2.6). */
  private addSpecialUseZone(special: SpecialUseZone, options: LocalDataOptions): void {
    const isOff =
      (special.switchedBy !== undefined && !options.serveRfc1918) ||
      (special.switchedBy === 'rfc6303' && !options.serveRfc6303);
    if (!isOff) this.addServedZone(special);
    for (const owner of isOff ? special.pointers : []) {
      if (this.zones.has(owner.key) || this.forwardZones.has(owner.key)) continue;
      this.zones.set(owner.key, hostsZone(owner));
      this.addRRset(localhostPointer(owner));
    }
  }

  private addServedZone({ zone, kind, reference, dsIsPublic, pointers, emptyNames }: SpecialUseZone): void {
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
    for (const owner of pointers) this.addRRset(localhostPointer(owner));
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
    if (type !== RRType.DS || name.isRoot) return zone;
    if (zone === undefined) {
      // A forward zone within a zone file.
      const above = this.zoneOf(name.parent());
      return above !== undefined && typeof above.zoneType !== 'string' ? above : undefined;
    }
    if (!zone.zone.equals(name)) return zone;
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
    if (typeof zone.zoneType !== 'string') return authZoneAnswer(zone, zone.zoneType, question);
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
      case 'hosts':
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
    zoneType:
      | 'hosts'
      | 'static'
      | 'deny'
      | 'inform_deny'
      | 'refuse'
      | 'transparent'
      | 'noview'
      | 'inform'
      | 'typetransparent',
    { name }: Question,
  ): LocalAnswer | undefined {
    switch (zoneType) {
      case 'hosts':
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
    if (found.length > 0) return positive(zone, found);
    const cname = types.get(RRType.CNAME);
    const target = cname?.rdatas[0];
    if (cname === undefined || target === undefined) return undefined;
    return alias(zone, [cname], DomainName.fromOctets(target));
  }
}

const loopbackPointers = new Set(specialUseZones.flatMap(({ pointers }) => pointers.map(({ key }) => key)));

/** `localhost` and the reverse names of its addresses mean the same everywhere (RFC 6761 6.3). */
function isLoopbackName(name: DomainName): boolean {
  return name.isSubdomainOf(localhost) || loopbackPointers.has(name.key);
}

function isConfiguredData({ zoneType }: LocalZone): boolean {
  return typeof zoneType !== 'string' || zoneType === 'hosts';
}

/** The answer of a zone file; undefined where it delegates. */
function authZoneAnswer(zone: LocalZone, authZone: AuthZone, { name, type }: Question): LocalAnswer | undefined {
  const found = authZone.answer(name, type);
  switch (found.kind) {
    case 'rrsets':
      return positive(zone, found.rrsets);
    case 'alias':
      // RFC 6672 2.2: the name that substitution gives is too long.
      if (found.target === undefined) return unfinished(zone, Rcode.YXDOMAIN, found.rrsets);
      // RFC 1034 3.6.2: who asks for the alias, or for anything, has got it.
      if (type === RRType.CNAME || type === RRType.ANY) return positive(zone, found.rrsets);
      return alias(zone, found.rrsets, found.target);
    case 'negative':
      return negative(zone, found.exists ? Rcode.NOERROR : Rcode.NXDOMAIN);
    case 'delegated':
      return undefined;
    default:
      return found satisfies never;
  }
}
