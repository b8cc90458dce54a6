// CNAME and DNAME chains from zone to zone: the whole is worth what its worst part is (RFC 4035 3.2.3, RFC 6604,
// RFC 6672).
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { emptyContent } from '../../src/lab/reply-content.ts';
import { EdeCode, Rcode, RRType } from '../../src/wire/constants.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const longLabel = 'x'.repeat(60);
const records = (own: string) => `
www     A     192.0.2.${own}
to-sec  CNAME www.secure.test.
to-ins  CNAME www.insecure.test.
to-bog  CNAME www.bogus.test.
to-none CNAME nope.secure.test.
to-bare CNAME bare.secure.test.
twice-s CNAME to-sec.insecure.test.
twice-b CNAME to-bog.secure.test.
d-sec   DNAME secure.test.
d-ins   DNAME insecure.test.
d-bog   DNAME bogus.test.
d-long  DNAME ${longLabel}.${longLabel}.${longLabel}.test.
*.wild  CNAME www.insecure.test.
loop-a  CNAME loop-b
loop-b  CNAME loop-a
self    CNAME self
d-self  DNAME d-self.secure.test.
bare    TXT   "no address"
`;
const brokenTypes: ReadonlySet<number> = new Set([RRType.A, RRType.CNAME, RRType.DNAME]);
const chain = Array.from({ length: 20 }, (_, index) => `c${index} CNAME c${index + 1}`).join('\n');
const hierarchy = buildHierarchy({
  zones: [
    { name: 'test.' },
    { name: 'secure.test.', records: `${records('1')}${chain}\nc20 A 192.0.2.20\n` },
    { name: 'insecure.test.', isSigned: false, records: records('2') },
    {
      name: 'bogus.test.',
      records: records('3'),
      faults: { corruptSignature: (_, type) => brokenTypes.has(type) },
    },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

/** As many of its links as are followed. */
const chainFrom = (first: number) =>
  Array.from({ length: 12 }, (_, index) => `c${first + index}.secure.test. CNAME c${first + index + 1}.secure.test.`);

describe('aliases across zones', () => {
  const rows: readonly { ask: string; want: string; lines?: readonly string[]; code?: number }[] = [
    {
      ask: 'to-sec.secure.test. A',
      want: 'NOERROR secure AD',
      lines: ['to-sec.secure.test. CNAME www.secure.test.', 'www.secure.test. A 192.0.2.1'],
    },
    {
      ask: 'to-ins.secure.test. A',
      want: 'NOERROR insecure:no-ds',
      lines: ['to-ins.secure.test. CNAME www.insecure.test.', 'www.insecure.test. A 192.0.2.2'],
    },
    { ask: 'to-bog.secure.test. A', want: 'SERVFAIL bogus:rrsig-invalid', lines: [], code: EdeCode.DNSSEC_BOGUS },
    { ask: 'to-sec.insecure.test. A', want: 'NOERROR insecure:no-ds' },
    { ask: 'to-ins.insecure.test. A', want: 'NOERROR insecure:no-ds' },
    { ask: 'to-bog.insecure.test. A', want: 'SERVFAIL bogus:rrsig-invalid', lines: [] },
    { ask: 'to-sec.bogus.test. A', want: 'SERVFAIL bogus:rrsig-invalid', lines: [] },
    { ask: 'twice-s.secure.test. A', want: 'NOERROR insecure:no-ds' },
    { ask: 'twice-b.secure.test. A', want: 'SERVFAIL bogus:rrsig-invalid', lines: [] },
    { ask: 'twice-b.insecure.test. A', want: 'SERVFAIL bogus:rrsig-invalid', lines: [] },
    {
      ask: 'to-none.secure.test. A',
      want: 'NXDOMAIN secure AD',
      lines: ['to-none.secure.test. CNAME nope.secure.test.'],
    },
    { ask: 'to-none.insecure.test. A', want: 'NXDOMAIN insecure:no-ds' },
    {
      ask: 'to-bare.secure.test. A',
      want: 'NOERROR secure AD',
      lines: ['to-bare.secure.test. CNAME bare.secure.test.'],
    },
    {
      ask: 'to-sec.secure.test. CNAME',
      want: 'NOERROR secure AD',
      lines: ['to-sec.secure.test. CNAME www.secure.test.'],
    },
    {
      ask: 'www.d-sec.secure.test. A',
      want: 'NOERROR secure AD',
      lines: [
        'd-sec.secure.test. DNAME secure.test.',
        'www.d-sec.secure.test. CNAME www.secure.test.',
        'www.secure.test. A 192.0.2.1',
      ],
    },
    { ask: 'www.d-ins.secure.test. A', want: 'NOERROR insecure:no-ds' },
    { ask: 'www.d-bog.secure.test. A', want: 'SERVFAIL bogus:rrsig-invalid', lines: [] },
    { ask: 'www.d-sec.insecure.test. A', want: 'NOERROR insecure:no-ds' },
    { ask: 'www.d-sec.bogus.test. A', want: 'SERVFAIL bogus:rrsig-invalid', lines: [] },
    { ask: 'to-ins.d-sec.secure.test. A', want: 'NOERROR insecure:no-ds' },
    { ask: 'd-sec.secure.test. DNAME', want: 'NOERROR secure AD', lines: ['d-sec.secure.test. DNAME secure.test.'] },
    { ask: 'd-sec.secure.test. A', want: 'NOERROR secure AD', lines: [] },
    {
      ask: `${longLabel}.${longLabel}.d-long.secure.test. A`,
      want: 'YXDOMAIN secure AD',
      lines: [`d-long.secure.test. DNAME ${longLabel}.${longLabel}.${longLabel}.test.`],
    },
    { ask: 'any.wild.secure.test. A', want: 'NOERROR insecure:no-ds' },
    { ask: 'loop-a.secure.test. A', want: 'SERVFAIL secure', lines: [], code: EdeCode.OTHER },
    { ask: 'self.secure.test. A', want: 'SERVFAIL secure', lines: [], code: EdeCode.OTHER },
    { ask: 'self.insecure.test. A', want: 'SERVFAIL insecure:no-ds', lines: [], code: EdeCode.OTHER },
    {
      ask: 'x.d-self.secure.test. A',
      want: 'SERVFAIL secure',
      lines: ['d-self.secure.test. DNAME d-self.secure.test.', 'x.d-self.secure.test. CNAME x.d-self.secure.test.'],
      code: EdeCode.OTHER,
    },
    { ask: 'c0.secure.test. A', want: 'SERVFAIL secure', lines: chainFrom(0), code: EdeCode.OTHER },
    { ask: 'c9.secure.test. A', want: 'NOERROR secure AD' },
    { ask: 'c8.secure.test. A', want: 'SERVFAIL secure', lines: chainFrom(8) },
  ];
  for (const { ask, want, lines, code } of rows) {
    test(`${ask} is ${want}`, () => {
      const simulation = new SimulatedResolver({ hierarchy });
      const first = simulation.ask(ask);
      expect(first.status).toBe(want);
      if (lines !== undefined) expect(first.lines).toEqual(lines);
      if (code !== undefined) expect(first.codes).toContain(code);
      const again = simulation.ask(ask);
      expect([again.status, again.packets]).toEqual([want, 0]);
      expect(again.lines).toEqual(first.lines);
    });
  }

  test('a bogus link does not spoil the chain for a client with CD, and no one after it', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    const { resolution, lines } = simulation.ask('to-bog.secure.test. A', { checkingDisabled: true });
    expect(lines).toEqual(['to-bog.secure.test. CNAME www.bogus.test.', 'www.bogus.test. A 192.0.2.3']);
    expect(resolution.authentic).toBe(false);
    expect(simulation.status('to-bog.secure.test. A')).toBe('SERVFAIL bogus:rrsig-invalid');
    expect(simulation.status('to-bog.secure.test. CNAME')).toBe('NOERROR secure AD');
  });

  test('a DNAME in the cache answers for other names below it without asking its zone (RFC 6672 5.3.2)', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.ask('www.d-ins.secure.test. A');
    const mark = simulation.mark;
    expect(simulation.status('to-ins.d-ins.secure.test. A')).toBe('NOERROR insecure:no-ds');
    expect(simulation.packetsTo('secure.test.', mark)).toBe(0);
  });

  test('an unsigned DNAME in the cache is not used for other names', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.ask('www.d-sec.insecure.test. A');
    const mark = simulation.mark;
    simulation.ask('to-sec.d-sec.insecure.test. A');
    expect(simulation.packetsTo('insecure.test.', mark)).toBeGreaterThan(0);
  });

  test('the DNAME comes along whoever asked first, with or without validation (RFC 6672 3.1)', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    const question = 'www.d-sec.secure.test. A';
    const validated = new SimulatedResolver({ hierarchy }).ask(question).lines;
    for (const validate of [false, false, true, false]) {
      expect(simulation.ask(question, { validate }).lines).toEqual(validated);
    }
  });
});

