// An address that could not be listened on: one error type, with what to do about it.
import { errorCode } from './socket-failure.ts';

export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly transport: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  /** The operating system's code, such as `EADDRINUSE`. */
  readonly code: string;
  /** One or two sentences for the person who starts the program. */
  readonly remedy: string;

  constructor(transport: 'udp' | 'tcp', address: string, port: number, cause: unknown) {
    const code = errorCode(cause);
    super(`cannot listen on ${endpointText(address, port)} (${transport.toUpperCase()}): ${reasonText(code, cause)}`, {
      cause,
    });
    this.transport = transport;
    this.address = address;
    this.port = port;
    this.code = code;
    this.remedy = remedyText(code, transport, address, port);
  }
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function reasonText(code: string, cause: unknown): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'the port is taken by another program';
    case 'EACCES':
    case 'EPERM':
      return 'the operating system does not permit it';
    case 'EADDRNOTAVAIL':
      return 'this machine does not have the address';
    case 'EAFNOSUPPORT':
      return 'this machine does not have this kind of address';
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}

function remedyText(code: string, transport: 'udp' | 'tcp', address: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return (
        `See which program it is with: ss -lpn${transport === 'udp' ? 'u' : 't'} 'sport = :${port}'. ` +
        `Stop it, or choose another port or address in incoming.listen.`
      );
    case 'EACCES':
    case 'EPERM':
      return port < 1024
        ? 'Ports below 1024 need the capability CAP_NET_BIND_SERVICE (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE), ' +
            'or choose a port from 1024 on in incoming.listen.'
        : `Look for a security policy that forbids port ${port}, or choose another port in incoming.listen.`;
    case 'EADDRNOTAVAIL':
      return (
        `List this machine's addresses with: ip address. ` +
        `Correct ${address} in incoming.listen, or start after the interface is up.`
      );
    case 'EAFNOSUPPORT':
      return `Remove ${address} from incoming.listen, or enable ${address.includes(':') ? 'IPv6' : 'IPv4'}.`;
    default:
      return 'Correct the address in incoming.listen.';
  }
}
