// The running resolver, as an import leaves it: told to read its anchors again, and asked whether it trusts the zone.

import type { Config } from '../../config/schema.ts';
import { RRClass, RRType, rcodeText } from '../../wire/constants.ts';
import { extendedErrors } from '../../wire/edns.ts';
import { HeaderFlag } from '../../wire/header.ts';
import type { DomainName } from '../../wire/name.ts';
import { askProgram } from '../control/control-client.ts';
import { controlPlace } from '../control/control-place.ts';
import { askServer, type QueryOptions } from '../dns-client.ts';
import { extendedErrorName } from '../extended-error-names.ts';
import { resolverAddress } from './anchor-config.ts';
import { serverText } from './key-fetch.ts';

const CONTROL_TIMEOUT_MS = 10_000;

export type Reload =
  | { readonly kind: 'reloaded' | 'failed'; readonly text: string }
  /** Nobody listens at the control socket. */
  | { readonly kind: 'not-running'; readonly text: string };

/** `reload-lua-config`, which reads the dynamic parts of YAML, too. */
export async function reloadResolver({ recursor }: Config): Promise<Reload> {
  const place = controlPlace({
    configDirectory: undefined,
    configFile: undefined,
    configName: recursor.config_name === '' ? undefined : recursor.config_name,
    socketDirectory: recursor.socket_dir === '' ? undefined : recursor.socket_dir,
    socketPid: undefined,
    timeoutMs: CONTROL_TIMEOUT_MS,
    wants: 'command',
    words: [],
  });
  if (!place.ok) return { kind: 'not-running', text: place.reason };
  const question = { path: place.path, args: ['reload-lua-config'], timeoutMs: CONTROL_TIMEOUT_MS };
  const answer = await askProgram(question, { file: () => undefined });
  if (!answer.ok) return { kind: 'not-running', text: answer.text };
  return { kind: answer.exit === 0 ? 'reloaded' : 'failed', text: answer.text.trimEnd() };
}

export interface TrustCheck {
  readonly server: string;
  /** Undefined when there was no reply. */
  readonly rcode: string | undefined;
  readonly authentic: boolean;
  readonly errors: readonly string[];
}

const checkOptions: QueryOptions = {
  recursionDesired: true,
  authenticData: true,
  checkingDisabled: false,
  dnssecOk: false,
  edns: true,
  nsid: false,
  tcp: true,
  ignoreTruncation: false,
  udpOctets: 1232,
  timeoutMs: 6000,
  tries: 1,
};

/** Asks for the zone's SOA as a client would; undefined when the configuration listens nowhere. */
export async function checkTrust(config: Config, zone: DomainName): Promise<TrustCheck | undefined> {
  const server = resolverAddress(config);
  if (server === undefined) return undefined;
  const reply = await askServer({ name: zone, type: RRType.SOA, class: RRClass.IN }, server, checkOptions);
  const where = serverText(server);
  if (!reply.ok) return { server: where, rcode: undefined, authentic: false, errors: [reply.error] };
  const { message } = reply;
  return {
    server: where,
    rcode: rcodeText(message.rcode),
    authentic: (message.header.flags & HeaderFlag.AD) !== 0,
    errors: extendedErrors(message.edns).map(
      ({ code, text }) => `${extendedErrorName(code)}${text === '' ? '' : `: ${text.replace(/[^\x20-\x7e]/g, '?')}`}`,
    ),
  };
}
