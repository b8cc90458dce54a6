// The limits on what one question may do, each at its value and one beyond (SECURITY 1.2, 1.3, T-8).
import { describe, expect, test } from 'vitest';
import { buildHierarchy, type Hierarchy } from '../../src/lab/hierarchy.ts';
import { emptyContent } from '../../src/lab/reply-content.ts';
import type { ResolverOptions } from '../../src/resolver/options.ts';
import { EdeCode, Rcode, RRType } from '../../src/wire/constants.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { groupIntoRRsets, type RRset } from '../../src/wire/record.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

function sets(text: string): RRset[] {
  return groupIntoRRsets(parseZoneText(text, { defaultTtl: 3600 }).records);
}

function withRequest(change: Partial<ResolverOptions['request']>) {
  return (options: ResolverOptions): ResolverOptions => ({ ...options, request: { ...options.request, ...change } });
}

function withIteration(change: Partial<ResolverOptions['iteration']['limits']>) {
  return (options: ResolverOptions): ResolverOptions => ({
    ...options,
    iteration: { ...options.iteration, limits: { ...options.iteration.limits, ...change } },
  });
}

const simple = buildHierarchy({
  zones: [
    { name: 'test.', isSigned: false, records: 'www A 192.0.2.1' },
    {
      name: 'a.test.',
      isSigned: false,
      records: `www A 192.0.2.1\nbig TXT ${numbers(200)
        .map((index) => `"${'y'.repeat(200)}${index}"`)
        .join(' ')}`,
    },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

/** Packets that `www.a.test. A` takes from nothing. */
const needed = new SimulatedResolver({ hierarchy: simple }).ask('www.a.test. A').packets;

describe('query.max-upstream', () => {
  test('as many as needed are enough, one fewer is not', () => {
    const enough = new SimulatedResolver({ hierarchy: simple, change: withRequest({ maxUpstream: needed }) });
    expect(enough.status('www.a.test. A')).toMatch(/^NOERROR/);
    const short = new SimulatedResolver({ hierarchy: simple, change: withRequest({ maxUpstream: needed - 1 }) });
    const { resolution, packets } = short.ask('www.a.test. A');
    expect([resolution.rcode, packets]).toEqual([Rcode.SERVFAIL, needed - 1]);
    // A limit of ours is no fault of the name: with what was learned meanwhile it succeeds once the failure is forgotten.
    short.advance(6);
    expect(short.status('www.a.test. A')).toMatch(/^NOERROR/);
  });
});

describe('a budget spent by one question', () => {
  const hierarchy = buildHierarchy({
    zones: [
      { name: 'test.' },
      { name: 'a.test.', records: 'www CNAME www.b.test.' },
      { name: 'b.test.', records: 'www CNAME www.victim.' },
      { name: 'victim.', records: 'www A 192.0.2.1' },
    ],
    nowSeconds: DEFAULT_WALL_SECONDS,
  });
  const cost = (ask: string) => new SimulatedResolver({ hierarchy }).ask(ask).packets;
  const whole = cost('www.a.test. A');
  const direct = cost('www.victim. A');

  for (let maxUpstream = direct; maxUpstream < whole; maxUpstream++) {
    test(`of ${maxUpstream} packets is no failure of the names on its way, for those who ask for them at once`, () => {
      const simulation = new SimulatedResolver({ hierarchy, change: withRequest({ maxUpstream }) });
      expect(simulation.status('www.a.test. A')).toMatch(/^SERVFAIL/);
      expect(simulation.status('www.victim. A')).toBe('NOERROR secure AD');
    });
  }

  test('the two costs leave room between them', () => {
    expect(whole).toBeGreaterThan(direct + 3);
  });
});

describe('query.max-bytes', () => {
  test('a large answer ends it when the bound is small', () => {
    const options = { hierarchy: simple, change: withRequest({ maxOctets: 3000 }) };
    expect(new SimulatedResolver(options).status('www.a.test. A')).toMatch(/^NOERROR/);
    const simulation = new SimulatedResolver(options);
    simulation.rewrite('a.test.', (content, { name }) =>
      nameText(name.toLowerCase()) === 'www.a.test.'
        ? { ...emptyContent(Rcode.NOERROR, true), answer: sets('www.a.test. CNAME x.test.') }
        : content,
    );
    simulation.rewrite('test.', (content) => ({
      ...content,
      additional: [
        ...content.additional,
        ...sets(
          `test. TXT ${numbers(60)
            .map(() => `"${'z'.repeat(200)}"`)
            .join(' ')}`,
        ),
      ],
    }));
    const { resolution } = simulation.ask('www.a.test. A');
    expect(resolution.rcode === Rcode.SERVFAIL || resolution.rcode === Rcode.NXDOMAIN).toBe(true);
  });
});

describe('query.max-aliases', () => {
  const chain = (length: number): Hierarchy =>
    buildHierarchy({
      zones: numbers(length + 1).map((index) => ({
        name: `z${index}.`,
        isSigned: false,
        records: index < length ? `www CNAME www.z${index + 1}.` : 'www A 192.0.2.1',
      })),
      nowSeconds: DEFAULT_WALL_SECONDS,
    });
  for (const [length, want] of [
    [10, /^NOERROR/],
    [11, /^NOERROR/],
    [12, /^SERVFAIL/],
    [16, /^SERVFAIL/],
  ] as const) {
    test(`${length} zones one after the other`, () => {
      const { status, codes, lines } = new SimulatedResolver({ hierarchy: chain(length) }).ask('www.z0. A');
      expect(status).toMatch(want);
      if (status.startsWith('SERVFAIL')) expect([codes[0], lines.length]).toEqual([EdeCode.OTHER, 12]);
    });
  }
});

describe('query.max-depth', () => {
  /** Zones whose name servers lie in the next zone, without glue; the last has its own. */
  const tower = (height: number): SimulatedResolver => {
    const hierarchy = buildHierarchy({
      zones: numbers(height + 1).map((index) => ({
        name: `z${index}.`,
        isSigned: false,
        addresses: [`198.18.30.${index + 1}`],
        nameServers: [index < height ? `ns${index}.z${index + 1}.` : `ns.z${index}.`],
        records: `www A 192.0.2.1\n${index > 0 ? `ns${index - 1} A 198.18.30.${index}` : ''}`,
      })),
      nowSeconds: DEFAULT_WALL_SECONDS,
    });
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.rewrite('.', (content) => ({
      ...content,
      additional: [],
      glue: content.glue.filter((set) => nameText(set.name).startsWith('ns.') || nameText(set.name).includes('root')),
    }));
    return simulation;
  };
  for (const [height, want] of [
    [1, /^NOERROR/],
    [6, /^NOERROR/],
    // Seven walks, each within the one before: the question's own is the first.
    [7, /^SERVFAIL/],
    [12, /^SERVFAIL/],
  ] as const) {
    test(`${height} name servers each found through the next`, () => {
      const simulation = tower(height);
      expect(simulation.status('www.z0. A')).toMatch(want);
      expect(simulation.leftovers()).toEqual([]);
    });
  }
});

describe('query.max-referrals and query.max-upstream-per-fetch', () => {
  const deep = (levels: number) => {
    const simulation = new SimulatedResolver({
      hierarchy: simple,
      change: (options) => ({ ...options, iteration: { ...options.iteration, minimise: false } }),
    });
    const [address = ''] = simulation.addressesOf('a.test.');
    simulation.rewrite('a.test.', (content, { name, type }) => {
      const text = nameText(name.toLowerCase());
      const labels = text.split('.').length - 1;
      if (labels < 5 || type !== RRType.A) return content;
      // One label deeper each time that it is asked.
      level = Math.min(level + 1, labels - 2);
      if (level > levels) return { ...emptyContent(Rcode.NOERROR, true), answer: sets(`${text} A 192.0.2.77`) };
      const cut = `${text
        .split('.')
        .slice(labels - 2 - level, labels)
        .join('.')}.`;
      return {
        ...emptyContent(Rcode.NOERROR),
        authority: sets(`${cut} NS ns.${cut}`),
        glue: sets(`ns.${cut} A ${address}`),
      };
    });
    let level = 0;
    return simulation;
  };
  for (const [levels, want] of [
    [10, /^NOERROR/],
    [28, /^NOERROR/],
    [40, /^SERVFAIL/],
  ] as const) {
    test(`${levels} zones within each other`, () => {
      const simulation = deep(levels);
      const { status, packets } = simulation.ask(`${'x.'.repeat(60)}a.test. A`);
      expect(status).toMatch(want);
      expect(packets).toBeLessThanOrEqual(50);
    });
  }

  test('a walk ends at its own bound', () => {
    const simulation = new SimulatedResolver({ hierarchy: simple, change: withIteration({ maxUpstreamPerFetch: 2 }) });
    expect(simulation.status('www.a.test. A')).toMatch(/^SERVFAIL/);
  });
});
