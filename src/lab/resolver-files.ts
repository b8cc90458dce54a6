// Configurations with which kedge, Unbound, BIND, Knot Resolver and PowerDNS Recursor resolve in the lab: the same hints,
// anchors and forward zones for each, ready to run without privileges.

import type { LabInternet } from './lab-internet.ts';
import { EVERYTHING_ADDRESS, type LabEndpoint, type LabServers } from './lab-servers.ts';

export interface ResolverFile {
  /** Relative to the folder of all of them. */
  readonly path: string;
  readonly text: string;
}

export interface ResolverProgram {
  readonly label: string;
  /** Port on 127.0.0.1 that its configuration says. */
  readonly port: number;
  /** The command that starts it. */
  readonly command: string;
}

export interface ResolverFiles {
  readonly files: readonly ResolverFile[];
  readonly programs: readonly ResolverProgram[];
}

export interface FilesOptions {
  /** Absolute path of the folder that the files will lie in. */
  readonly folder: string;
  /** Port on 127.0.0.1 of the first resolver; the others have the next ones. */
  readonly firstPort: number;
}

const DNS_PORT = 53;
/** Seconds: as long as the records of the lab may be kept, a week, instead of the usual day. */
const LONGEST_TTL = 604_800;

/** What all of the configurations say. */
interface Setting {
  readonly folder: string;
  readonly port: number;
  /** Undefined where servers listen on port 53, so that hints lead to them. */
  readonly everything: LabEndpoint | undefined;
  /** The server that has every zone, whatever the hints lead to. */
  readonly whole: LabEndpoint;
  readonly forwards: readonly (LabEndpoint & { readonly zone: string })[];
  /** RDATA of DS records by zone. */
  readonly anchors: readonly (readonly [zone: string, ds: readonly string[]])[];
  readonly negative: readonly (readonly [zone: string, reason: string])[];
}

interface Kind {
  readonly label: string;
  files(setting: Setting): readonly ResolverFile[];
  command(folder: string): string;
}

const kinds: readonly Kind[] = [
  {
    label: 'kedge',
    files: (setting) => [{ path: 'kedge/recursor.yml', text: kedgeText(setting) }],
    command: (folder) => `kedge serve --config ${folder}/kedge/recursor.yml`,
  },
  {
    label: 'Unbound',
    files: (setting) => [{ path: 'unbound/unbound.conf', text: unboundText(setting) }],
    command: (folder) => `unbound -d -c ${folder}/unbound/unbound.conf`,
  },
  {
    label: 'BIND',
    files: (setting) => [{ path: 'bind/named.conf', text: namedText(setting) }],
    command: (folder) => `named -g -c ${folder}/bind/named.conf`,
  },
  {
    label: 'Knot Resolver',
    files: (setting) => [{ path: 'knot/kresd.conf', text: kresdText(setting) }],
    command: (folder) => `kresd -n -c ${folder}/knot/kresd.conf ${folder}/knot`,
  },
  {
    label: 'PowerDNS Recursor',
    files: (setting) => [
      { path: 'powerdns/recursor.conf', text: recursorText(setting) },
      { path: 'powerdns/anchors.lua', text: luaText(setting) },
    ],
    command: (folder) => `pdns_recursor --config-dir=${folder}/powerdns`,
  },
];

/** The files, and the commands that use them. */
export function resolverFiles(internet: LabInternet, servers: LabServers, options: FilesOptions): ResolverFiles {
  const { folder, firstPort } = options;
  const areReachable = servers.port === DNS_PORT && servers.areApart;
  const setting = settingOf(internet, servers, folder, areReachable ? undefined : servers.everything);
  const anchorText = [...internet.anchors.values()].flat().join('\n');
  return {
    files: [
      { path: 'root.hints', text: internet.hierarchy.rootHints },
      { path: 'anchors.ds', text: `${anchorText}\n` },
      ...kinds.flatMap((kind, index) => kind.files({ ...setting, port: firstPort + index })),
    ],
    programs: kinds.map(({ label, command }, index) => ({ label, port: firstPort + index, command: command(folder) })),
  };
}

