// Rules between options of the web server: what would open it to others by accident, or store where nobody reads.
import { statSync } from 'node:fs';
import type { PlaceOf } from './anchors.ts';
import type { Findings } from './findings.ts';
import type { GivenValues } from './given-values.ts';
import type { Config } from './schema.ts';
import { parseScryptHash } from './scrypt-hash.ts';
import type { SocketAddress } from './socket-address.ts';
import { socketAddressText } from './socket-address.ts';

/** Shorter ones can be guessed: 128 bits are 22 characters of base64. */
const SHORTEST_KEY = 22;
const READABLE_BY_OTHERS = 0o004;

/** Where the web server listens, each with a port. */
export function webAddresses({
  webservice,
}: Pick<Config, 'webservice'>): (SocketAddress & { readonly port: number })[] {
  const { listen, address, port } = webservice;
  if (listen.length === 0) return [{ address, port }];
  return listen.flatMap(({ addresses }) => addresses.map((one) => ({ ...one, port: one.port ?? port })));
}

/** The configuration with the web server switched off where nobody asked for it and it would be open to others. */
export function settledWebservice(config: Config, given: GivenValues, placeOf: PlaceOf, findings: Findings): Config {
  const { webservice } = config;
  checkApiDirectory(config, given, placeOf, findings);
  if (webservice.webserver === false) return config;
  checkInvitedSite(webservice.cross_origin_request_header, placeOf, findings);
  const keyPath = 'webservice.api_key';
  if (webservice.api_key !== '' && webservice.api_key.length < SHORTEST_KEY) {
    findings.warn(
      placeOf(keyPath),
      keyPath,
      'the key is short enough to be guessed; make one with: openssl rand -hex 32',
    );
  }
  warnOfReadableSecrets(given, findings);
  const open = webAddresses(config).find(({ address }) => !isLoopback(address));
  const missing = [
    ...(webservice.api_key === ''
      ? [{ what: 'there is no API key', remedy: `${keyPath} (openssl rand -hex 32)` }]
      : []),
    ...(given.has('webservice.allow_from')
      ? []
      : [{ what: 'it is not said who may connect', remedy: 'webservice.allow_from with your networks' }]),
  ];
  if (open === undefined || missing.length === 0) return config;
  const path = webservice.listen.length === 0 ? 'webservice.address' : 'webservice.listen';
  const where = `others could reach the web server on ${socketAddressText(open)}`;
  if (webservice.webserver === 'auto') {
    const reasons = missing.map(({ what }) => what).join(', and ');
    findings.warn(placeOf(path), path, `${where}, but ${reasons}: it is not started`);
    return { ...config, webservice: { ...webservice, webserver: false } };
  }
  for (const { what, remedy } of missing) findings.error(placeOf(path), path, `${where}, and ${what}`, remedy);
  return config;
}

/** It is a header of every reply, and compared with what browsers say of a page (RFC 6454 7). */
function checkInvitedSite(origin: string, placeOf: PlaceOf, findings: Findings): void {
  const path = 'webservice.cross_origin_request_header';
  if (origin === '' || origin === '*' || /^https?:\/\/[^/?#\s]+$/.test(origin)) return;
  const expected = 'one site, as in https://dashboard.example, or *';
  if (!/^[\x20-\x7e]*$/.test(origin)) findings.error(placeOf(path), path, 'no header can hold this', expected);
  else findings.warn(placeOf(path), path, `'${origin}' is no origin that a browser sends; write ${expected}`);
}

/** A key in plaintext, in a file that everybody on the machine may read, is none. */
function warnOfReadableSecrets(given: GivenValues, findings: Findings): void {
  for (const path of ['webservice.api_key', 'webservice.password']) {
    const secret = given.get(path);
    if (typeof secret?.value !== 'string' || secret.value === '' || parseScryptHash(secret.value) !== undefined)
      continue;
    const { file } = secret.place;
    if (!isReadableByOthers(file)) continue;
    const remedy = 'give its hash instead (kedge ctl hash-password), or let only kedge read the file (chmod o-r)';
    findings.warn(secret.place, path, `everybody on this machine can read it: ${remedy}`);
  }
}

/** False for what is no file, as the command line. */
function isReadableByOthers(file: string): boolean {
  try {
    return (statSync(file).mode & READABLE_BY_OTHERS) !== 0;
  } catch {
    return false;
  }
}

/** Files that the API makes would be read twice, and lists in them be joined to themselves (POWERDNS 3). */
function checkApiDirectory(
  { webservice, recursor }: Config,
  given: GivenValues,
  placeOf: PlaceOf,
  findings: Findings,
): void {
  const path = 'webservice.api_dir';
  const { api_dir } = webservice;
  if (api_dir === '' || api_dir !== recursor.include_dir) return;
  const isYaml = given.get('recursor.include_dir')?.place.file.endsWith('.yml') === true;
  if (isYaml) findings.error(placeOf(path), path, 'this is recursor.include_dir too', 'a directory of its own');
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
