// Trust anchors as people paste them: DS content or whole lines, keys, the output of `pdnsutil` and `dig`. What PowerDNS
// takes is DS content alone; the rest is taken with a note (POWERDNS 2.3).
import { algorithmText } from '../dnssec/algorithms.ts';
import { digestOf } from '../dnssec/ds-digest.ts';
import { keyTag } from '../dnssec/key-tag.ts';
import type { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot, parseName } from '../wire/name-text.ts';
import { DnskeyFlag } from '../wire/rdata-dnssec.ts';
import { type DNSKEYAnchor, parseDNSKEYText } from './dnskey-text.ts';
import { type DSAnchor, dsLengthProblem, parseDSText } from './ds-text.ts';
import { shortened } from './input.ts';
import { type Parsed, parsed, refused } from './parsed.ts';

/** The DS records of one text, and what the user should know about them. */
export interface AnchorRecords {
  readonly ds: readonly DSAnchor[];
  readonly notes: readonly string[];
}

/** SHA-256 (RFC 4509). */
const KEY_DIGEST_TYPE = 2;
const SHA1_DIGEST_TYPE = 1;
/** Most records in one text. */
const MAX_RECORDS = 100;

/** Reads DS records or DNSKEY records of `zone`: one or several lines, with or without owner, TTL, class and type. */
export function readAnchorText(zone: DomainName, text: string): Parsed<AnchorRecords> {
  const lines = recordLines(text);
  if (lines.length === 0)
    return refused('the anchor is empty; a DS is wanted: key tag, algorithm, digest type, digest');
  if (lines.length > MAX_RECORDS) return refused(`more than ${MAX_RECORDS} records in one text`);
  const ds: DSAnchor[] = [];
  const notes: string[] = [];
  for (const line of lines) {
    const record = readRecord(zone, line);
    if (!record.ok) return record;
    ds.push(...record.value.ds);
    notes.push(...record.value.notes);
  }
  if (ds.length === 0) return refused(notes.join('; '));
  return parsed({ ds, notes: [...new Set(notes)] });
}

/** What is odd about a DS whatever the zone has: it may still be what the user wants. */
export function dsNotes(ds: DSAnchor): readonly string[] {
  const length = dsLengthProblem(ds);
  if (length !== undefined) return [length];
  if (ds.digestType !== SHA1_DIGEST_TYPE) return [];
  return [`the DS of key ${ds.keyTag} has digest type 1 (SHA-1), which is weak; use type 2 (SHA-256)`];
}

/** Records as single lines of words: comments and brackets are gone, continued digests and keys are joined. */
function recordLines(text: string): readonly string[] {
  const lines: string[] = [];
  let depth = 0;
  for (const raw of text.split(/\r?\n/)) {
    const content = raw.replace(/;.*$/, '');
    const line = content
      .replace(/[()]/g, ' ')
      .replace(/^\s*DS\s*=\s*/i, '')
      .replace(/\s+/g, ' ')
      .trim();
    const continues = depth > 0 || !startsRecord(line);
    depth = Math.max(0, depth + count(content, '(') - count(content, ')'));
    if (line === '') continue;
    if (continues && lines.length > 0) lines[lines.length - 1] = `${lines.at(-1)} ${line}`;
    else lines.push(line);
  }
  return lines;
}

