// Bailiwick and junk removal: what a reply may bring for the question that was asked, decided once, before anybody else
// sees a record (SECURITY I-3, rules S-1 to S-13 under A-05).
import type { NameServer } from '../cache/delegation-store.ts';
import type { ServerAddress } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import { isMetaType, RRClass, RRType } from '../wire/constants.ts';
import type { Message } from '../wire/message.ts';
import type { DomainName } from '../wire/name.ts';
import { parseNameRdata } from '../wire/rdata.ts';
import { parseNSEC, parseRRSIG } from '../wire/rdata-dnssec.ts';
import {
  groupIntoRRsets,
  type ResourceRecord,
  type RRset,
  rrsetKey,
  sameOctets,
  typeCovered,
  withSignatures,
} from '../wire/record.ts';
import type { IterationLimits } from './limits.ts';
import { serverAddress } from './server-address.ts';

/** What was asked of whom: the measure of what a reply may say. */
export interface Asked {
  readonly name: DomainName;
  readonly type: number;
  /** The zone that the server was asked for. */
  readonly zone: DomainName;
  /** RD was set: the server is a forwarder that follows aliases and referrals by itself. */
  readonly recursive: boolean;
  /** Whether answers for `name` come by the same way (SECURITY A-07). */
  readonly onRoute: (name: DomainName) => boolean;
  /** Whether an address may be asked (SECURITY S-12). */
  readonly mayAsk: (octets: Uint8Array) => boolean;
  /** Whether an address record may be told to anybody; absent where all may (protection from rebinding). */
  readonly mayAnswer?: AddressFilter | undefined;
  /** Glue counts wherever it lies, not only at or below the zone asked. */
  readonly trustsForeignGlue?: boolean | undefined;
  readonly limits: IterationLimits;
  readonly random: Random;
}

/** Whether the address, given as 4 or 16 octets, may stand at the name. */
export type AddressFilter = (name: DomainName, octets: Uint8Array) => boolean;

/** RRsets of a reply after scrubbing. */
export interface ScrubbedSections {
  /** In the order received. */
  readonly answerSets: readonly RRset[];
  /** By owner and type, where they are too many to search through them. */
  readonly answerIndex: ReadonlyMap<string, RRset> | undefined;
  readonly authority: readonly RRset[];
}

/** Answer sets of one reply that are searched through one by one. */
const MAX_SETS_SEARCHED = 8;

/** The answer set of an owner and type. */
export function answerSet(
  { answerSets, answerIndex }: ScrubbedSections,
  name: DomainName,
  type: number,
): RRset | undefined {
  if (answerIndex !== undefined) return answerIndex.get(rrsetKey(name, type));
  for (const rrset of answerSets) if (rrset.type === type && rrset.name.equals(name)) return rrset;
  return undefined;
}

/** Sections with everything removed that the question does not entitle the server to say. */
export function scrub(message: Message, asked: Asked): ScrubbedSections {
  const answerRecords = acceptable(message.answer, asked);
  const authorityRecords = acceptable(message.authority, asked);
  const inAnswer = groupIntoRRsets(answerRecords);
  const inAuthority = groupIntoRRsets(
    authorityRecords.every(isAuthorityType) ? authorityRecords : authorityRecords.filter(isAuthorityType), // S-6
  );
  const signatures = areInPlace(message, inAnswer, inAuthority)
    ? undefined
    : signaturesElsewhere([answerRecords, authorityRecords, acceptable(message.additional, asked)]);
  const answerSets = tidy(inAnswer, signatures, asked.limits);
  const authority = tidy(inAuthority, signatures, asked.limits);
  return {
    answerSets,
    answerIndex: answerSets.length > MAX_SETS_SEARCHED ? indexOf(answerSets) : undefined,
    authority,
  };
}

function indexOf(rrsets: readonly RRset[]): Map<string, RRset> {
  return new Map(rrsets.map((rrset) => [rrsetKey(rrset.name, rrset.type), rrset]));
}

