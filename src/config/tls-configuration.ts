// `outgoing.tls_configurations`: how servers are spoken to over TLS, and which of the entries is for which server.
import { parseAddress } from '../wire/address-text.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText, nameTextWithoutDot } from '../wire/name-text.ts';
import type { Findings } from './findings.ts';
import type { InputNode, Place } from './input.ts';
import { type Network, networkText } from './network.ts';
import type { ValueReader, ValueType } from './option.ts';
import type { Config } from './schema.ts';
import { socketAddressText } from './socket-address.ts';
import { type Forwarder, type ForwardZone, readFields } from './structured-types.ts';
import { bool, domainNames, listOf, networks, oneOf, path, plainAddress, text } from './value-types.ts';

/** Port of DNS over TLS (RFC 7858 3.1). */
const DNS_OVER_TLS_PORT = 853;

/** One entry. Empty texts stand for what was not given; files are absolute paths. */
export interface TlsConfiguration {
  readonly name: string;
  /** Name server names and networks of the servers that it is for. */
  readonly suffixes: readonly DomainName[];
  readonly subnets: readonly Network[];
  readonly validateCertificate: boolean;
  readonly caStore: string;
  readonly verboseLogging: boolean;
  readonly subjectName: string;
  readonly subjectAddress: string;
  readonly ciphers: string;
  readonly ciphersTls13: string;
  readonly clientCertificate: string;
  readonly clientCertificateKey: string;
  readonly clientCertificatePassword: string;
  readonly place?: Place;
}

const keys = [
  'name',
  'provider',
  'suffixes',
  'subnets',
  'validate_certificate',
  'ca_store',
  'verbose_logging',
  'subject_name',
  'subject_address',
  'ciphers',
  'ciphers_tls_13',
  'client_certificate',
  'client_certificate_key',
  'client_certificate_password',
] as const;

export const tlsConfigurations: ValueType<readonly TlsConfiguration[]> = listOf(
  {
    text: 'TLS configuration',
    example: "{name: quad9, subnets: ['9.9.9.9'], validate_certificate: true, subject_name: dns.quad9.net}",
    isList: false,
    textForm: 'none',
    read: readConfiguration,
    toYaml: (value: TlsConfiguration) => ({
      name: value.name,
      suffixes: value.suffixes.map(nameText),
      subnets: value.subnets.map(networkText),
      validate_certificate: value.validateCertificate,
      ca_store: value.caStore,
      verbose_logging: value.verboseLogging,
      subject_name: value.subjectName,
      subject_address: value.subjectAddress,
      ciphers: value.ciphers,
      ciphers_tls_13: value.ciphersTls13,
      client_certificate: value.clientCertificate,
      client_certificate_key: value.clientCertificateKey,
      client_certificate_password: value.clientCertificatePassword,
    }),
  },
  'TLS configurations',
  'none',
);

function readConfiguration(
  this: { readonly example: string },
  node: InputNode,
  reader: ValueReader,
): TlsConfiguration | undefined {
  const fields = readFields(node, reader, keys, this.example);
  if (fields === undefined) return undefined;
  const word = (key: string, example: string) => fields.optional(key, text(example), '');
  const file = (key: string, example: string) => fields.optional(key, path(example), '');
  const name = fields.required('name', text('quad9'));
  const provider = fields.optional('provider', oneOf(['openssl', 'gnutls']), 'openssl');
  const suffixes = fields.optional('suffixes', domainNames, []);
  const subnets = fields.optional('subnets', networks, []);
  const validateCertificate = fields.optional('validate_certificate', bool, false);
  const caStore = file('ca_store', '/etc/ssl/certs/ca-certificates.crt');
  const verboseLogging = fields.optional('verbose_logging', bool, false);
  const subjectName = word('subject_name', 'dns.quad9.net');
  const subjectAddress = fields.optional('subject_address', emptyOr(plainAddress), '');
  const ciphers = word('ciphers', 'ECDHE+AESGCM');
  const ciphersTls13 = word('ciphers_tls_13', 'TLS_AES_256_GCM_SHA384');
  const clientCertificate = file('client_certificate', '/etc/kedge/client.pem');
  const clientCertificateKey = file('client_certificate_key', '/etc/kedge/client.key');
  const clientCertificatePassword = word('client_certificate_password', 'secret');
  if (
    name === undefined ||
    provider === undefined ||
    suffixes === undefined ||
    subnets === undefined ||
    validateCertificate === undefined ||
    caStore === undefined ||
    verboseLogging === undefined ||
    subjectName === undefined ||
    subjectAddress === undefined ||
    ciphers === undefined ||
    ciphersTls13 === undefined ||
    clientCertificate === undefined ||
    clientCertificateKey === undefined ||
    clientCertificatePassword === undefined
  ) {
    return undefined;
  }
  if ((clientCertificate === '') !== (clientCertificateKey === '')) {
    return reader.error(
      node.place,
      'client_certificate and client_certificate_key go together; one of them is missing',
    );
  }
  if (provider === 'gnutls') reader.warn(node.place, 'TLS is done by OpenSSL; ciphers are to be written in its words');
  return {
    name,
    suffixes,
    subnets,
    validateCertificate,
    caStore,
    verboseLogging,
    subjectName,
    subjectAddress,
    ciphers,
    ciphersTls13,
    clientCertificate,
    clientCertificateKey,
    clientCertificatePassword,
    place: node.place,
  };
}