/** Content starts with three numbers, a whole line has its type among the first words. */
function startsRecord(line: string): boolean {
  return /^[0-9]{1,5} [0-9]{1,3} [0-9]{1,3} \S{8}/.test(line) || typeAt(line.split(' ')) !== -1;
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

/** Where the word DS or DNSKEY stands, or -1. */
function typeAt(words: readonly string[]): number {
  return words.slice(0, 4).findIndex((word) => /^(?:DS|DNSKEY|CDS|CDNSKEY)$/i.test(word));
}

function readRecord(zone: DomainName, line: string): Parsed<AnchorRecords> {
  const words = line.split(' ');
  const at = typeAt(words);
  const front = at === -1 ? [] : words.slice(0, at);
  const wrong = frontProblem(zone, front);
  if (wrong !== undefined) return refused(wrong);
  const type = at === -1 ? '' : (words[at] ?? '').toUpperCase();
  const content = words.slice(at + 1);
  if (type.endsWith('DNSKEY') || (type === '' && looksLikeKey(content))) return readKey(zone, content);
  const result = parseDSText(content.join(' '));
  if (!result.ok) return result;
  const notes = dsNotes(result.value);
  if (at === -1) return parsed({ ds: [result.value], notes });
  const note = `a whole line was taken; PowerDNS wants its content alone: "${shortened(content.join(' '))}"`;
  return parsed({ ds: [result.value], notes: [note, ...notes] });
}

/** What stands before the type: owner, TTL and class, each of which may be missing. */
function frontProblem(zone: DomainName, front: readonly string[]): string | undefined {
  const rest = [...front];
  // A number or a class first means that there is no owner; a zone of that name would be written with a dot.
  const first = rest[0];
  if (first !== undefined && !isTtl(first) && !isClass(first)) {
    rest.shift();
    const owner = parseName(first);
    if (!owner.ok) return `'${shortened(first)}' in front of the record is no name: ${owner.error}`;
    if (!owner.name.equals(zone)) {
      return `the record belongs to ${nameTextWithoutDot(owner.name)}, not to ${nameTextWithoutDot(zone)}`;
    }
  }
  const strange = rest.find((word) => !isTtl(word) && !isClass(word));
  if (strange !== undefined) return `'${shortened(strange)}' in front of the record is neither a TTL nor the class IN`;
  return undefined;
}

function isTtl(word: string): boolean {
  return /^(?:[0-9]+[smhdw]?)+$/i.test(word);
}

function isClass(word: string): boolean {
  return word.toUpperCase() === 'IN';
}

/** Flags, the protocol 3, an algorithm and base64: `257 3 13 mdss...`. A DS has its digest type in the third place. */
function looksLikeKey(words: readonly string[]): boolean {
  const [flags = '', protocol, , ...key] = words;
  return /^(?:0|256|257|384|385)$/.test(flags) && protocol === '3' && /[g-z+/=]/i.test(key.join(''));
}

function readKey(zone: DomainName, content: readonly string[]): Parsed<AnchorRecords> {
  const key = parseDNSKEYText(`. DNSKEY ${content.join(' ')}`);
  return key.ok ? recordsOfKey(zone, key.value) : key;
}

/** The DS with SHA-256 that stands for a key; none for a key that cannot be an anchor. */
function recordsOfKey(zone: DomainName, key: DNSKEYAnchor): Parsed<AnchorRecords> {
  const rdata = new Uint8Array(4 + key.publicKey.length);
  rdata.set([key.flags >> 8, key.flags & 0xff, key.protocol, key.algorithm]);
  rdata.set(key.publicKey, 4);
  const tag = keyTag(rdata);
  if ((key.flags & DnskeyFlag.ZONE) === 0) {
    return refused(`key ${tag} has flags ${key.flags} and signs no zone (RFC 4034 2.1.1)`);
  }
  // RFC 5011 2.1: a revoked key is never used as an anchor again.
  if ((key.flags & DnskeyFlag.REVOKE) !== 0) return parsed({ ds: [], notes: [`key ${tag} is revoked and left out`] });
  const digest = digestOf(KEY_DIGEST_TYPE, zone, rdata);
  if (digest === undefined) return refused('SHA-256 is not available');
  const ds: DSAnchor = { keyTag: tag, algorithm: key.algorithm, digestType: KEY_DIGEST_TYPE, digest };
  const name = `key ${tag} (${algorithmText(key.algorithm)})`;
  const notes = [`${name} was turned into a DS with SHA-256; PowerDNS takes DS content only`];
  if ((key.flags & DnskeyFlag.SEP) === 0) {
    notes.push(`${name} is a zone-signing key, which changes often; anchor the key-signing key (flags 257)`);
  }
  return parsed({ ds: [ds], notes });
}
