// One forwarder, one zone: whether it answers, speaks EDNS and passes signatures on. Its replies go through the same gate
// as all others (SECURITY I-3): the exchange matches them, the iterator classifies them.
import { classify } from '../iterator/classify.ts';
import { DEFAULT_ITERATION_LIMITS } from '../iterator/limits.ts';
import type { Asked } from '../iterator/scrub.ts';
import type { Exchange, Outcome, ServerAddress, Transport } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import type { ForwardZone } from '../resolver/options.ts';
import { Rcode, RRClass, RRType } from '../wire/constants.ts';
import type { Message } from '../wire/message.ts';
import type { RRset } from '../wire/record.ts';

/** Patience with one attempt: longer than any usual path, short enough for a start with many dead servers. */
const TIMEOUT_MS = 2_000;
const UDP_ATTEMPTS = 2;

/**
 * What a forwarder shows.
 * - `keys`: the zone's DNSKEY set, with its signatures if it gave any.
 * - `unsigned`: it has the zone, which has no keys.
 * - `answers`: it has the zone; nothing was asked about keys.
 * - `no-edns`: it ignores or refuses EDNS, without which there are no signatures (RFC 3225).
 * - `dead`: no reply. `unfit`: a reply that is none for this zone.
 */
export type Inquiry =
  | { readonly kind: 'keys'; readonly rrset: RRset }
  | { readonly kind: 'unsigned' | 'answers' | 'no-edns' }
  | { readonly kind: 'dead' | 'unfit'; readonly why: string };

export interface InquiryPorts {
  readonly exchange: Exchange;
  readonly random: Random;
}

/** Asks for the zone's keys, or, where nothing is validated, for its SOA alone. */
export async function inquire(
  zone: ForwardZone,
  server: ServerAddress,
  validates: boolean,
  ports: InquiryPorts,
): Promise<Inquiry> {
  const type = validates ? RRType.DNSKEY : RRType.SOA;
  const outcome = await askServer(zone, server, type, validates, ports);
  if (outcome.kind !== 'reply') return { kind: 'dead', why: whyDead(outcome) };
  const { message } = outcome;
  if (validates && message.edns === undefined && (refusesEdns(message) || message.rcode === Rcode.NOERROR)) {
    return { kind: 'no-edns' };
  }
  return judge(zone, server, type, message, ports.random);
}

function refusesEdns({ rcode }: Message): boolean {
  return rcode === Rcode.FORMERR || rcode === Rcode.NOTIMP;
}

function judge(zone: ForwardZone, server: ServerAddress, type: number, message: Message, random: Random): Inquiry {
  const asked: Asked = {
    name: zone.zone,
    type,
    zone: zone.zone,
    recursive: zone.recurse,
    onRoute: () => true,
    mayAsk: () => true,
    limits: DEFAULT_ITERATION_LIMITS,
    random,
  };
  const classified = classify(message, asked, server.key);
  switch (classified.kind) {
    case 'response':
    case 'recursion-lame': {
      const { response } = classified;
      if (response.conclusion === 'nxdomain') return { kind: 'unfit', why: 'it says that the zone does not exist' };
      if (type === RRType.SOA) return { kind: 'answers' };
      const step = response.steps[0];
      const rrset = step?.kind === 'rrsets' ? step.rrsets.find((found) => found.type === RRType.DNSKEY) : undefined;
      return rrset === undefined ? { kind: 'unsigned' } : { kind: 'keys', rrset };
    }
    case 'empty':
      return type === RRType.SOA ? { kind: 'unfit', why: 'its reply is empty' } : { kind: 'unsigned' };
    case 'referral':
      return { kind: 'unfit', why: 'it refers to other servers' };
    case 'lame':
    case 'error':
      return { kind: 'unfit', why: classified.why };
    default:
      return classified satisfies never;
  }
}

/** UDP, again when nothing comes, TCP when the reply does not fit; TLS and nothing else where that is configured. */
async function askServer(
  zone: ForwardZone,
  server: ServerAddress,
  type: number,
  dnssecOk: boolean,
  ports: InquiryPorts,
): Promise<Outcome> {
  const attempt = (transport: Transport): Promise<Outcome> =>
    new Promise((resolve) => {
      const question = { name: zone.zone, type, class: RRClass.IN };
      ports.exchange.ask(
        {
          server,
          question,
          transport,
          timeoutMs: TIMEOUT_MS,
          recursionDesired: zone.recurse,
          checkingDisabled: zone.recurse && dnssecOk,
          edns: true,
          dnssecOk,
          randomiseCase: false,
        },
        resolve,
      );
    });
  if (server.tls !== undefined) return await attempt('tls');
  let outcome: Outcome = { kind: 'timeout' };
  for (let count = 0; count < UDP_ATTEMPTS && outcome.kind === 'timeout'; count++) outcome = await attempt('udp');
  const needsTcp = outcome.kind === 'truncated' || outcome.kind === 'spoof-suspected';
  return needsTcp ? await attempt('tcp') : outcome;
}

function whyDead(outcome: Exclude<Outcome, { kind: 'reply' }>): string {
  switch (outcome.kind) {
    case 'timeout':
      return 'no reply in time';
    case 'connection-refused':
      return 'nothing listens there';
    case 'unreachable':
      return 'the network is unreachable';
    case 'malformed':
      return 'its reply cannot be read';
    case 'truncated':
      return 'its reply over TCP is truncated';
    case 'spoof-suspected':
      return 'its replies do not fit the question';
    case 'tls-failed':
      return `TLS: ${outcome.reason}`;
    case 'no-socket':
      return 'no socket is left on this machine';
    default:
      return outcome satisfies never;
  }
}
