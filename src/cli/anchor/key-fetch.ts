// The DNSKEY set of a zone as its servers give it, over TCP: for people who decide about an anchor.
import { type InspectedKeySet, inspectKeySet, sameKeys } from '../../dnssec/key-set.ts';
import { Rcode, RRClass, RRType, rcodeText } from '../../wire/constants.ts';
import { extendedErrors } from '../../wire/edns.ts';
import { HeaderFlag } from '../../wire/header.ts';
import type { Message } from '../../wire/message.ts';
import type { DomainName } from '../../wire/name.ts';
import { nameTextWithoutDot } from '../../wire/name-text.ts';
import { parseSOA } from '../../wire/rdata.ts';
import { groupIntoRRsets, type RRset } from '../../wire/record.ts';
import { askServer, type QueryOptions, type QueryResult, type Server } from '../dns-client.ts';

/** What one server has; `server` is `address:port`. */
export interface FetchedKeys {
  readonly server: string;
  readonly rrset: RRset;
  readonly set: InspectedKeySet;
  /** False when the data come from a cache. */
  readonly authoritative: boolean;
  /** Of the SOA record; undefined when the server gave none. */
  readonly serial: number | undefined;
}

/** Why there is no key set: one sentence, and one that says what to do. */
export interface Trouble {
  /** `unreachable`: no reply, or one that says nothing of the zone; `unsigned`: the zone has no keys; `refused`: the data are not as they should be. */
  readonly kind: 'unreachable' | 'unsigned' | 'refused';
  readonly error: string;
  readonly remedy: string;
}

export type Fetch = { readonly ok: true; readonly keys: FetchedKeys } | ({ readonly ok: false } & Trouble);

/** RFC 7858 3.1. */
const TLS_PORT = 853;

/** How servers are asked: signatures wanted, also those that a validating server in between finds wrong. */
const fetchOptions: QueryOptions = {
  recursionDesired: true,
  authenticData: false,
  checkingDisabled: true,
  dnssecOk: true,
  edns: true,
  nsid: false,
  tcp: true,
  ignoreTruncation: false,
  udpOctets: 1232,
  timeoutMs: 5000,
  tries: 1,
};

/** Asks every server; the first trouble ends it. */
export async function fetchFromAll(
  zone: DomainName,
  servers: readonly Server[],
  nowSeconds: number,
): Promise<{ readonly ok: true; readonly keys: readonly FetchedKeys[] } | ({ readonly ok: false } & Trouble)> {
  const keys: FetchedKeys[] = [];
  for (const server of servers) {
    const fetched = await fetchKeys(zone, server, nowSeconds);
    if (!fetched.ok) return fetched;
    keys.push(fetched.keys);
  }
  const [first, ...others] = keys;
  const odd = others.find(({ rrset }) => first !== undefined && !sameKeys(first.rrset, rrset));
  if (first === undefined || odd === undefined) return { ok: true, keys };
  return trouble(
    'refused',
    `the servers disagree: ${first.server} has ${tagsText(first)}, ${odd.server} has ${tagsText(odd)}`,
    'Wait until all servers have the same version of the zone, or find out which one is not the real one.',
  );
}

function tagsText({ set, serial }: FetchedKeys): string {
  const tags = set.keys.map(({ keyTag }) => keyTag).join(', ');
  return `DNSKEY ${tags}${serial === undefined ? '' : ` (serial ${serial})`}`;
}

/** Asks one server for DNSKEY and SOA. */
export async function fetchKeys(zone: DomainName, server: Server, nowSeconds: number): Promise<Fetch> {
  const where = serverText(server);
  const reply = await askServer({ name: zone, type: RRType.DNSKEY, class: RRClass.IN }, server, fetchOptions);
  if (!reply.ok) {
    return trouble(
      'unreachable',
      `${where}: ${reply.error}`,
      server.port === TLS_PORT
        ? 'That is the port of DNS over TLS, and keys are fetched over plain TCP: name the server of the zone itself.'
        : 'Check that the server runs and takes TCP on that address and port; leave it out if it is gone.',
    );
  }
  const rrset = ownRRset(reply.message, zone, RRType.DNSKEY);
  const problem = problemOf(zone, reply.message, rrset, where);
  if (problem !== undefined || rrset === undefined) {
    return problem ?? trouble('refused', `${where}: no DNSKEY`, '');
  }
  const soa = await askServer({ name: zone, type: RRType.SOA, class: RRClass.IN }, server, fetchOptions);
  return {
    ok: true,
    keys: {
      server: where,
      rrset,
      set: inspectKeySet(rrset, nowSeconds),
      authoritative: (reply.message.header.flags & HeaderFlag.AA) !== 0,
      serial: serialOf(soa, zone),
    },
  };
}

function problemOf(zone: DomainName, message: Message, rrset: RRset | undefined, where: string): Fetch | undefined {
  const name = nameTextWithoutDot(zone);
  if (message.rcode === Rcode.NXDOMAIN) {
    return trouble(
      'refused',
      `${where} says that ${name} does not exist`,
      'Check the spelling of the zone, and that this is the server that has it.',
    );
  }
  if (message.rcode === Rcode.SERVFAIL) {
    // A resolver without its uplink, a secondary whose zone has expired: nothing is said of the zone.
    const why = extendedErrors(message.edns).map(({ text }) => text.replace(/[^\x20-\x7e]/g, '?'));
    const reasons = why.filter((text) => text !== '').join('; ');
    return trouble(
      'unreachable',
      `${where} answers SERVFAIL for ${name} DNSKEY${reasons === '' ? '' : ` (${reasons})`}`,
      'See the log of that server.',
    );
  }
  if (message.rcode !== Rcode.NOERROR) {
    return trouble(
      'refused',
      `${where} answers ${rcodeText(message.rcode)} for ${name} DNSKEY`,
      'Check that the server has the zone and lets this machine ask.',
    );
  }
  if (rrset === undefined) {
    const soa = message.authority.find(({ type }) => type === RRType.SOA);
    if (soa !== undefined && !soa.name.equals(zone)) {
      return trouble(
        'refused',
        `${name} is no zone of its own at ${where}; it lies in ${nameTextWithoutDot(soa.name)}`,
        `Import ${nameTextWithoutDot(soa.name)} instead.`,
      );
    }
    return trouble(
      'unsigned',
      `${name} is not signed at ${where}: it has no DNSKEY`,
      `Sign it (pdnsutil secure-zone ${name}), or turn validation off for it with addNTA("${name}", "not signed").`,
    );
  }
  if (rrset.signatures.length > 0) return undefined;
  return trouble(
    'refused',
    `${where} gives keys of ${name} without their signatures`,
    'Ask the server that holds the zone itself: something in between drops RRSIG records.',
  );
}

/** The RRset of exactly this owner in the answer; aliases lead nowhere here. */
function ownRRset(message: Message, zone: DomainName, type: number): RRset | undefined {
  const records = message.answer.filter(({ name, class: rrclass }) => rrclass === RRClass.IN && name.equals(zone));
  return groupIntoRRsets(records).find((rrset) => rrset.type === type && rrset.rdatas.length > 0);
}

function serialOf(reply: QueryResult, zone: DomainName): number | undefined {
  const rdata = reply.ok ? ownRRset(reply.message, zone, RRType.SOA)?.rdatas[0] : undefined;
  return rdata === undefined ? undefined : parseSOA(rdata)?.serial;
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function serverText({ address, port }: Server): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function trouble(kind: Trouble['kind'], error: string, remedy: string): { ok: false } & Trouble {
  return { ok: false, kind, error, remedy };
}
