/** A sound zone behind a man in the middle who changes replies in flight: nothing of it may reach a client without CD. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADDRESSES, type DualAddress, RESOLVER_IPV4 } from './support/addresses.ts';
import { checkAnswer, checkUnvalidated } from './support/check-answers.ts';
import { expectDelv } from './support/check-validators.ts';
import type { Namespace } from './support/namespace.ts';
import { type ServedZone, startNsd } from './support/nsd.ts';
import { signZone } from './support/presigned-zone.ts';
import { createPrivateNamespace, type PublishedRoot, publishRoot, servedZone } from './support/private-internet.ts';
import { describeWithPrograms } from './support/programs.ts';
import { startResolver } from './support/resolver.ts';
import { buildSampleZone, buildUnsignedZone, type Delegation, type Expectation } from './support/sample-zone.ts';
import { type Route, startTamperingProxy, TAMPERINGS, type Tampering } from './support/tampering-proxy.ts';

const RESOLVER = RESOLVER_IPV4[0];

const SIGNATURE_MISSING = [10, 9, 6];
const BOGUS = [6];
const DENIAL_MISSING = [12, 6];

/** `unchecked` is what CD brings; where it is absent, CD is not asked. */
interface Row {
  name: string;
  tampering: Tampering;
  label: string;
  qtype: string;
  want: Omit<Expectation, 'answer'>;
  answer?: readonly string[];
  unchecked?: { status: Expectation['status']; answer: readonly string[] };
}

const bogus = (ede: readonly number[]): Row['want'] => ({ status: 'SERVFAIL', ad: false, ede });
const secure: Row['want'] = { status: 'NOERROR', ad: true };
const www = (address: string): string => `www A ${address}`;
const FORGED = '192.0.2.66';
const TRUE = '192.0.2.1';

/** Owner names are relative to the zone of the tampering. */
const ROWS: readonly Row[] = [
  { name: 'nothing changed', tampering: 'none', label: 'www', qtype: 'A', want: secure, answer: [www(TRUE)] },
  {
    name: 'the address changed',
    tampering: 'change-address',
    label: 'www',
    qtype: 'A',
    want: bogus(BOGUS),
    unchecked: { status: 'NOERROR', answer: [www(FORGED)] },
  },
  {
    name: 'another record beside the changed one',
    tampering: 'change-address',
    label: 'mail',
    qtype: 'A',
    want: secure,
    answer: ['mail A 192.0.2.25'],
  },
  {
    name: 'an address added',
    tampering: 'add-address',
    label: 'www',
    qtype: 'A',
    want: bogus(BOGUS),
    unchecked: { status: 'NOERROR', answer: [www(TRUE), www(FORGED)] },
  },
  {
    name: 'the signatures over addresses taken away',
    tampering: 'strip-signatures',
    label: 'www',
    qtype: 'A',
    want: bogus(SIGNATURE_MISSING),
    unchecked: { status: 'NOERROR', answer: [www(TRUE)] },
  },
  {
    name: 'all signatures taken away',
    tampering: 'strip-all-signatures',
    label: 'www',
    qtype: 'A',
    want: bogus(SIGNATURE_MISSING),
    unchecked: { status: 'NOERROR', answer: [www(TRUE)] },
  },
  {
    name: 'all signatures taken away from a denial',
    tampering: 'strip-all-signatures',
    label: 'missing',
    qtype: 'A',
    want: bogus([...SIGNATURE_MISSING, ...DENIAL_MISSING]),
  },
  {
    name: 'the signatures over addresses corrupted',
    tampering: 'corrupt-signatures',
    label: 'www',
    qtype: 'A',
    want: bogus(BOGUS),
    unchecked: { status: 'NOERROR', answer: [www(TRUE)] },
  },
  {
    name: 'the NSEC records taken away from NXDOMAIN',
    tampering: 'strip-denial',
    label: 'missing',
    qtype: 'A',
    want: bogus(DENIAL_MISSING),
    unchecked: { status: 'NXDOMAIN', answer: [] },
  },
  {
    name: 'the NSEC records taken away from NODATA',
    tampering: 'strip-denial',
    label: 'www',
    qtype: 'TXT',
    want: bogus(DENIAL_MISSING),
    unchecked: { status: 'NOERROR', answer: [] },
  },
  {
    name: 'the NSEC records taken away from a wildcard answer',
    tampering: 'strip-denial',
    label: 'any.wild',
    qtype: 'A',
    want: bogus(DENIAL_MISSING),
    unchecked: { status: 'NOERROR', answer: ['any.wild A 192.0.2.7'] },
  },
  {
    name: 'the NSEC records taken away from the missing DS of an unsigned child',
    tampering: 'strip-denial',
    label: 'www.unsigned',
    qtype: 'A',
    want: bogus(DENIAL_MISSING),
    unchecked: { status: 'NOERROR', answer: ['www.unsigned A 192.0.2.9'] },
  },
  {
    name: 'the DS of a signed child taken away',
    tampering: 'strip-ds',
    label: 'www.child',
    qtype: 'A',
    want: bogus([...DENIAL_MISSING, ...SIGNATURE_MISSING]),
    unchecked: { status: 'NOERROR', answer: ['www.child A 192.0.2.1'] },
  },
  {
    name: 'the DS of a signed child left alone',
    tampering: 'none',
    label: 'www.child',
    qtype: 'A',
    want: secure,
    answer: ['www.child A 192.0.2.1'],
  },
  {
    name: 'a name denied that exists',
    tampering: 'deny-name',
    label: 'www',
    qtype: 'A',
    want: bogus(DENIAL_MISSING),
    unchecked: { status: 'NXDOMAIN', answer: [] },
  },
  {
    name: 'a type denied that exists',
    tampering: 'deny-type',
    label: 'www',
    qtype: 'A',
    want: bogus(DENIAL_MISSING),
    unchecked: { status: 'NOERROR', answer: [] },
  },
  {
    name: 'EDNS taken away from queries, so that the server sends no signatures',
    tampering: 'drop-opt',
    label: 'www',
    qtype: 'A',
    want: bogus([...SIGNATURE_MISSING, ...DENIAL_MISSING]),
    unchecked: { status: 'NOERROR', answer: [www(TRUE)] },
  },
  {
    name: 'every UDP reply truncated',
    tampering: 'truncate',
    label: 'www',
    qtype: 'A',
    want: secure,
    answer: [www(TRUE)],
  },
];

