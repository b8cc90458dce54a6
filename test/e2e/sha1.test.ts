/**
 * Zones that rest on SHA-1: algorithms 5 and 7, and DS records with digest type 1. They count as insecure (RFC 9905),
 * or are validated where the configuration says so.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { ADDRESSES, RESOLVER_IPV4 } from './support/addresses.ts';
import { checkAnswer, checkUnvalidated } from './support/check-answers.ts';
import { expectDelv } from './support/check-validators.ts';
import type { Namespace } from './support/namespace.ts';
import { type ServedZone, startNsd } from './support/nsd.ts';
import {
  changeDsDigest,
  corruptSignatures,
  dsOf,
  type PresignedZone,
  type SigningOptions,
  signZone,
} from './support/presigned-zone.ts';
import { createPrivateNamespace, type PublishedRoot, publishRoot, servedZone } from './support/private-internet.ts';
import { describeWithPrograms } from './support/programs.ts';
import { IS_STAND_IN, startResolver } from './support/resolver.ts';
import {
  buildSampleZone,
  buildUnsignedZone,
  type Delegation,
  type Expectation,
  essentialQuestions,
  nameIn,
  type Question,
} from './support/sample-zone.ts';

const [PRUDENT, VALIDATING] = RESOLVER_IPV4;

type Security = 'secure' | 'insecure' | 'bogus';

interface Sha1Zone {
  name: string;
  label: string;
  signing?: SigningOptions;
  alter?(zone: PresignedZone): PresignedZone;
  ds?(zone: PresignedZone): readonly string[];
  /** By default, and with `kedge.sha1: validate`. */
  prudent: Security;
  validating: Security;
  /** The extended error where insecure. */
  ede?: number;
  /** The extended errors where bogus. */
  bogusEde?: readonly number[];
}

const sha1Ds = ({ origin, lines }: PresignedZone): string[] => dsOf(origin, lines, 1);
const corrupted = (zone: PresignedZone): PresignedZone => corruptSignatures(zone, 'A', nameIn(zone.origin, 'www'));

const ZONES: readonly Sha1Zone[] = [
  { name: 'algorithm 5', label: 'five', signing: { algorithm: 5 }, prudent: 'insecure', validating: 'secure', ede: 1 },
  {
    name: 'algorithm 7 with NSEC3',
    label: 'seven',
    signing: { algorithm: 7, nsec3: { iterations: 0, salt: '', optOut: false } },
    prudent: 'insecure',
    validating: 'secure',
    ede: 1,
  },
  {
    name: 'a SHA-1 DS alone',
    label: 'sha1-ds',
    ds: sha1Ds,
    prudent: 'insecure',
    validating: 'secure',
    ede: 2,
  },
  {
    name: 'a SHA-1 DS beside one with SHA-256',
    label: 'both-ds',
    ds: (zone) => [...sha1Ds(zone), ...zone.ds],
    prudent: 'secure',
    validating: 'secure',
  },
  {
    name: 'a SHA-1 DS beside a wrong one with SHA-256 (RFC 4509 3)',
    label: 'downgrade',
    ds: (zone) => [...sha1Ds(zone), ...zone.ds.map(changeDsDigest)],
    prudent: 'bogus',
    validating: 'bogus',
    bogusEde: [9, 6],
  },
];

/** Asked for an address only. */
const CORRUPTED_ZONE: Sha1Zone = {
  name: 'algorithm 5 with a corrupted signature',
  label: 'five-corrupted',
  signing: { algorithm: 5 },
  alter: corrupted,
  prudent: 'insecure',
  validating: 'bogus',
  ede: 1,
  bogusEde: [6],
};

function expectation({ ede, bogusEde }: Sha1Zone, security: Security, want: Expectation): Expectation {
  if (security === 'bogus') {
    return { status: 'SERVFAIL', ad: false, answer: [], ...(bogusEde === undefined ? {} : { ede: bogusEde }) };
  }
  if (security === 'secure') return want;
  return { ...want, ad: false, ...(ede === undefined ? {} : { ede: [ede] }) };
}

interface Case extends Question {
  zone: string;
  security: Security;
  unchecked: Expectation;
}

function casesOf(zones: readonly Sha1Zone[], resolver: 'prudent' | 'validating'): Case[] {
  return zones.flatMap((zone) => {
    const origin = `${zone.label}.lab.`;
    const questions = essentialQuestions(origin).filter(
      ({ qname, qtype }) =>
        !qname.includes('unsigned') && (zone.alter === undefined || (qname === `www.${origin}` && qtype === 'A')),
    );
    return questions.map((question) => ({
      ...question,
      zone: zone.name,
      security: zone[resolver],
      want: expectation(zone, zone[resolver], question.want),
      unchecked: question.want,
    }));
  });
}

describeWithPrograms('zones that rest on SHA-1', [], () => {
  let namespace: Namespace | undefined;
  let root: PublishedRoot;
  const inside = (): Namespace => {
    if (namespace === undefined) throw new Error('the namespace was not made');
    return namespace;
  };

  beforeAll(async () => {
    namespace = await createPrivateNamespace('sha1');
    const nameservers = [ADDRESSES.nsd];
    const served: ServedZone[] = [];
    const delegations: Delegation[] = [];
    for (const { label, signing, alter, ds } of [...ZONES, CORRUPTED_ZONE]) {
      const origin = `${label}.lab.`;
      const sound = await signZone(namespace, origin, buildSampleZone({ origin, nameservers }), signing);
      const zone = alter?.(sound) ?? sound;
      served.push(servedZone(zone), { origin: `unsigned.${origin}`, text: buildUnsignedZone(origin, nameservers) });
      delegations.push({ zone: origin, nameservers, ds: ds?.(zone) ?? zone.ds });
    }
    await startNsd(namespace, 'nsd', ADDRESSES.nsd, served);
    root = await publishRoot(namespace, delegations);
    const shared = { hintFile: root.hintFile, anchors: { '.': root.anchors } };
    if (!IS_STAND_IN) await startResolver(namespace, 'prudent', { ...shared, listen: [PRUDENT] });
    await startResolver(namespace, 'validating', { ...shared, listen: [VALIDATING], sha1: 'validate' });
  });

  afterAll(() => namespace?.close());

  describe.skipIf(IS_STAND_IN)('by default', () => {
    it.each(casesOf([...ZONES, CORRUPTED_ZONE], 'prudent'))('$zone: $name is $security', async (question) => {
      await checkAnswer(inside(), PRUDENT, [question.qname, question.qtype], question.want);
      await checkUnvalidated(inside(), PRUDENT, [question.qname, question.qtype], question.unchecked);
    });

    // delv validates SHA-1, so behind a resolver that does not it must get all that the proof needs.
    const proved = casesOf(ZONES, 'validating').filter(({ security }) => security === 'secure');
    it.each(proved)('delv proves $zone: $name', async (question) => {
      await expectDelv(inside(), PRUDENT, root, question);
    });
  });

  describe('where SHA-1 is validated', () => {
    const cases = casesOf([...ZONES, CORRUPTED_ZONE], 'validating');
    it.each(cases)('$zone: $name is $security', async (question) => {
      await checkAnswer(inside(), VALIDATING, [question.qname, question.qtype], question.want);
      await checkUnvalidated(inside(), VALIDATING, [question.qname, question.qtype], question.unchecked);
    });

    it.each(cases)('delv agrees on $zone: $name', async (question) => {
      await expectDelv(inside(), VALIDATING, root, question);
    });
  });
});
