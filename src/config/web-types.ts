// Option values of the web server: keys and passwords, where it listens, and whether it is wanted.
import type { InputNode } from './input.ts';
import type { ValueReader, ValueType } from './option.ts';
import { parsed, refused } from './parsed.ts';
import { parseScryptHash } from './scrypt-hash.ts';
import type { SocketAddress } from './socket-address.ts';
import { socketAddressText } from './socket-address.ts';
import { readFields } from './structured-types.ts';
import { bool, listOf, parsedText, path, socketAddresses, text } from './value-types.ts';

/** `auto`: on, if it can be. */
export const boolOrAuto: ValueType<boolean | 'auto'> = {
  ...bool,
  text: 'boolean, or `auto`',
  read(node, reader) {
    return node.kind === 'scalar' && node.text === 'auto' ? 'auto' : bool.read(node, reader);
  },
  toYaml: (value) => value,
};

/** A key or password, in plain text or as the hash that PowerDNS makes of one. */
export const credential: ValueType<string> = parsedText(
  'string',
  'TEXT',
  (words) =>
    parseScryptHash(words) === 'invalid'
      ? refused('this begins as a hash, and is none that can be used; kedge ctl hash-password makes one')
      : parsed(words),
  (value) => value,
);

/** Files are absolute paths; an empty password is none. */
export interface WebTls {
  readonly certificate: string;
  readonly key: string;
  readonly password: string;
}

/** Addresses of the web server that are used in one way. */
export interface WebListen {
  readonly addresses: readonly SocketAddress[];
  /** Undefined for plain HTTP. */
  readonly tls: WebTls | undefined;
}

const tls: ValueType<WebTls> = {
  text: 'TLS certificate',
  example: '{certificate: web.pem, key: web.key}',
  isList: false,
  textForm: 'none',
  read(node: InputNode, reader: ValueReader) {
    const fields = readFields(node, reader, ['certificate', 'key', 'password'], this.example);
    const certificate = fields?.required('certificate', path('web.pem'));
    const key = fields?.required('key', path('web.key'));
    const password = fields?.optional('password', text('TEXT'), '');
    if (certificate === undefined || key === undefined || password === undefined) return undefined;
    return { certificate, key, password };
  },
  toYaml: (value) => ({ ...value }),
};

export const webListens: ValueType<readonly WebListen[]> = listOf(
  {
    text: 'addresses of the web server',
    example: "{addresses: ['127.0.0.1:8082']}",
    isList: false,
    textForm: 'none',
    read(node: InputNode, reader: ValueReader): WebListen | undefined {
      const fields = readFields(node, reader, ['addresses', 'tls'], this.example);
      const addresses = fields?.required('addresses', socketAddresses);
      const found = fields?.optional<WebTls | undefined>('tls', tls, undefined);
      return addresses === undefined ? undefined : { addresses, tls: found };
    },
    toYaml: (value: WebListen) => ({
      addresses: value.addresses.map(socketAddressText),
      ...(value.tls === undefined ? {} : { tls: tls.toYaml(value.tls) }),
    }),
  },
  'addresses of the web server',
  'none',
);
