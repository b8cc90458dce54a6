// DNS over TLS towards forwarders (RFC 7858, RFC 8310), over node:tls. A failure here ends the connection: nothing ever
// goes on in plain text.
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { ServerAddress, TlsProfile } from '../ports/exchange.ts';
import type { StreamEvents, StreamFlow } from '../ports/sockets.ts';
import { errorCode, socketFailure } from './socket-failure.ts';
import { destinationOf, type NamedFailure, SocketStream } from './tcp.ts';

/** RFC 8310 8.1, RFC 9325 3.1.1: nothing older. */
const MIN_VERSION = 'TLSv1.2';
/** Longest reason that is reported: it holds text of the peer's certificate. */
const MAX_REASON_LENGTH = 160;

/** Hears how handshakes ended, for servers whose profile is verbose. */
export type TlsReport = (server: ServerAddress, text: string) => void;

/** Begins TLS connections, and keeps what resuming their sessions takes (RFC 7858 3.4, RFC 5077). */
export class TlsStreams {
  private readonly report: TlsReport;
  /** Contexts and sessions live as long as the profile they were made for: a new one inherits no trust. */
  private readonly contexts = new WeakMap<TlsProfile, SecureContext>();
  private readonly sessions = new WeakMap<TlsProfile, Map<string, Buffer>>();

  constructor(report: TlsReport = () => {}) {
    this.report = report;
  }

  open(
    server: ServerAddress,
    profile: TlsProfile,
    sourceAddress: string | undefined,
    events: StreamEvents,
  ): StreamFlow {
    const flow = new SocketStream(events);
    if (sourceAddress === undefined) {
      flow.failLater('unreachable');
      return flow;
    }
    flow.open(
      () => this.connect(server, profile, sourceAddress),
      'secureConnect',
      (error) => {
        const failed = handshakeFailure(error);
        if (profile.verbose) this.report(server, `TLS failed: ${failed.detail ?? failed.failure}`);
        return failed;
      },
    );
    return flow;
  }

  private connect(server: ServerAddress, profile: TlsProfile, sourceAddress: string): TLSSocket {
    const { subjectName } = profile;
    const session = this.takeSession(server, profile);
    const wanted = profile.subjectName || profile.subjectAddress || server.address;
    const socket = connect({
      ...destinationOf(server, sourceAddress),
      secureContext: this.contextOf(profile),
      // RFC 6066 3: addresses are no server names.
      servername: isIP(subjectName) === 0 ? subjectName : '',
      rejectUnauthorized: profile.validate,
      checkServerIdentity: (_host, certificate) => checkIdentity(wanted, certificate),
      ...(session === undefined ? {} : { session }),
    });
    socket.on('session', (ticket) => this.keepSession(server, profile, ticket));
    if (profile.verbose) socket.on('secureConnect', () => this.report(server, describe(socket, profile)));
    return socket;
  }

  private contextOf(profile: TlsProfile): SecureContext {
    let context = this.contexts.get(profile);
    if (context === undefined) {
      context = secureContext(profile);
      this.contexts.set(profile, context);
    }
    return context;
  }

  /** RFC 8446 C.4: a ticket serves once, so that connections cannot be linked by it. */
  private takeSession(server: ServerAddress, profile: TlsProfile): Buffer | undefined {
    const sessions = this.sessions.get(profile);
    const session = sessions?.get(server.key);
    sessions?.delete(server.key);
    return session;
  }

  private keepSession(server: ServerAddress, profile: TlsProfile, ticket: Buffer): void {
    const sessions = this.sessions.get(profile);
    if (sessions === undefined) this.sessions.set(profile, new Map([[server.key, ticket]]));
    else sessions.set(server.key, ticket);
  }
}

/** What is wrong with a profile's certificates, key or ciphers; undefined when nothing is. */
export function tlsProfileProblem(profile: TlsProfile): string | undefined {
  try {
    secureContext(profile);
    return undefined;
  } catch (error) {
    return reasonText(error);
  }
}

function secureContext(profile: TlsProfile): SecureContext {
  const { authorities, ciphers, clientCertificate, clientKey, clientPassword } = profile;
  return createSecureContext({
    minVersion: MIN_VERSION,
    ...(authorities === '' ? {} : { ca: authorities }),
    ...(ciphers === '' ? {} : { ciphers }),
    ...(clientCertificate === '' ? {} : { cert: clientCertificate }),
    ...(clientKey === '' ? {} : { key: clientKey }),
    ...(clientPassword === '' ? {} : { passphrase: clientPassword }),
  });
}

/**
 * Undefined for a certificate that is for the name or address. Addresses are OpenSSL's to compare: Node.js 22.23 takes
 * those of IPv6 for names, and refuses each.
 */
function checkIdentity(wanted: string, certificate: PeerCertificate): Error | undefined {
  // The zone of a link-local address is this machine's own word for a link.
  const address = wanted.replace(/%.*/, '');
  if (isIP(address) === 0) return checkServerIdentity(wanted, certificate);
  try {
    const presented = new X509Certificate(certificate.raw);
    if (presented.checkIP(address) !== undefined) return undefined;
    return new Error(`IP: ${address} is not in the certificate's list: ${presented.subjectAltName ?? 'none'}`);
  } catch (error) {
    return new Error(`the certificate cannot be read: ${reasonText(error)}`);
  }
}

/** A connection that ended before the handshake was done: the operating system's failures keep their names. */
function handshakeFailure(error: unknown): NamedFailure {
  const failure = socketFailure(error);
  if (failure !== 'closed') return { failure };
  return { failure: 'tls-failed', detail: reasonText(error) };
}

/** Why TLS did not come about, in one line of plain characters. */
function reasonText(error: unknown): string {
  if (error === undefined || errorCode(error) === 'ECONNRESET') return 'connection closed during the TLS handshake';
  const reason = error instanceof Error && 'reason' in error && typeof error.reason === 'string' ? error.reason : '';
  const message = error instanceof Error ? error.message : String(error);
  const text = (reason || message).replace(/[^\x20-\x7e]+/g, '?').trim();
  return text.length <= MAX_REASON_LENGTH ? text : `${text.slice(0, MAX_REASON_LENGTH)}...`;
}

function describe(socket: TLSSocket, profile: TlsProfile): string {
  const checked = profile.validate ? 'certificate verified' : 'certificate not checked';
  const resumed = socket.isSessionReused() ? ', resumed' : '';
  return `${socket.getProtocol() ?? 'TLS'} ${socket.getCipher().name}${resumed}, ${checked}`;
}
