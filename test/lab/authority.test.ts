import { describe, expect, test } from 'vitest';
import { type AnswerOptions, answer } from '../../src/lab/authority.ts';
import { makeKey } from '../../src/lab/keys.ts';
import { signZone } from '../../src/lab/signer.ts';
import { Zone } from '../../src/lab/zone.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { Rcode } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import {
  type HashedNames,
  messageOf,
  type QueryOptions,
  queryOctets,
  recordLine,
  sectionText,
  statusText,
} from '../support/message-text.ts';
import { SAMPLE_APEX, sampleZone } from '../support/sample-zone.ts';

const validity = { inceptionSeconds: 1_767_000_000, expirationSeconds: 1_769_000_000 };
const keys = [makeKey({ algorithm: 15 })];
const plain = sampleZone();
const nsec = signZone(plain, { keys, denial: { kind: 'nsec' }, ...validity }).zone;
const nsec3 = signZone(plain, { keys, denial: { kind: 'nsec3', iterations: 2 }, ...validity }).zone;
const optOut = signZone(plain, { keys, denial: { kind: 'nsec3', optOut: true }, ...validity }).zone;

function ask(zone: Zone, question: string, query: QueryOptions = {}, options: Partial<AnswerOptions> = {}) {
  const octets = answer(new ZoneSet([zone]), queryOctets(question, query), { transport: 'tcp', ...options });
  return messageOf(octets);
}

function full(question: string): string {
  const [name = '', type = ''] = question.split(' ');
  return `${name === '@' ? '' : `${name}.`}example.test. ${type}`;
}

describe('answers of an unsigned zone', () => {
  const aa = 'NOERROR qr aa';
  const soa = ['example.test. SOA'];
  const addresses = ['ns1.example.test. A', 'ns1.example.test. AAAA'];
  const plainGlue = ['ns.plain.example.test. A', 'ns.signed.example.test. A'];
  const rows: {
    name: string;
    ask: string;
    status?: string;
    answer?: string[];
    authority?: string[];
    additional?: string[];
  }[] = [
    { name: 'data', ask: 'www A', answer: ['www.example.test. A'] },
    { name: 'hosts of MX', ask: '@ MX', answer: ['example.test. MX'], additional: ['mail.example.test. A'] },
    { name: 'hosts of NS', ask: '@ NS', answer: ['example.test. NS'], additional: addresses },
    { name: 'NODATA', ask: 'www AAAA', authority: soa },
    { name: 'NXDOMAIN', ask: 'nope A', status: 'NXDOMAIN qr aa', authority: soa },
    { name: 'empty non-terminal', ask: 'ent A', authority: soa },
    { name: 'wildcard', ask: 'x.wild A', answer: ['x.wild.example.test. A'] },
    { name: 'alias', ask: 'alias A', answer: ['alias.example.test. CNAME', 'www.example.test. A'] },
    { name: 'alias that leaves the zone', ask: 'far A', answer: ['far.example.test. CNAME'] },
    {
      name: 'alias to nothing (RFC 6604)',
      ask: 'dangling A',
      status: 'NXDOMAIN qr aa',
      answer: ['dangling.example.test. CNAME'],
      authority: soa,
    },
    { name: 'alias without the type', ask: 'alias MX', answer: ['alias.example.test. CNAME'], authority: soa },
    { name: 'alias loop ends', ask: 'first A', answer: ['first.example.test. CNAME', 'second.example.test. CNAME'] },
    {
      name: 'DNAME (RFC 6672 3.1)',
      ask: 'host.old A',
      answer: ['old.example.test. DNAME', 'host.old.example.test. CNAME', 'host.new.example.test. A'],
    },
    {
      name: 'CNAME asked below a DNAME',
      ask: 'host.old CNAME',
      answer: ['old.example.test. DNAME', 'host.old.example.test. CNAME'],
    },
    {
      name: 'referral with glue',
      ask: 'x.signed A',
      status: 'NOERROR qr',
      authority: ['signed.example.test. NS'],
      additional: ['ns.signed.example.test. A'],
    },
    {
      name: 'referral with sibling glue',
      ask: 'plain A',
      status: 'NOERROR qr',
      authority: ['plain.example.test. NS'],
      additional: plainGlue,
    },
    { name: 'DS at a cut is answered with authority', ask: 'signed DS', answer: ['signed.example.test. DS'] },
    { name: 'no DS at a cut', ask: 'plain DS', authority: soa },
    { name: 'ANY', ask: 'www ANY', answer: ['www.example.test. A', 'www.example.test. TXT'] },
  ];
  for (const row of rows) {
    test(row.name, () => {
      const message = ask(plain, full(row.ask), { dnssecOk: false });
      expect(statusText(message)).toBe(row.status ?? aa);
      expect(sectionText(message.answer)).toEqual(row.answer ?? []);
      expect(sectionText(message.authority)).toEqual(row.authority ?? []);
      expect(sectionText(message.additional)).toEqual(row.additional ?? []);
    });
  }

  test('a name that gets too long under a DNAME is YXDOMAIN (RFC 6672 2.2)', () => {
    const label = 'a'.repeat(63);
    const zone = Zone.fromText(`@ SOA a b 1 2 3 4 5\nd DNAME ${label}.${label}.${label}.`, SAMPLE_APEX);
    const message = ask(zone, `${label}.d.example.test. A`);
    expect(statusText(message)).toBe('YXDOMAIN qr aa');
  });

  test('the SOA of a negative answer has the TTL for negative caching (RFC 2308 3)', () => {
    expect(ask(plain, 'nope.example.test. A').authority[0]?.ttl).toBe(300);
    expect(ask(plain, 'example.test. SOA').answer[0]?.ttl).toBe(3600);
  });

  test('the letter case of the question comes back', () => {
    const message = ask(plain, 'wWw.eXample.TEST. A');
    expect(nameText(message.question.name)).toBe('wWw.eXample.TEST.');
  });
});