function acceptable(records: readonly ResourceRecord[], asked: Asked): ResourceRecord[] {
  const kept: ResourceRecord[] = [];
  for (const record of records) if (isAcceptable(record, asked)) kept.push(record);
  return kept;
}

/** Pairs of sets compared to see that all is in its place; a message with more is searched through an index. */
const MAX_PAIRS_COMPARED = 64;

/** Whether all signatures stand beside what they cover, as nearly everywhere: nothing has to be looked for. */
function areInPlace(message: Message, answer: readonly RRset[], authority: readonly RRset[]): boolean {
  if (answer.length * authority.length > MAX_PAIRS_COMPARED) return false;
  for (const { type } of message.additional) if (type === RRType.RRSIG) return false;
  for (const { rdatas } of answer) if (rdatas.length === 0) return false;
  for (const set of authority) {
    if (set.rdatas.length === 0) return false;
    for (const { type, name } of answer) if (type === set.type && name.equals(set.name)) return false;
  }
  return true;
}

function isAcceptable(record: ResourceRecord, asked: Asked): boolean {
  if (record.class !== RRClass.IN) return false; // S-1
  if (isMetaType(record.type)) return false; // S-1
  if (isFiltered(record, asked)) return false;
  if (record.type === RRType.RRSIG) {
    const signature = parseRRSIG(record.rdata);
    if (signature === undefined) return false;
    const covered = signature.typeCovered;
    if (covered === RRType.RRSIG || covered === RRType.SIG || isMetaType(covered)) return false; // S-1
    if (!record.name.isSubdomainOf(signature.signer)) return false; // S-11
  }
  return record.name.isSubdomainOf(asked.zone); // S-2
}

/** An address that nobody is to be told of. */
export function isFiltered({ name, type, rdata }: ResourceRecord, { mayAnswer }: Pick<Asked, 'mayAnswer'>): boolean {
  if (mayAnswer === undefined || (type !== RRType.A && type !== RRType.AAAA)) return false;
  return !mayAnswer(name, rdata);
}

function isAuthorityType(record: ResourceRecord): boolean {
  switch (record.type) {
    case RRType.NS:
    case RRType.DS:
    case RRType.SOA:
    case RRType.NSEC:
    case RRType.NSEC3:
    case RRType.RRSIG:
      return true;
    default:
      return false;
  }
}

/** S-11: an NSEC whose next name lies outside the zone that signs it would deny other zones' names. */
function pointsOutOfZone(rrset: RRset): boolean {
  if (rrset.type !== RRType.NSEC) return false;
  const signer = rrset.signatures[0] === undefined ? undefined : parseRRSIG(rrset.signatures[0])?.signer;
  return signer !== undefined && rrset.rdatas.some((rdata) => parseNSEC(rdata)?.next.isSubdomainOf(signer) !== true);
}

/** RRSIGs over one set that are told apart; a hostile message may hold thousands. */
const MAX_SIGNATURES_LOOKED_AT = 32;

/** RRSIGs of all sections by the set that they cover: some servers put them into another section. */
function signaturesElsewhere(sections: readonly (readonly ResourceRecord[])[]): Map<string, Uint8Array[]> {
  const byCovered = new Map<string, Uint8Array[]>();
  for (const section of sections) {
    for (const record of section) {
      if (record.type !== RRType.RRSIG || record.rdata.length < 19) continue;
      const key = rrsetKey(record.name, typeCovered(record.rdata));
      const list = byCovered.get(key);
      if (list !== undefined && list.length > MAX_SIGNATURES_LOOKED_AT) continue;
      if (list === undefined) byCovered.set(key, [record.rdata]);
      else if (!list.some((known) => sameOctets(known, record.rdata))) list.push(record.rdata);
    }
  }
  return byCovered;
}

