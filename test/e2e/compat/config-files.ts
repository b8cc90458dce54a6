/** The configuration files that both resolvers read, as a user of PowerDNS Recursor writes them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Namespace } from '../support/namespace.ts';
import { changeDsDigest, changeDsField } from '../support/presigned-zone.ts';
import { FORWARDER, type PrivateZones } from './private-zones.ts';

/** A client that `allow-from` shuts out. */
export const REFUSED_CLIENT = '127.0.0.66';

const FORWARDER_TEXT = `${FORWARDER.address.ipv4}:${FORWARDER.port}`;

/** Writes recursor.conf, recursor.lua and what they name; returns the folder. */
export function writeConfigFiles(namespace: Namespace, zones: PrivateZones): string {
  const folder = namespace.path('etc');
  mkdirSync(`${folder}/recursor.d`, { recursive: true });
  const write = (file: string, lines: readonly string[]): void =>
    writeFileSync(`${folder}/${file}`, `${lines.join('\n')}\n`);
  write('hosts', ['# a hosts file', '192.0.2.77 printer.hosts.lab printer', 'fd00::77 scanner # no dot']);
  write('static.zone', [
    '$TTL 300',
    '@ IN SOA ns.static.lab. hostmaster.static.lab. 1 3600 900 604800 60',
    '@ IN NS ns',
    'ns IN A 192.0.2.50',
    'www IN A 192.0.2.51',
    'alias IN CNAME www',
    'away IN CNAME www.secure.lab.',
    '*.wild IN A 192.0.2.52',
    'sub.deep IN TXT "below an empty non-terminal"',
  ]);
  write('forwards', [
    '# zone=servers',
    `corp=${FORWARDER_TEXT} # unsigned, denied by the root`,
    `march.local=${FORWARDER_TEXT}`,
  ]);
  write('recursor.d/10-more.conf', [`forward-zones+=april.local=${FORWARDER_TEXT}`, 'server-id=compat-server']);
  write('recursor.conf', [
    '# Settings as in a guide.',
    `hint-file=${zones.root.hintFile}`,
    `lua-config-file=${folder}/recursor.lua`,
    `include-dir=${folder}/recursor.d`,
    'local-address=127.0.0.1',
    'allow-from=127.0.0.0/8',
    `allow-from+=!${REFUSED_CLIENT}`,
    'dont-query=127.0.0.0/8, 192.168.0.0/16, \\',
    '  203.0.113.0/24',
    `forward-zones=home.arpa=${FORWARDER_TEXT}, february.local=${FORWARDER_TEXT}`,
    `forward-zones+=lan=${FORWARDER_TEXT}`,
    `forward-zones-file=${folder}/forwards`,
    `auth-zones=static.lab=${folder}/static.zone`,
    'export-etc-hosts=yes',
    `etc-hosts-file=${folder}/hosts`,
    'export-etc-hosts-search-suffix=hosts.lab',
    'serve-rfc1918=yes',
    'any-to-tcp=yes',
    'allow-trust-anchor-query=yes',
    'version-string=compat-version',
    'server-id=another # replaced by the file in recursor.d',
    'extended-resolution-errors=yes',
    'nsec3-max-iterations=150',
    'network-timeout=1000',
    'threads=1',
    'quiet=yes',
    'security-poll-suffix=',
    '# Since 5.0; with 4.8 the behaviour of "yes" is the only one.',
    'ignore-unknown-settings=allow-no-rd',
    'allow-no-rd=yes',
  ]);
  write('recursor.lua', luaLines(zones));
  return folder;
}

function luaLines({ root, ds }: PrivateZones): string[] {
  const of = (zone: string): string => ds.get(zone)?.[0] ?? '';
  const spaced = (text: string): string => `${text.slice(0, -20)} ${text.slice(-20).toUpperCase()}`;
  return [
    '-- The root of a private tree.',
    'clearTA(".")',
    ...root.anchors.map((anchor) => `addTA(".", "${anchor}")`),
    `addTA("home.arpa", "${spaced(of('home.arpa.'))}")`,
    '-- A loop and a table, as scripts in the field have them.',
    'local anchors = {',
    `  ["february.local."] = "${of('february.local.')}",`,
    `  ["ISLAND.nta.lab"] = "${of('island.nta.lab.')}",`,
    '}',
    'for name, ds in pairs(anchors) do addTA(name, ds) end',
    '-- A rollover: the retired key and the present one.',
    `addTA("rollover.lab", "${changeDsDigest(changeDsField(of('rollover.lab.'), 0, 4711))}")`,
    `addTA("rollover.lab", "${of('rollover.lab.')}")`,
    `addTA("wronganchor.lab", "${changeDsDigest(of('wronganchor.lab.'))}")`,
    `addTA("unusableanchor.lab", "${changeDsField(of('unusableanchor.lab.'), 1, 200)}")`,
    'addNTA("nta.lab", "broken by its owner")',
    'addNTA("lan", "internal unsigned zone")',
    'addNTA("march.local")',
  ];
}
