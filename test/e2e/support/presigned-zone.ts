/** Zones signed ahead with ldns-signzone, and edits of the signed text that break them on purpose. */
import { readFileSync, writeFileSync } from 'node:fs';
import { buildDs, computeKeyTag, type DigestType, parseDnskey } from './ds.ts';
import type { Namespace } from './namespace.ts';
import { programPath } from './programs.ts';

/** The name that ldns-keygen has for each algorithm number. */
const ALGORITHM_NAMES = {
  5: 'RSASHA1',
  7: 'RSASHA1-NSEC3-SHA1',
  8: 'RSASHA256',
  10: 'RSASHA512',
  13: 'ECDSAP256SHA256',
  14: 'ECDSAP384SHA384',
  15: 'ED25519',
  16: 'ED448',
} as const;

export type SigningAlgorithm = keyof typeof ALGORITHM_NAMES;
/** Those that rest on something else than SHA-1. */
export const SIGNING_ALGORITHMS: readonly SigningAlgorithm[] = [8, 10, 13, 14, 15, 16];

export interface Nsec3Choice {
  iterations: number;
  /** Hexadecimal; empty for none. */
  salt: string;
  optOut: boolean;
}

export interface SigningOptions {
  algorithm?: SigningAlgorithm;
  /** NSEC where absent. */
  nsec3?: Nsec3Choice;
  /** As YYYYMMDDhhmmss. */
  inception?: string;
  expiration?: string;
}

export interface PresignedZone {
  origin: string;
  /** The signed zone, one record per line. */
  lines: readonly string[];
  /** For the parent; one per key with the SEP bit. */
  ds: readonly string[];
}

/** Signs zone text with a fresh KSK and ZSK. */
export async function signZone(
  namespace: Namespace,
  origin: string,
  text: string,
  options: SigningOptions = {},
): Promise<PresignedZone> {
  const keys: string[] = [];
  for (const role of [['-k'], []]) {
    const algorithm = ALGORITHM_NAMES[options.algorithm ?? 13];
    const made = await namespace.mustRun([programPath('ldns-keygen'), '-a', algorithm, '-b', '2048', ...role, origin]);
    keys.push(made.stdout.trim());
  }
  const file = namespace.path(`${fileNameOf(origin)}.unsigned`);
  writeFileSync(file, text);
  const parameters: string[] = [];
  if (options.inception !== undefined) parameters.push('-i', options.inception);
  if (options.expiration !== undefined) parameters.push('-e', options.expiration);
  if (options.nsec3 !== undefined) {
    parameters.push('-n', '-t', String(options.nsec3.iterations));
    if (options.nsec3.salt !== '') parameters.push('-s', options.nsec3.salt);
    if (options.nsec3.optOut) parameters.push('-p');
  }
  const signed = `${file.slice(0, -'.unsigned'.length)}.signed`;
  await namespace.mustRun([programPath('ldns-signzone'), ...parameters, '-o', origin, '-f', signed, file, ...keys]);
  const lines = readFileSync(signed, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(';'));
  return { origin, lines, ds: dsOf(origin, lines) };
}

/** 'x.lab.' to 'x.lab', and the root to 'root'. */
export function fileNameOf(origin: string): string {
  return origin === '.' ? 'root' : origin.slice(0, -1);
}

/** DS records for the zone's keys that have the SEP bit. */
export function dsOf(origin: string, lines: readonly string[], digestType: DigestType = 2): string[] {
  return lines
    .map(readRecord)
    .filter((record) => record.type === 'DNSKEY')
    .map((record) => parseDnskey(record.rdata))
    .filter((dnskey) => (dnskey.flags & 1) === 1)
    .map((dnskey) => buildDs(origin, dnskey, digestType));
}

interface RecordText {
  owner: string;
  ttl: string;
  type: string;
  rdata: string;
}

function readRecord(line: string): RecordText {
  const [owner = '', ttl = '', , type = '', ...rdata] = (line.split(' ;{')[0] ?? '').split(/\s+/);
  return { owner, ttl, type, rdata: rdata.join(' ') };
}

/** Whether the record is an RRSIG over `type`, at `owner` where one is given. */
function isSignatureOver(record: RecordText, type: string, owner?: string): boolean {
  const isOwner = owner === undefined || record.owner === owner;
  return record.type === 'RRSIG' && isOwner && record.rdata.startsWith(`${type} `);
}

function withLines(zone: PresignedZone, lines: readonly string[]): PresignedZone {
  return { ...zone, lines };
}

/** Takes away the RRSIGs over a type, at one owner or at all. */
export function stripSignatures(zone: PresignedZone, type: string, owner?: string): PresignedZone {
  return withLines(
    zone,
    zone.lines.filter((line) => !isSignatureOver(readRecord(line), type, owner)),
  );
}

/** Takes away all records of a type with their RRSIGs. */
export function stripRecords(zone: PresignedZone, type: string): PresignedZone {
  const unsigned = stripSignatures(zone, type);
  return withLines(
    unsigned,
    unsigned.lines.filter((line) => readRecord(line).type !== type),
  );
}

/** Changes one character in the middle of the RRSIGs over a type. */
export function corruptSignatures(zone: PresignedZone, type: string, owner?: string): PresignedZone {
  return withLines(
    zone,
    zone.lines.map((line) => {
      const record = readRecord(line);
      if (!isSignatureOver(record, type, owner)) return line;
      const at = record.rdata.length - 40;
      const changed = record.rdata[at] === 'A' ? 'B' : 'A';
      const rdata = `${record.rdata.slice(0, at)}${changed}${record.rdata.slice(at + 1)}`;
      return `${record.owner} ${record.ttl} IN RRSIG ${rdata}`;
    }),
  );
}

/** Replaces text in the records of one type and owner, signatures untouched. */
export function changeRecords(
  zone: PresignedZone,
  owner: string,
  type: string,
  from: string,
  to: string,
): PresignedZone {
  return withLines(
    zone,
    zone.lines.map((line) => {
      const record = readRecord(line);
      return record.owner === owner && record.type === type ? line.replaceAll(from, to) : line;
    }),
  );
}

/** The same zone as if signed with another, unknown algorithm: number and key tags are changed everywhere. */
export function renumberAlgorithm(zone: PresignedZone, algorithm: number): PresignedZone {
  const newTags = new Map<string, number>();
  for (const line of zone.lines) {
    const record = readRecord(line);
    if (record.type !== 'DNSKEY') continue;
    const dnskey = parseDnskey(record.rdata);
    newTags.set(String(computeKeyTag(dnskey)), computeKeyTag({ ...dnskey, algorithm }));
  }
  const lines = zone.lines.map((line) => {
    const { owner, ttl, type, rdata } = readRecord(line);
    const fields = rdata.split(' ');
    if (type === 'DNSKEY') fields[2] = String(algorithm);
    else if (type === 'RRSIG') {
      fields[1] = String(algorithm);
      fields[6] = String(newTags.get(fields[6] ?? '') ?? fields[6]);
    } else return line;
    return `${owner} ${ttl} IN ${type} ${fields.join(' ')}`;
  });
  return { origin: zone.origin, lines, ds: dsOf(zone.origin, lines) };
}

/** A DS with one field replaced: 0 key tag, 1 algorithm, 2 digest type. */
export function changeDsField(ds: string, field: 0 | 1 | 2, value: number): string {
  const fields = ds.split(' ');
  fields[field] = String(value);
  return fields.join(' ');
}

/** A DS with the last digit of its digest changed. */
export function changeDsDigest(ds: string): string {
  return ds.slice(0, -1) + (ds.endsWith('0') ? '1' : '0');
}
