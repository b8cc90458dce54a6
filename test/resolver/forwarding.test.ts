// Forward zones beside iteration: which anchor decides, where the DS of the apex is asked, and that what a forwarder
// says stays within its zone (SECURITY; RFC 7646).
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { composeReply } from '../../src/lab/reply-content.ts';
import { Zone } from '../../src/lab/zone.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { EdeCode, Rcode } from '../../src/wire/constants.ts';
import { parseMessage } from '../../src/wire/message.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { groupIntoRRsets } from '../../src/wire/record.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { always, authority, silent } from '../support/server-behaviours.ts';
import { SimulatedResolver, type SimulationOptions } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const FORWARDER = '198.18.2.1';

/** The public Internet, and inside a company the same names with other data. */
const hierarchy = buildHierarchy({
  zones: [
    { name: 'test.', records: 'www A 192.0.2.1' },
    { name: 'signed.test.', records: 'www A 192.0.2.2\nalias CNAME www.victim.test.' },
    { name: 'victim.test.', records: 'www A 192.0.2.3', isSigned: false },
    { name: 'corp.test.', isSigned: false, records: 'www A 192.0.2.4\nonly A 192.0.2.4' },
    { name: 'inner.', records: 'www A 192.0.2.9' },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

const inside = new ZoneSet([
  Zone.fromText(
    '@ SOA ns x 1 2 3 4 300\n@ NS ns\nns A 198.18.2.1\nwww A 10.0.0.1\nleave CNAME www.victim.test.\n',
    nameOf('corp.test.'),
  ),
]);

function forwarding(zone: string, options: Partial<SimulationOptions> = {}): SimulatedResolver {
  const simulation = new SimulatedResolver({ hierarchy, forwardZones: [{ zone, addresses: [FORWARDER] }], ...options });
  simulation.network.addServer(FORWARDER, authority(inside));
  return simulation;
}

describe('which anchor decides for a forward zone', () => {
  test('without DS in the public tree it is insecure, and the DS is asked there', () => {
    const simulation = forwarding('corp.test.');
    const { status, lines } = simulation.ask('www.corp.test. A');
    expect([status, lines]).toEqual(['NOERROR insecure:no-ds', ['www.corp.test. A 10.0.0.1']]);
    expect(
      simulation.network.trace.some(({ server, text }) => server.startsWith(FORWARDER) && text.includes(' DS')),
    ).toBe(false);
  });

  test('with a DS in the public tree unsigned data are bogus', () => {
    const simulation = forwarding('signed.test.');
    const own = Zone.fromText('@ SOA ns x 1 2 3 4 300\n@ NS ns\nwww A 10.0.0.2\n', nameOf('signed.test.'));
    simulation.network.addServer(FORWARDER, authority(new ZoneSet([own])));
    expect(simulation.ask('www.signed.test. A').resolution.rcode).toBe(Rcode.SERVFAIL);
  });

  test('with a negative anchor they are insecure, and it is said (RFC 7646)', () => {
    const simulation = forwarding('signed.test.', { negative: ['signed.test.'] });
    const own = Zone.fromText('@ SOA ns x 1 2 3 4 300\n@ NS ns\nwww A 10.0.0.2\n', nameOf('signed.test.'));
    simulation.network.addServer(FORWARDER, authority(new ZoneSet([own])));
    const { status, codes } = simulation.ask('www.signed.test. A');
    expect(status).toBe('NOERROR insecure:negative-trust-anchor');
    expect(codes).toContain(EdeCode.NEGATIVE_TRUST_ANCHOR);
  });

  test('a name the public tree denies is bogus without an anchor of its own', () => {
    const simulation = forwarding('nowhere.');
    const own = Zone.fromText('@ SOA ns x 1 2 3 4 300\n@ NS ns\nwww A 10.0.0.2\n', nameOf('nowhere.'));
    simulation.network.addServer(FORWARDER, authority(new ZoneSet([own])));
    expect(simulation.ask('www.nowhere. A').resolution.rcode).toBe(Rcode.SERVFAIL);
  });

  test('an anchor at the forward zone decides alone: nothing is asked of the public tree', () => {
    const simulation = forwarding('inner.', { anchored: ['inner.'] });
    simulation.network.addServer(FORWARDER, authority(new ZoneSet([hierarchy.zone('inner.').zone])));
    const { status } = simulation.ask('www.inner. A');
    expect(status).toBe('NOERROR secure AD');
    expect(simulation.packetsTo('.')).toBe(0);
  });

  test('an anchor that fits no key makes it bogus, and the extended errors name the anchor', () => {
    const simulation = forwarding('inner.');
    simulation.network.addServer(FORWARDER, authority(new ZoneSet([hierarchy.zone('inner.').zone])));
    for (const keyTag of [4711, 4712]) {
      simulation.anchors.addDS(nameOf('inner.'), { keyTag, algorithm: 13, digestType: 2, digest: new Uint8Array(32) });
    }
    const { resolution } = simulation.ask('www.inner. A');
    expect(resolution.rcode).toBe(Rcode.SERVFAIL);
    expect(resolution.errors).toContainEqual({
      code: EdeCode.DNSKEY_MISSING,
      text: 'trust anchor of inner: 4711, 4712',
    });
  });

  test('an anchor of an unknown algorithm only makes it insecure (RFC 4035 5.2)', () => {
    const simulation = forwarding('inner.');
    simulation.network.addServer(FORWARDER, authority(new ZoneSet([hierarchy.zone('inner.').zone])));
    const digest = new Uint8Array(32);
    simulation.anchors.addDS(nameOf('inner.'), { keyTag: 4711, algorithm: 200, digestType: 2, digest });
    expect(simulation.status('www.inner. A')).toBe('NOERROR insecure:unsupported-algorithm');
  });

  test('a signed zone through a forwarder that validates nothing is secure by the public chain', () => {
    const simulation = forwarding('signed.test.');
    simulation.network.addServer(FORWARDER, authority(new ZoneSet([hierarchy.zone('signed.test.').zone])));
    expect(simulation.status('www.signed.test. A')).toBe('NOERROR secure AD');
    expect(simulation.status('nope.signed.test. A')).toBe('NXDOMAIN secure AD');
  });
});

describe('denials that were cached (RFC 8198, SECURITY A-50)', () => {
  const signed = buildHierarchy({
    zones: [
      { name: 'inner.', records: 'aa A 192.0.2.1\nzz A 192.0.2.2\n*.wild A 192.0.2.3' },
      { name: 'deep.inner.', records: 'aa A 192.0.2.4\nzz A 192.0.2.5' },
    ],
    nowSeconds: DEFAULT_WALL_SECONDS,
  });
  const rows: readonly { name: string; recurse: boolean; first?: boolean; ask: [string, string]; packets: number }[] = [
    { name: 'of the zone itself', recurse: false, ask: ['mm.inner. A', 'nn.inner. A'], packets: 0 },
    { name: 'of a zone below it', recurse: false, ask: ['mm.deep.inner. A', 'nn.deep.inner. A'], packets: 0 },
    { name: 'its wildcards', recurse: false, ask: ['mm.wild.inner. A', 'nn.wild.inner. A'], packets: 0 },
    { name: 'not those of a forwarder that resolves', recurse: true, ask: ['mm.inner. A', 'nn.inner. A'], packets: 1 },
    {
      name: 'nor where the public tree may have answered',
      recurse: false,
      first: true,
      ask: ['mm.inner. A', 'nn.inner. A'],
      packets: 1,
    },
  ];
  for (const { name, recurse, first = false, ask, packets } of rows) {
    test(`${name}: the next name costs ${packets}`, () => {
      const simulation = new SimulatedResolver({
        hierarchy: signed,
        forwardZones: [{ zone: 'inner.', addresses: [FORWARDER], recurse, first }],
      });
      simulation.network.addServer(FORWARDER, authority(new ZoneSet([signed.zone('inner.').zone])));
      const [one, two] = ask;
      const before = simulation.ask(one);
      expect(before.status).toMatch(/ secure AD$/);
      const after = simulation.ask(two);
      expect([after.status, after.packets]).toEqual([before.status, packets]);
    });
  }

  for (const recurse of [false, true]) {
    test(`a zone above the forward zone denies nothing in it, RD=${recurse ? 1 : 0}`, () => {
      const simulation = forwarding('lan.test.', {
        forwardZones: [{ zone: 'lan.test.', addresses: [FORWARDER], recurse }],
        negative: ['lan.test.'],
      });
      const own = Zone.fromText('@ SOA ns x 1 2 3 4 300\n@ NS ns\nwww A 10.0.0.9\n', nameOf('lan.test.'));
      simulation.network.addServer(FORWARDER, authority(new ZoneSet([own])));
      // The span of this denial covers lan.test. too.
      expect(simulation.status('kkk.test. A')).toBe('NXDOMAIN secure AD');
      expect(simulation.ask('www.lan.test. A').lines).toEqual(['www.lan.test. A 10.0.0.9']);
    });
  }
});

describe('towards forwarders', () => {
  test('RD and CD are set, the name is not minimised', () => {
    const simulation = forwarding('corp.test.');
    const flags: number[] = [];
    simulation.network.addServer(FORWARDER, (query) => {
      const parsed = parseMessage(query.octets);
      if (parsed.ok) flags.push(parsed.message.header.flags & 0x0110);
      return authority(inside)(query);
    });
    const mark = simulation.mark;
    simulation.ask('a.b.c.corp.test. A');
    const sent = simulation.network.trace
      .slice(mark)
      .filter(({ server, what }) => what === 'query' && server.startsWith(FORWARDER));
    expect(sent.map(({ text }) => text)).toEqual(['a.b.c.corp.test. A']);
    expect(flags).toEqual([0x0110]);
  });

  test('a forwarder that fails is not replaced by iteration', () => {
    const simulation = forwarding('corp.test.');
    simulation.network.addServer(FORWARDER, silent);
    const { status } = simulation.ask('www.corp.test. A');
    expect(status).toMatch(/^SERVFAIL/);
    expect(simulation.packetsTo('corp.test.')).toBe(0);
    expect(simulation.leftovers()).toEqual([]);
  });

  test('unless forward-first says so', () => {
    const simulation = forwarding('corp.test.', {
      forwardZones: [{ zone: 'corp.test.', addresses: [FORWARDER], first: true }],
    });
    simulation.network.addServer(FORWARDER, always(Rcode.REFUSED));
    expect(simulation.ask('www.corp.test. A').lines).toEqual(['www.corp.test. A 192.0.2.4']);
  });

  test('the second forwarder serves when the first does not', () => {
    const simulation = forwarding('corp.test.', {
      forwardZones: [{ zone: 'corp.test.', addresses: ['198.18.2.9', FORWARDER] }],
    });
    expect(simulation.ask('www.corp.test. A').lines).toEqual(['www.corp.test. A 10.0.0.1']);
  });
});

describe('a forwarder speaks for its zone only (A-07)', () => {
  const poison = groupIntoRRsets(
    parseZoneText(
      [
        'www.victim.test. 3600 IN A 10.6.6.6',
        'victim.test. 3600 IN NS ns.evil.test.',
        'test. 3600 IN NS ns.evil.test.',
        '. 3600 IN NS ns.evil.test.',
        'ns.evil.test. 3600 IN A 198.18.6.6',
        'a.root-servers. 3600 IN A 198.18.6.6',
        'ns1.victim.test. 3600 IN A 198.18.6.6',
        'victim.test. 3600 IN SOA ns.evil.test. x 1 2 3 4 3600',
      ].join('\n'),
      { defaultTtl: 3600 },
    ).records,
  );
  const places = ['answer', 'authority', 'additional'] as const;
  for (const place of places) {
    for (const ask of ['www.corp.test. A', 'nope.corp.test. A', 'leave.corp.test. A']) {
      test(`${ask} with foreign records in ${place}`, () => {
        const simulation = forwarding('corp.test.');
        simulation.network.addServer(
          FORWARDER,
          authority(inside, { rewrite: (content) => ({ ...content, [place]: [...content[place], ...poison] }) }),
        );
        const { lines } = simulation.ask(ask);
        expect(lines.join(' ')).not.toContain('10.6.6.6');
        expect(simulation.ask('www.victim.test. A').lines).toEqual(['www.victim.test. A 192.0.2.3']);
        expect(simulation.ask('www.test. A').lines).toEqual(['www.test. A 192.0.2.1']);
        expect(simulation.ask('only-if-hijacked.victim.test. A').resolution.rcode).toBe(Rcode.NXDOMAIN);
        expect(simulation.packetsTo('198.18.6.6')).toBe(0);
      });
    }
  }

  test('an alias out of the forward zone is resolved by iteration, not believed', () => {
    const simulation = forwarding('corp.test.');
    const evil = Zone.fromText('@ SOA ns x 1 2 3 4 300\n@ NS ns\nwww A 10.6.6.6\n', nameOf('victim.test.'));
    simulation.network.addServer(FORWARDER, authority(new ZoneSet([...inside, evil])));
    expect(
      composeReply(new ZoneSet([...inside, evil]), { name: nameOf('leave.corp.test.'), type: 1, class: 1 }, true).answer
        .length,
    ).toBe(2);
    expect(simulation.ask('leave.corp.test. A').lines).toEqual([
      'leave.corp.test. CNAME www.victim.test.',
      'www.victim.test. A 192.0.2.3',
    ]);
  });

  test('a secure denial of the parent does not shadow a forward zone below it (A-50)', () => {
    const simulation = forwarding('a.gone.test.');
    const own = Zone.fromText('@ SOA ns x 1 2 3 4 300\n@ NS ns\nwww A 10.0.0.5\n', nameOf('a.gone.test.'));
    simulation.network.addServer(FORWARDER, authority(new ZoneSet([own])));
    simulation.anchors.addNegative(nameOf('a.gone.test.'), 'inside');
    expect(simulation.status('gone.test. A')).toBe('NXDOMAIN secure AD');
    expect(simulation.ask('www.a.gone.test. A').lines).toEqual(['www.a.gone.test. A 10.0.0.5']);
    expect(simulation.status('b.gone.test. A')).toBe('NXDOMAIN secure AD');
  });
});
