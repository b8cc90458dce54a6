// From TLS configurations to what the sockets need: files read and checked, one profile for each.
import { readFileSync } from 'node:fs';
import type { Config } from '../config/schema.ts';
import type { Forwarder } from '../config/structured-types.ts';
import { isOverTls, type TlsConfiguration, tlsConfigurationFor } from '../config/tls-configuration.ts';
import { tlsProfileProblem } from '../io/tls.ts';
import type { TlsProfile } from '../ports/exchange.ts';
import { fileProblem, StartError } from './start-error.ts';

/** RFC 8310 5: encrypted, to whomever ("opportunistic"), as nothing else was asked for. */
const UNAUTHENTICATED: TlsProfile = {
  subjectName: '',
  subjectAddress: '',
  validate: false,
  authorities: '',
  ciphers: '',
  clientCertificate: '',
  clientKey: '',
  clientPassword: '',
  verbose: false,
};

/** Profiles by what they say: connections and sessions outlive a reload that changes nothing. */
let knownProfiles: ReadonlyMap<string, TlsProfile> = new Map();

/** The profile of each forwarder that is spoken to over TLS. Throws a `StartError` for a file that is of no use. */
export function tlsProfiles(config: Config): (forwarder: Forwarder) => TlsProfile | undefined {
  const made = new Map<string, TlsProfile>();
  const profiles = new Map<TlsConfiguration, TlsProfile>();
  for (const configuration of config.outgoing.tls_configurations) {
    const profile = profileOf(configuration);
    const text = JSON.stringify(profile);
    const same = knownProfiles.get(text) ?? made.get(text) ?? profile;
    made.set(text, same);
    profiles.set(configuration, same);
  }
  knownProfiles = made;
  return (forwarder) => {
    if (!isOverTls(forwarder, config)) return undefined;
    const configuration = tlsConfigurationFor(forwarder, config);
    return (configuration && profiles.get(configuration)) ?? UNAUTHENTICATED;
  };
}

function profileOf(configuration: TlsConfiguration): TlsProfile {
  const { name } = configuration;
  const profile: TlsProfile = {
    subjectName: configuration.subjectName.replace(/\.$/, ''),
    subjectAddress: configuration.subjectAddress,
    validate: configuration.validateCertificate,
    authorities: fileText(name, 'ca_store', configuration.caStore),
    ciphers: [configuration.ciphersTls13, configuration.ciphers].filter((list) => list !== '').join(':'),
    clientCertificate: fileText(name, 'client_certificate', configuration.clientCertificate),
    clientKey: fileText(name, 'client_certificate_key', configuration.clientCertificateKey),
    clientPassword: configuration.clientCertificatePassword,
    verbose: configuration.verboseLogging,
  };
  const problem = tlsProfileProblem(profile);
  if (problem === undefined) return profile;
  throw new StartError(
    `outgoing.tls_configurations: '${name}' cannot be used: ${problem}`,
    'Check its certificate files, which must be PEM, and its ciphers.',
  );
}

function fileText(name: string, key: string, file: string): string {
  if (file === '') return '';
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartError(`outgoing.tls_configurations: '${name}': cannot read ${key} ${file}: ${fileProblem(error)}`);
  }
  if (text.includes('-----BEGIN ')) return text;
  throw new StartError(`outgoing.tls_configurations: '${name}': ${key} ${file} holds nothing in PEM form`);
}
