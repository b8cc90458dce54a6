/** BIND signing by dnssec-policy: NSEC, NSEC3, opt-out, and every algorithm. */
import { ADDRESSES } from './support/addresses.ts';
import { type NamedZone, startNamed } from './support/named.ts';
import { fetchDs } from './support/private-internet.ts';
import { buildSampleZone, buildUnsignedZone, type Delegation } from './support/sample-zone.ts';
import { describeSoundServer, type SoundZone } from './support/sound-zones.ts';

const COMBINED_KEY = 'keys { csk lifetime unlimited algorithm ecdsap256sha256; };';
const SPLIT_KEYS =
  'keys { ksk lifetime unlimited algorithm ecdsap256sha256; zsk lifetime unlimited algorithm ecdsap256sha256; };';

const ZONES: readonly (SoundZone & { policy: string })[] = [
  { name: 'NSEC', origin: 'named-nsec.lab.', policy: COMBINED_KEY },
  {
    name: 'NSEC3',
    origin: 'named-nsec3.lab.',
    policy: `${SPLIT_KEYS} nsec3param iterations 0 optout no salt-length 0;`,
  },
  {
    name: 'NSEC3 with opt-out',
    origin: 'named-optout.lab.',
    policy: `${COMBINED_KEY} nsec3param iterations 0 optout yes salt-length 8;`,
    optOut: 'skipping',
  },
  ...['rsasha256 2048', 'rsasha512 2048', 'ecdsap384sha384', 'ed25519', 'ed448'].map((algorithm) => ({
    name: algorithm,
    origin: `named-${algorithm.split(' ')[0]}.lab.`,
    policy: `keys { csk lifetime unlimited algorithm ${algorithm}; };`,
    isBrief: true,
  })),
];

describeSoundServer({
  label: 'named',
  title: 'BIND with dnssec-policy',
  programs: ['named'],
  zones: ZONES,
  async start(namespace) {
    const nameservers = [ADDRESSES.named];
    const served = ZONES.flatMap(({ origin, policy }): NamedZone[] => [
      { origin, text: buildSampleZone({ origin, nameservers }), policy },
      { origin: `unsigned.${origin}`, text: buildUnsignedZone(origin, nameservers) },
    ]);
    await startNamed(namespace, 'named', ADDRESSES.named, served);
    const delegations: Delegation[] = [];
    for (const { origin } of ZONES) {
      delegations.push({ zone: origin, nameservers, ds: await fetchDs(namespace, origin, ADDRESSES.named) });
    }
    return delegations;
  },
});
