// Popular answers are renewed before their end (SECURITY 5.3, A-53), and which TTLs go out.
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { DEFAULT_SERVING_OPTIONS, type ServingOptions } from '../../src/resolver/options.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { always } from '../support/server-behaviours.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const records = `
@ 100 SOA ns1 hostmaster 1 7200 3600 1209600 100
www 100 A 192.0.2.1
alias 100 CNAME www
brief 9 A 192.0.2.2
`;
const hierarchy = buildHierarchy({
  zones: [
    { name: 'signed.', records },
    { name: 'plain.', records, isSigned: false },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

function resolver(serving: Partial<ServingOptions> = { refreshPercent: 10 }): SimulatedResolver {
  return new SimulatedResolver({
    hierarchy,
    change: (options) => ({ ...options, serving: { ...DEFAULT_SERVING_OPTIONS, ...serving } }),
  });
}

describe('renewal', () => {
  const rows: readonly { name: string; ask: string; percent?: number; at: number; renews: boolean; keep?: number }[] = [
    { name: 'not before the last tenth', ask: 'www.plain. A', at: 89, renews: false, keep: 1 },
    { name: 'in the last tenth', ask: 'www.plain. A', at: 90, renews: true, keep: 2 },
    { name: 'a signed answer', ask: 'www.signed. A', at: 95, renews: true, keep: 2 },
    { name: 'an alias', ask: 'alias.signed. A', at: 95, renews: true, keep: 2 },
    { name: 'a denial', ask: 'nope.plain. A', at: 95, renews: true, keep: 2 },
    { name: 'NODATA', ask: 'www.signed. MX', at: 95, renews: true, keep: 2 },
    { name: 'another percentage', ask: 'www.plain. A', percent: 50, at: 50, renews: true, keep: 2 },
    { name: 'before another percentage', ask: 'www.plain. A', percent: 50, at: 40, renews: false, keep: 10 },
    { name: 'switched off', ask: 'www.plain. A', percent: 0, at: 99, renews: false },
    { name: 'not what lives shorter than ten seconds', ask: 'brief.plain. A', at: 8, renews: false },
  ];
  for (const { name, ask, percent = 10, at, renews, keep } of rows) {
    test(`${name}: ${ask}`, () => {
      const simulation = resolver({ refreshPercent: percent });
      const first = simulation.ask(ask);
      simulation.advance(at);
      const { mark } = simulation;
      const hit = simulation.ask(ask);
      expect([hit.packets, hit.elapsedMs, hit.lines]).toEqual([0, 0, first.lines]);
      expect(hit.resolution.keepSeconds).toBe(keep);
      for (let count = 0; count < 20; count++) simulation.ask(ask);
      simulation.advance(1);
      expect(simulation.asked(mark).filter((text) => text.toLowerCase() === ask.toLowerCase())).toHaveLength(
        renews ? 1 : 0,
      );
      expect(simulation.status(ask)).toBe(first.status);
      expect(simulation.leftovers()).toEqual([]);
    });
  }

  test('the renewed answer lives as long as a new one', () => {
    const simulation = resolver();
    simulation.ask('www.signed. A');
    for (let round = 0; round < 5; round++) {
      simulation.advance(95);
      expect(simulation.ask('www.signed. A').packets).toBe(0);
      simulation.advance(0.1);
      expect(simulation.ask('www.signed. A').resolution.answer[0]?.ttl).toBe(100);
    }
  });

  test('a renewal that fails leaves the answer as it is, and is not tried again for the same one', () => {
    const simulation = resolver();
    simulation.ask('www.plain. A');
    simulation.serve('plain.', always(Rcode.SERVFAIL));
    simulation.advance(91);
    const { mark } = simulation;
    simulation.ask('www.plain. A');
    simulation.advance(2);
    const sent = simulation.mark - mark;
    expect(sent).toBeGreaterThan(0);
    expect(simulation.status('www.plain. A')).toBe('NOERROR insecure:no-ds');
    simulation.advance(6);
    expect(simulation.status('www.plain. A')).toBe('NOERROR insecure:no-ds');
    simulation.advance(0.5);
    expect(simulation.mark - mark).toBe(sent);
  });

  test('a query without RD renews nothing', () => {
    const simulation = resolver();
    simulation.ask('www.plain. A');
    simulation.advance(95);
    const { mark } = simulation;
    simulation.ask('www.plain. A', { recursionDesired: false });
    simulation.advance(1);
    expect(simulation.mark).toBe(mark);
  });

  test('no more than a number of them at any time', () => {
    const simulation = resolver({ refreshPercent: 10, maxRefreshes: 3 });
    const names = Array.from({ length: 10 }, (_, index) => `n${index}.plain. A`);
    simulation.askAll(names);
    simulation.advance(95);
    const { mark } = simulation;
    simulation.askAll(names);
    simulation.advance(0.005);
    expect(simulation.mark - mark).toBe(3);
    simulation.advance(1);
    expect(simulation.leftovers()).toEqual([]);
  });

  test('two clients that validate and one that does not renew what each of them gets', () => {
    const simulation = resolver();
    simulation.ask('www.signed. A');
    simulation.advance(95);
    simulation.ask('www.signed. A', { validate: false });
    simulation.ask('www.signed. A');
    simulation.advance(1);
    expect(simulation.status('www.signed. A')).toBe('NOERROR secure AD');
  });
});

describe('TTLs as servers gave them', () => {
  const rows: readonly { ask: string; ttl: number }[] = [
    { ask: 'www.signed. A', ttl: 100 },
    { ask: 'www.plain. A', ttl: 100 },
    { ask: 'nope.plain. A', ttl: 100 },
    { ask: 'brief.plain. A', ttl: 9 },
  ];
  for (const { ask, ttl } of rows) {
    test(`${ask}: ${ttl}, however old, and nobody keeps the reply`, () => {
      const simulation = resolver({ originalTtl: true });
      simulation.ask(ask);
      simulation.advance(5);
      const { packets, resolution } = simulation.ask(ask);
      const [first] = [...resolution.answer, ...resolution.authority];
      expect([packets, first?.ttl, resolution.shareable]).toEqual([0, ttl, false]);
      simulation.advance(ttl);
      expect(simulation.ask(ask).packets).toBeGreaterThan(0);
    });
  }

  test('never more than the signer said (RFC 4035 5.3.3)', () => {
    const simulation = resolver({ originalTtl: true });
    simulation.rewrite('signed.', (content) => ({
      ...content,
      answer: content.answer.map((rrset) => (rrset.type === RRType.A ? { ...rrset, ttl: 5000 } : rrset)),
    }));
    expect(simulation.ask('www.signed. A').resolution.answer[0]?.ttl).toBe(100);
  });
});
