// The words of DNSSEC that explanations cannot do without, each in one sentence for somebody who knows DNS.

export interface Word {
  readonly word: string;
  readonly meaning: string;
}

/** In the order in which one leads to the other. */
export const words: readonly Word[] = [
  {
    word: 'trust anchor',
    meaning: 'a key, or its digest, that this resolver is configured to believe: the chain begins there',
  },
  { word: 'negative trust anchor', meaning: 'a setting of this resolver: do not validate this zone' },
  { word: 'DNSKEY', meaning: 'a public key that a zone publishes at its apex' },
  { word: 'key tag', meaning: 'a short number that tells the keys of a zone apart' },
  { word: 'key-signing', meaning: 'a key that signs the keys of its zone; the DS names it' },
  { word: 'zone-signing', meaning: 'a key that signs all other records of its zone' },
  {
    word: 'DS',
    meaning: 'the digest (fingerprint) of a key of the zone below, published and signed by the zone above',
  },
  { word: 'digest', meaning: 'a checksum that cannot be forged' },
  { word: 'RRSIG', meaning: 'the signature over one set of records, with the dates between which it holds' },
  { word: 'NSEC', meaning: 'a signed record that says: between this name and that one there is nothing' },
  { word: 'NSEC3', meaning: 'as NSEC, with hashes in the place of names' },
  { word: 'opt-out', meaning: 'a mark in NSEC3 records: zones that are not signed may be left out' },
  { word: 'glue', meaning: 'the address of a name server, given by the zone above' },
  { word: 'AD', meaning: 'authentic data: the mark of an answer that was proved' },
  { word: 'EDE', meaning: 'extended DNS error: why an answer failed, told to the client' },
];

/** Those that a text uses as words of their own. */
export function wordsIn(text: string): Word[] {
  return words.filter(({ word }) =>
    new RegExp(`(?<![\\w.-])${word}s?(?![\\w-])`, /[A-Z]/.test(word) ? '' : 'i').test(text),
  );
}
