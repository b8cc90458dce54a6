// What a change of keys in a zone with a trust anchor means, and what is to be done (RFC 6781 4.1.2, RFC 7583 3.3, RFC 5011).
//
// A key that anchors name may leave its zone when nobody needs it any more: its successor is named by the anchors, signs the
// DNSKEY set, and sets without the successor have left all caches, which takes the TTL of the set. Where one key signs the
// data too, what it has signed must have left the caches as well.
import { algorithmText } from '../dnssec/algorithms.ts';
import { insecureReasons } from '../dnssec/verdict.ts';
import { causeOfVerdict } from '../explain/cause.ts';
import { causeRow } from '../explain/causes.ts';
import { nameText } from '../wire/name-text.ts';
import type { WatchedKey, WatchedZone } from './key-watch.ts';

export interface RolloverAdvice {
  readonly state: 'steady' | 'new-key' | 'old-key-gone' | 'anchor-matches-none' | 'broken' | 'insecure' | 'unknown';
  /** Sentences for an operator. */
  readonly text: string;
  /** Unix seconds from which on the zone can do without the old key. */
  readonly safeToDropSeconds?: number;
}

export interface RolloverOptions {
  /** The longest that cached data live here, seconds. */
  readonly maxTtl: number;
}

export function rolloverAdvice(watched: WatchedZone, nowSeconds: number, options: RolloverOptions): RolloverAdvice {
  const zone = nameText(watched.zone);
  const { decided, keys } = watched;
  if (decided === undefined) return { state: 'unknown', text: `The keys of ${zone} have not been looked at yet.` };
  const present = keys.filter(({ isPresent, isRevoked }) => isPresent && !isRevoked);
  const anchored = present.filter(({ anchoredSinceSeconds }) => anchoredSinceSeconds !== undefined);
  if (decided.status === 'bogus' && (anchored.length === 0 || keys.length === 0)) return matchesNone(watched, present);
  if (decided.status === 'bogus') {
    const cause = causeOfVerdict(decided);
    const why = cause === undefined ? 'its chain of trust is broken' : causeRow(cause).text;
    return { state: 'broken', text: `A key of ${zone} is named by its trust anchor, but the zone is bogus: ${why}.` };
  }
  if (decided.status === 'insecure') {
    return {
      state: 'insecure',
      text: `${zone} has a trust anchor, but is insecure: ${insecureReasons[decided.reason].text}.`,
    };
  }
  const strangers = present.filter(({ isSep, anchoredSinceSeconds }) => isSep && anchoredSinceSeconds === undefined);
  if (strangers.length > 0) return newKey(watched, strangers, anchored);
  const successors = anchored.filter(({ firstSeconds }) => firstSeconds > (watched.firstSeconds ?? 0));
  const old = anchored.filter((key) => !successors.includes(key));
  if (successors.length > 0 && old.length > 0) return rolling(watched, successors, old, nowSeconds, options);
  if (watched.missingTags.length > 0) return oldGone(watched, anchored);
  return { state: 'steady', text: `The trust anchor of ${zone} names ${keysText(anchored)}. Nothing is to be done.` };
}

function matchesNone({ zone, anchorTags }: WatchedZone, present: readonly WatchedKey[]): RolloverAdvice {
  const name = nameText(zone);
  const named = `The trust anchor of ${name} names ${tagsText(anchorTags)}`;
  if (present.length === 0) {
    return {
      state: 'anchor-matches-none',
      text: `${named}, but the zone shows no key: everything in it is bogus. Sign the zone, or remove its anchor.`,
    };
  }
  return {
    state: 'anchor-matches-none',
    text: `${named}, and the zone has ${keysText(present)}: everything in it is bogus. Compare the keys with what the operator of the zone publishes; if they are right, put an anchor for them in the place of the old one. Had the old key stayed until then, nothing would have broken.`,
  };
}

function newKey(
  { zone }: WatchedZone,
  strangers: readonly WatchedKey[],
  anchored: readonly WatchedKey[],
): RolloverAdvice {
  const name = nameText(zone);
  const since = timeText(Math.min(...strangers.map(({ firstSeconds }) => firstSeconds)));
  const signing = strangers.some(({ signsSinceSeconds }) => signsSinceSeconds !== undefined);
  const isOne = strangers.length === 1;
  const state = signing ? 'and signs the key set' : 'and does not sign the key set yet';
  const what = `${name} has ${keysText(strangers)}, seen since ${since}, ${isOne ? state : 'more keys than its anchor names'}; no trust anchor names ${isOne ? 'it' : 'them'}.`;
  return {
    state: 'new-key',
    text: `${what} Compare with what the operator of the zone publishes and add ${isOne ? 'it' : 'them'} as an anchor. Until that is done, ${keysText(anchored)} must stay in the zone.`,
  };
}

function rolling(
  watched: WatchedZone,
  successors: readonly WatchedKey[],
  old: readonly WatchedKey[],
  nowSeconds: number,
  { maxTtl }: RolloverOptions,
): RolloverAdvice {
  const name = nameText(watched.zone);
  const signing = successors.filter(({ signsSinceSeconds }) => signsSinceSeconds !== undefined);
  if (signing.length === 0) {
    return {
      state: 'new-key',
      text: `${name} has the new ${keysText(successors)}, which the trust anchor names and which does not sign the key set yet. ${capital(keysText(old))} must stay until it does.`,
    };
  }
  const ready = signing.map(({ signsSinceSeconds = nowSeconds, anchoredSinceSeconds = nowSeconds }) =>
    Math.max(signsSinceSeconds, anchoredSinceSeconds),
  );
  const isCombined = !watched.keys.some(({ isPresent, isSep }) => isPresent && !isSep);
  const safeToDropSeconds = Math.min(...ready) + (isCombined ? Math.max(watched.ttl, maxTtl) : watched.ttl);
  const when = safeToDropSeconds <= nowSeconds ? 'now' : `from ${timeText(safeToDropSeconds)} on`;
  const why = isCombined
    ? 'by then neither a key set without the new key nor data signed by the old one alone are in this cache'
    : 'by then no key set without the new key is in a cache';
  return {
    state: 'new-key',
    text: `${name} has the new ${keysText(signing)}, which the trust anchor names and which signs the key set. ${capital(keysText(old))} can be dropped from the zone ${when}: ${why}. Other validators with an anchor of this zone need the new key too; afterwards remove the old anchor.`,
    safeToDropSeconds,
  };
}

function oldGone({ zone, missingTags }: WatchedZone, anchored: readonly WatchedKey[]): RolloverAdvice {
  const isOne = missingTags.length === 1;
  return {
    state: 'old-key-gone',
    text: `The trust anchor of ${nameText(zone)} also names ${tagsText(missingTags)}, which ${isOne ? 'is' : 'are'} not in the zone. ${capital(keysText(anchored))} still ${anchored.length === 1 ? 'holds' : 'hold'} the chain. If the rollover is over, remove the anchor of the key that is gone; if ${isOne ? 'it is' : 'they are'} still to come, nothing is to be done.`,
  };
}

/** `key 12345 (ECDSAP256SHA256)`, `keys 1 (...) and 2 (...)`. */
function keysText(keys: readonly WatchedKey[]): string {
  const words = keys.map(({ tag, algorithm }) => `${tag} (${algorithmText(algorithm)})`);
  return `${keys.length === 1 ? 'key' : 'keys'} ${listText(words)}`;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function tagsText(tags: readonly number[]): string {
  return `${tags.length === 1 ? 'key' : 'keys'} ${listText(tags.map(String))}`;
}

function listText(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** `2026-11-22 21:40 UTC`. */
function timeText(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
