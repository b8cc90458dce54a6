// A private Internet for measuring: a signed root, two signed top-level domains, and below them signed and unsigned
// zones, in master files for any authoritative server.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeKey, type SigningKey, sharedKey, ZSK_FLAGS } from '../../src/lab/keys.ts';
import { dsRecords, type SignedZone, signZone } from '../../src/lab/signer.ts';
import { Zone } from '../../src/lab/zone.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { recordText } from '../../src/wire/zone-text.ts';

export interface ServedZone {
  readonly origin: string;
  readonly zone: Zone;
  /** Addresses of its servers. */
  readonly addresses: readonly string[];
}

export interface BenchInternet {
  readonly zones: readonly ServedZone[];
  /** One name a signed zone. */
  readonly signedNames: readonly string[];
  readonly unsignedNames: readonly string[];
  /** DS of the root: `tag algorithm digesttype hex`. */
  readonly anchors: readonly string[];
  readonly rootHints: string;
}

const ROOT_ADDRESSES = ['198.18.0.1', '198.18.0.2'];
const TOP_LEVEL = { alpha: ['198.18.1.1', '198.18.1.2'], beta: ['198.18.2.1', '198.18.2.2'] };
const HOST_ADDRESSES = Array.from({ length: 8 }, (_, index) => `198.18.4.${index + 1}`);
/** Every address that a server listens at, by level. */
export const serverAddresses = { root: ROOT_ADDRESSES, top: Object.values(TOP_LEVEL).flat(), host: HOST_ADDRESSES };
const DAY_SECONDS = 86_400;
const TTL = 3600;

/** Builds `signed` and `unsigned` zones below each top-level domain: ECDSA P-256, NSEC in one and NSEC3 in the other. */
export function buildBenchInternet(signed: number, unsigned: number): BenchInternet {
  const now = Math.floor(Date.now() / 1000);
  const validity = { inceptionSeconds: now - DAY_SECONDS, expirationSeconds: now + 30 * DAY_SECONDS };
  const sign = (text: string, origin: string, denial: 'nsec' | 'nsec3', keys: readonly SigningKey[]): SignedZone =>
    signZone(Zone.fromText(text, nameOf(origin)), { keys, denial: { kind: denial }, ...validity });
  const zones: ServedZone[] = [];
  const signedNames: string[] = [];
  const unsignedNames: string[] = [];
  let root = `@ ${TTL} IN SOA a.rootsrv. hostmaster. 1 7200 3600 1209600 900\n${apexServers('.', 'rootsrv.', ROOT_ADDRESSES)}`;
  for (const [index, [label, addresses]] of Object.entries(TOP_LEVEL).entries()) {
    const origin = `${label}.`;
    const denial = index === 0 ? 'nsec' : 'nsec3';
    const nameServers = apexServers(origin, `nic.${origin}`, addresses);
    let text = `@ ${TTL} IN SOA a.nic hostmaster 1 7200 3600 1209600 900\n${nameServers}`;
    for (let serial = 0; serial < signed + unsigned; serial++) {
      const isSigned = serial < signed;
      const child = `${isSigned ? 's' : 'u'}${serial}.${origin}`;
      const hosts = [0, 1].map((host) => HOST_ADDRESSES[(serial * 2 + host) % HOST_ADDRESSES.length] ?? '');
      const cut = apexServers(child, child, hosts);
      const childText = `@ ${TTL} IN SOA a hostmaster 1 7200 3600 1209600 900\n${cut}www ${TTL} IN A 203.0.113.${serial % 250}\n`;
      text += cut;
      if (isSigned) {
        const made = sign(childText, child, denial, [makeKey({ algorithm: 13 })]);
        text += `${dsRecords(made, TTL).map(recordText).join('\n')}\n`;
        zones.push({ origin: child, zone: made.zone, addresses: hosts });
        signedNames.push(`www.${child}`);
      } else {
        zones.push({ origin: child, zone: Zone.fromText(childText, nameOf(child)), addresses: hosts });
        unsignedNames.push(`www.${child}`);
      }
    }
    const keys = [sharedKey({ algorithm: 13 }, index), sharedKey({ algorithm: 13, flags: ZSK_FLAGS }, index)];
    const made = sign(text, origin, denial, keys);
    root += `${nameServers}${dsRecords(made, TTL).map(recordText).join('\n')}\n`;
    zones.push({ origin, zone: made.zone, addresses });
  }
  // As in the real root: RSA keys.
  const made = sign(root, '.', 'nsec', [makeKey({ algorithm: 8 }), makeKey({ algorithm: 8, flags: ZSK_FLAGS })]);
  zones.push({ origin: '.', zone: made.zone, addresses: ROOT_ADDRESSES });
  const anchors = dsRecords(made, TTL).map((record) => recordText(record).replace(/^.*\sDS\s+/, ''));
  return { zones, signedNames, unsignedNames, anchors, rootHints: apexServers('.', 'rootsrv.', ROOT_ADDRESSES) };
}

/** NS records of a zone, and the addresses of those hosts. */
function apexServers(origin: string, below: string, addresses: readonly string[]): string {
  const lines = addresses.flatMap((address, index) => {
    const host = `${'abcdefgh'[index]}.${below}`;
    return [`${origin} ${TTL} IN NS ${host}`, `${host} ${TTL} IN A ${address}`];
  });
  return `${lines.join('\n')}\n`;
}

/** Writes master files and one nsd.conf a level; a server that held parent and child would skip the referral. */
export function writeNsdFiles(internet: BenchInternet, folder: string): string[] {
  mkdirSync(join(folder, 'zones'), { recursive: true });
  return Object.entries(serverAddresses).map(([level, addresses]) => {
    const own = join(folder, level);
    mkdirSync(own, { recursive: true });
    const lines = [
      'server:',
      ...addresses.map((address) => `  ip-address: ${address}`),
      '  username: ""',
      '  chroot: ""',
      `  zonesdir: "${join(folder, 'zones')}"`,
      `  xfrdir: "${own}"`,
      `  pidfile: "${own}/nsd.pid"`,
      `  xfrdfile: "${own}/xfrd.state"`,
      `  zonelistfile: "${own}/zone.list"`,
      '  database: ""',
      '  server-count: 1',
      '  rrl-ratelimit: 0',
      '  rrl-whitelist-ratelimit: 0',
      '  minimal-responses: yes',
      '  do-ip6: no',
      'remote-control:',
      '  control-enable: no',
    ];
    for (const { origin, zone } of internet.zones) {
      if (levelOf(origin) !== level) continue;
      const file = `${origin === '.' ? 'root' : origin}zone`;
      writeFileSync(join(folder, 'zones', file), `${zone.records.map(recordText).join('\n')}\n`);
      lines.push('zone:', `  name: "${origin}"`, `  zonefile: "${file}"`);
    }
    const configFile = join(own, 'nsd.conf');
    writeFileSync(configFile, `${lines.join('\n')}\n`);
    return configFile;
  });
}

function levelOf(origin: string): keyof typeof serverAddresses {
  if (origin === '.') return 'root';
  return origin.split('.').length === 2 ? 'top' : 'host';
}
