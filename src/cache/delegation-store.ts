// Zone cuts as their parents told them: NS names, glue, and what the referral said about DS. Kept apart from answers
// (SECURITY I-2): nothing here is ever given to a client, and no child can change what the parent said, nor for how long
// it holds (I-6, A-20, A-21).
import type { ServerAddress } from '../ports/exchange.ts';
import { type DomainName, parentKey } from '../wire/name.ts';
import type { RRset } from '../wire/record.ts';
import { RecentMap } from './recent-map.ts';
import type { Region } from './region.ts';
import { walk } from './walk.ts';

export interface NameServer {
  readonly name: DomainName;
  /** Addresses that came with the name, from the parent as glue. */
  readonly glue: readonly ServerAddress[];
}

export interface Delegation {
  readonly zone: DomainName;
  /** The zone whose server gave the referral; undefined for hints and configured forwards. */
  readonly parent: DomainName | undefined;
  readonly nameServers: readonly NameServer[];
  /** Name servers that only the zone's own servers give: for the case that all of the parent's fail. */
  readonly furtherServers?: readonly NameServer[];
  /** DS, NSEC and NSEC3 sets of the referral, not validated: material for the chain of trust. */
  readonly securityMaterial: readonly RRset[];
  /** When the parent was asked for it anew, because all of its servers failed; cache-clock seconds. */
  readonly renewedAt?: number | undefined;
  /** Server that gave the referral, `address#port`. */
  readonly server: string;
  /** Milliseconds that it took for it. */
  readonly rttMs?: number | undefined;
  /** Cache-clock seconds. */
  readonly expiresAt: number;
}

export class DelegationStore {
  private readonly entries: RecentMap<Delegation>;

  constructor(maxEntries: number) {
    this.entries = new RecentMap<Delegation>({ maxEntries });
  }

  /** The live delegation of exactly this zone. */
  get(zone: DomainName, now: number): Delegation | undefined {
    return this.getByKey(zone.key, now);
  }

  private getByKey(key: string, now: number): Delegation | undefined {
    const entry = this.entries.get(key);
    return entry !== undefined && entry.expiresAt > now ? entry : undefined;
  }

  /** The deepest live delegation at or above `name`, not above `top`. */
  closest(name: DomainName, top: DomainName, now: number): Delegation | undefined {
    for (let key = name.key; ; key = parentKey(key)) {
      const entry = this.getByKey(key, now);
      if (entry !== undefined) return entry;
      if (key.length <= 1 || key === top.key) return undefined;
    }
  }

  /** The live cuts strictly below `above` and at or above `name`, the highest first. */
  cutsBetween(above: DomainName, name: DomainName, now: number): DomainName[] {
    const cuts: DomainName[] = [];
    if (!name.isBelow(above)) return cuts;
    for (let key = name.key; key.length > above.key.length; key = parentKey(key)) {
      const entry = this.getByKey(key, now);
      if (entry !== undefined) cuts.push(entry.zone);
    }
    return cuts.reverse();
  }

  /** Stores a delegation; a live entry may be replaced, but its expiry is never exceeded (I-6). */
  set(delegation: Delegation, now: number): void {
    const present = this.get(delegation.zone, now);
    const entry =
      present !== undefined && present.expiresAt < delegation.expiresAt
        ? { ...delegation, expiresAt: present.expiresAt }
        : delegation;
    this.entries.set(delegation.zone.key, entry);
  }

  delete(zone: DomainName): void {
    this.entries.delete(zone.key);
  }

  /** Removes the delegations of zones in a region. Returns how many went. */
  forget(region: Region, breathe: () => void = () => {}): number {
    const gone: string[] = [];
    walk(this.entries.entries(), breathe, ([key, entry]) => {
      if (region.covers(entry.zone)) gone.push(key);
    });
    walk(gone, breathe, (key) => this.entries.delete(key));
    return gone.length;
  }

  /** Live delegations, those made first at the head. */
  *live(now: number): Generator<Delegation> {
    for (const entry of [...this.entries.values()]) if (entry.expiresAt > now) yield entry;
  }

  get size(): number {
    return this.entries.size;
  }
}
