/**
 * A signed private zone on PowerDNS that no delegation leads to, reached by a forward zone: with a local trust anchor, a
 * wrong one, a negative one (RFC 7646) and none.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADDRESSES, RESOLVER_IPV4 } from './support/addresses.ts';
import { checkAnswer, checkUnvalidated } from './support/check-answers.ts';
import type { Namespace } from './support/namespace.ts';
import { startPdns } from './support/pdns.ts';
import { changeDsDigest } from './support/presigned-zone.ts';
import { createPrivateNamespace, fetchDs, publishRoot } from './support/private-internet.ts';
import { describeWithPrograms } from './support/programs.ts';
import { IS_STAND_IN, startResolver } from './support/resolver.ts';
import {
  buildSampleZone,
  buildUnsignedZone,
  type Delegation,
  type Expectation,
  essentialQuestions,
  sampleQuestions,
} from './support/sample-zone.ts';

const ZONE = 'home.arpa.';
const PORT = 5300;
const [ANCHORED, WRONG, NEGATIVE, BARE] = RESOLVER_IPV4;

describeWithPrograms('a forward zone on PowerDNS', ['pdns_server', 'pdnsutil', 'sqlite3'], () => {
  let namespace: Namespace | undefined;
  const inside = (): Namespace => {
    if (namespace === undefined) throw new Error('the namespace was not made');
    return namespace;
  };

  beforeAll(async () => {
    namespace = await createPrivateNamespace('forward');
    const address = ADDRESSES.pdnsForwarder;
    const nameservers = [address];
    await startPdns(namespace, 'pdns', {
      address,
      port: PORT,
      zones: [
        { origin: ZONE, text: buildSampleZone({ origin: ZONE, nameservers }), keys: [['ksk', 'active', 'ecdsa256']] },
        { origin: `unsigned.${ZONE}`, text: buildUnsignedZone(ZONE, nameservers) },
        // An unsigned copy of a public zone: no query for it may come here.
        { origin: 'public.lab.', text: buildSampleZone({ origin: 'public.lab.', nameservers: [ADDRESSES.pdns] }) },
      ],
    });
    await startPdns(namespace, 'pdns-public', {
      address: ADDRESSES.pdns,
      zones: [
        {
          origin: 'public.lab.',
          text: buildSampleZone({ origin: 'public.lab.', nameservers: [ADDRESSES.pdns] }),
          keys: [['ksk', 'active', 'ecdsa256']],
        },
      ],
    });
    const ds = await fetchDs(namespace, ZONE, address, PORT);
    const delegations: Delegation[] = [
      {
        zone: 'public.lab.',
        nameservers: [ADDRESSES.pdns],
        ds: await fetchDs(namespace, 'public.lab.', ADDRESSES.pdns),
      },
    ];
    const { hintFile, anchors } = await publishRoot(namespace, delegations);
    const root = { '.': anchors };
    const forwardZones = { [ZONE]: [`${address.ipv4}:${PORT}`] };
    const shared = { hintFile, forwardZones };
    await startResolver(namespace, 'anchored', { ...shared, listen: [ANCHORED], anchors: { ...root, [ZONE]: ds } });
    await startResolver(namespace, 'wrong', {
      ...shared,
      listen: [WRONG],
      anchors: { ...root, [ZONE]: ds.map(changeDsDigest) },
    });
    await startResolver(namespace, 'negative', {
      ...shared,
      listen: [NEGATIVE],
      anchors: root,
      negativeAnchors: [ZONE],
    });
    await startResolver(namespace, 'bare', { ...shared, listen: [BARE], anchors: root });
  });

  afterAll(() => namespace?.close());

  describe('with its trust anchor', () => {
    // The DS set would be the parent's, and the parent does not know of the zone's key. Children are on port 53.
    const questions = sampleQuestions(ZONE).filter(
      ({ qname, qtype }) => !(qtype === 'DS' && qname === ZONE) && !/^(www|missing|back|to-)\.?unsigned/.test(qname),
    );
    const isBeyondStandIn = (qname: string): boolean => IS_STAND_IN && qname.includes('.dname.');
    it.each(questions.filter(({ qname }) => !isBeyondStandIn(qname)))('answers $name', async (question) => {
      await checkAnswer(inside(), ANCHORED, [question.qname, question.qtype], question.want);
      await checkUnvalidated(inside(), ANCHORED, [question.qname, question.qtype], question.want);
    });
  });

  const essentials = essentialQuestions(ZONE).filter(({ qname }) => !/dname|unsigned/.test(qname));

  describe('with a wrong trust anchor', () => {
    const bogus: Expectation = { status: 'SERVFAIL', ad: false, answer: [], ede: [9, 6] };
    it.each(essentials)('refuses $name, and gives it with CD', async ({ qname, qtype, want }) => {
      await checkAnswer(inside(), WRONG, [qname, qtype], bogus);
      await checkUnvalidated(inside(), WRONG, [qname, qtype], want);
      await checkAnswer(inside(), WRONG, [qname, qtype], bogus);
    });
  });

  describe('with a negative trust anchor (RFC 7646)', () => {
    it.each(essentials)('answers $name without AD', async ({ qname, qtype, want }) => {
      await checkAnswer(inside(), NEGATIVE, [qname, qtype], { ...want, ad: false });
    });
  });

  describe('with no anchor of its own, below an insecure delegation (RFC 8375)', () => {
    it.each(essentials)('answers $name without AD', async ({ qname, qtype, want }) => {
      await checkAnswer(inside(), BARE, [qname, qtype], { ...want, ad: false });
    });
  });

  it.each([
    ['its trust anchor', ANCHORED],
    ['a wrong trust anchor', WRONG],
    ['a negative trust anchor', NEGATIVE],
  ])('leaves the rest of the internet alone: %s', async (_, resolver) => {
    const reply = await checkAnswer(inside(), resolver, ['www.public.lab.', 'A'], {
      status: 'NOERROR',
      ad: true,
      answer: ['www.public.lab. A 192.0.2.1'],
    });
    expect(reply.answerSignatures).toEqual(['A']);
  });
});
