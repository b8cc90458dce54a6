// Queries from a few words, and replies as short lines: what tables of expectations are written in.
import type { Nsec3Parameters } from '../../src/lab/nsec3-owner.ts';
import { hashOf, nsec3Owner } from '../../src/lab/nsec3-owner.ts';
import { parseType, RRClass, RRType, rcodeText, typeText } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { type Message, parseMessage } from '../../src/wire/message.ts';
import type { DomainName } from '../../src/wire/name.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { rdataText } from '../../src/wire/rdata-text.ts';
import { type ResourceRecord, typeCovered } from '../../src/wire/record.ts';
import { MAX_MESSAGE_OCTETS, MessageWriter } from '../../src/wire/writer.ts';

export interface QueryOptions {
  readonly id?: number;
  readonly flags?: number;
  readonly rrclass?: number;
  /** Default true; `dnssecOk` false means plain EDNS. */
  readonly edns?: boolean;
  readonly dnssecOk?: boolean;
  readonly udpSize?: number;
  readonly ednsVersion?: number;
}

/** The octets of a query, `www.example.test. A`. */
export function queryOctets(question: string, options: QueryOptions = {}): Uint8Array {
  const [name = '.', type = 'A'] = question.split(' ');
  const writer = new MessageWriter();
  writer.reset(options.id ?? 4711, options.flags ?? 0, MAX_MESSAGE_OCTETS);
  writer.question({ name: nameOf(name), type: parseType(type) ?? 0, class: options.rrclass ?? RRClass.IN });
  if (options.edns ?? true) {
    const flags = (options.dnssecOk ?? true) ? 0x8000 : 0;
    writer.edns(options.udpSize ?? 1232, 0, options.ednsVersion ?? 0, flags, []);
  }
  return writer.finish();
}

/** A message that must be readable. */
export function messageOf(octets: Uint8Array | undefined): Message {
  if (octets === undefined) throw new Error('no message');
  const parsed = parseMessage(octets);
  if (!parsed.ok) throw new Error(`${parsed.code} at ${parsed.offset}`);
  return parsed.message;
}

const flagNames = Object.entries(HeaderFlag);

/** `NOERROR qr aa`. */
export function statusText(message: Message): string {
  const flags = flagNames.filter(([, bit]) => (message.header.flags & bit) !== 0).map(([name]) => name.toLowerCase());
  return [rcodeText(message.rcode), ...flags].join(' ');
}

/** `owner TYPE rdata`, without TTL and class. */
export function recordLine(record: ResourceRecord): string {
  return `${nameText(record.name)} ${typeText(record.type)} ${rdataText(record.type, record.rdata)}`.trimEnd();
}

/** Gives NSEC3 owners their unhashed name back, as `H(name)`. */
export interface HashedNames {
  readonly apex: DomainName;
  readonly parameters: Nsec3Parameters;
  readonly names: readonly DomainName[];
}

/**
 * The RRsets of a section, each once: `owner TYPE`, with ` signed` when an RRSIG covers it. In the order of the
 * message.
 */
export function sectionText(records: readonly ResourceRecord[], hashed?: HashedNames): string[] {
  const unhashed = new Map(
    (hashed?.names ?? []).map((name) => {
      const hash = hashed === undefined ? new Uint8Array() : hashOf(name, hashed.parameters);
      return [nsec3Owner(hash, hashed?.apex ?? name).key, `H(${nameText(name)})`];
    }),
  );
  const lines = new Map<string, boolean>();
  for (const record of records) {
    const isSignature = record.type === RRType.RRSIG;
    const owner = unhashed.get(record.name.key) ?? nameText(record.name);
    const line = `${owner} ${typeText(isSignature ? typeCovered(record.rdata) : record.type)}`;
    lines.set(line, isSignature || lines.get(line) === true);
  }
  return [...lines].map(([line, isSigned]) => (isSigned ? `${line} signed` : line));
}
