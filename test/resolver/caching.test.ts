// How long what was learned is used, by whom, and what is made of it without asking (RFC 2308, 4035 4.7 and 5.3.3, 8020,
// 8198, 9077, 9520).
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { EdeCode, Rcode, RRType } from '../../src/wire/constants.ts';
import { always, silent } from '../support/server-behaviours.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const soonSeconds = 600;
const soon = {
  inceptionSeconds: DEFAULT_WALL_SECONDS - 3600,
  expirationSeconds: DEFAULT_WALL_SECONDS + soonSeconds,
};
const soa = (ttl: number, minimum: number) => `@ ${ttl} SOA ns1 hostmaster 1 7200 3600 1209600 ${minimum}\n`;
const records = `
www 3600 A 192.0.2.1
zero 0 A 192.0.2.2
long 604800 A 192.0.2.3
a.b.ent A 192.0.2.5
*.wild A 192.0.2.6
m A 192.0.2.7
t A 192.0.2.8
cut NS ns.cut
ns.cut A 198.18.3.9
`;
const hierarchy = buildHierarchy({
  zones: [
    { name: 'nsec.', records: `${soa(3600, 300)}${records}` },
    { name: 'nsec3.', records: `${soa(3600, 300)}${records}`, denial: { kind: 'nsec3' } },
    { name: 'opt-out.', records: `${soa(3600, 300)}${records}`, denial: { kind: 'nsec3', optOut: true } },
    { name: 'plain.', records: `${soa(3600, 300)}${records}`, isSigned: false },
    { name: 'soa-ttl.', records: `${soa(60, 3600)}www A 192.0.2.1` },
    { name: 'soa-min.', records: `${soa(3600, 60)}www A 192.0.2.1` },
    { name: 'soa-big.', records: `${soa(86400, 86400)}www A 192.0.2.1` },
    { name: 'soon.', records: `${soa(3600, 3600)}www A 192.0.2.1`, validity: soon },
    {
      name: 'answer-soon.',
      records: 'www A 192.0.2.1',
      faults: { validity: (_, type) => (type === RRType.A ? soon : undefined) },
    },
    {
      name: 'denial-soon.',
      records: `${soa(3600, 3600)}www A 192.0.2.1`,
      faults: { validity: (_, type) => (type === RRType.NSEC ? soon : undefined) },
    },
    {
      name: 'soa-soon.',
      records: `${soa(3600, 3600)}www A 192.0.2.1`,
      faults: { validity: (_, type) => (type === RRType.SOA ? soon : undefined) },
    },
    { name: 'bogus.', records: 'www A 192.0.2.1', faults: { corruptSignature: (_, type) => type === RRType.A } },
    {
      name: 'bogus-denial.',
      records: 'www A 192.0.2.1',
      faults: { corruptSignature: (_, type) => type === RRType.NSEC },
    },
    { name: 'sub.nsec.', records: 'www A 192.0.2.9', isSigned: false },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});
const fresh = (seed = 1) => new SimulatedResolver({ hierarchy, seed });

/** What a resolver with empty caches answers. */
function alone(ask: string): readonly [status: string, lines: readonly string[]] {
  let known = knownAlone.get(ask);
  if (known === undefined) {
    const { status, lines } = fresh().ask(ask);
    known = [status, lines];
    knownAlone.set(ask, known);
  }
  return known;
}
const knownAlone = new Map<string, readonly [string, readonly string[]]>();

describe('TTLs', () => {
  const rows: readonly { ask: string; ttl: number; why: string }[] = [
    { ask: 'www.nsec. A', ttl: 3600, why: 'as given' },
    { ask: 'long.nsec. A', ttl: 86_400, why: 'at most a day' },
    { ask: 'zero.nsec. A', ttl: 0, why: 'zero stays zero' },
    { ask: 'www.soon. A', ttl: soonSeconds, why: 'not beyond the signature (RFC 4035 5.3.3)' },
    { ask: 'www.answer-soon. A', ttl: soonSeconds, why: 'not beyond the signature of the set' },
    { ask: 'nope.nsec. A', ttl: 300, why: 'SOA MINIMUM (RFC 2308 5)' },
    { ask: 'www.nsec. MX', ttl: 300, why: 'SOA MINIMUM, NODATA' },
    { ask: 'nope.nsec3. A', ttl: 300, why: 'SOA MINIMUM, NSEC3' },
    { ask: 'nope.soa-ttl. A', ttl: 60, why: 'TTL of the SOA (RFC 9077 3)' },
    { ask: 'nope.soa-min. A', ttl: 60, why: 'MINIMUM of the SOA' },
    { ask: 'nope.soa-big. A', ttl: 3600, why: 'an hour at most for denials' },
    { ask: 'nope.soon. A', ttl: soonSeconds, why: 'not beyond the signatures' },
    { ask: 'nope.denial-soon. A', ttl: soonSeconds, why: 'not beyond those of the proof' },
    { ask: 'nope.soa-soon. A', ttl: soonSeconds, why: 'not beyond that of the SOA' },
    { ask: 'nope.plain. A', ttl: 300, why: 'unsigned, SOA MINIMUM' },
  ];
  for (const { ask, ttl, why } of rows) {
    test(`${ask}: ${ttl}, ${why}`, () => {
      const simulation = fresh();
      const first = simulation.ask(ask).resolution;
      const parts = first.answer.length > 0 ? first.answer : first.authority;
      expect(parts[0]?.ttl).toBeGreaterThanOrEqual(Math.max(0, ttl - 2));
      for (const part of parts) expect(part.ttl).toBeLessThanOrEqual(ttl);
      if (ttl === 0) return;
      // It ages, and is gone at the end.
      simulation.advance(ttl / 2);
      const aged = simulation.ask(ask);
      expect(aged.packets).toBe(0);
      const agedParts = aged.resolution.answer.length > 0 ? aged.resolution.answer : aged.resolution.authority;
      for (const part of agedParts) expect(part.ttl).toBeLessThanOrEqual(ttl / 2);
      simulation.advance(ttl / 2);
      expect(simulation.ask(ask).packets).toBeGreaterThan(0);
    });
  }

  const least: readonly { ask: string; ttl: number; why: string }[] = [
    { ask: 'nope.plain. A', ttl: 900, why: 'a denial lives longer than its SOA says' },
    { ask: 'nope.nsec. A', ttl: 300, why: 'a secure one no longer than was signed (RFC 4035 5.3.3)' },
    { ask: 'nope.soon. A', ttl: soonSeconds, why: 'nor longer than its signatures last' },
    { ask: 'zero.nsec. A', ttl: 0, why: 'data are no denial' },
  ];
  for (const { ask, ttl, why } of least) {
    test(`with a least negative TTL of 900, ${ask} has ${ttl}: ${why}`, () => {
      const simulation = new SimulatedResolver({
        hierarchy,
        change: (options) => ({ ...options, cache: { ...options.cache, minNegativeTtl: 900 } }),
      });
      const { answer, authority } = simulation.ask(ask).resolution;
      expect(Math.max(...[...answer, ...authority].map((part) => part.ttl))).toBeLessThanOrEqual(ttl);
      expect([...answer, ...authority][0]?.ttl).toBeGreaterThanOrEqual(Math.max(0, ttl - 2));
    });
  }

  test('a signature that has expired meanwhile makes the next answer bogus, not stale', () => {
    const simulation = fresh();
    expect(simulation.status('www.answer-soon. A')).toBe('NOERROR secure AD');
    simulation.advance(soonSeconds + 1);
    expect(simulation.status('www.answer-soon. A')).toBe('SERVFAIL bogus:rrsig-expired');
  });

  test('a zone whose keys have expired is not secure by what the cache remembers', () => {
    const simulation = fresh();
    expect(simulation.status('www.soon. A')).toBe('NOERROR secure AD');
    simulation.advance(soonSeconds + 1);
    expect(simulation.status('www.soon. A')).toMatch(/^SERVFAIL bogus/);
    expect(simulation.status('nope.soon. A')).toMatch(/^SERVFAIL bogus/);
  });
});

describe('CD and DO of one client change nothing for the others (A-15)', () => {
  const types = ['A', 'MX', 'ANY', 'RRSIG', 'DS', 'NSEC', 'DNSKEY', 'CNAME'];
  const names = ['www.nsec.', 'nope.nsec.', 'www.bogus.', 'nope.bogus-denial.', 'www.plain.', 'nsec.', 'x.wild.nsec3.'];
  for (const name of names) {
    for (const type of types) {
      test(`${name} ${type}`, () => {
        const ask = `${name} ${type}`;
        const orders = [
          [{ checkingDisabled: true }],
          [{ validate: false }],
          [{ checkingDisabled: true }, { validate: false }],
          [{}, { checkingDisabled: true }],
          [{ checkingDisabled: true, validate: false }, { recursionDesired: false }],
        ];
        for (const others of orders) {
          const simulation = fresh();
          for (const other of others) simulation.ask(ask, other);
          const { status, lines } = simulation.ask(ask);
          expect([status, lines]).toEqual(alone(ask));
          const related = `www.${name.split('.').slice(-2).join('.')} A`;
          expect(simulation.status(related)).toBe(alone(related)[0]);
        }
      });
    }
  }

  test('data that are known to be bogus are handed to CD from the cache, and stay bogus', () => {
    const simulation = fresh();
    expect(simulation.status('www.bogus. A')).toBe('SERVFAIL bogus:rrsig-invalid');
    const { lines, packets, resolution } = simulation.ask('www.bogus. A', { checkingDisabled: true });
    expect([lines, packets, resolution.authentic]).toEqual([['www.bogus. A 192.0.2.1'], 0, false]);
    const again = simulation.ask('www.bogus. A');
    expect([again.status, again.packets]).toEqual(['SERVFAIL bogus:rrsig-invalid', 0]);
  });

  test('a client without RD gets what is cached, and nothing else', () => {
    const simulation = fresh();
    const cold = simulation.ask('www.nsec. A', { recursionDesired: false });
    expect([cold.resolution.rcode, cold.packets]).toEqual([Rcode.REFUSED, 0]);
    expect(cold.codes).toContain(EdeCode.NOT_AUTHORITATIVE);
    simulation.ask('www.nsec. A');
    const warm = simulation.ask('www.nsec. A', { recursionDesired: false });
    expect([warm.status, warm.packets]).toEqual(['NOERROR secure AD', 0]);
  });
});

describe('denials made from cached ones (RFC 8198)', () => {
  interface Row {
    readonly name: string;
    readonly first: readonly string[];
    readonly later: string;
    readonly want: string;
    readonly packets: 'none' | 'some';
    readonly zone?: string;
  }
  const rows: readonly Row[] = [
    {
      name: 'NXDOMAIN in the same NSEC gap',
      first: ['o.nsec. A'],
      later: 'p.nsec. A',
      want: 'NXDOMAIN secure AD',
      packets: 'none',
    },
    {
      name: 'NODATA from the NSEC of an NXDOMAIN',
      first: ['n.nsec. A'],
      later: 'm.nsec. MX',
      want: 'NOERROR secure AD',
      packets: 'none',
    },
    {
      name: 'another type at a name with NSEC',
      first: ['www.nsec. MX'],
      later: 'www.nsec. TXT',
      want: 'NOERROR secure AD',
      packets: 'none',
    },
    {
      name: 'another type at a name with NSEC3',
      first: ['www.nsec3. MX'],
      later: 'www.nsec3. TXT',
      want: 'NOERROR secure AD',
      packets: 'none',
    },
    {
      name: 'an existing type',
      first: ['www.nsec. MX'],
      later: 'www.nsec. A',
      want: 'NOERROR secure AD',
      packets: 'some',
    },
    {
      name: 'a name in another gap',
      first: ['o.nsec. A'],
      later: 'u.nsec. A',
      want: 'NXDOMAIN secure AD',
      packets: 'some',
    },
    {
      name: 'an empty non-terminal',
      first: ['b.ent.nsec. A'],
      later: 'b.ent.nsec. MX',
      want: 'NOERROR secure AD',
      packets: 'none',
    },
    {
      name: 'below a name that does not exist (RFC 8020)',
      first: ['o.nsec. A'],
      later: 'x.y.o.nsec. A',
      want: 'NXDOMAIN secure AD',
      packets: 'none',
    },
    {
      name: 'below it, NSEC3',
      first: ['o.nsec3. A'],
      later: 'x.y.o.nsec3. A',
      want: 'NXDOMAIN secure AD',
      packets: 'none',
    },
    {
      name: 'below it, unsigned: asked',
      first: ['o.plain. A'],
      later: 'x.o.plain. A',
      want: 'NXDOMAIN insecure:no-ds',
      packets: 'some',
    },
    {
      name: 'below it, opt-out: asked',
      first: ['o.opt-out. A'],
      later: 'x.o.opt-out. A',
      want: 'NXDOMAIN insecure:opt-out',
      packets: 'some',
    },
    {
      name: 'in an unsigned zone: asked',
      first: ['o.plain. A'],
      later: 'p.plain. A',
      want: 'NXDOMAIN insecure:no-ds',
      packets: 'some',
    },
    {
      name: 'a name below an unsigned delegation',
      first: ['t.nsec. MX', 'nope.nsec. A'],
      later: 'www.sub.nsec. A',
      want: 'NOERROR insecure:no-ds',
      packets: 'some',
    },
    {
      name: 'DS of a delegation without one',
      first: ['sub.nsec. DS'],
      later: 'sub.nsec. DS',
      want: 'NOERROR secure AD',
      packets: 'none',
    },
    {
      name: 'wildcards answer for further names (5.3)',
      first: ['a.wild.nsec. A'],
      later: 'b.wild.nsec. A',
      want: 'NOERROR secure AD',
      packets: 'none',
    },
    {
      name: 'wildcard without the type',
      first: ['a.wild.nsec. MX'],
      later: 'b.wild.nsec. MX',
      want: 'NOERROR secure AD',
      packets: 'none',
    },
    {
      name: 'an alias expanded to another name',
      first: ['a.wild.nsec. A'],
      later: 'b.c.wild.nsec. A',
      want: 'NOERROR secure AD',
      packets: 'none',
    },
  ];
  for (const { name, first, later, want, packets } of rows) {
    test(name, () => {
      const simulation = fresh();
      for (const ask of first) simulation.ask(ask);
      const second = simulation.ask(later);
      expect(second.status).toBe(want);
      expect(second.packets > 0 ? 'some' : 'none').toBe(packets);
      // Made or fetched, it is what a fresh resolver finds.
      expect([second.status, second.lines]).toEqual(alone(later));
      if (packets === 'none' && first[0] !== later && second.resolution.answer.length === 0) {
        expect(second.codes).toContain(EdeCode.SYNTHESIZED);
      }
    });
  }

  for (const zone of ['nsec.', 'nsec3.']) {
    test(`${zone} every name and type is answered from a warm cache as from a cold one`, () => {
      const owners = [
        '',
        'www.',
        'm.',
        't.',
        'a.b.ent.',
        'b.ent.',
        'ent.',
        'x.ent.',
        'q.wild.',
        'wild.',
        '*.wild.',
        'x.y.wild.',
        'zz.',
        'cut.',
        'ns.cut.',
        'sub.',
        '-.',
        'www.www.',
      ];
      const warm = fresh(2);
      for (const type of ['MX', 'A', 'DS', 'NS', 'TXT']) {
        for (const owner of owners) {
          const ask = `${owner}${zone} ${type}`;
          const { status, lines } = warm.ask(ask);
          expect([ask, status, lines]).toEqual([ask, ...alone(ask)]);
        }
      }
    });
  }

  test('it ends with the NSEC, not with the synthesis (RFC 9077)', () => {
    const simulation = fresh();
    simulation.ask('o.nsec. A');
    simulation.advance(200);
    expect(simulation.ask('p.nsec. A').resolution.authority[0]?.ttl).toBeLessThanOrEqual(100);
    simulation.advance(101);
    expect(simulation.ask('p.nsec. A').packets).toBeGreaterThan(0);
  });
});

describe('failures are remembered (RFC 9520)', () => {
  test('for 5 s at first, twice as long each time, and never beyond 300 s', () => {
    const simulation = fresh();
    simulation.serve('plain.', always(Rcode.SERVFAIL));
    simulation.ask('www.plain. A');
    let life = 5;
    for (let round = 0; round < 8; round++) {
      simulation.advance(life - 1);
      expect(simulation.ask('www.plain. A').packets).toBe(0);
      simulation.advance(1.1);
      expect(simulation.ask('www.plain. A').packets).toBeGreaterThan(0);
      life = Math.min(life * 2, 300);
    }
  });

  test('a question that fails does not fail others of its zone', () => {
    const simulation = fresh();
    const honest = simulation.honest('plain.');
    simulation.serve('plain.', silent);
    simulation.ask('www.plain. A');
    simulation.serve('plain.', honest);
    simulation.advance(10);
    expect(simulation.status('m.plain. A')).toBe('NOERROR insecure:no-ds');
    expect(simulation.status('www.plain. A')).toBe('NOERROR insecure:no-ds');
  });

  test('bogus data: no packet for 60 s, then asked again', () => {
    const simulation = fresh();
    simulation.ask('www.bogus. A');
    simulation.advance(50);
    expect(simulation.ask('www.bogus. A').packets).toBe(0);
    simulation.advance(11);
    expect(simulation.ask('www.bogus. A').packets).toBeGreaterThan(0);
  });

  test('a bogus denial: no packet for 60 s either', () => {
    const simulation = fresh();
    expect(simulation.status('nope.bogus-denial. A')).toBe('SERVFAIL bogus:rrsig-invalid');
    expect(simulation.ask('nope.bogus-denial. A').packets).toBe(0);
    // It says nothing about other names.
    expect(simulation.status('www.bogus-denial. A')).toBe('NOERROR secure AD');
  });
});