describe('DNSSEC records with DO', () => {
  const soa = 'example.test. SOA signed';
  const rows = [
    { name: 'data (RFC 4035 3.1.1)', ask: 'www A', answer: ['www.example.test. A signed'], nsec: [], nsec3: [] },
    {
      name: 'NODATA (RFC 4035 3.1.3.1, RFC 5155 7.2.3)',
      ask: 'www AAAA',
      nsec: [soa, 'www.example.test. NSEC signed'],
      nsec3: [soa, 'H(www.example.test.) NSEC3 signed'],
    },
    {
      name: 'NODATA at an empty non-terminal',
      ask: 'under.ent A',
      nsec: [soa, 'dangling.example.test. NSEC signed'],
      nsec3: [soa, 'H(under.ent.example.test.) NSEC3 signed'],
    },
    {
      name: 'NXDOMAIN (RFC 4035 3.1.3.2)',
      ask: 'nope A',
      nsec: [soa, 'host.new.example.test. NSEC signed', 'example.test. NSEC signed'],
    },
    {
      name: 'NXDOMAIN with one record for both proofs',
      ask: 'aaa A',
      nsec: [soa, 'example.test. NSEC signed'],
    },
    {
      name: 'wildcard answer (RFC 4035 3.1.3.3)',
      ask: 'x.wild A',
      answer: ['x.wild.example.test. A signed'],
      nsec: ['explicit.wild.example.test. NSEC signed'],
    },
    {
      name: 'wildcard NODATA (RFC 4035 3.1.3.4)',
      ask: 'x.wild MX',
      nsec: [soa, 'explicit.wild.example.test. NSEC signed', '*.wild.example.test. NSEC signed'],
    },
    {
      name: 'secure referral (RFC 4035 3.1.4)',
      ask: 'x.signed A',
      nsec: ['signed.example.test. NS', 'signed.example.test. DS signed'],
      nsec3: ['signed.example.test. NS', 'signed.example.test. DS signed'],
    },
    {
      name: 'insecure referral (RFC 4035 3.1.4, RFC 5155 7.2.7)',
      ask: 'x.plain A',
      nsec: ['plain.example.test. NS', 'plain.example.test. NSEC signed'],
      nsec3: ['plain.example.test. NS', 'H(plain.example.test.) NSEC3 signed'],
    },
    {
      name: 'no DS (RFC 5155 7.2.4)',
      ask: 'plain DS',
      nsec: [soa, 'plain.example.test. NSEC signed'],
      nsec3: [soa, 'H(plain.example.test.) NSEC3 signed'],
    },
    {
      name: 'DNAME is signed and its CNAME is not (RFC 6672 5.3.1)',
      ask: 'host.old A',
      answer: ['old.example.test. DNAME signed', 'host.old.example.test. CNAME', 'host.new.example.test. A signed'],
      nsec: [],
      nsec3: [],
    },
  ];
  for (const row of rows) {
    test(`${row.name}, NSEC`, () => {
      const message = ask(nsec, full(row.ask));
      expect(sectionText(message.answer)).toEqual(row.answer ?? []);
      expect(sectionText(message.authority)).toEqual(row.nsec);
    });
    if (row.nsec3 === undefined) continue;
    test(`${row.name}, NSEC3`, () => {
      const message = ask(nsec3, full(row.ask));
      expect(sectionText(message.answer)).toEqual(row.answer ?? []);
      expect(sectionText(message.authority, hashedNames(nsec3))).toEqual(row.nsec3);
    });
  }

  function hashedNames(zone: Zone): HashedNames {
    if (zone.denial.kind !== 'nsec3') throw new Error('no NSEC3 chain');
    return {
      apex: zone.apex,
      parameters: zone.denial.parameters,
      names: zone.sortedNodes().map(({ name }) => name),
    };
  }

  const sized = [
    {
      name: 'NXDOMAIN: closest encloser, next closer, wildcard (RFC 5155 7.2.2)',
      ask: 'a.b.ent A',
      match: 'H(ent.example.test.)',
      most: 3,
    },
    {
      name: 'wildcard NODATA: the same with the wildcard matched (RFC 5155 7.2.5)',
      ask: 'x.wild MX',
      match: 'H(*.wild.example.test.)',
      most: 3,
    },
    { name: 'wildcard answer: next closer only (RFC 5155 7.2.6)', ask: 'x.wild A', match: '', most: 1 },
  ];
  for (const { name, ask: question, match, most } of sized) {
    test(name, () => {
      const lines = sectionText(ask(nsec3, full(question)).authority, hashedNames(nsec3));
      const proofs = lines.filter((line) => line.endsWith('NSEC3 signed'));
      expect(proofs.length).toBeGreaterThan(0);
      expect(proofs.length).toBeLessThanOrEqual(most);
      expect(lines.some((line) => line.startsWith(match))).toBe(true);
    });
  }

  for (const question of ['x.plain A', 'plain DS', 'lone.between DS', 'between A']) {
    test(`Opt-Out: ${question} is proved by the closest provable encloser (RFC 5155 7.2.4)`, () => {
      const lines = sectionText(ask(optOut, full(question)).authority, hashedNames(optOut));
      expect(lines).toContain('H(example.test.) NSEC3 signed');
      expect(lines.filter((line) => line.includes(' NSEC3 ')).length).toBeLessThanOrEqual(2);
    });
  }

  test('Opt-Out: NXDOMAIN below a name without a record takes the wildcard of the provable encloser', () => {
    const lines = sectionText(ask(optOut, full('www.between A')).authority, hashedNames(optOut));
    expect(lines).toContain('H(example.test.) NSEC3 signed');
    expect(lines.filter((line) => line.includes(' NSEC3 ')).length).toBeLessThanOrEqual(3);
  });

  test('without DO there are no DNSSEC records', () => {
    const message = ask(nsec, full('nope A'), { dnssecOk: false });
    expect(sectionText(message.authority)).toEqual(['example.test. SOA']);
    expect(sectionText(ask(nsec, full('www ANY'), { edns: false }).answer)).toEqual([
      'www.example.test. A',
      'www.example.test. TXT',
    ]);
  });

  test('RRSIG and NSEC may be asked for', () => {
    expect(ask(nsec, full('www RRSIG')).answer.length).toBe(3);
    expect(sectionText(ask(nsec, full('www NSEC'), { dnssecOk: false }).answer)).toEqual(['www.example.test. NSEC']);
  });
});

