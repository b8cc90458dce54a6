// The keys of zones that have a trust anchor of their own, since the program started: when each was seen first and last,
// whether it signs the DNSKEY set, and since when an anchor names it. Fed by the chain of trust, which fetches the sets
// anyway.
import { keyTag } from '../dnssec/key-tag.ts';
import type { PositiveAnchor, TrustAnchors } from '../dnssec/trust-anchor.ts';
import { chainLinks, failureOf, type KeySummary, type SignatureSummary } from '../dnssec/verdict.ts';
import type { DomainName } from '../wire/name.ts';
import { DnskeyFlag } from '../wire/rdata-dnssec.ts';
import type { DecidedZone } from './verdict-history.ts';

/** Zones watched; configurations with more anchors are rare, and the first ones are looked at then. */
const MAX_ZONES = 500;
/** Keys remembered of one zone, those that are gone included. */
const MAX_KEYS = 48;

/** A key of a watched zone. Times are Unix seconds. */
export interface WatchedKey {
  readonly tag: number;
  readonly algorithm: number;
  readonly flags: number;
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** Whether it is in the set that was seen last. */
  readonly isPresent: boolean;
  readonly isSep: boolean;
  readonly isRevoked: boolean;
  /** Whether it signs the set that was seen last, and since when it does; undefined when it does not. */
  readonly signsSinceSeconds: number | undefined;
  /** Since when an anchor names it; undefined when none does. */
  readonly anchoredSinceSeconds: number | undefined;
}

/** A zone with an anchor of its own. */
export interface WatchedZone {
  readonly zone: DomainName;
  readonly anchorTags: readonly number[];
  /** Tags that the anchor names, of which no key is in the set that was seen last. */
  readonly missingTags: readonly number[];
  /** By when they were seen first. */
  readonly keys: readonly WatchedKey[];
  /** When its set was first and last judged; undefined before that. */
  readonly firstSeconds: number | undefined;
  readonly lastSeconds: number | undefined;
  /** Seconds for which others may hold the set that was seen last. */
  readonly ttl: number;
  /** What was decided last. */
  readonly decided: DecidedZone | undefined;
  /** The signature that carried the set. */
  readonly signature: SignatureSummary | undefined;
}

interface KeyRecord extends Pick<KeySummary, 'keyTag' | 'algorithm' | 'flags'> {
  readonly firstSeconds: number;
  lastSeconds: number;
  signsSinceSeconds: number | undefined;
  anchoredSinceSeconds: number | undefined;
}

interface ZoneRecord {
  readonly firstSeconds: number;
  lastSeconds: number;
  ttl: number;
  decided: DecidedZone;
  readonly keys: Map<string, KeyRecord>;
}

export class KeyWatch {
  private readonly anchors: Pick<TrustAnchors, 'anchors' | 'anchorAt'>;
  private readonly zones = new Map<string, ZoneRecord>();

  constructor(anchors: Pick<TrustAnchors, 'anchors' | 'anchorAt'>) {
    this.anchors = anchors;
  }

  /** A zone was judged; `ttl` is for how long that holds. */
  note(decided: DecidedZone, ttl: number, nowSeconds: number): void {
    const anchor = this.anchors.anchorAt(decided.zone);
    if (anchor === undefined) return;
    const keys = keysOf(decided);
    const { key } = decided.zone;
    let record = this.zones.get(key);
    if (record === undefined) {
      if (this.zones.size >= MAX_ZONES) return;
      record = { firstSeconds: nowSeconds, lastSeconds: nowSeconds, ttl, decided, keys: new Map() };
      this.zones.set(key, record);
    }
    record.decided = decided;
    if (keys === undefined) return;
    record.lastSeconds = nowSeconds;
    if (decided.status === 'secure') record.ttl = ttl;
    for (const summary of keys) noteKey(record, summary, nowSeconds);
    noteAnchors(record, anchor, nowSeconds);
  }

  /** All zones with anchors of their own, whether or not they have been seen. */
  view(nowSeconds: number): WatchedZone[] {
    const anchors = this.anchors.anchors().slice(0, MAX_ZONES);
    const anchored = new Set(anchors.map(({ zone }) => zone.key));
    for (const key of this.zones.keys()) if (!anchored.has(key)) this.zones.delete(key);
    return anchors.map((anchor) => {
      const record = this.zones.get(anchor.zone.key);
      if (record !== undefined) noteAnchors(record, anchor, nowSeconds);
      return viewOf(anchor, record);
    });
  }
}

