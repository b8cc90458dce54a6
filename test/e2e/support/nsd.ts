/** NSD: serves zone files as they are, broken ones too. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { DualAddress } from './addresses.ts';
import { dig } from './dig.ts';
import { type Daemon, type Namespace, waitUntilReady } from './namespace.ts';
import { fileNameOf } from './presigned-zone.ts';
import { programPath } from './programs.ts';

export interface ServedZone {
  origin: string;
  text: string;
}

export async function startNsd(
  namespace: Namespace,
  name: string,
  address: DualAddress,
  zones: readonly ServedZone[],
): Promise<Daemon> {
  const folder = namespace.path(name);
  mkdirSync(folder);
  const lines = [
    'server:',
    `  ip-address: ${address.ipv4}`,
    `  ip-address: ${address.ipv6}`,
    '  username: ""',
    `  zonesdir: "${folder}"`,
    `  xfrdir: "${folder}"`,
    `  pidfile: "${folder}/nsd.pid"`,
    `  xfrdfile: "${folder}/xfrd.state"`,
    `  zonelistfile: "${folder}/zone.list"`,
    '  database: ""',
    '  server-count: 1',
    '  rrl-ratelimit: 0',
    'remote-control:',
    '  control-enable: no',
  ];
  for (const zone of zones) {
    const file = `${fileNameOf(zone.origin)}.zone`;
    writeFileSync(`${folder}/${file}`, zone.text);
    lines.push('zone:', `  name: "${zone.origin}"`, `  zonefile: "${file}"`);
  }
  const configFile = `${folder}/nsd.conf`;
  writeFileSync(configFile, `${lines.join('\n')}\n`);
  const daemon = namespace.start(name, [programPath('nsd'), '-d', '-c', configFile]);
  const last = zones.at(-1)?.origin ?? '.';
  await waitUntilReady(daemon, async () => {
    const reply = await dig(namespace, { address: address.ipv4 }, ['+norecurse', '+time=1', last, 'SOA']);
    return reply.status === 'NOERROR';
  });
  return daemon;
}
