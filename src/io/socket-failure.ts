// The operating system's error codes as reasons that mean something to a resolver.
import type { SocketFailure } from '../ports/sockets.ts';

const failures = new Map<string, SocketFailure>([
  ['ECONNREFUSED', 'connection-refused'],
  ['ENETUNREACH', 'unreachable'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
  ['ETIMEDOUT', 'unreachable'],
  ['EAFNOSUPPORT', 'unreachable'],
  ['EACCES', 'unreachable'],
  ['EPERM', 'unreachable'],
  ['EINVAL', 'unreachable'],
  ['ERR_SOCKET_BAD_PORT', 'unreachable'],
  ['EADDRINUSE', 'no-socket'],
  ['EADDRNOTAVAIL', 'no-socket'],
  ['EMFILE', 'no-socket'],
  ['ENFILE', 'no-socket'],
  ['ENOBUFS', 'no-socket'],
  ['ENOMEM', 'no-socket'],
  ['EAGAIN', 'no-socket'],
]);

/** What an error of a socket that was being opened or used says. */
export function socketFailure(error: unknown): SocketFailure {
  return failureOfCode(errorCode(error));
}

/** What an error code such as `EMFILE` says. */
export function failureOfCode(code: string): SocketFailure {
  return failures.get(code) ?? 'closed';
}

/** `code` of a Node error; empty when it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
