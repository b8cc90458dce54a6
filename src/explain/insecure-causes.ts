// Why an answer is not validated, and so has no AD: what was proved, or configured, instead of a signature.
import { EdeCode } from '../wire/constants.ts';
import type { CauseRow } from './cause-row.ts';
import {
  fewerIterations,
  importAnchor,
  publishDS,
  signAnew,
  updateDS,
  upgradeAlgorithm,
  withoutOptOut,
} from './remedies.ts';

export const insecureCauses = {
  'no-ds': {
    kind: 'insecure',
    ede: undefined,
    text: 'the parent proves that the zone is not signed',
    explanation:
      'The parent has no DS for the zone and proves it: the zone is not signed, or not linked to its parent.',
    side: 'parent',
    hint: '',
    remedies: [publishDS],
  },
  'opt-out': {
    kind: 'insecure',
    ede: undefined,
    text: 'an NSEC3 opt-out span hides whether there is a DS',
    explanation: 'The parent uses NSEC3 with Opt-Out: unsigned zones are not listed, so this one counts as unsigned.',
    side: 'parent',
    hint: '',
    remedies: [publishDS],
  },
  'opt-out-misuse': {
    kind: 'insecure',
    ede: undefined,
    text: "an opt-out span covers the zone's own names",
    explanation:
      'The zone is signed with NSEC3 Opt-Out, so it cannot prove that one of its own names does not exist: an unsigned zone could be hidden there. Such answers have no AD.',
    side: 'authoritative',
    hint: 'Sign {zone} without Opt-Out.',
    remedies: [withoutOptOut],
  },
  'unsupported-algorithm': {
    kind: 'insecure',
    ede: EdeCode.UNSUPPORTED_DNSKEY_ALGORITHM,
    text: 'no supported DNSKEY algorithm',
    explanation:
      'The zone is signed only with algorithms that this resolver does not use: unknown ones, outdated ones, or those switched off. It counts as unsigned (RFC 4035 5.2).',
    side: 'authoritative',
    hint: 'Sign {zone} with algorithm 13.',
    remedies: [upgradeAlgorithm, updateDS],
  },
  'unsupported-digest': {
    kind: 'insecure',
    ede: EdeCode.UNSUPPORTED_DS_DIGEST_TYPE,
    text: 'no supported DS digest type',
    explanation:
      'The DS records of the zone use only digest types that this resolver does not use. It counts as unsigned.',
    side: 'parent',
    hint: 'Publish a DS with digest type 2 (SHA-256) for {zone}.',
    remedies: [updateDS],
  },
  'nsec3-iterations': {
    kind: 'insecure',
    ede: EdeCode.UNSUPPORTED_NSEC3_ITERATIONS,
    text: 'too many NSEC3 iterations or too long a salt',
    explanation:
      'Proving that a name does not exist costs so many hashes in this zone that it could be used to overload resolvers; its negative answers count as unsigned (RFC 9276).',
    side: 'authoritative',
    hint: 'Use NSEC3 with 0 iterations and no salt in {zone}.',
    remedies: [fewerIterations],
  },
  'negative-trust-anchor': {
    kind: 'insecure',
    ede: EdeCode.NEGATIVE_TRUST_ANCHOR,
    text: 'a negative trust anchor is configured',
    explanation: 'Validation is switched off for the zone by this configuration, with addNTA or negative_trustanchors.',
    side: 'configuration',
    hint: 'Remove the negative trust anchor of {zone} when it is not needed any more.',
    remedies: [
      {
        text: 'Remove the negative trust anchor when it is not needed any more.',
        lines: [{ where: 'until the next restart', line: 'kedge ctl clear-nta {zone}' }],
      },
    ],
  },
  'anchor-stripped': {
    kind: 'insecure',
    ede: undefined,
    text: 'the zone of a trust anchor shows no signatures',
    explanation:
      'A trust anchor is configured and its zone came without signatures. Because kedge.harden_dnssec_stripped is off, it counts as unsigned instead of bogus.',
    side: 'configuration',
    hint: 'Sign {zone}, or remove its trust anchor.',
    remedies: [signAnew, importAnchor],
  },
  'unsigned-type': {
    kind: 'insecure',
    ede: undefined,
    text: 'records of this type are never signed',
    explanation: 'Signatures (RRSIG) are not signed themselves, so an answer that consists of them is not validated.',
    side: 'nobody',
    hint: '',
    remedies: [],
  },
  'local-data': {
    kind: 'insecure',
    ede: undefined,
    text: 'answered from local data',
    explanation:
      'The answer comes from this configuration (auth zone, hosts file, special-use name), which nobody signs.',
    side: 'nobody',
    hint: '',
    remedies: [],
  },
  'validation-off': {
    kind: 'insecure',
    ede: undefined,
    text: 'validation is switched off',
    explanation:
      'The configuration says dnssec.validation: off (dnssec=off), or the client did not ask for validation.',
    side: 'configuration',
    hint: '',
    remedies: [
      {
        text: 'Switch validation on.',
        lines: [
          { where: 'recursor.yml', line: 'dnssec: {validation: validate}' },
          { where: 'recursor.conf', line: 'dnssec=validate' },
        ],
      },
    ],
  },
  'no-anchor': {
    kind: 'insecure',
    ede: undefined,
    text: 'no trust anchor covers the name',
    explanation:
      'Without a trust anchor at or above the name there is nothing to begin with, so nothing can be judged.',
    side: 'configuration',
    hint: 'Configure the trust anchor of the root.',
    remedies: [
      {
        text: 'Do without clearTA("."), or add the anchor of the root; it is built in.',
        lines: [{ where: 'shell', line: 'kedge anchor list' }],
      },
    ],
  },
} as const satisfies Record<string, CauseRow>;