const zoneOf = (tampering: Tampering): string => `${tampering}.lab.`;

/** 'www A 192.0.2.1' to 'www.<zone> A 192.0.2.1'. */
function absolute(zone: string, records: readonly string[]): string[] {
  return records.map((record) => record.replace(' ', `.${zone} `));
}

function proxyAddress(index: number): DualAddress {
  const address = ADDRESSES.proxies[index];
  if (address === undefined) throw new Error(`no proxy address ${index}`);
  return address;
}

describeWithPrograms('replies changed in flight', [], () => {
  let namespace: Namespace | undefined;
  let root: PublishedRoot;
  const inside = (): Namespace => {
    if (namespace === undefined) throw new Error('the namespace was not made');
    return namespace;
  };

  beforeAll(async () => {
    namespace = await createPrivateNamespace('tampering');
    const served: ServedZone[] = [];
    const delegations: Delegation[] = [];
    const routes: Route[] = [];
    const publish = async (origin: string, nameservers: readonly DualAddress[]): Promise<void> => {
      const direct = [ADDRESSES.nsd];
      const child = await signZone(
        inside(),
        `child.${origin}`,
        buildSampleZone({ origin: `child.${origin}`, nameservers: direct }),
      );
      const childDelegation = { zone: child.origin, nameservers: direct, ds: child.ds };
      const text = buildSampleZone({ origin, nameservers, delegations: [childDelegation] });
      const zone = await signZone(inside(), origin, text);
      served.push(servedZone(zone), servedZone(child), {
        origin: `unsigned.${origin}`,
        text: buildUnsignedZone(origin, direct),
      });
      delegations.push({ zone: origin, nameservers, ds: zone.ds });
    };
    for (const [index, tampering] of TAMPERINGS.entries()) {
      const at = proxyAddress(index);
      await publish(zoneOf(tampering), [at]);
      routes.push({ at, server: ADDRESSES.nsd, tampering });
    }
    await publish('one-of-two.lab.', [proxyAddress(TAMPERINGS.indexOf('change-address')), ADDRESSES.nsd]);
    await startNsd(namespace, 'nsd', ADDRESSES.nsd, served);
    await startTamperingProxy(namespace, routes);
    root = await publishRoot(namespace, delegations);
    await startResolver(namespace, 'resolver', {
      hintFile: root.hintFile,
      listen: [RESOLVER],
      anchors: { '.': root.anchors },
    });
  });

  afterAll(() => namespace?.close());

  it.each(ROWS)('$name: $label $qtype', async ({ tampering, label, qtype, want, answer = [], unchecked }) => {
    const zone = zoneOf(tampering);
    const question = [`${label}.${zone}`, qtype];
    const expected = { ...want, answer: absolute(zone, answer) };
    await checkAnswer(inside(), RESOLVER, question, expected);
    if (unchecked === undefined) return;
    await checkUnvalidated(inside(), RESOLVER, question, { ...unchecked, answer: absolute(zone, unchecked.answer) });
    await checkAnswer(inside(), RESOLVER, question, expected);
  });

  describe('one of two servers behind the man in the middle', () => {
    it('gives the true address in the end', async () => {
      const reply = await checkAnswer(inside(), RESOLVER, ['www.one-of-two.lab.', 'A'], {
        status: 'NOERROR',
        ad: true,
        answer: ['www.one-of-two.lab. A 192.0.2.1'],
      });
      expect(reply.text).not.toContain(FORGED);
    });
  });

  describe('delv behind the resolver', () => {
    const addresses = ROWS.filter(({ label, qtype }) => label === 'www' && qtype === 'A');
    it.each(addresses)('agrees: $name', async ({ name, tampering, qtype, want, answer = [] }) => {
      const zone = zoneOf(tampering);
      const expected = { ...want, answer: absolute(zone, answer) };
      await expectDelv(inside(), RESOLVER, root, { name, qname: `www.${zone}`, qtype, want: expected });
    });
  });
});
