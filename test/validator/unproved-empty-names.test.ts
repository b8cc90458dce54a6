// A server that cannot prove that an empty non-terminal above an unsigned delegation has no DS, and what a forger could
// make of a validator that goes on below such a name (RFC 5155 7.2.4, RFC 6840 4.1, RFC 4035 5.2).
import { describe, expect, test } from 'vitest';
import type { DenialOptions } from '../../src/lab/denial-chain.ts';
import { buildHierarchy, type Hierarchy } from '../../src/lab/hierarchy.ts';
import { emptyContent, type ReplyContent } from '../../src/lab/reply-content.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { hasType, parseNSEC3 } from '../../src/wire/rdata-dnssec.ts';
import { groupIntoRRsets, type RRset } from '../../src/wire/record.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { authority } from '../support/server-behaviours.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const optOut: DenialOptions = { kind: 'nsec3', optOut: true };
const nowSeconds = DEFAULT_WALL_SECONDS;
const empty = nameOf('mail.alpha.');

/** The parent's servers say nothing about the empty name but SOA and the NSEC3 of their apex. */
function withoutProof(simulation: SimulatedResolver): void {
  const { zone } = simulation.hierarchy.zone('alpha.');
  const soa = zone.rrset(nameOf('alpha.'), RRType.SOA);
  const links = zone.denial.kind === 'nsec3' ? zone.denial.links.map(({ rrset }) => rrset) : [];
  const ofApex = links.filter(({ rdatas: [rdata] }) => {
    const types = rdata === undefined ? undefined : parseNSEC3(rdata)?.types;
    return types !== undefined && hasType(types, RRType.SOA);
  });
  const authority = soa === undefined ? ofApex : [soa, ...ofApex];
  simulation.rewrite('alpha.', (content, { name }) => (name.equals(empty) ? { ...content, authority } : content));
}

describe('an empty non-terminal that its server cannot prove', () => {
  const hierarchy = buildHierarchy({
    zones: [
      { name: 'alpha.', records: 'www A 192.0.2.1', denial: optOut },
      { name: '0.mail.alpha.', records: 'www A 192.0.2.2\na.b.www A 192.0.2.3', isSigned: false },
      { name: '1.mail.alpha.', records: 'www A 192.0.2.4', ds: 'absent' },
    ],
    nowSeconds,
  });

  test('is bogus itself, and the unsigned delegations below are what they are proved to be', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    withoutProof(simulation);
    for (const question of ['mail.alpha. DS', 'mail.alpha. TXT']) {
      expect(simulation.status(question)).toMatch(/^SERVFAIL bogus:denial-/);
    }
    for (const question of ['www.0.mail.alpha. A', 'a.b.www.0.mail.alpha. A', 'www.1.mail.alpha. A']) {
      expect(simulation.status(question)).toBe('NOERROR insecure:opt-out');
    }
    expect(simulation.status('nope.0.mail.alpha. A')).toBe('NXDOMAIN insecure:opt-out');
    expect(simulation.status('0.mail.alpha. DS')).toMatch(/^NOERROR insecure:opt-out/);
    expect(simulation.status('www.alpha. A')).toBe('NOERROR secure AD');
  });

  test('so they are where the servers fail for its DS', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    simulation.rewrite('alpha.', (content, { name, type }) => {
      if (!name.equals(empty)) return content;
      return type === RRType.DS ? emptyContent(Rcode.SERVFAIL) : { ...content, authority: [] };
    });
    expect(simulation.status('mail.alpha. TXT')).toMatch(/^SERVFAIL bogus:ds-unreachable/);
    expect(simulation.status('www.0.mail.alpha. A')).toBe('NOERROR insecure:opt-out');
  });

  test('asked for last, it changes nothing of what is known below', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    withoutProof(simulation);
    expect(simulation.status('www.0.mail.alpha. A')).toBe('NOERROR insecure:opt-out');
    expect(simulation.status('mail.alpha. DS')).toMatch(/^SERVFAIL bogus:denial-/);
    expect(simulation.status('a.b.www.0.mail.alpha. A')).toBe('NOERROR insecure:opt-out');
  });

  test('costs no more questions than the one for the delegation', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    withoutProof(simulation);
    simulation.ask('mail.alpha. DS');
    simulation.ask('www.0.mail.alpha. A');
    const mark = simulation.mark;
    simulation.ask('a.b.www.0.mail.alpha. A');
    expect(simulation.packetsTo('alpha.', mark)).toBe(0);
  });
});

