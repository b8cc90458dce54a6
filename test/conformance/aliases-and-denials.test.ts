// Aliases, wildcards, denials and zone cuts in combination, cold, cached, and in any order.
import { describe, expect, test } from 'vitest';
import type { DenialOptions } from '../../src/lab/denial-chain.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import type { RRset } from '../../src/wire/record.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const nowSeconds = DEFAULT_WALL_SECONDS;

function worldOf(denial: DenialOptions) {
  const records = `
www      A     192.0.2.1
*.w      A     192.0.2.2
*.w      TXT   "w"
there.w  TXT   "t"
*.c      CNAME nope
*.p      CNAME www.plain.zone.
*.e.ent  A     192.0.2.3
to-dname CNAME www.d
d        DNAME e
e        DNAME f
www.f    A     192.0.2.4
alias    CNAME www
to-cut   CNAME sub
to-under CNAME nope.sub
`;
  return buildHierarchy({
    zones: [
      { name: 'zone.', records, denial },
      { name: 'sub.zone.', records: 'www A 192.0.2.5\n', denial },
      { name: 'plain.zone.', records: 'www A 192.0.2.6\n', isSigned: false },
      { name: 'apex-dname.', records: '@ DNAME f.zone.\n', denial },
      { name: 'apex-wild.', records: '* A 192.0.2.7\n', denial },
    ],
    nowSeconds,
  });
}

type Row = readonly [question: string, nsec: string, optOut?: string];

const AD = 'NOERROR secure AD';
const NX = 'NXDOMAIN secure AD';
const INSECURE = 'NOERROR insecure:no-ds';
const OPT_OUT = 'NOERROR insecure:opt-out';
const NX_OPT_OUT = 'NXDOMAIN insecure:opt-out';

const rows: readonly Row[] = [
  ['a.w.zone. A', AD, OPT_OUT],
  ['b.a.w.zone. A', AD, OPT_OUT],
  ['a.w.zone. MX', AD, OPT_OUT],
  ['there.w.zone. A', AD],
  ['x.there.w.zone. A', NX, NX_OPT_OUT],
  ['w.zone. A', AD],
  ['*.w.zone. A', AD],
  ['*.w.zone. MX', AD],
  ['a.*.w.zone. A', NX, NX_OPT_OUT],
  ['q.c.zone. A', NX, NX_OPT_OUT],
  ['q.c.zone. CNAME', AD, OPT_OUT],
  ['q.p.zone. A', INSECURE],
  ['q.e.ent.zone. A', AD, OPT_OUT],
  ['e.ent.zone. A', AD],
  ['ent.zone. A', AD],
  ['x.ent.zone. A', NX, NX_OPT_OUT],
  ['to-dname.zone. A', AD],
  ['www.d.zone. A', AD],
  ['d.zone. A', AD],
  ['nope.d.zone. A', NX, NX_OPT_OUT],
  ['www.e.zone. CNAME', AD],
  ['d.zone. DNAME', AD],
  ['www.apex-dname. A', AD],
  ['apex-dname. A', AD],
  ['apex-dname. SOA', AD],
  ['apex-dname. DNAME', AD],
  ['nope.apex-dname. A', NX, NX_OPT_OUT],
  ['x.y.apex-wild. A', AD, OPT_OUT],
  ['ns1.apex-wild. AAAA', AD],
  ['alias.zone. DS', AD],
  ['alias.zone. NSEC', AD],
  ['to-cut.zone. DS', AD],
  ['to-cut.zone. NS', AD],
  ['to-under.zone. A', NX, NX_OPT_OUT],
  ['sub.zone. DS', AD],
  ['sub.zone. NS', AD],
  ['sub.zone. DNSKEY', AD],
  ['www.sub.zone. DS', AD],
  ['plain.zone. DS', AD, OPT_OUT],
  ['plain.zone. NS', INSECURE],
  ['plain.zone. DNSKEY', INSECURE],
  ['www.plain.zone. DS', INSECURE],
  ['nope.plain.zone. A', 'NXDOMAIN insecure:no-ds'],
  ['. DS', AD],
  ['. SOA', AD],
  ['zone. SOA', AD],
  ['nope. A', NX],
];

