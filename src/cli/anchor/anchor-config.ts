// The configuration as the anchor commands see it: every anchor with the place where it was written.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isBuiltInTrustAnchor } from '../../config/built-in-anchors.ts';
import { findingText } from '../../config/config-error.ts';
import { dsText } from '../../config/ds-text.ts';
import { type FileFormat, fileFormat } from '../../config/file-format.ts';
import type { Place } from '../../config/input.ts';
import type { Config } from '../../config/schema.ts';
import { configSource } from '../../config/source.ts';
import type { ForwardZone, NegativeTrustAnchor } from '../../config/structured-types.ts';
import { matchDS } from '../../dnssec/ds-digest.ts';
import type { InspectedKey } from '../../dnssec/key-set.ts';
import { keyTag } from '../../dnssec/key-tag.ts';
import { RRType } from '../../wire/constants.ts';
import type { DomainName } from '../../wire/name.ts';
import { DnskeyFlag, type DSData, parseDNSKEY, parseDS } from '../../wire/rdata-dnssec.ts';
import { sameOctets } from '../../wire/record.ts';
import { zoneEntries } from '../../wire/zone-lexer.ts';
import { parseZoneText } from '../../wire/zone-text.ts';
import type { Server } from '../dns-client.ts';

export interface AnchorConfig {
  readonly config: Config;
  /** Undefined for the built-in defaults. */
  readonly mainFile: string | undefined;
  readonly format: FileFormat;
}

/** Where packages put a configuration; the first directory that has one is taken when the command line names none. */
const usualDirectories = ['/etc/kedge', '/etc/powerdns', '/etc/powerdns-recursor'];

/** The configuration of a file or directory; a text says what is wrong with it. */
export function readAnchorConfig(fileOrDirectory: string | undefined): AnchorConfig | string {
  const file = fileOrDirectory ?? usualDirectories.find(hasConfiguration);
  const read = configSource({ file, overrides: [] }).read();
  if (!read.ok) return read.errors.map(findingText).join('\n');
  const [mainFile] = read.files;
  const format = mainFile === undefined ? 'yaml' : fileFormat(readFileSync(mainFile, 'utf8'), mainFile);
  return { config: read.config, mainFile, format };
}

function hasConfiguration(directory: string): boolean {
  return ['recursor.yml', 'recursor.conf'].some((name) => existsSync(join(directory, name)));
}

/** One DS or key from which validation of a zone starts. */
export interface AnchorEntry {
  readonly zone: DomainName;
  readonly keyTag: number;
  /** As it is written: DS content, or `DNSKEY` with its tag. */
  readonly text: string;
  /** `FILE:LINE`, `built-in`, or the option's name. */
  readonly source: string;
  readonly ds: DSData | undefined;
  names(key: InspectedKey): boolean;
}

/** All positive anchors: the root's first, then in the order of the files. */
export function anchorEntries({ dnssec, kedge }: Config): AnchorEntry[] {
  const fromFile = dnssec.trustanchorfile === '' ? [] : fileEntries(dnssec.trustanchorfile);
  const namesInFile = new Set(fromFile.map(({ zone }) => zone.key));
  const entries: AnchorEntry[] = [];
  for (const anchor of dnssec.trustanchors) {
    const isBuiltIn = isBuiltInTrustAnchor(anchor);
    // The file takes the place of what is built in.
    if (isBuiltIn && namesInFile.has(anchor.name.key)) continue;
    for (const ds of anchor.dsRecords) {
      entries.push(dsEntry(anchor.name, ds, isBuiltIn ? 'built-in' : placeText(ds.place, 'dnssec.trustanchors')));
    }
  }
  entries.push(...fromFile);
  for (const { name, flags, protocol, algorithm, publicKey } of kedge.dnskey_trustanchors) {
    const rdata = Uint8Array.of(flags >> 8, flags & 0xff, protocol, algorithm, ...publicKey);
    entries.push(keyEntry(name, rdata, 'kedge.dnskey_trustanchors'));
  }
  return entries.sort((left, right) => Number(right.zone.isRoot) - Number(left.zone.isRoot));
}

export function placeText(place: Place | undefined, otherwise: string): string {
  return place === undefined ? otherwise : `${place.file}:${place.line}`;
}

function dsEntry(zone: DomainName, ds: DSData, source: string): AnchorEntry {
  return {
    zone,
    keyTag: ds.keyTag,
    text: dsText(ds),
    source,
    ds,
    names: ({ dnskey }) => matchDS(ds, zone, dnskey.rdata) === 'match',
  };
}

function keyEntry(zone: DomainName, rdata: Uint8Array, source: string): AnchorEntry {
  const tag = keyTag(rdata);
  const text = `DNSKEY ${tag} algorithm ${rdata[3]}`;
  return { zone, keyTag: tag, text, source, ds: undefined, names: ({ dnskey }) => sameOctets(dnskey.rdata, rdata) };
}

/** The anchors of a zone file; one that cannot be read stops the program itself, and is reported there. */
function fileEntries(file: string): AnchorEntry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  const { records, errors } = parseZoneText(text, { file, defaultTtl: 0 });
  const lines = errors.length > 0 ? [] : recordLines(text);
  return records.flatMap(({ name, type, rdata }, index) => {
    const line = lines.length === records.length ? lines[index] : undefined;
    const source = line === undefined ? file : `${file}:${line}`;
    const ds = type === RRType.DS ? parseDS(rdata) : undefined;
    if (ds !== undefined) return [dsEntry(name, ds, source)];
    const flags = type === RRType.DNSKEY ? (parseDNSKEY(rdata)?.flags ?? 0) : 0;
    const isAnchor = (flags & DnskeyFlag.ZONE) !== 0 && (flags & DnskeyFlag.REVOKE) === 0;
    return isAnchor ? [keyEntry(name, rdata, source)] : [];
  });
}

/** Lines of the entries that are records, not directives. */
function recordLines(text: string): number[] {
  const entries = [...zoneEntries(text)];
  const isDirective = ({ startsBlank, words }: (typeof entries)[number]): boolean =>
    !startsBlank && words[0]?.quoted === false && words[0].text.startsWith('$');
  return entries.filter((entry) => !isDirective(entry)).map(({ line }) => line);
}

/** The forward zone that a name's questions go to: the closest that encloses it. */
export function forwardZoneOf({ recursor }: Config, name: DomainName): ForwardZone | undefined {
  let closest: ForwardZone | undefined;
  for (const zone of [...recursor.forward_zones, ...recursor.forward_zones_recurse]) {
    const isCloser = closest === undefined || zone.zone.isBelow(closest.zone);
    if (name.isSubdomainOf(zone.zone) && isCloser) closest = zone;
  }
  return closest;
}

/** Where the running resolver can be asked from this machine. */
export function resolverAddress({ incoming }: Config): Server | undefined {
  const [listen] = incoming.listen;
  if (listen === undefined) return undefined;
  const port = listen.port ?? incoming.port;
  if (listen.address === '0.0.0.0') return { address: '127.0.0.1', port };
  return { address: listen.address === '::' ? '::1' : listen.address, port };
}

export function negativeAnchorOf({ dnssec }: Config, zone: DomainName): NegativeTrustAnchor | undefined {
  return dnssec.negative_trustanchors.find(({ name }) => name.equals(zone));
}
