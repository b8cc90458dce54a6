// Signs a zone (RFC 4035 2, RFC 5155 7.1): DNSKEY set, denial chain, and RRSIGs over all that is authoritative. It can
// also make the mistakes that a validator has to notice.

import { signedOctets } from '../wire/canonical.ts';
import { RRClass, RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { DnskeyFlag } from '../wire/rdata-dnssec.ts';
import { groupIntoRRsets, type ResourceRecord, type RRset } from '../wire/record.ts';
import { type DenialOptions, denialRecords, nsec3ParamRecord } from './denial-chain.ts';
import { dsRdata, type SigningKey } from './keys.ts';
import { withOnlineDenial } from './online-denial.ts';
import { Zone } from './zone.ts';

/** The span in which signatures hold, Unix seconds (RFC 4034 3.1.5). */
export interface Validity {
  readonly inceptionSeconds: number;
  readonly expirationSeconds: number;
}

export interface SigningOptions extends Validity {
  /**
   * Keys that sign. Per algorithm, those with the SEP flag sign the DNSKEY set and the others all else; when there is
   * only one kind, it signs everything (a combined signing key).
   */
  readonly keys: readonly SigningKey[];
  /** The DNSKEY set, when it is not `keys`: with standby keys, or lacking one that signs. */
  readonly publishedKeys?: readonly SigningKey[];
  readonly denial: DenialOptions;
  /** Seconds; default: the TTL of the SOA record. */
  readonly dnskeyTtl?: number;
  readonly faults?: SigningFaults;
}

/** What a signer can get wrong. `owner` is as in the zone; NSEC3 records have their hashed owner. */
export interface SigningFaults {
  /** Changes the finished records, denial chain included, before they are signed. */
  alter?(records: readonly ResourceRecord[]): readonly ResourceRecord[];
  /** RRsets left without signatures. */
  omitSignature?(owner: DomainName, type: number): boolean;
  /** RRsets whose signatures have one bit changed. */
  corruptSignature?(owner: DomainName, type: number): boolean;
  /** Another span for some RRsets: expired, not yet valid, upside down. */
  validity?(owner: DomainName, type: number): Validity | undefined;
  /** Changes the finished records at will. */
  tamper?(records: readonly ResourceRecord[]): readonly ResourceRecord[];
}

export interface SignedZone {
  readonly zone: Zone;
  /** The DNSKEY set as published. */
  readonly keys: readonly SigningKey[];
}

/** Types that signing makes anew. */
const madeBySigning: ReadonlySet<number> = new Set([
  RRType.RRSIG,
  RRType.NSEC,
  RRType.NSEC3,
  RRType.NSEC3PARAM,
  RRType.DNSKEY,
]);

/** Signs a zone; DNSSEC records of an earlier signing are dropped first, DS records at cuts kept. */
export function signZone(zone: Zone, options: SigningOptions): SignedZone {
  const keys = options.publishedKeys ?? options.keys;
  const plain = zone.records.filter(({ type }) => !madeBySigning.has(type));
  for (const { dnskey } of keys) {
    const ttl = options.dnskeyTtl ?? zone.soa.ttl;
    plain.push({ name: zone.apex, type: RRType.DNSKEY, class: RRClass.IN, ttl, rdata: dnskey });
  }
  if (options.denial.kind === 'nsec3') plain.push(nsec3ParamRecord(zone, options.denial));
  const unaltered = [...plain, ...denialRecords(Zone.fromRecords(plain), options.denial)];
  const complete = options.faults?.alter?.(unaltered) ?? unaltered;
  const signed = [...complete, ...signatures(Zone.fromRecords(complete), options)];
  const finished = Zone.fromRecords(options.faults?.tamper?.(signed) ?? signed);
  const sign = (rrset: RRset) => ({ ...rrset, signatures: signaturesOver(rrset, zone.apex, options) });
  return { zone: withOnlineDenial(finished, options.denial, sign), keys };
}

/** The DS records that a parent publishes: for each key with the SEP flag, or for all when none has it. */
export function dsRecords(signed: SignedZone, ttl: number, digestTypes: readonly number[] = [2]): ResourceRecord[] {
  const entryPoints = signed.keys.filter(({ flags }) => (flags & DnskeyFlag.SEP) !== 0);
  const keys = entryPoints.length > 0 ? entryPoints : signed.keys;
  const name = signed.zone.apex;
  return keys.flatMap((key) =>
    digestTypes.map((digestType) => ({
      name,
      type: RRType.DS,
      class: RRClass.IN,
      ttl,
      rdata: dsRdata(name, key, digestType),
    })),
  );
}

function signatures(zone: Zone, options: SigningOptions): ResourceRecord[] {
  return groupIntoRRsets(zone.records)
    .filter((rrset) => isSigned(zone, rrset))
    .flatMap((rrset) =>
      signaturesOver(rrset, zone.apex, options).map((rdata) => ({
        name: rrset.name,
        type: RRType.RRSIG,
        class: rrset.class,
        ttl: rrset.ttl,
        rdata,
      })),
    );
}

/** RDATA of the RRSIGs over one set, faults included. */
function signaturesOver(rrset: RRset, apex: DomainName, { keys, faults, ...options }: SigningOptions): Uint8Array[] {
  if (faults?.omitSignature?.(rrset.name, rrset.type)) return [];
  const validity = faults?.validity?.(rrset.name, rrset.type) ?? options;
  const isCorrupt = faults?.corruptSignature?.(rrset.name, rrset.type) ?? false;
  return signersOf(rrset.type, keys).map((key) => {
    const rdata = signRRset(rrset, apex, key, validity);
    const last = rdata.length - 1;
    if (isCorrupt) rdata[last] = (rdata[last] ?? 0) ^ 0x01;
    return rdata;
  });
}

/** RFC 4035 2.2: authoritative sets are signed; NS and glue at and below cuts are not. */
function isSigned(zone: Zone, rrset: RRset): boolean {
  if (rrset.type === RRType.NSEC3) return true;
  if (zone.isOccluded(rrset.name)) return false;
  const node = zone.node(rrset.name);
  if (node === undefined || !zone.isCut(node)) return true;
  return rrset.type === RRType.DS || rrset.type === RRType.NSEC;
}

function signersOf(type: number, keys: readonly SigningKey[]): SigningKey[] {
  const wantsEntryPoint = type === RRType.DNSKEY;
  return keys.filter((key) => {
    const isEntryPoint = (key.flags & DnskeyFlag.SEP) !== 0;
    if (isEntryPoint === wantsEntryPoint) return true;
    const peers = keys.filter(({ algorithm }) => algorithm === key.algorithm);
    return peers.every(({ flags }) => (flags & DnskeyFlag.SEP) === (key.flags & DnskeyFlag.SEP));
  });
}

/** RDATA of an RRSIG over an RRset (RFC 4034 3.1). */
export function signRRset(rrset: RRset, signer: DomainName, key: SigningKey, validity: Validity): Uint8Array {
  const signerOctets = signer.toLowerCase().octets;
  const prefix = new Uint8Array(18 + signerOctets.length);
  const view = new DataView(prefix.buffer);
  const labels = rrset.name.rrsigLabelCount;
  view.setUint16(0, rrset.type);
  view.setUint8(2, key.algorithm);
  view.setUint8(3, labels);
  view.setUint32(4, rrset.ttl);
  view.setUint32(8, validity.expirationSeconds);
  view.setUint32(12, validity.inceptionSeconds);
  view.setUint16(16, key.keyTag);
  prefix.set(signerOctets, 18);
  const signature = key.sign(signedOctets(rrset, prefix, prefix.length, labels));
  const rdata = new Uint8Array(prefix.length + signature.length);
  rdata.set(prefix);
  rdata.set(signature, prefix.length);
  return rdata;
}
