// What is allowed in a configuration but dangerous, or probably not what was meant. The loader's own findings are not
// repeated here.
import { isIPv6 } from 'node:net';
import type { ConfigWarning } from './config-error.ts';
import type { Place } from './input.ts';
import { lintZones } from './lint-zones.ts';
import type { LoadedConfig } from './load.ts';
import { type Network, networkText } from './network.ts';
import type { Config } from './schema.ts';
import { type SocketAddress, socketAddressText } from './socket-address.ts';
import { webAddresses } from './web-rules.ts';

/** What the rules see, and where they report. */
export interface Linting {
  readonly loaded: LoadedConfig;
  readonly config: Config;
  /** Where an option was given; the main file's start for one that was not. */
  placeOf(path: string): Place;
  warn(place: Place, path: string, message: string, remedies?: readonly string[]): void;
}

/** The findings, in the order of the rules. */
export function lintConfig(loaded: LoadedConfig): readonly ConfigWarning[] {
  const warnings: ConfigWarning[] = [];
  const [file = 'built-in defaults'] = loaded.files;
  const linting: Linting = {
    loaded,
    config: loaded.draft,
    placeOf: (path) => loaded.given.get(path)?.place ?? { file, line: 1, column: 1 },
    warn({ file: inFile, line, column }, path, message, remedies = []) {
      const finding = { file: inFile, line, column, path, message };
      warnings.push(remedies.length === 0 ? finding : { ...finding, remedies });
    },
  };
  for (const rule of rules) rule(linting);
  lintZones(linting);
  return warnings;
}

const rules: readonly ((linting: Linting) => void)[] = [
  openResolver,
  sourceFamilies,
  webServer,
  forwardingToItself,
  believedForwarders,
  missingRootAnchor,
  switchedOffProtection,
  noWayToTheRoot,
  worldWritableSocket,
];