describe('aliases in front of a target whose servers fail (RFC 6604 3)', () => {
  const signed = {
    name: 'secure.test.',
    records: 'to-dead CNAME www.dead.test.\n*.w CNAME www.dead.test.\nd DNAME dead.test.\n',
  };
  const failing = {
    zones: [
      { name: 'test.' },
      signed,
      { ...signed, name: 'insecure.test.', isSigned: false },
      {
        ...signed,
        name: 'bogus.test.',
        faults: { corruptSignature: (_: unknown, type: number) => brokenTypes.has(type) },
      },
      { name: 'dead.test.', isSigned: false, server: { rewrite: () => emptyContent(Rcode.SERVFAIL) } },
    ],
    nowSeconds: DEFAULT_WALL_SECONDS,
  };
  const failingHierarchy = buildHierarchy(failing);
  const rows = [
    {
      ask: 'to-dead.secure.test. A',
      want: 'SERVFAIL secure',
      lines: ['to-dead.secure.test. CNAME www.dead.test.'],
    },
    {
      ask: 'to-dead.insecure.test. A',
      want: 'SERVFAIL insecure:no-ds',
      lines: ['to-dead.insecure.test. CNAME www.dead.test.'],
    },
    { ask: 'any.w.secure.test. A', want: 'SERVFAIL secure', lines: ['any.w.secure.test. CNAME www.dead.test.'] },
    {
      ask: 'www.d.secure.test. A',
      want: 'SERVFAIL secure',
      lines: ['d.secure.test. DNAME dead.test.', 'www.d.secure.test. CNAME www.dead.test.'],
    },
    { ask: 'to-dead.bogus.test. A', want: 'SERVFAIL bogus:rrsig-invalid', lines: [] },
    { ask: 'www.dead.test. A', want: 'SERVFAIL unjudged', lines: [] },
  ];
  test.each(rows)('$ask', ({ ask, want, lines }) => {
    const simulation = new SimulatedResolver({ hierarchy: failingHierarchy });
    const first = simulation.ask(ask);
    expect([first.status, first.lines, first.resolution.authority]).toEqual([want, lines, []]);
    expect(first.codes.length).toBeGreaterThan(0);
    const again = simulation.ask(ask);
    expect([again.status, again.lines, again.packets]).toEqual([want, lines, 0]);
  });

  test('nor does one whose target has no servers that could be asked', () => {
    const simulation = new SimulatedResolver({
      zones: [{ name: 'test.', records: 'nobody NS ns.nowhere.test.\nto-nobody CNAME www.nobody.test.' }],
    });
    for (const packets of [true, false]) {
      const { status, lines, packets: sent } = simulation.ask('to-nobody.test. A');
      expect([status, lines, sent > 0]).toEqual(['SERVFAIL secure', [], packets]);
    }
  });

  test('a bogus alias does not go along, with CD either', () => {
    const simulation = new SimulatedResolver({ hierarchy: failingHierarchy });
    const { status, lines } = simulation.ask('to-dead.bogus.test. A', { checkingDisabled: true });
    expect([status, lines]).toEqual(['SERVFAIL bogus:rrsig-invalid', []]);
  });
});

