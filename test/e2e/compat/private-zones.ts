/**
 * The zones that both resolvers are asked about: sound ones, unsigned ones and ones broken in one way each below a private
 * signed root, and private zones on PowerDNS that only a forward zone leads to.
 */
import { ADDRESSES } from '../support/addresses.ts';
import type { Namespace } from '../support/namespace.ts';
import { type ServedZone, startNsd } from '../support/nsd.ts';
import { startPdns } from '../support/pdns.ts';
import {
  changeDsDigest,
  changeDsField,
  corruptSignatures,
  type PresignedZone,
  renumberAlgorithm,
  type SigningOptions,
  signZone,
  stripRecords,
  stripSignatures,
} from '../support/presigned-zone.ts';
import { fetchDs, type PublishedRoot, publishRoot, servedZone } from '../support/private-internet.ts';
import { buildSampleZone, buildUnsignedZone, type Delegation, nameIn } from '../support/sample-zone.ts';

/** Where the server of the forward zones listens. */
export const FORWARDER = { address: { ipv4: '127.0.0.1', ipv6: '::1' }, port: 5300 } as const;

interface LabZone {
  origin: string;
  signing?: SigningOptions;
  /** What is served in place of the sound zone. */
  spoil?(zone: PresignedZone): PresignedZone;
  /** DS records that the parent has; the sound ones where absent. */
  ds?(zone: PresignedZone): readonly string[];
  /** Lines beside those of the sample zone. */
  more?: readonly string[];
  delegations?: readonly Delegation[];
}

const nsec3 = (iterations: number, optOut = false): SigningOptions => ({ nsec3: { iterations, salt: '', optOut } });
const none = (): readonly string[] => [];
const www = (origin: string): string => nameIn(origin, 'www');

const LAB_ZONES: readonly LabZone[] = [
  {
    origin: 'secure.lab.',
    more: [
      'to-nsec3.secure.lab. 3600 IN CNAME www.nsec3.lab.',
      'to-signed.secure.lab. 3600 IN CNAME www.signed.lab.',
      'to-bogus.secure.lab. 3600 IN CNAME www.wrongds.lab.',
      'to-home.secure.lab. 3600 IN CNAME www.home.arpa.',
      'to-static.secure.lab. 3600 IN CNAME www.static.lab.',
      'to-denied.secure.lab. 3600 IN CNAME missing.nsec3.lab.',
      'loop1.secure.lab. 3600 IN CNAME loop2.secure.lab.',
      'loop2.secure.lab. 3600 IN CNAME loop1.secure.lab.',
    ],
  },
  { origin: 'nsec3.lab.', signing: nsec3(0) },
  { origin: 'optout.lab.', signing: nsec3(0, true) },
  { origin: 'signed.lab.', ds: none },
  { origin: 'wrongds.lab.', ds: (zone) => zone.ds.map(changeDsDigest) },
  { origin: 'otheralgorithm.lab.', ds: (zone) => zone.ds.map((ds) => changeDsField(ds, 1, 8)) },
  { origin: 'expired.lab.', signing: { inception: '20200101000000', expiration: '20200201000000' } },
  { origin: 'future.lab.', signing: { inception: '20380101000000', expiration: '20380118000000' } },
  { origin: 'unsignedaddress.lab.', spoil: (zone) => stripSignatures(zone, 'A', www(zone.origin)) },
  { origin: 'corrupt.lab.', spoil: (zone) => corruptSignatures(zone, 'A') },
  { origin: 'nodenial.lab.', spoil: (zone) => stripRecords(zone, 'NSEC') },
  {
    origin: 'unknownalgorithm.lab.',
    spoil: (zone) => renumberAlgorithm(zone, 200),
    ds: (zone) => renumberAlgorithm(zone, 200).ds,
  },
  { origin: 'iterations.lab.', signing: nsec3(500) },
  // Its trust anchor is given, its parent has no DS.
  { origin: 'rollover.lab.', ds: none },
  { origin: 'wronganchor.lab.' },
  { origin: 'unusableanchor.lab.' },
  { origin: 'island.nta.lab.', ds: none },
];

/** Served as they are, without a DS above them. */
const UNSIGNED_FORWARDED = ['lan.', 'corp.'] as const;
const SIGNED_FORWARDED = ['home.arpa.', 'february.local.', 'march.local.', 'april.local.'] as const;

export interface PrivateZones {
  root: PublishedRoot;
  /** DS records by zone, of the lab's zones and of the signed forwarded ones. */
  ds: ReadonlyMap<string, readonly string[]>;
}

/** Signs and serves everything. Below the root: `lab.` with the zones above, and `arpa.`. */
export async function servePrivateZones(namespace: Namespace): Promise<PrivateZones> {
  const nameservers = [ADDRESSES.nsd];
  const ds = new Map<string, readonly string[]>();
  const served: ServedZone[] = [];
  const delegations: Delegation[] = [];
  for (const { origin, signing, spoil, ds: dsAbove, more = [], delegations: below = [] } of LAB_ZONES) {
    const text = `${buildSampleZone({ origin, nameservers, delegations: below })}${more.map((line) => `${line}\n`).join('')}`;
    const sound = await signZone(namespace, origin, text, signing);
    served.push(servedZone(spoil === undefined ? sound : spoil(sound)));
    served.push({ origin: `unsigned.${origin}`, text: buildUnsignedZone(origin, nameservers) });
    ds.set(origin, sound.ds);
    if (origin.split('.').length === 3)
      delegations.push({ zone: origin, nameservers, ds: dsAbove?.(sound) ?? sound.ds });
  }
  // A zone under a negative trust anchor, wrong in the public tree, and an anchored one below it.
  const nta = await signZone(
    namespace,
    'nta.lab.',
    buildSampleZone({
      origin: 'nta.lab.',
      nameservers,
      delegations: [{ zone: 'island.nta.lab.', nameservers, ds: [] }],
    }),
  );
  served.push(servedZone(nta));
  delegations.push({ zone: 'nta.lab.', nameservers, ds: nta.ds.map(changeDsDigest) });
  // Delegated to an address that 'dont-query' forbids.
  delegations.push({ zone: 'forbidden.lab.', nameservers: [{ ipv4: '192.168.77.1' }], ds: [] });
  await startNsd(namespace, 'nsd', ADDRESSES.nsd, served);

  await startPdns(namespace, 'pdns', {
    ...FORWARDER,
    zones: [
      ...UNSIGNED_FORWARDED.map((origin) => ({ origin, text: forwardedText(origin) })),
      ...SIGNED_FORWARDED.map((origin) => ({
        origin,
        text: forwardedText(origin),
        keys: [['ksk', 'active', 'ecdsa256']],
      })),
    ],
  });
  for (const origin of SIGNED_FORWARDED) {
    ds.set(origin, await fetchDs(namespace, origin, FORWARDER.address, FORWARDER.port));
  }
  return { root: await publishRoot(namespace, delegations), ds };
}

/** Its unsigned child is delegated to port 53 of the loopback, which `dont-query` forbids and nobody serves. */
function forwardedText(origin: string): string {
  return buildSampleZone({ origin, nameservers: [FORWARDER.address] });
}
