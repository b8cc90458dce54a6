// All trust anchors that the configuration means: built-in, written out, in a file, as keys; and the negative ones.
import { readFileSync } from 'node:fs';
import { isBuiltInTrustAnchor } from '../config/built-in-anchors.ts';
import type { Config } from '../config/schema.ts';
import { keyTag } from '../dnssec/key-tag.ts';
import { type PositiveAnchor, TrustAnchors } from '../dnssec/trust-anchor.ts';
import { RRType } from '../wire/constants.ts';
import { nameText } from '../wire/name-text.ts';
import { DnskeyFlag, parseDNSKEY, parseDS } from '../wire/rdata-dnssec.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { parseZoneText } from '../wire/zone-text.ts';
import type { AnchorBase } from './anchor-book.ts';
import { fileProblem, StartError } from './start-error.ts';

/** The anchors of a configuration, with the ends of the negative ones; throws a `StartError` that names file and line. */
export function readAnchorBase(config: Pick<Config, 'dnssec' | 'kedge'>): AnchorBase {
  const ends = config.dnssec.negative_trustanchors.flatMap(({ name, expiresAt }) =>
    expiresAt === undefined ? [] : ([[name.key, expiresAt]] as const),
  );
  const fromFile = recordsOfFile(config);
  const inFile = new Set(fromFile.map(({ name }) => name.key));
  return { anchors: joinedAnchors(config, fromFile), ends: new Map(ends), inFile };
}

function recordsOfFile({ dnssec }: Pick<Config, 'dnssec'>): ResourceRecord[] {
  return dnssec.trustanchorfile === '' ? [] : anchorRecords(dnssec.trustanchorfile);
}

/**
 * What to know about an anchor file beside other anchors: PowerDNS uses the file's alone (POWERDNS 2.4). Undefined where
 * both programs do the same.
 */
export function anchorFileNotice({ dnssec, kedge }: Pick<Config, 'dnssec' | 'kedge'>): string | undefined {
  if (dnssec.trustanchorfile === '') return undefined;
  const others = dnssec.trustanchors.filter((anchor) => !isBuiltInTrustAnchor(anchor));
  if (others.length === 0 && kedge.dnskey_trustanchors.length === 0) return undefined;
  return 'the anchors of the file are joined with the configured ones; PowerDNS Recursor would use those of the file alone';
}

/** The anchors; throws a `StartError` that names file and line. */
export function readTrustAnchors(config: Pick<Config, 'dnssec' | 'kedge'>): TrustAnchors {
  return joinedAnchors(config, recordsOfFile(config));
}

function joinedAnchors(
  { dnssec, kedge }: Pick<Config, 'dnssec' | 'kedge'>,
  fromFile: readonly ResourceRecord[],
): TrustAnchors {
  const anchors = new TrustAnchors();
  const namesInFile = new Set(fromFile.map(({ name }) => name.key));
  for (const anchor of dnssec.trustanchors) {
    // The file takes the place of what is built in, and is joined with what is configured.
    if (isBuiltInTrustAnchor(anchor) && namesInFile.has(anchor.name.key)) continue;
    for (const ds of anchor.dsRecords) anchors.addDS(anchor.name, ds);
  }
  for (const record of fromFile) addRecord(anchors, record);
  for (const { name, flags, protocol, algorithm, publicKey } of kedge.dnskey_trustanchors) {
    anchors.addDNSKEY(name, Uint8Array.of(flags >> 8, flags & 0xff, protocol, algorithm, ...publicKey));
  }
  for (const { name, reason } of dnssec.negative_trustanchors) anchors.addNegative(name, reason);
  return anchors;
}

function anchorRecords(file: string): ResourceRecord[] {
  const { records, errors } = parseZoneText(readAnchorFile(file), { file, defaultTtl: 0 });
  const [error] = errors;
  if (error !== undefined) throw new StartError(`the trust anchor file cannot be read: ${error.message}`);
  const anchors = records.filter(isAnchor);
  if (anchors.length > 0) return anchors;
  throw new StartError(
    `the trust anchor file ${file} holds neither a DS nor a key that could be an anchor`,
    'Put DS or DNSKEY records into it, or remove dnssec.trustanchorfile.',
  );
}

function readAnchorFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartError(
      `cannot read the trust anchor file ${file}: ${fileProblem(error)}`,
      'Correct dnssec.trustanchorfile, or remove it to use the built-in anchors.',
      { cause: error },
    );
  }
}

/** A DS, or a zone key that is not revoked (RFC 5011 2.1). */
function isAnchor({ type, rdata }: ResourceRecord): boolean {
  if (type === RRType.DS) return parseDS(rdata) !== undefined;
  if (type !== RRType.DNSKEY) return false;
  const flags = parseDNSKEY(rdata)?.flags ?? 0;
  return (flags & DnskeyFlag.ZONE) !== 0 && (flags & DnskeyFlag.REVOKE) === 0;
}

function addRecord(anchors: TrustAnchors, { name, type, rdata }: ResourceRecord): void {
  const ds = type === RRType.DS ? parseDS(rdata) : undefined;
  if (ds !== undefined) anchors.addDS(name, ds);
  else if (type === RRType.DNSKEY) anchors.addDNSKEY(name, rdata);
}

/** Key tags of an anchor, each once, in ascending order. */
export function anchorKeyTags({ ds, dnskeys }: PositiveAnchor): number[] {
  const tags = new Set([...ds.map((record) => record.keyTag), ...dnskeys.map((rdata) => keyTag(rdata))]);
  return [...tags].sort((a, b) => a - b);
}

/** `NAME. TAG [TAG...]`, one line an anchor, as `trustanchor.server` answers. */
export function anchorLines(anchors: TrustAnchors): string[] {
  return anchors.anchors().map((anchor) => `${nameText(anchor.zone)} ${anchorKeyTags(anchor).join(' ')}`);
}

/** `NAME. [REASON]`, as `negativetrustanchor.server` answers. */
export function negativeAnchorLines(anchors: TrustAnchors): string[] {
  return anchors.negatives().map(({ zone, reason }) => `${nameText(zone)} ${reason}`.trim());
}
