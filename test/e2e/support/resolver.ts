/** The resolver under test: kedge from dist/, or Unbound with the equal settings when KEDGE_E2E_RESOLVER=unbound. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { variantSettings } from '../../support/variant.ts';
import { dig } from './dig.ts';
import { type Daemon, type Namespace, waitUntilReady } from './namespace.ts';
import { programPath } from './programs.ts';

export interface ResolverOptions {
  hintFile: string;
  listen: readonly string[];
  /** DS records 'tag algorithm digesttype hex' by zone. */
  anchors: Readonly<Record<string, readonly string[]>>;
  negativeAnchors?: readonly string[];
  /** Zones asked at the given 'address:port', which are authoritative servers. */
  forwardZones?: Readonly<Record<string, readonly string[]>>;
  /** Zones asked at the given 'address:port', which are resolvers. */
  recursiveForwardZones?: Readonly<Record<string, readonly string[]>>;
  /** 'validate' where absent; Unbound always validates. */
  validation?: ValidationMode;
  /** What rests on SHA-1: 'insecure' where absent (RFC 9905); Unbound always validates it. */
  sha1?: 'insecure' | 'validate';
}

export type ValidationMode = 'off' | 'process-no-validate' | 'process' | 'log-fail' | 'validate';

/** Whether Unbound stands in for kedge; extended errors are not compared then. */
export const IS_STAND_IN = process.env['KEDGE_E2E_RESOLVER'] === 'unbound';

/** The built program; KEDGE_E2E_PROGRAM names another build. */
export const KEDGE_ENTRY =
  process.env['KEDGE_E2E_PROGRAM'] ?? fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

/** What runs it; KEDGE_E2E_NODE names another release, or one for another machine. */
const NODE = process.env['KEDGE_E2E_NODE'] ?? process.execPath;

export async function startResolver(namespace: Namespace, name: string, options: ResolverOptions): Promise<Daemon> {
  const daemon = IS_STAND_IN ? startUnbound(namespace, name, options) : startKedge(namespace, name, options);
  await waitUntilReady(daemon, () => isResolving(namespace, options.listen));
  return daemon;
}

async function isResolving(namespace: Namespace, [address = '127.0.0.1']: readonly string[]): Promise<boolean> {
  const reply = await dig(namespace, { address }, ['+time=2', '+cd', '.', 'SOA']);
  return reply.status === 'NOERROR';
}

function startKedge(namespace: Namespace, name: string, options: ResolverOptions): Daemon {
  const configFile = namespace.path(`${name}.yml`);
  const config = {
    incoming: { listen: options.listen, port: 53 },
    outgoing: { source_address: ['0.0.0.0', '::'], dont_query: [] },
    recursor: {
      hint_file: options.hintFile,
      forward_zones: forwardersOf(options.forwardZones),
      forward_zones_recurse: forwardersOf(options.recursiveForwardZones),
    },
    dnssec: {
      validation: options.validation ?? 'validate',
      log_bogus: true,
      trustanchors: Object.entries(options.anchors).map(([zone, dsrecords]) => ({ name: zone, dsrecords })),
      negative_trustanchors: (options.negativeAnchors ?? []).map((zone) => ({ name: zone, reason: 'end-to-end test' })),
    },
    kedge: { default_trustanchor: false, sha1: options.sha1 ?? 'insecure' },
  };
  writeFileSync(configFile, stringify(config));
  return namespace.start(name, [NODE, KEDGE_ENTRY, 'serve', '--config', configFile, ...variantSettings]);
}

function forwardersOf(zones: ResolverOptions['forwardZones'] = {}): { zone: string; forwarders: readonly string[] }[] {
  return Object.entries(zones).map(([zone, forwarders]) => ({ zone, forwarders }));
}

/** Starts Unbound as the resolver that kedge forwards to; it validates only where it has anchors. */
export async function startUpstreamResolver(
  namespace: Namespace,
  name: string,
  options: ResolverOptions,
): Promise<Daemon> {
  const daemon = startUnbound(namespace, name, options);
  await waitUntilReady(daemon, () => isResolving(namespace, options.listen));
  return daemon;
}

function startUnbound(namespace: Namespace, name: string, options: ResolverOptions): Daemon {
  const isValidating = Object.keys(options.anchors).length > 0;
  const lines = [
    'server:',
    `  module-config: "${isValidating ? 'validator ' : ''}iterator"`,
    ...options.listen.map((address) => `  interface: ${address}`),
    '  access-control: 127.0.0.0/8 allow',
    '  access-control: ::1/128 allow',
    '  do-not-query-localhost: no',
    '  chroot: ""',
    '  username: ""',
    '  pidfile: ""',
    `  directory: "${namespace.directory}"`,
    '  use-syslog: no',
    '  val-log-level: 2',
    // RFC 4509 section 3: without it, a SHA-1 DS counts beside one with SHA-256.
    '  harden-algo-downgrade: yes',
    '  ede: yes',
    `  root-hints: "${options.hintFile}"`,
    '  local-zone: "home.arpa." nodefault',
    ...Object.entries(options.anchors).flatMap(([zone, records]) =>
      records.map((record) => `  trust-anchor: "${zone} DS ${record}"`),
    ),
    ...(options.negativeAnchors ?? []).map((zone) => `  domain-insecure: "${zone}"`),
    'remote-control:',
    '  control-enable: no',
    ...Object.entries(options.forwardZones ?? {}).flatMap(([zone, forwarders]) => [
      'stub-zone:',
      `  name: "${zone}"`,
      ...forwarders.map((forwarder) => `  stub-addr: ${forwarder.replace(/:(\d+)$/, '@$1')}`),
    ]),
    ...Object.entries(options.recursiveForwardZones ?? {}).flatMap(([zone, forwarders]) => [
      'forward-zone:',
      `  name: "${zone}"`,
      ...forwarders.map((forwarder) => `  forward-addr: ${forwarder.replace(/:(\d+)$/, '@$1')}`),
    ]),
  ];
  const configFile = namespace.path(`${name}.conf`);
  writeFileSync(configFile, `${lines.join('\n')}\n`);
  // A copy under another path: AppArmor's profile for the packaged program forbids the working folder.
  const program = namespace.path(`${name}-unbound`);
  copyFileSync(programPath('unbound'), program);
  return namespace.start(name, [program, '-d', '-c', configFile]);
}
