/**
 * The zone that every kind of server serves, and the questions about it with the answers that a sound zone must give.
 */
import type { ServerAddress } from './addresses.ts';

export interface Delegation {
  /** Absolute name with a final dot. */
  zone: string;
  nameservers: readonly ServerAddress[];
  /** DS records as 'tag algorithm digesttype hex'; empty for an insecure delegation. */
  ds: readonly string[];
}

export interface SampleZoneOptions {
  origin: string;
  nameservers: readonly ServerAddress[];
  /** Zones delegated from this one, beside `unsigned.<origin>`, which is always there. */
  delegations?: readonly Delegation[];
}

/** Octets enough to go past 1232 with a few signatures, and to need TCP. */
const BIG_TEXTS = Array.from({ length: 16 }, (_, index) => `${String(index).padStart(3, '0')}${'x'.repeat(197)}`);

/** Absolute name of `label` in `origin`; '@' is the origin itself. */
export function nameIn(origin: string, label: string): string {
  if (label === '@') return origin;
  return origin === '.' ? `${label}.` : `${label}.${origin}`;
}

/** Lines of SOA, NS and the name servers' addresses. */
export function buildApex(origin: string, nameservers: readonly ServerAddress[]): string[] {
  const lines = [
    `${origin} 3600 IN SOA ${nameIn(origin, 'ns1')} ${nameIn(origin, 'hostmaster')} 1 3600 900 1209600 60`,
  ];
  nameservers.forEach(({ ipv4, ipv6 }, index) => {
    const server = nameIn(origin, `ns${index + 1}`);
    lines.push(`${origin} 3600 IN NS ${server}`);
    if (ipv4 !== undefined) lines.push(`${server} 3600 IN A ${ipv4}`);
    if (ipv6 !== undefined) lines.push(`${server} 3600 IN AAAA ${ipv6}`);
  });
  return lines;
}

/** Lines of NS, glue and DS. */
export function buildDelegation({ zone, nameservers, ds }: Delegation): string[] {
  const apex = buildApex(zone, nameservers).slice(1);
  return [...apex, ...ds.map((rdata) => `${zone} 3600 IN DS ${rdata}`)];
}

/** The sample zone as text, unsigned. */
export function buildSampleZone({ origin, nameservers, delegations = [] }: SampleZoneOptions): string {
  const name = (label: string): string => nameIn(origin, label);
  const lines = [
    ...buildApex(origin, nameservers),
    `${name('www')} 3600 IN A 192.0.2.1`,
    `${name('www')} 3600 IN AAAA 2001:db8::1`,
    `${name('mail')} 3600 IN A 192.0.2.25`,
    `${name('@')} 3600 IN MX 10 ${name('mail')}`,
    `${name('alias')} 3600 IN CNAME ${name('www')}`,
    `${name('chain1')} 3600 IN CNAME ${name('chain2')}`,
    `${name('chain2')} 3600 IN CNAME ${name('chain3')}`,
    `${name('chain3')} 3600 IN CNAME ${name('www')}`,
    `${name('dangling')} 3600 IN CNAME ${name('missing')}`,
    `${name('to-unsigned')} 3600 IN CNAME ${name('www.unsigned')}`,
    `${name('leaf.ent')} 3600 IN A 192.0.2.6`,
    `${name('*.wild')} 3600 IN A 192.0.2.7`,
    `${name('*.wild-alias')} 3600 IN CNAME ${name('www')}`,
    `${name('dname')} 3600 IN DNAME ${name('tree')}`,
    `${name('www.tree')} 3600 IN A 192.0.2.8`,
    ...BIG_TEXTS.map((text) => `${name('big')} 3600 IN TXT "${text}"`),
    ...buildDelegation({ zone: name('unsigned'), nameservers, ds: [] }),
    ...delegations.flatMap(buildDelegation),
  ];
  return `${lines.join('\n')}\n`;
}