/** Anyone who may ask can use the server against others. Only listening beyond this machine makes it so. */
function openResolver({ config, placeOf, warn }: Linting): void {
  const reachable = config.incoming.listen.filter(({ address }) => !isLoopback(address));
  const [first] = reachable;
  if (first === undefined) return;
  const wide = config.incoming.allow_from.filter(isWholeInternet);
  if (config.incoming.allow_from.length > 0 && wide.length === 0) return;
  const who = wide.length === 0 ? 'the list is empty' : wide.map(networkText).join(', ');
  const path = 'incoming.allow_from';
  warn(
    placeOf(path),
    path,
    `open resolver: everyone may ask (${who}) while it listens on ${socketAddressText(first)}; ` +
      'such servers are used to attack others. List your own networks',
  );
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** As good as everyone: split into a few parts it is the same. */
function isWholeInternet({ octets, prefixLength, negated }: Network): boolean {
  return !negated && prefixLength < (octets.length === 4 ? 6 : 8) && !(octets[0] === 0xfc && prefixLength >= 6);
}

function sourceFamilies({ config, loaded, placeOf, warn }: Linting): void {
  const path = 'outgoing.source_address';
  if (loaded.given.has(path) && !config.outgoing.source_address.some((address) => isIPv6(address))) {
    warn(placeOf(path), path, "no IPv6 address is listed, so IPv6 is never used; add '::' if this machine has it");
  }
}

function* allForwarders({ recursor }: Config) {
  for (const list of ['forward_zones', 'forward_zones_recurse'] as const) {
    for (const { forwarders, place } of recursor[list]) {
      for (const forwarder of forwarders) yield { zone: `recursor.${list}`, forwarder, place };
    }
  }
}

function webServer({ config, placeOf, warn }: Linting): void {
  const { webserver, password, allow_from } = config.webservice;
  if (webserver === false) return;
  for (const { address, port } of webAddresses(config)) {
    const clash = config.incoming.listen.find((listen) => {
      const samePort = (listen.port ?? config.incoming.port) === port;
      return samePort && (listen.address === address || isUnspecified(listen.address) || isUnspecified(address));
    });
    if (clash !== undefined) {
      const path = 'webservice.port';
      warn(placeOf(path), path, `the web server and the DNS server both want TCP port ${port} of ${address}`);
    }
    if (!isLoopback(address) && password === '' && allow_from.some(isWholeInternet)) {
      const path = 'webservice.allow_from';
      warn(placeOf(path), path, `everyone can reach the web server on ${address}, and there is no password`);
    }
  }
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function forwardingToItself({ config, placeOf, warn }: Linting): void {
  const own = config.incoming.listen.map(({ address, port }) => ({ address, port: port ?? config.incoming.port }));
  const isOwn = ({ address, port }: SocketAddress) =>
    own.some((listen) => {
      const sameAddress = listen.address === address || (isUnspecified(listen.address) && isLoopback(address));
      return sameAddress && listen.port === port;
    });
  for (const { zone, forwarder, place } of allForwarders(config)) {
    if (!isOwn(forwarder)) continue;
    warn(
      place ?? placeOf(zone),
      zone,
      `${socketAddressText(forwarder)} is where this server itself listens: the question would come back to it. ` +
        'Give the port of the other server, as in 127.0.0.1:5300',
    );
  }
}

/** Without validation an answer is as good as the server that gave it. */
function believedForwarders({ config, loaded, placeOf, warn }: Linting): void {
  const { validation } = config.dnssec;
  if (validation !== 'off' && validation !== 'process-no-validate') return;
  const path = 'dnssec.validation';
  const root = config.recursor.forward_zones_recurse.find(({ zone }) => zone.isRoot);
  if (root !== undefined) {
    const servers = root.forwarders.map(socketAddressText).join(', ');
    warn(placeOf(path), path, `${validation}: whatever ${servers} answers is believed unchecked; use validate`);
  } else if (loaded.given.has(path)) {
    warn(placeOf(path), path, `${validation}: nothing is validated; use validate`);
  }
}

function missingRootAnchor({ config, loaded, placeOf, warn }: Linting): void {
  const { dnssec, kedge } = config;
  const hasRoot =
    dnssec.trustanchors.some(({ name }) => name.isRoot) ||
    kedge.dnskey_trustanchors.some(({ name }) => name.isRoot) ||
    dnssec.trustanchorfile !== '';
  if (dnssec.validation === 'off' || hasRoot) return;
  const path = loaded.lua === undefined ? 'kedge.default_trustanchor' : 'recursor.lua_config_file';
  warn(placeOf(path), path, 'the root has no trust anchor: nothing outside the configured anchors is validated');
}

function switchedOffProtection({ config, placeOf, warn }: Linting): void {
  const { kedge, outgoing, dnssec } = config;
  const cases: readonly [isOff: boolean, path: string, message: string][] = [
    [
      kedge.val_permissive_mode,
      'kedge.val_permissive_mode',
      'bogus data is given to clients: validation protects no one',
    ],
    [
      !kedge.harden_dnssec_stripped,
      'kedge.harden_dnssec_stripped',
      'an attacker who removes the signatures of a zone with an anchor is not noticed',
    ],
    [
      outgoing.dont_query.length === 0,
      'outgoing.dont_query',
      'the list is empty: any zone of the public DNS can send questions into your own network',
    ],
  ];
  for (const [isOff, path, message] of cases) if (isOff) warn(placeOf(path), path, message);
  const path = 'dnssec.disabled_algorithms';
  const disabled = [8, 13].filter((algorithm) => dnssec.disabled_algorithms.includes(algorithm));
  if (disabled.length === 0) return;
  const which = disabled.includes(8) ? 'the root and most zones' : 'most zones';
  warn(placeOf(path), path, `without algorithm ${disabled.join(' and ')} ${which} count as unsigned`);
}

function noWayToTheRoot({ config, placeOf, warn }: Linting): void {
  const { hint_file, forward_zones, forward_zones_recurse } = config.recursor;
  if (hint_file !== 'no' && hint_file !== 'no-refresh') return;
  if ([...forward_zones, ...forward_zones_recurse].some(({ zone }) => zone.isRoot)) return;
  const path = 'recursor.hint_file';
  warn(
    placeOf(path),
    path,
    'without root servers and without a forwarder for . only forwarded and local zones resolve',
  );
}

function worldWritableSocket({ config, placeOf, warn }: Linting): void {
  const path = 'recursor.socket_mode';
  const mode = config.recursor.socket_mode;
  if (!/^[0-7]{3,4}$/.test(mode) || (Number.parseInt(mode, 8) & 0o002) === 0) return;
  warn(
    placeOf(path),
    path,
    `mode ${mode} lets every user of this machine control the resolver; 0660 with a group is enough`,
  );
}