/** RFC 2181 10.1: a name has one CNAME. Of several unsigned ones the first is taken, and nobody is shown the others. */
function firstOf(rrset: RRset): RRset {
  return { ...rrset, rdatas: rrset.rdatas.slice(0, 1) };
}

/** Drops oversized sets and surplus signatures, and gives each set the signatures that stand elsewhere. */
function tidy(
  rrsets: readonly RRset[],
  signatures: ReadonlyMap<string, readonly Uint8Array[]> | undefined,
  limits: IterationLimits,
): RRset[] {
  const kept: RRset[] = [];
  for (const rrset of rrsets) {
    if (rrset.rdatas.length > limits.maxRecordsPerRRset || pointsOutOfZone(rrset)) continue;
    const all = signatures?.get(rrsetKey(rrset.name, rrset.type)) ?? rrset.signatures;
    const unchanged = all.length === rrset.signatures.length && all.length <= limits.maxSignaturesPerRRset;
    if (rrset.type === RRType.CNAME && rrset.rdatas.length > 1 && all.length === 0) kept.push(firstOf(rrset));
    else kept.push(unchanged ? rrset : withSignatures(rrset, all.slice(0, limits.maxSignaturesPerRRset)));
  }
  return kept;
}

/**
 * The name servers of an accepted NS set, with glue from the additional section: only addresses whose owner is one
 * of the NS names and lies at or below the zone that was asked, unless all is trusted (S-10), each address once.
 */
export function nameServersWithGlue(
  nsSet: RRset,
  message: Message,
  asked: Asked,
): { servers: NameServer[]; ttl: number } {
  const { limits } = asked;
  const names: DomainName[] = [];
  for (const rdata of nsSet.rdatas) {
    const name = parseNameRdata(rdata);
    if (name !== undefined) names.push(name);
  }
  while (names.length > limits.maxNameServers) names.splice(asked.random.below(names.length), 1);

  const seen: string[] = [];
  const servers: NameServer[] = [];
  let ttl = nsSet.ttl;
  for (const name of names) {
    const found: ServerAddress[] = [];
    // Few names and few addresses: searching through them takes less than an index, also in a hostile reply.
    let ofA = 0;
    let ofAaaa = 0;
    for (const record of glueAt(name, message, asked)) {
      const count = record.type === RRType.A ? ofA++ : ofAaaa++;
      if (count >= limits.maxGluePerFamily || seen.length >= limits.maxAddresses) continue;
      if (!asked.mayAsk(record.rdata)) continue; // S-12
      const address = serverAddress(record.rdata);
      if (seen.includes(address.key)) continue;
      seen.push(address.key);
      found.push(address);
      ttl = Math.min(ttl, Math.max(record.ttl, limits.minDelegationTtl));
    }
    servers.push({ name, glue: found });
  }
  return { servers, ttl };
}

/** Addresses that came along for one name at or below the zone that was asked. */
export function addressesBeside(name: DomainName, message: Message, asked: Asked): ServerAddress[] {
  const records = glueAt(name, message, asked).slice(0, 2 * asked.limits.maxGluePerFamily);
  return records.filter(({ rdata }) => asked.mayAsk(rdata)).map(({ rdata }) => serverAddress(rdata));
}

/** The address records of a name: of the additional section, then of the answer. */
function glueAt(name: DomainName, message: Message, asked: Asked): ResourceRecord[] {
  const found: ResourceRecord[] = [];
  if (asked.trustsForeignGlue !== true && !name.isSubdomainOf(asked.zone)) return found;
  collectAddresses(message.additional, name, asked, found);
  if (message.answer.length > 0) collectAddresses(message.answer, name, asked, found);
  return found;
}

function collectAddresses(
  records: readonly ResourceRecord[],
  name: DomainName,
  asked: Asked,
  found: ResourceRecord[],
): void {
  for (const record of records) {
    if (record.type !== RRType.A && record.type !== RRType.AAAA) continue;
    if (record.class === RRClass.IN && record.name.equals(name) && !isFiltered(record, asked)) found.push(record);
  }
}