describe('denial made for each reply', () => {
  const narrow = signZone(plain, { keys, denial: { kind: 'nsec3', isNarrow: true }, ...validity }).zone;
  const compact = signZone(plain, { keys, denial: { kind: 'compact' }, ...validity }).zone;
  const soa = 'example.test. SOA signed';

  test('narrow NSEC3 shows no name but those asked for (RFC 7129 appendix B)', () => {
    const lines = sectionText(ask(narrow, full('nope A')).authority);
    expect(lines.filter((line) => line.endsWith(' NSEC3 signed')).length).toBe(3);
    expect(sectionText(ask(narrow, full('x.plain A')).authority)[1]).toMatch(/NSEC3 signed$/);
  });

  const rows = [
    { name: 'no such name is NOERROR', ask: 'nope A', authority: [soa, 'nope.example.test. NSEC signed'] },
    { name: 'no data', ask: 'www MX', authority: [soa, 'www.example.test. NSEC signed'] },
    { name: 'a wildcard is signed under the name asked for', ask: 'x.wild A', authority: [] },
    { name: 'an insecure delegation', ask: 'plain DS', authority: [soa, 'plain.example.test. NSEC signed'] },
  ];
  for (const row of rows) {
    test(`compact: ${row.name} (RFC 9824 3)`, () => {
      const message = ask(compact, full(row.ask));
      expect(statusText(message)).toBe('NOERROR qr aa');
      expect(sectionText(message.authority)).toEqual(row.authority);
    });
  }

  test('without DO compact denial says NXDOMAIN as ever', () => {
    expect(statusText(ask(compact, full('nope A'), { dnssecOk: false }))).toBe('NXDOMAIN qr aa');
  });
});

