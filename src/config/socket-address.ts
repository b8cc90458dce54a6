// Addresses with an optional port, in the four forms of recursor.yml: `192.0.2.1`, `192.0.2.1:5300`, `::1`,
// `[2001:db8::1]:5300`.
import { isIPv6 } from 'node:net';
import { addressText, parseAddress } from '../wire/address-text.ts';
import { type Parsed, parsed, refused } from './parsed.ts';

/** An address to bind or to send to. */
export interface SocketAddress {
  /** Shortest text form; an IPv6 zone (`fe80::1%eth0`) is kept. */
  readonly address: string;
  /** 1 to 65535; undefined when the text has none. */
  readonly port: number | undefined;
}

/** Reads one socket address. Host names are refused. */
export function parseSocketAddress(text: string): Parsed<SocketAddress> {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    const [, inside = '', port] = bracketed;
    if (!isIPv6(inside)) return refused(`'${inside}' between the brackets is no IPv6 address`);
    return withPort(inside, port);
  }
  if (isIPv6(text)) return withPort(text, undefined);
  const colon = text.indexOf(':');
  if (colon === -1) return withPort(text, undefined);
  if (text.indexOf(':', colon + 1) !== -1) {
    return refused(`'${text}' is no IPv6 address; one with a port is written in brackets: [2001:db8::1]:5300`);
  }
  return withPort(text.slice(0, colon), text.slice(colon + 1));
}

function withPort(address: string, port: string | undefined): Parsed<SocketAddress> {
  const canonical = canonicalAddress(address);
  if (canonical === undefined) return refused(addressProblem(address));
  if (port === undefined) return parsed({ address: canonical, port: undefined });
  if (!/^[0-9]{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
    return refused(`the port '${port}' is not a number from 1 to 65535`);
  }
  return parsed({ address: canonical, port: Number(port) });
}

function canonicalAddress(text: string): string | undefined {
  const percent = text.indexOf('%');
  const octets = parseAddress(percent === -1 ? text : text.slice(0, percent));
  if (octets === undefined || (percent !== -1 && (octets.length === 4 || percent === text.length - 1)))
    return undefined;
  return addressText(octets) + (percent === -1 ? '' : text.slice(percent));
}

function addressProblem(text: string): string {
  if (text === '') return 'the address is empty';
  if (/^[0-9.]+$/.test(text)) return `'${text}' is no IPv4 address`;
  if (text.includes('/')) return `'${text}' is a network; a single address is wanted here`;
  if (text.includes('@')) return `'${text}': write the port after a colon, as in 192.0.2.1:5300`;
  return `'${text}' is no IP address (host names are not allowed here)`;
}

/** The text form, with brackets where a port follows an IPv6 address. */
export function socketAddressText({ address, port }: SocketAddress): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
