// The authoritative servers of an internet: a process for each address, of NSD, Knot DNS, PowerDNS and BIND in turn. What
// they cannot serve from a master file, the lab's own server does.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HierarchyZone } from '../../src/lab/hierarchy.ts';
import { startLabServer } from '../../src/lab/server.ts';
import { Zone } from '../../src/lab/zone.ts';
import { ZoneSet } from '../../src/lab/zone-set.ts';
import { RRType } from '../../src/wire/constants.ts';
import type { DomainName } from '../../src/wire/name.ts';
import { nameText } from '../../src/wire/name-text.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { recordText } from '../../src/wire/zone-text.ts';
import { Child, findProgram } from '../bench/child.ts';
import { Asker } from './asker.ts';
import { type Internet, isMadeOnline, isPlain } from './internet.ts';

const kinds = ['nsd', 'knotd', 'pdns_server', 'named'] as const;
export type ServerKind = (typeof kinds)[number] | 'lab';

/** What a server is told. */
interface Site {
  readonly address: string;
  readonly folder: string;
  readonly program: string;
  /** Master files by the zone's name, which has \DDD escapes alone. */
  readonly files: ReadonlyMap<string, string>;
  readonly zones: readonly HierarchyZone[];
}

export interface Running {
  readonly kindOf: ReadonlyMap<string, ServerKind>;
  stop(): Promise<void>;
}

const READY_MS = 15_000;

