// The resolvers that are compared, each with the settings it comes with, validation and QNAME minimisation on, and the
// same hints and trust anchors.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Hierarchy } from '../../src/lab/hierarchy.ts';
import { RRType } from '../../src/wire/constants.ts';
import { DomainName } from '../../src/wire/name.ts';
import { Child, findProgram } from '../bench/child.ts';
import { type Asked, Asker, type Manner, type Reply } from './asker.ts';
import { copied, written } from './authoritative.ts';

interface Setting {
  readonly folder: string;
  readonly address: string;
  readonly hintFile: string;
  /** RDATA of the root's DS records. */
  readonly anchors: readonly string[];
  readonly program: string;
}

interface Kind {
  readonly label: string;
  /** What must be installed; absent for kedge. */
  readonly program?: string;
  start(setting: Setting): Child;
}

/** A running resolver. One that ends or falls silent, as some do over some zones, is started anew. */
export class Resolver {
  readonly label: string;
  private ends = 0;
  /** Questions without a reply, one after the other. */
  private silences = 0;
  private readonly kind: Kind;
  private readonly setting: Setting;
  private readonly asker: Asker;
  private child: Child;
  private restarting: Promise<boolean> | undefined;

  constructor(kind: Kind, setting: Setting) {
    this.label = kind.label;
    this.kind = kind;
    this.setting = setting;
    this.asker = new Asker(setting.address);
    this.child = kind.start(setting);
  }

  /** Asks; the status is 'ENDED' where the resolver ends over the question. */
  async ask(asked: Asked, manner: Manner): Promise<Reply> {
    if (!this.child.isRunning && !(await this.restart())) return endedReply;
    const ended = this.child.whenEnded.then(() => endedReply);
    const reply = await Promise.race([this.asker.ask(asked, manner), ended]);
    this.silences = reply.status === 'TIMEOUT' ? this.silences + 1 : 0;
    // One that goes round in circles would cost the time-out for each question that is left.
    if (this.silences >= MAX_SILENCES) this.child.signal('SIGKILL');
    return reply;
  }

