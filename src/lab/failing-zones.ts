// Zones whose records are sound and whose servers do wrong: they are silent, say nonsense, or lie about what they hold.
import { EdeCode, Rcode, RRType } from '../wire/constants.ts';
import type { Question } from '../wire/message.ts';
import type { DomainName } from '../wire/name.ts';
import { nameOf } from '../wire/name-text.ts';
import { type ExampleRow, row } from './example-row.ts';
import { hashOf, nsec3Owner } from './nsec3-owner.ts';
import { emptyContent, type ReplyContent } from './reply-content.ts';
import type { ServerBehaviour } from './zone-set.ts';

export function failingRows(): ExampleRow[] {
  return [...deafRows(), ...lyingRows(), ...loopRows()];
}

/** Nobody can be asked, or nobody who is asked knows. */
function deafRows(): ExampleRow[] {
  return [
    failed('dead', 'its only server never replies', EdeCode.NO_REACHABLE_AUTHORITY, { drops: () => true }),
    failed('refused', 'its server says REFUSED', EdeCode.NO_REACHABLE_AUTHORITY, always(Rcode.REFUSED)),
    failed('servfail', 'its server says SERVFAIL', EdeCode.NO_REACHABLE_AUTHORITY, always(Rcode.SERVFAIL)),
    failed('lame', 'its server knows nothing of the zone and refers to the root', EdeCode.NO_REACHABLE_AUTHORITY, {
      rewrite: () => ({ ...emptyContent(Rcode.NOERROR), authority: [rootNameServers] }),
    }),
    row('dnskey-silent', 'its server does not reply to questions for DNSKEY', EdeCode.DNSKEY_MISSING, {
      server: { drops: isAbout(RRType.DNSKEY) },
    }),
    row('dnskey-servfail', 'its server says SERVFAIL to questions for DNSKEY', EdeCode.DNSKEY_MISSING, {
      server: { rewrite: (content, question) => (isAbout(RRType.DNSKEY)(question) ? servfail : content) },
    }),
    {
      ...row(
        'ds-servfail',
        'its server says SERVFAIL when it is asked for the DS of the zone below',
        EdeCode.DNSSEC_BOGUS,
        { server: { rewrite: withoutDS } },
      ),
      owner: 'www.child',
      others: [{ name: 'child.ds-servfail' }],
    },
  ];
}

/** They answer, and what they say cannot be true. */
function lyingRows(): ExampleRow[] {
  return [
    row('no-edns', 'its server is too old for EDNS, and sends no signatures', EdeCode.RRSIGS_MISSING, {
      server: { ignoresEdns: true },
    }),
    row('empty', 'its server answers without any record', EdeCode.NSEC_MISSING, {
      server: { rewrite: onAddress(() => ({ ...emptyContent(Rcode.NOERROR, true) })) },
    }),
    row(
      'hidden-name',
      'its server denies a name that exists, with records that do not prove it',
      EdeCode.NSEC_MISSING,
      { server: { rewrite: onAddress((content) => denied(content, Rcode.NXDOMAIN)) } },
    ),
    row('hidden-type', 'its server denies the address of a name that has one', EdeCode.NSEC_MISSING, {
      server: { rewrite: onAddress((content) => denied(content, Rcode.NOERROR)) },
    }),
    {
      ...row('no-closest-encloser', 'its server leaves out the NSEC3 of the closest encloser', EdeCode.NSEC_MISSING, {
        denial: { kind: 'nsec3' },
        server: { rewrite: withoutClosestEncloser },
      }),
      owner: 'nope',
    },
    {
      ...row(
        'ds-empty',
        'its server gives an empty answer when it is asked for the DS of the zone below',
        EdeCode.NSEC_MISSING,
        { server: { rewrite: withEmptyDS } },
      ),
      owner: 'www.child',
      others: [{ name: 'child.ds-empty' }],
    },
    row('added-record', 'its server puts an address of its own into the signed set', EdeCode.DNSSEC_BOGUS, {
      server: { rewrite: onAddress(withForeignAddress) },
    }),
  ];
}

/** Roads that lead nowhere. */
function loopRows(): ExampleRow[] {
  return [
    {
      label: 'alias-loop',
      text: 'an alias of an alias of itself',
      owner: 'one',
      expected: { status: 'failed', ede: EdeCode.OTHER },
      zone: { records: 'one CNAME two\ntwo CNAME one\n' },
    },
    {
      label: 'server-loop',
      text: 'its name server has its address in a zone whose name server is in this one',
      expected: { status: 'failed', ede: EdeCode.NO_REACHABLE_AUTHORITY },
      zone: { nameServers: ['ns.server-loop-partner'], server: unreachable },
      others: [{ name: 'server-loop-partner', nameServers: ['ns.server-loop'] }],
    },
    {
      label: 'nameless',
      text: 'its name server has no address',
      expected: { status: 'failed', ede: EdeCode.NO_REACHABLE_AUTHORITY },
      zone: { nameServers: ['nowhere.nameless-partner'], server: unreachable },
      others: [{ name: 'nameless-partner' }],
    },
  ];
}

function failed(label: string, text: string, ede: number, server: ServerBehaviour): ExampleRow {
  return { label, text, expected: { status: 'failed', ede }, zone: { server } };
}

const servfail = emptyContent(Rcode.SERVFAIL);

const rootNameServers = {
  name: nameOf('.'),
  type: RRType.NS,
  class: 1,
  ttl: 3600,
  rdatas: [nameOf('a.root-servers.').octets],
  signatures: [],
};

function always(rcode: number): ServerBehaviour {
  return { rewrite: () => emptyContent(rcode) };
}

function isAbout(type: number): (question: Question) => boolean {
  return (question) => question.type === type;
}

/** For resolvers that ask one server for everything: a delegation would not lead there. */
const unreachable = always(Rcode.REFUSED);

type Rewrite = NonNullable<ServerBehaviour['rewrite']>;

/** Applies to replies about addresses that are answers. */
function onAddress(change: (content: ReplyContent, name: DomainName) => ReplyContent): Rewrite {
  return (content, { name, type }) => {
    return type === RRType.A && content.answer.length > 0 ? change(content, name) : content;
  };
}

/** Neither in referrals nor when it is asked for does it show the DS set, or that there is none. */
function withoutDS(content: ReplyContent, question: Question): ReplyContent {
  if (question.type === RRType.DS) return servfail;
  const authority = content.authority.filter(({ type }) => type !== RRType.DS);
  return { ...content, authority };
}

function withEmptyDS(content: ReplyContent, question: Question): ReplyContent {
  return question.type === RRType.DS ? emptyContent(Rcode.NOERROR, true) : withoutDS(content, question);
}

/** In a zone of this kind the closest encloser of most names that do not exist is the apex. */
function withoutClosestEncloser(content: ReplyContent): ReplyContent {
  const apex = content.authority.find(({ type }) => type === RRType.SOA)?.name;
  if (apex === undefined) return content;
  const owner = nsec3Owner(hashOf(apex, { iterations: 0, salt: new Uint8Array() }), apex);
  return { ...content, authority: content.authority.filter(({ name }) => !name.equals(owner)) };
}

/** A denial without any proof. */
function denied(content: ReplyContent, rcode: number): ReplyContent {
  return { ...content, rcode, answer: [], authority: [] };
}

function withForeignAddress(content: ReplyContent): ReplyContent {
  const answer = content.answer.map((rrset) =>
    rrset.type === RRType.A ? { ...rrset, rdatas: [...rrset.rdatas, Uint8Array.of(203, 0, 113, 66)] } : rrset,
  );
  return { ...content, answer };
}
