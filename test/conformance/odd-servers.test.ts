// Servers that are wrong in one way each, and what a client still gets: minimised names, EDNS, letter case, sizes, name
// servers and their addresses, forwarders with a way out, renewal and data that have ended.
import { describe, expect, test } from 'vitest';
import { answer } from '../../src/lab/authority.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { emptyContent, type ReplyContent } from '../../src/lab/reply-content.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { DEFAULT_SERVING_OPTIONS, type ResolverOptions, type StaleOptions } from '../../src/resolver/options.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import type { Question } from '../../src/wire/message.ts';
import { parseMessage } from '../../src/wire/message.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { always, byTransport, silent, truncating } from '../support/server-behaviours.ts';
import type { Responder } from '../support/simulated-network.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const nowSeconds = DEFAULT_WALL_SECONDS;
const AD = 'NOERROR secure AD';
const INSECURE = 'NOERROR insecure:no-ds';
const records = 'www.deep.ent A 192.0.2.1\nwww A 192.0.2.2\nalias CNAME www.deep.ent\n';
const hierarchy = buildHierarchy({
  zones: [{ name: 'test.' }, { name: 'signed.test.', records }, { name: 'plain.test.', records, isSigned: false }],
  nowSeconds,
});

describe('servers that answer minimised names badly (RFC 9156 2.3, 3)', () => {
  const isEnt = ({ name }: Question): boolean => /^(deep\.)?ent\./.test(nameText(name));
  const faults: readonly (readonly [string, (content: ReplyContent) => ReplyContent])[] = [
    ['NXDOMAIN', (content) => ({ ...content, rcode: Rcode.NXDOMAIN })],
    ['NXDOMAIN and nothing', () => emptyContent(Rcode.NXDOMAIN, true)],
    ['SERVFAIL', () => emptyContent(Rcode.SERVFAIL)],
    ['REFUSED', () => emptyContent(Rcode.REFUSED)],
    ['FORMERR', () => emptyContent(Rcode.FORMERR)],
    ['NOTIMP', () => emptyContent(Rcode.NOTIMP)],
    ['NOERROR and nothing', () => emptyContent(Rcode.NOERROR, true)],
    ['NOERROR and nothing, without AA', () => emptyContent(Rcode.NOERROR)],
  ];
  test.each(faults)('%s: the full name is still found', (_what, fault) => {
    for (const [zone, want] of [
      ['signed.test.', AD],
      ['plain.test.', INSECURE],
    ] as const) {
      const simulation = new SimulatedResolver({ hierarchy });
      simulation.rewrite(zone, (content, question) => (isEnt(question) ? fault(content) : content));
      expect([zone, simulation.status(`www.deep.ent.${zone} A`)]).toEqual([zone, want]);
      expect([zone, simulation.status(`alias.${zone} A`)]).toEqual([zone, want]);
      expect(simulation.leftovers()).toEqual([]);
    }
  });

  test('silence for them costs time, not the answer', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    const honest = simulation.honest('plain.test.');
    simulation.serve('plain.test.', (query) => {
      const parsed = parseMessage(query.octets);
      return parsed.ok && isEnt(parsed.message.question) ? undefined : honest(query);
    });
    const { status } = simulation.ask('www.deep.ent.plain.test. A');
    expect(status).toMatch(/^(NOERROR insecure|SERVFAIL)/);
    expect(simulation.status('www.plain.test. A')).toBe(INSECURE);
  });
});

