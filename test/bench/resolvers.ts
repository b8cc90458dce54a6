// The resolvers that are compared: each started anew, with equal settings, on an address of its own.
import { createSocket } from 'node:dgram';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseType, RRClass } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { MAX_MESSAGE_OCTETS, MessageWriter } from '../../src/wire/writer.ts';
import { Child } from './child.ts';

export type Peer = 'kedge' | 'unbound';

/** What every resolver is told. */
export interface Scene {
  /** Working folder. */
  readonly folder: string;
  /** The built program. */
  readonly program: string;
  readonly unbound: string | undefined;
  readonly anchors: readonly string[];
  /** Where the walk starts: at the root, or at a server that everything is forwarded to. */
  readonly start: { readonly hints: string } | { readonly forwarder: number };
  /** More options for Node, for profiles. */
  readonly nodeOptions: readonly string[];
}

export interface Resolver {
  readonly peer: Peer;
  readonly address: string;
  readonly port: number;
  readonly child: Child;
}

export const RESOLVER_ADDRESS = '127.0.0.1';
const START_MS = 20_000;
let serial = 0;

/** Starts a resolver; resolves when it answers a question for the root. */
export async function startResolver(peer: Peer, scene: Scene): Promise<Resolver> {
  const port = 20_000 + serial++;
  const folder = join(scene.folder, `${peer}-${serial}`);
  mkdirSync(folder, { recursive: true });
  const child = peer === 'kedge' ? startKedge(scene, folder, port) : startUnbound(scene, folder, port);
  const giveUpAtMs = performance.now() + START_MS;
  while (!(await answers(port))) {
    if (!child.isRunning || performance.now() > giveUpAtMs) throw new Error(`${peer} does not answer:\n${child.log}`);
  }
  return { peer, address: RESOLVER_ADDRESS, port, child };
}

function startKedge(scene: Scene, folder: string, port: number): Child {
  const lines = [
    `incoming: {listen: [${RESOLVER_ADDRESS}], port: ${port}}`,
    'outgoing: {dont_query: []}',
    'recursor:',
    ...('hints' in scene.start
      ? [`  hint_file: ${writeHints(folder, scene.start.hints)}`]
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

function startUnbound({ unbound, start, anchors }: Scene, folder: string, port: number): Child {
  if (unbound === undefined || !('hints' in start)) throw new Error('unbound is not installed');
  const anchorFile = join(folder, 'root.ds');
  writeFileSync(anchorFile, anchors.map((ds) => `. IN DS ${ds}\n`).join(''));
  const lines = [
    'server:',
    `  interface: ${RESOLVER_ADDRESS}`,
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
    `  root-hints: "${writeHints(folder, start.hints)}"`,
    `  trust-anchor-file: "${anchorFile}"`,
    '  module-config: "validator iterator"',
    '  msg-cache-size: 128m',
    '  rrset-cache-size: 256m',
    '  outgoing-range: 4096',
    '  num-queries-per-thread: 2048',
    '  so-rcvbuf: 4m',
    'remote-control:',
    '  control-enable: no',
  ];
  const file = join(folder, 'unbound.conf');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return Child.start(unbound, ['-d', '-c', file], join(folder, 'out'));
}

function writeHints(folder: string, hints: string): string {
  const file = join(folder, 'root.hints');
  writeFileSync(file, hints);
  return file;
}

const writer = new MessageWriter();

/** The octets of a query with RD; with EDNS and DO when `dnssecOk`. */
export function queryOctets(name: string, type: string, dnssecOk: boolean): Uint8Array {
  writer.reset(0, HeaderFlag.RD, MAX_MESSAGE_OCTETS);
  writer.question({ name: nameOf(name), type: parseType(type) ?? 1, class: RRClass.IN });
  if (dnssecOk) writer.edns(1232, 0, 0, 0x8000, []);
  return writer.finish();
}

/** Writes queries for the load generator. */
export function writeQueries(file: string, names: readonly string[], dnssecOk: boolean): string {
  const parts = names.flatMap((name) => {
    const octets = queryOctets(name, 'A', dnssecOk);
    return [Uint8Array.of(octets.length >> 8, octets.length & 0xff), octets];
  });
  writeFileSync(file, Buffer.concat(parts));
  return file;
}

/** Whether a resolver on this port answers the question with NOERROR. */
export function answers(port: number, name = '.', type = 'NS'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const end = (isAnswered: boolean) => {
      clearTimeout(timer);
      socket.close();
      // An RCODE comes at once from a resolver that has no more servers to ask; then wait a little as well.
      setTimeout(() => resolve(isAnswered), isAnswered ? 0 : 50);
    };
    const timer = setTimeout(() => end(false), 500);
    socket.on('error', () => end(false));
    socket.on('message', (octets) => end(((octets[3] ?? 0) & 0xf) === 0));
    socket.connect(port, RESOLVER_ADDRESS, () => socket.send(queryOctets(name, type, false), () => {}));
  });
}
