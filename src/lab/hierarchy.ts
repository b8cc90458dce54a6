// A private Internet in a few lines: zones are described, and come out signed, delegated and spread over servers, with
// the root hints and trust anchors that a resolver needs to use them.
import { RRClass, RRType } from '../wire/constants.ts';
import { compareNames, DomainName } from '../wire/name.ts';
import { nameOf, nameText } from '../wire/name-text.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { recordText } from '../wire/zone-text.ts';
import { dsRecords, type SignedZone, signZone } from './signer.ts';
import { Zone, zoneRecords } from './zone.ts';
import { keysFor, publishedDS, type ZoneDescription } from './zone-description.ts';
import { ZoneSet } from './zone-set.ts';

export interface HierarchyOptions {
  /** Zones in any order. A root zone is added when none is described. */
  readonly zones: readonly ZoneDescription[];
  /** Unix seconds around which signatures hold. */
  readonly nowSeconds: number;
  /** The address of the server numbered from 1; default 198.18.0.0/15 (RFC 2544), which no resolver avoids. */
  addressOf?(index: number): string;
}

export interface HierarchyZone {
  readonly name: DomainName;
  readonly description: ZoneDescription;
  /** As served. */
  readonly zone: Zone;
  /** Undefined for an unsigned zone. */
  readonly signed: SignedZone | undefined;
  readonly addresses: readonly string[];
}

export interface Hierarchy {
  /** From the deepest to the root. */
  readonly zones: readonly HierarchyZone[];
  /** What the server at each address is authoritative for. */
  readonly servers: ReadonlyMap<string, ZoneSet>;
  /** Master-file text: NS records of the root and their addresses. */
  readonly rootHints: string;
  /** DS records of the root in master-file text, one a line. */
  readonly trustAnchors: readonly string[];
  /** The zone with this apex; throws when there is none. */
  zone(name: string): HierarchyZone;
  /** DS records of any signed zone in master-file text, to anchor it by itself. */
  anchorsOf(name: string): readonly string[];
}

const TTL = 3600;
const SIGNED_BEFORE_SECONDS = 3600;
const SIGNED_AFTER_SECONDS = 30 * 86400;
const ROOT_NAME_SERVER = 'a.root-servers.';

/** A zone of the description with all that is known before it is built. */
interface Plan {
  readonly name: DomainName;
  readonly description: ZoneDescription;
  readonly nameServers: readonly DomainName[];
  readonly addresses: readonly string[];
}

/** Builds, signs and distributes the zones. Throws on a description that makes no sense. */
export function buildHierarchy(options: HierarchyOptions): Hierarchy {
  const plans = planZones(options);
  const built: HierarchyZone[] = [];
  // Children come before parents, which need their DS records.
  for (const plan of plans) {
    const children = built.filter(({ name }) => parentOf(plans, name) === plan);
    built.push(buildZone(plan, children, plans, options.nowSeconds));
  }
  const servers = new Map<string, ZoneSet>();
  for (const { zone, addresses, description } of built) {
    if (description.server?.isAbsent === true) continue;
    for (const address of addresses) {
      const set = servers.get(address) ?? new ZoneSet();
      set.add(zone, description.server);
      servers.set(address, set);
    }
  }
  const find = (name: string) => {
    const found = built.find((candidate) => candidate.name.equals(nameOf(name)));
    if (found === undefined) throw new Error(`the hierarchy has no zone ${name}`);
    return found;
  };
  const anchorsOf = (name: string) => {
    const { signed } = find(name);
    return signed === undefined ? [] : dsRecords(signed, TTL).map(recordText);
  };
  return {
    zones: built,
    servers,
    rootHints: rootHints(plans),
    trustAnchors: anchorsOf('.'),
    zone: find,
    anchorsOf,
  };
}

function planZones(options: HierarchyOptions): Plan[] {
  const addressOf = options.addressOf ?? ((index: number) => `198.18.${index >> 8}.${index & 0xff}`);
  const hasRoot = options.zones.some(({ name }) => name === '.');
  const descriptions = hasRoot ? options.zones : [{ name: '.' }, ...options.zones];
  return descriptions
    .map((description, index) => {
      const name = nameOf(description.name);
      const ownServer = name.isRoot ? ROOT_NAME_SERVER : `ns1.${nameText(name)}`;
      return {
        name,
        description,
        nameServers: (description.nameServers ?? [ownServer]).map(nameOf),
        addresses: description.addresses ?? [addressOf(index + 1)],
      };
    })
    .sort((left, right) => right.name.labelCount - left.name.labelCount || compareNames(left.name, right.name));
}

