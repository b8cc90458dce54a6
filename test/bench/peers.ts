// The programs that are compared, each with equal settings: one thread, validating below the same anchor, caches large
// enough for everything that is asked.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, findProgram } from './child.ts';

/** In the order of the tables; ratios are to the first one that is installed and not ours. */
export const peers = ['kedge', 'unbound', 'pdns', 'named', 'kresd'] as const;
export type Peer = (typeof peers)[number];

/** What every resolver is told. */
export interface Scene {
  /** Working folder. */
  readonly folder: string;
  /** The built program of ours. */
  readonly program: string;
  /** DS of the root: `tag algorithm digesttype hex`; none: nothing is validated. */
  readonly anchors: readonly string[];
  /** Where the walk starts: at the root, or at a server that everything is forwarded to (kedge only). */
  readonly start: { readonly hints: string } | { readonly forwarder: number };
  /** More options for Node, for profiles. */
  readonly nodeOptions: readonly string[];
}

/** Where one resolver lives. */
interface Place {
  readonly scene: Scene;
  readonly folder: string;
  readonly address: string;
  readonly port: number;
  readonly hints: string;
}

interface Program {
  readonly name: string;
  /** Option that prints the version. */
  readonly version: string;
  /** Debian's package. */
  readonly package: string;
  start(path: string, place: Place): Child;
}

const others: Readonly<Record<Exclude<Peer, 'kedge'>, Program>> = {
  unbound: { name: 'unbound', version: '-V', package: 'unbound', start: startUnbound },
  pdns: { name: 'pdns_recursor', version: '--version', package: 'pdns-recursor', start: startPdns },
  named: { name: 'named', version: '-v', package: 'bind9', start: startNamed },
  kresd: { name: 'kresd', version: '--version', package: 'knot-resolver', start: startKresd },
};

export interface Installed {
  readonly peer: Peer;
  readonly program: string;
  readonly version: string;
}

export interface Missing {
  readonly peer: Peer;
  /** The package that has it. */
  readonly package: string;
}

/** Which of the wanted programs are here; ours always is. */
export function findPeers(wanted: readonly Peer[]): { found: readonly Installed[]; missing: readonly Missing[] } {
  const found: Installed[] = [];
  const missing: Missing[] = [];
  for (const peer of wanted) {
    if (peer === 'kedge') continue;
    const path = findProgram(others[peer].name);
    if (path === undefined) missing.push({ peer, package: others[peer].package });
    else found.push({ peer, program: path, version: others[peer].version });
  }
  return { found, missing };
}

/** Starts a resolver in the foreground; throws when it is not installed. */
export function startPeer(peer: Peer, scene: Scene, folder: string, address: string, port: number): Child {
  mkdirSync(folder, { recursive: true });
  const hints = join(folder, 'root.hints');
  if ('hints' in scene.start) writeFileSync(hints, scene.start.hints);
  const place = { scene, folder, address, port, hints };
  if (peer === 'kedge') return startKedge(place);
  const path = findProgram(others[peer].name);
  if (path === undefined || !('hints' in scene.start)) throw new Error(`${others[peer].name} is not installed`);
  return others[peer].start(path, place);
}

function startKedge({ scene, folder, address, port, hints }: Place): Child {
  const lines = [
    `incoming: {listen: [${address}], port: ${port}}`,
    'outgoing: {dont_query: []}',
    'recursor:',
    // As the others are started; the default is two.
    '  threads: 1',
    `  socket_dir: ${folder}`,
    ...('hints' in scene.start
      ? [`  hint_file: ${hints}`]
      : ['  hint_file: "no"', `  forward_zones: [{zone: ., forwarders: ['127.0.0.1:${scene.start.forwarder}']}]`]),
    'dnssec:',
    '  validation: validate',
    scene.anchors.length === 0
      ? '  negative_trustanchors: [{name: ., reason: measuring}]'
      : `  trustanchors: [{name: ., dsrecords: ${JSON.stringify(scene.anchors)}}]`,
    // Measuring comes from one address.
    'kedge: {limits: {client_max_waiting: 1000}}',
  ];
  const file = join(folder, 'recursor.yml');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const args = [...scene.nodeOptions, scene.program, 'serve', '--config', file];
  return Child.start(process.execPath, args, join(folder, 'log'));
}