describe('a server that says NXDOMAIN beside the alias that was asked for means the target (RFC 2308 2.1)', () => {
  const dead = (name: string) => ({ name, server: { rewrite: () => emptyContent(Rcode.SERVFAIL) } });
  const led = buildHierarchy({
    zones: [
      { name: 'test.' },
      {
        name: 'secure.test.',
        records: [
          'here CNAME www.other.test.',
          'gone CNAME nope.other.test.',
          'bare CNAME nope.unsigned.test.',
          'away CNAME nope.dead.test.',
          'd DNAME other.test.',
          'self CNAME self',
        ].join('\n'),
      },
      { name: 'other.test.', records: 'www A 192.0.2.1' },
      { name: 'unsigned.test.', records: 'www A 192.0.2.2', isSigned: false },
      dead('dead.test.'),
    ],
    nowSeconds: DEFAULT_WALL_SECONDS,
  });
  const secureAnswer = 'NOERROR secure AD';
  const rows = [
    { ask: 'gone.secure.test. CNAME', want: 'NXDOMAIN secure AD', why: 'the target does not exist' },
    { ask: 'nope.d.secure.test. CNAME', want: 'NXDOMAIN secure AD', why: 'nor that of the DNAME above' },
    { ask: 'here.secure.test. CNAME', want: secureAnswer, why: 'the target exists' },
    { ask: 'www.d.secure.test. CNAME', want: secureAnswer, why: 'that of the DNAME exists' },
    { ask: 'bare.secure.test. CNAME', want: secureAnswer, why: 'nobody proves that the target does not exist' },
    { ask: 'away.secure.test. CNAME', want: secureAnswer, why: 'nobody says anything of the target' },
    { ask: 'self.secure.test. CNAME', want: secureAnswer, why: 'the target is the alias' },
    { ask: 'gone.secure.test. A', want: 'NXDOMAIN secure AD', why: 'who asks for something else is led on' },
  ];
  test.each(rows)('$ask: $why', ({ ask, want }) => {
    const honest = new SimulatedResolver({ hierarchy: led });
    const [name = '', type = ''] = ask.split(' ');
    const lines = honest.ask(`${name} CNAME`).lines;
    const simulation = new SimulatedResolver({ hierarchy: led });
    simulation.rewrite('secure.test.', (content) => {
      const hasAlias = content.answer.some((rrset) => rrset.type === RRType.CNAME || rrset.type === RRType.DNAME);
      return hasAlias ? { ...content, rcode: Rcode.NXDOMAIN } : content;
    });
    const asked = simulation.ask(ask);
    expect([asked.status, asked.lines]).toEqual([want, lines]);
    const proofs = asked.resolution.authority.map(({ rrset }) => rrset.type);
    expect(proofs.includes(RRType.NSEC)).toBe(want.startsWith('NXDOMAIN'));
    // The alias itself is in the cache, and what it leads to by itself.
    if (type === 'CNAME') expect(simulation.status(ask)).toBe(secureAnswer);
  });
});