/** The zone that delegates a name; plans are sorted so that the first one above it is the closest. */
function parentOf(plans: readonly Plan[], name: DomainName): Plan | undefined {
  return plans.find((plan) => name.isBelow(plan.name));
}

function buildZone(
  plan: Plan,
  children: readonly HierarchyZone[],
  plans: readonly Plan[],
  nowSeconds: number,
): HierarchyZone {
  const { name, description, addresses } = plan;
  const records = zoneRecords(description.records ?? '', name);
  addMissing(records, ownRecords(plan));
  for (const child of children) {
    const childPlan = plans.find((candidate) => candidate.name === child.name);
    if (childPlan !== undefined) addMissing(records, delegationRecords(childPlan, child));
  }
  const zone = Zone.fromRecords(records);
  if (description.isSigned === false) return { name, description, zone, signed: undefined, addresses };
  const validity = description.validity ?? {
    inceptionSeconds: nowSeconds - SIGNED_BEFORE_SECONDS,
    expirationSeconds: nowSeconds + SIGNED_AFTER_SECONDS,
  };
  const { publishedKeys, faults } = description;
  const signed = signZone(zone, {
    keys: keysFor(description),
    denial: description.denial ?? { kind: 'nsec' },
    ...validity,
    ...(publishedKeys === undefined ? {} : { publishedKeys }),
    ...(faults === undefined ? {} : { faults }),
  });
  return { name, description, zone: signed.zone, signed, addresses };
}

/** Adds the sets that the description's own text does not have already. */
function addMissing(records: ResourceRecord[], wanted: readonly ResourceRecord[]): void {
  const present = new Set(records.map(setIndex));
  records.push(...wanted.filter((record) => !present.has(setIndex(record))));
}

function setIndex({ name, type }: ResourceRecord): string {
  return `${type}/${name.key}`;
}

function ownRecords(plan: Plan): ResourceRecord[] {
  const [primary = DomainName.root] = plan.nameServers;
  const soa = `@ ${ttlOf(plan)} IN SOA ${nameText(primary)} hostmaster 1 7200 3600 1209600 300`;
  return [...zoneRecords(soa, plan.name), ...nameServerRecords(plan)];
}

function ttlOf({ description }: Plan): number {
  return description.ttl ?? TTL;
}

/** NS records, and the addresses of those hosts that lie in the zone. */
function nameServerRecords(plan: Plan): ResourceRecord[] {
  const apex = nameText(plan.name);
  const lines = plan.nameServers.flatMap((host) => {
    const ns = `${apex} ${ttlOf(plan)} IN NS ${nameText(host)}`;
    return host.isSubdomainOf(plan.name) ? [ns, ...addressLines(host, plan)] : [ns];
  });
  return zoneRecords(`${lines.join('\n')}\n`);
}

function addressLines(host: DomainName, plan: Plan): string[] {
  return plan.addresses.map((address) => {
    const type = address.includes(':') ? 'AAAA' : 'A';
    return `${nameText(host)} ${ttlOf(plan)} IN ${type} ${address}`;
  });
}

/** NS, glue and DS of a child. */
function delegationRecords(plan: Plan, child: HierarchyZone): ResourceRecord[] {
  const records = nameServerRecords(plan);
  if (child.signed === undefined) return [...records, ...unsignedDS(child)];
  return [...records, ...publishedDS(child.signed, child.description.ds ?? 'matching', ttlOf(plan))];
}

/** A parent may claim that an unsigned zone is signed. */
function unsignedDS({ name, description: { ds } }: HierarchyZone): ResourceRecord[] {
  if (typeof ds !== 'object' || !('rdatas' in ds)) return [];
  return ds.rdatas.map((rdata) => ({ name, type: RRType.DS, class: RRClass.IN, ttl: TTL, rdata }));
}

function rootHints(plans: readonly Plan[]): string {
  const root = plans.find(({ name }) => name.isRoot);
  return root === undefined ? '' : `${nameServerRecords(root).map(recordText).join('\n')}\n`;
}