/** The configuration of a kedge that walks down from the root hints, and finds the servers' ports by itself. */
export function walkingKedgeText(
  internet: LabInternet,
  servers: LabServers,
  { folder, firstPort }: FilesOptions,
): string {
  const text = kedgeText({ ...settingOf(internet, servers, folder, undefined), port: firstPort });
  return `${text}recordcache:\n  max_ttl: ${LONGEST_TTL}\n`;
}

function settingOf(
  internet: LabInternet,
  servers: LabServers,
  folder: string,
  everything: LabEndpoint | undefined,
): Omit<Setting, 'port'> {
  return {
    folder,
    everything,
    whole: servers.everything,
    forwards: internet.forwards.map(({ zone, address }) => ({
      zone,
      ...(servers.endpointOf(address) ?? { address: EVERYTHING_ADDRESS, port: servers.port }),
    })),
    anchors: [...internet.anchors].map(([zone, lines]) => [zone, lines.map((line) => line.replace(/^.*\sDS\s+/, ''))]),
    negative: [...internet.negativeAnchors],
  };
}

function kedgeText({ folder, port, everything, forwards, anchors, negative }: Setting): string {
  const root = everything === undefined ? [] : [{ zone: '.', ...everything }];
  return lines(
    'incoming:',
    "  listen: ['127.0.0.1']",
    `  port: ${port}`,
    'outgoing:',
    "  source_address: ['0.0.0.0']",
    '  dont_query: []',
    'recursor:',
    `  hint_file: '${folder}/root.hints'`,
    `  socket_dir: '${folder}'`,
    ...yamlList(
      '  forward_zones:',
      [...root, ...forwards].map(
        ({ zone, address, port: at }) => `{zone: '${zone}', forwarders: ['${address}:${at}']}`,
      ),
    ),
    'dnssec:',
    '  validation: validate',
    '  log_bogus: true',
    ...yamlList(
      '  trustanchors:',
      anchors.map(([zone, ds]) => `{name: '${zone}', dsrecords: [${ds.map((text) => `'${text}'`).join(', ')}]}`),
    ),
    ...yamlList(
      '  negative_trustanchors:',
      negative.map(([zone, reason]) => `{name: '${zone}', reason: '${reason}'}`),
    ),
    'kedge:',
    '  default_trustanchor: false',
  );
}

function yamlList(key: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [`${key} []`] : [key, ...items.map((item) => `    - ${item}`)];
}

function unboundText({ folder, port, everything, forwards, anchors, negative }: Setting): string {
  const root = everything === undefined ? [] : [{ zone: '.', ...everything }];
  // One server that answers for everything is a forwarder to Unbound; servers of zones are stubs.
  const [section, key] = everything === undefined ? ['stub-zone', 'stub-addr'] : ['forward-zone', 'forward-addr'];
  return lines(
    'server:',
    '  interface: 127.0.0.1',
    `  port: ${port}`,
    '  do-ip6: no',
    '  username: ""',
    '  chroot: ""',
    `  directory: "${folder}/unbound"`,
    '  pidfile: ""',
    '  use-syslog: no',
    '  do-daemonize: no',
    '  do-not-query-localhost: no',
    '  ede: yes',
    '  val-log-level: 2',
    // Unbound takes hints or a stub zone for the root, not both.
    ...(everything === undefined ? [`  root-hints: "${folder}/root.hints"`] : []),
    ...anchors.flatMap(([zone, ds]) => ds.map((text) => `  trust-anchor: "${zone} DS ${text}"`)),
    ...negative.map(([zone]) => `  domain-insecure: "${zone}"`),
    ...[...root, ...forwards].flatMap(({ zone, address, port: at }) => [
      `${section}:`,
      `  name: "${zone}"`,
      `  ${key}: ${address}@${at}`,
    ]),
    'remote-control:',
    '  control-enable: no',
  );
}

