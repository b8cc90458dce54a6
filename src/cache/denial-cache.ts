// Validated NSEC and NSEC3 records by zone, from which denials are made without asking again (RFC 8198).
// Only secure records come here, each with the SOA of its zone; opt-out spans never deny existence.
import { RRType } from '../wire/constants.ts';
import { DomainName } from '../wire/name.ts';
import { parseRRSIG } from '../wire/rdata-dnssec.ts';
import { type RRset, rdataOctets } from '../wire/record.ts';
import type { NegativeEntry } from './answer-cache.ts';
import { denialFrom, type ExpansionProof, expansionFrom } from './denial-synthesis.ts';
import { DenialZone, type SecureVerdict } from './denial-zone.ts';
import { nameHash } from './name-hash.ts';
import type { Region } from './region.ts';

export type { ExpansionProof } from './denial-synthesis.ts';

/** Records are counted, so that a single one must not be large: a usual one has some hundred octets. */
const MAX_RECORD_OCTETS = 2048;
/** Zones whose records are kept; those that nothing has been denied of for long go first. */
const MAX_ZONES = 10_000;
/** Zones passed over in search of one to drop; then the next one goes, used or not, so that the work for each is bounded. */
const MAX_SPARED = 64;

export class DenialCache {
  private readonly zones = new Map<string, DenialZone>();
  /** By the hash of the name. Where two share one, neither is found here. */
  private readonly byHash = new Map<number, DenialZone | 'several'>();
  /** At the head of the queue: kept, because a new one would pass over all that has left from there. */
  private head: Iterator<DenialZone> | undefined;
  private maxRecords: number;
  /** Of `byHash`; nobody outside knows it. */
  readonly hashSeed: number;
  private records = 0;
  /** Answers made from cached records, by what proves them; the wildcard's are expansions. */
  readonly hits = { nsec: 0, nsec3: 0, nsecWildcard: 0, nsec3Wildcard: 0 };

  constructor(maxRecords: number, hashSeed = 0) {
    this.maxRecords = maxRecords;
    this.hashSeed = hashSeed;
  }

  get size(): number {
    return this.records;
  }

  clear(): void {
    this.zones.clear();
    this.head = undefined;
    this.byHash.clear();
    this.records = 0;
  }

  /**
   * Forgets the records of the zones in a region, and those of the zones right above its names, which may deny them.
   * Returns how many went.
   */
  forget(region: Region): number {
    const before = this.records;
    for (const { zone } of [...this.zones.values()]) if (region.covers(zone)) this.drop(zone);
    for (const name of region.given) {
      for (let above = name; !above.isRoot; ) {
        above = above.parent();
        if (this.drop(above)) break;
      }
    }
    return before - this.records;
  }

  private drop(zone: DomainName): boolean {
    const entry = this.zones.get(zone.key);
    if (entry === undefined) return false;
    this.zones.delete(zone.key);
    const hash = nameHash(this.hashSeed, zone.key);
    if (this.byHash.get(hash) === entry) this.byHash.delete(hash);
    this.records -= entry.size;
    return true;
  }

  /** Live records, zone by zone. */
  *live(now: number): Generator<RRset> {
    for (const { nsecs, nsec3s } of [...this.zones.values()]) {
      for (const { rrset, expiresAt } of nsecs) if (expiresAt > now) yield rrset;
      for (const { rrset, expiresAt } of nsec3s) if (expiresAt > now) yield rrset;
    }
  }

  /** All zones, whatever is left of their records. */
  entries(): Iterable<DenialZone> {
    return this.zones.values();
  }

  /** Most records from now on; 0 keeps none. */
  resize(maxRecords: number): void {
    this.maxRecords = maxRecords;
    while (this.records > maxRecords && this.zones.size > 0) this.evictOne();
  }

