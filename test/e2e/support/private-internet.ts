/**
 * A private internet in one namespace: a signed root and a signed top-level domain `lab.` on NSD, and below them what the
 * test delegates. The resolvers get the root by hint file and anchor.
 */
import { writeFileSync } from 'node:fs';
import { ADDRESSES, type DualAddress, listServerAddresses } from './addresses.ts';
import { dig } from './dig.ts';
import { buildDs, parseDnskey } from './ds.ts';
import { Namespace } from './namespace.ts';
import { startNsd } from './nsd.ts';
import { type PresignedZone, signZone } from './presigned-zone.ts';
import { buildApex, buildDelegation, type Delegation } from './sample-zone.ts';

export interface PublishedRoot {
  hintFile: string;
  /** DS records of the root's key, 'tag algorithm digesttype hex'. */
  anchors: readonly string[];
  /** The same keys as DNSKEY records in a file, for drill. */
  keyFile: string;
}

/** Makes the namespace of one test file. */
export function createPrivateNamespace(label: string): Promise<Namespace> {
  return Namespace.create(label, [...listServerAddresses(), '127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']);
}

/** Signs and serves the root, `lab.` with the given delegations, and `arpa.` with an insecure delegation of home.arpa. */
export async function publishRoot(namespace: Namespace, delegations: readonly Delegation[]): Promise<PublishedRoot> {
  const { root, topLevel } = ADDRESSES;
  const lab = await signZone(
    namespace,
    'lab.',
    textOf([...buildApex('lab.', [topLevel]), ...delegations.flatMap(buildDelegation)]),
  );
  const homeArpa = buildDelegation({ zone: 'home.arpa.', nameservers: [ADDRESSES.nsdSecond], ds: [] });
  const arpa = await signZone(namespace, 'arpa.', textOf([...buildApex('arpa.', [topLevel]), ...homeArpa]));
  const rootZone = await signZone(
    namespace,
    '.',
    textOf([
      ...buildApex('.', [root]),
      ...[lab, arpa].flatMap(({ origin, ds }) => buildDelegation({ zone: origin, nameservers: [topLevel], ds })),
    ]),
    { algorithm: 8 },
  );
  await startNsd(namespace, 'nsd-top-level', topLevel, [servedZone(lab), servedZone(arpa)]);
  await startNsd(namespace, 'nsd-root', root, [servedZone(rootZone)]);
  const hintFile = namespace.path('root.hints');
  writeFileSync(hintFile, `. 3600000 NS ns1.\nns1. 3600000 A ${root.ipv4}\nns1. 3600000 AAAA ${root.ipv6}\n`);
  const keyFile = namespace.path('root.key');
  const keys = rootZone.lines.filter((line) => /\sDNSKEY\s+257\s/.test(line));
  writeFileSync(keyFile, `${keys.map((line) => line.split(' ;{')[0]).join('\n')}\n`);
  return { hintFile, anchors: rootZone.ds, keyFile };
}

/** What NSD needs of a signed zone. */
export function servedZone(zone: PresignedZone): { origin: string; text: string } {
  return { origin: zone.origin, text: textOf(zone.lines) };
}

/** The DS records of a zone that a server signs by itself, from the DNSKEY set that it answers. */
export async function fetchDs(namespace: Namespace, zone: string, address: DualAddress, port = 53): Promise<string[]> {
  const reply = await dig(namespace, { address: address.ipv4, port }, ['+norecurse', '+tcp', zone, 'DNSKEY']);
  const ds = reply.answer
    .map((record) => record.split(' DNSKEY ')[1] ?? '')
    .map(parseDnskey)
    .filter((dnskey) => (dnskey.flags & 1) === 1)
    .map((dnskey) => buildDs(zone, dnskey));
  if (ds.length === 0) throw new Error(`no key for ${zone}:\n${reply.text}`);
  return ds;
}

function textOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