function namedText({ folder, port, everything, forwards, anchors, negative }: Setting): string {
  const forwarder = ({ address, port: at }: LabEndpoint): string =>
    `forward only; forwarders { ${address} port ${at}; };`;
  return lines(
    'options {',
    `  directory "${folder}/bind";`,
    `  listen-on port ${port} { 127.0.0.1; };`,
    '  listen-on-v6 { none; };',
    '  recursion yes;',
    '  dnssec-validation yes;',
    `  validate-except { ${negative.map(([zone]) => `"${zone}";`).join(' ')} };`,
    '  empty-zones-enable no;',
    '  pid-file none;',
    '  lock-file none;',
    `  session-keyfile "${folder}/bind/session.key";`,
    `  managed-keys-directory "${folder}/bind";`,
    ...(everything === undefined ? [] : [`  ${forwarder(everything)}`]),
    '};',
    'controls { };',
    'trust-anchors {',
    ...anchors.flatMap(([zone, ds]) => ds.map((text) => `  "${zone}" static-ds ${quotedDigest(text)};`)),
    '};',
    `zone "." { type hint; file "${folder}/root.hints"; };`,
    ...forwards.map((forward) => `zone "${forward.zone}" { type forward; ${forwarder(forward)} };`),
  );
}

/** BIND wants the digest in quotes. */
function quotedDigest(ds: string): string {
  const [tag = '', algorithm = '', digestType = '', ...digest] = ds.split(' ');
  return `${tag} ${algorithm} ${digestType} "${digest.join('')}"`;
}

/** Knot Resolver takes no loopback address from a delegation: it always asks the server that has every zone. */
function kresdText({ port, whole, forwards, anchors, negative }: Setting): string {
  const target = ({ address, port: at }: LabEndpoint): string => `policy.FORWARD('${address}@${at}')`;
  return lines(
    `net.listen('127.0.0.1', ${port}, { kind = 'dns' })`,
    'net.ipv6 = false',
    ...anchors.flatMap(([zone, ds]) => ds.map((text) => `trust_anchors.add('${zone} 3600 IN DS ${text}')`)),
    `trust_anchors.set_insecure({ ${negative.map(([zone]) => `'${zone}'`).join(', ')} })`,
    // The root denies these names, and from the cache that would be the answer.
    `policy.add(policy.suffix(policy.FLAGS({ 'NO_CACHE' }), policy.todnames({ ${forwards.map(({ zone }) => `'${zone}'`).join(', ')} })))`,
    ...forwards.map((forward) => `policy.add(policy.suffix(${target(forward)}, { todname('${forward.zone}') }))`),
    `policy.add(policy.all(${target(whole)}))`,
    'cache.size = 16 * MB',
  );
}

function recursorText({ folder, port, everything, forwards }: Setting): string {
  const root = everything === undefined ? [] : [{ zone: '.', ...everything }];
  const zones = [...root, ...forwards].map(({ zone, address, port: at }) => `${zone}=${address}:${at}`);
  return lines(
    'local-address=127.0.0.1',
    `local-port=${port}`,
    `hint-file=${folder}/root.hints`,
    `lua-config-file=${folder}/powerdns/anchors.lua`,
    `forward-zones=${zones.join(', ')}`,
    'dnssec=validate',
    'dnssec-log-bogus=yes',
    'dont-query=',
    'extended-resolution-errors=yes',
    'security-poll-suffix=',
    `socket-dir=${folder}/powerdns`,
    'daemon=no',
    'write-pid=no',
    'disable-syslog=yes',
    'threads=1',
  );
}

function luaText({ anchors, negative }: Setting): string {
  return lines(
    "clearTA('.')",
    ...anchors.flatMap(([zone, ds]) => ds.map((text) => `addTA('${zone}', "${text}")`)),
    ...negative.map(([zone, reason]) => `addNTA('${zone}', "${reason}")`),
  );
}

function lines(...texts: readonly string[]): string {
  return `${texts.join('\n')}\n`;
}
