// Records that a server has no say in: whatever an attacker's own server adds to its replies, nothing of the victim
// changes (SECURITY ).
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { emptyContent, type ReplyContent } from '../../src/lab/reply-content.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import type { Question } from '../../src/wire/message.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { groupIntoRRsets, type RRset } from '../../src/wire/record.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { authority } from '../support/server-behaviours.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

/** Where the attacker wants queries for the victim to go; it answers everything with its own address. */
const HIJACKER = '198.18.6.6';
const hierarchy = buildHierarchy({
  zones: [
    { name: 'test.', isSigned: false },
    { name: 'victim.test.', isSigned: false, records: 'www A 192.0.2.1\nmail MX 10 www' },
    {
      name: 'evil.test.',
      isSigned: false,
      records: 'www A 192.0.2.66\nalias CNAME www.victim.test.\nsub.deep A 192.0.2.67\nd DNAME victim.test.',
    },
    { name: 'signed.', records: 'www A 192.0.2.2' },
    { name: 'evil.signed.', records: 'www A 192.0.2.68' },
    { name: 'victim.signed.', records: 'www A 192.0.2.3' },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

function sets(text: string): RRset[] {
  return groupIntoRRsets(parseZoneText(text, { defaultTtl: 86_400 }).records);
}

const hijacker = (content: ReplyContent, question: Question): ReplyContent => ({
  ...emptyContent(Rcode.NOERROR, true),
  answer: question.type === RRType.A ? [{ ...(sets('x. A 10.6.6.6')[0] as RRset), name: question.name }] : [],
  authority: content.authority,
});

/** A resolver for which the attacker's servers change every reply as told. */
function attacked(
  change: (content: ReplyContent, question: Question) => ReplyContent,
  zone = 'evil.test.',
): SimulatedResolver {
  const simulation = new SimulatedResolver({ hierarchy });
  simulation.rewrite(zone, change);
  simulation.network.addServer(HIJACKER, authority(simulation.zonesAt('198.18.0.1'), { rewrite: hijacker }));
  return simulation;
}

function expectUntouched(simulation: SimulatedResolver, victim = 'victim.test.'): void {
  expect(simulation.ask(`only-if-hijacked.${victim} A`).resolution.rcode).toBe(Rcode.NXDOMAIN);
  expect(simulation.ask(`www.${victim} A`).lines).toEqual([
    victim === 'victim.test.' ? 'www.victim.test. A 192.0.2.1' : 'www.victim.signed. A 192.0.2.3',
  ]);
  expect(simulation.ask(`new.${victim} A`).resolution.rcode).toBe(Rcode.NXDOMAIN);
  expect(simulation.packetsTo(HIJACKER)).toBe(0);
}

const glue = sets(`ns.evil.test. A ${HIJACKER}\nns1.victim.test. A ${HIJACKER}\nns1.test. A ${HIJACKER}`);
const add = (
  content: ReplyContent,
  what: Partial<Record<'answer' | 'authority' | 'additional', string>>,
): ReplyContent => ({
  ...content,
  answer: [...content.answer, ...sets(what.answer ?? '')],
  authority: [...content.authority, ...sets(what.authority ?? '')],
  additional: [...content.additional, ...glue, ...sets(what.additional ?? '')],
});

describe('an attacker who serves evil.test. changes nothing of victim.test.', () => {
  const shapes: readonly { name: string; change: (content: ReplyContent, question: Question) => ReplyContent }[] = [
    {
      name: 'a referral to the sibling instead of an answer',
      change: () => add(emptyContent(Rcode.NOERROR), { authority: 'victim.test. NS ns.evil.test.' }),
    },
    {
      name: 'an unsolicited NS set beside the answer',
      change: (content) => add(content, { authority: 'victim.test. NS ns.evil.test.' }),
    },
    {
      name: 'an NS set of the parent beside the answer',
      change: (content) => add(content, { authority: 'test. NS ns.evil.test.' }),
    },
    {
      name: 'an NS set of the root beside the answer',
      change: (content) => add(content, { authority: '. NS ns.evil.test.' }),
    },
    {
      name: 'a referral upwards, to the parent',
      change: () => add(emptyContent(Rcode.NOERROR), { authority: 'test. NS ns.evil.test.' }),
    },
    { name: 'glue of the victim and the parent', change: (content) => add(content, {}) },
    {
      name: 'a DNAME at the parent',
      change: (content) => add(content, { answer: 'test. DNAME evil.test.' }),
    },
    {
      name: 'a DNAME at the victim',
      change: (content) => add(content, { answer: 'victim.test. DNAME evil.test.' }),
    },
    {
      name: 'addresses of the victim in the answer',
      change: (content) =>
        add(content, { answer: 'www.victim.test. A 10.6.6.6\nonly-if-hijacked.victim.test. A 10.6.6.6' }),
    },
    {
      name: 'addresses of the victim in the authority and additional sections',
      change: (content) =>
        add(content, {
          authority: 'www.victim.test. A 10.6.6.6\nvictim.test. MX 10 www.victim.test.',
          additional: 'www.victim.test. A 10.6.6.6\nonly-if-hijacked.victim.test. A 10.6.6.6',
        }),
    },
    {
      name: 'an alias to the victim with its "final" address',
      change: (_, { name }) => ({
        ...add(emptyContent(Rcode.NOERROR, true), { answer: 'www.victim.test. A 10.6.6.6' }),
        answer: [
          ...sets('x. CNAME www.victim.test.').map((set) => ({ ...set, name })),
          ...sets('www.victim.test. A 10.6.6.6'),
        ],
      }),
    },
    {
      name: 'an SOA and an NXDOMAIN for the victim',
      change: (content) =>
        add({ ...content, rcode: Rcode.NXDOMAIN }, { authority: 'victim.test. SOA ns.evil.test. x 1 2 3 4 86400' }),
    },
    {
      name: 'an SOA of the parent with NXDOMAIN',
      change: () => add(emptyContent(Rcode.NXDOMAIN, true), { authority: 'test. SOA ns.evil.test. x 1 2 3 4 86400' }),
    },
    {
      name: 'an NSEC that denies the victim',
      change: (content) =>
        add({ ...content, rcode: Rcode.NXDOMAIN }, { authority: 'evil.test. NSEC zzz.test. A RRSIG NSEC' }),
    },
    {
      name: 'a DS for the victim',
      change: (content) =>
        add(content, {
          authority:
            'victim.test. NS ns.evil.test.\nvictim.test. DS 1 13 2 000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f',
        }),
    },
    {
      name: 'a referral below itself whose glue is the victim, and the NS names of the victim',
      change: (content, { name, type }) =>
        name.labelCount > 3 || type !== RRType.A
          ? content
          : add(emptyContent(Rcode.NOERROR), { authority: 'sub.evil.test. NS ns1.victim.test.' }),
    },
  ];
  for (const { name, change } of shapes) {
    test(name, () => {
      const simulation = attacked(change);
      for (const ask of [
        'www.evil.test. A',
        'nope.evil.test. A',
        'sub.deep.evil.test. A',
        'x.d.evil.test. A',
        'evil.test. NS',
        'alias.evil.test. A',
      ]) {
        const { lines } = simulation.ask(ask);
        for (const line of lines) expect(line).not.toMatch(/victim.*10\.6\.6\.6/);
      }
      expectUntouched(simulation);
      // Also when the victim's zone was asked first.
      const warm = new SimulatedResolver({ hierarchy });
      warm.ask('www.victim.test. A');
      warm.rewrite('evil.test.', change);
      warm.ask('www.evil.test. A');
      warm.ask('nope.evil.test. A');
      expectUntouched(warm);
    });
  }

  test('addresses of the alias target that came along are not kept either', () => {
    const simulation = attacked((content) => add(content, { answer: 'www.victim.test. A 10.6.6.6' }));
    expect(simulation.ask('alias.evil.test. A').lines).toEqual([
      'alias.evil.test. CNAME www.victim.test.',
      'www.victim.test. A 192.0.2.1',
    ]);
  });
});

describe('what a zone says of itself does not change who is asked (A-06)', () => {
  const shapes: readonly { name: string; change: (content: ReplyContent) => ReplyContent }[] = [
    { name: 'NS with an answer', change: (content) => add(content, { authority: 'evil.test. NS ns.evil.test.' }) },
    {
      name: 'NS with NXDOMAIN',
      change: (content) =>
        add({ ...content, rcode: Rcode.NXDOMAIN, answer: [] }, { authority: 'evil.test. NS ns.evil.test.' }),
    },
    {
      name: 'NS without SOA',
      change: (content) => add({ ...content, authority: [], answer: [] }, { authority: 'evil.test. NS ns.evil.test.' }),
    },
  ];
  for (const { name, change } of shapes) {
    test(name, () => {
      const simulation = attacked(change);
      simulation.ask('www.evil.test. A');
      simulation.ask('evil.test. NS');
      simulation.ask('other.evil.test. A');
      expect(simulation.packetsTo(HIJACKER)).toBe(0);
    });
  }
});

describe('labels that text cannot tell apart (A-08)', () => {
  const tricky = [
    'www\\.victim.test.',
    'victim\\000.test.',
    '<script>.test.',
    '__proto__.test.',
    'constructor.test.',
    'a\\010b.test.',
  ];
  for (const target of tricky) {
    test(`${target} is a name of its own`, () => {
      const simulation = attacked((content, { name }) => ({
        ...content,
        rcode: Rcode.NOERROR,
        answer: sets(`x. CNAME ${target}\n`).map((set) => ({ ...set, name })),
        authority: [],
      }));
      const { lines, resolution } = simulation.ask('www.evil.test. A');
      expect(lines).toEqual([`www.evil.test. CNAME ${target.replace('\\010', '\\010')}`]);
      expect(resolution.rcode).toBe(Rcode.NXDOMAIN);
      expectUntouched(simulation);
    });
  }
});

describe('a signed attacker below a signed parent (A-12)', () => {
  const shapes: readonly { name: string; authority: string }[] = [
    { name: 'NSEC that runs out of the zone', authority: 'evil.signed. NSEC zzz.signed. A RRSIG NSEC' },
    { name: 'NSEC of the parent', authority: 'signed. NSEC zzz.signed. A RRSIG NSEC' },
    { name: 'NSEC for the victim', authority: 'victim.signed. NSEC \\000.victim.signed. NS RRSIG NSEC' },
  ];
  for (const { name, authority: text } of shapes) {
    test(`${name} denies nothing of the victim`, () => {
      const simulation = attacked(
        (content) => add({ ...content, rcode: Rcode.NXDOMAIN, answer: [] }, { authority: text }),
        'evil.signed.',
      );
      simulation.ask('www.evil.signed. A');
      simulation.ask('nope.evil.signed. A');
      expect(simulation.status('www.victim.signed. A')).toBe('NOERROR secure AD');
      expect(simulation.status('victim.signed. DS')).toBe('NOERROR secure AD');
      expectUntouched(simulation, 'victim.signed.');
    });
  }
});

describe('a delegation that the parent has withdrawn dies with its own TTL (A-20, A-21)', () => {
  const without = buildHierarchy({
    zones: [{ name: 'test.', isSigned: false }],
    nowSeconds: DEFAULT_WALL_SECONDS,
  });
  const rows: readonly { name: string; change?: (content: ReplyContent) => ReplyContent; asks: readonly string[] }[] = [
    { name: 'the child serves on', asks: ['x%.evil.test. A'] },
    {
      name: 'the child renews its NS set with a long TTL',
      change: (content) => add(content, { authority: 'evil.test. 86400 NS ns1.evil.test.' }),
      asks: ['x%.evil.test. A', 'evil.test. NS'],
    },
    {
      name: 'the child renews the address of its server',
      change: (content) => add(content, { additional: 'ns1.evil.test. 86400 A 198.18.0.4' }),
      asks: ['x%.evil.test. A', 'ns1.evil.test. A', 'evil.test. NS'],
    },
    {
      name: 'the child delegates deeper and deeper',
      change: (content) => content,
      asks: ['x%.a.b.c.d.evil.test. A', 'ns1.evil.test. A'],
    },
  ];
  for (const { name, change, asks } of rows) {
    test(name, () => {
      const simulation = new SimulatedResolver({ hierarchy });
      // The child answers everything, with the longest TTL that there is.
      const everything = (content: ReplyContent, { name: owner, type }: Question): ReplyContent => {
        const own =
          type === RRType.A ? sets('x. 86400 A 192.0.2.99').map((set) => ({ ...set, name: owner })) : content.answer;
        const answered = { ...content, rcode: Rcode.NOERROR, isAuthoritative: true, answer: own, authority: [] };
        return change?.(answered) ?? answered;
      };
      simulation.rewrite('evil.test.', everything);
      expect(simulation.ask('x0.evil.test. A').resolution.rcode).toBe(Rcode.NOERROR);
      // The parent forgets the child.
      const parent = without.servers.get('198.18.0.2');
      if (parent === undefined) throw new Error('no parent server');
      for (const address of simulation.addressesOf('test.')) simulation.network.addServer(address, authority(parent));
      for (let elapsed = 0; elapsed < 3600 + 60; elapsed += 300) {
        simulation.advance(300);
        for (const ask of asks) simulation.ask(ask.replace('%', String(elapsed)));
      }
      expect(simulation.ask('last.evil.test. A').resolution.rcode).toBe(Rcode.NXDOMAIN);
    });
  }

  test('the child delegates to itself, one level deeper', () => {
    const simulation = new SimulatedResolver({ hierarchy });
    const deeper = nameOf('a.evil.test.');
    const [address = ''] = simulation.addressesOf('evil.test.');
    simulation.rewrite('evil.test.', (content, { name: owner, type }) =>
      owner.equals(deeper)
        ? {
            ...emptyContent(Rcode.NOERROR),
            authority: sets('a.evil.test. 86400 NS ns.a.evil.test.'),
            glue: sets(`ns.a.evil.test. 86400 A ${address}`),
          }
        : {
            ...emptyContent(Rcode.NOERROR, true),
            answer: type === RRType.A ? sets('x. 86400 A 192.0.2.99').map((set) => ({ ...set, name: owner })) : [],
            authority: content.authority,
          },
    );
    expect(simulation.ask('x0.a.evil.test. A').resolution.rcode).toBe(Rcode.NOERROR);
    expect(simulation.asked()).toContain('a.evil.test. A');
    const parent = without.servers.get('198.18.0.2');
    if (parent === undefined) throw new Error('no parent server');
    for (const at of simulation.addressesOf('test.')) simulation.network.addServer(at, authority(parent));
    for (let elapsed = 0; elapsed < 3600 + 60; elapsed += 300) {
      simulation.advance(300);
      simulation.ask(`x${elapsed}.a.evil.test. A`);
    }
    expect(simulation.ask('last.a.evil.test. A').resolution.rcode).toBe(Rcode.NXDOMAIN);
  });
});
