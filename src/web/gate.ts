// What is asked of every request before anything else looks at it: its size, its rate, the name it calls us by, and the
// site from which a browser sends it. A page of another site must neither read nor change anything here, whether it sends
// the request itself (Origin, Sec-Fetch-Site) or lets its name point to our address (Host: DNS rebinding).
import type { IncomingMessage } from 'node:http';
import { MAX_HEADERS, MAX_URL_OCTETS } from './limits.ts';
import { type Refusal, refusal } from './refusal.ts';
import type { WebSettings } from './settings.ts';

/** What others send is not for us; no route knows them. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'];

/** Of a request: what the gate looks at. */
export type Visitor = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders'> & {
  /** The address to which the client connected. */
  readonly localAddress: string;
  readonly isTls: boolean;
};

/** Undefined lets the request pass. */
export function gate(visitor: Visitor, settings: Pick<WebSettings, 'hosts' | 'crossOrigin'>): Refusal | undefined {
  const { method = '', url = '', rawHeaders } = visitor;
  if (url.length > MAX_URL_OCTETS) {
    return refusal(414, `the address is longer than ${MAX_URL_OCTETS} octets`, 'Ask for less at once.');
  }
  if (rawHeaders.length / 2 > MAX_HEADERS) {
    return refusal(431, `the request has more than ${MAX_HEADERS} headers`, 'Send fewer of them.');
  }
  if (!METHODS.includes(method)) {
    return refusal(405, 'this method is not known here', `Use one of ${METHODS.join(', ')}.`, {
      allow: METHODS.join(', '),
    });
  }
  // `http://...` in the request line is for proxies, and would name another host than the header does.
  if (!url.startsWith('/')) {
    return refusal(400, 'the request line names no path of this server', 'Send the path alone, as in GET /metrics.');
  }
  return hostRefusal(visitor, settings) ?? siteRefusal(visitor, settings.crossOrigin);
}

function hostRefusal(visitor: Visitor, { hosts }: Pick<WebSettings, 'hosts'>): Refusal | undefined {
  const given = headerValues(visitor.rawHeaders, 'host');
  const [host] = given;
  if (host === undefined || given.length > 1) {
    return refusal(400, 'a request has exactly one Host header', 'Name the server by the address it listens on.');
  }
  if (isOurs(host.toLowerCase(), visitor.localAddress, hosts)) return undefined;
  return refusal(
    403,
    'the Host header names no address of this server',
    'Call it by its address, or add the name to kedge.web_hosts.',
  );
}

/**
 * The name counts and not the port: a browser puts there what it has connected to, and behind a tunnel or in a container
 * that is another one than ours. It is the name that another site can make point at us; an address it cannot.
 */
function isOurs(host: string, localAddress: string, names: readonly string[]): boolean {
  const name = hostName(host);
  if (name === undefined) return false;
  if (name === '127.0.0.1' || name === '[::1]' || name === 'localhost') return true;
  const local = localAddress
    .toLowerCase()
    .replace(/^::ffff:(?=[0-9.]+$)/, '')
    // The interface of a link-local address: no browser sends it (RFC 6874 3).
    .replace(/%.*$/, '');
  if (name === (local.includes(':') ? `[${local}]` : local)) return true;
  return names.some((known) => [name, host].includes(known.toLowerCase()));
}

/** Without the port; undefined when there is more than a name and a port. */
function hostName(host: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[^:[\]@/?#\s]+)(?::[0-9]{1,5})?$/.exec(host)?.[1];
}

/** RFC 6454 and Fetch Metadata: who sends it, as far as the browser says. Programs that are no browsers say nothing. */
function siteRefusal(visitor: Visitor, crossOrigin: string): Refusal | undefined {
  const { method = '', url = '', headers } = visitor;
  const isRead = method === 'GET' || method === 'HEAD';
  // Whoever follows a link to a page comes from another site, and may. What a page fetches is not for links.
  if (isRead && !isApi(url)) return undefined;
  const { origin } = headers;
  if (origin !== undefined) {
    const isInvited = crossOrigin !== '' && (crossOrigin === '*' || crossOrigin === origin);
    if (isInvited) return undefined;
    if (origin.toLowerCase() !== `${visitor.isTls ? 'https' : 'http'}://${headers.host ?? ''}`.toLowerCase()) {
      return fromElsewhere('Origin');
    }
  }
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none' ? undefined : fromElsewhere('Sec-Fetch-Site');
}

function fromElsewhere(header: string): Refusal {
  return refusal(
    403,
    `the request comes from a page of another site (${header})`,
    'Open the pages of this server itself, or set webservice.cross_origin_request_header.',
  );
}

/** Whether it is data of which nothing is to be kept, and nothing to be had from other sites. */
export function isApi(url: string): boolean {
  const path = decodedPath(url);
  return path === undefined || /^\/(?:api|jsonstat)(?:\/|$)/.test(path);
}

/** As the routes are going to read it, to whom `/%61pi` is `/api`; undefined when it cannot be decoded. */
function decodedPath(url: string): string | undefined {
  try {
    return decodeURIComponent(url.split(/[?#]/)[0] ?? '');
  } catch {
    return undefined;
  }
}

/** Header names are not case-sensitive (RFC 9110 5.1). */
function headerValues(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}
