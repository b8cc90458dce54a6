// Causes in signatures (RFC 4035 5.3).
import { EdeCode } from '../wire/constants.ts';
import type { CauseRow } from './cause-row.ts';
import {
  checkClockOfSigner,
  removeWildcardDname,
  setClock,
  signAnew,
  transferAnew,
  waitWithNegativeAnchor,
} from './remedies.ts';

export const signatureCauses = {
  'rrsig-missing': {
    kind: 'bogus',
    ede: EdeCode.RRSIGS_MISSING,
    text: 'RRSIG missing in a signed zone',
    explanation:
      'The chain of trust says that the zone is signed, so every record set in it must come with a signature (RRSIG). This one came without: it was added after signing, or a server or firewall on the way leaves signatures out.',
    side: 'authoritative',
    hint: 'Sign {zone} anew.',
    remedies: [signAnew, transferAnew, waitWithNegativeAnchor],
  },
  'rrsig-malformed': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'RRSIG cannot be read',
    explanation: 'The signature record is not in the form that RFC 4034 prescribes, so nothing can be checked with it.',
    side: 'authoritative',
    hint: 'Sign {zone} anew.',
    remedies: [signAnew],
  },
  'rrsig-wrong-signer': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'RRSIG names another zone as its signer',
    explanation:
      'A record set may only be signed by the zone that it lies in. The signature names another zone, which has no say here.',
    side: 'authoritative',
    hint: 'Sign {zone} anew with its own keys.',
    remedies: [signAnew, waitWithNegativeAnchor],
  },
  'rrsig-wrong-labels': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'RRSIG label count does not fit the owner',
    explanation:
      'A signature says how many labels the name had when it was signed, so that expanded wildcards can be told. The number is impossible for this name.',
    side: 'authoritative',
    hint: 'Sign {zone} anew.',
    remedies: [signAnew],
  },
  'rrsig-expired': {
    kind: 'bogus',
    ede: EdeCode.SIGNATURE_EXPIRED,
    text: 'signature expired',
    explanation:
      'Signatures hold for a limited time. This one has run out: the zone has not been signed again in time, or this server has an old copy.',
    side: 'authoritative',
    hint: 'Sign {zone} anew, and see why the signer has stopped.',
    remedies: [signAnew, transferAnew, waitWithNegativeAnchor],
  },
  'rrsig-not-yet-valid': {
    kind: 'bogus',
    ede: EdeCode.SIGNATURE_NOT_YET_VALID,
    text: 'signature not yet valid',
    explanation:
      'The signature begins to hold in the future. The clock of the machine that signs the zone is ahead, or the clock of this machine is behind.',
    side: 'authoritative',
    hint: 'Compare the clock of the signer of {zone} with this one.',
    remedies: [checkClockOfSigner, signAnew, setClock],
  },
  'rrsig-expired-before-valid': {
    kind: 'bogus',
    ede: EdeCode.SIGNATURE_EXPIRED_BEFORE_VALID,
    text: 'signature expires before its inception',
    explanation: 'The two dates of the signature are the wrong way round: it never holds.',
    side: 'authoritative',
    hint: 'Correct the dates with which {zone} is signed.',
    remedies: [checkClockOfSigner, signAnew],
  },
  'clock-behind': {
    kind: 'bogus',
    ede: EdeCode.SIGNATURE_NOT_YET_VALID,
    text: 'the clock of this resolver is behind',
    explanation:
      'Signatures that everybody else accepts begin in the future for this machine. The root zone is signed with weeks to spare, so it is the clock here that is wrong. Small boards without a battery often start in the past.',
    side: 'clock',
    hint: 'Set the clock of this machine.',
    remedies: [setClock],
  },
  'clock-ahead': {
    kind: 'bogus',
    ede: EdeCode.SIGNATURE_EXPIRED,
    text: 'the clock of this resolver is ahead',
    explanation:
      'Signatures that everybody else accepts have expired for this machine. The root zone is signed with weeks to spare, so it is the clock here that is wrong.',
    side: 'clock',
    hint: 'Set the clock of this machine.',
    remedies: [setClock],
  },
  'rrsig-no-such-key': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'RRSIG by a key that the zone has not',
    explanation:
      'The signature was made with a key that the zone does not publish: a key was removed too early, or signatures and keys come from different copies of the zone.',
    side: 'authoritative',
    hint: 'Publish the key that signs {zone}, or sign it anew.',
    remedies: [signAnew, transferAnew],
  },
  'rrsig-invalid': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'signature does not verify',
    explanation:
      'The data are not those that were signed. They were changed after signing, by mistake or by somebody on the way.',
    side: 'authoritative',
    hint: 'Sign {zone} anew; if it is signed well, find out who changes its answers.',
    remedies: [signAnew, transferAnew],
  },
  'rrsig-unsupported-algorithm': {
    kind: 'bogus',
    ede: EdeCode.UNSUPPORTED_DNSKEY_ALGORITHM,
    text: 'only RRSIGs of unsupported algorithms',
    explanation:
      'The DS names an algorithm that is supported, but the records are signed with another one that is not, or that is switched off. A zone must be signed with every algorithm that its DS names.',
    side: 'authoritative',
    hint: 'Sign {zone} with the algorithm that its DS names.',
    remedies: [signAnew],
  },
  'dname-invalid': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'the DNAME is expanded from a wildcard',
    explanation: 'A DNAME at a wildcard has no defined meaning (RFC 4592 4.4), so it is not followed.',
    side: 'authoritative',
    hint: 'Remove the DNAME at the wildcard from {zone}.',
    remedies: [removeWildcardDname],
  },
} as const satisfies Record<string, CauseRow>;
