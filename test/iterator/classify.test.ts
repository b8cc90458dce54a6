// What a reply is: an answer, a denial, a referral, lame, or nothing of use (RFC 1034 5.3.3, RFC 2308 2, SECURITY 5.1).
import { describe, expect, test } from 'vitest';
import { type Classified, classify } from '../../src/iterator/classify.ts';
import { DEFAULT_ITERATION_LIMITS } from '../../src/iterator/limits.ts';
import type { Asked } from '../../src/iterator/scrub.ts';
import { Rcode } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { askedFor, type ReplyText, replyTo, setLines } from './reply-text.ts';

/** `response answer: cname www.a.test., rrsets x.a.test.` */
function describeClassified(classified: Classified): string {
  switch (classified.kind) {
    case 'response':
    case 'empty':
    case 'recursion-lame': {
      const { conclusion, steps, lastName } = classified.response;
      const texts = steps.map((step) => {
        const sets = step.kind === 'rrsets' ? step.rrsets : [step.rrset];
        return `${step.kind} ${setLines(sets).join(' ')}`;
      });
      return [`${classified.kind} ${conclusion} of ${nameText(lastName)}`, ...texts].join(', ');
    }
    case 'referral':
      return `referral to ${nameText(classified.referral.zone)}, ${setLines(classified.referral.securityMaterial).join(' ')}`;
    case 'lame':
      return `lame: ${classified.why}`;
    case 'error':
      return `error ${classified.rcode}`;
  }
}

const soa = 'a.test. SOA ns.a.test. x.a.test. 1 2 3 4 5';
const long = 'x'.repeat(60);

