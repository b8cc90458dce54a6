/**
 * Zones as people break them: edited after signing, half moved, half rolled. What `kedge explain` says of each, and what
 * it says has to be done.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Explanation, isExplanation } from '../../src/explain/explanation.ts';
import { ADDRESSES, RESOLVER_IPV4, type ServerAddress } from './support/addresses.ts';
import { buildDs, parseDnskey } from './support/ds.ts';
import type { Namespace } from './support/namespace.ts';
import { type ServedZone, startNsd } from './support/nsd.ts';
import { startPdns } from './support/pdns.ts';
import {
  changeDsDigest,
  changeDsField,
  changeRecords,
  type PresignedZone,
  type SigningOptions,
  signZone,
  stripRecords,
} from './support/presigned-zone.ts';
import { createPrivateNamespace, fetchDs, publishRoot, servedZone } from './support/private-internet.ts';
import { describeWithPrograms, programPath } from './support/programs.ts';
import { KEDGE_ENTRY, startResolver } from './support/resolver.ts';
import { buildSampleZone, type Delegation, nameIn } from './support/sample-zone.ts';

interface Case {
  readonly name: string;
  readonly label: string;
  readonly signing?: SigningOptions;
  /** What is done to the signed zone by hand. */
  alter?(zone: PresignedZone): PresignedZone;
  ds?(zone: PresignedZone): readonly string[];
  /** The copy that the second server has; without it there is one server. */
  second?(zone: PresignedZone, old: PresignedZone): PresignedZone;
  /** Neither server has it. */
  readonly isMissing?: true;
  /** Where the parent says that its servers are. */
  readonly delegatedTo?: readonly ServerAddress[];
  /** Type and owner to ask for; default `www A`. */
  readonly asked?: readonly [owner: string, type: string];
  /** A cause; or what the answer is, where nothing is wrong with it. */
  readonly want: string;
  /** A word of the first remedy's commands. */
  readonly remedy?: RegExp;
}

const NSEC3: SigningOptions = { nsec3: { iterations: 0, salt: 'ab', optOut: false } };
const NOBODY = ADDRESSES.proxies[19] ?? ADDRESSES.root;

function withLines(zone: PresignedZone, change: (line: string) => string | undefined): PresignedZone {
  return { ...zone, lines: zone.lines.flatMap((line) => change(line) ?? []) };
}

function add(zone: PresignedZone, ...lines: readonly string[]): PresignedZone {
  return { ...zone, lines: [...zone.lines, ...lines] };
}

function isOf(line: string, owner: string, type: string): boolean {
  const [name, , , found] = line.split(/\s+/);
  return name === owner && found === type;
}