/** Insecure for either reason counts as the same where an opt-out span hides the delegation. */
function expectedFor([, nsec, optOut]: Row, denial: DenialOptions): string {
  return denial.kind === 'nsec3' && denial.optOut === true ? (optOut ?? nsec) : nsec;
}

const kinds: readonly (readonly [string, DenialOptions])[] = [
  ['NSEC', { kind: 'nsec' }],
  ['NSEC3', { kind: 'nsec3' }],
  ['NSEC3 with opt-out', { kind: 'nsec3', optOut: true }],
];

/** Which of two reasons a delegation is insecure for depends on the parent's records, not on what is asked. */
const status = (text: string): string =>
  text.replace('insecure:opt-out', 'insecure').replace('insecure:no-ds', 'insecure');

describe.each(kinds)('%s', (_kind, denial) => {
  const hierarchy = worldOf(denial);

  test.each(rows.map((row) => ({ row, question: row[0] })))('$question, cold and cached', ({ row, question }) => {
    if (question === 'alias.zone. NSEC' && denial.kind !== 'nsec') return;
    const simulation = new SimulatedResolver({ hierarchy });
    const want = status(expectedFor(row, denial));
    expect(status(simulation.status(question))).toBe(want);
    expect(status(simulation.status(question))).toBe(want);
  });

  test.each([1, 2, 3])('all of them by one resolver, in the order of seed %i', (seed) => {
    const simulation = new SimulatedResolver({ hierarchy, seed });
    const random = new SeededRandom(seed);
    const order = rows
      .filter(([question]) => question !== 'alias.zone. NSEC')
      .map((row) => [random.below(1e9), row] as const);
    order.sort(([left], [right]) => left - right);
    const wrong: string[] = [];
    for (const [, row] of order) {
      const want = status(expectedFor(row, denial));
      const got = status(simulation.status(row[0]));
      if (got !== want) wrong.push(`${row[0]}: ${got} instead of ${want}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('a DS question is the parent’s to answer (RFC 4035 3.1.4.1)', () => {
  const hierarchy = worldOf({ kind: 'nsec' });

  test('however well the child is known', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    for (const question of ['www.sub.zone. A', 'sub.zone. NS', 'sub.zone. SOA']) simulation.ask(question);
    const mark = simulation.mark;
    const { status: got, lines } = simulation.ask('sub.zone. DS');
    expect([got, lines.length]).toEqual([AD, 1]);
    expect(simulation.packetsTo('sub.zone.', mark)).toBe(0);
  });

  test('a child that denies its own DS is not asked, and changes nothing', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.ask('sub.zone. SOA');
    expect(simulation.status('plain.zone. DS')).toBe(AD);
    expect(simulation.status('www.plain.zone. A')).toBe(INSECURE);
    expect(simulation.status('sub.zone. DS')).toBe(AD);
  });
});

function soaOf(simulation: SimulatedResolver, apex: string): RRset {
  const soa = simulation.hierarchy.zone(apex).zone.rrset(nameOf(apex), RRType.SOA);
  if (soa === undefined) throw new Error(`${apex} has no SOA`);
  return soa;
}

describe('a denial and the names below it (RFC 8020, RFC 2308)', () => {
  const zones = [
    { name: 'signed.', records: 'a.ent A 192.0.2.1\nwww A 192.0.2.2\n' },
    { name: 'plain.', records: 'a.ent A 192.0.2.1\nwww A 192.0.2.2\n', isSigned: false },
  ];
  const denyEnt = (simulation: SimulatedResolver, zone: string): void =>
    simulation.rewrite(zone, (content, { name }) =>
      name.equals(nameOf(`ent.${zone}`)) ? { ...content, rcode: Rcode.NXDOMAIN } : content,
    );

  test.each([
    ['plain.', 'NXDOMAIN insecure:no-ds', 'NOERROR insecure:no-ds'],
    // The proof decides, not the RCODE.
    ['signed.', AD, AD],
  ])('%s: servers that deny an empty non-terminal do not deny what is below', (zone, want, wantBelow) => {
    const simulation = new SimulatedResolver({ zones });
    denyEnt(simulation, zone);
    expect(simulation.status(`ent.${zone} A`)).toBe(want);
    expect(simulation.status(`a.ent.${zone} A`)).toBe(wantBelow);
    expect(simulation.status(`a.ent.${zone} AAAA`)).toBe(wantBelow);
  });

  test('a secure denial answers for everything below without a packet, but not beside', () => {
    const simulation = new SimulatedResolver({ zones });
    expect(simulation.status('gone.signed. A')).toBe(NX);
    expect(simulation.ask('x.y.gone.signed. TXT')).toMatchObject({ status: NX, packets: 0 });
    expect(simulation.status('www.signed. A')).toBe(AD);
  });

  test('NXDOMAIN without SOA is not kept for long', () => {
    const simulation = new SimulatedResolver({ zones });
    simulation.rewrite('plain.', (content, { type }) =>
      type === RRType.A ? { ...content, rcode: Rcode.NXDOMAIN, answer: [], authority: [] } : content,
    );
    expect(simulation.status('www.plain. A')).toMatch(/^NXDOMAIN insecure/);
    simulation.restore();
    simulation.advance(6);
    expect(simulation.status('www.plain. A')).toBe(INSECURE);
  });

  test('a denial ends, and the name may be there', () => {
    const zone = {
      name: 'plain.',
      records: '@ 60 SOA ns1 h 1 7200 3600 1209600 60\nwww 60 A 192.0.2.2\n',
      isSigned: false,
    };
    const simulation = new SimulatedResolver({ zones: [zone] });
    simulation.rewrite('plain.', (content, { type }) =>
      type === RRType.A
        ? { ...content, rcode: Rcode.NXDOMAIN, answer: [], authority: [soaOf(simulation, 'plain.')] }
        : content,
    );
    expect(simulation.status('www.plain. A')).toMatch(/^NXDOMAIN insecure/);
    simulation.restore();
    simulation.advance(59);
    expect(simulation.status('www.plain. A')).toMatch(/^NXDOMAIN insecure/);
    simulation.advance(2);
    expect(simulation.status('www.plain. A')).toBe(INSECURE);
  });
});

describe('types that are special (RFC 4035 4, RFC 6840 4.2, RFC 8482)', () => {
  const hierarchy = worldOf({ kind: 'nsec' });
  test.each([
    ['www.zone. ANY', AD],
    ['zone. ANY', AD],
    ['nope.zone. ANY', NX],
    ['alias.zone. ANY', AD],
    ['a.w.zone. ANY', AD],
    ['www.plain.zone. ANY', INSECURE],
    ['zone. NSEC', AD],
    ['www.zone. NSEC', AD],
    ['zone. NSEC3PARAM', AD],
    ['www.zone. NSEC3', AD],
    ['zone. CDS', AD],
    ['zone. TYPE65400', AD],
    ['alias.zone. TYPE65400', AD],
    ['www.zone. RRSIG', 'NOERROR insecure:unsigned-type'],
    ['alias.zone. RRSIG', 'NOERROR insecure:unsigned-type'],
  ])('%s is %s, asked three times', (question, want) => {
    const simulation = new SimulatedResolver({ hierarchy });
    for (const round of [1, 2, 3]) expect([round, simulation.status(question)]).toEqual([round, want]);
    expect(simulation.status('www.zone. A')).toBe(AD);
  });
});