describe('servers and EDNS (RFC 6891 7, RFC 4035 3.2.1)', () => {
  const edns = (
    options: Partial<Parameters<typeof answer>[2]>,
    simulation: SimulatedResolver,
    zone: string,
  ): Responder => {
    const [address = ''] = simulation.addressesOf(zone);
    return ({ octets, transport }) => answer(simulation.zonesAt(address), octets, { transport, ...options });
  };
  test.each([
    ['formerr', 'plain.test.', /^NOERROR insecure/],
    ['ignored', 'plain.test.', /^NOERROR insecure/],
    // Without signatures a signed zone is bogus, whatever the reason.
    ['formerr', 'signed.test.', /^SERVFAIL bogus/],
    ['ignored', 'signed.test.', /^SERVFAIL bogus/],
  ] as const)('%s in %s', (kind, zone, want) => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.serve(zone, edns({ edns: kind }, simulation, zone));
    expect(simulation.status(`www.${zone} A`)).toMatch(want);
  });

  test.each([
    ['NOTIMP', Rcode.NOTIMP, INSECURE],
    ['SERVFAIL', Rcode.SERVFAIL, 'SERVFAIL unjudged'],
  ])('%s without OPT to every query that has one', (_what, rcode, want) => {
    const simulation = new SimulatedResolver({ hierarchy });
    const honest = simulation.honest('plain.test.');
    simulation.serve('plain.test.', (query) => {
      const parsed = parseMessage(query.octets);
      if (!parsed.ok || parsed.message.edns === undefined) return honest(query);
      const rewrite = (): ReplyContent => emptyContent(rcode);
      return answer(new ZoneSet(), query.octets, { transport: query.transport, edns: 'ignored', rewrite });
    });
    expect(simulation.status('www.plain.test. A')).toBe(want);
  });
});

describe('letter case (RFC 4343; 0x20)', () => {
  /** Changes the case of the question that comes back. */
  const recased =
    (honest: Responder, change: (octet: number) => number): Responder =>
    (query) => {
      const reply = honest(query);
      if (!(reply instanceof Uint8Array)) return reply;
      const octets = reply.slice();
      for (let at = 12; at < octets.length && octets[at] !== 0; at++) octets[at] = change(octets[at] ?? 0);
      return octets;
    };
  const lower = (octet: number): number => (octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet);
  test('a server that lower-cases names is asked again over TCP, or without random case, and answers', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    for (const zone of ['signed.test.', 'plain.test.']) simulation.serve(zone, recased(simulation.honest(zone), lower));
    expect(simulation.status('www.signed.test. A')).toBe(AD);
    expect(simulation.status('www.plain.test. A')).toBe(INSECURE);
    expect(simulation.status('www.deep.ent.plain.test. A')).toBe(INSECURE);
    expect(simulation.leftovers()).toEqual([]);
  });
});

describe('sizes', () => {
  const many = (count: number): string =>
    Array.from({ length: count }, (_, index) => `many A 10.${index >> 8}.${index & 255}.1`).join('\n');
  const worldOf = (count: number) =>
    buildHierarchy({
      zones: [
        { name: 'big.', records: many(count) },
        { name: 'plain-big.', records: many(count), isSigned: false },
      ],
      nowSeconds,
    });

  test('an RRset of 250 records comes over TCP, whole', () => {
    const simulation = new SimulatedResolver({ hierarchy: worldOf(250) });
    for (const [zone, want] of [
      ['big.', AD],
      ['plain-big.', INSECURE],
    ] as const) {
      const { status, lines } = simulation.ask(`many.${zone} A`);
      expect([status, lines.length]).toEqual([want, 250]);
    }
  });

  test('TC over UDP, and TCP that closes at once', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    const honest = simulation.honest('plain.test.');
    simulation.network.addServer(simulation.addressesOf('plain.test.')[0] ?? '', truncating(honest), {
      refuses: 'tcp',
    });
    expect(simulation.status('www.plain.test. A')).toMatch(/^SERVFAIL/);
  });

  test('TC over TCP too is no answer', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    const cut =
      (honest: Responder): Responder =>
      (query) =>
        truncating(honest)({ ...query, transport: 'udp' });
    const honest = simulation.honest('plain.test.');
    simulation.serve('plain.test.', byTransport(truncating(honest), cut(honest)));
    expect(simulation.status('www.plain.test. A')).toMatch(/^SERVFAIL/);
  });
});