  /** Waits until it answers for the root; false when it does not. */
  async ready(): Promise<boolean> {
    const giveUpAtMs = performance.now() + READY_MS;
    const root = { name: DomainName.root, type: RRType.SOA };
    while ((await this.asker.ask(root, { checkingDisabled: true }, 1000)).status !== 'NOERROR') {
      if (!this.child.isRunning || performance.now() > giveUpAtMs) return false;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return true;
  }

  get log(): string {
    return this.child.log;
  }

  async stop(): Promise<void> {
    this.asker.close();
    await this.child.stop();
  }

  private restart(): Promise<boolean> {
    this.restarting ??= this.startAgain().finally(() => {
      this.restarting = undefined;
    });
    return this.restarting;
  }

  private async startAgain(): Promise<boolean> {
    this.ends++;
    this.silences = 0;
    if (this.ends > MAX_ENDS) return false;
    this.child = this.kind.start(this.setting);
    return this.ready();
  }
}

/** A resolver that ends more often is left alone. */
const MAX_ENDS = 20;
const MAX_SILENCES = 10;
const endedReply: Reply = { status: 'ENDED', authentic: false, answer: [], errors: [] };
const READY_MS = 30_000;

export const resolverKinds: readonly Kind[] = [
  { label: 'kedge', start: startKedge },
  { label: 'unbound', program: 'unbound', start: startUnbound },
  { label: 'powerdns', program: 'pdns_recursor', start: startRecursor },
  { label: 'bind', program: 'named', start: startNamed },
  { label: 'knot', program: 'kresd', start: startKresd },
];

/** Where the resolver at an index listens. */
export function resolverAddress(index: number): string {
  return `127.0.0.${2 + index}`;
}

/** Those that can be started here. */
export function installedKinds(): readonly Kind[] {
  return resolverKinds.filter(({ program }) => program === undefined || findProgram(program) !== undefined);
}

/** Starts resolvers with empty caches; resolves when each answers for the root. Those that do not are left out. */
export async function startResolvers(
  kinds: readonly Kind[],
  hierarchy: Hierarchy,
  folder: string,
  kedgeProgram: string,
): Promise<Resolver[]> {
  const hintFile = written(folder, 'root.hints', [hierarchy.rootHints]);
  const anchors = hierarchy.trustAnchors.map((ds) => ds.replace(/^.*\sDS\s+/, ''));
  const started = await Promise.all(
    kinds.map(async (kind) => {
      const own = join(folder, kind.label);
      mkdirSync(own, { recursive: true });
      const address = resolverAddress(resolverKinds.indexOf(kind));
      const program = kind.program === undefined ? kedgeProgram : (findProgram(kind.program) ?? kind.program);
      const resolver = new Resolver(kind, { folder: own, address, hintFile, anchors, program });
      return { resolver, isReady: await resolver.ready() };
    }),
  );
  for (const { resolver, isReady } of started) {
    if (isReady) continue;
    console.log(`${resolver.label} does not start:\n${resolver.log.slice(-1000)}`);
    await resolver.stop();
  }
  return started.filter(({ isReady }) => isReady).map(({ resolver }) => resolver);
}

function startKedge({ folder, address, hintFile, anchors, program }: Setting): Child {
  const lines = [
    `incoming: {listen: [${address}], port: 53}`,
    'outgoing: {dont_query: []}',
    `recursor: {hint_file: ${hintFile}}`,
    `dnssec: {validation: validate, trustanchors: [{name: ., dsrecords: ${JSON.stringify(anchors)}}]}`,
    'kedge: {default_trustanchor: false}',
  ];
  const config = written(folder, 'recursor.yml', lines);
  return start(process.execPath, [program, 'serve', '--config', config], folder);
}

function startUnbound({ folder, address, hintFile, anchors, program }: Setting): Child {
  const lines = [
    'server:',
    `  interface: ${address}`,
    '  do-ip6: no',
    '  username: ""',
    '  chroot: ""',
    `  directory: "${folder}"`,
    '  pidfile: ""',
    '  use-syslog: no',
    '  do-daemonize: no',
    '  do-not-query-localhost: no',
    '  qname-minimisation: yes',
    '  ede: yes',
    '  val-log-level: 2',
    `  root-hints: "${hintFile}"`,
    ...anchors.map((ds) => `  trust-anchor: ". DS ${ds}"`),
    'remote-control:',
    '  control-enable: no',
  ];
  return start(copied(program, folder), ['-d', '-c', written(folder, 'unbound.conf', lines)], folder);
}

function startRecursor({ folder, address, hintFile, anchors, program }: Setting): Child {
  const lua = written(folder, 'anchors.lua', ['clearTA()', ...anchors.map((ds) => `addTA('.', "${ds}")`)]);
  written(folder, 'recursor.conf', [
    `local-address=${address}`,
    'local-port=53',
    `hint-file=${hintFile}`,
    `lua-config-file=${lua}`,
    'dnssec=validate',
    'dont-query=',
    'extended-resolution-errors=yes',
    'security-poll-suffix=',
    `socket-dir=${folder}`,
    'daemon=no',
    'write-pid=no',
    'disable-syslog=yes',
    'threads=1',
  ]);
  return start(program, [`--config-dir=${folder}`], folder);
}

function startNamed({ folder, address, hintFile, anchors, program }: Setting): Child {
  const keys = anchors.map((ds) => {
    const [tag, algorithm, digestType, ...digest] = ds.split(' ');
    return `  . static-ds ${tag} ${algorithm} ${digestType} "${digest.join('')}";`;
  });
  const lines = [
    'options {',
    `  directory "${folder}";`,
    `  listen-on { ${address}; };`,
    '  listen-on-v6 { none; };',
    '  recursion yes;',
    '  dnssec-validation yes;',
    '  empty-zones-enable no;',
    '  max-cache-size 64m;',
    '  pid-file none;',
    '  lock-file none;',
    `  session-keyfile "${folder}/session.key";`,
    `  managed-keys-directory "${folder}";`,
    '};',
    'controls { };',
    'trust-anchors {',
    ...keys,
    '};',
    `zone "." { type hint; file "${hintFile}"; };`,
  ];
  const config = written(folder, 'named.conf', lines);
  return start(copied(program, folder), ['-4', '-g', '-n', '1', '-c', config], folder);
}

function startKresd({ folder, address, hintFile, anchors, program }: Setting): Child {
  const lines = [
    `net.listen('${address}', 53, { kind = 'dns' })`,
    'net.ipv6 = false',
    "modules.load('hints')",
    `hints.root_file('${hintFile}')`,
    ...anchors.map((ds) => `trust_anchors.add('. 3600 IN DS ${ds}')`),
    'cache.size = 64 * MB',
  ];
  return start(program, ['-n', '-c', written(folder, 'kresd.conf', lines), folder], folder);
}

function start(program: string, args: readonly string[], folder: string): Child {
  return Child.start(program, args, join(folder, 'log'));
}