const CASES: readonly Case[] = [
  {
    name: 'a record added after signing',
    label: 'added-name',
    alter: (zone) => add(zone, `new.${zone.origin} 3600 IN A 192.0.2.99`),
    asked: ['new', 'A'],
    want: 'rrsig-missing',
    remedy: /zone-sign/,
  },
  {
    name: 'the serial raised by hand, without signing again',
    label: 'raised-serial',
    alter: (zone) =>
      withLines(zone, (line) => (isOf(line, zone.origin, 'SOA') ? line.replace(' 1 3600', ' 2 3600') : line)),
    asked: ['www', 'TXT'],
    want: 'rrsig-invalid',
    remedy: /zone-sign/,
  },
  {
    name: 'a key taken out of the zone by hand',
    label: 'key-taken-out',
    alter: (zone) => withLines(zone, (line) => (/\sDNSKEY\s+256\s/.test(line) ? undefined : line)),
    want: 'rrsig-invalid',
    remedy: /zone-sign/,
  },
  {
    name: 'a DS of the zone-signing key, which does not sign the keys',
    label: 'ds-of-zsk',
    ds: (zone) => keysOf(zone, 256).map((dnskey) => buildDs(zone.origin, dnskey)),
    want: 'dnskey-not-signed-by-ds',
  },
  {
    name: 'two DS, and none is right',
    label: 'two-wrong-ds',
    ds: ({ ds }) => ds.flatMap((one) => [changeDsField(one, 0, 1), changeDsDigest(one)]),
    want: 'ds-digest-mismatch',
    remedy: /^two-wrong-ds\.lab\. DS [0-9]+ 13 2 [0-9a-f]{64}$/,
  },
  {
    name: 'the DS of another zone',
    label: 'ds-of-other',
    ds: () => ['4711 13 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'],
    want: 'ds-no-such-key',
    remedy: /^ds-of-other\.lab\. DS [0-9]+ 13 2 [0-9a-f]{64}$/,
  },
  {
    name: 'another salt in NSEC3PARAM than in the NSEC3 records',
    label: 'wrong-salt',
    signing: NSEC3,
    alter: (zone) =>
      withLines(zone, (line) =>
        isOf(line, zone.origin, 'NSEC3PARAM') ? line.replace(' AB', ' CD').replace(' ab', ' cd') : line,
      ),
    asked: ['nope', 'A'],
    want: 'denial-missing',
    remedy: /zone-sign/,
  },
  {
    name: 'NSEC3 records whose hashes are too short',
    label: 'short-hash',
    signing: NSEC3,
    alter: (zone) =>
      withLines(zone, (line) =>
        line.replace(
          /(\sNSEC3\s+1\s+0\s+0\s+\S+\s+)([0-9a-v]{32})/i,
          (_, head: string, hash: string) => head + hash.slice(0, 16),
        ),
      ),
    asked: ['nope', 'A'],
    want: 'denial-unusable',
  },
  {
    name: 'one NSEC taken out',
    label: 'nsec-gap',
    alter: (zone) =>
      withLines(zone, (line) =>
        isOf(line, nameIn(zone.origin, 'tree'), 'NSEC') || isOf(line, nameIn(zone.origin, 'mail'), 'NSEC')
          ? undefined
          : line,
      ),
    asked: ['mailbox', 'A'],
    want: 'denial-wrong-span',
    remedy: /zone-sign/,
  },
  {
    name: 'the address of a name changed, and its NSEC forgotten',
    label: 'type-added',
    alter: (zone) => changeRecords(zone, nameIn(zone.origin, 'mail'), 'A', '192.0.2.25', '192.0.2.26'),
    asked: ['mail', 'A'],
    want: 'rrsig-invalid',
  },
  {
    name: 'a zone that the servers do not have',
    label: 'not-loaded',
    isMissing: true,
    want: 'servers-refuse',
    remedy: /kedge query not-loaded\.lab SOA/,
  },
  {
    name: 'a delegation to an address where nothing listens',
    label: 'nobody-there',
    delegatedTo: [NOBODY],
    want: 'servers-unreachable',
  },
  {
    name: 'no glue for a server in the zone itself',
    label: 'no-glue',
    delegatedTo: [{}],
    want: 'servers-loop',
    remedy: /^no-glue\.lab\. NS ns1\.no-glue\.lab\.$/,
  },
  {
    name: 'a zone moved to a server that does not sign',
    label: 'moved-unsigned',
    alter: (zone) => stripRecords(stripRecords(zone, 'DNSKEY'), 'NSEC'),
    want: 'dnskey-missing',
  },
  {
    name: 'a DS for the zone below, which is not signed',
    label: 'ds-below',
    alter: (zone) => zone,
    asked: ['www.signed-below', 'A'],
    want: 'dnskey-missing',
  },
  {
    name: 'keys with a TTL of 0',
    label: 'key-ttl-zero',
    alter: (zone) =>
      withLines(zone, (line) => (isOf(line, zone.origin, 'DNSKEY') ? line.replace(/\s3600\s/, ' 0 ') : line)),
    want: 'secure',
  },
  {
    name: 'a TTL raised above the one that was signed',
    label: 'raised-ttl',
    alter: (zone) =>
      withLines(zone, (line) =>
        isOf(line, nameIn(zone.origin, 'www'), 'A') ? line.replace(/\s3600\s/, ' 86400 ') : line,
      ),
    want: 'secure',
  },
  {
    name: 'one of two servers with a copy that has expired',
    label: 'one-expired',
    second: (_, old) => old,
    want: 'secure',
  },
  {
    name: 'one of two servers with a copy that was never signed',
    label: 'one-unsigned',
    second: (zone) => withLines(zone, (line) => (/\s(RRSIG|NSEC|DNSKEY)\s/.test(line) ? undefined : line)),
    want: 'secure',
  },
];

function keysOf(zone: PresignedZone, flags: number): ReturnType<typeof parseDnskey>[] {
  return zone.lines
    .filter((line) => isOf(line, zone.origin, 'DNSKEY'))
    .map((line) => parseDnskey((line.split(' ;{')[0] ?? '').split(/\s+/).slice(4).join(' ')))
    .filter((dnskey) => dnskey.flags === flags);
}

/** On PowerDNS, which signs as it answers. */
const DATABASE_ZONE = 'in-database.lab.';
const EXPIRED: SigningOptions = { inception: '20200101000000', expiration: '20200201000000' };

