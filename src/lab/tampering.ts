// What somebody between resolver and server can do to a reply, one thing at a time. Octets in, octets out.
import { RRType } from '../wire/constants.ts';
import { HeaderFlag } from '../wire/header.ts';
import { type Message, parseMessage } from '../wire/message.ts';
import { groupIntoRRsets, type ResourceRecord, type RRset } from '../wire/record.ts';
import { MAX_MESSAGE_OCTETS, MessageWriter, type Section } from '../wire/writer.ts';

/**
 * - `flip`: one bit of each signature is turned.
 * - `strip`: the RRSIGs are taken away.
 * - `replay`: a set and its signatures of an earlier time, which have expired, where one was seen; else the dates of the
 *   signatures are moved back, which fails at the same check.
 * - `address`: each IPv4 and IPv6 address becomes another one.
 */
export const tamperings = ['flip', 'strip', 'replay', 'address'] as const;
export type Tampering = (typeof tamperings)[number];

/** Octets of an RRSIG in front of expiration, and of inception (RFC 4034 3.1). */
const EXPIRATION_OFFSET = 8;
const INCEPTION_OFFSET = 12;
const REPLAY_AGE_SECONDS = 90 * 86_400;
const DNSSEC_OK = 0x8000;

/**
 * The reply as it is after somebody had it in hands; undefined when there is nothing in it to change. `earlier` gives an
 * expired version of a set, where there is one.
 */
export function tampered(
  reply: Uint8Array,
  how: Tampering,
  earlier: (rrset: RRset) => RRset | undefined = () => undefined,
): Uint8Array | undefined {
  const parsed = parseMessage(reply);
  if (!parsed.ok || (parsed.message.header.flags & HeaderFlag.TC) !== 0) return undefined;
  const { message } = parsed;
  let count = 0;
  const changed = (records: readonly ResourceRecord[]): RRset[] =>
    groupIntoRRsets(records).map((rrset) => {
      const other = (how === 'replay' ? earlier(rrset) : undefined) ?? changedSet(rrset, how);
      if (other !== rrset) count++;
      return other;
    });
  const sections: readonly (readonly [Section, readonly RRset[]])[] = [
    ['answer', changed(message.answer)],
    ['authority', changed(message.authority)],
    ['additional', groupIntoRRsets(message.additional)],
  ];
  return count === 0 ? undefined : written(message, sections);
}

function changedSet(rrset: RRset, how: Tampering): RRset {
  const { type, rdatas, signatures } = rrset;
  switch (how) {
    case 'address':
      if (type !== RRType.A && type !== RRType.AAAA) return rrset;
      return { ...rrset, rdatas: rdatas.map((rdata) => withLastOctet(rdata, (octet) => octet ^ 0x2a)) };
    case 'strip':
      return signatures.length === 0 ? rrset : { ...rrset, signatures: [] };
    case 'flip':
      if (signatures.length === 0) return rrset;
      return { ...rrset, signatures: signatures.map((rdata) => withLastOctet(rdata, (octet) => octet ^ 0x01)) };
    case 'replay':
      return signatures.length === 0 ? rrset : { ...rrset, signatures: signatures.map(aged) };
    default:
      return how satisfies never;
  }
}

function withLastOctet(octets: Uint8Array, change: (octet: number) => number): Uint8Array {
  const changed = octets.slice();
  const last = changed.length - 1;
  if (last >= 0) changed[last] = change(changed[last] ?? 0);
  return changed;
}

function aged(signature: Uint8Array): Uint8Array {
  const changed = signature.slice();
  if (changed.length < INCEPTION_OFFSET + 4) return changed;
  const view = new DataView(changed.buffer);
  for (const offset of [EXPIRATION_OFFSET, INCEPTION_OFFSET]) {
    view.setUint32(offset, view.getUint32(offset) - REPLAY_AGE_SECONDS);
  }
  return changed;
}

function written(message: Message, sections: readonly (readonly [Section, readonly RRset[]])[]): Uint8Array {
  const writer = new MessageWriter();
  writer.reset(message.header.id, message.header.flags, MAX_MESSAGE_OCTETS);
  writer.question(message.question);
  for (const [section, sets] of sections) {
    for (const rrset of sets) writer.rrset(section, rrset, rrset.ttl, true);
  }
  const { edns } = message;
  if (edns !== undefined) writer.edns(edns.udpSize, message.rcode >> 4, 0, edns.dnssecOk ? DNSSEC_OK : 0, []);
  return writer.finish();
}
