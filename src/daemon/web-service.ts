// The web server as the configuration wants it: where it listens, what it may show to whom, and what happens when its port
// is taken.
import { readFileSync } from 'node:fs';
import type { Config } from '../config/schema.ts';
import { parseScryptHash } from '../config/scrypt-hash.ts';
import { socketAddressText } from '../config/socket-address.ts';
import type { Clock } from '../ports/clock.ts';
import { AccessControl } from '../server/access-control.ts';
import type { Log } from '../telemetry/log.ts';
import { Credential } from '../web/credential.ts';
import { MAX_API_BODY_OCTETS } from '../web/limits.ts';
import { loadApp } from '../web/load-app.ts';
import type { NumbersTarget } from '../web/metrics.ts';
import type { PowerDNSTarget } from '../web/powerdns-target.ts';
import { WebServer } from '../web/server.ts';
import type { WebListen, WebSettings } from '../web/settings.ts';
import type { WebTarget } from '../web/target.ts';
import { ClientAddresses } from './client-addresses.ts';
import { fileProblem, StartError } from './start-error.ts';

const DEFAULT_PORT = 8082;
const MEGABYTE = 1024 * 1024;

export interface WebServiceParts {
  /** The one in force. */
  readonly config: () => Config;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Log;
  /** Made when the first client comes. */
  readonly targets: () => Promise<WebTargets>;
}

export interface WebTargets {
  readonly kedge: WebTarget;
  readonly powerDNS: PowerDNSTarget & NumbersTarget;
}

/** Where the pages are. */
export interface WebPlace {
  readonly address: string;
  readonly port: number;
  readonly url: string;
}

export class WebService {
  /** Where it listens, with the ports that the operating system chose. */
  readonly places: WebPlace[] = [];
  private readonly parts: WebServiceParts;
  private readonly server: WebServer;
  private readonly addresses = new ClientAddresses();
  private current: { readonly webservice: Config['webservice']; readonly settings: WebSettings } | undefined;

  constructor(parts: WebServiceParts) {
    this.parts = parts;
    const { clock, log } = parts;
    const settings = (): WebSettings => this.settings();
    const nowMs = (): number => clock.monotonicMs();
    this.server = new WebServer({
      settings,
      log,
      nowMs,
      loadRoutes: async (wrongKeys, rate) => {
        const app = await loadApp({ settings, log, nowMs, wrongKeys, rate }, parts.targets);
        return (request, response) => app.routing(request, response);
      },
    });
  }

  /**
   * Listens where the configuration says, and nowhere when the web server is off. Rejects with a `StartError` when that
   * cannot be had; where it was not asked for, a warning is enough.
   */
  async open(): Promise<void> {
    const { webservice } = this.parts.config();
    const { webserver } = webservice;
    if (webserver === false) return;
    for (const listen of wantedListens(webservice)) {
      await checkCertificate(listen);
      try {
        const { address, port, isTls } = await this.server.listen(listen);
        const url = `${isTls ? 'https' : 'http'}://${socketAddressText({ address, port })}/`;
        this.places.push({ address, port, url });
        this.parts.log.always('info', 'pages and metrics', { url });
      } catch (error) {
        const reason = `the web server cannot listen on ${socketAddressText(listen)}: ${reasonOf(error)}`;
        if (webserver === true) throw new StartError(reason, remedyFor(listen.port));
        this.parts.log.always('warn', `${reason}; kedge runs without its pages`, { remedy: remedyFor(listen.port) });
      }
    }
  }

  close(): void {
    this.server.close();
  }

  /** Made anew when the configuration has changed; a credential that is still the same keeps what it knows. */
  private settings(): WebSettings {
    const { webservice, kedge } = this.parts.config();
    const { current } = this;
    const hosts = kedge.web_hosts;
    if (current?.webservice === webservice && current.settings.hosts === hosts) return current.settings;
    const access = new AccessControl(webservice.allow_from);
    const isNobody = webservice.allow_from.length === 0;
    const kept = (now: string, before: string | undefined, credential: Credential | undefined) =>
      now === before ? credential : credentialOf(now);
    const settings: WebSettings = {
      allows: (address) => !isNobody && access.allows(this.addresses.octetsOf(address)),
      hosts,
      apiKey: kept(webservice.api_key, current?.webservice.api_key, current?.settings.apiKey),
      password: kept(webservice.password, current?.webservice.password, current?.settings.password),
      crossOrigin: webservice.cross_origin_request_header,
      maxApiBodyOctets: Math.min(webservice.max_request_size * MEGABYTE, MAX_API_BODY_OCTETS),
      logLevel: webservice.loglevel,
    };
    this.current = { webservice, settings };
    return settings;
  }
}

function credentialOf(text: string): Credential | undefined {
  if (text === '') return undefined;
  const hash = parseScryptHash(text);
  // The option's type has refused what is no hash.
  return new Credential(hash === undefined || hash === 'invalid' ? text : hash);
}

function wantedListens({ listen, address, port }: Config['webservice']): WebListen[] {
  if (listen.length === 0) return [{ address, port }];
  return listen.flatMap(({ addresses, tls }) => {
    const files = tls && {
      certificate: fileText('certificate', tls.certificate),
      key: fileText('key', tls.key),
      ...(tls.password !== '' && { passphrase: tls.password }),
    };
    return addresses.map((one) => ({ address: one.address, port: one.port ?? port, ...(files && { tls: files }) }));
  });
}

function fileText(what: string, file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.includes('-----BEGIN ')) return text;
  } catch (error) {
    throw new StartError(`webservice.listen: cannot read the ${what} ${file}: ${fileProblem(error)}`);
  }
  throw new StartError(`webservice.listen: the ${what} ${file} holds nothing in PEM form`);
}

/** Now, and not when the first browser comes, for whom it would only be a connection that ends. */
async function checkCertificate({ address, port, tls }: WebListen): Promise<void> {
  if (tls === undefined) return;
  const { createSecureContext } = await import('node:tls');
  const { certificate, key, passphrase } = tls;
  try {
    createSecureContext({ cert: certificate, key, ...(passphrase !== undefined && { passphrase }) });
  } catch (error) {
    const reason = `webservice.listen: TLS for ${socketAddressText({ address, port })}: ${reasonOf(error)}`;
    throw new StartError(reason, 'Give a certificate, the key that belongs to it, and the password if it has one.');
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'EADDRINUSE') return 'the port is taken by another program';
  if (code === 'EADDRNOTAVAIL') return 'this machine does not have the address';
  if (code === 'EACCES' || code === 'EPERM') return 'the operating system does not permit it';
  return error instanceof Error ? error.message : String(error);
}

function remedyFor(port: number): string {
  const other = port === DEFAULT_PORT ? '8083' : String(DEFAULT_PORT);
  return `Choose another port with webservice.port (such as ${other}), or switch it off with webservice.webserver: false.`;
}
