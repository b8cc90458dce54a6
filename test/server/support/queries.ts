// Queries as octets, and values that server tests share.
import type { Resolution, ResolvedRRset } from '../../../src/resolver/resolution.ts';
import { parseRequest, type Request } from '../../../src/server/request.ts';
import { parseType, RRClass, RRType } from '../../../src/wire/constants.ts';
import { type EdnsOption, extendedErrors } from '../../../src/wire/edns.ts';
import { HeaderFlag } from '../../../src/wire/header.ts';
import { type Message, parseMessage } from '../../../src/wire/message.ts';
import { nameOf, nameText } from '../../../src/wire/name-text.ts';
import { parseRdata, rdataText } from '../../../src/wire/rdata-text.ts';
import type { RRset } from '../../../src/wire/record.ts';
import { MessageWriter } from '../../../src/wire/writer.ts';

export interface QueryShape {
  readonly name?: string;
  readonly type?: number | string;
  readonly class?: number;
  readonly id?: number;
  readonly opcode?: number;
  /** Flag bits besides RD. */
  readonly flags?: number;
  readonly noRecursion?: boolean;
  /** Undefined: no OPT record. */
  readonly edns?: {
    readonly udpSize?: number;
    readonly version?: number;
    readonly dnssecOk?: boolean;
    readonly flags?: number;
    readonly options?: readonly EdnsOption[];
  };
}

export function typeOf(type: number | string): number {
  if (typeof type === 'number') return type;
  const found = parseType(type);
  if (found === undefined) throw new Error(`no type ${type}`);
  return found;
}

export function queryOctets(shape: QueryShape = {}): Uint8Array {
  const writer = new MessageWriter();
  const flags = (shape.noRecursion === true ? 0 : HeaderFlag.RD) | (shape.flags ?? 0) | ((shape.opcode ?? 0) << 11);
  writer.reset(shape.id ?? 0x1234, flags, 65_535);
  writer.question({
    name: nameOf(shape.name ?? 'www.example.'),
    type: typeOf(shape.type ?? RRType.A),
    class: shape.class ?? RRClass.IN,
  });
  if (shape.edns !== undefined) {
    const { udpSize = 1232, version = 0, dnssecOk = false, options = [] } = shape.edns;
    writer.edns(udpSize, 0, version, (dnssecOk ? 0x8000 : 0) | (shape.edns.flags ?? 0), options);
  }
  return writer.finish();
}

/** The request that a query stands for. */
export function requestOf(shape: QueryShape = {}): Request {
  const parsed = parseRequest(queryOctets(shape));
  if (parsed.kind !== 'request') throw new Error(`a query of kind ${parsed.kind}`);
  return parsed.request;
}

/** A reply, which must be well formed. */
export function replyOf(octets: Uint8Array): Message {
  const parsed = parseMessage(octets);
  if (!parsed.ok) throw new Error(`malformed reply: ${parsed.code} at ${parsed.offset}`);
  return parsed.message;
}

/** The flags of a reply by name, in the order of the header. */
export function flagText({ header }: Message): string {
  return Object.entries(HeaderFlag)
    .filter(([, bit]) => (header.flags & bit) !== 0)
    .map(([name]) => name.toLowerCase())
    .join(' ');
}

/** `owner type rdata` of each record of a section. */
export function sectionText(message: Message, section: 'answer' | 'authority' | 'additional'): string[] {
  return message[section].map(
    ({ name, type, rdata }) =>
      `${nameText(name)} ${Object.entries(RRType).find(([, number]) => number === type)?.[0]} ${rdataText(type, rdata)}`,
  );
}

export function errorCodes({ edns }: Message): number[] {
  return extendedErrors(edns).map(({ code }) => code);
}

const signature = 'A 13 2 300 20300101000000 20200101000000 1 example. AAAA';

function rdataOf(type: string, text: string): Uint8Array {
  const parsed = parseRdata(typeOf(type), text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.rdata;
}

/** An RRset of one or more records, signed when asked (the signature is not a real one). */
export function resolved(name: string, type: string, texts: readonly string[], signed = false): ResolvedRRset {
  const rrset: RRset = {
    name: nameOf(name),
    type: typeOf(type),
    class: RRClass.IN,
    ttl: 300,
    rdatas: texts.map((text) => rdataOf(type, text)),
    signatures: signed ? [rdataOf('RRSIG', signature)] : [],
  };
  return { rrset, ttl: 300 };
}

/** A resolution with `www.example. A 192.0.2.1`, unless told otherwise. */
export function resolutionOf(changes: Partial<Resolution> = {}): Resolution {
  return {
    rcode: 0,
    answer: [resolved('www.example.', 'A', ['192.0.2.1'], true)],
    authority: [],
    verdict: undefined,
    authentic: false,
    errors: [],
    shareable: true,
    ...changes,
  };
}
