// The zones that one server is authoritative for, and how it behaves where it is not as it should be.
import { RRType } from '../wire/constants.ts';
import type { Question } from '../wire/message.ts';
import type { DomainName } from '../wire/name.ts';
import type { ReplyContent } from './reply-content.ts';
import type { Zone } from './zone.ts';

/** What the servers of a zone do wrong, whatever the zone holds. */
export interface ServerBehaviour {
  /** Questions that get no reply. */
  drops?(question: Question): boolean;
  /** Changes what is about to be written. */
  rewrite?(content: ReplyContent, question: Question): ReplyContent;
  /** They know nothing of EDNS, and so send no DNSSEC records. */
  readonly ignoresEdns?: boolean;
  /** Replies end three octets too early. */
  readonly cutsOff?: boolean;
  /** Nothing listens where they should be. */
  readonly isAbsent?: boolean;
}

export class ZoneSet {
  private readonly zones = new Map<string, Zone>();
  private readonly behaviours = new Map<string, ServerBehaviour>();

  constructor(zones: Iterable<Zone> = []) {
    for (const zone of zones) this.add(zone);
  }

  /** Adds a zone, or puts it in the place of the one with the same apex. */
  add(zone: Zone, behaviour?: ServerBehaviour): void {
    const { key } = zone.apex;
    this.zones.set(key, zone);
    if (behaviour === undefined) this.behaviours.delete(key);
    else this.behaviours.set(key, behaviour);
  }

  remove(apex: DomainName): void {
    this.zones.delete(apex.key);
    this.behaviours.delete(apex.key);
  }

  get(apex: DomainName): Zone | undefined {
    return this.zones.get(apex.key);
  }

  /** How the zone that answers a question is served; undefined when it is served as it should be. */
  behaviour(name: DomainName, type: number): ServerBehaviour | undefined {
    if (this.behaviours.size === 0) return undefined;
    const zone = this.closest(name, type);
    return zone === undefined ? undefined : this.behaviours.get(zone.apex.key);
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
