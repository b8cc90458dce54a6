/** PowerDNS Authoritative Server with the SQLite backend, signing as it answers. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { DualAddress } from './addresses.ts';
import { dig } from './dig.ts';
import { type Daemon, type Namespace, waitUntilReady } from './namespace.ts';
import { fileNameOf } from './presigned-zone.ts';
import { programPath } from './programs.ts';

/** Where Debian's packages put the schema. */
export const SCHEMA_FILES = [
  '/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql',
  '/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql',
];

export interface PdnsZone {
  origin: string;
  text: string;
  /** Keys as pdnsutil's add-zone-key takes them; absent for an unsigned zone. */
  keys?: readonly (readonly string[])[];
  /** Parameters of pdnsutil's set-nsec3 after the zone; absent for NSEC. */
  nsec3?: readonly string[];
}

export interface PdnsOptions {
  address: DualAddress;
  port?: number;
  zones: readonly PdnsZone[];
}

export async function startPdns(namespace: Namespace, name: string, options: PdnsOptions): Promise<Daemon> {
  const { address, port = 53, zones } = options;
  const folder = namespace.path(name);
  mkdirSync(folder);
  const database = `${folder}/pdns.sqlite3`;
  const schema = SCHEMA_FILES.find((path) => existsSync(path));
  if (schema === undefined) throw new Error('the schema of the package pdns-backend-sqlite3 is not there');
  await namespace.mustRun([programPath('sqlite3'), database, `.read ${schema}`]);
  const lines = [
    'launch=gsqlite3',
    `gsqlite3-database=${database}`,
    'gsqlite3-dnssec=yes',
    'gsqlite3-pragma-synchronous=0',
    `local-address=${address.ipv4},${address.ipv6}`,
    `local-port=${port}`,
    `socket-dir=${folder}`,
    'daemon=no',
    'guardian=no',
    'dname-processing=yes',
    'security-poll-suffix=',
    'disable-syslog=yes',
    'loglevel=4',
  ];
  writeFileSync(`${folder}/pdns.conf`, `${lines.join('\n')}\n`);
  const pdnsutil = (...parameters: readonly string[]): Promise<unknown> =>
    namespace.mustRun([programPath('pdnsutil'), `--config-dir=${folder}`, ...parameters]);
  for (const zone of zones) {
    const file = `${folder}/${fileNameOf(zone.origin)}.zone`;
    writeFileSync(file, zone.text);
    const zoneName = zone.origin.slice(0, -1);
    await pdnsutil('load-zone', zoneName, file);
    for (const key of zone.keys ?? []) await pdnsutil('add-zone-key', zoneName, ...key);
    if (zone.nsec3 !== undefined) await pdnsutil('set-nsec3', zoneName, ...zone.nsec3);
  }
  await pdnsutil('rectify-all-zones', 'quiet');
  const daemon = namespace.start(name, [programPath('pdns_server'), `--config-dir=${folder}`]);
  const last = zones.at(-1)?.origin ?? '.';
  await waitUntilReady(daemon, async () => {
    const reply = await dig(namespace, { address: address.ipv4, port }, ['+norecurse', '+time=1', last, 'SOA']);
    return reply.status === 'NOERROR';
  });
  return daemon;
}