describe('parent and child on one server', () => {
  const child = Zone.fromText('@ SOA ns b 1 2 3 4 5\n@ NS ns\nns A 192.0.2.11\n', nameOf('signed.example.test.'));
  const zones = new ZoneSet([plain, child]);
  const askBoth = (question: string) => messageOf(answer(zones, queryOctets(question), { transport: 'udp' }));

  test('the parent answers DS (RFC 4035 3.1.4.1)', () => {
    expect(sectionText(askBoth('signed.example.test. DS').answer)).toEqual(['signed.example.test. DS']);
  });

  test('the child answers the rest', () => {
    expect(statusText(askBoth('ns.signed.example.test. A'))).toBe('NOERROR qr aa');
  });

  test('a server without the parent denies DS from the child', () => {
    const message = messageOf(
      answer(new ZoneSet([child]), queryOctets('signed.example.test. DS'), { transport: 'udp' }),
    );
    expect(statusText(message)).toBe('NOERROR qr aa');
    expect(sectionText(message.authority)).toEqual(['signed.example.test. SOA']);
  });
});

describe('the message around it', () => {
  const zones = new ZoneSet([nsec]);
  const rows = [
    { name: 'outside the zones', question: 'other.test. A', query: {}, want: 'REFUSED qr' },
    { name: 'another class', question: 'example.test. A', query: { rrclass: 3 }, want: 'REFUSED qr' },
    { name: 'zone transfer', question: 'example.test. AXFR', query: {}, want: 'REFUSED qr' },
    { name: 'NOTIFY', question: 'example.test. SOA', query: { flags: 0x2000 }, want: 'NOTIMP qr' },
    {
      name: 'RD and CD come back, AD does not',
      question: 'example.test. SOA',
      query: { flags: 0x0130 },
      want: 'NOERROR qr aa rd cd',
    },
    {
      name: 'EDNS version 1 (RFC 6891 6.1.3)',
      question: 'example.test. SOA',
      query: { ednsVersion: 1 },
      want: 'BADVERS qr',
    },
    { name: 'a meta-type', question: 'example.test. OPT', query: {}, want: 'FORMERR qr' },
  ];
  for (const { name, question, query, want } of rows) {
    test(`${name}: ${want}`, () => {
      const message = messageOf(answer(zones, queryOctets(question, query), { transport: 'udp' }));
      expect(statusText(message)).toBe(want);
      expect(message.header.id).toBe(4711);
    });
  }

  test('a reply gets no reply, nor do octets without a header', () => {
    expect(answer(zones, queryOctets('example.test. A', { flags: 0x8000 }), { transport: 'udp' })).toBeUndefined();
    expect(answer(zones, new Uint8Array(11), { transport: 'udp' })).toBeUndefined();
  });

  test('what cannot be read is FORMERR', () => {
    const octets = answer(zones, queryOctets('example.test. A').slice(0, -3), { transport: 'udp' });
    expect((octets?.[3] ?? 0) & 0xf).toBe(Rcode.FORMERR);
  });

  const sizes = [
    { name: 'plain UDP holds 512 octets', query: { edns: false }, transport: 'udp', truncated: true },
    {
      name: 'the client asks for less than there is',
      query: { udpSize: 1000, dnssecOk: false },
      transport: 'udp',
      truncated: true,
    },
    { name: 'the server has its own limit', query: { udpSize: 65535 }, transport: 'udp', truncated: true, server: 600 },
    { name: 'the limit of 1232 octets', query: { udpSize: 65535 }, transport: 'udp', truncated: true },
    { name: 'TCP holds everything', query: { edns: false }, transport: 'tcp', truncated: false },
  ] as const;
  for (const row of sizes) {
    test(`${row.name}: ${row.truncated ? 'TC' : 'whole'}`, () => {
      const size = 'server' in row ? { maxUdpOctets: row.server } : {};
      const octets = answer(zones, queryOctets('big.example.test. TXT', row.query), {
        transport: row.transport,
        ...size,
      });
      const message = messageOf(octets);
      expect(statusText(message).includes('tc')).toBe(row.truncated);
      expect(message.answer.length).toBe(row.truncated ? 0 : 1);
      expect(message.edns !== undefined).toBe(!('edns' in row.query));
    });
  }

  test('EDNS that is ignored or refused', () => {
    const query = queryOctets('www.example.test. A');
    const ignoring = messageOf(answer(zones, query, { transport: 'udp', edns: 'ignored' }));
    expect(ignoring.edns).toBeUndefined();
    expect(sectionText(ignoring.answer)).toEqual(['www.example.test. A']);
    expect(statusText(messageOf(answer(zones, query, { transport: 'udp', edns: 'formerr' })))).toBe('FORMERR qr');
  });

  test('content can be rewritten before it is sent', () => {
    const octets = answer(zones, queryOctets('nope.example.test. A'), {
      transport: 'udp',
      rewrite: (content) => ({ ...content, authority: content.authority.slice(0, 1) }),
    });
    expect(sectionText(messageOf(octets).authority)).toEqual(['example.test. SOA signed']);
  });

  test('records are those of the zone', () => {
    const message = messageOf(
      answer(zones, queryOctets('www.example.test. A', { dnssecOk: false }), { transport: 'udp' }),
    );
    expect(message.answer.map(recordLine)).toEqual(['www.example.test. A 192.0.2.3', 'www.example.test. A 192.0.2.4']);
  });
});
