// Causes in proofs that something does not exist (RFC 4035 5.4, RFC 5155 8).
import { EdeCode } from '../wire/constants.ts';
import type { CauseRow } from './cause-row.ts';
import {
  loadZone,
  raiseLimit,
  rectify,
  shorterName,
  signAnew,
  transferAnew,
  waitWithNegativeAnchor,
} from './remedies.ts';

const remedies = [rectify, transferAnew, waitWithNegativeAnchor];

export const denialCauses = {
  'denial-missing': {
    kind: 'bogus',
    ede: EdeCode.NSEC_MISSING,
    text: 'no NSEC or NSEC3 proves the denial',
    explanation:
      'A signed zone must prove that a name or type does not exist, with NSEC or NSEC3 records. The answer came without any: otherwise anybody could make names vanish.',
    side: 'authoritative',
    hint: 'Make the NSEC or NSEC3 records of {zone} anew.',
    remedies,
  },
  'denial-unsigned': {
    kind: 'bogus',
    ede: EdeCode.NSEC_MISSING,
    text: 'NSEC or NSEC3 without a signature',
    explanation:
      'Records that should prove the negative answer are there, but nobody signed them, so they prove nothing.',
    side: 'authoritative',
    hint: 'Sign {zone} anew.',
    remedies,
  },
  'denial-unusable': {
    kind: 'bogus',
    ede: EdeCode.NSEC_MISSING,
    text: 'the NSEC or NSEC3 records cannot be used',
    explanation:
      'Records that should prove the negative answer are there, but break the rules: a next name outside the zone, several at one name, an unknown hash or flag, or expanded from a wildcard.',
    side: 'authoritative',
    hint: 'Make the NSEC or NSEC3 records of {zone} anew.',
    remedies,
  },
  'denial-wrong-span': {
    kind: 'bogus',
    ede: EdeCode.NSEC_MISSING,
    text: 'no NSEC covers the name',
    explanation:
      'An NSEC says that nothing exists between two names. The name asked for lies between none of the pairs given, so its absence is not proved.',
    side: 'authoritative',
    hint: 'Make the NSEC records of {zone} anew.',
    remedies,
  },
  'denial-name-exists': {
    kind: 'bogus',
    ede: EdeCode.NSEC_MISSING,
    text: 'denied, but its NSEC shows that it exists',
    explanation:
      'The server says that the name does not exist; the record that should prove it belongs to that very name.',
    side: 'authoritative',
    hint: 'Check the answer of the server of {zone}, and make its NSEC records anew.',
    remedies,
  },
  'denial-type-exists': {
    kind: 'bogus',
    ede: EdeCode.NSEC_MISSING,
    text: 'denied, but the NSEC lists the type',
    explanation:
      'The server says that the name has no such record; the signed list of the types at that name has it, or an alias (CNAME) that should have been given.',
    side: 'authoritative',
    hint: 'Make the NSEC or NSEC3 records of {zone} anew.',
    remedies,
  },
  'denial-wrong-side': {
    kind: 'bogus',
    ede: EdeCode.NSEC_MISSING,
    text: 'NSEC from the wrong side of a zone cut',
    explanation:
      'Where a zone ends and another begins, both have a record for the same name. The proof is from the zone that has no say in this question.',
    side: 'authoritative',
    hint: 'Check which zone the server of {zone} answers from.',
    remedies: [loadZone, ...remedies],
  },
  'denial-wildcard-open': {
    kind: 'bogus',
    ede: EdeCode.NSEC_MISSING,
    text: 'nothing proves that no wildcard applies',
    explanation:
      'That a name does not exist is not enough: a wildcard (*) could have answered in its place. The proof that there is none, or that it lacks the type, is missing.',
    side: 'authoritative',
    hint: 'Make the NSEC or NSEC3 records of {zone} anew.',
    remedies,
  },
  'nsec3-no-closest-encloser': {
    kind: 'bogus',
    ede: EdeCode.NSEC_MISSING,
    text: 'NSEC3: closest encloser not proven',
    explanation:
      'An NSEC3 proof begins with the longest part of the name that does exist (the closest encloser). No record given is for any such part.',
    side: 'authoritative',
    hint: 'Make the NSEC3 records of {zone} anew.',
    remedies,
  },
  'nsec3-no-next-closer': {
    kind: 'bogus',
    ede: EdeCode.NSEC_MISSING,
    text: 'NSEC3: next closer name not covered',
    explanation:
      'The longest part of the name that exists is proved; that the name with one label more does not exist is not.',
    side: 'authoritative',
    hint: 'Make the NSEC3 records of {zone} anew.',
    remedies,
  },
  'wildcard-no-proof': {
    kind: 'bogus',
    ede: EdeCode.NSEC_MISSING,
    text: 'wildcard answer without its proof',
    explanation:
      'The answer was made from a wildcard (*). The zone must prove that the name itself does not exist; otherwise anybody could replay the wildcard over existing names. There is no such record.',
    side: 'authoritative',
    hint: 'Make the NSEC or NSEC3 records of {zone} anew.',
    remedies,
  },
  'wildcard-wrong-proof': {
    kind: 'bogus',
    ede: EdeCode.NSEC_MISSING,
    text: 'wildcard answer, its proof is for others',
    explanation:
      'The answer was made from a wildcard (*). Records come with it that should prove that the name itself does not exist, but they speak of other names.',
    side: 'authoritative',
    hint: 'Make the NSEC or NSEC3 records of {zone} anew.',
    remedies,
  },
  'chain-too-long': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'chain of trust longer than allowed',
    explanation:
      'Between trust anchor and name lie more zones or labels than are followed; no sensible name needs so many.',
    side: 'authoritative',
    hint: 'Use a name with fewer labels.',
    remedies: [shorterName],
  },
  'work-limit': {
    kind: 'bogus',
    ede: EdeCode.DNSSEC_BOGUS,
    text: 'validation needs more work than allowed',
    explanation:
      'The zone has so many keys, signatures or NSEC3 iterations, or so many that do not verify, that checking them all would let anybody overload the resolver.',
    side: 'authoritative',
    hint: 'Keep fewer keys and signatures in {zone}.',
    remedies: [signAnew, raiseLimit],
  },
} as const satisfies Record<string, CauseRow>;
