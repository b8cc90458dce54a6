// A server that puts replies together at random from everything that was ever signed, and from forgeries. What comes out
// is the truth, or an error: never another answer that counts as secure, never a signed name that counts as unsigned.
import { describe, expect, test } from 'vitest';
import { nsecCovers } from '../../src/dnssec/denial.ts';
import type { DenialOptions } from '../../src/lab/denial-chain.ts';
import type { ReplyContent } from '../../src/lab/reply-content.ts';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { Rcode, RRClass, RRType } from '../../src/wire/constants.ts';
import type { Question } from '../../src/wire/message.ts';
import { DomainName } from '../../src/wire/name.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { parseNSEC } from '../../src/wire/rdata-dnssec.ts';
import { groupIntoRRsets, type RRset } from '../../src/wire/record.ts';
import { SeededRandom, testSeed } from '../support/seeded-random.ts';
import { ReviewNetwork, statusOf } from './review-network.ts';

const variables: { readonly KEDGE_REPLAY_ROUNDS?: string } = process.env;
const ROUNDS = Number(variables.KEDGE_REPLAY_ROUNDS ?? 25);

const records = `
www        60 A     192.0.2.1
www        60 TXT   "t"
*.wild     60 A     192.0.2.3
real.wild  60 TXT   "r"
*          60 CNAME www
a.b.ent    60 A     192.0.2.7
alias      60 CNAME www.sub
old        60 DNAME sub
`;

const questions = [
  'www.ex.test. A',
  'www.ex.test. AAAA',
  'www.ex.test. CNAME',
  'q.wild.ex.test. A',
  'real.wild.ex.test. A',
  'q.real.wild.ex.test. A',
  'ent.ex.test. A',
  'b.ent.ex.test. TXT',
  'nx.ex.test. A',
  'nx.nx.ex.test. TXT',
  'alias.ex.test. A',
  'x.old.ex.test. A',
  'sub.ex.test. DS',
  'sub.ex.test. A',
  'www.sub.ex.test. A',
  'nx.sub.ex.test. A',
  'nx.www.sub.ex.test. A',
  'unsigned.ex.test. DS',
  'ex.test. DS',
  'ex.test. MX',
];

const denials: readonly (readonly [string, DenialOptions])[] = [
  ['nsec', { kind: 'nsec' }],
  ['nsec3', { kind: 'nsec3' }],
  ['nsec3 opt-out', { kind: 'nsec3', optOut: true }],
];

/** Everything that is signed in some zone. */
function signedSets(net: ReviewNetwork): RRset[] {
  return net.hierarchy.zones
    .filter(({ name }) => !name.isRoot)
    .flatMap(({ zone }) => groupIntoRRsets(zone.records))
    .filter(({ signatures, rdatas }) => signatures.length > 0 && rdatas.length > 0);
}

class Liar {
  private readonly random: SeededRandom;
  private readonly sets: readonly RRset[];
  private readonly denials: readonly RRset[];

  constructor(random: SeededRandom, sets: readonly RRset[]) {
    this.random = random;
    this.sets = sets;
    const proofs: ReadonlySet<number> = new Set([RRType.NSEC, RRType.NSEC3, RRType.SOA, RRType.DS]);
    this.denials = sets.filter(({ type }) => proofs.has(type));
  }

  lie(content: ReplyContent, question: Question): ReplyContent {
    if (question.type === RRType.DNSKEY || this.random.below(3) === 0) return content;
    const { random } = this;
    const answer: RRset[] = random.below(3) === 0 ? [...content.answer] : [];
    const authority: RRset[] = random.below(2) === 0 ? [...content.authority] : [];
    if (random.below(2) === 0) answer.push(this.someAnswer(question));
    for (let count = random.below(5); count > 0; count--) authority.push(this.pick(this.denials));
    if (random.below(2) === 0) authority.push(...this.closeDenials(question.name));
    const rcode = random.below(3) === 0 ? Rcode.NXDOMAIN : Rcode.NOERROR;
    return { ...content, rcode, isAuthoritative: true, answer, authority: random.below(8) === 0 ? [] : authority };
  }

  /** Records of one zone that could say most of a name: at it, above it, around it and its wildcards. */
  private closeDenials(name: DomainName): RRset[] {
    const { random } = this;
    const sameZone = this.pick(this.denials.filter(({ type }) => type === RRType.SOA)).name;
    const relevant = this.denials.filter(
      ({ name: owner, type }) =>
        type !== RRType.DS && owner.isSubdomainOf(sameZone) && (type !== RRType.SOA || owner.equals(sameZone)),
    );
    const chosen = relevant.filter(({ name: owner, type, rdatas }) => {
      if (type !== RRType.NSEC) return random.below(3) > 0;
      const next = rdatas[0] === undefined ? undefined : parseNSEC(rdatas[0])?.next;
      const asked = [name, name.parent().wildcardChild() ?? name, sameZone.wildcardChild() ?? name];
      return (
        next !== undefined && asked.some((one) => one.isSubdomainOf(owner) || nsecCovers(owner, next, one, sameZone))
      );
    });
    return chosen.slice(0, 9);
  }

