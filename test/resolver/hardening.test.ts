// What operators may demand beyond the RFCs, and what is tried before a question is given up.
import { describe, expect, test } from 'vitest';
import type { IterationOptions } from '../../src/iterator/iteration.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { emptyContent } from '../../src/lab/reply-content.ts';
import type { ValidationVariants } from '../../src/validator/needs.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import type { Question } from '../../src/wire/message.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { groupIntoRRsets, type RRset } from '../../src/wire/record.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { always, authority } from '../support/server-behaviours.ts';
import { SimulatedResolver, type SimulationOptions } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const hierarchy = buildHierarchy({
  zones: [
    { name: 'test.', isSigned: false },
    {
      name: 'site.test.',
      isSigned: false,
      records: 'www A 192.0.2.1\nmail A 192.0.2.2\nrouter A 192.168.1.1\nmixed A 192.0.2.3\nmixed A 192.168.1.2',
    },
    { name: 'signed.', records: 'www A 192.0.2.4\nrouter A 192.168.1.1\nmixed A 192.0.2.5\nmixed A 192.168.1.2' },
    { name: 'two.', algorithms: [13, 15], records: 'www A 192.0.2.6' },
    { name: 'hosts.', isSigned: false, records: 'ns A 198.18.50.1\nspare A 198.18.50.2' },
    {
      name: 'guest.test.',
      isSigned: false,
      nameServers: ['ns.hosts.'],
      addresses: ['198.18.50.1'],
      records: 'www A 192.0.2.7',
    },
    { name: 'many.', denial: { kind: 'nsec3', iterations: 20 }, records: 'www A 192.0.2.8' },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

interface Changes {
  readonly iteration?: Partial<IterationOptions>;
  readonly variants?: Partial<ValidationVariants>;
}

const noVariants: ValidationVariants = {
  skewBounds: undefined,
  demandsAllAlgorithms: false,
  keysizeIterations: [],
  takesUnsignedAsIs: false,
};

function simulated({ iteration, variants }: Changes, options: Partial<SimulationOptions> = {}): SimulatedResolver {
  return new SimulatedResolver({
    hierarchy,
    ...options,
    change: (plain) => ({
      ...plain,
      iteration: { ...plain.iteration, ...iteration },
      validation: { ...plain.validation, variants: { ...noVariants, ...variants } },
    }),
  });
}

function sets(text: string): RRset[] {
  return groupIntoRRsets(parseZoneText(text, { defaultTtl: 300 }).records);
}

describe('private addresses (protection from rebinding)', () => {
  const exempt = nameOf('router.site.test.');
  const simulation = simulated({
    iteration: { mayAnswer: (name, octets) => octets[0] !== 192 || octets[1] !== 168 || name.equals(exempt) },
  });
  const rows: readonly { name: string; ask: string; want: string; lines?: readonly string[] }[] = [
    {
      name: 'others are not concerned',
      ask: 'www.site.test. A',
      want: 'NOERROR insecure:no-ds',
      lines: ['www.site.test. A 192.0.2.1'],
    },
    {
      name: 'an exempt name keeps them',
      ask: 'router.site.test. A',
      want: 'NOERROR insecure:no-ds',
      lines: ['router.site.test. A 192.168.1.1'],
    },
    {
      name: 'one of several goes',
      ask: 'mixed.site.test. A',
      want: 'NOERROR insecure:no-ds',
      lines: ['mixed.site.test. A 192.0.2.3'],
    },
    { name: 'a signed answer that loses one is bogus', ask: 'mixed.signed. A', want: 'SERVFAIL bogus:rrsig-invalid' },
    { name: 'or all', ask: 'router.signed. A', want: 'SERVFAIL bogus:denial-missing' },
  ];
  for (const { name, ask, want, lines = [] } of rows) {
    test(name, () => {
      const answered = simulation.ask(ask);
      expect([answered.status, answered.lines]).toEqual([want, lines]);
    });
  }

  test('an answer that loses all has no data, and no other server is asked', () => {
    const strict = simulated({ iteration: { mayAnswer: (_name, octets) => octets[0] !== 192 || octets[1] !== 168 } });
    strict.ask('www.site.test. A');
    const { status, lines, packets } = strict.ask('router.site.test. A');
    expect([status, lines, packets]).toEqual(['NOERROR insecure:no-ds', [], 1]);
  });
});

describe('glue', () => {
  test('outside the zone it is used at once', () => {
    const simulation = simulated({});
    expect(simulation.ask('www.guest.test. A').lines).toEqual(['www.guest.test. A 192.0.2.7']);
  });

  test('with harden-unverified-glue the address is looked up first', () => {
    const simulation = simulated({ iteration: { verifiesGlue: true, trustsForeignGlue: true } });
    const wrong = sets('ns.hosts. A 198.18.66.6');
    simulation.network.addServer('198.18.66.6', always(Rcode.REFUSED));
    simulation.rewrite('test.', (content) => ({ ...content, additional: wrong }));
    expect(simulation.ask('www.guest.test. A').lines).toEqual(['www.guest.test. A 192.0.2.7']);
    expect(simulation.packetsTo('198.18.66.6')).toBe(0);
  });

  test('and only if that fails the glue is used', () => {
    const simulation = simulated({ iteration: { verifiesGlue: true, trustsForeignGlue: true } });
    simulation.serve('hosts.', always(Rcode.REFUSED));
    simulation.network.addServer('198.18.66.6', simulation.honestAt('198.18.50.1'));
    simulation.rewrite('test.', (content) => ({ ...content, additional: sets('ns.hosts. A 198.18.66.6') }));
    expect(simulation.ask('www.guest.test. A').lines).toEqual(['www.guest.test. A 192.0.2.7']);
  });

  test('where a parent leaves it out, it is asked for the address (RFC 9471)', () => {
    const simulation = simulated({});
    simulation.rewrite('test.', (content, question: Question) => ({
      ...content,
      ...(question.name.equals(nameOf('ns1.site.test.'))
        ? { authority: [], answer: content.glue.filter(({ type }) => type === question.type) }
        : {}),
      glue: [],
      additional: [],
    }));
    expect(simulation.ask('www.site.test. A').lines).toEqual(['www.site.test. A 192.0.2.1']);
    // It is kept with the delegation.
    expect(simulation.ask('mail.site.test. A').packets).toBe(1);
  });

  test('a parent that has none costs a few questions', () => {
    const simulation = simulated({});
    simulation.rewrite('test.', (content) => ({ ...content, glue: [], additional: [] }));
    const { status, packets } = simulation.ask('www.site.test. A');
    expect(status).toMatch(/^SERVFAIL/);
    expect(packets).toBeLessThan(12);
  });
});

describe('before a question is given up', () => {
  test('name servers that only the zone itself knows are asked last', () => {
    const simulation = simulated({});
    const own = sets('site.test. NS ns1.site.test.\nsite.test. NS spare.hosts.');
    simulation.rewrite('site.test.', (content) => ({ ...content, authority: own }));
    expect(simulation.ask('www.site.test. A').lines).toHaveLength(1);
    expect(simulation.packetsTo('198.18.50.2')).toBe(0);
    const [address = ''] = simulation.addressesOf('site.test.');
    simulation.network.addServer('198.18.50.2', authority(simulation.zonesAt(address)));
    simulation.network.addServer(address, always(Rcode.SERVFAIL));
    expect(simulation.ask('mail.site.test. A').lines).toEqual(['mail.site.test. A 192.0.2.2']);
    // The parent decides how long that lasts.
    simulation.advance(2 * 86_400);
    simulation.restore();
    simulation.network.addServer('198.18.50.2', always(Rcode.SERVFAIL));
    expect(simulation.ask('www.site.test. A').lines).toHaveLength(1);
  });

  test('a server that knows delegations by type NS alone is asked so (RFC 9156 2.1)', () => {
    const simulation = simulated({});
    const mark = simulation.mark;
    simulation.rewrite('test.', (content, { type }) => (type === RRType.NS ? content : emptyContent(Rcode.SERVFAIL)));
    expect(simulation.ask('www.site.test. A').lines).toEqual(['www.site.test. A 192.0.2.1']);
    const asked = simulation.asked(mark).filter((text) => text.toLowerCase().startsWith('site.test.'));
    expect(asked.map((text) => text.toLowerCase())).toEqual(['site.test. a', 'site.test. ns']);
  });

  test('one that fails for every type costs one question more', () => {
    const simulation = simulated({});
    simulation.serve('test.', always(Rcode.SERVFAIL));
    const { status, packets } = simulation.ask('www.site.test. A');
    expect(status).toMatch(/^SERVFAIL/);
    expect(packets).toBeLessThan(10);
  });
});

describe('validation', () => {
  const withoutOne = (algorithm: number) => (rrset: RRset) => ({
    ...rrset,
    signatures: rrset.signatures.filter((rdata) => rdata[2] !== algorithm),
  });
  const rows: readonly { name: string; demands: boolean; lost: number | undefined; want: string }[] = [
    { name: 'both algorithms there, both demanded', demands: true, lost: undefined, want: 'NOERROR secure AD' },
    { name: 'one there, both demanded', demands: true, lost: 15, want: 'SERVFAIL bogus:rrsig-missing' },
    { name: 'one there, one is enough (RFC 6840 5.11)', demands: false, lost: 15, want: 'NOERROR secure AD' },
  ];
  for (const { name, demands, lost, want } of rows) {
    test(name, () => {
      const simulation = simulated({ variants: { demandsAllAlgorithms: demands } });
      simulation.rewrite('two.', (content, { type }) =>
        lost === undefined || type !== RRType.A
          ? content
          : { ...content, answer: content.answer.map(withoutOne(lost)) },
      );
      expect(simulation.status('www.two. A')).toBe(want);
    });
  }

  test('iterations by key size decide instead of the one limit', () => {
    expect(simulated({}).status('nope.many. A')).toBe('NXDOMAIN secure AD');
    const few = simulated({ variants: { keysizeIterations: [{ keyBits: 256, iterations: 10 }] } });
    expect(few.status('nope.many. A')).toBe('NXDOMAIN insecure:nsec3-iterations');
    const enough = simulated({ variants: { keysizeIterations: [{ keyBits: 256, iterations: 20 }] } });
    expect(enough.status('nope.many. A')).toBe('NXDOMAIN secure AD');
  });

  test('unsigned data are asked for elsewhere, or taken as they are', () => {
    const stripped = { name: 'pair.', addresses: ['198.18.60.1', '198.18.60.2'], records: 'www A 192.0.2.9' };
    const pair = buildHierarchy({ zones: [stripped], nowSeconds: DEFAULT_WALL_SECONDS });
    const outcomes = [false, true].map((takesUnsignedAsIs) => {
      const simulation = simulated({ variants: { takesUnsignedAsIs } }, { hierarchy: pair });
      const strip = (rrset: RRset) => ({ ...rrset, signatures: [] });
      for (const address of stripped.addresses) {
        simulation.rewrite(
          'pair.',
          (content, { type }) => (type === RRType.A ? { ...content, answer: content.answer.map(strip) } : content),
          address,
        );
      }
      const mark = simulation.mark;
      const { status } = simulation.ask('www.pair. A');
      return [status, simulation.asked(mark).filter((text) => text.toLowerCase() === 'www.pair. a').length];
    });
    expect(outcomes).toEqual([
      ['SERVFAIL bogus:rrsig-missing', 2],
      ['SERVFAIL bogus:rrsig-missing', 1],
    ]);
  });
});
