// RRsets of the RFC examples in test/vectors.
import { readFileSync } from 'node:fs';
import { MessageWork, QueryWork } from '../../src/dnssec/budget.ts';
import type { SignatureContext, ZoneKeys } from '../../src/dnssec/rrsig.ts';
import { prepareKeys } from '../../src/dnssec/verification-key.ts';
import { parseType } from '../../src/wire/constants.ts';
import type { DomainName } from '../../src/wire/name.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { groupIntoRRsets, type RRset } from '../../src/wire/record.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';

/** The RRsets of a master file text, signatures attached. */
export function rrsetsOf(text: string): RRset[] {
  const { records, errors } = parseZoneText(text, { defaultTtl: 3600 });
  const first = errors[0];
  if (first !== undefined) throw new Error(`line ${first.line}: ${first.message}`);
  return groupIntoRRsets(records);
}

export function vectorText(path: string): string {
  return readFileSync(new URL(`../vectors/${path}`, import.meta.url), 'utf8');
}

export function vectorRRsets(path: string): RRset[] {
  return rrsetsOf(vectorText(path));
}

/** The one RRset of an owner and type. */
export function rrsetAt(rrsets: readonly RRset[], owner: string, type: string): RRset {
  const name = nameOf(owner);
  const number = parseType(type);
  const found = rrsets.find((rrset) => rrset.name.equals(name) && rrset.type === number);
  if (found === undefined) throw new Error(`no ${type} at ${owner}`);
  return found;
}

/** The keys of a DNSKEY set; the RFCs' examples have RSA keys down to 512 bits. */
export function keysOf(zone: DomainName, dnskeys: readonly Uint8Array[]): ZoneKeys {
  return { zone, ...prepareKeys(dnskeys, { minModulusBits: 512, maxModulusBits: 4096 }) };
}

/** A context in which SHA-1 counts, with a budget of its own. */
export function contextAt(time: string, zoneKeys: ZoneKeys, given: Partial<SignatureContext> = {}): SignatureContext {
  return {
    zoneKeys,
    nowSeconds: Date.parse(time) / 1000,
    inceptionSkew: 0,
    expirationSkew: 0,
    policy: { sha1: 'validate', disabledAlgorithms: new Set(), disabledDigests: new Set() },
    work: new MessageWork(new QueryWork()),
    ...given,
  };
}