/** The unsigned child zone `unsigned.<origin>`. */
export function buildUnsignedZone(origin: string, nameservers: readonly ServerAddress[]): string {
  const zone = nameIn(origin, 'unsigned');
  const lines = [
    ...buildApex(zone, nameservers),
    `${nameIn(zone, 'www')} 3600 IN A 192.0.2.9`,
    `${nameIn(zone, 'back')} 3600 IN CNAME ${nameIn(origin, 'www')}`,
  ];
  return `${lines.join('\n')}\n`;
}

export interface Expectation {
  status: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL';
  /** Whether AD must be set; undefined where RFCs leave it open. */
  ad?: boolean;
  /** 'owner TYPE rdata', in any order; undefined where it is not compared. */
  answer?: readonly string[];
  /** Types of the answer's records, where the content is the server's choice. */
  answerTypes?: readonly string[];
  /** One of these codes must be among the Extended DNS Errors. */
  ede?: readonly number[];
}

export interface Question {
  /** What is asked, as a phrase; ends with the RFC section where there is one. */
  name: string;
  qname: string;
  qtype: string;
  want: Expectation;
}

export interface SampleQuestionsOptions {
  /**
   * Opt-out (RFC 5155 section 6): 'skipping' where insecure delegations have no NSEC3 record, 'flagged' where the flag is
   * set although all names have one. 'none' where absent.
   */
  optOut?: 'none' | 'flagged' | 'skipping';
  /** Whether the zone has a signed sample zone below it, named 'child'. */
  hasSignedChild?: boolean;
  /** The server denies names by NODATA with a made-up NSEC at the name itself (RFC 9824). */
  compactDenial?: boolean;
}

