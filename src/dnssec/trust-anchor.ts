// Trust anchors and negative trust anchors (RFC 4033 2, RFC 7646): which one decides for a name.
import { DomainName } from '../wire/name.ts';
import type { DSData } from '../wire/rdata-dnssec.ts';
import { sameOctets } from '../wire/record.ts';

/** What decides for a name: the keys to start from, or that nothing is validated. */
export type ClosestAnchor =
  | {
      readonly kind: 'anchor';
      readonly zone: DomainName;
      readonly ds: readonly DSData[];
      /** DNSKEY RDATA. A key of the zone is trusted when one of either kind names it. */
      readonly dnskeys: readonly Uint8Array[];
    }
  | { readonly kind: 'negative'; readonly zone: DomainName; readonly reason: string }
  /** A local zone delegates to this one; local zones are unsigned. Never among the configured anchors. */
  | { readonly kind: 'unsigned'; readonly zone: DomainName };

export type PositiveAnchor = Extract<ClosestAnchor, { kind: 'anchor' }>;
export type NegativeAnchor = Extract<ClosestAnchor, { kind: 'negative' }>;

/**
 * The configured anchors. The closest enclosing one decides, of whichever kind: a positive anchor below a negative one
 * starts validation anew (RFC 7646 3). At one and the same name the negative anchor wins and the positive one is kept,
 * without effect (RFC 7646 3).
 */
export class TrustAnchors {
  readonly #positive = new Map<string, PositiveAnchor>();
  readonly #negative = new Map<string, NegativeAnchor>();

  /** Adds a DS to the anchor of a zone; false when it is there already. */
  addDS(zone: DomainName, ds: DSData): boolean {
    const anchor = this.#anchorOf(zone);
    if (anchor.ds.some((known) => sameDS(known, ds))) return false;
    this.#positive.set(zone.key, { ...anchor, ds: [...anchor.ds, ds] });
    return true;
  }

  /** Adds a DNSKEY, given as RDATA, to the anchor of a zone; false when it is there already. */
  addDNSKEY(zone: DomainName, dnskeyRdata: Uint8Array): boolean {
    const anchor = this.#anchorOf(zone);
    if (anchor.dnskeys.some((known) => sameOctets(known, dnskeyRdata))) return false;
    this.#positive.set(zone.key, { ...anchor, dnskeys: [...anchor.dnskeys, dnskeyRdata.slice()] });
    return true;
  }

  /** Sets the negative anchor of a name; a second call replaces the reason. */
  addNegative(zone: DomainName, reason: string): void {
    this.#negative.set(zone.key, { kind: 'negative', zone: zone.toLowerCase(), reason });
  }

  /** Drops all DS and DNSKEY anchors of exactly this name; false when there were none. */
  removeAnchor(zone: DomainName): boolean {
    return this.#positive.delete(zone.key);
  }

  /** Drops the negative anchor of exactly this name; false when there was none. */
  removeNegative(zone: DomainName): boolean {
    return this.#negative.delete(zone.key);
  }

  /** Drops all positive anchors, the root's included. */
  clearAnchors(): void {
    this.#positive.clear();
  }

  clearNegatives(): void {
    this.#negative.clear();
  }

  /** Takes over the anchors of another set in place of its own: those who hold this one see them at once. */
  replaceWith(other: TrustAnchors): void {
    const [positive, negative] = [[...other.#positive], [...other.#negative]];
    this.#positive.clear();
    this.#negative.clear();
    for (const [key, anchor] of positive) this.#positive.set(key, anchor);
    for (const [key, anchor] of negative) this.#negative.set(key, anchor);
  }

  anchors(): PositiveAnchor[] {
    return [...this.#positive.values()];
  }

  negatives(): NegativeAnchor[] {
    return [...this.#negative.values()];
  }

  /** The positive anchor of exactly this name, whether or not a negative one switches it off. */
  anchorAt(zone: DomainName): PositiveAnchor | undefined {
    return this.#positive.get(zone.key);
  }

  /**
   * The anchor of the name or its nearest ancestor that has one; undefined when none has (indeterminate, RFC 4033 5).
   */
  closest(name: DomainName): ClosestAnchor | undefined {
    if (this.#positive.size === 0 && this.#negative.size === 0) return undefined;
    const { key } = name;
    const hasNegative = this.#negative.size > 0;
    for (let offset = 0; offset < key.length; offset += key.charCodeAt(offset) + 1) {
      const suffix = key.slice(offset);
      const anchor = (hasNegative ? this.#negative.get(suffix) : undefined) ?? this.#positive.get(suffix);
      if (anchor !== undefined) return anchor;
    }
    return undefined;
  }

  /** Whether any anchor, of either kind, is for a name below this one. */
  hasBelow(name: DomainName): boolean {
    for (const { zone } of this.#positive.values()) if (zone.isBelow(name)) return true;
    for (const { zone } of this.#negative.values()) if (zone.isBelow(name)) return true;
    return false;
  }

  #anchorOf(zone: DomainName): PositiveAnchor {
    return this.#positive.get(zone.key) ?? { kind: 'anchor', zone: DomainName.fromKey(zone.key), ds: [], dnskeys: [] };
  }
}

function sameDS(left: DSData, right: DSData): boolean {
  return (
    left.keyTag === right.keyTag &&
    left.algorithm === right.algorithm &&
    left.digestType === right.digestType &&
    sameOctets(left.digest, right.digest)
  );
}
