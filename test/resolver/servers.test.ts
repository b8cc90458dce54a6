// What servers do wrong, and what becomes of the question: glueless, lame, silent, truncating, lying and late servers
// (SECURITY 5.1, A-09, A-11, A-28).
import { describe, expect, test } from 'vitest';
import { answer } from '../../src/lab/authority.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import type { ResolverOptions } from '../../src/resolver/options.ts';
import { EdeCode, Rcode, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import {
  always,
  byTransport,
  changing,
  lame,
  lying,
  repeating,
  silent,
  slow,
  truncating,
} from '../support/server-behaviours.ts';
import type { Responder, ServerPath } from '../support/simulated-network.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const FIRST = '198.18.1.1';
const SECOND = '198.18.1.2';
const big = `big TXT ${Array.from({ length: 60 }, (_, index) => `"${'0123456789'.repeat(4)}${index}"`).join(' ')}`;
const hierarchy = buildHierarchy({
  zones: [
    { name: 'test.' },
    { name: 'two.test.', addresses: [FIRST, SECOND], records: `www A 192.0.2.1\na.b.ent A 192.0.2.2\n${big}` },
    { name: 'plain.test.', isSigned: false, addresses: ['198.18.1.3'], records: 'www A 192.0.2.3' },
    { name: 'hosts.test.', records: 'ns1 A 198.18.1.9\nns2 A 198.18.1.10' },
    { name: 'glueless.test.', nameServers: ['ns1.hosts.test.'], addresses: ['198.18.1.9'], records: 'www A 192.0.2.4' },
    {
      name: 'half.test.',
      nameServers: ['ns1.nowhere.test.', 'ns2.hosts.test.'],
      addresses: ['198.18.1.10'],
      records: 'www A 192.0.2.5',
    },
    { name: 'lost.test.', nameServers: ['ns1.nowhere.test.', 'ns2.nowhere.test.'], addresses: ['198.18.1.11'] },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});
const rootNameServers = hierarchy.zone('.').zone.rrset(nameOf('.'), RRType.NS);
if (rootNameServers === undefined) throw new Error('no root name servers');

/** The reply without its EDNS record, cut, or otherwise not what was meant. */
const flipped = (index: number) => (reply: Uint8Array) => {
  const octets = reply.slice();
  octets[index] = (octets[index] ?? 0) ^ 0xff;
  return octets;
};

describe('one server of two misbehaves: the other answers, and the answer is secure', () => {
  const rows: readonly { name: string; behave?: (honest: Responder) => Responder; path?: ServerPath }[] = [
    { name: 'silent', behave: () => silent },
    { name: 'SERVFAIL', behave: () => always(Rcode.SERVFAIL) },
    { name: 'REFUSED', behave: () => always(Rcode.REFUSED) },
    { name: 'NOTIMP', behave: () => always(Rcode.NOTIMP) },
    { name: 'FORMERR', behave: () => always(Rcode.FORMERR) },
    { name: 'an RCODE nobody knows', behave: () => always(14) },
    { name: 'YXDOMAIN without a DNAME', behave: () => always(Rcode.YXDOMAIN) },
    { name: 'NXDOMAIN without proof', behave: () => always(Rcode.NXDOMAIN) },
    { name: 'NOERROR and nothing', behave: () => always(Rcode.NOERROR) },
    { name: 'lame, refers upwards', behave: () => lame(rootNameServers) },
    { name: 'another ID over UDP', behave: (honest) => byTransport(lying(honest, flipped(0)), honest) },
    { name: 'a query instead of a reply', behave: (honest) => lying(honest, flipped(2)) },
    { name: 'cut in the middle', behave: (honest) => lying(honest, (reply) => reply.slice(0, reply.length >> 1)) },
    { name: 'eleven octets', behave: (honest) => lying(honest, (reply) => reply.slice(0, 11)) },
    { name: 'octets behind the message', behave: (honest) => lying(honest, (reply) => Uint8Array.of(...reply, 1, 2)) },
    { name: 'truncates and has no TCP', behave: truncating, path: { refuses: 'tcp' } },
    { name: 'truncates over TCP too', behave: (honest) => truncating(byTransport(honest, truncating(honest))) },
    { name: 'too late', behave: (honest) => slow(honest, 4000) },
    { name: 'port closed', path: { refuses: 'both' } },
    { name: 'no route', path: { unreachable: true } },
    { name: 'a firewall', path: { drops: 'both' } },
  ];
  for (const { name, behave, path } of rows) {
    for (const seed of [1, 2]) {
      test(`${name}, seed ${seed}`, () => {
        const simulation = new SimulatedResolver({ hierarchy, seed });
        const honest = simulation.honest('two.test.');
        simulation.network.addServer(FIRST, behave?.(honest) ?? honest, path);
        expect(simulation.status('www.two.test. A')).toBe('NOERROR secure AD');
        expect(simulation.status('nope.two.test. A')).toBe('NXDOMAIN secure AD');
        expect(simulation.leftovers()).toEqual([]);
      });
    }
  }
});

describe('the only servers misbehave', () => {
  const rows: readonly {
    name: string;
    behave?: (honest: Responder) => Responder;
    path?: ServerPath;
    want: RegExp;
    code?: number;
    /** Packets to one address at most; SECURITY A-28: 4. */
    most?: number;
  }[] = [
    { name: 'silent', behave: () => silent, want: /^SERVFAIL unjudged/, code: EdeCode.NO_REACHABLE_AUTHORITY },
    { name: 'REFUSED', behave: () => always(Rcode.REFUSED), want: /^SERVFAIL/, code: EdeCode.NO_REACHABLE_AUTHORITY },
    { name: 'SERVFAIL', behave: () => always(Rcode.SERVFAIL), want: /^SERVFAIL/, code: EdeCode.NO_REACHABLE_AUTHORITY },
    { name: 'NOTIMP', behave: () => always(Rcode.NOTIMP), want: /^SERVFAIL/ },
    { name: 'FORMERR', behave: () => always(Rcode.FORMERR), want: /^SERVFAIL/ },
    { name: 'lame', behave: () => lame(rootNameServers), want: /^SERVFAIL/, code: EdeCode.NO_REACHABLE_AUTHORITY },
    { name: 'port closed', path: { refuses: 'both' }, want: /^SERVFAIL/, code: EdeCode.NO_REACHABLE_AUTHORITY },
    { name: 'no TCP after truncation', behave: truncating, path: { refuses: 'tcp' }, want: /^SERVFAIL/ },
    {
      name: 'truncates over both',
      behave: (honest) => truncating(byTransport(honest, truncating(honest))),
      want: /^NOERROR/,
    },
    { name: 'malformed', behave: (honest) => lying(honest, (reply) => reply.slice(0, -3)), want: /^SERVFAIL/ },
    { name: 'truncates UDP', behave: truncating, want: /^NOERROR insecure/ },
    {
      name: 'wrong IDs over UDP',
      behave: (honest) => byTransport(lying(honest, flipped(1)), honest),
      want: /^NOERROR/,
    },
    { name: 'each reply thrice', behave: (honest) => repeating(honest, 3), want: /^NOERROR insecure/ },
    { name: 'silent once', behave: (honest) => changing(1, silent, honest), want: /^NOERROR insecure/ },
    { name: 'silent twice', behave: (honest) => changing(2, silent, honest), want: /^NOERROR insecure/ },
    { name: 'UDP dropped', path: { drops: 'udp' }, want: /^NOERROR insecure/ },
    {
      name: 'every error in turn (A-28)',
      behave: () => (query) => always([1, 4, 2, 5, 9, 16][query.seenBefore % 6] ?? 1)(query),
      want: /^SERVFAIL/,
    },
  ];
  for (const { name, behave, path, want, code, most = 4 } of rows) {
    test(name, () => {
      const simulation = new SimulatedResolver({ hierarchy, change: withoutMinimisation });
      const honest = simulation.honest('plain.test.');
      simulation.network.addServer('198.18.1.3', behave?.(honest) ?? honest, path);
      const { status, codes } = simulation.ask('www.plain.test. A');
      expect(status).toMatch(want);
      if (code !== undefined) expect(codes).toContain(code);
      expect(simulation.packetsTo('198.18.1.3')).toBeLessThanOrEqual(most);
      if (status.startsWith('SERVFAIL')) {
        // RFC 9520: within the life of the failure no packet is sent for it.
        const again = simulation.ask('www.plain.test. A');
        expect(again.packets).toBe(0);
        expect(again.codes).toContain(EdeCode.CACHED_ERROR);
      }
      expect(simulation.leftovers()).toEqual([]);
    });
  }
});

describe('answers that do not fit', () => {
  test('a large answer comes over TCP, is secure, and leaves no connection open', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    expect(simulation.status('big.two.test. TXT')).toBe('NOERROR secure AD');
    expect(simulation.network.trace.some(({ transport, what }) => transport === 'tcp' && what === 'reply')).toBe(true);
    expect(simulation.leftovers()).toEqual([]);
  });
});

describe('name servers without glue', () => {
  const rows: readonly { ask: string; want: RegExp; code?: number }[] = [
    { ask: 'www.glueless.test. A', want: /^NOERROR secure AD/ },
    { ask: 'nope.glueless.test. A', want: /^NXDOMAIN secure AD/ },
    { ask: 'www.half.test. A', want: /^NOERROR secure AD/ },
    { ask: 'www.lost.test. A', want: /^SERVFAIL/, code: EdeCode.NO_REACHABLE_AUTHORITY },
  ];
  for (const { ask, want, code } of rows) {
    for (const seed of [1, 2, 3]) {
      test(`${ask} with seed ${seed}`, () => {
        const simulation = new SimulatedResolver({ hierarchy, seed });
        const { status, codes } = simulation.ask(ask);
        expect(status).toMatch(want);
        if (code !== undefined) expect(codes).toContain(code);
        expect(simulation.leftovers()).toEqual([]);
      });
    }
  }
});

describe('name servers whose names are aliases (RFC 2181 10.3)', () => {
  const SERVER = '198.18.1.20';
  const rows: readonly { name: string; nameServers: string[]; want: RegExp; ipv6?: boolean }[] = [
    { name: 'of a name in the same zone', nameServers: ['near.hosts.test.'], want: /^NOERROR secure AD/ },
    { name: 'of a name in another zone', nameServers: ['far.hosts.test.'], want: /^NOERROR secure AD/ },
    { name: 'by a DNAME', nameServers: ['ns.moved.hosts.test.'], want: /^NOERROR secure AD/ },
    { name: 'of an alias of an alias', nameServers: ['c3.hosts.test.'], want: /^NOERROR secure AD/ },
    { name: 'of one alias more', nameServers: ['c4.hosts.test.'], want: /^SERVFAIL/ },
    {
      name: 'beside one without address',
      nameServers: ['none.hosts.test.', 'far.hosts.test.'],
      want: /^NOERROR secure/,
    },
    { name: 'of nothing', nameServers: ['none.hosts.test.'], want: /^SERVFAIL/ },
    { name: 'of each other', nameServers: ['left.hosts.test.'], want: /^SERVFAIL/ },
    { name: 'of a name in the zone itself', nameServers: ['own.hosts.test.'], want: /^SERVFAIL/ },
    { name: 'of a name with an IPv6 address alone', nameServers: ['six.hosts.test.'], want: /^NOERROR/, ipv6: true },
  ];
  for (const { name, nameServers, want, ipv6 = false } of rows) {
    const built = buildHierarchy({
      zones: [
        { name: 'test.' },
        {
          name: 'hosts.test.',
          records:
            `real A ${SERVER}\nnear CNAME real\nfar CNAME box.away.test.\nmoved DNAME away.test.\nnone CNAME nothing\n` +
            'c4 CNAME c3\nc3 CNAME c2\nc2 CNAME near\nleft CNAME right\nright CNAME left\nown CNAME ns.alias.test.\n' +
            'six CNAME real6\nreal6 AAAA 2001:db8::20',
        },
        { name: 'away.test.', records: `box A ${SERVER}\nns A ${SERVER}` },
        {
          name: 'alias.test.',
          nameServers,
          addresses: [ipv6 ? '2001:db8::20' : SERVER],
          records: `www A 192.0.2.8\nns A ${SERVER}`,
        },
      ],
      nowSeconds: DEFAULT_WALL_SECONDS,
    });
    for (const seed of [1, 2]) {
      test(`${name}, seed ${seed}`, () => {
        const change = (plain: ResolverOptions): ResolverOptions => ({
          ...plain,
          iteration: { ...plain.iteration, useIPv6: ipv6 },
        });
        const simulation = new SimulatedResolver({ hierarchy: built, seed, change });
        expect(simulation.status('www.alias.test. A')).toMatch(want);
        // Also when the alias comes from the cache.
        expect(simulation.status('nope.alias.test. A')).toMatch(want.source.includes('SERVFAIL') ? want : /^NXDOMAIN/);
        expect(simulation.leftovers()).toEqual([]);
      });
    }
  }

  test('each step counts as a look-up', () => {
    const names = Array.from({ length: 8 }, (_, index) => `n${index}.hosts.test.`);
    const aliases = names
      .flatMap((_, index) => ['n', 'm', 'o'].map((from, step) => `${from}${index} CNAME ${'mop'[step]}${index}`))
      .join('\n');
    const built = buildHierarchy({
      zones: [
        { name: 'test.' },
        { name: 'hosts.test.', records: aliases },
        { name: 'alias.test.', nameServers: names, addresses: ['198.18.1.20'] },
      ],
      nowSeconds: DEFAULT_WALL_SECONDS,
    });
    const simulation = new SimulatedResolver({ hierarchy: built });
    const { status, codes } = simulation.ask('www.alias.test. A');
    expect([status.slice(0, 8), codes]).toEqual(['SERVFAIL', [EdeCode.NO_REACHABLE_AUTHORITY]]);
    // 16 look-ups: four of four names; without counting the aliases it were five names.
    const asked = simulation.network.trace.map(({ text }) => /\bn\d(?=\.hosts\.test)/.exec(text)?.[0]);
    expect(new Set(asked.filter((name) => name !== undefined)).size).toBe(4);
    expect(simulation.leftovers()).toEqual([]);
  });
});

describe('zones that wait for each other, and one server that leads out of the circle', () => {
  const ADDRESS = '198.18.1.20';
  const hosts = `www A 192.0.2.8\nns1 A ${ADDRESS}\nns2 A ${ADDRESS}\nns3 A ${ADDRESS}`;
  const built = buildHierarchy({
    zones: [
      { name: 'test.' },
      { name: 'out.test.', records: `ns A ${ADDRESS}` },
      {
        name: 'a.test.',
        nameServers: ['ns1.b.test.', 'ns2.b.test.', 'ns3.b.test.'],
        addresses: [ADDRESS],
        records: hosts,
      },
      {
        name: 'b.test.',
        nameServers: ['ns1.a.test.', 'ns2.a.test.', 'ns3.a.test.', 'ns.out.test.'],
        addresses: [ADDRESS],
        records: hosts,
      },
    ],
    nowSeconds: DEFAULT_WALL_SECONDS,
  });
  // In whatever order they are looked up.
  test.each(Array.from({ length: 20 }, (_, seed) => seed + 1))('seed %i', (seed) => {
    const simulation = new SimulatedResolver({ hierarchy: built, seed });
    expect(simulation.status(`www.${seed % 2 === 0 ? 'a' : 'b'}.test. A`)).toBe('NOERROR secure AD');
    expect(simulation.leftovers()).toEqual([]);
  });
});

test('a server without EDNS is asked without it, when its zone is not signed', () => {
  const simulation = new SimulatedResolver({ hierarchy });
  const zones = simulation.zonesAt('198.18.1.3');
  simulation.network.addServer('198.18.1.3', (query) => oldServer(zones)(query));
  expect(simulation.status('www.plain.test. A')).toBe('NOERROR insecure:no-ds');
  const mark = simulation.mark;
  // It is remembered.
  expect(simulation.status('nope.plain.test. A')).toBe('NXDOMAIN insecure:no-ds');
  expect(simulation.packetsTo('198.18.1.3', mark)).toBe(1);
});

function oldServer(zones: ReturnType<SimulatedResolver['zonesAt']>): Responder {
  return ({ octets, transport }) => answer(zones, octets, { transport, edns: 'formerr' });
}

function withoutMinimisation(options: ResolverOptions): ResolverOptions {
  return { ...options, iteration: { ...options.iteration, minimise: false } };
}