function noteKey(record: ZoneRecord, { keyTag: tag, algorithm, flags, signs }: KeySummary, now: number): void {
  const id = `${tag}/${algorithm}/${flags}`;
  let key = record.keys.get(id);
  if (key === undefined) {
    if (record.keys.size >= MAX_KEYS && !forgetGone(record, now)) return;
    key = {
      keyTag: tag,
      algorithm,
      flags,
      firstSeconds: now,
      lastSeconds: now,
      signsSinceSeconds: undefined,
      anchoredSinceSeconds: undefined,
    };
    record.keys.set(id, key);
  }
  key.lastSeconds = now;
  key.signsSinceSeconds = signs === true ? (key.signsSinceSeconds ?? now) : undefined;
}

/** Makes room by forgetting a key that is no longer there. */
function forgetGone({ keys }: ZoneRecord, now: number): boolean {
  for (const [id, { lastSeconds }] of keys) if (lastSeconds < now) return keys.delete(id);
  return false;
}

function noteAnchors({ keys, decided }: ZoneRecord, anchor: PositiveAnchor, now: number): void {
  for (const key of keys.values()) {
    const isNamed = isAnchored(key, anchor, decided);
    key.anchoredSinceSeconds = isNamed ? (key.anchoredSinceSeconds ?? now) : undefined;
  }
}

/** By tag and algorithm; where the digests were found not to fit, none is. */
function isAnchored({ keyTag: tag, algorithm }: KeyRecord, anchor: PositiveAnchor, decided: DecidedZone): boolean {
  if (decided.status === 'bogus' && decided.reason === 'dnskey-digest-mismatch') return false;
  return namedKeys(anchor).some((named) => named.tag === tag && named.algorithm === algorithm);
}

function namedKeys({ ds, dnskeys }: PositiveAnchor): { readonly tag: number; readonly algorithm: number }[] {
  return [
    ...ds.map((entry) => ({ tag: entry.keyTag, algorithm: entry.algorithm })),
    ...dnskeys.map((rdata) => ({ tag: keyTag(rdata), algorithm: rdata[3] ?? 0 })),
  ];
}

/** The DNSKEY set that was judged; undefined when there was none to be had. */
function keysOf(decided: DecidedZone): readonly KeySummary[] | undefined {
  const failure = failureOf(decided);
  if (failure !== undefined) return failure.reason === 'dnskey-missing' ? [] : failure.served;
  return dnskeyLink(decided)?.keys;
}

function dnskeyLink({ chain, zone }: DecidedZone) {
  const link = chainLinks(chain).at(-1);
  return link?.kind === 'dnskey' && link.zone.equals(zone) ? link : undefined;
}

function viewOf(anchor: PositiveAnchor, record: ZoneRecord | undefined): WatchedZone {
  const named = namedKeys(anchor);
  const keys = [...(record?.keys.values() ?? [])].map((key): WatchedKey => {
    const isPresent = key.lastSeconds === record?.lastSeconds;
    return {
      tag: key.keyTag,
      algorithm: key.algorithm,
      flags: key.flags,
      firstSeconds: key.firstSeconds,
      lastSeconds: key.lastSeconds,
      isPresent,
      isSep: (key.flags & DnskeyFlag.SEP) !== 0,
      isRevoked: (key.flags & DnskeyFlag.REVOKE) !== 0,
      signsSinceSeconds: isPresent ? key.signsSinceSeconds : undefined,
      anchoredSinceSeconds: key.anchoredSinceSeconds,
    };
  });
  const isThere = (tag: number, algorithm: number): boolean =>
    keys.some((key) => key.isPresent && key.tag === tag && key.algorithm === algorithm);
  const missing = named.filter(({ tag, algorithm }) => !isThere(tag, algorithm));
  return {
    zone: anchor.zone,
    anchorTags: distinct(named.map(({ tag }) => tag)),
    missingTags: distinct(missing.map(({ tag }) => tag)),
    keys: keys.sort((a, b) => a.firstSeconds - b.firstSeconds || a.tag - b.tag),
    firstSeconds: record?.firstSeconds,
    lastSeconds: record?.lastSeconds,
    ttl: record?.ttl ?? 0,
    decided: record?.decided,
    signature: signatureOf(record?.decided),
  };
}

function signatureOf(decided: DecidedZone | undefined): SignatureSummary | undefined {
  if (decided === undefined) return undefined;
  return failureOf(decided)?.judged ?? dnskeyLink(decided)?.signature;
}

function distinct(tags: readonly number[]): number[] {
  return [...new Set(tags)].sort((a, b) => a - b);
}