describe('classify', () => {
  const rows: readonly {
    name: string;
    ask?: string;
    zone?: string;
    reply: ReplyText;
    want: string;
    asked?: Partial<Asked>;
  }[] = [
    {
      name: 'an answer',
      reply: { answer: 'www.a.test. A 192.0.2.1' },
      want: 'response answer of www.a.test., rrsets www.a.test. A*1',
    },
    {
      name: 'in another letter case',
      reply: { answer: 'WWW.A.TEST. A 192.0.2.1' },
      want: 'response answer of www.a.test., rrsets WWW.A.TEST. A*1',
    },
    {
      name: 'an answer beside a wrong name',
      reply: { answer: 'www.a.test. A 192.0.2.1\nother.a.test. A 192.0.2.2' },
      want: 'response answer of www.a.test., rrsets www.a.test. A*1',
    },
    { name: 'a wrong name only', reply: { answer: 'other.a.test. A 192.0.2.2' }, want: 'empty nodata of www.a.test.' },
    {
      name: 'a wrong type only',
      reply: { answer: 'www.a.test. AAAA 2001:db8::1' },
      want: 'empty nodata of www.a.test.',
    },
    { name: 'NODATA', reply: { authority: soa }, want: 'response nodata of www.a.test.' },
    {
      name: 'NODATA without SOA, with NSEC',
      reply: { authority: 'www.a.test. NSEC x.a.test. MX' },
      want: 'response nodata of www.a.test.',
    },
    { name: 'NXDOMAIN', reply: { authority: soa, rcode: Rcode.NXDOMAIN }, want: 'response nxdomain of www.a.test.' },
    { name: 'NXDOMAIN without SOA', reply: { rcode: Rcode.NXDOMAIN }, want: 'response nxdomain of www.a.test.' },
    {
      name: 'S-5: NXDOMAIN with the data: they go',
      reply: { answer: 'www.a.test. A 192.0.2.1', authority: soa, rcode: Rcode.NXDOMAIN },
      want: 'response nxdomain of www.a.test.',
    },
    {
      name: 'NXDOMAIN behind an alias',
      reply: { answer: 'www.a.test. CNAME x.a.test.', authority: soa, rcode: Rcode.NXDOMAIN },
      want: 'response nxdomain of x.a.test., cname www.a.test. CNAME*1',
    },
    {
      name: 'NODATA behind an alias',
      reply: { answer: 'www.a.test. CNAME x.a.test.', authority: soa },
      want: 'response nodata of x.a.test., cname www.a.test. CNAME*1',
    },
    {
      name: 'an alias chain in the zone',
      reply: { answer: 'www.a.test. CNAME x.a.test.\nx.a.test. CNAME y.a.test.\ny.a.test. A 192.0.2.1' },
      want: 'response answer of y.a.test., cname www.a.test. CNAME*1, cname x.a.test. CNAME*1, rrsets y.a.test. A*1',
    },
    {
      name: 'in any order',
      reply: { answer: 'y.a.test. A 192.0.2.1\nx.a.test. CNAME y.a.test.\nwww.a.test. CNAME x.a.test.' },
      want: 'response answer of y.a.test., cname www.a.test. CNAME*1, cname x.a.test. CNAME*1, rrsets y.a.test. A*1',
    },
    {
      name: 'S-4: an alias that leads out, with the target’s data',
      reply: { answer: 'www.a.test. CNAME www.b.test.\nwww.b.test. A 192.0.2.1' },
      want: 'response unfinished of www.b.test., cname www.a.test. CNAME*1',
    },
    {
      name: 'S-4: CNAME beside data: CNAME wins',
      reply: { answer: 'www.a.test. CNAME x.b.test.\nwww.a.test. A 192.0.2.1' },
      want: 'response unfinished of x.b.test., cname www.a.test. CNAME*1',
    },
    {
      name: 'the alias itself was asked for',
      ask: 'www.a.test. CNAME',
      reply: { answer: 'www.a.test. CNAME x.b.test.' },
      want: 'response answer of www.a.test., rrsets www.a.test. CNAME*1',
    },
    {
      name: 'an alias loop ends',
      reply: { answer: 'www.a.test. CNAME x.a.test.\nx.a.test. CNAME www.a.test.' },
      want: 'response unfinished of www.a.test., cname www.a.test. CNAME*1, cname x.a.test. CNAME*1',
    },
    {
      name: 'a DNAME above, its CNAME ignored',
      ask: 'www.d.a.test. A',
      reply: { answer: 'd.a.test. DNAME b.test.\nwww.d.a.test. CNAME evil.test.' },
      want: 'response unfinished of www.b.test., dname d.a.test. DNAME*1',
    },
    {
      name: 'a DNAME at the name itself is no alias for it',
      ask: 'd.a.test. A',
      reply: { answer: 'd.a.test. DNAME b.test.', authority: soa },
      want: 'response nodata of d.a.test.',
    },
    {
      name: 'a DNAME that makes the name too long',
      ask: `${long}.${long}.d.a.test. A`,
      reply: { answer: `d.a.test. DNAME ${long}.${long}.${long}.test.`, rcode: Rcode.YXDOMAIN },
      want: `response yxdomain of ${long}.${long}.d.a.test., dname d.a.test. DNAME*1`,
    },
    { name: 'S-5: YXDOMAIN without DNAME', reply: { rcode: Rcode.YXDOMAIN }, want: 'error 6' },
    { name: 'SERVFAIL', reply: { rcode: Rcode.SERVFAIL, answer: 'www.a.test. A 192.0.2.1' }, want: 'error 2' },
    { name: 'REFUSED', reply: { rcode: Rcode.REFUSED }, want: 'error 5' },
    {
      name: 'a referral',
      reply: { authority: 'www.a.test. NS ns.www.a.test.', flags: 0 },
      want: 'referral to www.a.test., ',
    },
    {
      name: 'S-8: a referral with its DS; the sibling’s goes',
      ask: 'x.b.a.test. A',
      reply: {
        authority:
          'b.a.test. NS ns.b.a.test.\nb.a.test. DS 1 13 2 00\nc.a.test. DS 1 13 2 00\nb.a.test. NSEC c.a.test. NS',
        flags: 0,
      },
      want: 'referral to b.a.test., b.a.test. DS*1 b.a.test. NSEC*1',
    },
    {
      name: 'S-7: NS of the name’s sibling refer nowhere',
      reply: { authority: 'b.a.test. NS ns.b.a.test.', flags: 0 },
      want: 'lame: refers elsewhere',
    },
    {
      name: 'S-7: two NS owners make no referral',
      ask: 'x.b.a.test. A',
      reply: { authority: 'b.a.test. NS ns.b.a.test.\nx.b.a.test. NS ns.b.a.test.', flags: 0 },
      want: 'lame: refers elsewhere',
    },
    {
      name: 'lame: refers to itself',
      reply: { authority: 'a.test. NS ns.a.test.', flags: 0 },
      want: 'lame: refers to itself',
    },
    {
      name: 'lame: refers upwards',
      reply: { authority: '. NS a.root-servers.net.', flags: 0 },
      want: 'lame: refers elsewhere',
    },
    {
      name: 'S-7: NS beside an answer make no referral',
      reply: { answer: 'www.a.test. A 192.0.2.1', authority: 'www.a.test. NS ns.evil.test.' },
      want: 'response answer of www.a.test., rrsets www.a.test. A*1',
    },
    {
      name: 'S-7: NS beside an SOA make no referral',
      reply: { authority: `${soa}\nwww.a.test. NS ns.evil.test.` },
      want: 'response nodata of www.a.test.',
    },
    {
      name: 'S-7: NS with NXDOMAIN make no referral',
      reply: { authority: 'www.a.test. NS ns.evil.test.', rcode: Rcode.NXDOMAIN },
      want: 'response nxdomain of www.a.test.',
    },
    { name: 'NOERROR and nothing', reply: {}, want: 'empty nodata of www.a.test.' },
    {
      name: 'S-3: data from a cache are the last choice',
      reply: { answer: 'www.a.test. A 192.0.2.1', flags: HeaderFlag.RA },
      want: 'recursion-lame answer of www.a.test., rrsets www.a.test. A*1',
    },
    {
      name: 'S-3: data without AA from a server that does not recurse',
      reply: { answer: 'www.a.test. A 192.0.2.1', flags: 0 },
      want: 'response answer of www.a.test., rrsets www.a.test. A*1',
    },
    {
      name: 'a forwarder has RA and no AA',
      reply: { answer: 'www.a.test. A 192.0.2.1', flags: HeaderFlag.RA },
      asked: { recursive: true },
      want: 'response answer of www.a.test., rrsets www.a.test. A*1',
    },
    {
      name: 'A-07: a forwarder delegates nothing',
      reply: { authority: 'www.a.test. NS ns.evil.test.', flags: HeaderFlag.RA },
      asked: { recursive: true },
      want: 'empty nodata of www.a.test.',
    },
    {
      name: 'a forwarder that refers out of its zone is of no use (RFC 2308 2.2.1)',
      reply: { authority: 'test. NS ns.evil.test.', flags: HeaderFlag.RA },
      asked: { recursive: true },
      want: 'lame: refers elsewhere',
    },
    {
      name: 'addresses that nobody is to be told of leave an answer without data',
      reply: { answer: 'www.a.test. A 10.0.0.1' },
      asked: { mayAnswer: () => false },
      want: 'response nodata of www.a.test.',
    },
    {
      name: 'one that is left is the answer',
      reply: { answer: 'www.a.test. A 10.0.0.1\nwww.a.test. A 192.0.2.1' },
      asked: { mayAnswer: (_name, octets) => octets[0] !== 10 },
      want: 'response answer of www.a.test., rrsets www.a.test. A*1',
    },
    {
      name: 'behind an alias too',
      reply: { answer: 'www.a.test. CNAME x.a.test.\nx.a.test. A 10.0.0.1' },
      asked: { mayAnswer: () => false },
      want: 'response nodata of x.a.test., cname www.a.test. CNAME*1',
    },
    {
      name: 'A-07: nor follows an alias into another route',
      reply: { answer: 'www.a.test. CNAME x.a.test.\nx.a.test. A 192.0.2.1' },
      asked: { onRoute: (name) => !name.equals(nameOf('x.a.test.')) },
      want: 'response unfinished of x.a.test., cname www.a.test. CNAME*1',
    },
    {
      name: 'S-9: an SOA of a sibling denies nothing',
      reply: { authority: 'b.a.test. SOA ns. x. 1 2 3 4 5' },
      want: 'empty nodata of www.a.test.',
    },
    {
      name: 'S-9: an SOA of the parent denies nothing',
      reply: { authority: 'test. SOA ns. x. 1 2 3 4 5' },
      want: 'empty nodata of www.a.test.',
    },
    {
      name: 'DS asked, and given in the authority section of a referral',
      ask: 'b.a.test. DS',
      reply: { authority: 'b.a.test. NS ns.b.a.test.\nb.a.test. DS 1 13 2 00', flags: 0 },
      want: 'response answer of b.a.test., rrsets b.a.test. DS*1',
    },
    {
      name: 'DS asked, and its denial given in a referral',
      ask: 'b.a.test. DS',
      reply: { authority: 'b.a.test. NS ns.b.a.test.\nb.a.test. NSEC c.a.test. NS', flags: 0 },
      want: 'response nodata of b.a.test.',
    },
    {
      name: 'ANY: everything at the name, and nothing else',
      ask: 'www.a.test. ANY',
      reply: { answer: 'www.a.test. A 192.0.2.1\nwww.a.test. TXT x\nx.a.test. A 192.0.2.1' },
      want: 'response answer of www.a.test., rrsets www.a.test. A*1 www.a.test. TXT*1',
    },
    {
      name: 'ANY: no more records than one answer may have (RFC 8482 4.1)',
      ask: 'www.a.test. ANY',
      asked: { limits: { ...DEFAULT_ITERATION_LIMITS, maxAnyRecords: 2 } },
      reply: { answer: 'www.a.test. A 192.0.2.1\nwww.a.test. TXT x\nwww.a.test. MX 1 x.' },
      want: 'response answer of www.a.test., rrsets www.a.test. A*1 www.a.test. TXT*1',
    },
  ];
  for (const { name, ask = 'www.a.test. A', zone = 'a.test.', reply, want, asked } of rows) {
    test(name, () => {
      expect(describeClassified(classify(replyTo(ask, reply), askedFor(ask, zone, asked), 'server#53'))).toBe(want);
    });
  }
});
