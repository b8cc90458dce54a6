// Signed records used for what they do not say: of another zone, of the other side of a cut, expanded, or pointing out of
// their zone (SECURITY; RFC 6840 4.1, 4.4). The forger sits on the way, and may use whatever is signed.
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { emptyContent, type ReplyContent } from '../../src/lab/reply-content.ts';
import { signRRset } from '../../src/lab/signer.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { groupIntoRRsets, type RRset } from '../../src/wire/record.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const validity = { inceptionSeconds: DEFAULT_WALL_SECONDS - 3600, expirationSeconds: DEFAULT_WALL_SECONDS + 86_400 };
const records = 'www A 192.0.2.1\n*.wild A 192.0.2.2\nzz A 192.0.2.3\nplain.zz NS ns.plain.zz\nns.plain.zz A 192.0.2.4';
const hierarchy = buildHierarchy({
  zones: [
    { name: 'top.', records: '*.wild A 192.0.2.7\nd DNAME www.top.' },
    { name: 'child.top.', records },
    { name: 'evil.top.', records },
    { name: 'plain.top.', records: 'www A 192.0.2.9', isSigned: false },
    { name: 'grand.child.top.', records: 'www A 192.0.2.5' },
    { name: 'top3.', records: '*.wild A 192.0.2.7', denial: { kind: 'nsec3' } },
    { name: 'child.top3.', records, denial: { kind: 'nsec3' } },
  ],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

function setAt(zone: string, owner: string, type: number): RRset {
  const found = hierarchy.zone(zone).zone.rrset(nameOf(owner), type);
  if (found === undefined) throw new Error(`${zone} has no such set at ${owner}`);
  return found;
}

const nsecAt = (zone: string, owner: string) => setAt(zone, owner, RRType.NSEC);

function nsec3sOf(zone: string): RRset[] {
  const { denial } = hierarchy.zone(zone).zone;
  return denial.kind === 'nsec3' ? denial.links.map(({ rrset }) => rrset) : [];
}

/** Sets of master-file text, signed with the true key of a zone. */
function signedBy(zone: string, text: string): RRset[] {
  const [key] = hierarchy.zone(zone).signed?.keys ?? [];
  if (key === undefined) throw new Error(`${zone} has no key`);
  return groupIntoRRsets(parseZoneText(text, { defaultTtl: 3600 }).records).map((set) => ({
    ...set,
    signatures: [signRRset(set, nameOf(zone), key, validity)],
  }));
}

function denying(rcode: number, authority: readonly RRset[]): ReplyContent {
  return { ...emptyContent(rcode, true), authority };
}

function answering(answer: readonly RRset[], authority: readonly RRset[] = []): ReplyContent {
  return { ...emptyContent(Rcode.NOERROR, true), answer, authority };
}

interface Forgery {
  readonly name: string;
  /** Whose servers speak the forger's words. */
  readonly at: string;
  readonly ask: string;
  readonly forged: () => ReplyContent;
  /** Forge replies to this type only; default: that of the question. */
  readonly onType?: number;
  readonly want?: RegExp;
}

const childSoa = () => setAt('child.top.', 'child.top.', RRType.SOA);
const topSoa = () => setAt('top.', 'top.', RRType.SOA);
const child3Soa = () => setAt('child.top3.', 'child.top3.', RRType.SOA);

const forgeries: readonly Forgery[] = [
  {
    name: 'A-13: the delegation’s NSEC denies names of the child',
    at: 'child.top.',
    ask: 'www.child.top. A',
    forged: () => denying(Rcode.NXDOMAIN, [topSoa(), nsecAt('top.', 'child.top.'), nsecAt('top.', 'top.')]),
  },
  {
    name: 'A-13: the delegation’s NSEC denies types at the child’s apex',
    at: 'child.top.',
    ask: 'child.top. MX',
    forged: () => denying(Rcode.NOERROR, [topSoa(), nsecAt('top.', 'child.top.')]),
  },
  {
    name: 'A-13: NSEC3 of the parent deny names of the child',
    at: 'child.top3.',
    ask: 'www.child.top3. A',
    forged: () => denying(Rcode.NXDOMAIN, [setAt('top3.', 'top3.', RRType.SOA), ...nsec3sOf('top3.')]),
  },
  {
    name: 'A-13: the child’s apex NSEC denies its DS, to make it insecure',
    at: 'top.',
    ask: 'www.child.top. A',
    onType: RRType.DS,
    forged: () => denying(Rcode.NOERROR, [childSoa(), nsecAt('child.top.', 'child.top.')]),
    want: /^(SERVFAIL|NOERROR secure AD)/,
  },
  {
    name: 'A-13: the grandparent’s NSEC denies a DS below',
    at: 'child.top.',
    ask: 'www.grand.child.top. A',
    onType: RRType.DS,
    forged: () => denying(Rcode.NOERROR, [topSoa(), nsecAt('top.', 'child.top.')]),
    want: /^(SERVFAIL|NOERROR secure AD)/,
  },
  {
    name: 'A-13: NSEC with DNAME denies names below it',
    at: 'top.',
    ask: 'x.d.top. A',
    forged: () => denying(Rcode.NXDOMAIN, [topSoa(), nsecAt('top.', 'd.top.'), nsecAt('top.', 'top.')]),
  },
  {
    name: 'A-12 (1): fewer labels than the signer has',
    at: 'evil.top.',
    ask: 'www.evil.top. A',
    forged: () =>
      answering(
        signedBy('evil.top.', '*.top. A 10.6.6.6').map((set) => ({ ...set, name: nameOf('www.evil.top.') })),
        [nsecAt('evil.top.', 'evil.top.')],
      ),
    want: /^SERVFAIL bogus:rrsig-wrong-labels/,
  },
  {
    name: 'A-12 (2): signed by a sibling',
    at: 'child.top.',
    ask: 'www.child.top. A',
    forged: () => answering(signedBy('evil.top.', 'www.child.top. A 10.6.6.6')),
  },
  {
    name: 'A-12 (3): NSEC that points out of its zone',
    at: 'evil.top.',
    ask: 'nope.evil.top. A',
    forged: () => denying(Rcode.NXDOMAIN, signedBy('evil.top.', 'evil.top. NSEC zzz.top. A NSEC RRSIG')),
  },
  {
    name: 'A-12 (4): NSEC3 below a name of the zone',
    at: 'child.top3.',
    ask: 'www.child.top3. A',
    forged: () =>
      denying(Rcode.NXDOMAIN, [
        child3Soa(),
        ...nsec3sOf('child.top3.').map((set) => ({
          ...set,
          name: nameOf('00000000000000000000000000000000.x.child.top3.'),
        })),
      ]),
  },
  {
    name: 'A-12 (5): an NSEC expanded from a wildcard',
    at: 'child.top.',
    ask: 'x.wild.child.top. MX',
    forged: () =>
      denying(Rcode.NOERROR, [
        childSoa(),
        { ...nsecAt('child.top.', '*.wild.child.top.'), name: nameOf('x.wild.child.top.') },
      ]),
  },
  {
    name: 'A-12 (6): a wildcard answer proved by another zone',
    at: 'child.top.',
    ask: 'x.wild.child.top. A',
    forged: () =>
      answering(
        [{ ...setAt('child.top.', '*.wild.child.top.', RRType.A), name: nameOf('x.wild.child.top.') }],
        [nsecAt('top.', 'child.top.'), nsecAt('evil.top.', 'www.evil.top.')],
      ),
  },
  {
    name: 'a wildcard in place of data that are there',
    at: 'child.top.',
    ask: 'x.www.child.top. A',
    forged: () =>
      answering(
        [{ ...setAt('child.top.', '*.wild.child.top.', RRType.A), name: nameOf('x.www.child.top.') }],
        [nsecAt('child.top.', 'www.child.top.')],
      ),
  },
  {
    name: 'the parent’s wildcard in place of the child’s data',
    at: 'child.top.',
    ask: 'www.child.top. A',
    forged: () =>
      answering(
        [{ ...setAt('top.', '*.wild.top.', RRType.A), name: nameOf('www.child.top.') }],
        [nsecAt('top.', 'child.top.')],
      ),
  },
  {
    name: 'A-12 (8): a denial with the signature of another set',
    at: 'child.top.',
    ask: 'www.child.top. A',
    forged: () =>
      denying(Rcode.NXDOMAIN, [
        childSoa(),
        { ...nsecAt('child.top.', 'child.top.'), signatures: nsecAt('child.top.', 'www.child.top.').signatures },
        nsecAt('child.top.', 'child.top.'),
      ]),
  },
  {
    name: 'the NSEC of another name',
    at: 'child.top.',
    ask: 'www.child.top. A',
    forged: () => denying(Rcode.NOERROR, [childSoa(), nsecAt('child.top.', 'zz.child.top.')]),
  },
  {
    name: 'NODATA with the name’s own NSEC, which has the type',
    at: 'child.top.',
    ask: 'www.child.top. A',
    forged: () => denying(Rcode.NOERROR, [childSoa(), nsecAt('child.top.', 'www.child.top.')]),
  },
  {
    name: 'a signed DS in place of the child’s',
    at: 'top.',
    ask: 'www.child.top. A',
    onType: RRType.DS,
    forged: () => answering([{ ...setAt('top.', 'evil.top.', RRType.DS), name: nameOf('child.top.') }]),
    want: /^(SERVFAIL|NOERROR secure AD)/,
  },
  {
    name: 'an unsigned delegation’s denial in place of the DS of a signed one',
    at: 'top.',
    ask: 'www.child.top. A',
    onType: RRType.DS,
    forged: () => denying(Rcode.NOERROR, [topSoa(), nsecAt('top.', 'plain.top.')]),
    want: /^(SERVFAIL|NOERROR secure AD)/,
  },
  {
    name: 'an alias of the zone in place of its data',
    at: 'child.top.',
    ask: 'www.child.top. A',
    forged: () => answering([{ ...setAt('top.', 'd.top.', RRType.DNAME), name: nameOf('child.top.') }]),
  },
];

describe('forgeries of signed records', () => {
  for (const { name, at, ask, forged, onType, want = /^SERVFAIL/ } of forgeries) {
    test(name, () => {
      const simulation = new SimulatedResolver({ hierarchy });
      const type = onType ?? { A: RRType.A, MX: RRType.MX }[ask.split(' ')[1] ?? 'A'];
      const asked = nameOf(ask.split(' ')[0] ?? '');
      let said = 0;
      simulation.rewrite(at, (content, question) => {
        // Referrals would give away the DS that the forger wants to hide: it withholds it.
        if (onType === RRType.DS && question.type !== RRType.DS) {
          return {
            ...content,
            authority: content.authority.filter((set) => set.type === RRType.NS || set.type === RRType.SOA),
          };
        }
        if (question.type !== type || (onType === undefined && !question.name.equals(asked))) return content;
        said++;
        return forged();
      });
      const { status, lines } = simulation.ask(ask);
      expect(said).toBeGreaterThan(0);
      expect(status).toMatch(want);
      expect(lines.join(' ')).not.toContain('10.6.6.6');
      // Once the forger is gone, neither this nor anything else is as it said.
      simulation.restore();
      simulation.advance(61);
      for (const other of [
        ask,
        'www.child.top. A',
        'www.evil.top. A',
        'www.child.top3. A',
        'www.grand.child.top. A',
        'nope.top. A',
        'any.top. A',
      ]) {
        const fresh = new SimulatedResolver({ hierarchy }).ask(other);
        const later = simulation.ask(other);
        expect([other, later.status, later.lines]).toEqual([other, fresh.status, fresh.lines]);
      }
    });
  }
});