  private someAnswer({ name, type }: Question): RRset {
    const { random } = this;
    const there = this.sets.filter((set) => set.name.equals(name) || name.isBelow(set.name));
    const wildcards = this.sets.filter((set) => set.name.isWildcard && name.isBelow(set.name.parent()));
    switch (random.below(4)) {
      case 0:
        return { name, type, class: RRClass.IN, ttl: 60, rdatas: [Uint8Array.of(192, 0, 2, 66)], signatures: [] };
      case 1:
        return there.length > 0 ? this.pick(there) : this.pick(this.sets);
      case 2:
        return wildcards.length > 0 ? { ...this.pick(wildcards), name } : this.pick(this.sets);
      default:
        // Signatures of one set under the data of another.
        return { ...this.pick(this.sets), name, type, rdatas: [Uint8Array.of(192, 0, 2, 66)] };
    }
  }

  private pick(sets: readonly RRset[]): RRset {
    return (
      sets[this.random.below(sets.length)] ?? {
        name: DomainName.root,
        type: 1,
        class: 1,
        ttl: 0,
        rdatas: [],
        signatures: [],
      }
    );
  }
}

function meaning({ rcode, answer }: Resolution): string {
  const sets = answer.map(
    ({ rrset }) =>
      `${nameText(rrset.name.toLowerCase())}/${rrset.type}/${rrset.rdatas
        .map((rdata) => Buffer.from(rdata).toString('hex'))
        .sort()
        .join(',')}`,
  );
  return [rcode, ...sets].join(' ');
}

describe.each(denials)('%s', (title, denial) => {
  test.each([true, false])(
    'lies of the zone itself %s',
    (ownServer) => {
      const zones = [
        { name: 'test.', denial },
        { name: 'ex.test.', records, denial },
        {
          name: 'sub.ex.test.',
          records: 'www 60 A 192.0.2.11\n',
          denial,
          ...(ownServer ? {} : { addresses: ['198.18.0.3'] }),
        },
        { name: 'unsigned.ex.test.', isSigned: false, records: 'www 60 A 192.0.2.13\n' },
      ];
      const honest = new ReviewNetwork({ zones });
      const truth = new Map(questions.map((question) => [question, honest.fresh().resolve(question)]));
      const sets = signedSets(honest);
      const wrong: string[] = [];
      const seen = new Map<string, number>();
      for (let round = 0; round < ROUNDS; round++) {
        const random = new SeededRandom(testSeed() * 100_003 + round);
        const net = honest.fresh();
        const liar = new Liar(random, sets);
        for (const zone of ['ex.test.', 'sub.ex.test.', 'test.']) {
          if (random.below(3) > 0) net.rewrite(zone, (content, question) => liar.lie(content, question));
        }
        // Several questions with one cache: what one lie plants, another question may reap.
        for (let count = 0; count < 4; count++) {
          const question = questions[random.below(questions.length)] ?? '';
          const expected = truth.get(question);
          const found = net.resolve(question);
          const status = statusOf(found);
          seen.set(
            status.split(' ').slice(0, 2).join(' '),
            (seen.get(status.split(' ').slice(0, 2).join(' ')) ?? 0) + 1,
          );
          if (expected === undefined || found.rcode === Rcode.SERVFAIL) continue;
          const mayBeHidden = title === 'nsec3 opt-out' && !/^(www|real|alias|sub|ex|www\.sub)\./.test(question);
          if (found.verdict?.status === 'secure' && found.authentic && meaning(found) !== meaning(expected)) {
            // The RCODE is not signed: an empty non-terminal's or a wildcard's denial says the same under either.
            wrong.push(`round ${round} ${question}: ${status} ${meaning(found)} instead of ${meaning(expected)}`);
          }
          if (found.verdict?.status !== 'secure' && expected.verdict?.status === 'secure' && !mayBeHidden) {
            wrong.push(`round ${round} ${question}: ${status} instead of ${statusOf(expected)}`);
          }
          net.clock.advance(random.below(40_000));
        }
        if (net.crashes.length > 0) wrong.push(`round ${round} crashed: ${String(net.crashes[0])}`);
      }
      expect(wrong).toEqual([]);
      expect(seen.size).toBeGreaterThan(3);
    },
    120_000,
  );
});
