/** PowerDNS signing as it answers: NSEC, NSEC3 broad and narrow, opt-out, and every algorithm. */
import { ADDRESSES } from './support/addresses.ts';
import { type PdnsZone, startPdns } from './support/pdns.ts';
import { fetchDs } from './support/private-internet.ts';
import { buildSampleZone, buildUnsignedZone, type Delegation } from './support/sample-zone.ts';
import { describeSoundServer, type SoundZone } from './support/sound-zones.ts';

const COMBINED_KEY = [['ksk', 'active', 'ecdsa256']];
const SPLIT_KEYS = [
  ['ksk', 'active', 'ecdsa256'],
  ['zsk', 'active', 'ecdsa256'],
];
const ALGORITHMS: readonly { name: string; keys: readonly (readonly string[])[] }[] = [
  { name: 'rsasha256', keys: [['ksk', '2048', 'active', 'rsasha256']] },
  { name: 'rsasha512', keys: [['ksk', '2048', 'active', 'rsasha512']] },
  { name: 'ecdsa384', keys: [['ksk', 'active', 'ecdsa384']] },
  { name: 'ed25519', keys: [['ksk', 'active', 'ed25519']] },
  { name: 'ed448', keys: [['ksk', 'active', 'ed448']] },
];

const ZONES: readonly (SoundZone & Pick<PdnsZone, 'keys' | 'nsec3'>)[] = [
  { name: 'NSEC', origin: 'pdns-nsec.lab.', keys: COMBINED_KEY },
  { name: 'NSEC3 broad', origin: 'pdns-nsec3.lab.', keys: SPLIT_KEYS, nsec3: ['1 0 0 -'] },
  { name: 'NSEC3 broad with salt', origin: 'pdns-salt.lab.', keys: COMBINED_KEY, nsec3: ['1 0 5 ab12'], isBrief: true },
  { name: 'NSEC3 narrow', origin: 'pdns-narrow.lab.', keys: COMBINED_KEY, nsec3: ['1 0 0 -', 'narrow'] },
  {
    name: 'NSEC3 with opt-out',
    origin: 'pdns-optout.lab.',
    keys: COMBINED_KEY,
    nsec3: ['1 1 0 -'],
    optOut: 'skipping',
  },
  ...ALGORITHMS.map(({ name, keys }) => ({ name, origin: `pdns-${name}.lab.`, keys, isBrief: true })),
];

describeSoundServer({
  label: 'pdns',
  title: 'PowerDNS with live signing',
  programs: ['pdns_server', 'pdnsutil', 'sqlite3'],
  zones: ZONES,
  // PowerDNS may put the CNAME made from a DNAME before the DNAME; Unbound 1.17 then drops it.
  isBeyondStandIn: ({ qname }) => qname.includes('.dname.'),
  async start(namespace) {
    const nameservers = [ADDRESSES.pdns];
    const served = ZONES.flatMap(({ origin, keys, nsec3 }): PdnsZone[] => [
      {
        origin,
        text: buildSampleZone({ origin, nameservers }),
        ...(keys === undefined ? {} : { keys }),
        ...(nsec3 === undefined ? {} : { nsec3 }),
      },
      { origin: `unsigned.${origin}`, text: buildUnsignedZone(origin, nameservers) },
    ]);
    await startPdns(namespace, 'pdns', { address: ADDRESSES.pdns, zones: served });
    const delegations: Delegation[] = [];
    for (const { origin } of ZONES) {
      delegations.push({ zone: origin, nameservers, ds: await fetchDs(namespace, origin, ADDRESSES.pdns) });
    }
    return delegations;
  },
});
