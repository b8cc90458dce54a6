// Zones that are legal and odd: every question about every name gets an answer, with the verdict that is due, in any order
// and on a cold or a warm cache.
import { describe, expect, test } from 'vitest';
import type { DenialOptions } from '../../src/lab/denial-chain.ts';
import { sharedKey } from '../../src/lab/keys.ts';
import type { ZoneDescription } from '../../src/lab/zone-description.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { ReviewNetwork, statusOf } from './review-network.ts';

const denials: readonly (readonly [string, DenialOptions])[] = [
  ['nsec', { kind: 'nsec' }],
  ['nsec3', { kind: 'nsec3' }],
  ['nsec3 opt-out', { kind: 'nsec3', optOut: true }],
  ['nsec3 narrow', { kind: 'nsec3', isNarrow: true }],
  ['compact', { kind: 'compact' }],
];

const records = `
www          60 A     192.0.2.1
UPPER.Case   60 A     192.0.2.2
*.Wild       60 A     192.0.2.3
*.Wild       60 TXT   "w"
real.wild    60 A     192.0.2.4
*.deep.wild  60 A     192.0.2.5
x.y.deep.wild 60 TXT  "x"
*.alias      60 CNAME www
*.far        60 CNAME a.b.c.unsigned.ex.test.
*.ent-wild.w 60 A     192.0.2.6
a.b.ent      60 A     192.0.2.7
alias        60 CNAME Www
chain        60 CNAME q.alias
chain2       60 CNAME nx.nowhere
old          60 DNAME sub
here         60 DNAME wild
into         60 CNAME www.unsigned
signed-into  60 CNAME www.sub
`;

const names = [
  '',
  'www',
  'upper.case',
  'case',
  'a.wild',
  'b.a.wild',
  'real.wild',
  'x.real.wild',
  'q.deep.wild',
  'y.deep.wild',
  'x.y.deep.wild',
  'z.y.deep.wild',
  'wild',
  '*.wild',
  'q.alias',
  'r.q.alias',
  'q.far',
  'w',
  'ent-wild.w',
  'q.ent-wild.w',
  'ent',
  'b.ent',
  'a.b.ent',
  'q.a.b.ent',
  'alias',
  'chain',
  'chain2',
  'old',
  'www.old',
  'nx.old',
  'q.here',
  'into',
  'signed-into',
  'nx',
  'a.very.deep.nx',
  'sub',
  'www.sub',
  'nx.sub',
  'gone.www.sub',
  'unsigned',
  'www.unsigned',
  'nx.unsigned',
  'a.b.c.unsigned',
  'island.unsigned',
  'www.island.unsigned',
  'nx.island.unsigned',
  'under.gap',
  'www.under.gap',
  'gap',
  'low.sub',
  'www.low.sub',
  'nx.low.sub',
];

const types = ['A', 'AAAA', 'TXT', 'CNAME', 'DS', 'NS', 'SOA', 'DNSKEY', 'NSEC', 'ANY', 'MX', 'RRSIG'];

function world(denial: DenialOptions, isShared: boolean): readonly ZoneDescription[] {
  const shared = isShared ? { addresses: ['198.18.5.5'] } : {};
  return [
    { name: 'test.', denial },
    { name: 'ex.test.', records, denial, keyRoles: 'separate', algorithms: [13, 8], ...shared },
    { name: 'sub.ex.test.', records: 'www 60 A 192.0.2.11\n', denial, algorithms: [15], ...shared },
    { name: 'low.sub.ex.test.', isSigned: false, records: 'www 60 A 192.0.2.12\n', ...shared },
    { name: 'unsigned.ex.test.', isSigned: false, records: 'www 60 A 192.0.2.13\n*.c 60 A 192.0.2.14\n', ...shared },
    { name: 'island.unsigned.ex.test.', records: 'www 60 A 192.0.2.15\n', denial, ds: 'absent', ...shared },
    { name: 'under.gap.ex.test.', isSigned: false, records: 'www 60 A 192.0.2.16\n', ...shared },
  ];
}

