/** What of two replies is compared, as lines of text that can be put side by side. */
import type { DigReply } from '../support/dig.ts';

export interface ComparedReply {
  rcode: string;
  /** aa, tc, rd, ra, ad and cd, those that are set. */
  flags: string;
  /** Records of the answer with RRSIGs, without TTL; in lower case, since names may come in the case of an earlier question. */
  answer: readonly string[];
  /** For replies without an answer to the question: SOA, and with DO the proofs, without signatures' bits. */
  authority: readonly string[];
  /** Codes of the Extended DNS Errors. */
  extendedErrors: readonly number[];
}

const FLAGS = ['aa', 'tc', 'rd', 'ra', 'ad', 'cd'];
/** Type covered, algorithm, labels, original TTL, expiration, inception, key tag and signer; then the signature's bits. */
const RRSIG_FIELDS = 8;

export function comparedReply(reply: DigReply): ComparedReply {
  const { answer, authority } = readSections(reply.text);
  return {
    rcode: reply.status,
    flags: FLAGS.filter((flag) => reply.flags.includes(flag)).join(' '),
    answer,
    authority,
    extendedErrors: reply.extendedErrors.map(({ code }) => code),
  };
}

/** dig's lines 'owner TTL class type rdata', by section. */
function readSections(text: string): { answer: string[]; authority: string[] } {
  const sections: Record<string, string[]> = {};
  let current: string[] = [];
  for (const line of text.split('\n')) {
    const heading = /^;; (\w+) (?:PSEUDO)?SECTION:/.exec(line)?.[1];
    if (heading !== undefined) {
      current = [];
      sections[heading] = current;
    }
    if (line === '' || line.startsWith(';')) continue;
    const [owner = '', , recordClass = '', type = '', ...rdata] = line.split(/\s+/);
    const isSignature = type === 'RRSIG';
    // Signatures with ECDSA differ each time they are made.
    const compared = isSignature ? rdata.slice(0, RRSIG_FIELDS) : rdata;
    current.push([owner, recordClass, type, ...compared].join(' ').toLowerCase());
  }
  return { answer: (sections['ANSWER'] ?? []).sort(), authority: (sections['AUTHORITY'] ?? []).sort() };
}

export const ASPECTS = ['rcode', 'flags', 'answer', 'authority', 'extendedErrors'] as const;
export type Aspect = (typeof ASPECTS)[number];

/** The aspects in which kedge's reply differs. */
export function findDifferences(ours: ComparedReply, theirs: ComparedReply): Aspect[] {
  return ASPECTS.filter((aspect) =>
    aspect === 'extendedErrors'
      ? // kedge may say more: the codes of the other must be among ours.
        !theirs.extendedErrors.every((code) => ours.extendedErrors.includes(code))
      : JSON.stringify(ours[aspect]) !== JSON.stringify(theirs[aspect]),
  );
}