describe('a signed delegation whose DS is withheld', () => {
  const forged = groupIntoRRsets(parseZoneText('www.0.mail.alpha. A 203.0.113.66\n', { defaultTtl: 300 }).records);
  const referral = groupIntoRRsets(parseZoneText('0.mail.alpha. NS ns.evil.\n', { defaultTtl: 300 }).records);
  const address = groupIntoRRsets(parseZoneText('ns.evil. A 203.0.113.66\n', { defaultTtl: 300 }).records);
  const inBailiwick = groupIntoRRsets(
    parseZoneText('0.mail.alpha. NS ns.0.mail.alpha.\n', { defaultTtl: 300 }).records,
  );
  const glue = groupIntoRRsets(parseZoneText('ns.0.mail.alpha. A 203.0.113.66\n', { defaultTtl: 300 }).records);

  function hierarchyOf(denial: DenialOptions): Hierarchy {
    return buildHierarchy({
      zones: [
        { name: 'alpha.', records: 'www A 192.0.2.1\nzz A 192.0.2.5\nplain NS ns.plain\nns.plain A 192.0.2.6', denial },
        { name: 'mail.alpha.', records: 'www A 192.0.2.7\nzz A 192.0.2.8', denial },
        { name: '0.mail.alpha.', records: 'www A 192.0.2.2', denial },
      ],
      nowSeconds,
    });
  }

  /** Every denial record that a zone has signed. */
  function deniedBy(hierarchy: Hierarchy, apex: string): RRset[] {
    const { zone } = hierarchy.zone(apex);
    if (zone.denial.kind === 'nsec3') return zone.denial.links.map(({ rrset }) => rrset);
    return zone.sortedNodes().flatMap(({ name }) => zone.rrset(name, RRType.NSEC) ?? []);
  }

  const kinds: readonly [string, DenialOptions][] = [
    ['NSEC', { kind: 'nsec' }],
    ['NSEC3', { kind: 'nsec3' }],
    ['NSEC3 with opt-out', optOut],
  ];
  const whose: readonly (readonly string[])[] = [[], ['alpha.'], ['mail.alpha.'], ['alpha.', 'mail.alpha.']];
  const rows = kinds.flatMap(([kind, denial]) =>
    [false, true].flatMap((fails) => whose.map((zones) => ({ kind, denial, zones, fails }))),
  );

  test.each(rows)(
    'opens no way to forged data below it ($kind, with the records of $zones, failing: $fails)',
    (row) => {
      const { denial, zones, fails } = row;
      const hierarchy = hierarchyOf(denial);
      const simulation = new SimulatedResolver({ hierarchy });
      const proofs = zones.flatMap((zone) => deniedBy(hierarchy, zone));
      const soa = hierarchy.zone('alpha.').zone.rrset(nameOf('alpha.'), RRType.SOA);
      const denying: ReplyContent = {
        ...emptyContent(Rcode.NOERROR, true),
        authority: [...(soa === undefined ? [] : [soa]), ...proofs],
      };
      // From the parent's servers nobody hears of the signed zone; what is below comes from the forger.
      simulation.rewrite('alpha.', (content, { name, type }) => {
        if (!name.isSubdomainOf(empty)) return content;
        if (fails && name.equals(empty)) return emptyContent(Rcode.SERVFAIL);
        if (type === RRType.DS || name.equals(empty)) return denying;
        return { ...emptyContent(Rcode.NOERROR), authority: [...inBailiwick, ...proofs], glue };
      });
      simulation.network.addServer(
        '203.0.113.66',
        authority(new ZoneSet(), {
          rewrite: (_, { name, type }) => {
            if (type === RRType.A && name.equals(nameOf('www.0.mail.alpha.'))) {
              return { ...emptyContent(Rcode.NOERROR, true), answer: forged };
            }
            return type === RRType.DS
              ? denying
              : { ...emptyContent(Rcode.NOERROR, true), authority: [...referral], glue: address };
          },
        }),
      );
      for (const question of ['mail.alpha. DS', 'www.0.mail.alpha. A', '0.mail.alpha. DS', 'www.0.mail.alpha. A']) {
        expect(simulation.status(question), question).toMatch(/^SERVFAIL/);
      }
      simulation.advance(61);
      expect(simulation.status('www.0.mail.alpha. A')).toMatch(/^SERVFAIL/);
    },
  );
});
