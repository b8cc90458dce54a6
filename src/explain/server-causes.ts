// Causes without a verdict: nobody gave a usable answer, or a limit ended the work (RFC 8914 4.14, 4.23, 4.24).
import { EdeCode } from '../wire/constants.ts';
import type { CauseRow } from './cause-row.ts';
import {
  askAgain,
  checkNetwork,
  checkServers,
  mendDelegation,
  seeLog,
  serveZone,
  shortenAlias,
  transferAnew,
} from './remedies.ts';

const NO_REACHABLE = EdeCode.NO_REACHABLE_AUTHORITY;

export const serverCauses = {
  'servers-silent': {
    kind: 'failed',
    ede: NO_REACHABLE,
    text: 'the servers of the zone do not answer',
    explanation: 'None of the servers of the zone has replied in time: they are down, or cannot be reached from here.',
    side: 'network',
    hint: 'Check the servers of {zone}, and the way to them.',
    remedies: [checkServers, checkNetwork],
  },
  'servers-unreachable': {
    kind: 'failed',
    ede: NO_REACHABLE,
    text: 'the servers of the zone cannot be reached',
    explanation:
      'The network says that nothing listens at the addresses of the servers, or that there is no way to them.',
    side: 'network',
    hint: 'Check the servers of {zone}, and the way to them.',
    remedies: [checkServers, checkNetwork],
  },
  'servers-refuse': {
    kind: 'failed',
    ede: NO_REACHABLE,
    text: 'the servers of the zone refuse to answer',
    explanation: 'The servers that the parent names answer REFUSED or NOTAUTH: they do not have the zone.',
    side: 'authoritative',
    hint: 'Load {zone} on its servers, or correct its NS records in {parent}.',
    remedies: [checkServers, serveZone, mendDelegation],
  },
  'servers-lame': {
    kind: 'failed',
    ede: NO_REACHABLE,
    text: 'the servers of the zone do not serve it (lame)',
    explanation:
      'The servers that the parent names refer elsewhere or upwards instead of answering: they do not have the zone.',
    side: 'authoritative',
    hint: 'Load {zone} on its servers, or correct its NS records in {parent}.',
    remedies: [checkServers, serveZone, mendDelegation],
  },
  'servers-fail': {
    kind: 'failed',
    ede: NO_REACHABLE,
    text: 'the servers of the zone answer SERVFAIL',
    explanation:
      'The servers have a problem of their own: often the zone has expired on a secondary, or its file has an error.',
    side: 'authoritative',
    hint: 'See the log of the servers of {zone}.',
    remedies: [checkServers, transferAnew],
  },
  'servers-error': {
    kind: 'failed',
    ede: NO_REACHABLE,
    text: 'the servers of the zone answer with an error code',
    explanation: 'The servers answer with an RCODE that is no answer, such as FORMERR or NOTIMP.',
    side: 'authoritative',
    hint: 'Update the servers of {zone}.',
    remedies: [checkServers, mendDelegation],
  },
  'reply-unusable': {
    kind: 'failed',
    ede: NO_REACHABLE,
    text: 'replies that cannot be read or do not fit the question',
    explanation:
      'What comes back is malformed, cut off even over TCP, or belongs to another question. Middle boxes that rewrite DNS do this; so do forgers.',
    side: 'network',
    hint: 'Find out what changes the replies of the servers of {zone}.',
    remedies: [checkServers, checkNetwork],
  },
  'no-server-address': {
    kind: 'failed',
    ede: NO_REACHABLE,
    text: 'no address is known for the servers of the zone',
    explanation: 'The parent names servers for the zone, and none of these names has an address.',
    side: 'parent',
    hint: 'Correct the NS records of {zone}, or their glue in {parent}.',
    remedies: [mendDelegation],
  },
  'servers-loop': {
    kind: 'failed',
    ede: NO_REACHABLE,
    text: 'servers that can only be found through each other',
    explanation:
      'The addresses of the servers lie in the zone itself, or in one whose servers lie in this one, and the zone above does not give them (glue): a circle.',
    side: 'parent',
    hint: 'Add glue for the servers of {zone} in {parent}.',
    remedies: [mendDelegation],
  },
  'too-many-referrals': {
    kind: 'failed',
    ede: NO_REACHABLE,
    text: 'too many referrals',
    explanation: 'Each server refers to yet another zone below, beyond any sensible depth.',
    side: 'authoritative',
    hint: 'Correct the delegations above {name}.',
    remedies: [mendDelegation],
  },
  'alias-loop': {
    kind: 'failed',
    ede: EdeCode.OTHER,
    text: 'aliases that lead back to themselves',
    explanation: 'A CNAME or DNAME leads, perhaps over others, to a name that was passed before.',
    side: 'authoritative',
    hint: 'Let the alias point at a name that has the data.',
    remedies: [shortenAlias],
  },
  'too-many-aliases': {
    kind: 'failed',
    ede: EdeCode.OTHER,
    text: 'too many aliases one after the other',
    explanation: 'More CNAME or DNAME records follow each other than are followed for one question.',
    side: 'authoritative',
    hint: 'Let the alias point at a name that has the data.',
    remedies: [shortenAlias],
  },
  'packet-limit': {
    kind: 'failed',
    ede: EdeCode.OTHER,
    text: 'work limit: too many packets',
    explanation:
      'Resolving the name takes more packets than one question may cost. Attacks look like this; so do badly broken zones.',
    side: 'authoritative',
    hint: 'Correct the delegations and aliases on the way to {name}.',
    remedies: [mendDelegation, askAgain],
  },
  deadline: {
    kind: 'failed',
    ede: NO_REACHABLE,
    text: 'no answer in time',
    explanation: 'The servers are so slow, or so many of them silent, that the time for one question ran out.',
    side: 'network',
    hint: 'Ask again; check the servers of {zone}.',
    remedies: [askAgain, checkNetwork],
  },
  overload: {
    kind: 'failed',
    ede: EdeCode.OTHER,
    text: 'this resolver has too much to do',
    explanation: 'Too many clients wait for the same question, or no socket is left to ask with.',
    side: 'configuration',
    hint: 'Find out who asks so much: kedge ctl top-remotes',
    remedies: [
      {
        text: 'See who asks, and for what.',
        lines: [
          { where: 'shell', line: 'kedge ctl top-remotes' },
          { where: 'shell', line: 'kedge ctl top-queries' },
        ],
      },
    ],
  },
  'not-cached': {
    kind: 'failed',
    ede: EdeCode.NOT_AUTHORITATIVE,
    text: 'not in the cache, and recursion was not asked for',
    explanation: 'The query had the RD flag clear, so that only what is known already may be told.',
    side: 'nobody',
    hint: 'Ask with RD.',
    remedies: [
      {
        text: 'Ask with RD, as every client does by default.',
        lines: [{ where: 'shell', line: 'dig +rec {name} {type}' }],
      },
    ],
  },
  'internal-error': {
    kind: 'failed',
    ede: EdeCode.OTHER,
    text: 'internal error, see the log of the server',
    explanation: 'The program has made a mistake with this question. Others are not touched by it.',
    side: 'nobody',
    hint: 'Report it, with the line of the log.',
    remedies: [seeLog],
  },
} as const satisfies Record<string, CauseRow>;
