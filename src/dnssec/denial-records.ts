// NSEC and NSEC3 records that may take part in a proof. Nothing here is verified: only what cannot count is left out,
// so that signatures are checked afterwards over the few sets that a proof uses (CVE-2026-11605).
import { parseBase32hex } from '../wire/base32hex.ts';
import { RRClass, RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import {
  bitmapTypes,
  hasType,
  NSEC3_OPT_OUT,
  type NSEC3Data,
  parseNSEC,
  parseNSEC3,
  parseRRSIG,
} from '../wire/rdata-dnssec.ts';
import { type RRset, sameOctets, withSignatures } from '../wire/record.ts';
import type { Nsec3Hasher } from './nsec3-hash.ts';
import { SHA1_OCTETS } from './sha1.ts';
import type { DenialGap } from './verdict.ts';

/** What a proof may use. One object serves all questions about one message. */
export interface DenialRecords {
  /** The zone whose keys will verify the records: the only signer that counts. */
  readonly zone: DomainName;
  /** NSEC and NSEC3 RRsets of the authority section, unverified; others are ignored. */
  readonly rrsets: readonly RRset[];
  readonly hasher: Nsec3Hasher;
  /** NSEC3 with more iterations makes the zone insecure. */
  readonly maxIterations: number;
  /** NSEC3 with a longer salt makes the zone insecure. Octets. */
  readonly maxSalt: number;
  /** NSEC3 records that are looked at; default 10. */
  readonly maxNsec3s?: number;
}

/**
 * What was proved, structurally: it holds once every set in `used` has been verified, unexpanded, with the zone's keys.
 */
export type DenialProof =
  /** The name and its wildcard do not exist. */
  | 'name-error'
  /** The name exists, and has neither the type nor a CNAME. */
  | 'no-data'
  /** The name exists only because names below it do. */
  | 'empty-non-terminal'
  /** The name does not exist; its wildcard does, without the type. */
  | 'wildcard-no-data'
  /** Nothing closer than the wildcard matches the name. */
  | 'wildcard-answer'
  /** A record at the name itself says that it does not exist (RFC 9824 2). */
  | 'compact-name-error'
  /** The same record as an answer without data. */
  | 'compact-no-data'
  /** An unsigned delegation: NS without DS, or an opt-out span that may hide one. */
  | 'no-ds'
  /** No delegation at the name: the zone's keys go on. */
  | 'not-a-cut';

export type Denial =
  | {
      readonly kind: 'proven';
      readonly proof: DenialProof;
      /** An opt-out span covers the next closer name: unsigned delegations may hide there (RFC 5155 9.2). */
      readonly optOut: boolean;
      /** The longest existing ancestor, where the proof has one. */
      readonly closestEncloser: DomainName | undefined;
      /** The sets to be verified; only with signatures that the proof accepts, so not always the objects given. */
      readonly used: readonly RRset[];
    }
  /** The zone's NSEC3 costs too much (RFC 9276 3.2). The signature over `used` must still be verified. */
  | { readonly kind: 'insecure'; readonly reason: 'nsec3-iterations'; readonly used: readonly RRset[] }
  | {
      readonly kind: 'unproven';
      readonly reason: UnprovenReason;
      readonly detail: string;
      readonly gap?: DenialGap | undefined;
    };

export type UnprovenReason = 'denial-missing' | 'denial-incomplete' | 'denial-wildcard-missing' | 'work-limit';

/** An NSEC that may take part. */
export interface NsecRecord {
  readonly rrset: RRset;
  readonly owner: DomainName;
  readonly next: DomainName;
  readonly types: Uint8Array;
}

/** An NSEC3 that may take part, with its owner's label decoded. */
export interface Nsec3Record {
  readonly rrset: RRset;
  readonly ownerHash: Uint8Array;
  readonly nextHash: Uint8Array;
  readonly types: Uint8Array;
  readonly optOut: boolean;
}

export interface Nsec3Chain {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly records: readonly Nsec3Record[];
}

export interface UsableRecords {
  readonly nsecs: readonly NsecRecord[];
  /** NSEC3s within the limits, by parameter set. */
  readonly nsec3: readonly Nsec3Chain[];
  /** An NSEC3 above the limits, when there is none within. */
  readonly costly: RRset | undefined;
}

/**
 * Records of either kind that are looked at. A proof needs three; an answer through aliases brings those of each link.
 */
const MAX_NSEC_RECORDS = 32;
const DEFAULT_NSEC3_RECORDS = 10;
/** Parameter sets tried for one proof: a zone that changes them has the old chain and the new (RFC 5155 10.4). */
const MAX_NSEC3_CHAINS = 2;

/** The last ones: questions about one message come one after the other. */
let lastRecords: DenialRecords | undefined;
let lastUsable: UsableRecords | undefined;

/** The records that count, as a rule found once for a `DenialRecords`. */
export function usableRecords(records: DenialRecords): UsableRecords {
  if (records === lastRecords && lastUsable !== undefined) return lastUsable;
  lastUsable = selectRecords(records);
  lastRecords = records;
  return lastUsable;
}

function selectRecords(records: DenialRecords): UsableRecords {
  const { zone } = records;
  const nsecs: NsecRecord[] = [];
  const chains: { salt: Uint8Array; iterations: number; records: Nsec3Record[] }[] = [];
  let costly: RRset | undefined;
  const maxNsec3s = records.maxNsec3s ?? DEFAULT_NSEC3_RECORDS;
  let nsec3Seen = 0;
  for (const given of records.rrsets) {
    if (given.type === RRType.NSEC) {
      if (nsecs.length >= MAX_NSEC_RECORDS) continue;
      const record = usableNsec(given, zone);
      if (record !== undefined) nsecs.push(record);
    } else if (given.type === RRType.NSEC3) {
      if (nsec3Seen >= maxNsec3s) continue;
      nsec3Seen++;
      const record = usableNsec3(given, zone);
      if (record === undefined) continue;
      if (record.data.iterations > records.maxIterations || record.data.salt.length > records.maxSalt) {
        costly ??= record.rrset;
        continue;
      }
      // RFC 5155 8.2: the records of one proof share hash, salt and iterations.
      const { salt, iterations } = record.data;
      const chain = chains.find((other) => other.iterations === iterations && sameOctets(other.salt, salt));
      if (chain !== undefined) chain.records.push(record);
      else if (chains.length < MAX_NSEC3_CHAINS) chains.push({ salt, iterations, records: [record] });
    }
  }
  return { nsecs, nsec3: chains, costly: chains.length === 0 ? costly : undefined };
}

function usableNsec(given: RRset, zone: DomainName): NsecRecord | undefined {
  if (!given.name.isSubdomainOf(zone)) return undefined;
  const rrset = withOwnSignatures(given, zone);
  const data = onlyRecord(rrset, parseNSEC);
  if (rrset === undefined || data === undefined) return undefined;
  // A next name outside the zone would deny other zones' names (CVE-2026-44690).
  if (!data.next.isSubdomainOf(zone)) return undefined;
  return { rrset, owner: given.name, next: data.next, types: data.types };
}

function usableNsec3(given: RRset, zone: DomainName): (Nsec3Record & { readonly data: NSEC3Data }) | undefined {
  // RFC 5155 3: the owner is one hash label and the zone. A deeper one would be another zone's.
  if (given.name.isRoot || !given.name.parent().equals(zone)) return undefined;
  const ownerHash = decodeHashLabel(given.name.firstLabel());
  if (ownerHash === undefined) return undefined;
  const rrset = withOwnSignatures(given, zone);
  const data = onlyRecord(rrset, parseNSEC3);
  if (rrset === undefined || data === undefined) return undefined;
  // RFC 5155 8.1, 8.2: unknown hash algorithms and flags are ignored.
  if (data.hashAlgorithm !== 1 || (data.flags & ~NSEC3_OPT_OUT) !== 0) return undefined;
  if (data.nextHash.length !== SHA1_OCTETS) return undefined;
  const optOut = (data.flags & NSEC3_OPT_OUT) !== 0;
  return { rrset, ownerHash, nextHash: data.nextHash, types: data.types, optOut, data };
}

function onlyRecord<T>(rrset: RRset | undefined, parse: (rdata: Uint8Array) => T | undefined): T | undefined {
  // RFC 4035 2.3: a name has one NSEC. A set of several would prove what the zone never said.
  const rdata = rrset?.rdatas.length === 1 ? rrset.rdatas[0] : undefined;
  return rdata === undefined ? undefined : parse(rdata);
}

/**
 * The RRset with those signatures alone that are by the zone and over the owner as it stands; undefined when none is. A
 * record expanded from a wildcard denies nothing: its owner is whatever was asked (CVE-2026-46582).
 */
function withOwnSignatures(rrset: RRset, zone: DomainName): RRset | undefined {
  if (rrset.class !== RRClass.IN) return undefined;
  const labels = rrset.name.rrsigLabelCount;
  const signatures = rrset.signatures.filter((rdata) => {
    const signature = parseRRSIG(rdata);
    return (
      signature !== undefined &&
      signature.typeCovered === rrset.type &&
      signature.labels === labels &&
      signature.signer.equals(zone)
    );
  });
  if (signatures.length === 0) return undefined;
  return signatures.length === rrset.signatures.length ? rrset : withSignatures(rrset, signatures);
}

/** The hash in an NSEC3 owner's first label, any letter case; undefined when it is none of SHA-1 (RFC 5155 3.3). */
export function decodeHashLabel(label: Uint8Array): Uint8Array | undefined {
  const hash = parseBase32hex(label);
  return hash?.length === SHA1_OCTETS ? hash : undefined;
}

/**
 * Whether a record's owner is a delegation point seen from its parent: NS without SOA. Such a record says nothing of
 * names below, nor of the owner's data other than DS (RFC 6840 4.1).
 */
export function isDelegation(types: Uint8Array): boolean {
  return hasType(types, RRType.NS) && !hasType(types, RRType.SOA);
}

/** Whether names below a record's owner live elsewhere: in another zone, or redirected by a DNAME (RFC 6840 4.1). */
export function hidesDescendants(types: Uint8Array): boolean {
  return isDelegation(types) || hasType(types, RRType.DNAME);
}

const compactTypes: ReadonlySet<number> = new Set([RRType.RRSIG, RRType.NSEC, RRType.NXNAME]);

/**
 * Whether the bitmap is that of a name which does not exist: NXNAME, and nothing but RRSIG and NSEC (RFC 9824 2, 4).
 */
export function isCompactNameError(types: Uint8Array): boolean {
  return hasType(types, RRType.NXNAME) && hasOnlyTypes(types, compactTypes);
}

function hasOnlyTypes(types: Uint8Array, allowed: ReadonlySet<number>): boolean {
  return bitmapTypes(types).every((type) => allowed.has(type));
}

const proofTypes: ReadonlySet<number> = new Set([RRType.RRSIG, RRType.NSEC]);

/** What an objection of `typesObjection` means for the proof. */
export function gapOf(objection: string): DenialGap {
  return objection.includes(' side of ') ? 'wrong-side' : 'type-exists';
}

/**
 * Why the types at an existing name do not deny `qtype`; undefined when they do. `isRoot` is whether the name is the
 * root, whose DS question has no parent to go to.
 */
export function typesObjection(types: Uint8Array, qtype: number, isRoot: boolean): string | undefined {
  if (hasType(types, qtype)) return 'its type bitmap has the type';
  // RFC 6840 4.3: with a CNAME at the name the answer would have been that.
  if (hasType(types, RRType.CNAME)) return 'its type bitmap has CNAME';
  if (qtype === RRType.DS) {
    // RFC 4035 2.4: DS is the parent's; a record with SOA is from the child's side of the cut.
    return hasType(types, RRType.SOA) && !isRoot ? 'it is from the child side of the zone cut' : undefined;
  }
  // RFC 6840 4.1: the parent's record at a cut is silent about the child's data.
  if (isDelegation(types)) return 'it is from the parent side of a zone cut';
  if (qtype === RRType.ANY && !hasOnlyTypes(types, proofTypes)) return 'its type bitmap is not empty';
  return undefined;
}
