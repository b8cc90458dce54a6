/** Zones signed by ldns-signzone and served by NSD: NSEC, NSEC3, opt-out, and every algorithm. */
import { ADDRESSES } from './support/addresses.ts';
import { type ServedZone, startNsd } from './support/nsd.ts';
import { SIGNING_ALGORITHMS, type SigningOptions, signZone } from './support/presigned-zone.ts';
import { servedZone } from './support/private-internet.ts';
import { buildSampleZone, buildUnsignedZone, type Delegation } from './support/sample-zone.ts';
import { describeSoundServer, type SoundZone } from './support/sound-zones.ts';

const ZONES: readonly (SoundZone & { signing: SigningOptions })[] = [
  { name: 'NSEC', origin: 'nsd-nsec.lab.', signing: {}, hasSignedChild: true },
  {
    name: 'NSEC3',
    origin: 'nsd-nsec3.lab.',
    signing: { nsec3: { iterations: 0, salt: '', optOut: false } },
    hasSignedChild: true,
  },
  {
    name: 'NSEC3 with salt and iterations',
    origin: 'nsd-salt.lab.',
    signing: { nsec3: { iterations: 10, salt: 'c0ffee', optOut: false } },
  },
  {
    name: 'NSEC3 with opt-out',
    origin: 'nsd-optout.lab.',
    signing: { nsec3: { iterations: 0, salt: '', optOut: true } },
    optOut: 'flagged',
    hasSignedChild: true,
  },
  ...SIGNING_ALGORITHMS.map((algorithm) => ({
    name: `algorithm ${algorithm}`,
    origin: `nsd-algorithm-${algorithm}.lab.`,
    signing: { algorithm },
    isBrief: true,
  })),
];

describeSoundServer({
  label: 'nsd',
  title: 'NSD with ldns-signzone',
  programs: [],
  zones: ZONES,
  async start(namespace) {
    const nameservers = [ADDRESSES.nsd];
    const served: ServedZone[] = [];
    const delegations: Delegation[] = [];
    for (const { origin, signing, hasSignedChild } of ZONES) {
      const children: Delegation[] = [];
      if (hasSignedChild === true) {
        const child = await signZone(
          namespace,
          `child.${origin}`,
          buildSampleZone({ origin: `child.${origin}`, nameservers }),
        );
        children.push({ zone: child.origin, nameservers, ds: child.ds });
        served.push(servedZone(child));
      }
      const text = buildSampleZone({ origin, nameservers, delegations: children });
      const signed = await signZone(namespace, origin, text, signing);
      served.push(servedZone(signed), { origin: `unsigned.${origin}`, text: buildUnsignedZone(origin, nameservers) });
      delegations.push({ zone: origin, nameservers, ds: signed.ds });
    }
    await startNsd(namespace, 'nsd', ADDRESSES.nsd, served);
    return delegations;
  },
});