describeWithPrograms('zones broken by hand', ['nsd', 'ldns-signzone', 'pdns_server', 'pdnsutil', 'sqlite3'], () => {
  let namespace: Namespace | undefined;
  const inside = (): Namespace => {
    if (namespace === undefined) throw new Error('the namespace was not made');
    return namespace;
  };

  beforeAll(async () => {
    namespace = await createPrivateNamespace('by-hand');
    const served: ServedZone[] = [];
    const second: ServedZone[] = [];
    const delegations: Delegation[] = [];
    for (const item of CASES) {
      const origin = `${item.label}.lab.`;
      const nameservers = item.second === undefined ? [ADDRESSES.nsd] : [ADDRESSES.nsd, ADDRESSES.nsdSecond];
      const below = { zone: nameIn(origin, 'signed-below'), nameservers, ds: ['1 13 2 '.padEnd(71, '0')] };
      const text = buildSampleZone({ origin, nameservers, delegations: item.label === 'ds-below' ? [below] : [] });
      const sound = await signZone(namespace, origin, text, item.signing);
      const zone = item.alter?.(sound) ?? sound;
      if (item.isMissing !== true) served.push(servedZone(zone));
      if (item.label === 'ds-below') {
        const apex = `${below.zone} 3600 IN SOA ns1 host 1 3600 900 1209600 60\n${below.zone} 3600 IN NS ns1.${origin}\n`;
        served.push({ origin: below.zone, text: `${apex}www.${below.zone} 3600 IN A 192.0.2.9\n` });
      }
      if (item.second !== undefined) {
        const old = await signZone(namespace, origin, text, EXPIRED);
        second.push(servedZone(item.second(zone, old)));
      }
      delegations.push({ zone: origin, nameservers: item.delegatedTo ?? nameservers, ds: item.ds?.(zone) ?? sound.ds });
    }
    await startPdns(namespace, 'pdns', {
      address: ADDRESSES.pdns,
      zones: [
        {
          origin: DATABASE_ZONE,
          text: buildSampleZone({ origin: DATABASE_ZONE, nameservers: [ADDRESSES.pdns] }),
          keys: [['ksk', 'active', 'ecdsa256']],
          nsec3: ['1 0 0 -'],
        },
      ],
    });
    delegations.push({
      zone: DATABASE_ZONE,
      nameservers: [ADDRESSES.pdns],
      ds: await fetchDs(namespace, DATABASE_ZONE, ADDRESSES.pdns),
    });
    await startNsd(namespace, 'nsd', ADDRESSES.nsd, served);
    await startNsd(namespace, 'nsd2', ADDRESSES.nsdSecond, second);
    const root = await publishRoot(namespace, delegations);
    await startResolver(namespace, 'resolver', {
      hintFile: root.hintFile,
      listen: [RESOLVER_IPV4[0]],
      anchors: { '.': root.anchors },
    });
  });

  afterAll(() => namespace?.close());

  it.each(CASES)('$name: $want', async ({ label, asked = ['www', 'A'], want, remedy }) => {
    const [owner, type] = asked;
    const explanation = await explain(inside(), nameIn(`${label}.lab.`, owner), type);
    expect(explanation.cause?.code ?? explanation.status).toBe(want);
    if (remedy === undefined) return;
    const lines = explanation.cause?.remedies.flatMap((one) => one.lines.map(({ line }) => line)) ?? [];
    expect(lines.filter((line) => remedy.test(line))).not.toEqual([]);
  });

  it('a record put into the database of PowerDNS: the command that is printed mends it', async () => {
    const name = nameIn(DATABASE_ZONE, 'added');
    const zone = DATABASE_ZONE.slice(0, -1);
    const folder = inside().path('pdns');
    const insert = `INSERT INTO records (domain_id, name, type, content, ttl)
      SELECT id, '${name.slice(0, -1)}', 'A', '192.0.2.77', 3600 FROM domains WHERE name = '${zone}'`;
    await inside().mustRun([programPath('sqlite3'), `${folder}/pdns.sqlite3`, insert]);
    const broken = await explain(inside(), name, 'TXT');
    expect(broken.cause?.code).toMatch(/^(denial|nsec3)-/);
    const [first] = broken.cause?.remedies ?? [];
    const command = first?.lines.find(({ where }) => where === 'PowerDNS Authoritative Server')?.line ?? '';
    expect(command).toBe(`pdnsutil rectify-zone ${zone}`);
    const words = command.split(' ').slice(1);
    await inside().mustRun([programPath('pdnsutil'), `--config-dir=${folder}`, ...words]);
    // The server answers from its caches for 20 s.
    let status = broken.status;
    for (let attempt = 0; attempt < 60 && status !== 'secure'; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      status = (await explain(inside(), name, 'TXT')).status;
    }
    expect(status).toBe('secure');
  });
});

async function explain(namespace: Namespace, name: string, type: string): Promise<Explanation> {
  const config = namespace.path('resolver.yml');
  const words = ['explain', name, type, '--config', config, '--json'];
  const { stdout, stderr } = await namespace.run([process.execPath, KEDGE_ENTRY, ...words]);
  const value: unknown = JSON.parse(stdout || '{}');
  if (!isExplanation(value)) throw new Error(stderr);
  return value;
}
