// Keys and their dates in the words of the anchor commands.
import { algorithmText } from '../../dnssec/algorithms.ts';
import { entryPointKeys, type InspectedKey, type InspectedKeySet } from '../../dnssec/key-set.ts';
import { sameOctets } from '../../wire/record.ts';
import type { AnchorEntry } from './anchor-config.ts';
import type { FetchedKeys } from './key-fetch.ts';

const SECONDS_A_DAY = 86_400;

/** `2026-12-03 (in 11 days)`. */
export function endText(expiresAt: number, nowSeconds: number): string {
  const days = daysUntil(expiresAt, nowSeconds);
  const date = new Date(expiresAt * 1000).toISOString().slice(0, 10);
  return `${date} (${days === 1 ? 'in 1 day' : `in ${days} days`})`;
}

/** Whole days. */
export function daysUntil(expiresAt: number, nowSeconds: number): number {
  return Math.floor((expiresAt - nowSeconds) / SECONDS_A_DAY);
}

/** A line for each key: tag, algorithm, size, and what it is for. */
export function keyLines(set: InspectedKeySet, nowSeconds: number): string[] {
  const rows = set.keys.map((key) => [
    String(key.keyTag),
    algorithmText(key.dnskey.algorithm),
    key.bits === undefined ? '' : `${key.bits} bits`,
    roleText(key, nowSeconds),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
}

function roleText(key: InspectedKey, nowSeconds: number): string {
  const facts: string[] = [];
  if (!key.isZoneKey) facts.push('no zone key');
  facts.push(key.isSep ? 'SEP' : 'no SEP (zone-signing)');
  if (key.isRevoked) facts.push('REVOKED');
  if (!key.isSupported) facts.push('algorithm not supported here');
  if (key.expiresAt !== undefined) facts.push(`signs the key set until ${endText(key.expiresAt, nowSeconds)}`);
  else if (key.problem !== undefined) facts.push(key.problem);
  else if (key.isSep && !key.isRevoked) facts.push('does not sign the key set (standby)');
  return facts.join(', ');
}

export function keyJson(key: InspectedKey): object {
  return {
    keyTag: key.keyTag,
    algorithm: key.dnskey.algorithm,
    algorithmName: algorithmText(key.dnskey.algorithm),
    bits: key.bits,
    flags: key.dnskey.flags,
    sep: key.isSep,
    revoked: key.isRevoked,
    signsKeySet: key.signsSet,
    signatureEnds: key.expiresAt === undefined ? undefined : isoText(key.expiresAt),
    problem: key.problem,
  };
}

export function isoText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** Keys that are entry points at every one of the servers. */
export function commonEntryPoints(fetched: readonly FetchedKeys[]): InspectedKey[] {
  const [first, ...others] = fetched.map(({ set }) => entryPointKeys(set));
  return (first ?? []).filter((key) =>
    others.every((keys) => keys.some(({ dnskey }) => sameOctets(dnskey.rdata, key.dnskey.rdata))),
  );
}

/** Why a set has no key that an anchor could name, and what to do. */
export function noEntryPointReason(set: InspectedKeySet): { readonly error: string; readonly remedy: string } {
  const sep = set.keys.filter(({ isSep, isZoneKey }) => isSep && isZoneKey);
  if (sep.length === 0) {
    return {
      error: 'no key of the zone has the SEP flag (257), so none is meant to be trusted from outside',
      remedy: 'Let the server publish a key-signing key, or a combined key with flags 257.',
    };
  }
  if (sep.every(({ isRevoked }) => isRevoked)) {
    return {
      error: 'every key with the SEP flag is revoked',
      remedy: 'Publish a new key-signing key and sign the zone with it; then import again.',
    };
  }
  if (!sep.some(({ isSupported, isRevoked }) => isSupported && !isRevoked)) {
    return {
      error: 'the keys with the SEP flag are of algorithms that are not supported here',
      remedy: 'Sign the zone with ECDSAP256SHA256 (13), ED25519 (15) or RSASHA256 (8).',
    };
  }
  const problem = sep.find((key) => key.problem !== undefined);
  return {
    error:
      problem === undefined
        ? 'the key set does not sign itself: no signature by a key with the SEP flag'
        : `the key set does not sign itself: key ${problem.keyTag}: ${problem.problem}`,
    remedy: "Sign the zone anew, and check the clocks of the server and of this machine ('date -u').",
  };
}

/**
 * How an anchor stands towards the zone's keys.
 * - `matches`: its key is there and signs the key set. `not-signing`: it is there and does not.
 * - `wrong-digest`: a key has its tag, but is another key. `no-key`: none has its tag.
 */
export type AnchorState = 'matches' | 'not-signing' | 'wrong-digest' | 'no-key';

export function anchorState(anchor: AnchorEntry, set: InspectedKeySet): AnchorState {
  const named = set.keys.filter((key) => anchor.names(key));
  if (named.some(({ signsSet, isRevoked }) => signsSet && !isRevoked)) return 'matches';
  if (named.length > 0) return 'not-signing';
  return set.keys.some((key) => key.keyTag === anchor.keyTag) ? 'wrong-digest' : 'no-key';
}

export function anchorStateText(anchor: AnchorEntry, set: InspectedKeySet): string {
  const tag = anchor.keyTag;
  switch (anchorState(anchor, set)) {
    case 'matches':
      return `key ${tag} is there and signs the zone's keys`;
    case 'not-signing':
      return `key ${tag} is there, but does not sign the zone's keys now`;
    case 'wrong-digest':
      return `a key with the tag ${tag} is there, but the digest is not its own`;
    case 'no-key':
      return `no key has this tag; the zone has ${set.keys.map(({ keyTag }) => keyTag).join(', ')}`;
  }
}
