/** What both resolvers are asked. */

/** The bits that a query can set, as dig has them; dig itself would set AD. */
export const FLAGS = {
  plain: ['+noadflag'],
  AD: ['+adflag'],
  DO: ['+noadflag', '+dnssec'],
  CD: ['+noadflag', '+cdflag'],
  'DO and CD': ['+noadflag', '+dnssec', '+cdflag'],
  'no RD': ['+noadflag', '+norecurse'],
} as const;

export type Flags = keyof typeof FLAGS;
export const FLAG_NAMES = ['plain', 'AD', 'DO', 'CD', 'DO and CD', 'no RD'] as const satisfies readonly Flags[];

const questionsIn = (zone: string, ...questions: readonly string[]): string[] =>
  questions.map((question) => {
    const [label = '', ...type] = question.split(' ');
    return [label === '@' ? zone : `${label}.${zone}`, ...type].join(' ');
  });

/** In the order in which they are asked: what one leaves in a cache is there for the next. */
export const QUESTIONS: readonly string[] = [
  // Sound, with NSEC.
  ...questionsIn('secure.lab', 'www A', 'www AAAA', '@ MX', '@ SOA', '@ NS', 'www TXT', 'missing A', 'a.b.missing A'),
  ...questionsIn('secure.lab', 'ent A', 'leaf.ent A', 'any.wild A', 'a.b.wild A', '*.wild A', 'any.wild MX'),
  ...questionsIn('secure.lab', 'alias A', 'alias CNAME', 'chain1 AAAA', 'alias TXT', 'dangling A', 'any.wild-alias A'),
  ...questionsIn('secure.lab', 'www.dname A', 'dname DNAME', 'missing.dname A', 'to-unsigned A', 'www.unsigned A'),
  ...questionsIn('secure.lab', 'missing.unsigned A', 'back.unsigned A', 'unsigned DS', '@ DS', '@ DNSKEY', 'wWw A'),
  ...questionsIn('secure.lab', 'big TXT', 'WWW.Alias A', 'www NSEC', 'www RRSIG', 'www ANY'),
  // From a sound zone to another one.
  ...questionsIn('secure.lab', 'to-nsec3 A', 'to-signed A', 'to-bogus A', 'to-home A', 'to-static A', 'to-denied A'),
  ...questionsIn('secure.lab', 'loop1 A'),
  // Sound, with NSEC3, also with opt-out.
  ...questionsIn('nsec3.lab', 'www A', 'www TXT', 'missing A', 'ent A', 'any.wild A', 'any.wild MX', 'www.unsigned A'),
  ...questionsIn('nsec3.lab', 'www.dname A', 'dangling A', 'unsigned DS'),
  ...questionsIn('optout.lab', 'www A', 'missing A', 'www TXT', 'any.wild A', 'www.unsigned A', 'unsigned DS'),
  // Insecure, for three reasons.
  ...questionsIn('signed.lab', 'www A', 'missing A', 'www TXT', '@ DS', '@ DNSKEY'),
  ...questionsIn('unknownalgorithm.lab', 'www A', 'missing A'),
  ...questionsIn('iterations.lab', 'www A', 'missing A', 'www TXT'),
  // Bogus, each in its way.
  ...questionsIn('wrongds.lab', 'www A', 'missing A', 'www TXT', '@ DNSKEY', '@ DS', 'www.unsigned A'),
  ...questionsIn('otheralgorithm.lab', 'www A'),
  ...questionsIn('expired.lab', 'www A', 'missing A'),
  ...questionsIn('future.lab', 'www A', 'missing A'),
  ...questionsIn('unsignedaddress.lab', 'www A', 'mail A', 'alias A'),
  ...questionsIn('corrupt.lab', 'www A', 'any.wild A', 'www AAAA'),
  ...questionsIn('nodenial.lab', 'missing A', 'www TXT', 'www A', 'any.wild A'),
  // Trust anchors, positive and negative.
  ...questionsIn('rollover.lab', 'www A', 'missing A', '@ DS', '@ DNSKEY'),
  ...questionsIn('wronganchor.lab', 'www A', 'missing A', '@ DS'),
  ...questionsIn('unusableanchor.lab', 'www A', 'missing A'),
  ...questionsIn('nta.lab', 'www A', 'missing A', 'www TXT', '@ DNSKEY', '@ DS'),
  ...questionsIn('island.nta.lab', 'www A', 'missing A', '@ DNSKEY', '@ DS'),
  // Forward zones.
  ...questionsIn('home.arpa', 'www A', 'missing A', 'www TXT', 'any.wild A', '@ DS', '@ DNSKEY', 'www.unsigned A'),
  ...questionsIn('february.local', 'www A', 'missing A', '@ SOA', '@ DS'),
  ...questionsIn('march.local', 'www A', 'missing A'),
  ...questionsIn('april.local', 'www A', 'missing A'),
  ...questionsIn('lan', 'www A', 'missing A', 'www TXT', 'alias A'),
  ...questionsIn('corp', 'www A', 'missing A'),
  // What the resolver knows by itself.
  ...questionsIn('static.lab', 'www A', 'WWW A', 'alias A', 'away A', 'missing A', 'www TXT', 'any.wild A', 'deep A'),
  ...questionsIn('static.lab', '@ SOA', '@ NS', '@ DS'),
  ...questionsIn('hosts.lab', 'printer A', 'printer AAAA', 'scanner AAAA', '@ A'),
  'printer A',
  '77.2.0.192.in-addr.arpa PTR',
  'localhost A',
  'localhost AAAA',
  'localhost MX',
  'sub.localhost A',
  '1.0.0.127.in-addr.arpa PTR',
  '5.0.0.127.in-addr.arpa PTR',
  '1.0.10.in-addr.arpa PTR',
  '10.in-addr.arpa SOA',
  '1.1.168.192.in-addr.arpa PTR',
  '1.16.172.in-addr.arpa PTR',
  'version.bind CH TXT',
  'version.pdns CH TXT',
  'id.server CH TXT',
  'trustanchor.server CH TXT',
  'negativetrustanchor.server CH TXT',
  'hostname.bind CH TXT',
  'www.secure.lab CH A',
  // The top of the tree.
  '. SOA',
  '. NS',
  '. DNSKEY',
  '. DS',
  'lab DS',
  'lab DNSKEY',
  'missing. A',
  'missing.lab A',
  // Servers that may not be asked.
  'www.forbidden.lab A',
];
