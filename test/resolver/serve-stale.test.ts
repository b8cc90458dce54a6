// Data that have ended, served once more (RFC 8767; SECURITY 5.3, A-52), under virtual time.
import { describe, expect, test } from 'vitest';
import { Region } from '../../src/cache/region.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { DEFAULT_SERVING_OPTIONS, type StaleOptions } from '../../src/resolver/options.ts';
import { EdeCode, Rcode, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { always, silent } from '../support/server-behaviours.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const TTL = 60;
const records = `
@ ${TTL} SOA ns1 hostmaster 1 7200 3600 1209600 ${TTL}
www ${TTL} A 192.0.2.1
alias ${TTL} CNAME www
out ${TTL} CNAME www.plain.
*.wild ${TTL} A 192.0.2.2
`;
const hour = { inceptionSeconds: DEFAULT_WALL_SECONDS - 3600, expirationSeconds: DEFAULT_WALL_SECONDS + 3600 };
const hierarchy = buildHierarchy({
  zones: [
    { name: 'signed.', records },
    { name: 'brief.', records, validity: hour },
    { name: 'plain.', records, isSigned: false },
    { name: 'bogus.', records, faults: { corruptSignature: (_, type) => type === RRType.A } },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

const usual: StaleOptions = {
  windowSeconds: 86_400,
  restartsOnFailure: false,
  clientTimeoutMs: 1800,
  replyTtl: 30,
  tellsClient: true,
};

/** With null, nothing is ever stale. */
function resolver(stale: Partial<StaleOptions> | null = {}, clientDeadlineMs = 4500): SimulatedResolver {
  return new SimulatedResolver({
    hierarchy,
    change: (options) => ({
      ...options,
      cache: { ...options.cache, keepsExpired: stale !== null },
      request: { ...options.request, clientDeadlineMs },
      serving: { ...DEFAULT_SERVING_OPTIONS, stale: stale === null ? undefined : { ...usual, ...stale } },
    }),
  });
}

const zones = ['signed.', 'plain.', 'brief.', 'bogus.'];

/** All servers of the tests' zones from now on. */
function serveAll(simulation: SimulatedResolver, respond: typeof silent): void {
  for (const zone of zones) simulation.serve(zone, respond);
}

const ttlsOf = ({ resolution }: ReturnType<SimulatedResolver['ask']>): number[] =>
  [...resolution.answer, ...resolution.authority].map(({ ttl }) => ttl);

describe('fresh data cannot be had', () => {
  const rows: readonly { ask: string; want: string; code: number }[] = [
    { ask: 'www.signed. A', want: 'NOERROR secure AD', code: EdeCode.STALE_ANSWER },
    { ask: 'www.plain. A', want: 'NOERROR insecure:no-ds', code: EdeCode.STALE_ANSWER },
    { ask: 'alias.signed. A', want: 'NOERROR secure AD', code: EdeCode.STALE_ANSWER },
    { ask: 'out.signed. A', want: 'NOERROR insecure:no-ds', code: EdeCode.STALE_ANSWER },
    { ask: 'x.wild.signed. A', want: 'NOERROR secure AD', code: EdeCode.STALE_ANSWER },
    { ask: 'www.signed. MX', want: 'NOERROR secure AD', code: EdeCode.STALE_ANSWER },
    { ask: 'nope.signed. A', want: 'NXDOMAIN secure AD', code: EdeCode.STALE_NXDOMAIN },
    { ask: 'nope.plain. A', want: 'NXDOMAIN insecure:no-ds', code: EdeCode.STALE_NXDOMAIN },
  ];
  for (const { ask, want, code } of rows) {
    test(`${ask}: ${want}, with a TTL of its own, for this client alone`, () => {
      const simulation = resolver();
      const before = simulation.ask(ask);
      expect(before.status).toBe(want);
      expect(before.resolution.shareable).toBe(true);
      serveAll(simulation, always(Rcode.SERVFAIL));
      simulation.advance(TTL + 1);
      const after = simulation.ask(ask);
      expect([after.status, after.lines, after.codes[0]]).toEqual([want, before.lines, code]);
      expect(new Set(ttlsOf(after))).toEqual(new Set([30]));
      expect(after.resolution.shareable).toBe(false);
      // The failure is remembered: what is stale is served without asking.
      const again = simulation.ask(ask);
      expect([again.status, again.packets, again.elapsedMs]).toEqual([want, 0, 0]);
      simulation.restore();
      simulation.advance(301);
      expect(simulation.ask(ask).resolution.shareable).toBe(true);
      expect(simulation.leftovers()).toEqual([]);
    });
  }

  test('without the option nothing of the kind happens', () => {
    const simulation = resolver(null);
    simulation.ask('www.signed. A');
    serveAll(simulation, always(Rcode.SERVFAIL));
    simulation.advance(TTL + 1);
    expect(simulation.ask('www.signed. A').resolution.rcode).toBe(Rcode.SERVFAIL);
  });

  test('who does not want to be told is not', () => {
    const simulation = resolver({ tellsClient: false });
    simulation.ask('www.signed. A');
    serveAll(simulation, always(Rcode.SERVFAIL));
    simulation.advance(TTL + 1);
    expect(simulation.ask('www.signed. A').codes).toEqual([]);
  });

  test('keys of zones are never stale', () => {
    const simulation = resolver();
    for (const ask of ['signed. DNSKEY', 'signed. DS']) {
      simulation.ask(ask);
      simulation.serve('signed.', silent);
      simulation.serve('.', silent);
    }
    simulation.advance(3601);
    expect(simulation.ask('signed. DNSKEY').resolution.rcode).toBe(Rcode.SERVFAIL);
    expect(simulation.ask('signed. DS').resolution.rcode).toBe(Rcode.SERVFAIL);
  });

  test('a query without RD looks at what is live', () => {
    const simulation = resolver();
    simulation.ask('www.plain. A');
    simulation.advance(TTL + 1);
    expect(simulation.ask('www.plain. A', { recursionDesired: false }).resolution.rcode).toBe(Rcode.REFUSED);
  });

  test('nobody who validates nothing is left out', () => {
    const simulation = resolver();
    simulation.ask('www.signed. A', { validate: false });
    serveAll(simulation, always(Rcode.SERVFAIL));
    simulation.advance(TTL + 1);
    expect(simulation.status('www.signed. A', { validate: false })).toBe('NOERROR unjudged');
    // Whom it would deceive is not given what nobody has validated.
    expect(simulation.ask('www.signed. A').resolution.rcode).toBe(Rcode.SERVFAIL);
  });
});

describe('how long a client waits, and how long data are stale', () => {
  /** Shorter than servers are waited for. */
  const DEADLINE_MS = 1000;
  const rows: readonly { name: string; stale: Partial<StaleOptions>; after: number; want: number; waits: number }[] = [
    { name: 'the client timer', stale: {}, after: TTL + 1, want: Rcode.NOERROR, waits: 500 },
    { name: 'a short one', stale: { clientTimeoutMs: 1 }, after: TTL + 1, want: Rcode.NOERROR, waits: 1 },
    { name: 'none: served at once', stale: { clientTimeoutMs: 0 }, after: TTL + 1, want: Rcode.NOERROR, waits: 0 },
    {
      name: 'one longer than the deadline',
      stale: { clientTimeoutMs: 60_000 },
      after: TTL + 1,
      want: Rcode.NOERROR,
      waits: DEADLINE_MS,
    },
    { name: 'the end of the window', stale: { windowSeconds: 100 }, after: TTL + 99, want: Rcode.NOERROR, waits: 500 },
    {
      name: 'behind the window',
      stale: { windowSeconds: 100 },
      after: TTL + 100,
      want: Rcode.SERVFAIL,
      waits: DEADLINE_MS,
    },
    {
      name: 'behind the window, when a failure opens it anew',
      stale: { windowSeconds: 100, restartsOnFailure: true },
      after: TTL + 100,
      want: Rcode.NOERROR,
      waits: DEADLINE_MS,
    },
    {
      name: 'behind the window for more than a week',
      stale: { windowSeconds: 100, restartsOnFailure: true },
      after: TTL + 8 * 86_400,
      want: Rcode.SERVFAIL,
      waits: DEADLINE_MS,
    },
    {
      name: 'no end',
      stale: { windowSeconds: Number.POSITIVE_INFINITY },
      after: 1e7,
      want: Rcode.NOERROR,
      waits: 500,
    },
  ];
  for (const { name, stale, after, want, waits } of rows) {
    test(`${name}: ${want} after ${waits} ms`, () => {
      const simulation = resolver({ clientTimeoutMs: 500, ...stale }, DEADLINE_MS);
      simulation.ask('www.plain. A');
      simulation.ask('. NS');
      serveAll(simulation, silent);
      simulation.serve('.', silent);
      simulation.advance(after);
      const { resolution, elapsedMs } = simulation.ask('www.plain. A');
      expect([resolution.rcode, elapsedMs]).toEqual([want, waits]);
      expect(simulation.leftovers()).toEqual([]);
    });
  }

  test('a window that was opened anew lets stale data be served at once', () => {
    const simulation = resolver({ windowSeconds: 30, restartsOnFailure: true, clientTimeoutMs: 0 });
    simulation.ask('www.plain. A');
    serveAll(simulation, always(Rcode.SERVFAIL));
    simulation.advance(TTL + 20);
    // Served at once; the refresh fails, and the time begins anew.
    expect(simulation.ask('www.plain. A').elapsedMs).toBe(0);
    simulation.advance(25);
    const later = simulation.ask('www.plain. A');
    expect([later.resolution.rcode, later.elapsedMs]).toEqual([Rcode.NOERROR, 0]);
  });

  test('the look-up goes on behind a stale answer, and the next one is fresh', () => {
    const simulation = resolver({ clientTimeoutMs: 5 });
    simulation.ask('www.plain. A');
    simulation.advance(TTL + 1);
    const stale = simulation.ask('www.plain. A');
    expect([stale.elapsedMs, stale.codes]).toEqual([5, [EdeCode.STALE_ANSWER]]);
    simulation.advance(1);
    const fresh = simulation.ask('www.plain. A');
    expect([fresh.packets, fresh.resolution.shareable]).toEqual([0, true]);
    expect(ttlsOf(fresh)[0]).toBeGreaterThan(50);
  });

  test('served at once, a refresh is made meanwhile, and only one', () => {
    const simulation = resolver({ clientTimeoutMs: 0 });
    simulation.ask('alias.signed. A');
    simulation.advance(TTL + 1);
    const { mark } = simulation;
    for (let count = 0; count < 10; count++) expect(simulation.ask('alias.signed. A').elapsedMs).toBe(0);
    simulation.advance(1);
    expect(simulation.asked(mark).filter((text) => text === 'alias.signed. A')).toHaveLength(1);
    expect(simulation.ask('alias.signed. A').resolution.shareable).toBe(true);
    expect(simulation.leftovers()).toEqual([]);
  });

  test('a denial that has ended yields to data of TTL 0', () => {
    const simulation = resolver({ clientTimeoutMs: 0 });
    expect(simulation.ask('new.plain. A').resolution.rcode).toBe(Rcode.NXDOMAIN);
    simulation.rewrite('plain.', (content, { name, type }) => {
      const isNew = name.equals(nameOf('new.plain.')) && type === RRType.A;
      const rrset = { name, type, class: 1, ttl: 0, rdatas: [Uint8Array.of(192, 0, 2, 9)], signatures: [] };
      return isNew ? { ...content, rcode: Rcode.NOERROR, answer: [rrset], authority: [] } : content;
    });
    simulation.advance(TTL);
    expect(simulation.ask('new.plain. A').resolution.rcode).toBe(Rcode.NXDOMAIN);
    simulation.advance(0.5);
    expect(simulation.ask('new.plain. A').lines).toEqual(['new.plain. A 192.0.2.9']);
    // When both have ended, the later one counts.
    serveAll(simulation, always(Rcode.SERVFAIL));
    simulation.advance(TTL);
    expect(simulation.ask('new.plain. A').lines).toEqual(['new.plain. A 192.0.2.9']);
  });
});

describe('what may not be stale (SECURITY A-52)', () => {
  /** Spoils every signature over addresses. */
  const spoil = (simulation: SimulatedResolver): void =>
    simulation.rewrite('signed.', (content) => ({
      ...content,
      answer: content.answer.map((rrset) =>
        rrset.type === RRType.A
          ? { ...rrset, signatures: rrset.signatures.map((rdata) => rdata.with(-1, (rdata.at(-1) ?? 0) ^ 1)) }
          : rrset,
      ),
    }));

  test('bogus data: they are not served, what was good before them is', () => {
    const simulation = resolver();
    simulation.ask('www.signed. A');
    spoil(simulation);
    simulation.advance(TTL + 1);
    const rounds = [0, 30, 40, 100, 3600];
    for (const seconds of rounds) {
      simulation.advance(seconds);
      const { status, codes } = simulation.ask('www.signed. A');
      expect([status, codes[0]]).toEqual(['NOERROR secure AD', EdeCode.STALE_ANSWER]);
    }
    // Who set CD gets what the servers say.
    expect(simulation.status('www.signed. A', { checkingDisabled: true })).toBe('NOERROR bogus:rrsig-invalid');
    simulation.restore();
    simulation.advance(61);
    expect(simulation.ask('www.signed. A').resolution.shareable).toBe(true);
  });

  test('bogus data from the beginning', () => {
    const simulation = resolver({ clientTimeoutMs: 0 });
    simulation.ask('www.bogus. A');
    simulation.advance(61);
    expect(simulation.status('www.bogus. A')).toBe('SERVFAIL bogus:rrsig-invalid');
    serveAll(simulation, always(Rcode.SERVFAIL));
    simulation.advance(61);
    expect(simulation.ask('www.bogus. A').resolution.rcode).toBe(Rcode.SERVFAIL);
  });

  test('secure data are authentic until their signatures expire, no longer', () => {
    const simulation = resolver();
    expect(simulation.status('www.brief. A')).toBe('NOERROR secure AD');
    expect(simulation.status('nope.brief. A')).toBe('NXDOMAIN secure AD');
    serveAll(simulation, silent);
    simulation.advance(3500);
    expect(simulation.status('www.brief. A')).toBe('NOERROR secure AD');
    simulation.advance(200);
    expect(simulation.status('www.brief. A')).toBe('NOERROR secure');
    expect(simulation.status('nope.brief. A')).toBe('NXDOMAIN secure');
  });

  test('what was wiped, whether it has ended or not', () => {
    const simulation = resolver();
    for (const ask of ['www.signed. A', 'alias.signed. A', 'nope.signed. A']) simulation.ask(ask);
    spoil(simulation);
    simulation.advance(TTL + 1);
    // One of them is kept beside bogus data by now.
    expect(simulation.status('www.signed. A')).toBe('NOERROR secure AD');
    simulation.resolver.wipe(Region.below(nameOf('signed.')));
    serveAll(simulation, always(Rcode.SERVFAIL));
    for (const ask of ['www.signed. A', 'alias.signed. A', 'nope.signed. A']) {
      expect(simulation.ask(ask).resolution.rcode).toBe(Rcode.SERVFAIL);
    }
  });

  test('what was judged by other anchors', () => {
    const simulation = resolver();
    expect(simulation.status('www.signed. A')).toBe('NOERROR secure AD');
    serveAll(simulation, always(Rcode.SERVFAIL));
    simulation.advance(TTL + 1);
    simulation.anchors.addNegative(nameOf('signed.'), 'broken');
    simulation.resolver.reconfigure({}, Region.below(nameOf('signed.')));
    expect(simulation.ask('www.signed. A').resolution.rcode).toBe(Rcode.SERVFAIL);
  });
});
