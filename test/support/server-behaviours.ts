// What servers of the simulated network do: the honest one, and the ways to be something else. Each wraps another, so
// that they can be combined.
import { type AnswerOptions, answer } from '../../src/lab/authority.ts';
import type { Hierarchy } from '../../src/lab/hierarchy.ts';
import { emptyContent } from '../../src/lab/reply-content.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { Rcode } from '../../src/wire/constants.ts';
import { HEADER_OCTETS, HeaderFlag } from '../../src/wire/header.ts';
import { parseQuestion } from '../../src/wire/message.ts';
import { readU16 } from '../../src/wire/reader.ts';
import type { RRset } from '../../src/wire/record.ts';
import type { Delivery, Responder, ServerPath, SimulatedNetwork } from './simulated-network.ts';

/** Answers from zones, correctly. */
export function authority(zones: ZoneSet, options: Omit<AnswerOptions, 'transport'> = {}): Responder {
  return ({ octets, transport }) => answer(zones, octets, { ...options, transport });
}

/** Puts a server at each address of a hierarchy. */
export function addHierarchy(network: SimulatedNetwork, hierarchy: Hierarchy, path: ServerPath = {}): void {
  for (const [address, zones] of hierarchy.servers) network.addServer(address, authority(zones), path);
  for (const { addresses, description } of hierarchy.zones) {
    if (description.server?.isAbsent !== true) continue;
    for (const address of addresses) network.addServer(address, silent, { refuses: 'both' });
  }
}

/** Hears everything and says nothing. */
export const silent: Responder = () => undefined;

/** Says the same to everyone: REFUSED, SERVFAIL, NOTIMP... */
export function always(rcode: number): Responder {
  return authority(new ZoneSet(), { rewrite: () => emptyContent(rcode) });
}

/** Lame: knows nothing of the zone and refers upwards, to the root. */
export function lame(rootNameServers: RRset): Responder {
  return authority(new ZoneSet(), {
    rewrite: () => ({ ...emptyContent(Rcode.NOERROR), authority: [rootNameServers] }),
  });
}

/** Every UDP reply is cut to its question, with TC. */
export function truncating(responder: Responder): Responder {
  return (query) =>
    query.transport === 'tcp' ? responder(query) : changeEach(responder(query), (octets) => truncated(octets));
}

/** Changes the octets of each reply, or swallows it. */
export function lying(responder: Responder, lie: (reply: Uint8Array) => Uint8Array | undefined): Responder {
  return (query) => changeEach(responder(query), lie);
}

/** Each reply is late. */
export function slow(responder: Responder, delayMs: number): Responder {
  return (query) =>
    deliveries(responder(query)).map((delivery) => ({ ...delivery, delayMs: (delivery.delayMs ?? 0) + delayMs }));
}

/** Each reply comes several times. */
export function repeating(responder: Responder, times: number): Responder {
  return (query) => deliveries(responder(query)).flatMap((delivery) => Array<Delivery>(times).fill(delivery));
}

/** Before each reply come forgeries with the right source address: an attacker who guesses IDs. */
export function forging(responder: Responder, forge: (query: Uint8Array) => readonly Uint8Array[]): Responder {
  return (query) => {
    const honest = deliveries(responder(query));
    if (query.transport === 'tcp') return honest;
    return [...forge(query.octets).map((octets) => ({ octets })), ...honest];
  };
}

/** The first `count` queries are met by `first`, the others by `then`. */
export function changing(count: number, first: Responder, then: Responder): Responder {
  return (query) => (query.seenBefore < count ? first(query) : then(query));
}

/** Another responder for each transport. */
export function byTransport(udp: Responder, tcp: Responder): Responder {
  return (query) => (query.transport === 'udp' ? udp(query) : tcp(query));
}

function deliveries(replies: ReturnType<Responder>): readonly Delivery[] {
  if (replies === undefined) return [];
  return replies instanceof Uint8Array ? [{ octets: replies }] : replies;
}

function changeEach(
  replies: ReturnType<Responder>,
  change: (octets: Uint8Array) => Uint8Array | undefined,
): readonly Delivery[] {
  return deliveries(replies).flatMap((delivery) => {
    const octets = change(delivery.octets);
    return octets === undefined ? [] : [{ ...delivery, octets }];
  });
}

function truncated(reply: Uint8Array): Uint8Array {
  const end = parseQuestion(reply)?.end ?? HEADER_OCTETS;
  const octets = reply.slice(0, end);
  const flags = readU16(octets, 2) | HeaderFlag.TC;
  octets.set([flags >> 8, flags & 0xff], 2);
  octets.fill(0, 6, HEADER_OCTETS);
  return octets;
}