function emptyOr(type: ValueType<string>): ValueType<string> {
  return {
    ...type,
    read: (node, reader) => (node.kind === 'scalar' && node.text === '' ? '' : type.read(node, reader)),
  };
}

/** Whether questions for a forwarder go over TLS. */
export function isOverTls({ port }: Forwarder, { outgoing }: Config): boolean {
  return port === DNS_OVER_TLS_PORT && outgoing.dot_to_port_853;
}

/** The first entry whose networks hold a forwarder's address; forwarders have no name that suffixes could match. */
export function tlsConfigurationFor({ address }: Forwarder, { outgoing }: Config): TlsConfiguration | undefined {
  const octets = parseAddress(address.split('%', 1)[0] ?? '');
  return octets && outgoing.tls_configurations.find(({ subnets }) => holds(subnets, octets));
}

/** Whether the most specific of the networks that an address lies in is none of the exceptions. */
function holds(subnets: readonly Network[], address: Uint8Array): boolean {
  let best: Network | undefined;
  for (const subnet of subnets) {
    if (best !== undefined && subnet.prefixLength < best.prefixLength) continue;
    if (subnet.octets.length === address.length && isWithin(address, subnet)) best = subnet;
  }
  return best?.negated === false;
}

function isWithin(address: Uint8Array, { octets, prefixLength }: Network): boolean {
  return octets.every((octet, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
    return ((octet ^ (address[index] ?? 0)) & (0xff << (8 - bits)) & 0xff) === 0;
  });
}

/** Says which forwarders are encrypted but not authenticated (RFC 8310 5), and which entries are for nobody. */
export function checkForwarderTls(config: Config, placeOf: (path: string) => Place, findings: Findings): void {
  const used = new Set<TlsConfiguration>();
  for (const list of ['forward_zones', 'forward_zones_recurse'] as const) {
    const path = `recursor.${list}`;
    for (const zone of config.recursor[list]) {
      const open = unauthenticated(zone, config, used);
      if (open.length === 0) continue;
      const message = `zone ${nameTextWithoutDot(zone.zone)}: ${open.join(', ')}: encrypted, but not authenticated: whoever is on the way can pose as it. Add an entry to outgoing.tls_configurations with validate_certificate: true and subject_name`;
      findings.warn(zone.place ?? placeOf(path), path, message);
    }
  }
  for (const configuration of config.outgoing.tls_configurations) {
    if (used.has(configuration)) continue;
    const path = 'outgoing.tls_configurations';
    const message = `'${configuration.name}' is used by no server: no forwarder on port 853 lies in its subnets`;
    findings.warn(configuration.place ?? placeOf(path), path, message);
  }
}

function unauthenticated({ forwarders }: ForwardZone, config: Config, used: Set<TlsConfiguration>): string[] {
  return forwarders.flatMap((forwarder) => {
    if (!isOverTls(forwarder, config)) return [];
    const configuration = tlsConfigurationFor(forwarder, config);
    if (configuration !== undefined) used.add(configuration);
    return configuration?.validateCertificate === true ? [] : [socketAddressText(forwarder)];
  });
}
