// A small Internet that an operator can change: zones as they are described now, forwarded ones, and the configuration of
// one resolver. Keys stay the same from one state to the next, and so does what parents publish.
import { explainQuestion } from '../../src/daemon/explain.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import { buildHierarchy, type Hierarchy } from '../../src/lab/hierarchy.ts';
import { makeKey, type SigningKey } from '../../src/lab/keys.ts';
import { dsRecords } from '../../src/lab/signer.ts';
import type { ZoneDescription } from '../../src/lab/zone-description.ts';
import type { ResolverOptions } from '../../src/resolver/options.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { DnskeyFlag, parseDS } from '../../src/wire/rdata-dnssec.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { addHierarchy, silent } from '../support/server-behaviours.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

export interface WorldOptions {
  /** Zones of the public tree, the root left out. */
  readonly tree: readonly ZoneDescription[];
  /** Zones that are forwarded. */
  readonly home?: readonly ZoneDescription[];
  /** RDATA of DS records in text, by zone. */
  readonly anchors?: ReadonlyMap<string, readonly string[]>;
  readonly negatives?: readonly string[];
  /** How wrong the clock of the resolver is, seconds. */
  readonly clockError?: number;
  change?(options: ResolverOptions): ResolverOptions;
}

const LONG_MS = 30_000;
const PUBLIC_KEY_OCTETS = 64;

export class World {
  readonly tree: Map<string, ZoneDescription>;
  readonly home: Map<string, ZoneDescription>;
  readonly anchors: Map<string, readonly string[]>;
  readonly negatives: Set<string>;
  clockError: number;
  change: (options: ResolverOptions) => ResolverOptions;

  constructor({ tree, home = [], anchors, negatives = [], clockError = 0, change }: WorldOptions) {
    this.tree = byName(tree);
    this.home = byName(home);
    this.anchors = new Map(anchors);
    this.negatives = new Set(negatives);
    this.clockError = clockError;
    this.change = change ?? ((options) => options);
    // From now on keys and DS records change when somebody changes them, and not by themselves.
    this.pin(this.tree, this.build());
    this.pin(this.home, this.buildHome());
  }

  /** Who serves the zone, and how; what is forwarded hides what is public. */
  place(zone: string): Map<string, ZoneDescription> {
    return this.home.has(zone) ? this.home : this.tree;
  }

  describe(zone: string): ZoneDescription {
    const description = this.place(zone).get(zone);
    if (description === undefined) throw new Error(`nobody has ${zone}`);
    return description;
  }

  set(zone: string, description: ZoneDescription): void {
    this.place(zone).set(zone, description);
  }

  /** RDATA of the DS records of a zone's keys, in text. */
  dsOf(zone: string): string[] {
    const hierarchy = this.home.has(zone) ? this.buildHome() : this.build();
    const { signed } = hierarchy.zone(zone);
    return signed === undefined ? [] : dsRecords(signed, 0).map(({ rdata }) => dsWords(rdata));
  }

  /** One question to a resolver that knows nothing yet. */
  async explain(name: string, type: number): Promise<Explanation> {
    const hierarchy = this.build();
    const home = this.buildHome();
    const simulation = new SimulatedResolver({
      hierarchy,
      forwardZones: [...this.home.keys()].map((zone) => ({
        zone,
        addresses: home.zone(zone).addresses,
        recurse: false,
      })),
      negative: [...this.negatives],
      change: this.change,
    });
    const { clock, resolver, network, anchors } = simulation;
    addHierarchy(network, home);
    for (const { addresses, description } of home.zones) {
      if (description.server?.drops !== undefined) for (const address of addresses) network.addServer(address, silent);
    }
    for (const [zone, texts] of this.anchors) {
      const lines = texts.map((text) => `${zone} 0 IN DS ${text}\n`).join('');
      for (const { rdata } of parseZoneText(lines).records) {
        const ds = parseDS(rdata);
        if (ds !== undefined) anchors.addDS(nameOf(zone), ds);
      }
    }
    const parts = { resolver, clock, localData: { answer: () => undefined }, source: 'here', attempts: [] } as const;
    const promise = explainQuestion(nameOf(name), type, parts);
    clock.advance(LONG_MS);
    return await promise;
  }

  private build(): Hierarchy {
    return buildHierarchy({ zones: [...this.tree.values()], nowSeconds: DEFAULT_WALL_SECONDS - this.clockError });
  }

  private buildHome(): Hierarchy {
    const addressOf = (index: number): string => `198.19.0.${index}`;
    return buildHierarchy({ zones: [...this.home.values()], nowSeconds: DEFAULT_WALL_SECONDS, addressOf });
  }

  private pin(zones: Map<string, ZoneDescription>, hierarchy: Hierarchy): void {
    for (const [name, description] of zones) {
      const { signed, zone } = hierarchy.zone(name);
      if (signed === undefined) continue;
      const parent = name === '.' ? undefined : hierarchy.zones.find((other) => zone.apex.isBelow(other.name));
      const rdatas = parent?.zone.rrset(zone.apex, RRType.DS)?.rdatas;
      const keys = description.keys ?? signed.keys;
      zones.set(name, {
        ...description,
        keys,
        ...(rdatas !== undefined && description.ds !== undefined && { ds: { rdatas } }),
        ...(description.ds === undefined && { ds: { rdatas: dsRecords(signed, 0).map(({ rdata }) => rdata) } }),
      });
    }
  }
}

/** What a signer that does its work makes of a zone: with the keys that it has, as far as they are any good. */
export function wellSigned(description: ZoneDescription): ZoneDescription {
  const { name, records, nameServers, addresses, server, ds, denial, keys = [] } = description;
  const sound = keys.filter(isSound);
  return {
    name,
    keys: sound.length > 0 ? sound : [makeKey({ algorithm: 13 })],
    ...(records !== undefined && { records }),
    ...(nameServers !== undefined && { nameServers }),
    ...(addresses !== undefined && { addresses }),
    ...(server !== undefined && { server }),
    ...(ds !== undefined && { ds }),
    ...(denial !== undefined && denial.kind !== 'none' && { denial }),
  };
}

function isSound({ dnskey, flags, algorithm }: SigningKey): boolean {
  if ((flags & DnskeyFlag.ZONE) === 0 || (flags & DnskeyFlag.REVOKE) !== 0 || dnskey[2] !== 3) return false;
  return algorithm === 13 && dnskey.length === 4 + PUBLIC_KEY_OCTETS;
}

function byName(zones: readonly ZoneDescription[]): Map<string, ZoneDescription> {
  return new Map(zones.map((description) => [description.name, description]));
}

function dsWords(rdata: Uint8Array): string {
  const ds = parseDS(rdata);
  if (ds === undefined) throw new Error('no DS');
  return `${ds.keyTag} ${ds.algorithm} ${ds.digestType} ${Buffer.from(ds.digest).toString('hex')}`;
}
