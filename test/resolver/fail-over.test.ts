// Forwarders that are dead, die, come back or misbehave: how long the client waits, who is asked afterwards, and what it
// is told when nobody is left (POWERDNS 4.2, SECURITY 5.1).
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { Zone } from '../../src/lab/zone.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { EdeCode, Rcode, RRType } from '../../src/wire/constants.ts';
import { parseMessage } from '../../src/wire/message.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { always, authority, lame } from '../support/server-behaviours.ts';
import type { Responder, ServerPath } from '../support/simulated-network.ts';
import { SimulatedResolver, type SimulationOptions } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const FIRST = '198.18.3.1';
const SECOND = '198.18.3.2';
/** What a client is made to wait for its first answer at most, and what later ones may take beyond a reply's own time. */
const FIRST_ANSWER_MS = 1_500;
const LATER_ANSWER_MS = 150;

const hosts = Array.from({ length: 200 }, (_, index) => `h${index} A 10.0.0.${index}`).join('\n');
const hierarchy = buildHierarchy({
  zones: [
    { name: 'home.', records: hosts },
    { name: 'plain.', isSigned: false, records: hosts },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});
const zones = new ZoneSet([hierarchy.zone('home.').zone]);
const honest = authority(zones);

const rootServers = hierarchy.zone('.').zone.rrset(nameOf('.'), RRType.NS);
if (rootServers === undefined) throw new Error('no root name servers');

interface Forwarders {
  readonly first: { readonly behave?: Responder; readonly path?: ServerPath };
  readonly second?: { readonly behave?: Responder; readonly path?: ServerPath };
  readonly tls?: boolean;
  readonly recurse?: boolean;
  readonly seed?: number;
  readonly change?: NonNullable<SimulationOptions['change']>;
}

function forwarding({ first, second, tls = false, recurse = true, seed = 1, change }: Forwarders): SimulatedResolver {
  const addresses = second === undefined ? [FIRST] : [FIRST, SECOND];
  const simulation = new SimulatedResolver({
    hierarchy,
    anchored: ['home.'],
    forwardZones: [{ zone: 'home.', addresses, recurse, tls }],
    seed,
    ...(change === undefined ? {} : { change }),
  });
  for (const [address, server] of [
    [FIRST, first],
    [SECOND, second],
  ] as const) {
    if (server === undefined) continue;
    simulation.network.addServer(tls ? `${address}#853` : address, server.behave ?? honest, server.path ?? {});
  }
  return simulation;
}

/** The answers to questions that nothing is cached for, one after the other. */
function askMany(simulation: SimulatedResolver, count: number, from = 0) {
  return Array.from({ length: count }, (_, index) => simulation.ask(`h${from + index}.home. A`));
}

const slowest = (answers: readonly { elapsedMs: number }[]) => Math.max(...answers.map(({ elapsedMs }) => elapsedMs));

describe('one forwarder of two is of no use', () => {
  const rows: readonly { name: string; behave?: Responder; path?: ServerPath; tls?: boolean }[] = [
    { name: 'dead', path: { drops: 'both' } },
    { name: 'refuses connections', path: { refuses: 'both' } },
    { name: 'unreachable', path: { unreachable: true } },
    { name: 'REFUSED', behave: always(Rcode.REFUSED) },
    { name: 'SERVFAIL', behave: always(Rcode.SERVFAIL) },
    { name: 'NOTIMP', behave: always(Rcode.NOTIMP) },
    { name: 'lame', behave: lame(rootServers) },
    { name: 'dead, over TLS', path: { drops: 'both' }, tls: true },
    { name: 'refuses connections, over TLS', path: { refuses: 'both' }, tls: true },
    { name: 'its certificate is another one', path: { tlsFails: 'certificate has expired' }, tls: true },
    { name: 'closes each connection after one message, over TLS', path: { messagesPerStream: 1 }, tls: true },
    { name: 'SERVFAIL, over TLS', behave: always(Rcode.SERVFAIL), tls: true },
  ];
  for (const { name, behave, path, tls = false } of rows) {
    test(`${name}: the client has its answer in time, and the next ones at once`, () => {
      for (const seed of [1, 2, 3, 4]) {
        const bad = { ...(behave === undefined ? {} : { behave }), ...(path === undefined ? {} : { path }) };
        const simulation = forwarding({ first: bad, second: {}, tls, seed });
        const first = simulation.ask('h0.home. A');
        expect(first.status).toBe('NOERROR secure AD');
        expect(first.elapsedMs).toBeLessThan(FIRST_ANSWER_MS);
        const later = askMany(simulation, 100, 1);
        expect(new Set(later.map(({ status }) => status))).toEqual(new Set(['NOERROR secure AD']));
        // Probes and exploration may cost a few of them one short time-out.
        expect(later.filter(({ elapsedMs }) => elapsedMs > LATER_ANSWER_MS).length).toBeLessThanOrEqual(5);
        expect(slowest(later)).toBeLessThan(FIRST_ANSWER_MS);
        expect(simulation.leftovers()).toEqual([]);
      }
    });
  }

  test('authoritative forwarders (RD=0) are no different', () => {
    const simulation = forwarding({ first: { path: { drops: 'both' } }, second: {}, recurse: false });
    expect(slowest(askMany(simulation, 50))).toBeLessThan(FIRST_ANSWER_MS);
  });
});

describe('a forwarder that dies while it is in use', () => {
  for (const tls of [false, true]) {
    test(`${tls ? 'over TLS' : 'over UDP'}: the other one takes over, and both serve when it is back`, () => {
      const key = tls ? `${FIRST}#853` : FIRST;
      let afterReturn = 0;
      for (const seed of [1, 2, 3, 4]) {
        const simulation = forwarding({ first: {}, second: {}, tls, seed });
        askMany(simulation, 20);
        simulation.network.setPath(key, { drops: 'both' });
        const during = askMany(simulation, 60, 20);
        expect(new Set(during.map(({ status }) => status))).toEqual(new Set(['NOERROR secure AD']));
        expect(slowest(during)).toBeLessThan(FIRST_ANSWER_MS);
        expect(during.filter(({ elapsedMs }) => elapsedMs > LATER_ANSWER_MS).length).toBeLessThanOrEqual(6);
        simulation.network.setPath(key, {});
        simulation.advance(61);
        const before = simulation.network.queriesTo(key);
        for (const answer of askMany(simulation, 100, 80)) expect(answer.elapsedMs).toBeLessThan(LATER_ANSWER_MS);
        afterReturn += simulation.network.queriesTo(key) - before;
      }
      expect(afterReturn).toBeGreaterThan(10);
    });
  }

  test('alone, it is found alive a second after it is back', () => {
    const simulation = forwarding({ first: { path: { drops: 'both' } } });
    for (const index of [0, 1, 2, 3]) simulation.ask(`h${index}.home. A`);
    simulation.network.setPath(FIRST, {});
    simulation.advance(6);
    expect(simulation.status('h9.home. A')).toBe('NOERROR secure AD');
  });
});

describe('when no forwarder answers', () => {
  const rows: readonly { name: string; path: ServerPath; tls?: boolean; text: RegExp }[] = [
    { name: 'dead', path: { drops: 'both' }, text: /198\.18\.3\.[12]:53 timeout for h0\.home A/ },
    { name: 'refusing', path: { refuses: 'both' }, text: /198\.18\.3\.[12]:53 connection-refused for h0\.home A/ },
    {
      name: 'with wrong certificates',
      path: { tlsFails: 'self-signed certificate' },
      tls: true,
      text: /198\.18\.3\.[12]:853 TLS: self-signed certificate for h0\.home A/,
    },
  ];
  for (const { name, path, tls = false, text } of rows) {
    test(`${name}: SERVFAIL, and extended errors that name the servers (RFC 8914 4.23, 4.24)`, () => {
      const simulation = forwarding({ first: { path }, second: { path }, tls });
      const { status, codes, resolution, elapsedMs } = simulation.ask('h0.home. A');
      expect(status).toMatch(/^SERVFAIL/);
      expect(elapsedMs).toBeLessThan(4_501);
      expect(codes).toContain(EdeCode.NO_REACHABLE_AUTHORITY);
      expect(codes).toContain(EdeCode.NETWORK_ERROR);
      expect(resolution.errors.some((error) => text.test(error.text))).toBe(true);
      expect(simulation.network.trace.some(({ transport }) => transport === 'udp' && tls)).toBe(false);
      expect(simulation.leftovers()).toEqual([]);
    });
  }

  test('a client whose patience ends first is told the same', () => {
    const simulation = forwarding({
      first: { path: { drops: 'both' } },
      second: { path: { drops: 'both' } },
      change: (options) => ({ ...options, request: { ...options.request, clientDeadlineMs: 1_000 } }),
    });
    const { resolution } = simulation.ask('h0.home. A');
    const texts = resolution.errors.map(({ text }) => text).sort();
    expect(texts).toEqual([
      `${FIRST}:53 timeout for h0.home A`,
      `${SECOND}:53 timeout for h0.home A`,
      'no answer in time',
    ]);
  });

  test('known to be dead, they are named without being asked', () => {
    const simulation = forwarding({ first: { path: { drops: 'both' } }, second: { path: { drops: 'both' } } });
    for (let index = 0; index < 4; index++) simulation.ask(`h${index}.home. A`);
    // The first two of them are the probes of this second.
    const texts = simulation
      .askAll(['h10.home. A', 'h11.home. A', 'h12.home. A'])
      .flatMap(({ errors }) => errors.map(({ text }) => text));
    expect(texts).toContain(`${FIRST}:53 has not answered lately`);
    expect(texts).toContain(`${SECOND}:53 has not answered lately`);
  });
});

describe('settings', () => {
  test('a forwarder that is exempt from throttling is asked each time', () => {
    const simulation = forwarding({
      first: { path: { drops: 'both' } },
      change: (options) => {
        options.iteration.exemptions.netmasks.add('198.18.3.0/24');
        return options;
      },
    });
    for (let index = 0; index < 6; index++) expect(simulation.ask(`h${index}.home. A`).packets).toBeGreaterThan(0);
  });

  test('a name server without an address is left alone after five failures (non_resolving_ns_max_fails)', () => {
    const simulation = new SimulatedResolver({
      zones: [{ name: 'test.' }, { name: 'lost.test.', nameServers: ['ns.nowhere.test.'], addresses: ['198.18.1.11'] }],
    });
    const throttled = () => {
      const { knowledge } = simulation.resolver;
      return [...knowledge.nonResolving.known(knowledge.now)].map(({ fails, throttledSeconds }) => [
        fails,
        throttledSeconds > 0,
      ]);
    };
    for (let index = 0; index < 4; index++) simulation.ask(`h${index}.lost.test. A`);
    expect(throttled()).toEqual([[4, false]]);
    for (let index = 4; index < 9; index++) expect(simulation.status(`h${index}.lost.test. A`)).toMatch(/^SERVFAIL/);
    expect(throttled()).toEqual([[5, true]]);
  });

  test('lower case is sent where it is asked for', () => {
    const names: string[] = [];
    const simulation = forwarding({
      first: {
        behave: (query) => {
          const parsed = parseMessage(query.octets);
          if (parsed.ok) names.push(Buffer.from(parsed.message.question.name.octets).toString('latin1'));
          return honest(query);
        },
      },
      change: (options) => ({ ...options, iteration: { ...options.iteration, lowerCase: true } }),
    });
    const { lines } = simulation.ask('H7.hOmE. A');
    expect(lines).toEqual(['h7.home. A 10.0.0.7']);
    expect(names).not.toEqual([]);
    for (const name of names) expect(name).toBe(name.toLowerCase());
  });

  test('a delegation inside an authoritative forward zone is followed, inside a recursive one it is not', () => {
    const parent = Zone.fromText(
      '@ SOA ns x 1 2 3 4 300\n@ NS ns\nns A 198.18.3.1\nchild NS ns.child\nns.child A 198.18.3.9\n',
      nameOf('inner.'),
    );
    const child = Zone.fromText(
      '@ SOA ns x 1 2 3 4 300\n@ NS ns\nns A 198.18.3.9\nwww A 10.0.0.9\n',
      nameOf('child.inner.'),
    );
    const outcome = (recurse: boolean) => {
      const simulation = new SimulatedResolver({
        hierarchy,
        negative: ['inner.'],
        forwardZones: [{ zone: 'inner.', addresses: [FIRST], recurse }],
      });
      simulation.network.addServer(FIRST, authority(new ZoneSet([parent])));
      simulation.network.addServer('198.18.3.9', authority(new ZoneSet([child])));
      const { lines } = simulation.ask('www.child.inner. A');
      return { lines, packets: simulation.packetsTo('198.18.3.9') };
    };
    expect(outcome(false).lines).toEqual(['www.child.inner. A 10.0.0.9']);
    expect(outcome(true)).toEqual({ lines: [], packets: 0 });
  });
});

describe('denials from elsewhere', () => {
  test('a top-level name that the root denies has nothing below it, except where it is forwarded (A-50)', () => {
    const own = Zone.fromText('@ SOA ns x 1 2 3 4 300\n@ NS ns\nwww A 10.0.0.1\n', nameOf('lan.'));
    const simulation = new SimulatedResolver({
      hierarchy,
      anchorRoot: false,
      forwardZones: [{ zone: 'corp.lan.', addresses: [FIRST] }],
    });
    simulation.network.addServer(FIRST, authority(new ZoneSet([own])));
    expect(simulation.ask('lan. A').resolution.rcode).toBe(Rcode.NXDOMAIN);
    expect(simulation.ask('www.lan. A').packets).toBe(0);
    const mark = simulation.mark;
    simulation.ask('www.corp.lan. A');
    expect(simulation.packetsTo(FIRST, mark)).toBeGreaterThan(0);
  });

  test('unless root_nx_trust is off', () => {
    const simulation = new SimulatedResolver({
      hierarchy,
      anchorRoot: false,
      change: (options) => ({ ...options, cache: { ...options.cache, rootNxTrust: false } }),
    });
    simulation.ask('lan. A');
    expect(simulation.ask('www.lan. A').packets).toBeGreaterThan(0);
  });

  test("the root's denial does not speak for a name with an anchor of its own (A-50)", () => {
    const simulation = new SimulatedResolver({ hierarchy, anchored: ['home.'] });
    simulation.anchors.addNegative(nameOf('isle.gone.'), 'by configuration');
    expect(simulation.status('gone. A')).toBe('NXDOMAIN secure AD');
    const mark = simulation.mark;
    simulation.ask('www.isle.gone. A');
    expect(simulation.asked(mark).length).toBeGreaterThan(0);
    expect(simulation.ask('www.other.gone. A').packets).toBe(0);
  });
});
