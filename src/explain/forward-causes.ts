// Causes in forward zones: a home network's own zones, and servers that answer for others.
import { EdeCode } from '../wire/constants.ts';
import type { CauseRow } from './cause-row.ts';
import { addNegativeAnchor, checkForwarder, directForwarder, importAnchor, signZone } from './remedies.ts';

/** For a zone that is known to the forwarder alone. */
const importForward = {
  text: 'If the internal zone is signed, take its key as a trust anchor; compare the digest with what its server shows.',
  lines: importAnchor.lines.map(({ where, line }) => ({ where, line: line.replaceAll('{zone}', '{forward}') })),
};

export const forwardCauses = {
  'forward-denied-by-parent': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'forward zone without anchor, denied by DNS',
    explanation:
      'The zone is forwarded to a server of yours, and the signed public DNS proves that it does not exist, or that it is no zone of its own. Without a trust anchor or a negative one for it, the public proof wins.',
    side: 'configuration',
    hint: 'Add a trust anchor for {forward}, or addNTA("{forward}", "internal zone").',
    remedies: [importForward, addNegativeAnchor],
  },
  'forward-zone-unsigned': {
    kind: 'bogus',
    ede: EdeCode.RRSIGS_MISSING,
    text: 'unsigned forward zone, its parent has a DS',
    explanation:
      'The public DNS says that the zone is signed, but the server that it is forwarded to serves a version without signatures (split DNS), or drops them.',
    side: 'configuration',
    hint: 'Sign the internal {forward}, or addNTA("{forward}", "internal zone").',
    remedies: [signZone, addNegativeAnchor, directForwarder],
  },
  'forwarder-strips-rrsigs': {
    kind: 'bogus',
    ede: EdeCode.RRSIGS_MISSING,
    text: 'the forwarder drops signatures (RRSIG)',
    explanation:
      'The server that this zone is forwarded to gives the records, but not their signatures: it knows no DNSSEC, or it is switched off there. Many home routers do this.',
    side: 'configuration',
    hint: 'Forward to another server, or switch DNSSEC on there.',
    remedies: [directForwarder, addNegativeAnchor],
  },
  'forwarder-silent': {
    kind: 'failed',
    ede: EdeCode.NO_REACHABLE_AUTHORITY,
    text: 'the forwarder does not answer',
    explanation:
      'The server that this zone is forwarded to gives no reply: it is down, or its address or port is wrong.',
    side: 'configuration',
    hint: 'Start the server of {forward}, or correct its address and port.',
    remedies: [checkForwarder],
  },
  'forwarder-refuses': {
    kind: 'failed',
    ede: EdeCode.NO_REACHABLE_AUTHORITY,
    text: 'the forwarder does not serve this zone to us',
    explanation:
      'The server that this zone is forwarded to answers, but not for this zone: it does not have it, or this machine may not ask. An authoritative server goes into forward_zones, a resolver into forward_zones_recurse.',
    side: 'configuration',
    hint: 'Give {forward} to that server, or let this machine ask it.',
    remedies: [checkForwarder],
  },
  'forwarder-fails': {
    kind: 'failed',
    ede: EdeCode.NO_REACHABLE_AUTHORITY,
    text: 'the forwarder answers SERVFAIL',
    explanation:
      'The server that this zone is forwarded to has a problem of its own: with the zone it should serve, or with resolving or validating the name.',
    side: 'network',
    hint: 'See the log of the server of {forward}.',
    remedies: [checkForwarder],
  },
  'forwarder-tls': {
    kind: 'failed',
    ede: EdeCode.NO_REACHABLE_AUTHORITY,
    text: 'no TLS connection with the forwarder',
    explanation:
      'The forwarder is to be asked over TLS. The connection fails, or its certificate is not the one expected; there is no falling back to plain text.',
    side: 'configuration',
    hint: 'Check port 853 of the forwarder, and the name expected in its certificate.',
    remedies: [
      {
        text: 'Check port 853, and the name in the certificate.',
        lines: [{ where: 'shell', line: 'openssl s_client -connect {server} </dev/null' }],
      },
    ],
  },
} as const satisfies Record<string, CauseRow>;