describe('name servers and their addresses', () => {
  const worldOf = (delegation: string, more = '') =>
    buildHierarchy({
      zones: [
        { name: 'test.', records: `${more}\n` },
        { name: 'hosts.test.', records: 'ns A 198.18.6.6\nalias CNAME ns\nempty TXT x\n' },
        {
          name: 'odd.test.',
          records: 'www A 192.0.2.9\n',
          isSigned: false,
          nameServers: delegation.split(' '),
          addresses: ['198.18.6.6'],
        },
      ],
      nowSeconds,
    });
  test.each([
    ['a host elsewhere', 'ns.hosts.test.', /^NOERROR insecure/],
    // RFC 2181 10.3: no zone should do so; `docs/decisions.md`, 44.
    ['an alias', 'alias.hosts.test.', /^NOERROR insecure/],
    ['an alias and a host', 'alias.hosts.test. ns.hosts.test.', /^NOERROR insecure/],
    ['a host without address', 'empty.hosts.test.', /^SERVFAIL/],
    ['a host that does not exist', 'nope.hosts.test.', /^SERVFAIL/],
    ['the root', '.', /^SERVFAIL/],
    ['one without address and one with', 'empty.hosts.test. ns.hosts.test.', /^NOERROR insecure/],
  ])('%s', (_what, delegation, want) => {
    const simulation = new SimulatedResolver({ hierarchy: worldOf(delegation) });
    expect(simulation.status('www.odd.test. A')).toMatch(want);
    expect(simulation.status('ns.hosts.test. A')).toBe(AD);
    expect(simulation.leftovers()).toEqual([]);
  });
});

describe('root priming (RFC 9609)', () => {
  const isPriming = ({ name, type }: Question): boolean => name.isRoot && type === RRType.NS;

  test('the first question is for the NS set of the root, once for many questions', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    for (const name of ['www.signed.test.', 'www.plain.test.', 'nope.']) simulation.ask(`${name} A`);
    expect(simulation.asked()[0]).toBe('. NS');
    expect(simulation.asked().filter((text) => text === '. NS')).toHaveLength(1);
  });

  test.each<readonly [string, (content: ReplyContent) => ReplyContent]>([
    ['without addresses', (content) => ({ ...content, additional: [], glue: [] })],
    ['without NS records', (content) => ({ ...content, answer: [] })],
    ['with SERVFAIL', () => emptyContent(Rcode.SERVFAIL)],
    ['with NXDOMAIN', () => emptyContent(Rcode.NXDOMAIN, true)],
  ])('answered %s, the hints serve', (_what, change) => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.rewrite('.', (content, question) => (isPriming(question) ? change(content) : content));
    expect(simulation.status('www.signed.test. A')).toBe(AD);
    expect(simulation.leftovers()).toEqual([]);
  });
});

describe('forward zones with a way out (forward-first, stub-first)', () => {
  test.each([true, false])('what the normal way finds is validated as always (RD %s)', (recurse) => {
    const simulation = new SimulatedResolver({
      hierarchy,
      forwardZones: [
        { zone: 'signed.test.', addresses: ['198.18.8.1'], recurse, first: true },
        { zone: 'plain.test.', addresses: ['198.18.8.2'], recurse, first: true },
      ],
    });
    simulation.network.addServer('198.18.8.1', always(Rcode.SERVFAIL));
    simulation.network.addServer('198.18.8.2', always(Rcode.REFUSED));
    expect(simulation.status('www.signed.test. A')).toBe(AD);
    expect(simulation.status('nope.signed.test. A')).toBe('NXDOMAIN secure AD');
    expect(simulation.status('www.plain.test. A')).toBe(INSECURE);
  });

  test('so is what stands for bogus data of the forwarder', () => {
    const simulation = new SimulatedResolver({
      hierarchy,
      forwardZones: [{ zone: 'signed.test.', addresses: ['198.18.8.1'], recurse: false, first: true }],
    });
    const [address = ''] = simulation.addressesOf('signed.test.');
    simulation.network.addServer('198.18.8.1', ({ octets, transport }) =>
      answer(simulation.zonesAt(address), octets, {
        transport,
        rewrite: (content, { type }) =>
          type === RRType.A
            ? { ...content, answer: content.answer.map((set) => ({ ...set, signatures: [] })) }
            : content,
      }),
    );
    expect(simulation.status('www.signed.test. A')).toBe(AD);
  });
});

