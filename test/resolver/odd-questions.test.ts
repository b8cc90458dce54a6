// Questions at the edges: the root, letter case, the longest names, types nobody serves, and anchors other than the
// root's (RFC 4033 5, RFC 4343, RFC 6840 4.2, RFC 7646).
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { EdeCode, Rcode } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const hierarchy = buildHierarchy({
  zones: [
    { name: 'test.', records: 'www A 192.0.2.1\nwww TXT x\nWWW AAAA 2001:db8::1\nodd TYPE65280 \\# 2 0102' },
    { name: 'plain.test.', records: 'www A 192.0.2.2', isSigned: false },
    { name: 'island.plain.test.', records: 'www A 192.0.2.3' },
    { name: 'below.island.plain.test.', records: 'www A 192.0.2.4' },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});
const label63 = 'x'.repeat(63);

describe('odd questions', () => {
  const rows: readonly { ask: string; want: RegExp; records?: number }[] = [
    { ask: '. SOA', want: /^NOERROR secure AD$/, records: 1 },
    { ask: '. NS', want: /^NOERROR secure AD$/, records: 1 },
    { ask: '. DNSKEY', want: /^NOERROR secure AD$/, records: 1 },
    { ask: '. DS', want: /^NOERROR secure AD$/, records: 0 },
    { ask: '. A', want: /^NOERROR secure AD$/, records: 0 },
    { ask: 'test. DS', want: /^NOERROR secure AD$/, records: 1 },
    { ask: 'test. DNSKEY', want: /^NOERROR secure AD$/, records: 1 },
    { ask: 'test. NSEC', want: /^NOERROR secure AD$/, records: 1 },
    { ask: 'www.test. NSEC', want: /^NOERROR secure AD$/, records: 1 },
    { ask: 'nope.test. NSEC', want: /^NXDOMAIN secure AD$/, records: 0 },
    { ask: 'www.test. RRSIG', want: /^NOERROR insecure:unsigned-type$/ },
    { ask: 'www.test. ANY', want: /^NOERROR secure AD$/ },
    { ask: 'www.plain.test. ANY', want: /^NOERROR insecure:no-ds$/ },
    { ask: 'nope.test. ANY', want: /^NXDOMAIN secure AD$/ },
    { ask: 'odd.test. TYPE65280', want: /^NOERROR secure AD$/, records: 1 },
    { ask: 'www.test. TYPE65281', want: /^NOERROR secure AD$/, records: 0 },
    { ask: 'WwW.TeSt. A', want: /^NOERROR secure AD$/, records: 1 },
    { ask: `${label63}.${label63}.${label63}.${'y'.repeat(55)}.test. A`, want: /^NXDOMAIN secure AD$/, records: 0 },
    { ask: `${'a.'.repeat(122)}test. A`, want: /^NXDOMAIN secure AD$/, records: 0 },
    { ask: '*.test. A', want: /^NXDOMAIN secure AD$/, records: 0 },
    { ask: '\\000.test. A', want: /^NXDOMAIN secure AD$/, records: 0 },
    { ask: '\\255\\255.test. A', want: /^NXDOMAIN secure AD$/, records: 0 },
    { ask: 'nope. A', want: /^NXDOMAIN secure AD$/, records: 0 },
    { ask: 'plain.test. DS', want: /^NOERROR secure AD$/, records: 0 },
    { ask: 'www.plain.test. DS', want: /^NOERROR insecure:no-ds$/, records: 0 },
    { ask: 'plain.test. DNSKEY', want: /^NOERROR insecure:no-ds$/, records: 0 },
  ];
  for (const { ask, want, records } of rows) {
    test(`${ask.slice(0, 40)} is ${want.source}`, () => {
      const simulation = new SimulatedResolver({ hierarchy });
      const { status, lines } = simulation.ask(ask);
      expect(status).toMatch(want);
      if (records !== undefined) expect(lines.length).toBe(records);
      expect(simulation.status(ask)).toMatch(want);
      expect(simulation.leftovers()).toEqual([]);
    });
  }

  test('letter case: one entry in the cache, whoever asks', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.ask('www.TEST. A');
    expect(simulation.ask('WWW.test. A').packets).toBe(0);
  });
});

describe('anchors', () => {
  test('none covers the name: indeterminate, and not authentic', () => {
    const simulation = new SimulatedResolver({ hierarchy, anchorRoot: false });
    expect(simulation.status('www.test. A')).toBe('NOERROR indeterminate');
    expect(simulation.status('nope.test. A')).toBe('NXDOMAIN indeterminate');
  });

  test('an island of security below an unsigned zone (RFC 4035 5.1)', () => {
    const simulation = new SimulatedResolver({ hierarchy, anchored: ['island.plain.test.'] });
    expect(simulation.status('www.island.plain.test. A')).toBe('NOERROR secure AD');
    expect(simulation.status('nope.island.plain.test. A')).toBe('NXDOMAIN secure AD');
    expect(simulation.status('www.below.island.plain.test. A')).toBe('NOERROR secure AD');
    expect(simulation.status('www.plain.test. A')).toBe('NOERROR insecure:no-ds');
    const without = new SimulatedResolver({ hierarchy });
    expect(without.status('www.island.plain.test. A')).toBe('NOERROR insecure:no-ds');
  });

  test('the island alone, without the root', () => {
    const simulation = new SimulatedResolver({ hierarchy, anchorRoot: false, anchored: ['island.plain.test.'] });
    expect(simulation.status('www.island.plain.test. A')).toBe('NOERROR secure AD');
    expect(simulation.status('www.plain.test. A')).toBe('NOERROR indeterminate');
  });

  test('a negative anchor, and a positive one below it (RFC 7646 3)', () => {
    const simulation = new SimulatedResolver({ hierarchy, negative: ['test.'], anchored: ['island.plain.test.'] });
    const { status, codes } = simulation.ask('www.test. A');
    expect([status, codes]).toEqual(['NOERROR insecure:negative-trust-anchor', [EdeCode.NEGATIVE_TRUST_ANCHOR]]);
    expect(simulation.status('www.island.plain.test. A')).toBe('NOERROR secure AD');
    expect(simulation.status('nope. A')).toBe('NXDOMAIN secure AD');
  });

  test('a wrong anchor makes everything below it bogus, and nothing else', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.anchors.addDS(nameOf('plain.test.'), {
      keyTag: 1,
      algorithm: 13,
      digestType: 2,
      digest: new Uint8Array(32),
    });
    expect(simulation.ask('www.plain.test. A').resolution.rcode).toBe(Rcode.SERVFAIL);
    expect(simulation.ask('www.island.plain.test. A').resolution.rcode).toBe(Rcode.SERVFAIL);
    expect(simulation.status('www.test. A')).toBe('NOERROR secure AD');
  });
});
