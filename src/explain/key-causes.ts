// Causes in keys, DS records and trust anchors (RFC 4035 5.2).
import { EdeCode } from '../wire/constants.ts';
import type { CauseRow } from './cause-row.ts';
import {
  askAgain,
  checkLink,
  importAnchor,
  newKey,
  rectifyParent,
  removeAnchor,
  restoreKey,
  signAnew,
  signZone,
  transferAnew,
  updateDS,
  waitWithNegativeAnchor,
  withdrawDS,
} from './remedies.ts';

export const keyCauses = {
  'dnskey-missing': {
    kind: 'bogus',
    ede: EdeCode.DNSKEY_MISSING,
    text: 'the zone has a DS but no DNSKEY',
    explanation:
      'The parent publishes a DS, which says that the zone is signed; the zone itself publishes no key. Often a zone was moved to a server that does not sign it.',
    side: 'authoritative',
    hint: 'Sign {zone}, or have the DS removed from {parent}.',
    remedies: [signZone, withdrawDS, transferAnew, waitWithNegativeAnchor],
  },
  'dnskey-unreachable': {
    kind: 'bogus',
    ede: EdeCode.DNSKEY_MISSING,
    text: 'the DNSKEY set could not be fetched',
    explanation:
      'The zone is signed, but its servers gave no keys to check the signatures with: they are down, refuse the question, or large replies are lost on the way.',
    side: 'network',
    hint: 'Check that the servers of {zone} answer DNSKEY over UDP and TCP.',
    remedies: [checkLink, askAgain],
  },
  'dnskey-rrsig-missing': {
    kind: 'bogus',
    ede: EdeCode.RRSIGS_MISSING,
    text: 'the DNSKEY set is not signed',
    explanation:
      'The keys of the zone come without a signature over them, so that they cannot be told from forged ones. The zone is signed badly, or its server is too old for DNSSEC, or set up not to send signatures.',
    side: 'authoritative',
    hint: 'Sign {zone} anew, with its key-signing key.',
    remedies: [signAnew, transferAnew],
  },
  'ds-no-such-key': {
    kind: 'bogus',
    ede: EdeCode.DNSKEY_MISSING,
    text: 'no DNSKEY matches a DS',
    explanation:
      'The DS in the parent is the fingerprint of a key. The zone has no key with that key tag and algorithm: the key was changed, and the parent was not told.',
    side: 'parent',
    hint: 'Have {parent} publish the DS of a key that {zone} has.',
    remedies: [updateDS, restoreKey, waitWithNegativeAnchor],
  },
  'ds-algorithm-mismatch': {
    kind: 'bogus',
    ede: EdeCode.DNSKEY_MISSING,
    text: 'DS and DNSKEY differ in their algorithm',
    explanation:
      'A key of the zone has the key tag that the DS names, but another algorithm. The DS was typed wrongly, or an algorithm roll went wrong.',
    side: 'parent',
    hint: 'Have {parent} correct the algorithm in the DS of {zone}.',
    remedies: [updateDS, restoreKey, waitWithNegativeAnchor],
  },
  'ds-digest-mismatch': {
    kind: 'bogus',
    ede: EdeCode.DNSKEY_MISSING,
    text: 'the DS digest does not match the DNSKEY',
    explanation:
      'A key of the zone has the key tag and the algorithm that the DS names, but not its digest: it is not the same key, or the digest was copied wrongly.',
    side: 'parent',
    hint: 'Have {parent} publish the right DS of {zone}.',
    remedies: [updateDS, waitWithNegativeAnchor],
  },
  'dnskey-no-zone-bit': {
    kind: 'bogus',
    ede: EdeCode.NO_ZONE_KEY_BIT_SET,
    text: 'the DNSKEY lacks the Zone Key flag',
    explanation: 'Only a key whose flags have the Zone Key bit (256 or 257) may sign a zone.',
    side: 'authoritative',
    hint: 'Publish a key with flags 257 in {zone}, and its DS in {parent}.',
    remedies: [newKey, updateDS],
  },
  'dnskey-bad-protocol': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'the DNSKEY protocol field is not 3',
    explanation: 'The protocol field of a DNSKEY must be 3 (RFC 4034 2.1.2); a key with another value is not used.',
    side: 'authoritative',
    hint: 'Publish the key of {zone} with protocol 3, and its DS in {parent}.',
    remedies: [newKey, updateDS],
  },
  'dnskey-revoked': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'the DNSKEY that the DS names is revoked',
    explanation: 'The key has the Revoke flag (RFC 5011): its owner declares that it must no longer be trusted.',
    side: 'parent',
    hint: 'Have {parent} publish the DS of a key of {zone} that is not revoked.',
    remedies: [updateDS, newKey],
  },
  'dnskey-invalid': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'the DNSKEY is not a usable key',
    explanation: 'The public key has the wrong length, or is no key of its algorithm at all.',
    side: 'authoritative',
    hint: 'Make a new key for {zone}, and publish its DS in {parent}.',
    remedies: [newKey, updateDS],
  },
  'dnskey-not-signed-by-ds': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'the key of the DS does not sign the DNSKEYs',
    explanation:
      'The zone has the key that the DS names, but that key did not sign the set of keys. So the other keys, which sign the data, are vouched for by nobody.',
    side: 'authoritative',
    hint: 'Let the key that the DS names sign the DNSKEY set of {zone}.',
    remedies: [signAnew, updateDS],
  },
  'anchor-no-key': {
    kind: 'bogus',
    ede: EdeCode.DNSKEY_MISSING,
    text: 'no DNSKEY matches a trust anchor',
    explanation:
      'A trust anchor configured here names a key that the zone does not have (any more). The zone has changed its key, or the anchor is for another zone.',
    side: 'configuration',
    hint: 'Replace the trust anchor of {zone}: kedge anchor import {zone} @{server}',
    remedies: [importAnchor],
  },
  'anchor-digest-mismatch': {
    kind: 'bogus',
    ede: EdeCode.DNSKEY_MISSING,
    text: 'trust anchor: right key tag, wrong digest',
    explanation:
      'A trust anchor configured here has the key tag of a key of the zone, but not its digest. It was copied wrongly, or somebody else answers for the zone.',
    side: 'configuration',
    hint: 'Compare and replace the trust anchor of {zone}.',
    remedies: [importAnchor],
  },
  'anchor-algorithm-mismatch': {
    kind: 'bogus',
    ede: EdeCode.DNSKEY_MISSING,
    text: 'trust anchor: right key tag, wrong algorithm',
    explanation: 'A trust anchor configured here has the key tag of a key of the zone, but names another algorithm.',
    side: 'configuration',
    hint: 'Correct the trust anchor of {zone}.',
    remedies: [importAnchor],
  },
  'anchor-zone-unsigned': {
    kind: 'bogus',
    ede: EdeCode.DNSKEY_MISSING,
    text: 'the zone of a trust anchor is not signed',
    explanation:
      'A trust anchor configured here says that the zone is signed, and its servers give no key for it: it is not signed any more, or the server in between drops DNSSEC records.',
    side: 'configuration',
    hint: 'Sign {zone}, or remove its trust anchor.',
    remedies: [signZone, removeAnchor],
  },
  'anchor-key-revoked': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'the key of the trust anchor is revoked',
    explanation:
      'The zone has given up the key that the trust anchor names (RFC 5011). Its successor has to be configured.',
    side: 'configuration',
    hint: 'Replace the trust anchor of {zone}: kedge anchor import {zone} @{server}',
    remedies: [importAnchor],
  },
  'anchor-key-not-signing': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'the anchor key does not sign the DNSKEYs',
    explanation:
      'The zone still publishes the key that the trust anchor names, but signs its keys with another one: the roll to the new key has gone on without this resolver.',
    side: 'configuration',
    hint: 'Replace the trust anchor of {zone}: kedge anchor import {zone} @{server}',
    remedies: [importAnchor, signAnew],
  },
  'ds-unreachable': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'the DS set could not be fetched',
    explanation:
      'Whether the zone is signed is said by its parent, whose servers gave no usable answer to that question. Without it nothing below can be judged.',
    side: 'network',
    hint: 'Check that the servers of {parent} answer for the DS of {zone}.',
    remedies: [checkLink, askAgain],
  },
  'ds-withheld': {
    kind: 'bogus',
    ede: EdeCode.NSEC_MISSING,
    text: 'the DS is withheld',
    explanation:
      'The server says that there is no DS, and the record with which it proves that says that there is one.',
    side: 'parent',
    hint: 'Let the signer of {parent} make its NSEC records anew.',
    remedies: [rectifyParent],
  },
  'ds-unexpected': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'the DS answer proves nothing',
    explanation:
      'Asked whether the zone is signed, the server of the parent gave an answer that says neither yes nor no.',
    side: 'parent',
    hint: 'Check what the servers of {parent} answer for the DS of {zone}.',
    remedies: [rectifyParent, checkLink],
  },
} as const satisfies Record<string, CauseRow>;
