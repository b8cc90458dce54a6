/** Knot DNS signing automatically, and signing online with made-up NSEC records (RFC 9824). */
import { ADDRESSES } from './support/addresses.ts';
import { type KnotZone, startKnot } from './support/knot.ts';
import { fetchDs } from './support/private-internet.ts';
import { buildSampleZone, buildUnsignedZone, type Delegation } from './support/sample-zone.ts';
import { describeSoundServer, type SoundZone } from './support/sound-zones.ts';

const ZONES: readonly (SoundZone & Pick<KnotZone, 'online'> & { policy: readonly string[] })[] = [
  { name: 'NSEC', origin: 'knot-nsec.lab.', policy: ['algorithm: ed25519'] },
  {
    name: 'NSEC3 with a combined key',
    origin: 'knot-nsec3.lab.',
    policy: ['algorithm: ecdsap256sha256', 'single-type-signing: on', 'nsec3: on', 'nsec3-iterations: 5'],
  },
  {
    name: 'online signing',
    origin: 'knot-online.lab.',
    policy: ['algorithm: ecdsap256sha256', 'single-type-signing: on'],
    online: true,
    compactDenial: true,
  },
];

describeSoundServer({
  label: 'knot',
  title: 'Knot DNS',
  programs: ['knotd'],
  zones: ZONES,
  async start(namespace) {
    const nameservers = [ADDRESSES.knot];
    const served = ZONES.flatMap(({ origin, policy, online }): KnotZone[] => [
      { origin, text: buildSampleZone({ origin, nameservers }), policy, ...(online === undefined ? {} : { online }) },
      { origin: `unsigned.${origin}`, text: buildUnsignedZone(origin, nameservers) },
    ]);
    await startKnot(namespace, 'knot', ADDRESSES.knot, served);
    const delegations: Delegation[] = [];
    for (const { origin } of ZONES) {
      delegations.push({ zone: origin, nameservers, ds: await fetchDs(namespace, origin, ADDRESSES.knot) });
    }
    return delegations;
  },
});
