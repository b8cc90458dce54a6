// What a reply may bring for the question that was asked: the rules S-1 to S-13 of SECURITY A-05.
import { describe, expect, test } from 'vitest';
import { DEFAULT_ITERATION_LIMITS } from '../../src/iterator/limits.ts';
import { type Asked, nameServersWithGlue, scrub } from '../../src/iterator/scrub.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { groupIntoRRsets } from '../../src/wire/record.ts';
import { askedFor, type ReplyText, recordsOf, replyTo, setLines } from './reply-text.ts';

const sig = (type: string, signer: string, tag = 1) =>
  `RRSIG ${type} 13 3 300 20260201000000 20260101000000 ${tag} ${signer} AAAA`;
const many = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');

describe('scrub', () => {
  const rows: readonly {
    name: string;
    reply: ReplyText;
    question?: string;
    answer?: readonly string[];
    authority?: readonly string[];
  }[] = [
    { name: 'the answer stays', reply: { answer: 'www.a.test. A 192.0.2.1' }, answer: ['www.a.test. A*1'] },
    { name: 'S-1: class CH goes', reply: { answer: 'www.a.test. CH TXT x' } },
    { name: 'S-1: RRSIG over RRSIG goes', reply: { answer: `www.a.test. ${sig('RRSIG', 'a.test.')}` } },
    { name: 'S-1: RRSIG over SIG goes', reply: { answer: `www.a.test. ${sig('SIG', 'a.test.')}` } },
    { name: 'S-2: another zone goes', reply: { answer: 'www.b.test. A 192.0.2.1', authority: 'b.test. NS x.' } },
    { name: 'S-2: the parent goes', reply: { answer: 'test. DNAME x.', authority: 'test. NS x.\n. NS x.' } },
    { name: 'S-2: an owner that only ends alike goes', reply: { answer: 'xa.test. A 192.0.2.1' } },
    {
      name: 'S-6: only what belongs into the authority section stays there',
      reply: {
        authority:
          'a.test. A 192.0.2.1\na.test. MX 1 a.test.\na.test. TXT x\na.test. NS x.\na.test. SOA x. y. 1 2 3 4 5\na.test. NSEC b.a.test. A',
      },
      authority: ['a.test. NS*1', 'a.test. SOA*1', 'a.test. NSEC*1'],
    },
    {
      name: 'S-11: a signature by a zone that is not above goes',
      reply: { answer: `www.a.test. A 192.0.2.1\nwww.a.test. ${sig('A', 'b.test.')}` },
      answer: ['www.a.test. A*1'],
    },
    {
      name: 'S-11: one by a zone above stays',
      reply: { answer: `www.a.test. A 192.0.2.1\nwww.a.test. ${sig('A', 'test.')}` },
      answer: ['www.a.test. A*1 signed*1'],
    },
    {
      name: 'S-11: NSEC whose next name is not its signer’s goes',
      reply: { authority: `a.test. NSEC b.test. A\na.test. ${sig('NSEC', 'a.test.')}` },
      authority: [],
    },
    {
      name: 'S-11: NSEC that ends at the apex stays',
      reply: { authority: `z.a.test. NSEC a.test. A\nz.a.test. ${sig('NSEC', 'a.test.')}` },
      authority: ['z.a.test. NSEC*1 signed*1'],
    },
    {
      name: 'S-13: duplicates are one',
      reply: { answer: 'www.a.test. A 192.0.2.1\nWWW.a.test. A 192.0.2.1' },
      answer: ['www.a.test. A*1'],
    },
    {
      name: 'more than 8 signatures over one set are cut',
      reply: { answer: `www.a.test. A 192.0.2.1\n${many(20, (index) => `www.a.test. ${sig('A', 'a.test.', index)}`)}` },
      answer: ['www.a.test. A*1 signed*8'],
    },
    {
      name: 'an RRset of more than 256 records goes',
      reply: { answer: many(257, (index) => `www.a.test. TXT "${index}"`) },
      question: 'www.a.test. TXT',
    },
    {
      name: 'one of 256 stays',
      reply: { answer: many(256, (index) => `www.a.test. TXT "${index}"`) },
      question: 'www.a.test. TXT',
      answer: ['www.a.test. TXT*256'],
    },
    {
      name: 'of two unsigned CNAMEs at a name the first stays (RFC 2181 10.1)',
      reply: { answer: 'www.a.test. CNAME x.a.test.\nwww.a.test. CNAME y.a.test.' },
      answer: ['www.a.test. CNAME*1'],
    },
    {
      name: 'signed ones stay as they are: the signature is over both',
      reply: { answer: `www.a.test. CNAME x.\nwww.a.test. CNAME y.\nwww.a.test. ${sig('CNAME', 'a.test.')}` },
      answer: ['www.a.test. CNAME*2 signed*1'],
    },
    {
      name: 'signatures in another section are found',
      reply: { answer: 'www.a.test. A 192.0.2.1', additional: `www.a.test. ${sig('A', 'a.test.')}` },
      answer: ['www.a.test. A*1 signed*1'],
    },
  ];
  for (const { name, reply, question = 'www.a.test. A', answer = [], authority = [] } of rows) {
    test(name, () => {
      const sections = scrub(replyTo(question, reply), askedFor(question, 'a.test.'));
      expect(setLines(sections.answerSets)).toEqual(answer);
      expect(setLines(sections.authority)).toEqual(authority);
    });
  }

  for (const type of [0, RRType.OPT, RRType.NXNAME, 249, 250, 251, 252, RRType.ANY]) {
    test(`S-1: meta-type ${type} goes`, () => {
      const message = replyTo('www.a.test. A', { answer: 'www.a.test. TXT x' });
      const answer = message.answer.map((record) => ({ ...record, type }));
      expect(scrub({ ...message, answer }, askedFor('www.a.test. ANY', 'a.test.')).answerSets).toEqual([]);
    });
  }

  test('S-13: the TTL of a set is that of its least', () => {
    const message = replyTo('www.a.test. A', { answer: 'www.a.test. 100 A 192.0.2.1\nwww.a.test. 50 A 192.0.2.2' });
    expect(scrub(message, askedFor('www.a.test. A', 'a.test.')).answerSets[0]?.ttl).toBe(50);
  });
});

