/**
 * Everything forwarded to another resolver, Unbound: one that does not validate itself, and one that does. kedge finds
 * all that its proofs need through it.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { ADDRESSES, RESOLVER_IPV4 } from './support/addresses.ts';
import { checkAnswer, checkUnvalidated } from './support/check-answers.ts';
import { expectDelv } from './support/check-validators.ts';
import type { Namespace } from './support/namespace.ts';
import { type ServedZone, startNsd } from './support/nsd.ts';
import {
  corruptSignatures,
  type PresignedZone,
  type SigningOptions,
  signZone,
  stripSignatures,
} from './support/presigned-zone.ts';
import { createPrivateNamespace, type PublishedRoot, publishRoot, servedZone } from './support/private-internet.ts';
import { describeWithPrograms } from './support/programs.ts';
import { startResolver, startUpstreamResolver } from './support/resolver.ts';
import {
  buildSampleZone,
  buildUnsignedZone,
  type Delegation,
  type Expectation,
  essentialQuestions,
  nameIn,
  type SampleQuestionsOptions,
  sampleQuestions,
} from './support/sample-zone.ts';

const [BEHIND_PLAIN, BEHIND_VALIDATING, PLAIN, VALIDATING] = RESOLVER_IPV4;

const SOUND_ZONES: readonly (SampleQuestionsOptions & { name: string; origin: string; signing: SigningOptions })[] = [
  { name: 'NSEC', origin: 'nsec.lab.', signing: {}, hasSignedChild: true },
  { name: 'NSEC3', origin: 'nsec3.lab.', signing: { nsec3: { iterations: 0, salt: '', optOut: false } } },
  {
    name: 'NSEC3 with opt-out',
    origin: 'optout.lab.',
    signing: { nsec3: { iterations: 0, salt: '', optOut: true } },
    optOut: 'flagged',
  },
];

const www = (zone: PresignedZone): string => nameIn(zone.origin, 'www');

const BROKEN_ZONES: readonly {
  name: string;
  origin: string;
  signing?: SigningOptions;
  alter?(zone: PresignedZone): PresignedZone;
  ede: readonly number[];
}[] = [
  {
    name: 'expired signatures',
    origin: 'expired.lab.',
    signing: { inception: '20200101000000', expiration: '20200201000000' },
    ede: [7],
  },
  {
    name: 'a corrupted signature',
    origin: 'corrupted.lab.',
    alter: (zone) => corruptSignatures(zone, 'A', www(zone)),
    ede: [6],
  },
  {
    name: 'no signature',
    origin: 'unsigned-address.lab.',
    alter: (zone) => stripSignatures(zone, 'A', www(zone)),
    ede: [10],
  },
];

describeWithPrograms('another resolver as forwarder', ['unbound'], () => {
  let namespace: Namespace | undefined;
  let root: PublishedRoot;
  const inside = (): Namespace => {
    if (namespace === undefined) throw new Error('the namespace was not made');
    return namespace;
  };

  beforeAll(async () => {
    namespace = await createPrivateNamespace('recursive');
    const nameservers = [ADDRESSES.nsd];
    const served: ServedZone[] = [];
    const delegations: Delegation[] = [];
    for (const { origin, signing, hasSignedChild } of SOUND_ZONES) {
      const children: Delegation[] = [];
      if (hasSignedChild === true) {
        const childOrigin = `child.${origin}`;
        const child = await signZone(
          inside(),
          childOrigin,
          buildSampleZone({ origin: childOrigin, nameservers }),
          signing,
        );
        children.push({ zone: childOrigin, nameservers, ds: child.ds });
        served.push(servedZone(child));
      }
      const text = buildSampleZone({ origin, nameservers, delegations: children });
      const zone = await signZone(inside(), origin, text, signing);
      served.push(servedZone(zone), { origin: `unsigned.${origin}`, text: buildUnsignedZone(origin, nameservers) });
      delegations.push({ zone: origin, nameservers, ds: zone.ds });
    }
    for (const { origin, signing, alter } of BROKEN_ZONES) {
      const sound = await signZone(inside(), origin, buildSampleZone({ origin, nameservers }), signing);
      const zone = alter?.(sound) ?? sound;
      served.push(servedZone(zone));
      delegations.push({ zone: origin, nameservers, ds: zone.ds });
    }
    await startNsd(namespace, 'nsd', ADDRESSES.nsd, served);
    root = await publishRoot(namespace, delegations);
    const { hintFile } = root;
    const anchors = { '.': root.anchors };
    await startUpstreamResolver(namespace, 'plain', { hintFile, listen: [PLAIN], anchors: {} });
    await startUpstreamResolver(namespace, 'validating', { hintFile, listen: [VALIDATING], anchors });
    for (const [listen, forwarder] of [
      [BEHIND_PLAIN, PLAIN],
      [BEHIND_VALIDATING, VALIDATING],
    ] as const) {
      await startResolver(namespace, `behind-${forwarder}`, {
        hintFile,
        listen: [listen],
        anchors,
        recursiveForwardZones: { '.': [`${forwarder}:53`] },
      });
    }
  });

  afterAll(() => namespace?.close());

  describe.each([
    { forwarder: 'one that does not validate', resolver: BEHIND_PLAIN },
    { forwarder: 'one that validates', resolver: BEHIND_VALIDATING },
  ])('$forwarder', ({ resolver }) => {
    describe.each(SOUND_ZONES)('$name', (zone) => {
      const questions = sampleQuestions(zone.origin, zone);
      it.each(questions)('answers $name', async ({ qname, qtype, want }) => {
        await checkAnswer(inside(), resolver, [qname, qtype], want);
        await checkUnvalidated(inside(), resolver, [qname, qtype], want);
      });
    });

    it.each(BROKEN_ZONES)('refuses $name, and gives it with CD', async ({ origin, ede }) => {
      const question = [nameIn(origin, 'www'), 'A'];
      const answer = [`www.${origin} A 192.0.2.1`];
      const bogus: Expectation = { status: 'SERVFAIL', ad: false, answer: [], ede };
      await checkAnswer(inside(), resolver, question, bogus);
      await checkUnvalidated(inside(), resolver, question, { status: 'NOERROR', answer });
      await checkAnswer(inside(), resolver, question, bogus);
    });

    it.each(essentialQuestions('nsec.lab.'))('satisfies delv with $name', async (question) => {
      await expectDelv(inside(), resolver, root, question);
    });
  });
});
