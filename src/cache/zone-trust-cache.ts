// Per zone: proved secure with its keys, proved insecure, or bogus for a while (RFC 4035 4.7).
import type { ZoneKeys } from '../dnssec/rrsig.ts';
import type { BogusReason, Chain, InsecureReason } from '../dnssec/verdict.ts';
import type { DomainName } from '../wire/name.ts';
import { RecentMap } from './recent-map.ts';
import type { Region } from './region.ts';
import { walk } from './walk.ts';

/** How far the chain of trust reaches at a name. */
export type ZoneTrust =
  | { readonly status: 'secure'; readonly zone: DomainName; readonly keys: ZoneKeys; readonly chain: Chain }
  | { readonly status: 'insecure'; readonly zone: DomainName; readonly reason: InsecureReason; readonly chain: Chain }
  | { readonly status: 'bogus'; readonly zone: DomainName; readonly reason: BogusReason; readonly chain: Chain };

/** A proof that no zone cut is at this name, so that the enclosing zone goes on below it. */
export interface NoCut {
  readonly status: 'no-cut';
  /** The name that is no cut. */
  readonly zone: DomainName;
  /** The zone that proved it. */
  readonly enclosing: DomainName;
  /** The name was proved not to exist: no cut can be below it either. */
  readonly nonExistent: boolean;
}

interface Entry {
  readonly trust: ZoneTrust | NoCut;
  readonly expiresAt: number;
}

/** Zones are counted, and their keys weighed: a hostile zone has as many and as large ones as it may. */
const MAX_OCTETS = 64 * 1024 * 1024;
const ENTRY_OCTETS = 500;
/** A parsed key, imported. */
const KEY_OCTETS = 2048;

export class ZoneTrustCache {
  private readonly entries: RecentMap<Entry>;

  constructor(maxEntries: number, maxOctets = MAX_OCTETS) {
    this.entries = new RecentMap<Entry>({ maxEntries, maxSize: maxOctets });
  }

  get(zone: DomainName, now: number): ZoneTrust | NoCut | undefined {
    const entry = this.entries.get(zone.key);
    return entry !== undefined && entry.expiresAt > now ? entry.trust : undefined;
  }

  /** Seconds that the live entry has left; 0 without one. */
  remaining(zone: DomainName, now: number): number {
    const entry = this.entries.get(zone.key);
    return entry === undefined ? 0 : Math.max(0, entry.expiresAt - now);
  }

  set(trust: ZoneTrust | NoCut, expiresAt: number): void {
    this.entries.set(trust.zone.key, { trust, expiresAt }, octetsOf(trust));
  }

  /** Forgets how far trust reaches at the names of a region. */
  forget(region: Region, breathe: () => void = () => {}): void {
    const gone: string[] = [];
    walk(this.entries.entries(), breathe, ([key, entry]) => {
      if (region.covers(entry.trust.zone)) gone.push(key);
    });
    walk(gone, breathe, (key) => this.entries.delete(key));
  }

  /** What is held of zones at the moment; the cache must not be written meanwhile. */
  *live(now: number): Generator<ZoneTrust> {
    for (const { trust, expiresAt } of this.entries.values()) {
      if (expiresAt > now && trust.status !== 'no-cut') yield trust;
    }
  }

  get size(): number {
    return this.entries.size;
  }
}

function octetsOf(trust: ZoneTrust | NoCut): number {
  let octets = ENTRY_OCTETS;
  if (trust.status === 'secure') {
    for (const { dnskey } of trust.keys.keys) octets += KEY_OCTETS + dnskey.rdata.length;
  }
  return octets;
}