describe('name servers and their glue', () => {
  const rows: readonly {
    name: string;
    ns: string;
    additional: string;
    zone?: string;
    want: readonly string[];
    asked?: Partial<Asked>;
  }[] = [
    {
      name: 'S-10: glue of the NS names stays',
      ns: 'b.a.test. NS ns.b.a.test.',
      additional: 'ns.b.a.test. A 192.0.2.1\nns.b.a.test. AAAA 2001:db8::1',
      want: ['ns.b.a.test. 192.0.2.1 2001:db8::1'],
    },
    {
      name: 'S-10: other names’ addresses go',
      ns: 'b.a.test. NS ns.b.a.test.',
      additional: 'www.a.test. A 192.0.2.1\nns2.b.a.test. A 192.0.2.2',
      want: ['ns.b.a.test.'],
    },
    {
      name: 'S-10: glue outside the zone asked goes',
      ns: 'b.a.test. NS ns.c.test.',
      additional: 'ns.c.test. A 192.0.2.1',
      want: ['ns.c.test.'],
    },
    {
      name: 'S-10: unless all glue is trusted (harden-glue)',
      ns: 'b.a.test. NS ns.c.test.',
      additional: 'ns.c.test. A 192.0.2.1\nns.d.test. A 192.0.2.2',
      asked: { trustsForeignGlue: true },
      want: ['ns.c.test. 192.0.2.1'],
    },
    {
      name: 'addresses that nobody is to be told of are not asked',
      ns: 'b.a.test. NS ns.b.a.test.',
      additional: 'ns.b.a.test. A 10.0.0.1\nns.b.a.test. A 192.0.2.1',
      asked: { mayAnswer: (_name, octets) => octets[0] !== 10 },
      want: ['ns.b.a.test. 192.0.2.1'],
    },
    {
      name: 'S-10: glue of a sibling zone below the zone asked stays',
      ns: 'b.a.test. NS ns.c.a.test.',
      additional: 'ns.c.a.test. A 192.0.2.1',
      want: ['ns.c.a.test. 192.0.2.1'],
    },
    {
      name: 'S-12: addresses that may not be asked go',
      ns: 'b.a.test. NS ns.b.a.test.',
      additional: 'ns.b.a.test. A 127.0.0.1\nns.b.a.test. A 192.0.2.1',
      asked: { mayAsk: (octets) => octets[0] !== 127 },
      want: ['ns.b.a.test. 192.0.2.1'],
    },
    {
      name: 'A-24: each address once',
      ns: 'b.a.test. NS ns1.b.a.test.\nb.a.test. NS ns2.b.a.test.',
      additional: 'ns1.b.a.test. A 192.0.2.1\nns2.b.a.test. A 192.0.2.1\nns2.b.a.test. A 192.0.2.2',
      want: ['ns1.b.a.test. 192.0.2.1', 'ns2.b.a.test. 192.0.2.2'],
    },
    {
      name: 'four addresses of a family for one name',
      ns: 'b.a.test. NS ns.b.a.test.',
      additional: `${many(9, (index) => `ns.b.a.test. A 192.0.2.${index}`)}`,
      want: ['ns.b.a.test. 192.0.2.0 192.0.2.1 192.0.2.2 192.0.2.3'],
    },
    {
      name: 'class CH is no glue',
      ns: 'b.a.test. NS ns.b.a.test.',
      additional: 'ns.b.a.test. CH TYPE1 \\# 4 C0000201',
      want: ['ns.b.a.test.'],
    },
  ];
  for (const { name, ns, additional, asked: changes, want } of rows) {
    test(name, () => {
      const asked = askedFor('www.b.a.test. A', 'a.test.', changes);
      const [nsSet] = groupIntoRRsets(recordsOf(ns));
      if (nsSet === undefined) throw new Error('no NS set');
      const { servers } = nameServersWithGlue(nsSet, replyTo('www.b.a.test. A', { additional }), asked);
      expect(
        servers.map((server) => [nameText(server.name), ...server.glue.map(({ address }) => address)].join(' ')),
      ).toEqual(want);
    });
  }

  test('of 200 names 13 are kept, others each time', () => {
    const [nsSet] = groupIntoRRsets(recordsOf(many(200, (index) => `b.a.test. NS ns${index}.b.a.test.`)));
    if (nsSet === undefined) throw new Error('no NS set');
    const asked = askedFor('www.b.a.test. A', 'a.test.');
    const draw = () =>
      nameServersWithGlue(nsSet, replyTo('www.b.a.test. A', {}), asked).servers.map(({ name }) => nameText(name));
    expect(draw().length).toBe(DEFAULT_ITERATION_LIMITS.maxNameServers);
    expect(draw()).not.toEqual(draw());
  });

  test('at most 26 addresses in all', () => {
    const names = Array.from({ length: 13 }, (_, index) => `ns${index}.b.a.test.`);
    const [nsSet] = groupIntoRRsets(recordsOf(names.map((name) => `b.a.test. NS ${name}`).join('\n')));
    if (nsSet === undefined) throw new Error('no NS set');
    const additional = names
      .flatMap((name, index) => [1, 2, 3, 4].map((host) => `${name} A 192.0.${index}.${host}`))
      .join('\n');
    const { servers } = nameServersWithGlue(
      nsSet,
      replyTo('x. A', { additional }),
      askedFor('x.b.a.test. A', 'a.test.'),
    );
    expect(servers.reduce((sum, { glue }) => sum + glue.length, 0)).toBe(DEFAULT_ITERATION_LIMITS.maxAddresses);
  });

  test('short-lived glue shortens the delegation, though not below the least life', () => {
    const [nsSet] = groupIntoRRsets(recordsOf('b.a.test. 3600 NS ns.b.a.test.'));
    if (nsSet === undefined) throw new Error('no NS set');
    const ttlWith = (ttl: number) =>
      nameServersWithGlue(
        nsSet,
        replyTo('x. A', { additional: `ns.b.a.test. ${ttl} A 192.0.2.1` }),
        askedFor('x.b.a.test. A', 'a.test.'),
      ).ttl;
    expect([ttlWith(7200), ttlWith(600), ttlWith(5)]).toEqual([3600, 600, 60]);
  });
});