/** Starts all of them; resolves when each answers for its zones. */
export async function startAuthoritative(internet: Internet, folder: string): Promise<Running> {
  const kindOf = new Map<string, ServerKind>();
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    await Promise.all(stops.map((end) => end()));
  };
  try {
    const addresses = [...internet.hierarchy.servers.keys()];
    await Promise.all(
      addresses.map(async (address, index) => {
        const zones = internet.hierarchy.zones.filter((zone) => zone.addresses.includes(address));
        const kind = chooseKind(internet, zones, index);
        const server = await startOne(kind, internet, address, zones, folder);
        kindOf.set(address, server.kind);
        stops.push(server.stop);
      }),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { kindOf, stop };
}

interface Started {
  readonly kind: ServerKind;
  stop(): Promise<void>;
}

/** Starts a server of the kind, or the lab's where one ends over the zones that it is given, as some do. */
async function startOne(
  kind: ServerKind,
  internet: Internet,
  address: string,
  zones: readonly HierarchyZone[],
  folder: string,
): Promise<Started> {
  if (kind !== 'lab') {
    const child = startReal(kind, internet, address, zones, folder);
    try {
      await ready(child, `${kind} at ${address}`, address, zones);
      return { kind, stop: () => child.stop() };
    } catch (error) {
      await child.stop();
      console.log(`internet ${internet.number}: ${String(error)}`);
    }
  }
  const served = new ZoneSet(zones.map(({ name, zone }) => servedZone(internet, name, zone)));
  const server = await startLabServer({ address, port: 53, zones: served });
  return { kind: 'lab', stop: () => server.close() };
}

/** The zone as built unless it has a fault: how it denies may not be among its records. */
function servedZone(internet: Internet, apex: DomainName, zone: Zone): Zone {
  return internet.fault?.apex.equals(apex) ? Zone.fromRecords(recordsOf(internet, apex, zone)) : zone;
}

function recordsOf({ fault }: Internet, apex: DomainName, zone: Zone): readonly ResourceRecord[] {
  return fault?.apex.equals(apex) ? fault.apply(zone.records) : zone.records;
}

function chooseKind({ fault, number }: Internet, zones: readonly HierarchyZone[], index: number): ServerKind {
  if (zones.some(({ description }) => isMadeOnline(description))) return 'lab';
  const isOdd = zones.some(({ name }) => !/^[-a-z0-9_.]+$/.test(nameText(name)));
  const isMadeWrong = zones.some(({ description }) => !isPlain(description));
  const isBroken = zones.some(({ name }) => fault?.apex.equals(name) === true);
  const installed = kinds.filter((kind) => findProgram(kind) !== undefined);
  const wanted = isBroken && !isOdd ? 'named' : 'nsd';
  // NSD takes all names and signatures as they are, but ends over an NSEC3 chain with a gap, which BIND takes.
  if (isBroken && isOdd) return 'lab';
  if (isOdd || isMadeWrong || isBroken) return installed.includes(wanted) ? wanted : 'lab';
  return installed[(index + number) % installed.length] ?? 'lab';
}

function startReal(
  kind: Exclude<ServerKind, 'lab'>,
  internet: Internet,
  address: string,
  zones: readonly HierarchyZone[],
  parent: string,
): Child {
  const folder = join(parent, `${kind}-${address}`);
  mkdirSync(folder, { recursive: true });
  const files = new Map<string, string>();
  zones.forEach(({ name, zone }, index) => {
    const file = join(folder, `${index}.zone`);
    writeFileSync(file, `${recordsOf(internet, name, zone).map(recordText).join('\n')}\n`);
    files.set(decimalText(name), file);
  });
  const program = findProgram(kind) ?? kind;
  const site: Site = { address, folder, program, files, zones };
  switch (kind) {
    case 'nsd':
      return startNsd(site);
    case 'knotd':
      return startKnot(site);
    case 'pdns_server':
      return startPowerDns(site);
    case 'named':
      return startNamed(site);
  }
}

async function ready(child: Child, what: string, address: string, zones: readonly HierarchyZone[]): Promise<void> {
  const asker = new Asker(address);
  const giveUpAtMs = performance.now() + READY_MS;
  try {
    for (const { name } of zones) {
      while ((await asker.ask({ name, type: RRType.SOA }, { recursionDesired: false }, 300)).answer.length === 0) {
        if (!child.isRunning || performance.now() > giveUpAtMs) {
          throw new Error(`${what} does not serve ${nameText(name)}:\n${child.log.slice(-3000)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  } finally {
    asker.close();
  }
}

/** A name in presentation form with \DDD as the only escapes: all that configuration files are sure to understand. */
function decimalText(name: DomainName): string {
  return nameText(name).replace(
    /\\([^0-9])/g,
    (_, character: string) => `\\${String(character.charCodeAt(0)).padStart(3, '0')}`,
  );
}

function startNsd({ address, folder, program, files }: Site): Child {
  const lines = [
    'server:',
    `  ip-address: ${address}`,
    '  username: ""',
    '  chroot: ""',
    `  zonesdir: "${folder}"`,
    `  xfrdir: "${folder}"`,
    `  pidfile: "${folder}/nsd.pid"`,
    `  xfrdfile: "${folder}/xfrd.state"`,
    `  zonelistfile: "${folder}/zone.list"`,
    '  database: ""',
    '  server-count: 1',
    '  rrl-ratelimit: 0',
    '  rrl-whitelist-ratelimit: 0',
    'remote-control:',
    '  control-enable: no',
    ...[...files].flatMap(([name, file]) => ['zone:', `  name: "${name}"`, `  zonefile: "${file}"`]),
  ];
  return start(program, ['-d', '-c', written(folder, 'nsd.conf', lines)], folder);
}

function startKnot({ address, folder, program, files }: Site): Child {
  const lines = [
    'server:',
    `  rundir: ${folder}`,
    `  listen: ${address}@53`,
    '  udp-workers: 1',
    '  tcp-workers: 1',
    '  background-workers: 1',
    'log:',
    '  - target: stderr',
    '    any: info',
    'database:',
    `  storage: ${folder}`,
    'template:',
    '  - id: default',
    '    zonefile-sync: -1',
    '    journal-content: none',
    '    semantic-checks: off',
    'zone:',
    ...[...files].flatMap(([name, file]) => [`  - domain: ${name}`, `    file: ${file}`]),
  ];
  return start(program, ['-c', written(folder, 'knot.conf', lines)], folder);
}

function startNamed({ address, folder, program, files }: Site): Child {
  const lines = [
    'options {',
    `  directory "${folder}";`,
    `  listen-on { ${address}; };`,
    '  listen-on-v6 { none; };',
    '  recursion no;',
    '  dnssec-validation no;',
    '  notify no;',
    '  check-names primary ignore;',
    '  check-mx ignore;',
    '  check-mx-cname ignore;',
    '  check-srv-cname ignore;',
    '  check-integrity no;',
    '  check-sibling no;',
    '  check-wildcard no;',
    '  pid-file none;',
    '  lock-file none;',
    `  session-keyfile "${folder}/session.key";`,
    `  managed-keys-directory "${folder}";`,
    '};',
    'controls { };',
    ...[...files].map(([name, file]) => `zone "${name}" { type primary; file "${file}"; };`),
  ];
  const config = written(folder, 'named.conf', lines);
  return start(copied(program, folder), ['-g', '-n', '1', '-c', config], folder);
}

/** The BIND backend, zones marked as signed ahead: it gives the signatures that it finds, and orders names itself. */
function startPowerDns({ address, folder, program, files, zones }: Site): Child {
  const config = written(
    folder,
    'bind.conf',
    [...files].map(([name, file]) => `zone "${name}" { type master; file "${file}"; };`),
  );
  const database = join(folder, 'dnssec.db');
  written(folder, 'pdns.conf', [
    'launch=bind',
    `bind-config=${config}`,
    `bind-dnssec-db=${database}`,
    `local-address=${address}`,
    'local-port=53',
    `socket-dir=${folder}`,
    'daemon=no',
    'guardian=no',
    'dname-processing=yes',
    'security-poll-suffix=',
    'disable-syslog=yes',
    'loglevel=4',
    'receiver-threads=1',
    'distributor-threads=1',
  ]);
  const pdnsutil = (...args: readonly string[]) => {
    execFileSync(findProgram('pdnsutil') ?? 'pdnsutil', [`--config-dir=${folder}`, ...args], { stdio: 'pipe' });
  };
  pdnsutil('create-bind-db', database);
  for (const { name, signed, description } of zones) {
    if (signed === undefined) continue;
    const { denial } = description;
    if (denial?.kind === 'nsec3') {
      const salt =
        denial.salt === undefined || denial.salt.length === 0 ? '-' : Buffer.from(denial.salt).toString('hex');
      const flags = denial.optOut === true ? 1 : 0;
      pdnsutil('set-nsec3', nameText(name), `1 ${flags} ${denial.iterations ?? 0} ${salt}`);
    }
    pdnsutil('set-presigned', nameText(name));
  }
  return start(program, [`--config-dir=${folder}`], folder);
}

function start(program: string, args: readonly string[], folder: string): Child {
  return Child.start(program, args, join(folder, 'log'));
}

/** Writes a file of a server's folder; returns its path. */
export function written(folder: string, name: string, lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** A copy under another path: AppArmor's profile for the packaged program forbids the working folder. */
export function copied(program: string, folder: string): string {
  const copy = join(folder, program.slice(program.lastIndexOf('/') + 1));
  copyFileSync(program, copy);
  return copy;
}
