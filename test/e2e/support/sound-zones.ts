/** The tests that every kind of server must pass with sound zones. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { RESOLVER_IPV4 } from './addresses.ts';
import { checkAnswer, checkUnvalidated } from './check-answers.ts';
import { expectDelv, expectDrill } from './check-validators.ts';
import type { Namespace } from './namespace.ts';
import { createPrivateNamespace, type PublishedRoot, publishRoot } from './private-internet.ts';
import { describeWithPrograms, type Program } from './programs.ts';
import { IS_STAND_IN, startResolver } from './resolver.ts';
import {
  type Delegation,
  essentialQuestions,
  type Question,
  type SampleQuestionsOptions,
  sampleQuestions,
} from './sample-zone.ts';

export interface SoundZone extends SampleQuestionsOptions {
  name: string;
  origin: string;
  /** Ask the essential questions only. */
  isBrief?: boolean;
}

export interface SoundServer {
  /** Also names the namespace: lower case, no blanks. */
  label: string;
  title: string;
  programs: readonly Program[];
  zones: readonly SoundZone[];
  /** What Unbound as the stand-in for kedge cannot resolve with this server. */
  isBeyondStandIn?(question: Question): boolean;
  /** Starts the server with the sample zone for each of `zones`; returns what the top-level domain delegates. */
  start(namespace: Namespace): Promise<readonly Delegation[]>;
}

export function describeSoundServer(server: SoundServer): void {
  const [resolver] = RESOLVER_IPV4;

  describeWithPrograms(server.title, server.programs, () => {
    let namespace: Namespace | undefined;
    let root: PublishedRoot;

    beforeAll(async () => {
      namespace = await createPrivateNamespace(server.label);
      root = await publishRoot(namespace, await server.start(namespace));
      await startResolver(namespace, 'resolver', {
        hintFile: root.hintFile,
        listen: [resolver],
        anchors: { '.': root.anchors },
      });
    });

    afterAll(() => namespace?.close());

    const inside = (): Namespace => {
      if (namespace === undefined) throw new Error('the namespace was not made');
      return namespace;
    };

    describe.each(server.zones)('$name', (zone) => {
      const isAsked = (question: Question): boolean => !IS_STAND_IN || server.isBeyondStandIn?.(question) !== true;
      const questions = zone.isBrief === true ? essentialQuestions : sampleQuestions;
      it.each(questions(zone.origin, zone).filter(isAsked))('answers $name', async ({ qname, qtype, want }) => {
        await checkAnswer(inside(), resolver, [qname, qtype], want);
        await checkUnvalidated(inside(), resolver, [qname, qtype], want);
        await checkAnswer(inside(), resolver, [qname, qtype], want);
      });

      // Unlike a resolver's AD, delv and drill take a denial with opt-out as proof; only delv minds a wildcard's.
      const { optOut = 'none' } = zone;
      const proofs = essentialQuestions(zone.origin, { ...zone, optOut: 'none' }).filter(isAsked);
      const verified = proofs.filter(({ qname }) => optOut === 'none' || !qname.includes('wild'));
      it.each(zone.isBrief === true ? verified.slice(0, 2) : verified)(
        'satisfies delv with $name',
        async (question) => {
          await expectDelv(inside(), resolver, root, question);
        },
      );

      const unsignedChild = sampleQuestions(zone.origin, { ...zone, optOut: 'none' }).filter(({ qname }) =>
        qname.includes('unsigned.'),
      );
      it.each(zone.isBrief === true ? [] : unsignedChild)('satisfies delv with $name', async (question) => {
        await expectDelv(inside(), resolver, root, question);
      });

      // drill cannot chase a CNAME made from a DNAME.
      const chased = proofs.filter(({ qname }) => !qname.includes('dname'));
      it.each(zone.isBrief === true ? [] : chased)('satisfies drill with $name', async (question) => {
        await expectDrill(inside(), resolver, root, question);
      });
    });
  });
}