  /** Adds a secure NSEC or NSEC3 set, with the SOA of its zone where a negative answer brought it. */
  add(rrset: RRset, verdict: SecureVerdict, expiresAt: number, soa?: RRset): void {
    if (this.maxRecords === 0 || rdataOctets(rrset) > MAX_RECORD_OCTETS) return;
    const zone = signerOf(rrset);
    if (zone === undefined || (soa !== undefined && !soa.name.equals(zone))) return;
    const present = this.zones.get(zone.key);
    const isFull = this.records >= this.maxRecords;
    if (isFull && present !== undefined && present.size > 1 && present.size * 2 >= this.maxRecords) this.thin(present);
    while (this.records >= this.maxRecords && this.zones.size > 0) this.evictOne(present);
    let entry = this.zones.get(zone.key);
    if (entry === undefined) {
      entry = new DenialZone(zone, soa, verdict, expiresAt);
      this.zones.set(zone.key, entry);
      const hash = nameHash(this.hashSeed, zone.key);
      this.byHash.set(hash, this.byHash.has(hash) ? 'several' : entry);
      if (this.zones.size > MAX_ZONES) this.evictOne(entry);
    } else if (soa !== undefined) {
      entry.renew(soa, verdict, expiresAt);
    }
    this.records -= entry.size;
    entry.add(rrset, expiresAt);
    this.records += entry.size;
  }

  /**
   * When there is no more room and one zone has half of it, that zone makes room for itself: random names below a large
   * zone are not to drive out all others.
   */
  private thin(entry: DenialZone): void {
    this.records -= entry.size;
    entry.thin();
    this.records += entry.size;
  }

  /** Drops the zone at the head of the queue; one that was used since it came there queues up again. */
  private evictOne(spared?: DenialZone): void {
    for (let passed = 0; this.zones.size > 0; ) {
      this.head ??= this.zones.values();
      const next = this.head.next();
      if (next.done === true) {
        this.head = undefined;
        continue;
      }
      const oldest = next.value;
      if ((oldest.isUsed || oldest === spared) && passed < MAX_SPARED && this.zones.size > 1) {
        passed++;
        oldest.isUsed = false;
        this.zones.delete(oldest.zone.key);
        this.zones.set(oldest.zone.key, oldest);
        continue;
      }
      this.drop(oldest.zone);
      return;
    }
  }

  /**
   * Proof that the wildcard below the ancestor of so many labels answers for a name; undefined without one. Only the zone
   * that signed the wildcard, `zone`, can say so: the NSEC3 records of another cover names that are not theirs.
   */
  proveExpansion(name: DomainName, zone: DomainName, encloserLabels: number, now: number): ExpansionProof | undefined {
    const entry = this.zones.get(zone.key);
    const expansion = entry && expansionFrom(entry, name, encloserLabels, now);
    if (entry !== undefined && expansion !== undefined) {
      entry.isUsed = true;
      this.hits[entry.isNsec ? 'nsecWildcard' : 'nsec3Wildcard']++;
    }
    return expansion;
  }

  /**
   * A denial of (name, type) that cached records prove; undefined when they do not. For DS the parent's records are
   * looked at, and only one at the name itself counts. Zones above `top` have no say.
   */
  synthesise(name: DomainName, type: number, now: number, top = DomainName.root): NegativeEntry | undefined {
    if (this.records === 0) return undefined;
    const isDS = type === RRType.DS;
    for (let zone = isDS ? name.parent() : name; zone.isSubdomainOf(top); zone = zone.parent()) {
      const entry = this.zones.get(zone.key);
      if (entry !== undefined) {
        const denial = entry.expiresAt > now ? denialFrom(entry, name, type, now) : undefined;
        if (denial !== undefined) {
          entry.isUsed = true;
          this.hits[entry.isNsec ? 'nsec' : 'nsec3']++;
        }
        return denial;
      }
      if (zone.isRoot) return undefined;
    }
    return undefined;
  }

  /** The zone whose name has this hash, if it is the only one; its name is still to be compared. */
  zoneByHash(hash: number): DenialZone | 'several' | undefined {
    return this.byHash.get(hash);
  }
}

function signerOf(rrset: RRset): DomainName | undefined {
  const rdata = rrset.signatures[0];
  return rdata === undefined ? undefined : parseRRSIG(rdata)?.signer;
}
