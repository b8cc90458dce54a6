// What local zones answer, and the pieces that answers are made of.
import type { Resolution, ResolvedRRset } from '../resolver/resolution.ts';
import { EdeCode, RRClass, RRType } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { DomainName } from '../wire/name.ts';
import { nameOf, nameTextWithoutDot } from '../wire/name-text.ts';
import type { RRset } from '../wire/record.ts';
import type { AuthZone } from './auth-zone.ts';
import type { LocalZoneType } from './local-zone-type.ts';

/**
 * What local data say to a question. Where they say nothing there is no `LocalAnswer`.
 * - `answer`: the whole answer; `authoritative` sets AA.
 * - `alias`: one CNAME, or a DNAME and its CNAME, whose target the client wants to know as well.
 * - `refuse`, `drop`: as the configuration says.
 * - `look-up`: nothing, but the question is to be logged.
 */
export type LocalAnswer = {
  /** The zone that decided. */
  readonly zone: DomainName;
  /** The zone's type asks for a log line. */
  readonly informs: boolean;
} & (
  | { readonly kind: 'answer'; readonly resolution: Resolution; readonly authoritative: boolean }
  | { readonly kind: 'alias'; readonly aliases: readonly ResolvedRRset[]; readonly target: DomainName }
  | { readonly kind: 'refuse'; readonly errors: readonly ExtendedError[] }
  | { readonly kind: 'drop' }
  | { readonly kind: 'look-up' }
);

/** A zone that is answered here, with what its negative answers say. */
export interface LocalZone {
  readonly zone: DomainName;
  /** `hosts`: a name of the hosts file; `localhost`: every name has the loopback addresses. */
  readonly zoneType: LocalZoneType | AuthZone | 'localhost' | 'hosts';
  /** The configured one where there is one. */
  soa: ResolvedRRset;
  /** Said with answers that surprise people. */
  readonly errors: readonly ExtendedError[];
  /** The DS question for the zone's own name goes to its parent in the public tree. */
  readonly dsIsPublic: boolean;
}

/** Seconds; the negative TTL of zones without records of their own. */
export const NEGATIVE_TTL = 10_800;
export const localhost = nameOf('localhost');
const LOCALHOST_TTL = 86_400;
const nobody = nameOf('nobody.invalid');

export function configuredZone(zone: DomainName, zoneType: LocalZoneType): LocalZone {
  const text = `${nameTextWithoutDot(zone).slice(-24)} is a local zone (${zoneType})`;
  return { zone, zoneType, soa: soaOf(zone), errors: [{ code: EdeCode.BLOCKED, text }], dsIsPublic: true };
}

export function zoneFromFile(authZone: AuthZone): LocalZone {
  const soa = { rrset: authZone.soa, ttl: negativeTtl(authZone.soa) };
  return { zone: authZone.zone, zoneType: authZone, soa, errors: [], dsIsPublic: true };
}

export function hostsZone(zone: DomainName): LocalZone {
  return { zone, zoneType: 'hosts', soa: soaOf(zone), errors: [], dsIsPublic: false };
}

export function informs({ zoneType }: LocalZone): boolean {
  return zoneType === 'inform' || zoneType === 'inform_deny' || zoneType === 'inform_redirect';
}

export function refuse(zone: LocalZone): LocalAnswer {
  return { kind: 'refuse', zone: zone.zone, informs: informs(zone), errors: zone.errors };
}

export function drop(zone: LocalZone): LocalAnswer {
  return { kind: 'drop', zone: zone.zone, informs: informs(zone) };
}

export function positive(zone: LocalZone, rrsets: readonly RRset[]): LocalAnswer {
  return whole(zone, localResolution(0, rrsets.map(resolved), [], []));
}

export function negative(zone: LocalZone, rcode: number): LocalAnswer {
  return whole(zone, localResolution(rcode, [], [zone.soa], zone.errors));
}

/** An answer that ends in an alias whose target no name can be. */
export function unfinished(zone: LocalZone, rcode: number, rrsets: readonly RRset[]): LocalAnswer {
  return whole(zone, localResolution(rcode, rrsets.map(resolved), [], []));
}

export function alias(zone: LocalZone, rrsets: readonly RRset[], target: DomainName): LocalAnswer {
  return { kind: 'alias', zone: zone.zone, informs: informs(zone), aliases: rrsets.map(resolved), target };
}

function whole(zone: LocalZone, resolution: Resolution): LocalAnswer {
  // POWERDNS 3: zone files and hosts are served without AA.
  const authoritative = typeof zone.zoneType === 'string' && zone.zoneType !== 'hosts';
  return { kind: 'answer', zone: zone.zone, informs: informs(zone), resolution, authoritative };
}

function resolved(rrset: RRset): ResolvedRRset {
  return { rrset, ttl: rrset.ttl };
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

export function rrsetOf(name: DomainName, type: number, ttl: number, rdatas: readonly Uint8Array[]): RRset {
  return { name, type, class: RRClass.IN, ttl, rdatas, signatures: [] };
}

/** The PTR record of a loopback address. */
export function localhostPointer(owner: DomainName): RRset {
  return rrsetOf(owner, RRType.PTR, LOCALHOST_TTL, [localhost.octets]);
}

/** `@ SOA localhost. nobody.invalid. 1 3600 1200 604800 10800` (RFC 6303 3). */
export function soaOf(zone: DomainName): ResolvedRRset {
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
export function negativeTtl({ ttl, rdatas }: RRset): number {
  const minimum = rdatas[0]?.slice(-4);
  return minimum?.length === 4 ? Math.min(ttl, new DataView(minimum.buffer).getUint32(0)) : ttl;
}

const ipv6Loopback = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

/** RFC 6761 6.3: every name at and below `localhost.` has the loopback addresses. */
export function localhostTypes(name: DomainName): Map<number, RRset> {
  return new Map([
    [RRType.A, rrsetOf(name, RRType.A, LOCALHOST_TTL, [Uint8Array.of(127, 0, 0, 1)])],
    [RRType.AAAA, rrsetOf(name, RRType.AAAA, LOCALHOST_TTL, [ipv6Loopback])],
  ]);
}

export function nullTypes(name: DomainName): Map<number, RRset> {
  return new Map([
    [RRType.A, rrsetOf(name, RRType.A, NEGATIVE_TTL, [new Uint8Array(4)])],
    [RRType.AAAA, rrsetOf(name, RRType.AAAA, NEGATIVE_TTL, [new Uint8Array(16)])],
  ]);
}

/** The same RRsets under another owner. */
export function ownedBy(
  name: DomainName,
  types: ReadonlyMap<number, RRset> | undefined,
): Map<number, RRset> | undefined {
  return types && new Map([...types].map(([type, rrset]) => [type, { ...rrset, name }]));
}