/** What a sound sample zone answers. */
export function sampleQuestions(origin: string, options: SampleQuestionsOptions = {}): Question[] {
  const name = (label: string): string => nameIn(origin, label);
  const address = (label: string, ipv4: string): string => `${name(label)} A ${ipv4}`;
  const cname = (label: string, target: string): string => `${name(label)} CNAME ${name(target)}`;
  const secure = (answer: readonly string[] = []): Expectation => ({ status: 'NOERROR', ad: true, answer });
  const insecure = (answer: readonly string[] = []): Expectation => ({ status: 'NOERROR', ad: false, answer });
  // RFC 5155 9.2: a next closer name covered by an opt-out NSEC3 takes AD from the denial.
  const { optOut = 'none' } = options;
  const deniedSecurely = optOut === 'none';
  const nxdomain = (answer: readonly string[] = []): Expectation => ({
    status: options.compactDenial === true ? 'NOERROR' : 'NXDOMAIN',
    ad: deniedSecurely,
    answer,
  });
  const wildcard = (answer: readonly string[]): Expectation =>
    deniedSecurely ? secure(answer) : { status: 'NOERROR', answer };
  const rows: [string, string, string, Expectation][] = [
    ['an address', 'www', 'A', secure([address('www', '192.0.2.1')])],
    ['an IPv6 address', 'www', 'AAAA', secure([`${name('www')} AAAA 2001:db8::1`])],
    ['a record at the apex', '@', 'MX', secure([`${name('@')} MX 10 ${name('mail')}`])],
    ['the DNSKEY set', '@', 'DNSKEY', { status: 'NOERROR', ad: true, answerTypes: ['DNSKEY'] }],
    ['the DS set, from the parent', '@', 'DS', { status: 'NOERROR', ad: true, answerTypes: ['DS'] }],
    ['a type that is not there (RFC 4035 3.1.3.1)', 'www', 'TXT', secure()],
    ['a name that is not there (RFC 4035 3.1.3.2)', 'missing', 'A', nxdomain()],
    ['a deep name that is not there', 'a.b.c.missing', 'A', nxdomain()],
    ['an empty non-terminal (RFC 8020 2)', 'ent', 'A', secure()],
    ['a name below an empty non-terminal', 'leaf.ent', 'A', secure([address('leaf.ent', '192.0.2.6')])],
    ['a missing name below an empty non-terminal', 'other.ent', 'A', nxdomain()],
    ['a wildcard (RFC 4035 3.1.3.3)', 'any.wild', 'A', wildcard([address('any.wild', '192.0.2.7')])],
    ['a wildcard over two labels', 'a.b.wild', 'A', wildcard([address('a.b.wild', '192.0.2.7')])],
    ['the wildcard itself', '*.wild', 'A', secure([address('*.wild', '192.0.2.7')])],
    [
      'a type that the wildcard has not (RFC 4035 3.1.3.4)',
      'any.wild',
      'MX',
      { status: 'NOERROR', ad: deniedSecurely, answer: [] },
    ],
    ['a CNAME', 'alias', 'A', secure([cname('alias', 'www'), address('www', '192.0.2.1')])],
    ['the CNAME itself', 'alias', 'CNAME', secure([cname('alias', 'www')])],
    [
      'a chain of CNAMEs',
      'chain1',
      'AAAA',
      secure([
        cname('chain1', 'chain2'),
        cname('chain2', 'chain3'),
        cname('chain3', 'www'),
        `${name('www')} AAAA 2001:db8::1`,
      ]),
    ],
    ['a CNAME to a type that is not there', 'alias', 'TXT', secure([cname('alias', 'www')])],
    ['a CNAME to a name that is not there', 'dangling', 'A', nxdomain([cname('dangling', 'missing')])],
    [
      'a CNAME from a wildcard',
      'any.wild-alias',
      'A',
      wildcard([cname('any.wild-alias', 'www'), address('www', '192.0.2.1')]),
    ],
    [
      'a name below a DNAME (RFC 6672 5.3)',
      'www.dname',
      'A',
      secure([
        `${name('dname')} DNAME ${name('tree')}`,
        cname('www.dname', 'www.tree'),
        address('www.tree', '192.0.2.8'),
      ]),
    ],
    ['the DNAME itself', 'dname', 'DNAME', secure([`${name('dname')} DNAME ${name('tree')}`])],
    [
      'a name below a DNAME whose target is not there',
      'missing.dname',
      'A',
      nxdomain([`${name('dname')} DNAME ${name('tree')}`, cname('missing.dname', 'missing.tree')]),
    ],
    ['an answer that needs TCP', 'big', 'TXT', secure(BIG_TEXTS.map((text) => `${name('big')} TXT "${text}"`))],
    ['the missing DS of an insecure delegation', 'unsigned', 'DS', { ...secure(), ad: optOut !== 'skipping' }],
    ['a name in an unsigned child', 'www.unsigned', 'A', insecure([address('www.unsigned', '192.0.2.9')])],
    ['a missing name in an unsigned child', 'missing.unsigned', 'A', { status: 'NXDOMAIN', ad: false, answer: [] }],
    [
      'a CNAME into an unsigned child',
      'to-unsigned',
      'A',
      insecure([cname('to-unsigned', 'www.unsigned'), address('www.unsigned', '192.0.2.9')]),
    ],
    [
      'a CNAME out of an unsigned child',
      'back.unsigned',
      'A',
      insecure([cname('back.unsigned', 'www'), address('www', '192.0.2.1')]),
    ],
  ];
  if (options.hasSignedChild === true) {
    rows.push(
      ['the DS set of a signed child', 'child', 'DS', { status: 'NOERROR', ad: true, answerTypes: ['DS'] }],
      ['a name in a signed child', 'www.child', 'A', secure([address('www.child', '192.0.2.1')])],
      ['a missing name in a signed child', 'missing.child', 'A', { status: 'NXDOMAIN', ad: true, answer: [] }],
    );
  }
  return rows.map(([title, label, qtype, want]) => ({ name: title, qname: name(label), qtype, want }));
}

/** A short choice of the above, for zones that differ from others by their algorithm only. */
export function essentialQuestions(origin: string, options: SampleQuestionsOptions = {}): Question[] {
  const kept = new Set(['www A', 'missing A', 'www TXT', 'any.wild A', 'www.dname A', 'www.unsigned A']);
  return sampleQuestions(origin, options).filter(({ qname, qtype }) =>
    kept.has(`${qname.slice(0, -origin.length - 1)} ${qtype}`),
  );
}