describe('renewal and data that have ended, with validation (RFC 8767, SECURITY A-52, A-53)', () => {
  const short = '@ 100 SOA ns1 h 1 7200 3600 1209600 100\nwww 100 A 192.0.2.1\nto-long 100 CNAME www.long\n';
  const world = buildHierarchy({
    zones: [
      { name: 'short.', records: short },
      { name: 'www.long.short.', records: '@ 3600 A 192.0.2.5\n' },
    ],
    nowSeconds,
  });
  const usual: StaleOptions = {
    windowSeconds: 86_400,
    restartsOnFailure: false,
    clientTimeoutMs: 0,
    replyTtl: 30,
    tellsClient: true,
  };
  const resolver = (refreshPercent: number, stale: StaleOptions | undefined): SimulatedResolver =>
    new SimulatedResolver({
      hierarchy: world,
      change: (options: ResolverOptions) => ({
        ...options,
        cache: { ...options.cache, keepsExpired: stale !== undefined },
        serving: { ...DEFAULT_SERVING_OPTIONS, refreshPercent, stale },
      }),
    });
  const stripped = (simulation: SimulatedResolver): void =>
    simulation.rewrite('short.', (content, { type }) =>
      type === RRType.A ? { ...content, answer: content.answer.map((set) => ({ ...set, signatures: [] })) } : content,
    );

  test('a renewal that finds bogus data leaves the good answer until its end, then it is bogus', () => {
    const simulation = resolver(10, undefined);
    expect(simulation.status('www.short. A')).toBe(AD);
    stripped(simulation);
    simulation.advance(95);
    expect(simulation.status('www.short. A')).toBe(AD);
    simulation.advance(2);
    expect(simulation.status('www.short. A')).toBe(AD);
    simulation.advance(10);
    expect(simulation.status('www.short. A')).toMatch(/^SERVFAIL bogus/);
    simulation.restore();
    simulation.advance(61);
    expect(simulation.status('www.short. A')).toBe(AD);
  });

  test('what ended good is served while the servers send bogus data, and good data take its place', () => {
    const simulation = resolver(0, usual);
    simulation.ask('www.short. A');
    simulation.advance(200);
    stripped(simulation);
    for (let round = 0; round < 3; round++) {
      expect(simulation.status('www.short. A')).toBe(AD);
      simulation.advance(20);
    }
    simulation.restore();
    simulation.advance(61);
    simulation.ask('www.short. A');
    simulation.advance(1);
    const { status, codes, packets } = simulation.ask('www.short. A');
    expect([status, codes, packets]).toEqual([AD, [], 0]);
  });

  test('an alias that has ended in front of data that have not', () => {
    const simulation = resolver(0, usual);
    simulation.ask('to-long.short. A');
    simulation.advance(200);
    for (const zone of ['short.', 'www.long.short.']) simulation.serve(zone, silent);
    const { status, lines, resolution } = simulation.ask('to-long.short. A');
    expect([status, lines.length]).toEqual([AD, 2]);
    expect(resolution.answer.map(({ ttl }) => ttl)).toEqual([30, 3400]);
  });

  test('with CD too, and never as more than it was', () => {
    const simulation = resolver(0, usual);
    stripped(simulation);
    expect(simulation.status('www.short. A')).toMatch(/^SERVFAIL bogus/);
    simulation.advance(200);
    simulation.serve('short.', silent);
    expect(simulation.ask('www.short. A').resolution.authentic).toBe(false);
    expect(simulation.ask('www.short. A', { checkingDisabled: true }).resolution.authentic).toBe(false);
  });
});
