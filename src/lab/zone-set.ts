// The zones that one server is authoritative for.
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import type { Zone } from './zone.ts';

export class ZoneSet {
  private readonly zones = new Map<string, Zone>();

  constructor(zones: Iterable<Zone> = []) {
    for (const zone of zones) this.add(zone);
  }

  /** Adds a zone, or puts it in the place of the one with the same apex. */
  add(zone: Zone): void {
    this.zones.set(zone.apex.key, zone);
  }

  remove(apex: DomainName): void {
    this.zones.delete(apex.key);
  }

  get(apex: DomainName): Zone | undefined {
    return this.zones.get(apex.key);
  }

  [Symbol.iterator](): Iterator<Zone> {
    return this.zones.values();
  }

  /**
   * The zone that answers a question: the one with the longest apex at or above the name. DS belongs to the parent's
   * side of a cut, when the parent is served here too (RFC 4035 3.1.4.1).
   */
  closest(name: DomainName, type: number): Zone | undefined {
    if (type === RRType.DS && !name.isRoot) {
      const parent = this.enclosing(name.parent());
      if (parent !== undefined) return parent;
    }
    return this.enclosing(name);
  }

  private enclosing(name: DomainName): Zone | undefined {
    for (let apex = name; ; apex = apex.parent()) {
      const zone = this.zones.get(apex.key);
      if (zone !== undefined || apex.isRoot) return zone;
    }
  }
}