function startUnbound(program: string, { scene, folder, address, port, hints }: Place): Child {
  const anchorFile = join(folder, 'root.ds');
  writeFileSync(anchorFile, scene.anchors.map((ds) => `. IN DS ${ds}\n`).join(''));
  const lines = [
    'server:',
    `  interface: ${address}`,
    `  port: ${port}`,
    '  num-threads: 1',
    '  do-ip6: no',
    '  username: ""',
    '  chroot: ""',
    `  directory: "${folder}"`,
    '  pidfile: ""',
    '  use-syslog: no',
    `  logfile: "${join(folder, 'log')}"`,
    '  do-daemonize: no',
    '  do-not-query-localhost: no',
    `  root-hints: "${hints}"`,
    `  trust-anchor-file: "${anchorFile}"`,
    '  module-config: "validator iterator"',
    '  aggressive-nsec: yes',
    '  msg-cache-size: 128m',
    '  rrset-cache-size: 256m',
    '  outgoing-range: 4096',
    '  num-queries-per-thread: 2048',
    '  incoming-num-tcp: 100',
    '  so-rcvbuf: 4m',
    'remote-control:',
    '  control-enable: no',
  ];
  const file = join(folder, 'unbound.conf');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return Child.start(program, ['-d', '-c', file], join(folder, 'out'));
}

function startPdns(program: string, { scene, folder, address, port, hints }: Place): Child {
  const lua = join(folder, 'anchors.lua');
  writeFileSync(lua, `clearTA()\n${scene.anchors.map((ds) => `addTA('.', "${ds}")\n`).join('')}`);
  const lines = [
    `local-address=${address}`,
    `local-port=${port}`,
    'threads=1',
    `hint-file=${hints}`,
    `lua-config-file=${lua}`,
    'dnssec=validate',
    'dont-query=',
    'allow-from=0.0.0.0/0',
    `socket-dir=${folder}`,
    'security-poll-suffix=',
    'daemon=no',
    'disable-syslog=yes',
    'loglevel=3',
    'max-tcp-clients=200',
    'max-tcp-per-client=0',
    'setuid=',
    'setgid=',
  ];
  writeFileSync(join(folder, 'recursor.conf'), `${lines.join('\n')}\n`);
  return Child.start(program, [`--config-dir=${folder}`], join(folder, 'out'));
}

function startNamed(program: string, { scene, folder, address, port, hints }: Place): Child {
  const anchors = scene.anchors.map((ds) => {
    const [tag, algorithm, digestType, ...digest] = ds.split(/\s+/);
    return `  . static-ds ${tag} ${algorithm} ${digestType} "${digest.join('')}";`;
  });
  const lines = [
    'options {',
    `  directory "${folder}"; pid-file "${folder}/pid"; session-keyfile none; lock-file none;`,
    `  listen-on port ${port} { ${address}; }; listen-on-v6 { none; };`,
    '  recursion yes; allow-query { any; }; allow-recursion { any; }; dnssec-validation yes;',
    '  recursive-clients 10000; max-cache-size 512m;',
    '};',
    'controls { };',
    'trust-anchors {',
    ...anchors,
    '};',
    `zone "." { type hint; file "${hints}"; };`,
  ];
  const file = join(folder, 'named.conf');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return Child.start(program, ['-4', '-f', '-n', '1', '-c', file], join(folder, 'out'));
}

function startKresd(program: string, { scene, folder, address, port, hints }: Place): Child {
  const lines = [
    'net.ipv6 = false',
    `net.listen('${address}', ${port}, { kind = 'dns' })`,
    "modules = { 'hints' }",
    `hints.root_file('${hints}')`,
    ...scene.anchors.map((ds) => `trust_anchors.add('. IN DS ${ds}')`),
    'cache.size = 400 * MB',
  ];
  const file = join(folder, 'kresd.conf');
  writeFileSync(file, `${lines.join('\n')}\n`);
  mkdirSync(join(folder, 'data'));
  return Child.start(program, ['-n', '-c', file, join(folder, 'data')], join(folder, 'out'));
}
