/** Knot DNS with automatic signing, or with its online-signing module, which denies by made-up NSEC records. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { DualAddress } from './addresses.ts';
import { dig } from './dig.ts';
import { type Daemon, type Namespace, waitUntilReady } from './namespace.ts';
import { fileNameOf } from './presigned-zone.ts';
import { programPath } from './programs.ts';

export interface KnotZone {
  origin: string;
  text: string;
  /** Settings of the zone's policy, as YAML lines; absent for an unsigned zone. */
  policy?: readonly string[];
  /** Sign at each answer by the module mod-onlinesign. */
  online?: boolean;
}

export async function startKnot(
  namespace: Namespace,
  name: string,
  address: DualAddress,
  zones: readonly KnotZone[],
): Promise<Daemon> {
  const folder = namespace.path(name);
  mkdirSync(folder);
  const policies: string[] = [];
  const onlineModules: string[] = [];
  const zoneLines: string[] = [];
  for (const zone of zones) {
    const file = fileNameOf(zone.origin);
    writeFileSync(`${folder}/${file}.zone`, zone.text);
    zoneLines.push(`  - domain: ${zone.origin}`, `    file: ${file}.zone`);
    if (zone.policy === undefined) continue;
    policies.push(`  - id: ${file}`, ...zone.policy.map((line) => `    ${line}`));
    if (zone.online === true) {
      onlineModules.push(`  - id: ${file}`, `    policy: ${file}`);
      zoneLines.push(`    module: mod-onlinesign/${file}`);
    } else zoneLines.push('    dnssec-signing: on', `    dnssec-policy: ${file}`);
  }
  const lines = [
    'server:',
    `  rundir: ${folder}`,
    `  listen: [ ${address.ipv4}@53, ${address.ipv6}@53 ]`,
    'log:',
    '  - target: stderr',
    '    any: info',
    'database:',
    `  storage: ${folder}`,
    'template:',
    '  - id: default',
    `    storage: ${folder}`,
    '    zonefile-sync: -1',
    '    journal-content: all',
    '    zonefile-load: difference',
    ...(policies.length > 0 ? ['policy:', ...policies] : []),
    ...(onlineModules.length > 0 ? ['mod-onlinesign:', ...onlineModules] : []),
    'zone:',
    ...zoneLines,
  ];
  writeFileSync(`${folder}/knot.conf`, `${lines.join('\n')}\n`);
  const daemon = namespace.start(name, [programPath('knotd'), '-c', `${folder}/knot.conf`]);
  for (const zone of zones) {
    await waitUntilReady(daemon, async () => {
      const reply = await dig(namespace, { address: address.ipv4 }, [
        '+norecurse',
        '+dnssec',
        '+time=1',
        zone.origin,
        'SOA',
      ]);
      return reply.status === 'NOERROR' && (zone.policy === undefined || reply.answerSignatures.length > 0);
    });
  }
  return daemon;
}