/** What may be said of a name: `secure` up to opt-out, or insecure because it is in an unsigned zone. */
function expected(name: string, type: string, optOut: boolean): RegExp {
  const below = (zone: string) => name === zone || name.endsWith(`.${zone}`);
  const zones = ['unsigned', 'under.gap', 'low.sub'];
  const inUnsigned = zones.some((zone) => below(zone) && !(type === 'DS' && name === zone));
  const leadsThere = ['into', 'q.far'].includes(name) && type !== 'CNAME' && type !== 'ANY';
  if (type === 'RRSIG' || (type === 'NSEC' && leadsThere)) return /^(NOERROR|NXDOMAIN) (insecure|secure)/;
  if (inUnsigned || leadsThere) return /^(NOERROR|NXDOMAIN) insecure/;
  if (['www.old', 'nx.old', 'q.here'].includes(name) || optOut)
    return /^(NOERROR|NXDOMAIN) (secure|insecure:opt-out|insecure:no-ds)/;
  return /^(NOERROR|NXDOMAIN) secure AD/;
}

describe.each(denials)('%s', (title, denial) => {
  test.each([
    ['each zone on its own server', false, 'cold'],
    ['all zones on one server', true, 'cold'],
    ['each zone on its own server', false, 'warm'],
    ['all zones on one server', true, 'warm'],
  ])(
    '%s (shared %s, %s cache)',
    (_title, isShared, temperature) => {
      const zones = world(denial, isShared);
      // The laboratory's compact denial keeps no NSEC records to be asked for.
      const asked = types.filter((type) => title !== 'compact' || (type !== 'NSEC' && type !== 'RRSIG'));
      const questions = names.flatMap((name) => asked.map((type) => ({ name, type })));
      const random = new SeededRandom(11);
      const shuffled = questions
        .map((question) => ({ question, at: random.below(1_000_000) }))
        .sort((a, b) => a.at - b.at);
      const wrong: string[] = [];
      let net = new ReviewNetwork({ zones });
      let count = 0;
      for (const { question } of temperature === 'warm' ? shuffled : shuffled.slice(0, 40)) {
        if (temperature === 'cold') net = net.fresh();
        const text = `${question.name === '' ? '' : `${question.name}.`}ex.test. ${question.type}`;
        const resolution = net.resolve(text);
        const status = statusOf(resolution);
        const pattern = expected(question.name, question.type, title === 'nsec3 opt-out');
        if (!pattern.test(status)) wrong.push(`${text} => ${status} ${net.bogus.at(-1) ?? ''}`);
        if (++count % 60 === 0) net.clock.advance(20_000);
      }
      expect(wrong).toEqual([]);
      expect(net.crashes).toEqual([]);
    },
    60_000,
  );
});

describe('key sets', () => {
  const old = sharedKey({ algorithm: 13 }, 9200);
  const fresh = sharedKey({ algorithm: 13 }, 9201);
  const rsa = sharedKey({ algorithm: 8 }, 9202);
  const rsa2 = sharedKey({ algorithm: 8 }, 9203);
  const rsa3 = sharedKey({ algorithm: 8 }, 9204);
  test.each<readonly [string, Partial<ZoneDescription>]>([
    ['two keys sign, the DS names both', { keys: [old, fresh] }],
    ['one key signs, the other is published and has a DS', { keys: [old], publishedKeys: [old, fresh] }],
    ['the DS names a key that is not published yet', { keys: [old], publishedKeys: [old], ds: { rdatas: [] } }],
    ['a DNSKEY set that only TCP carries', { keys: [rsa, rsa2, rsa3] }],
    ['DS of three digest types', { keys: [old], ds: { digestTypes: [1, 2, 4] } }],
    ['DS of a known and an unknown digest type', { keys: [old], ds: { digestTypes: [250, 2] } }],
  ])('%s', (title, description) => {
    const zone = { name: 'ex.test.', records: 'www A 192.0.2.1\n', ...description };
    const net = new ReviewNetwork({ zones: [{ name: 'test.' }, zone] });
    const isUnsigned = title.includes('not published');
    expect(net.status('www.ex.test. A')).toBe(isUnsigned ? 'NOERROR insecure:no-ds 1' : 'NOERROR secure AD 1');
  });
});
