// Trust anchors with where they are from, and what the zones' keys are to them.
import { isBuiltInTrustAnchor } from '../config/built-in-anchors.ts';
import type { Place } from '../config/input.ts';
import type { Config } from '../config/schema.ts';
import { algorithmText } from '../dnssec/algorithms.ts';
import { explainCause } from '../explain/build.ts';
import { causeOfVerdict, placesOf } from '../explain/cause.ts';
import type { WatchedZone } from '../telemetry/key-watch.ts';
import { type RolloverOptions, rolloverAdvice } from '../telemetry/rollover.ts';
import type { Advice, AnchorSource, AnchorView, NegativeAnchorView, Rollover } from '../web/target.ts';
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { anchorTexts } from './anchor-book.ts';
import type { AnchorControl } from './anchor-control.ts';
import type { ForwarderBook } from './forwarder-book.ts';
import { adviceOf } from './web-target-forwarders.ts';
import { isoTime } from './web-target-times.ts';

const DAY_SECONDS = 86_400;

export interface AnchorViewParts {
  readonly config: Config;
  readonly anchors: AnchorControl;
  readonly book: Pick<ForwarderBook, 'of'>;
}

export function anchorViewOf(watched: WatchedZone, nowSeconds: number, parts: AnchorViewParts): AnchorView {
  const { zone, signature, decided } = watched;
  const present = watched.keys.filter(({ isPresent }) => isPresent);
  const matching = present.filter(({ anchoredSinceSeconds }) => anchoredSinceSeconds !== undefined);
  const state = decided === undefined ? 'unknown' : matching.length > 0 ? 'matches' : stateWithoutMatch(watched);
  const secondsLeft = signature === undefined ? undefined : (signature.expiration - Math.floor(nowSeconds)) | 0;
  const advice = adviceFor(watched, parts);
  return {
    zone: nameText(zone),
    records: anchorTexts(parts.anchors.anchors.anchorAt(zone)),
    source: sourceOf(zone, parts),
    state,
    matchingKeys: matching.map(({ tag }) => tag),
    keys: present.map(({ tag, algorithm, flags, anchoredSinceSeconds, signsSinceSeconds }) => ({
      tag,
      algorithm,
      algorithmName: algorithmText(algorithm),
      flags,
      anchored: anchoredSinceSeconds !== undefined,
      signs: signsSinceSeconds !== undefined,
    })),
    ...(secondsLeft !== undefined && {
      signatureExpires: isoTime(nowSeconds + secondsLeft),
      daysLeft: Math.floor(secondsLeft / DAY_SECONDS),
    }),
    ...(advice !== undefined && { advice }),
  };
}

/** Servers that did not answer say nothing about keys. */
function stateWithoutMatch({ decided, keys }: WatchedZone): AnchorView['state'] {
  if (decided?.status !== 'bogus') return 'unknown';
  return keys.length > 0 || decided.reason === 'dnskey-missing' ? 'matches-none' : 'unknown';
}

/** What the assistant found of a forward zone, or what the cause of a broken chain asks for. */
function adviceFor({ zone, decided }: WatchedZone, { book }: AnchorViewParts): Advice | undefined {
  const finding = book.of(zone)?.findings.find(({ fields }) => fields['server'] === undefined);
  if (finding !== undefined) return adviceOf(finding);
  const cause = decided?.status === 'bogus' ? causeOfVerdict(decided) : undefined;
  if (decided === undefined || cause === undefined) return undefined;
  const { text, hint, remedies } = explainCause(cause, placesOf(decided, zone, RRType.DNSKEY));
  const [first] = remedies;
  return { text: `${text}. ${first?.text ?? hint}`.trim(), lines: first?.lines ?? [] };
}

function sourceOf(zone: DomainName, { config, anchors }: AnchorViewParts): AnchorSource {
  const author = anchors.authorOf(zone, 'positive');
  if (author !== undefined) return { kind: author };
  const entries = config.dnssec.trustanchors.filter(({ name }) => name.equals(zone));
  const written = entries.find((entry) => !isBuiltInTrustAnchor(entry));
  if (written !== undefined) return placedSource(written.dsRecords[0]?.place, config);
  if (anchors.isInFile(zone)) return { kind: 'config', file: config.dnssec.trustanchorfile };
  return entries.length > 0 ? { kind: 'built-in' } : { kind: 'config' };
}

function placedSource(place: Place | undefined, { recursor }: Config): AnchorSource {
  if (place === undefined) return { kind: 'config' };
  const { file, line } = place;
  return { kind: file === recursor.lua_config_file ? 'lua' : 'config', file, line };
}

export function negativeAnchorsOf({ config, anchors }: Omit<AnchorViewParts, 'book'>): NegativeAnchorView[] {
  return anchors.negatives().map(({ zone, reason, expiresAt }) => {
    const author = anchors.authorOf(zone, 'negative');
    const written = config.dnssec.negative_trustanchors.find(({ name }) => name.equals(zone));
    return {
      zone: nameText(zone),
      reason,
      source: author === undefined ? placedSource(written?.place, config) : { kind: author },
      ...(expiresAt !== undefined && { expiresAt: isoTime(expiresAt) }),
      isUnneeded: anchors.isUnneeded(zone),
    };
  });
}

export function rolloverOf(watched: WatchedZone, nowSeconds: number, options: RolloverOptions): Rollover {
  const { state, text, safeToDropSeconds } = rolloverAdvice(watched, nowSeconds, options);
  return {
    zone: nameText(watched.zone),
    isAnchored: true,
    anchorTags: watched.anchorTags,
    keys: watched.keys.map((key) => ({
      tag: key.tag,
      algorithmName: algorithmText(key.algorithm),
      flags: key.flags,
      firstSeen: isoTime(key.firstSeconds),
      lastSeen: isoTime(key.lastSeconds),
      anchored: key.anchoredSinceSeconds !== undefined,
      signs: key.signsSinceSeconds !== undefined,
      revoked: key.isRevoked,
    })),
    state,
    text,
    ...(safeToDropSeconds !== undefined && { safeToDropAt: isoTime(safeToDropSeconds) }),
  };
}
