// A signed zone on a loopback server, for the anchor commands.
import { afterEach } from 'vitest';
import { KSK_FLAGS, publishAs, type SigningKey, sharedKey, ZSK_FLAGS } from '../../src/lab/keys.ts';
import { type LabServer, type LabServerOptions, startLabServer } from '../../src/lab/server.ts';
import { type SigningFaults, signZone } from '../../src/lab/signer.ts';
import { Zone } from '../../src/lab/zone.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { nameOf } from '../../src/wire/name-text.ts';

/** Whole days from now, so that dates in the output are known. */
export const NOW = Math.floor(Date.now() / 1000);
export const apex = nameOf('home.arpa.');

export const plainZone = Zone.fromText(
  '@ 300 IN SOA ns hostmaster 7 7200 3600 1209600 300\n@ 300 IN NS ns\nns 300 IN A 127.0.0.1\nhost 300 IN A 192.0.2.1\n',
  apex,
);
export const ksk = sharedKey({ algorithm: 13 });
export const otherKsk = sharedKey({ algorithm: 13 }, 1);
export const zsk = sharedKey({ algorithm: 13, flags: ZSK_FLAGS });
export const revokedKsk = publishAs(ksk, { flags: KSK_FLAGS | 0x80 });

export interface ZoneChanges {
  readonly keys?: readonly SigningKey[];
  readonly published?: readonly SigningKey[];
  readonly days?: number;
  readonly faults?: SigningFaults;
}

export function signedZone({ keys = [ksk, zsk], published, days = 11.5, faults }: ZoneChanges = {}): Zone {
  const end = NOW + days * 86_400;
  return signZone(plainZone, {
    keys,
    ...(published === undefined ? {} : { publishedKeys: published }),
    ...(faults === undefined ? {} : { faults }),
    denial: { kind: 'nsec' },
    inceptionSeconds: Math.min(NOW, end) - 3600,
    expirationSeconds: Math.floor(end),
  }).zone;
}

const servers: LabServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** Runs until the end of the test. */
export async function serveZone(zone: Zone, options: Partial<LabServerOptions> = {}): Promise<LabServer> {
  const server = await startLabServer({ address: '127.0.0.1', port: 0, zones: new ZoneSet([zone]), ...options });
  servers.push(server);
  return server;
}
