// How a zone of the private Internet is described, with a default for everything but its name.
import { RRClass, RRType } from '../wire/constants.ts';
import type { ResourceRecord } from '../wire/record.ts';
import type { DenialOptions } from './denial-chain.ts';
import { dsRdata, KSK_FLAGS, publishAs, type SigningAlgorithm, type SigningKey, sharedKey, ZSK_FLAGS } from './keys.ts';
import { dsRecords, type SignedZone, type SigningFaults, type Validity } from './signer.ts';
import type { ServerBehaviour } from './zone-set.ts';

export interface ZoneDescription {
  /** Apex, absolute: `example.test.` */
  readonly name: string;
  /** Master-file text, names relative to the apex. SOA, NS and addresses of the name servers are made when missing. */
  readonly records?: string;
  /** Default true. */
  readonly isSigned?: boolean;
  /** One or several algorithms, each with its own keys; default 13. */
  readonly algorithms?: readonly SigningAlgorithm[];
  /** `combined`: one key for everything; `separate`: a key-signing and a zone-signing key. Default `combined`. */
  readonly keyRoles?: 'combined' | 'separate';
  /** RSA modulus; default 2048. */
  readonly rsaBits?: number;
  /** Keys that sign, instead of those that `algorithms` and `keyRoles` make. */
  readonly keys?: readonly SigningKey[];
  /** The DNSKEY set, when it is not the keys that sign. */
  readonly publishedKeys?: readonly SigningKey[];
  /** An algorithm number to show instead of the real one. */
  readonly publishedAlgorithm?: number;
  /** Default NSEC. */
  readonly denial?: DenialOptions;
  /** Default: from an hour before to thirty days after the time the hierarchy is built for. */
  readonly validity?: Validity;
  readonly faults?: SigningFaults;
  /** What its servers do wrong; default: nothing. */
  readonly server?: ServerBehaviour;
  /** Seconds, of the records that are made: SOA, NS, their addresses, DNSKEY, and NS and DS in the parent; default 3600. */
  readonly ttl?: number;
  /** What the parent says; default `matching`, and `absent` for an unsigned zone. */
  readonly ds?: DsPublication;
  /** Addresses of all name servers of the zone; default one of its own. Zones may share them. */
  readonly addresses?: readonly string[];
  /** Absolute host names; default `ns1` in the zone. Those outside the zone have their addresses in another one. */
  readonly nameServers?: readonly string[];
}

/** The DS set that a parent publishes for a signed zone. */
export type DsPublication =
  | 'matching'
  | 'absent'
  | 'wrong-digest'
  | 'wrong-key-tag'
  /** 15 in the place of 13, or 13 in the place of any other. */
  | 'wrong-algorithm'
  /** A digest type that nobody knows, alone. */
  | 'unknown-digest'
  | { readonly digestTypes: readonly number[] }
  /** Of these keys, whether the zone has them or not. */
  | { readonly keys: readonly SigningKey[] }
  | { readonly rdatas: readonly Uint8Array[] };

const UNKNOWN_DIGEST_TYPE = 250;

/** The keys that a description asks for. */
export function keysFor(description: ZoneDescription): readonly SigningKey[] {
  if (description.keys !== undefined) return description.keys;
  const roles = description.keyRoles === 'separate' ? [KSK_FLAGS, ZSK_FLAGS] : [KSK_FLAGS];
  const keys = (description.algorithms ?? [13]).flatMap((algorithm) =>
    roles.map((flags) => keyFor(algorithm, flags, description.rsaBits)),
  );
  const { publishedAlgorithm } = description;
  return publishedAlgorithm === undefined ? keys : keys.map((key) => publishAs(key, { algorithm: publishedAlgorithm }));
}

let keysMade = 0;

/** Keys are fresh where they cost little; RSA keys are shared among zones. */
function keyFor(algorithm: SigningAlgorithm, flags: number, rsaBits: number | undefined): SigningKey {
  const isRSA = algorithm === 5 || algorithm === 7 || algorithm === 8 || algorithm === 10;
  return sharedKey({ algorithm, flags, ...(rsaBits === undefined ? {} : { rsaBits }) }, isRSA ? 0 : ++keysMade);
}

/** The DS records for a zone, as its parent is to publish them. */
export function publishedDS(signed: SignedZone, publication: DsPublication, ttl: number): ResourceRecord[] {
  if (typeof publication === 'object') {
    if ('digestTypes' in publication) return dsRecords(signed, ttl, publication.digestTypes);
    const rdatas =
      'rdatas' in publication ? publication.rdatas : publication.keys.map((key) => dsRdata(signed.zone.apex, key));
    return rdatas.map((rdata) => ({
      name: signed.zone.apex,
      type: RRType.DS,
      class: RRClass.IN,
      ttl,
      rdata,
    }));
  }
  switch (publication) {
    case 'matching':
      return dsRecords(signed, ttl);
    case 'absent':
      return [];
    case 'wrong-digest':
      return changed(dsRecords(signed, ttl), 4, (octet) => octet ^ 0x01);
    case 'wrong-key-tag':
      return changed(dsRecords(signed, ttl), 1, (octet) => octet ^ 0x01);
    case 'wrong-algorithm':
      return changed(dsRecords(signed, ttl), 2, (algorithm) => (algorithm === 13 ? 15 : 13));
    case 'unknown-digest':
      return dsRecords(signed, ttl, [UNKNOWN_DIGEST_TYPE]);
  }
}

/** The records with the RDATA octet at `index` changed. */
function changed(
  records: readonly ResourceRecord[],
  index: number,
  change: (octet: number) => number,
): ResourceRecord[] {
  return records.map((record) => {
    const rdata = record.rdata.slice();
    rdata[index] = change(rdata[index] ?? 0);
    return { ...record, rdata };
  });
}
